"""Checkpoints: which one to go on from, how each does on the held-out problems, and which one is the best."""

import json
import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from evalsuite.console import say
from evalsuite.errors import StoreLockedError
from evalsuite.evaluation.pipeline import Watcher
from evalsuite.evaluation.run import PreparedRun, execute, prepare
from evalsuite.problems.problem_set import ProblemSet
from evalsuite.settings import RunSettings
from evalsuite.store import large_queries, queries
from evalsuite.store.runs import run_status
from evalsuite.store.store import Store
from evalsuite.training.config import TrainingConfig
from evalsuite.training.waiting_rows import BUSY_SECONDS

__all__ = ["FOLDER", "Checkpoint", "Evaluations", "last_checkpoint", "set_aside_past_plan"]

FOLDER = "checkpoints"
"""Name of the checkpoints' folder in the output folder of a training."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A whole checkpoint, after `step` of the `planned` steps of its training."""

    folder: Path
    step: int
    planned: int

    @property
    def is_last(self) -> bool:
        """Whether the training ends with it. The trainer, going on from there, could make a step too many."""
        return self.step >= self.planned


def last_checkpoint(output: Path) -> Checkpoint | None:
    """Return the newest whole checkpoint in the output folder of a training, None if there is none."""
    return next(reversed(_checkpoints(output / FOLDER)), None)


def set_aside_past_plan(output: Path) -> None:
    """Rename checkpoints of more steps than were planned, which older versions made, to ``past-plan-N``.

    The trainer, which keeps those of the largest numbers, would delete the right ones for them.
    """
    for folder in _folders(output / FOLDER):
        step, planned = _progress(folder)
        if step > planned:
            target = folder.with_name(f"past-plan-{step}")
            say(f"{folder} has more than the {planned} steps of the training: it is now called {target.name}")
            shutil.rmtree(target, ignore_errors=True)
            folder.rename(target)


class Evaluations(TrainerCallback):
    """Evaluates every checkpoint greedily on the held-out problems and stores that as an ordinary run.

    The checkpoint's files are loaded beside the model in training, so the numbers are those that `evalsuite run`
    gives. The random states are put back afterwards: an evaluation never changes what is sampled next.

    Parameters
    ----------
    n_kept
        Newest checkpoints to keep of those that were evaluated; None keeps all. It is done here and not by the trainer,
        which would delete checkpoints whose evaluation still waits for a busy store.
    """

    def __init__(
        self, config: TrainingConfig, problem_set: ProblemSet, n_held_out: int, store: Path, *, n_kept: int | None
    ) -> None:
        self.config, self.problem_set, self.n_held_out, self.store = config, problem_set, n_held_out, store
        self.n_kept = n_kept
        self.folder = Path(config.training.output) / FOLDER
        self.run_ids: dict[int, str] = {}

    def on_save(
        self,
        args: TrainingArguments,  # noqa: ARG002
        state: TrainerState,
        control: TrainerControl,  # noqa: ARG002
        **_: Any,
    ) -> None:
        """Evaluate the checkpoint that was just written, and earlier ones whose evaluation did not come to its end."""
        try:
            with _same_random_states(), Store.writer(self.store, lock_wait=BUSY_SECONDS) as opened:
                self.catch_up(opened)
        except StoreLockedError:
            say(f"the store is in use: checkpoint {state.global_step} is evaluated later")
        self._delete_old()

    def catch_up(self, store: Store) -> None:
        """Evaluate every checkpoint that has no finished evaluation yet."""
        for checkpoint in _checkpoints(self.folder):
            if checkpoint.step in self.run_ids:
                continue
            prepared = self._prepared(checkpoint, store)
            if not _is_finished(store, prepared):
                execute(prepared, store, watcher=Watcher(), sources={})
            self.run_ids[checkpoint.step] = prepared.spec.run_id

    def best(self, store: Store) -> Checkpoint:
        """Return the checkpoint with the most held-out problems right, the earliest of equals, after `catch_up`."""

        def value(checkpoint: Checkpoint) -> tuple[int, int]:
            run_id = self.run_ids[checkpoint.step]
            _, made = large_queries.score_columns(store.connection, run_id, RunSettings().grader)
            return int(made["right"].sum()), -checkpoint.step

        return max((c for c in _checkpoints(self.folder) if c.step in self.run_ids), key=value)

    def _prepared(self, checkpoint: Checkpoint, store: Store) -> PreparedRun:
        settings, folder = self.config.training, str(checkpoint.folder)
        is_adapter = self.config.lora is not None or settings.adapter is not None
        label = f"{settings.label}@{checkpoint.step}"
        prepared = prepare(
            RunSettings(
                model=settings.model if is_adapter else folder,
                adapter=folder if is_adapter else None,
                label=label,
                problems=settings.problems,
                order="file",
                limit=self.n_held_out,
                template=settings.template,
                max_new_tokens=self.config.evaluation.max_new_tokens,
            )
        )
        run_id = prepared.spec.run_id
        if all(head["run_id"] == run_id for head in queries.run_heads(store.connection, label=label)):
            return prepared
        # Another run has the name; a training does not end for that.
        return replace(prepared, settings=replace(prepared.settings, label=f"{label}-{run_id[:6]}"))

    def _delete_old(self) -> None:
        if self.n_kept is None:
            return
        for checkpoint in _checkpoints(self.folder)[: -self.n_kept]:
            if checkpoint.step in self.run_ids:
                shutil.rmtree(checkpoint.folder, ignore_errors=True)


def _is_finished(store: Store, prepared: PreparedRun) -> bool:
    run_id = prepared.spec.run_id
    if not queries.run_heads(store.connection, run_id=run_id):
        return False
    return run_status(store, run_id)["n_done"] >= len(prepared.order.rows)


@contextmanager
def _same_random_states() -> Iterator[None]:
    states = random.getstate(), np.random.get_state()  # noqa: NPY002 - the trainer's generator
    try:
        with torch.random.fork_rng():
            yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])  # noqa: NPY002


def _checkpoints(folder: Path) -> list[Checkpoint]:
    """Return the whole checkpoints of the plan by step."""
    found = [Checkpoint(one, *_progress(one)) for one in _folders(folder)]
    return [c for c in found if 0 < c.step <= c.planned]


def _folders(folder: Path) -> list[Path]:
    found = [f for f in folder.glob("checkpoint-*") if f.is_dir() and f.name.rpartition("-")[2].isdecimal()]
    return sorted(found, key=_step)


def _step(folder: Path) -> int:
    return int(folder.name.rpartition("-")[2])


def _progress(folder: Path) -> tuple[int, int]:
    """Return the step of a whole checkpoint and the steps planned, 0 and 0 of any other.

    The trainer writes ``trainer_state.json`` last: a checkpoint without a readable one was cut off.
    """
    try:
        state = json.loads((folder / "trainer_state.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return 0, 0
    if not isinstance(state, dict) or state.get("global_step") != _step(folder):
        return 0, 0
    planned = state.get("max_steps")
    return _step(folder), planned if isinstance(planned, int) else 0
