"""Read the cells of a table as what a figure needs, and say clearly what is missing."""

import math
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, TypeVar, get_args, get_type_hints

from evalsuite.findings import Cell, Table
from evalsuite.stats.decision import Verdict
from evalsuite.stats.result import nominal_error

__all__ = ["numbers", "optional", "read_options", "spread", "texts"]

Options = TypeVar("Options")


def _column(table: Table, key: str) -> tuple[Cell, ...]:
    keys = [column.key for column in table.columns]
    if key not in keys:
        raise ValueError(f"table {table.name!r} needs a column {key!r} to be drawn, it has {keys}")
    return table.column(key)


def texts(table: Table, key: str) -> list[str]:
    """Return the cells of column `key` as text."""
    return ["" if cell is None else str(cell) for cell in _column(table, key)]


def numbers(table: Table, key: str) -> list[float]:
    """Return the cells of column `key` as numbers, nan where a cell is None."""
    values = []
    for cell in _column(table, key):
        if isinstance(cell, str | Verdict):
            raise ValueError(f"column {key!r} of table {table.name!r} needs numbers, got {cell!r}")  # noqa: TRY004
        values.append(float("nan") if cell is None else float(cell))
    return values


def optional(table: Table, key: str) -> list[float]:
    """Return column `key` as numbers, nan in every row where the table has no such column."""
    if key not in [column.key for column in table.columns]:
        return [float("nan")] * len(table.rows)
    return numbers(table, key)


def read_options(record: type[Options], options: Mapping[str, Cell]) -> Options:
    """Return the options of a figure as its record, a frozen dataclass with a default for every field.

    An option of None counts as not given. Whole numbers stand for True and False and for other numbers.

    Raises
    ------
    ValueError
        An option is unknown, or of another type than its field.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True)
    ... class Look:
    ...     level: float = 0.95
    ...     title: str | None = None
    >>> read_options(Look, {"level": 0.9})
    Look(level=0.9, title=None)
    >>> read_options(Look, {"height": 3})
    Traceback (most recent call last):
        ...
    ValueError: option 'height' is unknown, Look has ['level', 'title']
    """
    hints = get_type_hints(record)
    names = [field.name for field in fields(record)]  # type: ignore[arg-type] # a dataclass, as the docstring asks
    for name in options:
        if name not in names:
            raise ValueError(f"option {name!r} is unknown, {record.__name__} has {names}")
    return record(**{name: _option(name, hints[name], value) for name, value in options.items() if value is not None})


def _option(name: str, hint: Any, value: Cell) -> Cell:
    kinds = {kind if isinstance(kind, type) else type(kind) for kind in get_args(hint) or (hint,)} - {type(None)}
    if str in kinds:
        return str(value)
    if isinstance(value, str | Verdict):
        raise ValueError(f"option {name!r} needs a number, got {value!r}")  # noqa: TRY004
    return bool(value) if bool in kinds else None if value is None else float(value)


def spread(low: float, high: float) -> float | None:
    """Return the standard error that the width of a 95% interval stands for, None for nan; only rounding uses it."""
    return None if math.isnan(low + high) else abs(nominal_error(low, high))
