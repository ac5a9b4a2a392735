"""LightEval: ``details_<task>_<date>.parquet``, with ``results_<date>.json`` in the results folder beside the details.

The generated tokens of a batch are padded to its longest row, and no finish reason is recorded. The token that pads is
found from the rows themselves: it stands only at their ends. Then a row has its own length, and one that fills the
limit without an end token was cut off. Where stop strings were set, a row can fill the limit after its text was
complete: the reason stays unknown then.

Read from lighteval 0.13: ``logging/evaluation_tracker.py``, ``models/model_output.py``,
``models/transformers/transformers_model.py``. Early releases wrote flat columns, their lists as Python writes them.
"""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from evalsuite.errors import InputError
from evalsuite.records import StopReason
from evalsuite.store.imports.folder import below
from evalsuite.store.imports.json_files import json_document
from evalsuite.store.imports.parquet_files import parquet_rows
from evalsuite.store.imports.peek import Peek, peek
from evalsuite.store.imports.readers.decided import decided
from evalsuite.store.imports.readers.labels import distinct
from evalsuite.store.imports.results import ForeignGrade, ForeignRun, ReadOptions, ResultRow
from evalsuite.store.imports.values import identity, whole

__all__ = ["NAME", "read", "recognise"]

NAME = "lighteval"
DETAILS_NAME = re.compile(r"details_(?P<task>.+?)_(?P<date>\d{4}-\d\d-\d\dT[^_]+?)\.parquet$")
NESTED = ("doc", "metric", "model_response")
FLAT = ("example", "full_prompt", "predictions", "metrics")
BAND = (0.0, 1.0)
BOUNDED = ("acc", "em", "qem", "pem", "extractive_match", "f1", "pass@", "avg@", "maj@")


def recognise(look: Peek) -> bool:
    """Return whether `look` is a details or results file of the program, or a folder that holds one."""
    if look.is_folder:
        named = [f for f in look.files if f.suffix == ".parquet" and f.name.startswith("details_")]
        return any(recognise(peek(f)) for f in named[:3]) or any(recognise(peek(f)) for f in _summaries(look.files)[:3])
    return look.has(*NESTED) or look.has(*FLAT) or look.has("config_general", "results")


def _summaries(files: Sequence[Path]) -> list[Path]:
    return [f for f in files if f.suffix == ".json" and f.name.startswith("results_")]


def read(path: Path, options: ReadOptions) -> Sequence[ForeignRun]:
    """Return one run for each task and model; see `results.Reader.read`."""
    if path.is_dir():
        files = [f for f in peek(path).files if f.suffix == ".parquet" and recognise(peek(f))]
    else:
        files = [path] if path.suffix == ".parquet" else _details_of(path)
    if not files:
        raise InputError(
            f"{path} holds only the averages of LightEval, and no problem can be compared by them: run it again with "
            f"--save-details, which writes details/<model>/<date>/details_*.parquet"
        )
    newest: dict[tuple[str, str], Path] = {}
    for file in sorted(files, key=lambda f: f.name.rsplit("_", 1)[-1]):
        newest[_model_folder(file), _task(file)] = file
    left_out = [f"{f.name} is an earlier evaluation and was left out" for f in files if f not in newest.values()]
    runs = [_run(file, options) for file in files if file in newest.values()]
    folders = [Path(_model_folder(run.files[0])).parts for run in runs]
    further = ([str(run.spec["dataset"]) for run in runs], ["/".join(folder[-2:]) for folder in folders])
    labels = distinct([run.label for run in runs], *further, [run.files[0].name for run in runs])
    return [replace(run, label=label, notes=(*run.notes, *left_out)) for run, label in zip(runs, labels, strict=True)]


def _details_of(summary: Path) -> list[Path]:
    date = summary.stem.removeprefix("results_")
    return sorted(
        file for parent in summary.parents[:4] for file in below(parent / "details", f"details_*_{date}.parquet")
    )


def _task(file: Path) -> str:
    named = DETAILS_NAME.match(file.name)
    return named["task"] if named else file.stem


