"""How the command line speaks: data on stdout, everything else on stderr."""

import json
import math
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, is_dataclass
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

__all__ = ["print_json", "print_line", "print_nested", "print_table", "say", "visible"]

WIDTH = 160


def say(message: str) -> None:
    """Say something to the person, on stderr."""
    Console(stderr=True, highlight=False, soft_wrap=True).print(visible(message), markup=False)


def print_line(text: str) -> None:
    """Print one line on stdout; control characters are shown, never sent."""
    sys.stdout.write(f"{visible(text)}\n")


def print_json(document: Any) -> None:
    """Print one JSON document on stdout; dataclasses become objects, and what is not a number null."""
    value = asdict(document) if is_dataclass(document) and not isinstance(document, type) else document
    in_utf8 = (sys.stdout.encoding or "utf-8").lower().replace("-", "") == "utf8"
    text = json.dumps(_finite(value), indent=2, ensure_ascii=not in_utf8, allow_nan=False, default=str)
    # JSON itself escapes only the first 32; the others could drive a terminal as well.
    sys.stdout.write(re.sub(r"[^\n -~]", _escaped, text) + "\n")


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print a table on stdout."""
    table = Table()
    for column in columns:
        table.add_column(Text(visible(column)), overflow="fold")
    for row in rows:
        # What may be model output is shown as text, never read as mark-up.
        table.add_row(*(Text("" if cell is None else visible(str(cell))) for cell in row))
    # Where nobody looks at a terminal, lines need not fit one.
    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    # Apart from the table, which would fold a long title to the width of its columns.
    console.print(Text(visible(title), style="bold"), soft_wrap=True)
    console.print(table)


def print_nested(value: Any, indent: int = 0) -> None:
    """Print nested values on stdout as indented lines; control characters are shown, never sent."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in items:
        if isinstance(inner, (dict, list)) and inner:
            sys.stdout.write(f"{' ' * indent}{key}:\n")
            print_nested(inner, indent + 2)
        else:
            text = visible("" if inner is None else str(inner)).replace("\n", f"\n{' ' * (indent + 2)}")
            sys.stdout.write(f"{' ' * indent}{key}: {text}\n")


def visible(text: str) -> str:
    r"""Show control characters instead of sending them: model output must not drive a terminal.

    Examples
    --------
    >>> visible("a\x1b[31mb")
    'a\\x1b[31mb'
    """
    return "".join(c if c in "\n\t" or c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _finite(value: Any) -> Any:
    """Return the value with every nan and infinity, which JSON does not have, as None."""
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _escaped(match: re.Match[str]) -> str:
    character = match.group()
    return character if character.isprintable() else json.dumps(character)[1:-1]
