"""A training with TRL that somebody else made, from the folder it left: completions and the trainer's log.

TRL writes ``completions/completions_<step>.parquet`` with ``log_completions=True``, and ``trainer_state.json`` into
every checkpoint. Nothing pickled is ever loaded, so what only ``training_args.bin`` knows (loss type, token limit,
learning schedule) stays unknown. Lengths, stop reasons and gold answers are not in these files either.
"""

import ast
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from evalsuite.errors import DataUnavailableError, InputError
from evalsuite.files import no_json
from evalsuite.grading.box import box_state
from evalsuite.literal_path import PARQUET, literal
from evalsuite.records import digest
from evalsuite.store.store import Store
from evalsuite.store.trainings import TrainingCompletion, TrainingHead, TrainingStep, add_step, add_training, not_finite
from evalsuite.wording.language import N_

__all__ = ["WARNINGS", "TrainingImport", "import_training"]

NEEDED = ("prompt", "completion")
OTHERS = ("step", "advantage", "reward")
TYPED = {"loss": "loss", "grad_norm": "grad_norm", "learning_rate": "learning_rate", "entropy": "entropy",
         "kl": "kl", "step_time": "seconds"}  # fmt: skip
NO_STATE = N_("There is no trainer_state.json: loss and gradient of the steps are unknown.")
NO_COMPLETIONS = N_(
    "There are no completions: rewards are known by their logged means alone. TRL writes completions with "
    "log_completions=True."
)
WENT_ON = N_("{n} steps went on with the completions of the step before, which are stored once, with that step.")
SELDOM_LOGGED = N_("The trainer logged every {n} steps: completions between are lost and its numbers are averages.")
WEIGHTS_UNKNOWN = N_("The weights of the rewards are unknown and were taken as 1.")
WEIGHTS_UNCLEAR = N_("The weights of the rewards cannot be told from the log and were taken as 1.")
WARNINGS = (NO_STATE, NO_COMPLETIONS, WENT_ON, SELDOM_LOGGED, WEIGHTS_UNKNOWN, WEIGHTS_UNCLEAR)
"""Everything that an import may warn of; it is stored in English."""


@dataclass(frozen=True, slots=True)
class TrainingImport:
    """What an import brought.

    Attributes
    ----------
    group_size
        Completions a group, read off equal prompts that follow each other; None without completions.
    rewards
        Names of the reward functions.
    warnings
        What is not there or had to be guessed, most important first.
    """

    training_id: str
    label: str
    n_steps: int
    n_completions: int
    group_size: int | None
    rewards: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Row:
    step: int
    prompt: str
    text: str
    rewards: dict[str, float | None]
    total: float | None
    advantage: float | None


def import_training(store: Store, folder: Path, *, label: str) -> TrainingImport:
    """Store a training of TRL from the folder it wrote (its ``output_dir``).

    Importing the same folder under the same label again changes nothing.

    Parameters
    ----------
    folder
        Holds ``completions/``, and ``trainer_state.json`` itself or in a ``checkpoint-<step>`` folder, of which the
        newest is read.

    Raises
    ------
    DataUnavailableError
        The folder or a file cannot be read.
    InputError
        There are neither completions nor a log, a column is missing, prompts do not come in groups, or the label is
        taken.
    """
    if not folder.is_dir():
        raise DataUnavailableError(f"there is no folder {folder} to import a training from")
    state, warnings = _state(folder)
    log = [entry for entry in state.get("log_history", []) if "loss" in entry and "step" in entry]
    if log and not any((folder / "completions").glob("*.parquet")):
        warnings.append(NO_COMPLETIONS)
        columns: list[str] = []
        raw: list[dict[str, Any]] = []
    else:
        columns, raw = _read_completions(folder)
    names = _reward_names(columns, raw, log) if columns else list(_logged_rewards(log))
    # Early versions of TRL wrote only the total, in a column of this name.
    only_total = "reward" in columns and "reward" not in names
    weights = None if only_total or not raw else _weights(names, raw, log, warnings)
    rows, repeated = _without_repeats([_row(r, names, weights) for r in raw])
    if repeated:
        warnings.append(WENT_ON.format(n=repeated))
    size = _group_size(folder, rows) if rows else None
    every = _whole(state.get("logging_steps"))
    if every is not None and every > 1:
        warnings.append(SELDOM_LOGGED.format(n=every))
    steps = _steps(log)
    head = _head(folder, label, state, size, rows, steps, warnings)
    add_training(store, head)
    add_step(store, head.training_id, steps, [] if size is None else _completions(rows, size))
    return TrainingImport(
        head.training_id, label, len(steps), len(rows), size, tuple(names) or ("reward",), tuple(warnings)
    )


