"""lm-evaluation-harness: ``samples_<task>_<date>.jsonl``, with ``results_<date>.json`` of the same run beside it.

The program writes one row for each document *and filter*: strict-match and flexible-extract of GSM8K are two verdicts
on one text. Here filters become graders and repeats become completions; `lm_eval_samples` puts the rows together.

Read from lm_eval 0.4.0 to 0.5: ``loggers/evaluation_tracker.py``, ``evaluator.py``, ``result_schema.py``.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from evalsuite.errors import InputError
from evalsuite.store.imports.json_files import json_document
from evalsuite.store.imports.peek import Peek, peek
from evalsuite.store.imports.readers.decided import decided
from evalsuite.store.imports.readers.labels import distinct
from evalsuite.store.imports.readers.lm_eval_samples import Samples, cap, settings_of
from evalsuite.store.imports.results import ForeignRun, ReadOptions

__all__ = ["NAME", "read", "recognise"]

NAME = "lm-eval"
SAMPLES_NAME = re.compile(r"samples_(?P<task>.+?)_(?P<date>\d{4}-\d\d-\d\dT[^_]+?)\.jsonl(\.gz|\.zst)?$")
RESULTS_NAME = re.compile(r"(?P<stem>.+?)_(?P<date>\d{4}-\d\d-\d\dT[^_]+?)\.json(\.gz|\.zst)?$")
DEFAULT_CAP = 256
CAPPED_BY_DEFAULT = ("hf", "vllm", "sglang", "local-completions", "local-chat-completions", "openai-completions")
"""Models whose limit is `DEFAULT_CAP` where nothing else gives one (``lm_eval/defaults.py``)."""
ROUNDING = 1e-6
LOOKED_AT = 30
"""Files of a folder that are looked into before it is said to hold none of this program's."""


def recognise(look: Peek) -> bool:
    """Return whether `look` is a samples or results file of the program, or a folder that holds one."""
    if look.is_folder:
        named = [f for f in look.files if SAMPLES_NAME.match(f.name)] or [
            f for f in look.files if f.suffix == ".jsonl" or (f.suffix == ".json" and f.name.startswith("results"))
        ]
        return any(recognise(peek(file)) for file in named[:LOOKED_AT])
    return _are_samples(look) or _is_summary(look)


def _are_samples(look: Peek) -> bool:
    texts = look.keys & {"resps", "filtered_resps"}
    return look.has("doc_id", "target") and bool(texts) and (look.has("doc") or len(texts) == 2)


def _is_summary(look: Peek) -> bool:
    own = {"n-shot", "configs", "task_hashes", "git_hash", "bootstrap_iters"}
    first = look.first if isinstance(look.first, Mapping) else {}
    config = first.get("config")
    return (
        look.has("results")
        and "config_general" not in look.keys
        and (bool(look.keys & own) or (isinstance(config, Mapping) and "bootstrap_iters" in config))
    )


def read(path: Path, options: ReadOptions) -> Sequence[ForeignRun]:
    """Return one run for each task and model; see `results.Reader.read`."""
    tasks, left_out = _found(path)
    if not tasks:
        raise InputError(
            f"{path} holds only the averages of lm-evaluation-harness, and no problem can be compared by them: "
            f"run it again with --log_samples, which writes samples_*.jsonl beside the results"
        )
    runs: list[ForeignRun] = []
    refused: list[InputError] = []
    for task in tasks:
        try:
            runs.append(_run(task, options))
        except InputError as error:
            refused.append(error)
    if not runs:
        raise refused[0]
    notes = (*left_out, *(f"left out: {error}" for error in refused))
    further = (
        [str(run.spec["dataset"]) for run in runs],
        [run.files[0].parent.name for run in runs],
        [run.files[0].name for run in runs],
    )
    labels = distinct([run.label for run in runs], *further)
    return [replace(run, label=label, notes=(*run.notes, *notes)) for run, label in zip(runs, labels, strict=True)]


