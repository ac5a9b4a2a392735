"""The one check of counts of right completions, and of clusters, shared by every statistic that takes them."""

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["checked_counts", "cluster_codes"]


def checked_counts(successes: ArrayLike, attempts: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return right completions and completions made as integers.

    Parameters
    ----------
    successes, attempts : (n_problems,)
        Whole numbers with ``0 <= successes <= attempts``.

    Raises
    ------
    ValueError
        Shapes differ, there is no problem, or a count is impossible; the message names the first such problem.

    Examples
    --------
    >>> checked_counts([2, 0], [4, 4])[0].tolist()
    [2, 0]
    """
    right, attempted = np.asarray(successes), np.asarray(attempts)
    if right.ndim != 1 or right.shape != attempted.shape or right.size == 0:
        raise ValueError(
            f"need successes and attempts of one shape (n_problems,), got {right.shape} and {attempted.shape}"
        )
    good = (right == np.floor(right)) & (attempted == np.floor(attempted)) & (right >= 0) & (right <= attempted)
    if not good.all():
        at = int(np.argmin(good))
        raise ValueError(
            f"need whole numbers 0 <= successes <= attempts, got {right[at]} of {attempted[at]} at row {at}"
        )
    return right.astype(np.int64), attempted.astype(np.int64)


def cluster_codes(clusters: Sequence[Hashable] | NDArray[np.int64] | None, n_problems: int) -> NDArray[np.int64]:
    """Return the cluster of each problem as 0, 1, ... in order of appearance; without clusters each is its own.

    Parameters
    ----------
    clusters : (n_problems,)
        Any labels, such as template ids; None where problems are independent.

    Raises
    ------
    ValueError
        There is not one label a problem.

    Examples
    --------
    >>> cluster_codes(["b", "a", "b"], 3).tolist()
    [0, 1, 0]
    """
    if clusters is None:
        return np.arange(n_problems, dtype=np.int64)
    if len(clusters) != n_problems:
        raise ValueError(f"need one cluster for each of {n_problems} problems, got {len(clusters)}")
    # In order of appearance, not sorted: labels need not compare, and equal data give equal codes.
    numbers: dict[Hashable, int] = {}
    labels = clusters.tolist() if isinstance(clusters, np.ndarray) else clusters
    return np.asarray([numbers.setdefault(label, len(numbers)) for label in labels], dtype=np.int64)
