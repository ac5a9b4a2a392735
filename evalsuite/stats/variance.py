"""Where the noise of an accuracy or a paired difference comes from: the problems, or the decoding.

Choose it to answer "more problems or more completions?" before the next run. It needs at least two completions a
problem. Greedy decoding has no decoding noise, so there only more problems help.

The variance of a problem's score has two parts: *data*, how much the true scores differ between problems, and
*prediction*, how much completions of the same problem differ. With n problems and K completions the standard error is
sqrt((data + prediction / K) / n).
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evalsuite.stats.validation import checked_counts

__all__ = [
    "VarianceComponents",
    "decompose_difference",
]


@dataclass(frozen=True, slots=True)
class VarianceComponents:
    """Variance of one problem's score, or of one problem's difference, in two parts.

    Attributes
    ----------
    data
        Variance between problems of the true score, in squared proportions. Never negative.
    prediction
        Variance of a single completion around its problem's true score; for a difference, the sum of both arms.
    clipped
        Whether the estimate of `data` was negative and set to 0: the problems differ by no more than decoding explains.
    n_problems, n_dropped
        Problems used, and problems left out for having fewer than two completions.
    """

    data: float
    prediction: float
    clipped: bool
    n_problems: int
    n_dropped: int

    @property
    def total(self) -> float:
        """Variance of one problem's score with a single completion."""
        return self.data + self.prediction

    def standard_error(self, n_problems: int, n_completions: float) -> float:
        """Return the standard error of the mean; ``n_completions=math.inf`` leaves only the problems."""
        if n_problems < 1 or not n_completions >= 1:
            raise ValueError(f"need n_problems >= 1 and n_completions >= 1, got {n_problems} and {n_completions}")
        return math.sqrt((self.data + self.prediction / n_completions) / n_problems)


def decompose_difference(
    base_successes: ArrayLike, base_attempts: ArrayLike, new_successes: ArrayLike, new_attempts: ArrayLike
) -> VarianceComponents:
    """Split the variance of the paired problem differences, new minus base.

    With equal K the parts are those of Wang (2025): with v the mean within-problem variance (divisor K) of an arm and
    bias = (v_base + v_new) / (K - 1), data = var(d) - bias (divisor n) and prediction = v_base + v_new + bias.
    With unequal K each problem contributes its own unbiased variances.

    Parameters
    ----------
    base_successes, base_attempts, new_successes, new_attempts : (n_problems,) int
        Right completions and completions made, in the same order for both runs. Problems with fewer than two
        completions in an arm are left out.

    Raises
    ------
    ValueError
        Fewer than two problems have two completions in both arms.

    References
    ----------
    Miller (2024), arXiv:2411.00640; Wang (2025), arXiv:2512.21326.

    Examples
    --------
    >>> four = [4] * 6
    >>> c = decompose_difference([2, 0, 4, 1, 1, 3], four, [3, 1, 4, 2, 0, 4], four)
    >>> f"{c.data:.4f} {c.prediction:.4f} clipped: {c.clipped}"
    '0.0000 0.3194 clipped: True'
    """
    base, base_attempted = checked_counts(base_successes, base_attempts)
    new, new_attempted = checked_counts(new_successes, new_attempts)
    if base.shape != new.shape:
        raise ValueError(f"need the same problems in both runs, got {base.size} and {new.size}")
    usable = (base_attempted >= 2) & (new_attempted >= 2)
    _check_usable(usable)
    base, base_attempted, new, new_attempted = base[usable], base_attempted[usable], new[usable], new_attempted[usable]
    base_within, new_within = _within(base, base_attempted), _within(new, new_attempted)
    noise = base_within / base_attempted + new_within / new_attempted
    return _components(
        new / new_attempted - base / base_attempted, base_within + new_within, noise, int((~usable).sum())
    )


def _within(right: NDArray[np.int64], made: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the unbiased variance of single completions within each problem."""
    # K/(K - 1) undoes the bias of p(1 - p) with an estimated p.
    share = right / made
    within: NDArray[np.float64] = share * (1 - share) * made / (made - 1)
    return within


def _components(
    scores: NDArray[np.float64], within: NDArray[np.float64], noise: NDArray[np.float64], n_dropped: int
) -> VarianceComponents:
    # The variance of the observed scores holds data and decoding; what decoding adds is known without bias, so take it
    # off. Divisor n, so that the parts add up to the plain variance of the scores.
    data = float(scores.var() - noise.mean())
    # Rounding of a true zero is no clipping.
    clipped = data < -1e-12
    return VarianceComponents(max(0.0, data), float(within.mean()), clipped, scores.size, n_dropped)


def _check_usable(usable: NDArray[np.bool_]) -> None:
    if int(usable.sum()) < 2:
        raise ValueError(f"need at least 2 problems with at least 2 completions, got {int(usable.sum())}")
