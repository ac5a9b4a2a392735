"""Finite sets: limits against scipy.stats.hypergeom, coverage by enumeration, two-stage variance by simulation."""

import numpy as np
import pytest
from scipy import stats

from evalsuite.stats.finite_population import (
    correction,
    finite_population_difference,
    finite_population_mean,
    hypergeometric,
)


@pytest.mark.parametrize(("n", "expected"), [(20, 0.9928), (200, 0.9214), (500, 0.7883), (1000, 0.4920), (1319, 0)])
def test_correction_reference_values(n: int, expected: float) -> None:
    assert correction(n, 1319) == pytest.approx(expected, abs=5e-5)
    assert correction(1, 1) == 0


@pytest.mark.parametrize(("x", "n", "size"), [(11, 20, 1319), (0, 5, 40), (5, 5, 40), (3, 7, 9), (1, 1, 1), (1, 1, 10)])
def test_hypergeometric_equals_its_definition(x: int, n: int, size: int) -> None:
    good = np.arange(size + 1)
    e = hypergeometric(x, n, size)
    assert e.low * size == pytest.approx(good[stats.hypergeom.sf(x - 1, size, good, n) > 0.025].min())
    assert e.high * size == pytest.approx(good[stats.hypergeom.cdf(x, size, good, n) > 0.025].max())


def test_hypergeometric_always_covers() -> None:
    size, n = 60, 17
    limits = [hypergeometric(x, n, size) for x in range(n + 1)]
    for good in range(size + 1):
        chance = stats.hypergeom.pmf(np.arange(n + 1), size, good, n)
        inside = [e.low - 1e-12 <= good / size <= e.high + 1e-12 for e in limits]
        assert chance[inside].sum() >= 0.95
    for x in range(n + 1):
        assert limits[n - x].low == pytest.approx(1 - limits[x].high)
        assert limits[x].high > limits[x].low


def test_hypergeometric_tends_to_clopper_pearson() -> None:
    e = hypergeometric(11, 20, 500_000)
    cp = stats.binomtest(11, 20).proportion_ci(method="exact")
    assert (e.low, e.high) == pytest.approx((cp.low, cp.high), abs=1e-4)


def test_two_stage_variance_is_unbiased() -> None:
    rng = np.random.default_rng(0)
    size, n, k = 60, 30, 3
    p = rng.beta(0.5, 0.5, size)
    estimates, variances, decoding = [], [], []
    for _ in range(2500):
        chosen = rng.permutation(size)[:n]
        right = rng.binomial(k, p[chosen])
        r = finite_population_mean(right, [k] * n, size)
        estimates.append(r.estimate.value)
        variances.append(r.standard_error**2)
        decoding.append(r.decoding_variance)
    assert np.mean(variances) == pytest.approx(np.var(estimates), rel=0.1)
    assert np.mean(decoding) == pytest.approx(np.mean(p * (1 - p)) / (n * k), rel=0.05)
    truth = (1 - n / size) * p.var(ddof=1) / n + np.mean(p * (1 - p)) / (n * k)
    assert np.mean(variances) == pytest.approx(truth, rel=0.05)


def test_census_keeps_only_decoding_noise() -> None:
    rng = np.random.default_rng(1)
    right = rng.binomial(4, 0.5, 30)
    four = [4] * 30
    r = finite_population_mean(right, four, 30)
    assert r.sampling_variance == 0
    share = right / 4
    assert r.standard_error**2 == pytest.approx(np.mean(share * (1 - share) / 3) / 30)
    greedy = finite_population_mean(right > 2, [1] * 30, 30, greedy=True)
    assert greedy.estimate.low == greedy.estimate.high == greedy.estimate.value
    assert greedy.standard_error == 0


def test_part_of_the_set_shrinks_the_simple_error() -> None:
    right = [1, 0, 0, 1, 1, 0, 1, 1]
    r = finite_population_mean(right, [1] * 8, 16, greedy=True)
    assert r.standard_error == pytest.approx(np.std(right, ddof=1) / np.sqrt(8) * np.sqrt(0.5))
    assert r.decoding_variance == 0


def test_no_variance_is_never_zero_width_before_the_census() -> None:
    e = finite_population_mean([1] * 5, [1] * 5, 40, greedy=True).estimate
    assert (e.low, e.high) == (hypergeometric(5, 5, 40).low, 1.0)
    e = finite_population_difference([1] * 5, [1] * 5, [1] * 5, [1] * 5, 40, greedy=True).estimate
    share = hypergeometric(0, 5, 40).high
    assert (e.low, e.high) == pytest.approx((-share, share))
    # Sampled decoding: five equal completions do not prove that the next is equal, even at the census.
    e = finite_population_mean([5] * 5, [5] * 5, 5).estimate
    assert e.low == pytest.approx(0.025 ** (1 / 5))
    e = finite_population_mean([1], [2], 10).estimate
    assert e.high > e.low


def test_difference_swaps_sign() -> None:
    base, new, four = [2, 0, 4, 1], [3, 1, 4, 0], [4] * 4
    r = finite_population_difference(base, four, new, four, 20)
    s = finite_population_difference(new, four, base, four, 20)
    assert s.estimate.low == pytest.approx(-r.estimate.high)
    assert r.sampling_variance + r.decoding_variance == pytest.approx(r.standard_error**2)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: hypergeometric(1, 5, 4), "got 5 and 4"),
        (lambda: hypergeometric(6, 5, 10), "correct=6, total=5"),
        (lambda: finite_population_mean([1, 0], [1, 1], 5), "pass greedy=True"),
        (lambda: finite_population_mean([0], [0], 5), "with a completion"),
        (lambda: finite_population_mean([1, 1], [2, 2], 1), "got 2 and 1"),
        (lambda: finite_population_difference([1], [1], [0], [0], 5), "in both runs"),
        (lambda: finite_population_difference([1], [1], [0, 0], [1, 1], 5), "got 1 and 2"),
    ],
)
def test_refusals(call, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
