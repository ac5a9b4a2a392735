"""lm-eval-ledger: an SQLite file, one run for each model and task in it.

Samples are written while the program runs, so that an unfinished benchmark is read as far as it is. The ``pass_k``
responses of a sample are completions with their own verdicts; the sample's score is the best of them and is not used.

Read from lm-eval-ledger 0.1.3: ``db.py``, ``runner.py``.
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

from evalsuite.errors import DataUnavailableError, InputError
from evalsuite.store.imports.json_files import in_row
from evalsuite.store.imports.peek import Peek, peek
from evalsuite.store.imports.readers.decided import decided
from evalsuite.store.imports.readers.graded_values import GradedValues
from evalsuite.store.imports.readers.labels import distinct
from evalsuite.store.imports.results import ForeignRun, ReadOptions, ResultRow
from evalsuite.store.imports.values import number, stop, whole

__all__ = ["NAME", "read", "recognise"]

NAME = "lm-eval-ledger"
SUFFIXES = (".db", ".sqlite", ".sqlite3")
MAGIC = b"SQLite format 3\x00"
TABLES = {"runs", "benchmarks", "samples"}
GRADER = "lm-eval-ledger"
LIKELIHOODS = ("logprob_token", "logprob_seq")


def recognise(look: Peek) -> bool:
    """Return whether `look` is an SQLite file with the program's tables, or a folder with one."""
    if look.is_folder:
        return any(recognise(peek(file)) for file in look.files if file.suffix in SUFFIXES)
    if look.path.suffix not in SUFFIXES:
        return False
    try:
        with look.path.open("rb") as file:
            if file.read(len(MAGIC)) != MAGIC:
                return False
        with closing(_opened(look.path)) as database:
            names = {row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    except (OSError, sqlite3.Error):
        return False
    return names >= TABLES


def _opened(file: Path) -> sqlite3.Connection:
    database = sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)
    database.row_factory = sqlite3.Row
    return database


def read(path: Path, options: ReadOptions) -> Sequence[ForeignRun]:
    """Return one run for each benchmark with samples; see `results.Reader.read`."""
    files = [f for f in peek(path).files if recognise(peek(f))] if path.is_dir() else [path]
    found = [(file, benchmark) for file in files for benchmark in _benchmarks(file)]
    if not found:
        raise InputError(f"{path} holds no samples")
    words = ("task", "fewshot_k", "run_name", "timestamp", "benchmark_id")
    labels = distinct([str(b["model_tag"]) for _, b in found], *([str(b[w]) for _, b in found] for w in words))
    return [_run(file, benchmark, label, options) for (file, benchmark), label in zip(found, labels, strict=True)]


def _benchmarks(file: Path) -> list[dict[str, Any]]:
    """Return the benchmarks that have samples: columns of ``benchmarks``, ``run_name`` and ``harness_version``."""
    try:
        with closing(_opened(file)) as database:
            rows = database.execute(
                """SELECT b.*, r.run_name, r.harness_version
                   FROM benchmarks b JOIN runs r USING (run_id)
                   WHERE EXISTS (SELECT 1 FROM samples s WHERE s.benchmark_id = b.benchmark_id)
                   ORDER BY b.benchmark_id"""
            )
            return [dict(row) for row in rows]
    except sqlite3.Error as error:
        raise DataUnavailableError(f"cannot read {file}: {error}") from error


def _samples(file: Path, benchmark_id: int) -> Iterator[tuple[str, sqlite3.Row, list[Mapping[str, Any]]]]:
    """Yield id, row and responses; of a sample that is there twice, the last, as it was written later."""
    try:
        with closing(_opened(file)) as database:
            rows = database.execute(
                """SELECT * FROM samples
                   WHERE sample_pk IN (SELECT max(sample_pk) FROM samples WHERE benchmark_id = ? GROUP BY sample_id)
                   ORDER BY sample_pk""",
                [benchmark_id],
            )
            for row in rows:
                responses = json.loads(row["responses"] or "[]")
                yield str(row["sample_id"]), row, [one for one in responses if isinstance(one, Mapping)]
    except (sqlite3.Error, ValueError) as error:
        raise DataUnavailableError(f"cannot read {file}: {error}") from error


