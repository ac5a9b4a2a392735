"""A bar for commands that count something on their way, for whoever looks at a terminal and waits."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Timer

__all__ = ["counted"]

PATIENCE = 1.0
"""Seconds after which a bar is shown: what takes less needs none."""
CLEAR = "\r\x1b[2K"


@contextmanager
def counted(what: str, total: int | None) -> Iterator[Callable[[int], None] | None]:
    """Yield what shows a bar of how much is done, of `total` where that is known; None where nobody looks.

    The bar is gone at the end, and with it the thread that drew it.
    """
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    bar = Progress(*columns, console=Console(stderr=True), transient=True)
    task = bar.add_task(what, total=total)

    def show() -> None:
        # In the place of the line that says what is being done (`stages`).
        sys.stderr.write(CLEAR)
        bar.start()

    waiting = Timer(PATIENCE, show)
    waiting.daemon = True
    waiting.start()
    try:
        yield lambda n: bar.update(task, completed=n)
    finally:
        waiting.cancel()
        waiting.join()
        bar.stop()
