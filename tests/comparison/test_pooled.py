"""Several problem sets in one answer: against the paired table of all problems, and the level of the whole family."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from evalsuite.comparison.pair import compare_pair
from evalsuite.comparison.paired_table import PairedComparison, compare_table
from evalsuite.comparison.pooled import pool
from evalsuite.errors import ComparisonError
from evalsuite.scores import ScoreMatrix
from evalsuite.stats.paired import PairedTable
from evalsuite.stats.random_effects import random_effects

LABELS = ("base", "new")


def run(label: str, correct: NDArray[np.bool_], name: str) -> ScoreMatrix:
    """Return a run on the problems of the set `name`."""
    correct = correct.reshape(len(correct), -1)
    keys = tuple(f"{name}{i}" for i in range(len(correct)))
    return ScoreMatrix(label, keys, keys, correct, np.ones_like(correct), np.zeros_like(correct))


def pair(rng: np.random.Generator, n: int, base: float, new: float, name: str) -> tuple[ScoreMatrix, ScoreMatrix]:
    return run("base", rng.random(n) < base, name), run("new", rng.random(n) < new, name)


def test_all_problems_together_are_one_paired_table() -> None:
    rng = np.random.default_rng(0)
    pairs = [pair(rng, n, 0.4, 0.6, name) for n, name in ((60, "a"), (25, "b"), (7, "c"))]
    found = pool(pairs, labels=LABELS)
    base, new = (np.concatenate([p[i].correct[:, 0] for p in pairs]) for i in (0, 1))
    plain = compare_table(PairedTable.from_scores(base, new))
    assert isinstance(found.together, PairedComparison)
    assert found.together.table == plain.table
    assert found.together.difference == plain.difference
    # Brute force of the mean of means, and of its interval from those of the sets.
    differences = [float(p[1].correct.mean() - p[0].correct.mean()) for p in pairs]
    assert found.each_set_alike.value == pytest.approx(np.mean(differences))
    below = sum(((c.difference.value - c.difference.low) / 3) ** 2 for c in found.sets)
    assert found.each_set_alike.low == pytest.approx(np.mean(differences) - below**0.5)
    assert [c.family_size for c in (*found.sets, found.together)] == [4] * 4


def test_the_sets_as_a_sample_of_sets() -> None:
    rng = np.random.default_rng(5)
    pairs = [pair(rng, 200, 0.4, new, name) for new, name in ((0.45, "a"), (0.6, "b"), (0.75, "c"))]
    found = pool(pairs, labels=LABELS).across_sets
    differences = [p[1].correct[:, 0].astype(float) - p[0].correct[:, 0] for p in pairs]
    variances = [np.var(np.append(d, [1, -1]), ddof=1) / 202 for d in differences]
    assert found == random_effects([d.mean() for d in differences], variances, bound=1.0)
    assert found.prediction is not None
    assert found.prediction.low < found.mean.low < found.mean.value < found.mean.high < found.prediction.high
    assert pool(pairs[:2], labels=LABELS).across_sets.prediction is None
    # Sets in which nothing changes still have a width.
    same = [(r := run("base", np.arange(20) < 9, name), replace(r, label="new")) for name in "abc"]
    quiet = pool(same, labels=LABELS).across_sets
    assert quiet.mean.value == quiet.between == 0
    assert quiet.mean.low < -0.02
    # Clusters that say the same weigh once.
    clustered = [tuple(replace(r, clusters=tuple(f"t{i % 4}" for i in range(200))) for r in p) for p in pairs]
    assert pool(clustered, labels=LABELS).across_sets.mean.value != found.mean.value


def test_holm_runs_over_the_sets_and_all_problems() -> None:
    rng = np.random.default_rng(1)
    found = pool([pair(rng, 40, 0.3, 0.7, name) for name in "ab"], labels=LABELS)
    every = (*found.sets, found.together)
    plain = sorted((c.verdict_pvalue, c.adjusted_pvalue) for c in every)
    running = 0.0
    for rank, (raw, adjusted) in enumerate(plain):
        running = max(running, min(1.0, (3 - rank) * raw))
        assert adjusted == pytest.approx(running)


def test_sets_that_differ_are_seen_and_equal_ones_are_not() -> None:
    opposite = [
        (run("base", np.arange(60) < 30, "a"), run("new", np.arange(60) < 50, "a")),
        (run("base", np.arange(60) < 30, "b"), run("new", np.arange(60) < 10, "b")),
    ]
    found = pool(opposite, labels=LABELS)
    assert found.together.difference.value == found.each_set_alike.value == 0
    assert found.differing.pvalue < 0.001
    assert found.i_squared > 0.9
    same = [opposite[0], (run("base", np.arange(60) < 30, "c"), run("new", np.arange(60) < 50, "c"))]
    found = pool(same, labels=LABELS)
    assert (found.differing.statistic, found.differing.pvalue, found.i_squared) == (pytest.approx(0), 1.0, 0.0)


def test_no_difference_at_all_has_a_width() -> None:
    one = np.ones(10, dtype=bool)
    found = pool([(run("base", one, n), run("new", one, n)) for n in "ab"], labels=LABELS)
    for estimate in (found.together.difference, found.each_set_alike):
        assert estimate.low < 0 < estimate.high
    assert (found.differing.pvalue, found.i_squared) == (1.0, 0.0)


def test_templates_and_several_completions_stay_what_they_are() -> None:
    rng = np.random.default_rng(3)
    first = [run(label, rng.random((30, 4)) < 0.5, "a") for label in LABELS]
    first = [replace(r, clusters=tuple(f"t{i % 10}" for i in range(30))) for r in first]
    second = [run(label, rng.random(20) < 0.5, "b") for label in LABELS]
    found = pool([(first[0], first[1]), (second[0], second[1])], labels=LABELS)
    assert found.together.n_clusters == 10 + 20
    assert found.differing.method == "score_sign_flip"
    means = [float(np.concatenate([(first[i].problem_means), second[i].problem_means]).mean()) for i in (0, 1)]
    assert found.together.difference.value == pytest.approx(means[1] - means[0])
    assert found.sets[0].difference == compare_pair(first[0], first[1]).difference


def test_a_problem_in_two_sets_is_refused_and_an_id_is_not() -> None:
    rng = np.random.default_rng(4)
    one = pair(rng, 10, 0.5, 0.5, "a")
    with pytest.raises(ComparisonError, match="is in base too and would count twice"):
        pool([one, one], labels=LABELS)
    by_id = [pair(rng, 10, 0.5, 0.5, "id:p") for _ in range(2)]
    assert pool(by_id, labels=LABELS).together.difference.n_problems == 20
    with pytest.raises(ComparisonError, match="two sets or more, got 1"):
        pool([one], labels=LABELS)


def test_the_family_keeps_its_level_and_verdicts_agree_with_intervals() -> None:
    # Three sets of unlike size and difficulty on which both runs are equal: any false verdict counts.
    rng, wrong, draws = np.random.default_rng(6), 0, 25
    for _ in range(draws):
        pairs = [pair(rng, n, p, p, name) for n, p, name in ((40, 0.5, "a"), (15, 0.9, "b"), (25, 0.1, "c"))]
        found = pool(pairs, labels=LABELS)
        every = (*found.sets, found.together)
        kinds = [c.verdict.kind for c in every]
        wrong += any(kind.startswith("resolved") for kind in kinds)
        for c, kind in zip(every, kinds, strict=True):
            excluded = c.difference.low > 0 or c.difference.high < 0
            # A resolved verdict of the family always has an interval without 0; the reverse waits for the adjustment.
            assert excluded or not kind.startswith("resolved")
            assert excluded == (c.verdict_pvalue < 0.05)
    # More than 4 of 25 has a chance below 0.01 at the level 0.05.
    assert wrong <= 4