@dataclass(frozen=True, slots=True)
class _Task:
    """The samples of one task, and what the results beside them say."""

    file: Path
    name: str
    date: str
    summary: Mapping[str, Any] = field(default_factory=dict)
    summary_file: Path | None = None

    def said(self, key: str) -> Any:
        """Return what the results say of this task under `key`, such as its number of shots."""
        by_task = self.summary.get(key)
        return by_task.get(self.name) if isinstance(by_task, Mapping) else None

    @property
    def config(self) -> Mapping[str, Any]:
        """How the program was called."""
        config = self.summary.get("config")
        return config if isinstance(config, Mapping) else {}


def _found(path: Path) -> tuple[list[_Task], list[str]]:
    """Return the newest samples of each task in each folder, and what was left out."""
    if path.is_dir():
        files = peek(path).files
        samples = [f for f in files if SAMPLES_NAME.match(f.name)]
        samples = samples or [f for f in files if f.suffix == ".jsonl" and _are_samples(peek(f))]
    elif _is_summary(peek(path)):
        date = RESULTS_NAME.match(path.name)
        beside = sorted(path.parent.glob("samples_*.jsonl*"))
        samples = [f for f in beside if not date or f"_{date['date']}.jsonl" in f.name]
    else:
        samples = [path]
    newest: dict[tuple[Path, str], _Task] = {}
    left_out = []
    for task in sorted(map(_task, samples), key=lambda task: (str(task.file.parent), task.name, task.date)):
        older = newest.get((task.file.parent, task.name))
        if older is not None:
            left_out.append(f"{older.file.name} is an earlier evaluation in the same folder and was left out")
        newest[task.file.parent, task.name] = task
    return list(newest.values()), left_out


def _task(file: Path) -> _Task:
    named = SAMPLES_NAME.match(file.name)
    summaries = []
    for candidate in sorted(file.parent.glob("*.json")):
        dated = RESULTS_NAME.match(candidate.name)
        if named and dated and dated["date"] == named["date"]:
            summaries = [candidate]
            break
        if candidate.name.startswith("results") and not (named and dated):
            summaries.append(candidate)
    for candidate in reversed(summaries):
        document = json_document(candidate)
        if not isinstance(document, Mapping) or not isinstance(document.get("results"), Mapping):
            continue
        known = [str(name) for name in document["results"]]
        # Files of before samples_*: <model arguments>_<task>.jsonl, with the tasks in results.json.
        name = named["task"] if named else max((n for n in known if file.stem.endswith(n)), key=len, default="")
        if name or len(known) == 1:
            return _Task(file, name or known[0], named["date"] if named else "", document, candidate)
    return _Task(file, named["task"] if named else file.stem, named["date"] if named else "")


def _run(task: _Task, options: ReadOptions) -> ForeignRun:
    samples = Samples.of(task.file, _filters(task))
    if not samples.measures and not samples.has_text:
        raise InputError(f"{task.file}: the task {task.name} gives no verdict for single problems, only likelihoods")
    default, from_where = _default_cap(task)
    limit = cap(samples.first, default) if samples.has_text else None
    assumed = [from_where] if limit is not None and cap(samples.first, None) is None else []
    scored = [grader for grader, measure in samples.measures.items() if not measure.is_verdict]
    run = ForeignRun(
        label=_model(task)[1],
        program=f"lm-evaluation-harness {task.summary.get('lm_eval_version') or ''}".strip(),
        rows=partial(samples.rows, default),
        files=(task.file, *([task.summary_file] if task.summary_file else [])),
        spec=_spec(task, samples.first, limit),
        primary_grader=samples.primary,
        score_ranges=dict.fromkeys(scored, options.score_range) if options.score_range else {},
        n_rows=samples.n_rows,
        notes=(*samples.notes, *_said(task, samples), *assumed, *_differences(task, samples)),
        unknown=("why a completion ended", "how many tokens a completion has") if samples.has_text else (),
    )
    return decided(run, scored)


def _filters(task: _Task) -> list[str]:
    """Return the task's filters in order, for old files that do not name them in their rows."""
    scores = task.said("results")
    names = [str(key).split(",", 1)[1] for key in scores or () if "," in str(key) and "_stderr" not in str(key)]
    return list(dict.fromkeys(names))


