"""OpenAI's evals: a log of events, one a line, with the settings in the first line and the report in the last.

A sample is asked (``sampling``) and judged (``match``); a judge that is a model is asked in a further ``sampling``, and
says what it found in ``metrics``. Source: ``evals/record.py`` (openai/evals).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from evalsuite.errors import InputError
from evalsuite.store.imports.json_files import in_row, json_lines
from evalsuite.store.imports.peek import Peek, peek
from evalsuite.store.imports.readers.decided import decided
from evalsuite.store.imports.readers.graded_values import GradedValues
from evalsuite.store.imports.readers.labels import distinct
from evalsuite.store.imports.results import ForeignRun, ReadOptions, ResultRow
from evalsuite.store.imports.values import identity, texts, verdict

__all__ = ["NAME", "read", "recognise"]

NAME = "openai-evals"
EVENT = ("run_id", "event_id", "sample_id", "type", "data")
MATCH, METRICS = "openai-evals/match", "openai-evals/metrics"
METRIC_NAMES = ("score", "accuracy", "correct")


def recognise(look: Peek) -> bool:
    """Return whether `look` is a log of events, or a folder that holds one."""
    if look.is_folder:
        return any(recognise(peek(file)) for file in _logs(look.files)[:30])
    settings = look.first.get("spec") if look.has("spec") else None
    return look.has(*EVENT) or (isinstance(settings, Mapping) and {"completion_fns", "eval_name"} <= set(settings))


def _logs(files: Sequence[Path]) -> list[Path]:
    return [file for file in files if file.suffix == ".jsonl"]


def read(path: Path, options: ReadOptions) -> Sequence[ForeignRun]:
    """Return one run for each log; see `results.Reader.read`."""
    files = [f for f in _logs(peek(path).files) if recognise(peek(f))] if path.is_dir() else [path]
    logs = [_log(file) for file in files]
    labels = distinct([one.model for one in logs], [one.task for one in logs], [file.stem for file in files])
    return [_run(one, label, options) for one, label in zip(logs, labels, strict=True)]


@dataclass(slots=True)
class _Sample:
    """What the events say of one sample: each is judged once, or as often as it was asked."""

    asked: str | None = None
    gold: str | None = None
    said: list[str | None] = field(default_factory=list)
    judged: list[dict[str, tuple[bool | float, str | None]]] = field(default_factory=list)
    error: str | None = None


@dataclass(slots=True)
class _Log:
    file: Path
    model: str
    task: str
    samples: dict[str, _Sample] = field(default_factory=dict)
    graders: GradedValues = field(default_factory=GradedValues)


def _log(file: Path) -> _Log:
    log = _Log(file, file.stem, "")
    for number, row in json_lines(file):
        if isinstance(settings := row.get("spec"), Mapping):
            log.model, log.task = "+".join(settings["completion_fns"]), str(settings["eval_name"])
        if "data" in row and row.get("sample_id") is not None:
            with in_row(file, number):
                _take(log, row)
    if not log.samples:
        raise InputError(f"{file} holds no event of a sample")
    return log


def _take(log: _Log, row: Mapping[str, Any]) -> None:
    sample = log.samples.setdefault(identity(row["sample_id"]), _Sample())
    data = row["data"] if isinstance(row["data"], Mapping) else {}
    match row["type"]:
        case "sampling" if not sample.judged and not sample.said:
            sample.asked = _asked(data.get("prompt"))
            sample.said = list(texts(data.get("sampled")))
        case "match":
            expected = texts(data.get("expected"))
            sample.gold = expected[0] if len(set(expected)) == 1 else sample.gold
            _judge(log, sample, MATCH, data.get("correct"), data.get("picked"))
        case "metrics":
            value = next((data[name] for name in METRIC_NAMES if data.get(name) is not None), None)
            _judge(log, sample, METRICS, value, data.get("choice"))
        case "error":
            sample.error = str(data.get("message") or data.get("type") or "unknown")[:100]


def _judge(log: _Log, sample: _Sample, grader: str, value: Any, picked: Any) -> None:
    said = verdict(value)
    if said is None:
        return
    log.graders.add({grader: said})
    at = sum(grader in one for one in sample.judged)
    if at == len(sample.judged):
        sample.judged.append({})
    sample.judged[at][grader] = said, picked if isinstance(picked, str) else None


def _asked(prompt: Any) -> str | None:
    """Return the last turn of the user, or the prompt as it is."""
    if isinstance(prompt, list) and all(isinstance(turn, Mapping) for turn in prompt):
        turns = [turn.get("content") for turn in prompt if turn.get("role") == "user"]
        prompt = turns[-1] if turns else None
    return prompt if isinstance(prompt, str) else None


def _run(log: _Log, label: str, options: ReadOptions) -> ForeignRun:
    graders = log.graders
    run = ForeignRun(
        label=label,
        program="OpenAI evals",
        rows=partial(_rows, log),
        files=(log.file,),
        spec={key: value for key, value in {"model": log.model, "dataset": log.task}.items() if value},
        primary_grader=graders.primary,
        score_ranges=dict.fromkeys(graders.scores, options.score_range) if options.score_range else {},
        n_rows=sum(_n_completions(sample) for sample in log.samples.values()),
        notes=(f"events read as graders {', '.join(graders.verdicts)}; {graders.primary} is shown",)
        if graders.verdicts
        else (),
        unknown=("why a completion ended", "how many tokens a completion has", "the limit of tokens"),
    )
    return decided(run, graders.scores)


def _n_completions(sample: _Sample) -> int:
    return max(len(sample.judged), 1)


def _rows(log: _Log) -> Iterator[ResultRow]:
    primary = log.graders.primary
    for name, sample in log.samples.items():
        for index in range(_n_completions(sample)):
            judged = sample.judged[index] if index < len(sample.judged) else {}
            unscored = "not scored" if primary is not None and primary not in judged else None
            missing = f"error: {sample.error}" if sample.error else unscored
            yield ResultRow(
                problem_id=name,
                completion_index=index,
                grades={}
                if missing
                else {g: log.graders.grade(g, value, picked) for g, (value, picked) in judged.items()},
                missing=missing,
                # Several texts with one verdict: which of them was judged is not said.
                completion=sample.said[index] if len(sample.said) == _n_completions(sample) else None,
                gold=sample.gold,
                question=sample.asked,
            )
