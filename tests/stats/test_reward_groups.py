"""Groups without spread: published numbers, counting all subsets, quadrature, simulation and invariances."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from evalsuite.stats.reward_groups import (
    equal_subsets,
    extrapolate,
    forecast,
    gate,
    informative_groups,
    zero_variance,
)

RATES = (0.0038, 0.014, 0.05, 0.10, 0.20, 0.30, 0.436, 0.70, 0.90)
COUNTS = st.lists(st.integers(0, 8), min_size=2, max_size=20)


@pytest.mark.parametrize(
    ("size", "shares"),
    [
        (4, (0.985, 0.945, 0.815, 0.656, 0.411, 0.248, 0.137, 0.248, 0.656)),
        (8, (0.970, 0.893, 0.663, 0.430, 0.168, 0.058, 0.012, 0.058, 0.430)),
        (16, (0.941, 0.798, 0.440, 0.185, 0.028, 0.003, 0.000, 0.003, 0.185)),
        (64, (0.784, 0.406, 0.038, 0.001, 0, 0, 0, 0, 0.001)),
    ],
)
def test_zero_spread_tabulated(size: int, shares: tuple[float, ...]) -> None:
    # Tabulated apart from this code, to three decimals: half a unit of the last, and a little for rounding.
    assert zero_variance(RATES, size) == pytest.approx(shares, abs=5.5e-4)


def test_zero_spread_of_groups_that_differ() -> None:
    assert [float(zero_variance(0.436, g, correlation=0.4)) for g in (4, 8, 16)] == pytest.approx(
        [0.47, 0.30, 0.19], abs=0.005
    )


@pytest.mark.parametrize(("mean", "rho", "size"), [(0.3, 0.2, 5), (0.05, 0.6, 8), (0.5, 0.01, 3)])
def test_zero_spread_is_the_mean_over_a_beta_distribution(mean: float, rho: float, size: int) -> None:
    total = 1 / rho - 1
    density = stats.beta(mean * total, (1 - mean) * total).pdf
    value = sum(
        integrate.quad(lambda p: (p**size + (1 - p) ** size) * density(p), *part, limit=400)[0]
        for part in ((0, 0.01), (0.01, 0.99), (0.99, 1))
    )
    assert float(zero_variance(mean, size, correlation=rho)) == pytest.approx(value, abs=1e-5)
    # The same from the beta-binomial distribution of scipy.
    law = stats.betabinom(size, mean * total, (1 - mean) * total)
    assert float(zero_variance(mean, size, correlation=rho)) == pytest.approx(law.pmf(0) + law.pmf(size), rel=1e-9)


def test_zero_spread_at_the_ends() -> None:
    assert zero_variance([0.0, 1.0], 8).tolist() == [1.0, 1.0]
    assert float(zero_variance(0.3, 8, correlation=1.0)) == pytest.approx(1.0, abs=1e-15)
    assert float(zero_variance(0.3, 1)) == 1.0
    with pytest.raises(ValueError, match=r"in \[0, 1\]"):
        zero_variance(1.2, 4)
    with pytest.raises(ValueError, match="group_size >= 1"):
        zero_variance(0.5, 0)


@given(st.lists(st.integers(0, 3), min_size=2, max_size=7), st.data())
@settings(max_examples=60, deadline=None, derandomize=True)
def test_equal_subsets_counts_every_subset(values: list[int], data: st.DataObject) -> None:
    size = data.draw(st.integers(1, len(values)))
    counts = [[values.count(v) for v in range(4)]]
    subsets = list(itertools.combinations(values, size))
    share = sum(len(set(subset)) == 1 for subset in subsets) / len(subsets)
    assert equal_subsets(counts, size)[0] == pytest.approx(share, abs=1e-12)


@pytest.mark.parametrize("size", [2, 4, 6])
def test_equal_subsets_is_unbiased(size: int) -> None:
    """Over all outcomes of six completions the mean is exactly z, which the plug-in is not."""
    p, n = 0.23, 6
    k = np.arange(n + 1)
    law = stats.binom(n, p).pmf(k)
    found = equal_subsets(np.stack([k, n - k], axis=1), size)
    assert float(law @ found) == pytest.approx(float(zero_variance(p, size)), abs=1e-12)
    assert float(law @ zero_variance(k / n, size)) > float(zero_variance(p, size)) + 0.01


def test_equal_subsets_refuses() -> None:
    with pytest.raises(ValueError, match="completions of every prompt, got group_size=5 and 4"):
        equal_subsets([[2, 2]], 5)
    with pytest.raises(ValueError, match="not negative"):
        equal_subsets([[-1, 5]], 2)


@given(COUNTS, st.integers(2, 8))
@settings(max_examples=50, deadline=None, derandomize=True)
def test_right_and_wrong_may_be_exchanged(right: list[int], size: int) -> None:
    wrong = [8 - k for k in right]
    assert forecast(list(zip(right, wrong, strict=True)), size) == forecast(list(zip(wrong, right, strict=True)), size)


def test_forecast_covers_its_share() -> None:
    """400 simulated probes of 60 prompts: 95% intervals for groups of four hold between 91.5% and 97.5% of the time."""
    rng = np.random.default_rng(5)
    truth = float(zero_variance(0.3, 4, correlation=0.3))
    total = 1 / 0.3 - 1
    held = 0
    for _ in range(400):
        p = rng.beta(0.3 * total, 0.7 * total, size=60)
        k = rng.binomial(8, p)
        e = forecast(np.stack([k, 8 - k], axis=1), 4)
        held += e.low <= truth <= e.high
    assert 366 <= held <= 390


def test_extrapolate_covers_larger_groups() -> None:
    """100 probes of 80 prompts with 8 completions, groups of 32: the exact 99.9% band of 0.92 coverage."""
    rng = np.random.default_rng(11)
    truth = float(zero_variance(0.2, 32, correlation=0.35))
    total = 1 / 0.35 - 1
    held, values = 0, []
    for _ in range(100):
        k = rng.binomial(8, rng.beta(0.2 * total, 0.8 * total, size=80))
        e = extrapolate(k, np.full(80, 8), 32, rng=rng)
        held += e.low <= truth <= e.high
        values.append(e.value)
    assert held >= 83
    assert np.mean(values) == pytest.approx(truth, abs=0.03)


def test_extrapolate_without_any_spread_is_never_certain() -> None:
    e = extrapolate([0] * 10, [4] * 10, 16, rng=np.random.default_rng(0))
    # Ten prompts that never passed: Clopper-Pearson gives 0.025^(1/10) for groups of four, its fourth power for 16.
    assert (e.value, e.high, e.method) == (1.0, 1.0, "bounded")
    assert e.low == pytest.approx(0.025**0.4)
    mixed = extrapolate([0, 4] * 5, [4] * 10, 16, rng=np.random.default_rng(0))
    assert mixed.low == pytest.approx(2 * (0.025**0.1 / 2) ** 4)
    # Never above the limit for the groups that were measured.
    small = extrapolate([0] * 10, [4] * 10, 2, rng=np.random.default_rng(0))
    assert small.low == pytest.approx(0.025**0.1)


def test_extrapolate_with_nothing_to_resample() -> None:
    e = extrapolate([2, 2, 2], [4, 4, 4], 8, rng=np.random.default_rng(0))
    assert (e.low, e.high, e.method) == (0.0, 1.0, "none")
    assert e.value == pytest.approx(2 * 0.5**8)
    with pytest.raises(ValueError, match="at least two completions"):
        extrapolate([1], [1], 4, rng=np.random.default_rng(0))


def test_clusters_widen_the_interval() -> None:
    counts = [(0, 8), (4, 4), (8, 0), (2, 6)]
    alone = forecast(counts, 4)
    copied = forecast(counts * 3, 4, clusters=list("abcd") * 3)
    assert (copied.low, copied.high) == pytest.approx((alone.low, alone.high))
    assert forecast(counts * 3, 4).low > alone.low


@pytest.mark.parametrize(("size", "low"), [(4, 0.16), (8, 0.08), (16, 0.04)])
def test_gate_published(size: int, low: float) -> None:
    assert gate(size) == pytest.approx((low, 1 - low), abs=0.005)
    assert float(zero_variance(gate(size)[0], size)) == pytest.approx(0.5, abs=1e-9)


def test_gate_at_its_limits() -> None:
    assert gate(2) == (0.5, 0.5)
    assert all(math.isnan(p) for p in gate(2, largest=0.4))
    with pytest.raises(ValueError, match="largest"):
        gate(4, largest=1.0)


def test_informative_groups_by_simulation() -> None:
    """The tutorial's ten groups of four: 0.15 to 0.55 informative groups, none at all in 86% to 57%."""
    found = [informative_groups(float(zero_variance(p, 4)), 10) for p in (0.0038, 0.014)]
    assert [r.expected for r in found] == pytest.approx([0.15, 0.55], abs=0.005)
    assert [r.chance_of_none for r in found] == pytest.approx([0.86, 0.57], abs=0.005)
    k = np.random.default_rng(3).binomial(4, 0.014, size=(20_000, 10))
    informative = ((k > 0) & (k < 4)).sum(axis=1)
    assert informative.mean() == pytest.approx(found[1].expected, abs=0.02)
    assert (informative == 0).mean() == pytest.approx(found[1].chance_of_none, abs=0.015)
    with pytest.raises(ValueError, match="n_groups"):
        informative_groups(0.5, -1)
