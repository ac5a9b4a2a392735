"""Logs that the programs themselves wrote (`logs/make.py`): what is read agrees with the programs' own averages."""

import json
from collections.abc import Sequence

import pytest
from harness_logs import LOGS, read, verdicts

from evalsuite.records import StopReason
from evalsuite.store.imports.results import ForeignRun


def by_dataset(runs: Sequence[ForeignRun]) -> dict[str, ForeignRun]:
    return {str(run.spec["dataset"]): run for run in runs}


@pytest.fixture(scope="module")
def harness() -> dict[str, ForeignRun]:
    return by_dataset(read(LOGS / "lm_eval", "lm-eval"))


def test_lm_eval_gives_a_run_for_each_task(harness: dict[str, ForeignRun]) -> None:
    assert list(harness) == ["generated_choice", "generated_sums", "generated_sums_vote"]
    assert {run.program for run in harness.values()} == {"lm-evaluation-harness 0.4.13"}
    assert all(run.label.startswith("SmolLM2-135M-Instruct") for run in harness.values())


def test_the_means_of_lm_eval_are_its_own(harness: dict[str, ForeignRun]) -> None:
    (file,) = LOGS.glob("lm_eval/*/results_*.json")
    said = json.loads(file.read_text(encoding="utf-8"))["results"]
    for task, grader, key in (
        ("generated_choice", "lm-eval/none", "acc,none"),
        ("generated_choice", "lm-eval/none/acc_norm", "acc_norm,none"),
        ("generated_sums", "lm-eval/strict-match", "exact_match,strict-match"),
        ("generated_sums", "lm-eval/flexible-extract", "exact_match,flexible-extract"),
    ):
        found = list(verdicts(harness[task], grader).values())
        assert sum(map(bool, found)) / len(found) == pytest.approx(said[task][key])
    assert not any("the mean of the rows" in note for run in harness.values() for note in run.notes)


def test_lm_eval_texts_limits_and_prompts(harness: dict[str, ForeignRun]) -> None:
    sums, vote, choice = harness["generated_sums"], harness["generated_sums_vote"], harness["generated_choice"]
    assert sums.spec["template"] == "lm-eval generated_sums, 2 shots, chat template"
    assert {row.cap for row in sums.rows()} == {60}
    assert {row.cap for row in vote.rows()} == {256}
    assert vote.spec["decoding"]["temperature"] == 0.7
    assert sorted({row.completion_index for row in vote.rows()}) == [0, 1, 2]
    assert all(row.gold and "####" in row.gold and row.completion for row in sums.rows())
    assert [row.completion for row in choice.rows()] == [None] * 6
    assert [row.gold for row in choice.rows()] == [
        row.gold.rpartition("#### ")[2] if row.gold else None for row in sums.rows()
    ]


def test_evalscope_repeats_and_plain_questions() -> None:
    (run,) = read(LOGS / "evalscope", "evalscope")
    (file,) = LOGS.glob("evalscope/reports/*/*.json")
    said = json.loads(file.read_text(encoding="utf-8"))["metrics"][0]
    found = verdicts(run, "evalscope/accuracy")
    assert sorted(found) == [(str(i), repeat) for i in range(3) for repeat in range(2)]
    assert (len(found), sum(map(bool, found.values())) / len(found)) == (said["num"], said["score"])
    # One capped text of a batch marks the others in this program: neither reason nor tokens are believed.
    assert {(row.n_tokens, row.stop_reason, row.cap) for row in run.rows()} == {(None, StopReason.UNKNOWN, 60)}
    assert all(row.question and row.question.endswith("?") and row.gold for row in run.rows())


def test_lighteval_counts_no_padding() -> None:
    (run,) = read(LOGS / "lighteval", "lighteval")
    (file,) = LOGS.glob("lighteval/results/*/*.json")
    said = json.loads(file.read_text(encoding="utf-8"))["results"]["generated_sums|2"]
    found = list(verdicts(run, "lighteval/extractive_match").values())
    assert (len(found), sum(map(bool, found)) / len(found)) == (6, said["extractive_match"])
    rows = {row.problem_id: (row.n_tokens, row.stop_reason) for row in run.rows()}
    assert {name: n for name, (n, reason) in rows.items() if reason is StopReason.STOP} == {"0": 33, "2": 41, "4": 27}
    assert {rows[name] for name in "135"} == {(60, StopReason.LENGTH)}


@pytest.fixture(scope="module")
def logs() -> dict[str, ForeignRun]:
    return {run.files[0].name.split("_")[1] + run.files[0].suffix: run for run in read(LOGS / "inspect", "inspect")}


def test_inspect_gives_a_run_for_each_log(logs: dict[str, ForeignRun]) -> None:
    assert sorted(logs) == ["sums-killed.eval", "sums-with-failures.eval", "sums.eval", "sums.json"]
    assert len({run.label for run in logs.values()}) == 4
    assert {run.program for run in logs.values()} == {"inspect_ai 0.3.285"}


def test_inspect_epochs_and_scorers(logs: dict[str, ForeignRun]) -> None:
    archive, document = logs["sums.eval"], logs["sums.json"]
    assert sorted(verdicts(archive)) == [(str(i), epoch) for i in range(1, 7) for epoch in range(2)]
    assert set(next(iter(archive.rows())).grades) == {"inspect/match", "inspect/includes"}
    same = {(row.problem_id, row.completion_index): (row.completion, row.gold, row.question) for row in archive.rows()}
    assert len(verdicts(document)) == 4
    for row in document.rows():
        assert same[row.problem_id, row.completion_index] == (row.completion, row.gold, row.question)
    # The provider pads batches and records no reason: nothing of either is believed.
    assert {(row.n_tokens, row.stop_reason, row.cap) for row in archive.rows()} == {(None, StopReason.UNKNOWN, 60)}


def test_inspect_errors_limits_and_a_killed_run(logs: dict[str, ForeignRun]) -> None:
    missing = {row.problem_id: row.missing for row in logs["sums-with-failures.eval"].rows() if row.missing}
    assert missing == {"2": "error: RuntimeError('planned failure')", "3": "limit: token"}
    killed = logs["sums-killed.eval"]
    assert len(verdicts(killed)) == 4
    assert any("unfinished: 4 of 6 samples are there" in note for note in killed.notes)
