"""Kappa against statsmodels and published values; Rogan-Gladen by hand and by coverage."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.inter_rater import cohens_kappa as oracle_kappa

from evalsuite.stats.agreement import cohens_kappa, rogan_gladen


@pytest.mark.parametrize(
    ("table", "expected"),
    [([[20, 5], [10, 15]], 0.4), ([[45, 15], [25, 15]], 0.1304), ([[25, 35], [5, 35]], 0.2593)],
)
def test_kappa_reference_values(table: list[list[int]], expected: float) -> None:
    a = cohens_kappa(table)
    assert a.kappa.value == pytest.approx(expected, abs=5e-5)
    oracle = oracle_kappa(np.array(table))
    assert (a.kappa.low, a.kappa.high) == pytest.approx((oracle.kappa_low, oracle.kappa_upp))


@settings(deadline=None, max_examples=60, derandomize=True)
@given(
    st.integers(2, 4).flatmap(
        lambda k: st.lists(st.lists(st.integers(0, 9), min_size=k, max_size=k), min_size=k, max_size=k)
    )
)
def test_kappa_equals_statsmodels_and_is_symmetric(table: list[list[int]]) -> None:
    counts = np.array(table)
    rows, columns = counts.sum(1), counts.sum(0)
    if rows @ columns >= counts.sum() ** 2 * (1 - 1e-12):
        with pytest.raises(ValueError, match=r"one category|sum of at least 1"):
            cohens_kappa(table)
        return
    a = cohens_kappa(table)
    if a.kappa.method != "bounded":
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            oracle = oracle_kappa(counts)
        assert a.kappa.value == pytest.approx(oracle.kappa)
        assert a.kappa.low == pytest.approx(max(-1, oracle.kappa_low))
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


def test_rogan_gladen_by_hand() -> None:
    # A nearly perfect grader with many checks is the Agresti-Coull interval of the raw share.
    e = rogan_gladen(60, 100, sensitivity=(10**9, 10**9), specificity=(10**9, 10**9))
    n, p = 100 + 1.959964**2, (60 + 1.959964**2 / 2) / (100 + 1.959964**2)
    margin = 1.959964 * np.sqrt(p * (1 - p) / n)
    assert (e.low, e.high) == pytest.approx((p - margin, p + margin), abs=1e-6)
    e = rogan_gladen(120, 200, sensitivity=(95, 100), specificity=(98, 100))
    assert e.value == pytest.approx((0.6 + 0.98 - 1) / (0.95 + 0.98 - 1))
    # Counting wrong answers instead mirrors everything.
    m = rogan_gladen(80, 200, sensitivity=(98, 100), specificity=(95, 100))
    assert (m.low, m.high) == pytest.approx((1 - e.high, 1 - e.low))


def test_rogan_gladen_covers() -> None:
    rng = np.random.default_rng(0)
    p, se, sp, draws = 0.4, 0.9, 0.95, 2000
    graded = rng.binomial(200, p * se + (1 - p) * (1 - sp), draws)
    hits = 0
    for x, a, b in zip(graded, rng.binomial(60, se, draws), rng.binomial(80, sp, draws), strict=True):
        e = rogan_gladen(int(x), 200, sensitivity=(int(a), 60), specificity=(int(b), 80))
        hits += e.low <= p <= e.high
    # Exact 99.9% band around 0.95; without the grader's uncertainty coverage falls below 0.9.
    assert stats.binom.ppf(0.0005, draws, 0.95) <= hits <= stats.binom.ppf(0.9995, draws, 0.965)


def test_rogan_gladen_edges() -> None:
    e = rogan_gladen(1, 100, sensitivity=(50, 50), specificity=(47, 50))
    assert (e.value, e.low, e.method) == (0.0, 0.0, "lang_reiczigel_cut")
    assert e.high > 0
    one = rogan_gladen(1, 1, sensitivity=(1, 1), specificity=(1, 1))
    assert one.high - one.low > 0.1
    with pytest.raises(ValueError, match="errs differently here"):
        rogan_gladen(0, 2000, sensitivity=(900, 1000), specificity=(800, 1000))
    with pytest.raises(ValueError, match="better than chance"):
        rogan_gladen(5, 10, sensitivity=(5, 10), specificity=(5, 10))
    with pytest.raises(ValueError, match="for specificity, got 3 of 2"):
        rogan_gladen(5, 10, sensitivity=(5, 10), specificity=(3, 2))


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
