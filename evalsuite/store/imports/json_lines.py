"""JSON Lines of any size, packed or not, one row at a time, whatever encoding the program wrote.

For files that other programs wrote, where a last line may be cut off because the program was stopped. Small files of
our own are read whole by `evalsuite.files.read_json_lines`.
"""

import codecs
import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import duckdb

from evalsuite.errors import DataUnavailableError, InputError
from evalsuite.store.imports.values import UnreadableValueError
from evalsuite.store.imports.zstd_frames import is_whole

__all__ = ["in_row", "json_object", "json_rows"]

MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@contextmanager
def in_row(file: Path, row: int | str) -> Iterator[None]:
    """Name the file and the row where a value that means nothing stands."""
    try:
        yield
    except UnreadableValueError as error:
        raise InputError(f"{file} row {row}: {error}") from error


def json_object(file: Path) -> dict[str, Any]:
    """Return the object that a JSON file holds.

    Raises
    ------
    DataUnavailableError
        The file cannot be read.
    InputError
        It is no JSON object.
    """
    try:
        found = json.loads(file.read_bytes())
    except OSError as error:
        raise DataUnavailableError(f"cannot read {file}: {error}") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{file} is not JSON, or only half of it was written: {error}") from error
    if not isinstance(found, dict):
        raise InputError(f"{file} is no JSON object but {type(found).__name__}")
    return found


def json_rows(file: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the objects of a JSON Lines file with the numbers of their lines, from 1; empty lines are left out.

    Parameters
    ----------
    file
        ``.gz`` and ``.zst`` are unpacked; a byte order mark says the encoding, UTF-8 without one.

    Raises
    ------
    DataUnavailableError
        The file cannot be read.
    InputError
        A line is no JSON object; the message names it, and says so where only the last one is cut off.
    """
    try:
        for number, line, is_last in _lines(file):
            yield number, _object(file, number, line, is_last=is_last)
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise DataUnavailableError(f"cannot read {file}: {error}") from error


def _lines(file: Path) -> Iterator[tuple[int, str, bool]]:
    """Yield the lines that are not empty with their numbers, from 1, and whether the line lacks its end."""
    if file.suffix.lower() == ".zst":
        yield from _packed_lines(file)
        return
    with _opened(file) as opened:
        for number, line in enumerate(opened, 1):
            if line.strip():
                yield number, line, not line.endswith("\n")


def _opened(file: Path) -> IO[str]:
    packed = file.suffix.lower() == ".gz"
    with gzip.open(file, "rb") if packed else file.open("rb") as start:
        first = start.read(4)
    encoding = next((name for mark, name in MARKS if first.startswith(mark)), "utf-8")
    # Lines end at \n alone: a JSON text may hold U+2028 and other signs that Python takes for line ends.
    return (
        gzip.open(file, "rt", encoding=encoding, newline="\n") if packed else file.open(encoding=encoding, newline="\n")
    )


def _packed_lines(file: Path) -> Iterator[tuple[int, str, bool]]:
    if not is_whole(file):
        raise DataUnavailableError(f"{file} is cut off: what Zstandard packed ends in the middle. Copy it again")
    with duckdb.connect(":memory:") as connection:
        try:
            connection.execute(
                "SELECT json FROM read_json_objects(?, format = 'newline_delimited', compression = 'zstd')", [str(file)]
            )
            number = 0
            while rows := connection.fetchmany(1000):
                for (text,) in rows:
                    number += 1
                    yield number, text, False
        except duckdb.Error as error:
            raise DataUnavailableError(f"cannot read {file}: {str(error).splitlines()[0]}") from error


def _object(file: Path, number: int, line: str, *, is_last: bool) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        if is_last:
            raise InputError(
                f"{file}: line {number}, the last, is cut off: the program was stopped while it wrote. Delete that "
                "line to import the rest, or let the program go on."
            ) from error
        raise InputError(f"{file} line {number} is not JSON: {error}") from error
    if not isinstance(row, dict):
        raise InputError(f"{file} line {number} is no JSON object but {type(row).__name__}")
    return row
