"""Files of a folder that no reader took because they are damaged, and that would be left out without a word."""

import json
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from evalsuite.store.imports.peek import peek
from evalsuite.store.imports.results import ForeignRun
from evalsuite.store.imports.text_files import open_text

__all__ = ["with_damaged"]


def with_damaged(path: Path, runs: Sequence[ForeignRun]) -> list[ForeignRun]:
    """Return the runs of a folder with a note of the files that hold rows, were not read, and cannot be."""
    read = {file.resolve() for run in runs for file in run.files}
    left = [file for file in peek(path).files if file.resolve() not in read and _is_damaged(file)]
    if not left:
        return list(runs)
    shown = ", ".join(str(file.relative_to(path)) for file in left[:4]) + (", ..." if len(left) > 4 else "")
    note = f"not read, as it is damaged: {shown}" if len(left) == 1 else f"not read, as they are damaged: {shown}"
    return [replace(run, notes=(*run.notes, note)) for run in runs]


def _is_damaged(file: Path) -> bool:
    """Tell whether a file has the name of one that holds rows, and does not begin or end as such a file does."""
    try:
        if file.suffix == ".eval":
            return not zipfile.is_zipfile(file)
        if file.suffix == ".parquet":
            with file.open("rb") as content:
                size = content.seek(0, 2)
                content.seek(max(0, size - 4))
                return content.read() != b"PAR1"
        return file.suffix == ".jsonl" and not _begins_with_json(file)
    except OSError:
        return True


def _begins_with_json(file: Path) -> bool:
    first = ""
    try:
        with open_text(file) as lines:
            first = next((line for line in lines if line.strip()), "{}")
        json.loads(first.lstrip("\ufeff"))
    except (ValueError, RecursionError, EOFError, zlib.error):
        # A list over several lines does not end in its first one.
        return first.lstrip("\ufeff \t").startswith("[")
    return True
