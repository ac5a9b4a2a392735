"""Training seeds as the unit: scipy's t tests, statsmodels' power, and the refusals."""

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.power import TTestIndPower, TTestPower

from evalsuite.stats.seeds import paired_seeds, seeds_needed, unpaired_seeds

BASE, NEW = [0.40, 0.41, 0.39], [0.44, 0.43, 0.45]


def test_paired_equals_scipy() -> None:
    r = paired_seeds(BASE, NEW, n_problems=100)
    oracle = stats.ttest_rel(NEW, BASE)
    ci = oracle.confidence_interval()
    assert (r.test.statistic, r.test.pvalue) == pytest.approx((oracle.statistic, oracle.pvalue))
    assert (r.difference.low, r.difference.high) == pytest.approx((ci.low, ci.high))
    assert (r.parts[0][1], r.note) == (2, "")


def test_unpaired_joins_the_margins_of_the_arms() -> None:
    base = [0.30, 0.50, 0.41, 0.36]
    r = unpaired_seeds(base, NEW, n_problems=100)
    halves = [float(np.diff(stats.ttest_1samp(arm, 0).confidence_interval())[0]) / 2 for arm in (base, NEW)]
    margin = np.hypot(*halves)
    assert (r.difference.low, r.difference.high) == pytest.approx(
        (r.difference.value - margin, r.difference.value + margin)
    )
    p = r.test.pvalue
    at_p = unpaired_seeds(base, NEW, n_problems=100, confidence_level=1 - p).difference
    assert min(abs(at_p.low), abs(at_p.high)) == pytest.approx(0, abs=1e-9)
    assert p >= stats.ttest_ind(NEW, base, equal_var=False).pvalue
    swapped = unpaired_seeds(NEW, base, n_problems=100)
    assert swapped.difference.low == pytest.approx(-r.difference.high)


@pytest.mark.parametrize("seeds", [(2, 5), (3, 10), (5, 5)])
@pytest.mark.parametrize("spread", [0.2, 1.0, 5.0])
def test_unpaired_keeps_its_level_with_unequal_spread(seeds: tuple[int, int], spread: float) -> None:
    rng, runs = np.random.default_rng(sum(seeds)), 1000
    rejected = sum(
        unpaired_seeds(
            np.clip(rng.normal(0.5, 0.01, seeds[0]), 0, 1), np.clip(rng.normal(0.5, 0.01 * spread, seeds[1]), 0, 1),
            n_problems=100,
        ).test.pvalue < 0.05
        for _ in range(runs)
    )  # fmt: skip
    assert rejected <= stats.binom.ppf(0.999, runs, 0.05)


def test_two_seeds_carry_a_note() -> None:
    r = paired_seeds(BASE[:2], NEW[:2], n_problems=100)
    assert "two training seeds" in r.note
    assert r.difference.high - r.difference.low > 0.2


def test_equal_seeds_have_a_width() -> None:
    r = paired_seeds(BASE, [x + 0.05 for x in BASE], n_problems=100)
    t = 0.025 ** (1 / 3)
    assert (r.difference.low, r.difference.high) == pytest.approx((1.05 * t - 1, 1 - 0.95 * t))
    assert r.test.pvalue == pytest.approx(min(1, 2 * 1.05**-3))
    u = unpaired_seeds([0.4, 0.4], [0.4, 0.4, 0.4], n_problems=100)
    assert (u.test.pvalue, u.difference.method) == (1.0, "bounded")
    assert u.difference.high > 0.5
    one_sided = unpaired_seeds([0.4, 0.4], [0.4, 0.5, 0.45], n_problems=100)
    assert one_sided.parts[0][1] == 2


@pytest.mark.parametrize(("effect", "power"), [(0.5, 0.8), (1.0, 0.9), (3.0, 0.8)])
def test_seeds_needed_is_the_smallest_sufficient(effect: float, power: float) -> None:
    n = seeds_needed(effect, 1.0, power=power)
    oracle = TTestPower()
    assert oracle.power(effect, n, 0.05) >= power
    assert n == 2 or oracle.power(effect, n - 1, 0.05) < power
    n = seeds_needed(-effect, 1.0, paired=False, power=power)
    pair = TTestIndPower()
    assert pair.power(effect, n, 0.05) >= power
    assert n == 2 or pair.power(effect, n - 1, 0.05) < power


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: paired_seeds([0.4], [0.5], n_problems=10), "that checkpoint only"),
        (lambda: paired_seeds(BASE, NEW[:2], n_problems=10), "got 3 and 2: use unpaired_seeds"),
        (lambda: unpaired_seeds([40.0, 41.0], NEW, n_problems=10), r"\[0, 1\] in base"),
        (lambda: seeds_needed(0, 1), "difference != 0"),
        (lambda: seeds_needed(1e-6, 1), "more than 10,000"),
    ],
)
def test_refusals(call, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
