"""Bounds over cut completions: without a cut the ordinary comparison, level and coverage where cuts decide."""

import os

import numpy as np
import pytest
from scipy import stats

from evalsuite.stats.bounded_mean import bounded_mean
from evalsuite.stats.paired import PairedTable, mcnemar_exact
from evalsuite.stats.paired_intervals import fay_lumbard
from evalsuite.stats.worst_case import accuracy_without_cap, difference_without_cap

LONG = bool(os.environ.get("EVALSUITE_LONG_TESTS"))
Arrays = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def test_without_cuts_it_is_the_ordinary_comparison() -> None:
    rng = np.random.default_rng(1)
    base, new, none = rng.integers(0, 2, 60), rng.integers(0, 2, 60), np.zeros(60)
    table, found = PairedTable.from_scores(base, new), difference_without_cap(base, none, new, none)
    assert (found.low, found.high) == (fay_lumbard(table).low, fay_lumbard(table).high)
    assert found.pvalue == (mcnemar_exact(table).pvalue if table.difference else 1)
    shares = rng.integers(0, 5, (2, 60)) / 4
    several = difference_without_cap(shares[0], none, shares[1], none, margin=0.2)
    mean = bounded_mean(shares[1] - shares[0], bounds=(-1, 1))
    assert several.pvalue == mean.pvalue(0)
    assert several.no_worse_pvalue == mean.pvalue(-0.2, alternative="greater")


def _cut(rng: np.random.Generator, n: int, share: float, completions: int) -> Arrays:
    """Two equal models of accuracy one half; the base run is cut on `share` of all, would-be-right ones."""
    p = np.full(n, 0.5)
    base = rng.binomial(1, p[:, None], (n, completions))
    new = rng.binomial(1, p[:, None], (n, completions))
    cut = (base == 1) & (rng.random(base.shape) < share / 0.5)
    return (base * ~cut).mean(axis=1), cut.mean(axis=1), new.mean(axis=1), np.zeros(n)


@pytest.mark.parametrize(("n", "share", "completions"), [(100, 0.1, 1), (200, 0.2, 1), (1319, 0.1, 1), (100, 0.1, 4)])
def test_equal_models_cut_unequally_are_seldom_resolved(n: int, share: float, completions: int) -> None:
    rng, runs = np.random.default_rng(n), 2000 if LONG else 200
    resolved = covered = 0
    for _ in range(runs):
        found = difference_without_cap(*_cut(rng, n, share, completions))
        resolved += found.resolved
        covered += found.low <= 0 <= found.high
        assert found.pvalue is not None
        assert (found.pvalue < 0.05) == found.resolved
    assert resolved <= stats.binom.ppf(0.999, runs, 0.05)
    assert covered >= stats.binom.ppf(0.001, runs, 0.95)


def test_floor_rates_with_unequal_cuts_are_covered() -> None:
    # Base 0% right and 28% cut, none of which would have been right; new 1.6% right and 3% cut.
    rng, runs, covered = np.random.default_rng(2), 2000 if LONG else 400, 0
    for _ in range(runs):
        new = rng.random(128) < 0.016
        new_cut = ~new & (rng.random(128) < 0.03)
        found = difference_without_cap(np.zeros(128), rng.random(128) < 0.28, new, new_cut)
        covered += found.low <= 0.016 <= found.high
    assert covered >= stats.binom.ppf(0.001, runs, 0.95)


def test_margin_claims_use_the_worst_end() -> None:
    base, new, none = np.zeros(300), np.zeros(300), np.zeros(300)
    clear = difference_without_cap(base, none, new, none, margin=0.05)
    cut = np.zeros(300)
    cut[:30] = 1
    losses_possible = difference_without_cap(base, cut, new, none, margin=0.05)
    gains_possible = difference_without_cap(base, none, new, cut, margin=0.05)
    assert clear.equivalence_pvalue is not None
    assert clear.equivalence_pvalue < 0.001
    assert losses_possible.no_worse_pvalue is not None
    assert losses_possible.no_worse_pvalue > 0.9
    assert gains_possible.no_worse_pvalue == clear.no_worse_pvalue
    assert gains_possible.equivalence_pvalue is not None
    assert gains_possible.equivalence_pvalue > 0.9


def test_swapping_the_runs_mirrors_the_range() -> None:
    base, cut, new, new_cut = _cut(np.random.default_rng(3), 50, 0.2, 2)
    one, two = difference_without_cap(base, cut, new, new_cut), difference_without_cap(new, new_cut, base, cut)
    assert (one.lowest, one.highest) == pytest.approx((-two.highest, -two.lowest))
    assert (one.low, one.high) == pytest.approx((-two.high, -two.low), abs=1e-10)


def test_accuracy_range_and_templates() -> None:
    found = accuracy_without_cap([1, 1, 0, 0, 0], [0, 0, 1, 0, 0])
    assert (found.lowest, found.highest) == (0.4, 0.6)
    wide = accuracy_without_cap([1, 1, 0, 0, 0], [0, 0, 1, 0, 0], clusters=list("aabbb"))
    assert wide.low < found.low
    assert wide.high > found.high
    with pytest.raises(ValueError, match="leaves out right ones"):
        accuracy_without_cap([1], [1])
