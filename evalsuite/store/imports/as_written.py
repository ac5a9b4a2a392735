"""Rows of a program's files that are not as the program writes them: an error that names the file, never a traceback.

A reader takes for granted what its program always writes. Somebody's script may write files that look alike, and a
newer release may write other ones.
"""

import shlex
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from evalsuite.errors import InputError
from evalsuite.store.imports.results import ForeignRun, Reader, ReadOptions, ResultRow
from evalsuite.store.imports.values import UnreadableValueError

__all__ = ["read_as_written"]

OTHERWISE = (AttributeError, IndexError, KeyError, TypeError, ValueError)
"""What reading raises where something is missing or of another kind."""


def read_as_written(reader: Reader, path: Path, options: ReadOptions) -> list[ForeignRun]:
    """Return what a reader makes of a path.

    Raises
    ------
    InputError
        Something in the files has another form than that of the program.
    """
    try:
        runs = reader.read(path, options)
    except OTHERWISE as error:
        raise _other_form(reader, path, error) from error
    if reader.NAME == "table":
        # Tables have no form of their own, and may be staged by SQL.
        return list(runs)
    return [replace(run, rows=partial(_rows, reader, _files(run, path), run.rows)) for run in runs]


def _files(run: ForeignRun, path: Path) -> Path:
    return run.files[0] if len(run.files) == 1 else path


def _rows(reader: Reader, path: Path, rows: Callable[[], Iterator[ResultRow]]) -> Iterator[ResultRow]:
    try:
        for row in rows():
            for name, text in (("text", row.completion), ("question", row.question), ("gold answer", row.gold)):
                if text is not None and not isinstance(text, str):
                    raise UnreadableValueError(f"the {name} of {row.problem_id} is {type(text).__name__} and no text")
            yield row
    except OTHERWISE as error:
        raise _other_form(reader, path, error) from error


def _other_form(reader: Reader, path: Path, error: Exception) -> InputError:
    what = str(error) if isinstance(error, UnreadableValueError) else f"{type(error).__name__}: {error}"
    command = shlex.join(["evalsuite", "import", str(path), "--format", "table", "--dry-run"])
    return InputError(
        f"{path} was recognised as {reader.NAME}, and something in it has another form than that program writes "
        f"({what[:200]}). If it is a table of your own: `{command}`"
    )
