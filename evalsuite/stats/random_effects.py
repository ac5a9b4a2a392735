"""The mean of an effect over groups that are themselves a sample, such as several problem sets.

Choose it where the question is about other sets like these, and sets are exchangeable: each brings an effect of its
own, drawn around a common mean. The mean over just these sets is answered without it, and more sharply. It takes few
sets as few: with two the interval is of little use, and no method could make it of use without assuming how much sets
differ.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.stats import t

from evalsuite.stats.result import Estimate

__all__ = ["RandomEffects", "random_effects"]

METHOD = "random_effects"
FEWEST_FOR_PREDICTION = 3


@dataclass(frozen=True, slots=True)
class RandomEffects:
    """What several groups say of others like them.

    Attributes
    ----------
    mean
        Mean effect over all such groups; `n_problems` counts the groups.
    prediction
        Where the effect of one more group would lie; None with two groups.
    between
        Standard deviation of the groups' true effects around their mean.
    """

    mean: Estimate
    prediction: Estimate | None
    between: float


def random_effects(
    effects: ArrayLike, variances: ArrayLike, *, confidence_level: float = 0.95, bound: float = math.inf
) -> RandomEffects:
    r"""Return the mean effect over groups and where another group would lie.

    The variance between groups is that of Paule and Mandel, at which Cochran's Q is its degrees of freedom, or 0. The
    limits are ``mean -+ t / sqrt(sum of weights)`` with t on k - 1 degrees of freedom. That is the interval of Hartung
    and Knapp with its factor not below 1: at this variance the factor is 1, and less only where the variance is 0. A
    prediction has the variance between groups added under the root.

    Parameters
    ----------
    effects, variances : (k,) float
        Effect of each group and its squared standard error, above 0; k >= 2. The errors are taken as normal and
        as known, so groups need some tens of problems each.
    bound
        The effect cannot lie outside of ``[-bound, bound]``.

    References
    ----------
    Paule and Mandel (1982), doi:10.6028/jres.087.022; Hartung and Knapp (2001), doi:10.1002/sim.791; IntHout, Ioannidis
    and Borm (2014), doi:10.1186/1471-2288-14-25; for the factor, Roever, Knapp and Friede (2015),
    doi:10.1186/s12874-015-0091-1; for predictions, Higgins, Thompson and Spiegelhalter (2009),
    doi:10.1111/j.1467-985X.2008.00552.x, with k - 1 degrees of freedom.

    Examples
    --------
    >>> found = random_effects([0.10, 0.02, 0.30], [0.001, 0.001, 0.002])
    >>> e = found.mean
    >>> f"{e.value:.3f} [{e.low:.3f}, {e.high:.3f}], between {found.between:.3f}"
    '0.137 [-0.218, 0.493], between 0.139'
    """
    y, v = np.asarray(effects, dtype=np.float64), np.asarray(variances, dtype=np.float64)
    if y.ndim != 1 or y.shape != v.shape or y.size < 2 or not np.isfinite(y).all() or not (v > 0).all():
        raise ValueError(f"need effects and variances above 0 of two groups or more, got {y.tolist()}, {v.tolist()}")
    squared = _between(y, v)
    weights = 1 / (v + squared)
    mean = float((weights * y).sum() / weights.sum())
    variance = float(1 / weights.sum())
    quantile = float(t.ppf((1 + confidence_level) / 2, y.size - 1))

    def estimate(spread: float) -> Estimate:
        limits = [min(max(mean + side * quantile * spread, -bound), bound) for side in (-1, 1)]
        return Estimate(mean, limits[0], limits[1], confidence_level, METHOD, y.size)

    prediction = estimate(math.sqrt(variance + squared)) if y.size >= FEWEST_FOR_PREDICTION else None
    return RandomEffects(estimate(math.sqrt(variance)), prediction, math.sqrt(squared))


def _between(y: NDArray[np.float64], v: NDArray[np.float64]) -> float:
    """Return the variance between groups at which Q is k - 1."""

    def excess(squared: float) -> float:
        weights = 1 / (v + squared)
        mean = (weights * y).sum() / weights.sum()
        return float((weights * (y - mean) ** 2).sum() - (y.size - 1))

    if excess(0.0) <= 0:
        return 0.0
    # At this variance every weight is so small that Q lies below its degrees of freedom.
    return float(brentq(excess, 0.0, float(((y - y.mean()) ** 2).sum()) + float(v.max()), xtol=1e-14))
