"""Accuracy and paired difference when problems, or groups of problems, are the independent unit.

Choose it whenever a problem has more than one completion, or when problems share a template: completions of one
problem resemble each other, and pooling them as if they were independent gives intervals that are far too short.
With one completion a problem and no templates the exact methods for 0/1 data say more: `proportion` and `paired`.

Each problem is first reduced to the share of right completions. The mean of these shares has the standard error of
Liang and Zeger (1986) with the factor G/(G-1), where G counts clusters, and a t interval with G-1 degrees of freedom.
Without clusters every problem is its own cluster and this is the ordinary t interval over problems.

Where no variance can be estimated (one cluster, or all clusters equal) the interval is `bounded_limits`, which needs
only that scores are bounded. It is never of zero width: all right gives the Clopper-Pearson limits, and no difference
anywhere gives the limits +-(1 - (alpha/2)^(1/G)).
"""

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from evalsuite.stats.result import Estimate, TestResult
from evalsuite.stats.validation import checked_counts, cluster_codes

__all__ = [
    "ClusteredMean",
    "PairedMeanDifference",
    "Weighting",
    "bounded_limits",
    "cluster_sign_flip",
    "clustered_mean",
    "mean",
    "paired_mean_difference",
]

Weighting = Literal["macro", "micro"]

FEW_CLUSTERS = 30
# Standard errors below this are rounding errors of scores that are all equal.
ZERO = 1e-12


@dataclass(frozen=True, slots=True)
class ClusteredMean:
    """A weighted mean with its cluster-robust standard error.

    Attributes
    ----------
    value
        The weighted mean.
    standard_error
        None with a single cluster, where it cannot be estimated; 0 where all clusters agree.
    n_problems, n_clusters
        What was averaged, and the number of independent groups.
    smallest, largest
        Extremes of the cluster means.
    """

    value: float
    standard_error: float | None
    n_problems: int
    n_clusters: int
    smallest: float
    largest: float

    @property
    def degenerate(self) -> bool:
        """Whether no t interval exists: one cluster, or no variation between clusters."""
        return self.standard_error is None or self.standard_error < ZERO

    def estimate(self, *, bounds: tuple[float, float] = (0.0, 1.0), confidence_level: float = 0.95) -> Estimate:
        """Return the t interval (df = clusters - 1), cut to `bounds`; `bounded_limits` where there is none."""
        _check_level(confidence_level)
        if self.standard_error is None or self.degenerate:
            low, high = bounded_limits(
                self.smallest, self.largest, self.n_clusters, bounds=bounds, confidence_level=confidence_level
            )
            method = "bounded"
        else:
            quantile = float(special.stdtrit(self.n_clusters - 1, (1 + confidence_level) / 2))
            margin = quantile * self.standard_error
            low, high = max(bounds[0], self.value - margin), min(bounds[1], self.value + margin)
            method = "t" if self.n_clusters == self.n_problems else "cluster_t"
        return Estimate(self.value, low, high, confidence_level, method, self.n_problems)


@dataclass(frozen=True, slots=True)
class PairedMeanDifference:
    """The paired difference of two runs with several completions a problem.

    Attributes
    ----------
    difference
        New minus base, with its interval.
    standard_error
        None with a single cluster; 0 where all clusters agree.
    test
        t test of no difference, or the test that belongs to `bounded_limits` where there is no t.
    sign_flip
        Exact test that flips the arms of whole clusters, offered below 30 clusters, where the t test is
        approximate. None with more clusters, or where a problem has different numbers of completions in the arms.
    n_clusters, n_dropped
        Independent groups, and problems left out because one arm has no completion of them.
    """

    difference: Estimate
    standard_error: float | None
    test: TestResult
    sign_flip: TestResult | None
    n_clusters: int
    n_dropped: int


