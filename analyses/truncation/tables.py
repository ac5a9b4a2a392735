"""The tables of the truncation analysis: full-precision cells, one function a table."""

from collections.abc import Sequence
from statistics import median

import numpy as np
from numpy.typing import NDArray

from analyses.runs.pairing import PairedRuns
from analyses.truncation.curves import CutRun, Reached, run_cap
from analyses.truncation.extension_gain import CapCost
from evalsuite.comparison.pair import Design, is_single
from evalsuite.findings import Cell, Column, Kind, Table
from evalsuite.grading.loops import repeating_tail
from evalsuite.scores import ScoreMatrix
from evalsuite.stats import cluster
from evalsuite.stats.bounds import Bounds
from evalsuite.stats.competing_risks import aalen_johansen
from evalsuite.stats.proportion import wilson
from evalsuite.stats.result import Estimate
from evalsuite.store import queries
from evalsuite.store.store import Store, StoredRun
from evalsuite.wording.language import N_, tr
from evalsuite.wording.method_names import method_name

__all__ = [
    "bounds",
    "by_grader",
    "changes",
    "curve",
    "gap",
    "incidence",
    "incidence_names",
    "loops",
    "reached",
    "rescue",
    "truncation_difference",
]

ENDINGS = (N_("ended and right"), N_("ended and wrong"), N_("not ended"))
SHOWN_CHANGES = 200


def truncation_difference(tests: Sequence[Design]) -> Table | None:
    """Return the paired difference in how often the cap cut, with its own test."""
    rows: list[tuple[Cell, ...]] = []
    for d in tests:
        p = d.pvalues["mcnemar_exact"] if "mcnemar_exact" in d.pvalues else d.pvalues["t"]
        e = d.difference
        rows.append((d.new_label, e.low, e.value, e.high, p if d.adjusted_pvalue is None else d.adjusted_pvalue))
    columns = (
        Column("label", tr("New run")),
        Column("low", tr("Low"), "difference"),
        Column("value", tr("Difference in share cut"), "difference"),
        Column("high", tr("High"), "difference"),
        Column("pvalue", tr("p"), "pvalue"),
    )
    note = tr(
        "Exact McNemar test for one completion a problem, else t over problems; of several runs adjusted by Holm."
    )
    return Table("truncation_difference", tr("Difference in how often the cap cut"), columns, tuple(rows), note)


def _curve_columns() -> tuple[Column, ...]:
    return Column("label", tr("Run")), Column("x", tr("Cap"), "tokens")


def curve(bands: Sequence[tuple[CutRun, list[Estimate]]], alpha: float) -> Table:
    """Return the accuracy of each run at each cap with its band."""
    rows = tuple(
        (cut.run.label, cap, e.value, e.low, e.high)
        for cut, estimates in bands
        for cap, e in zip(cut.caps, estimates, strict=True)
    )
    columns = (
        *_curve_columns(),
        Column("y", tr("Accuracy"), "proportion"),
        Column("low", tr("Low"), "proportion"),
        Column("high", tr("High"), "proportion"),
    )
    return Table("cap_curve", tr("Accuracy by token cap"), columns, rows, _band_note(alpha))


def gap(bands: Sequence[tuple[str, dict[int, Estimate]]], alpha: float) -> Table:
    """Return the paired difference with the base at each shared cap, with its band."""
    rows = tuple((label, cap, e.value, e.low, e.high) for label, band in bands for cap, e in band.items())
    columns = (
        *_curve_columns(),
        Column("y", tr("Difference"), "difference"),
        Column("low", tr("Low"), "difference"),
        Column("high", tr("High"), "difference"),
    )
    return Table("cap_difference", tr("Difference by token cap, new − base"), columns, rows, _band_note(alpha))


def _band_note(alpha: float) -> str:
    return tr(
        "Low and high hold at all caps of a curve at once, with {level}% confidence. "
        "Stored tokens are cut at the cap, decoded and graded again.",
        level=f"{100 * (1 - alpha):g}",
    )


