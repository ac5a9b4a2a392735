"""Files read line by line as JSON, files written whole or not at all, and in words why one cannot be."""

import errno
import json
import os
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from evalsuite.errors import DataUnavailableError, InputError

__all__ = ["ADVICE", "no_json", "read_json_lines", "why_not", "write_whole"]

ADVICE = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT, errno.EFBIG), "Free some space, or choose another place."),
    **dict.fromkeys((errno.EACCES, errno.EPERM), "Change its mode, or choose another place."),
    **dict.fromkeys((errno.EMFILE, errno.ENFILE), "Raise the limit on open files with `ulimit -n`."),
    errno.ENAMETOOLONG: "Choose a shorter name.",
    errno.EIO: "The disk or its connection fails: look into the system's log.",
}
"""What to do about an error of the operating system; of any other, choose another place."""
OTHERWISE = "Choose another place."

QUOTED_FILE = re.compile(r'file \\?"([^"\\]+)')
"""In an error of DuckDB."""
SURROGATE = re.compile(r"\\ud[89a-f]", re.IGNORECASE)
"""What JSON writes for either half of a pair."""


def read_json_lines(file: Path, *, parse_float: Callable[[str], Any] = float) -> list[tuple[int, dict[str, Any]]]:
    """Return the objects of a JSONL file with the numbers of their lines, from 1; empty lines are left out.

    Parameters
    ----------
    parse_float
        Reads numbers with a decimal point; `decimal.Decimal` keeps all their digits.

    Raises
    ------
    DataUnavailableError
        The file cannot be read, or is not UTF-8.
    InputError
        A line is no JSON object, or holds a text that is none; the message names it.
    """
    try:
        # Not splitlines(): a JSON text may hold U+2028 and other signs that Python takes for line ends.
        lines = file.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise DataUnavailableError(f"cannot read {file}: {error}") from error
    rows = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line, parse_float=parse_float)
        except (ValueError, RecursionError) as error:
            raise no_json(f"{file} line {number}", error) from error
        if not isinstance(row, dict):
            raise InputError(f"{file} line {number} is no JSON object but {type(row).__name__}")
        if SURROGATE.search(line) and _has_half_a_pair(row):
            raise InputError(
                f"{file} line {number} holds half of a surrogate pair (\\ud800 to \\udfff alone), which is no "
                "character and can neither be tokenised nor stored: mend the text"
            )
        rows.append((number, row))
    return rows


def no_json(where: object, error: ValueError | RecursionError) -> InputError:
    """Return the error to raise for a text that Python's reader of JSON refuses.

    Parameters
    ----------
    where
        The file, and the line if it has several.
    """
    if isinstance(error, RecursionError):
        return InputError(f"{where} holds lists or objects within each other, more than about 1,000 deep: flatten them")
    return InputError(f"{where} is not JSON: {error}")


def _has_half_a_pair(row: Any) -> bool:
    try:
        json.dumps(row, ensure_ascii=False, default=str).encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False


def why_not(error: Exception) -> str:
    """Return why a file cannot be read or written, and what to do, from an error of Python or of DuckDB.

    Examples
    --------
    >>> why_not(RuntimeError('Could not write file "a/.x.tmp": No space left on device","errno":"28"'))
    'No space left on device, for a/.x.tmp. Free some space, or choose another place.'
    """
    if isinstance(error, OSError) and error.strerror is not None:
        return f"{error.strerror}. {ADVICE.get(error.errno or 0, OTHERWISE)}"
    first = str(error).partition("\n")[0]
    known = next((number for number in ADVICE if os.strerror(number) in first), None)
    if known is None:
        return first
    file = QUOTED_FILE.search(first)
    where = "" if file is None else f", for {file[1]}"
    return f"{os.strerror(known)}{where}. {ADVICE[known]}"


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file beside `path` and move it there, so that no reader ever sees half of it.

    Raises
    ------
    OSError
        The disk is full, or the folder cannot be written; the error names `path`.
    """
    try:
        _write_beside(path, content)
    except OSError as error:
        if error.errno is None:
            raise
        # Of a write that fails the system names no file.
        raise OSError(error.errno, error.strerror, str(path)) from error


def _write_beside(path: Path, content: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode("utf-8", "backslashreplace"))
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
