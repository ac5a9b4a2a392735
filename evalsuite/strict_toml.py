"""Configuration files read strictly: TOML tables into dataclasses, every key known and of the declared type."""

import tomllib
from collections.abc import Sequence
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, get_args

from evalsuite.errors import InputError

__all__ = ["read_table", "read_toml"]


def read_toml(path: Path, *, tables: Sequence[str]) -> dict[str, Any]:
    """Return the document of a TOML file whose top level holds `tables` only.

    Raises
    ------
    InputError
        The file cannot be read, is no TOML, or holds another key.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise InputError(f"cannot read the configuration {path}: {error}") from error
    for key in document:
        if key not in tables:
            raise InputError(f"{path}: unknown table or key {key!r}; there are {', '.join(tables)}")
    return document


def read_table(kind: type[Any], table: Any, where: str) -> Any:
    """Make the dataclass `kind` from a TOML table.

    Parameters
    ----------
    where
        Name of the table in messages.

    Raises
    ------
    InputError
        A key is unknown or missing, or a value is of another type.
    """
    if not isinstance(table, dict):
        raise InputError(f"{where} must be a table, got {table!r}")
    known = {f.name: f for f in fields(kind)}
    for name, value in table.items():
        if name not in known:
            raise InputError(f"{where}: unknown key {name!r}; there are {', '.join(known)}")
        _check_type(known[name].type, value, f"{where} {name}")
    missing = [f.name for f in known.values() if f.default is MISSING and f.default_factory is MISSING]
    absent = [name for name in missing if name not in table]
    if absent:
        raise InputError(f"{where} needs {', '.join(absent)}")
    return kind(**{k: tuple(v) if isinstance(v, list) else v for k, v in table.items()})


def _check_type(kind: Any, value: Any, where: str) -> None:
    choices = get_args(kind)
    if choices and all(isinstance(choice, str) for choice in choices):
        if value not in choices:
            raise InputError(f"{where} is one of {', '.join(choices)}, got {value!r}")
        return
    if kind == tuple[str, ...]:
        if not isinstance(value, Sequence) or isinstance(value, str) or not all(isinstance(v, str) for v in value):
            raise InputError(f"{where} must be a list of texts, got {value!r}")
        return
    wanted = next((k for k in (bool, int, float, str) if kind is k or k in choices), None)
    right = isinstance(value, int | float) if wanted is float else isinstance(value, wanted or object)
    if wanted is not bool and isinstance(value, bool):
        right = False
    if not right:
        raise InputError(f"{where} must be {getattr(wanted, '__name__', wanted)}, got {value!r}")
