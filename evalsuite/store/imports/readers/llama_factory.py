"""LLaMA-Factory: ``generated_predictions.jsonl`` of ``do_predict`` and of ``scripts/vllm_infer.py``.

Only texts: they are graded here, against the label, which is the answer as the data set writes it. Source:
``train/sft/trainer.py``, ``save_predictions`` (0.9.5); before 2024 there was no ``prompt``.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from evalsuite.store.imports.folder import below
from evalsuite.store.imports.json_files import in_row, json_lines
from evalsuite.store.imports.peek import Peek
from evalsuite.store.imports.prompts import last_user_turn
from evalsuite.store.imports.results import ForeignRun, ReadOptions, ResultRow
from evalsuite.store.imports.values import text

__all__ = ["NAME", "read", "recognise"]

NAME = "llama-factory"
FILE = "generated_predictions.jsonl"


def recognise(peek: Peek) -> bool:
    """Return whether a file has the columns, or a folder such a file."""
    if peek.is_folder:
        return any(file.name == FILE for file in peek.files)
    return peek.suffix == ".jsonl" and peek.has("predict", "label") and peek.keys <= {"prompt", "predict", "label"}


def read(path: Path, options: ReadOptions) -> Sequence[ForeignRun]:  # noqa: ARG001
    """Return one run a file. Problems are named by their row, as the order is that of the data set."""
    files = sorted(below(path, FILE)) if path.is_dir() else [path]
    return [_run(file) for file in files]


def _run(file: Path) -> ForeignRun:
    number, prompts = 0, False
    for number, row in enumerate((row for _, row in json_lines(file)), 1):  # noqa: B007
        prompts = prompts or row.get("prompt") is not None
    unknown = ["why a completion ended", "how many tokens it has", "the model and its decoding"]
    return ForeignRun(
        label=file.absolute().parent.name if file.name == FILE else file.stem,
        program="LLaMA-Factory",
        rows=lambda: _rows(file),
        files=(file,),
        n_rows=number,
        notes=("label -> gold; predict is graded here", "row of the file -> id of the problem"),
        unknown=tuple(unknown if prompts else ["the questions", *unknown]),
    )


def _rows(file: Path) -> Iterator[ResultRow]:
    for place, (number, row) in enumerate(json_lines(file)):
        with in_row(file, number):
            prompt = text(row.get("prompt"))
            label = text(row.get("label"))
            yield ResultRow(
                problem_id=str(place),
                completion=text(row.get("predict")),
                gold=None if label is None else label.strip(),
                question=None if prompt is None else last_user_turn(prompt),
            )
