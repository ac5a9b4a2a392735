"""EvalScope: ``predictions/<model>/<benchmark>_<subset>.jsonl`` with ``reviews/`` beside, joined by ``index``.

A sample that is in a file again was run again: the last row counts, as for EvalScope itself. Repeats of a sample become
completions. A model run by EvalScope itself in batches has its token counts from the padded batch, and one row at the
limit marks the whole batch: neither number nor reason is taken over there.

Read from evalscope 1.14: ``api/evaluator/cache.py``, ``api/metric/scorer.py``, ``models/modelscope.py``. Before 1.0
the reviews stood inside ``choices``.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from evalsuite.errors import InputError
from evalsuite.records import StopReason
from evalsuite.store.imports.json_files import json_lines
from evalsuite.store.imports.peek import Peek, peek
from evalsuite.store.imports.readers.decided import decided
from evalsuite.store.imports.readers.labels import distinct
from evalsuite.store.imports.results import ForeignGrade, ForeignRun, ReadOptions, ResultRow
from evalsuite.store.imports.values import identity, stop, text, whole

__all__ = ["NAME", "read", "recognise"]

NAME = "evalscope"
FOLDERS = ("predictions", "reviews")
TIMESTAMP = re.compile(r"\d{8}_\d{6}$")
USABLE = (None, "success", "fallback", "degraded")
LOCAL = ("checkpoint", "llm_ckpt")


def recognise(look: Peek) -> bool:
    """Return whether `look` is a file of predictions or reviews, or a folder with them."""
    if look.is_folder:
        return any(recognise(peek(file)) for file in _files(look.files)[:5]) or any(
            recognise(peek(file)) for file in _reports(look.files)[:5]
        )
    old = look.has("choices", "raw_input", "index")
    return old or look.has("index", "model_output") or look.has("index", "sample_score") or _is_report(look)


def _is_report(look: Peek) -> bool:
    return look.suffix == ".json" and look.has("dataset_name", "model_name", "metrics")


def _files(files: Sequence[Path]) -> list[Path]:
    return [f for f in files if f.suffix == ".jsonl" and set(FOLDERS) & set(f.parts)]


def _reports(files: Sequence[Path]) -> list[Path]:
    return [f for f in files if f.suffix == ".json" and "reports" in f.parts]


def read(path: Path, options: ReadOptions) -> Sequence[ForeignRun]:
    """Return one run for each model and subset; see `results.Reader.read`."""
    files = [f for f in _files(peek(path).files) if recognise(peek(f))] if path.is_dir() else [path]
    pairs = list(dict.fromkeys(map(_pair, files if path.is_dir() or path.suffix != ".json" else ())))
    if not pairs:
        raise InputError(
            f"{path} holds only a report of EvalScope, and no problem can be compared by it: give the folder above, "
            f"with predictions/ and reviews/"
        )
    newest: dict[tuple[Path, str, str], _Pair] = {}
    for pair in sorted(pairs, key=lambda pair: pair.root.name):
        key = pair.root.parent if TIMESTAMP.match(pair.root.name) else pair.root
        newest[key, pair.model, pair.name] = pair
    kept = [pair for pair in pairs if pair in newest.values()]
    left_out = [f"{p.root.name} is an earlier evaluation of {p.name} and was left out" for p in pairs if p not in kept]
    runs = [_run(pair, options) for pair in kept]
    labels = distinct([pair.model for pair in kept], [pair.name for pair in kept], [pair.root.name for pair in kept])
    return [replace(run, label=label, notes=(*run.notes, *left_out)) for run, label in zip(runs, labels, strict=True)]


@dataclass(frozen=True, slots=True)
class _Pair:
    """Predictions and reviews of one model on one subset."""

    root: Path
    model: str
    name: str
    predictions: Path | None
    reviews: Path | None

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that are there."""
        return tuple(file for file in (self.predictions, self.reviews) if file is not None)

    @property
    def settings(self) -> str:
        """Text of the configuration, whose keys stand one a line."""
        found = sorted((self.root / "configs").glob("*.yaml"))
        return found[-1].read_text(encoding="utf-8", errors="replace") if found else ""

    @property
    def template(self) -> str | None:
        """The prompt's template, where the configuration has one that is filled with the question alone."""
        shots = self.said("few_shot_num")
        found = re.search(r"^\s*prompt_template: '((?:[^']|'')*)'", self.settings, re.MULTILINE)
        if found is None or shots not in (None, "0"):
            return None
        # YAML folds the lines of a text: a line end is a blank, an empty line a line end.
        lines = re.sub(r"[ ]*\n(?:[ ]*\n)+[ ]*", lambda blank: "\0" * (blank[0].count("\n") - 1), found[1])
        written = re.sub(r"[ ]*\n[ ]*", " ", lines).replace("\0", "\n").replace("''", "'")
        return written.replace("{{", "{").replace("}}", "}") if written.count("{question}") == 1 else None

    def said(self, key: str) -> str | None:
        """Return the value of a key of the configuration, wherever it stands; None where it is null."""
        found = re.search(rf"^\s*{key}:[ ]*['\"]?([^'\"\n]+)", self.settings, re.MULTILINE)
        return None if found is None or found[1].strip() in ("null", "~") else found[1].strip()


