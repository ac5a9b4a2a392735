"""Every Eval Ever: instance records, ``*_samples.jsonl``, one row a sample and evaluation.

Rows of one model and task are a run; several evaluations of one sample are graders. Records that were converted from
lm-evaluation-harness hold what its filter extracted in the place of the completion: that is the extracted answer here,
and the completion is unknown.

Read from every_eval_ever, schema 0.3.0: ``schemas/instance_level_eval.schema.json``, ``converters/``.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from evalsuite.errors import InputError
from evalsuite.store.imports.json_files import in_row, json_lines
from evalsuite.store.imports.peek import Peek, peek
from evalsuite.store.imports.readers.decided import decided
from evalsuite.store.imports.readers.graded_values import GradedValues
from evalsuite.store.imports.readers.labels import distinct
from evalsuite.store.imports.results import ForeignGrade, ForeignRun, ReadOptions, ResultRow
from evalsuite.store.imports.values import identity, number, stop, verdict, whole

__all__ = ["NAME", "read", "recognise"]

NAME = "every-eval-ever"
SCORE = "score"
"""Behind the name of an evaluation that says both whether it is correct and a score."""
KEYS = ("evaluation_id", "model_id", "sample_id", "evaluation")
AGGREGATE = ("evaluation_id", "evaluation_results", "model_info")

T = TypeVar("T")
Key = tuple[str, str, str]
"""A run: evaluation, model, task."""


def recognise(look: Peek) -> bool:
    """Return whether `look` holds instance records, or the aggregate record that goes with them."""
    if look.is_folder:
        named = [f for f in look.files if f.name.endswith("_samples.jsonl")] or [
            f for f in look.files if f.suffix in (".json", ".jsonl")
        ]
        return any(recognise(peek(file)) for file in named[:10])
    return look.has(*KEYS) or look.has(*AGGREGATE)


def read(path: Path, options: ReadOptions) -> Sequence[ForeignRun]:
    """Return one run for each model and task; see `results.Reader.read`."""
    files = [f for f in peek(path).files if f.suffix == ".jsonl"] if path.is_dir() else [path]
    files = [f for f in files if peek(f).has(*KEYS)]
    if not files:
        raise InputError(
            f"{path} holds only the aggregate record of Every Eval Ever: the rows are in <uuid>_samples.jsonl, which "
            f"its detailed_evaluation_results name"
        )
    found = [(file, key, run) for file in files for key, run in _scanned(file).items()]
    labels = distinct(
        [key[1].rsplit("/", 1)[-1] for _, key, _ in found],
        [key[2] for _, key, _ in found],
        [key[0] for _, key, _ in found],
        [file.name for file, _, _ in found],
    )
    return [_run(*one, label, options) for one, label in zip(found, labels, strict=True)]


@dataclass(slots=True)
class _Scanned:
    """What a first pass keeps of one run: grades by sample and repeat, no texts."""

    graders: GradedValues = field(default_factory=GradedValues)
    values: dict[tuple[str, int], dict[str, tuple[float, str | None]]] = field(default_factory=dict)
    extracted_only: bool = False

    def settle(self) -> None:
        """Leave of each evaluation that says both what decides.

        Scores of 0 and 1 say what verdicts say. Scores between stay beside them, and alone where another evaluation
        says right or wrong, as ``is_correct`` was made of them by a threshold of the converter.
        """
        both = {g: f"{g}/{SCORE}" for g in self.graders.verdicts if f"{g}/{SCORE}" in self.graders.verdicts}
        shares = {g: score for g, score in both.items() if not self.graders.verdicts[score]}
        decided = any(is_verdict and g not in shares for g, is_verdict in self.graders.verdicts.items())
        names = {score: None for g, score in both.items() if g not in shares}
        if decided:
            names |= dict.fromkeys(shares) | {score: g for g, score in shares.items()}
        if names:
            self.graders.verdicts = _renamed(self.graders.verdicts, names)
            self.values = {place: _renamed(said, names) for place, said in self.values.items()}


def _renamed(values: Mapping[str, T], names: Mapping[str, str | None]) -> dict[str, T]:
    """Return values by their new names, without those whose name is None."""
    return {name: value for key, value in values.items() if (name := names.get(key, key)) is not None}


def _scanned(file: Path) -> dict[Key, _Scanned]:
    runs: dict[Key, _Scanned] = {}
    seen: dict[tuple[Key, str, str], int] = {}
    for line, row in json_lines(file):
        if not all(key in row for key in KEYS):
            raise InputError(f"{file} line {line} lacks {', '.join(key for key in KEYS if key not in row)}")
        key, grader = _key(row), _grader(row)
        run = runs.setdefault(key, _Scanned())
        sample = identity(row["sample_id"])
        repeat = seen.get((key, grader, sample), 0)
        seen[key, grader, sample] = repeat + 1
        with in_row(file, line):
            found = _values(row, grader)
        run.graders.add(found)
        run.values.setdefault((sample, repeat), {}).update({g: (v, _extracted(row)) for g, v in found.items()})
        run.extracted_only = run.extracted_only or _is_filtered(row)
    for run in runs.values():
        run.settle()
    return runs


def _values(row: Mapping[str, Any], grader: str) -> dict[str, float]:
    """Return the values of one evaluation by grader: whether it is correct, and a score beside it.

    Converters make ``is_correct`` of the score by a threshold of their own, so that 0.5 may be either.
    """
    said = _mapping(row, "evaluation")
    correct, score = verdict(said.get("is_correct")), number(said.get("score"), "score")
    if not isinstance(correct, bool):
        return {} if score is None else {grader: score}
    return {grader: float(correct)} | ({} if score is None else {f"{grader}/{SCORE}": score})


def _mapping(row: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return an object of a record, empty where something else stands there."""
    value = row.get(name)
    return value if isinstance(value, Mapping) else {}


