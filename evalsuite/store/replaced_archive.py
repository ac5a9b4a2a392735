"""A new archive in the place of an older one: whenever the writing ends, the folder holds one of the two whole.

The new one is written into a folder within the folder. A single renaming makes it the archive; only then do its files
move to where those of the older one lie. A process that is killed in between leaves the new one in two places, which
`pending` finds and whoever writes next puts together.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from evalsuite.errors import StoreLockedError

__all__ = ["MANIFEST", "pending", "replacing"]

MANIFEST = "manifest.json"
BEING_WRITTEN, WHOLE = ".being-written", ".new-archive"


def pending(folder: Path) -> Path | None:
    """Return where the manifest of a new archive lies whose files have not all moved to `folder`, None without one.

    Each of its files lies beside that manifest, or in `folder` already.
    """
    new = folder / WHOLE
    return new if (new / MANIFEST).is_file() else None


@contextmanager
def replacing(folder: Path) -> Iterator[Path]:
    """Give an empty folder for a new archive with its manifest, which becomes the archive in `folder` at the end.

    After an error the older archive is as it was, and a folder that was made for the new one is gone.

    Raises
    ------
    OSError
        A file cannot be made or moved.
    StoreLockedError
        Another process writes an archive there.
    """
    is_new = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    new = folder / BEING_WRITTEN
    handle = os.open(folder, os.O_RDONLY)
    try:
        _lock(handle, folder)
        _move(folder)
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir()
        try:
            yield new
            new.rename(folder / WHOLE)
            _move(folder)
        finally:
            shutil.rmtree(new, ignore_errors=True)
    finally:
        os.close(handle)  # and with it the lock
        if is_new:
            with suppress(OSError):
                folder.rmdir()  # if nothing is in it


def _lock(handle: int, folder: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise StoreLockedError(
            f"another process is writing an archive to {folder}. Wait until it has finished, or name another folder."
        ) from error
    except OSError:
        return  # a file system without locks


def _move(folder: Path) -> None:
    """Move the files of a whole new archive to where they belong, the manifest last; the older one's go."""
    new = pending(folder)
    if new is not None:
        files = set(json.loads((new / MANIFEST).read_text(encoding="utf-8"))["files"])
        for old in folder.glob("*.parquet"):
            if old.name not in files:
                old.unlink()
        for name in sorted(files):
            if (new / name).exists():
                (new / name).replace(folder / name)
        (new / MANIFEST).replace(folder / MANIFEST)
    shutil.rmtree(folder / WHOLE, ignore_errors=True)
