r"""A table's file as a relation of DuckDB, where DuckDB reads it exactly as `raw_table` does, without a loop in Python.

Parquet always is one. Text is one where nothing in it is read in two ways: UTF-8 with line feeds, one row a line or a
member of a JSON list, without backslash escapes in CSV, and without what DuckDB's JSON allows and JSON does not. What
is no such file is left to the rows of `raw_table`, whose errors name the line. Of a pandas frame, columns without gaps
of truth values, numbers or texts are one.
"""

import gzip
import json
import mmap
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import duckdb
import numpy as np
import pandas as pd

from evalsuite.literal_path import PARQUET, literal
from evalsuite.store.imports.dialects import Dialect
from evalsuite.store.imports.not_rows import TOTALS
from evalsuite.store.imports.text_files import GZIP, ZSTD, encoding_of, open_text

__all__ = ["Relation", "Scan"]

Kind = Literal["parquet", "lines", "list", "delimited", "frame"]
WHOLE = frozenset({"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"})
REAL = frozenset({"FLOAT", "DOUBLE"})
SCALAR = WHOLE | REAL | {"BOOLEAN", "VARCHAR"}
LENIENT = re.compile(rb",\s*[}\]]|(?i:[:,\[]\s*[-+]?(?:nan|inf))")
"""What DuckDB's JSON allows: a comma before the end, and numbers that are none in any spelling."""
HALF_PAIR = re.compile(rb"\\u[dD][89a-fA-F]")
OBJECTS = """read_json_objects(?, format = '{}', compression = 'uncompressed', filename = false,
             hive_partitioning = false)"""
FORMS = {"lines": OBJECTS.format("newline_delimited"), "list": OBJECTS.format("array"), "parquet": PARQUET}
JSON = ("lines", "list")


@dataclass(frozen=True, slots=True)
class Relation:
    """A file that may be one.

    Attributes
    ----------
    dialect, header
        Of a delimited file, and its first row as it is written.
    totals
        Columns in which a row names itself a total, if it is one.
    frame
        A pandas frame that stands for the file, with these columns in this order.
    """

    path: Path
    kind: Kind
    columns: tuple[str, ...]
    dialect: Dialect | None = None
    header: tuple[str | None, ...] = ()
    totals: tuple[str, ...] = ()
    frame: pd.DataFrame | None = field(default=None, compare=False)

    @contextmanager
    def opened(self) -> Iterator["Scan | None"]:
        """Yield what reads the file, None where it has to be read row by row."""
        if self.kind == "parquet":
            yield Scan(self, self.path, self._types())
            return
        if self.frame is not None:
            frame = self.frame.set_axis(self.columns, axis=1)
            if not all(_is_whole(frame[name]) for name in self.totals):
                yield None
                return
            with tempfile.TemporaryDirectory() as folder:
                file = replace(self, path=Path(folder) / "frame.parquet", kind="parquet", frame=None)
                _write(frame, file.path)
                yield Scan(file, file.path, file._types())
            return
        with _unpacked(self.path) as plain:
            yield Scan(self, plain, {}) if self._is_sound(plain) else None

    def _types(self) -> dict[str, str]:
        with duckdb.connect(":memory:") as connection:
            found = connection.execute(f"DESCRIBE SELECT * FROM {PARQUET}", [literal(self.path)]).fetchall()
        return {str(row[0]): str(row[1]) for row in found}

    def _is_sound(self, plain: Path) -> bool:
        if not plain.stat().st_size:
            return False
        with plain.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            if encoding_of(data[:512]) not in ("utf-8", "utf-8-sig") or data.find(b"\0") >= 0:
                return False
            # A carriage return that ends no line may end one for Python.
            if data.find(b"\r") >= 0 and re.search(rb"\r(?!\n)", data):
                return False
            if self.kind == "list" and not data[-512:].rstrip().endswith(b"]"):
                return False
            if self.kind in JSON:
                return not (LENIENT.search(data) or HALF_PAIR.search(data))
            return self._is_plain(data)

    def _is_plain(self, data: mmap.mmap) -> bool:
        """Tell whether every line of a delimited file is a row and its quotes stand around whole cells."""
        if self.dialect is None or self.dialect.escape is not None:
            return False
        quote = (self.dialect.quote or "").encode()
        if not quote or data.find(quote) < 0:
            return True
        d = re.escape(self.dialect.delimiter.encode())
        cell = rb"(?:" + quote + rb"(?:[^" + quote + rb"\r\n]|" + quote * 2 + rb")*+" + quote
        cell += rb"|[^" + quote + d + rb"\r\n]*+)"
        line = cell + rb"(?:" + d + cell + rb")*+"
        return re.fullmatch(rb"(?:" + line + rb"\r?\n)*+(?:" + line + rb")?", data) is not None


def _write(frame: pd.DataFrame, target: Path) -> None:
    """Write the columns of a frame of which no cell is changed by it."""
    plain = frame[[name for name in frame.columns if _is_whole(frame[name])]]
    with duckdb.connect(":memory:") as connection:
        connection.register("plain", plain)
        quoted = str(target).replace("'", "''")
        connection.execute(f"COPY plain TO '{quoted}' (FORMAT parquet)")


def _is_whole(column: "pd.Series[Any]") -> bool:
    if not isinstance(column.dtype, np.dtype | pd.StringDtype) or column.isna().any():
        return False
    return pd.api.types.infer_dtype(column) in ("boolean", "floating", "integer", "string")


