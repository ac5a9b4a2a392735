"""What every kind of fault needs: a process that dies, a store as rows, and a run that costs nothing."""

import os
import resource
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from scripted import ScriptedGenerator, run_scripted

from evalsuite.cli.app import run_command
from evalsuite.errors import EvalsuiteError
from evalsuite.store.join import joined_tables
from evalsuite.store.store import Store

__all__ = ["ENDINGS", "KILLS", "Fault", "command", "in_child", "need", "need_equal", "rows_of", "run", "until_done"]

Fault = Callable[[np.random.Generator, Path], None]
Rows = dict[str, list[tuple[Any, ...]]]
LEFT_OUT = {
    "runs": ("created_at",),
    "batches": ("seconds", "started_at"),
    "looks": ("shown_at",),
    "trainings": ("created_at", "details", "config"),
    "training_steps": ("seconds", "metrics"),
}
N_PROBLEMS = 40
ENDINGS = frozenset(range(8))
"""Exit codes that the command line documents."""
KILLS: list[float] = []
"""After how many seconds each process that was killed before it had ended was killed."""


def rows_of(path: Path) -> Rows:
    """Return every row that two equal stores share."""
    with Store.reader(path) as store:
        found = {}
        for table in joined_tables(store.connection):
            names = [c for c in store.connection.table(table).columns if c not in LEFT_OUT.get(table, ())]
            found[table] = store.connection.execute(f"SELECT {', '.join(names)} FROM {table} ORDER BY ALL").fetchall()
    return found


def need(holds: bool, what: str) -> None:
    """Raise where something does not hold; an assert would be left out by `python -O`."""
    if not holds:
        raise AssertionError(what)


def need_equal(one: Path, other: Path) -> None:
    """Raise where two stores hold other rows."""
    rows, expected = rows_of(one), rows_of(other)
    for table, known in expected.items():
        lacking, extra = ([r for r in a if r not in b][:2] for a, b in ((known, rows[table]), (rows[table], known)))
        need(rows[table] == known, f"{table} differs: lacking {lacking}, instead {extra}"[:3000])


def in_child(work: Callable[[], object], *, kill_after: float | None = None, file_limit: int | None = None) -> int:
    """Do something in a process of its own, killed after some seconds; return its exit status."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
            if file_limit is not None:
                signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
                resource.setrlimit(resource.RLIMIT_FSIZE, (file_limit, file_limit))
            work()
            status = 0
        except EvalsuiteError as error:
            status = error.exit_code
        finally:
            os._exit(status)
    if kill_after is not None:
        time.sleep(kill_after)
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if kill_after is not None and status == -signal.SIGKILL:
        KILLS.append(kill_after)
    return status


def run(path: Path, n_problems: int = N_PROBLEMS, *, weights: str = "w", seconds: float = 0.005) -> None:
    """Evaluate into a store, or go on where it stopped."""
    with Store.writer(path, lock_wait=5) as store:
        generator = ScriptedGenerator(seconds_per_batch=seconds)
        run_scripted(store, generator, n_problems=n_problems, batch_size=4, weights=weights, label=weights)


def until_done(
    work: Callable[[], object], rng: np.random.Generator, path: Path, *, kills: int = 3, seconds: float = 0.3
) -> None:
    """Kill something at random moments, look that nothing stored is lost, and let it finish.

    The first moment lies within `seconds`; after each kill that found it at work the next may be thrice as late.
    """
    stored = 0
    for _ in range(kills):
        if in_child(work, kill_after=rng.uniform(0, seconds)) == -signal.SIGKILL:
            seconds *= 3
        if path.exists():
            found = len(rows_of(path)["completions"])
            need(found >= stored, f"{stored} completions were stored, {found} are left")
            stored = found
    need(in_child(work) == 0, "the same command did not finish")


def command(
    words: list[str],
    *,
    signal_after: float | None = None,
    number: int = signal.SIGINT,
    limit: int = 0,
    folder: Path | None = None,
) -> tuple[int, str]:
    """Run one command in a process of its own, and send it a signal after some seconds; return status and stderr.

    It runs in `folder` where one is given, and is ended by SIGALRM after `limit` seconds.

    No command shows a traceback, and none meets what it has not foreseen, whatever it is given.
    """
    with tempfile.TemporaryFile() as said:
        child = os.fork()
        if child == 0:
            status = 99
            try:
                signal.alarm(limit)
                os.chdir(folder or Path.cwd())
                os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
                os.dup2(said.fileno(), 2)
                status = run_command(words)
                sys.stdout.flush()
                sys.stderr.flush()
            except KeyboardInterrupt:
                status = 130  # before the command began
            except SystemExit as stop:
                status = int(stop.code or 0)
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(status)
        if signal_after is not None:
            time.sleep(signal_after)
            with suppress(ProcessLookupError):
                os.kill(child, number)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        said.seek(0)
        words_said = said.read().decode("utf-8", "replace")
    for sign in ("Traceback (most", "not foreseen"):
        need(sign not in words_said, f"{words}: {words_said[-2000:]}")
    return status, words_said
