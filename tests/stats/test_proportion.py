"""Accuracy intervals against published rows, scipy, statsmodels and their defining equations."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from evalsuite.stats.proportion import METHODS, clopper_pearson, jeffreys, midp, uniform, wilson

# Limits of wilson, clopper_pearson, jeffreys, midp, uniform. 81/263, 15/148 and 0/20: Newcombe (1998), Table I.
ROWS = {
    (1, 5): ((0.0362, 0.6245), (0.0051, 0.7164), (0.0225, 0.6286), (0.0100, 0.6656), (0.0433, 0.6412)),
    (2, 5): ((0.1176, 0.7693), (0.0527, 0.8534), (0.0944, 0.7906), (0.0735, 0.8176), (0.1181, 0.7772)),
    (0, 5): ((0.0, 0.4345), (0.0, 0.5218), (0.0, 0.3794), (0.0, 0.4507), (0.0042, 0.4593)),
    (5, 5): ((0.5655, 1.0), (0.4782, 1.0), (0.6206, 1.0), (0.5493, 1.0), (0.5407, 0.9958)),
    (11, 20): ((0.3421, 0.7418), (0.3153, 0.7694), (0.3377, 0.7490), (0.3328, 0.7536), (0.3402, 0.7429)),
    (81, 263): ((0.2553, 0.3662), (0.2527, 0.3676), (0.2545, 0.3656), (0.2544, 0.3658), (0.2553, 0.3663)),
    (15, 148): ((0.0624, 0.1605), (0.0578, 0.1617), (0.0604, 0.1576), (0.0601, 0.1581), (0.0626, 0.1606)),
    (0, 20): ((0.0, 0.1611), (0.0, 0.1684), (0.0, 0.1166), (0.0, 0.1391), (0.0012, 0.1611)),
    (659, 1319): ((0.4727, 0.5266), (0.4723, 0.5270), (0.4727, 0.5266), (0.4727, 0.5266), (0.4727, 0.5266)),
}
LARGE = [(1, 1), (0, 1), (1, 1319), (1318, 1319), (3, 5000), (2500, 5000), (4999, 5000)]


def limits(estimate):
    return estimate.low, estimate.high


@pytest.mark.parametrize("counts", ROWS)
def test_published_rows(counts):
    for method, expected in zip(METHODS, ROWS[counts], strict=True):
        assert limits(method(*counts)) == pytest.approx(expected, abs=6e-5), method.__name__


def test_single_problem_and_none_right():
    assert limits(wilson(0, 1)) == pytest.approx((0, 0.7935), abs=6e-5)
    assert limits(wilson(1, 1)) == pytest.approx((0.2065, 1), abs=6e-5)
    assert limits(clopper_pearson(0, 1)) == pytest.approx((0, 0.9750), abs=6e-5)
    assert wilson(0, 10).high == pytest.approx(0.2775, abs=6e-5)
    # One-sided 95 %: the rule of three.
    assert clopper_pearson(0, 1319, confidence_level=0.9).high == pytest.approx(0.00227, abs=6e-6)


@pytest.mark.parametrize(("half_width", "n"), [(0.03, 1064), (0.05, 381), (0.02, 2398), (0.01, 9600)])
def test_wilson_width_at_one_half(half_width, n):
    def half(total):
        z = stats.norm.ppf(0.975)
        # wilson() takes whole counts; at 1/2 its half width is z sqrt(n + z^2) / (2 (n + z^2)).
        return z * np.sqrt(total + z * z) / (2 * (total + z * z))

    assert half(n) <= half_width < half(n - 1)
    even = n + n % 2
    assert (wilson(even // 2, even).high - 0.5) == pytest.approx(half(even), abs=1e-12)


@pytest.mark.parametrize("counts", [*ROWS, *LARGE])
@pytest.mark.parametrize("level", [0.5, 0.95, 0.999])
def test_scipy_agrees_on_wilson_and_clopper_pearson(counts, level):
    result = stats.binomtest(*counts)
    ci = result.proportion_ci(level, method="wilson")
    assert limits(wilson(*counts, confidence_level=level)) == pytest.approx((ci.low, ci.high), abs=1e-12)
    ci = result.proportion_ci(level, method="exact")
    assert limits(clopper_pearson(*counts, confidence_level=level)) == pytest.approx((ci.low, ci.high), abs=1e-9)


@pytest.mark.parametrize("counts", [c for c in [*ROWS, *LARGE] if 0 < c[0] < c[1]])
def test_statsmodels_agrees_on_jeffreys(counts):
    assert limits(jeffreys(*counts)) == pytest.approx(proportion_confint(*counts, method="jeffreys"), abs=1e-12)


@pytest.mark.parametrize("counts", [c for c in [*ROWS, *LARGE] if 0 < c[0] < c[1]])
@pytest.mark.parametrize("level", [0.6, 0.95, 0.9999])
def test_midp_limits_solve_their_equation(counts, level):
    k, n = counts
    low, high = limits(midp(k, n, confidence_level=level))
    tail = (1 - level) / 2
    assert stats.binom.sf(k, n, low) + stats.binom.pmf(k, n, low) / 2 == pytest.approx(tail, rel=1e-8)
    assert stats.binom.cdf(k - 1, n, high) + stats.binom.pmf(k, n, high) / 2 == pytest.approx(tail, rel=1e-8)


@pytest.mark.parametrize("n", [1, 2, 7, 40, 300])
def test_uniform_covers_its_level_on_average_exactly(n):
    # Coverage of p averaged over uniform p: each k is equally likely, and given k, p is Beta(k + 1, n - k + 1).
    mass = [np.diff(stats.beta.cdf(limits(uniform(k, n)), k + 1, n - k + 1))[0] for k in range(n + 1)]
    assert np.mean(mass) == pytest.approx(0.95, abs=1e-10)


@pytest.mark.parametrize("method", METHODS)
@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.floats(0.01, 0.9999))
@settings(deadline=None, max_examples=40, derandomize=True)
def test_right_and_wrong_mirror_and_limits_enclose(method, counts, level):
    k, n = counts
    e, mirrored = method(k, n, confidence_level=level), method(n - k, n, confidence_level=level)
    assert (e.low, e.high) == pytest.approx((1 - mirrored.high, 1 - mirrored.low), abs=1e-11)
    assert 0 <= e.low < e.high <= 1
    if method is not uniform and method is not jeffreys:
        assert e.low <= e.value <= e.high
    assert e.n_problems == n
    assert e.method == method.__name__


@pytest.mark.parametrize("method", METHODS)
def test_impossible_counts_are_refused(method):
    for correct, total in [(-1, 5), (6, 5), (0, 0)]:
        with pytest.raises(ValueError, match=f"got correct={correct}, total={total}"):
            method(correct, total)
    with pytest.raises(ValueError, match=r"confidence_level .* got 95"):
        method(1, 5, confidence_level=95)
