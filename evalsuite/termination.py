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
SOON_SECONDS = 0.05


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
    main one, which alone may set a handler. What Python cannot raise where it is (it is just deleting an object, say)
    and would only print, is raised a moment later.

    Attributes
    ----------
    arrived
        The signal that has come, also where another exception has taken the place of `Terminated`; None before.
    """

    def __init__(self) -> None:
        self.arrived: int | None = None
        self.ours: list[signal.Signals] = []
        self.hook = sys.unraisablehook

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self.ours = [number for number in SIGNALS if signal.getsignal(number) is signal.SIG_DFL]
        for number in self.ours:
            signal.signal(number, self._on_signal)
        if self.ours:
            self.hook, sys.unraisablehook = sys.unraisablehook, self._on_unraisable
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._give_back()
        if sys.unraisablehook == self._on_unraisable:
            sys.unraisablehook = self.hook

    def _on_unraisable(self, found: "sys.UnraisableHookArgs") -> None:
        stop = found.exc_value
        if isinstance(stop, Terminated):
            signal.signal(stop.number, self._on_signal)
            _send_soon(stop.number)
        elif isinstance(stop, KeyboardInterrupt):
            _send_soon(signal.SIGINT)
        else:
            self.hook(found)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        self.arrived = number
        self._give_back()
        leave_terminal(number)
        raise Terminated(number)

    def _give_back(self) -> None:
        for number in self.ours:
            signal.signal(number, signal.SIG_DFL)


def _send_soon(number: int) -> None:
    """Send the signal to this process again, once Python is back where it can raise."""
    timer = threading.Timer(SOON_SECONDS, os.kill, (os.getpid(), number))
    timer.daemon = True
    timer.start()


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
