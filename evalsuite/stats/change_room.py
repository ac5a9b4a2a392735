"""The mean difference of two runs over independent groups, when a group that was not seen can only lose what it has.

Choose it for a paired difference with several completions a problem, or with problem templates. `bounded_mean` alone
must allow that an unseen group loses everything, from always right to never right; with twenty problems that takes
18 percentage points off the lower limit whatever the base scores. But a run cannot lose more than it gets right: here
the unseen group loses at most the upper confidence limit of the base's accuracy, and gains at most what the new run
may get right. A base at the floor therefore leaves little to lose, and a base at the ceiling all of it.

What this assumes, and `bounded_mean` does not: that groups too rare to be seen are not far easier for the base than
the ones that were. Where 5% of the problems are right 7 times in 10 and all others never, 30 problems resolve a gain
falsely in about a fifth of the draws, because in a fifth of them no such problem is among the thirty.
"""

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evalsuite.stats.bounded_mean import BoundedMean, bounded_mean
from evalsuite.stats.validation import checked_counts, cluster_codes

__all__ = ["bounded_difference"]


def bounded_difference(
    base_successes: ArrayLike,
    base_attempts: ArrayLike,
    new_successes: ArrayLike,
    new_attempts: ArrayLike,
    *,
    clusters: Sequence[Hashable] | NDArray[np.int64] | None = None,
    confidence_level: float = 0.95,
) -> BoundedMean:
    """Summarise the paired difference, new minus base, for its interval and test.

    Parameters
    ----------
    base_successes, base_attempts, new_successes, new_attempts : (n_problems,) int
        Right completions and completions made, at least one a problem in each run.
    clusters : (n_problems,)
        Template of each problem; None where problems are independent.
    confidence_level
        Of the limits of both accuracies that bound what an unseen group can lose and gain; that of the interval.

    References
    ----------
    Gaffke (2005) as in `bounded_mean`; the range of the unseen group is our own, judged by simulation of whole
    verdicts (`analyses.calibration`).

    Examples
    --------
    Twenty problems that each gain one of eight completions resolve the gain, because the base has little to lose.

    >>> e = bounded_difference([3] * 20, [8] * 20, [4] * 20, [8] * 20).estimate()
    >>> f"{e.value:.3f} [{e.low:.4f}, {e.high:.4f}]"
    '0.125 [0.0231, 0.2023]'
    """
    base, base_made = checked_counts(base_successes, base_attempts)
    new, new_made = checked_counts(new_successes, new_attempts)
    base_means, new_means = base / base_made, new / new_made
    whole = bounded_mean(new_means - base_means, bounds=(-1.0, 1.0), clusters=clusters)
    if whole.smallest_pvalue >= 1 - confidence_level:
        # No outcome of so few groups could resolve anything, so nothing is gained by a narrower range.
        return whole
    groups = cluster_codes(clusters, base.size)
    sizes = np.bincount(groups)
    changes = np.asarray(np.bincount(groups, weights=new_means - base_means) / sizes, dtype=np.float64)
    loss = _room(base_means, base_made, groups, clusters, confidence_level)
    gain = _room(new_means, new_made, groups, clusters, confidence_level)
    low, high = max(-1.0, min(-loss, float(changes.min()))), min(1.0, max(gain, float(changes.max())))
    # Means of groups in the place of their problems: a single problem may change by more than its group can.
    return bounded_mean(changes[groups], bounds=(low, high), clusters=clusters)


def _room(
    means: NDArray[np.float64],
    attempts: NDArray[np.int64],
    groups: NDArray[np.int64],
    clusters: Sequence[Hashable] | NDArray[np.int64] | None,
    confidence_level: float,
) -> float:
    """Return how much of a group an unseen one has at most: the upper limit of the accuracy, or one completion.

    One completion of an average group is the least that can be seen. Without it a run with one completion a problem
    and nothing right would leave no room, although the next problem may well be right.
    """
    limit = bounded_mean(means, clusters=clusters).limit((1 - confidence_level) / 2, lower=False)
    return max(limit, 1.0 / float(np.bincount(groups, weights=attempts).mean()))
