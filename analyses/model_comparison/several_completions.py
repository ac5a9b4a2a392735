"""What several completions of a problem say beyond their mean: pass@k, pass^k and the majority vote."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from analyses.runs.against_base import RunComparison
from evalsuite.comparison.several_completions import MEASURES, completion_curves
from evalsuite.findings import Cell, Column, Figure, Table
from evalsuite.scores import ScoreMatrix
from evalsuite.stats.pass_curve import PassCurve
from evalsuite.wording.language import tr

__all__ = ["completion_figures", "completion_tables"]


def completion_tables(compared: RunComparison) -> tuple[Table, ...]:
    """Return the curves, their differences and the majority vote; nothing where every run has single completions."""
    rows = np.all([run.attempts > 0 for run in compared.runs.scores], axis=0)
    clusters = next((run.clusters for run in compared.runs.scores if run.clusters is not None), None)
    runs = [replace(run, clusters=clusters) for run in compared.runs.scores]
    if not rows.any() or all(run.attempts.max() < 2 for run in runs):
        return ()
    level = compared.comparisons[0].difference.confidence_level
    found = (
        _curves(runs, level),
        _differences(compared),
        _majority(compared),
    )
    return tuple(table for table in found if table is not None)


def completion_figures(tables: Sequence[Table]) -> tuple[Figure, ...]:
    """Return the figure of the curves, where there are any."""
    words = tr("One line per run and measure; each band holds for all k at once.")
    options: dict[str, Cell] = {"x_title": tr("k, completions"), "y_title": tr("share of problems"), "log": 1,
                               "each": len(MEASURES)}  # fmt: skip
    return tuple(
        Figure(table.name, "curves", table.title, words, table.name, options)
        for table in tables
        if table.name == "pass_curves"
    )


def _curves(runs: Sequence[ScoreMatrix], level: float) -> Table | None:
    rows: list[tuple[Cell, ...]] = []
    for run in runs:
        found = completion_curves(run, confidence_level=level)
        if found is None or found.fewest < 2:
            continue
        for measure, curve in found.curves.items():
            label = tr("{label}, {measure}", label=run.label, measure=MEASURES[measure])
            rows += [(label, k, e.low, e.value, e.high) for k, e in zip(curve.ks, curve.estimates, strict=True)]
    if not rows:
        return None
    columns = (
        Column("label", tr("Run")),
        Column("x", "k", "count"),
        Column("low", tr("Low"), "proportion"),
        Column("y", tr("Share"), "proportion"),
        Column("high", tr("High"), "proportion"),
    )
    note = tr(
        "pass@k: at least one of k completions is right; pass^k: all of them are. The intervals of one line hold "
        "together."
    )
    return Table("pass_curves", tr("At least one, or all, of k completions right"), columns, tuple(rows), note)


def _differences(compared: RunComparison) -> Table | None:
    rows: list[tuple[Cell, ...]] = []
    for comparison, found in zip(compared.comparisons, compared.completions, strict=True):
        if found is not None and found.fewest > 1:
            for measure, curve in found.curves.items():
                rows += _difference_rows(comparison.new_label, MEASURES[measure], curve)
    if not rows:
        return None
    columns = (
        Column("label", tr("New run")),
        Column("measure", tr("Measure")),
        Column("k", "k", "count"),
        Column("low", tr("Low"), "difference"),
        Column("value", tr("Difference"), "difference"),
        Column("high", tr("High"), "difference"),
        Column("resolved", tr("Resolved")),
    )
    note = tr("Paired by problem, new − base; the intervals of one measure hold for all k of all comparisons together.")
    return Table("pass_differences", tr("Differences in pass@k and pass^k"), columns, tuple(rows), note)


def _difference_rows(label: str, name: str, curve: PassCurve) -> list[tuple[Cell, ...]]:
    return [
        (label, name, k, e.low, e.value, e.high, tr("yes") if k in curve.resolved else tr("no"))
        for k, e in zip(curve.ks, curve.estimates, strict=True)
    ]


def _majority(compared: RunComparison) -> Table | None:
    found = compared.majorities
    known = [one for one in found if one is not None]
    if not known or len(known) < len(found):
        return None
    base = known[0].base
    rows: list[tuple[Cell, ...]] = [(compared.runs.labels[0], base.low, base.value, base.high, None, None, None)]
    for comparison, one in zip(compared.comparisons, known, strict=True):
        new, d = one.new, one.difference
        rows.append((comparison.new_label, new.low, new.value, new.high, d.low, d.value, d.high))
    columns = (
        Column("label", tr("Run")),
        Column("low", tr("Low"), "proportion"),
        Column("value", tr("Majority right"), "proportion"),
        Column("high", tr("High"), "proportion"),
        Column("difference_low", tr("Difference, low"), "difference"),
        Column("difference", tr("Difference"), "difference"),
        Column("difference_high", tr("Difference, high"), "difference"),
    )
    note = tr(
        "The most frequent extracted answer of each problem; of equally frequent ones, the chance that one drawn at "
        "random is right. Completions without an answer do not vote."
    )
    return Table("majority_vote", tr("Majority vote"), columns, tuple(rows), note)
