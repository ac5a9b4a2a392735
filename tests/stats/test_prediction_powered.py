"""Prediction-powered means against the package ppi_py and their own promises."""

import numpy as np
import pytest

from evalsuite.stats.prediction_powered import ppi_mean

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


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ppi_mean([1, 1], [1, 1], [1]), "neither labels nor predictions vary"),
        (lambda: ppi_mean([1], [1], [1]), "got 1, 1 and 1"),
    ],
)
def test_refusals(call, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
