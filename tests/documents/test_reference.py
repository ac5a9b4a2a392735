"""docs/json.md is current, and what commands print has the keys that it promises."""

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest

from evalsuite.cli.app import run_command
from evalsuite.documents.reference import DOCUMENTS, descriptions, reference

PAGE = Path(__file__).parents[2] / "docs" / "json.md"
BY_NAME = {document.__name__: document for _, document in DOCUMENTS}


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference(), "run `python -m evalsuite.documents`"


def test_a_field_without_description_is_named() -> None:
    class Bare(BY_NAME["PageWritten"]):  # type: ignore[name-defined, misc]
        """Says nothing."""

    with pytest.raises(ValueError, match="Bare describes no page, verdict"):
        descriptions(Bare)


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


def check_document(document: dict[str, Any], name: str) -> None:
    expected = BY_NAME[name]
    assert document["schema"] == expected.SCHEMA
    check({key: value for key, value in document.items() if key != "schema"}, expected, name)


def fits(value: Any, hint: Any) -> bool:
    try:
        check(value, hint, "")
    except AssertionError:
        return False
    return True


def printed(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, Any]:
    assert run_command([*map(str, arguments), "--json"]) == 0
    return dict(json.loads(capsys.readouterr().out))


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (("compare", "--table", 1, 1, 0, 3), "PairedTableComparison"),
        (("compare", "--table", 600, 50, 50, 619, "--margin", 0.02), "PairedTableComparison"),
        (("compare", "--counts", "1/5", "2/5"), "ScoresOnlyComparison"),
        (("compare", "--counts", "500/1319", "560/1319"), "ScoresOnlyComparison"),
        (("accuracy", "1/5"), "AccuracyOfCounts"),
        (("plan", "--base", 0.2, "--new", 0.4), "ProblemsNeeded"),
        (("plan", "--base", 0.05, "--new", 0.6), "ProblemsNeeded"),
        (("plan", "--n", 5), "SmallestDifference"),
    ],
)
def test_what_needs_no_store_is_as_documented(
    capsys: pytest.CaptureFixture[str], arguments: tuple[object, ...], name: str
) -> None:
    check_document(printed(capsys, *arguments), name)


def test_what_stored_runs_give_is_as_documented(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    store = ("--store", tmp_path / "runs.duckdb")
    for label, right, n in (("base", 10, 1), ("new", 15, 1), ("other", 12, 1), ("b4", 9, 4), ("n4", 13, 4)):
        file = tmp_path / f"{label}.jsonl"
        rows = [
            {"problem_id": f"p{i}", "completion_index": k, "correct": (i + k) % 20 < right}
            for i in range(20)
            for k in range(n)
        ]
        file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        assert run_command(["import", str(file), "--label", label, *map(str, store)]) == 0
    capsys.readouterr()
    check_document(printed(capsys, "accuracy", "new", *store), "AccuracyOfRun")
    check_document(printed(capsys, "accuracy", "n4", *store), "AccuracyOfRun")
    for names, entry in ((("base", "new", "other"), "PairedTableComparison"), (("b4", "n4"), "ProblemMeansComparison")):
        document = printed(capsys, "compare", *names, *store)
        stored = {field.name for field in fields(BY_NAME["StoredRunsComparison"])}
        check_document({key: document[key] for key in (*stored, "schema")}, "StoredRunsComparison")
        own = {key: value for key, value in document.items() if key not in stored}
        check_document(own, entry)
    arms = ("--base", "base", "--new", "new", "--new", "other")
    check_document(printed(capsys, "compare", *arms, *store), "TrainingSeedsComparison")
    page = printed(capsys, "report", "base", "new", *store, "--out", tmp_path / "site")
    check_document(page, "PageWritten")