def _head(
    folder: Path,
    label: str,
    state: Mapping[str, Any],
    size: int | None,
    rows: Sequence[_Row],
    steps: Sequence[TrainingStep],
    warnings: Sequence[str],
) -> TrainingHead:
    known = {
        "num_generations": size,
        "max_steps": _whole(state.get("max_steps")),
        "logging_steps": _whole(state.get("logging_steps")),
        "per_device_train_batch_size": _whole(state.get("train_batch_size")),
    }
    content = [[r.step, r.prompt, r.text, str(r.total)] for r in rows] + [[s.step, str(s.loss)] for s in steps]
    return TrainingHead(
        training_id=digest([label, content])[:16],
        label=label,
        source="imported",
        method="grpo",
        config={"grpo": {name: value for name, value in known.items() if value is not None}},
        details={"folder": str(folder), "warnings": list(warnings)},
    )


def _state(folder: Path) -> tuple[dict[str, Any], list[str]]:
    """Return the trainer's state of the folder or its newest checkpoint, empty with a warning where there is none."""
    checkpoints = [p for p in folder.glob("checkpoint-*/trainer_state.json") if p.parent.name[11:].isdigit()]
    checkpoints.sort(key=lambda p: int(p.parent.name[11:]))
    files = [folder / "trainer_state.json", *reversed(checkpoints)]
    file = next((f for f in files if f.is_file()), None)
    if file is None:
        return {}, [NO_STATE]
    try:
        state = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise DataUnavailableError(f"cannot read {file}: {error}") from error
    except (ValueError, RecursionError) as error:
        raise no_json(file, error) from error
    history = state.get("log_history") if isinstance(state, dict) else None
    if not isinstance(history, list) or not all(isinstance(entry, dict) for entry in history):
        raise InputError(f"{file} holds no log_history, so it is no state of a trainer")
    return state, []


def _read_completions(folder: Path) -> tuple[list[str], list[dict[str, Any]]]:
    files = sorted((folder / "completions").glob("*.parquet"))
    if not files:
        raise InputError(
            f"{folder / 'completions'} holds no .parquet file. TRL writes them with log_completions=True; with "
            "logging_steps=1 none is lost."
        )
    columns: list[str] = []
    rows: list[dict[str, Any]] = []
    with duckdb.connect(":memory:") as connection:
        for file in files:
            try:
                result = connection.execute(f"SELECT * FROM {PARQUET}", [literal(file)])
                found = [column[0] for column in result.description or ()]
                values = result.fetchall()
            except (duckdb.Error, UnicodeDecodeError) as error:
                raise DataUnavailableError(f"cannot read {file}: {str(error).splitlines()[0]}") from error
            missing = [name for name in NEEDED if name not in found]
            if missing:
                raise InputError(f"{file} has no column {missing[0]}. Columns there: {', '.join(found)}")
            columns += [name for name in found if name not in columns]
            for value in values:
                row = dict(zip(found, value, strict=True))
                rows.append({**row, "step": _step(file, row.get("step"))})
    if not rows:
        raise InputError(f"the files in {folder / 'completions'} hold no rows")
    return columns, rows


def _step(file: Path, value: Any) -> int:
    """Return the step as the file says it, or as its name does."""
    step = _whole(value)
    if step is None:
        digits = file.stem.rpartition("_")[2]
        if not digits.isdigit():
            raise InputError(f"{file}: step must be a whole number, got {value!r}")
        step = int(digits)
    return step


def _reward_names(
    columns: Sequence[str], raw: Sequence[Mapping[str, Any]], log: Sequence[Mapping[str, Any]]
) -> list[str]:
    """Return the columns that the log names as rewards; without a log all with numbers."""
    logged = set(_logged_rewards(log))
    rest = [name for name in columns if name not in NEEDED + OTHERS or (name == "reward" and name in logged)]
    if logged & set(rest):
        return [name for name in rest if name in logged]
    found = [name for name in rest if any(_number(r.get(name)) is not None for r in raw) and not _has_text(raw, name)]
    if not found and "reward" not in columns:
        raise InputError(f"no column holds rewards. Columns there: {', '.join(columns)}")
    return found


