"""Bands for whole curves: intervals at many token limits that hold all at once.

Pointwise 95% intervals at forty caps miss somewhere far more often than in 5% of curves. Bonferroni's correction
repairs that but takes no notice of how alike neighbouring caps are: most completions are the same at both. Here the
largest studentised deviation over the curve is taken from the multivariate t distribution with the correlations seen
between caps, problems (or templates) being the independent unit. The result is given as the level at which each
single interval has to hold, so that the intervals of `proportion`, `paired_intervals` and `cluster` make the band,
with their limits at 0, at n and without discordant problems.

The level is never below the nominal one and never above Bonferroni's, so chance in the draws cannot undo either.
"""

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from evalsuite.stats.validation import cluster_codes

__all__ = ["largest_t_quantile", "pointwise_level"]

# Below this a column does not vary but for rounding.
ZERO = 1e-12
N_DRAWS = 50_000


def largest_t_quantile(
    correlation: ArrayLike,
    degrees_of_freedom: float,
    *,
    rng: np.random.Generator,
    confidence_level: float = 0.95,
    n_draws: int = N_DRAWS,
) -> float:
    """Return the quantile of the largest |t| of jointly t distributed statistics.

    Parameters
    ----------
    correlation : (n_points, n_points) float
        Correlations of the statistics; may be singular.
    degrees_of_freedom
        Shared by all statistics.
    rng
        The result depends on it in the third digit.

    References
    ----------
    Hothorn, Bretz and Westfall (2008), doi:10.1002/bimj.200810425; for curves Montiel Olea and Plagborg-Moller (2019),
    doi:10.1002/jae.2656, algorithm 1.

    Examples
    --------
    Dunnett's two-sided 5% point for three comparisons with 20 degrees of freedom is 2.54 (Dunnett 1964,
    doi:10.2307/2528490).

    >>> r = np.full((3, 3), 0.5) + 0.5 * np.eye(3)
    >>> f"{largest_t_quantile(r, 20, rng=np.random.default_rng(1)):.2f}"
    '2.54'
    """
    r = np.asarray(correlation, dtype=np.float64)
    if r.ndim != 2 or r.shape[0] != r.shape[1] or r.shape[0] == 0:
        raise ValueError(f"need a correlation matrix (n_points, n_points), got shape {r.shape}")
    if not 0 < confidence_level < 1 or degrees_of_freedom <= 0:
        raise ValueError(f"need 0 < confidence_level < 1 and df > 0, got {confidence_level} and {degrees_of_freedom}")
    # Not Cholesky: with more points than clusters the correlation matrix is singular.
    values, vectors = np.linalg.eigh(r)
    factor = vectors * np.sqrt(np.maximum(values, 0.0))
    largest = np.empty(n_draws)
    scale = np.sqrt(rng.chisquare(degrees_of_freedom, n_draws) / degrees_of_freedom)
    for start in range(0, n_draws, 10_000):
        part = slice(start, min(start + 10_000, n_draws))
        normal = rng.standard_normal((part.stop - part.start, r.shape[0])) @ factor.T
        largest[part] = np.abs(normal).max(axis=1) / scale[part]
    return float(np.quantile(largest, confidence_level))


def pointwise_level(
    values: ArrayLike,
    *,
    rng: np.random.Generator,
    clusters: Sequence[Hashable] | None = None,
    confidence_level: float = 0.95,
    n_draws: int = N_DRAWS,
) -> float:
    """Return the level at which the interval of each point must hold so that all hold together.

    Parameters
    ----------
    values : (n_problems, n_points) float
        One curve a problem, such as its share of right completions at each cap, or the difference of two runs.
    clusters : (n_problems,)
        Template of each problem; None where problems are independent.

    Returns
    -------
    float
        From `confidence_level` (all points move together) to that of Bonferroni over the points that differ. Where
        nothing varies there is no correlation to use, and it is Bonferroni's.

    References
    ----------
    Montiel Olea and Plagborg-Moller (2019), doi:10.1002/jae.2656.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> one = rng.random((100, 1))
    >>> round(pointwise_level(one, rng=rng), 3), round(pointwise_level(np.repeat(one, 5, axis=1), rng=rng), 3)
    (0.95, 0.95)
    """
    y = np.asarray(values, dtype=np.float64)
    if y.ndim != 2 or 0 in y.shape:
        raise ValueError(f"need values of shape (n_problems, n_points), got {y.shape}")
    if not 0 < confidence_level < 1:
        raise ValueError(f"need 0 < confidence_level < 1, got {confidence_level}")
    # Points whose values are the same for every problem are one point: at a limit that nothing reaches any more,
    # accuracy stays as it is.
    n_distinct = int(np.unique(y, axis=1).shape[1])
    bonferroni = 1 - (1 - confidence_level) / n_distinct
    totals = _cluster_totals(y - y.mean(axis=0), clusters)
    spread = np.sqrt((totals**2).sum(axis=0))
    varying = spread > ZERO
    groups = totals.shape[0]
    if groups < 2 or not varying.any():
        return bonferroni
    unit = totals[:, varying] / spread[varying]
    quantile = largest_t_quantile(
        unit.T @ unit, groups - 1, rng=rng, confidence_level=confidence_level, n_draws=n_draws
    )
    level = 2 * float(special.stdtr(groups - 1, quantile)) - 1
    # Simulation may leave the range in which the true level lies.
    return min(max(level, confidence_level), bonferroni)


def _cluster_totals(deviations: NDArray[np.float64], clusters: Sequence[Hashable] | None) -> NDArray[np.float64]:
    """Return the sums of the deviations within each cluster. (n_clusters, n_points)"""
    if clusters is None:
        return deviations
    codes = cluster_codes(clusters, deviations.shape[0])
    totals = np.zeros((int(codes.max()) + 1, deviations.shape[1]))
    np.add.at(totals, codes, deviations)
    return totals
