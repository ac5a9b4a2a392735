"""Accuracy on one fixed set of problems, when only some of them were answered.

Choose it when the question is about this test set and not about problems like these. Problems are then the random part
only in so far as they were drawn, without replacement, from a set of known size; once all are answered greedily the
accuracy is known, and the interval has zero width because nothing is left to estimate. With sampled decoding the
noise of the completions stays, however many problems are seen. For claims about other problems use `proportion`,
`paired` or `cluster`: their intervals do not shrink to zero.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from evalsuite.stats.cluster import bounded_limits
from evalsuite.stats.result import Estimate
from evalsuite.stats.validation import checked_counts

__all__ = [
    "FinitePopulationMean",
    "correction",
    "finite_population_difference",
    "finite_population_mean",
    "hypergeometric",
]


@dataclass(frozen=True, slots=True)
class FinitePopulationMean:
    """A mean over a fixed set of problems, with its error in two parts.

    Attributes
    ----------
    estimate
        Mean or paired difference, with a t interval cut to its range.
    standard_error
        Root of the sum of the two variances below.
    sampling_variance, decoding_variance
        What is due to the problems not answered, 0 when all are, and to the completions, 0 for greedy decoding.
    """

    estimate: Estimate
    standard_error: float
    sampling_variance: float
    decoding_variance: float


def correction(n_problems: int, population_size: int) -> float:
    """Return sqrt((N - n)/(N - 1)), by which drawing without replacement shrinks a standard error.

    References
    ----------
    Cochran (1977), Sampling Techniques, 3rd edition, eq. 3.2.

    Examples
    --------
    >>> [round(correction(n, 1319), 4) for n in (20, 200, 500, 1319)]
    [0.9928, 0.9214, 0.7883, 0.0]
    """
    _check_sizes(n_problems, population_size)
    if population_size == 1:
        return 0.0
    return math.sqrt((population_size - n_problems) / (population_size - 1))


def hypergeometric(correct: int, total: int, population_size: int, *, confidence_level: float = 0.95) -> Estimate:
    """Estimate accuracy on a fixed set from greedy answers to a random part of it, exactly.

    The lower limit is the smallest number K of solvable problems with P(X >= correct) > alpha/2, the upper limit the
    largest with P(X <= correct) > alpha/2, where X is hypergeometric; both over the size of the set. When all problems
    are answered both are the accuracy itself.

    Parameters
    ----------
    correct, total
        Problems solved and answered, one greedy completion each.
    population_size
        Number of problems in the set.

    References
    ----------
    Wright (1991), Exact Confidence Bounds when Sampling from Small Finite Universes, doi:10.1007/978-1-4612-3140-0.

    Examples
    --------
    >>> e = hypergeometric(11, 20, 1319)
    >>> f"{e.low:.4f} {e.high:.4f}"
    '0.3169 0.7680'
    >>> e = hypergeometric(659, 1319, 1319)
    >>> e.low == e.value == e.high
    True
    """
    _check_sizes(total, population_size)
    if not 0 <= correct <= total or not 0 < confidence_level < 1:
        raise ValueError(f"need 0 <= correct <= total and 0 < confidence_level < 1, got {correct=}, {total=}")
    tail = (1 - confidence_level) / 2
    high = _largest_plausible(correct, total, population_size, tail)
    # Counting wrong answers mirrors the problem.
    low = population_size - _largest_plausible(total - correct, total, population_size, tail)
    return Estimate(
        correct / total, low / population_size, high / population_size, confidence_level, "hypergeometric", total
    )


def finite_population_mean(
    successes: ArrayLike,
    attempts: ArrayLike,
    population_size: int,
    *,
    greedy: bool = False,
    confidence_level: float = 0.95,
) -> FinitePopulationMean:
    """Estimate accuracy on a fixed set from K completions of a random part of it.

    Parameters
    ----------
    successes, attempts : (n_problems,) int
        Right completions and completions made. Problems without a completion count as not answered.
    population_size
        Number of problems in the set, N.
    greedy
        Completions of a problem do not vary, so one is enough and there is no decoding variance.

    Raises
    ------
    ValueError
        Decoding is sampled and a problem has one completion only: its decoding noise cannot be estimated.

    References
    ----------
    With s2 the variance of problem means and v the mean of their own variances (unbiased within-problem variance over
    K), the estimated variance is (1 - n/N) s2/n + v/N: Cochran (1977), Sampling Techniques, theorem 10.2.

    Examples
    --------
    >>> r = finite_population_mean([4, 2, 0, 3], [4, 4, 4, 4], 4)
    >>> f"{r.estimate.value:.4f} {r.standard_error:.4f} {r.sampling_variance}"
    '0.5625 0.0955 0.0'
    """
    right, attempted = checked_counts(successes, attempts)
    answered = attempted > 0
    if not answered.any():
        raise ValueError("need at least one problem with a completion")
    right, attempted = right[answered], attempted[answered]
    within = np.zeros(right.size) if greedy else _within_variance(right, attempted)
    spare = int((attempted - 1).sum())
    return _two_stage(right / attempted, within, spare, population_size, (0.0, 1.0), greedy, confidence_level)


def finite_population_difference(
    base_successes: ArrayLike,
    base_attempts: ArrayLike,
    new_successes: ArrayLike,
    new_attempts: ArrayLike,
    population_size: int,
    *,
    greedy: bool = False,
    confidence_level: float = 0.95,
) -> FinitePopulationMean:
    """Estimate the paired difference on a fixed set; parameters and errors as in `finite_population_mean`.

    Problems that one arm did not answer count as not answered.

    Examples
    --------
    >>> one = [1, 1, 1, 1]
    >>> r = finite_population_difference([1, 0, 0, 0], one, [1, 1, 0, 0], one, 4, greedy=True)
    >>> r.estimate.low, r.estimate.high
    (0.25, 0.25)
    """
    base, base_attempted = checked_counts(base_successes, base_attempts)
    new, new_attempted = checked_counts(new_successes, new_attempts)
    if base.shape != new.shape:
        raise ValueError(f"need the same problems in both runs, got {base.size} and {new.size}")
    answered = (base_attempted > 0) & (new_attempted > 0)
    if not answered.any():
        raise ValueError("need at least one problem with a completion in both runs")
    base, base_attempted, new, new_attempted = (
        base[answered],
        base_attempted[answered],
        new[answered],
        new_attempted[answered],
    )
    within = (
        np.zeros(base.size) if greedy else _within_variance(base, base_attempted) + _within_variance(new, new_attempted)
    )
    spare = int((base_attempted + new_attempted - 2).sum())
    change = new / new_attempted - base / base_attempted
    return _two_stage(change, within, spare, population_size, (-1.0, 1.0), greedy, confidence_level)


def _two_stage(
    scores: NDArray[np.float64],
    within: NDArray[np.float64],
    spare_completions: int,
    population_size: int,
    bounds: tuple[float, float],
    greedy: bool,
    confidence_level: float,
) -> FinitePopulationMean:
    n = scores.size
    _check_sizes(n, population_size)
    if not 0 < confidence_level < 1:
        raise ValueError(f"need 0 < confidence_level < 1, got {confidence_level}")
    value = float(scores.mean())
    between = float(scores.var(ddof=1)) if n > 1 else 0.0
    unseen = 1 - n / population_size
    decoding = float(within.mean()) / n
    # The variance of problem means already holds decoding noise; only the rest is due to drawing problems.
    total = unseen * between / n + float(within.mean()) / population_size
    error = math.sqrt(total)
    if n == population_size and (greedy or error > 0):
        # Only the decoding noise is left, estimated from the completions beyond each problem's first.
        quantile = 0.0 if greedy else float(special.stdtrit(spare_completions, (1 + confidence_level) / 2))
        low, high, method = value - quantile * error, value + quantile * error, "census"
    elif error > 1e-12 and n > 1:
        quantile = float(special.stdtrit(n - 1, (1 + confidence_level) / 2))
        low, high, method = value - quantile * error, value + quantile * error, "finite_population_t"
    else:
        low, high = _without_variance(scores, population_size, bounds, greedy, confidence_level)
        method = "bounded"
    estimate = Estimate(value, max(bounds[0], low), min(bounds[1], high), confidence_level, method, n)
    return FinitePopulationMean(estimate, error, max(0.0, total - decoding), min(decoding, total))


def _without_variance(
    scores: NDArray[np.float64],
    population_size: int,
    bounds: tuple[float, float],
    greedy: bool,
    confidence_level: float,
) -> tuple[float, float]:
    smallest, largest, n = float(scores.min()), float(scores.max()), scores.size
    if not greedy:
        return bounded_limits(smallest, largest, n, bounds=bounds, confidence_level=confidence_level)
    # All drawn problems score the same. At most this share of the set can score otherwise; take it to the extremes.
    other = _largest_plausible(0, n, population_size, (1 - confidence_level) / 2) / population_size
    return smallest + other * (bounds[0] - smallest), largest + other * (bounds[1] - largest)


def _largest_plausible(correct: int, total: int, population_size: int, tail: float) -> int:
    """Return the largest K with P(X <= correct) > tail for `total` draws from a set with K solvable problems."""
    low, high = correct, population_size - total + correct
    while low < high:
        middle = (low + high + 1) // 2
        if _cdf(correct, total, middle, population_size) > tail:
            low = middle
        else:
            high = middle - 1
    return low


def _cdf(x: int, draws: int, good: int, size: int) -> float:
    k = np.arange(max(0, draws + good - size), min(x, draws, good) + 1)

    def log_choose(n: int | NDArray[np.int64], r: int | NDArray[np.int64]) -> NDArray[np.float64]:
        return np.asarray(special.gammaln(np.add(n, 1)) - special.gammaln(np.add(r, 1)) - special.gammaln(n - r + 1))

    log_p = log_choose(good, k) + log_choose(size - good, draws - k) - log_choose(size, draws)
    return float(np.exp(log_p).sum())


def _within_variance(right: NDArray[np.int64], attempted: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the estimated decoding variance of each problem's mean."""
    if (attempted < 2).any():
        raise ValueError(
            f"need at least 2 completions of each problem to know the decoding noise, got {int(attempted.min())}: "
            "pass greedy=True if completions cannot vary, or use cluster.mean"
        )
    share = right / attempted
    variance: NDArray[np.float64] = share * (1 - share) / (attempted - 1)
    return variance


def _check_sizes(n_problems: int, population_size: int) -> None:
    if not 1 <= n_problems <= population_size:
        raise ValueError(f"need 1 <= n_problems <= population_size, got {n_problems} and {population_size}")
