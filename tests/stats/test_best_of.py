"""The best of several runs: against single tests, and how often equal checkpoints give a false gain."""

import os

import numpy as np
import pytest
from scipy import stats

from evalsuite.stats.best_of import best_of, picked_difference
from evalsuite.stats.bounded_mean import bounded_mean
from evalsuite.stats.paired import PairedTable, mcnemar_exact

LONG = bool(os.environ.get("EVALSUITE_LONG_TESTS"))


def test_two_runs_are_one_one_sided_mcnemar_test() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 2, (2, 50)).astype(float)
    found, table = best_of([a, b]), PairedTable.from_scores(a, b)
    worse = 0 if table.wins > table.losses else 1
    expected = stats.binom.cdf(min(table.wins, table.losses), table.discordant, 0.5)
    assert found.pvalues[worse] == pytest.approx(expected)
    assert found.leader == 1 - worse


def test_one_picked_run_is_the_ordinary_comparison() -> None:
    rng = np.random.default_rng(2)
    base, new = rng.integers(0, 2, (2, 60)).astype(float)
    found = picked_difference(base, [new])
    assert found.pvalue == pytest.approx(mcnemar_exact(PairedTable.from_scores(base, new)).pvalue)
    assert found.difference == bounded_mean(new - base, bounds=(-1, 1)).estimate()


@pytest.mark.parametrize("runs", [5, 20])
def test_equal_checkpoints_seldom_give_a_gain_and_seldom_lose_the_best(runs: int) -> None:
    rng, draws = np.random.default_rng(runs), 1000 if LONG else 120
    false, naive, dropped = 0, 0, 0
    for _ in range(draws):
        p = rng.random(200)
        base, new = rng.binomial(1, p).astype(float), rng.binomial(1, p, (runs, 200)).astype(float)
        found = picked_difference(base, new)
        false += found.pvalue < 0.05
        assert (found.pvalue < 0.05) == (found.difference.low > 0 or found.difference.high < 0)
        naive += found.pvalue / runs < 0.05
        # All are equally good; the one that stands first is as much the best as any.
        if runs == 5:
            dropped += 0 not in best_of(new).possible
    limit = stats.binom.ppf(0.999, draws, 0.05)
    assert false <= limit
    if runs == 20:
        assert naive > limit
    assert dropped <= limit


def test_a_clear_winner_stands_alone() -> None:
    scores = np.zeros((3, 40))
    scores[1] = 1
    found = best_of(scores)
    assert found.leader == 1
    assert found.possible == (1,)
    with pytest.raises(ValueError, match="2 or more runs"):
        best_of(scores[:1])
