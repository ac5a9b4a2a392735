"""Processes that write a store, so that they can be killed and can stand in each other's way."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from evalsuite.store.store import Store

TESTS = Path(__file__).resolve().parents[1]
TABLES = ("completions", "grades", "problems", "run_problems", "run_draws")


class Workers:
    """Runs the scripted pipeline in processes of its own, one at a time."""

    def __init__(self) -> None:
        # One thread, as a fork copies no others.
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        self.server = subprocess.Popen(
            [sys.executable, str(TESTS / "scripted.py")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
        )  # fmt: skip

    def run(self, *arguments: object, kill_after: float | None = None) -> int:
        """Run to the end, or kill after some seconds; return the exit status (-9 for killed)."""
        stdin, stdout = self.server.stdin, self.server.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(" ".join(map(str, arguments)) + "\n")
        stdin.flush()
        process = int(stdout.readline())
        if kill_after is not None:
            time.sleep(kill_after)
            with suppress(ProcessLookupError):  # it has already ended
                os.kill(process, signal.SIGKILL)
        return int(stdout.readline())

    def close(self) -> None:
        """End the server."""
        self.server.communicate(timeout=20)


@pytest.fixture(scope="session")
def workers() -> Iterator[Workers]:
    """Return the server of scripted runs."""
    server = Workers()
    yield server
    server.close()


@pytest.fixture
def contents() -> Callable[[Path], dict[str, Any]]:
    """Return a function that reads everything of a store that two equal runs share."""

    def read(path: Path) -> dict[str, Any]:
        with Store.reader(path) as store:
            found = {name: store.connection.table(name).order("ALL").fetchall() for name in TABLES}
            runs = store.connection.execute("SELECT * EXCLUDE (created_at) FROM runs ORDER BY ALL").fetchall()
        return {"runs": runs, **found}

    return read
