"""Qwen2.5-Math's evaluation, and the many programs that are copies of it: one line a problem, lists of samples in it.

A run in pieces (``--start``, ``--end``) or taken up again leaves several files, of which the later also holds the
problems of the earlier. Source: ``evaluation/math_eval.py`` (QwenLM/Qwen2.5-Math, commit ab5097e).
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from evalsuite.store.imports.folder import below
from evalsuite.store.imports.json_files import in_row, json_lines
from evalsuite.store.imports.peek import Peek, peek
from evalsuite.store.imports.results import ForeignGrade, ForeignRun, ReadOptions, ResultRow
from evalsuite.store.imports.values import UnreadableValueError, identity, verdict

__all__ = ["NAME", "read", "recognise"]

NAME = "qwen-math"
GRADER = "qwen-math/math_equal"
KEYS = ("idx", "gt", "code", "pred")
FILE = re.compile(r"^(?P<run>(?P<split>[^_]+)_(?P<prompt>.+)_-?\d+_seed(?P<seed>\d+)_t(?P<t>[\d.]+))_s-?\d+_e-?\d+$")


def recognise(peek_: Peek) -> bool:
    """Return whether a file has the columns, or a folder such files."""
    if not peek_.is_folder:
        return peek_.has(*KEYS)
    return any(file.suffix == ".jsonl" and peek(file).has(*KEYS) for file in peek_.files[:1000])


def read(path: Path, options: ReadOptions) -> Sequence[ForeignRun]:  # noqa: ARG001
    """Return one run for each data set, prompt, seed and temperature."""
    runs: dict[tuple[Path, str], list[Path]] = defaultdict(list)
    for file in _files(path):
        found = FILE.match(file.stem)
        runs[file.absolute().parent, found["run"] if found else file.stem].append(file)
    return [_run(folder, name, files) for (folder, name), files in runs.items()]


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = [file for file in below(path, "*.jsonl") if peek(file).has(*KEYS)]
    # The order in which they were written, for the last to count; names only break ties.
    return sorted(found, key=lambda file: (file.stat().st_mtime_ns, file.name))


def _run(folder: Path, name: str, files: Sequence[Path]) -> ForeignRun:
    last = _last_rows(files)
    n_written = sum(1 for file in files for _ in json_lines(file))
    notes = []
    if n_written > len(last):
        notes.append(f"{n_written - len(last)} rows are repeats of a problem -> the last written counts")
    sizes = {size for size in last.values() if size > 1}
    if sizes:
        notes.append(f"lists of {', '.join(map(str, sorted(sizes)))} samples -> completions")
    found = FILE.match(files[0].stem)
    spec: dict[str, Any] = {"dataset": folder.name} if found else {}
    if found:
        spec |= {
            "template": found["prompt"],
            "decoding": {"temperature": float(found["t"]), "seed": int(found["seed"])},
        }
    scored = any(row.get("score") for _, _, row in _all(files))
    return ForeignRun(
        label=f"{folder.parent.name}/{folder.name}" if found else name,
        program="Qwen2.5-Math evaluation",
        rows=lambda: _rows(files, scored=scored),
        files=tuple(files),
        spec=spec,
        primary_grader=GRADER if scored else None,
        n_rows=sum(last.values()),
        notes=tuple(notes),
        unknown=("why a completion ended", "how many tokens it has", "the model and the token limit"),
    )


def _last_rows(files: Sequence[Path]) -> dict[str, int]:
    """Return the number of samples of each problem."""
    return {_problem(file, number, row): len(_list(row, "code")) for file, number, row in _all(files)}


def _all(files: Sequence[Path]) -> Iterator[tuple[Path, int, dict[str, Any]]]:
    for file in files:
        for number, row in json_lines(file):
            yield file, number, row


def _problem(file: Path, number: int, row: Mapping[str, Any]) -> str:
    with in_row(file, number):
        if row.get("idx") is None:
            raise UnreadableValueError("there is no idx")
        return identity(row["idx"])


def _rows(files: Sequence[Path], *, scored: bool) -> Iterator[ResultRow]:
    places = {_problem(file, number, row): (file, number) for file, number, row in _all(files)}
    for file, number, row in _all(files):
        problem = _problem(file, number, row)
        if places[problem] != (file, number):
            continue
        with in_row(file, number):
            yield from _samples(problem, row, scored=scored)


def _samples(problem: str, row: Mapping[str, Any], *, scored: bool) -> Iterator[ResultRow]:
    """Yield the samples of a problem; where only some have a score, those without one failed."""
    codes, predictions, scores = _list(row, "code"), _list(row, "pred"), _list(row, "score")
    for index, code in enumerate(codes):
        said = verdict(scores[index]) if index < len(scores) else None
        if isinstance(said, float):
            raise UnreadableValueError(f"score {said:g} is neither right nor wrong")
        prediction = str(predictions[index]) if index < len(predictions) else None
        grades = {} if said is None else {GRADER: ForeignGrade(said, prediction or None, no_answer=prediction == "")}
        yield ResultRow(
            problem_id=problem,
            completion_index=index,
            grades=grades,
            missing=None if grades or not scored else "error: no score",
            completion=code,
            gold=None if row.get("gt") is None else str(row["gt"]),
            question=row.get("question"),
        )


def _list(row: Mapping[str, Any], name: str) -> list[Any]:
    value = row.get(name)
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
