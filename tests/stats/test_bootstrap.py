"""Bootstrap limits against scipy, exact limits against scipy.stats.binom and enumeration, and refusals."""

import itertools
import math
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from evalsuite.stats.bootstrap import bootstrap, bootstrap_mean, exact_multinomial


@pytest.mark.parametrize(
    ("wins", "losses", "total", "low", "high"), [(1, 0, 5, 0, 0.6), (1, 2, 20, -0.2, 0.1), (4, 0, 20, 0.05, 0.4)]
)
def test_exact_multinomial_reference_values(wins: int, losses: int, total: int, low: float, high: float) -> None:
    e = exact_multinomial(wins, losses, total)
    assert (e.low, e.high) == pytest.approx((low, high))


@pytest.mark.parametrize(("wins", "losses", "total"), [(1, 0, 4), (2, 1, 6), (3, 2, 6), (5, 1, 6)])
def test_exact_multinomial_equals_enumeration(wins: int, losses: int, total: int) -> None:
    values = np.array([1] * wins + [-1] * losses + [0] * (total - wins - losses))
    sums = np.sort([values[list(i)].sum() for i in itertools.product(range(total), repeat=total)])
    e = exact_multinomial(wins, losses, total, confidence_level=0.9)
    assert round(e.low * total) == sums[math.ceil(0.05 * sums.size) - 1]
    assert round(e.high * total) == sums[math.ceil(0.95 * sums.size) - 1]


@settings(deadline=None, max_examples=40, derandomize=True)
@given(st.integers(0, 40), st.integers(0, 40), st.integers(1, 60))
def test_exact_multinomial_mirrors(wins: int, losses: int, rest: int) -> None:
    total = wins + losses + rest
    if rest == total:
        return
    e, mirrored = exact_multinomial(wins, losses, total), exact_multinomial(losses, wins, total)
    # Quantiles of a lattice mirror up to one step, where a tail probability is the level itself.
    assert mirrored.low == pytest.approx(-e.high, abs=1e-12)
    assert e.low <= e.value <= e.high
    assert e.high > e.low


def test_exact_bca_agrees_with_scipy_bca() -> None:
    # scipy: bootstrap(([1, 0, 0, 0, 0],), np.mean, method="BCa") gives [0, 0.8]. Without losses it is one binomial.
    e = exact_multinomial(1, 0, 5, method="bca")
    assert (e.low, e.high) == pytest.approx((0, 0.8))
    rng = np.random.default_rng(2)
    x = np.r_[np.ones(30), np.zeros(270)]
    ci = stats.bootstrap((x,), np.mean, method="BCa", n_resamples=20_000, rng=rng).confidence_interval
    e = exact_multinomial(30, 0, 300, method="bca")
    assert (e.low, e.high) == pytest.approx((ci.low, ci.high), abs=1.01 / 300)
    d = np.r_[np.ones(25), -np.ones(5), np.zeros(170)]
    ci = stats.bootstrap((d,), np.mean, method="BCa", n_resamples=20_000, rng=rng).confidence_interval
    e = exact_multinomial(25, 5, 200, method="bca")
    assert (e.low, e.high) == pytest.approx((ci.low, ci.high), abs=1.01 / 200)


@pytest.mark.parametrize(("wins", "losses", "total"), [(0, 0, 5), (5, 0, 5), (0, 3, 3), (1, 0, 1)])
def test_exact_multinomial_refuses_without_spread(wins: int, losses: int, total: int) -> None:
    with pytest.raises(ValueError, match="no spread"):
        exact_multinomial(wins, losses, total)


def test_general_bootstrap_is_scipys_bca() -> None:
    x = np.random.default_rng(0).exponential(size=60)
    for statistic, scipy_statistic in ((np.mean, np.mean), (np.std, np.std)):
        ours = bootstrap(lambda r, f=statistic: f(r, axis=1), x, rng=np.random.default_rng(1), n_resamples=20_000)
        theirs = stats.bootstrap(
            (x,), scipy_statistic, method="BCa", n_resamples=20_000, rng=np.random.default_rng(2)
        ).confidence_interval
        assert (ours.estimate.low, ours.estimate.high) == pytest.approx((theirs.low, theirs.high), abs=0.02)


