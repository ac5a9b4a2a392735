"""What runs cut off by the token limit say of accuracy without it: one interval, which also decides.

A cut completion that is not right might have become right. The worst case for the new run takes all its cut ones as
wrong and those of the base run as right; the best case the reverse. The interval runs from the lower limit of the
worst case to the upper limit of the best, and it holds the true difference wherever in between it lies: its lower
limit lies above that of the data without a cap with at least the printed confidence, whatever the cut ones would have
been. A gain is resolved where the worst case resolves it. Nothing else may decide: the sign of the bounds themselves
is not known without error, and the difference at the cap is another quantity.

Without cut completions this is the ordinary comparison, with the same interval and the same p-value.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evalsuite.stats.bounded_mean import BoundedMean, bounded_mean
from evalsuite.stats.paired import PairedTable, mcnemar_exact
from evalsuite.stats.paired_intervals import fay_lumbard
from evalsuite.stats.proportion import clopper_pearson
from evalsuite.stats.result import Estimate
from evalsuite.stats.within_margin import no_worse

__all__ = ["WorstCase", "accuracy_without_cap", "difference_without_cap", "right_and_truncated"]


@dataclass(frozen=True, slots=True)
class WorstCase:
    """The range that cut completions leave open, with the interval and the tests that hold for all of it.

    Attributes
    ----------
    lowest, highest
        The quantity in these data in the worst and in the best case.
    low, high
        Interval for the true quantity, wherever in the range it lies.
    pvalue
        Two-sided, of no difference: that of the nearer end. 1 where the ends lie on both sides of 0, and for an
        accuracy, which asks for no test.
    no_worse_pvalue, equivalence_pvalue
        Against the margin, at the worst of the two ends; None without a margin.
    can_resolve
        Whether the best case resolves a gain or the worst a loss; where neither does, nothing in between does.
    confidence_level, method, n_problems
        As in `Estimate`.
    """

    lowest: float
    highest: float
    low: float
    high: float
    pvalue: float
    no_worse_pvalue: float | None
    equivalence_pvalue: float | None
    can_resolve: bool
    confidence_level: float
    method: str
    n_problems: int

    @property
    def resolved(self) -> bool:
        """Whether the interval excludes 0: the sign holds however the cut completions would have ended."""
        return self.low > 0 or self.high < 0

    @property
    def sign_identified(self) -> bool:
        """Whether the two ends agree on the sign in these data, or nothing is open."""
        return self.lowest > 0 or self.highest < 0 or self.lowest == self.highest

    def around(self, at_limit: Estimate) -> Estimate:
        """Return this interval as an estimate, around the value at the token limit, which lies inside."""
        return Estimate(at_limit.value, self.low, self.high, self.confidence_level, self.method, at_limit.n_problems)


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


def accuracy_without_cap(
    right: ArrayLike,
    truncated: ArrayLike,
    *,
    clusters: Sequence[Hashable] | None = None,
    confidence_level: float = 0.95,
) -> WorstCase:
    """Bound the accuracy that the run would have had without the token limit.

    Parameters
    ----------
    right, truncated : (n_problems,) float
        Share of a problem's completions that are right, and that were cut off and are not right; with one completion
        0 or 1. Their sum is at most 1.
    clusters : (n_problems,)
        Template of each problem; None where problems are independent.

    References
    ----------
    Manski (1989), doi:10.2307/145818.

    Examples
    --------
    >>> b = accuracy_without_cap([1, 1, 0, 0, 0], [0, 0, 1, 0, 0])
    >>> f"{b.lowest} to {b.highest} [{b.low:.4f}, {b.high:.4f}]"
    '0.4 to 0.6 [0.0527, 0.9473]'
    """
    lower, cut = _shares(right, truncated)
    upper = np.minimum(lower + cut, 1.0)
    ends: tuple[Estimate, Estimate]
    if clusters is None and _whole(lower, upper):
        n = lower.size
        ends = (
            clopper_pearson(int(lower.sum()), n, confidence_level=confidence_level),
            clopper_pearson(int(upper.sum()), n, confidence_level=confidence_level),
        )
    else:
        ends = (
            bounded_mean(lower, clusters=clusters).estimate(confidence_level=confidence_level),
            bounded_mean(upper, clusters=clusters).estimate(confidence_level=confidence_level),
        )
    return _joined(*ends, pvalue=1.0, no_worse_pvalue=None, equivalence_pvalue=None)


def difference_without_cap(
    base_right: ArrayLike,
    base_truncated: ArrayLike,
    new_right: ArrayLike,
    new_truncated: ArrayLike,
    *,
    clusters: Sequence[Hashable] | None = None,
    margin: float | None = None,
    confidence_level: float = 0.95,
) -> WorstCase:
    """Bound the paired difference, new minus base, that the runs would have had without the token limit.

    Parameters
    ----------
    base_right, base_truncated, new_right, new_truncated : (n_problems,) float
        As in `accuracy_without_cap`, in the same order of problems for both runs.
    margin
        For the claims "no worse" and "equivalent", stated before the run; None for neither.

    References
    ----------
    Horowitz and Manski (2000), doi:10.1080/01621459.2000.10473902; ends as in `paired_intervals.fay_lumbard` for single
    completions and `bounded_mean` for all else.

    Examples
    --------
    Ten more right answers, but six of the base run's were cut: the sign is open.

    >>> base, cut, new = [0] * 20, [1] * 6 + [0] * 14, [1] * 10 + [0] * 10
    >>> b = difference_without_cap(base, cut, new, [0] * 20)
    >>> b.lowest, b.highest, b.resolved, b.pvalue, b.can_resolve
    (0.2, 0.5, False, 0.125, True)
    """
    base, base_cut = _shares(base_right, base_truncated)
    new, new_cut = _shares(new_right, new_truncated)
    if base.shape != new.shape:
        raise ValueError(f"need the same problems in both runs, got {base.size} and {new.size}")
    base_most, new_most = np.minimum(base + base_cut, 1.0), np.minimum(new + new_cut, 1.0)
    if clusters is None and _whole(base, base_most, new, new_most):
        worst, best = PairedTable.from_scores(base_most, new), PairedTable.from_scores(base, new_most)
        ends = [fay_lumbard(table, confidence_level=confidence_level) for table in (worst, best)]
        pvalues = mcnemar_exact(worst).pvalue, mcnemar_exact(best).pvalue
        claims = _claims(worst, best, margin)
    else:
        lowest = bounded_mean(new - base_most, bounds=(-1.0, 1.0), clusters=clusters)
        highest = bounded_mean(new_most - base, bounds=(-1.0, 1.0), clusters=clusters)
        ends = [end.estimate(confidence_level=confidence_level) for end in (lowest, highest)]
        pvalues = lowest.pvalue(0.0), highest.pvalue(0.0)
        claims = _claims(lowest, highest, margin)
    pvalue = 1.0 if ends[0].value <= 0 <= ends[1].value else pvalues[0 if ends[0].value > 0 else 1]
    return _joined(*ends, pvalue=pvalue, no_worse_pvalue=claims[0], equivalence_pvalue=claims[1])


def _claims(
    worst: PairedTable | BoundedMean, best: PairedTable | BoundedMean, margin: float | None
) -> tuple[float | None, float | None]:
    """Return the p-values of "no worse" and "equivalent": each side is tested at the end that is the worst for it."""
    if margin is None:
        return None, None
    loss = no_worse(worst, margin=margin).pvalue
    if isinstance(best, PairedTable):
        gain = no_worse(best.swapped(), margin=margin).pvalue
    else:
        gain = best.pvalue(margin, alternative="less")
    return loss, max(loss, gain)


def _joined(
    lowest: Estimate,
    highest: Estimate,
    *,
    pvalue: float,
    no_worse_pvalue: float | None,
    equivalence_pvalue: float | None,
) -> WorstCase:
    return WorstCase(
        lowest=lowest.value,
        highest=highest.value,
        low=lowest.low,
        high=highest.high,
        pvalue=pvalue,
        no_worse_pvalue=no_worse_pvalue,
        equivalence_pvalue=equivalence_pvalue,
        can_resolve=highest.low > 0 or lowest.high < 0,
        confidence_level=lowest.confidence_level,
        method=f"worst_case_{lowest.method}",
        n_problems=lowest.n_problems,
    )


def _whole(*scores: NDArray[np.float64]) -> bool:
    return all(bool(np.isin(score, (0, 1)).all()) for score in scores)


def _shares(right: ArrayLike, truncated: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    r, t = np.asarray(right, dtype=np.float64), np.asarray(truncated, dtype=np.float64)
    if r.ndim != 1 or r.shape != t.shape or r.size == 0:
        raise ValueError(f"need right and truncated of one shape (n_problems,), got {r.shape} and {t.shape}")
    if not ((r >= 0) & (t >= 0) & (r + t <= 1 + 1e-9)).all():
        raise ValueError("need right >= 0, truncated >= 0 and right + truncated <= 1: truncated leaves out right ones")
    return r, t
