"""OLMES of AI2 (oe-eval): ``task-<n>-<task>-predictions.jsonl``, with its requests and metrics beside it.

The metrics of a problem are those of its first output, so that several outputs are graded here. Source:
``oe_eval/metrics/metric.py`` and ``oe_eval/run_eval.py`` (allenai/olmes, read in copies of it: yi-yvonne-yu/olmes,
commit 8cd2645, and davidheineman/olmes, commit 6e901a3).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evalsuite.errors import InputError
from evalsuite.records import StopReason
from evalsuite.store.imports.folder import below
from evalsuite.store.imports.json_files import in_row, json_lines, json_object
from evalsuite.store.imports.peek import Peek, peek
from evalsuite.store.imports.results import ForeignGrade, ForeignRun, ReadOptions, ResultRow
from evalsuite.store.imports.rollouts import foreign_grade
from evalsuite.store.imports.values import UnreadableValueError, identity, verdict, whole

__all__ = ["NAME", "read", "recognise"]

NAME = "olmes"
KEYS = ("doc_id", "native_id", "metrics", "model_output")
FILE = re.compile(r"^task-\d+-(?P<task>.+)-predictions\.jsonl$")
MATCHES = ("exact_match", "exact_match_flex", "exact_match_simple")
"""Metrics that judge one output; the others of a problem are of several, or of likelihoods."""


@dataclass(frozen=True, slots=True)
class _Beside:
    """What the metrics and the requests of the same task say."""

    primary: str | None = None
    spec: Mapping[str, Any] = field(default_factory=dict)
    cap: int | None = None
    questions: Mapping[str, str] = field(default_factory=dict)
    files: tuple[Path, ...] = ()


def recognise(peek_: Peek) -> bool:
    """Return whether a file has the columns, or a folder files of predictions."""
    if not peek_.is_folder:
        return peek_.has(*KEYS)
    return any(FILE.match(file.name) and peek(file).has(*KEYS) for file in peek_.files)


def read(path: Path, options: ReadOptions) -> Sequence[ForeignRun]:  # noqa: ARG001
    """Return one run for each task of generated texts."""
    files = [f for f in sorted(below(path, "*-predictions.jsonl")) if FILE.match(f.name)] if path.is_dir() else [path]
    runs = [_run(file) for file in files if _is_generated(file)]
    if not runs:
        raise InputError(f"{path} holds only multiple choice by likelihood, whose outputs are no texts to compare")
    return runs


def _is_generated(file: Path) -> bool:
    first = next(json_lines(file), None)
    outputs = [] if first is None else first[1].get("model_output") or []
    return any("continuation" in output for output in outputs)


def _run(file: Path) -> ForeignRun:
    beside = _beside(file)
    found = FILE.match(file.name)
    several, names, n_rows = 1, [], 0
    for _, row in json_lines(file):
        several = max(several, len(row.get("model_output") or ()))
        n_rows += max(1, len(row.get("model_output") or ()))
        names += [name for name in MATCHES if name in (row.get("metrics") or {}) and name not in names]
    primary = beside.primary if beside.primary in names else next(iter(names), None)
    notes = []
    if several > 1:
        notes.append(f"{several} outputs a problem -> completions, graded here: the metrics are of the first output")
        primary = None
    unknown = ["the model", "the token limit"] if beside.cap is None else []
    return ForeignRun(
        label=" ".join(str(part) for part in (beside.spec.get("model"), found["task"] if found else file.stem) if part),
        program="OLMES",
        rows=lambda: _rows(file, beside, names if several == 1 else []),
        files=(file, *beside.files),
        spec=beside.spec,
        primary_grader=None if primary is None else f"olmes/{primary}",
        n_rows=n_rows,
        notes=tuple(notes),
        unknown=tuple(unknown if beside.questions else ["the questions", *unknown]),
    )


def _beside(file: Path) -> _Beside:
    stem = file.name.removesuffix("-predictions.jsonl")
    metrics, requests = file.with_name(f"{stem}-metrics.json"), file.with_name(f"{stem}-requests.jsonl")
    said = json_object(metrics) if metrics.is_file() else {}
    task, model = said.get("task_config") or {}, said.get("model_config") or {}
    generation = task.get("generation_kwargs") or {}
    questions = {}
    if requests.is_file():
        for _, row in json_lines(requests):
            document = row.get("doc") or {}
            if isinstance(document, Mapping) and (asked := document.get("question") or document.get("query")):
                questions[identity(row.get("doc_id"))] = str(asked)
    cap = whole(generation.get("max_gen_toks"), "max_gen_toks")
    decoding = {"max_new_tokens": cap, "temperature": generation.get("temperature")}
    spec = {
        "model": model.get("model"),
        "dataset": said.get("task_name"),
        "decoding": {name: value for name, value in decoding.items() if value is not None} or None,
    }
    return _Beside(
        task.get("primary_metric"),
        {name: value for name, value in spec.items() if value is not None},
        cap,
        questions,
        tuple(f for f in (metrics, requests) if f.is_file()),
    )


def _rows(file: Path, beside: _Beside, names: Sequence[str]) -> Iterator[ResultRow]:
    for number, row in json_lines(file):
        with in_row(file, number):
            if row.get("doc_id") is None:
                raise UnreadableValueError("there is no doc_id")
            problem = identity(row["doc_id"])
            outputs = row.get("model_output") or []
            if not outputs:
                question = beside.questions.get(problem)
                yield ResultRow(problem, missing="error: no output", gold=_gold(row), question=question)
            for index, output in enumerate(outputs):
                yield _row(problem, index, output, row, beside, names)


def _row(
    problem: str,
    index: int,
    output: Mapping[str, Any],
    row: Mapping[str, Any],
    beside: _Beside,
    names: Sequence[str],
) -> ResultRow:
    metrics = row.get("metrics") or {}
    grades: dict[str, ForeignGrade] = {}
    for name in names:
        answer = output.get("model_answer_flex" if name == "exact_match_flex" else "model_answer")
        grade = foreign_grade(metrics.get(name), graded=False, extracted=str(answer) if answer else None)
        if grade is not None:
            grades[f"olmes/{name}"] = grade
    return ResultRow(
        problem_id=problem,
        completion_index=index,
        grades=grades,
        missing="error: no metric" if names and not grades else None,
        completion=output.get("continuation"),
        gold=_gold(row),
        question=beside.questions.get(problem),
        n_tokens=whole(output.get("num_tokens"), "num_tokens"),
        stop_reason=_stop(metrics.get("max_tokens_reached"), index),
        cap=beside.cap,
    )


def _stop(reached: Any, index: int) -> StopReason:
    """Return what OLMES made of the number of tokens, which it does for the first output alone."""
    said = verdict(reached) if index == 0 else None
    if said is None:
        return StopReason.UNKNOWN
    return StopReason.LENGTH if said else StopReason.STOP


def _gold(row: Mapping[str, Any]) -> str | None:
    label = row.get("label")
    return None if label is None else str(label)