@pytest.mark.parametrize("method", ["percentile", "bca"])
def test_fast_mean_agrees_with_general_bootstrap(method) -> None:
    rng = np.random.default_rng(4)
    scores = rng.binomial(8, rng.beta(0.5, 1.5, 150)) / 8
    slow = bootstrap(lambda r: r.mean(axis=1), scores, rng=np.random.default_rng(1), method=method, n_resamples=20_000)
    quick = bootstrap_mean(scores, rng=np.random.default_rng(2), method=method, n_resamples=20_000)
    # Monte Carlo error of a 2.5% quantile from 20,000 resamples: about 0.02 standard errors.
    assert quick.estimate.low == pytest.approx(slow.estimate.low, abs=0.1 * slow.standard_error)
    assert quick.estimate.high == pytest.approx(slow.estimate.high, abs=0.1 * slow.standard_error)
    assert quick.standard_error == pytest.approx(slow.standard_error, rel=0.03)
    irregular = scores * math.pi / 4  # no common divisor, so indices are drawn
    drawn = bootstrap_mean(irregular, rng=np.random.default_rng(3), method=method, n_resamples=20_000)
    assert drawn.estimate.low == pytest.approx(slow.estimate.low * math.pi / 4, abs=0.1 * slow.standard_error)


def test_clusters_are_drawn_whole() -> None:
    rng = np.random.default_rng(5)
    groups = np.sort(rng.integers(0, 30, 200))
    scores = (rng.random(200) < rng.random(30)[groups]).astype(float)
    quick = bootstrap_mean(scores, rng=np.random.default_rng(1), clusters=groups.tolist())
    slow = bootstrap(lambda r: r.mean(axis=1), scores, rng=np.random.default_rng(2), clusters=groups.tolist())
    assert quick.estimate.low == pytest.approx(slow.estimate.low, abs=0.12 * slow.standard_error)
    assert quick.estimate.high == pytest.approx(slow.estimate.high, abs=0.12 * slow.standard_error)
    alone = bootstrap_mean(scores, rng=np.random.default_rng(1))
    assert quick.standard_error > 1.2 * alone.standard_error
    # The order of problems does not matter, only who belongs together.
    order = rng.permutation(200)
    mixed = bootstrap_mean(scores[order], rng=np.random.default_rng(3), clusters=groups[order].tolist())
    assert mixed.standard_error == pytest.approx(quick.standard_error, rel=0.05)


