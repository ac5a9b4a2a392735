"""The tables of the truncation analysis: full-precision cells, one function a table."""

from collections.abc import Sequence
from statistics import median

import numpy as np
from numpy.typing import NDArray

from analyses.runs.pairing import PairedRuns
from analyses.truncation.curves import RegradedRun, SufficientLimit, token_limit
from analyses.truncation.extension_gain import TokenLimitGain
from analyses.truncation.measures import PairTruncation, RunTruncation, rate_test
from evalsuite.comparison.pair import TwoRunComparison, is_single
from evalsuite.findings import Cell, Column, Kind, Table
from evalsuite.grading.loops import repeating_tail
from evalsuite.scores import ScoreMatrix
from evalsuite.stats import cluster
from evalsuite.stats.competing_risks import aalen_johansen
from evalsuite.stats.proportion import wilson
from evalsuite.stats.result import Estimate
from evalsuite.stats.worst_case import WorstCase
from evalsuite.store import queries
from evalsuite.store.store import Store, StoredRun
from evalsuite.wording import numbers
from evalsuite.wording.language import N_, tr
from evalsuite.wording.method_names import method_name

__all__ = [
    "bounds",
    "by_grader",
    "changes",
    "curve",
    "extension_gains",
    "gap",
    "incidence",
    "incidence_names",
    "loops",
    "reached",
    "truncation_difference",
]

ENDINGS = (N_("finished, right"), N_("finished, wrong"), N_("not finished yet"))
MOST_CHANGES = 200


def truncation_difference(rates: Sequence[TwoRunComparison]) -> Table:
    """Return the paired difference in how often completions were truncated, with its own test."""
    rows: list[tuple[Cell, ...]] = []
    for rate in rates:
        e = rate.difference
        pvalue = rate_test(rate).pvalue if rate.adjusted_pvalue is None else rate.adjusted_pvalue
        rows.append((rate.new_label, e.low, e.value, e.high, pvalue))
    columns = (
        Column("label", tr("New run")),
        Column("low", tr("Low"), "difference"),
        Column("value", tr("Difference in share truncated"), "difference"),
        Column("high", tr("High"), "difference"),
        Column("pvalue", tr("p"), "pvalue"),
    )
    note = tr(
        "Exact McNemar test for one completion per problem, otherwise t over problems; adjusted by Holm's method "
        "for several runs."
    )
    return Table(
        "truncation_difference", tr("Difference in how often completions were truncated"), columns, tuple(rows), note
    )


def _curve_columns() -> tuple[Column, ...]:
    return Column("label", tr("Run")), Column("x", tr("Token limit"), "tokens")


def curve(bands: Sequence[tuple[RegradedRun, list[Estimate]]], alpha: float) -> Table:
    """Return the accuracy of each run at each token limit with its band."""
    rows = tuple(
        (regraded.run.label, limit, e.value, e.low, e.high)
        for regraded, estimates in bands
        for limit, e in zip(regraded.limits, estimates, strict=True)
    )
    columns = (
        *_curve_columns(),
        Column("y", tr("Accuracy"), "proportion"),
        Column("low", tr("Low"), "proportion"),
        Column("high", tr("High"), "proportion"),
    )
    return Table("token_limit_curve", tr("Accuracy by token limit"), columns, rows, _band_note(alpha))


def gap(bands: Sequence[tuple[str, dict[int, Estimate]]], alpha: float) -> Table:
    """Return the paired difference with the base at each token limit that both have, with its band."""
    rows = tuple((label, limit, e.value, e.low, e.high) for label, band in bands for limit, e in band.items())
    columns = (
        *_curve_columns(),
        Column("y", tr("Difference"), "difference"),
        Column("low", tr("Low"), "difference"),
        Column("high", tr("High"), "difference"),
    )
    return Table(
        "token_limit_difference", tr("Difference by token limit, new − base"), columns, rows, _band_note(alpha)
    )


def _band_note(alpha: float) -> str:
    return tr(
        "Low and high hold at all token limits of a curve at once, with {level}% confidence. The stored tokens "
        "are cut at each limit, decoded and graded again.",
        level=numbers.level(1 - alpha),
    )


def reached(sufficient: Sequence[tuple[RegradedRun, list[SufficientLimit | None]]]) -> Table:
    """Return from which token limit on a run keeps a share of its final accuracy."""
    rows = tuple(
        (regraded.run.label, s.share, s.limit, s.low, s.high)
        for regraded, of_run in sufficient
        for s in of_run
        if s is not None
    )
    columns = (
        Column("label", tr("Run")),
        Column("share", tr("Share of the final accuracy"), "proportion"),
        Column("cap", tr("From limit"), "tokens"),
        Column("low", tr("Low"), "tokens"),
        Column("high", tr("High"), "tokens"),
    )
    note = tr(
        "The smallest token limit shown at and beyond which this share is reached; the interval resamples whole "
        "problems."
    )
    return Table("token_limit_reached", tr("How many tokens most of the accuracy takes"), columns, rows, note)


