"""Cluster means against statsmodels and scipy, exact tests by brute force, and the edges without variance."""

import itertools
import math

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from evalsuite.stats.cluster import (
    bounded_limits,
    cluster_sign_flip,
    clustered_mean,
    mean,
    paired_mean_difference,
)
from evalsuite.stats.validation import checked_counts, cluster_codes

BASE = [2, 0, 4, 1, 1, 3]
NEW = [3, 1, 4, 2, 0, 4]
FOUR = [4] * 6


def ols(y, groups):
    fit = sm.OLS(np.asarray(y, dtype=float), np.ones(len(y))).fit(
        cov_type="cluster", cov_kwds={"groups": np.asarray(groups)}, use_t=True
    )
    return fit.params[0], fit.bse[0], fit.conf_int()[0], fit.pvalues[0]


def test_paired_reference_values() -> None:
    r = paired_mean_difference(BASE, FOUR, NEW, FOUR)
    assert r.difference.value == pytest.approx(0.125)
    assert r.standard_error == pytest.approx(0.085391, abs=1e-6)
    assert (r.difference.low, r.difference.high) == pytest.approx((-0.0945, 0.3445), abs=1e-4)
    assert r.test.pvalue == pytest.approx(0.2031, abs=1e-4)
    assert r.sign_flip is not None
    assert r.sign_flip.pvalue == 24 / 64


def test_paired_equals_scipy_t_test() -> None:
    d = (np.array(NEW) - np.array(BASE)) / 4
    expected = stats.ttest_1samp(d, 0)
    r = paired_mean_difference(BASE, FOUR, NEW, FOUR)
    assert r.test.statistic == pytest.approx(expected.statistic)
    assert r.test.pvalue == pytest.approx(expected.pvalue)


def test_pooled_completions_equal_clustered_ols() -> None:
    # Pooled rows clustered by problem, statsmodels' default correction: the micro mean.
    rng = np.random.default_rng(1)
    made = rng.integers(1, 9, 40)
    right = rng.binomial(made, rng.random(40))
    rows = np.concatenate([np.r_[np.ones(s), np.zeros(a - s)] for s, a in zip(right, made, strict=True)])
    _, error, limits, _ = ols(rows, np.repeat(np.arange(40), made))
    e = mean(right, made, weighting="micro")
    assert e.value == pytest.approx(rows.mean())
    assert (e.low, e.high) == pytest.approx(tuple(limits))
    # With equal K macro and micro are the same.
    k = np.full(40, 5)
    right = rng.binomial(k, rng.random(40))
    assert mean(right, k).low == pytest.approx(mean(right, k, weighting="micro").low)
    assert error > 0


@pytest.mark.parametrize("n_clusters", [3, 12, 35])
def test_clusters_equal_statsmodels(n_clusters: int) -> None:
    rng = np.random.default_rng(n_clusters)
    groups = np.r_[np.arange(n_clusters), rng.integers(0, n_clusters, 60)]
    base, new = rng.binomial(4, 0.4, groups.size), rng.binomial(4, 0.5, groups.size)
    value, error, limits, pvalue = ols((new - base) / 4, groups)
    four = np.full(groups.size, 4)
    r = paired_mean_difference(base, four, new, four, clusters=[f"t{g}" for g in groups])
    assert r.difference.value == pytest.approx(value)
    assert r.standard_error == pytest.approx(error)
    assert (r.difference.low, r.difference.high) == pytest.approx(tuple(np.clip(limits, -1, 1)))
    assert r.test.pvalue == pytest.approx(pvalue)
    assert r.n_clusters == n_clusters
    assert (r.sign_flip is not None) == (n_clusters < 30)


def test_micro_difference_equals_two_ratio_delta_method() -> None:
    # Jackknife over problems approximates the same linearised variance.
    rng = np.random.default_rng(3)
    n = 400
    made = rng.integers(1, 9, (2, n))
    p = rng.random(n)
    right = rng.binomial(made, p)
    r = paired_mean_difference(right[0], made[0], right[1], made[1], weighting="micro")
    total, size = right.sum(1), made.sum(1)
    assert r.difference.value == pytest.approx(total[1] / size[1] - total[0] / size[0])
    without = (total[:, None] - right) / (size[:, None] - made)
    d = without[1] - without[0]
    jackknife = math.sqrt((n - 1) / n * np.sum((d - d.mean()) ** 2))
    assert r.standard_error == pytest.approx(jackknife, rel=0.01)
    assert r.sign_flip is None


