"""What would 5, 20 or 100 of these problems have shown? Read off the stored run itself, over all subsets at once.

A run of 1,319 problems holds every smaller study of its problems. `small_samples` asks what equal models do to small
sets; this module asks what somebody would have seen who had stopped at the first few problems of this very run.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analyses.runs.pairing import pair_runs
from analyses.runs.provenance import provenance
from analyses.runs.reproduce import analysis_command
from evalsuite.errors import ComparisonError, InputError
from evalsuite.findings import Cell, Column, Figure, Findings, Table
from evalsuite.scores import ScoreMatrix
from evalsuite.settings import ComparisonSettings
from evalsuite.stats.paired import PairedTable
from evalsuite.stats.subsets import Outlook, outlook
from evalsuite.store.store import Store
from evalsuite.wording import numbers
from evalsuite.wording.language import N_, tr
from evalsuite.wording.verdicts import problems

__all__ = ["NAME", "QUESTION", "analyse"]

NAME = "subset_outlook"
QUESTION = N_("What would 5, 20 or 100 of these problems have shown?")
ESTIMAND = N_(
    "For exactly these problems: shares among all subsets of them, drawn without replacement. Nothing is simulated."
)
NAMED = (5, 20, 100)
"""Sizes that the sentence names, the first of them in full."""
DEFAULTS = ComparisonSettings()
SIZES = (5, 10, 20, 50, 100, 200, 500, 1000)


@dataclass(frozen=True, slots=True)
class _Case:
    label: str
    table: PairedTable
    outlooks: dict[int, Outlook]


def analyse(
    store: Store | None,
    names: Sequence[str] = (),
    settings: ComparisonSettings = DEFAULTS,
) -> Findings:
    """Say what subsets of the problems of stored runs would have shown, each new run against the first.

    Parameters
    ----------
    names
        Labels or ids of two runs or more, the base first. Of several completions a problem the first one counts.
    settings
        `alpha` is the level of the exact McNemar test of each subset; `grader`, `only_shared` and `allow_unfinished`
        choose the scores.

    Returns
    -------
    Findings
        Without tables where the run has no more than five problems.

    Raises
    ------
    InputError
        There is no store, or fewer than two runs are named.
    ComparisonError
        The runs cannot be paired, or no problem has a first completion in both.
    """
    if store is None or len(names) < 2:
        raise InputError(f"{NAME} needs a store and the labels of two runs or more, got {len(names)}")
    runs = pair_runs(
        store,
        names,
        grader=settings.grader,
        only_shared=settings.only_shared,
        allow_unfinished=settings.allow_unfinished,
        pair_by=settings.pair_by,
        drop_duplicates=settings.drop_duplicates,
        shorten=True,
    )
    alpha = settings.alpha
    base, *others = runs.scores
    cases = [_case(base, new, alpha) for new in others]
    answered = any(case.outlooks for case in cases)
    return Findings(
        name=NAME,
        question=tr(QUESTION),
        estimand=tr(ESTIMAND),
        verdict=None,
        sentence=tr(" ").join(_sentence(case, alpha) for case in cases),
        notes=(*runs.warnings, *_notes(runs.scores)),
        cautions=runs.cautions,
        tables=(_table(cases, alpha), _curve(cases)) if answered else (),
        figures=(_figure(),) if answered else (),
        provenance=provenance(
            store,
            runs,
            command=analysis_command(NAME, names, store.path, settings=settings),
            settings={"alpha": alpha},
        ),
    )


def _case(base: ScoreMatrix, new: ScoreMatrix, alpha: float) -> _Case:
    both = base.present[:, 0] & new.present[:, 0]
    if not both.any():
        raise ComparisonError(f"{base.label} and {new.label} have no problem of which both have a first completion")
    table = PairedTable.from_scores(base.correct[both, 0], new.correct[both, 0])
    sizes = [*(n for n in SIZES if n < table.n), table.n] if table.n > min(SIZES) else []
    return _Case(new.label, table, {n: outlook(table, n, alpha=alpha) for n in sizes})


def _table(cases: Sequence[_Case], alpha: float) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (case.label, n, o.gain, o.equal, o.loss, o.resolved_gain, o.resolved_loss)
        for case in cases
        for n, o in case.outlooks.items()
    ]
    columns = (
        Column("label", tr("New run")),
        Column("n", tr("Problems"), "count"),
        Column("gain", tr("More right than the base"), "proportion"),
        Column("equal", tr("As many right"), "proportion"),
        Column("loss", tr("Fewer right"), "proportion"),
        Column("resolved_gain", tr("Gain resolved"), "proportion"),
        Column("resolved_loss", tr("Loss resolved"), "proportion"),
    )
    note = tr(
        "Shares among all subsets of this many problems; the last row of a run is the run itself. Resolved: the "
        "exact McNemar test on the subset gives p < {alpha}.",
        alpha=f"{alpha:g}",
    )
    return Table("outlook", tr("What fewer of these problems would have shown"), columns, tuple(rows), note)


def _curve(cases: Sequence[_Case]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for case in cases:
        prefix = f"{case.label}: " if len(cases) > 1 else ""
        rows += [(prefix + tr("shows a gain"), n, o.gain) for n, o in case.outlooks.items()]
        rows += [(prefix + tr("shows a loss"), n, o.loss) for n, o in case.outlooks.items()]
        rows += [(prefix + tr("is resolved"), n, o.resolved_gain + o.resolved_loss) for n, o in case.outlooks.items()]
    columns = (
        Column("label", tr("Outcome")),
        Column("x", tr("Problems"), "count"),
        Column("y", tr("Share of subsets"), "proportion"),
    )
    return Table("outlook_curve", tr("Outcomes by number of problems"), columns, tuple(rows))


def _figure() -> Figure:
    return Figure(
        "outlook_curve",
        "curves",
        tr("What fewer of these problems would have shown"),
        tr("A gain or a loss shows up long before it is resolved. The right end is the run itself."),
        "outlook_curve",
        {"x_title": tr("problems of this run"), "y_title": tr("share of subsets"), "log": 1, "first": 1, "each": 3},
    )


def _sentence(case: _Case, alpha: float) -> str:
    if not case.outlooks:
        return tr(
            "Not answered for {label}: there is no smaller set than {problems} to look at.",
            label=case.label,
            problems=problems(case.table.n),
        )
    first, *others = [n for n in NAMED if n in case.outlooks]
    smallest = case.outlooks[first]
    texts = [
        tr(
            "Of all possible sets of {n} of these {total} problems, {gain} show a gain of {label}, {loss} a loss "
            "and {equal} neither; in {resolved} it is significant (exact p < {alpha}).",
            n=first,
            total=numbers.count(case.table.n),
            label=case.label,
            gain=numbers.chance(smallest.gain),
            loss=numbers.chance(smallest.loss),
            equal=numbers.chance(smallest.equal),
            resolved=_resolved(smallest),
            alpha=f"{alpha:g}",
        )
    ]
    for n in others:
        subset = case.outlooks[n]
        texts.append(
            tr(
                "With {n} problems: {gain} gain, {loss} loss, {resolved} significant.",
                n=n,
                gain=numbers.chance(subset.gain),
                loss=numbers.chance(subset.loss),
                resolved=_resolved(subset),
            )
        )
    return tr(" ").join(texts)


def _resolved(subset: Outlook) -> str:
    # Two shares that sum to one can exceed it by rounding.
    return numbers.chance(min(1.0, subset.resolved_gain + subset.resolved_loss))


def _notes(scores: Sequence[ScoreMatrix]) -> tuple[str, ...]:
    notes = []
    if any(int(np.max(run.attempts)) > 1 for run in scores):
        notes.append(tr("Where a problem has several completions, the first one counts here."))
    if scores[0].clusters is not None:
        notes.append(
            tr(
                "Problems of one problem template are dependent, which the exact McNemar test of a subset ignores: "
                "as a statement on new problem templates, resolved says too much here."
            )
        )
    return tuple(notes)
