"""The accuracy of a run with several completions per problem: the shown interval keeps its level at the ends too."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import binom

from evalsuite.comparison.accuracy import accuracy_estimate, t_estimate
from evalsuite.scores import ScoreMatrix

K = 8


def run_of(right: NDArray[np.int64], clusters: tuple[str, ...] | None = None) -> ScoreMatrix:
    ids = tuple(map(str, range(len(right))))
    correct = np.arange(K)[None, :] < right[:, None]
    return ScoreMatrix("run", ids, ids, correct, np.ones_like(correct), np.zeros_like(correct), clusters=clusters)


@pytest.mark.parametrize(
    ("n", "rare", "usual", "share"), [(100, 0.5, 0.002, 0.02), (100, 0.5, 0.998, 0.02), (40, 0.2, 0.8, 0.5)]
)
def test_the_shown_interval_covers_at_floor_ceiling_and_middle(n, rare, usual, share):
    rng = np.random.default_rng(7)
    truth, n_draws = share * rare + (1 - share) * usual, 300
    covered = {"shown": 0, "t": 0}
    for _ in range(n_draws):
        run = run_of(rng.binomial(K, np.where(rng.random(n) < share, rare, usual)))
        for name, e in (("shown", accuracy_estimate(run)), ("t", t_estimate(run))):
            covered[name] += e.low <= truth <= e.high
    lowest = binom.ppf(0.001, n_draws, 0.95)
    assert covered["shown"] >= lowest
    assert covered["t"] <= covered["shown"]
    if share < 0.1:
        assert covered["t"] < lowest


def test_templates_are_the_unit():
    right = np.repeat([0, 8, 4, 6], 5)
    alone = accuracy_estimate(run_of(right))
    clustered = accuracy_estimate(run_of(right, tuple(np.repeat(["a", "b", "c", "d"], 5))))
    assert alone.value == clustered.value == pytest.approx(18 / 32)
    assert clustered.low < alone.low
    assert clustered.high > alone.high
    assert clustered.method == "bounded_mean"
