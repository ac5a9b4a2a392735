"""How many rows were read of several runs, one run behind the other."""

from collections.abc import Callable

__all__ = ["RowsRead"]


class RowsRead:
    """Tells `watch` the rows of all runs together; it is called with those of the run that is being read.

    Examples
    --------
    >>> told = []
    >>> rows = RowsRead(told.append)
    >>> rows(10), rows.next_run(), rows(5), told
    (None, None, None, [10, 15])
    """

    def __init__(self, watch: Callable[[int], None] | None) -> None:
        self.watch = watch
        self.before = self.here = 0

    def __call__(self, n: int) -> None:
        """Take the number of rows of this run that were read so far."""
        self.here = n
        if self.watch is not None:
            self.watch(self.before + n)

    def next_run(self) -> None:
        """Count on from where the last run ended."""
        self.before, self.here = self.before + self.here, 0
