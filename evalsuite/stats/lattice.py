"""The exact distribution of a mean of n independent draws from few values, by one Fourier transform.

Scores of problems are 0 or 1, or shares with small denominators: multiples of a common fraction, a lattice. The mean of
n of them drawn with replacement then has a distribution that can be written down, which is the bootstrap without any
Monte Carlo error. `on_lattice` finds the lattice; where there is none, resample.
"""

import math
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

__all__ = ["LatticeSum", "on_lattice"]

# Scores that are multiples of 1/q up to this q are resampled through their exact distribution.
LARGEST_DIVISOR = 1024


class LatticeSum:
    """Exact distribution of the mean of n draws from ascending integers over a common divisor."""

    def __init__(self, integers: NDArray[np.int64], counts: NDArray[np.int64], divisor: int, n: int) -> None:
        # The sum is the n-fold convolution of one draw. The transform is taken on a window around the mean that, by
        # Bernstein's inequality, leaves out less than 1e-18 on either side.
        share = counts / n
        centre = float(share @ integers)
        deviation = integers - centre
        variance = n * float(share @ (deviation * deviation))
        reach, log = max(-float(deviation[0]), float(deviation[-1])), 41.5
        margin = reach * log / 3 + math.sqrt((reach * log / 3) ** 2 + 2 * log * variance)
        length = 64 * math.ceil((2 * margin + 2 + 2 * reach) / 64)
        one = np.zeros(length)
        one[integers % length] = share
        probability = np.fft.irfft(_power(np.fft.rfft(one), n), length)
        self.first = math.floor(n * centre) - length // 2
        # The window starts at `first`; the transform counts from 0 and wraps around.
        start = self.first % length
        unwrapped = np.concatenate([probability[start:], probability[:start]])
        # Rounding leaves tiny negative probabilities; without the cut the cumulative sum could fall.
        self.cdf = np.minimum(np.cumsum(np.maximum(unwrapped, 0.0)), 1.0)
        self.scale = divisor * n

    def quantile(self, level: float) -> float:
        """Return the smallest mean whose cumulative probability reaches `level`, up to rounding."""
        at = int(np.searchsorted(self.cdf, min(level, 1 - 1e-13) - 1e-13))
        return (self.first + at) / self.scale

    def below(self, total: int) -> float:
        """Return P(sum < total) + P(sum = total)/2."""
        at = total - self.first
        return float(self.cdf[at - 1] + self.cdf[at]) / 2

    def draw(self, rng: np.random.Generator, size: int) -> NDArray[np.float64]:
        """Draw means."""
        at = np.searchsorted(self.cdf, rng.random(size) * self.cdf[-1])
        means: NDArray[np.float64] = (self.first + at) / self.scale
        return means


def on_lattice(values: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64], int] | None:
    """Write the distinct values as integers over a common divisor, with their counts; None if there is none."""
    distinct, counts = np.unique(values, return_counts=True)
    if distinct.size > LARGEST_DIVISOR:
        return None
    divisor = 1
    for value in distinct.tolist():
        divisor = math.lcm(divisor, Fraction(value).limit_denominator(LARGEST_DIVISOR).denominator)
        if divisor > LARGEST_DIVISOR:
            return None
    integers = np.rint(distinct * divisor)
    if np.abs(integers - distinct * divisor).max() > 1e-9 or np.ptp(integers) > 64 * LARGEST_DIVISOR:
        return None
    # Sums of fractions may leave one value in two roundings; integers add up again.
    merged, inverse = np.unique(integers.astype(np.int64), return_inverse=True)
    return merged, np.bincount(inverse, weights=counts).astype(np.int64), divisor


def _power(base: NDArray[np.complex128], exponent: int) -> NDArray[np.complex128]:
    """Return ``base**exponent`` by repeated squaring, a third of the time of the general power."""
    result = np.ones_like(base)
    while exponent:
        if exponent & 1:
            result *= base
        base = base * base
        exponent >>= 1
    return result
