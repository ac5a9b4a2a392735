"""Evidence at any time: the e-process it contains, an integral done another way, and false alarms at many looks."""

import math
import os

import numpy as np
import pytest
from scipy import integrate, stats

from evalsuite.stats.anytime import anytime_mean
from evalsuite.stats.sequential import e_process

LONG = bool(os.environ.get("EVALSUITE_LONG_TESTS"))


@pytest.mark.parametrize(("wins", "losses", "ties"), [(0, 0, 10), (5, 0, 3), (15, 5, 0), (80, 50, 1189)])
def test_money_against_equality_is_the_e_process(wins: int, losses: int, ties: int) -> None:
    d = [1] * wins + [-1] * losses + [0] * ties
    pairs = [1] * wins + [0] * losses
    expected = float(e_process(pairs).log_e[-1]) if pairs else 0.0
    assert anytime_mean(d).log_evidence() == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("mean", [-0.4, 0.1, 0.35])
def test_money_by_adaptive_quadrature(mean: float) -> None:
    x = np.array([0.25, -0.5, 0.75, 0.0, 0.25, 1.0, -0.125])

    def side(y: np.ndarray, m: float) -> float:
        return float(integrate.quad(lambda u: float(np.prod(1 - u + u * y / m)), 0, 1)[0])

    expected = (side((x + 1) / 2, (mean + 1) / 2) + side((1 - x) / 2, (1 - mean) / 2)) / 2
    assert math.exp(anytime_mean(x).log_evidence(mean)) == pytest.approx(expected, rel=1e-8)


def test_interval_holds_what_the_pvalue_does_not_exclude() -> None:
    rng = np.random.default_rng(4)
    for _ in range(40):
        d = rng.integers(-4, 5, int(rng.integers(1, 60))) / 4
        seen = anytime_mean(d)
        found = seen.estimate()
        assert found.low <= found.value <= found.high
        assert (seen.pvalue(0) <= 0.05) == (found.low > 0 or found.high < 0)
        for inside in np.linspace(found.low + 1e-6, found.high - 1e-6, 5):
            assert seen.pvalue(float(inside)) > 0.05


def test_order_does_not_matter_and_swapping_mirrors() -> None:
    d = np.random.default_rng(1).integers(-2, 3, 50) / 2
    one, two = anytime_mean(d).estimate(), anytime_mean(-d[::-1]).estimate()
    assert (one.low, one.high) == pytest.approx((-two.high, -two.low), abs=1e-9)


def test_a_hundred_thousand_problems() -> None:
    rng = np.random.default_rng(0)
    d = rng.binomial(8, 0.55, 100_000) / 8 - rng.binomial(8, 0.5, 100_000) / 8
    found = anytime_mean(d).estimate()
    fixed = 1.96 * d.std() / math.sqrt(d.size)
    assert found.low > 0.04
    assert 1 < (found.high - found.low) / (2 * fixed) < 2.5


def test_one_sided_limits_are_those_of_one_sided_bets() -> None:
    rng = np.random.default_rng(9)
    for _ in range(20):
        seen = anytime_mean(rng.integers(-4, 5, int(rng.integers(1, 60))) / 4)
        both, sides = seen.estimate(confidence_level=0.95), seen.one_sided(confidence_level=0.9)
        assert both.low - 1e-9 <= sides.low <= sides.value <= sides.high <= both.high + 1e-9
        if sides.low > -1:
            assert seen.pvalue(sides.low, "greater") == pytest.approx(0.05, abs=1e-6)
        if sides.high < 1:
            assert seen.pvalue(sides.high, "less") == pytest.approx(0.05, abs=1e-6)
        up, down = (seen.log_evidence(0.1, side) for side in ("greater", "less"))
        assert np.logaddexp(up, down) - math.log(2) == pytest.approx(seen.log_evidence(0.1), abs=1e-9)


@pytest.mark.parametrize("n", [1, 7, 8, 60])
def test_the_smallest_pvalue_is_that_of_wins_alone(n: int) -> None:
    assert anytime_mean([1.0] * n).pvalue() == pytest.approx(anytime_mean([0.0] * n).smallest_pvalue, rel=1e-8)


def test_false_alarms_over_many_looks() -> None:
    rng, runs = np.random.default_rng(6), 2000 if LONG else 150
    looks = [10, 20, 30, 50, 75, 100, 150, 200, 300]
    alarms = 0
    for _ in range(runs):
        p = rng.random(300)
        d = rng.binomial(2, p) / 2 - rng.binomial(2, p) / 2
        shown = [anytime_mean(d[:look]).estimate() for look in looks]
        alarms += any(e.low > 0 or e.high < 0 for e in shown)
    assert alarms <= stats.binom.ppf(0.999, runs, 0.05)
