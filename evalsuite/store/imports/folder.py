"""The files of a folder and of those inside it, through links to folders, which people keep their results behind."""

import os
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

__all__ = ["below"]


def below(folder: Path, pattern: str = "*") -> Iterator[Path]:
    """Yield the files whose name fits a pattern; a folder to which several links lead is entered once."""
    entered: set[Path] = set()
    for here, folders, files in os.walk(folder, followlinks=True):
        real = Path(here).resolve()
        if real in entered:
            folders.clear()
            continue
        entered.add(real)
        for name in files:
            file = Path(here, name)
            if fnmatchcase(name, pattern) and file.is_file():
                yield file
