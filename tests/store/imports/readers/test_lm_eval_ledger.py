"""lm-eval-ledger's SQLite file, made by the statements of its source (`db.py`)."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from harness_logs import by_problem, read, verdicts

from evalsuite.errors import InputError
from evalsuite.records import StopReason
from evalsuite.store.imports.formats import reader_for

SCHEMA = """
CREATE TABLE runs (run_id INTEGER PRIMARY KEY, run_name TEXT NOT NULL, started_at TEXT NOT NULL, harness_version TEXT,
    config_yaml TEXT, source_yaml TEXT);
CREATE TABLE benchmarks (benchmark_id INTEGER PRIMARY KEY, run_id INTEGER NOT NULL REFERENCES runs(run_id),
    model_tag TEXT NOT NULL, model TEXT NOT NULL, task TEXT NOT NULL, fewshot_k INTEGER, eval_mode TEXT, pass_k INTEGER,
    total_examples INTEGER, correct REAL, accuracy REAL, no_answer_count INTEGER, stop_reason_counts TEXT,
    duration_seconds REAL, timestamp TEXT, temperature REAL, top_p REAL, max_tokens INTEGER, error TEXT,
    verifier_model TEXT, verifier_mode TEXT, verified_correct REAL, verified_accuracy REAL, samples_bytes INTEGER,
    gen_tokens INTEGER, gen_seconds REAL, started_at TEXT);
CREATE TABLE samples (sample_pk INTEGER PRIMARY KEY, benchmark_id INTEGER NOT NULL REFERENCES benchmarks(benchmark_id),
    model_tag TEXT, sample_id TEXT, prompt TEXT, prompt_full TEXT, gold TEXT, gold_data TEXT, responses TEXT,
    score REAL, verifier_verdicts TEXT, verified_score REAL, image_ids TEXT,
    extracted TEXT GENERATED ALWAYS AS (json_extract(responses, '$[0].extracted')) VIRTUAL,
    stop_reason TEXT GENERATED ALWAYS AS (json_extract(responses, '$[0].stop_reason')) VIRTUAL);
"""


def response(correct: float, stop: str = "stop:-", text: str = "so 4", **other: Any) -> dict[str, Any]:
    return {"text": text, "extracted": "4", "stop_reason": stop, "correct": correct, "tokens": 7} | other


def ledger(file: Path, benchmarks: dict[str, list[list[dict[str, Any]]]], accuracy: float | None = 0.5) -> Path:
    """Write one benchmark a model: its samples, each a list of responses."""
    with closing(sqlite3.connect(file)) as database, database:
        database.executescript(SCHEMA)
        database.execute("INSERT INTO runs VALUES (1, 'first', '2026', '0.1.3', '', NULL)")
        for number, (model, samples) in enumerate(benchmarks.items(), 1):
            database.execute(
                """INSERT INTO benchmarks (benchmark_id, run_id, model_tag, model, task, fewshot_k, accuracy,
                                           temperature, max_tokens) VALUES (?, 1, ?, ?, 'gsm8k', 5, ?, 0.0, 512)""",
                (number, model, f"me/{model}", accuracy),
            )
            for i, responses in enumerate(samples):
                database.execute(
                    """INSERT INTO samples (benchmark_id, sample_id, prompt, gold, responses, score)
                       VALUES (?, ?, ?, '4', ?, ?)""",
                    (
                        number,
                        f"gsm8k-{i}",
                        f"Question {i}?",
                        json.dumps(responses),
                        max(r["correct"] for r in responses),
                    ),
                )
    return file


def test_each_benchmark_is_a_run(tmp_path: Path) -> None:
    samples = [[response(1.0)], [response(0.0, "length:-")]]
    base, grpo = read(ledger(tmp_path / "ledger.db", {"base": samples, "grpo": samples[:1]}), "lm-eval-ledger")
    assert (base.label, grpo.label) == ("base", "grpo")
    assert verdicts(base) == {("gsm8k-0", 0): True, ("gsm8k-1", 0): False}
    row = by_problem(base)["gsm8k-1"]
    assert (row.completion, row.question, row.gold, row.n_tokens, row.stop_reason, row.cap) == (
        "so 4", "Question 1?", "4", 7, StopReason.LENGTH, 512,
    )  # fmt: skip
    assert base.spec["template"] == "lm-eval-ledger gsm8k, 5 shots"
    assert len(read(tmp_path, "lm-eval-ledger")) == 2


def test_responses_have_their_own_verdicts(tmp_path: Path) -> None:
    (run,) = read(ledger(tmp_path / "a.db", {"base": [[response(0.0), response(1.0)]]}), "lm-eval-ledger")
    assert verdicts(run) == {("gsm8k-0", 0): False, ("gsm8k-0", 1): True}


def test_a_failure_of_the_scorer_is_no_wrong_answer(tmp_path: Path) -> None:
    samples = [[response(1.0)], [response(0.0, "error:scoring:ValueError")]]
    (run,) = read(ledger(tmp_path / "a.db", {"base": samples}), "lm-eval-ledger")
    assert [row.missing for row in run.rows()] == [None, "error: scoring:ValueError"]


def test_an_unfinished_benchmark_is_read_as_far_as_it_is(tmp_path: Path) -> None:
    (run,) = read(ledger(tmp_path / "a.db", {"base": [[response(1.0)]]}, accuracy=None), "lm-eval-ledger")
    assert any("unfinished: 1 samples" in note for note in run.notes)


def test_likelihoods_are_no_texts(tmp_path: Path) -> None:
    (run,) = read(
        ledger(tmp_path / "a.db", {"base": [[response(1.0, "logprob_token", '{"A": -1.0}')]]}), "lm-eval-ledger"
    )
    (row,) = run.rows()
    assert (row.completion, row.stop_reason, row.cap) == (None, StopReason.UNKNOWN, None)


def test_a_sample_written_twice_counts_once(tmp_path: Path) -> None:
    file = ledger(tmp_path / "a.db", {"base": [[response(0.0)], [response(1.0)]]})
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("UPDATE samples SET sample_id = 'gsm8k-0'")
    (run,) = read(file, "lm-eval-ledger")
    assert verdicts(run) == {("gsm8k-0", 0): True}


def test_another_database_is_not_recognised(tmp_path: Path) -> None:
    file = tmp_path / "a.db"
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("CREATE TABLE runs (a)")
    assert reader_for(file).NAME != "lm-eval-ledger"
    ledger(tmp_path / "b.db", {"base": []})
    with pytest.raises(InputError, match="holds no samples"):
        read(tmp_path / "b.db", "lm-eval-ledger")


def test_a_verdict_that_is_no_number_is_missing_or_refused(tmp_path: Path) -> None:
    words = [response(1.0), response(0.0) | {"correct": "C"}, response(0.0) | {"correct": None}]
    for one in words:
        one.setdefault("correct", 0.0)
    file = ledger(tmp_path / "a.db", {"base": [[response(1.0)]]})
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("UPDATE samples SET responses = ?", (json.dumps(words),))
    (run,) = read(file, "lm-eval-ledger")
    assert [row.missing for row in run.rows()] == [None, "not scored", "not scored"]
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("""UPDATE samples SET responses = '[{"correct": 1e400}]'""")
    with pytest.raises(InputError, match="row gsm8k-0: correct must be a number, got inf"):
        read(file, "lm-eval-ledger")
