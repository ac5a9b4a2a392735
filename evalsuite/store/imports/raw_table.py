"""A table of any file format as rows of named cells, read anew each time, a piece at a time."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from evalsuite.errors import DataUnavailableError, InputError
from evalsuite.literal_path import PARQUET, literal
from evalsuite.store.imports import delimited, json_rows
from evalsuite.store.imports.column_names import is_known
from evalsuite.store.imports.not_rows import Totals, check_end, column_names, header_again
from evalsuite.store.imports.relation import Relation
from evalsuite.store.imports.text_files import PACKED, kind_of, suffix_of
from evalsuite.store.spreadsheet import is_export, restore

__all__ = ["SAMPLE", "Numbered", "RawTable", "flat_names", "of_frame", "open_table", "without_totals"]

SAMPLE = 1000
"""Rows by which columns are recognised."""

Numbered = tuple[int, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class FileRows:
    """The rows of a file as they are in it; rows that are made of others are no such rows."""

    read: Callable[[], Iterator[Numbered]]
    relation: Relation

    def __call__(self) -> Iterator[Numbered]:
        """Yield each row with its number."""
        return self.read()


@dataclass(frozen=True, slots=True)
class RawTable:
    """Rows as a file has them.

    Attributes
    ----------
    name
        The file, for messages.
    columns
        Names of columns; those of nested objects with dots, ``usage.completion_tokens``.
    rows
        Yields each row with its number: of the line in a file of lines, else from 1.
    unit
        What that number counts: ``"line"`` or ``"row"``.
    is_text
        Whether every cell is text, as in CSV: then lists are written as text too.
    decimal_comma
        Whether ``0,500`` may be one half, because fields are not separated by commas.
    notes
        How the file was read.
    n_rows
        Number of rows where it is known.
    """

    name: str
    columns: tuple[str, ...]
    rows: Callable[[], Iterator[Numbered]]
    unit: str = "row"
    is_text: bool = False
    decimal_comma: bool = False
    notes: tuple[str, ...] = ()
    n_rows: int | None = None

    @property
    def relation(self) -> Relation | None:
        """The same rows as a relation of DuckDB, where the file may be one."""
        return self.rows.relation if isinstance(self.rows, FileRows) else None

    def sample(self) -> list[Mapping[str, Any]]:
        """Return the first rows."""
        return [row for _, row in islice(self.rows(), SAMPLE)]


def open_table(path: Path) -> RawTable:
    """Open a file as a table.

    Raises
    ------
    DataUnavailableError
        It cannot be read.
    InputError
        It holds no rows, or no table.
    """
    kind = kind_of(path)
    table = {"parquet": _parquet, "json": _json, "delimited": _delimited}[kind](path)
    if not table.columns:
        raise InputError(f"{path} holds no rows")
    twice = [name for name, n in Counter(table.columns).items() if n > 1]
    if twice:
        raise InputError(f"{path} has two columns called {twice[0]!r}. Rename one of them")
    return table


def of_frame(frame: pd.DataFrame, name: str) -> RawTable:
    """Return a pandas frame as a table; missing cells are None."""
    columns = tuple(map(str, frame.columns))

    def rows() -> Iterator[Numbered]:
        for number, cells in enumerate(frame.itertuples(index=False, name=None), 1):
            yield number, {c: _cell(v) for c, v in zip(columns, cells, strict=True)}

    table = RawTable(name, columns, rows, n_rows=len(frame))
    if not columns or len(set(columns)) < len(columns):
        return table
    return replace(table, rows=FileRows(rows, Relation(Path(name), "frame", columns, frame=frame)))


def without_totals(table: RawTable, totals: Totals) -> RawTable:
    """Return the table without its rows of totals."""
    rows = partial(totals.without, table.rows)
    if table.relation is None:
        return replace(table, rows=rows)
    return replace(table, rows=FileRows(rows, replace(table.relation, totals=totals.names)))


def _cell(value: Any) -> Any:
    if hasattr(value, "tolist"):
        value = value.tolist()
    return None if value is pd.NA or value is pd.NaT else value


def _delimited(path: Path) -> RawTable:
    dialect = delimited.sniff(path, is_known)
    begin, header = next(delimited.read_rows(path, dialect), (0, []))
    columns = column_names(header)

    exported = is_export(columns)

    def rows() -> Iterator[Numbered]:
        for number, cells in islice(delimited.read_rows(path, dialect), 1, None):
            if cells[0] == header[0] and cells == header:
                raise InputError(header_again(path, number))
            texts = [cell and restore(cell) for cell in cells] if exported else cells
            yield number, dict(zip(columns, texts, strict=True))

    separated = () if dialect.delimiter == "," else (f"fields are separated by a {dialect.name}",)
    notes = (*dialect.notes, *separated)
    table = RawTable(
        str(path), columns, rows, unit="line", is_text=True, decimal_comma=dialect.delimiter != ",", notes=notes
    )
    if begin == 1 + dialect.skip and not exported:
        relation = Relation(path, "delimited", columns, dialect, header=tuple(header))
        table = replace(table, rows=FileRows(rows, relation))
    if columns and path.suffix.lower() not in PACKED:
        check_end(path, dialect.delimiter, [row[columns[-1]] for row in table.sample()])
    return table


def _json(path: Path) -> RawTable:
    shape = json_rows.shape_of(path)

    def rows() -> Iterator[Numbered]:
        return json_rows.iterate(path, shape)

    unit = "line" if shape.kind == "lines" else "row"
    table = RawTable(str(path), (), rows, unit=unit)
    sample = table.sample()
    table = replace(table, columns=flat_names(sample))
    alone = sample[0] if len(sample) == 1 and suffix_of(path) == ".json" else None
    if alone is not None and not any(
        is_known(key) for key in alone if key not in ("accuracy", "acc", "score", "model")
    ):
        raise InputError(json_rows.only_totals(path, alone))
    if shape.kind == "list":
        return replace(table, rows=FileRows(rows, Relation(path, "list", table.columns)))
    if shape.kind != "lines":
        return replace(table, notes=json_rows.beside(path))
    table = replace(table, rows=FileRows(rows, Relation(path, "lines", table.columns)))
    return _without_summary(path, _without_settings(table, sample), sample)


def flat_names(sample: list[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return the names of all columns of the sample, and those one or two levels down."""
    names: dict[str, None] = {}
    for row in sample:
        for key, value in row.items():
            names[key] = None
            if isinstance(value, Mapping):
                for inner, deeper in value.items():
                    names[f"{key}.{inner}"] = None
                    if isinstance(deeper, Mapping):
                        names.update(dict.fromkeys(f"{key}.{inner}.{last}" for last in deeper))
    return tuple(names)