def test_clusters_of_one_size() -> None:
    scores = np.random.default_rng(6).random((40, 3)) < np.random.default_rng(7).random((40, 1))
    names = [i // 3 for i in range(120)]
    quick = bootstrap_mean(scores.ravel(), rng=np.random.default_rng(1), clusters=names)
    by_mean = bootstrap_mean(scores, rng=np.random.default_rng(1))
    # Clusters of one size are as problems with that many completions.
    assert quick.estimate.low == pytest.approx(by_mean.estimate.low)
    assert quick.standard_error == pytest.approx(by_mean.standard_error)


def test_bca_of_unequal_clusters() -> None:
    # One large cluster decides the skewness that the jackknife sees.
    sizes = [40, *[3] * 20]
    groups = np.repeat(np.arange(21), sizes)
    scores = np.r_[np.ones(40), np.tile([1.0, 0, 0], 20)]
    quick = bootstrap_mean(scores, rng=np.random.default_rng(1), clusters=groups.tolist(), n_resamples=20_000)
    slow = bootstrap(lambda r: r.mean(axis=1), scores, rng=np.random.default_rng(2), clusters=groups.tolist())
    assert quick.estimate.low == pytest.approx(slow.estimate.low, abs=0.05 * slow.standard_error)
    assert quick.estimate.high == pytest.approx(slow.estimate.high, abs=0.05 * slow.standard_error)


def test_studentized_matches_hand_written_resampling() -> None:
    x = np.random.default_rng(0).binomial(4, 0.3, 40) / 4
    rng = np.random.default_rng(1)
    index = rng.integers(0, 40, (20_000, 40))
    draws = x[index]
    t = (draws.mean(1) - x.mean()) / (draws.std(1, ddof=1) / math.sqrt(40))
    error = x.std(ddof=1) / math.sqrt(40)
    expected = x.mean() - np.quantile(t, [0.975, 0.025]) * error
    e = bootstrap_mean(x, rng=np.random.default_rng(2), method="studentized", n_resamples=20_000).estimate
    assert (e.low, e.high) == pytest.approx(tuple(expected), abs=0.1 * error)
    with pytest.raises(ValueError, match="have no spread: use method='bca'"):
        bootstrap_mean([1, 0, 0], rng=rng, method="studentized")


def test_same_seed_same_interval_and_rows_keep_their_completions() -> None:
    rows = np.random.default_rng(0).random((50, 3)) < 0.4
    first = bootstrap_mean(rows, rng=np.random.default_rng(9))
    assert first == bootstrap_mean(rows, rng=np.random.default_rng(9))
    assert first == bootstrap_mean(rows.mean(axis=1), rng=np.random.default_rng(9))
    assert first.estimate.n_problems == 50


def test_statistic_sees_whole_rows() -> None:
    rows = np.column_stack([np.arange(20.0), np.arange(20.0)])

    def gap(batch):
        assert batch.shape[1:] in {(20, 2), (19, 2)}
        assert (batch[..., 0] == batch[..., 1]).all()
        return batch[..., 0].mean(axis=1)

    assert bootstrap(gap, rows, rng=np.random.default_rng(0), n_resamples=500).estimate.n_problems == 20


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda r: bootstrap_mean([1, 1, 1], rng=r), "no spread"),
        (lambda r: bootstrap_mean([1.0], rng=r), "at least 2 independent problems or clusters to resample, got 1"),
        (lambda r: bootstrap_mean([], rng=r), "got 0"),
        (lambda r: bootstrap_mean([1, 0, 1], rng=r, clusters=["a", "a", "a"]), "got 1"),
        (lambda r: bootstrap_mean([1, 0], rng=r, clusters=["a"]), "got 1"),
        (lambda r: bootstrap_mean([math.nan, 1], rng=r), "finite"),
        (lambda r: bootstrap(lambda x: x.max(axis=1), [2, 2, 2], rng=r), "no spread"),
        (lambda r: bootstrap(lambda x: 1 / x.sum(axis=1), [1, 1, 2], rng=r, n_resamples=0), "n_resamples >= 1"),
        (lambda r: bootstrap(lambda x: x.max(axis=1), [1, 2, 3] * 9, rng=r), r"3\.0 at both limits"),
        (lambda _: exact_multinomial(3, 3, 5), "wins=3, losses=3, total=5"),
    ],
)
def test_refusals(call, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call(np.random.default_rng(0))


def test_speed_against_scipy() -> None:
    rng = np.random.default_rng(0)
    p = rng.beta(0.5, 0.5, 1319)
    d = (rng.binomial(8, p) - rng.binomial(8, p)) / 8

    def best(call, times: int) -> float:
        call()
        spans = []
        for _ in range(times):
            start = time.perf_counter()
            call()
            spans.append(time.perf_counter() - start)
        return min(spans)

    scipy_time = best(lambda: stats.bootstrap((d,), np.mean, method="BCa", rng=np.random.default_rng(1)), 2)
    # The promises are 20 and 1,000; a third of them leaves room for a busy machine.
    assert scipy_time > 7 * best(lambda: bootstrap_mean(d, rng=np.random.default_rng(1)), 5)
    assert scipy_time > 350 * best(lambda: exact_multinomial(300, 250, 1319, method="bca"), 30)
