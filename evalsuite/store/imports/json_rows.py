"""Rows out of JSON as people write it: one object a line, a list, an object that holds a list, columns.

A file is read a piece at a time. A last line that is cut off is an error that says so; a summary in the last line is
no row.
"""

import ast
import json
import shlex
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evalsuite.errors import DataUnavailableError, InputError
from evalsuite.files import no_json
from evalsuite.store.imports.text_files import open_text

__all__ = ["NAMES_ROWS", "Shape", "beside", "iterate", "last_line", "only_totals", "shape_of"]

PIECE = 1 << 20
ROW_KEYS = (
    "results", "rows", "samples", "records", "examples", "predictions", "data", "items", "details", "outputs",
    "instances", "problems",
)  # fmt: skip


NAMES_ROWS = frozenset(
    {"id", "idx", "index", "problem_id", "doc_id", "task_id", "question_id", "sample_id", "example_id", "question",
     "problem", "prompt", "input", "correct", "is_correct"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shape:
    """How a file holds its rows.

    Attributes
    ----------
    kind
        ``"lines"``, ``"list"`` (streamed), or ``"object"`` (read whole).
    key
        Of an object, the keys on the way to its rows, for messages.
    """

    kind: str
    key: str = ""


def shape_of(path: Path) -> Shape:
    """Return how the file holds its rows.

    Raises
    ------
    DataUnavailableError
        It cannot be read.
    """
    try:
        with open_text(path) as file:
            first = next((line for line in file if line.strip()), "").lstrip("\ufeff \t")
            more = any(line.strip() for line in file)
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise DataUnavailableError(f"cannot read {path}: {error}") from error
    if first.startswith("["):
        return Shape("list")
    if not _is_json(first):
        return Shape("object" if more and first.startswith("{") else "lines")
    # One line alone may be a row or an object that holds rows.
    return Shape("object" if not more and _holds_rows(json.loads(first)) else "lines")


def iterate(path: Path, shape: Shape) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield each row with its number: of the line, or of the member of a list.

    Raises
    ------
    DataUnavailableError
        The file cannot be read, or is no text.
    InputError
        Something in it is no JSON or no row; the message names where.
    """
    try:
        with open_text(path) as file:
            if shape.kind == "lines":
                yield from _lines(path, file)
            elif shape.kind == "list":
                for number, member in enumerate(_members(path, file), 1):
                    yield number, _row(member, f"{path}: member {number} of the list")
            else:
                yield from _object(path, file.read())
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise DataUnavailableError(f"cannot read {path}: {error}. Save it as UTF-8") from error


def last_line(path: Path) -> Any:
    """Return what the last line of a file of lines holds, None where it is no JSON."""
    last = ""
    try:
        with open_text(path) as file:
            for line in file:
                last = line if line.strip() else last
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise DataUnavailableError(f"cannot read {path}: {error}") from error
    try:
        return json.loads(last)
    except (ValueError, RecursionError):
        return None


def _lines(path: Path, file: Iterator[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    number, torn = 0, ""
    for line in file:
        number += 1
        if torn:
            raise InputError(torn)
        if not line.strip():
            continue
        try:
            member = json.loads(line)
        except (ValueError, RecursionError) as error:
            if "Extra data" in str(error):
                # Several objects in a line, as a program leaves them that forgets to end it.
                for one in _joined(path, number, line):
                    yield number, _row(one, f"{path} line {number}")
                continue
            if isinstance(error, RecursionError):
                raise no_json(f"{path} line {number}", error) from error
            # Only what comes after it tells a line in the middle from the last.
            torn = f"{path} line {number} is not JSON: {error}"
            if _is_python(line):
                raise InputError(_printed(path)) from error
            continue
        yield number, _row(member, f"{path} line {number}")
    if torn:
        raise InputError(
            f"{path} line {number}, the last one, is cut off in the middle: {torn.partition('JSON: ')[2]}. If a "
            "program still writes the file, wait until it is done; else remove the line"
        )


def _joined(path: Path, number: int, text: str) -> Iterator[Any]:
    """Yield JSON values that stand one after the other."""
    decoder = json.JSONDecoder()
    position = 0
    try:
        while (position := _next(text, position)) < len(text):
            member, position = decoder.raw_decode(text, position)
            yield member
    except (ValueError, RecursionError) as error:
        raise no_json(f"{path} line {number}", error) from error


def _row(member: Any, where: str) -> dict[str, Any]:
    if not isinstance(member, dict):
        raise InputError(f"{where} is no JSON object but {type(member).__name__}")
    return member


def _members(path: Path, file: Any) -> Iterator[Any]:
    """Yield the members of a JSON list without reading it whole."""
    decoder = json.JSONDecoder()
    buffer, start, ended, piece, number = "", 0, False, PIECE, 0
    opened = False
    while True:
        text = buffer[start:].lstrip("\ufeff \t\r\n,") if opened else buffer.lstrip("\ufeff \t\r\n")
        buffer, start = text, 0
        if not opened and buffer:
            buffer, opened = buffer[1:], True
            continue
        if buffer.startswith("]"):
            _refuse_more(path, buffer[1:], file)
            return
        failed: Exception | None = None
        if buffer:
            try:
                while True:
                    member, end = decoder.raw_decode(buffer, start)
                    # A number at the end of the buffer may go on in the next piece.
                    if end == len(buffer) and not ended:
                        break
                    number += 1
                    yield member
                    start = _next(buffer, end)
                    if buffer.startswith("]", start):
                        _refuse_more(path, buffer[start + 1 :], file)
                        return
                    if start == len(buffer):
                        break
            except RecursionError as error:
                raise no_json(f"{path}: member {number + 1} of its list", error) from error
            except ValueError as error:
                failed = error
        if ended:
            raise InputError(
                f"{path} is cut off or no JSON after member {number} of its list"
                f"{f': {failed}' if failed else ''}. Write the file again"
            )
        more = file.read(piece)
        ended = not more
        piece = piece * 2 if start == 0 else PIECE
        buffer, start = buffer[start:] + more, 0


def _refuse_more(path: Path, rest: str, file: Any) -> None:
    """Refuse what stands behind the end of a list, which would be left out."""
    while not rest.strip() and (more := file.read(PIECE)):
        rest = more
    if rest.strip():
        source, target = shlex.quote(str(path)), shlex.quote(f"{path.stem}.jsonl")
        raise InputError(
            f"{path} goes on behind the end of its list with {rest.strip()[:20]!r}: several lists in one file. Write "
            f"one: `jq -c '.[]' {source} > {target}`"
        )


def _next(text: str, position: int) -> int:
    while position < len(text) and text[position] in " \t\r\n,":
        position += 1
    return position


def _object(path: Path, text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        document = json.loads(text.lstrip("\ufeff"))
    except (ValueError, RecursionError) as error:
        # The first line may be a row after all, and a later one be cut off.
        if "\n" in text.strip() and _is_json(text.strip().partition("\n")[0]):
            yield from _lines(path, iter(text.splitlines(keepends=True)))
            return
        if "Extra data" in str(error):
            # Objects over several lines each, one after the other.
            for number, member in enumerate(_joined(path, 1, text.lstrip("\ufeff")), 1):
                yield number, _row(member, f"{path}: object {number}")
            return
        raise (InputError(_printed(path)) if _is_python(text) else no_json(path, error)) from error
    rows = _rows_of(document)
    if rows is None:
        raise InputError(only_totals(path, document if isinstance(document, Mapping) else {}))
    for number, row in enumerate(rows, 1):
        yield number, _row(row, f"{path}: entry {number}")


def only_totals(path: Path, document: Mapping[Any, Any]) -> str:
    """Say that a file has no rows, or several lists of them."""
    lists = [str(key) for key, value in document.items() if _is_rows(value)]
    if len(lists) > 1:
        source, target = shlex.quote(str(path)), shlex.quote(f"{lists[0]}.json")
        return (
            f"{path} holds {len(lists)} lists of results: {', '.join(lists[:10])}. Write each to a file of its own: "
            f"`jq {shlex.quote(f'.[{json.dumps(lists[0])}]')} {source} > {target}`"
        )
    shown = ", ".join(map(str, list(document)[:10]))
    return (
        f"{path} holds no list of results{f' (keys: {shown})' if shown else ''}: totals alone cannot be compared by "
        "problem. Look for the file that has one entry a problem, or compare totals as 45/100 52/100"
    )


def _holds_rows(document: Any) -> bool:
    return isinstance(document, Mapping) and _rows_of(document) is not None


def _rows_of(document: Any) -> list[dict[str, Any]] | None:
    """Find the rows in an object: under the usual key, under the only one with a list of objects, or as columns."""
    if not isinstance(document, Mapping):
        return None
    lists = {k: v for k, v in document.items() if _is_rows(v)}
    named = [key for key in ROW_KEYS if key in lists]
    if named:
        # A list of totals may stand beside that of the rows.
        return list(lists[max(named, key=lambda key: bool(NAMES_ROWS & {str(k).lower() for k in lists[key][0]}))])
    if len(lists) == 1 and not _is_row_like(document):
        return list(next(iter(lists.values())))
    if {"columns", "data"} <= set(document) and isinstance(document["data"], Sequence):
        return _split(document)
    inner = list(document.values())
    if inner and all(isinstance(v, list) for v in inner) and len({len(v) for v in inner}) == 1 and len(inner) > 1:
        return [dict(zip(document, row, strict=True)) for row in zip(*inner, strict=True)]
    if len(inner) > 1 and all(isinstance(v, Mapping) for v in inner):
        return _of_mappings(document)
    if len(inner) > 1 and all(isinstance(v, bool) for v in inner) and not NAMES_ROWS & set(document):
        return [{"id": key, "correct": value} for key, value in document.items()]
    for value in inner:
        if isinstance(value, Mapping) and (found := _rows_of(value)) is not None:
            return found
    return None


def _split(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Read ``{columns, data}``, with pandas' index as an id where it is more than the number of the row."""
    rows = [dict(zip(document["columns"], row, strict=True)) for row in document["data"]]
    index = document.get("index")
    if not isinstance(index, list) or len(index) != len(rows) or index == list(range(len(rows))):
        return rows
    if NAMES_ROWS & {str(column).lower() for column in document["columns"]} - {"correct", "is_correct"}:
        return rows
    return [{"index": key, **row} for key, row in zip(index, rows, strict=True)]


def beside(path: Path) -> tuple[str, ...]:
    """Say what an object holds beside the rows that are read of it: other lists of rows, and that rows are a part."""
    try:
        with open_text(path) as file:
            document = json.loads(file.read().lstrip("\ufeff"))
    except (OSError, EOFError, zlib.error, ValueError, RecursionError):
        return ()
    rows = _rows_of(document)
    if rows is None or not isinstance(document, Mapping):
        return ()
    lists = {key: value for key, value in document.items() if _is_rows(value) and NAMES_ROWS & set(value[0])}
    others = [f"{key} ({len(value)})" for key, value in lists.items() if value != rows]
    others = others if len(others) < len(lists) else []
    notes = [f"not read: {', '.join(others)}"] if others else []
    total = document.get("num_rows_total")
    if isinstance(total, int) and total > len(rows):
        notes.append(f"{len(rows)} of {total} rows, one page of a server")
    return tuple(notes)


def _of_mappings(document: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """Read ``{id: row}``, or pandas' ``{column: {index: value}}``."""
    inner = list(document.values())
    if any(isinstance(v, Mapping | list) for one in inner for v in one.values()):
        scalar = False
    else:
        scalar = all(set(one) == set(inner[0]) for one in inner)
    indices = [str(k) for k in inner[0]]
    if scalar and indices == [str(i) for i in range(len(indices))] and not all(str(k).isdigit() for k in document):
        named = {} if NAMES_ROWS & {str(column).lower() for column in document} else {"index": indices}
        columns = {column: list(values.values()) for column, values in document.items()}
        return [dict(zip(named | columns, row, strict=True)) for row in zip(*(named | columns).values(), strict=True)]
    shared = set(inner[0]).intersection(*inner)
    return [{"id": key, **row} for key, row in document.items()] if shared else None


def _is_rows(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(member, dict) for member in value)


def _is_row_like(document: Mapping[str, Any]) -> bool:
    """Tell whether an object is one row with messages or choices in it."""
    return bool({"id", "problem_id", "question", "correct"} & set(document))


def _printed(path: Path) -> str:
    return f"{path} holds Python's dicts and no JSON: write each row with json.dumps(row), not with str(row) or print"


def _is_python(text: str) -> bool:
    """Tell whether the first line is a dict as Python prints it."""
    try:
        return isinstance(ast.literal_eval(text.strip().partition("\n")[0]), dict)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return False


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
