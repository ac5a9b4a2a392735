"""How many threads to compute with, measured once a process: where others use the machine, one may be faster than all.

A matrix product on several threads ends when the last of them ends. Where another process has a core, each product
waits for a slice of time, thousands of times a batch, and two threads can be many times slower than one. So before a
process decodes its first batch, a few products of the size of a decoding step are timed with all threads and with one.

The order in which numbers are added may follow the number of threads, and a bfloat16 text with it. One thread is
therefore taken only where it is clearly faster, and a run that goes on keeps the number that it began with.
"""

import os
import time
from collections.abc import Callable
from statistics import median

import torch

__all__ = ["CLEARLY", "fastest", "seconds_with", "settle"]

ROUNDS = 7
FEWEST_ROUNDS = 2
BUDGET_SECONDS = 0.3
"""Where threads wait for each other a round takes as long as a hundred of them elsewhere, and a few say enough."""
N_PRODUCTS = 4
SHAPE = (64, 576, 1536)
CLEARLY = 2.0
"""How many times faster one thread must be."""
SET_BY_USER = ("OMP_NUM_THREADS", "MKL_NUM_THREADS")

_settled: list[int] = []


def settle(recorded: int | None = None) -> int:
    """Set and return the number of threads of this process.

    Parameters
    ----------
    recorded
        What the run began with. None takes the number that the user has set (``OMP_NUM_THREADS``), that of the first
        run of this process, or measures.
    """
    most = torch.get_num_threads()
    if recorded is None and not _settled:
        fixed = any(name in os.environ for name in SET_BY_USER) or torch.cuda.is_available()
        _settled.append(most if fixed or most == 1 else fastest(most))
    torch.set_num_threads(recorded or _settled[0])
    return torch.get_num_threads()


def fastest(most: int, measure: Callable[[int], float] | None = None) -> int:
    """Return `most`, or 1 where one thread is clearly faster; rounds alternate, so that a burst of work meets both.

    Parameters
    ----------
    measure
        Returns how long some work takes with so many threads; `seconds_with` if not given.
    """
    times: dict[int, list[float]] = {most: [], 1: []}
    spent = 0.0
    for n_rounds in range(ROUNDS):
        if n_rounds >= FEWEST_ROUNDS and spent > BUDGET_SECONDS:
            break
        for n, so_far in times.items():
            so_far.append((measure or seconds_with)(n))
            spent += so_far[-1]
    return 1 if median(times[1]) * CLEARLY < median(times[most]) else most


def seconds_with(n_threads: int) -> float:
    """Return how long a few matrix products take with so many threads, which stay set."""
    torch.set_num_threads(n_threads)
    rows, inner, columns = SHAPE
    left, right = torch.ones(rows, inner), torch.ones(inner, columns)
    started = time.perf_counter()
    for _ in range(N_PRODUCTS):
        left @ right
    return time.perf_counter() - started
