"""Split a difference over causes that act together: the Shapley value, with intervals over problems.

Choose it where a difference was measured with each of a few switches on and off, such as a lenient grader or a larger
token limit, and the effect of one switch depends on the others. Turning the switches one after the other gives shares
that depend on the order; the Shapley value is their average over all orders, and the only split that adds up, treats
equal switches alike, gives nothing to a switch without effect and is linear in the measured values (Shapley 1953).

Linearity makes it a mean over problems, so that its interval is that of any other mean. Not for many switches: all
2^k settings have to be measured.
"""

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evalsuite.stats.bounded_mean import bounded_mean
from evalsuite.stats.result import Estimate

__all__ = ["Split", "shapley_values", "split_difference"]

MAX_SWITCHES = 4


@dataclass(frozen=True, slots=True)
class Split:
    """A difference as the sum of one share for each switch and a rest.

    Attributes
    ----------
    total
        The difference with every switch off.
    shares
        What each switch takes away from it when it is turned on, averaged over all orders.
    rest
        The difference with every switch on: ``total = sum of shares + rest``.
    """

    total: float
    shares: tuple[Estimate, ...]
    rest: float


def shapley_values(values: ArrayLike) -> NDArray[np.float64]:
    """Return by how much each switch changes a value, averaged over all orders of turning the switches on.

    Parameters
    ----------
    values : (2**k, ...) float
        Row ``s`` is the value with the switches on whose bits are set in ``s``: row 0 with none, row 1 with the first,
        row 2 with the second, row 3 with both. Further axes are treated one by one.

    Returns
    -------
    (k, ...) float
        They add up to the value with all switches on minus the value with none.

    Raises
    ------
    ValueError
        The number of rows is no power of two from 2 to 16.

    References
    ----------
    Shapley (1953), doi:10.1515/9781400881970-018: weight |S|! (k - |S| - 1)! / k! for the change from S to S with j.

    Examples
    --------
    >>> shapley_values([0.10, 0.04, 0.07, 0.03]).round(3).tolist()
    [-0.05, -0.02]
    """
    v = np.asarray(values, dtype=np.float64)
    k = _switches(v.shape[0] if v.ndim else 0)
    changes = []
    for j in range(k):
        change = np.zeros(v.shape[1:])
        for s in range(2**k):
            if not s >> j & 1:
                size = s.bit_count()
                weight = math.factorial(size) * math.factorial(k - size - 1) / math.factorial(k)
                change = change + weight * (v[s | 1 << j] - v[s])
        changes.append(change)
    return np.asarray(changes, dtype=np.float64)


def split_difference(
    values: ArrayLike,
    *,
    clusters: Sequence[Hashable] | None = None,
    confidence_level: float = 0.95,
) -> Split:
    """Split the mean difference of two runs over the switches under which it was measured.

    Parameters
    ----------
    values : (n_problems, 2**k) float
        The difference of each problem, in [-1, 1], under every setting; columns as the rows of `shapley_values`.
    clusters : (n_problems,)
        Groups that are drawn whole; None where problems are independent.

    Returns
    -------
    Split
        The intervals are those of `bounded_mean`, which use only that a problem's share lies in [-2, 2], and exclude 0
        exactly where its test does.

    Examples
    --------
    >>> split = split_difference([[1, 0], [1, 0], [0, 0], [1, 1], [0, 0], [-1, -1]])
    >>> [f"{x:.3f}" for x in (split.total, split.shares[0].value, split.rest)]
    ['0.333', '0.333', '0.000']
    """
    v = np.asarray(values, dtype=np.float64)
    if v.ndim != 2 or v.shape[0] == 0 or not (np.abs(v) <= 1).all():
        raise ValueError(f"need differences in [-1, 1] of shape (n_problems, 2**k), got an array of shape {v.shape}")
    taken = 0.0 - shapley_values(v.T)
    shares = tuple(
        bounded_mean(share, bounds=(-2.0, 2.0), clusters=clusters).estimate(confidence_level=confidence_level)
        for share in taken
    )
    return Split(total=float(v[:, 0].mean()), shares=shares, rest=float(v[:, -1].mean()))


def _switches(rows: int) -> int:
    k = rows.bit_length() - 1
    if rows != 1 << max(k, 0) or not 1 <= k <= MAX_SWITCHES:
        raise ValueError(f"need a value for each of 2**k settings of 1 to {MAX_SWITCHES} switches, got {rows}")
    return k
