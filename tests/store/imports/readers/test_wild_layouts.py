"""Layouts that versions and users of other programs leave, one test a kind: read right, never in silence wrong."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from evalsuite.errors import InputError
from evalsuite.store.imports.results import ForeignRun
from tests.harness_logs import read, verdicts, write_json, write_lines

SAMPLES = "samples_gsm8k_2026-01-12T10-11-12.123456.jsonl"


def sample(i: int, resps: Any, **said: Any) -> dict[str, Any]:
    """Return a row of lm-evaluation-harness."""
    return {
        "doc_id": i, "doc": {"question": f"{i}?"}, "target": str(i), "arguments": [[f"{i}?", {"until": []}]],
        "resps": resps, "filtered_resps": [str(i)], **said,
    }  # fmt: skip


def texts(run: ForeignRun) -> Iterator[str | None]:
    """Yield the texts of a run in order."""
    return (row.completion for row in run.rows())


@pytest.mark.parametrize("nested", [lambda text: [text], lambda text: [[text]], lambda text: [[[text]]]])
def test_lm_eval_texts_stand_more_or_less_deep_in_lists(tmp_path: Path, nested: Any) -> None:
    rows = [sample(i, nested(f"so {i}"), filter="none", exact_match=1.0) for i in range(3)]
    (run,) = read(write_lines(tmp_path / SAMPLES, rows), "lm-eval")
    assert list(texts(run)) == ["so 0", "so 1", "so 2"]
    assert "log-likelihoods" not in " ".join(run.notes)


def test_lm_eval_values_that_are_no_number_are_missing_and_make_no_scores(tmp_path: Path) -> None:
    rows = [sample(i, [[f"so {i}"]], filter="none", exact_match=m) for i, m in enumerate((1.0, float("nan"), 0.0))]
    (run,) = read(write_lines(tmp_path / SAMPLES, rows), "lm-eval")
    assert list(verdicts(run).values()) == [True, None, False]


def test_lm_eval_metrics_that_name_their_filter_are_graders(tmp_path: Path) -> None:
    rows = [
        sample(i, [[f"so {i}"]], **{"exact_match,strict-match": i % 2, "exact_match,flexible-extract": 1})
        for i in range(4)
    ]
    (run,) = read(write_lines(tmp_path / SAMPLES, rows), "lm-eval")
    assert run.primary_grader == "lm-eval/strict-match"
    assert sum(map(bool, verdicts(run).values())) == 2
    assert all(verdicts(run, "lm-eval/flexible-extract").values())


def generation(i: int, **said: Any) -> dict[str, Any]:
    """Return a row of NeMo-Skills."""
    row = {"problem": f"{i}?", "expected_answer": str(i), "generation": f"\\boxed{{{i}}}", "predicted_answer": str(i)}
    return {**row, "symbolic_correct": True, **said}


def test_nemo_requests_that_failed_are_missing_whatever_was_graded(tmp_path: Path) -> None:
    failed = {"generation": "", "predicted_answer": None, "symbolic_correct": False}
    rows = [
        generation(0),
        generation(1, **failed, detailed_error="RateLimitError: retry exhausted"),
        generation(2, **failed, generation_error={"error_type": "RuntimeError", "error_message": "lost"}),
    ]
    (run,) = read(write_lines(tmp_path / "output.jsonl", rows), "nemo-skills")
    assert [row.missing for row in run.rows()] == [None, "error: RateLimitError: retry exhausted", "error: lost"]
    assert list(verdicts(run).values()) == [True, None, None]


def test_nemo_benchmarks_beside_each_other_are_tasks(tmp_path: Path) -> None:
    for name in ("gsm8k", "math"):
        write_lines(tmp_path / name / "output-rs0.jsonl", [generation(0)])
    assert [run.spec["dataset"] for run in read(tmp_path, "nemo-skills")] == ["gsm8k", "math"]


def test_qwen_rows_without_scores_are_texts_to_grade(tmp_path: Path) -> None:
    rows = [{"idx": i, "question": f"{i}?", "gt": str(i), "code": [f"so {i}"], "pred": [str(i)]} for i in range(3)]
    (run,) = read(write_lines(tmp_path / "out.jsonl", rows), "qwen-math")
    assert run.primary_grader is None
    assert not any(row.missing for row in run.rows())
    rows[0]["score"] = [True]
    (run,) = read(write_lines(tmp_path / "out.jsonl", rows), "qwen-math")
    assert [row.missing for row in run.rows()] == [None, "error: no score", "error: no score"]


def test_trl_writes_the_step_as_text(tmp_path: Path) -> None:
    rows = [
        {"step": "10", "prompt": f"{i // 2}?", "completion": "x", "right": i % 2, "advantage": 0.1} for i in range(4)
    ]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "completions_00010.parquet")
    (run,) = read(tmp_path / "completions_00010.parquet", "trl-completions")
    assert len(list(run.rows())) == 4


def test_lighteval_names_suite_task_and_shots(tmp_path: Path) -> None:
    doc = {"id": "0", "query": "0?", "choices": ["0"], "gold_index": [0]}
    row = {"doc": doc, "metric": {"em": 1.0}, "model_response": {"text": ["0"], "output_tokens": [[1]]}}
    for name, task in (("gsm8k|5", "gsm8k"), ("lighteval|gsm8k|5|0", "gsm8k"), ("leaderboard|mmlu:law|5", "mmlu:law")):
        file = tmp_path / f"details_{name}_2025-01-01T00-00-00.parquet"
        pq.write_table(pa.Table.from_pylist([row]), file)
        (run,) = read(file, "lighteval")
        assert run.spec["dataset"] == task
        file.unlink()


def test_the_id_of_a_provider_names_no_problem(tmp_path: Path) -> None:
    tests = [(test, provider) for test in range(3) for provider in ("a", "b")]
    results = [
        {"testIdx": t, "provider": {"id": p}, "response": {"output": str(t)}, "success": p == "a"} for t, p in tests
    ]
    file = tmp_path / "out.json"
    file.write_text(json.dumps({"results": results}))
    with pytest.raises(InputError, match="no column that names the problems"):
        read(file, "table")
    runs = read(file, "table", columns={"problem_id": "testIdx"}, group_by="provider.id")
    assert [{row.grades["imported"].correct for row in run.rows()} for run in runs] == [{True}, {False}]


def test_scores_of_inspect_that_mean_nothing_are_said(tmp_path: Path) -> None:
    output = {"completion": "so 1", "choices": [{"stop_reason": "stop"}]}
    own = {"id": 1, "epoch": 1, "input": "1?", "target": "1", "output": output, "scores": {"pick": {"value": [1, 2]}}}
    document = {"version": 2, "status": "success", "eval": {"task": "t", "model": "m"}, "samples": [own]}
    (run,) = read(write_json(tmp_path / "log.json", document), "inspect")
    assert "inspect/pick not read: values that are no verdicts and no numbers" in run.notes


def test_several_lists_in_one_document_are_named(tmp_path: Path) -> None:
    one = {"id": 1, "correct": True}
    file = write_json(tmp_path / "both.json", {"gsm8k": [one, {**one, "id": 2}], "math": [one]})
    with pytest.raises(InputError, match=r"holds 2 lists of results: gsm8k, math.*jq"):
        read(file, "table")


def test_lm_eval_rows_without_the_document_are_rows_of_a_filter_all_the_same(tmp_path: Path) -> None:
    rows = [sample(i, [[f"so {i}"]], filter=f, exact_match=float(i % 2)) for i in range(4) for f in ("strict", "loose")]
    for row in rows:
        del row["doc"]
    (run,) = read(write_lines(tmp_path / SAMPLES, rows), "lm-eval")
    assert sum(map(bool, verdicts(run).values())) == 2


def test_inspects_way_to_reduce_epochs_is_said(tmp_path: Path) -> None:
    output = {"completion": "so 1", "choices": [{"stop_reason": "stop"}]}
    own = {"id": 1, "input": "1?", "target": "1", "output": output, "scores": {"match": {"value": "C"}}}
    spec = {"task": "t", "model": "m", "config": {"epochs": 2, "epochs_reducer": ["at_least_2", "mean"]}}
    document = {"version": 2, "status": "success", "eval": spec, "samples": [{**own, "epoch": e} for e in (1, 2)]}
    (run,) = read(write_json(tmp_path / "log.json", document), "inspect")
    assert "the log's own results reduce epochs by at_least_2; here each epoch is a completion" in run.notes