def mean(
    successes: ArrayLike,
    attempts: ArrayLike,
    *,
    clusters: Sequence[Hashable] | None = None,
    weighting: Weighting = "macro",
    confidence_level: float = 0.95,
) -> Estimate:
    """Estimate accuracy on problems like these from any number of completions a problem.

    Parameters
    ----------
    successes, attempts : (n_problems,) int
        Right completions and completions made, ``0 <= successes <= attempts``. A problem with no completion is left
        out; `n_problems` of the result counts the others.
    clusters : (n_problems,)
        Template of each problem; None where problems are independent.
    weighting
        ``"macro"`` gives each problem one vote (the mean of problem means), ``"micro"`` each completion.

    Raises
    ------
    ValueError
        Shapes differ, counts are impossible, or no problem has a completion.

    References
    ----------
    Miller (2024), arXiv:2411.00640; Liang and Zeger (1986), doi:10.1093/biomet/73.1.13.

    Examples
    --------
    >>> e = mean([2, 0, 4, 1, 1, 3], [4, 4, 4, 4, 4, 4])
    >>> f"{e.value:.4f} [{e.low:.4f}, {e.high:.4f}]"
    '0.4583 [0.0722, 0.8445]'
    >>> f"{mean([1, 0, 3], [1, 8, 4]).value:.3f} {mean([1, 0, 3], [1, 8, 4], weighting='micro').value:.3f}"
    '0.583 0.308'
    """
    right, attempted = checked_counts(successes, attempts)
    answered = attempted > 0
    if not answered.any():
        raise ValueError(f"need at least one problem with a completion, got attempts={attempted.tolist()[:5]}")
    right, attempted = right[answered], attempted[answered]
    weights = attempted if weighting == "micro" else np.ones_like(attempted)
    groups = _answered_codes(clusters, answered)
    result = clustered_mean(right / attempted, weights=weights, clusters=groups)
    return result.estimate(confidence_level=confidence_level)


def paired_mean_difference(
    base_successes: ArrayLike,
    base_attempts: ArrayLike,
    new_successes: ArrayLike,
    new_attempts: ArrayLike,
    *,
    clusters: Sequence[Hashable] | None = None,
    weighting: Weighting = "macro",
    confidence_level: float = 0.95,
) -> PairedMeanDifference:
    """Compare two runs on the same problems, with any number of completions a problem.

    Parameters
    ----------
    base_successes, base_attempts, new_successes, new_attempts : (n_problems,) int
        Right completions and completions made, in the same order of problems for both runs.
    clusters : (n_problems,)
        Template of each problem; None where problems are independent.
    weighting
        ``"macro"`` averages the problem differences; ``"micro"`` takes the difference of the pooled shares.

    Raises
    ------
    ValueError
        Shapes differ, counts are impossible, or no problem has completions in both arms.

    References
    ----------
    Miller (2024), arXiv:2411.00640; Liang and Zeger (1986), doi:10.1093/biomet/73.1.13.

    Examples
    --------
    >>> four = [4] * 6
    >>> r = paired_mean_difference([2, 0, 4, 1, 1, 3], four, [3, 1, 4, 2, 0, 4], four)
    >>> f"{r.difference.value:.3f} [{r.difference.low:.4f}, {r.difference.high:.4f}] {r.standard_error:.6f}"
    '0.125 [-0.0945, 0.3445] 0.085391'
    >>> f"{r.test.pvalue:.4f} {r.sign_flip.pvalue:.4f}"
    '0.2031 0.3750'
    """
    base, base_attempted = checked_counts(base_successes, base_attempts)
    new, new_attempted = checked_counts(new_successes, new_attempts)
    if base.shape != new.shape:
        raise ValueError(f"need the same problems in both runs, got {base.size} and {new.size}")
    answered = (base_attempted > 0) & (new_attempted > 0)
    if not answered.any():
        raise ValueError("need at least one problem with a completion in both runs")
    base, base_attempted, new, new_attempted = (
        counts[answered] for counts in (base, base_attempted, new, new_attempted)
    )
    groups = _answered_codes(clusters, answered)
    base_weights, new_weights = (
        (base_attempted, new_attempted) if weighting == "micro" else (np.ones_like(base_attempted),) * 2
    )
    result = _difference(base / base_attempted, base_weights, new / new_attempted, new_weights, groups)
    totals = np.asarray(
        np.bincount(groups, weights=base_weights * (new / new_attempted - base / base_attempted)), np.float64
    )
    exchangeable = np.array_equal(base_attempted, new_attempted)
    return PairedMeanDifference(
        difference=result.estimate(bounds=(-1.0, 1.0), confidence_level=confidence_level),
        standard_error=result.standard_error,
        test=_test_of_zero(result),
        sign_flip=_flip_test(totals, result.value) if exchangeable else None,
        n_clusters=result.n_clusters,
        n_dropped=int((~answered).sum()),
    )