def _pair(file: Path) -> _Pair:
    kind = next((part for part in reversed(file.parts[:-1]) if part in FOLDERS), None)
    if kind is None:
        row = next(json_lines(file), (0, {}))[1]
        own = "predictions" if "model_output" in row else "reviews"
        sides = {own: file}
        return _Pair(
            file.parent,
            str(row.get("model") or file.parent.name),
            file.stem,
            sides.get("predictions"),
            sides.get("reviews"),
        )
    at = len(file.parts) - 1 - file.parts[::-1].index(kind)
    root, rest = Path(*file.parts[:at]), Path(*file.parts[at + 1 :])
    sides = {side: root / side / rest for side in FOLDERS if (root / side / rest).is_file()}
    return _Pair(root, rest.parent.name or root.name, file.stem, sides.get("predictions"), sides.get("reviews"))


@dataclass(frozen=True, slots=True)
class _Review:
    """A review without its texts."""

    values: Mapping[str, float]
    extracted: str | None
    unusable: str | None
    group: str
    generation: int | None


def _run(pair: _Pair, options: ReadOptions) -> ForeignRun:
    notes: list[str] = []
    n_lines = 0
    lines: dict[str, dict[str, int]] = {}
    reviews: dict[str, _Review] = {}
    for side, file in (("reviews", pair.reviews), ("predictions", pair.predictions)):
        for number, row in json_lines(file) if file else ():
            n_lines += 1
            index = _index(file, number, row)
            lines.setdefault(side, {})[index] = number
            if side == "reviews":
                reviews[index] = _review(row)
    order = list(dict.fromkeys([*lines.get("predictions", {}), *lines.get("reviews", {})]))
    if not order:
        raise InputError(f"{pair.files[0]} holds no rows")
    graders: dict[str, bool] = {}
    for review in reviews.values():
        for name, value in review.values.items():
            graders[f"evalscope/{name}"] = graders.get(f"evalscope/{name}", True) and value in (0, 1)
    primary = next(iter([g for g, is_verdict in graders.items() if is_verdict] or graders), None)
    scored = [grader for grader, is_verdict in graders.items() if not is_verdict]
    local = pair.said("eval_type") in LOCAL and pair.said("eval_batch_size") != "1"
    repeated = n_lines - sum(map(len, lines.values()))
    if graders:
        notes.append(f"reviews of {pair.name} read as graders {', '.join(graders)}")
    if repeated:
        notes.append(f"{repeated} rows are of a sample that was run again: the last of each is kept")
    if pair.reviews is None:
        notes.append("there are no reviews beside the predictions: texts without verdicts")
    run = ForeignRun(
        label=pair.model,
        program="evalscope",
        rows=_Reading(
            pair, lines, reviews, graders, primary, local, whole(pair.said("max_tokens"), "max_tokens"), pair.template
        ).rows,
        files=pair.files,
        spec=_spec(pair),
        primary_grader=primary,
        score_ranges=dict.fromkeys(scored, options.score_range) if options.score_range else {},
        n_rows=len(order),
        notes=tuple(notes),
        unknown=("why a completion ended", "how many tokens a completion has") if local or not pair.predictions else (),
    )
    return decided(run, scored)


def _index(file: Path | None, number: int, row: Mapping[str, Any]) -> str:
    if "index" not in row:
        raise InputError(f"{file} line {number} has no index")
    return identity(row["index"])


def _review(row: Mapping[str, Any]) -> _Review:
    outer = row.get("sample_score")
    if not isinstance(outer, Mapping):
        # Before 1.0: {"choices": [{"review": {"gold": ..., "pred": ..., "result": true}, "message": ...}], ...}
        said = _first(row.get("choices")).get("review")
        said = said if isinstance(said, Mapping) else {}
        value = said.get("result")
        values = {"result": float(value)} if isinstance(value, (bool, int, float)) else {}
        return _Review(values, _or_none(said.get("pred")), None, identity(row["index"]), None)
    score = outer.get("score")
    score = score if isinstance(score, Mapping) else {}
    value, status = score.get("value"), score.get("status")
    members = value.items() if isinstance(value, Mapping) else (("score", value),)
    values = {str(name): float(one) for name, one in members if isinstance(one, (bool, int, float)) and one == one}
    main = score.get("main_score_name")
    if main in values:
        values = {main: values[main], **values}
    group = outer.get("group_id")
    unusable = None if status in USABLE else str(status)
    generation = whole(outer.get("generation_index"), "generation_index")
    return _Review(
        {} if unusable else values,
        _or_none(score.get("extracted_prediction")),
        unusable,
        identity(row["index"] if group is None else group),
        generation,
    )


