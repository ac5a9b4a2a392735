"""Read the cells of a table as what a figure needs, and say clearly what is missing."""

import math
from collections.abc import Mapping

from evalsuite.findings import Cell, Table
from evalsuite.stats.decision import Verdict

__all__ = ["numbers", "option_number", "option_text", "optional", "spread", "texts"]


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


def option_number(options: Mapping[str, Cell], key: str) -> float | None:
    """Return the option `key` as a number, None where it is not given."""
    value = options.get(key)
    if value is None:
        return None
    if isinstance(value, str | Verdict):
        raise ValueError(f"option {key!r} needs a number, got {value!r}")  # noqa: TRY004
    return float(value)


def option_text(options: Mapping[str, Cell], key: str, default: str) -> str:
    """Return the option `key` as text, `default` where it is not given."""
    value = options.get(key)
    return default if value is None else str(value)


def spread(low: float, high: float) -> float | None:
    """Return the standard error that the width of a 95% interval stands for, None for nan; only rounding uses it."""
    return None if math.isnan(low + high) else abs(high - low) / 3.92
