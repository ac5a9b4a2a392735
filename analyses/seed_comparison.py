"""Does the training help, over seeds and problems? Several runs an arm, each trained with its own seed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from analyses.runs import tables
from analyses.runs.looks import with_arm_looks
from analyses.runs.pairing import PairedRuns, pair_runs, pairing_notes, property_name
from analyses.runs.problem_views import problem_views
from analyses.runs.provenance import provenance
from analyses.runs.reproduce import report_command
from evalsuite.comparison.training_seeds import SeedComparison, compare_seeds
from evalsuite.errors import ComparisonError, InputError
from evalsuite.findings import Caution, Cell, Column, Figure, Findings, Table
from evalsuite.settings import ComparisonSettings, SeedOptions
from evalsuite.stats.result import TestResult
from evalsuite.store.store import Store, StoredRun
from evalsuite.wording import numbers, training_seeds
from evalsuite.wording.language import N_, tr
from evalsuite.wording.units import Unit
from evalsuite.wording.verdicts import margin_label

__all__ = ["NAME", "QUESTION", "SeedArms", "analyse", "check_pairs", "compare_arms", "pair_arms"]

NAME = "seed_comparison"
DEFAULT_SETTINGS = ComparisonSettings()
QUESTION = N_("Does the training recipe of {new} beat {base}?")
# Where runs of one recipe may differ.
TRAINED = ("model", "adapter")
SIZES = (0.01, 0.02, 0.03, 0.05, 0.1)
ROWS = {
    "problems": N_("all seeds, over problems"),
    "seeds": N_("all seeds, over seeds"),
    "seeds_and_problems": N_("all seeds, over both"),
    "every_look": N_("all seeds, over both, at every look"),
}
CLAIMS = {
    "every_look": N_("over seeds and problems, at every look: the training recipe"),
    "seeds_and_problems": N_("over seeds and problems: the training recipe"),
    "seeds": N_("over seeds alone: the recipe on exactly these problems"),
    "problems": N_("over problems alone: these checkpoints"),
    "sign_flip": N_("exact sign-flip over groups of problems"),
}


@dataclass(frozen=True, slots=True)
class SeedArms:
    """Two arms of stored runs on the same problems, and what a comparison over seeds says of them.

    Attributes
    ----------
    runs
        All runs, those of the base arm first.
    comparison
        The comparison over seeds.
    cautions, notes
        What a reader must know before the answer, and what belongs beside it, most important first.
    """

    runs: PairedRuns
    comparison: SeedComparison
    cautions: tuple[Caution, ...]
    notes: tuple[str, ...]


def pair_arms(
    store: Store, arms: SeedOptions, settings: ComparisonSettings = DEFAULT_SETTINGS, *, shorten: bool = False
) -> SeedArms:
    """Compare two arms of stored runs, one run a training seed.

    Parameters
    ----------
    arms
        Labels or ids, at least one an arm. An arm with one run is a fixed model.
    settings
        How they are compared.
    shorten
        As in `pairing.pair_runs`.

    Raises
    ------
    InputError
        An arm is empty, or seeds are to be paired and the arms have one run or different numbers of runs.
    ComparisonError
        The runs cannot be paired, or two runs of an arm have the same weights.
    """
    base, new = arms.base, arms.new
    if not base or not new:
        raise InputError(f"need at least one run in each arm, got {len(base)} base and {len(new)} new")
    if arms.paired_seeds:
        check_pairs(len(base), len(new))
    runs = pair_runs(
        store,
        [*base, *new],
        grader=settings.grader,
        only_shared=settings.only_shared,
        allow_unfinished=settings.allow_unfinished,
        pair_by=settings.pair_by,
        drop_duplicates=settings.drop_duplicates,
        shorten=shorten,
        partial_credit=True,
    )
    runs = with_arm_looks(store, runs, len(base), grader=settings.grader)
    return compare_arms(runs, len(base), settings, paired_seeds=arms.paired_seeds)


def check_pairs(n_base: int, n_new: int) -> None:
    """Refuse arms of which no seeds can be paired.

    Raises
    ------
    InputError
        They have one run, or different numbers of runs.
    """
    if n_base != n_new or n_new < 2:
        raise InputError(
            "--paired-seeds needs the same number of runs in both arms, two or more, in the same order of seeds; got "
            f"{n_base} base and {n_new} new"
        )


def compare_arms(runs: PairedRuns, n_base: int, settings: ComparisonSettings, *, paired_seeds: bool) -> SeedArms:
    """Compare the first `n_base` runs, one arm, with the others.

    Raises
    ------
    ComparisonError
        Two runs of an arm have the same weights.
    """
    for heads in (runs.heads[:n_base], runs.heads[n_base:]):
        _check_weights(heads)
    comparison = compare_seeds(
        runs.scores[:n_base],
        runs.scores[n_base:],
        paired=paired_seeds,
        alpha=settings.alpha,
        margin=settings.margin,
        without_cap=settings.without_cap,
        looks=runs.looks.get((runs.labels[0], runs.labels[n_base]), ()),
    )
    cautions = (*runs.cautions, *_design_cautions(runs, n_base))
    return SeedArms(
        runs,
        comparison,
        cautions,
        (
            *runs.warnings,
            *_unknown_notes(runs),
            *training_seeds.notes(comparison),
            *pairing_notes(runs.pairing, plain=True),
        ),
    )


def analyse(store: Store, arms: SeedOptions, settings: ComparisonSettings = DEFAULT_SETTINGS) -> Findings:
    """Compare two arms of stored runs and return everything the page shows.

    Parameters and errors are those of `pair_arms`; names are shown as `pairing.short_labels` says.
    """
    paired = pair_arms(store, arms, settings, shorten=True)
    comparison, runs = paired.comparison, paired.runs
    scored = comparison.score_range is not None
    shown = (
        tables.setup(runs, settings.grader),
        tables.mean_scores(runs, settings.alpha) if scored else tables.accuracy(runs, settings.alpha),
        _difference_table(comparison), _tests_table(comparison), _spread_table(comparison), _needed_table(comparison),
        None if scored else tables.truncation(store, runs),
    )  # fmt: skip
    return Findings(
        name=NAME,
        question=runs.titled(tr(QUESTION, new=comparison.new_label, base=comparison.base_label)),
        estimand=_estimand(comparison),
        verdict=comparison.verdict,
        sentence=training_seeds.sentence(comparison),
        notes=paired.notes,
        cautions=paired.cautions,
        estimates={f"difference_{name}": estimate for name, estimate in comparison.estimates.items()},
        tests={name: _test(name, p, comparison) for name, p in comparison.pvalues.items()},
        tables=tuple(table for table in shown if table is not None),
        figures=_figures(comparison),
        problems=problem_views(
            store, runs, grader=settings.grader, verdicts=[{} for _ in runs.heads] if scored else None
        ),
        provenance=provenance(
            store, runs, command=report_command(store.path, _as_typed(store, arms), settings),
            settings={"alpha": settings.alpha, "margin": settings.margin, "paired_seeds": arms.paired_seeds},
        ),
    )  # fmt: skip


def _as_typed(store: Store, arms: SeedOptions) -> SeedOptions:
    """Return the arms as they were typed, for runs that were read from files."""
    base, new = (tuple(store.typed.get(name, name) for name in arm) for arm in (arms.base, arms.new))
    return replace(arms, base=base, new=new)


def _estimand(comparison: SeedComparison) -> str:
    if comparison.score_range is not None:
        low, high = Unit(comparison.score_range).ends
        if comparison.crossed is None:
            return tr("Mean score (from {low} to {high}) of these two checkpoints on problems like these, with "
                      "the token limit and grader stated. The training recipe cannot be judged from one seed in "
                      "each arm.",
                      low=low, high=high)  # fmt: skip
        return tr("Mean score (from {low} to {high}) of the training recipe on problems like these, over its "
                  "training seeds, with the token limit and grader stated; and the mean score of exactly these "
                  "checkpoints.",
                  low=low, high=high)  # fmt: skip
    if comparison.crossed is None:
        return tr(
            "Accuracy of these two checkpoints on problems like these, with the token limit and grader stated. "
            "The training recipe cannot be judged from one seed in each arm."
        )
    return tr(
        "Accuracy of the training recipe on problems like these, over its training seeds, with the token limit "
        "and grader stated; and the mean accuracy of exactly these checkpoints."
    )


def _test(name: str, pvalue: float, comparison: SeedComparison) -> TestResult:
    value = comparison.difference.value
    return TestResult(value, pvalue, "two-sided", name, value)


def _check_weights(arm: Sequence[StoredRun]) -> None:
    """Refuse two runs of the same weights in one arm: they share a training seed."""
    seen: dict[tuple[str, str | None], str] = {}
    for head in arm:
        if "weights_fingerprint" not in head.spec:
            continue
        weights = (head.spec["weights_fingerprint"], head.spec.get("adapter_fingerprint"))
        if weights in seen:
            raise ComparisonError(
                f"{seen[weights]} and {head.label} are runs of the same weights, so they are not two training seeds; "
                "give one of them"
            )
        seen[weights] = head.label


def _design_cautions(runs: PairedRuns, n_base: int) -> list[Caution]:
    """Say in what runs of one arm differ beside their weights, and in what the arms differ beside their training."""
    within, across = [], []
    for difference in runs.differences:
        arms = set(difference.values[:n_base]), set(difference.values[n_base:])
        if difference.name in TRAINED:
            continue
        if max(map(len, arms)) > 1:
            within.append(property_name(difference.name))
        if arms[0] != arms[1]:
            across.append(property_name(difference.name))
    cautions = []
    if across:
        text = tr("Confounded: besides their weights the arms also differ in {names}, and the difference is the "
                  "effect of everything together.", names=_listed(across))  # fmt: skip
        cautions.append(Caution("confounded", text))
    if within:
        text = tr("Runs of one arm differ in {names} too, so their spread is not that of training seeds alone.",
                  names=_listed(within))  # fmt: skip
        cautions.append(Caution("mixed arm", text))
    return cautions


def _unknown_notes(runs: PairedRuns) -> tuple[str, ...]:
    if not runs.unknown:
        return ()
    text = tr("Some runs do not record: {names}.", names=_listed([property_name(code) for code in runs.unknown]))
    if "model" in runs.unknown:
        text += tr(" ") + tr("That each run comes from another training seed is taken on trust.")
    return (text,)


def _listed(names: Sequence[str]) -> str:
    return tr(", ").join(names)


def _difference_table(comparison: SeedComparison) -> Table:
    """Return one row a seed, over problems, then the intervals of the mean with the claim of each."""
    rows: list[tuple[Cell, ...]] = []
    if comparison.crossed is not None:
        rows += [
            (tr("{label} against {other}", label=s.label, other=s.against), s.difference.low, s.difference.value,
             s.difference.high, s.accuracy, tr("over problems alone: this checkpoint"))
            for s in comparison.seeds
        ]  # fmt: skip
    rows += [
        (tr(label), e.low, e.value, e.high, None, tr(CLAIMS[name]))
        for name, label in ROWS.items()
        if (e := comparison.estimates.get(name)) is not None
    ]
    unit = Unit(comparison.score_range)
    scored = unit.score_range is not None
    columns = (
        Column("label", tr("What is compared")),
        Column("low", tr("Low"), unit.difference_kind),
        Column("value", tr("Difference"), unit.difference_kind),
        Column("high", tr("High"), unit.difference_kind),
        Column("accuracy", tr("Mean score of the run") if scored else tr("Accuracy of the run"), unit.level_kind),
        Column("claim", tr("Drawn by chance, and the claim")),
    )
    note = tr(
        "Intervals of single runs are over problems. Only in the last row do seeds and problems both vary: the "
        "verdict rests on it, and it is never narrower than the two above."
    )
    if comparison.every_look is not None:
        note = tr(
            "Intervals of single runs are over problems. The verdict rests on the last row, which holds at every look; "
            "the row above it would decide had this been the only look."
        )
    title = tr("Difference of mean scores") if scored else tr("Difference in accuracy")
    return Table("difference", title, columns, tuple(rows), "" if comparison.crossed is None else note)


def _tests_table(comparison: SeedComparison) -> Table | None:
    rows = tuple((tr(CLAIMS[name]), p) for name, p in comparison.pvalues.items())
    if comparison.margin is not None and comparison.equivalence_pvalue is not None:
        label = tr("equivalence within ±{margin} pp (two one-sided)", margin=numbers.stated(comparison.margin))
        if comparison.score_range is not None:
            margin = margin_label(comparison.margin, Unit(comparison.score_range))
            label = tr("equivalence within {margin} (two one-sided)", margin=margin)
        rows += ((label, comparison.equivalence_pvalue),)
    columns = (Column("method", tr("Test")), Column("pvalue", "p", "pvalue"))
    note = tr("Two-sided unless said otherwise.")
    title = tr("Tests of equal accuracy") if comparison.score_range is None else tr("Tests of equal mean scores")
    return Table("tests", title, columns, rows, note) if rows else None


def _spread_table(comparison: SeedComparison) -> Table | None:
    rows = tuple(
        (label, s.n_seeds, s.deviation, s.by_problems, s.between, s.pvalue) for label, s in comparison.spreads.items()
    )
    kind = Unit(comparison.score_range).level_kind
    columns = (
        Column("label", tr("Arm")),
        Column("n", tr("Seeds"), "count"),
        Column("deviation", tr("Standard deviation"), kind),
        Column("expected", tr("Expected of equal seeds"), kind),
        Column("between", tr("Between seeds"), kind),
        Column("pvalue", "p", "pvalue"),
    )
    note = tr(
        "Of the accuracies. Equally good seeds solve partly different problems, which alone spreads their accuracies; "
        "the last deviation is what is left."
    )
    if comparison.score_range is not None:
        note = tr(
            "Of the mean scores. Equally good seeds do well on partly different problems, which alone spreads their "
            "means; the last deviation is what is left."
        )
    return Table("seeds_spread", tr("How far the seeds lie apart"), columns, rows, note) if rows else None


def _needed_table(comparison: SeedComparison) -> Table | None:
    """Return the seeds in an arm that differences of several sizes take."""
    if comparison.deviation is None:
        return None
    unit = Unit(comparison.score_range)
    low, high = unit.score_range or (0.0, 1.0)
    sizes = {*((high - low) * size for size in SIZES), abs(comparison.difference.value)} - {0.0}
    rows = tuple((size, comparison.seeds_for(size)) for size in sorted(sizes))
    if not any(n for _, n in rows):
        return None
    columns = (Column("size", tr("True difference"), unit.difference_kind), Column("n", tr("Seeds in an arm"), "count"))
    note = tr(
        "For a t test over seeds with {power}% power at α = {alpha}, at the standard deviation seen, {deviation}, "
        "which few seeds know poorly. More seeds do not reduce the error over problems.",
        power=numbers.stated(comparison.power), alpha=f"{comparison.alpha:g}",
        deviation=unit.size(comparison.deviation, comparison.deviation / 5),
    )  # fmt: skip
    return Table("seeds_needed", tr("Training seeds needed"), columns, rows, note)


def _figures(comparison: SeedComparison) -> tuple[Figure, ...]:
    level, unit = comparison.difference.confidence_level, Unit(comparison.score_range)
    scored = unit.score_range is not None
    options: dict[str, Cell] = {
        "base": comparison.base_label, "new": comparison.new_label, "level": level, **unit.options,
    }  # fmt: skip
    if comparison.margin is not None:
        options["margin"] = comparison.margin
    words = tr(" ").join(
        tr(
            "{claim}: {value}, {limits}.",
            claim=tr(CLAIMS[name]),
            value=unit.difference(e.value, e.nominal_error),
            limits=unit.limits(e.low, e.high, e.nominal_error),
        )
        for name, e in comparison.estimates.items()
    )
    return (
        Figure("difference", "difference",
               tr("Difference of mean scores, new − base") if scored else tr("Difference in accuracy, new − base"),
               words, "difference", options),
        Figure("mean_scores" if scored else "accuracy", "intervals",
               tr("Mean score of each run") if scored else tr("Accuracy of each run"),
               tr("One row per run, with its interval."), "mean_scores" if scored else "accuracy",
               {"level": level, **unit.options}),
    )  # fmt: skip
