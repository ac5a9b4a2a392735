"""Usual rows of a table with texts are read as any other row is, mistakes included."""

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalsuite.errors import EvalsuiteError
from evalsuite.store.imports import table_rows
from evalsuite.store.imports.readers.table import read
from evalsuite.store.imports.results import ReadOptions, ResultRow

TEXTS = st.sampled_from(["so 18", "#### 5", "", " ", "nan", "18,5", None, 18, ["a"], ["a", "b"], {"content": "so"}])
CELLS: dict[str, st.SearchStrategy[Any]] = {
    "question": st.sampled_from(["What?", "", None, 3, [{"role": "user", "content": "Why?"}], {"a": 1}]),
    "gold": st.sampled_from(["18", "", None, 18, 18.5, ["5"], "#### 5", "18,5"]),
    "correct": st.sampled_from([True, False, 1, 0, 1.0, "C", "no", None, "", [True], "perhaps", 0.5, float("nan")]),
    "finish_reason": st.sampled_from(["stop", "length", "error", None, {"type": "stop"}, ["stop"], "odd"]),
    "error": st.sampled_from([None, "", "HTTP 500", "sign slip", True]),
    "completion_tokens": st.sampled_from([7, 0, None, "7", 7.0, -1, 2**40, "many", [7]]),
    "sample": st.sampled_from([0, 1, None, "1", "x"]),
    "max_tokens": st.sampled_from([256, None, "256", 0.5]),
}
IDS = st.sampled_from(["p0", "007", "7.0", 7, 7.0, True, None, "", "nan", "1.23E+14", '="01"', float("nan")])


@st.composite
def tables(draw: st.DrawFn) -> list[dict[str, Any]]:
    names = draw(st.sets(st.sampled_from(sorted(CELLS))))
    row = st.fixed_dictionaries({"id": IDS, "completion": TEXTS} | {name: CELLS[name] for name in names})
    return draw(st.lists(row, min_size=1, max_size=6))


def rows_of(file: Path) -> list[list[ResultRow]] | tuple[type[Exception], str]:
    try:
        return [list(run.rows()) for run in read(file, ReadOptions())]
    except EvalsuiteError as error:
        return type(error), str(error)


@settings(max_examples=300, deadline=None)
@given(tables())
def test_usual_rows_are_what_any_row_is(rows: list[dict[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        file = Path(folder) / "t.jsonl"
        file.write_text("".join(json.dumps(row) + "\n" for row in rows))
        at_once = rows_of(file)
        patch.setattr(table_rows, "usual_rows", lambda _: None)
        assert repr(at_once) == repr(rows_of(file))


def test_rows_with_plain_cells_are_usual(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "t.jsonl"
    cells = {"question": "What?", "gold": "18", "correct": True, "finish_reason": "stop", "completion_tokens": 7}
    file.write_text("".join(json.dumps({"id": i, "completion": f"so {i}"} | cells) + "\n" for i in range(5)))
    (run,) = read(file, ReadOptions())
    slow = []
    whole = table_rows.TableRows._completions
    monkeypatch.setattr(table_rows.TableRows, "_completions", lambda *args: slow.append(1) or whole(*args))
    assert len(list(run.rows())) == 5
    assert len(slow) == 1  # what the cells say together, once
