"""Inspect: ``.eval`` archives and the same log as ``.json``.

An archive of a run that was stopped has no header yet, only its journal; the samples in it are read. Epochs count from
1 there and become completions from 0. Samples that ended in an error or at a limit are missing, even where Inspect
scored what was there. Inspect's own ``hf`` provider records no stop reason, and its number of tokens is that of the
padded batch: neither is taken over.

Read from inspect_ai 0.3.285: ``log/_log.py``, ``log/_recorders/eval.py``, ``scorer/_metric.py``,
``model/_providers/hf.py``.
"""

import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from evalsuite.errors import DataUnavailableError, InputError
from evalsuite.records import StopReason
from evalsuite.store.imports.json_files import json_document, opening, zip_documents
from evalsuite.store.imports.peek import Peek, peek
from evalsuite.store.imports.readers.decided import decided
from evalsuite.store.imports.readers.labels import distinct
from evalsuite.store.imports.results import ForeignGrade, ForeignRun, ReadOptions, ResultRow
from evalsuite.store.imports.values import UnreadableValueError, identity, is_missing, stop, verdict, whole

__all__ = ["NAME", "read", "recognise"]

NAME = "inspect"
ATTACHMENT = re.compile(r"attachment://([0-9a-f]{32})")
PADDED_PROVIDERS = ("hf",)
LOOKED_AT = 30
"""Files of a folder that are looked into before it is said to hold none of this program's."""
PARTIAL = 0.5
"""What Inspect counts for ``P`` (``scorer/_metric.py``, ``value_to_float``); ``N``, no answer, counts as wrong."""


def recognise(look: Peek) -> bool:
    """Return whether `look` is an Inspect log or a folder of them."""
    if look.is_folder:
        named = [file for file in look.files if file.suffix in (".eval", ".json")]
        return any(file.suffix == ".eval" for file in named) or any(recognise(peek(f)) for f in named[:LOOKED_AT])
    if look.suffix == ".eval":
        return True
    if look.suffix != ".json" or look.path.suffix == ".jsonl":
        return False
    # Logs are often too large for a first look: their first keys stand in this order.
    return look.has("status", "eval") or bool(re.match(r'\{"version":\d,"status":"\w+","eval":\{', opening(look.path)))


def _logs(files: Sequence[Path]) -> list[Path]:
    return [f for f in files if f.suffix in (".eval", ".json") and recognise(peek(f))]


def read(path: Path, options: ReadOptions) -> Sequence[ForeignRun]:
    """Return one run for each log; see `results.Reader.read`."""
    files = _logs(peek(path).files) if path.is_dir() else [path]
    logs = [_log(file) for file in files]
    kept = _newest(logs)
    left_out = tuple(
        f"{log.file.name} is an earlier attempt at the same task and was left out" for log in logs if log not in kept
    )
    runs = [_run(log, options) for log in kept]
    further = (
        [str(run.spec.get("dataset")) for run in runs],
        [log.task for log in kept],
        [log.file.stem for log in kept],
    )
    return [
        replace(run, label=label, notes=(*run.notes, *left_out))
        for run, label in zip(runs, distinct([run.label for run in runs], *further), strict=True)
    ]


@dataclass(frozen=True, slots=True)
class _Log:
    """A log without its samples."""

    file: Path
    header: Mapping[str, Any]
    finished: bool

    @property
    def spec(self) -> Mapping[str, Any]:
        """The ``eval`` object: task, model, settings."""
        spec = self.header.get("eval")
        return spec if isinstance(spec, Mapping) else {}

    @property
    def task(self) -> str:
        """Name of the task without its package."""
        return str(self.spec.get("task") or "task").rsplit("/", 1)[-1]

    def samples(self) -> Iterator[Mapping[str, Any]]:
        """Read the samples anew, a repeated one last, as Inspect counts it."""
        if self.file.suffix == ".json":
            yield from json_document(self.file).get("samples") or ()
            return
        try:
            with zipfile.ZipFile(self.file) as archive:
                names = [
                    n for n in dict.fromkeys(archive.namelist()) if n.startswith("samples/") and n.endswith(".json")
                ]
                yield from zip_documents(archive, names)
        except (OSError, zipfile.BadZipFile) as error:
            raise DataUnavailableError(f"cannot read {self.file}: {error}") from error


