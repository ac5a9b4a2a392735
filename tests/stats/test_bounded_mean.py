"""The interval and tests that need only the range: exact special cases, another construction, invariances, coverage."""

import math
import os

import numpy as np
import pytest
from scipy import special, stats

from evalsuite.stats.bounded_mean import bounded_mean
from evalsuite.stats.cluster import bounded_limits
from evalsuite.stats.gamma_sum import probability_below_zero
from evalsuite.stats.paired import PairedTable, mcnemar_exact
from evalsuite.stats.proportion import clopper_pearson

LONG = bool(os.environ.get("EVALSUITE_LONG_TESTS"))


@pytest.mark.parametrize(
    ("k", "n", "m"), [(1, 1, 0.3), (7, 20, 0.2), (659, 1319, 0.4723), (3, 10**6, 1e-7), (1318, 1319, 0.99)]
)
def test_two_values_are_a_beta_tail(k: int, n: int, m: float) -> None:
    expected = special.betainc(k, n + 1 - k, m)
    assert probability_below_zero([1 - m, -m], [k, n + 1 - k]) == pytest.approx(expected, rel=1e-7)


@pytest.mark.parametrize("a", [[3, 1, -2, -0.5], [0.1, -3, -2, 0.7, 0.9], [1, -1e-6], [1e-6, -1], [1, 2, 3, -4]])
def test_distinct_coefficients_by_partial_fractions(a: list[float]) -> None:
    expected = sum(math.prod(x / (x - y) for y in a if y != x) for x in a if x < 0)
    assert probability_below_zero(a, [1] * len(a)) == pytest.approx(expected, rel=1e-10)


def test_one_sign_only() -> None:
    assert probability_below_zero([1, 2], [1, 1]) == 0
    assert probability_below_zero([-1, 0], [1, 1]) == 1
    with pytest.raises(ValueError, match="positive shapes"):
        probability_below_zero([1], [0])


@pytest.mark.parametrize(("k", "n"), [(0, 5), (5, 5), (3, 10), (1, 1), (659, 1319)])
def test_right_and_wrong_give_clopper_pearson(k: int, n: int) -> None:
    found, exact = bounded_mean([1] * k + [0] * (n - k)).estimate(), clopper_pearson(k, n)
    assert (found.low, found.high) == pytest.approx((exact.low, exact.high), abs=1e-11)


def test_single_paired_differences_give_the_exact_mcnemar_test() -> None:
    for n in (6, 11, 40):
        for wins in range(0, n + 1, 3):
            for losses in range(0, n - wins + 1, 2):
                d = [1] * wins + [-1] * losses + [0] * (n - wins - losses)
                exact = mcnemar_exact(PairedTable(0, wins, losses, n - wins - losses)).pvalue
                assert bounded_mean(d, bounds=(-1, 1)).pvalue(0) == pytest.approx(exact, abs=1e-12)


@pytest.mark.parametrize(("value", "n"), [(0.125, 20), (-1.0, 3), (0.0, 50), (1.0, 1)])
def test_equal_values_give_the_limits_of_markov(value: float, n: int) -> None:
    found = bounded_mean([value] * n, bounds=(-1, 1)).estimate()
    assert (found.low, found.high) == pytest.approx(bounded_limits(value, value, n, bounds=(-1, 1)), abs=1e-11)


def test_limits_are_quantiles_of_dirichlet_means() -> None:
    rng = np.random.default_rng(3)
    y = rng.uniform(-0.4, 0.9, 12)
    draws = rng.dirichlet(np.ones(13), 400_000) @ np.append(y, -1.0)
    found = bounded_mean(y, bounds=(-1, 1))
    # 400,000 draws: the share below a true quantile of .025 has a standard error of .00025.
    assert np.mean(draws <= found.estimate().low) == pytest.approx(0.025, abs=0.001)
    assert np.mean(draws <= 0) == pytest.approx(found.pvalue(0, alternative="greater"), abs=0.002)


def test_swapping_the_runs_mirrors_everything_and_order_does_not_matter() -> None:
    rng = np.random.default_rng(5)
    d, groups = rng.integers(-4, 5, 40) / 4, rng.integers(0, 9, 40)
    one, two = bounded_mean(d, bounds=(-1, 1), clusters=groups), bounded_mean(-d, bounds=(-1, 1), clusters=groups)
    a, b = one.estimate(), two.estimate()
    assert (a.low, a.high) == pytest.approx((-b.high, -b.low), abs=1e-11)
    order = rng.permutation(40)
    again = bounded_mean(d[order], bounds=(-1, 1), clusters=groups[order])
    assert again.pvalue(0) == pytest.approx(one.pvalue(0), rel=1e-9)


