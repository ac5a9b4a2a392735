"""Bootstrap intervals that resample problems whole, and the same intervals without any resampling for 0/1 data.

Choose resampling only where there is no closed form: medians, ratios, differences of pass@k. A problem is drawn with
all its completions, and with `clusters` a template with all its problems; drawing completions within drawn problems
as well would count the decoding noise twice.

With one completion a problem the bootstrap distribution is known: the paired difference is a difference
of two multinomial counts. `exact_multinomial` reads the limits off it, so there is no seed and no Monte Carlo error.
For small n prefer score or exact intervals: at 1 of 5 the percentile interval starts at 0, which the data exclude.

Where every problem has the same score the bootstrap has no spread; it is refused there, not returned with zero width.
"""

import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from evalsuite.stats.lattice import LatticeSum, on_lattice
from evalsuite.stats.result import Estimate
from evalsuite.stats.validation import cluster_codes

__all__ = [
    "BootstrapEstimate",
    "BootstrapMethod",
    "Statistic",
    "bootstrap",
    "bootstrap_mean",
    "exact_multinomial",
]

BootstrapMethod = Literal["percentile", "bca", "studentized"]
ExactMethod = Literal["percentile", "bca"]
Statistic = Callable[[NDArray[np.float64]], NDArray[np.float64]]

# Numbers held at once while resampling: 8 MiB of float64.
CHUNK = 1 << 20
# Drawn indices that stay in the processor's cache: more at once is slower.
CACHED = 1 << 16
# Differences below this are rounding.
SAME = 1e-12
NO_SPREAD = "every problem has the same score, so the bootstrap has no spread: use cluster.mean or an exact interval"


@dataclass(frozen=True, slots=True)
class BootstrapEstimate:
    """A bootstrap interval with the spread of the resampled statistic.

    Attributes
    ----------
    estimate
        The statistic of the data and its interval.
    standard_error, bias
        Standard deviation of the resampled statistics, and their mean less the statistic of the data.
    n_resamples
        Number of resamples drawn.
    """

    estimate: Estimate
    standard_error: float
    bias: float
    n_resamples: int


def bootstrap(
    statistic: Statistic,
    rows: ArrayLike,
    *,
    rng: np.random.Generator,
    method: ExactMethod = "bca",
    n_resamples: int = 9999,
    clusters: Sequence[Hashable] | None = None,
    confidence_level: float = 0.95,
) -> BootstrapEstimate:
    """Resample problems and return an interval for any statistic of them.

    Parameters
    ----------
    statistic
        Maps resamples of shape (n_resamples, n_problems, ...) to (n_resamples,) values.
    rows : (n_problems, ...)
        What is known of each problem: a score, the scores of two runs, the scores of K completions.
    rng
        Source of the resamples; the same state gives the same interval.
    method
        ``"bca"`` corrects for bias and skewness (Efron 1987), ``"percentile"`` reads the quantiles.
    clusters : (n_problems,)
        Groups that are drawn whole. Resamples then have different numbers of problems and `statistic` is called for
        one at a time, which is slow; for means `bootstrap_mean` is not.

    Raises
    ------
    ValueError
        Fewer than two problems or clusters, or the statistic does not vary between resamples.

    References
    ----------
    Efron (1987), doi:10.1080/01621459.1987.10478410; Davison and Hinkley (1997), doi:10.1017/CBO9780511802843.

    Examples
    --------
    >>> import numpy as np
    >>> tokens = np.array([80, 95, 110, 120, 150, 180, 200, 240, 256, 256])
    >>> r = bootstrap(lambda x: np.median(x, axis=1), tokens, rng=np.random.default_rng(1), method="percentile")
    >>> r.estimate.value, r.estimate.low, r.estimate.high
    (165.0, 107.5, 240.0)
    """
    data = np.asarray(rows, dtype=np.float64)
    codes = cluster_codes(clusters, data.shape[0] if data.ndim else 0)
    members = [np.flatnonzero(codes == code) for code in range(int(codes.max(initial=-1)) + 1)]
    _check(len(members), n_resamples, confidence_level)
    value = float(statistic(data[None])[0])
    if clusters is None:
        draws = _resample_rows(statistic, data, rng, n_resamples)
        without = _leave_one_out(statistic, data) if method == "bca" else None
    else:
        draws = _resample_clusters(statistic, data, members, rng, n_resamples)
        without = None
        if method == "bca":
            rest = (np.delete(data, member, axis=0) for member in members)
            without = np.array([float(statistic(part[None])[0]) for part in rest])
    acceleration = 0.0 if without is None else _acceleration(without.mean() - without)
    return _from_draws(value, draws, method, acceleration, confidence_level, data.shape[0])


