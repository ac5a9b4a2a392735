"""JSON as other programs leave it: line by line or whole, packed or not, in files and in zip archives.

A row is an object a line, as the program wrote it; `json_rows` finds rows in the many shapes of people's own files.
"""

import json
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import duckdb

from evalsuite.errors import DataUnavailableError, InputError
from evalsuite.files import no_json
from evalsuite.store.imports.text_files import ZSTD, open_text
from evalsuite.store.imports.values import UnreadableValueError
from evalsuite.store.imports.zstd_frames import is_whole

__all__ = [
    "in_row",
    "json_document",
    "json_lines",
    "json_object",
    "opening",
    "parsed",
    "unpacked",
    "zip_documents",
]

ZSTANDARD = 93
"""Number of the method of a zip member that is packed by Zstandard, which Python 3.11 cannot unpack itself."""
OPENING = 8192
LOCAL_HEADER = 30
BATCH = 100
"""Members that are unpacked together: each call of DuckDB costs as much as a megabyte."""
BETWEEN = "\n\x1e\n"
"""Stands between members that are unpacked together; no JSON text holds this sign."""
FRAME_BETWEEN = b"\x28\xb5\x2f\xfd\x20\x03\x19\x00\x00" + BETWEEN.encode()
"""The same as a frame of Zstandard: magic number, one byte of length (3), one last raw block of 3 bytes (RFC 8878)."""
UNREADABLE = (OSError, EOFError, zlib.error, zipfile.BadZipFile, UnicodeDecodeError, duckdb.Error)


@contextmanager
def in_row(file: Path, row: int | str) -> Iterator[None]:
    """Name the file and the row where a value that means nothing stands."""
    try:
        yield
    except UnreadableValueError as error:
        raise InputError(f"{file} row {row}: {error}") from error


def json_lines(file: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the objects of a JSON Lines file with the numbers of their lines, from 1; empty lines are left out.

    A file that is one JSON list instead, as early programs wrote it under the same suffix, gives its members.

    Raises
    ------
    DataUnavailableError
        The file cannot be read.
    InputError
        A line is no JSON object; the message names it, and says so where only the last one is cut off.
    """
    try:
        with _opened(file) as lines:
            yield from _objects(file, lines)
    except UNREADABLE as error:
        raise DataUnavailableError(f"cannot read {file}: {error}") from error


def _objects(file: Path, lines: IO[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        if line.lstrip().startswith("["):
            members = parsed(file, line + lines.read())
            for position, member in enumerate(members if isinstance(members, list) else [members], 1):
                yield position, _object(file, position, member)
            return
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            if not line.endswith("\n") and not isinstance(error, RecursionError):
                raise InputError(
                    f"{file}: line {number}, the last, is cut off: the program was stopped while it wrote. Delete that "
                    f"line to import the rest, or let the program go on"
                ) from error
            raise no_json(f"{file} line {number}", error) from error
        yield number, _object(file, number, row)


def _object(file: Path, number: int, row: Any) -> dict[str, Any]:
    if not isinstance(row, dict):
        raise InputError(f"{file} line {number} is no JSON object but {type(row).__name__}")
    return row


def json_document(file: Path) -> Any:
    """Return what a whole JSON file holds.

    Raises
    ------
    DataUnavailableError
        The file cannot be read.
    InputError
        It is not JSON.
    """
    try:
        with _opened(file) as text:
            return parsed(file, text.read())
    except UNREADABLE as error:
        raise DataUnavailableError(f"cannot read {file}: {error}") from error


def json_object(file: Path) -> dict[str, Any]:
    """Return the object that a whole JSON file holds; errors are those of `json_document`, or that it is none."""
    found = json_document(file)
    if not isinstance(found, dict):
        raise InputError(f"{file} is no JSON object but {type(found).__name__}")
    return found


def opening(file: Path) -> str:
    """Return the first characters of a JSON file without its white space, to recognise what is too large to parse.

    A file that cannot be read opens with nothing.
    """
    try:
        with _opened(file) as text:
            return "".join(text.read(OPENING).split())
    except UNREADABLE:
        return ""


def parsed(file: Path, text: str) -> Any:
    """Return what a JSON text says; `file` is named where it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise no_json(file, error) from error


def _opened(file: Path) -> IO[str]:
    with file.open("rb") as start:
        packed = start.read(4) == ZSTD
    if packed and not is_whole(file):
        raise DataUnavailableError(f"{file} is cut off: what Zstandard packed ends in the middle. Copy it again")
    return open_text(file)


def zip_documents(archive: zipfile.ZipFile, names: Sequence[str]) -> Iterator[Any]:
    """Yield what members of a zip archive hold, in order; they may be packed by any method in use, Zstandard included.

    Raises
    ------
    InputError
        A member is not JSON.
    """
    for start in range(0, len(names), BATCH):
        batch = names[start : start + BATCH]
        packed = [_packed(archive, name) for name in batch if _is_zstandard(archive, name)]
        texts = iter(unpacked(FRAME_BETWEEN.join(packed)).split(BETWEEN) if packed else ())
        for name in batch:
            text = next(texts) if _is_zstandard(archive, name) else archive.read(name).decode("utf-8")
            yield parsed(Path(str(archive.filename), name), text)


def _is_zstandard(archive: zipfile.ZipFile, name: str) -> bool:
    return archive.getinfo(name).compress_type == ZSTANDARD


def _packed(archive: zipfile.ZipFile, name: str) -> bytes:
    """Return the packed bytes of a member: they follow its local header, which has names of its own lengths."""
    info = archive.getinfo(name)
    if archive.fp is None:
        raise zipfile.BadZipFile("the archive is closed")
    archive.fp.seek(info.header_offset)
    header = archive.fp.read(LOCAL_HEADER)
    lengths = (int.from_bytes(header[26:28], "little"), int.from_bytes(header[28:30], "little"))
    archive.fp.seek(info.header_offset + LOCAL_HEADER + sum(lengths))
    return archive.fp.read(info.compress_size)


def unpacked(packed: bytes) -> str:
    """Return the text of bytes that Zstandard packed. DuckDB unpacks them: it is there in every installation."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "packed.zst"
        file.write_bytes(packed)
        with duckdb.connect(":memory:") as connection:
            lines = connection.execute(
                """SELECT line FROM read_csv(?, columns = {'line': 'VARCHAR'}, header = false, delim = '\x01',
                                             quote = '', escape = '', compression = 'zstd', max_line_size = 1073741824,
                                             auto_detect = false, skip = 0)""",
                [str(file)],
            ).fetchall()
    return "".join(f"{line or ''}\n" for (line,) in lines)
