"""Records to rows of a table and back, by name: a new field of a record is a new column, and nothing else changes."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from enum import Enum
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import duckdb

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

__all__ = ["as_row", "fetch_rows", "insert_columns", "insert_rows"]


def as_row(record: "DataclassInstance", **more: Any) -> dict[str, Any]:
    """Return the fields of a record by name, with `more` columns that the record leaves to its context."""
    return {**more, **{field.name: getattr(record, field.name) for field in fields(record)}}


def insert_rows(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    rows: Sequence[Mapping[str, Any]],
    *,
    conflict: str = "DO NOTHING",
) -> int:
    """Insert `rows` into `table` and return how many were new; the caller holds the transaction.

    Parameters
    ----------
    rows
        Values by column, the same columns in every row. Columns of the table that are not named become null;
        fractions are written as text, mappings as JSON.
    conflict
        What happens to a row whose key is there already, as SQL after ``ON CONFLICT``.
    """
    if not rows:
        return 0
    names = list(rows[0])
    # Lists of columns, because DuckDB takes one bound list a column far faster than one statement a row.
    columns = [[_stored(row[name]) for row in rows] for name in names]
    # Names and the conflict clause are constants of the program; every value is bound.
    statement = (
        f"INSERT INTO {table} ({', '.join(names)}) SELECT {', '.join('unnest(?)' for _ in names)} "
        f"ON CONFLICT {conflict}"
    )
    return int(connection.execute(statement, columns).fetchall()[0][0])


def insert_columns(
    connection: duckdb.DuckDBPyConnection, table: str, columns: Mapping[str, Any], *, conflict: str = ""
) -> None:
    """Insert columns given as lists; what is no list is the value of every row, None is left out.

    Parameters
    ----------
    conflict
        What happens to a row whose key is there already, as SQL after ``ON CONFLICT``; an error if not given.
    """
    given = {name: column for name, column in columns.items() if column is not None}
    marks = ("unnest(?)" if isinstance(column, list) else "?" for column in given.values())
    clause = f"ON CONFLICT {conflict}" if conflict else ""
    connection.execute(
        f"INSERT INTO {table} ({', '.join(given)}) SELECT {', '.join(marks)} {clause}", list(given.values())
    )


def fetch_rows(
    connection: duckdb.DuckDBPyConnection, statement: str, values: Mapping[str, Any] | Sequence[Any] | None = None
) -> list[dict[str, Any]]:
    """Return the result of a query whole, one mapping a row."""
    result = connection.execute(statement, values or {})
    names = [column[0] for column in result.description or ()]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def _stored(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Fraction):
        return str(value)
    if isinstance(value, Mapping):
        return json.dumps(value, sort_keys=True)
    return list(value) if isinstance(value, tuple) else value
