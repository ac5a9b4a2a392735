"""The verdict and the printed interval never contradict each other, in any design.

`EVALSUITE_CASES=100000 pytest tests/comparison/test_verdict_and_interval.py` looks at so many random designs;
`EVALSUITE_FIRST_CASE` says where to begin, so that several processes can share them. Beyond a hundred cases what is
said in words is read in every twentieth.
"""

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest
from contradictions import contradiction, misprinted, random_comparisons, random_run, random_tables
from contradictions_of_arms import (
    contradiction_of_arms,
    contradiction_of_best,
    random_arms,
    random_best,
    random_scores,
)

from evalsuite.comparison.pair import TwoRunComparison, adjust_family, compare_pair
from evalsuite.comparison.paired_table import PairedComparison, compare_table
from evalsuite.scores import ScoreMatrix
from evalsuite.stats.paired import PairedTable
from evalsuite.wording import best_run as best_words
from evalsuite.wording.two_runs import family, sentence

CASES, FIRST = int(os.environ.get("EVALSUITE_CASES", "25")), int(os.environ.get("EVALSUITE_FIRST_CASE", "0"))


@pytest.mark.parametrize("design", [random_comparisons, random_tables, random_scores])
def test_never_a_contradiction(design: Callable[[int], Iterator[TwoRunComparison]]) -> None:
    found = {}
    for seed in range(FIRST, FIRST + CASES):
        read = CASES <= 100 or seed % 20 == 0
        wrong = {words for c in design(seed) if (words := contradiction(c, words=read))}
        if wrong:
            found[seed] = wrong
    assert not found


