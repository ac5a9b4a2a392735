"""Completions that run on into invented turns: noted when they are stored, told apart from truncation."""

import json
from pathlib import Path

import pytest

from analyses.runs.accuracy import accuracy_of_run
from analyses.runs.pairing import pair_runs
from analyses.runs.tables import truncation
from evalsuite.documents.accuracy import of_run
from evalsuite.store import queries
from evalsuite.store.descriptions import describe_run
from evalsuite.store.imports.results_file import import_file
from evalsuite.store.runs import find_run, score_matrix
from evalsuite.store.store import Store

RUNS_ON = "{0} + 1 = {1}. The answer is \\boxed{{{1}}}.\n\nQuestion: What is 7 + 7?\nAnswer: \\boxed{{14}}"
STOPS = "{0} + 1 = {1}. The answer is \\boxed{{{1}}}."
CUT = "{0} + 1 is, let me think"


def written(folder: Path, name: str, texts: list[str]) -> Path:
    file = folder / f"{name}.jsonl"
    rows = [
        {
            "problem_id": str(i),
            "question": f"What is {i} + 1?",
            "gold": str(i + 1),
            "completion": text.format(i, i + 1),
            "stop_reason": "stop" if text is STOPS else "length",
            "cap": 60,
        }
        for i, text in enumerate(texts)
    ]
    file.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    return file


@pytest.fixture
def store(tmp_path: Path):
    with Store.writer(tmp_path / "s.duckdb") as opened:
        import_file(opened, written(tmp_path, "base", [RUNS_ON] * 6 + [CUT] * 2), label="base")
        import_file(opened, written(tmp_path, "new", [STOPS] * 6 + [CUT] * 2), label="new")
        yield opened


def test_where_a_completion_runs_on_is_stored(store: Store) -> None:
    places = queries.run_ons(store.connection, find_run(store, "base").run_id)
    assert places == {(str(i), 0): RUNS_ON.format(i, i + 1).index("Question") for i in range(6)}
    assert queries.run_ons(store.connection, find_run(store, "new").run_id) == {}


def test_what_runs_on_is_right_and_not_truncated(store: Store) -> None:
    base, new = (score_matrix(store, find_run(store, label)) for label in ("base", "new"))
    assert base.correct.tolist() == new.correct.tolist() == [[True]] * 6 + [[False]] * 2
    assert base.truncated.tolist() == [[False]] * 6 + [[True]] * 2


def test_the_share_that_runs_on_stands_beside_truncation(store: Store) -> None:
    base, new = (accuracy_of_run(store, label) for label in ("base", "new"))
    assert (of_run(base).n_run_on, of_run(new).n_run_on) == (6, 0)
    assert base.scores.truncation.value == new.scores.truncation.value == 0.25
    progress = {label: describe_run(store, label)["progress"] for label in ("base", "new")}
    assert [(p["n_run_on"], p["n_truncated"]) for p in progress.values()] == [(6, 2), (0, 2)]
    table = truncation(store, pair_runs(store, ("base", "new")))
    assert [(row["truncated"], row["run_on"]) for row in table.records()] == [(2, 6), (2, None)]


def test_the_share_that_runs_on_is_said(store: Store) -> None:
    runs = pair_runs(store, ("base", "new"))
    [note] = [warning for warning in runs.warnings if "runs on" in warning]
    assert note.startswith("In 75.0% of its completions (6), base answers and then runs on into invented questions")
