"""Files of a folder that no reader took though they seem to hold rows, and that would be left out without a word.

They are damaged, or called as the files that were read and begin otherwise.
"""

import json
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from evalsuite.store.imports.peek import peek
from evalsuite.store.imports.results import ForeignRun
from evalsuite.store.imports.text_files import open_text

__all__ = ["with_left_out"]


def with_left_out(path: Path, runs: Sequence[ForeignRun]) -> list[ForeignRun]:
    """Return the runs of a folder with a note of the files that may hold rows and were not read."""
    read = {file.resolve() for run in runs for file in run.files}
    names = {file.name for file in read}
    said = " ".join(note for run in runs for note in run.notes)
    left = [file for file in peek(path).files if file.resolve() not in read and file.name not in said]
    left = [file for file in left if _is_damaged(file) or (file.suffix == ".jsonl" and file.name in names)]
    if not left:
        return list(runs)
    shown = ", ".join(str(file.relative_to(path)) for file in left[:4]) + (", ..." if len(left) > 4 else "")
    note = f"not read, as no row of this program begins it: {shown}"
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
