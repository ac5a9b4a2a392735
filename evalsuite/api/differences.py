"""How differences from a base are shown in Python: as a row of a frame, a table, and a figure."""

from collections.abc import Sequence
from typing import Any

from evalsuite.comparison.pair import TwoRunComparison, verdict_pvalue
from evalsuite.comparison.paired_table import PairedComparison
from evalsuite.findings import Cell, Column, Figure, Light, Table
from evalsuite.wording import numbers
from evalsuite.wording.lights import qualified_label
from evalsuite.wording.units import SHARES, Unit

__all__ = ["difference_figure", "difference_table", "frame_row", "limits_table", "pair_summary", "summary", "unit_of"]


def unit_of(comparison: TwoRunComparison) -> Unit:
    """Return the unit of a comparison: percentage points, or that of its scores."""
    return Unit(None if isinstance(comparison, PairedComparison) else comparison.score_range)


def frame_row(comparison: TwoRunComparison, lights: Sequence[Light] = ()) -> dict[str, Any]:
    """Return the numbers of one comparison by the names of columns; wins and losses only where there is a table."""
    table = comparison.table if isinstance(comparison, PairedComparison) else None
    difference = comparison.difference
    mean = "accuracy" if unit_of(comparison).score_range is None else "mean_score"
    return {
        "base": comparison.base_label,
        "new": comparison.new_label,
        "n_problems": difference.n_problems,
        f"base_{mean}": comparison.base.value,
        f"new_{mean}": comparison.new.value,
        "difference": difference.value,
        "low": difference.low,
        "high": difference.high,
        "confidence_level": difference.confidence_level,
        "method": difference.method,
        "pvalue": verdict_pvalue(comparison),
        "adjusted_pvalue": comparison.adjusted_pvalue,
        "verdict": comparison.verdict.kind,
        "final_verdict": qualified_label(comparison.verdict, lights),
        "wins": None if table is None else table.wins,
        "losses": None if table is None else table.losses,
    }


def summary(comparisons: Sequence[TwoRunComparison], lights: Sequence[Sequence[Light]]) -> Table:
    """Return one row a run: what a reader looks for first."""
    first = comparisons[0]
    adjusted = first.adjusted_pvalue is not None
    rows: list[tuple[Cell, ...]] = [(first.base_label, first.base.value, None, None, None, None, None)]
    for c, of_run in zip(comparisons, lights, strict=True):
        pvalue = verdict_pvalue(c) if c.adjusted_pvalue is None else c.adjusted_pvalue
        limits = (c.difference.value, c.difference.low, c.difference.high)
        rows.append((c.new_label, c.new.value, *limits, pvalue, qualified_label(c.verdict, of_run)))
    test = "exact McNemar test" if isinstance(first, PairedComparison) else "bounded-mean test over independent groups"
    if any(c.every_look is not None for c in comparisons):
        test = f"{test}, or from the second look on by one that holds at every look"
    title = (
        f"Difference from {first.base_label} on {numbers.count(first.difference.n_problems)} problems with its "
        f"{numbers.level(first.difference.confidence_level)}% interval; p by the {test}."
    )
    unit = unit_of(first)
    scored = unit.score_range is not None
    columns = (
        Column("run", "Run"),
        Column("mean_score" if scored else "accuracy", "Mean score" if scored else "Right", unit.level_kind),
        Column("difference", "Difference", unit.difference_kind),
        Column("low", "Low", unit.difference_kind),
        Column("high", "High", unit.difference_kind),
        Column("pvalue", "p (Holm)" if adjusted else "p", "pvalue"),
        Column("verdict", "Verdict"),
    )
    return Table("comparison", title, columns, tuple(rows))


def pair_summary(comparisons: Sequence[TwoRunComparison], lights: Sequence[Sequence[Light]]) -> Table:
    """Return one row a pair of runs."""
    first = comparisons[0]
    rows = tuple(
        (c.new_label, c.base_label, c.difference.value, c.difference.low, c.difference.high, c.adjusted_pvalue,
         qualified_label(c.verdict, of_pair))
        for c, of_pair in zip(comparisons, lights, strict=True)
    )  # fmt: skip
    title = (
        f"All {numbers.count(len(rows))} pairs with the {numbers.level(first.difference.confidence_level)}% interval "
        "of each alone; p adjusted for all pairs."
    )
    columns = (
        Column("new", "Run"),
        Column("base", "Against"),
        Column("difference", "Difference", unit_of(first).difference_kind),
        Column("low", "Low", unit_of(first).difference_kind),
        Column("high", "High", unit_of(first).difference_kind),
        Column("pvalue", "p (Holm)", "pvalue"),
        Column("verdict", "Verdict"),
    )
    return Table("comparison", title, columns, rows)


def difference_table(comparisons: Sequence[TwoRunComparison]) -> Table:
    """Return the difference of each comparison with its limits, for the figure."""
    base = comparisons[0].base_label
    rows = [
        (
            c.new_label if c.base_label == base else f"{c.new_label} − {c.base_label}",
            c.difference.low,
            c.difference.value,
            c.difference.high,
        )
        for c in comparisons
    ]
    return limits_table(rows, unit_of(comparisons[0]))


def limits_table(rows: Sequence[tuple[str, float, float, float]], unit: Unit = SHARES) -> Table:
    """Return the table that the figure draws: label, low, value and high of each row."""
    columns = (Column("label", "Run"), *(Column(k, k, unit.difference_kind) for k in ("low", "value", "high")))
    title = "Difference in accuracy" if unit.score_range is None else "Difference of mean scores"
    return Table("difference", title, columns, tuple(rows))


def difference_figure(comparisons: Sequence[TwoRunComparison]) -> Figure:
    """Return the figure of `difference_table`."""
    first = comparisons[0]
    unit = unit_of(first)
    single = len(comparisons) == 1
    options: dict[str, Cell] = {
        "base": first.base_label,
        "new": first.new_label if single else "new run",
        "level": first.difference.confidence_level,
        "margin": first.margin,
        "detectable": first.minimum_detectable_difference if single else None,
        **unit.options,
    }
    description = " ".join(
        f"{c.new_label}: {unit.difference(c.difference.value)}, interval "
        f"{unit.limits(c.difference.low, c.difference.high)}."
        for c in comparisons
    )
    scored = unit.score_range is not None
    title = "Difference of mean scores, new − base" if scored else "Difference in accuracy, new − base"
    return Figure("difference", "difference", title, description, "difference", options)
