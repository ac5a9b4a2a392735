"""Frozen records as JSON and back, exactly: for every dataclass whose fields say their types.

What is read is checked against the annotations, field by field, so a damaged or foreign file is refused where it is
read and not where a page first uses it. For the dataclasses of `evalsuite.findings`; a file of user settings has
`evalsuite.strict_toml`, whose messages name the settings.
"""

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

__all__ = ["from_json", "read_record", "shallow", "to_json"]

Record = TypeVar("Record")

SCALARS = (str, int, float, bool, NoneType)


def to_json(value: Any) -> Any:
    """Return records, mappings, sequences and scalars as JSON values; JSON has no sign for nan and the infinities.

    Examples
    --------
    >>> to_json({"low": math.nan, "rows": ((1, None),)})
    {'low': {'float': 'nan'}, 'rows': [[1, None]]}
    """
    if isinstance(value, Mapping):
        return {key: to_json(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(inner) for inner in value]
    if is_dataclass(value):
        return to_json(shallow(value))
    if isinstance(value, float) and not math.isfinite(value):
        return {"float": repr(float(value))}
    return value


def shallow(record: Any) -> dict[str, Any]:
    """Return the fields of a dataclass by name, as they are."""
    kind: type = type(record)
    return {name: getattr(record, name) for name in _field_types(kind)}


def from_json(value: dict[str, Any]) -> Any:
    """Undo what `to_json` does to nan and the infinities; the ``object_hook`` of `json.loads`."""
    # Other mappings may have this one key too, such as the verdict of a grader of this name.
    return float(value["float"]) if value.keys() == {"float"} and value["float"] in ("nan", "inf", "-inf") else value


def read_record(kind: type[Record], raw: Any, *, where: str = "") -> Record:
    """Return the dataclass `kind` from the mapping `raw`, which has each of its fields and no other.

    Parameters
    ----------
    where
        Path of `raw` in the document, for messages.

    Raises
    ------
    ValueError
        A field is missing or unknown, or its value is not of its type.
    """
    of_kind: Any = kind
    hints = _field_types(of_kind)
    _checked(isinstance(raw, Mapping), raw, where or "the document")
    if missing := [name for name in hints if name not in raw]:
        raise ValueError(f"{_path(where, missing[0])} is missing")
    if unknown := sorted(set(raw) - set(hints)):
        raise ValueError(f"{_path(where, unknown[0])} is unknown")
    return kind(**{name: _read(hint, raw[name], _path(where, name)) for name, hint in hints.items()})


@cache
def _field_types(kind: type) -> dict[str, Any]:
    # Annotations may be strings, and fields have an order that type hints of a subclass would not keep.
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(kind)}


def _path(where: str, name: str | int) -> str:
    return f"{where}.{name}" if where else str(name)


def _read(hint: Any, value: Any, where: str) -> Any:
    """Return `value` as the type `hint` says; the kinds of hints are those that records use."""
    origin, arguments = get_origin(hint), get_args(hint)
    if hint is Any:
        return value
    if origin in (Union, UnionType):
        return _read_union(arguments, value, where)
    if origin is Literal:
        return _checked(value in arguments, value, where)
    if origin is tuple and arguments[1:] == (...,):
        _checked(isinstance(value, list), value, where)
        return tuple(_read(arguments[0], inner, _path(where, at)) for at, inner in enumerate(value))
    if origin is Mapping:
        _checked(isinstance(value, Mapping), value, where)
        return {key: _read(arguments[1], inner, _path(where, key)) for key, inner in value.items()}
    if hint in SCALARS:
        # A whole number stands for itself in a field of floats; a bool is no number.
        return _checked(type(value) is hint or (hint is float and type(value) is int), value, where)
    return read_record(hint, value, where=where)


def _read_union(kinds: tuple[Any, ...], value: Any, where: str) -> Any:
    if type(value) in kinds or (type(value) is int and float in kinds):
        return value
    records = [kind for kind in kinds if kind not in SCALARS]
    _checked(len(records) == 1, value, where)
    return _read(records[0], value, where)


def _checked(holds: bool, value: Any, where: str) -> Any:
    if not holds:
        raise ValueError(f"{where} cannot be {str(value)[:40]!r}")
    return value