def _log(file: Path) -> _Log:
    if file.suffix == ".json":
        document = json_document(file)
        if not isinstance(document, Mapping):
            raise InputError(f"{file} is no Inspect log")
        header = {key: value for key, value in document.items() if key != "samples"}
        return _Log(file, header, header.get("status") == "success")
    try:
        with zipfile.ZipFile(file) as archive:
            there = [name for name in ("header.json", "_journal/start.json") if name in archive.namelist()]
            if not there:
                raise InputError(f"{file} holds neither header.json nor _journal/start.json: it is no Inspect log")
            header = next(zip_documents(archive, there[:1]))
    except (OSError, zipfile.BadZipFile) as error:
        raise DataUnavailableError(
            f"cannot read {file}: {error}. If the run was killed while it wrote, try: inspect log recover {file.name}"
        ) from error
    return _Log(file, header, header.get("status") == "success")


def _newest(logs: Sequence[_Log]) -> list[_Log]:
    """Return one log for each task_id: a retry writes a new log with it, and the samples of the old one."""
    newest: dict[str, _Log] = {}
    for log in sorted(logs, key=lambda log: (log.finished, str(log.spec.get("created")), log.file.name)):
        newest[str(log.spec.get("task_id") or log.file)] = log
    return [log for log in logs if any(log is one for one in newest.values())]


def _run(log: _Log, options: ReadOptions) -> ForeignRun:
    graders: dict[str, bool] = {}
    last: dict[tuple[str, int], int] = {}
    n_failed = n_failed_scored = n_read = 0
    scorers: set[str] = set()
    for n_read, sample in enumerate(log.samples(), 1):
        last[_key(log, sample)] = n_read
        scores = dict(_scores(sample))
        scorers |= {f"inspect/{scorer}" for scorer in sample.get("scores") or ()}
        for grader, (value, _) in scores.items():
            graders[grader] = graders.get(grader, True) and (isinstance(value, bool) or value is None)
        if _failure(sample):
            n_failed += 1
            n_failed_scored += any(value is not None for value, _ in scores.values())
    if not last:
        raise InputError(f"{log.file} holds no samples{_why_none(log)}")
    order = _order(log, graders)
    primary = next(iter([g for g in order if graders[g]] or order), None)
    padded = _provider(log) in PADDED_PROVIDERS
    unread = sorted(one for one in scorers if not any(g == one or g.startswith(f"{one}/") for g in graders))
    said = [f"{', '.join(unread)} not read: values that are no verdicts and no numbers"] if unread else []
    run = ForeignRun(
        label=str(log.spec.get("model") or log.file.stem).rsplit("/", 1)[-1],
        program=f"inspect_ai {_version(log)}".strip(),
        rows=partial(_rows, log, graders, primary, frozenset(last.values())),
        files=(log.file,),
        spec=_spec(log),
        primary_grader=primary,
        score_ranges=_ranges(log, graders, options),
        n_rows=len(last),
        notes=(*_notes(log, order, primary, n_read - len(last), n_failed, n_failed_scored, len(last)), *said),
        unknown=("why a completion ended", "how many tokens a completion has") if padded else (),
    )
    return decided(run, [g for g, is_verdict in graders.items() if not is_verdict])


def _key(log: _Log, sample: Mapping[str, Any]) -> tuple[str, int]:
    if "id" not in sample:
        raise InputError(f"{log.file} holds a sample without id")
    return identity(sample["id"]), whole(sample.get("epoch", 1), "epoch") or 1


def _scores(sample: Mapping[str, Any]) -> Iterator[tuple[str, tuple[bool | float | None, str | None]]]:
    """Yield value and answer by grader; logs of version 1 have one score without a name."""
    scores = sample.get("scores")
    if not isinstance(scores, Mapping):
        scores = {"score": sample["score"]} if isinstance(sample.get("score"), Mapping) else {}
    for scorer, score in scores.items():
        if not isinstance(score, Mapping):
            continue
        value, answer = score.get("value"), score.get("answer")
        members = value.items() if isinstance(value, Mapping) else (("", value),)
        for name, one in members:
            try:
                said = _value(one)
            except UnreadableValueError:
                continue
            yield f"inspect/{scorer}" + (f"/{name}" if name else ""), (said, None if answer is None else str(answer))


