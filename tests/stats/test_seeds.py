"""Training seeds as the unit: scipy's t tests, statsmodels' power, and the refusals."""

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
    assert (r.df, r.note) == (2, "")


def test_unpaired_equals_welch() -> None:
    base = [0.30, 0.50, 0.41, 0.36]
    r = unpaired_seeds(base, NEW, n_problems=100)
    oracle = stats.ttest_ind(NEW, base, equal_var=False)
    ci = oracle.confidence_interval()
    assert (r.test.pvalue, r.df) == pytest.approx((oracle.pvalue, oracle.df))
    assert (r.difference.low, r.difference.high) == pytest.approx((ci.low, ci.high))
    swapped = unpaired_seeds(NEW, base, n_problems=100)
    assert swapped.difference.low == pytest.approx(-r.difference.high)


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
    assert one_sided.df == pytest.approx(2)


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