def clustered_mean(
    values: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    clusters: Sequence[Hashable] | NDArray[np.int64] | None = None,
) -> ClusteredMean:
    """Average one number a problem, with the standard error of Liang and Zeger.

    Parameters
    ----------
    values : (n_problems,) float
        One number for each problem.
    weights : (n_problems,) float
        Positive weights; equal by default.
    clusters : (n_problems,)
        Group of each problem; None where problems are independent.

    References
    ----------
    With u_i = w_i (y_i - mean) and U_g its sums within clusters, SE^2 = G/(G-1) sum(U_g^2) / sum(w)^2: the
    small-sample factor (N-1)/(N-k) is 1 for a single mean. Cameron and Miller (2015), doi:10.3368/jhr.50.2.317, eq. 11.

    Examples
    --------
    >>> m = clustered_mean([1, 0, 1, 1], clusters=["a", "a", "b", "c"])
    >>> f"{m.value:.2f} {m.standard_error:.4f} {m.n_clusters}"
    '0.75 0.1875 3'
    """
    y = np.asarray(values, dtype=np.float64)
    if y.ndim != 1 or y.size == 0 or not np.isfinite(y).all():
        raise ValueError(f"need one finite value a problem, got an array of shape {y.shape}")
    w = np.ones_like(y) if weights is None else np.asarray(weights, dtype=np.float64)
    if w.shape != y.shape or not (w > 0).all():
        raise ValueError(f"need one positive weight for each of {y.size} problems, got shape {w.shape}")
    groups = cluster_codes(clusters, y.size)
    value = float(w @ y / w.sum())
    score = np.bincount(groups, weights=w * (y - value)) / w.sum()
    group_means = np.bincount(groups, weights=w * y) / np.bincount(groups, weights=w)
    return _summary(value, score, group_means, y.size)


def bounded_limits(
    smallest: float,
    largest: float,
    n: int,
    *,
    bounds: tuple[float, float] = (0.0, 1.0),
    confidence_level: float = 0.95,
) -> tuple[float, float]:
    """Return limits for a mean that need no variance, only that the `n` independent values are bounded.

    On [0, 1] Markov's inequality gives P(all n values >= mean/t) <= t^n. With t = (alpha/2)^(1/n) the lower limit
    ``t * smallest`` therefore exceeds the mean with probability at most alpha/2, and the upper limit is its mirror
    image. For values that are all 0 or all 1 these are the Clopper-Pearson limits; other bounds are rescaled.

    Parameters
    ----------
    smallest, largest
        Extremes of the values.
    n
        Number of independent values.
    bounds
        Range that the values cannot leave.

    Examples
    --------
    >>> low, high = bounded_limits(1, 1, 5)
    >>> f"{low:.4f} {high:.0f}"
    '0.4782 1'
    >>> low, high = bounded_limits(0, 0, 20, bounds=(-1, 1))
    >>> f"{low:.4f} {high:.4f}"
    '-0.1684 0.1684'
    """
    _check_level(confidence_level)
    floor, ceiling = bounds
    if n < 1 or not floor <= smallest <= largest <= ceiling:
        raise ValueError(
            f"need n >= 1 and {floor} <= smallest <= largest <= {ceiling}, got {n=}, {smallest=}, {largest=}"
        )
    t = ((1 - confidence_level) / 2) ** (1 / n)
    return floor + t * (smallest - floor), ceiling - t * (ceiling - largest)