def _model_folder(file: Path) -> str:
    """Return where the details of one model lie: above the folder of the date."""
    named = DETAILS_NAME.match(file.name)
    return str(file.parent.parent if named and file.parent.name == named["date"] else file.parent)


def _summary(file: Path) -> tuple[Path | None, Mapping[str, Any]]:
    """Return the results of the same model and date: beside, or in ``results`` where the others are in ``details``."""
    named = DETAILS_NAME.match(file.name)
    if named is None:
        return None, {}
    name = f"results_{named['date']}.json"
    places = [file.parent / name]
    for parent in file.parents:
        if parent.name == "details":
            places.append(parent.parent / "results" / Path(_model_folder(file)).relative_to(parent) / name)
            break
    for place in places:
        document = json_document(place) if place.is_file() else None
        if isinstance(document, Mapping):
            return place, document
    return None, {}


@dataclass(slots=True)
class _Ends:
    """How the rows of a file end, from a first pass.

    Attributes
    ----------
    tails
        Tokens that stand at the end of rows, with the longest run there.
    inside
        Tokens that stand anywhere else.
    before
        The tokens before a row's last run.
    """

    tails: dict[int, int] = field(default_factory=dict)
    inside: set[int] = field(default_factory=set)
    before: dict[int, set[int]] = field(default_factory=dict)
    n_rows: int = 0

    def add(self, tokens: Sequence[int]) -> None:
        """Take one row's tokens."""
        self.n_rows += 1
        n = len(tokens)
        while n and tokens[n - 1] == tokens[-1]:
            n -= 1
        if tokens:
            self.tails[tokens[-1]] = max(self.tails.get(tokens[-1], 0), len(tokens) - n)
            self.before.setdefault(tokens[-1], set()).update(tokens[max(n - 1, 0) : n])
        self.inside.update(tokens[:n])

    @property
    def padding(self) -> int | None:
        """The token that pads: it stands only at ends, and somewhere several times. One row alone shows nothing."""
        found = [t for t, run in self.tails.items() if t not in self.inside and run > 1 and self.n_rows > 1]
        return max(found, key=lambda t: self.tails[t], default=None)

    @property
    def counts(self) -> bool:
        """Whether the first padding token is the end token, and part of the completion.

        Where padding has a token of its own, the end token stands before it in every row.
        """
        return self.padding is not None and len(self.before[self.padding]) != 1

    def length(self, tokens: Sequence[int]) -> tuple[int, bool]:
        """Return a row's number of tokens and whether it ended by itself."""
        padding = self.padding
        if padding is None:
            return len(tokens), False
        if padding in tokens:
            return list(tokens).index(padding) + self.counts, True
        return len(tokens), not self.counts and bool(tokens) and tokens[-1] in self.before[padding]


