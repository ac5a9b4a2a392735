"""OpenCompass's predictions and results, made from its source (`tasks/openicl_eval.py`)."""

from pathlib import Path
from typing import Any

import pytest
from harness_logs import by_problem, read, verdicts, write_json

from evalsuite.errors import InputError
from evalsuite.store.imports.results import ForeignRun


def prediction(name: int | str, **other: Any) -> dict[str, Any]:
    turns = [
        {"role": "HUMAN", "prompt": "An example?"},
        {"role": "BOT", "prompt": "Its answer"},
        {"role": "HUMAN", "prompt": f"Question {name}?"},
    ]
    return {"origin_prompt": turns, "prediction": f"so {name}", "gold": f"work\n#### {name}"} | other


def outputs(root: Path, shards: dict[str, list[dict[str, Any]]], details: Any, name: str = "gsm8k") -> Path:
    for shard, rows in shards.items():
        write_json(root / "predictions" / "base" / f"{shard}.json", {str(i): row for i, row in enumerate(rows)})
    if details is not None:
        write_json(
            root / "results" / "base" / f"{name}.json", {"accuracy": 50.0} | ({"details": details} if details else {})
        )
    return root


def entry(right: Any, pred: str = "1") -> dict[str, Any]:
    return {"pred": pred, "answer": "1", "correct": right}


def only(path: Path) -> ForeignRun:
    (run,) = read(path, "opencompass")
    return run


def test_predictions_are_joined_with_details_by_position(tmp_path: Path) -> None:
    rows = [prediction(i, res_length=10 + i) for i in range(12)]
    details = [entry(i % 3 == 0, "NULL" if i == 1 else str(i)) for i in range(12)]
    outputs(tmp_path, {}, details)
    # The keys are written as text in any order: "10" is after "9".
    shuffled = {str(i): rows[i] for i in (10, 2, 0, 11, 1, 3, 5, 4, 9, 8, 7, 6)}
    write_json(tmp_path / "predictions" / "base" / "gsm8k.json", shuffled)
    run = only(tmp_path)
    assert verdicts(run) == {(str(i), 0): i % 3 == 0 for i in range(12)}
    row = by_problem(run)["11"]
    assert (row.completion, row.question, row.gold, row.n_tokens) == ("so 11", "Question 11?", "work\n#### 11", 21)
    grades = {name: row.grades["opencompass"] for name, row in by_problem(run).items()}
    assert grades["1"].extracted is None
    assert [name for name, grade in grades.items() if grade.no_answer] == ["1"]
    assert verdicts(only(tmp_path / "predictions" / "base" / "gsm8k.json")) == verdicts(run)


def test_shards_are_read_in_order(tmp_path: Path) -> None:
    shards = {f"gsm8k_{i}": [prediction(2 * i), prediction(2 * i + 1)] for i in (0, 2, 1, 10, 3, 4, 5, 6, 7, 8, 9)}
    run = only(outputs(tmp_path, shards, [entry(i == 20) for i in range(22)]))
    assert [name for (name, _), right in verdicts(run).items() if right] == ["20"]
    assert by_problem(run)["20"].question == "Question 20?"
    assert run.label == "base"


def test_a_missing_shard_is_refused(tmp_path: Path) -> None:
    outputs(tmp_path, {"gsm8k_0": [prediction(0)], "gsm8k_2": [prediction(2)]}, [entry(True)] * 2)
    with pytest.raises(InputError, match=r"but not gsm8k_1\.json"):
        read(tmp_path, "opencompass")


def test_the_details_of_dump_eval_details(tmp_path: Path) -> None:
    said = {
        "type": "GEN",
        "1": {"predictions": "1", "references": "1", "correct": True},
        "0": {"predictions": "3", "correct": False},
    }
    run = only(outputs(tmp_path, {"gsm8k": [prediction(0), prediction(1)]}, said))
    assert verdicts(run) == {("0", 0): False, ("1", 0): True}


def test_replicas_are_completions(tmp_path: Path) -> None:
    # All problems of one replica, then all of the next: 0, 1, 2, 0, 1, 2.
    rows = [prediction(name, prediction=f"{name} of {replica}") for replica in range(2) for name in range(3)]
    details = [
        {"pred": ["a", "b"], "answer": ["1", "1"], "correct": pair}
        for pair in ([True, False], [False, False], [True, True])
    ]
    run = only(outputs(tmp_path, {"gsm8k": rows}, details))
    assert verdicts(run) == {
        ("0", 0): True, ("1", 0): False, ("2", 0): True, ("0", 1): False, ("1", 1): False, ("2", 1): True,
    }  # fmt: skip
    assert {(row.problem_id, row.completion_index): row.completion for row in run.rows()}["2", 1] == "2 of 1"


def test_details_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    outputs(tmp_path, {"gsm8k": [prediction(0), prediction(1), prediction(2)]}, [entry(True)] * 2)
    with pytest.raises(InputError, match="2 details for 3 predictions"):
        read(tmp_path, "opencompass")


def test_an_unfinished_file_is_refused(tmp_path: Path) -> None:
    write_json(tmp_path / "predictions" / "base" / "gsm8k.json", {"0": prediction(0), "2": prediction(2)})
    with pytest.raises(InputError, match="has no prediction 1"):
        read(tmp_path, "opencompass")


def test_without_details_there_are_texts(tmp_path: Path) -> None:
    run = only(outputs(tmp_path, {"gsm8k": [prediction(0)]}, {}))
    (row,) = run.rows()
    assert (run.primary_grader, row.completion, dict(row.grades)) == (None, "so 0", {})
    assert any("--dump-eval-details" in note for note in run.notes)


def test_several_returned_texts_are_completions(tmp_path: Path) -> None:
    run = only(outputs(tmp_path, {"gsm8k": [prediction(0, prediction=["a", "b"])]}, None))
    assert [(row.completion_index, row.completion) for row in run.rows()] == [(0, "a"), (1, "b")]


def test_large_predictions_are_recognised_by_their_start(tmp_path: Path) -> None:
    rows = [prediction(i, prediction="x" * 40_000) for i in range(40)]
    assert len(verdicts(only(outputs(tmp_path, {"gsm8k": rows}, [entry(True)] * 40)))) == 40


def test_results_alone_are_refused(tmp_path: Path) -> None:
    outputs(tmp_path, {}, [entry(True)])
    with pytest.raises(InputError, match="without predictions"):
        read(tmp_path / "results" / "base" / "gsm8k.json", "opencompass")