def bootstrap_mean(
    values: ArrayLike,
    *,
    rng: np.random.Generator,
    method: BootstrapMethod = "bca",
    n_resamples: int = 9999,
    clusters: Sequence[Hashable] | None = None,
    confidence_level: float = 0.95,
) -> BootstrapEstimate:
    """Resample problems and return an interval for their mean, fast.

    Problems with equal scores are interchangeable. Where scores are multiples of 1/K the total of a resample is
    therefore drawn at once, from its exact distribution; otherwise as one multinomial count for each distinct score.

    Parameters
    ----------
    values : (n_problems,) or (n_problems, n_completions) float
        Scores; rows are averaged first. For a paired comparison give the problem differences.
    rng
        Source of the resamples; the same state gives the same interval.
    method
        ``"bca"``, ``"percentile"``, or ``"studentized"`` by the cluster-robust standard error of each resample.
    clusters : (n_problems,)
        Groups that are drawn whole.

    Raises
    ------
    ValueError
        Fewer than two problems or clusters, all with the same mean, or too few for ``"studentized"``.

    References
    ----------
    Efron (1987), doi:10.1080/01621459.1987.10478410; Davison and Hinkley (1997), doi:10.1017/CBO9780511802843.

    Examples
    --------
    >>> import numpy as np
    >>> r = bootstrap_mean([1, 0, 0, 0, 0], rng=np.random.default_rng(1), method="percentile")
    >>> f"{r.estimate.value:.1f} [{r.estimate.low:.1f}, {r.estimate.high:.1f}]"
    '0.2 [0.0, 0.6]'
    """
    scores = _problem_scores(values)
    groups = cluster_codes(clusters, scores.size)
    sizes = np.bincount(groups).astype(np.float64)
    sums = np.asarray(np.bincount(groups, weights=scores), dtype=np.float64)
    _check(sums.size, n_resamples, confidence_level)
    if np.ptp(sums / sizes) < SAME:
        raise ValueError(NO_SPREAD)
    value = float(sums.sum() / sizes.sum())
    if method == "studentized":
        return _studentized(value, sums, sizes, rng, n_resamples, confidence_level)
    # With clusters of one size the mean is again a sum over a constant.
    lattice = on_lattice(sums) if np.ptp(sizes) == 0 else None
    if lattice is None:
        totals = _draw_totals(np.column_stack([sums, sizes]), rng, n_resamples)
        draws = totals[:, 0] / totals[:, 1]
    else:
        draws = LatticeSum(*lattice, sums.size).draw(rng, n_resamples) / sizes[0]
    influence = (sums - value * sizes) / (sizes.sum() - sizes)
    acceleration = _acceleration(influence - influence.mean())
    return _from_draws(value, draws, method, acceleration, confidence_level, scores.size)


def exact_multinomial(
    wins: int, losses: int, total: int, *, method: ExactMethod = "percentile", confidence_level: float = 0.95
) -> Estimate:
    """Return the bootstrap interval of a paired difference with no resampling.

    The resampled difference is (B - C)/total with (B, C, rest) multinomial at the observed shares.

    Parameters
    ----------
    wins, losses, total
        Problems that only the new run, or only the base run, solved; and all problems.
    method
        ``"percentile"`` or ``"bca"``.

    Raises
    ------
    ValueError
        All problems have the same outcome, so the interval would have zero width.

    Examples
    --------
    >>> e = exact_multinomial(1, 2, 20)
    >>> e.low, e.high
    (-0.2, 0.1)
    """
    if wins < 0 or losses < 0 or wins + losses > total or total < 1:
        raise ValueError(f"need wins, losses >= 0 and wins + losses <= total, got {wins=}, {losses=}, {total=}")
    counts = np.array([losses, total - wins - losses, wins])
    return _exact(np.array([-1, 0, 1]), counts, method, confidence_level, "multinomial")


