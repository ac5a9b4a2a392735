"""The completions of a TRL training, compared as an evaluation: each step is a run, its groups are completions.

``log_completions=True`` writes ``completions/completions_<step>.parquet``. To learn why a loss is what it is,
`import-training` (`store/imports/trl_folder.py`) reads the same folder as a training. Source:
``trl/trainer/grpo_trainer.py`` (1.16).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from evalsuite.errors import DataUnavailableError, InputError
from evalsuite.store.imports.folder import below
from evalsuite.store.imports.json_files import in_row
from evalsuite.store.imports.peek import Peek, peek
from evalsuite.store.imports.results import ForeignRun, ReadOptions
from evalsuite.store.imports.rollouts import Rewards, Rollout, alike, notes_of, rollout_rows, survey
from evalsuite.store.imports.values import text

__all__ = ["NAME", "read", "recognise"]

NAME = "trl-completions"
KEYS = ("prompt", "completion", "advantage")
OTHERS = (*KEYS, "step")
GOLD = ("solution", "answer", "ground_truth", "gold", "target", "label")
NUMBERS = ("DOUBLE", "FLOAT", "BIGINT", "INTEGER", "BOOLEAN")
JUDGES = ("accuracy", "correct", "exact_match")


def recognise(peek_: Peek) -> bool:
    """Return whether a Parquet file has the columns, or a folder such files."""
    if not peek_.is_folder:
        return peek_.suffix == ".parquet" and peek_.has(*KEYS)
    first = next(iter(_step_files(peek_.files)), None)
    return first is not None and peek(first).has(*KEYS)


def read(path: Path, options: ReadOptions) -> Sequence[ForeignRun]:
    """Return one run a step, in the order of the steps, or only the step that is asked for."""
    files = _step_files(sorted(below(path, "*.parquet"))) if path.is_dir() else [path]
    runs = sorted((step, file) for file in files for step in _steps(file))
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
    return [f for f in files if f.suffix == ".parquet" and f.stem.startswith("completions_") and f.stem[12:].isdigit()]


def _run(file: Path, step: int, rewards: Rewards, options: ReadOptions) -> ForeignRun:
    primary = _primary(file, rewards, options)
    left_out = rewards.left_out(options, primary)
    folder = file.absolute().parent
    notes = [f"step {step} -> a run of its own", *notes_of(rewards, left_out)]
    notes.append("the problems are those that the training drew at this step, not a fixed set")
    return ForeignRun(
        label=f"{(folder.parent if folder.name == 'completions' else folder).name} step {step}",
        program="TRL",
        rows=lambda: rollout_rows(_rollouts(file, step), rewards, primary, left_out),
        files=(file,),
        spec={"step": step},
        primary_grader=primary,
        score_ranges=rewards.ranges(options),
        n_rows=rewards.n_rows,
        notes=tuple(notes),
        unknown=(
            *(() if rewards.has_gold else ("the right answers",)),
            "why a completion ended", "how many tokens it has", "the model and its decoding",
        ),
    )  # fmt: skip


def _primary(file: Path, rewards: Rewards, options: ReadOptions) -> str | None:
    """Return the reward that says right or wrong: as the user says, the only verdict, or the one that is called so."""
    names = [name.removeprefix("trl/") for name in (*rewards.verdicts, *rewards.graded)]
    asked = options.columns.get("correct")
    if asked is not None:
        if asked not in names:
            raise InputError(f"{file} has no reward {asked}. Rewards there: {', '.join(names)}")
        return f"trl/{asked}"
    judges = [name for name in rewards.verdicts if any(word in name.lower() for word in JUDGES)]
    found = rewards.primary(options, prefer=judges[0] if len(judges) == 1 else None)
    if found is None and not rewards.has_gold and names:
        raise InputError(
            f"{file} has the rewards {', '.join(names)}, and which of them says right or wrong cannot be told: name it "
            f"with `--column correct={names[0]}`"
        )
    return found


def _steps(file: Path) -> list[int]:
    if "step" in dict(_columns(file)):
        return sorted({int(row["step"]) for _, row in _parquet_rows(file)})
    digits = file.stem.rpartition("_")[2]
    if not digits.isdigit():
        raise InputError(f"{file} has no column step, and its name does not end in one")
    return [int(digits)]


def _columns(file: Path) -> list[tuple[str, str]]:
    """Return names and types."""
    with duckdb.connect(":memory:") as connection:
        try:
            found = connection.execute("DESCRIBE FROM read_parquet(?)", [str(file)]).fetchall()
        except duckdb.Error as error:
            raise DataUnavailableError(f"cannot read {file}: {str(error).splitlines()[0]}") from error
    return [(str(row[0]), str(row[1])) for row in found]


def _rollouts(file: Path, step: int) -> Iterator[Rollout]:
    rewards = [name for name, kind in _columns(file) if name not in OTHERS + GOLD and kind in NUMBERS]
    for number, row in _parquet_rows(file):
        # TRL wrote the step as text for long.
        if row.get("step") is not None and int(row["step"]) != step:
            continue
        with in_row(file, number):
            yield Rollout(
                prompt=_prompt(row["prompt"]),
                text=text(row["completion"]),
                rewards={f"trl/{name}": row[name] for name in rewards},
                gold=next((str(row[name]) for name in GOLD if isinstance(row.get(name), str | int | float)), None),
            )


def _parquet_rows(file: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    with duckdb.connect(":memory:") as connection:
        try:
            result = connection.execute("SELECT * FROM read_parquet(?)", [str(file)])
            names = [column[0] for column in result.description or ()]
            number = 0
            while rows := result.fetchmany(1000):
                for row in rows:
                    number += 1
                    yield number, dict(zip(names, row, strict=True))
        except duckdb.Error as error:
            raise DataUnavailableError(f"cannot read {file}: {str(error).splitlines()[0]}") from error


def _prompt(value: Any) -> str:
    """Return what the user asks: the last turn of a conversation, or the prompt itself."""
    if isinstance(value, list):
        users = [message.get("content") for message in value if message.get("role") == "user"]
        return text(users[-1]) or "" if users else ""
    return text(value) or ""