def reached(found: Sequence[tuple[CutRun, list[Reached | None]]]) -> Table:
    """Return from which cap on a run keeps a share of its final accuracy."""
    rows = tuple((cut.run.label, r.share, r.cap, r.low, r.high) for cut, each in found for r in each if r is not None)
    columns = (
        Column("label", tr("Run")),
        Column("share", tr("Share of the final accuracy"), "proportion"),
        Column("cap", tr("From cap"), "tokens"),
        Column("low", tr("Low"), "tokens"),
        Column("high", tr("High"), "tokens"),
    )
    note = tr("The smallest of the caps shown from which on the share is kept; the interval resamples whole problems.")
    return Table("cap_reached", tr("How many tokens most of the accuracy takes"), columns, rows, note)


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
    found = [r for r in queries.graded(store.connection, head.run_id, grader) if r["problem_id"] in wanted]
    if not found or any(not r["n_tokens"] for r in found):
        return None
    ended = {"correct": 1, "incorrect": 2, "no_answer": 2}
    causes = [0 if r["stop_reason"] == "length" else ended[r["outcome"]] for r in found]
    if not any(causes):
        return None
    tokens = [r["n_tokens"] for r in found]
    right, wrong = (aalen_johansen(tokens, causes, of) for of in (1, 2))
    last = run_cap(store, head) or max(tokens)
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
    note = tr("Cumulative incidence (Aalen–Johansen); a completion that the cap cut counts as not ended.")
    return Table(name, tr("How the completions of {label} end", label=run.label), columns, rows, note)


def loops(store: Store, runs: PairedRuns, alpha: float) -> Table:
    """Return how many of the cut completions repeat themselves until the cap."""
    rows: list[tuple[Cell, ...]] = []
    for head, run in zip(runs.heads, runs.scores, strict=True):
        row_of = {p: i for i, p in enumerate(run.problem_ids)}
        cut, looping = np.zeros(run.n_problems, dtype=np.int64), np.zeros(run.n_problems, dtype=np.int64)
        periods = []
        for c in queries.stored_completions(store.connection, head.run_id):
            i = row_of.get(c["problem_id"])
            if i is None or c["stop_reason"] != "length" or c["token_ids"] is None:
                continue
            cut[i] += 1
            loop = repeating_tail(c["token_ids"])
            if loop is not None:
                looping[i] += 1
                periods.append(loop.period)
        if cut.any():
            e = _share(run, looping, cut, 1 - alpha)
            period = median(periods) if periods else None
            rows.append((run.label, int(cut.sum()), int(looping.sum()), e.low, e.value, e.high, period))
    columns = (
        Column("label", tr("Run")),
        Column("n", tr("Cut"), "count"),
        Column("loops", tr("Repeat to the cap"), "count"),
        Column("low", tr("Low"), "proportion"),
        Column("value", tr("Share of the cut"), "proportion"),
        Column("high", tr("High"), "proportion"),
        Column("period", tr("Median period (tokens)"), "number"),
    )
    note = tr(
        "The last 30 tokens or more are one stretch of at most 100 tokens, "
        "said at least three times. More tokens would not have rescued "
        "these. Loops that change as they turn are not found."
    )
    return Table("loops", tr("Cut completions that repeat themselves"), columns, tuple(rows), note)


def _share(run: ScoreMatrix, successes: NDArray[np.int64], attempts: NDArray[np.int64], level: float) -> Estimate:
    if is_single(run):
        return wilson(int(successes.sum()), int(attempts.sum()), confidence_level=level)
    return cluster.mean(successes, attempts, clusters=run.clusters, weighting="micro", confidence_level=level)