def _without_settings(table: RawTable, sample: list[Mapping[str, Any]]) -> RawTable:
    """Leave out a first line that shares no column with those after it, which are alike: settings, and no row."""
    if len(sample) < 3 or set(sample[0]) & set(sample[1]) or not set(sample[1]) & set(sample[2]):
        return table

    def rows() -> Iterator[Numbered]:
        return islice(table.rows(), 1, None)

    keys = ", ".join(map(str, list(sample[0])[:4]))
    columns = flat_names(sample[1:])
    return replace(table, rows=rows, columns=columns, notes=(f"the first line ({keys}) is no row",))


def _without_summary(path: Path, table: RawTable, sample: list[Mapping[str, Any]]) -> RawTable:
    """Leave out a last line that shares no column with the first: totals, and no row."""
    last = json_rows.last_line(path)
    if not isinstance(last, dict) or len(sample) < 2 or set(last) & set(next(row for _, row in table.rows())):
        return table
    if any(is_known(key) and key not in ("accuracy", "acc", "score") for key in last):
        return table

    def rows() -> Iterator[Numbered]:
        held: Numbered | None = None
        for row in table.rows():
            if held is not None:
                yield held
            held = row

    keys = ", ".join(map(str, list(last)[:4]))
    columns = tuple(c for c in table.columns if c.partition(".")[0] not in last)
    note = f"the last line is a summary ({keys}) and no row"
    return replace(table, rows=rows, columns=columns, notes=(*table.notes, note))


def _parquet(path: Path) -> RawTable:
    def connect(connection: duckdb.DuckDBPyConnection, what: str) -> duckdb.DuckDBPyConnection:
        return connection.execute(f"SELECT {what} FROM {PARQUET}", [literal(path)])

    def rows() -> Iterator[Numbered]:
        number = 0
        with duckdb.connect(":memory:") as connection:
            try:
                result = connect(connection, "*")
                while cells := result.fetchmany(2_000):
                    for row in cells:
                        number += 1
                        yield number, dict(zip(names, row, strict=True))
            except duckdb.Error as error:
                raise DataUnavailableError(f"cannot read {path}: {_first_line(error)}") from error

    try:
        with duckdb.connect(":memory:") as connection:
            names = [column[0] for column in connect(connection, "*").description or ()]
            (n_rows,) = connect(connection, "count(*)").fetchall()[0]
    except (duckdb.Error, UnicodeDecodeError) as error:
        raise DataUnavailableError(f"cannot read {path}: {_first_line(error)}") from error
    relation = Relation(path, "parquet", tuple(names))
    table = RawTable(str(path), tuple(names), FileRows(rows, relation), n_rows=int(n_rows))
    nested = flat_names([row for _, row in islice(rows(), 1)])
    return replace(table, columns=(*names, *(name for name in nested if name not in names)))


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
