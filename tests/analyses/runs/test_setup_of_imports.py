"""The set-up of runs of other programs, which record some of it: what is there is shown, and nothing is needed."""

import json
from pathlib import Path
from typing import Any

import pytest

from analyses.runs.pairing import pair_runs
from analyses.runs.tables import setup
from evalsuite.store.imports.results import ForeignGrade, ForeignRun, ResultRow
from evalsuite.store.imports.store_results import store_run
from evalsuite.store.store import Store


@pytest.mark.parametrize(
    ("spec", "shown"),
    [
        ({"engine": "hf"}, "hf"),
        ({"dtype": "float32"}, "float32"),
        ({"engine": "hf", "dtype": "float32"}, "hf, float32"),
        ({"decoding": {"temperature": 0.7}}, "temperature 0.7"),
        ({"decoding": {"temperature": 0.7, "seed": 3}}, "temperature 0.7, seed 3"),
        ({"decoding": {"temperature": 0.7, "top_p": 0.9, "seed": 3}}, "temperature 0.7, top-p 0.9, seed 3"),
        ({"decoding": {"temperature": 0}}, "greedy"),
    ],
)
def test_what_a_program_recorded_is_shown(tmp_path: Path, spec: dict[str, Any], shown: str) -> None:
    rows = [ResultRow(str(i), grades={"theirs": ForeignGrade(i % 2 == 0)}) for i in range(4)]
    with Store.in_memory() as store:
        for label in ("base", "new"):
            store_run(store, ForeignRun(label, "program", lambda: iter(rows), (), spec=spec))
        table = setup(pair_runs(store, ["base", "new"]), None)
    assert any(row[1:] == (shown, shown) for row in table.rows), json.dumps(table.rows, default=str)
