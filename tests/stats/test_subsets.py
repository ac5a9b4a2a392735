from itertools import combinations

import numpy as np
import pytest
from scipy.stats import binomtest

from evalsuite.stats.paired import PairedTable
from evalsuite.stats.subsets import equal_models_noise, independent_subsets_noise, outlook, reversal, scores_exactly

TABLE = PairedTable(both=3, wins=3, losses=2, neither=3)


def scores(table: PairedTable) -> tuple[np.ndarray, np.ndarray]:
    base = np.repeat([1, 0, 1, 0], [table.both, table.wins, table.losses, table.neither])
    new = np.repeat([1, 1, 0, 0], [table.both, table.wins, table.losses, table.neither])
    return base, new


def subsets(table: PairedTable, n: int) -> np.ndarray:
    """All subsets of n problems. (n_subsets, n)"""
    return np.array(list(combinations(range(table.n), n)))


@pytest.mark.parametrize("n", [1, 2, 5, 8, 11])
def test_against_all_subsets(n: int) -> None:
    base, new = scores(TABLE)
    rows = subsets(TABLE, n)
    old, late = base[rows].sum(axis=1), new[rows].sum(axis=1)
    assert reversal(TABLE, n) == pytest.approx((late < old).mean(), abs=1e-12)
    for k in range(n + 1):
        for j in range(n + 1):
            assert scores_exactly(TABLE, n, k, j) == pytest.approx(((old == k) & (late == j)).mean(), abs=1e-12)


@pytest.mark.parametrize("n", [1, 3, 6])
@pytest.mark.parametrize("gap", [1, 2, 3])
def test_equal_models_against_all_subsets_and_all_flips(n: int, gap: int) -> None:
    base, new = scores(TABLE)
    d = (new - base)[subsets(TABLE, n)]
    flips = np.array([[(code >> i) & 1 for i in range(n)] for code in range(2**n)]) * 2 - 1
    # Flipping a problem without a difference changes nothing, so every flip of all n problems is equally likely.
    leads = (d[:, None, :] * flips[None]).sum(axis=2)
    assert equal_models_noise(TABLE, n, gap) == pytest.approx((leads >= gap).mean(), abs=1e-12)


def test_draw_noise_against_pairs_of_subsets() -> None:
    base, _ = scores(TABLE)
    totals = base[subsets(TABLE, 4)].sum(axis=1)
    for gap in (1, 2, 4):
        seen = (totals[None, :] - totals[:, None] >= gap).mean()
        assert independent_subsets_noise(int(base.sum()), TABLE.n, 4, gap) == pytest.approx(seen, abs=1e-12)


def test_large_set_approaches_the_binomial_limit() -> None:
    # Of 5 problems at discordance 0.2, equal models show a lead of one or more in 28.38% of runs.
    assert equal_models_noise(PairedTable(40_000, 20_000, 20_000, 120_000), 5, 1) == pytest.approx(0.2838, abs=2e-4)


def test_mirror_and_edges() -> None:
    swapped = PairedTable(TABLE.both, TABLE.losses, TABLE.wins, TABLE.neither)
    assert reversal(swapped, 5) == pytest.approx(reversal(TABLE, 5), abs=1e-15)
    assert reversal(PairedTable(5, 2, 2, 5), 6) == 0
    assert equal_models_noise(PairedTable(5, 0, 0, 5), 6, 1) == 0
    assert scores_exactly(TABLE, TABLE.n, 5, 6) == pytest.approx(1)
    with pytest.raises(ValueError, match="n must lie between 1 and the 11"):
        reversal(TABLE, 12)
    with pytest.raises(ValueError, match="gap"):
        equal_models_noise(TABLE, 5, 0)


@pytest.mark.parametrize("n", [1, 3, 6, 9])
def test_outlook_against_every_subset(n: int) -> None:
    # With alpha 0.3 three wins of three resolve, so that a full enumeration reaches it.
    table = PairedTable(both=1, wins=4, losses=2, neither=2)
    problems = [0, 1, 1, 1, 1, -1, -1, 0, 0]
    counts = {"gain": 0, "equal": 0, "loss": 0, "resolved_gain": 0, "resolved_loss": 0}
    chosen = list(combinations(problems, n))
    for subset in chosen:
        wins, losses = subset.count(1), subset.count(-1)
        rejected = wins + losses > 0 and binomtest(wins, wins + losses).pvalue < 0.3
        name = "gain" if wins > losses else "loss" if wins < losses else "equal"
        counts[name] += 1
        if rejected and name != "equal":
            counts[f"resolved_{name}"] += 1
    found = outlook(table, n, alpha=0.3)
    for name, count in counts.items():
        assert getattr(found, name) == pytest.approx(count / len(chosen), abs=1e-12)


def test_outlook_of_the_whole_run_is_the_run() -> None:
    found = outlook(PairedTable(both=300, wins=80, losses=50, neither=889), 1319)
    assert (found.gain, found.equal, found.loss) == pytest.approx((1, 0, 0))
    assert (found.resolved_gain, found.resolved_loss) == pytest.approx((1, 0))
    # Five problems resolve nothing, whatever the run.
    five = outlook(PairedTable(both=0, wins=20, losses=0, neither=0), 5)
    assert (five.gain, five.resolved_gain) == pytest.approx((1, 0))
