"""What a trap is: files in which results are easily misread, and what is right.

A reading is written as ``"0:1 1:0"``: problem, a colon, then 1, 0 or - (no result) for each of its completions.
"""

import io
import json
import tarfile
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

__all__ = ["AS_WRITTEN", "TWO", "Trap", "lines", "models", "packed_tar", "parquet", "table", "zipped", "zstandard"]


@dataclass(frozen=True)
class Trap:
    """Files that are easily misread.

    Attributes
    ----------
    name
        Of the trap, and the path that is read: a file of `files`, or the folder of all where it is none of them.
    right
        The reading of each run, by its label.
    refused
        Words of the refusal instead, as a pattern.
    says
        Words that must stand in the notes of each run.
    columns
        Given with ``--column``.
    """

    name: str
    files: Mapping[str, bytes]
    right: Mapping[str, str] = field(default_factory=dict)
    refused: str = ""
    says: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)


def table(name: str, content: str | bytes, right: str = "", **more: Any) -> Trap:
    """Return a trap of one file, whose run is called after it."""
    written = content if isinstance(content, bytes) else content.encode()
    return Trap(name, {name: written}, {name.partition(".")[0]: right} if right else {}, **more)


def models(name: str, content: str, **right: str) -> Trap:
    """Return a trap of one file with several runs."""
    return Trap(name, {name: content.encode()}, right)


def lines(*rows: Mapping[str, Any]) -> str:
    """Return JSON Lines."""
    return "".join(json.dumps(row) + "\n" for row in rows)


def zipped(**files: str) -> bytes:
    """Return a zip archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(f"{name}.csv", content)
    return buffer.getvalue()


def packed_tar(name: str, content: str) -> bytes:
    """Return a tar archive of one file, packed by gzip."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        member = tarfile.TarInfo(name)
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content.encode()))
    return buffer.getvalue()


def parquet(query: str) -> bytes:
    """Return a Parquet file of the rows of a query."""
    with tempfile.TemporaryDirectory() as folder, duckdb.connect(":memory:") as connection:
        file = Path(folder) / "t.parquet"
        connection.execute(f"COPY ({query}) TO '{file}' (FORMAT parquet)")
        return file.read_bytes()


def zstandard(text: str) -> bytes:
    """Return text packed by Zstandard, a line a row."""
    with tempfile.TemporaryDirectory() as folder, duckdb.connect(":memory:") as connection:
        file = Path(folder) / "t.csv"
        rows = [line.split(",") for line in text.splitlines()]
        connection.execute("CREATE TABLE t (a VARCHAR, b VARCHAR)")
        connection.executemany("INSERT INTO t VALUES (?, ?)", rows)
        connection.execute(f"COPY t TO '{file}' (FORMAT csv, HEADER false, COMPRESSION zstd)")
        return file.read_bytes()


TWO = "id,correct\n0,1\n1,0\n"
AS_WRITTEN = "0:1 1:0"
"""The reading of `TWO`."""
