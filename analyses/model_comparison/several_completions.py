"""What several completions of a problem say beyond their mean: pass@k, pass^k and the majority vote."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from analyses.runs.against_base import RunComparison
from evalsuite.findings import Cell, Column, Figure, Table
from evalsuite.scores import ScoreMatrix
from evalsuite.stats.bounded_mean import bounded_mean
from evalsuite.stats.pass_at_k import majority_vote
from evalsuite.stats.pass_curve import Measure, PassCurve, pass_curve, pass_difference
from evalsuite.store import queries
from evalsuite.store.store import Store
from evalsuite.wording.language import tr

__all__ = ["completion_figures", "completion_tables"]

MEASURES: dict[Measure, str] = {"any": "pass@k", "all": "pass^k"}


def completion_tables(store: Store, compared: RunComparison, grader: str | None, *, seed: int) -> tuple[Table, ...]:
    """Return the curves, their differences and the majority vote; nothing where every run has single completions.

    Parameters
    ----------
    seed
        Of the draws that set the level of each band.
    """
    rows = np.all([run.attempts > 0 for run in compared.runs.scores], axis=0)
    runs = [run.take(np.flatnonzero(rows)) for run in compared.runs.scores]
    if not rows.any() or all((run.attempts == 1).all() for run in runs):
        return ()
    clusters = next((run.clusters for run in runs if run.clusters is not None), None)
    level = compared.comparisons[0].difference.confidence_level
    tables = [_curves(runs, clusters, level, seed)]
    if min(int(run.attempts.min()) for run in runs) > 1:
        tables.append(_differences(runs, clusters, level, seed))
    majority = _majority(store, compared, runs, clusters, level, grader)
    return (*tables, *(() if majority is None else (majority,)))


def completion_figures(tables: Sequence[Table]) -> tuple[Figure, ...]:
    """Return the figure of the curves, where there are any."""
    words = tr("One line a run and measure; each band holds for all k at once.")
    options: dict[str, Cell] = {"x_title": tr("k, completions"), "y_title": tr("share of problems"), "log": 1}
    return tuple(
        Figure(table.name, "curves", table.title, words, table.name, options)
        for table in tables
        if table.name == "pass_curves"
    )


def _curves(runs: Sequence[ScoreMatrix], clusters: tuple[str, ...] | None, level: float, seed: int) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for run in runs:
        if run.attempts.min() < 2:
            continue
        for measure, name in MEASURES.items():
            curve = pass_curve(
                run.successes, run.attempts,
                rng=np.random.default_rng(seed), measure=measure, clusters=clusters, confidence_level=level,
            )  # fmt: skip
            label = tr("{label}, {measure}", label=run.label, measure=name)
            rows += [(label, k, e.low, e.value, e.high) for k, e in zip(curve.ks, curve.estimates, strict=True)]
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


def _differences(runs: Sequence[ScoreMatrix], clusters: tuple[str, ...] | None, level: float, seed: int) -> Table:
    base, *others = runs
    rows: list[tuple[Cell, ...]] = []
    for new in others:
        for measure, name in MEASURES.items():
            curve = pass_difference(
                base.successes, base.attempts, new.successes, new.attempts,
                rng=np.random.default_rng(seed), measure=measure, clusters=clusters, confidence_level=level,
            )  # fmt: skip
            rows += _difference_rows(new.label, name, curve)
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
    clusters: tuple[str, ...] | None,
    level: float,
    grader: str | None,
) -> Table | None:
    votes: list[NDArray[np.float64]] = []
    for head, run in zip(compared.runs.heads, runs, strict=True):
        scores = _votes(store, head.run_id, grader or head.primary_grader, run.problem_ids)
        if scores is None:
            return None
        votes.append(scores)
    rows: list[tuple[Cell, ...]] = []
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


def _votes(store: Store, run_id: str, grader: str, problem_ids: Sequence[str]) -> NDArray[np.float64] | None:
    """Return the score of the majority of each problem; all answers that the grader takes for right are one answer.

    None where a wrong answer is not stored, as in imports that say only right or wrong: what it would vote for is not
    known.
    """
    answers: dict[str, list[tuple[str, str] | None]] = {name: [] for name in problem_ids}
    for row in queries.graded(store.connection, run_id, grader):
        if row["problem_id"] not in answers:
            continue
        if row["outcome"] == "correct":
            answers[row["problem_id"]].append(("right", ""))
        elif row["outcome"] == "incorrect" and row["extracted"] is None:
            return None
        elif row["outcome"] is not None:
            wrong = row["extracted"]
            answers[row["problem_id"]].append(None if wrong is None else ("wrong", wrong))
    return majority_vote(list(answers.values()), [("right", "")] * len(answers)).scores