def _value(value: Any) -> bool | float | None:
    if value == "P":
        return PARTIAL
    return verdict(value)


def _failure(sample: Mapping[str, Any]) -> str | None:
    """Return why a sample has no result."""
    error, limit = sample.get("error"), sample.get("limit")
    if error:
        message = error.get("message") if isinstance(error, Mapping) else error
        return f"error: {str(message).strip().splitlines()[0][:100] if str(message).strip() else 'unknown'}"
    if limit:
        return f"limit: {limit.get('type') if isinstance(limit, Mapping) else limit}"
    return None


def _rows(log: _Log, graders: Mapping[str, bool], primary: str | None, kept: frozenset[int]) -> Iterator[ResultRow]:
    cap, padded = _cap(log), _provider(log) in PADDED_PROVIDERS
    for position, sample in enumerate(log.samples(), 1):
        if position not in kept:
            continue
        problem_id, epoch = _key(log, sample)
        output = sample.get("output")
        output = output if isinstance(output, Mapping) else {}
        choices = output.get("choices") or [{}]
        reason, detail, failed = stop(choices[0].get("stop_reason"))
        grades = {g: _grade(value, answer, graders[g]) for g, (value, answer) in _scores(sample) if value is not None}
        missing = _failure(sample) or (f"error: {detail}" if failed else None)
        if missing is None and primary is not None and primary not in grades:
            missing = "not scored"
        usage = output.get("usage")
        n_tokens = usage.get("output_tokens") if isinstance(usage, Mapping) and not padded else None
        yield ResultRow(
            problem_id=problem_id,
            completion_index=max(epoch - 1, 0),
            grades={} if missing else grades,
            missing=missing,
            completion=_completion(output, choices[0], sample),
            gold=_gold(sample),
            question=_question(sample),
            n_tokens=whole(n_tokens, "output_tokens"),
            stop_reason=StopReason.UNKNOWN if padded else reason,
            stop_detail=detail,
            cap=cap,
        )


def _grade(value: bool | float | None, answer: str | None, is_verdict: bool) -> ForeignGrade:
    if is_verdict:
        return ForeignGrade(bool(value), answer)
    return ForeignGrade(None, answer, float(value or 0))


def _completion(output: Mapping[str, Any], choice: Mapping[str, Any], sample: Mapping[str, Any]) -> str | None:
    text = output.get("completion")
    message = choice.get("message")
    if not isinstance(text, str) or (not text and isinstance(message, Mapping)):
        text = _content(message.get("content")) if isinstance(message, Mapping) else None
    return _resolved(text, sample)


def _content(content: Any) -> str | None:
    """Return the text of a message; reasoning and images beside it are no part of the answer."""
    if isinstance(content, list):
        parts = [part.get("text") for part in content if isinstance(part, Mapping) and part.get("type") == "text"]
        return "\n".join(str(part) for part in parts)
    return content if isinstance(content, str) else None


def _resolved(text: str | None, sample: Mapping[str, Any]) -> str | None:
    """Return a text with its attachments, under which Inspect keeps long texts once."""
    attachments = sample.get("attachments")
    if text is None or not isinstance(attachments, Mapping):
        return text
    return ATTACHMENT.sub(lambda found: str(attachments.get(found[1], found[0])), text)


def _question(sample: Mapping[str, Any]) -> str | None:
    asked = sample.get("input")
    if isinstance(asked, list):
        turns = [m.get("content") for m in asked if isinstance(m, Mapping) and m.get("role") == "user"]
        asked = _content(turns[-1]) if turns else None
    return _resolved(asked, sample) if isinstance(asked, str) else None


def _gold(sample: Mapping[str, Any]) -> str | None:
    target = sample.get("target")
    if isinstance(target, list):
        target = target[0] if len(target) == 1 else None
    return _resolved(None if is_missing(target) else str(target), sample)


def _order(log: _Log, graders: Mapping[str, bool]) -> list[str]:
    """Return the graders, those that the log's results name first in their order."""
    results = log.header.get("results")
    listed = results.get("scores") if isinstance(results, Mapping) else None
    names = [f"inspect/{one.get('name')}" for one in listed or () if isinstance(one, Mapping)]
    return list(dict.fromkeys([*(name for name in names if name in graders), *graders]))


