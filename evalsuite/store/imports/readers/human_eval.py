"""HumanEval's own ``<samples>_results.jsonl``, and programs that write the same: a task, a completion, passed or not.

Several lines with one task are its completions, in their order. Source: ``human_eval/evaluation.py``
(openai/human-eval).
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from evalsuite.store.imports.folder import below
from evalsuite.store.imports.json_files import in_row, json_lines
from evalsuite.store.imports.peek import Peek, peek
from evalsuite.store.imports.results import ForeignRun, ReadOptions, ResultRow
from evalsuite.store.imports.rollouts import foreign_grade
from evalsuite.store.imports.values import UnreadableValueError, identity, text

__all__ = ["NAME", "read", "recognise"]

NAME = "human-eval"
GRADER = "human-eval/passed"


def recognise(peek_: Peek) -> bool:
    """Return whether a file has the columns, or a folder such files."""
    if peek_.is_folder:
        return bool(_files(peek_.files))
    return peek_.has("task_id", "completion", "result", "passed")


def _files(files: Sequence[Path]) -> list[Path]:
    return [file for file in files[:1000] if file.suffix == ".jsonl" and recognise(peek(file))]


def read(path: Path, options: ReadOptions) -> Sequence[ForeignRun]:  # noqa: ARG001
    """Return one run a file."""
    return [_run(file) for file in (_files(sorted(below(path, "*.jsonl"))) if path.is_dir() else [path])]


def _run(path: Path) -> ForeignRun:
    tasks = Counter(identity(row.get("task_id")) for _, row in json_lines(path))
    most = max(tasks.values(), default=0)
    return ForeignRun(
        label=path.stem.removesuffix(".jsonl_results").removesuffix("_results"),
        program="HumanEval",
        rows=lambda: _rows(path),
        files=(path,),
        primary_grader=GRADER,
        n_rows=sum(tasks.values()),
        notes=(f"up to {most} lines of one task -> completions",) if most > 1 else (),
        unknown=(
            "the tasks' texts", "why a completion ended", "how many tokens it has", "the model and its decoding",
        ),
    )  # fmt: skip


def _rows(file: Path) -> Iterator[ResultRow]:
    seen: Counter[str] = Counter()
    for number, row in json_lines(file):
        with in_row(file, number):
            if row.get("task_id") is None:
                raise UnreadableValueError("there is no task_id")
            task = identity(row["task_id"])
            grade = foreign_grade(row.get("passed"), graded=False)
            yield ResultRow(
                problem_id=task,
                completion_index=seen[task],
                grades={} if grade is None else {GRADER: grade},
                missing="error: passed is empty" if grade is None else None,
                completion=text(row.get("completion")),
            )
        seen[task] += 1