def _run(file: Path, benchmark: Mapping[str, Any], label: str, options: ReadOptions) -> ForeignRun:
    graders, n_rows, n_samples = GradedValues(), 0, 0
    for _, row, responses in _samples(file, benchmark["benchmark_id"]):
        n_rows, n_samples = n_rows + max(len(responses), 1), n_samples + 1
        for response in responses:
            with in_row(file, str(row["sample_id"])):
                graders.add(_values(row, response, len(responses)))
    notes = []
    if benchmark.get("accuracy") is None:
        notes.append(f"the benchmark is unfinished: {n_samples} samples are there")
    if benchmark.get("error"):
        notes.append(f"the benchmark ended in an error: {benchmark['error']}")
    if n_rows > n_samples:
        notes.append(f"{n_rows / n_samples:g} responses a sample read as completions, each with its own verdict")
    decoding = {
        "max_new_tokens": benchmark.get("max_tokens"),
        **{key: benchmark.get(key) for key in ("temperature", "top_p")},
    }
    shots = benchmark.get("fewshot_k")
    run = ForeignRun(
        label=label,
        program=f"lm-eval-ledger {benchmark.get('harness_version') or ''}".strip(),
        rows=partial(_rows, file, benchmark, graders),
        files=(file,),
        spec={
            "model": benchmark["model"],
            "template": f"lm-eval-ledger {benchmark['task']}" + (f", {shots} shots" if shots is not None else ""),
            "dataset": benchmark["task"],
            "decoding": {key: value for key, value in decoding.items() if value is not None},
        },
        primary_grader=GRADER if GRADER in graders.verdicts else graders.primary,
        score_ranges=dict.fromkeys(graders.scores, options.score_range or (0.0, 1.0)),
        n_rows=n_rows,
        notes=tuple(notes),
        unknown=(),
    )
    return decided(run, graders.scores)


def _values(row: sqlite3.Row, response: Mapping[str, Any], n_responses: int) -> dict[str, bool | float]:
    """Return values by grader; one that failed to score says 0 in the file, and nothing here."""
    said = response.get("correct")
    values: dict[str, bool | float] = {}
    said = number(said, "correct") if isinstance(said, (bool, int, float)) else None
    if said is not None and not str(response.get("stop_reason")).startswith("error"):
        values[GRADER] = said
    if n_responses == 1 and isinstance(verified := row["verified_score"], (int, float)):
        values[f"{GRADER}/verified"] = float(verified)
    return values


def _rows(file: Path, benchmark: Mapping[str, Any], graders: GradedValues) -> Iterator[ResultRow]:
    cap = whole(benchmark.get("max_tokens"), "max_tokens")
    for sample_id, row, responses in _samples(file, benchmark["benchmark_id"]):
        for index, response in enumerate(responses or [{}]):
            word = str(response.get("stop_reason") or "")
            rated = word in LIKELIHOODS
            reason, detail, failed = stop(None if rated else word.split(":", 1)[0])
            values = _values(row, response, len(responses))
            extracted = response.get("extracted") or None
            missing = f"error: {word.partition(':')[2] or detail}" if failed else None if values else "not scored"
            yield ResultRow(
                problem_id=sample_id,
                completion_index=index,
                grades={}
                if missing
                else {g: graders.grade(g, value, extracted and str(extracted)) for g, value in values.items()},
                missing=missing,
                completion=None if rated else response.get("text"),
                gold=row["gold"],
                question=row["prompt"],
                n_tokens=whole(response.get("tokens"), "tokens"),
                stop_reason=reason,
                stop_detail=detail,
                cap=None if rated else cap,
            )
