"""The chance that a weighted sum of independent gamma variables is negative, weights of both signs.

It is the law behind a mean whose weights are drawn from a Dirichlet distribution: with E_j exponential,
P(sum D_j x_j <= m) = P(sum E_j (x_j - m) <= 0). The tail is read off the moment generating function by one integral
through its saddle point, so that small probabilities keep their relative accuracy and no value is drawn at random.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["probability_below_zero"]

# Step of the trapezoidal rule; the integrand is analytic in a strip, where halving the step changes no digit.
STEP = 0.0625
# The integrand is followed until it has fallen by this many natural logarithms.
DROP = 42.0
MOST_NODES = 1024
NODES_AT_ONCE = 48
# Largest sideways step of the path against its upward step.
STEEPEST = 0.7
HALVINGS = 60


def probability_below_zero(coefficients: ArrayLike, shapes: ArrayLike) -> float:
    """Return P(sum_j a_j G_j <= 0) for independent G_j ~ Gamma(shape k_j, scale 1).

    Parameters
    ----------
    coefficients, shapes : (n_terms,) float
        a_j of any sign, and k_j > 0.

    References
    ----------
    Contour integral of exp(K(s))/s with K(s) = -sum k_j log(1 - a_j s), as in Rice (1980), doi:10.1137/0901022; the
    contour passes the saddle point of the whole integrand (Daniels 1987, doi:10.2307/1403269).

    Examples
    --------
    P(2 G_1 <= G_2) for two exponential variables is 1/3.

    >>> round(probability_below_zero([2, -1], [1, 1]), 12)
    0.333333333333
    """
    a, k = np.asarray(coefficients, dtype=np.float64), np.asarray(shapes, dtype=np.float64)
    if a.ndim != 1 or a.shape != k.shape or a.size == 0 or not (np.isfinite(a).all() and (k > 0).all()):
        raise ValueError(f"need finite coefficients and positive shapes of one shape, got {a.shape} and {k.shape}")
    if not (a > 0).any():
        return 1.0
    if not (a < 0).any():
        return 0.0
    a = a / np.abs(a).max()
    # The smaller tail is integrated; the other is what is left of 1.
    positive = float(a @ k) > 0
    tail = _upper_tail(-a if positive else a, k)
    return min(1.0, max(0.0, tail if positive else 1 - tail))


def _upper_tail(a: NDArray[np.float64], k: NDArray[np.float64]) -> float:
    """Return P(sum a_j G_j >= 0) = 1/(2 pi i) times the integral of exp(K(s))/s along a path right of 0."""
    c = _saddle(a, k)
    slope = a / (1 - a * c)
    curvature = float(k @ slope**2) + 1 / c**2
    scale = 1 / math.sqrt(curvature)
    # Steepest descent bends towards the side of the skewness; a straight path would oscillate where many small terms
    # stand against a few large ones.
    skewness = 2 * (float(k @ slope**3) - 1 / c**3) * scale**3
    bend = min(max(skewness / 3, -STEEPEST), STEEPEST)
    height = -float(k @ np.log(1 - a * c)) - math.log(c)
    total = 0.0
    for start in range(0, MOST_NODES, NODES_AT_ONCE):
        u = STEP * np.arange(start, start + NODES_AT_ONCE)
        step = scale * (bend * (np.cosh(u) - 1) + 1j * np.sinh(u))
        direction = scale * (bend * np.sinh(u) + 1j * np.cosh(u))
        # exp(K)/s relative to its value at the saddle, times ds/du.
        logs = -np.log(1 - np.outer(step, slope)) @ k - np.log(1 + step / c)
        values = (np.exp(logs) * direction).imag
        if start == 0:
            values[0] /= 2
        total += float(values.sum())
        if abs(logs[-1].real) - math.log(scale * math.cosh(u[-1])) > DROP:
            break
    return math.exp(height) * STEP * total / math.pi


def _saddle(a: NDArray[np.float64], k: NDArray[np.float64]) -> float:
    """Return the minimum of K(s) - log(s) on (0, 1/max a), a convex function."""
    low, high = 0.0, 1 / float(a.max())
    for _ in range(HALVINGS):
        c = (low + high) / 2
        slope = float(k @ (a / (1 - a * c))) - 1 / c
        low, high = (low, c) if slope > 0 else (c, high)
    return low if low > 0 else high
