"""Does a document have the keys and the types of values that docs/json.md promises?"""

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest

from evalsuite.cli.app import run_command
from evalsuite.documents.reference import DOCUMENTS

BY_NAME = {document.__name__: document for _, document in DOCUMENTS}


def check_document(document: dict[str, Any], name: str) -> None:
    """Check a document against the type of this name, the schema included."""
    expected = BY_NAME[name]
    assert document["schema"] == expected.SCHEMA
    check({key: value for key, value in document.items() if key != "schema"}, expected, name)


def printed(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, Any]:
    """Return the document that a command prints with ``--json``."""
    capsys.readouterr()
    code = run_command([*map(str, arguments), "--json"])
    out, err = capsys.readouterr()
    assert code == 0, err
    return dict(json.loads(out))


def check(value: Any, hint: Any, where: str) -> None:
    """Check a JSON value against the type that the page gives it."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        assert any(fits(value, one) for one in inner), f"{where}: {value!r} is none of {inner}"
    elif is_dataclass(hint):
        hints = get_type_hints(hint)
        assert isinstance(value, dict), f"{where}: {value!r}"
        assert set(value) == {field.name for field in fields(hint)}, where
        for field in fields(hint):
            check(value[field.name], hints[field.name], f"{where}.{field.name}")
    elif hint is Any:
        json.dumps(value, allow_nan=False)
    elif origin is Literal:
        assert value in inner, where
    elif origin is tuple:
        assert isinstance(value, list), f"{where}: {value!r}"
        kinds = [inner[0]] * len(value) if inner[-1] is Ellipsis else inner
        assert len(value) == len(kinds), where
        for one, kind in zip(value, kinds, strict=True):
            check(one, kind, where)
    elif origin is Mapping:
        assert isinstance(value, dict), f"{where}: {value!r}"
        for key, one in value.items():
            check(one, inner[1], f"{where}.{key}")
    else:
        allowed = (int, float) if hint is float else hint
        assert isinstance(value, allowed), f"{where}: {value!r} is no {hint}"


def fits(value: Any, hint: Any) -> bool:
    try:
        check(value, hint, "")
    except AssertionError:
        return False
    return True