def incidence_names(runs: PairedRuns) -> list[str]:
    """Return the name of the incidence table of each run."""
    return ["incidence", *(f"incidence_{i}" for i in range(2, len(runs.heads) + 1))]


def incidence(store: Store, runs: PairedRuns, graders: Sequence[str]) -> list[Table | None]:
    """Return how each run's completions end by number of tokens; None where lengths or stop reasons are unknown."""
    return [
        _incidence(store, head, run, grader, name) if run.truncation_known else None
        for head, run, grader, name in zip(runs.heads, runs.scores, graders, incidence_names(runs), strict=True)
    ]


def _incidence(store: Store, head: StoredRun, run: ScoreMatrix, grader: str, name: str) -> Table | None:
    wanted = set(run.problem_ids)
    graded = [r for r in queries.graded(store.connection, head.run_id, grader) if r["problem_id"] in wanted]
    if not graded or any(not r["n_tokens"] for r in graded):
        return None
    ended = {"correct": 1, "incorrect": 2, "no_answer": 2}
    causes = [0 if r["stop_reason"] == "length" else ended[r["outcome"]] for r in graded]
    if not any(causes):
        return None
    tokens = [r["n_tokens"] for r in graded]
    right, wrong = (aalen_johansen(tokens, causes, of) for of in (1, 2))
    last = token_limit(store, head) or max(tokens)
    points = np.unique(np.linspace(0, last, 61).round().astype(int)).tolist()
    shares = [(right.at(t), wrong.at(t), 1 - right.at(t) - wrong.at(t)) for t in points]
    rows = tuple(
        (tr(ending), t, max(0.0, share[i]))
        for i, ending in enumerate(ENDINGS)
        for t, share in zip(points, shares, strict=True)
    )
    columns = (
        Column("label", tr("Completions")),
        Column("x", tr("Tokens"), "tokens"),
        Column("y", tr("Share"), "proportion"),
    )
    note = tr("Cumulative incidence (Aalen–Johansen); a truncated completion counts as not ended.")
    return Table(name, tr("How the completions of {label} end", label=run.label), columns, rows, note)


def loops(store: Store, runs: PairedRuns, alpha: float) -> Table:
    """Return how many of the truncated completions repeat themselves until the token limit."""
    rows: list[tuple[Cell, ...]] = []
    for head, run in zip(runs.heads, runs.scores, strict=True):
        row_of = {p: i for i, p in enumerate(run.problem_ids)}
        truncated, looping = np.zeros(run.n_problems, dtype=np.int64), np.zeros(run.n_problems, dtype=np.int64)
        periods = []
        for c in queries.stored_completions(store.connection, head.run_id):
            i = row_of.get(c["problem_id"])
            if i is None or c["stop_reason"] != "length" or c["token_ids"] is None:
                continue
            truncated[i] += 1
            loop = repeating_tail(c["token_ids"])
            if loop is not None:
                looping[i] += 1
                periods.append(loop.period)
        if truncated.any():
            e = _share(run, looping, truncated, 1 - alpha)
            period = median(periods) if periods else None
            rows.append((run.label, int(truncated.sum()), int(looping.sum()), e.low, e.value, e.high, period))
    columns = (
        Column("label", tr("Run")),
        Column("n", tr("Truncated"), "count"),
        Column("loops", tr("Repeat to the limit"), "count"),
        Column("low", tr("Low"), "proportion"),
        Column("value", tr("Share of the truncated"), "proportion"),
        Column("high", tr("High"), "proportion"),
        Column("period", tr("Median period (tokens)"), "number"),
    )
    note = tr(
        "The last 30 or more tokens are one passage of at most 100 tokens, repeated at least three times. More "
        "tokens would not have rescued these. Loops that change as they repeat are not found."
    )
    return Table("loops", tr("Truncated completions that repeat themselves"), columns, tuple(rows), note)


def _share(run: ScoreMatrix, successes: NDArray[np.int64], attempts: NDArray[np.int64], level: float) -> Estimate:
    if is_single(run):
        return wilson(int(successes.sum()), int(attempts.sum()), confidence_level=level)
    return cluster.mean(successes, attempts, clusters=run.clusters, weighting="micro", confidence_level=level)


