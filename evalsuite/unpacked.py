"""How large a packed file becomes, asked before it is read: a few kilobytes can unpack to more than memory holds."""

import gzip
import math
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import duckdb

from evalsuite.errors import InputError
from evalsuite.literal_path import PARQUET as READ_PARQUET
from evalsuite.literal_path import literal

__all__ = ["GZIP", "PACKED", "PARQUET", "ZIP", "ZSTD", "bytes_of", "refuse_too_large"]

GZIP, ZSTD, PARQUET, ZIP = b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"PAR1", b"PK\x03\x04"
"""What packed files begin with."""
PACKED = (".gz", ".zst", ".gzip", ".zstd")
LEAST = 10**9
TIMES = 100
"""Unless told otherwise, a file may become a gigabyte, or so many times its own size where that is more."""
OTHERWISE = "raise the limit with --max-unpacked GB"
PIECE = 1 << 20
ENDINGS = (*PACKED, ".parquet", ".eval", ".zip")
"""Of files in a folder that are packed."""


def bytes_of(gigabytes: float | None) -> int | None:
    """Return the limit that ``--max-unpacked`` gives, in bytes.

    Raises
    ------
    InputError
        It is no number above 0.
    """
    if gigabytes is None:
        return None
    if not 0 < gigabytes < math.inf:
        raise InputError(f"--max-unpacked takes gigabytes, more than 0, got {gigabytes:g}")
    return int(gigabytes * 10**9)


def refuse_too_large(path: Path, most: int | None = None, *, otherwise: str = OTHERWISE) -> None:
    """Refuse a file, or a folder that holds one, which unpacks to more than it may.

    Parameters
    ----------
    most
        Bytes that each file may unpack to; None for the rule of `LEAST` and `TIMES`.
    otherwise
        What to do with a file that really holds that much, for the message.

    Raises
    ------
    InputError
        The message names the file and what to do.
    """
    files = sorted(f for f in path.rglob("*") if f.suffix.lower() in ENDINGS) if path.is_dir() else [path]
    for file in (f for f in files if f.is_file()):
        limit = max(LEAST, TIMES * file.stat().st_size) if most is None else most
        if _exceeds(file, limit):
            raise InputError(
                f"{file}, of {_bytes(file.stat().st_size)}, unpacks to more than {_bytes(limit)}. If it really holds "
                f"that much, {otherwise}"
            )


def _exceeds(file: Path, limit: int) -> bool:
    try:
        with file.open("rb") as opened:
            head = opened.read(4)
        if head[:2] == GZIP:
            return _more_than(limit, _pieces(file))
        if head == ZSTD:
            return _more_than(limit, _packed_lines(file))
        if head == ZIP:
            with zipfile.ZipFile(file) as archive:
                return sum(member.file_size for member in archive.infolist()) > limit
        return head == PARQUET and _parquet_exceeds(file, limit)
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, duckdb.Error):
        return False  # what cannot be read is said by whoever reads it


def _more_than(limit: int, sizes: Iterator[int]) -> bool:
    total = 0
    for size in sizes:
        total += size
        if total > limit:
            return True
    return False


def _pieces(file: Path) -> Iterator[int]:
    with gzip.open(file, "rb") as packed:
        while piece := packed.read(PIECE):
            yield len(piece)


def _packed_lines(file: Path) -> Iterator[int]:
    """Yield the sizes of the lines of a file that Zstandard packed; a line too long for DuckDB is none."""
    with duckdb.connect(":memory:") as connection:
        result = connection.execute(
            """SELECT strlen(line) + 1 FROM read_csv(?, compression = 'zstd', auto_detect = false, delim = '\x01',
                   columns = {'line': 'VARCHAR'}, quote = '', escape = '', comment = '', header = false,
                   hive_partitioning = false, max_line_size = 268435456, null_padding = false)""",
            [literal(file)],
        )
        while sizes := result.fetchmany(10_000):
            yield sum(size or 1 for (size,) in sizes)


def _parquet_exceeds(file: Path, limit: int) -> bool:
    """Tell whether the texts of a Parquet file are longer together; a dictionary may hold one text for all rows."""
    with duckdb.connect(":memory:") as connection:
        ((pages, most),) = connection.execute(
            "SELECT sum(total_uncompressed_size), sum(num_values * total_uncompressed_size) FROM parquet_metadata(?)",
            [literal(file)],
        ).fetchall()
        if most is None or most <= limit or pages > limit:
            return pages is not None and pages > limit
        columns = connection.execute(f"DESCRIBE SELECT * FROM {READ_PARQUET}", [literal(file)]).fetchall()
        texts = [str(name) for name, kind, *_ in columns if kind in ("VARCHAR", "BLOB") or "VARCHAR" in str(kind)]
        if not texts:
            return False
        quoted = ['"' + name.replace('"', '""') + '"' for name in texts]
        sizes = " + ".join(f"coalesce(strlen(CAST({name} AS VARCHAR)), 0)" for name in quoted)
        result = connection.execute(f"SELECT {sizes} FROM {READ_PARQUET}", [literal(file)])
        while rows := result.fetchmany(10_000):
            limit -= sum(size for (size,) in rows)
            if limit < 0:
                return True
    return False


def _bytes(n: int) -> str:
    """Return a size in words.

    Examples
    --------
    >>> _bytes(3700), _bytes(2_500_000_000)
    ('3.7 kB', '2.5 GB')
    """
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if n >= size:
            return f"{n / size:.3g} {unit}"
    return f"{n} bytes"
