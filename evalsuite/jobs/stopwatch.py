"""How long a piece of work takes."""

import time
from collections.abc import Callable

__all__ = ["seconds"]


def seconds(work: Callable[[], object], repeat: int = 1) -> float:
    """Return the shortest of `repeat` times."""
    times = []
    for _ in range(repeat):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return min(times)
