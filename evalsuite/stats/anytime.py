"""A verdict on a run that grows and is looked at on the way: evidence and interval that hold at every look.

Choose it from the second look at a pair of runs. A p-value looked at after 20, 50, 100, 200, 500 and 1,319 problems
falls below .05 at some look in 13% of equal pairs. Here a gambler bets against each candidate mean with all stakes at
once, half of the money on larger and half on smaller values (Cover's universal portfolio); a candidate is excluded
once the money has grown 1/alpha fold. The money depends on the values seen, neither on their order nor on which looks
were taken, and the set that is left is an interval. For single completions the money against 0 is the e-process of
`sequential.e_process`, so evidence and interval cannot disagree about 0.

Problems must arrive in random order. With templates give one value a template; a template half answered does not count
yet. After one run of a length fixed in advance the fixed methods are sharper.
"""

import itertools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special
from scipy.optimize import brentq

from evalsuite.stats.result import Alternative, Estimate

__all__ = ["AnytimeMean", "anytime_mean"]

# Gauss-Legendre nodes for the share of the money that is staked, on each of PIECES parts of [0, 1]. Money concentrates
# on stakes within about 1/sqrt(n) of the best one, so the parts are finer near 0, where means lie near the candidate.
NODES, WEIGHTS = special.roots_legendre(24)
EDGES = np.concatenate([[0.0], np.geomspace(1e-5, 1.0, 41)])
STAKES = np.concatenate([(b - a) / 2 * NODES + (a + b) / 2 for a, b in itertools.pairwise(EDGES)])
LOG_WEIGHTS = np.log(np.concatenate([(b - a) / 2 * WEIGHTS for a, b in itertools.pairwise(EDGES)]))


@dataclass(frozen=True, slots=True, eq=False)
class AnytimeMean:
    """Values seen so far, with evidence and interval that may be read at any time.

    Attributes
    ----------
    value, n_problems
        Mean of the values, and how many there are.
    bounds
        Range that no value can leave.
    values, counts
        Distinct values, and how often each was seen.
    """

    value: float
    n_problems: int
    bounds: tuple[float, float]
    values: NDArray[np.float64]
    counts: NDArray[np.float64]

    def log_evidence(self, mean: float = 0.0, alternative: Alternative = "two-sided") -> float:
        """Return the logarithm of the money made against `mean`; under it the money is at most 1 on average.

        ``"greater"`` bets on larger values alone, against every mean up to this one, and ``"less"`` on smaller ones.
        """
        floor, ceiling = self.bounds
        if not floor <= mean <= ceiling:
            raise ValueError(f"need a mean within {self.bounds}, got {mean}")
        width = ceiling - floor
        found = []
        if alternative != "less":
            found.append(self._money((self.values - floor) / width, (mean - floor) / width))
        if alternative != "greater":
            found.append(self._money((ceiling - self.values) / width, (ceiling - mean) / width))
        return float(np.logaddexp.reduce(found)) - math.log(len(found))

    def pvalue(self, mean: float = 0.0, alternative: Alternative = "two-sided") -> float:
        """Return a p-value of `mean` that holds at whatever time it is read: 1 over the money made, at most 1."""
        return min(1.0, math.exp(-self.log_evidence(mean, alternative)))

    @property
    def smallest_pvalue(self) -> float:
        """The smallest p-value that as many values can give against the middle of the range: all at one end."""
        return min(1.0, (self.n_problems + 1) * 0.5**self.n_problems)

    def estimate(self, *, confidence_level: float = 0.95) -> Estimate:
        """Return the interval of all means against which less than 1/alpha was made."""
        return self._between("two-sided", "two-sided", 1 - confidence_level)

    def one_sided(self, *, confidence_level: float = 0.9) -> Estimate:
        """Return the interval of two one-sided limits, each with half of the error: claims on one side rest on it."""
        return self._between("greater", "less", (1 - confidence_level) / 2)

    def _between(self, below: Alternative, above: Alternative, alpha: float) -> Estimate:
        """Return the means against which less than 1/alpha was made, by one kind of bet for each limit."""
        if not 0 < alpha < 1:
            raise ValueError(f"need a confidence level strictly between 0 and 1, got an error of {alpha:g}")
        goal = -math.log(alpha)
        floor, ceiling = self.bounds

        def excess(mean: float, alternative: Alternative) -> float:
            return self.log_evidence(mean, alternative) - goal

        inset = 1e-12 * (ceiling - floor)
        first, last = floor + inset, ceiling - inset
        centre = min(max(self.value, first), last)
        low, high = floor, ceiling
        if excess(first, below) >= 0:
            low = float(brentq(excess, first, centre, args=(below,), xtol=1e-12))
        if excess(last, above) >= 0:
            high = float(brentq(excess, centre, last, args=(above,), xtol=1e-12))
        level = 1 - (alpha if below == above else 2 * alpha)
        return Estimate(self.value, low, high, level, "anytime", self.n_problems)

    def _money(self, x: NDArray[np.float64], mean: float) -> float:
        """Return the log of the integral over stakes u of prod (1 - u + u x_i / mean), values and mean in [0, 1]."""
        if mean <= 0:
            return math.inf if (x > 0).any() else 0.0
        gains = np.log1p(np.multiply.outer(STAKES, x / mean - 1))
        return float(special.logsumexp(gains @ self.counts + LOG_WEIGHTS))


def anytime_mean(values: ArrayLike, *, bounds: tuple[float, float] = (-1.0, 1.0)) -> AnytimeMean:
    """Summarise the values seen so far.

    Parameters
    ----------
    values : (n_problems,) float
        Paired differences of the problems that both runs have answered, or scores with ``bounds=(0, 1)``.

    Raises
    ------
    ValueError
        There is no value, or one outside of `bounds`.

    References
    ----------
    Orabona and Jun (2024), doi:10.1109/TIT.2023.3333345; Waudby-Smith and Ramdas (2023), doi:10.1093/jrsssb/qkad009;
    uniform stakes as in Robbins (1970), doi:10.1214/aoms/1177696786.

    Examples
    --------
    >>> seen = anytime_mean([1] * 8 + [0] * 12)
    >>> round(math.exp(seen.log_evidence()), 4)
    28.4444
    >>> e = seen.estimate()
    >>> f"{e.value:.2f} [{e.low:.4f}, {e.high:.4f}]"
    '0.40 [0.0216, 0.7277]'
    """
    y = np.asarray(values, dtype=np.float64)
    floor, ceiling = bounds
    if y.ndim != 1 or y.size == 0 or not ((y >= floor) & (y <= ceiling)).all():
        raise ValueError(f"need at least one value, all within {bounds}, got an array of shape {y.shape}")
    distinct, counts = np.unique(y, return_counts=True)
    return AnytimeMean(float(y.mean()), y.size, bounds, distinct, counts.astype(np.float64))
