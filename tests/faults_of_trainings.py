"""Faults of trainings: a kill at any moment, and a store that others read meanwhile."""

import sys
import tempfile
import time
import warnings
from functools import cache
from pathlib import Path

import numpy as np
from fault_tools import Fault, in_child, need, need_equal
from tiny_models import save_tiny_model

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


FAULTS: dict[str, Fault] = {"training killed": killed_training}
