"""A run as records of Every Eval Ever: what the run was and scored, and beside it one line a completion.

Schema 0.3.0 of evaleval/every_eval_ever (``schemas/eval.schema.json`` and ``instance_level_eval.schema.json``). It has
no place for why a completion ended, its length where that of the prompt is unknown, and its number among several: they
stand in its metadata, as texts.
"""

import hashlib
import json
import shlex
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from analyses.runs.accuracy import RunAccuracy, accuracy_of_run
from evalsuite import __version__
from evalsuite.errors import InputError, StoreError
from evalsuite.files import why_not, write_whole
from evalsuite.store import queries
from evalsuite.store.runs import find_run
from evalsuite.store.store import Store, StoredRun

__all__ = ["SCHEMA_VERSION", "export_records", "refuse_scores"]

SCHEMA_VERSION = "0.3.0"
GSM8K = "openai/gsm8k"


def export_records(store: Store, name: str, file: Path, *, now: datetime | None = None) -> int:
    """Write ``<file>`` (.json) and ``<stem>_samples.jsonl`` beside it, and return the number of completions.

    The score is of the run's primary grader, with the interval of its design.

    Parameters
    ----------
    now
        When the record is made; the current time if not given.

    Raises
    ------
    InputError
        The file is no .json file, or the run has nothing that is graded.
    StoreError
        A file cannot be written.
    """
    if file.suffix.lower() != ".json":
        raise InputError(
            f"records of Every Eval Ever need a .json file, got {file}; a .jsonl beside it gets the samples"
        )
    head = find_run(store, name)
    measured = accuracy_of_run(store, head.run_id)
    refuse_scores(head, measured)
    made = now or datetime.now(UTC)
    samples = file.with_name(f"{file.stem}_samples.jsonl")
    identity = f"{_dataset(head)}/{_model(head)}/{made.timestamp():.0f}"
    rows = [json.dumps(row, ensure_ascii=False) for row in _samples(store, head, identity)]
    text = "".join(f"{row}\n" for row in rows)
    try:
        write_whole(samples, text)
        record = {
            "schema_version": SCHEMA_VERSION,
            "evaluation_id": identity,
            "retrieved_timestamp": f"{made.timestamp():.0f}",
            **_run(head, measured),
            "detailed_evaluation_results": {
                "format": "jsonl",
                "file_path": samples.name,
                "hash_algorithm": "sha256",
                "checksum": hashlib.sha256(samples.read_bytes()).hexdigest(),
                "total_rows": len(rows),
            },
        }
        write_whole(file, json.dumps(record, indent=2, ensure_ascii=False) + "\n")
    except OSError as error:
        raise StoreError(f"cannot export to {file}: {why_not(error)}") from error
    return len(rows)


def refuse_scores(head: StoredRun, measured: RunAccuracy) -> None:
    """Refuse a run whose grader gives scores: what others read as a share of right answers is none.

    Raises
    ------
    InputError
        The primary grader gives scores; the message says how to write them.
    """
    if measured.scores.score_range is not None:
        low, high = measured.scores.score_range
        raise InputError(
            f"run {head.label} has scores from {low:g} to {high:g} by {head.primary_grader}, and these records hold "
            f"shares of right answers. Its rows: `evalsuite export {shlex.quote(head.label)} scores.parquet`"
        )


def _run(head: StoredRun, measured: RunAccuracy) -> dict[str, Any]:
    estimate = measured.scores.estimate
    decoding: Mapping[str, Any] = head.spec.get("decoding") or {}
    arguments = {
        "temperature": decoding.get("temperature"),
        "top_p": decoding.get("top_p"),
        "max_tokens": decoding.get("max_new_tokens"),
    }
    details = {name: head.spec.get(name) for name in ("template", "order", "adapter")}
    return {
        "source_metadata": {
            "source_type": "evaluation_run",
            "source_organization_name": "unknown",
            "evaluator_relationship": "other",
        },
        "eval_library": {"name": "evalsuite", "version": __version__},
        "model_info": {
            "name": _model(head),
            "id": _model(head),
            "additional_details": {
                "deployment_type": "unknown",
                "model_availability": "unknown",
                **_texts({name: head.spec.get(name) for name in ("engine", "dtype")}),
            },
        },
        "evaluation_results": [
            {
                "evaluation_result_id": _result(head),
                "evaluation_name": _dataset(head),
                "source_data": _source(head),
                "metric_config": {
                    "metric_id": "accuracy",
                    "metric_name": "Accuracy",
                    "metric_kind": "accuracy",
                    "metric_unit": "proportion",
                    "lower_is_better": False,
                    "score_type": "continuous",
                    "min_score": 0.0,
                    "max_score": 1.0,
                    "additional_details": {"grader": head.primary_grader},
                },
                "score_details": {
                    "score": estimate.value,
                    "uncertainty": {
                        "confidence_interval": {
                            "lower": estimate.low,
                            "upper": estimate.high,
                            "confidence_level": estimate.confidence_level,
                            "method": estimate.method,
                        },
                        "num_samples": measured.scores.n_completions,
                    },
                },
                "generation_config": {
                    "generation_args": {name: value for name, value in arguments.items() if value is not None},
                    "additional_details": _texts(details),
                },
            }
        ],
    }


def _samples(store: Store, head: StoredRun, identity: str) -> Iterator[dict[str, Any]]:
    problems = {row["problem_id"]: row for row in queries.problem_rows(store.connection, head.run_id)}
    for row in queries.graded(store.connection, head.run_id, head.primary_grader):
        problem = problems[row["problem_id"]]
        question = problem["question"] or ""
        reference = [] if problem["gold"] is None else [str(problem["gold"])]
        right = row["outcome"] == "correct"
        details = {
            "completion_index": row["completion_index"],
            "stop_reason": row["stop_reason"],
            "output_tokens": row["n_tokens"],
            "max_tokens": row["cap"],
            "template_id": problem["template_id"],
        }
        yield {
            "schema_version": SCHEMA_VERSION,
            "evaluation_id": identity,
            "model_id": _model(head),
            "evaluation_name": _dataset(head),
            "evaluation_result_id": _result(head),
            "sample_id": row["problem_id"],
            "sample_hash": hashlib.sha256((question + "".join(reference)).encode()).hexdigest(),
            "interaction_type": "single_turn",
            "input": {"raw": question, "reference": reference},
            "output": {"raw": [] if row["text"] is None else [row["text"]]},
            "messages": None,
            "answer_attribution": _attribution(row["extracted"], head.primary_grader),
            "evaluation": {"score": float(right), "is_correct": right},
            "error": "not graded" if row["outcome"] is None else None,
            "metadata": _texts(details),
        }


def _attribution(extracted: str | None, grader: str) -> list[dict[str, Any]]:
    if extracted is None:
        return []
    return [
        {
            "turn_idx": 0, "source": "output.raw", "extracted_value": extracted, "extraction_method": grader,
            "is_terminal": True,
        }
    ]  # fmt: skip


def _source(head: StoredRun) -> dict[str, Any]:
    name = _dataset(head)
    if name.startswith("gsm8k/"):
        return {"dataset_name": "GSM8K", "source_type": "hf_dataset", "hf_repo": GSM8K, "hf_split": name.split("/")[1]}
    return {"dataset_name": name, "source_type": "other"}


def _dataset(head: StoredRun) -> str:
    return str(head.spec.get("dataset") or "unknown")


def _model(head: StoredRun) -> str:
    return str(head.spec.get("model") or head.label)


def _result(head: StoredRun) -> str:
    return f"{_dataset(head)}/{head.primary_grader}"


def _texts(values: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in values.items() if value is not None}