def _ranges(log: _Log, graders: Mapping[str, bool], options: ReadOptions) -> dict[str, tuple[float, float]]:
    scored = [grader for grader, is_verdict in graders.items() if not is_verdict]
    if options.score_range:
        return dict.fromkeys(scored, options.score_range)
    # C, P, I and N are 1, 1/2 and 0 by definition; what a numeric score can be, no log says.
    letters = dict.fromkeys(scored, True)
    for sample in log.samples() if scored else ():
        for grader, (value, _) in _scores(sample):
            if grader in letters and value is not None and value not in (0, PARTIAL, 1):
                letters[grader] = False
    return {grader: (0.0, 1.0) for grader, only in letters.items() if only}


def _notes(
    log: _Log, order: Sequence[str], primary: str | None, n_repeated: int, n_failed: int, n_failed_scored: int, n: int
) -> Iterator[str]:
    if order:
        yield f"scorers of {log.task} read as graders {', '.join(order)}" + (
            f"; {primary} is shown" if len(order) > 1 else ""
        )
    if n_failed:
        yield f"{n_failed} samples ended in an error or at a limit: missing, though {n_failed_scored} have a score"
    if n_repeated:
        yield f"{n_repeated} samples are in the log again: the last of each is kept"
    reduced = [one for one in _reducers(log) if one != "mean"]
    if reduced:
        yield f"the log's own results reduce epochs by {', '.join(reduced)}; here each epoch is a completion"
    planned = _planned(log)
    if not log.finished:
        status = log.header.get("status") or "unfinished"
        yield f"the log's status is {status}: {n} of {planned or 'an unknown number of'} samples are there"


def _reducers(log: _Log) -> list[str]:
    """Return how the log's own results put the epochs of a sample together."""
    config = log.spec.get("config")
    reducers = config.get("epochs_reducer") if isinstance(config, Mapping) else None
    return [str(one) for one in ([reducers] if isinstance(reducers, str) else reducers or ())]


def _planned(log: _Log) -> int | None:
    dataset, config = log.spec.get("dataset"), log.spec.get("config")
    n = dataset.get("samples") if isinstance(dataset, Mapping) else None
    ids = dataset.get("sample_ids") if isinstance(dataset, Mapping) else None
    epochs = config.get("epochs") if isinstance(config, Mapping) else None
    n = len(ids) if isinstance(ids, list) and ids else n
    return n * (epochs or 1) if isinstance(n, int) else None


def _why_none(log: _Log) -> str:
    config = log.spec.get("config")
    if isinstance(config, Mapping) and config.get("log_samples") is False:
        return ": run it again without --no-log-samples"
    return f", its status is {log.header.get('status') or 'unfinished'}"


def _provider(log: _Log) -> str:
    return str(log.spec.get("model") or "").split("/", 1)[0]


def _version(log: _Log) -> str:
    packages = log.spec.get("packages")
    return str(packages.get("inspect_ai") or "") if isinstance(packages, Mapping) else ""


def _generation(log: _Log) -> Mapping[str, Any]:
    """Return the settings of generation: those of the model, else of the plan."""
    plan = log.header.get("plan")
    planned = plan.get("config") if isinstance(plan, Mapping) else None
    own = log.spec.get("model_generate_config")
    merged = {**(planned if isinstance(planned, Mapping) else {}), **(own if isinstance(own, Mapping) else {})}
    return {key: value for key, value in merged.items() if value is not None}


def _cap(log: _Log) -> int | None:
    return whole(_generation(log).get("max_tokens"), "max_tokens")


def _spec(log: _Log) -> dict[str, Any]:
    settings, dataset = _generation(log), log.spec.get("dataset")
    decoding = {"max_new_tokens": _cap(log), **{key: settings.get(key) for key in ("temperature", "top_p", "seed")}}
    kept = {
        key: log.spec.get(key) for key in ("task_version", "task_args", "solver", "solver_args", "config", "revision")
    }
    spec = {
        "model": log.spec.get("model"),
        "template": f"inspect {log.task}",
        "dataset": (dataset.get("name") if isinstance(dataset, Mapping) else None) or log.task,
        "decoding": {key: value for key, value in decoding.items() if value is not None},
        "engine": _provider(log) or None,
        "inspect": {key: value for key, value in kept.items() if value not in (None, {}, [])},
    }
    return {key: value for key, value in spec.items() if value not in (None, {})}
