"""Findings are kept exactly: what is loaded is what was saved, and equal findings give equal bytes."""

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalsuite.errors import InputError
from evalsuite.findings import Caution, Cell, Column, CompletionView, Figure, Findings, ProblemView, Table
from evalsuite.stats.decision import Verdict
from evalsuite.stats.result import Estimate, TestResult

HOSTILE = "text \u2028 \x00 \ud800 </script>"
FULL = Findings(
    name="model_comparison",
    question="Does the adapter help?",
    estimand="E2",
    verdict=Verdict("equivalent", 0.02),
    sentence="Yes: 3 of 16 → 5 of 16.",
    notes=("one", "two"),
    cautions=(Caution("confounded", HOSTILE), Caution("unfinished", "u")),
    estimates={"difference": Estimate(0.125, -0.0123456789012345, 1 / 3, 0.95, "newcombe", 16)},
    tests={"mcnemar": TestResult(2.0, 0.6875, "two-sided", "mcnemar_exact", 0.125)},
    tables=(
        Table("t", "T", (Column("a", "A"), Column("b", "B", "proportion")), (("x", 0.1 + 0.2), (None, True)), "n"),
    ),
    figures=(Figure("f", "forest", "F", "A forest plot.", "t", {"zero": 0.0}),),
    problems=(
        ProblemView(
            "p/1", "q?", "1/3",
            (
                CompletionView(
                    "base", HOSTILE, None, "no_answer", "length", 9, True, {"boxed": "correct", HOSTILE: "no_answer"}
                ),
                CompletionView("new", "t", "1", "correct", "stop", None, None, {"float": "correct"}),
            ),
            "It is\n1/3.",
        ),
    ),
    provenance={"runs": [{"run_id": "a"}], "seed": 42},
)  # fmt: skip

CELLS = (
    st.none()
    | st.sampled_from([Verdict("unresolved"), Verdict("equivalent", 0.02)])
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False)
    | st.text()
)


def test_round_trip_is_exact(tmp_path: Path) -> None:
    path = FULL.save(tmp_path / "new" / "folder")
    assert path == tmp_path / "new" / "folder" / "model_comparison.json"
    assert Findings.load(path) == FULL
    assert path.read_bytes() == Findings.load(path).save(tmp_path / "again").read_bytes()


def test_order_of_mappings_does_not_change_the_bytes(tmp_path: Path) -> None:
    a, b = FULL.estimates["difference"], replace(FULL.estimates["difference"], value=0.5)
    first = replace(FULL, estimates={"a": a, "b": b}).save(tmp_path / "1").read_bytes()
    assert replace(FULL, estimates={"b": b, "a": a}).save(tmp_path / "2").read_bytes() == first


def test_only_the_required_fields(tmp_path: Path) -> None:
    small = Findings("n", "q", "e", None, "s")
    assert Findings.load(small.save(tmp_path)) == small


@settings(deadline=None, max_examples=60, derandomize=True)
@given(
    cell=st.none()
    | st.sampled_from([Verdict("unresolved"), Verdict("equivalent", 0.02)])
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False)
    | st.text()
)
def test_every_cell_is_kept_in_value_and_type(tmp_path_factory: pytest.TempPathFactory, cell: Cell) -> None:
    table = Table("t", "T", (Column("a", "A"),), ((cell,),))
    folder = tmp_path_factory.getbasetemp() / "cells"
    loaded = Findings.load(replace(FULL, tables=(table,)).save(folder)).table("t").column("a")[0]
    assert loaded == cell
    assert type(loaded) is type(cell)


def test_a_number_that_does_not_exist_is_kept_in_valid_json(tmp_path: Path) -> None:
    none = replace(FULL.estimates["difference"], low=math.nan, high=math.inf)
    path = replace(FULL, estimates={"e": none}, provenance={"x": [-math.inf]}).save(tmp_path)

    def refuse(sign: str) -> None:
        raise AssertionError(f"{sign} is no JSON")

    json.loads(path.read_text(encoding="utf-8", errors="surrogatepass"), parse_constant=refuse)
    loaded = Findings.load(path)
    assert math.isnan(loaded.estimates["e"].low)
    assert loaded.estimates["e"].high == math.inf
    assert loaded.provenance == {"x": [-math.inf]}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "cannot read findings"),
        ("[]", "no findings of the form evalsuite.findings/6"),
        ('{"schema": 3}', "no findings of the form evalsuite.findings/6; run the analysis again"),
        ('{"schema": "evalsuite.findings/6"}', r"is damaged \(name is missing\); run the analysis again"),
    ],
)
def test_files_that_are_no_findings(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(InputError, match=message):
        Findings.load(tmp_path / "x.json")


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("estimates", {"e": {"value": 1}}, "estimates.e.low is missing"),
        ("estimates", [], r"estimates cannot be '\[\]'"),
        ("notes", None, "notes cannot be 'None'"),
        ("notes", [1], r"notes.0 cannot be '1'"),
        ("tables", [{"name": "t"}], "tables.0.title is missing"),
        ("cautions", [{"kind": "other", "text": "t"}], "cautions.0.kind cannot be 'other'"),
        ("problems", [3], "problems.0 cannot be '3'"),
        ("author", "x", "author is unknown"),
    ],
)
def test_damaged_findings_are_an_input_error(tmp_path: Path, key: str, value: Any, message: str) -> None:
    path = FULL.save(tmp_path)
    raw = json.loads(path.read_text(encoding="utf-8", errors="surrogatepass"))
    path.write_text(json.dumps({**raw, key: value}))
    with pytest.raises(InputError, match=rf"is damaged \({message}\)"):
        Findings.load(path)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot read findings from"):
        Findings.load(tmp_path / "none.json")


def test_tables_check_their_rows() -> None:
    with pytest.raises(ValueError, match="table 't' has 2 columns, got a row of 1"):
        Table("t", "T", (Column("a", "A"), Column("b", "B")), ((1,),))
    assert FULL.table("t").column("b") == (0.1 + 0.2, True)
    with pytest.raises(ValueError, match="columns of table 't' need different keys"):
        Table("t", "T", (Column("a", "A"), Column("a", "B")), ())
    with pytest.raises(KeyError):
        FULL.table("none")


def test_rows_are_read_by_the_keys_of_their_columns() -> None:
    table = FULL.table("t")
    assert table.records() == ({"a": "x", "b": 0.1 + 0.2}, {"a": None, "b": True})
    assert table.record(a="x") == {"a": "x", "b": 0.1 + 0.2}
    for cells in ({"a": "y"}, {}):
        with pytest.raises(LookupError, match=r"table 't' has \d rows with"):
            table.record(**cells)
