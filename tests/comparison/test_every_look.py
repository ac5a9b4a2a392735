"""A pair that is looked at as it grows: the whole decision as printed keeps its level, the first look included."""

from functools import cache

import numpy as np
import pytest
from contradictions import random_clusters, random_run
from scipy import stats

from evalsuite.comparison.every_look import level_share
from evalsuite.comparison.pair import TwoRunComparison, adjust_family, compare_pair
from evalsuite.comparison.training_seeds import compare_seeds
from evalsuite.scores import ScoreMatrix
from evalsuite.stats.anytime import anytime_mean
from evalsuite.stats.paired import PairedTable, mcnemar_exact
from evalsuite.wording.two_runs import sentence

LOOKS = (20, 50, 100, 200, 500, 1319)


@cache
def at_one_look(wins: int, losses: int) -> bool:
    return mcnemar_exact(PairedTable(0, wins, losses, 1)).pvalue < 0.05


@cache
def at_every_look(wins: int, losses: int) -> bool:
    return wins + losses > 0 and anytime_mean([1.0] * wins + [-1.0] * losses).pvalue() < 0.05


def test_the_whole_decision_over_six_looks_keeps_its_level() -> None:
    """Of equal models at discordance .2 the test of one look resolves .13 at some look, what is printed .013."""
    rng, draws = np.random.default_rng(4), 4000
    naive, printed = np.zeros(draws, bool), np.zeros(draws, bool)
    wins, losses = np.zeros(draws, int), np.zeros(draws, int)
    for k, step in enumerate(np.diff([0, *LOOKS])):
        discordant = rng.binomial(step, 0.2, draws)
        more = rng.binomial(discordant, 0.5)
        wins, losses = wins + more, losses + discordant - more
        states = list(zip(wins.tolist(), losses.tolist(), strict=True))
        fixed = np.array([at_one_look(*state) for state in states])
        naive |= fixed
        printed |= fixed if k == 0 else [at_every_look(*state) for state in states]
    assert 0.115 < naive.mean() < 0.145
    assert printed.mean() < 0.025


def pair(wins: int, losses: int, n: int) -> tuple[ScoreMatrix, ScoreMatrix]:
    keys, ones = tuple(map(str, range(n))), np.ones((n, 1), bool)
    place = np.arange(n)[:, None]
    base = ScoreMatrix("base", keys, keys, (place >= wins) & (place < wins + losses), ones, ~ones)
    return base, ScoreMatrix("new", keys, keys, place < wins, ones, ~ones)


@pytest.mark.parametrize(("wins", "losses"), [(6, 0), (8, 0), (15, 3), (14, 6), (0, 9), (3, 17), (30, 15)])
def test_what_is_printed_is_the_decision_that_was_simulated(wins: int, losses: int) -> None:
    runs = pair(wins, losses, 60)
    first, second = compare_pair(*runs), compare_pair(*runs, looks=(20, 60))
    assert first.verdict.kind.startswith("resolved") == at_one_look(wins, losses)
    assert second.verdict.kind.startswith("resolved") == at_every_look(wins, losses)
    look = second.every_look
    assert look is not None
    assert (look.alone, look.alone_pvalue, look.alone_verdict) == (
        first.difference,
        first.verdict_pvalue,
        first.verdict,
    )
    assert "at every look" in sentence(second)
    assert "Had this been the only look" in sentence(second)
    assert compare_pair(*runs, looks=(60,)).every_look is None


def test_each_look_spends_its_share_where_problems_come_under_templates() -> None:
    rng = np.random.default_rng(8)
    for _ in range(12):
        clusters = random_clusters(rng, 40) or tuple(str(i % 8) for i in range(40))
        runs = random_run(rng, "base", 40, 2, clusters), random_run(rng, "new", 40, 2, clusters)
        for k in (2, 3):
            found = compare_pair(*runs, 0.2, 0.3, looks=tuple(range(k)))
            strict = compare_pair(*runs, 0.2 * level_share(k), 0.3)
            assert found.verdict == strict.verdict
            assert found.verdict_pvalue == pytest.approx(min(1, strict.verdict_pvalue / level_share(k)))
            assert (found.difference.low, found.difference.high) == (strict.difference.low, strict.difference.high)
            assert found.difference.confidence_level == pytest.approx(0.8)


def test_the_first_look_stands_beside_the_level_of_the_later_ones_and_that_is_said() -> None:
    """Independent normal means, each look at ten times the data: .0499 at the first look, .063 at any of six."""
    rng, draws, alpha = np.random.default_rng(0), 20_000, 0.05
    total, seen, told, later = np.zeros(draws), 0, np.zeros(draws, bool), np.zeros(draws, bool)
    for k in range(1, 7):
        n = 10 ** (k - 1)
        total += rng.normal(size=draws) * np.sqrt(n - seen)
        seen, pvalues = n, 2 * stats.norm.sf(np.abs(total) / np.sqrt(n))
        told |= pvalues < alpha * (1.0 if k == 1 else level_share(k))
        later |= pvalues < alpha * level_share(k)
    assert later.mean() < alpha < told.mean() < 0.07
    rng = np.random.default_rng(8)
    clusters = tuple(str(i % 8) for i in range(40))
    found = compare_pair(*(random_run(rng, name, 40, 1, clusters) for name in ("base", "new")), looks=(20, 40))
    assert found.every_look is not None
    assert found.every_look.most_with_first_look == pytest.approx(alpha * (2 - 6 / np.pi**2))
    assert "with its verdict, equal runs are told apart in at most 7.0% of cases" in sentence(found)
    assert "in at most" not in sentence(compare_pair(*pair(9, 0, 40), looks=(20, 40)))


def test_claims_and_families_hold_at_every_look_too() -> None:
    rng = np.random.default_rng(1)
    base = random_run(rng, "base", 300, 1, None)
    copy = ScoreMatrix("copy", base.keys, base.problem_ids, base.correct, base.present, base.truncated)
    found = compare_pair(base, copy, margin=0.1, looks=(100, 300))
    assert found.verdict.kind == "equivalent"
    inside = found.equivalence_interval
    assert inside is not None
    assert -0.1 < inside.low < 0 < inside.high < 0.1
    alone = compare_pair(base, copy, margin=0.1)
    assert (found.equivalence_pvalue or 0) > (alone.equivalence_pvalue or 0)
    family: list[TwoRunComparison] = [compare_pair(*pair(9, 0, 40), looks=(20, 40)) for _ in range(3)]
    assert {c.verdict.kind for c in family} == {"resolved gain"}
    # 9 wins and no loss are p = 10/512 at every look, and three times that in a family of three.
    assert {c.verdict.kind for c in adjust_family(family)} == {"unresolved"}


def test_training_seeds_spend_the_level_as_well() -> None:
    rng = np.random.default_rng(3)
    arms = [[random_run(rng, f"{arm}-{i}", 30, 1, None) for i in range(3)] for arm in ("base", "new")]
    first, third = compare_seeds(*arms), compare_seeds(*arms, looks=(30, 30, 30))
    assert third.every_look is not None
    assert third.pvalue == pytest.approx(min(1, (first.pvalue or 0) / level_share(3)))
    assert third.difference.low < first.difference.low < first.difference.high < third.difference.high
    assert next(iter(third.estimates)) == "every_look"
    assert third.estimates["seeds_and_problems"] == first.difference