def _is_filtered(row: Mapping[str, Any]) -> bool:
    about = row.get("metadata")
    return isinstance(about, Mapping) and about.get("filter") not in (None, "none") and "lm_eval_metrics" in about


def _key(row: Mapping[str, Any]) -> Key:
    name = str(row.get("evaluation_name") or "")
    if _is_filtered(row):
        name = name.removesuffix(f"/{row['metadata']['filter']}")
    return str(row["evaluation_id"]), str(row["model_id"]), name


def _grader(row: Mapping[str, Any]) -> str:
    """Return the grader: the filter where there is one, else what the evaluation's id adds to the task."""
    if _is_filtered(row):
        return f"every-eval-ever/{row['metadata']['filter']}"
    name, result = str(row.get("evaluation_name") or ""), str(row.get("evaluation_result_id") or "")
    added = result.removeprefix(name).strip("/.:- ") if result.startswith(name) else result
    return f"every-eval-ever/{added}" if added else NAME


def _extracted(row: Mapping[str, Any]) -> str | None:
    said = [one for one in row.get("answer_attribution") or () if isinstance(one, Mapping) and one.get("is_terminal")]
    value = said[-1].get("extracted_value") if said else None
    return None if value in (None, "", "[invalid]") else str(value)


def _run(file: Path, key: Key, scanned: _Scanned, label: str, options: ReadOptions) -> ForeignRun:
    graders = scanned.graders
    notes = [f"evaluations of {key[2]} read as graders {', '.join(graders.verdicts)}"]
    shares = [name for name in graders.scores if name.endswith(f"/{SCORE}")]
    if shares:
        notes.append("scores between 0 and 1 stand beside is_correct, which decides")
    if scanned.extracted_only:
        notes.append("the records hold what a filter of lm-eval extracted, not the completions")
    run = ForeignRun(
        label=label,
        program="every_eval_ever",
        rows=partial(_rows, file, key, scanned),
        files=(file,),
        spec={"model": key[1], "dataset": key[2], "evaluation_id": key[0]},
        primary_grader=graders.primary,
        score_ranges=dict.fromkeys(graders.scores, options.score_range) if options.score_range else {},
        n_rows=len(scanned.values),
        notes=tuple(notes),
        unknown=("why a completion ended", "the limit of tokens"),
    )
    return decided(run, graders.scores)


def _rows(file: Path, key: Key, scanned: _Scanned) -> Iterator[ResultRow]:
    seen: dict[tuple[str, str], int] = {}
    made = set()
    for _, row in json_lines(file):
        if _key(row) != key:
            continue
        sample, grader = identity(row["sample_id"]), _grader(row)
        repeat = seen.get((grader, sample), 0)
        seen[grader, sample] = repeat + 1
        if (sample, repeat) in made:
            continue
        made.add((sample, repeat))
        grades: dict[str, ForeignGrade] = {
            g: scanned.graders.grade(g, value, extracted)
            for g, (value, extracted) in scanned.values[sample, repeat].items()
        }
        asked, usage, about = (_mapping(row, name) for name in ("input", "token_usage", "metadata"))
        reason, detail, _ = stop(about.get("stop_reason") or about.get("finish_reason"))
        error, primary = row.get("error"), scanned.graders.primary
        unscored = "not scored" if primary is not None and primary not in grades else None
        missing = f"error: {str(error)[:100]}" if error else unscored
        yield ResultRow(
            problem_id=sample,
            completion_index=repeat,
            grades={} if missing else grades,
            missing=missing,
            completion=_completion(row),
            gold=_only(asked.get("reference")),
            question=asked.get("raw"),
            n_tokens=whole(usage.get("output_tokens"), "output_tokens"),
            stop_reason=reason,
            stop_detail=detail,
        )


def _completion(row: Mapping[str, Any]) -> str | None:
    if _is_filtered(row):
        return None
    output = row.get("output")
    if isinstance(output, Mapping):
        return _only(output.get("raw"))
    turns = [m for m in row.get("messages") or () if isinstance(m, Mapping) and m.get("role") == "assistant"]
    return turns[-1].get("content") if turns else None


def _only(value: Any) -> str | None:
    members = value if isinstance(value, list) else [value]
    return str(members[0]) if len(members) == 1 and members[0] is not None else None