def test_never_a_contradiction_over_training_seeds() -> None:
    # One comparison takes as long as ten of two runs.
    cases = range(FIRST, FIRST + -(-CASES // 10))
    found = {seed: wrong for seed in cases for c in random_arms(seed) if (wrong := contradiction_of_arms(c))}
    assert not found


def test_the_best_run_never_contradicts_its_comparison() -> None:
    cases = range(FIRST, FIRST + CASES)
    found = {seed: wrong for seed in cases for best in random_best(seed) if (wrong := contradiction_of_best(*best))}
    assert not found


@pytest.mark.parametrize(
    ("said", "kind", "pvalue"),
    [
        ("95% CI 0 to +12 pp", "resolved gain", 0.01),
        ("95% CI −12 to 0 pp", "resolved loss", 0.01),
        ("95% CI −3 to +12 pp", "resolved gain", 0.01),
        ("95% CI +3 to +12 pp", "unresolved", 0.06),
    ],
)
def test_a_printed_interval_that_belies_the_verdict_would_be_seen(said: str, kind: str, pvalue: float) -> None:
    assert "prints an interval" in misprinted(said, kind, pvalue, 0.05)


def test_the_interval_of_a_picked_run_that_only_holm_resolves_is_not_printed_with_a_zero() -> None:
    """Found by the search: it ended at the smallest number above 0, printed as 0.000000."""
    [(best, family)] = random_best(422)
    assert best.difference.high == -sys.float_info.min
    assert contradiction_of_best(best, family) == ""
    assert "−44 to −0 pp" in best_words.sentences(best)[-1]


def test_a_contradiction_would_be_seen() -> None:
    """The check itself must fail where a verdict is made from another p-value than the interval."""
    flawed = [
        replace(c, pvalues={**c.pvalues, next(iter(c.pvalues)): 1e-15})
        for seed in range(12)
        for c in random_comparisons(seed)
        if c.adjusted_pvalue is None
        and c.without_cap is None
        and c.every_look is None
        and c.difference.low < 0 < c.difference.high
    ]
    assert flawed
    assert all("includes zero" in contradiction(c) for c in flawed if c.difference.value != 0)


def test_claims_of_several_new_runs_are_one_family_each() -> None:
    rng = np.random.default_rng(3)
    base = random_run(rng, "base", 400, 1, None)
    base = replace(base, correct=np.arange(400)[:, None] < 200, truncated=np.zeros((400, 1), bool))
    news = []
    for i, flips in enumerate((6, 7, 8)):
        correct = base.correct.copy()
        correct[200 - flips // 2 : 200 - flips // 2 + flips] ^= True
        news.append(replace(base, label=f"new {i}", correct=correct))
    alone = [compare_pair(base, new, margin=0.02) for new in news]
    together = adjust_family(alone)
    raw = sorted(c.equivalence_pvalue or 0.0 for c in alone)
    expected = np.minimum(1, np.maximum.accumulate([3 * raw[0], 2 * raw[1], raw[2]]))
    assert sorted(c.adjusted_claim_pvalues[0] or 0.0 for c in together) == pytest.approx(list(expected))
    for one, c in zip(alone, together, strict=True):
        assert ("equivalent" in c.verdict.claims) == ((c.adjusted_claim_pvalues[0] or 1.0) < 0.05)
        assert set(c.verdict.claims) <= set(one.verdict.claims)
    wider = adjust_family([compare_pair(base, new, margin=0.005) for new in news])
    assert all(" after adjustment" in sentence(c) for c in wider)
    assert "so are the 3 claims of each kind" in family(together)
    assert family(alone[:1]) == ""


def test_six_to_nothing_twice_cannot_resolve_in_a_family() -> None:
    rng = np.random.default_rng(0)
    base = replace(random_run(rng, "base", 6, 1, None), correct=np.zeros((6, 1), bool))
    new = replace(base, label="new", correct=np.ones((6, 1), bool))
    alone, pair = compare_pair(base, new), adjust_family([compare_pair(base, new), compare_pair(base, new)])
    assert alone.verdict.kind == "resolved gain"
    assert {c.verdict.kind for c in pair} == {"cannot resolve by design"}
    assert pair[0].smallest_adjusted_pvalue == pytest.approx(0.0625)


@pytest.mark.parametrize(("n", "share"), [(100, 0.1), (200, 0.2)])
def test_without_the_cap_equal_models_are_seldom_told_apart(n: int, share: float) -> None:
    """The base lost right answers to the cap: the difference at the cap must not decide."""
    rng = np.random.default_rng(7)
    resolved = 0
    for _ in range(200):
        ease = rng.random(n)
        would, right = rng.random(n) < ease, rng.random(n) < ease
        cut = would & (rng.random(n) < 2 * share)
        keys, ones = tuple(map(str, range(n))), np.ones((n, 1), bool)
        base = ScoreMatrix("a", keys, keys, (would & ~cut)[:, None], ones, cut[:, None])
        new = ScoreMatrix("b", keys, keys, right[:, None], ones, np.zeros((n, 1), bool))
        resolved += compare_pair(base, new, without_cap=True).verdict.kind.startswith("resolved")
    # 200 draws at 0.05: at most 20 with probability 0.999.
    assert resolved <= 20


def test_a_level_that_equals_the_pvalue_is_no_contradiction() -> None:
    for seed in range(400, 440):
        for c in random_comparisons(seed):
            if isinstance(c, PairedComparison) and 1e-6 < c.pvalues["mcnemar_exact"] < 0.5:
                assert contradiction(compare_table(c.table, alpha=c.pvalues["mcnemar_exact"], margin=c.margin)) == ""
    # One problem: the exact lower limit at level 0.9 is the margin itself.
    keys, ones = ("p",), np.ones((1, 8), bool)
    base = ScoreMatrix("base", keys, keys, ~ones, ones, ~ones)
    tied = compare_pair(base, replace(base, label="new", correct=ones), margin=0.9)
    assert tied.no_worse_pvalue == pytest.approx(0.05, abs=1e-15)
    assert tied.verdict.claims == ()


def test_an_interval_at_an_extreme_level_is_no_crash() -> None:
    """Found by the search: near -1 the tail of the discordance lies below the smallest normal number."""
    compared = compare_table(PairedTable(28, 75, 103, 12), alpha=1e-9)
    assert contradiction(compared) == ""
    assert -1 < compared.difference.low < 0 < compared.difference.high < 1
