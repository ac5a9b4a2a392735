"""``import evalsuite``: quick, and the same names for people, editors and type checkers."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import evalsuite as es

HEAVY = ("numpy", "pandas", "duckdb", "matplotlib", "scipy", "torch", "rich", "cyclopts", "analyses", "evalsuite.api")


def test_importing_loads_nothing_heavy() -> None:
    script = f"import sys, evalsuite; dir(evalsuite); print([m for m in {HEAVY!r} if m in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


def test_stub_names_what_the_module_finds_where_it_finds_it() -> None:
    stub = Path(es.__file__ or "").with_suffix(".pyi").read_text(encoding="utf-8")
    imported = {
        alias.asname: (node.module, alias.name)
        for node in ast.walk(ast.parse(stub))
        if isinstance(node, ast.ImportFrom) and node.module != "typing"
        for alias in node.names
    }
    for name, (module, original) in imported.items():
        found = getattr(es, name)
        assert name == original == found.__name__
        assert found.__module__ == module
    assert sorted([*imported, "__version__"]) == dir(es) == sorted(es.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'comparee'"):
        es.comparee  # type: ignore[attr-defined]  # noqa: B018


def test_errors_can_be_caught_by_the_public_names() -> None:
    with pytest.raises(es.InputError) as caught:
        es.compare([0, 1], [0, 1, 1])
    assert isinstance(caught.value, es.EvalsuiteError)
