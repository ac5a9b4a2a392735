"""verl's rollouts and validations: ``<step>.jsonl`` in ``trainer.rollout_data_dir`` and ``validation_data_dir``.

Each step is a run of its own. Prompts are decoded without special tokens, and the repeats of ``rollout.n`` stand one
after the other. Source: ``verl/trainer/ppo/ray_trainer.py``, ``_write_generations`` (0.9.1).
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from evalsuite.errors import InputError
from evalsuite.store.imports.folder import below
from evalsuite.store.imports.json_files import in_row, json_lines
from evalsuite.store.imports.peek import Peek, peek
from evalsuite.store.imports.results import ForeignRun, ReadOptions
from evalsuite.store.imports.rollouts import Rewards, Rollout, alike, notes_of, rollout_rows, survey
from evalsuite.store.imports.values import text

__all__ = ["NAME", "read", "recognise"]

NAME = "verl"
KEYS = ("input", "output", "score", "step")
UNKNOWN = ("why a completion ended", "how many tokens it has", "the model and its decoding")


def recognise(peek_: Peek) -> bool:
    """Return whether a file has verl's columns, or a folder files of steps that have them."""
    if not peek_.is_folder:
        return peek_.has(*KEYS)
    first = next(iter(_step_files(peek_.files)), None)
    return first is not None and peek(first).has(*KEYS)


def read(path: Path, options: ReadOptions) -> Sequence[ForeignRun]:
    """Return one run a step, in the order of the steps, or only the step that is asked for."""
    files = _step_files(sorted(below(path, "*.jsonl"))) if path.is_dir() else [path]
    runs = [(step, file) for file in files for step in _steps(file)]
    runs.sort(key=lambda run: (str(run[1].parent), run[0]))
    # What a reward is shows in all steps together, also where only one is asked for.
    rewards = alike([survey(_rollouts(file, step)) for step, file in runs])
    found = [
        _run(file, step, own, options)
        for (step, file), own in zip(runs, rewards, strict=True)
        if options.step in (None, step)
    ]
    if not found:
        raise InputError(f"{path} has no step {options.step}. Steps there: {', '.join(str(step) for step, _ in runs)}")
    return found


def _step_files(files: Iterable[Path]) -> list[Path]:
    return [file for file in files if file.suffix == ".jsonl" and file.stem.isdigit()]


def _steps(file: Path) -> list[int]:
    """Return the steps of a file: one as verl writes it, several where files were put together."""
    found: dict[int, None] = {}
    for number, row in json_lines(file):
        found[_step(file, number, row)] = None
    return list(found)


def _step(file: Path, number: int, row: Mapping[str, Any]) -> int:
    step = row.get("step")
    if isinstance(step, bool) or not isinstance(step, int):
        raise InputError(f"{file} row {number}: step must be a whole number, got {step!r}")
    return step


def _run(file: Path, step: int, rewards: Rewards, options: ReadOptions) -> ForeignRun:
    primary = rewards.primary(options, prefer="verl/acc")
    left_out = rewards.left_out(options, primary)
    notes = [f"step {step} of {file.name} -> a run of its own", *notes_of(rewards, left_out)]
    return ForeignRun(
        label=f"{file.absolute().parent.name} step {step}",
        program="verl",
        rows=lambda: rollout_rows(_rollouts(file, step), rewards, primary, left_out),
        files=(file,),
        spec={"step": step},
        primary_grader=primary,
        score_ranges=rewards.ranges(options),
        n_rows=rewards.n_rows,
        notes=tuple(notes),
        unknown=UNKNOWN if rewards.has_gold else (*UNKNOWN, "the right answers"),
    )


def _rollouts(file: Path, step: int) -> Iterator[Rollout]:
    for number, row in json_lines(file):
        if _step(file, number, row) != step:
            continue
        with in_row(file, number):
            # `reward` is `score` once more; the other columns are whatever the reward function returned.
            rewards = {f"verl/{name}": row[name] for name in ("acc", "score") if name in row}
            yield Rollout(
                prompt=text(row.get("input")) or "",
                text=text(row.get("output")),
                rewards=rewards,
                gold=_gold(row.get("gts")),
                extracted=None if row.get("pred") is None else str(row["pred"]),
            )


def _gold(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)
