"""Kappa against published values and the formula of its standard error written out."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from evalsuite.stats.agreement import cohens_kappa


@pytest.mark.parametrize(
    ("table", "expected"),
    [([[20, 5], [10, 15]], 0.4), ([[45, 15], [25, 15]], 0.1304), ([[25, 35], [5, 35]], 0.2593)],
)
def test_kappa_reference_values(table: list[list[int]], expected: float) -> None:
    a = cohens_kappa(table)
    assert a.kappa.value == pytest.approx(expected, abs=5e-5)
    margin = stats.norm.ppf(0.975) * standard_error(np.array(table))
    assert (a.kappa.low, a.kappa.high) == pytest.approx((a.kappa.value - margin, a.kappa.value + margin))


def standard_error(counts: NDArray[np.int64]) -> float:
    """The formula of Fleiss, Cohen and Everitt (1969), cell by cell."""
    n, k = counts.sum(), len(counts)
    p = counts / n
    rows, columns = p.sum(1), p.sum(0)
    observed, chance = np.trace(p), rows @ columns
    total = 0.0
    for i in range(k):
        for j in range(k):
            factor = (rows[j] + columns[i]) * (1 - observed)
            total += p[i, j] * (((1 - chance) * (i == j) - factor) ** 2)
    variance = total - (observed * chance - 2 * chance + observed) ** 2
    return float(np.sqrt(max(variance, 0.0) / n) / (1 - chance) ** 2)


@settings(deadline=None, max_examples=60, derandomize=True)
@given(
    st.integers(2, 4).flatmap(
        lambda k: st.lists(st.lists(st.integers(0, 9), min_size=k, max_size=k), min_size=k, max_size=k)
    )
)
def test_kappa_equals_its_formula_and_is_symmetric(table: list[list[int]]) -> None:
    counts = np.array(table)
    rows, columns = counts.sum(1), counts.sum(0)
    if rows @ columns >= counts.sum() ** 2 * (1 - 1e-12):
        with pytest.raises(ValueError, match=r"one category|sum of at least 1"):
            cohens_kappa(table)
        return
    a = cohens_kappa(table)
    if a.kappa.method != "bounded":
        chance = rows @ columns / counts.sum() ** 2
        assert a.kappa.value == pytest.approx((np.trace(counts) / counts.sum() - chance) / (1 - chance))
        low = a.kappa.value - stats.norm.ppf(0.975) * standard_error(counts)
        assert a.kappa.low == pytest.approx(max(-1, low))
    assert a.kappa.low <= a.kappa.value + 1e-12
    assert a.kappa.value - 1e-12 <= a.kappa.high
    assert a.kappa.high - a.kappa.low > 1e-6
    turned = cohens_kappa(counts.T)
    assert turned.kappa.low == pytest.approx(a.kappa.low)
    relabelled = cohens_kappa(counts[::-1, ::-1])
    assert relabelled.kappa.high == pytest.approx(a.kappa.high)


def test_indices() -> None:
    a = cohens_kappa([[80, 10], [5, 5]])
    assert (a.prevalence_index, a.bias_index) == pytest.approx((0.75, 0.05))
    assert a.adjusted_kappa == pytest.approx(2 * 0.85 - 1)
    assert a.agreement.value == pytest.approx(0.85)
    assert a.chance_agreement == pytest.approx(0.9 * 0.85 + 0.1 * 0.15)
    assert cohens_kappa(np.eye(3, dtype=int) * 4).prevalence_index is None


def test_perfect_agreement_has_a_width() -> None:
    a = cohens_kappa([[10, 0], [0, 5]])
    lower = stats.binomtest(15, 15).proportion_ci(method="exact").low
    chance = (10 / 15) ** 2 + (5 / 15) ** 2
    assert (a.kappa.value, a.kappa.high) == (pytest.approx(1), 1.0)
    assert a.kappa.low == pytest.approx((lower - chance) / (1 - chance))
    assert a.kappa.method == "bounded"


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ([[1, 2]], "square table"),
        ([[3]], "two categories"),
        ([[0, 0], [0, 0]], "at least 1"),
        ([[5, 0], [0, 0]], "0/0"),
    ],
)
def test_kappa_refusals(table, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        cohens_kappa(table)
