"""Intervals over seeds and problems: other programs, the layout of variance, enumeration of coverage, and edges."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.anova import AnovaRM

from evalsuite.stats.bounded_mean import bounded_mean
from evalsuite.stats.crossed import CrossedDifference, crossed_difference, equivalence_pvalue, seed_spread
from evalsuite.stats.seeds import unpaired_seeds

RNG = np.random.default_rng(5)
BASE = RNG.random((3, 40)) < 0.4
NEW = RNG.random((3, 40)) < 0.6
TABLES = st.tuples(st.integers(1, 4), st.integers(2, 9), st.integers(0, 2**31))


def limits(result: CrossedDifference) -> tuple[float, float]:
    return result.both.low, result.both.high


def test_seeds_alone_equal_scipy() -> None:
    fixed = crossed_difference(BASE[:1], NEW)
    oracle = stats.ttest_1samp(NEW.mean(axis=1) - BASE[0].mean(), 0)
    assert fixed.seeds.test.pvalue == pytest.approx(oracle.pvalue)
    assert (fixed.seeds.difference.low, fixed.seeds.difference.high) == pytest.approx(oracle.confidence_interval())
    separate = crossed_difference(BASE[:2], NEW)
    alone = unpaired_seeds(BASE[:2].mean(axis=1), NEW.mean(axis=1), n_problems=BASE.shape[1])
    assert separate.seeds == alone
    paired = crossed_difference(BASE, NEW, paired=True)
    assert paired.seeds.test.pvalue == pytest.approx(stats.ttest_rel(NEW.mean(axis=1), BASE.mean(axis=1)).pvalue)


def test_problems_alone_are_the_bounded_mean_of_the_means_over_seeds() -> None:
    for clusters in (None, np.repeat(np.arange(8), 5).tolist()):
        found = crossed_difference(BASE[:1], NEW, clusters=clusters)
        alone = bounded_mean(NEW.mean(axis=0) - BASE[0], bounds=(-1, 1), clusters=clusters)
        assert found.problems == alone.estimate()
        assert found.problems_test.pvalue == alone.pvalue(0.0)
        assert found.smallest_pvalue == alone.smallest_pvalue


def test_margins_are_joined_as_banerjee_does() -> None:
    found = crossed_difference(BASE[:1], NEW)
    by_seeds = stats.t.ppf(0.975, 2) * np.std(NEW.mean(axis=1), ddof=1) / np.sqrt(3)
    value, problems = found.both.value, found.problems
    assert found.both.high - value == pytest.approx(np.hypot(by_seeds, problems.high - value))
    assert value - found.both.low == pytest.approx(np.hypot(by_seeds, value - problems.low))


@settings(deadline=None, max_examples=15, derandomize=True)
@given(shape=TABLES, level=st.sampled_from([0.8, 0.95, 0.99]))
def test_the_joined_interval_holds_both_and_agrees_with_its_p(shape: tuple[int, int, int], level: float) -> None:
    seeds, problems, seed = shape
    rng = np.random.default_rng(seed)
    base, new = (rng.integers(0, 3, (n, problems)) / 2 for n in (seeds, 2))
    found = crossed_difference(base, new, confidence_level=level)
    for inner in (found.problems, found.seeds.difference):
        assert found.both.low <= inner.low + 1e-9
        assert found.both.high >= inner.high - 1e-9
    p = found.both_test.pvalue
    assert p >= max(found.problems_test.pvalue, found.seeds.test.pvalue) - 1e-9
    if abs(p - (1 - level)) > 1e-9:
        assert (p < 1 - level) == (not found.both.low <= 0 <= found.both.high)


@settings(deadline=None, max_examples=12, derandomize=True)
@given(shape=TABLES)
def test_swapping_arms_and_permuting_problems(shape: tuple[int, int, int]) -> None:
    seeds, problems, seed = shape
    rng = np.random.default_rng(seed)
    base, new = rng.integers(0, 2, (seeds, problems)), rng.integers(0, 2, (3, problems))
    found, order = crossed_difference(base, new), rng.permutation(problems)
    swapped = crossed_difference(new[:, order], base[:, order])
    assert limits(swapped) == pytest.approx([-x for x in reversed(limits(found))])
    assert swapped.both_test.pvalue == pytest.approx(found.both_test.pvalue, rel=1e-6)


def test_equivalence_is_the_widest_interval_inside_the_margin() -> None:
    base = np.tile([1, 0], (1, 200))
    new = np.tile([1, 0], (4, 200))
    new[0, :4], new[1, 4:9], new[2, 20:23], new[3, -5:] = 1, 0, 1, 0
    for margin in (0.01, 0.02):
        p = equivalence_pvalue(crossed_difference(base, new), margin)
        inside = crossed_difference(base, new, confidence_level=1 - 2 * p)
        assert max(map(abs, limits(inside))) == pytest.approx(margin, abs=1e-9)
    assert equivalence_pvalue(crossed_difference(BASE[:1], NEW), 0.001) == 1.0
    with pytest.raises(ValueError, match="margin"):
        equivalence_pvalue(crossed_difference(BASE[:1], NEW), 0.0)


def test_coverage_of_the_recipe_on_problems_like_these() -> None:
    """Skill of seeds, ease of problems and their products vary: only the joined interval keeps its level."""
    rng = np.random.default_rng(11)
    n_runs, seeds, problems = 1000, 3, 60
    covered = {"both": 0, "seeds": 0, "problems": 0}
    for _ in range(n_runs):
        skill, ease = rng.normal(0, 0.04, (seeds, 1)), rng.normal(0, 0.2, problems)
        new = np.clip(0.5 + skill + ease + rng.normal(0, 0.15, (seeds, problems)), 0, 1).round(1)
        found = crossed_difference(np.full((1, problems), 0.4), new)
        parts = {"both": found.both, "seeds": found.seeds.difference, "problems": found.problems}
        for name, e in parts.items():
            covered[name] += e.low <= 0.1 <= e.high
    # Exact band: 1,000 draws at 0.95 give at least 932 with probability 0.994.
    assert covered["both"] >= 932
    assert covered["seeds"] < 932


def test_coverage_with_rights_and_wrongs() -> None:
    rng = np.random.default_rng(12)
    covered = 0
    for _ in range(200):
        ease = rng.beta(1, 1.5, 100)
        shift = 0.5 + rng.normal(0, 0.1, (3, 1))
        # Each seed lifts a share of what is left to gain; on average half of it.
        new = rng.random((3, 100)) < ease + shift * (1 - ease)
        found = crossed_difference((rng.random((1, 100)) < ease), new)
        covered += found.both.low <= 0.5 * (1 - 1 / 2.5) <= found.both.high
    # 200 draws at 0.95: at least 181 with probability 0.998.
    assert covered >= 181


def test_spread_equals_a_repeated_measures_anova() -> None:
    scores = RNG.random((4, 25)).round(2) + np.array([[0.0], [0.1], [0.0], [-0.1]])
    scores = np.clip(scores, 0, 1)
    found = seed_spread(scores)
    rows = [{"seed": s, "problem": i, "y": scores[s, i]} for s in range(4) for i in range(25)]
    table = AnovaRM(pd.DataFrame(rows), "y", "problem", within=["seed"]).fit().anova_table
    assert found.pvalue == pytest.approx(float(table["Pr > F"].iloc[0]))
    assert found.deviation == pytest.approx(scores.mean(axis=1).std(ddof=1))
    ratio = (found.deviation / found.by_problems) ** 2
    assert ratio == pytest.approx(float(table["F Value"].iloc[0]))


def test_spread_by_templates_is_that_of_template_means() -> None:
    scores = (RNG.random((3, 30)) < 0.5).astype(float)
    means = scores.reshape(3, 10, 3).mean(axis=2)
    found, oracle = seed_spread(scores, clusters=np.repeat(np.arange(10), 3).tolist()), seed_spread(means)
    assert (found.by_problems, found.pvalue) == pytest.approx((oracle.by_problems, oracle.pvalue))


def test_spread_estimates_the_skill_of_seeds_and_keeps_its_level() -> None:
    rng = np.random.default_rng(3)
    between, rejected = [], 0
    for _ in range(400):
        ease = rng.random(50)
        rejected += (seed_spread(rng.random((3, 50)) < ease).pvalue or 1.0) < 0.05
        skill = rng.normal(0, 0.1, (3, 1))
        spread = seed_spread(np.clip(0.5 + skill + rng.normal(0, 0.1, (3, 50)), 0, 1))
        between.append(spread.deviation**2 - spread.by_problems**2)
    # 400 draws at 0.05: 8 to 34 with probability 0.997. Three seeds: the mean of 400 variances is known to 7%.
    assert 8 <= rejected <= 34
    assert np.mean(between) == pytest.approx(0.01, rel=0.25)


def test_where_nothing_varies() -> None:
    same = np.tile([1.0, 0.0, 1.0, 0.0], (3, 1))
    spread = seed_spread(same)
    assert (spread.deviation, spread.by_problems, spread.between, spread.pvalue) == (0, 0, 0, None)
    found = crossed_difference(same[:1], same)
    t = 0.025 ** (1 / 3), 0.025 ** (1 / 4)
    reach = math.hypot(1 - t[0], 1 - t[1])
    assert limits(found) == pytest.approx((-min(1, reach), min(1, reach)))
    assert found.both_test.pvalue == 1.0
    single = crossed_difference([[0.5]], [[0.5], [0.75]])
    assert single.smallest_pvalue == 1.0
    assert limits(single)[0] == -1.0


@pytest.mark.parametrize(
    ("base", "new", "options", "message"),
    [
        ([[1, 0]], [[1, 1]], {}, "at least 2 training seeds in an arm"),
        ([[1, 0]], [[1, 1, 0]] * 2, {}, "same problems"),
        ([1, 0], [[1, 1]], {}, "base of shape"),
        ([[1, 0]], [[1, 2], [0, 0]], {}, "new of shape"),
        ([[1, 0]] * 2, [[1, 1]] * 3, {"paired": True}, "same seeds"),
        ([[1, 0]], [[1, math.nan], [0, 0]], {}, "new of shape"),
    ],
)
def test_refuses(base: list[list[float]], new: list[list[float]], options: dict[str, bool], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        crossed_difference(base, new, **options)


def test_spread_refuses_one_seed_and_one_group() -> None:
    for scores, clusters in (([[1, 0, 1]], None), ([[1, 0], [0, 1]], ["a", "a"])):
        with pytest.raises(ValueError, match="at least 2 seeds and 2 independent groups"):
            seed_spread(scores, clusters=clusters)
