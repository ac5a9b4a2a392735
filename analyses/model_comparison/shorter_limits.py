"""What the comparison would have said at smaller token limits, from the number of tokens of every completion.

A completion that is longer than a limit counts as wrong there: without its tokens nobody can read what it had said by
then. `analyses.truncation` cuts stored tokens and grades again; this needs their number alone, as imports have it.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from analyses.runs.against_base import RunComparison
from evalsuite.comparison.pair import compare_pair
from evalsuite.findings import Cell, Column, Table
from evalsuite.grading.truncated_texts import default_limits
from evalsuite.scores import ScoreMatrix
from evalsuite.store import queries
from evalsuite.store.store import Store, StoredRun
from evalsuite.wording.language import tr

__all__ = ["shorter_limits_table"]

N_LIMITS = 12


def shorter_limits_table(store: Store, compared: RunComparison) -> tuple[Table, ...]:
    """Return one row a token limit, for one new run; nothing for several or where a length is not known."""
    whole = compared.comparisons[0]
    if len(compared.comparisons) > 1 or whole.without_cap is not None:
        return ()
    runs = compared.runs
    lengths = [token_counts(store, head, run) for head, run in zip(runs.heads, runs.scores, strict=True)]
    known = [counts for counts in lengths if counts is not None]
    if len(known) < len(lengths) or max(int(counts.max()) for counts in known) < 1:
        return ()
    rows: list[tuple[Cell, ...]] = []
    for limit in default_limits(max(int(counts.max()) for counts in known), N_LIMITS):
        base, new = (_at(run, counts, limit) for run, counts in zip(runs.scores, known, strict=True))
        c = compare_pair(base, new, whole.alpha, whole.margin)
        e = c.difference
        rows.append((c.new_label, limit, e.low, e.value, e.high, _accuracy(base), _accuracy(new), c.verdict))
    columns = (
        Column("label", tr("New run")),
        Column("x", tr("Token limit"), "tokens"),
        Column("low", tr("Low"), "difference"),
        Column("y", tr("Difference"), "difference"),
        Column("high", tr("High"), "difference"),
        Column("base", tr("Base"), "proportion"),
        Column("new", tr("New"), "proportion"),
        Column("verdict", tr("Verdict"), "verdict"),
    )
    note = tr("A completion that is longer than the limit counts as wrong.")
    return (Table("token_limit_shorter", tr("If the token limit had been smaller"), columns, tuple(rows), note),)


def token_counts(store: Store, head: StoredRun, run: ScoreMatrix) -> NDArray[np.int64] | None:
    """Return the tokens of every completion in the places of `run`, 0 where there is none; None if one is not known.

    (n_problems, n_completions)
    """
    row_of = {problem_id: i for i, problem_id in enumerate(run.problem_ids)}
    n_completions = run.correct.shape[1]
    counts = np.zeros((run.n_problems, n_completions), dtype=np.int64)
    filled = [0] * run.n_problems
    for row in queries.token_counts(store.connection, head.run_id):
        at = row_of.get(row["problem_id"])
        if at is None or filled[at] == n_completions:
            continue
        if row["n_tokens"] is None:
            return None
        counts[at, filled[at]] = row["n_tokens"]
        filled[at] += 1
    return counts


def _at(run: ScoreMatrix, counts: NDArray[np.int64], limit: int) -> ScoreMatrix:
    cut = counts > limit
    return replace(run, correct=run.correct & ~cut, truncated=(run.truncated | cut) & run.present)


def _accuracy(run: ScoreMatrix) -> float:
    return float(np.nanmean(run.problem_means))
