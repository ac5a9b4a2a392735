"""The logistic model: against a fit and a sandwich written out in numpy, and against what must not change it."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import binom, f, t
from statsmodels.genmod.families import Binomial
from statsmodels.genmod.generalized_linear_model import GLM

from evalsuite.stats.gee import EVENTS_PER_TERM, FEWEST_SPARE_CLUSTERS, LogisticModel, logistic_gee

Floats = NDArray[np.float64]


def data(seed: int, n: int = 120, n_clusters: int | None = None, *, interaction: float = 0.0) -> tuple[Floats, ...]:
    """Two runs on `n` problems: shares, design (intercept, steps, is new, new by steps) and clusters."""
    rng = np.random.default_rng(seed)
    steps = rng.integers(1, 8, n).astype(float) - 4
    cluster = np.arange(n) if n_clusters is None else rng.integers(0, n_clusters, n)
    level = rng.normal(size=n)[cluster] - 0.3 * steps
    effect = 0.4 + interaction * steps
    shares = [rng.random(n) < 1 / (1 + np.exp(-level - new * effect)) for new in (0, 1)]
    new = np.repeat([0.0, 1.0], n)
    both = np.tile(steps, 2)
    return np.concatenate(shares).astype(float), np.c_[np.ones(2 * n), both, new, new * both], np.tile(cluster, 2)


def by_hand(y: Floats, x: Floats, clusters: Floats) -> tuple[Floats, Floats]:
    """Newton steps, then the sandwich of Mancl and DeRouen in terms by coefficient: (I - B_c M)^-1 u_c a cluster."""
    b = np.zeros(x.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-x @ b))
        inverse = np.linalg.inv((x.T * p * (1 - p)) @ x)
        b = b + inverse @ x.T @ (y - p)
    meat = np.zeros_like(inverse)
    for cluster in np.unique(clusters):
        own = clusters == cluster
        information = (x[own].T * (p * (1 - p))[own]) @ x[own]
        score = np.linalg.solve(np.eye(len(b)) - information @ inverse, x[own].T @ (y - p)[own])
        meat += np.outer(score, score)
    return b, inverse @ meat @ inverse


@pytest.mark.parametrize("n_clusters", [None, 30])
def test_estimate_and_errors_are_those_worked_out_in_numpy(n_clusters: int | None) -> None:
    for seed in range(10):
        y, x, clusters = data(seed, n_clusters=n_clusters)
        model = logistic_gee(y, x, clusters.tolist())
        b, covariance = by_hand(y, x, clusters)
        assert model.estimate == pytest.approx(b, rel=1e-6)
        assert model.covariance == pytest.approx(covariance, rel=1e-6)
        c, error = model.coefficient(3), np.sqrt(covariance[3, 3])
        df = len(np.unique(clusters)) - 4
        assert model.df == df
        assert c.low == pytest.approx(b[3] - t.ppf(0.975, df) * error)
        assert c.pvalue == pytest.approx(2 * t.sf(abs(b[3]) / error, df))
        wald = b[2:] @ np.linalg.inv(covariance[2:, 2:]) @ b[2:] / 2
        joint = model.joint_test([2, 3])
        assert (joint.statistic, joint.pvalue) == pytest.approx((wald, f.sf(wald, 2, df)), rel=1e-5)


def test_errors_are_wider_than_those_of_the_plain_sandwich_and_of_independent_rows() -> None:
    y, x, clusters = data(3, n=200, n_clusters=25)
    model = logistic_gee(y, x, clusters.tolist())
    plain = GLM(y, x, family=Binomial()).fit(cov_type="cluster", cov_kwds={"groups": clusters, "use_correction": False})
    assert model.estimate == pytest.approx(plain.params, rel=1e-6)
    ratio = np.diag(model.covariance) / plain.bse**2
    assert (ratio > 1).all()
    assert (ratio < 1.5).all()
    naive = GLM(y, x, family=Binomial()).fit().bse
    assert np.sqrt(model.covariance[0, 0]) > 1.2 * naive[0]


def test_units_order_and_names_of_clusters_do_not_matter() -> None:
    y, x, clusters = data(5)
    model = logistic_gee(y, x, clusters.tolist())
    large = logistic_gee(y, x * [1, 1000, 1, 1000], clusters.tolist())
    assert large.estimate * [1, 1000, 1, 1000] == pytest.approx(model.estimate)
    assert large.coefficient(3).pvalue == pytest.approx(model.coefficient(3).pvalue)
    order = np.random.default_rng(0).permutation(y.size)
    moved = logistic_gee(y[order], x[order], [f"problem {c:.0f}" for c in clusters[order]])
    assert moved.covariance == pytest.approx(model.covariance)
    wrong = logistic_gee(1 - y, x, clusters.tolist())
    assert wrong.estimate == pytest.approx(-model.estimate)
    assert wrong.covariance == pytest.approx(model.covariance)


def test_shares_of_repeated_completions_weigh_as_the_completions_do() -> None:
    rng = np.random.default_rng(1)
    y, x, clusters = data(8)
    completions = rng.random((y.size, 4)) < 0.2 + 0.6 * y[:, None]
    shares = logistic_gee(completions.mean(axis=1), x, clusters.tolist())
    rows = logistic_gee(completions.ravel(), np.repeat(x, 4, axis=0), np.repeat(clusters, 4).tolist())
    assert shares.estimate == pytest.approx(rows.estimate, rel=1e-6)
    assert shares.covariance == pytest.approx(rows.covariance, rel=1e-6)


def reason(y: Floats, x: Floats, clusters: Floats, **options: list[float]) -> str | None:
    model = logistic_gee(y, x, clusters.tolist(), **options)
    if model.reason is not None:
        assert np.isnan(model.estimate).all()
        assert np.isnan(model.coefficient(1).pvalue)
        assert np.isnan(model.joint_test([1]).pvalue)
    return model.reason


def test_what_cannot_be_estimated_says_why() -> None:
    y, x, clusters = data(11)
    assert reason(y, x, clusters) is None
    assert reason(y, np.c_[x, x[:, 1] + 2 * x[:, 2]], clusters) == "collinear"
    assert reason(y, np.c_[x, np.zeros(y.size)], clusters) == "collinear"
    assert reason(y, x, clusters % (4 + FEWEST_SPARE_CLUSTERS - 1)) == "too few clusters"
    assert reason(y, x, clusters % (4 + FEWEST_SPARE_CLUSTERS)) is None
    for constant in (0.0, 1.0):
        assert reason(np.full(y.size, constant), x, clusters) == "separated"
    # One run without a right answer.
    assert reason(y * (x[:, 2] == 0), x, clusters) == "separated"
    # Short problems right, long ones wrong, one length with both: quasi-complete separation.
    mixed = np.where(x[:, 1] == 0, y, x[:, 1] < 0)
    assert reason(mixed, x[:, :2], clusters) == "separated"
    rare = np.zeros(y.size)
    rare[[int(np.flatnonzero(x[:, 1] == s)[0]) for s in (-3, -1, 1, 3)]] = 1
    assert reason(rare, x[:, :2], clusters) == "too few events"
    assert reason(1 - rare, x[:, :2], clusters) == "too few events"


def test_each_run_needs_events_of_its_own() -> None:
    y, x, clusters = data(12)
    new = x[:, 2] == 1
    least = 2 * EVENTS_PER_TERM
    right = np.flatnonzero(~new & (y == 1))
    short = y.copy()
    short[right[: len(right) - least + 1]] = 0
    assert short[~new].sum() == least - 1
    assert reason(short, x, clusters) is None
    assert reason(short, x, clusters, runs=new.tolist()) == "too few events"
    short[right[0]] = 1
    assert reason(short, x, clusters, runs=new.tolist()) is None


@pytest.mark.parametrize(
    ("shares", "design", "clusters"),
    [([1, 0], [[1], [1], [1]], [0, 1]), ([1, 2], [[1], [1]], [0, 1]), ([1, 0], [[1], [np.nan]], [0, 1]), ([], [], [])],
)
def test_bad_input_is_refused(shares: list[float], design: list[list[float]], clusters: list[int]) -> None:
    with pytest.raises(ValueError, match=r"^need "):
        logistic_gee(shares, design, clusters)
    with pytest.raises(ValueError, match=r"confidence_level must lie in \(0, 1\)"):
        logistic_gee([1, 0], [[1], [1]], [0, 1], confidence_level=1.0)


def interaction(model: LogisticModel) -> float:
    return model.coefficient(3).pvalue


@pytest.mark.parametrize(("n", "n_clusters"), [(100, None), (200, 24)])
def test_level_and_power_of_the_interaction(n: int, n_clusters: int | None) -> None:
    """Of 400 true hypotheses at 5% between 8 and 33 are rejected with a probability of 0.999."""
    draws = [logistic_gee(y, x, c.tolist()) for y, x, c in (data(900 + i, n, n_clusters) for i in range(400))]
    rejected = sum(interaction(model) < 0.05 for model in draws)
    low, high = binom.ppf([0.0005, 0.9995], 400, 0.05)
    assert low <= rejected <= high
    planted = [data(5000 + i, n, n_clusters, interaction=0.6) for i in range(40)]
    assert sum(interaction(logistic_gee(y, x, c.tolist())) < 0.05 for y, x, c in planted) >= 34
