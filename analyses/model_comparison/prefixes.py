"""What the comparison would have said after its first problems, and what any other set of so many would have."""

import numpy as np

from analyses.runs.against_base import RunComparison
from evalsuite.comparison.pair import TwoRunComparison, compare_pair, is_single, paired_table
from evalsuite.errors import ComparisonError
from evalsuite.findings import Cell, Column, Table
from evalsuite.scores import ScoreMatrix
from evalsuite.stats.subsets import Outlook, outlook
from evalsuite.wording import numbers
from evalsuite.wording.language import tr

__all__ = ["prefix_table"]

N_ORDERS, SEED = 2000, 0
"""Random orders of the problems, and their seed."""
SAME = 1e-9
"""Sums that rounding alone moves from zero are zero."""
SIZES = (5, 10, 15, 20, 30, 40, 50, 75, 100, 150, 200, 300, 400, 500, 600, 800, 1000, 1200, 1500, 2000, 3000, 5000)


def prefix_table(compared: RunComparison) -> tuple[Table, ...]:
    """Return one row a number of problems, for one new run; nothing for several or where fewer than five were run.

    Of single completions of independent problems, the shares of all sets of so many problems that show a gain, a loss
    or neither; of others, whose sets have no test that can be counted, those of random sets with either run ahead.
    """
    if len(compared.comparisons) > 1 or compared.comparisons[0].without_cap is not None:
        return ()
    base, new = compared.runs.scores
    n = base.n_problems
    if n <= min(SIZES):
        return ()
    whole = compared.comparisons[0]
    exact = is_single(base) and is_single(new)
    leads = {} if exact else _leads(base, new)
    rows: list[tuple[Cell, ...]] = []
    for size in [*(one for one in SIZES if one < n), n]:
        part = whole if size == n else _first(base, new, size, whole)
        if part is not None:
            e = part.difference
            shares = _shares(outlook(paired_table(base, new), size, alpha=whole.alpha)) if exact else leads[size]
            rows.append((size, e.low, e.value, e.high, part.verdict, *shares))
    columns = (
        Column("n", tr("Problems"), "count"),
        Column("low", tr("Low"), "difference"),
        Column("value", tr("Difference"), "difference"),
        Column("high", tr("High"), "difference"),
        Column("verdict", tr("Verdict"), "verdict"),
    )
    title = tr("If only the first problems had been run")
    return (
        Table(
            "prefixes", title, (*columns, *(_share_columns() if exact else _lead_columns())), tuple(rows), _note(exact)
        ),
    )


def _first(base: ScoreMatrix, new: ScoreMatrix, size: int, whole: TwoRunComparison) -> TwoRunComparison | None:
    """Return the comparison of the first `size` problems; None where they are too few for one."""
    rows = range(size)
    try:
        return compare_pair(base.take(rows), new.take(rows), whole.alpha, whole.margin)
    except ComparisonError:
        return None


def _shares(found: Outlook) -> tuple[float, ...]:
    return found.resolved_gain, found.resolved_loss, 1 - found.resolved_gain - found.resolved_loss


def _leads(base: ScoreMatrix, new: ScoreMatrix) -> dict[int, tuple[float, float]]:
    """Return, by the number of problems, in which share of random sets of so many each run is ahead: new, then base.

    The first problems of `N_ORDERS` random orders: one order has a set of every size.
    """
    moved = np.nan_to_num(new.unit_means - base.unit_means)
    rng = np.random.default_rng(SEED)
    sums = np.cumsum(rng.permuted(np.tile(moved, (N_ORDERS, 1)), axis=1), axis=1)
    ahead, behind = (sums > SAME).mean(axis=0), (sums < -SAME).mean(axis=0)
    return {n + 1: (float(ahead[n]), float(behind[n])) for n in range(moved.size)}


def _lead_columns() -> tuple[Column, ...]:
    return (
        Column("ahead", tr("Sets with the new run ahead"), "proportion"),
        Column("behind", tr("Sets with the base ahead"), "proportion"),
    )


def _share_columns() -> tuple[Column, ...]:
    return (
        Column("resolved_gain", tr("Sets that show a gain"), "proportion"),
        Column("resolved_loss", tr("Sets that show a loss"), "proportion"),
        Column("open", tr("Sets that leave it open"), "proportion"),
    )


def _note(exact: bool) -> str:
    words = tr("The first problems in the order in which they were run.")
    if not exact:
        drawn = tr("The last columns are shares of {n} random sets of so many problems.", n=numbers.count(N_ORDERS))
        return tr(" ").join((words, drawn))
    more = tr("The last columns count every set of so many of these problems, by the exact McNemar test of it.")
    return tr(" ").join((words, more))
