"""In which dialect a table of text is written: delimiter, quotes, backslashes.

Every dialect is tried on the first rows. Where two fit and say different things, what only one of them explains
decides; where nothing does, the file is refused.
"""

import csv
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from evalsuite.errors import InputError

__all__ = ["DELIMITERS", "Dialect", "choose", "reader"]

DELIMITERS = (",", "\t", ";", "|")
BACKSLASH = "\\"
OTHERWISE = "write the file again as JSONL or Parquet, or as CSV with every text in double quotes"


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a file is written; `quote` is None where quotes are text, `skip` lines come before the header.

    `notes` say what was made of them.
    """

    delimiter: str
    quote: str | None = '"'
    escape: str | None = None
    skip: int = 0
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """In words."""
        return {",": "comma", "\t": "tab", ";": "semicolon", "|": "vertical bar"}[self.delimiter]


@dataclass(frozen=True, slots=True)
class _Reading:
    dialect: Dialect
    rows: list[list[str]]
    fit: tuple[int, float, int]


def reader(lines: Iterable[str], dialect: Dialect) -> "csv._reader":  # type: ignore[name-defined]
    """Return the rows of lines that keep their ends."""
    return csv.reader(
        lines,
        delimiter=dialect.delimiter,
        quotechar=dialect.quote,
        quoting=csv.QUOTE_MINIMAL if dialect.quote else csv.QUOTE_NONE,
        # Programs that escape backslashes may double quotes all the same; one that escapes quotes writes none doubled.
        doublequote=True,
        escapechar=dialect.escape,
        strict=True,
    )


def choose(lines: Sequence[str], is_known: Callable[[str], bool], *, whole: bool, where: str) -> Dialect:
    """Return the dialect whose header has most names that are known, then the most consistent rows.

    Parameters
    ----------
    lines
        The first of the file, with their ends.
    is_known
        Whether a column of this name would be read.
    whole
        Whether these are all: only a part may end inside a quoted text.
    where
        The file, for messages.

    Raises
    ------
    InputError
        Two dialects fit and say different things of the rows.
    """
    text = "".join(lines)
    quotes: tuple[str | None, ...] = ('"', *(["'"] if "'" in text else []), *([None] if '"' in text else []))
    escapes = (None, BACKSLASH) if BACKSLASH in text else (None,)
    options = [Dialect(d, q, e) for e in escapes for q in quotes for d in DELIMITERS]
    readings = [found for option in options if (found := _read(lines, option, is_known, whole=whole)) is not None]
    if not readings:
        return Dialect(max(DELIMITERS, key=lines[0].count))
    best = max(reading.fit for reading in readings)
    chosen = _decide([reading for reading in readings if reading.fit == best], lines, where, whole=whole)
    wrapped = _in_single(text, chosen) if "'" in text else None
    if wrapped is not None:
        raise InputError(
            f"{where}: {wrapped!r} may be a text with its quotes, or one that a program put in single quotes for what "
            f"is in it. To be sure, {OTHERWISE}"
        )
    return chosen


def _read(lines: Sequence[str], dialect: Dialect, is_known: Callable[[str], bool], *, whole: bool) -> _Reading | None:
    if dialect.escape and dialect.quote and whole and not _closes(lines, dialect):
        return None
    rows: list[list[str]] = []
    read = reader(iter(lines), dialect)
    begun = 0
    try:
        for row in read:
            rows.append(row)
            begun = read.line_num
    except csv.Error as error:
        # A quote that nothing closes is a text that was cut off if it begins in the last line.
        cut = "unexpected end" in str(error) and (not whole or begun >= len(lines) - 1)
        if not cut:
            return None
    rows = [row for row in rows if row]
    if not rows:
        return None
    header, *body = rows
    width = len(header)
    consistent = sum(len(row) == width for row in body) / len(body) if body else 1.0
    known = sum(map(is_known, header)) if width > 1 else int(is_known(header[0]))
    return _Reading(dialect, rows, (known, consistent, width))


def _closes(lines: Sequence[str], dialect: Dialect) -> bool:
    """Tell whether each quote that no backslash escapes begins or ends a cell, which the reader does not ask."""
    d, q = re.escape(dialect.delimiter), re.escape(str(dialect.quote))
    bare = re.sub(r"\\.", "", "".join(lines), flags=re.DOTALL)
    left = re.sub(rf"(?<![^{d}\r\n]){q}(?:[^{q}]|{q}{q})*{q}(?={d}|[\r\n]|\Z)", "", bare)
    return str(dialect.quote) not in left


def _decide(readings: Sequence[_Reading], lines: Sequence[str], where: str, *, whole: bool) -> Dialect:
    """Choose among readings that fit equally well; the first is the most usual one."""
    text = "".join(lines)
    escaped = [reading for reading in readings if reading.dialect.escape]
    plain = [reading for reading in readings if not reading.dialect.escape]
    if escaped and not plain and not _all_escapes(text, escaped[0].dialect):
        raise InputError(
            f"{where}: a backslash stands before quotes, and another before a letter, so that it may be an escape or "
            f"text. To be sure, {OTHERWISE}"
        )
    if plain and escaped:
        first = _quoted_by(plain, text)
        other = next((r for r in escaped if r.dialect.quote == first.dialect.quote), escaped[0])
        if other.rows == first.rows or not _all_paired(text, other.dialect):
            return first.dialect
        raise InputError(
            f"{where} {_first_difference(first, other)}: every backslash of the file stands before another or before "
            f"a quote or delimiter, so it may be an escape or text. To be sure, {OTHERWISE}"
        )
    first = _quoted_by(plain or escaped, text)
    mixed = whole and not escaped and first.dialect.quote == '"' and _doubled_single(text, first.dialect.delimiter)
    single = next((r for r in readings if r.dialect.quote == "'"), None)
    if mixed and single is not None and single.rows != first.rows:
        raise InputError(
            f"{where} {_first_difference(first, single)}: both double and single quotes stand around cells. To be "
            f"sure which of them are text, {OTHERWISE}"
        )
    return first.dialect


def _quoted_by(readings: Sequence[_Reading], text: str) -> _Reading:
    """Return the usual reading, or the one with single quotes where only they stand around cells."""
    single = next((r for r in readings if r.dialect.quote == "'"), None)
    usual = next((r for r in readings if r is not single), readings[0])
    if single is None or usual is single:
        return usual
    delimiter = usual.dialect.delimiter
    if usual.dialect.quote and re.search(rf'(?<![^{re.escape(delimiter)}\r\n])"', text):
        return usual
    return single if usual.dialect.escape is None and _doubled_single(text, delimiter) else usual


def _doubled_single(text: str, delimiter: str) -> bool:
    """Tell whether a cell stands in single quotes with each one inside doubled, as only a quoting program writes."""
    d = re.escape(delimiter)
    pattern = rf"(?<![^{d}\r\n])'(?:[^'\r\n]|'')*''(?:[^'\r\n]|'')*'(?={d}|[\r\n]|\Z)"
    return re.search(pattern, text) is not None


ESCAPED = re.compile(r"\"[\"']")
"""A quote behind a double quote that escapes it."""


def _in_single(text: str, dialect: Dialect) -> str | None:
    """Return a cell in single quotes that may have been written otherwise than it is read.

    Where single quotes are text: one with a sign in it for which a program that quotes so would put them there. Where
    they quote: one in which each double quote may be what escapes the next quote.
    """
    d = re.escape(dialect.delimiter)
    cells = list(re.finditer(rf"(?<![^{d}\r\n])'(?:[^']|''|\"')*'(?={d}|[\r\n]|\Z)", text))
    if dialect.quote == "'" and any("''" in ESCAPED.sub("", cell[0][1:-1]) for cell in cells):
        return None  # what is doubled is the quote itself
    for cell in cells:
        inner = cell[0][1:-1]
        if dialect.quote == "'":
            doubtful = '"' in inner and '"' not in ESCAPED.sub("", inner)
        else:
            doubtful = ('"' in inner or "#" in inner) and not re.search(r"[\r\n]", inner)
        if doubtful:
            return cell[0][:40]
    return None


def _all_paired(text: str, dialect: Dialect) -> bool:
    """Tell whether each backslash stands before a sign that a program would escape."""
    signs = re.escape(f"{BACKSLASH}{dialect.delimiter}\"'")
    return BACKSLASH not in re.sub(rf"\\(?:[{signs}]|\r\n(?=\r\n)|\n(?=[\r\n])|\r(?=\r))", "", text)


def _all_escapes(text: str, dialect: Dialect) -> bool:
    """Tell whether no backslash stands before a sign that needs none."""
    signs = re.escape(f"{BACKSLASH}{dialect.delimiter}\"'")
    return re.search(rf"\\[^{signs}\r\n]", re.sub(r"\\\\", "", text)) is None


def _first_difference(one: _Reading, other: _Reading) -> str:
    rows = zip(one.rows, other.rows, strict=False)
    number = next((i for i, (a, b) in enumerate(rows, 1) if a != b), min(len(one.rows), len(other.rows)))
    return f"row {number}" if number > 1 else "header"
