"""Where the program begins and ends: closed streams, and signals while the rest still loads or when all is done."""

import io
import os
import shlex
import signal
import sys
from contextlib import suppress

from evalsuite.termination import Termination

__all__ = ["INTERRUPTED", "main"]

INTERRUPTED = 130
"""Exit code after Ctrl-C."""


def main() -> None:
    """Load the command line, run it, and exit with its code."""
    _mend_streams()
    code = _run()
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # while Python ends, Ctrl-C would be a traceback
    if code == INTERRUPTED:
        _die_of_ctrl_c()
    sys.exit(code)


def _run() -> int:
    termination = Termination()
    try:
        with termination:
            from evalsuite.cli.app import run_command

            return run_command(sys.argv[1:], termination)
    except KeyboardInterrupt:
        word = "interrupted" if termination.arrived is None else "terminated"
        again = f"evalsuite {shlex.join(sys.argv[1:])}"
        with suppress(OSError):
            sys.stderr.write(f"\nevalsuite: {word}. The same command begins again, or goes on:\n  {again}\n")
        return INTERRUPTED if termination.arrived is None else 128 + termination.arrived


def _die_of_ctrl_c() -> None:
    """End as Python ends by Ctrl-C, of the signal itself: a shell says 130, and a loop around the command ends too."""
    sys.excepthook = lambda *_: None
    raise KeyboardInterrupt


def _mend_streams() -> None:
    """Give a closed stream somewhere to write to, and show what the encoding of one does not have as an escape."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
