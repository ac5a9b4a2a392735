"""What single cells of a table say, whatever its other columns are."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from evalsuite.store.imports import values

__all__ = ["error", "gold", "is_failure", "question", "several", "short_text", "spread", "template", "within"]

FAILURE = re.compile(
    r"(?i:time(d )?-?out|traceback|exception|connection|rate.?limit|overloaded|out of memory|\boom\b|unavailable)"
    r"|\b(HTTP|4\d\d|5\d\d)\b|[a-z]Error\b"
)
"""Words of a request or a program that failed."""


def within(name: str, read: Callable[[Any, str], int | None], value: Any) -> int | None:
    """Return what `read` makes of a cell; None where it is empty."""
    return None if value is None else read(value, name)


def several(value: Any) -> list[Any]:
    """Return the members of a list of several, or the one value."""
    return list(value) if isinstance(value, list | tuple) and len(value) > 1 else [value]


def spread(value: Any, n: int) -> list[Any]:
    """Return one value for each of `n` completions."""
    if isinstance(value, list | tuple) and len(value) == n:
        return list(value)
    if isinstance(value, list | tuple):
        raise values.UnreadableValueError(f"{len(value)} values where there are {n} completions")
    return [value] * n


def question(value: Any) -> str | None:
    """Return the question, of a conversation its last turn of the user."""
    if isinstance(value, list) and value and all(isinstance(m, Mapping) for m in value):
        asked = [m.get("content") for m in value if m.get("role") == "user"]
        value = asked[-1] if asked else None
    if values.is_missing(value):
        return None
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def gold(value: Any) -> str | None:
    """Return the right answer as text."""
    if isinstance(value, list | tuple) and len(value) == 1:
        value = value[0]
    if values.is_missing(value):
        return None
    return value if isinstance(value, str) else str(value)


def template(value: Any) -> str | None:
    """Return the template; an empty name is none, or all problems without one would become a single cluster."""
    return None if value is None or value == "" else str(value)


def short_text(value: Any) -> str:
    """Return what stands in lists of one, as text."""
    while isinstance(value, list | tuple) and len(value) == 1:
        value = value[0]
    return value if isinstance(value, str) else str(value)


def is_failure(value: Any) -> bool:
    """Tell whether an error is that of a request or a program, and not what is wrong with an answer."""
    return value is True or FAILURE.search(str(value)) is not None


def error(value: Any) -> str:
    """Return why a row has no result, in its first line."""
    first = str(value).strip().splitlines()[0][:100]
    return first if first.lower().startswith("error") else f"error: {first}"
