"""All pairs of runs on the page: one family of verdicts, the same as the command prints, and their matrix."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analyses.model_comparison.analysis import analyse
from evalsuite.cli.app import run_command
from evalsuite.store.imports.results_file import import_file
from evalsuite.store.store import Store
from reports.sections import section_of


def scores(right: range) -> np.ndarray:
    return np.isin(np.arange(60), list(right))[:, None]


def three_runs(folder: Path) -> Path:
    """Make a store with runs that solve 10, 24 and 40 of 60 problems."""
    path = folder / "runs.duckdb"
    with Store.writer(path) as store:
        for label, right in (("base", 10), ("new", 24), ("other", 40)):
            file = folder / f"{label}.csv"
            file.write_text("problem_id,correct\n" + "".join(f"p{i},{int(i < right)}\n" for i in range(60)))
            import_file(store, file, label=label)
    return path


def test_the_pairs_of_the_page_are_those_of_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = three_runs(tmp_path)
    command = ["compare", "base", "new", "other", "--all-pairs", "--store", str(path), "--json"]
    assert run_command(command) == 0
    document = json.loads(capsys.readouterr().out)
    with Store.reader(path) as store:
        found = analyse(store, ("base", "new", "other"), all_pairs=True)
    table = found.table("pairs")
    assert section_of(table.name).key == section_of("pairs_matrix").key == "real"
    for row, c in zip(table.records(), document["comparisons"], strict=True):
        assert (row["new"], row["base"]) == (c["new"]["label"], c["base"]["label"])
        limits = [c["difference"][k] for k in ("low", "value", "high")]
        assert [row["low"], row["value"], row["high"]] == limits
        assert row["pvalue"] == c["adjusted_pvalue"]
        assert row["verdict"].kind == c["verdict"]["kind"]
    matrix = {str(row["label"]): row for row in found.table("pairs_matrix").records()}
    assert matrix["other"]["to_0"] == pytest.approx(0.5) == -matrix["base"]["to_2"]
    assert matrix["new"]["to_1"] is None
    assert matrix["other"]["resolved"] == "base, new"
    # The verdicts against the base are members of the same family.
    of_base = {str(row["label"]): row["verdict"] for row in found.table("verdicts").records()}
    assert of_base["new"].kind == document["comparisons"][0]["verdict"]["kind"]
    assert any("The 3 verdicts are judged together" in note for note in found.notes)
    assert "--all-pairs" in found.provenance["command"]


def test_without_all_pairs_there_is_no_such_table(store: Store, plant: Callable[..., Any]) -> None:
    for label, right in (("base", range(5)), ("new", range(9)), ("other", range(20))):
        plant(label, scores(right))
    found = analyse(store, ("base", "new", "other"))
    assert not {"pairs", "pairs_matrix"} & {table.name for table in found.tables}
    assert any("The 2 verdicts are judged together" in note for note in found.notes)


def test_the_page_takes_all_pairs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = three_runs(tmp_path)
    command = ["report", "base", "new", "other", "--all-pairs", "--store", str(path), "--out", str(tmp_path / "site")]
    assert run_command(command) == 0
    assert "Every pair of runs" in (tmp_path / "site" / "comparison.html").read_text()
    assert run_command(["report", "base", "new", "--all-pairs", "--store", str(path)]) == 2
    assert "--all-pairs needs three or more runs" in capsys.readouterr().err
