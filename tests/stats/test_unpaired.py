"""Unpaired test and interval: scipy, and the paper's own examples."""

import numpy as np
import pytest
from scipy.stats import fisher_exact
from statsmodels.stats.proportion import confint_proportions_2indep

from evalsuite.stats.unpaired import fisher, newcombe_score


@pytest.mark.parametrize("n", [1, 2, 5, 8])
def test_fisher_is_that_of_scipy(n: int) -> None:
    for old in range(n + 1):
        for late in range(n + 3):
            expected = fisher_exact(np.array([[old, n - old], [late, n + 2 - late]])).pvalue
            assert fisher((old, n), (late, n + 2)).pvalue == pytest.approx(expected, abs=1e-12)
    assert fisher((200, 1319), (240, 1319)).pvalue == pytest.approx(
        fisher_exact(np.array([[200, 1119], [240, 1079]])).pvalue, rel=1e-9
    )


@pytest.mark.parametrize(
    ("new", "base", "low", "high"),
    [
        # Newcombe (1998), table II, method 10.
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((10, 10), (0, 10), 0.6075, 1.0),
    ],
)
def test_newcombe_published(new: tuple[int, int], base: tuple[int, int], low: float, high: float) -> None:
    e = newcombe_score(base, new)
    assert (e.low, e.high) == pytest.approx((low, high), abs=5.1e-5)
    assert (e.low, e.high) == pytest.approx(
        confint_proportions_2indep(*new, *base, method="newcomb", compare="diff"), abs=1e-9
    )


def test_swapping_the_runs_mirrors_everything() -> None:
    one, other = newcombe_score((1, 5), (7, 20)), newcombe_score((7, 20), (1, 5))
    assert (one.low, one.value, one.high) == pytest.approx((-other.high, -other.value, -other.low))
    assert fisher((1, 5), (7, 20)).pvalue == pytest.approx(fisher((7, 20), (1, 5)).pvalue)
    with pytest.raises(ValueError, match="got 6 of 5"):
        fisher((6, 5), (1, 5))