def _run(file: Path, options: ReadOptions) -> ForeignRun:
    summary_file, summary = _summary(file)
    ends, graders, n_rows, texts = _Ends(), dict[str, bool](), 0, 0
    sampled = False
    for row in map(_unified, parquet_rows(file)):
        n_rows += max(len(row.texts), 1)
        texts += len(row.texts)
        sampled = sampled or len(row.texts) > 1
        for tokens in row.tokens:
            ends.add(tokens)
        for metric, value in row.metrics.items():
            graders[f"lighteval/{metric}"] = graders.get(f"lighteval/{metric}", True) and value in (0, 1)
    if not n_rows:
        raise InputError(f"{file} holds no rows")
    if sampled:
        graders = {}
    if not graders and not texts:
        raise InputError(f"{file}: the task {_task(file)} gives no verdict for single problems, only likelihoods")
    general = summary.get("config_general")
    config = general.get("model_config") if isinstance(general, Mapping) else None
    config = config if isinstance(config, Mapping) else {}
    primary = next(iter([g for g, is_verdict in graders.items() if is_verdict] or graders), None)
    scored = [g for g, is_verdict in graders.items() if not is_verdict]
    bounded = [g for g in scored if g.removeprefix("lighteval/").startswith(BOUNDED)]
    first = _unified(next(parquet_rows(file)))
    cap = _cap(first, config)
    run = ForeignRun(
        label=_label(file, general, config),
        program="lighteval",
        rows=partial(_rows, file, ends, graders, config),
        files=(file, *([summary_file] if summary_file else [])),
        spec=_spec(file, first, config, cap),
        primary_grader=primary,
        score_ranges=dict.fromkeys(scored, options.score_range)
        if options.score_range
        else dict.fromkeys(bounded, BAND),
        n_rows=n_rows,
        notes=tuple(_notes(file, graders, primary, sampled, ends, summary_file)),
        unknown=() if cap and texts and not first.stop_strings else ("why a completion ended",) if texts else (),
    )
    return decided(run, scored)


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of new or old releases."""

    problem_id: str | None
    question: str | None
    gold: str | None
    texts: tuple[str, ...]
    tokens: tuple[tuple[int, ...], ...]
    metrics: Mapping[str, float]
    cap: int | None = None
    stop_strings: bool = False
    n_shots: int | None = None


def _unified(row: Mapping[str, Any]) -> _Row:
    if all(name in row for name in NESTED):
        doc, answer = row["doc"] or {}, row["model_response"] or {}
        return _Row(
            problem_id=None if doc.get("id") is None else identity(doc["id"]),
            question=doc.get("original_query") or doc.get("query"),
            gold=_gold(doc.get("choices"), doc.get("gold_index")),
            texts=_all_text(answer.get("text")),
            tokens=_tokens(answer.get("output_tokens")),
            metrics=_metrics(row["metric"]),
            cap=whole(doc.get("generation_size"), "generation_size") or None,
            stop_strings=bool(doc.get("stop_sequences")),
            n_shots=len(doc["fewshot_samples"]) if isinstance(doc.get("fewshot_samples"), list) else None,
        )
    if all(name in row for name in FLAT):
        gold = _written(row.get("gold"))
        return _Row(
            problem_id=None,
            question=row["example"] or row["full_prompt"],
            gold=_gold(gold if isinstance(gold, list) else [gold], 0)
            or _gold(_written(row.get("choices")), _written(row.get("gold_index"))),
            texts=_all_text(_written(row["predictions"])),
            tokens=_tokens(_written(row.get("cont_tokens"))),
            metrics=_metrics(_written(row["metrics"])),
            n_shots=whole(_written(row.get("num_effective_few_shots")), "num_effective_few_shots"),
        )
    raise InputError(f"these are no details of LightEval: columns {', '.join(row)}")


def _written(value: Any) -> Any:
    """Return what an old release wrote as Python writes it: ``"['so 18']"`` is a list of one text."""
    if not isinstance(value, str) or not value or value[0] not in "[{(0123456789N":
        return value
    try:
        return ast.literal_eval(value)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return value


def _all_text(value: Any) -> tuple[str, ...]:
    """Return the generated texts; likelihoods, which old releases kept under the same name, are none."""
    texts = [value] if isinstance(value, str) else value
    return tuple(texts) if isinstance(texts, list) and all(isinstance(text, str) for text in texts) else ()


def _tokens(value: Any) -> tuple[tuple[int, ...], ...]:
    rows = value if isinstance(value, list) else []
    if rows and all(isinstance(token, int) for token in rows):
        rows = [rows]
    return tuple(tuple(t for t in row if isinstance(t, int)) for row in rows if isinstance(row, (list, tuple)))


def _gold(choices: Any, index: Any) -> str | None:
    index = index[0] if isinstance(index, list) and len(index) == 1 else index
    if not isinstance(choices, list) or not isinstance(index, int) or not 0 <= index < len(choices):
        return None
    return None if choices[index] is None else str(choices[index])


def _metrics(value: Any) -> dict[str, float]:
    if not isinstance(value, Mapping):
        return {}
    return {str(name): one for name, one in value.items() if isinstance(one, (bool, int, float)) and one == one}


def _rows(file: Path, ends: _Ends, graders: Mapping[str, bool], config: Mapping[str, Any]) -> Iterator[ResultRow]:
    for position, row in enumerate(map(_unified, parquet_rows(file))):
        grades = {
            grader: ForeignGrade(
                bool(row.metrics[name]) if is_verdict else None, None, None if is_verdict else float(row.metrics[name])
            )
            for grader, is_verdict in graders.items()
            if (name := grader.removeprefix("lighteval/")) in row.metrics
        }
        cap = _cap(row, config)
        for index, text in enumerate(row.texts or (None,)):
            tokens = row.tokens[index] if text is not None and index < len(row.tokens) else None
            n_tokens, reason = _end(ends, tokens, cap, row.stop_strings)
            yield ResultRow(
                problem_id=str(position) if row.problem_id is None else row.problem_id,
                completion_index=index,
                grades=grades,
                completion=text,
                gold=row.gold,
                question=row.question,
                n_tokens=n_tokens,
                stop_reason=reason,
                cap=cap if text is not None else None,
            )


def _end(
    ends: _Ends, tokens: Sequence[int] | None, cap: int | None, stop_strings: bool
) -> tuple[int | None, StopReason]:
    """Return a row's number of tokens and why it ended, as far as its tokens say it."""
    if not tokens:
        return None, StopReason.UNKNOWN
    n, ended = ends.length(tokens)
    if ended:
        return n, StopReason.STOP
    if stop_strings:
        # The text ends at the stop string, the tokens at the end of the batch.
        return None, StopReason.UNKNOWN
    if cap is None:
        return n, StopReason.UNKNOWN
    return n, StopReason.LENGTH if n >= cap else StopReason.STOP