@dataclass(frozen=True, slots=True)
class _Reading:
    """What the second pass needs of the first: the number of the line that counts for each index, and the reviews."""

    pair: _Pair
    lines: Mapping[str, Mapping[str, int]]
    reviews: Mapping[str, _Review]
    graders: Mapping[str, bool]
    primary: str | None
    local: bool
    cap: int | None
    template: str | None = None

    def rows(self) -> Iterator[ResultRow]:
        """Make the rows in the order of the predictions; samples that only have a review come first."""
        n_of_group: dict[str, int] = {}
        said: dict[str, tuple[str | None, str | None]] = {}
        predicted = self.lines.get("predictions", {})
        for index, row in self._last("reviews", self.pair.reviews):
            said[index] = _gold(row), _question(row)
            if index not in predicted:
                yield self._row(index, row, said[index], n_of_group)
        for index, row in self._last("predictions", self.pair.predictions):
            gold, question = said.get(index, (None, None))
            yield self._row(index, row, (gold or _gold(row), question or _question(row)), n_of_group)

    def _last(self, side: str, file: Path | None) -> Iterator[tuple[str, Mapping[str, Any]]]:
        for number, row in json_lines(file) if file else ():
            index = _index(file, number, row)
            if self.lines[side][index] == number:
                yield index, row

    def _row(
        self, index: str, row: Mapping[str, Any], said: tuple[str | None, str | None], n_of_group: dict[str, int]
    ) -> ResultRow:
        review = self.reviews.get(index)
        output = row.get("model_output")
        output = output if isinstance(output, Mapping) else {}
        choice = _first(output.get("choices") or row.get("choices"))
        message = choice.get("message")
        reason, detail, failed = stop(choice.get("stop_reason") or choice.get("finish_reason"))
        usage = output.get("usage") or row.get("usage")
        n_tokens = usage.get("output_tokens", usage.get("completion_tokens")) if isinstance(usage, Mapping) else None
        group = review.group if review else index
        turn = n_of_group.get(group, 0)
        n_of_group[group] = turn + 1
        grades = self._grades(review)
        error = output.get("error") or (detail if failed else None)
        missing = f"error: {str(error)[:100]}" if error else None
        if missing is None and self.primary is not None and self.primary not in grades:
            missing = f"not scored: {review.unusable}" if review and review.unusable else "not scored"
        return ResultRow(
            problem_id=group,
            completion_index=turn if review is None or review.generation is None else review.generation,
            grades={} if missing else grades,
            missing=missing,
            completion=text(message) if message is not None else _or_none(_score(row).get("prediction")),
            gold=said[0],
            question=_asked(said[1], self.template),
            n_tokens=None if self.local else whole(n_tokens, "output_tokens"),
            stop_reason=StopReason.UNKNOWN if self.local else reason,
            stop_detail=None if self.local else detail,
            cap=self.cap,
        )

    def _grades(self, review: _Review | None) -> dict[str, ForeignGrade]:
        if review is None:
            return {}
        grades = {}
        for name, value in review.values.items():
            grader = f"evalscope/{name}"
            verdict = bool(value) if self.graders[grader] else None
            grades[grader] = ForeignGrade(verdict, review.extracted, None if self.graders[grader] else value)
        return grades


def _first(choices: Any) -> Mapping[str, Any]:
    return choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], Mapping) else {}


def _score(row: Mapping[str, Any]) -> Mapping[str, Any]:
    outer = row.get("sample_score")
    score = outer.get("score") if isinstance(outer, Mapping) else None
    return score if isinstance(score, Mapping) else {}


def _or_none(value: Any) -> str | None:
    return None if value is None or value == "" else str(value)


def _gold(row: Mapping[str, Any]) -> str | None:
    target = row.get("target")
    if target is None:
        review = _first(row.get("choices")).get("review")
        target = review.get("gold") if isinstance(review, Mapping) else None
    if isinstance(target, list):
        target = target[0] if len(target) == 1 else None
    return _or_none(target)


def _question(row: Mapping[str, Any]) -> str | None:
    asked = row.get("input")
    if isinstance(asked, str) and asked:
        return asked
    raw = row.get("raw_input")
    if isinstance(raw, Mapping) and isinstance(raw.get("question"), str):
        return str(raw["question"])
    turns = [m for m in row.get("messages") or () if isinstance(m, Mapping) and m.get("role") == "user"]
    return text(turns[-1].get("content")) if turns else None


def _asked(prompt: str | None, template: str | None) -> str | None:
    """Return the question of a prompt without what the template puts around it."""
    before, mark, behind = (template or "").partition("{question}")
    if prompt is None or not mark or not (prompt.startswith(before) and prompt.endswith(behind)):
        return prompt
    return prompt[len(before) : len(prompt) - len(behind)]


def _spec(pair: _Pair) -> dict[str, Any]:
    decoding = {"max_new_tokens": whole(pair.said("max_tokens"), "max_tokens")}
    for key in ("temperature", "top_p", "seed"):
        said = pair.said(key)
        if said is not None and re.fullmatch(r"-?\d+(\.\d+)?", said):
            decoding[key] = float(said) if "." in said else int(said)  # type: ignore[assignment]
    spec = {
        "model": pair.said("model") or pair.model,
        "template": f"evalscope {pair.name}",
        "dataset": pair.name,
        "decoding": {key: value for key, value in decoding.items() if value is not None},
        "engine": pair.said("eval_type"),
    }
    return {key: value for key, value in spec.items() if value not in (None, {})}