def test_macro_and_micro_differ_with_unequal_k() -> None:
    assert mean([1, 0, 3], [1, 8, 4]).value == pytest.approx(7 / 12)
    assert mean([1, 0, 3], [1, 8, 4], weighting="micro").value == pytest.approx(4 / 13)


@settings(deadline=None, max_examples=40, derandomize=True)
@given(st.lists(st.integers(-4, 4), min_size=1, max_size=9))
def test_sign_flip_equals_brute_force(totals: list[int]) -> None:
    signs = np.array(list(itertools.product((-1, 1), repeat=len(totals))))
    sums = np.abs(signs @ np.abs(totals))
    expected = float(np.mean(sums >= abs(sum(totals))))
    assert cluster_sign_flip(totals) == pytest.approx(expected, abs=1e-15)
    # Thirds and tenths do not add up exactly; ties must still count.
    assert cluster_sign_flip(np.array(totals) * 0.1 / 3) == pytest.approx(expected, abs=1e-15)


def test_sign_flip_of_single_completions_is_mcnemar() -> None:
    totals = [1] * 9 + [-1] * 2 + [0] * 8
    assert cluster_sign_flip(totals) == pytest.approx(stats.binomtest(9, 11).pvalue)
    with pytest.raises(ValueError, match="1 to 29 clusters, got 30"):
        cluster_sign_flip([1] * 30)


@settings(deadline=None, max_examples=40, derandomize=True)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 2)), min_size=1, max_size=12))
def test_invariances(rows: list[tuple[int, int, int]]) -> None:
    base, new, groups = (list(column) for column in zip(*rows, strict=True))
    three = [3] * len(rows)
    r = paired_mean_difference(base, three, new, three, clusters=groups)
    swapped = paired_mean_difference(new, three, base, three, clusters=groups)
    assert swapped.difference.value == pytest.approx(-r.difference.value)
    assert swapped.difference.low == pytest.approx(-r.difference.high)
    assert swapped.test.pvalue == pytest.approx(r.test.pvalue)
    flipped = paired_mean_difference([3 - s for s in new], three, [3 - s for s in base], three, clusters=groups)
    assert flipped.difference.high == pytest.approx(r.difference.high)
    order = np.random.default_rng(0).permutation(len(rows))
    shuffled = paired_mean_difference(
        np.array(base)[order], three, np.array(new)[order], three, clusters=[groups[i] for i in order]
    )
    assert shuffled.difference.low == pytest.approx(r.difference.low)
    assert -1 <= r.difference.low <= r.difference.value <= r.difference.high <= 1
    assert r.difference.high - r.difference.low > 1e-6
    assert 0 <= r.test.pvalue <= 1


@settings(deadline=None, max_examples=40, derandomize=True)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=10))
def test_accuracy_mirrors_when_right_and_wrong_are_swapped(rows: list[tuple[int, int]]) -> None:
    right = [min(r, a) for r, a in rows] + [1]
    made = [a for _, a in rows] + [2]
    e = mean(right, made)
    mirrored = mean(np.array(made) - np.array(right), made)
    assert mirrored.low == pytest.approx(1 - e.high)
    assert 0 <= e.low <= e.value <= e.high <= 1
    assert e.high - e.low > 1e-6


@pytest.mark.parametrize("n", [1, 5, 1319])
def test_all_right_and_all_wrong_are_clopper_pearson(n: int) -> None:
    cp = stats.binomtest(n, n).proportion_ci(method="exact")
    e = mean([1] * n, [1] * n)
    assert (e.low, e.high, e.method) == (pytest.approx(cp.low), 1.0, "bounded")
    e = mean([0] * n, [8] * n)
    assert (e.low, e.high) == (0.0, pytest.approx(1 - cp.low))


@pytest.mark.parametrize("n", [1, 5, 20, 1319])
def test_no_difference_anywhere(n: int) -> None:
    r = paired_mean_difference([1] * n, [2] * n, [1] * n, [2] * n)
    half = 1 - 0.025 ** (1 / n)
    assert (r.difference.low, r.difference.high) == pytest.approx((-half, half))
    assert r.test.pvalue == 1
    assert r.standard_error == (None if n == 1 else 0)


