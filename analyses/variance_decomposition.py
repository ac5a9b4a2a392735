"""More problems or more completions? Where the uncertainty of an accuracy or a difference comes from."""

from collections.abc import Sequence

from analyses.runs.pairing import pair_runs
from analyses.runs.provenance import provenance
from analyses.runs.reproduce import analysis_command
from evalsuite import __version__
from evalsuite.errors import InputError
from evalsuite.findings import Cell, Column, Figure, Findings, Table
from evalsuite.settings import ComparisonSettings
from evalsuite.stats.variance import VarianceComponents, decompose_difference
from evalsuite.store.store import Store
from evalsuite.wording import numbers
from evalsuite.wording.language import N_, tr

__all__ = ["NAME", "QUESTION", "analyse"]

NAME = "variance_decomposition"
QUESTION = N_("More problems or more completions?")
COMPLETIONS = (1, 2, 4, 8, 16, 64)
SETS = (5, 20, 100, 500, 1319)


def analyse(store: Store | None, names: Sequence[str] = (), *, grader: str | None = None) -> Findings:
    """Decompose the variance of the difference of two stored runs with repeated completions.

    Parameters
    ----------
    names
        Base and new run, each with at least two completions a problem. Empty answers for the tutorial's 20% and 40%
        with difficulties spread evenly: two thirds of each score's variance then lies between completions, and
        the difference has the variance of independent runs.

    Raises
    ------
    InputError
        Other than two names, or a run has a single completion a problem.
    """
    if store is None or not names:
        components, label = _assumed(), tr("20% against 40%, assumed")
        origin: dict[str, object] = {"analysis": {"evalsuite": __version__, "runs": "assumed"}}
    else:
        components, label, origin = _measured(store, names, grader)
    return Findings(
        name=NAME,
        question=tr(QUESTION),
        estimand=tr(
            "Standard error of the paired difference in accuracy on problems like these, by problems and "
            "completions per problem."
        ),
        verdict=None,
        sentence=_sentence(components, label),
        notes=() if names else (tr("No run was given: the components are assumed, not measured."),),
        tables=_tables(components),
        figures=(
            Figure(
                "errors_curve",
                "curves",
                tr("What further completions buy"),
                tr("Each line falls towards the error that is left by the number of problems."),
                "errors_curve",
                {"x_title": tr("completions per problem"), "y_title": tr("standard error"), "log": 1},
            ),
        ),
        provenance=origin,
    )


def _tables(components: VarianceComponents) -> tuple[Table, ...]:
    rows: list[tuple[Cell, ...]] = [(n, *(components.standard_error(n, k) for k in COMPLETIONS)) for n in SETS]
    errors = Table(
        "standard_errors",
        tr("Standard error of the difference"),
        (
            Column("problems", tr("Problems"), "count"),
            *(
                Column(f"k{k}", tr("1 completion") if k == 1 else tr("{k} completions", k=k), "difference")
                for k in COMPLETIONS
            ),
        ),
        tuple(rows),
        tr("By problems and completions per problem, in each run."),
    )
    curve = Table(
        "errors_curve",
        tr("Standard error by completions"),
        (
            Column("label", tr("Problems")),
            Column("x", tr("Completions"), "count"),
            Column("y", tr("Standard error"), "proportion"),
        ),
        tuple((tr("{n} problems", n=n), k, components.standard_error(n, k)) for n in SETS for k in COMPLETIONS),
    )
    parts = Table(
        "components",
        tr("Variance of one problem's difference"),
        (
            Column("part", tr("Part")),
            Column("variance", tr("Variance"), "number"),
            Column("share", tr("Share"), "proportion"),
        ),
        (
            (tr("between problems"), components.data, components.data / components.total if components.total else None),
            (tr("of one completion"), components.prediction,
             components.prediction / components.total if components.total else None),
        ),
        tr("The first part was estimated below 0 and set to 0.") if components.clipped else "",
    )  # fmt: skip
    return parts, errors, curve


def _assumed() -> VarianceComponents:
    base, new, within_share = 0.2, 0.4, 2 / 3
    total = base * (1 - base) + new * (1 - new)
    return VarianceComponents(
        (1 - within_share) * total, within_share * total, clipped=False, n_problems=0, n_dropped=0
    )


def _measured(
    store: Store, names: Sequence[str], grader: str | None
) -> tuple[VarianceComponents, str, dict[str, object]]:
    if len(names) != 2:
        raise InputError(f"variance_decomposition takes two runs, got {len(names)}")
    runs = pair_runs(store, names, grader=grader, shorten=True)
    base, new = runs.scores
    if min(base.attempts.max(), new.attempts.max()) < 2:
        raise InputError(
            "variance_decomposition needs at least two completions a problem in both runs: "
            "evaluate them with --completions 4 --temperature 0.7, say"
        )
    found = decompose_difference(base.successes, base.attempts, new.successes, new.attempts)
    command = analysis_command(NAME, names, store.path, settings=ComparisonSettings(grader=grader))
    return (
        found,
        tr("{new} against {base}", new=new.label, base=base.label),
        provenance(store, runs, command=command, settings={}),
    )


def _sentence(components: VarianceComponents, label: str) -> str:
    if components.total == 0:
        return tr("{label}: the scores do not vary, so nothing can be divided.", label=label)
    share = components.prediction / components.total
    one, four = components.standard_error(1319, 1), components.standard_error(1319, 4)
    return tr(
        "{label}: {share} of the variance of one problem's difference comes from the single completion, the rest "
        "from differences between problems. On 1,319 problems the standard error is {one} with one completion per "
        "problem and {four} with four.",
        label=label,
        share=numbers.percent(share, 0.01),
        one=numbers.size(one, one / 20),
        four=numbers.size(four, four / 20),
    )