def test_clusters_of_one_problem_and_repeated_problems() -> None:
    y = np.array([0.25, 0.5, 1, 0, 0.75])
    single = bounded_mean(y).estimate()
    assert bounded_mean(y, clusters=list("abcde")).estimate() == single
    # A problem written three times says no more than once.
    thrice = bounded_mean(np.repeat(y, 3), clusters=np.repeat(np.arange(5), 3)).estimate()
    assert (thrice.low, thrice.high) == pytest.approx((single.low, single.high), abs=1e-11)


def test_smallest_pvalue_is_that_of_every_problem_won() -> None:
    for groups in ([0, 1, 2, 3, 4, 5, 6], [0] * 20 + list(range(1, 21)), [0, 0, 1, 1, 2, 2]):
        won = bounded_mean([1.0] * len(groups), bounds=(-1, 1), clusters=groups)
        assert won.pvalue(0) == pytest.approx(won.smallest_pvalue, rel=1e-9)
    equal = bounded_mean([1.0] * 7, bounds=(-1, 1))
    assert equal.smallest_pvalue == pytest.approx(2**-6)
    assert equal.effective_groups == 7
    half = bounded_mean([1.0] * 154, bounds=(-1, 1), clusters=[0] * 77 + list(range(1, 78)))
    assert half.n_groups == 78
    assert half.effective_groups == pytest.approx(4, abs=0.1)
    assert half.smallest_pvalue > 0.05


def test_verdict_and_interval_agree_on_random_tables() -> None:
    rng = np.random.default_rng(11)
    for _ in range(3000 if LONG else 300):
        n, k = int(rng.integers(1, 40)), int(rng.integers(1, 9))
        d = rng.binomial(k, rng.random(n)) / k - rng.binomial(k, rng.random(n)) / k
        alpha = float(rng.choice([0.01, 0.05, 0.2]))
        groups = rng.integers(0, max(2, n // 2), n) if rng.random() < 0.5 else None
        mean = bounded_mean(d, bounds=(-1, 1), clusters=groups)
        found = mean.estimate(confidence_level=1 - alpha)
        assert (mean.pvalue(0) < alpha) == (found.low > 0 or found.high < 0)
        assert -1 <= found.low <= found.value <= found.high <= 1
        assert found.low < found.high or n > 10**4


def test_many_problems_approach_the_t_interval_and_merging_changes_nothing() -> None:
    rng = np.random.default_rng(2)
    y = rng.random(30_000)
    found = bounded_mean(y).estimate()
    half = 1.959964 * y.std(ddof=1) / math.sqrt(y.size)
    assert found.high - found.low == pytest.approx(2 * half, rel=0.02)
    few = bounded_mean(y[:3000])
    assert few.means.size == 3000
    assert bounded_mean(y).means.size <= 4096


def _skewed(rng: np.random.Generator, n: int, draws: int) -> np.ndarray:
    """95% of problems gain 3.5 points and 5% lose 66.5; 64 completions per problem; the mean effect is 0."""
    new = np.where(rng.random((draws, n)) < 0.05, 0.7 - 0.665, 0.7 + 0.035)
    return rng.binomial(64, new) / 64 - rng.binomial(64, 0.7, (draws, n)) / 64


def _unequal(rng: np.random.Generator, n: int, draws: int) -> np.ndarray:
    p = rng.random((draws, n))
    return rng.binomial(8, p) / 8 - rng.binomial(1, p)


DESIGNS = {"skewed": _skewed, "1 completion against 8": _unequal}


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("n", [15, 30, 100])
def test_false_resolution_stays_below_the_level(design: str, n: int) -> None:
    draws = 4000 if LONG else 300
    d = DESIGNS[design](np.random.default_rng(n), n, draws)
    rejected = sum(bounded_mean(row, bounds=(-1, 1)).pvalue(0) < 0.05 for row in d)
    # Below the upper end of what a test of level .05 gives with probability .999.
    assert rejected <= stats.binom.ppf(0.999, draws, 0.05)


@pytest.mark.parametrize("sizes", ["geometric", "one with half"])
def test_false_resolution_over_unequal_templates(sizes: str) -> None:
    n_groups, draws = 78, 2000 if LONG else 200
    counts = np.maximum(1, np.geomspace(40, 1, n_groups).round()).astype(int)
    if sizes != "geometric":
        counts = np.array([4 * (n_groups - 1)] + [4] * (n_groups - 1))
    rng, groups = np.random.default_rng(7), np.repeat(np.arange(n_groups), counts)
    rejected = 0
    for _ in range(draws):
        effect = rng.choice([-0.5, 0.5], n_groups)[groups]
        rejected += bounded_mean(effect, bounds=(-1, 1), clusters=groups).pvalue(0) < 0.05
    assert rejected <= stats.binom.ppf(0.999, draws, 0.05)


def test_refuses_values_out_of_range() -> None:
    with pytest.raises(ValueError, match="all within"):
        bounded_mean([0.2, 1.5])
    with pytest.raises(ValueError, match="need a mean within"):
        bounded_mean([0.2]).pvalue(2)
