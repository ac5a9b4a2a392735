"""Accuracy when some completions were truncated at the token limit: what the data say without guessing.

A truncated completion is wrong under the limit, and that accuracy is a fact. What accuracy would have been without the
limit is only known to lie between "all truncated ones wrong" and "all truncated ones right". Choose these bounds before
reading a gain out of runs that were truncated to different degrees: where the difference can have either sign, it is
not identified and no amount of data with this limit decides it.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, special

from evalsuite.stats.cluster import ClusteredMean, bounded_limits, clustered_mean
from evalsuite.stats.paired import PairedTable
from evalsuite.stats.paired_intervals import tango
from evalsuite.stats.proportion import wilson

__all__ = ["Bounds", "accuracy_bounds", "difference_bounds", "right_and_truncated"]

AccuracyBoundMethod = Literal["imbens_manski", "wilson_ends"]
DifferenceBoundMethod = Literal["imbens_manski", "tango_ends"]


@dataclass(frozen=True, slots=True)
class Bounds:
    """The range that the data leave open, and an interval for the truth inside it.

    Attributes
    ----------
    lowest, highest
        Worst-case bounds of the quantity in these data.
    low, high
        Interval that contains the true quantity with the confidence level, wherever in the range it lies.
    confidence_level, method, n_problems
        As in `Estimate`.
    sign_identified
        Whether the worst-case bounds agree on the sign; for an accuracy, whether nothing was truncated.
    """

    lowest: float
    highest: float
    low: float
    high: float
    confidence_level: float
    method: str
    n_problems: int
    sign_identified: bool


def right_and_truncated(
    correct: NDArray[np.bool_], truncated: NDArray[np.bool_], attempts: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return for each problem the share of completions that ended and are right, and the share that was truncated.

    A truncated completion that is right so far could still change its answer: it is open like the others.

    Parameters
    ----------
    correct, truncated : (n_problems, n_completions) bool
        A completion that was not made is False in both.
    attempts : (n_problems,) int
        Completions made, at least 1.

    Examples
    --------
    >>> right, open_ = right_and_truncated(np.array([[True, True]]), np.array([[False, True]]), np.array([2]))
    >>> right.tolist(), open_.tolist()
    ([0.5], [0.5])
    """
    return (correct & ~truncated).sum(axis=1) / attempts, truncated.sum(axis=1) / attempts


def accuracy_bounds(
    right: ArrayLike,
    truncated: ArrayLike,
    *,
    method: AccuracyBoundMethod = "imbens_manski",
    confidence_level: float = 0.95,
) -> Bounds:
    """Bound the accuracy that the run would have had without the token limit.

    Parameters
    ----------
    right, truncated : (n_problems,) bool or float
        Whether a problem's completion is right, and whether it was truncated and is not right; with several completions
        the shares of them. Their sum is at most 1.
    method
        ``"imbens_manski"`` widens both ends by normal margins so that the true value is covered. ``"wilson_ends"``
        goes from the Wilson lower limit of the lower bound to the Wilson upper limit of the upper: for one completion
        a problem and few problems.

    Raises
    ------
    ValueError
        Shapes differ, shares are impossible, or ``"wilson_ends"`` is given shares.

    References
    ----------
    Manski (1989), doi:10.2307/145818; Imbens and Manski (2004), doi:10.1111/j.1468-0262.2004.00555.x.

    Examples
    --------
    >>> b = accuracy_bounds([1, 1, 0, 0, 0], [0, 0, 1, 0, 0], method="wilson_ends")
    >>> f"{b.lowest} to {b.highest} [{b.low:.4f}, {b.high:.4f}]"
    '0.4 to 0.6 [0.1176, 0.8824]'
    """
    lower, cut = _shares(right, truncated)
    upper = np.minimum(lower + cut, 1.0)
    identified = not bool(cut.any())
    if method == "imbens_manski":
        return _imbens_manski(lower, upper, (0.0, 1.0), identified, confidence_level)
    if not (np.isin(lower, (0, 1)).all() and np.isin(cut, (0, 1)).all()):
        raise ValueError("method='wilson_ends' needs one completion a problem: right and truncated must be 0 or 1")
    n = lower.size
    low = wilson(int(lower.sum()), n, confidence_level=confidence_level).low
    high = wilson(int(upper.sum()), n, confidence_level=confidence_level).high
    return Bounds(float(lower.mean()), float(upper.mean()), low, high, confidence_level, method, n, identified)


