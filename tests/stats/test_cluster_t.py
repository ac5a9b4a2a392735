"""The t interval with Bell-McCaffrey degrees of freedom: matrix form, equal sizes, and what unequal sizes do."""

import numpy as np
import pytest
from scipy import linalg, stats

from evalsuite.stats.cluster_t import cluster_t


def _by_matrices(y: np.ndarray, codes: np.ndarray) -> tuple[float, float]:
    """CR2 and its degrees of freedom by the general formulas for a regression on a constant."""
    n = y.size
    x = np.ones((n, 1))
    annihilator = np.eye(n) - x @ x.T / n
    columns, variance = [], 0.0
    for g in np.unique(codes):
        rows = codes == g
        block = annihilator[np.ix_(rows, rows)]
        # Rounding can leave a singular block with an imaginary part.
        root = np.real(linalg.fractional_matrix_power(block, -0.5))
        variance += float((x[rows].T @ root @ (annihilator @ y)[rows]).item()) ** 2 / n**2
        columns.append(annihilator[:, rows] @ root @ x[rows] / n)
    gram = np.hstack(columns).T @ np.hstack(columns)
    return variance**0.5, float(np.trace(gram) ** 2 / np.sum(gram * gram))


@pytest.mark.parametrize("sizes", [[3, 3, 3, 3], [4, 1, 2], [10, 2, 2, 1, 1, 1]])
def test_against_the_general_formulas(sizes: list[int]) -> None:
    codes = np.repeat(np.arange(len(sizes)), sizes)
    y = np.random.default_rng(sum(sizes)).random(codes.size)
    found = cluster_t(y, clusters=codes)
    assert found is not None
    assert (found.standard_error, found.df) == pytest.approx(_by_matrices(y, codes), rel=1e-6)


def test_independent_problems_are_the_ordinary_t() -> None:
    y = np.random.default_rng(0).normal(0.3, 0.2, 17)
    found = cluster_t(y)
    assert found is not None
    reference = stats.ttest_1samp(y, 0)
    assert (found.test().statistic, found.test().pvalue) == pytest.approx((reference.statistic, reference.pvalue))
    interval, e = reference.confidence_interval(0.9), found.estimate(confidence_level=0.9)
    assert (e.low, e.high) == pytest.approx((interval.low, interval.high))
    assert {e.method, found.test().method} == {"t"}
    clustered = cluster_t(y, clusters=[i // 2 for i in range(17)])
    assert clustered is not None
    assert {clustered.estimate().method, clustered.test().method} == {"cluster_t_cr2"}


def test_one_large_cluster_leaves_few_degrees_of_freedom() -> None:
    codes = np.array([0] * 77 + list(range(1, 78)))
    found = cluster_t(np.random.default_rng(1).random(154), clusters=codes)
    assert found is not None
    assert 3 < found.df < 5


def test_none_where_there_is_no_error() -> None:
    assert cluster_t([0.5, 0.5]) is None
    assert cluster_t([0.1, 0.9], clusters=["a", "a"]) is None
