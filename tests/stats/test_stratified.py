"""Adjusted means against statsmodels, hand calculation and simulated unbiasedness."""

import numpy as np
import pytest
import statsmodels.api as sm

from evalsuite.stats.stratified import control_variate_mean, poststratified_mean, ppi_mean

Y = [1, 0, 1, 1, 0, 1, 0, 1]
PREDICTED = [1, 0, 1, 1, 1, 1, 0, 0]
MORE = [1, 1, 0, 1, 0, 1, 1, 0, 1, 1, 0, 1, 1, 1, 0, 0, 1, 1, 0, 1]


def test_ppi_reference_values() -> None:
    # From ppi_mean_ci of the package ppi_py with lam of 1.
    e = ppi_mean(Y, PREDICTED, MORE, tuning=1).estimate
    assert (e.value, e.low, e.high) == pytest.approx((0.65, 0.2453, 1.0547), abs=5e-5)


def test_ppi_without_tuning_is_the_mean_and_tuning_never_costs() -> None:
    plain = ppi_mean(Y, PREDICTED, MORE, tuning=0)
    assert plain.estimate.value == np.mean(Y)
    assert plain.relative_variance == pytest.approx(1)
    tuned = ppi_mean(Y, PREDICTED, MORE)
    grid = [ppi_mean(Y, PREDICTED, MORE, tuning=t).standard_error for t in np.linspace(0, 1, 101)]
    assert tuned.standard_error <= min(grid) * 1.02
    assert ppi_mean([0, 1, 0], [1, 1, 1], [1]).relative_variance == pytest.approx(1)


def test_poststratification_by_hand_and_by_simulation() -> None:
    r = poststratified_mean([1, 0, 0, 0, 0, 1], list("aabbbb"), {"a": 0.5, "b": 0.5}, bounds=(0, 1))
    assert r.standard_error**2 == pytest.approx(0.25 * 0.5 / 2 + 0.25 * 0.25 / 4)
    rng = np.random.default_rng(0)
    means, errors, covered = [], [], 0
    for _ in range(1500):
        strata = rng.random(120) < 0.3
        y = (rng.random(120) < np.where(strata, 0.9, 0.2)).astype(float)
        r = poststratified_mean(y, strata.tolist(), {True: 0.3, False: 0.7}, bounds=(0, 1))
        means.append(r.estimate.value)
        errors.append(r.standard_error)
        covered += r.estimate.low <= 0.41 <= r.estimate.high
    assert np.mean(means) == pytest.approx(0.41, abs=0.004)
    assert np.mean(np.square(errors)) == pytest.approx(np.var(means), rel=0.1)
    assert 0.93 < covered / 1500 < 0.97
    # Between-strata variance is gone: 1 - 0.3 * 0.7 * 0.7^2 / (0.41 * 0.59).
    assert np.mean(np.square(errors)) * 120 == pytest.approx(0.3 * 0.09 + 0.7 * 0.16, rel=0.05)


def test_poststratification_without_variation() -> None:
    e = poststratified_mean([0] * 6, list("aaabbb"), {"a": 0.5, "b": 0.5}).estimate
    half = 1 - 0.0125 ** (1 / 3)
    assert (e.low, e.high, e.method) == (pytest.approx(-half), pytest.approx(half), "bounded")


def test_control_variate_is_the_regression_prediction() -> None:
    rng = np.random.default_rng(1)
    x = rng.random(50)
    y = np.clip(0.3 * x + rng.normal(0, 0.1, 50), -1, 1)
    r = control_variate_mean(y, x, 0.55)
    fit = sm.OLS(y, sm.add_constant(x)).fit()
    assert r.estimate.value == pytest.approx(fit.predict([[1, 0.55]])[0])
    assert r.standard_error == pytest.approx(np.sqrt(fit.mse_resid / 50))
    rho = np.corrcoef(x, y)[0, 1]
    assert r.relative_variance == pytest.approx((1 - rho**2) * 49 / 48)
    mirrored = control_variate_mean(-y, x, 0.55)
    assert mirrored.estimate.low == pytest.approx(-r.estimate.high)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: poststratified_mean([1, 0, 1], list("aab"), {"a": 0.5, "b": 0.5}), "merge small strata"),
        (lambda: poststratified_mean([1, 0, 1], list("aac"), {"a": 0.5, "b": 0.5}), "stratum 'c'"),
        (lambda: poststratified_mean([1, 0], list("aa"), {"a": 0.5}), "sum of 0"),
        (lambda: poststratified_mean([1, 0], list("a"), {"a": 1.0}), "got 1"),
        (lambda: poststratified_mean([], [], {"a": 1.0}), "one value"),
        (lambda: control_variate_mean([1, 0, 1], [1, 1, 1], 0.5), "same for all problems"),
        (lambda: control_variate_mean([1, 0, 1], [1, 0, 1], 0.5), "predicts every score"),
        (lambda: control_variate_mean([1, 0], [1, 0], 0.5), "at least 3 problems, got 2"),
        (lambda: ppi_mean([1, 1], [1, 1], [1]), "neither labels nor predictions vary"),
        (lambda: ppi_mean([1], [1], [1]), "got 1, 1 and 1"),
    ],
)
def test_refusals(call, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
