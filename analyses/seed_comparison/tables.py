"""The tables and figures of a comparison over training seeds."""

from evalsuite.comparison.training_seeds import SeedComparison
from evalsuite.findings import Cell, Column, Figure, Table
from evalsuite.wording import numbers
from evalsuite.wording.language import N_, tr
from evalsuite.wording.units import Unit
from evalsuite.wording.verdicts import margin_label

__all__ = ["arms_table", "difference_table", "figures", "needed_table", "spread_table", "tests_table"]

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


def arms_table(comparison: SeedComparison) -> Table:
    """Return one row an arm: its mean over training seeds, with that of its worst and best seed."""
    unit = Unit(comparison.score_range)
    arms = ((comparison.base_label, comparison.base_accuracies), (comparison.new_label, comparison.new_accuracies))
    rows: list[tuple[Cell, ...]] = []
    for label, by_run in arms:
        means = list(by_run.values())
        rows.append((label, len(means), min(means), sum(means) / len(means), max(means)))
    columns = (
        Column("label", tr("Arm")),
        Column("seeds", tr("Seeds"), "count"),
        Column("lowest", tr("Lowest seed"), unit.level_kind),
        Column("value", tr("Mean over seeds"), unit.level_kind),
        Column("highest", tr("Highest seed"), unit.level_kind),
    )
    return Table("arms", tr("Both arms"), columns, tuple(rows))


def difference_table(comparison: SeedComparison) -> Table:
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


def tests_table(comparison: SeedComparison) -> Table | None:
    """Return the p-value of each claim; None where no test concerns the recipe."""
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


def spread_table(comparison: SeedComparison) -> Table | None:
    """Return how far the seeds of each arm lie apart, beside what problems alone would do."""
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


def needed_table(comparison: SeedComparison) -> Table | None:
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


def figures(comparison: SeedComparison) -> tuple[Figure, ...]:
    """Return the figures of the difference and of each run."""
    level, unit = comparison.difference.confidence_level, Unit(comparison.score_range)
    scored = unit.score_range is not None
    options: dict[str, Cell] = {
        "base": comparison.base_label, "new": comparison.new_label, "level": level, **unit.options,
    }  # fmt: skip
    if comparison.margin is not None:
        options["margin"] = comparison.margin
    words = tr("One row per training seed, then the mean over all. The verdict rests on the last row.")
    return (
        Figure("difference", "difference",
               tr("Difference of mean scores, new − base") if scored else tr("Difference in accuracy, new − base"),
               words, "difference", options),
        Figure("mean_scores" if scored else "accuracy", "intervals",
               tr("Mean score of each run") if scored else tr("Accuracy of each run"),
               tr("One row per run, with its interval."), "mean_scores" if scored else "accuracy",
               {"level": level, **unit.options}),
    )  # fmt: skip