def _said(task: _Task, samples: Samples) -> Iterator[str]:
    if samples.measures:
        filters = dict.fromkeys(measure.filter for measure in samples.measures.values())
        yield f"task {task.name}: filter {', '.join(filters)} read as grader {', '.join(samples.measures)}"
    if len(samples.measures) > 1 and samples.primary:
        yield f"{samples.primary} is shown, as the first"
    n_repeats = samples.n_rows // len(samples.documents)
    if n_repeats > 1 and samples.primary is None:
        yield f"{n_repeats} repeats read as completions; no filter grades each of them, so that they are graded here"
    if not samples.has_text:
        yield "decided by log-likelihoods: there are verdicts and no texts"


def _differences(task: _Task, samples: Samples) -> Iterator[str]:
    """Yield where the mean of the rows is not what the results beside them say."""
    scores = task.said("results")
    if not isinstance(scores, Mapping) or task.summary_file is None:
        return
    for grader, measure in samples.measures.items():
        said, mean = scores.get(f"{measure.metric},{measure.filter}", scores.get(measure.metric)), samples.mean(grader)
        if isinstance(said, (int, float)) and abs(said - mean) > ROUNDING:
            yield f"{grader}: the mean of the rows is {mean:.4f}, {task.summary_file.name} says {said:.4f}"


def _default_cap(task: _Task) -> tuple[int | None, str]:
    """Return the limit of rows that give none, and where it is from."""
    said = _model_args(task).get("max_gen_toks")
    if said is not None and str(said).isdigit():
        return int(said), f"limit of {said} tokens from model_args"
    if str(task.config.get("model") or task.summary.get("model_source")) in CAPPED_BY_DEFAULT:
        return (
            DEFAULT_CAP,
            f"no max_gen_toks in the rows: the program's default of {DEFAULT_CAP} tokens is taken as limit",
        )
    return None, ""


def _model_args(task: _Task) -> Mapping[str, Any]:
    args = task.config.get("model_args")
    if isinstance(args, Mapping):
        return args
    pairs = (part.split("=", 1) for part in str(args or "").split(",") if "=" in part)
    return {key.strip(): value for key, value in pairs}


def _model(task: _Task) -> tuple[str, str]:
    """Return the model's full name and a short one, that of its adapter where it has one."""
    args = _model_args(task)
    named = task.summary.get("model_name") or args.get("pretrained") or args.get("model") or args.get("path")
    full = str(named or task.file.parent.name or task.name)
    short = str(args.get("peft") or args.get("lora_local_path") or full).rstrip("/")
    return full, short.rsplit("/", 1)[-1]


def _spec(task: _Task, row: Mapping[str, Any], limit: int | None) -> dict[str, Any]:
    """Return what the results say of model, prompt and decoding."""
    settings = settings_of(row)
    config = task.said("configs")
    shots = task.said("n-shot")
    if shots is None and isinstance(config, Mapping):
        shots = config.get("num_fewshot")
    chat = bool(task.summary.get("chat_template"))
    words = [
        f"lm-eval {task.name}",
        *([f"{shots} shots"] if shots is not None else []),
        *(["chat template"] if chat else []),
    ]
    sampled = bool(settings.get("do_sample"))
    decoding = {"max_new_tokens": limit, "temperature": settings.get("temperature", 1.0) if sampled else 0.0}
    kept = {
        key: task.summary.get(key)
        for key in ("chat_template_sha", "system_instruction_sha", "fewshot_as_multiturn", "git_hash")
    }
    kept |= {
        key: task.config.get(key)
        for key in ("random_seed", "numpy_seed", "torch_seed", "fewshot_seed", "limit", "batch_size")
    }
    kept |= {"num_fewshot": shots, "until": settings.get("until"), "task_version": task.said("versions")}
    args = _model_args(task)
    spec = {
        "model": _model(task)[0],
        "adapter": args.get("peft") or args.get("lora_local_path"),
        "template": ", ".join(words),
        "dataset": task.name,
        "decoding": {key: value for key, value in decoding.items() if value is not None} if settings else {},
        "engine": task.config.get("model"),
        "dtype": task.config.get("model_dtype") or args.get("dtype"),
        "lm_eval": {key: value for key, value in kept.items() if value is not None},
    }
    return {key: value for key, value in spec.items() if value not in (None, {})}
