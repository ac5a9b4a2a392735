"""A run as others read it: records of Every Eval Ever, results for the model hub, the metadata of a model card."""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from evalsuite.cli.app import run_command
from evalsuite.errors import InputError
from evalsuite.jobs.every_eval_ever import export_records
from evalsuite.jobs.hub_results import export_card, export_eval_results
from evalsuite.records import Completion, Grade, Outcome, Problem, StopReason
from evalsuite.store.store import GradedCompletion, Store, StoredRun

NOW = datetime(2026, 1, 2, tzinfo=UTC)
DECODING = {"max_new_tokens": 300, "temperature": 0.0, "top_p": 1.0, "seed": 0}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store with a run of four problems, three of them right, one truncated."""
    problems = [Problem(f"p/{i}", f"What is {i}?", f"#### {i}", Fraction(i), None, None) for i in range(4)]
    spec = {"model": "me/mine", "dataset": "gsm8k/test", "template": "tutorial", "decoding": DECODING}
    with Store.writer(tmp_path / "s.duckdb") as opened:
        opened.add_run(StoredRun("a" * 16, "mine", "generated", spec, "d", "boxed", 1, details={}), problems, [])
        rows = []
        for i, problem in enumerate(problems):
            reason = StopReason.LENGTH if i == 3 else StopReason.STOP
            made = Completion("a" * 16, problem.problem_id, 0, "", f"is {i}", None, 7, reason, 300, None, "e", "d", "b")
            outcome = Outcome.NO_ANSWER if i == 3 else Outcome.CORRECT
            rows.append(GradedCompletion(made, (Grade(outcome, None if i == 3 else str(i), "boxed", 1),)))
        opened.add_completions(rows)
        yield opened


def test_records_of_every_eval_ever(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "out/mine.json"
    assert export_records(store, "mine", file, now=NOW) == 4
    record = json.loads(file.read_text("utf-8"))
    samples = file.with_name("mine_samples.jsonl")
    rows = [json.loads(line) for line in samples.read_text("utf-8").splitlines()]
    (result,) = record["evaluation_results"]
    assert result["score_details"]["score"] == 0.75
    interval = result["score_details"]["uncertainty"]["confidence_interval"]
    assert (interval["method"], interval["confidence_level"]) == ("wilson", 0.95)
    assert interval["lower"] == pytest.approx(0.3006, abs=1e-4)  # Wilson of 3 in 4
    assert result["source_data"] == {
        "dataset_name": "GSM8K", "source_type": "hf_dataset", "hf_repo": "openai/gsm8k", "hf_split": "test",
    }  # fmt: skip
    assert result["generation_config"]["generation_args"] == {"temperature": 0.0, "top_p": 1.0, "max_tokens": 300}
    assert record["detailed_evaluation_results"]["total_rows"] == len(rows) == 4
    assert record["detailed_evaluation_results"]["checksum"] == hashlib.sha256(samples.read_bytes()).hexdigest()
    assert {row["evaluation_id"] for row in rows} == {record["evaluation_id"]} == {"gsm8k/test/me/mine/1767312000"}
    assert {row["evaluation_result_id"] for row in rows} == {result["evaluation_result_id"]}
    assert [row["evaluation"] for row in rows[2:]] == [
        {"score": 1.0, "is_correct": True}, {"score": 0.0, "is_correct": False},
    ]  # fmt: skip
    assert [row["metadata"]["stop_reason"] for row in rows] == ["stop", "stop", "stop", "length"]
    assert all(isinstance(value, str) for row in rows for value in row["metadata"].values())
    assert rows[1]["input"] == {"raw": "What is 1?", "reference": ["1"]}
    assert (rows[1]["output"], rows[1]["answer_attribution"][0]["extracted_value"]) == ({"raw": ["is 1"]}, "1")
    assert rows[3]["answer_attribution"] == []
    # What the schema of the samples requires, of version 0.3.0.
    needed = {
        "schema_version", "evaluation_id", "model_id", "evaluation_name", "sample_id", "interaction_type", "input",
        "answer_attribution", "evaluation",
    }  # fmt: skip
    assert all(needed <= set(row) for row in rows)
    with pytest.raises(InputError, match=r"need a \.json file"):
        export_records(store, "mine", tmp_path / "mine.csv")


def test_results_for_the_hub_are_what_its_own_classes_read(store: Store, tmp_path: Path) -> None:
    hub = pytest.importorskip("huggingface_hub")
    import yaml

    file = tmp_path / "gsm8k.yaml"
    assert export_eval_results(store, "mine", file, dataset_id=None, task_id=None) == 4
    (entry,) = hub.parse_eval_result_entries(yaml.safe_load(file.read_text("utf-8")))
    assert (entry.dataset_id, entry.task_id, entry.value) == ("openai/gsm8k", "gsm8k", 75.0)
    assert "4 problems" in entry.notes
    assert "grader boxed, prompt tutorial, at most 300 tokens, greedy" in entry.notes


def test_a_card_keeps_its_text_and_other_results_and_takes_a_result_once(store: Store, tmp_path: Path) -> None:
    hub = pytest.importorskip("huggingface_hub")
    file = tmp_path / "README.md"
    names = {"dataset_id": None, "task_id": None}
    export_card(store, "mine", file, **names)
    begun = hub.ModelCard(file.read_text("utf-8")).data
    assert (begun.model_name, begun.eval_results[0].metric_value) == ("me/mine", 75.0)
    other = hub.EvalResult("text-generation", "a/b", "b", "accuracy", 10.0)
    data = hub.ModelCardData(model_name="mine", license="mit", eval_results=[other, *begun.eval_results])
    file.write_text(f"---\n{data.to_yaml()}\n---\n\n# Mine\n\nText.\n", encoding="utf-8")
    export_card(store, "mine", file, **names)
    card = hub.ModelCard(file.read_text("utf-8"))
    assert card.text.strip() == "# Mine\n\nText."
    assert (card.data.license, card.data.model_name) == ("mit", "mine")
    assert sorted(r.metric_value for r in card.data.eval_results) == [10.0, 75.0]


def test_other_problems_need_the_name_of_a_benchmark(store: Store, tmp_path: Path) -> None:
    pytest.importorskip("huggingface_hub")
    problem = Problem("q", "What?", "#### 1", Fraction(1), None, None)
    store.add_run(
        StoredRun("b" * 16, "own", "generated", {"dataset": "own"}, "e", "boxed", 1, details={}), [problem], []
    )
    made = Completion("b" * 16, "q", 0, "", "1", None, 1, StopReason.STOP, 300, None, "e", "d", "b")
    store.add_completions([GradedCompletion(made, (Grade(Outcome.CORRECT, "1", "boxed", 1),))])
    with pytest.raises(InputError, match="--dataset-id OWNER/NAME"):
        export_eval_results(store, "own", tmp_path / "x.yaml", dataset_id=None, task_id=None)
    assert export_eval_results(store, "own", tmp_path / "x.yaml", dataset_id="me/own", task_id=None) == 1


def test_the_command(store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = store.path
    store.connection.close()

    def export(*words: str) -> tuple[int, Any]:
        capsys.readouterr()
        code = run_command(["export", "mine", *words, "--store", str(path), "--json"])
        out = capsys.readouterr().out
        return code, json.loads(out) if out else None

    code, said = export(str(tmp_path / "e.json"), "--format", "eee")
    assert (code, said["n_rows"]) == (0, 4)
    code, said = export(str(tmp_path / "e.csv"))
    assert (code, said["n_rows"]) == (0, 4)
    assert export(str(tmp_path / "e.csv"), "--dataset-id", "a/b") == (2, None)


def test_scores_are_no_share_of_right_answers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "s.csv").write_text("id,score\n0,3\n1,0\n2,4\n")
    store = str(tmp_path / "s.duckdb")
    assert run_command(["import", str(tmp_path / "s.csv"), "--score-range", "0", "4", "--store", store]) == 0
    names = ["--dataset-id", "me/set", "--task-id", "t"]
    for form, file, more in (("eee", "o.json", []), ("eval-results", "o.yaml", names), ("card", "o.md", names)):
        capsys.readouterr()
        assert run_command(["export", "s", str(tmp_path / file), "--format", form, *more, "--store", store]) == 2
        assert "has scores from 0 to 4 by imported" in capsys.readouterr().err
        assert not (tmp_path / file).exists()