def _cap(row: _Row, config: Mapping[str, Any]) -> int | None:
    """Return the limit: the model's settings go before the task's (``max_new_tokens`` before ``generation_size``)."""
    settings = config.get("generation_parameters")
    said = settings.get("max_new_tokens") if isinstance(settings, Mapping) else None
    return whole(said, "max_new_tokens") or row.cap


def _label(file: Path, general: Any, config: Mapping[str, Any]) -> str:
    said = general.get("model_name") if isinstance(general, Mapping) else None
    name = str(said or config.get("model_name") or Path(_model_folder(file)).name)
    return name.rstrip("/").rsplit("/", 1)[-1]


def _spec(file: Path, row: _Row, config: Mapping[str, Any], cap: int | None) -> dict[str, Any]:
    settings = config.get("generation_parameters")
    settings = settings if isinstance(settings, Mapping) else {}
    # "gsm8k|5", of earlier releases "lighteval|gsm8k|5|0": suite, task, shots, and whether fewer may be taken.
    words = _task(file).split("|")
    task, shots = words[len(words) > 2], next(iter(words[2:] or words[1:]), "")
    n_shots = shots or row.n_shots
    decoding = {"max_new_tokens": cap, **{key: settings.get(key) for key in ("temperature", "top_p", "seed")}}
    spec = {
        "model": config.get("model_name"),
        "template": f"lighteval {task}" + (f", {n_shots} shots" if n_shots not in (None, "") else ""),
        "dataset": task,
        "decoding": {key: value for key, value in decoding.items() if value is not None},
        "dtype": config.get("dtype"),
    }
    return {key: value for key, value in spec.items() if value not in (None, {})}


def _notes(
    file: Path, graders: Mapping[str, bool], primary: str | None, sampled: bool, ends: _Ends, summary: Path | None
) -> Iterator[str]:
    if graders:
        yield f"metrics of {_task(file)} read as graders {', '.join(graders)}" + (
            f"; {primary} is shown" if len(graders) > 1 else ""
        )
    if sampled:
        yield "several completions a problem: the metrics are over all of them and grade none"
    if ends.padding is not None:
        yield f"token {ends.padding} pads the rows and is not counted"
    if summary is None:
        yield "no results_*.json of the same date: model and decoding are unknown"