def _logged_rewards(log: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return the names of the rewards in the log; early versions of TRL log a reward's mean under its bare name."""
    keys = [key.split("/", 1)[1] for entry in log for key in entry if key.startswith("rewards/")]
    return tuple(dict.fromkeys(key.removesuffix("/mean") for key in keys if not key.endswith("/std")))


def _has_text(raw: Sequence[Mapping[str, Any]], name: str) -> bool:
    return any(not isinstance(r.get(name), int | float | None) for r in raw)


def _weights(
    names: Sequence[str], raw: Sequence[Mapping[str, Any]], log: Sequence[Mapping[str, Any]], warnings: list[str]
) -> dict[str, float]:
    """Return the weights with which the rewards add up to the reward logged of each step; 1 where these are unknown."""
    logged = {e["step"]: _number(e.get("reward")) for e in log}
    means, totals = [], []
    for step, group in groupby(sorted(raw, key=lambda r: r["step"]), key=lambda r: r["step"]):
        own = list(group)
        if (total := logged.get(step)) is not None:
            # A reward that did not apply adds nothing to the sum, but its completion counts.
            means.append([math.fsum(_number(r.get(name)) or 0.0 for r in own) / len(own) for name in names])
            totals.append(total)
    table, target = np.array(means).reshape(-1, len(names)), np.array(totals)
    if np.allclose(table.sum(axis=1), target, rtol=1e-5, atol=1e-6):
        if len(names) > 1 and not totals:
            warnings.append(WEIGHTS_UNKNOWN)
        return dict.fromkeys(names, 1.0)
    found, _, rank, _ = np.linalg.lstsq(table, target, rcond=None)
    if rank == len(names) and np.allclose(table @ found, target, rtol=1e-4, atol=1e-5):
        return {name: round(float(weight), 5) for name, weight in zip(names, found, strict=True)}
    warnings.append(WEIGHTS_UNCLEAR)
    return dict.fromkeys(names, 1.0)


def _row(raw: Mapping[str, Any], names: Sequence[str], weights: Mapping[str, float] | None) -> _Row:
    rewards = {name: _number(raw.get(name)) for name in names}
    if weights is None:
        total = _number(raw.get("reward"))
        rewards = rewards or {"reward": total}
    else:
        known = [weights[name] * value for name, value in rewards.items() if value is not None]
        total = math.fsum(known) if known else None
    return _Row(
        raw["step"], _prompt(raw["prompt"]), _text(raw["completion"]), rewards, total, _number(raw.get("advantage"))
    )


def _without_repeats(rows: Sequence[_Row]) -> tuple[list[_Row], int]:
    """Drop steps whose rows are those of the step before: the trainer used its completions more than once."""
    kept: list[_Row] = []
    before: list[tuple[object, ...]] = []
    repeated = 0
    for _, group in groupby(sorted(rows, key=lambda r: r.step), key=lambda r: r.step):
        own = list(group)
        content: list[tuple[object, ...]] = [(r.prompt, r.text, r.total, r.advantage) for r in own]
        if content == before:
            repeated += 1
            continue
        before = content
        kept += own
    return kept, repeated


def _group_size(folder: Path, rows: Sequence[_Row]) -> int:
    """Return the largest size of which every run of equal prompts is a multiple; a prompt may come twice in a row."""
    runs = [len(list(group)) for _, group in groupby(rows, key=lambda r: (r.step, r.prompt))]
    size = math.gcd(*runs)
    if size < 2:
        raise InputError(
            f"the prompts in {folder / 'completions'} do not come in groups: runs of equal prompts have lengths "
            f"{', '.join(str(n) for n in runs[:5])}"
        )
    return size


def _completions(rows: Sequence[_Row], size: int) -> list[TrainingCompletion]:
    found = []
    for _, group in groupby(rows, key=lambda r: r.step):
        for position, row in enumerate(group):
            found.append(
                TrainingCompletion(
                    step=row.step,
                    position=position,
                    group_index=position // size,
                    problem_id=f"prompt/{digest(row.prompt)[:12]}",
                    text=row.text,
                    n_tokens=None,
                    stop_reason="unknown",
                    box=box_state(row.text),
                    outcome=None,
                    lenient_outcome=None,
                    reward=row.total,
                    rewards=row.rewards,
                    advantage=row.advantage,
                )
            )
    return found


def _steps(log: Sequence[Mapping[str, Any]]) -> list[TrainingStep]:
    found = {}
    for entry in log:
        step = _whole(entry["step"])
        if step is not None:
            typed = {column: _number(entry.get(name)) for name, column in TYPED.items()}
            rest = {k: v for k, v in entry.items() if k not in {*TYPED, "step"} and _number(v) is not None}
            found[step] = TrainingStep(step=step, metrics=rest | not_finite(entry), **typed)
    return [found[step] for step in sorted(found)]


def _prompt(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)


def _text(value: Any) -> str:
    """Return the text of a completion: itself, or what the assistant says in a list of messages, even a written one."""
    if isinstance(value, str) and value.startswith("[{"):
        value = _parsed(value)
    if isinstance(value, list) and all(isinstance(m, dict) and "content" in m for m in value):
        return "\n".join(str(m["content"]) for m in value if m.get("role", "assistant") == "assistant")
    return "" if value is None else str(value)


def _parsed(text: str) -> Any:
    for read in (json.loads, ast.literal_eval):
        try:
            found = read(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
        if isinstance(found, list):
            return found
    return text


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def _whole(value: Any) -> int | None:
    number = _number(value)
    return None if number is None or not number.is_integer() else int(number)
