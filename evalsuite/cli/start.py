"""Where the program begins: streams that are closed or of another encoding, and Ctrl-C while the rest still loads."""

import io
import os
import sys

__all__ = ["INTERRUPTED", "main"]

INTERRUPTED = 130
"""Exit code after Ctrl-C."""


def main() -> None:
    """Load the command line, run it, and exit with its code."""
    _mend_streams()
    try:
        from evalsuite.cli.app import run_command

        code = run_command(sys.argv[1:])
    except KeyboardInterrupt:
        sys.stderr.write("\nevalsuite: interrupted\n")
        code = INTERRUPTED
    if code == INTERRUPTED:
        _die_of_ctrl_c()
    sys.exit(code)


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
