"""Faults of commands that load a model: a training, a run and its extension are killed at any moment."""

import os
import sys
import tempfile
import time
import warnings
from functools import cache, partial
from pathlib import Path

import numpy as np
from fault_tools import Fault, in_child, need, need_equal, until_done
from tiny_models import save_tiny_model

from evalsuite.cli.app import run_command

sys.path.append(str(Path(__file__).parent / "training"))

__all__ = ["FAULTS"]

WEIGHTS = "out/adapter/adapter_model.safetensors"


def train(folder: Path) -> None:
    """Train the tiny model, or go on."""
    from tiny_training import configured, trained

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trained(configured(folder, _model()), folder / "s.duckdb")


@cache
def _scratch() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory()


@cache
def _model() -> Path:
    import torch

    torch.set_num_threads(1)
    return save_tiny_model(Path(_scratch().name) / "model", 3)


@cache
def _whole() -> tuple[Path, float]:
    """Return a training that nothing disturbed, and how many seconds it took."""
    folder = Path(_scratch().name) / "whole"
    folder.mkdir()
    train(folder)  # here, so that the children find the libraries loaded
    started = time.monotonic()
    other = Path(_scratch().name) / "timed"
    other.mkdir()
    need(in_child(lambda: train(other)) == 0, "the training failed")
    return folder, time.monotonic() - started


def killed_training(rng: np.random.Generator, folder: Path) -> None:
    whole, seconds = _whole()
    for _ in range(2):
        in_child(lambda: train(folder), kill_after=rng.uniform(0, seconds))
    need(in_child(lambda: train(folder)) == 0, "the same command did not finish")
    need_equal(folder / "s.duckdb", whole / "s.duckdb")
    need((folder / WEIGHTS).read_bytes() == (whole / WEIGHTS).read_bytes(), "the weights differ")


def evaluate(store: Path, *, extended: bool = False) -> None:
    """Evaluate the tiny model by the command line, or give its completions more tokens."""
    run = ["run", "--model", str(_model()), "--problems", "generated/test:n=60", "--batch-size", "4", "--label", "tiny"]
    words = ["extend", "tiny", "--max-new-tokens", "24"] if extended else [*run, "--max-new-tokens", "12"]
    with Path(os.devnull).open("w", encoding="utf-8") as sys.stdout:
        need(run_command([*words, "--store", str(store)]) == 0, f"{words[0]} failed")


@cache
def _evaluated() -> tuple[Path, list[float]]:
    """Return a store of a run and its extension that nothing disturbed, and how many seconds each took."""
    _whole()  # so that the children find the libraries loaded
    store = Path(_scratch().name) / "evaluated.duckdb"
    seconds = []
    for extended in (False, True):
        started = time.monotonic()
        need(in_child(partial(evaluate, store, extended=extended)) == 0, "the evaluation failed")
        seconds.append(time.monotonic() - started)
    return store, seconds


def killed_evaluation(rng: np.random.Generator, folder: Path) -> None:
    whole, seconds = _evaluated()
    store = folder / "s.duckdb"
    for extended, longest in zip((False, True), seconds, strict=True):
        work = partial(evaluate, store, extended=extended)
        until_done(work, rng, store, kills=2, seconds=longest)
    need_equal(store, whole)


FAULTS: dict[str, Fault] = {
    "training killed": killed_training,
    "run and extension of a model killed": killed_evaluation,
}
