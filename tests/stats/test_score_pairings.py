"""Pairings of two scores: against enumeration, and in time at any size."""

import time

import pytest

from evalsuite.stats.paired import mcnemar_exact
from evalsuite.stats.paired_intervals import fay_lumbard
from evalsuite.stats.score_pairings import pairings


@pytest.mark.parametrize("alpha", [0.05, 0.3])
def test_every_pair_of_scores_up_to_fourteen_problems(alpha: float) -> None:
    for n in range(1, 15):
        for base in range(n + 1):
            for new in range(n + 1):
                found = pairings(base, new, n, alpha=alpha)
                tables = [found.table(i) for i in range(found.n_pairings)]
                assert all((t.base_correct, t.new_correct, t.n) == (base, new, n) for t in tables)
                assert len({t.both for t in tables}) == found.n_pairings
                resolved = [mcnemar_exact(t).pvalue < alpha for t in tables]
                assert resolved == [True] * found.n_resolved + [False] * (found.n_pairings - found.n_resolved)
                with pytest.raises(ValueError, match="need an index"):
                    found.table(found.n_pairings)


@pytest.mark.parametrize(
    ("base", "new", "n"), [(6000, 6100, 14042), (45_000, 45_500, 100_000), (5 * 10**5, 501_000, 10**6)]
)
def test_large_sets_take_no_enumeration(base: int, new: int, n: int) -> None:
    start = time.process_time()
    found = pairings(base, new, n)
    chosen = found.spread(21)
    intervals = [fay_lumbard(found.table(i)) for i in chosen]
    assert time.process_time() - start < 2
    assert 0 < found.n_resolved < found.n_pairings
    assert {0, found.n_resolved - 1, found.n_resolved, found.n_pairings - 1} <= set(chosen)
    for i, interval in zip(chosen, intervals, strict=True):
        assert (interval.low > 0) == (i < found.n_resolved)


def test_impossible_scores_are_refused() -> None:
    with pytest.raises(ValueError, match="new_correct"):
        pairings(1, 6, 5)