def difference_bounds(
    base_right: ArrayLike,
    base_truncated: ArrayLike,
    new_right: ArrayLike,
    new_truncated: ArrayLike,
    *,
    method: DifferenceBoundMethod = "imbens_manski",
    confidence_level: float = 0.95,
) -> Bounds:
    """Bound the paired difference, new minus base, that the runs would have had without the token limit.

    The worst case takes every truncated completion of the new run as wrong and of the base run as right; the best case
    the reverse.

    Parameters
    ----------
    base_right, base_truncated, new_right, new_truncated : (n_problems,) bool or float
        As in `accuracy_bounds`, in the same order for both runs.
    method
        ``"imbens_manski"`` as there. ``"tango_ends"`` goes from the lower score limit of the worst case to the upper
        of the best: for one completion a problem and few problems.

    References
    ----------
    Horowitz and Manski (2000), doi:10.1080/01621459.2000.10473902; Imbens and Manski (2004),
    doi:10.1111/j.1468-0262.2004.00555.x.

    Examples
    --------
    >>> b = difference_bounds([1, 0, 0, 1], [0, 1, 0, 0], [1, 1, 1, 1], [0, 0, 0, 0])
    >>> b.lowest, b.highest, b.sign_identified
    (0.25, 0.5, True)
    """
    base, base_cut = _shares(base_right, base_truncated)
    new, new_cut = _shares(new_right, new_truncated)
    if base.shape != new.shape:
        raise ValueError(f"need the same problems in both runs, got {base.size} and {new.size}")
    # Bounds by problem, then their means: the pairing of problems stays, and so do its smaller errors.
    lower, upper = new - np.minimum(base + base_cut, 1.0), np.minimum(new + new_cut, 1.0) - base
    identified = bool(lower.mean() > 0 or upper.mean() < 0 or not (base_cut.any() or new_cut.any()))
    if method == "imbens_manski":
        return _imbens_manski(lower, upper, (-1.0, 1.0), identified, confidence_level)
    if not all(np.isin(shares, (0, 1)).all() for shares in (base, base_cut, new, new_cut)):
        raise ValueError("method='tango_ends' needs one completion a problem: all shares must be 0 or 1")
    worst, best = PairedTable.from_scores(base + base_cut, new), PairedTable.from_scores(base, new + new_cut)
    low = tango(worst, confidence_level=confidence_level).low
    high = tango(best, confidence_level=confidence_level).high
    return Bounds(worst.difference, best.difference, low, high, confidence_level, method, base.size, identified)


def _imbens_manski(
    lower: NDArray[np.float64],
    upper: NDArray[np.float64],
    bounds: tuple[float, float],
    identified: bool,
    confidence_level: float,
) -> Bounds:
    if not 0 < confidence_level < 1:
        raise ValueError(f"need 0 < confidence_level < 1, got {confidence_level}")
    bottom, top = clustered_mean(lower), clustered_mean(upper)
    errors = [end.standard_error or 0.0 for end in (bottom, top)]
    # The truth is one point of the range, so that at most one end can be missed when the range is wide: the quantile
    # falls from the two-sided to the one-sided one (Imbens and Manski). The larger error is the safe one.
    width = top.value - bottom.value
    quantile = _quantile(width / max(errors), confidence_level) if max(errors) > 1e-12 else 0.0
    low = _end(bottom, quantile, bounds, confidence_level)[0]
    high = _end(top, quantile, bounds, confidence_level)[1]
    return Bounds(bottom.value, top.value, low, high, confidence_level, "imbens_manski", bottom.n_problems, identified)


def _quantile(relative_width: float, confidence_level: float) -> float:
    """Solve Phi(c + width/SE) - Phi(-c) = confidence level; c runs from the two-sided to the one-sided quantile."""

    def gap(c: float) -> float:
        return float(special.ndtr(c + relative_width) - special.ndtr(-c)) - confidence_level

    top = -float(special.ndtri((1 - confidence_level) / 2))
    return float(optimize.brentq(gap, 0.0, top + 1e-9)) if gap(0.0) < 0 else 0.0


def _end(
    end: ClusteredMean, quantile: float, bounds: tuple[float, float], confidence_level: float
) -> tuple[float, float]:
    """Return the limits of one end of the range; without a variance those that need none."""
    if end.standard_error is None or end.degenerate:
        return bounded_limits(
            end.smallest, end.largest, end.n_clusters, bounds=bounds, confidence_level=confidence_level
        )
    margin = quantile * end.standard_error
    return max(bounds[0], end.value - margin), min(bounds[1], end.value + margin)


def _shares(right: ArrayLike, truncated: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    r, t = np.asarray(right, dtype=np.float64), np.asarray(truncated, dtype=np.float64)
    if r.ndim != 1 or r.shape != t.shape or r.size == 0:
        raise ValueError(f"need right and truncated of one shape (n_problems,), got {r.shape} and {t.shape}")
    if not ((r >= 0) & (t >= 0) & (r + t <= 1 + 1e-9)).all():
        raise ValueError("need right >= 0, truncated >= 0 and right + truncated <= 1: truncated leaves out right ones")
    return r, t
