"""Text files as people have them: packed or not, UTF-8 or UTF-16, with or without a byte order mark."""

import codecs
import gzip
import io
import json
import re
import shlex
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import duckdb

from evalsuite.errors import DataUnavailableError, InputError
from evalsuite.literal_path import literal
from evalsuite.store.imports.zstd_frames import is_whole
from evalsuite.unpacked import GZIP, PACKED, PARQUET, ZIP, ZSTD

__all__ = [
    "GZIP",
    "PACKED",
    "PARQUET",
    "SUFFIXES",
    "ZIP",
    "ZSTD",
    "encoding_of",
    "kind_of",
    "label_of",
    "open_text",
    "suffix_of",
]

SQLITE = b"SQLi"
TAR, TAR_AT = b"ustar", 257
OTHERS = {
    rb"BZh[1-9]1AY": "bunzip2",
    rb"\xfd7zXZ\x00": "unxz",
    rb"7z\xbc\xaf\x27\x1c": "7z x",
    rb"Rar!\x1a\x07": "unrar x",
}
"""Patterns of what other packed files begin with, and what unpacks them; a text may begin with the letters alone."""
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
SUFFIXES = (".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".parquet")
"""Of tables."""


def suffix_of(path: Path) -> str:
    """Return the ending of a path in lower case, without that of its packing: ``.csv`` of ``a.csv.gz``."""
    return (path.with_suffix("") if path.suffix.lower() in PACKED else path).suffix.lower()


def label_of(path: Path) -> str:
    """Return the name of a file without its endings."""
    return Path(path.stem).stem if path.suffix.lower() in PACKED else path.stem


def kind_of(path: Path) -> str:
    """Return ``"parquet"``, ``"json"`` (a document or lines) or ``"delimited"``, by what the file begins with.

    Raises
    ------
    DataUnavailableError
        It cannot be read.
    InputError
        It is a workbook or another archive; the message says what to do.
    """
    if not path.is_file():
        raise DataUnavailableError(f"there is no file {path}")
    try:
        with path.open("rb") as file:
            head = file.read(4)
            start = head + file.read(4)
        if head == PARQUET:
            return "parquet"
        other = next((command for mark, command in OTHERS.items() if re.match(mark, start)), None)
        if other is not None:
            raise InputError(f"{path} is packed in a way that is not read here. Unpack it: `{other} {_quoted(path)}`")
        if _is_tar(path):
            raise InputError(_of_tar(path))
        if head == ZIP:
            raise InputError(_of_archive(path))
        if head == SQLITE:
            raise InputError(f"{path} is in no format that is known: a database of SQLite. Save its table as CSV")
        if head == ZSTD and not is_whole(path):
            raise DataUnavailableError(f"{path} is cut off: what Zstandard packed ends in the middle. Copy it again")
        with open_text(path) as text:
            beginning = text.read(4096).lstrip()
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise DataUnavailableError(f"cannot read {path}: {_reason(error)}") from error
    if suffix_of(path) in (".csv", ".tsv"):
        return "json" if _is_object(beginning) else "delimited"
    return "json" if beginning[:1] in ("{", "[") or suffix_of(path) in (".json", ".jsonl", ".ndjson") else "delimited"


def _quoted(path: Path) -> str:
    return shlex.quote(str(path))


def _is_tar(path: Path) -> bool:
    """Tell whether a file is a tar archive, packed by gzip or not."""
    with path.open("rb") as file:
        packed = file.read(2) == GZIP
    with gzip.open(path, "rb") if packed else path.open("rb") as file:
        return file.read(TAR_AT + len(TAR))[TAR_AT:] == TAR


def _of_tar(path: Path) -> str:
    folder = _quoted(path.with_name(path.name.partition(".")[0] or "unpacked"))
    command = f"mkdir -p {folder} && tar -xf {_quoted(path)} -C {folder}"
    return f"{path} is an archive. Unpack it, and name the folder: `{command}`"


def _is_object(beginning: str) -> bool:
    """Tell whether a text begins with a JSON object, alone or in a list, whatever the file is called."""
    try:
        found, _ = json.JSONDecoder().raw_decode(beginning.removeprefix("[").lstrip())
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict)


def _of_archive(path: Path) -> str:
    """Say what to do with a zip archive, which a workbook is too."""
    try:
        with zipfile.ZipFile(path) as archive:
            is_workbook = "[Content_Types].xml" in archive.namelist()
    except zipfile.BadZipFile:
        return f"{path} is a workbook or an archive; save the table as CSV, JSONL or Parquet"
    if is_workbook:
        return f"{path} is a workbook. Save the sheet as CSV (UTF-8), or export it as Parquet"
    folder = path.with_suffix("") if path.suffix else Path(f"{path}-files")
    command = shlex.join(["unzip", str(path), "-d", str(folder)])
    return f"{path} is an archive. Unpack it, and name the folder: `{command}`"


def open_text(path: Path) -> IO[str]:
    r"""Open a text file, unpacked and decoded; line ends stay as they are.

    UTF-16 is known by its byte order mark, or by every other byte being zero.
    """
    with path.open("rb") as file:
        head = file.read(4)
    if head[:4] == ZSTD:
        return _Lines(_zstd_lines(path))
    with gzip.open(path, "rb") if head[:2] == GZIP else path.open("rb") as file:
        encoding = encoding_of(file.read(512))
    if head[:2] == GZIP:
        return gzip.open(path, "rt", encoding=encoding, newline="")
    return path.open(encoding=encoding, newline="")


def encoding_of(head: bytes) -> str:
    """Return the encoding of a text by its first bytes."""
    for mark, name in MARKS:
        if head.startswith(mark):
            return name
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if len(head) >= 8 and max(even, odd) > len(head) // 3:
        return "utf-16-le" if odd > even else "utf-16-be"
    return "utf-8"


def _zstd_lines(path: Path) -> Iterator[str]:
    """Yield the lines of a file that DuckDB unpacks; a carriage return before a line feed is lost."""
    with duckdb.connect(":memory:") as connection:
        result = connection.execute(
            """SELECT * FROM read_csv(?, compression = 'zstd', auto_detect = false, columns = {'line': 'VARCHAR'},
                   delim = '\x01', quote = '', escape = '', comment = '', header = false, hive_partitioning = false,
                   max_line_size = 268435456, parallel = false, null_padding = false)""",
            [literal(path)],
        )
        while lines := result.fetchmany(10_000):
            for (line,) in lines:
                yield f"{line or ''}\n"


class _Lines(io.TextIOBase, IO[str]):
    """A text file made of lines."""

    def __init__(self, lines: Iterator[str]) -> None:
        self.lines = lines
        self.rest = ""

    def __next__(self) -> str:  # type: ignore[override]
        line, self.rest = self.rest, ""
        return line or next(self.lines)

    def read(self, size: int | None = -1) -> str:
        parts, n = [self.rest], len(self.rest)
        while size is None or size < 0 or n < size:
            line = next(self.lines, "")
            if not line:
                break
            parts.append(line)
            n += len(line)
        text = "".join(parts)
        end = len(text) if size is None or size < 0 else size
        self.rest = text[end:]
        return text[:end]


def _reason(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return f"it is no {error.encoding} text ({error.reason} at byte {error.start}). Save it as UTF-8"
    return str(error)
