"""What several completions of a problem say beyond their mean: pass@k, pass^k and the majority vote."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from analyses.runs.against_base import RunComparison
from analyses.runs.votes import majority_of_run
from evalsuite.comparison.several_completions import MEASURES, completion_curves
from evalsuite.findings import Cell, Column, Figure, Table
from evalsuite.scores import ScoreMatrix
from evalsuite.stats.bounded_mean import bounded_mean
from evalsuite.stats.pass_curve import PassCurve
from evalsuite.store.store import Store
from evalsuite.wording.language import tr

__all__ = ["completion_figures", "completion_tables"]


def completion_tables(store: Store, compared: RunComparison, grader: str | None) -> tuple[Table, ...]:
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
        _majority(store, compared, [run.take(np.flatnonzero(rows)) for run in runs], level, grader),
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
    note = tr("Paired by problem, new − base; the intervals of one measure hold for all k together.")
    return Table("pass_differences", tr("Differences in pass@k and pass^k"), columns, tuple(rows), note)


def _difference_rows(label: str, name: str, curve: PassCurve) -> list[tuple[Cell, ...]]:
    return [
        (label, name, k, e.low, e.value, e.high, tr("yes") if k in curve.resolved else tr("no"))
        for k, e in zip(curve.ks, curve.estimates, strict=True)
    ]


def _majority(
    store: Store,
    compared: RunComparison,
    runs: Sequence[ScoreMatrix],
    level: float,
    grader: str | None,
) -> Table | None:
    votes: list[NDArray[np.float64]] = []
    for head, run in zip(compared.runs.heads, runs, strict=True):
        vote = majority_of_run(store, head.run_id, grader or head.primary_grader, run.problem_ids)
        if vote is None:
            return None
        votes.append(vote.scores)
    rows: list[tuple[Cell, ...]] = []
    clusters = runs[0].clusters
    for run, scores in zip(runs, votes, strict=True):
        e = bounded_mean(scores, clusters=clusters).estimate(confidence_level=level)
        differs: tuple[Cell, ...] = (None, None, None)
        if run is not runs[0]:
            d = bounded_mean(scores - votes[0], bounds=(-1.0, 1.0), clusters=clusters)
            limits = d.estimate(confidence_level=level)
            differs = (limits.low, limits.value, limits.high)
        rows.append((run.label, e.low, e.value, e.high, *differs))
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
