"""Adjusted p-values, Cochran's Q and best-of-C against published values, statsmodels and scipy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import cochrans_q
from statsmodels.stats.multitest import multipletests

from evalsuite.stats.multiplicity import best_of, cochran_q, holm
from evalsuite.stats.paired import PairedTable, mcnemar_asymptotic

# The fifteen p-values of Benjamini and Hochberg (1995), section 3.2.
FIFTEEN = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0,
]  # fmt: skip


def test_published_p_values():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx((0.03, 0.06, 0.06, 0.02))
    assert sum(p < 0.05 for p in holm(FIFTEEN)) == 3


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
@settings(deadline=None, max_examples=200, derandomize=True)
def test_statsmodels_agrees(pvalues):
    assert holm(pvalues) == pytest.approx(multipletests(pvalues, method="holm")[1], abs=1e-12)


def test_no_family_and_bad_values():
    assert holm([]) == ()
    with pytest.raises(ValueError, match="got nan"):
        holm([0.5, float("nan")])


def test_kuncheva_three_classifiers():
    patterns = {"111": 80, "110": 2, "100": 2, "011": 9, "010": 1, "001": 3, "000": 3}
    scores = np.array([[int(bit) for bit in bits] for bits, count in patterns.items() for _ in range(count)])
    found = cochran_q(scores)
    assert (found.statistic, found.pvalue) == pytest.approx((7.529412, 0.023174), abs=6e-7)
    theirs = cochrans_q(scores)
    assert (found.statistic, found.pvalue) == pytest.approx((theirs.statistic, theirs.pvalue), rel=1e-12)


@given(st.tuples(*[st.integers(0, 20)] * 4).filter(lambda t: sum(t) > 0))
@settings(deadline=None, max_examples=40, derandomize=True)
def test_two_runs_are_the_asymptotic_mcnemar_test(counts):
    both, wins, losses, neither = counts
    scores = [[1, 1]] * both + [[0, 1]] * wins + [[1, 0]] * losses + [[0, 0]] * neither
    expected = mcnemar_asymptotic(PairedTable(*counts))
    found = cochran_q(scores)
    assert (found.statistic, found.pvalue) == pytest.approx((expected.statistic, expected.pvalue), abs=1e-12)


def test_runs_that_agree_everywhere():
    found = cochran_q([[1, 1, 1], [0, 0, 0]])
    assert (found.statistic, found.pvalue, found.effect) == (0, 1, 0)
    with pytest.raises(ValueError, match=r"n_runs >= 2, got \(2, 1\)"):
        cochran_q([[1], [0]])
    with pytest.raises(ValueError, match="0 and 1 only"):
        cochran_q([[1, 2]])


@pytest.mark.parametrize(
    ("candidates", "any_below", "maximum"),
    [(2, 0.098, 0.5642), (5, 0.226, 1.1630), (10, 0.401, 1.5388), (20, 0.642, 1.8675)],
)
def test_best_of_several(candidates, any_below, maximum):
    found = best_of(candidates, 1319, 0.2)
    assert found.any_below_alpha == pytest.approx(any_below, abs=6e-4)
    assert found.expected_maximum == pytest.approx(maximum, abs=6e-5)


def test_best_of_ten_from_nothing():
    for n, points in ((1319, 1.89), (200, 4.87), (20, 15.4)):
        assert 100 * best_of(10, n, 0.2).expected_gain == pytest.approx(points, abs=0.06 if n == 20 else 0.006)
    draws = np.random.default_rng(5).standard_normal((40_000, 7)).max(axis=1)
    assert best_of(7, 100, 0.2).expected_maximum == pytest.approx(draws.mean(), abs=0.013)
    assert best_of(1, 100, 0.2).expected_gain == 0
    with pytest.raises(ValueError, match="candidates=0"):
        best_of(0, 10, 0.2)
