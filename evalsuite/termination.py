"""SIGTERM of SLURM, Docker and systemd, and SIGHUP of a terminal that is closed, as exceptions like that of Ctrl-C.

Without it Python dies on the spot. Raised, it rolls back and closes what is open, as every other exception does.
"""

import os
import signal
import sys
import threading
from types import FrameType, TracebackType
from typing import Self

__all__ = ["SIGNALS", "Terminated", "Termination", "leave_terminal"]

SIGNALS = (signal.SIGTERM, signal.SIGHUP)


class Terminated(KeyboardInterrupt):
    """A signal of `SIGNALS` has arrived. Whatever lets Ctrl-C pass lets it pass too.

    Parameters
    ----------
    number
        Which.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class Termination:
    """Raises `Terminated` where the program is when such a signal arrives; a second one kills as ever.

    A handler that is there already is left, as is a signal that `nohup` has switched off, and every thread but the
    main one, which alone may set a handler.

    Attributes
    ----------
    arrived
        The signal that has come, also where another exception has taken the place of `Terminated`; None before.
    """

    def __init__(self) -> None:
        self.arrived: int | None = None
        self.ours: list[signal.Signals] = []

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self.ours = [number for number in SIGNALS if signal.getsignal(number) is signal.SIG_DFL]
        for number in self.ours:
            signal.signal(number, self._on_signal)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._give_back()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        self.arrived = number
        self._give_back()
        leave_terminal(number)
        raise Terminated(number)

    def _give_back(self) -> None:
        for number in self.ours:
            signal.signal(number, signal.SIG_DFL)


def leave_terminal(number: int) -> None:
    """After SIGHUP let what is still said go nowhere where it went to the terminal, which is no longer there."""
    if number != signal.SIGHUP:
        return
    for stream in (sys.__stdout__, sys.__stderr__):
        try:
            if stream is not None and stream.isatty():
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        except (OSError, ValueError):
            continue
