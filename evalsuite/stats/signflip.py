"""Exact randomisation tests for any number of completions a problem.

Two tests with different null hypotheses:

- `sign_flip` keeps each problem whole and exchanges the labels of the two runs within it. It asks whether the mean
  difference over problems like these is zero, and stays valid when the effect differs from problem to problem.
- `within_problem_permutation` exchanges single completions. It asks whether any problem at all changed; it rejects
  too often as a test of the mean when effects of both signs average to zero.

With one completion a problem both are the exact McNemar test. Sums are taken over all assignments by convolution of
probabilities on a lattice of whole numbers. Every term is positive, so small p-values keep their relative accuracy;
for many problems with many different numbers of completions, `lattice_tail` has the same tail from one transform.
"""

import math
from collections import Counter

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evalsuite.stats.fair_binomial import fair_coefficients
from evalsuite.stats.lattice_tail import LARGEST_RANGE, lattice_tail
from evalsuite.stats.result import TestResult
from evalsuite.stats.validation import checked_counts

__all__ = ["sign_flip", "within_problem_permutation"]

# Additions, about a fifth of a second's worth, from which on a Fourier transform of the tilted law is faster.
MOST_WORK = 200_000_000


def sign_flip(base: ArrayLike, new: ArrayLike, completions: ArrayLike) -> TestResult:
    """Test whether the mean difference between the shares of right completions is zero.

    Parameters
    ----------
    base, new
        Right completions of each problem. (n_problems,) int
    completions
        Completions of each problem, the same number for both runs: one int, or (n_problems,) int. Where the two
        runs have different numbers, labels are not exchangeable: use `cluster.paired_mean_difference`.

    Returns
    -------
    TestResult
        Statistic and effect are the mean over problems of new share minus base share.

    Raises
    ------
    ValueError
        Counts do not fit, or the numbers of completions have so large a common multiple that the test is too long.

    References
    ----------
    Pitman (1937), doi:10.2307/2984124.

    Examples
    --------
    >>> sign_flip([2, 0, 4, 1, 1, 3], [3, 1, 4, 2, 0, 4], 4).pvalue
    0.375
    """
    base_right, new_right, total, _ = _counts(base, new, completions, completions)
    common = math.lcm(*np.unique(total).tolist())
    differences = [(int(y) - int(x)) * (common // int(k)) for x, y, k in zip(base_right, new_right, total, strict=True)]
    effect = sum(differences) / common / len(differences)
    step = math.gcd(*differences)
    if sum(differences) == 0:
        return _result(1.0, effect, "sign_flip")
    sizes = Counter(abs(d) // step for d in differences if d)
    length = 1 + sum(size * count for size, count in sizes.items())
    if length * sum(sizes.values()) > MOST_WORK:
        terms = [(np.array([0, size]), np.array([0.5, 0.5]), count) for size, count in sizes.items()]
        tail = _checked_tail(lattice_tail(terms, (abs(sum(differences)) // step + length) // 2), length)
        return _result(min(1.0, 2 * tail), effect, "sign_flip")
    # Of `count` differences of one size, a fair binomial number turns positive. Their sum, positive ones only:
    positive = np.ones(1)
    for size, count in sorted(sizes.items(), reverse=True):
        grown = np.zeros(len(positive) + size * count)
        for j, weight in enumerate(fair_coefficients(count)):
            grown[j * size : j * size + len(positive)] += weight * positive
        positive = grown
    # Sum of signed differences = 2 * positive - total; the law is symmetric, so that both tails are equal.
    observed = (abs(sum(differences)) // step + length - 1) // 2
    return _result(min(1.0, 2 * float(positive[observed:].sum())), effect, "sign_flip")


def within_problem_permutation(
    base: ArrayLike, new: ArrayLike, base_completions: ArrayLike, new_completions: ArrayLike | None = None
) -> TestResult:
    """Test whether any problem's chance of a right completion differs between the runs.

    Given the right completions of a problem in both runs together, the number in the new run is hypergeometric.
    The statistic is the mean over problems of new share minus base share.

    Parameters
    ----------
    base, new
        Right completions of each problem. (n_problems,) int
    base_completions, new_completions
        Completions of each problem: one int, or (n_problems,) int. They may differ between problems and runs.
        Without `new_completions` both runs have the same numbers.

    Raises
    ------
    ValueError
        As for `sign_flip`.

    References
    ----------
    Fisher (1935), The Design of Experiments, section 21; hypergeometric form as in Mehta and Patel (1983),
    doi:10.2307/2288652.

    Examples
    --------
    >>> round(within_problem_permutation([2, 0, 4, 1, 1, 3], [3, 1, 4, 2, 0, 4], 4).pvalue, 5)
    0.45663
    """
    base_right, new_right, base_total, new_total = _counts(
        base, new, base_completions, base_completions if new_completions is None else new_completions
    )
    common = math.lcm(*np.unique(base_total).tolist(), *np.unique(new_total).tolist())
    tables = Counter(
        (int(k), int(j), int(x + y))
        for k, j, x, y in zip(base_total, new_total, base_right, new_right, strict=True)
        if x + y
    )
    # In units of 1/common: share of new minus share of base = start + slope * right completions of new.
    slopes = {(k, j): common // k + common // j for k, j, _ in tables}
    step = math.gcd(*slopes.values())
    slopes = {pair: slope // step for pair, slope in slopes.items()}
    gap = sum(
        int(y) * (common // int(j)) - int(x) * (common // int(k))
        for k, j, x, y in zip(base_total, new_total, base_right, new_right, strict=True)
    )
    effect = gap / common / len(base_right)
    if gap == 0:
        return _result(1.0, effect, "within_problem_permutation")
    supports = {key: _hypergeometric(*key) for key in tables}
    lowest = sum(
        count * (supports[k, j, right][0] * (common // j) - (right - supports[k, j, right][0]) * (common // k))
        for (k, j, right), count in tables.items()
    )
    length = 1 + sum(count * (len(supports[key][1]) - 1) * slopes[key[:2]] for key, count in tables.items())
    if length * sum(len(weights) for _, weights in supports.values()) * 4 > MOST_WORK:
        return _result(
            _long_permutation(tables, supports, slopes, (lowest, gap, step, length)),
            effect,
            "within_problem_permutation",
        )
    sums = _permutation_sums(tables, supports, slopes)
    # Position i of `sums` is the gap lowest + step * i; take |gap| >= observed on both sides.
    upper = -((lowest - abs(gap)) // step)
    lower = (-abs(gap) - lowest) // step
    above = float(sums[upper:].sum())
    below = float(sums[: lower + 1].sum()) if lower >= 0 else 0.0
    return _result(min(1.0, above + below), effect, "within_problem_permutation")


def _permutation_sums(
    tables: Counter[tuple[int, int, int]],
    supports: dict[tuple[int, int, int], tuple[int, NDArray[np.float64]]],
    slopes: dict[tuple[int, int], int],
) -> NDArray[np.float64]:
    """Return the probabilities of the smallest gap and of those a common step apart."""
    sums = np.ones(1)
    for (k, j, right), count in tables.items():
        weights = supports[k, j, right][1]
        spread = np.zeros((len(weights) - 1) * slopes[k, j] + 1)
        spread[:: slopes[k, j]] = weights
        sums = np.convolve(sums, _convolved_power(spread, count))
    return sums


def _long_permutation(
    tables: Counter[tuple[int, int, int]],
    supports: dict[tuple[int, int, int], tuple[int, NDArray[np.float64]]],
    slopes: dict[tuple[int, int], int],
    lattice: tuple[int, int, int, int],
) -> float:
    """Return the two-sided p-value where term by term would take too long."""
    lowest, gap, step, length = lattice
    if length > LARGEST_RANGE:
        raise _too_long(length)
    terms = [
        (slopes[k, j] * np.arange(len(supports[k, j, right][1])), supports[k, j, right][1], count)
        for (k, j, right), count in tables.items()
    ]
    above = _checked_tail(lattice_tail(terms, -((lowest - abs(gap)) // step)), length)
    # The lower tail is the upper tail of the mirrored sum.
    mirrored = [(-values, weights, count) for values, weights, count in terms]
    below = _checked_tail(lattice_tail(mirrored, -((-abs(gap) - lowest) // step)), length)
    return min(1.0, above + below)


def _hypergeometric(k: int, j: int, right: int) -> tuple[int, NDArray[np.float64]]:
    """Return the smallest right count of the new run and the probabilities from there on."""
    fewest, most = max(0, right - k), min(right, j)
    ways = math.comb(k + j, right)
    return fewest, np.array([math.comb(j, y) * math.comb(k, right - y) / ways for y in range(fewest, most + 1)])


def _convolved_power(weights: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Return `weights` convolved with itself, `count` factors, by repeated squaring."""
    power = np.ones(1)
    square = weights
    while count:
        if count & 1:
            power = np.convolve(power, square)
        count >>= 1
        if count:
            square = np.convolve(square, square)
    return power


def _counts(
    base: ArrayLike, new: ArrayLike, base_completions: ArrayLike, new_completions: ArrayLike
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return right completions and completions of both runs, checked and of one length."""
    base_right, base_total = checked_counts(base, np.broadcast_to(base_completions, np.shape(base)))
    new_right, new_total = checked_counts(new, np.broadcast_to(new_completions, np.shape(new)))
    if len(base_right) != len(new_right):
        raise ValueError(f"base and new need the same problems, got {len(base_right)} and {len(new_right)}")
    fewest = min(int(base_total.min()), int(new_total.min()))
    if fewest < 1:
        raise ValueError(f"every problem needs 1 or more completions in both runs, got {fewest}")
    return base_right, new_right, base_total, new_total


def _checked_tail(tail: float | None, length: int) -> float:
    if tail is None:
        raise _too_long(length)
    return tail


def _too_long(length: int) -> ValueError:
    return ValueError(
        f"the exact test would need a lattice of {length:.1e} points: completions differ too much between problems; "
        "use bounded_mean"
    )


def _result(pvalue: float, effect: float, method: str) -> TestResult:
    return TestResult(statistic=effect, pvalue=pvalue, alternative="two-sided", method=method, effect=effect)