@contextmanager
def _unpacked(path: Path) -> Iterator[Path]:
    """Yield a file of the same text that is not packed."""
    with path.open("rb") as file:
        head = file.read(4)
    if head[:2] != GZIP and head != ZSTD:
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "unpacked"
        if head == ZSTD:
            # The lines that the rows are read from, whatever unpacks them.
            with open_text(path) as lines, plain.open("w", encoding="utf-8", newline="") as text:
                text.writelines(lines)
            yield plain
            return
        with gzip.open(path, "rb") as packed, plain.open("wb") as target:
            shutil.copyfileobj(packed, target, 1 << 20)
        yield plain


@dataclass(frozen=True, slots=True)
class Scan:
    """How a relation is read: SQL for its rows and cells, and what a cell that was read means in Python.

    Attributes
    ----------
    path
        The file without its packing.
    types
        Of the columns of a Parquet file.
    """

    relation: Relation
    path: Path
    types: dict[str, str]

    def rows(self) -> tuple[str, list[Any]]:
        """Return what stands after FROM, with its values."""
        if self.relation.kind != "delimited":
            return FORMS[self.relation.kind], [literal(self.path)]
        dialect = self.relation.dialect or Dialect(",")
        columns = {f"c{i}": "VARCHAR" for i in range(len(self.relation.columns))}
        return (
            f"""read_csv(?, auto_detect = false, columns = {columns}, header = false, delim = ?, quote = ?,
                escape = ?, comment = '', skip = {dialect.skip + 1}, compression = 'none', null_padding = false,
                ignore_errors = false, hive_partitioning = false, filename = false)""",
            [literal(self.path), dialect.delimiter, dialect.quote or "", dialect.quote or ""],
        )

    def cell(self, column: str) -> str | None:
        """Return SQL for the cells of a column, equal where they are equal; None where it holds no plain values."""
        if column not in self.relation.columns or not column or '"' in column or "\\" in column:
            return None
        if self.relation.kind == "delimited":
            return f"c{self.relation.columns.index(column)}"
        if self.relation.kind in JSON:
            # With a dot it may be a key or the way into an object.
            return None if "." in column else f"CAST({_member(column)} AS VARCHAR)"
        return f'"{column}"' if self.types.get(column) in SCALAR else None

    def value(self, cell: Any) -> Any:
        """Return the value of a cell as a row of the table has it."""
        return json.loads(cell) if self.relation.kind in JSON and cell is not None else cell

    def odd(self, columns: Sequence[str]) -> str:
        """Return SQL that is true of a row that Python may read in another way, or that is no row."""
        found = [f"coalesce({self._is_total(column)}, false)" for column in self.relation.totals]
        if self.relation.kind in JSON:
            # Of a key that stands there twice DuckDB takes the first, and Python the last.
            keys = "len(json_keys(json)) <> len(list_distinct(json_keys(json)))"
            found.append(f"json_type(json) IS DISTINCT FROM 'OBJECT' OR {keys}")
        if self.relation.kind == "delimited":
            again = [f"c{i} IS NOT DISTINCT FROM {_quoted(name)}" for i, name in enumerate(self.relation.header)]
            found.append(f"({' AND '.join(again) or 'false'})")
        real = [f'"{column}"' for column in columns if self.types.get(column) in REAL]
        found += [f"coalesce({cell} = 0 AND signbit({cell}), false)" for cell in real]
        return " OR ".join(found) or "false"

    def _is_total(self, column: str) -> str:
        cell = f"{_member(column)} ->> '$'" if self.relation.kind in JSON else self.cell(column)
        is_text = self.relation.kind != "parquet" or self.types.get(column) == "VARCHAR"
        names = ", ".join(_quoted(name) for name in sorted(TOTALS))
        return f"lower(trim(({cell}), E' :\\t')) IN ({names})" if cell is not None and is_text else "false"

    def identity(self, column: str) -> tuple[str, str] | None:
        """Return SQL for ids as text, and SQL that is true where only Python can say what is meant."""
        if self.relation.kind in JSON:
            member = _member(column)
            kind = f"json_type({member})"
            name = f"({member} ->> '$')"
            strange = f"{kind} IS NULL OR {kind} NOT IN ('VARCHAR', 'UBIGINT', 'BIGINT')"
            return _readable(name), f"{strange} OR {_strange(name)}"
        cell = self.cell(column)
        kind = "VARCHAR" if self.relation.kind == "delimited" else self.types.get(column, "")
        if cell is None or kind == "BOOLEAN":
            return None
        if kind in WHOLE:
            return f"CAST({cell} AS VARCHAR)", f"{cell} IS NULL"
        if kind in REAL:
            fits = f"isfinite({cell}) AND {cell} = trunc({cell}) AND abs({cell}) < 2::DOUBLE ** 53"
            return f"CAST(TRY_CAST({cell} AS BIGINT) AS VARCHAR)", f"{cell} IS NULL OR NOT ({fits})"
        return _readable(cell), _strange(cell)


def _quoted(text: str | None) -> str:
    return "NULL" if not text else "'" + text.replace("'", "''") + "'"


def _member(column: str) -> str:
    quoted = column.replace("'", "''")
    return f"(json -> '$.\"{quoted}\"')"


def _readable(name: str) -> str:
    """Return SQL for an id without the ``.0`` that pandas writes in a column of whole numbers beside a gap."""
    return f"(CASE WHEN regexp_full_match({name}, '[0-9]+\\.0') THEN left({name}, -2) ELSE {name} END)"


def _strange(name: str) -> str:
    """Return SQL that is true of no id, a blank one, a rounded one, and one of which digits may be of other scripts."""
    return (
        f"{name} IS NULL OR NOT regexp_matches({name}, '[!-~]') OR contains({name}, 'E+') "
        f"OR (ends_with({name}, '.0') AND regexp_matches({name}, '[^ -~]')) OR starts_with({name}, '=')"
    )
