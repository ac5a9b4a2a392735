"""Where the program begins: streams that are closed or of another encoding, and Ctrl-C while the rest still loads."""

import io
import os
import sys

__all__ = ["main"]


def main() -> None:
    """Load the command line, run it, and exit with its code."""
    _mend_streams()
    try:
        from evalsuite.cli.app import run_command
    except KeyboardInterrupt:
        sys.stderr.write("\nevalsuite: interrupted\n")
        sys.exit(130)
    sys.exit(run_command(sys.argv[1:]))


def _mend_streams() -> None:
    """Give a closed stream somewhere to write to, and show what the encoding of one does not have as an escape."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
