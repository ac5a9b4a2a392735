"""What the comparison would have said after its first problems, and what any other set of so many would have."""

from analyses.runs.against_base import RunComparison
from evalsuite.comparison.pair import TwoRunComparison, compare_pair, is_single, paired_table
from evalsuite.errors import ComparisonError
from evalsuite.findings import Cell, Column, Table
from evalsuite.scores import ScoreMatrix
from evalsuite.stats.subsets import Outlook, outlook
from evalsuite.wording.language import tr

__all__ = ["prefix_table"]

SIZES = (5, 10, 15, 20, 30, 40, 50, 75, 100, 150, 200, 300, 400, 500, 600, 800, 1000, 1200, 1500, 2000, 3000, 5000)


def prefix_table(compared: RunComparison) -> tuple[Table, ...]:
    """Return one row a number of problems, for one new run; nothing for several or where fewer than five were run.

    The shares are those of all sets of so many problems. They count single completions of independent problems; the
    test of a subset would say too much of others.
    """
    if len(compared.comparisons) > 1 or compared.comparisons[0].without_cap is not None:
        return ()
    base, new = compared.runs.scores
    n = base.n_problems
    if n <= min(SIZES):
        return ()
    whole = compared.comparisons[0]
    exact = is_single(base) and is_single(new)
    rows: list[tuple[Cell, ...]] = []
    for size in [*(one for one in SIZES if one < n), n]:
        part = whole if size == n else _first(base, new, size, whole)
        if part is not None:
            e = part.difference
            shares = _shares(outlook(paired_table(base, new), size, alpha=whole.alpha)) if exact else ()
            rows.append((size, e.low, e.value, e.high, part.verdict, *shares))
    columns = (
        Column("n", tr("Problems"), "count"),
        Column("low", tr("Low"), "difference"),
        Column("value", tr("Difference"), "difference"),
        Column("high", tr("High"), "difference"),
        Column("verdict", tr("Verdict"), "verdict"),
    )
    title = tr("If only the first problems had been run")
    return (Table("prefixes", title, (*columns, *(_share_columns() if exact else ())), tuple(rows), _note(exact)),)


def _first(base: ScoreMatrix, new: ScoreMatrix, size: int, whole: TwoRunComparison) -> TwoRunComparison | None:
    """Return the comparison of the first `size` problems; None where they are too few for one."""
    rows = range(size)
    try:
        return compare_pair(base.take(rows), new.take(rows), whole.alpha, whole.margin)
    except ComparisonError:
        return None


def _shares(found: Outlook) -> tuple[float, ...]:
    return found.resolved_gain, found.resolved_loss, 1 - found.resolved_gain - found.resolved_loss


def _share_columns() -> tuple[Column, ...]:
    return (
        Column("resolved_gain", tr("Sets that show a gain"), "proportion"),
        Column("resolved_loss", tr("Sets that show a loss"), "proportion"),
        Column("open", tr("Sets that leave it open"), "proportion"),
    )


def _note(exact: bool) -> str:
    words = tr("The first problems in the order in which they were run.")
    if not exact:
        return words
    more = tr("The last columns count every set of so many of these problems, by the exact McNemar test of it.")
    return tr(" ").join((words, more))
