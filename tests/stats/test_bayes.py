"""The posterior probability against published values and closed forms."""

from fractions import Fraction
from math import comb

import pytest

from evalsuite.stats.bayes import probability_new_better
from evalsuite.stats.paired import PairedTable


@pytest.mark.parametrize(
    ("wins", "losses", "expected"),
    [(1, 0, 0.75), (1, 2, 0.3125), (0, 1, 0.25), (4, 5, 0.3770), (80, 50, 0.9957), (0, 0, 0.5)],
)
def test_published_rows(wins, losses, expected):
    assert probability_new_better(PairedTable(1, wins, losses, 3)) == pytest.approx(expected, abs=6e-5)


def test_uniform_prior_is_a_binomial_tail():
    for wins, losses in [(3, 8), (20, 11), (700, 620)]:
        m = wins + losses + 1
        tail = Fraction(sum(comb(m, k) for k in range(wins + 1)), 2**m)
        assert probability_new_better(PairedTable(0, wins, losses, 0)) == pytest.approx(float(tail), rel=1e-11)


def test_swapping_arms():
    better = probability_new_better(PairedTable(3, 7, 2, 8))
    assert better + probability_new_better(PairedTable(3, 2, 7, 8)) == pytest.approx(1)


def test_bad_arguments_are_named():
    table = PairedTable(1, 1, 1, 1)
    with pytest.raises(ValueError, match="prior must be positive, got 0"):
        probability_new_better(table, prior=0)
