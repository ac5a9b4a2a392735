"""Posterior statements against closed forms and simulation from the posterior."""

from fractions import Fraction
from math import comb

import numpy as np
import pytest

from evalsuite.stats.bayes import (
    credible_difference,
    probability_new_better,
    probability_new_better_unpaired,
    sensitivity,
)
from evalsuite.stats.paired import PairedTable


@pytest.mark.parametrize(
    ("wins", "losses", "expected"),
    [(1, 0, 0.75), (1, 2, 0.3125), (0, 1, 0.25), (4, 5, 0.3770), (80, 50, 0.9957), (0, 0, 0.5)],
)
def test_published_rows(wins, losses, expected):
    assert probability_new_better(PairedTable(1, wins, losses, 3)) == pytest.approx(expected, abs=6e-5)


def test_prior_sensitivity():
    assert sensitivity(PairedTable(1, 1, 0, 3)) == pytest.approx({1.0: 0.75, 0.5: 0.8183, 0.25: 0.8814}, abs=6e-5)


def test_uniform_prior_is_a_binomial_tail():
    for wins, losses in [(3, 8), (20, 11), (700, 620)]:
        m = wins + losses + 1
        tail = Fraction(sum(comb(m, k) for k in range(wins + 1)), 2**m)
        assert probability_new_better(PairedTable(0, wins, losses, 0)) == pytest.approx(float(tail), rel=1e-11)


@pytest.mark.parametrize("prior", [1.0, 0.5, 0.25])
@pytest.mark.parametrize("counts", [(1, 1, 0, 3), (450, 80, 50, 739), (0, 5, 0, 0), (3, 0, 0, 2)])
def test_credible_interval_by_simulation(counts, prior):
    table = PairedTable(*counts)
    draws = np.random.default_rng(3).dirichlet(np.array(counts) + prior, 200_000)
    delta = draws[:, 1] - draws[:, 2]
    e = credible_difference(table, prior=prior)
    assert e.value == pytest.approx(delta.mean(), abs=0.003)
    # Four standard errors of a tail share from 200,000 draws.
    assert (delta < e.low).mean() == pytest.approx(0.025, abs=0.0015)
    assert (delta > e.high).mean() == pytest.approx(0.025, abs=0.0015)
    assert (delta > 0).mean() == pytest.approx(probability_new_better(table, prior=prior), abs=0.005)


def test_swapping_arms():
    e, s = credible_difference(PairedTable(3, 7, 2, 8)), credible_difference(PairedTable(3, 2, 7, 8))
    assert (e.value, e.low, e.high) == pytest.approx((-s.value, -s.high, -s.low), abs=1e-10)
    better = probability_new_better(PairedTable(3, 7, 2, 8))
    assert better + probability_new_better(PairedTable(3, 2, 7, 8)) == pytest.approx(1)


def test_unpaired():
    assert probability_new_better_unpaired((1, 5), (2, 5)) == pytest.approx(8 / 11, abs=1e-12)
    assert probability_new_better_unpaired((11, 20), (10, 20)) == pytest.approx(0.3789, abs=6e-5)
    for prior in (1.0, 0.3):
        there = probability_new_better_unpaired((0, 7), (900, 1319), prior=prior)
        back = probability_new_better_unpaired((900, 1319), (0, 7), prior=prior)
        assert there + back == pytest.approx(1, abs=1e-6)
    rng = np.random.default_rng(1)
    share = (rng.beta(3.5, 2.5, 100_000) > rng.beta(1.5, 8.5, 100_000)).mean()
    assert probability_new_better_unpaired((1, 9), (3, 5), prior=0.5) == pytest.approx(share, abs=0.004)


def test_bad_arguments_are_named():
    table = PairedTable(1, 1, 1, 1)
    with pytest.raises(ValueError, match="prior must be positive, got 0"):
        probability_new_better(table, prior=0)
    with pytest.raises(ValueError, match="confidence_level"):
        credible_difference(table, confidence_level=1.0)
    with pytest.raises(ValueError, match=r"new needs .* \(6, 5\)"):
        probability_new_better_unpaired((1, 5), (6, 5))
