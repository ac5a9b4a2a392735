"""What tells rows of one problem apart where nothing numbers its completions: perhaps they are several runs."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from evalsuite.store.imports import values
from evalsuite.store.imports.column_names import lookup, normal
from evalsuite.store.imports.results import Apart

__all__ = ["columns_apart"]

SEEDS = frozenset({"seed", "rng_seed", "random_seed", "sampling_seed", "gen_seed"})
"""Completions of one run differ in these, so that they settle it."""
MOST = 50
"""More values than this are no runs."""


@dataclass(slots=True)
class _Seen:
    names: dict[str, int] = field(default_factory=dict)
    pairs: set[tuple[str, str]] = field(default_factory=set)
    fits: bool = True


def columns_apart(
    rows: Callable[[], Iterator[tuple[int, Mapping[str, Any]]]], problem: str, candidates: Sequence[str]
) -> tuple[Apart, ...]:
    """Return the columns whose every value stands at most once beside each problem, and of which there are several.

    Parameters
    ----------
    problem
        The column of ids.
    candidates
        Columns that may tell runs apart.
    """
    seen = {column: _Seen() for column in candidates if normal(column) not in SEEDS}
    for _, row in rows() if seen else ():
        name = str(lookup(row, problem))
        for column, one in seen.items():
            if one.fits:
                _take(one, lookup(row, column), name)
    return tuple(
        Apart(column, tuple(one.names))
        for column, one in seen.items()
        # A value of its own in each row names the row.
        if one.fits and 1 < len(one.names) < len(one.pairs)
    )


def _take(one: _Seen, value: Any, problem: str) -> None:
    if isinstance(value, Mapping | list):
        one.fits = False
        return
    said = "none" if values.is_missing(value) else str(value)
    one.names[said] = one.names.get(said, 0) + 1
    pair = (said, problem)
    one.fits = len(one.names) <= MOST and pair not in one.pairs
    one.pairs.add(pair)
