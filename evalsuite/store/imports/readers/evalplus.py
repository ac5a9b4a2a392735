"""EvalPlus (HumanEval+ and MBPP+): ``eval_results.json``, several samples a task, each with the status of its tests.

Source: ``evalplus/evaluate.py`` (0.3.1). Files before 0.2 keep other fields and are refused.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from evalsuite.errors import InputError
from evalsuite.store.imports.folder import below
from evalsuite.store.imports.json_files import json_object
from evalsuite.store.imports.peek import Peek
from evalsuite.store.imports.results import ForeignGrade, ForeignRun, ReadOptions, ResultRow

__all__ = ["NAME", "read", "recognise"]

NAME = "evalplus"
BASE, PLUS = "evalplus/base", "evalplus/plus"
ENDS = "eval_results.json"
PASSED = "pass"


def recognise(peek: Peek) -> bool:
    """Return whether a file is called so or has its keys, or a folder holds a file that is called so."""
    if peek.is_folder:
        return any(file.name.endswith(ENDS) for file in peek.files)
    return peek.suffix == ".json" and (peek.path.name.endswith(ENDS) or peek.has("date", "hash", "eval"))


def read(path: Path, options: ReadOptions) -> Sequence[ForeignRun]:  # noqa: ARG001
    """Return one run a file."""
    files = sorted(below(path, f"*{ENDS}")) if path.is_dir() else [path]
    return [_run(file) for file in files]


def _run(file: Path) -> ForeignRun:
    tasks = _tasks(file)
    has_plus = any(sample.get("plus_status") is not None for samples in tasks.values() for sample in samples)
    n_samples = sorted({len(samples) for samples in tasks.values()})
    return ForeignRun(
        label=file.stem.removesuffix(ENDS.removesuffix(".json")).strip("_-.") or file.absolute().parent.name,
        program="EvalPlus",
        rows=lambda: _rows(tasks, has_plus),
        files=(file,),
        primary_grader=PLUS if has_plus else BASE,
        n_rows=sum(map(len, tasks.values())),
        notes=(
            f"{' or '.join(map(str, n_samples))} samples a task -> completions",
            *(["right in plus: base and extra tests are passed, as EvalPlus counts"] if has_plus else []),
        ),
        unknown=("the tasks' texts", "why a completion ended", "how many tokens it has", "the model and its decoding"),
    )


def _tasks(file: Path) -> dict[str, list[dict[str, Any]]]:
    tasks = json_object(file).get("eval")
    if not isinstance(tasks, dict) or not all(
        isinstance(samples, list) and all(isinstance(s, dict) and "base_status" in s for s in samples)
        for samples in tasks.values()
    ):
        raise InputError(
            f"{file} has no base_status of each sample, so it is not of EvalPlus 0.2 or newer: evaluate its samples "
            "again with `evalplus.evaluate --samples SAMPLES.jsonl`"
        )
    return tasks


def _rows(tasks: Mapping[str, Sequence[Mapping[str, Any]]], has_plus: bool) -> Iterator[ResultRow]:
    for task, samples in tasks.items():
        for index, sample in enumerate(samples):
            base, plus = sample["base_status"], sample.get("plus_status")
            if not all(isinstance(status, str | None) for status in (base, plus)):
                raise InputError(f"{task}: base_status and plus_status are words, got {base!r:.40} and {plus!r:.40}")
            grades = {BASE: ForeignGrade(base == PASSED)} if base is not None else {}
            if has_plus and base is not None and (plus is not None or base != PASSED):
                # What fails the first tests is not always put to the others.
                grades[PLUS] = ForeignGrade(base == plus == PASSED)
            yield ResultRow(
                problem_id=task,
                completion_index=index,
                grades=grades,
                missing=None if grades else "error: no status",
                completion=sample.get("solution"),
            )
