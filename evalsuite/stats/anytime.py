"""A verdict on a run that grows and is looked at on the way: evidence and interval that hold at every look.

Choose it from the second look at a pair of runs. A p-value looked at after 20, 50, 100, 200, 500 and 1,319 problems
falls below .05 at some look in 13% of equal pairs. Here a gambler bets against each candidate mean with all stakes at
once, half of the money on larger and half on smaller values (Cover's universal portfolio); a candidate is excluded
once the money has grown 1/alpha fold. The money depends on the values seen and not on their order, and the set that is
left is an interval. For single completions the money against 0 is the e-process of `sequential.e_process`, so evidence
and interval cannot disagree about 0.

Problems must arrive in random order. With templates give one value a template; a template half answered does not count
yet. After one run of a length fixed in advance the fixed methods are sharper.
"""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special
from scipy.optimize import brentq

from evalsuite.stats.result import Estimate

__all__ = ["AnytimeMean", "anytime_looks", "anytime_mean"]

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

    def log_evidence(self, mean: float = 0.0) -> float:
        """Return the logarithm of the money made against `mean`; under it the money is at most 1 on average."""
        floor, ceiling = self.bounds
        if not floor <= mean <= ceiling:
            raise ValueError(f"need a mean within {self.bounds}, got {mean}")
        width = ceiling - floor
        up = self._money((self.values - floor) / width, (mean - floor) / width)
        down = self._money((ceiling - self.values) / width, (ceiling - mean) / width)
        return float(np.logaddexp(up, down)) - math.log(2)

    def pvalue(self, mean: float = 0.0) -> float:
        """Return a p-value of `mean` that holds at whatever time it is read: 1 over the money made, at most 1."""
        return min(1.0, math.exp(-self.log_evidence(mean)))

    def estimate(self, *, confidence_level: float = 0.95) -> Estimate:
        """Return the interval of all means against which less than 1/alpha was made."""
        if not 0 < confidence_level < 1:
            raise ValueError(f"need 0 < confidence_level < 1, got {confidence_level}")
        goal = -math.log(1 - confidence_level)
        floor, ceiling = self.bounds

        def excess(mean: float) -> float:
            return self.log_evidence(mean) - goal

        inset = 1e-12 * (ceiling - floor)
        centre = min(max(self.value, floor + inset), ceiling - inset)
        low = floor if excess(floor + inset) < 0 else float(brentq(excess, floor + inset, centre, xtol=1e-12))
        high = ceiling if excess(ceiling - inset) < 0 else float(brentq(excess, centre, ceiling - inset, xtol=1e-12))
        return Estimate(self.value, low, high, confidence_level, "anytime", self.n_problems)

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


def anytime_looks(
    values: ArrayLike,
    looks: Sequence[int],
    *,
    bounds: tuple[float, float] = (-1.0, 1.0),
    confidence_level: float = 0.95,
) -> list[Estimate]:
    """Return the interval at each look, cut to what all looks before left open.

    Parameters
    ----------
    values : (n_problems,) float
        As in `anytime_mean`, in the order in which problems were answered.
    looks
        Numbers of problems at which the pair was shown, in rising order.

    Returns
    -------
    One interval a look. Should an earlier look leave nothing open of a later one, the earlier stays.

    Examples
    --------
    >>> [f"[{e.low:.2f}, {e.high:.2f}]" for e in anytime_looks([1, 0, 0, 1, 0] * 40, [20, 100, 200])]
    ['[0.02, 0.73]', '[0.26, 0.56]', '[0.30, 0.52]']
    """
    y = np.asarray(values, dtype=np.float64)
    if not looks or list(looks) != sorted(set(looks)) or not 1 <= looks[0] <= looks[-1] <= y.size:
        raise ValueError(f"need rising looks from 1 to {y.size}, got {list(looks)}")
    found: list[Estimate] = []
    low, high = bounds
    for look in looks:
        now = anytime_mean(y[:look], bounds=bounds).estimate(confidence_level=confidence_level)
        if max(low, now.low) <= min(high, now.high):
            low, high = max(low, now.low), min(high, now.high)
        value = min(max(now.value, low), high)
        found.append(Estimate(value, low, high, confidence_level, "anytime", look))
    return found
