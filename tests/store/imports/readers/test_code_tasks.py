"""EvalPlus and HumanEval: several samples a task, with the status of its tests."""

import json
from pathlib import Path

import pytest
from foreign_rows import LOGS, read, verdicts

from evalsuite.errors import InputError


def test_evalplus_counts_a_sample_that_passes_both_kinds_of_tests() -> None:
    run = read(LOGS / "evalplus", "evalplus")[0]
    assert (run.label, run.primary_grader, run.n_rows) == ("my-model", "evalplus/plus", 4)
    assert verdicts(run) == {"HumanEval/0": [True, False], "HumanEval/1": [False, False]}
    assert verdicts(run, "evalplus/base") == {"HumanEval/0": [True, True], "HumanEval/1": [False, False]}
    assert next(iter(run.rows())).completion == "def f():\n    return 0"


def test_evalplus_with_base_tests_only_and_old_files(tmp_path: Path) -> None:
    file = tmp_path / "m_eval_results.json"
    sample = {"task_id": "T/0", "solution": "x", "base_status": "pass", "plus_status": None}
    file.write_text(json.dumps({"eval": {"T/0": [sample, {**sample, "base_status": None}]}}), encoding="utf-8")
    run = read(file, "evalplus")[0]
    assert (run.primary_grader, verdicts(run)) == ("evalplus/base", {"T/0": [True, None]})
    assert [row.missing for row in run.rows()] == [None, "error: no status"]
    file.write_text(json.dumps({"eval": {"T/0": {"nfiles": 2, "base": [["success", []]]}}}), encoding="utf-8")
    with pytest.raises(InputError, match=r"evalplus\.evaluate --samples"):
        read(file, "evalplus")


def test_human_eval_lines_of_one_task_are_its_completions() -> None:
    run = read(LOGS / "human_eval/samples.jsonl_results.jsonl", "human-eval")[0]
    assert (run.label, verdicts(run)) == ("samples", {"HumanEval/0": [True, False], "HumanEval/1": [False]})


def test_a_folder_of_human_eval_results() -> None:
    assert [run.label for run in read(LOGS / "human_eval", "human-eval")] == ["samples"]


def test_a_status_of_evalplus_that_is_no_word_is_refused(tmp_path: Path) -> None:
    tasks = {"HumanEval/0": [{"base_status": ["pass"], "plus_status": "pass"}]}
    (tmp_path / "m_eval_results.json").write_text(json.dumps({"eval": tasks}))
    run = read(tmp_path / "m_eval_results.json", "evalplus")[0]
    with pytest.raises(InputError, match="HumanEval/0: base_status and plus_status are words"):
        list(run.rows())
