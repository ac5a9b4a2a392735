"""Does a mean differ between groups of problems? One test over all groups, before any single one is looked at.

Use it on paired differences to ask whether a gain depends on the kind of problem (an interaction), or on scores to ask
where a run fails. Comparing which groups reach p < 0.05 by themselves does not answer this: a large group may and a
small one may not while both have the same mean. Groups are fixed before the scores are seen.
"""

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evalsuite.stats.result import TestResult
from evalsuite.stats.validation import cluster_codes

__all__ = ["heterogeneity"]

CHUNK = 500
# Below this share of all variation a direction does not vary but for rounding.
ZERO = 1e-10


def heterogeneity(
    values: ArrayLike,
    groups: Sequence[Hashable],
    *,
    rng: np.random.Generator,
    clusters: Sequence[Hashable] | None = None,
    n_resamples: int = 9_999,
) -> TestResult:
    """Test whether the mean is the same in all groups.

    The statistic is Cochran's Q over the group means, each with its variance around the common mean, so that a group in
    which nothing varies gets no infinite weight. It is the score test with a robust variance, and with clusters the
    variance is that of whole clusters, which may lie in several groups.

    Without clusters the p-value counts random permutations of the problems (``"permutation"``): exact where problems of
    all groups are exchangeable, and right in large groups where only the means agree. With clusters it counts random
    flips of the signs of the clusters' scores (``"score_sign_flip"``), which takes many clusters to be right.

    Parameters
    ----------
    values : (n_problems,) float
        Scores or paired differences.
    groups : (n_problems,)
        Group of each problem, at least two different ones.
    clusters : (n_problems,)
        Template of each problem; None where problems are independent.
    n_resamples
        Random permutations or flips; the p-value is (as extreme + 1) / (n_resamples + 1).

    Returns
    -------
    TestResult
        The effect is the largest minus the smallest group mean. Where no problem deviates from the common mean, the
        statistic is 0 and the p-value 1.

    Raises
    ------
    ValueError
        Shapes differ, a value is not finite, or there are fewer than two groups.

    References
    ----------
    Cochran (1954), doi:10.2307/3001666; Chung and Romano (2013), doi:10.1214/13-AOS1090, for permutations of
    studentised statistics; Hemerik, Goeman and Finos (2020), doi:10.1111/rssb.12369, for flips of scores.

    Examples
    --------
    >>> gain = [0.0] * 30 + [1.0] * 12 + [0.0] * 18
    >>> test = heterogeneity(gain, ["short"] * 30 + ["long"] * 30, rng=np.random.default_rng(0))
    >>> f"{test.statistic:.2f} {test.pvalue:.4f} {test.effect:.1f}"
    '15.00 0.0001 0.4'
    """
    y = np.asarray(values, dtype=np.float64)
    if y.ndim != 1 or y.size == 0 or not np.isfinite(y).all():
        raise ValueError(f"need one finite value a problem, got an array of shape {y.shape}")
    codes = cluster_codes(groups, y.size)
    n_groups = int(codes.max()) + 1
    if n_groups < 2:
        raise ValueError(f"need at least two groups, got {n_groups}")
    if n_resamples < 1:
        raise ValueError(f"n_resamples must be 1 or more, got {n_resamples}")
    sizes = np.bincount(codes)
    means = np.bincount(codes, weights=y) / sizes
    residuals = y - y.mean()
    method = "permutation" if clusters is None else "score_sign_flip"
    statistic, pvalue = 0.0, 1.0
    if np.abs(residuals).max() > ZERO and clusters is None:
        statistic, pvalue = _permutation(residuals, codes, sizes, rng, n_resamples)
    elif np.abs(residuals).max() > ZERO:
        statistic, pvalue = _sign_flip(residuals, codes, cluster_codes(clusters, y.size), rng, n_resamples)
    return TestResult(statistic, pvalue, "two-sided", method, float(means.max() - means.min()))


def _permutation(
    residuals: NDArray[np.float64],
    codes: NDArray[np.int64],
    sizes: NDArray[np.int64],
    rng: np.random.Generator,
    n_resamples: int,
) -> tuple[float, float]:
    ordered = residuals[np.argsort(codes, kind="stable")]
    observed = float(_cochran(ordered[None, :], sizes)[0])
    reached = 0
    for start in range(0, n_resamples, CHUNK):
        rows = np.tile(ordered, (min(CHUNK, n_resamples - start), 1))
        reached += int((_cochran(rng.permuted(rows, axis=1, out=rows), sizes) >= observed * (1 - 1e-9)).sum())
    return observed, (reached + 1) / (n_resamples + 1)


def _cochran(residuals: NDArray[np.float64], sizes: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return Q of each row of residuals, whose groups lie side by side: sum of (m_g - m)^2 / v_g, least over m."""
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    means = np.add.reduceat(residuals, starts, axis=1) / sizes
    squares = np.add.reduceat(residuals**2, starts, axis=1)
    # A group without any deviation lies on the common mean; next to no variance says just that.
    weights = sizes**2 / np.maximum(squares, ZERO * (residuals**2).sum(axis=1, keepdims=True))
    common = (weights * means).sum(axis=1, keepdims=True) / weights.sum(axis=1, keepdims=True)
    return np.asarray((weights * (means - common) ** 2).sum(axis=1), dtype=np.float64)


def _sign_flip(
    residuals: NDArray[np.float64],
    codes: NDArray[np.int64],
    clusters: NDArray[np.int64],
    rng: np.random.Generator,
    n_resamples: int,
) -> tuple[float, float]:
    """Flip the effective scores of whole clusters: their residuals in each group less those due to the common mean."""
    n_clusters, n_groups = int(clusters.max()) + 1, int(codes.max()) + 1
    scores = np.zeros((n_clusters, n_groups))
    np.add.at(scores, (clusters, codes), residuals)
    scores -= scores.sum(axis=1, keepdims=True) * (np.bincount(codes) / codes.size)
    values, vectors = np.linalg.eigh(scores.T @ scores)
    varying = values > ZERO * max(float(values.max()), ZERO)
    whitened = scores @ (vectors[:, varying] / np.sqrt(values[varying]))
    observed = float((whitened.sum(axis=0) ** 2).sum())
    reached = 0
    for start in range(0, n_resamples, CHUNK):
        signs = 2.0 * rng.integers(0, 2, size=(min(CHUNK, n_resamples - start), n_clusters)) - 1
        reached += int((((signs @ whitened) ** 2).sum(axis=1) >= observed * (1 - 1e-9)).sum())
    return observed, (reached + 1) / (n_resamples + 1)