def cluster_sign_flip(totals: ArrayLike) -> float:
    """Return the exact two-sided p-value when each cluster total is as likely to have either sign.

    Valid where the arms are exchangeable within a cluster under the null hypothesis. All 2^G sign patterns are
    counted, by splitting the clusters into two halves; below 30 clusters only, since time grows as 2^(G/2).

    Parameters
    ----------
    totals : (n_clusters,) float
        Sum of the problem differences of each cluster.

    References
    ----------
    Fisher (1935), The Design of Experiments, section 21; Canay, Romano and Shaikh (2017), doi:10.3982/ECTA13081.

    Examples
    --------
    >>> cluster_sign_flip([1, 1, 0, 1, -1, 1])
    0.375
    """
    t = np.abs(np.asarray(totals, dtype=np.float64))
    if not 1 <= t.size < FEW_CLUSTERS:
        raise ValueError(f"need 1 to {FEW_CLUSTERS - 1} clusters, got {t.size}")
    observed = abs(float(np.sum(np.asarray(totals, dtype=np.float64))))
    # Equal sums can differ in the last bits, so ties are taken with a margin.
    threshold = observed - 1e-9 * max(1.0, float(t.sum()))
    if threshold <= 0:
        return 1.0
    t = np.sort(t)
    first, second = _signed_sums(t[::2]), np.sort(_signed_sums(t[1::2]))
    reaching = second.size - np.searchsorted(second, threshold - first, side="left")
    # The distribution is symmetric, so both tails count the same patterns.
    return float(min(1.0, 2 * int(reaching.sum()) / (first.size * second.size)))


def _flip_test(totals: NDArray[np.float64], effect: float) -> TestResult | None:
    if totals.size >= FEW_CLUSTERS:
        return None
    return TestResult(float(totals.sum()), cluster_sign_flip(totals), "two-sided", "cluster_sign_flip", effect)


def _signed_sums(magnitudes: NDArray[np.float64]) -> NDArray[np.float64]:
    sums = np.zeros(1)
    for magnitude in magnitudes:
        sums = np.concatenate([sums - magnitude, sums + magnitude])
    return sums


def _difference(
    base: NDArray[np.float64],
    base_weights: NDArray[np.int64],
    new: NDArray[np.float64],
    new_weights: NDArray[np.int64],
    groups: NDArray[np.int64],
) -> ClusteredMean:
    base_share, new_share = base_weights / base_weights.sum(), new_weights / new_weights.sum()
    base_mean, new_mean = float(base_share @ base), float(new_share @ new)
    linearised: NDArray[np.float64] = new_share * (new - new_mean) - base_share * (base - base_mean)
    score = np.asarray(np.bincount(groups, weights=linearised), dtype=np.float64)
    new_groups = np.bincount(groups, weights=new_share * new) / np.bincount(groups, weights=new_share)
    base_groups = np.bincount(groups, weights=base_share * base) / np.bincount(groups, weights=base_share)
    changes: NDArray[np.float64] = new_groups - base_groups
    return _summary(new_mean - base_mean, score, changes, base.size)


def _summary(
    value: float, score: NDArray[np.float64], group_means: NDArray[np.float64], n_problems: int
) -> ClusteredMean:
    n_groups = score.size
    error = math.sqrt(n_groups / (n_groups - 1) * float(score @ score)) if n_groups > 1 else None
    smallest, largest = float(group_means.min()), float(group_means.max())
    # A weighted mean of the cluster means; adding up many equal shares may leave it a rounding error outside of them.
    inside = min(max(value, smallest), largest)
    return ClusteredMean(inside, error, n_problems, n_groups, smallest, largest)


def _test_of_zero(result: ClusteredMean) -> TestResult:
    if result.standard_error is None or result.degenerate:
        # The level at which `bounded_limits` first excludes 0: (1 + d)^-G in each tail.
        nearest = max(result.smallest, -result.largest, 0.0)
        pvalue = min(1.0, 2 * (1 + nearest) ** -result.n_clusters)
        return TestResult(result.value, pvalue, "two-sided", "bounded", result.value)
    t = result.value / result.standard_error
    pvalue = float(2 * special.stdtr(result.n_clusters - 1, -abs(t)))
    method = "paired_t" if result.n_clusters == result.n_problems else "cluster_t"
    return TestResult(t, min(1.0, pvalue), "two-sided", method, result.value)


def _answered_codes(clusters: Sequence[Hashable] | None, answered: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the clusters of the kept problems, numbered again without gaps."""
    codes = cluster_codes(clusters, answered.size)[answered]
    return np.unique(codes, return_inverse=True)[1].astype(np.int64)


def _check_level(confidence_level: float) -> None:
    if not 0 < confidence_level < 1:
        raise ValueError(f"need 0 < confidence_level < 1, got {confidence_level}")