def bounds(records: Sequence[RunTruncation], pairs: Sequence[PairTruncation]) -> tuple[Table, ...]:
    """Return what is open about each accuracy, and about each difference, had every completion finished."""
    of_runs = [(tr("accuracy of {label}", label=record.label), record.bounds) for record in records]
    of_pairs = [(tr("{new} − {base}", new=pair.new.label, base=pair.base.label), pair.bounds) for pair in pairs]
    note = tr(
        "Worst and best case over every way the truncated completions could have ended, including those already "
        "right. The interval covers the true value wherever in that range it lies (Imbens and Manski 2004; below "
        "30 problems, from the score limit of one end to that of the other)."
    )
    title = tr("Had every completion finished")
    tables = (
        Table("bounds", title, _bounds_columns("proportion"), _bounds_rows(of_runs), note),
        Table("bounds_difference", tr("{title}: the difference", title=title), _bounds_columns("difference"),
              _bounds_rows(of_pairs)),
    )  # fmt: skip
    return tuple(table for table in tables if table.rows)


def _bounds_rows(named: Sequence[tuple[str, WorstCase | None]]) -> tuple[tuple[Cell, ...], ...]:
    known = [(name, b) for name, b in named if b is not None]
    return tuple((name, b.low, b.lowest, b.highest, b.high, method_name(b.method)) for name, b in known)


def _bounds_columns(kind: Kind) -> tuple[Column, ...]:
    return (
        Column("label", tr("Quantity")),
        Column("low", tr("Interval from"), kind),
        Column("lowest", tr("Worst case"), kind),
        Column("highest", tr("Best case"), kind),
        Column("high", tr("to"), kind),
        Column("method", tr("Interval")),
    )


def extension_gains(costs: Sequence[TokenLimitGain]) -> Table:
    """Return what the larger token limit changed in every run that was continued at one."""
    rows = tuple(
        (c.parent, c.base_token_limit, c.new_token_limit, c.n_continued, c.n_still_truncated,
         len(c.gains), len(c.losses),
         c.comparison.difference.low, c.comparison.difference.value, c.comparison.difference.high, c.pvalue)
        for c in costs
    )  # fmt: skip
    columns = (
        Column("label", tr("Run")),
        Column("old", tr("Smaller limit"), "tokens"),
        Column("new", tr("Larger limit"), "tokens"),
        Column("n", tr("Continued"), "count"),
        Column("still", tr("Truncated again"), "count"),
        Column("gains", tr("Gained"), "count"),
        Column("losses", tr("Lost"), "count"),
        Column("low", tr("Low"), "difference"),
        Column("value", tr("Change in accuracy"), "difference"),
        Column("high", tr("High"), "difference"),
        Column("pvalue", tr("p"), "pvalue"),
    )
    note = tr(
        "The run, continued from its stored tokens, against itself at the smaller limit; only truncated "
        "completions can differ."
    )
    return Table("token_limit_gain", tr("What the smaller token limit cost"), columns, rows, note)


def changes(costs: Sequence[TokenLimitGain]) -> Table:
    """Return the completions whose verdict the larger token limit changed, the first `MOST_CHANGES` of each kind."""
    rows: list[tuple[Cell, ...]] = [
        (c.parent, word, x.problem_id, x.completion_index, x.read_before, x.read_after, x.n_tokens)
        for c in costs
        for word, of_kind in ((tr("gained"), c.gains), (tr("lost"), c.losses))
        for x in of_kind[:MOST_CHANGES]
    ]
    columns = (
        Column("label", tr("Run")),
        Column("change", tr("Change")),
        Column("problem", tr("Problem")),
        Column("index", tr("Completion"), "count"),
        Column("before", tr("Answer at the smaller limit")),
        Column("after", tr("Answer at the larger limit")),
        Column("tokens", tr("Tokens"), "tokens"),
    )
    return Table("token_limit_changes", tr("Verdicts that the larger token limit changed"), columns, tuple(rows))


def by_grader(runs: Sequence[RegradedRun]) -> Table:
    """Return the accuracy by every grader at quarters of each run's token limit, and the lucky credit of the half."""
    rows: list[tuple[Cell, ...]] = []
    for regraded in runs:
        limits = regraded.limits
        at = [int(np.searchsorted(limits, limits[-1] * q / 4)) for q in (1, 2, 3, 4)]
        for grader in regraded.graders:
            means = regraded.means(grader).mean(axis=0)
            lucky = regraded.lucky(grader, limits[at[1]])
            rows.append((regraded.run.label, grader, *(float(means[i]) for i in at), lucky))
    columns = (
        Column("label", tr("Run")),
        Column("grader", tr("Grader")),
        Column("quarter", tr("Quarter of the limit"), "proportion"),
        Column("half", tr("Half"), "proportion"),
        Column("three", tr("Three quarters"), "proportion"),
        Column("full", tr("The run's limit"), "proportion"),
        Column("lucky", tr("Right at half, wrong at the limit"), "count"),
    )
    note = tr("A grader that takes the last number also credits whatever number truncation happens to leave last.")
    return Table("token_limit_graders", tr("Accuracy by token limit and grader"), columns, tuple(rows), note)
