"""What would 5 or 20 problems have shown? Chances over all subsets of a full run, with no random numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

from analyses.runs.pairing import pair_runs
from analyses.runs.provenance import provenance
from analyses.runs.reproduce import analysis_command
from evalsuite import __version__
from evalsuite.comparison.pair import paired_table
from evalsuite.errors import InputError
from evalsuite.findings import Cell, Column, Figure, Findings, Table
from evalsuite.settings import ComparisonSettings
from evalsuite.stats.paired import PairedTable
from evalsuite.stats.power import exact_power
from evalsuite.stats.subsets import equal_models_noise, independent_subsets_noise, reversal, scores_exactly
from evalsuite.store.store import Store
from evalsuite.wording import numbers
from evalsuite.wording.language import N_, tr

__all__ = ["NAME", "QUESTION", "TUTORIAL", "analyse"]

NAME = "small_samples"
QUESTION = N_("What would 5 or 20 problems have shown?")
ESTIMAND = N_(
    "Chances over all subsets of the full run: for exactly these problems, the difference on all of them being "
    "the truth."
)
SIZES = (5, 10, 20, 50, 100, 200, 500)
LINES = ((2, N_("equal models lead by 20 points or more")), (4, N_("sign opposite to the full run")))
TUTORIAL = ((5, 1, 2), (20, 11, 10))
"""(problems, base right, new right) of the tutorial's two looks."""


@dataclass(frozen=True, slots=True)
class _Case:
    label: str
    table: PairedTable


def analyse(store: Store | None, names: Sequence[str] = (), *, grader: str | None = None) -> Findings:
    """Answer for two stored runs, or, without them, for sets like the tutorial's.

    Parameters
    ----------
    names
        Base and new run; empty takes a constructed full run of 1,319 problems with a true gain of 5 points from 28%
        accuracy, at 20% discordance.

    Raises
    ------
    InputError
        Other than two names, or runs with several completions a problem.
    """
    cases, origin = _cases(store, names, grader)
    chances = _chances(cases)
    curve = Table(
        "chances_curve",
        tr("Misleading outcomes by number of problems"),
        (Column("label", tr("Outcome")), Column("x", tr("Problems"), "count"), Column("y", tr("Chance"), "proportion")),
        tuple((tr(name), row[1], row[i]) for i, name in LINES for row in chances),
    )
    return Findings(
        name=NAME,
        question=tr(QUESTION),
        estimand=tr(ESTIMAND),
        verdict=None,
        sentence=_sentence(cases[0]),
        notes=() if names else (tr("No run was given: this full run is constructed, not measured."),),
        tables=(_table(chances), _scores(cases), curve),
        figures=(
            Figure(
                "chances_curve",
                "curves",
                tr("How often a small set misleads"),
                tr("Both become less likely with more problems."),
                "chances_curve",
                {"x_title": tr("problems in the small set"), "y_title": tr("chance"), "log": 1},
            ),
        ),
        provenance=origin,
    )


def _cases(
    store: Store | None, names: Sequence[str], grader: str | None
) -> tuple[tuple[_Case, ...], dict[str, object]]:
    if store is None or not names:
        gain = _Case(tr("a constructed gain of 5 points"), PairedTable(both=264, wins=165, losses=99, neither=791))
        return (gain,), {"analysis": {"evalsuite": __version__, "runs": "constructed"}}
    if len(names) != 2:
        raise InputError(f"small_samples compares two runs, got {len(names)}")
    runs = pair_runs(store, names, grader=grader, shorten=True)
    base, new = runs.scores
    if not ((base.attempts == 1).all() and (new.attempts == 1).all()):
        raise InputError("small_samples needs one completion a problem in both runs")
    command = analysis_command(NAME, names, store.path, settings=ComparisonSettings(grader=grader))
    origin = provenance(store, runs, command=command, settings={})
    return (_Case(tr("{base} and {new}", base=base.label, new=new.label), paired_table(base, new)),), origin


def _chances(cases: Sequence[_Case]) -> list[tuple[Cell, ...]]:
    rows: list[tuple[Cell, ...]] = []
    for case in cases:
        t = case.table
        for n in SIZES:
            if n > t.n:
                continue
            gap = max(1, -(-n * 20 // 100))
            rows.append(
                (
                    case.label,
                    n,
                    equal_models_noise(t, n, gap),
                    independent_subsets_noise(t.base_correct, t.n, n, gap),
                    reversal(t, n),
                    exact_power(n, t.wins / t.n, t.losses / t.n),
                )
            )
    return rows


def _table(rows: Sequence[tuple[Cell, ...]]) -> Table:
    columns = (
        Column("label", tr("Full run")),
        Column("n", tr("Problems"), "count"),
        Column("paired", tr("Equal models lead by 20 points or more, paired"), "proportion"),
        Column("unpaired", tr("The same with other problems for each run"), "proportion"),
        Column("reversal", tr("Sign opposite to the full run"), "proportion"),
        Column("power", tr("Exact McNemar reaches p < 0.05"), "proportion"),
    )
    note = tr(
        "Chances over all subsets. The first asks what happens if every discordant "
        "problem might as well have gone the other way; the second scores the base run "
        "on two separate draws; the last takes the rates of the full run."
    )
    return Table("chances", tr("How often a small set misleads"), columns, tuple(rows), note)


def _scores(cases: Sequence[_Case]) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (case.label, tr("{base} and {new} of {n}", base=base, new=new, n=n), scores_exactly(case.table, n, base, new))
        for case in cases
        for n, base, new in TUTORIAL
        if n <= case.table.n
    ]
    columns = (
        Column("label", tr("Full run")),
        Column("scores", tr("Scores")),
        Column("chance", tr("Chance"), "proportion"),
    )
    return Table(
        "tutorial",
        tr("The tutorial's own scores"),
        columns,
        tuple(rows),
        tr("Chance that a random subset gives exactly these."),
    )


def _sentence(case: _Case) -> str:
    t = case.table
    n, gap = (5, 1) if t.n >= 5 else (1, 1)
    lead = equal_models_noise(t, n, gap)
    power = exact_power(n, t.wins / t.n, t.losses / t.n)
    text = tr(
        "If models disagree as often as {label} does ({rate} of {total} problems), equal models show a lead of 20 "
        "points or more on {n} problems {lead} of the time, and the exact test reaches p < 0.05 {power} of the "
        "time.",
        label=case.label,
        rate=numbers.percent(t.discordant / t.n, 0.01),
        total=numbers.count(t.n),
        n=n,
        lead=numbers.chance(lead),
        power=numbers.chance(power),
    )
    if t.difference and t.n >= 20:
        text += tr(
            " With 20 problems, the sign is the opposite of the full run's in {chance} of subsets.",
            chance=numbers.chance(reversal(t, 20)),
        )
    return text
