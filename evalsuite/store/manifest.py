"""What an archive says of its own files, and whether they are those."""

import hashlib
import json
from pathlib import Path
from typing import Any

from evalsuite.errors import InputError, StoreError
from evalsuite.store.connection import SCHEMA_VERSION
from evalsuite.store.replaced_archive import MANIFEST, pending

__all__ = ["check_files", "file_hash"]

FIRST_FORMAT = (
    "problems", "runs", "run_problems", "completions", "grades", "trainings", "training_steps", "training_completions",
)  # fmt: skip
"""Tables of every archive that was written before there were manifests."""


def file_hash(file: Path) -> str:
    """Return the SHA-256 of a file."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def check_files(folder: Path) -> dict[str, Path]:
    """Return the files of the archive in `folder` by table, all of which are as they were written.

    Raises
    ------
    InputError
        The folder holds no archive, or a newer evalsuite wrote it.
    StoreError
        A file is missing, or not the one that was written.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} holds no archive: it is no folder")
    new = pending(folder)
    if new is None and not (folder / MANIFEST).is_file():
        return _without_manifest(folder)
    said = (new or folder) / MANIFEST
    try:
        manifest: dict[str, Any] = json.loads(said.read_text(encoding="utf-8"))
        files, schema = dict(manifest["files"]), int(manifest["schema"])
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise StoreError(f"cannot read {said}: {error}. Write the archive again.") from error
    if schema > SCHEMA_VERSION:
        raise InputError(
            f"{folder} was written by evalsuite {manifest.get('evalsuite')} (schema {schema}, this one knows "
            f"{SCHEMA_VERSION}): upgrade with `pip install -U evalsuite`"
        )
    places = {name: folder / name if new is None or not (new / name).exists() else new / name for name in files}
    wrong = [name for name, known in files.items() if not _is(places[name], known)]
    if new is None:  # else they are those of the older archive
        wrong += sorted(f.name for f in folder.glob("*.parquet") if f.name not in files)
    if wrong:
        raise StoreError(
            f"{folder} is damaged or mixed with another archive: {', '.join(sorted(wrong))} not as {MANIFEST} says. "
            "Copy the whole folder again, or write it again with `evalsuite archive`. Nothing was read."
        )
    return {Path(name).stem: place for name, place in places.items()}


def _without_manifest(folder: Path) -> dict[str, Path]:
    missing = [f"{name}.parquet" for name in FIRST_FORMAT if not (folder / f"{name}.parquet").is_file()]
    if missing:
        raise InputError(f"{folder} holds no archive: there is no {missing[0]}")
    if (folder / "run_draws.parquet").exists():
        raise StoreError(f"{folder} lacks its {MANIFEST}: copy the whole folder again, or write it again")
    return {file.stem: file for file in sorted(folder.glob("*.parquet"))}


def _is(file: Path, known: str) -> bool:
    try:
        return file_hash(file) == known
    except OSError:
        return False
