"""A first look at a path: enough to recognise which program wrote it, without reading it whole."""

import gzip
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from evalsuite.literal_path import literal
from evalsuite.store.imports.folder import below

__all__ = ["Peek", "peek"]

HEAD_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Peek:
    """What a path looks like.

    Attributes
    ----------
    suffix
        Lower case, without ``.gz`` or ``.zst``: ``".jsonl"``; ``""`` for a folder.
    files
        For a folder all files below it, sorted, at most `MAX_FILES`; else the path alone.
    first
        First row of a JSON Lines file, first member of a JSON list, or the JSON object itself where it is small;
        None for other files.
    keys
        Column names of a Parquet file or keys of `first`.
    members
        Names inside a zip archive.
    """

    path: Path
    suffix: str
    is_folder: bool
    files: tuple[Path, ...]
    first: Any = None
    keys: frozenset[str] = frozenset()
    members: tuple[str, ...] = ()

    def has(self, *names: str) -> bool:
        """Return whether all `names` are among the keys."""
        return self.keys.issuperset(names)


MAX_FILES = 100_000


def peek(path: Path) -> Peek:
    """Look at a file or folder.

    A file that cannot be read as what its suffix says gives a `Peek` without keys: no reader recognises it then, and
    the message about the file comes from the reader that is asked for it.
    """
    if path.is_dir():
        files = []
        for file in below(path):
            files.append(file)
            if len(files) >= MAX_FILES:
                break
        return Peek(path, "", is_folder=True, files=tuple(sorted(files)))
    suffixes = [s.lower() for s in path.suffixes]
    packed = bool(suffixes) and suffixes[-1] in (".gz", ".zst")
    suffix = (suffixes[:-1] if packed else suffixes)[-1:] or [""]
    first: Any = None
    members: tuple[str, ...] = ()
    keys: frozenset[str] = frozenset()
    try:
        if suffix[0] in (".jsonl", ".ndjson", ".json"):
            first = _first_json(_head(path), lines=suffix[0] != ".json")
        elif suffix[0] == ".parquet":
            keys = _parquet_columns(path)
        elif suffix[0] in (".eval", ".zip") and zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                members = tuple(archive.namelist())
    except (OSError, ValueError, EOFError, RecursionError):
        first = None
    if isinstance(first, Mapping):
        keys = frozenset(map(str, first))
    return Peek(path, suffix[0], is_folder=False, files=(path,), first=first, keys=keys, members=members)


def _head(path: Path) -> bytes:
    suffix = path.suffix.lower()
    if suffix == ".gz":
        with gzip.open(path, "rb") as packed:
            return packed.read(HEAD_BYTES)
    with path.open("rb") as file:
        return file.read(HEAD_BYTES)


def _first_json(head: bytes, *, lines: bool) -> Any:
    """Return the first row, the first member of a list, or the whole object where the head holds it."""
    for encoding in ("utf-8-sig", "utf-16"):
        try:
            text = head.decode(encoding).lstrip()
            break
        except UnicodeDecodeError:
            text = head.decode("utf-8", "replace").lstrip()
    decoder = json.JSONDecoder()
    if text.startswith("["):
        return decoder.raw_decode(text[1:].lstrip())[0]
    if lines:
        return json.loads(text.split("\n", 1)[0])
    return decoder.raw_decode(text)[0]


def _parquet_columns(path: Path) -> frozenset[str]:
    with duckdb.connect(":memory:") as connection:
        try:
            rows = connection.execute("SELECT name FROM parquet_schema(?)", [literal(path)]).fetchall()
        except duckdb.Error:
            return frozenset()
    return frozenset(str(row[0]) for row in rows)
