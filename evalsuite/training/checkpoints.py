"""Checkpoints: which one to go on from, how each does on the held-out problems, and which one is the best."""

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from evalsuite.errors import InputError
from evalsuite.evaluation.pipeline import Watcher
from evalsuite.evaluation.run import execute, prepare
from evalsuite.problems.problem_set import ProblemSet
from evalsuite.records import Outcome
from evalsuite.settings import RunSettings
from evalsuite.store import queries
from evalsuite.store.runs import find_run
from evalsuite.store.store import Store
from evalsuite.training.config import TrainingConfig

__all__ = ["Evaluations", "best_checkpoint", "last_checkpoint"]


def last_checkpoint(output: Path) -> str | None:
    """Return the newest whole checkpoint under `output`, None if there is none.

    The trainer writes ``trainer_state.json`` last: a checkpoint without a readable one was cut off.
    """
    return next((str(folder) for folder in reversed(_checkpoints(output / "checkpoints")) if _is_whole(folder)), None)


def best_checkpoint(config: TrainingConfig, folder: Path, store: Path) -> Path:
    """Return the checkpoint with the most held-out problems right, the earliest of equals.

    Raises
    ------
    InputError
        No checkpoint was evaluated.
    """
    scored = []
    with Store.reader(store) as opened:
        for checkpoint in _checkpoints(folder):
            step = _step(checkpoint)
            if not queries.run_heads(opened.connection, label=_label(config, step)):
                continue
            head = find_run(opened, _label(config, step))
            rows = queries.scores(opened.connection, head.run_id, head.primary_grader)
            scored.append((sum(r["outcome"] == Outcome.CORRECT for r in rows), -step, checkpoint))
    if not scored:
        raise InputError(
            f"no checkpoint under {folder} was evaluated, so none is the best: set evaluation.keep = 'last'"
        )
    return max(scored)[2]


class Evaluations(TrainerCallback):
    """Evaluates every checkpoint greedily on the held-out problems and stores that as an ordinary run.

    The checkpoint's files are loaded beside the model in training, so the numbers are those that `evalsuite run`
    gives. The random states are put back afterwards: an evaluation never changes what is sampled next.
    """

    def __init__(self, config: TrainingConfig, problem_set: ProblemSet, n_held_out: int, store: Path) -> None:
        self.config, self.problem_set, self.n_held_out, self.store = config, problem_set, n_held_out, store

    def on_save(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,  # noqa: ARG002
        **_: Any,
    ) -> None:
        """Evaluate the checkpoint that was just written."""
        settings = self.config.training
        folder = str(Path(args.output_dir or "") / f"checkpoint-{state.global_step}")
        is_adapter = self.config.lora is not None or settings.adapter is not None
        run = RunSettings(
            model=settings.model if is_adapter else folder,
            adapter=folder if is_adapter else None,
            label=_label(self.config, state.global_step),
            problems=settings.problems,
            order="file",
            limit=self.n_held_out,
            template=settings.template,
            max_new_tokens=self.config.evaluation.max_new_tokens,
        )
        states = random.getstate(), np.random.get_state()  # noqa: NPY002 - the trainer's generator
        with torch.random.fork_rng():
            prepared = prepare(run)
            with Store.writer(self.store) as opened:
                execute(prepared, opened, watcher=Watcher(), sources={})
        random.setstate(states[0])
        np.random.set_state(states[1])  # noqa: NPY002


def _label(config: TrainingConfig, step: int) -> str:
    return f"{config.training.label}@{step}"


def _checkpoints(folder: Path) -> list[Path]:
    """Return the checkpoint folders by step."""
    found = [f for f in folder.glob("checkpoint-*") if f.is_dir() and f.name.rpartition("-")[2].isdecimal()]
    return sorted(found, key=_step)


def _step(folder: Path) -> int:
    return int(folder.name.rpartition("-")[2])


def _is_whole(folder: Path) -> bool:
    try:
        state = json.loads((folder / "trainer_state.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(state, dict) and state.get("global_step") == _step(folder)
