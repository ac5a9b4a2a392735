"""Any text becomes a file name, and a page never takes the place of another comparison's."""

from dataclasses import replace
from pathlib import Path

import pytest

from evalsuite.findings import Column, Findings, Table
from reports.build import build
from reports.page_names import file_name, free_name, is_taken


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("GRPO: before / after", "grpo-before-after"), ("über 100 %", "uber-100"), ("..", None), ("比较", None),
        ("INDEX", "index-page"), ("a_b-c", "a_b-c"), ("x" * 300, "x" * 80), ("a\x00\u202eb", "a-b"),
    ],
)  # fmt: skip
def test_any_text_becomes_a_file_name(text: str, name: str | None) -> None:
    found = file_name(text)
    assert found == name if name else found.startswith("page-")
    assert file_name(found) == found, "a name stays what it is"
    assert file_name(text) == found


def run(run_id: str, source: str = "generated") -> dict[str, str]:
    return {"run_id": run_id, "source": source}


def test_the_same_comparison_keeps_its_page_and_another_gets_the_next_number(small: Findings, tmp_path: Path) -> None:
    def compares(first: str, **runs: str) -> Findings:
        rows = tuple((label,) for label in sorted(runs, key=lambda label: label != first))
        tables = (Table("accuracy", "A", (Column("label", "Run"),), rows),)
        provenance = {"runs": {f"{label} (set)": run(one) for label, one in runs.items()}, "command": "x y z"}
        return replace(small, provenance=provenance, tables=tables, figures=())

    first, renamed = compares("a", a="1", b="2"), compares("base", new="2", base="1")
    swapped = compares("b", a="1", b="2")
    build([first], tmp_path, title="t", name="page")
    assert free_name(tmp_path, "page", first) == "page"
    assert free_name(tmp_path, "page", renamed) == "page"
    assert free_name(tmp_path, "page", swapped) == "page-2"
    build([swapped], tmp_path, title="t", name="page-2")
    assert free_name(tmp_path, "page", compares("a", a="1", b="3")) == "page-3"


def test_results_from_files_are_known_by_what_was_typed(small: Findings, tmp_path: Path) -> None:
    def typed(run_id: str, command: str) -> Findings:
        return replace(small, provenance={"runs": {"a": run(run_id, "imported")}, "command": command})

    build([typed("1", "evalsuite report a.csv b.csv --store s")], tmp_path, title="t", name="page")
    assert free_name(tmp_path, "page", typed("9", "evalsuite report a.csv b.csv --store s --alpha 0.1")) == "page"
    assert free_name(tmp_path, "page", typed("1", "evalsuite report a.csv c.csv --store s")) == "page-2"
    assert free_name(tmp_path, "page", typed("1", "evalsuite report a.csv b.csv --store t")) == "page-2"


def test_files_that_are_not_ours_are_never_in_the_way_of_a_page(small: Findings, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "mine.csv").write_text("1")
    (tmp_path / "notes.html").write_text("mine")
    assert is_taken(tmp_path, "data", small)
    assert is_taken(tmp_path, "notes", small)
    assert not is_taken(tmp_path, "new", small)
    build([small], tmp_path, title="t", name=free_name(tmp_path, "data", small))
    assert (tmp_path / "data" / "mine.csv").read_text() == "1"
