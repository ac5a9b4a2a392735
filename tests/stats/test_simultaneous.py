"""Bands over a curve: published multivariate t points, limiting cases, and coverage of whole curves."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from evalsuite.stats.proportion import wilson
from evalsuite.stats.result import Estimate
from evalsuite.stats.simultaneous import largest_t_quantile, pointwise_level


# Dunnett (1964), doi:10.2307/2528490: two-sided 5% points for equal groups, correlation 1/2.
@pytest.mark.parametrize(("points", "df", "published"), [(1, 20, 2.09), (2, 20, 2.38), (4, 20, 2.65), (3, 60, 2.41)])
def test_published_points_of_the_multivariate_t(points: int, df: int, published: float) -> None:
    correlation = np.full((points, points), 0.5) + 0.5 * np.eye(points)
    found = largest_t_quantile(correlation, df, rng=np.random.default_rng(2), n_draws=200_000)
    # Printed to two decimals; the draws add a standard error of about 0.005.
    assert found == pytest.approx(published, abs=0.02)


def test_independent_points_need_sidaks_level_and_identical_points_none() -> None:
    rng = np.random.default_rng(4)
    values = rng.standard_normal((4000, 8))
    sidak = 0.95 ** (1 / 8)
    assert pointwise_level(values, rng=rng) == pytest.approx(sidak, abs=0.001)
    same = np.repeat(values[:, :1], 8, axis=1)
    assert pointwise_level(same, rng=rng) == pytest.approx(0.95)
    # Opposite signs are as alike as equal ones.
    assert pointwise_level(np.hstack([same, -same]), rng=rng) <= 1 - 0.05 / 2
    assert pointwise_level(np.hstack([same, -same]), rng=rng) == pytest.approx(0.95, abs=0.002)


def test_the_level_lies_between_the_nominal_one_and_bonferronis() -> None:
    rng = np.random.default_rng(5)
    for n in (2, 3, 10, 200):
        values = np.cumsum(rng.random((n, 6)) < 0.2, axis=1) > 0
        level = pointwise_level(values, rng=rng)
        assert 0.95 <= level <= 1 - 0.05 / 6
    assert pointwise_level(np.zeros((5, 4)), rng=rng) == 0.95
    assert pointwise_level(np.tile([0.0, 0.5, 1.0], (5, 1)), rng=rng) == pytest.approx(1 - 0.05 / 3)
    assert pointwise_level([[0.0, 1.0]], rng=rng) == 0.975


def test_the_order_of_problems_points_and_signs_does_not_matter() -> None:
    rng = np.random.default_rng(6)
    values = np.cumsum(rng.random((80, 5)), axis=1)
    level = pointwise_level(values, rng=np.random.default_rng(7))
    for other in (values[::-1], values[:, ::-1], -values, 3 * values + 1):
        assert pointwise_level(other, rng=np.random.default_rng(8)) == pytest.approx(level, abs=0.002)
    assert pointwise_level(values, rng=np.random.default_rng(7)) == level
    assert pointwise_level(values, rng=np.random.default_rng(7), clusters=list(range(80))) == level


def test_templates_are_the_unit() -> None:
    rng = np.random.default_rng(9)
    curves = np.cumsum(rng.standard_normal((10, 4)), axis=1)
    repeated, names = np.repeat(curves, 30, axis=0), np.repeat(np.arange(10), 30).tolist()
    one = pointwise_level(curves, rng=np.random.default_rng(1))
    assert pointwise_level(repeated, rng=np.random.default_rng(1), clusters=names) == pytest.approx(one, abs=1e-9)


def covered(band: list[Estimate], truth: NDArray[np.float64]) -> bool:
    return all(e.low <= t <= e.high for e, t in zip(band, truth, strict=True))


def test_whole_curves_are_covered_about_as_often_as_stated() -> None:
    rng = np.random.default_rng(10)
    caps, n, draws = np.arange(1, 13), 150, 400
    # Right answers end at 2 to 11 tokens; a third never comes.
    truth = np.array([2 / 3 * np.mean(np.arange(2, 12) <= cap) for cap in caps])
    single = [wilson(k, n) for k in range(n + 1)]
    held = pointwise = 0
    for _ in range(draws):
        ends = np.where(rng.random(n) < 1 / 3, 99, rng.integers(2, 12, n))
        right = ends[:, None] <= caps
        level = pointwise_level(right, rng=rng, n_draws=2000)
        counts = right.sum(axis=0).tolist()
        held += covered([wilson(k, n, confidence_level=level) for k in counts], truth)
        pointwise += covered([single[k] for k in counts], truth)
    # 95% with an exact binomial band of 99.9%; single intervals cover far fewer curves.
    low, high = stats.binom(draws, 0.95).interval(0.999)
    assert low <= held <= high
    assert pointwise < 0.87 * draws


def test_impossible_input_is_refused() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="n_problems, n_points"):
        pointwise_level([1.0, 2.0], rng=rng)
    with pytest.raises(ValueError, match="confidence_level < 1, got 1"):
        pointwise_level([[1.0]], rng=rng, confidence_level=1)
    with pytest.raises(ValueError, match="correlation matrix"):
        largest_t_quantile([[1.0, 0.5]], 5, rng=rng)
    with pytest.raises(ValueError, match="df > 0"):
        largest_t_quantile([[1.0]], 0, rng=rng)