def test_gain_on_every_problem_agrees_with_the_exact_test() -> None:
    r = paired_mean_difference([0] * 6, [1] * 6, [1] * 6, [1] * 6)
    assert r.test.pvalue == pytest.approx(stats.binomtest(6, 6).pvalue)
    assert r.sign_flip is not None
    assert r.sign_flip.pvalue == pytest.approx(2 / 64)
    # Limits and p-value decide alike.
    assert r.difference.low > 0
    five = paired_mean_difference([0] * 5, [1] * 5, [1] * 5, [1] * 5)
    assert five.difference.low < 0
    assert five.test.pvalue > 0.05


def test_bounded_limits_cover_in_the_worst_case() -> None:
    # Two-point values {0, v}: the lower limit errs only if all are v, with chance (mean/v)^n.
    for v, n, q in itertools.product((0.25, 0.5, 1.0), (1, 2, 5), (0.1, 0.5, 0.9)):
        low, _ = bounded_limits(v, v, n)
        assert (q**n if low > q * v else 0.0) <= 0.025


def test_bounded_limits_use_the_extremes() -> None:
    low, high = bounded_limits(0.2, 0.7, 2, confidence_level=0.9)
    t = math.sqrt(0.05)
    assert (low, high) == pytest.approx((0.2 * t, 1 - 0.3 * t))


def test_one_cluster_and_dropped_problems() -> None:
    r = paired_mean_difference([1, 0, 1], [1, 1, 1], [1, 1, 1], [1, 1, 0 + 1], clusters=["a", "a", "a"])
    assert (r.n_clusters, r.standard_error, r.difference.method) == (1, None, "bounded")
    r = paired_mean_difference([1, 0, 1, 0], [1, 1, 1, 0], [1, 1, 0, 1], [1, 1, 0, 1])
    assert (r.n_dropped, r.difference.n_problems) == (2, 2)
    assert mean([1, 0, 0], [1, 1, 0]).n_problems == 2
    # Clusters are numbered again after problems are dropped.
    assert mean([1, 0, 0, 1], [1, 0, 1, 1], clusters=["a", "b", "c", "d"]).n_problems == 3


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: mean([], []), r"got \(0,\)"),
        (lambda: mean([2], [1]), "got 2 of 1 at row 0"),
        (lambda: mean([0.5], [1]), "whole numbers"),
        (lambda: mean([0], [0]), "at least one problem"),
        (lambda: mean([1], [1], clusters=["a", "b"]), "one cluster for each of 1 problems, got 2"),
        (lambda: mean([1], [1], confidence_level=95), "confidence_level < 1, got 95"),
        (lambda: paired_mean_difference([1], [1], [1, 1], [1, 1]), "got 1 and 2"),
        (lambda: paired_mean_difference([1, 0], [1, 0], [0, 1], [0, 1]), "in both runs"),
        (lambda: clustered_mean([math.nan]), "finite value"),
        (lambda: clustered_mean([1.0], weights=[0.0]), "positive weight"),
        (lambda: bounded_limits(0, 2, 3), "largest=2"),
    ],
)
def test_refusals(call, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_codes_follow_appearance() -> None:
    assert cluster_codes(np.array([7, 3, 7]), 3).tolist() == [0, 1, 0]
    assert checked_counts([1.0], [2.0])[0].dtype == np.int64


def test_t_interval_covers_with_clusters_and_pooling_does_not() -> None:
    # 40 templates x 5 problems with a shared difficulty; 4,000 draws at 0.95 stay within 0.938-0.961.
    rng = np.random.default_rng(5)
    p = rng.random((4000, 40, 1))
    y = (rng.random((4000, 40, 5)) < p).mean(axis=2)
    error = y.std(axis=1, ddof=1) / math.sqrt(40)
    one = clustered_mean(np.repeat(y[0], 5), clusters=[i // 5 for i in range(200)])
    assert one.standard_error == pytest.approx(error[0])
    quantile = stats.t.ppf(0.975, 39)
    assert 0.938 <= np.mean(np.abs(y.mean(axis=1) - 0.5) <= quantile * error) <= 0.961
    pooled = y.mean(axis=1)
    naive = 1.96 * np.sqrt(pooled * (1 - pooled) / 200)
    assert np.mean(np.abs(pooled - 0.5) <= naive) < 0.87


def test_a_rounding_error_does_not_leave_the_range() -> None:
    """Every problem won, in templates: 4/20 five times is more than 1 in floating point."""
    ones, zeros = [1] * 20, [0] * 20
    result = paired_mean_difference(zeros, ones, ones, ones, clusters=[i % 5 for i in range(20)])
    assert (result.difference.value, result.difference.high) == (1.0, 1.0)
