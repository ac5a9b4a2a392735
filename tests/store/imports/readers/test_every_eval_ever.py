"""Instance records of Every Eval Ever, made from its schema 0.3.0 and its converters."""

from pathlib import Path
from typing import Any

import pytest
from harness_logs import by_problem, read, verdicts, write_json, write_lines

from evalsuite.errors import InputError
from evalsuite.records import StopReason


def record(name: str, score: float, model: str = "me/base", task: str = "gsm8k", **other: Any) -> dict[str, Any]:
    return {
        "schema_version": "0.3.0",
        "evaluation_id": f"{task}/{model}/1",
        "model_id": model,
        "evaluation_name": task,
        "evaluation_result_id": task,
        "sample_id": name,
        "interaction_type": "single_turn",
        "input": {"raw": f"Question {name}?", "reference": ["4"]},
        "output": {"raw": [f"so {name}"]},
        "answer_attribution": [{"turn_idx": 0, "extracted_value": "4", "is_terminal": True}],
        "evaluation": {"score": score, "is_correct": score == 1},
        "token_usage": {"input_tokens": 12, "output_tokens": 5, "total_tokens": 17},
    } | other


def test_records_of_two_models_are_two_runs(tmp_path: Path) -> None:
    rows = [record(str(i), float(i == 0), model) for model in ("me/base", "me/grpo") for i in range(2)]
    base, grpo = read(write_lines(tmp_path / "x_samples.jsonl", rows), "every-eval-ever")
    assert (base.label, grpo.label) == ("base", "grpo")
    assert verdicts(base) == {("0", 0): True, ("1", 0): False}
    row = by_problem(base)["1"]
    assert (row.completion, row.question, row.gold, row.n_tokens) == ("so 1", "Question 1?", "4", 5)
    assert row.grades["every-eval-ever"].extracted == "4"
    assert read(tmp_path, "every-eval-ever")[0].label == "base"


def test_filters_of_lm_eval_are_graders_and_their_answers_no_completions(tmp_path: Path) -> None:
    def converted(name: str, filter_name: str, score: float, answer: str) -> dict[str, Any]:
        about = {"filter": filter_name, "lm_eval_metrics": "{}"}
        said = [{"extracted_value": answer, "is_terminal": True}]
        return record(
            name, score, metadata=about, output={"raw": [answer]}, answer_attribution=said,
            evaluation_name=f"gsm8k/{filter_name}", evaluation_result_id=None,
        )  # fmt: skip

    rows = [converted("0", "strict-match", 0, "[invalid]"), converted("0", "flexible-extract", 1, "4")]
    (run,) = read(write_lines(tmp_path / "x_samples.jsonl", rows), "every-eval-ever")
    assert verdicts(run, "every-eval-ever/strict-match") == {("0", 0): False}
    assert verdicts(run, "every-eval-ever/flexible-extract") == {("0", 0): True}
    (row,) = run.rows()
    assert row.completion is None
    assert any("not the completions" in note for note in run.notes)


def test_several_evaluations_of_a_sample_are_graders(tmp_path: Path) -> None:
    rows = [record("0", 1.0, evaluation_result_id="gsm8k/em"), record("0", 0.25, evaluation_result_id="gsm8k/f1")]
    (run,) = read(write_lines(tmp_path / "x_samples.jsonl", rows), "every-eval-ever")
    assert run.primary_grader == "every-eval-ever/em"
    (row,) = run.rows()
    assert set(row.grades) == {"every-eval-ever/em"}
    assert any("every-eval-ever/f1 left out: graded scores" in note for note in run.notes)


def test_a_sample_again_is_a_further_completion(tmp_path: Path) -> None:
    rows = [record("0", 1.0), record("1", 0.0), record("0", 0.0), record("1", 0.0)]
    (run,) = read(write_lines(tmp_path / "x_samples.jsonl", rows), "every-eval-ever")
    assert verdicts(run) == {("0", 0): True, ("1", 0): False, ("0", 1): False, ("1", 1): False}


def test_errors_conversations_and_stop_reasons(tmp_path: Path) -> None:
    turns = [{"turn_idx": 0, "role": "user", "content": "a"}, {"turn_idx": 1, "role": "assistant", "content": "b"}]
    rows = [
        record("0", 0.0, error="timeout"),
        record(
            "1", 1.0, interaction_type="multi_turn", output=None, messages=turns, metadata={"stop_reason": "max_tokens"}
        ),
    ]
    (run,) = read(write_lines(tmp_path / "x_samples.jsonl", rows), "every-eval-ever")
    first, second = run.rows()
    assert (first.missing, dict(first.grades)) == ("error: timeout", {})
    assert (second.completion, second.stop_reason) == ("b", StopReason.LENGTH)


def test_the_aggregate_record_alone_is_refused(tmp_path: Path) -> None:
    file = write_json(tmp_path / "x.json", {"evaluation_id": "a", "model_info": {}, "evaluation_results": []})
    for path in (file, tmp_path):
        with pytest.raises(InputError, match=r"_samples\.jsonl"):
            read(path, "every-eval-ever")


def test_a_record_without_a_verdict_names_its_line(tmp_path: Path) -> None:
    broken = record("1", 1.0)
    del broken["evaluation"]
    file = write_lines(tmp_path / "x_samples.jsonl", [record("0", 1.0), broken])
    with pytest.raises(InputError, match="line 2 lacks evaluation"):
        read(file, "every-eval-ever")


def test_is_correct_decides_beside_a_score_between_0_and_1(tmp_path: Path) -> None:
    said = [(1.0, True), (0.5, True), (0.25, False), (0.0, False)]
    rows = [record(str(i), 0, evaluation={"score": s, "is_correct": c}) for i, (s, c) in enumerate(said)]
    (run,) = read(write_lines(tmp_path / "x_samples.jsonl", rows), "every-eval-ever")
    assert run.primary_grader == "every-eval-ever"
    assert verdicts(run, "every-eval-ever") == {("0", 0): True, ("1", 0): True, ("2", 0): False, ("3", 0): False}
    assert "scores between 0 and 1 stand beside is_correct, which decides" in run.notes
    assert "every-eval-ever/score left out" in "; ".join(run.notes)


@pytest.mark.parametrize("said", [{}, {"score": None, "is_correct": None}, "right", None])
def test_an_evaluation_that_says_nothing_is_missing(tmp_path: Path, said: object) -> None:
    rows = [record("0", 1), record("1", 1, evaluation=said), record("2", 0, input="Question?", token_usage=[])]
    (run,) = read(write_lines(tmp_path / "x_samples.jsonl", rows), "every-eval-ever")
    assert {row.problem_id: row.missing for row in run.rows()} == {"0": None, "1": "not scored", "2": None}


def test_a_score_that_is_a_word_is_refused_with_its_line(tmp_path: Path) -> None:
    rows = [record("0", 1), record("1", 1, evaluation={"score": "good"})]
    with pytest.raises(InputError, match="row 2: score must be a number"):
        read(write_lines(tmp_path / "x_samples.jsonl", rows), "every-eval-ever")
