"""The order in which problems are taken: as in the file, or shuffled by a seed.

A shuffled order is exactly that of ``datasets`` ``.shuffle(seed=S)``, so that a limit of n gives the
problems of ``.shuffle(seed=S).select(range(n))``, and a smaller limit is a prefix of a larger one.
"""

from dataclasses import dataclass

import numpy as np

from evalsuite.errors import InputError

__all__ = ["Order", "Subset", "draws", "order"]


@dataclass(frozen=True, slots=True)
class Subset:
    """One seeded subset: the row numbers of its problems, in order."""

    seed: int
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """Which rows a run evaluates, in which order.

    Attributes
    ----------
    name
        ``"file"``, ``"seed:S"`` or ``"draws:S:N"``, as the run records it.
    rows
        Row numbers, each once.
    draws
        The seeded subsets whose union `rows` is; empty unless draws were asked for.
    """

    name: str
    rows: tuple[int, ...]
    draws: tuple[Subset, ...] = ()


def order(n_problems: int, *, seed: int | None, limit: int | None = None) -> Order:
    """Return the first `limit` rows in file order (`seed` None) or in the order shuffled by `seed`.

    Raises
    ------
    InputError
        `limit` is below 1 or above `n_problems`, or `seed` is negative.

    Examples
    --------
    >>> order(10, seed=42, limit=3).rows
    (5, 6, 0)
    """
    rows = tuple(range(n_problems)) if seed is None else _shuffled(n_problems, seed)
    limit = n_problems if limit is None else _checked_limit(limit, n_problems)
    return Order("file" if seed is None else f"seed:{seed}", rows[:limit])


def draws(n_problems: int, *, seed: int, limit: int, n_draws: int) -> Order:
    """Return `n_draws` subsets of `limit` problems, shuffled by the seeds `seed`, `seed` + 1, ...

    The union is listed once, in the order of first appearance, so that no problem is evaluated twice.
    """
    if n_draws < 1:
        raise InputError(f"draws must be at least 1, got {n_draws}")
    limit = _checked_limit(limit, n_problems)
    subsets = tuple(Subset(seed + r, _shuffled(n_problems, seed + r)[:limit]) for r in range(n_draws))
    union = tuple(dict.fromkeys(row for subset in subsets for row in subset.rows))
    return Order(f"draws:{seed}:{limit}", union, subsets)


def _shuffled(n_problems: int, seed: int) -> tuple[int, ...]:
    if seed < 0:
        raise InputError(f"seed must not be negative, got {seed}")
    return tuple(int(i) for i in np.random.default_rng(seed).permutation(n_problems))


def _checked_limit(limit: int, n_problems: int) -> int:
    if not 1 <= limit <= n_problems:
        raise InputError(f"limit must lie between 1 and the {n_problems} problems of the set, got {limit}")
    return limit
