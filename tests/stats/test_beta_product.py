"""The distribution of T(2B - 1) against simulation, closed forms and integration."""

import numpy as np
import pytest
from scipy import integrate, stats

from evalsuite.stats.beta_product import LOG_NODES, NODES, WEIGHTS, difference_cdf, difference_quantile

SHAPES = [
    ((2, 4), (2, 1)),
    ((131, 1190), (81, 51)),
    ((0.5, 5.5), (0.25, 0.25)),
    ((5.5, 0.5), (5.25, 0.25)),
    ((1, 4999), (1, 2)),
]


def test_rule_integrates_functions_that_are_singular_at_the_ends():
    assert WEIGHTS.sum() == pytest.approx(1, abs=1e-13)
    assert np.dot(WEIGHTS, NODES**-0.5) == pytest.approx(2, abs=1e-7)
    assert np.dot(WEIGHTS, LOG_NODES) == pytest.approx(-1, abs=1e-12)
    assert np.dot(WEIGHTS, np.sin(NODES)) == pytest.approx(1 - np.cos(1), abs=1e-13)


@pytest.mark.parametrize(("discordance", "win_share"), SHAPES)
def test_cdf_matches_simulation(discordance, win_share):
    rng = np.random.default_rng(20)
    draws = rng.beta(*discordance, 100_000) * (2 * rng.beta(*win_share, 100_000) - 1)
    for delta in np.quantile(draws, [0.01, 0.2, 0.5, 0.9, 0.995]):
        expected = (draws <= delta).mean()
        # Five standard errors of a share from 100,000 draws.
        assert difference_cdf(float(delta), discordance, win_share) == pytest.approx(expected, abs=0.008)


@pytest.mark.parametrize("delta", [-0.3, -0.02, 0.0, 0.05, 0.2])
def test_cdf_matches_adaptive_integration(delta):
    t, b = stats.beta(14, 30), stats.beta(9, 7)
    start = max(0.0, abs(delta))
    inside = integrate.quad(lambda x: t.pdf(x) * b.cdf((1 + delta / x) / 2), start, 1, epsabs=1e-12)[0]
    expected = inside + (t.cdf(delta) if delta > 0 else 0)
    assert difference_cdf(delta, (14, 30), (9, 7)) == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize(("discordance", "win_share"), [*SHAPES, ((7, 0), (3, 5))])
def test_quantile_inverts_cdf(discordance, win_share):
    for p in (1e-6, 0.025, 0.4, 0.975):
        delta = difference_quantile(p, discordance, win_share)
        assert difference_cdf(delta, discordance, win_share) == pytest.approx(p, rel=1e-6)


def test_quantile_outside_the_bracket_is_its_end():
    assert difference_quantile(0.999, (5, 5), (3, 5), high=0.0) == 0.0
    assert difference_quantile(0.001, (5, 5), (3, 5), low=0.0) == 0.0
