"""Tables of text with a delimiter: CSV, TSV, semicolons, as spreadsheets and programs write them.

There is no comment character, no guessing of types and no padding of rows that are too short: a row with another
number of fields than the header is an error that names its line. An empty field is a missing value, a quoted empty
field an empty text.
"""

import csv
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

from evalsuite.errors import DataUnavailableError, InputError
from evalsuite.store.imports.dialects import DELIMITERS, Dialect, choose, reader
from evalsuite.store.imports.not_rows import lines_before_header, titles, without_line
from evalsuite.store.imports.text_files import open_text

__all__ = ["Dialect", "read_rows", "sniff"]

SAMPLE = 400
SAMPLE_CHARACTERS = 1 << 19
csv.field_size_limit(min(sys.maxsize, 2**31 - 1))


def sniff(path: Path, is_known: Callable[[str], bool]) -> Dialect:
    """Return the dialect of a file; see `dialects.choose`.

    Raises
    ------
    DataUnavailableError
        The file cannot be read.
    InputError
        It holds no text, or fits two dialects that say different things.
    """
    try:
        with open_text(path) as file:
            lines, whole = _first_lines(file)
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise DataUnavailableError(f"cannot read {path}: {error}") from error
    hint = re.fullmatch(r'"?sep=(.)"?\s*', lines[0].lstrip("\ufeff")) if lines else None
    if hint and hint[1] not in DELIMITERS:
        raise InputError(
            f"{path} says that {hint[1]!r} separates its fields. Only comma, tab, semicolon and vertical bar are read: "
            "save it with one of these, or as JSONL"
        )
    if not "".join(lines).strip():
        raise InputError(f"{path} holds no rows")
    if hint:
        chosen = choose(lines[1:] or [""], is_known, whole=whole, where=str(path))
        return replace(chosen, delimiter=hint[1], skip=1)
    before = lines_before_header(lines, is_known, DELIMITERS)
    chosen = choose(lines[before:], is_known, whole=whole, where=str(path))
    return replace(chosen, skip=before, notes=(titles(before),)) if before else chosen


def _first_lines(file: Iterator[str]) -> tuple[list[str], bool]:
    lines: list[str] = []
    n = 0
    for line in file:
        if len(lines) >= SAMPLE or n >= SAMPLE_CHARACTERS:
            return lines, False
        lines.append(line)
        n += len(line)
    return lines, True


def read_rows(path: Path, dialect: Dialect) -> Iterator[tuple[int, list[str | None]]]:
    """Yield the header, then each row, with the number of its line.

    Raises
    ------
    DataUnavailableError
        The file cannot be read.
    InputError
        A row has another number of fields than the header, or a quote is never closed; the message names the line.
    """
    try:
        with open_text(path) as file:
            yield from _rows(path, file, dialect)
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise DataUnavailableError(f"cannot read {path}: {error}. Save it as UTF-8") from error


def _rows(path: Path, file: Iterator[str], dialect: Dialect) -> Iterator[tuple[int, list[str | None]]]:
    taken: list[str] = []

    def lines() -> Iterator[str]:
        for line in islice(file, dialect.skip, None):
            taken.append(line)
            yield line

    rows = reader(lines(), dialect)
    width = 0
    empty = (dialect.quote or "") * 2
    begun = 1 + dialect.skip
    check = _Swallowed(path, dialect)
    while True:
        taken.clear()
        try:
            row = next(rows)
        except StopIteration:
            check.end()
            return
        except csv.Error as error:
            raise InputError(
                f"{path} line {begun}: {error}. A quote that is never closed or closed too early, or a file that was "
                "cut off: mend the line, or write the file again"
            ) from error
        number, begun = begun, rows.line_num + 1 + dialect.skip
        check.line_ends(number, taken)
        if not any(row) if width > 1 else not row:
            continue
        if len(row) == 1 and width > 1 and not row[0].strip():
            continue
        if width and len(row) != width:
            raise InputError(
                f"{path} line {number} has {len(row)} fields and the header {width}. Is it cut off, or does a text "
                f"hold the delimiter ({dialect.name}) without quotes? Mend the line, or write the file as JSONL; if it "
                f"is no row, take it out: {without_line(path, number)}"
            )
        width = width or len(row)
        check.row(number, taken, width)
        if "" in row:
            raw = "".join(taken)
            quoted = _quoted_empty(raw, dialect) if empty and empty in raw else frozenset()
            yield number, [field if field or i in quoted else None for i, field in enumerate(row)]
        else:
            yield number, list(row)


class _Swallowed:
    """Counts the rows a second way: whether the lines are rows too if quotes are text and close nothing.

    Where all lines of the file have the header's number of fields, a quote that spans lines may be a text of several
    lines, or two cells that hold a quote each and the rows between them.
    """

    def __init__(self, path: Path, dialect: Dialect) -> None:
        self.path = path
        self.dialect = dialect
        self.plain = dialect.quote is not None and dialect.escape is None
        self.first: tuple[int, int] | None = None
        self.end_of_line: str | None = None

    def row(self, number: int, lines: list[str], width: int) -> None:
        """Take one row with its lines."""
        if not self.plain or (len(lines) == 1 and str(self.dialect.quote) not in lines[0]):
            return
        self.plain = width > 1 and all(line.count(self.dialect.delimiter) == width - 1 for line in lines)
        if len(lines) > 1 and self.first is None:
            self.first = number, number + len(lines) - 1

    def line_ends(self, number: int, lines: list[str]) -> None:
        """Refuse lines that end in a carriage return among others that end in a line feed: texts hold one of them."""
        end = "\r" if lines[-1].endswith("\r") else "\n" if lines[-1].endswith("\n") else self.end_of_line
        if self.end_of_line is not None and end != self.end_of_line:
            kinds = ("line feeds", "carriage returns")
            usual, this = kinds if end == "\r" else kinds[::-1]
            raise InputError(
                f"{self.path} line {number} ends in another sign than the lines before, which end in {usual}: a text "
                f"holds {this} without quotes, or two files were joined. Write the file again as JSONL"
            )
        self.end_of_line = end

    def end(self) -> None:
        """Refuse the file if both counts fit it and differ."""
        if self.plain and self.first is not None:
            begin, end = self.first
            raise InputError(
                f"{self.path} lines {begin} to {end} are one row if the quotes stand around a text of several lines, "
                f"and {end - begin + 1} rows if they belong to the texts; both fit the whole file. Write it as JSONL, "
                "or as CSV with every text in quotes"
            )


def _quoted_empty(raw: str, dialect: Dialect) -> frozenset[int]:
    """Return the positions of the fields of one row that are written as two quotes."""
    d, q = re.escape(dialect.delimiter), re.escape(dialect.quote or "")
    inner = rf"(?:[^{q}]|{q}{q})*" if dialect.escape is None else rf"(?:[^{q}\\]|\\.)*"
    fields = re.finditer(rf"({q}{inner}{q}|[^{d}\r\n]*)(?:{d}|\r?\n?$)", raw, re.DOTALL)
    return frozenset(i for i, match in enumerate(fields) if match[1] == (dialect.quote or "") * 2)
