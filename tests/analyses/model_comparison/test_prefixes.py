"""What the sliders say is what counting every set of problems one by one says."""

import json
from itertools import combinations

import pytest
from planted import PlantRun
from scipy.stats import binomtest

from analyses.model_comparison import analysis as model_comparison
from evalsuite.comparison.pair import compare_pair
from evalsuite.findings import Findings
from evalsuite.store.runs import find_run, score_matrix
from evalsuite.store.store import Store
from evalsuite.wording import numbers
from reports.sliders import sliders

BASE, NEW = [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1], [0, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 1, 1]
REPEATED_BASE = [[1, 0], [0, 0], [0, 1], [1, 1], [0, 0], [0, 0], [1, 0], [0, 0], [1, 1], [0, 1]]
REPEATED_NEW = [[1, 1], [0, 1], [0, 0], [1, 1], [1, 0], [0, 1], [1, 1], [0, 0], [1, 0], [1, 1]]


def compared(store: Store) -> Findings:
    return model_comparison.analyse(store, ("base", "new"))


def counted(size: int) -> dict[str, float]:
    """Return the share of all sets of so many problems that the exact McNemar test of each calls a gain or a loss."""
    found = {"gain": 0, "loss": 0}
    sets = list(combinations(range(len(BASE)), size))
    for chosen in sets:
        wins = sum(NEW[i] > BASE[i] for i in chosen)
        losses = sum(NEW[i] < BASE[i] for i in chosen)
        if wins + losses and binomtest(wins, wins + losses).pvalue < 0.05:
            found["gain" if wins > losses else "loss"] += 1
    return {name: k / len(sets) for name, k in found.items()}


@pytest.mark.parametrize("size", [5, 10, 13])
def test_shares_of_sets_are_those_of_all_sets_counted_one_by_one(store: Store, plant: PlantRun, size: int) -> None:
    plant("base", BASE)
    plant("new", NEW)
    found = compared(store)
    row = next(row for row in found.table("prefixes").records() if row["n"] == size)
    expected = counted(size)
    assert row["resolved_gain"] == pytest.approx(expected["gain"], abs=1e-12)
    assert row["resolved_loss"] == pytest.approx(expected["loss"], abs=1e-12)
    assert 0 < counted(10)["gain"] < 1, "a design in which sets differ"
    slider = next(one for one in sliders([found], key="a1") if one.key == "a1-prefixes")
    step = next(one for one in json.loads(slider.steps) if one[4] == size)
    shares = [numbers.chance(share) for share in (expected["gain"], expected["loss"], 1 - sum(expected.values()))]
    assert "Of all sets of so many, {} show a gain, {} a loss, {} leave it open.".format(*shares) in step[5]


def test_of_repeated_completions_random_sets_come_close_to_all_sets(store: Store, plant: PlantRun) -> None:
    plant("base", REPEATED_BASE)
    plant("new", REPEATED_NEW)
    row = next(row for row in compared(store).table("prefixes").records() if row["n"] == 5)
    moved = [sum(new) - sum(base) for base, new in zip(REPEATED_BASE, REPEATED_NEW, strict=True)]
    sums = [sum(moved[i] for i in chosen) for chosen in combinations(range(len(moved)), 5)]
    # Four standard errors of a share of 2,000 random sets.
    assert row["ahead"] == pytest.approx(sum(s > 0 for s in sums) / len(sums), abs=0.045)
    assert row["behind"] == pytest.approx(sum(s < 0 for s in sums) / len(sums), abs=0.045)


def test_a_smaller_token_limit_counts_longer_answers_as_wrong(store: Store, plant: PlantRun) -> None:
    plant("base", BASE)
    plant("new", NEW)
    store.connection.execute("UPDATE completions SET n_tokens = 10 + 5 * (hash(problem_id, run_id) % 10)::INTEGER")
    found = compared(store)
    runs = [find_run(store, label) for label in ("base", "new")]
    of_run = "SELECT problem_id, n_tokens FROM completions WHERE run_id = ?"
    lengths = [dict(store.connection.execute(of_run, [run.run_id]).fetchall()) for run in runs]
    rows = found.table("token_limit_shorter").records()
    assert len(rows) > 3
    for row in rows:
        limit = int(str(row["x"]))
        right = []
        for run, tokens in zip(runs, lengths, strict=True):
            scores = score_matrix(store, run)
            right.append(
                [bool(scores.correct[i, 0]) and tokens[key] <= limit for i, key in enumerate(scores.problem_ids)]
            )
        assert row["base"] == pytest.approx(sum(right[0]) / len(BASE))
        assert row["y"] == pytest.approx((sum(right[1]) - sum(right[0])) / len(BASE))
    base, new = (score_matrix(store, run) for run in runs)
    assert (rows[-1]["low"], rows[-1]["high"]) == (
        compare_pair(base, new).difference.low, compare_pair(base, new).difference.high,
    )  # fmt: skip