def _exact(
    integers: NDArray[np.int64], counts: NDArray[np.int64], method: ExactMethod, confidence_level: float, name: str
) -> Estimate:
    n = int(counts.sum())
    if n in counts:
        raise ValueError(NO_SPREAD)
    _check(n, 1, confidence_level)
    distribution = LatticeSum(integers, counts, 1, n)
    total = int(counts @ integers)
    levels = ((1 - confidence_level) / 2, (1 + confidence_level) / 2)
    if method == "bca":
        deviation = integers - total / n
        third, second = float(counts @ deviation**3), float(counts @ deviation**2)
        levels = _bca_levels(distribution.below(total), third / (6 * second**1.5), confidence_level)
    low, high = (distribution.quantile(level) for level in levels)
    return Estimate(total / n, low, high, confidence_level, f"exact_{name}_{method}", n)


def _problem_scores(values: ArrayLike) -> NDArray[np.float64]:
    scores = np.asarray(values, dtype=np.float64)
    if scores.ndim == 2 and scores.shape[1]:
        scores = scores.mean(axis=1)
    if scores.ndim != 1 or not np.isfinite(scores).all():
        raise ValueError(
            f"need finite scores of shape (n_problems,) or (n_problems, n_completions), got {scores.shape}"
        )
    return scores


def _studentized(
    value: float,
    sums: NDArray[np.float64],
    sizes: NDArray[np.float64],
    rng: np.random.Generator,
    n_resamples: int,
    confidence_level: float,
) -> BootstrapEstimate:
    moments = np.column_stack([sums, sizes, sums**2, sums * sizes, sizes**2])
    totals = np.vstack([moments.sum(axis=0), _draw_totals(moments, rng, n_resamples)])
    s, n, ss, sn, nn = totals.T
    centre = s / n
    # The factor G/(G-1) of the standard error is left out: it cancels between t and the limits.
    errors = np.sqrt(np.maximum(ss - 2 * centre * sn + centre**2 * nn, 0.0)) / n
    # A resample of equal problems has no standard error of its own: infinitely many of them away from the estimate.
    distance = centre[1:] - value
    flat = errors[1:] < 1e-9 * errors[0]
    safe = np.where(flat, 1.0, errors[1:])
    t = np.where(flat, np.where(np.abs(distance) < SAME, 0.0, np.copysign(np.inf, distance)), distance / safe)
    ranked = np.sort(t)
    # Order statistics, since interpolation between infinite neighbours is undefined.
    tail = (1 - confidence_level) / 2
    lower = ranked[max(0, math.ceil(tail * n_resamples) - 1)]
    upper = ranked[math.ceil((1 - tail) * n_resamples) - 1]
    if not (math.isfinite(lower) and math.isfinite(upper)):
        raise ValueError(f"too many resamples of {sums.size} problems or clusters have no spread: use method='bca'")
    estimate = Estimate(
        value,
        value - float(upper) * float(errors[0]),
        value - float(lower) * float(errors[0]),
        confidence_level,
        "bootstrap_studentized",
        round(float(sizes.sum())),
    )
    draws = centre[1:]
    return BootstrapEstimate(estimate, float(draws.std(ddof=1)), float(draws.mean() - value), n_resamples)


