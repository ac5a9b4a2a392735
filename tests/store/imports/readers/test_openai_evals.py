"""OpenAI's evals: events of one log, made from its source."""

from pathlib import Path
from typing import Any

from tests.harness_logs import by_problem, read, verdicts, write_lines

SPEC = {"spec": {"completion_fns": ["gpt-4"], "eval_name": "sums.dev.v0", "run_config": {}}}
REPORT = {"final_report": {"accuracy": 0.5}}


def event(number: int, sample: str, kind: str, **data: Any) -> dict[str, Any]:
    """Return one line of a log."""
    return {"run_id": "r", "event_id": number, "sample_id": sample, "type": kind, "data": data, "created_by": ""}


def asked(number: int, sample: str, text: str) -> dict[str, Any]:
    """Return the event of a sample that was asked."""
    prompt = [{"role": "system", "content": "Add."}, {"role": "user", "content": f"{sample}?"}]
    return event(number, sample, "sampling", prompt=prompt, sampled=[text])


def test_a_sample_is_asked_and_judged_in_two_events(tmp_path: Path) -> None:
    rows = [
        SPEC, asked(0, "a", "so 2"), asked(1, "b", "so 4"), event(2, "b", "match", correct=False, expected="3"),
        event(3, "a", "match", correct=True, expected=["2"], picked="2"), REPORT,
    ]  # fmt: skip
    (run,) = read(write_lines(tmp_path / "log.jsonl", rows), "openai-evals")
    assert (run.label, run.spec["dataset"]) == ("gpt-4", "sums.dev.v0")
    assert verdicts(run) == {("a", 0): True, ("b", 0): False}
    row = by_problem(run)["a"]
    assert (row.completion, row.question, row.gold) == ("so 2", "a?", "2")


def test_what_a_judge_was_asked_is_no_completion(tmp_path: Path) -> None:
    rows = [SPEC, asked(0, "a", "so 2"), asked(1, "a", "Y: it is right"), event(2, "a", "metrics", choice="Y", score=1)]
    (run,) = read(write_lines(tmp_path / "log.jsonl", rows), "openai-evals")
    assert verdicts(run) == {("a", 0): True}
    assert by_problem(run)["a"].completion == "so 2"


def test_a_sample_that_nobody_judged_is_missing(tmp_path: Path) -> None:
    rows = [SPEC, asked(0, "a", "so 2"), asked(1, "b", "x"), event(2, "a", "match", correct=True, expected="2")]
    (run,) = read(write_lines(tmp_path / "log.jsonl", rows), "openai-evals")
    assert verdicts(run) == {("a", 0): True, ("b", 0): None}