def bounds(
    runs: PairedRuns, accuracies: Sequence[Bounds | None], differences: Sequence[Bounds | None]
) -> tuple[Table, ...]:
    """Return what is open about each accuracy, and about each difference, had every completion finished."""
    base, *others = runs.scores
    of_runs = [(tr("accuracy of {label}", label=run.label), b) for run, b in zip(runs.scores, accuracies, strict=True)]
    of_pairs = [
        (tr("{new} − {base}", new=run.label, base=base.label), b) for run, b in zip(others, differences, strict=True)
    ]
    note = tr(
        "Worst and best case over every way in which the cut completions could have "
        "ended, those that are right already included. The interval covers the true "
        "value wherever in that range it lies (Imbens and Manski 2004; below 30 "
        "problems from the score limit of one end to that of the other)."
    )
    title = tr("Had every completion finished")
    tables = (
        Table("bounds", title, _bounds_columns("proportion"), _bounds_rows(of_runs), note),
        Table("bounds_difference", tr("{title}: the difference", title=title), _bounds_columns("difference"),
              _bounds_rows(of_pairs)),
    )  # fmt: skip
    return tuple(table for table in tables if table.rows)


def _bounds_rows(named: Sequence[tuple[str, Bounds | None]]) -> tuple[tuple[Cell, ...], ...]:
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


def rescue(costs: Sequence[CapCost]) -> Table:
    """Return the paired cost of the old cap of every run that was extended."""
    rows = tuple(
        (c.parent, c.old_cap, c.new_cap, c.n_continued, c.n_still_cut, len(c.gains), len(c.losses),
         c.comparison.difference.low, c.comparison.difference.value, c.comparison.difference.high, c.pvalue)
        for c in costs
    )  # fmt: skip
    columns = (
        Column("label", tr("Run")),
        Column("old", tr("Old cap"), "tokens"),
        Column("new", tr("New cap"), "tokens"),
        Column("n", tr("Continued"), "count"),
        Column("still", tr("Cut again"), "count"),
        Column("gains", tr("Gained"), "count"),
        Column("losses", tr("Lost"), "count"),
        Column("low", tr("Low"), "difference"),
        Column("value", tr("Change in accuracy"), "difference"),
        Column("high", tr("High"), "difference"),
        Column("pvalue", tr("p"), "pvalue"),
    )
    note = tr("The run continued behind its stored tokens against itself at the old cap; only what was cut can differ.")
    return Table("rescue", tr("What the old cap cost"), columns, rows, note)


def changes(costs: Sequence[CapCost]) -> Table:
    """Return the completions whose verdict the larger cap changed, the first `SHOWN_CHANGES` of each kind."""
    rows: list[tuple[Cell, ...]] = [
        (c.parent, word, x.problem_id, x.completion_index, x.read_before, x.read_after, x.n_tokens)
        for c in costs
        for word, own in ((tr("gained"), c.gains), (tr("lost"), c.losses))
        for x in own[:SHOWN_CHANGES]
    ]
    columns = (
        Column("label", tr("Run")),
        Column("change", tr("Change")),
        Column("problem", tr("Problem")),
        Column("index", tr("Completion"), "count"),
        Column("before", tr("Read at the old cap")),
        Column("after", tr("Read at the new cap")),
        Column("tokens", tr("Tokens"), "tokens"),
    )
    return Table("rescue_changes", tr("Verdicts that the larger cap changed"), columns, tuple(rows))


def by_grader(cuts: Sequence[CutRun]) -> Table:
    """Return the accuracy by every grader at quarters of each run's cap, and the lucky credit of the half."""
    rows: list[tuple[Cell, ...]] = []
    for cut in cuts:
        at = [int(np.searchsorted(cut.caps, cut.caps[-1] * q / 4)) for q in (1, 2, 3, 4)]
        for grader in cut.graders:
            means = cut.means(grader).mean(axis=0)
            half = cut.lucky(grader, cut.caps[at[1]])
            rows.append((cut.run.label, grader, *(float(means[i]) for i in at), half))
    columns = (
        Column("label", tr("Run")),
        Column("grader", tr("Grader")),
        Column("quarter", tr("Quarter of the cap"), "proportion"),
        Column("half", tr("Half"), "proportion"),
        Column("three", tr("Three quarters"), "proportion"),
        Column("full", tr("The run's cap"), "proportion"),
        Column("lucky", tr("Right at half, wrong at the cap"), "count"),
    )
    note = tr("A grader that takes the last number credits whatever number a cut leaves at the end.")
    return Table("cap_graders", tr("Accuracy by cap and grader"), columns, tuple(rows), note)
