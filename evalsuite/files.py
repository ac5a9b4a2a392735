"""Files read line by line as JSON, and files written whole or not at all."""

import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from evalsuite.errors import DataUnavailableError, InputError

__all__ = ["read_json_lines", "write_whole"]


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
        A line is no JSON object; the message names it.
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
            raise InputError(f"{file} line {number} is not JSON: {error}") from error
        if not isinstance(row, dict):
            raise InputError(f"{file} line {number} is no JSON object but {type(row).__name__}")
        rows.append((number, row))
    return rows


def write_whole(path: Path, text: str) -> None:
    """Write a file beside `path` and move it there, so that no reader ever sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
            file.write(text)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
