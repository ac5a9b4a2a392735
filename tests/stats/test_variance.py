"""Variance components by formula and by simulation."""

import math

import numpy as np
import pytest

from evalsuite.stats.cluster import clustered_mean
from evalsuite.stats.variance import VarianceComponents, decompose_difference


def test_equal_k_follows_the_published_formula() -> None:
    rng = np.random.default_rng(0)
    k, n = 4, 60
    base, new = rng.binomial(k, rng.random(n)), rng.binomial(k, rng.random(n))
    va, vb = (np.mean(x / k * (1 - x / k)) for x in (base, new))
    bias = (va + vb) / (k - 1)
    d = (new - base) / k
    c = decompose_difference(base, [k] * n, new, [k] * n)
    assert c.data == pytest.approx(d.var() - bias)
    assert c.prediction == pytest.approx(va + vb + bias)
    assert c.total == pytest.approx(c.data + c.prediction)
    # At the K that was run the standard error is that of the problem differences with divisor n.
    assert c.standard_error(n, k) == pytest.approx(d.std() / math.sqrt(n))
    assert c.standard_error(n, k) * math.sqrt(n / (n - 1)) == pytest.approx(clustered_mean(d).standard_error)


def test_completions_give_back_planted_components() -> None:
    rng = np.random.default_rng(1)
    n = 20_000
    made = rng.integers(2, 7, n)
    p = rng.random(n)
    # A base run that is always wrong leaves the variance of the new run alone.
    c = decompose_difference(np.zeros(n, int), made, rng.binomial(made, p), made)
    # Uniform difficulty: variance 1/12 between problems, E p(1-p) = 1/6 within.
    assert c.data == pytest.approx(1 / 12, abs=0.003)
    assert c.prediction == pytest.approx(1 / 6, abs=0.003)
    assert c.standard_error(100, math.inf) == pytest.approx(math.sqrt(c.data / 100))


def test_clipping_and_dropping() -> None:
    c = decompose_difference([0] * 5, [2, 2, 2, 2, 1], [1] * 5, [2, 2, 2, 2, 1])
    assert (c.data, c.clipped, c.n_problems, c.n_dropped) == (0.0, True, 4, 1)
    assert c.prediction == pytest.approx(0.5)
    c = decompose_difference([0, 0], [2, 2], [2, 2], [2, 2])
    assert (c.total, c.clipped) == (0.0, False)


def test_refusals() -> None:
    with pytest.raises(ValueError, match="at least 2 problems with at least 2 completions, got 1"):
        decompose_difference([0, 0], [2, 1], [1, 1], [2, 1])
    with pytest.raises(ValueError, match="got 2 and 1"):
        decompose_difference([1, 1], [2, 2], [1], [2])
    c = VarianceComponents(0.1, 0.1, False, 5, 0)
    with pytest.raises(ValueError, match="got 0 and 1"):
        c.standard_error(0, 1)
