"""How many requests are at a server at a time: more while it answers, half as many when it refuses or is late.

Additive increase and multiplicative decrease (Chiu and Jain 1989, doi:10.1016/0169-7552(89)90019-6). Before the first
refusal the limit doubles with every round of answers. Refusals of requests that began before the last decrease say
nothing new, for they were sent under the old limit.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["AdaptiveLimit"]

START = 32
SHORT = 0.1
"""Seconds after which a waiting thread looks again whether it is to give up."""


class AdaptiveLimit:
    """A limit on requests under way that follows the server.

    Parameters
    ----------
    most
        The limit is never above it.
    closing
        Once it is set nobody waits any more.

    Examples
    --------
    >>> limit = AdaptiveLimit(64)
    >>> limit.answered(); limit.now
    33
    >>> limit.refused(begun=time.monotonic()); limit.now
    16
    """

    def __init__(self, most: int, closing: threading.Event | None = None) -> None:
        self.most = most
        self.closing = closing or threading.Event()
        self._limit = float(min(START, most))
        self._active = 0
        self._doubling = True
        self._lowered = -1.0
        self._paused_until = 0.0
        self._changed = threading.Condition()

    @property
    def now(self) -> int:
        """Most requests at this moment."""
        return int(self._limit)

    @contextmanager
    def permit(self) -> Iterator[None]:
        """Wait until one more request may be sent, and count it while it is under way."""
        with self._changed:
            while not self.closing.is_set() and not self._is_free():
                self._changed.wait(SHORT)
            self._active += 1
        try:
            yield
        finally:
            with self._changed:
                self._active -= 1
                self._changed.notify_all()

    def answered(self) -> None:
        """Raise the limit after an answer."""
        with self._changed:
            self._limit = min(float(self.most), self._limit + (1.0 if self._doubling else 1.0 / self._limit))

    def refused(self, *, begun: float, pause: float = 0.0) -> None:
        """Halve the limit after a refusal.

        Parameters
        ----------
        begun
            When the request was sent, by the monotonic clock.
        pause
            Seconds for which the server wants no request.
        """
        with self._changed:
            now = time.monotonic()
            self._paused_until = max(self._paused_until, now + pause)
            if begun > self._lowered:
                self._limit = max(1.0, self._limit / 2)
                self._doubling, self._lowered = False, now

    def _is_free(self) -> bool:
        return self._active < self.now and time.monotonic() >= self._paused_until
