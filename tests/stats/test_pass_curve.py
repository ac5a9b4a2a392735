"""Curves over k: the functions they rest on, unequal numbers of completions, and the band as a whole."""

import os

import numpy as np
import pytest
from scipy import stats

from evalsuite.stats.bounded_mean import bounded_mean
from evalsuite.stats.pass_at_k import pass_at_k, pass_hat_k
from evalsuite.stats.pass_curve import pass_curve, pass_difference

LONG = bool(os.environ.get("EVALSUITE_LONG_TESTS"))


def _rng() -> np.random.Generator:
    return np.random.default_rng(7)


def test_at_one_completion_both_measures_are_accuracy() -> None:
    c, n = [3, 4, 0, 5], [8, 8, 8, 8]
    either, every = pass_curve(c, n, rng=_rng()), pass_curve(c, n, rng=_rng(), measure="all")
    assert either.estimates[0].value == every.estimates[0].value == pytest.approx(12 / 32)
    assert either.estimates[-1].value == pytest.approx(np.mean(pass_at_k(c, n, 8)))
    assert every.estimates[-1].value == pytest.approx(np.mean(pass_hat_k(c, n, 8)))
    assert either.pvalues == ()


def test_unequal_numbers_of_completions_share_the_smallest() -> None:
    rng = np.random.default_rng(1)
    base, new = rng.integers(3, 7, 30), rng.integers(5, 9, 30)
    base[0] = 3
    found = pass_difference(rng.binomial(base, 0.4), base, rng.binomial(new, 0.4), new, rng=_rng())
    assert found.ks == (1, 2, 3)


def test_band_is_wider_than_each_interval_and_agrees_with_it_for_one_k() -> None:
    rng = np.random.default_rng(3)
    n = np.full(80, 8)
    c, d = rng.binomial(8, 0.3, 80), rng.binomial(8, 0.5, 80)
    found = pass_difference(c, n, d, n, rng=_rng())
    alone = bounded_mean(d / 8 - c / 8, bounds=(-1, 1))
    assert found.pvalues[0] == alone.pvalue(0)
    assert found.estimates[0].low <= alone.estimate().low
    single = pass_difference(c > 4, np.ones(80, int), d > 4, np.ones(80, int), rng=_rng())
    assert single.ks == (1,)
    assert single.estimates[0].confidence_level == pytest.approx(0.95)
    assert found.resolved == tuple(k for k, e in zip(found.ks, found.estimates, strict=True) if e.low > 0 or e.high < 0)


def test_the_whole_band_covers() -> None:
    rng, draws, missed = np.random.default_rng(5), 600 if LONG else 80, 0
    for _ in range(draws):
        p = rng.beta(0.5, 0.5, 60)
        found = pass_difference(rng.binomial(4, p), np.full(60, 4), rng.binomial(8, p), np.full(60, 8), rng=rng)
        missed += bool(found.resolved)
    assert missed <= stats.binom.ppf(0.999, draws, 0.05)


def test_a_problem_without_completion_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one completion"):
        pass_curve([0, 0], [1, 0], rng=_rng())