def _draw_totals(rows: NDArray[np.float64], rng: np.random.Generator, n_resamples: int) -> NDArray[np.float64]:
    """Return the column sums of `n_resamples` resamples of the rows. (n_resamples, n_columns)"""
    n = rows.shape[0]
    distinct, counts = np.unique(rows, axis=0, return_counts=True)
    # A multinomial count costs about as much as twenty drawn indices.
    if 20 * distinct.shape[0] < n:
        return np.asarray(rng.multinomial(n, counts / n, size=n_resamples) @ distinct, dtype=np.float64)
    small = np.uint16 if n <= 1 << 16 else np.uint32
    parts = []
    for start in range(0, n_resamples, step := max(1, CACHED // n)):
        index = rng.integers(0, n, size=(min(step, n_resamples - start), n), dtype=small)
        parts.append(np.column_stack([np.take(column, index).sum(axis=1) for column in rows.T]))
    return np.concatenate(parts)


def _resample_rows(
    statistic: Statistic, data: NDArray[np.float64], rng: np.random.Generator, n_resamples: int
) -> NDArray[np.float64]:
    n = data.shape[0]
    parts = []
    for start in range(0, n_resamples, step := max(1, CHUNK // data.size)):
        index = rng.integers(0, n, size=(min(step, n_resamples - start), n))
        parts.append(statistic(data[index]))
    return np.concatenate(parts)


def _resample_clusters(
    statistic: Statistic,
    data: NDArray[np.float64],
    members: list[NDArray[np.int64]],
    rng: np.random.Generator,
    n_resamples: int,
) -> NDArray[np.float64]:
    draws = np.empty(n_resamples)
    for i in range(n_resamples):
        chosen = rng.integers(0, len(members), size=len(members))
        index = np.concatenate([members[j] for j in chosen.tolist()])
        draws[i] = statistic(data[None, index])[0]
    return draws


def _leave_one_out(statistic: Statistic, data: NDArray[np.float64]) -> NDArray[np.float64]:
    n = data.shape[0]
    parts = []
    for start in range(0, n, step := max(1, CHUNK // data.size)):
        left_out = np.arange(start, min(n, start + step))[:, None]
        index = np.arange(n - 1)[None, :]
        parts.append(statistic(data[index + (index >= left_out)]))
    return np.concatenate(parts)


def _acceleration(deviation: NDArray[np.float64]) -> float:
    """Return Efron's acceleration from jackknife deviations (mean of the jackknife values minus each)."""
    second = float(np.sum(deviation**2))
    return float(np.sum(deviation**3)) / (6 * second**1.5) if second > 0 else 0.0


def _bca_levels(below: float, acceleration: float, confidence_level: float) -> tuple[float, float]:
    """Return the quantile levels of the BCa limits (Efron 1987, eq. 2.3)."""
    if not 0 < below < 1:
        raise ValueError("all resamples lie on one side of the estimate, so BCa is undefined: use method='percentile'")
    bias = float(special.ndtri(below))
    levels = []
    for tail in ((1 - confidence_level) / 2, (1 + confidence_level) / 2):
        z = bias + float(special.ndtri(tail))
        # Beyond its pole the transformation has run through the whole distribution.
        shrunk = 1 - acceleration * z
        levels.append(float(special.ndtr(bias + z / shrunk)) if shrunk > 0 else float(z > 0))
    return levels[0], levels[1]


def _from_draws(
    value: float,
    draws: NDArray[np.float64],
    method: BootstrapMethod,
    acceleration: float,
    confidence_level: float,
    n: int,
) -> BootstrapEstimate:
    if not np.isfinite(draws).all():
        raise ValueError("the statistic is not finite for some resamples")
    if np.ptp(draws) < SAME * max(1.0, abs(value)):
        raise ValueError(NO_SPREAD)
    levels = ((1 - confidence_level) / 2, (1 + confidence_level) / 2)
    if method == "bca":
        equal = np.abs(draws - value) <= SAME * max(1.0, abs(value))
        below = float(np.mean((draws < value) & ~equal) + equal.mean() / 2)
        levels = _bca_levels(below, acceleration, confidence_level)
    low, high = np.quantile(draws, levels).tolist()
    if not high > low:
        raise ValueError(f"the resampled statistic is {low} at both limits: the bootstrap cannot show its uncertainty")
    estimate = Estimate(value, low, high, confidence_level, f"bootstrap_{method}", n)
    return BootstrapEstimate(estimate, float(draws.std(ddof=1)), float(draws.mean() - value), draws.size)


def _check(n: int, n_resamples: int, confidence_level: float) -> None:
    if n < 2:
        raise ValueError(f"need at least 2 independent problems or clusters to resample, got {n}")
    if n_resamples < 1 or not 0 < confidence_level < 1:
        raise ValueError(f"need n_resamples >= 1 and 0 < confidence_level < 1, got {n_resamples}, {confidence_level}")
