"""What a command that takes some seconds is doing: on a terminal one line that the next replaces, elsewhere nothing.

Written without a thread: where other threads run, figures are drawn by one process alone (`reports.drawing`).
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["stages"]

CLEAR = "\r\x1b[2K"


@contextmanager
def stages() -> Iterator[Callable[[str], None]]:
    """Give a function that shows what is being done; the line is gone at the end, also after an error."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    try:
        yield _show
    finally:
        sys.stderr.write(CLEAR)
        sys.stderr.flush()


def _show(words: str) -> None:
    sys.stderr.write(f"{CLEAR}{words} …")
    sys.stderr.flush()
