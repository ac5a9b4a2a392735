"""Faults made on purpose: kills at random moments, full disks, readers beside a writer, damaged bytes, hostile files.

Run as a program it goes on for as long as it is given and prints what was survived:

    python tests/faults.py [MINUTES] [--seed N] [--only WORD] [--kills N]

Every fault has a function of a random generator and an empty folder that raises where something was lost, doubled or
silently wrong. Exit code 1 says that one was not survived; the seed in its line makes it again. With 0 minutes there is
one of each kind but those that load a model. With --kills it ends once that many processes were killed at work.
"""

import argparse
import math
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

import faults_of_arguments
import faults_of_commands
import faults_of_stores
import faults_of_trainings
import numpy as np
from fault_tools import KILLS, Fault

from evalsuite.console import print_table, say

__all__ = ["FAULTS", "survive"]

FAULTS: dict[str, Fault] = {**faults_of_stores.FAULTS, **faults_of_commands.FAULTS, **faults_of_arguments.FAULTS}


def survive(name: str, seed: int, kinds: dict[str, Fault]) -> float:
    """Make one fault in a folder of its own; return how many seconds it took."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        kinds[name](np.random.default_rng(seed), Path(folder))
    return time.monotonic() - started


def main() -> int:
    """Make faults in turn until the time is over, and print what was survived."""
    parser = argparse.ArgumentParser()
    parser.add_argument("minutes", type=float, nargs="?", default=15.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="kinds whose name has this word")
    parser.add_argument("--kills", type=int, help="end after so many processes that were killed at work")
    arguments = parser.parse_args()
    kinds = FAULTS if arguments.minutes == 0 else {**FAULTS, **faults_of_trainings.FAULTS}
    kinds = {name: fault for name, fault in kinds.items() if arguments.only in name}
    end = time.monotonic() + 60 * arguments.minutes
    survived: Counter[str] = Counter()
    seconds: dict[str, float] = dict.fromkeys(kinds, 0.0)
    killed: Counter[str] = Counter()
    failed: dict[str, list[int]] = {name: [] for name in kinds}
    seed = arguments.seed
    while not survived or (time.monotonic() < end and len(KILLS) < (arguments.kills or math.inf)):
        for name in kinds:
            if (time.monotonic() > end and seed > arguments.seed) or len(KILLS) >= (arguments.kills or math.inf):
                break
            before = len(KILLS)
            try:
                seconds[name] += survive(name, seed, kinds)
                survived[name] += 1
            except Exception:
                say(f"{name}, seed {seed}:\n{traceback.format_exc()}")
                failed[name].append(seed)
            killed[name] += len(KILLS) - before
        seed += 1
    rows = [
        (name, survived[name], len(seeds), ", ".join(map(str, seeds[:5])), killed[name], f"{seconds[name]:.0f}")
        for name, seeds in failed.items()
    ]
    print_table("Faults", ("fault", "survived", "not survived", "seeds", "kills", "seconds"), rows)
    return int(any(failed.values()))


if __name__ == "__main__":
    import pandas  # noqa: F401, ICN001  # DuckDB imports it with the first bound value

    sys.exit(main())
