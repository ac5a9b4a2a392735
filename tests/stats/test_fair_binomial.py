"""The fair binomial against scipy and exact fractions."""

import math
from fractions import Fraction

import pytest
from scipy import stats

from evalsuite.stats.fair_binomial import fair_coefficients, fair_midtail, fair_tail


@pytest.mark.parametrize("m", [0, 1, 2, 5, 6, 31])
def test_every_tail_is_the_nearest_float_to_the_fraction(m):
    for k in range(-1, m + 2):
        exact = Fraction(sum(math.comb(m, j) for j in range(min(k, m) + 1)), 2**m)
        assert fair_tail(k, m) == float(exact)
        below = Fraction(sum(math.comb(m, j) for j in range(min(k - 1, m) + 1)), 2**m)
        assert fair_midtail(k, m) == float((exact + below) / 2)
    assert fair_coefficients(m) == [math.comb(m, k) / 2**m for k in range(m + 1)]


@pytest.mark.parametrize(("k", "m"), [(480, 1000), (2400, 5000), (2600, 5000), (30, 400), (4999, 5000)])
def test_large_counts_agree_with_scipy(k, m):
    assert fair_tail(k, m) == pytest.approx(stats.binom.cdf(k, m, 0.5), rel=1e-9)
    assert fair_midtail(k, m) == pytest.approx(stats.binom.cdf(k, m, 0.5) - stats.binom.pmf(k, m, 0.5) / 2, rel=1e-9)


def test_what_no_float_can_hold_is_zero():
    assert fair_tail(0, 5000) == 0.0
    assert sum(fair_coefficients(5000)) == pytest.approx(1, abs=1e-12)
