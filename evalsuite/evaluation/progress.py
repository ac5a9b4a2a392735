"""A run as it goes: a live bar on a terminal, a plain line every half minute elsewhere, and a clean stop."""

import os
import signal
import sys
import time
from contextlib import suppress
from types import FrameType, TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from evalsuite.console import say
from evalsuite.evaluation.pipeline import BatchDone, Watcher
from evalsuite.evaluation.run import PreparedRun, RunOutcome, compute_as_before, execute
from evalsuite.evaluation.share import Share
from evalsuite.generation.generator import Generator
from evalsuite.store.runs import run_status
from evalsuite.store.store import Store
from evalsuite.termination import SIGNALS, Terminated, leave_terminal

__all__ = ["RunDisplay", "execute_shown"]

PLAIN_INTERVAL_SECONDS = 30.0
GRACE_SECONDS = 5.0
"""How long a batch may go on after SIGTERM: Docker kills after 10 s, SLURM after 30."""


def execute_shown(
    prepared: PreparedRun,
    store: Store,
    *,
    sources: dict[str, str],
    generator: Generator | None = None,
    share: Share | None = None,
) -> RunOutcome:
    """Load the model and execute a prepared run, showing how it goes on stderr.

    Parameters
    ----------
    sources
        Where each setting came from, recorded with the run.
    generator
        A loaded model; None loads the prepared one.
    share
        The batches to make, where other processes make the rest; None makes all.

    Raises
    ------
    KeyboardInterrupt
        Ctrl-C was pressed; the batch that was being made is stored, unless it was pressed twice.
    Terminated
        SIGTERM or SIGHUP has arrived; the batch that was being made is stored, or abandoned where it took too long.
    """
    spec, parent = prepared.spec, prepared.parent
    model = spec.model if spec.adapter is None else f"{spec.model} + {spec.adapter}"
    say(f"{model}, template {spec.template}, {prepared.problem_set.name}; token limit {spec.decoding.max_new_tokens}")
    generator = generator or prepared.model.load(dtype=prepared.settings.dtype)
    compute_as_before(store, prepared, generator)
    described = generator.describe()
    if "device" in described:
        n = described.get("threads")
        threads = "" if n is None else f", {n} thread{'s' * (n != '1')}"
        say(f"Computing on {described['device']}{threads}")
    n_planned = len(prepared.order.rows) * prepared.settings.completions
    if parent is not None and prepared.origin == "extended_from":
        n_planned = run_status(store, parent.run_id)["n_truncated"]
    if share is not None:
        n_planned = -(-n_planned // share.n)
    with RunDisplay(n_planned, spec.decoding.max_new_tokens) as display:
        outcome = execute(prepared, store, watcher=display.watcher, sources=sources, generator=generator, share=share)
    if display.interrupted:
        say(f"{outcome.n_done} of {outcome.n_planned} completions of {outcome.label} are stored.")
        raise KeyboardInterrupt if display.terminated is None else Terminated(display.terminated)
    return outcome


class RunDisplay:
    """Shows a run as it goes, and turns Ctrl-C, SIGTERM and SIGHUP into a clean stop.

    The first Ctrl-C lets the current batch finish and be stored; the second stops at once. After SIGTERM the batch has
    a few seconds, for whoever sent it will not wait long; before a batch has a token there is nothing to wait for.

    Attributes
    ----------
    terminated
        Which of SIGTERM and SIGHUP has arrived; None if neither did.
    """

    def __init__(self, n_planned: int, cap: int) -> None:
        self.n_planned, self.cap = n_planned, cap
        self.tokens = 0
        self.done = BatchDone(0, n_planned)
        self.interrupted = False
        self.terminated: int | None = None
        self.terminated_at = 0.0
        self.in_batch = False
        self.started = time.monotonic()
        self.said = self.started
        self.live = sys.stderr.isatty()
        self.bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[status]}"),
            console=Console(stderr=True),
            disable=not self.live,
        )
        self.task = self.bar.add_task("completions", total=n_planned, status="first batch")

    @property
    def watcher(self) -> Watcher:
        """The callbacks to hand to the run."""
        return Watcher(self._on_tokens, self._on_batch, lambda: self.interrupted)

    def __enter__(self) -> Self:
        # What `nohup` has switched off stays off.
        ends = [number for number in SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
        self.previous = {
            signal.SIGINT: signal.signal(signal.SIGINT, self._on_interrupt),
            **{number: signal.signal(number, self._on_terminate) for number in ends},
        }
        self.bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.bar.stop()
        for number, handler in self.previous.items():
            signal.signal(number, handler)

    def _on_interrupt(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        if self.interrupted:
            raise KeyboardInterrupt
        self.interrupted = True
        _say_at_once("Stopping after this batch, so that nothing made is lost. Press Ctrl-C again to stop at once.")

    def _on_terminate(self, number: int, frame: FrameType | None) -> None:
        if self.terminated is not None or not self.in_batch:
            previous = self.previous[signal.Signals(number)]
            if callable(previous):
                previous(number, frame)
            raise Terminated(number)
        leave_terminal(number)
        self.interrupted, self.terminated, self.terminated_at = True, number, time.monotonic()
        _say_at_once(f"Told to terminate: this batch has {GRACE_SECONDS:.0f} s to be finished and stored.")

    def _on_tokens(self, tokens: int) -> None:
        self.tokens += tokens
        self.in_batch = True
        now = time.monotonic()
        if self.terminated is not None and now - self.terminated_at > GRACE_SECONDS:
            raise Terminated(self.terminated)
        if self.live:
            self.bar.update(self.task, status=self._status())
        elif now - self.said >= PLAIN_INTERVAL_SECONDS:
            self.said = now
            say(f"{self.done.n_done}/{self.n_planned} completions, {self._status()}")

    def _on_batch(self, done: BatchDone) -> None:
        self.done = done
        self.n_planned = done.n_planned  # of a share, known to the batch only when the plan is made
        self.in_batch = False
        self.bar.update(self.task, completed=done.n_done, total=done.n_planned, status=self._status())
        if not self.live:
            self.said = time.monotonic()
            say(f"{done.n_done}/{self.n_planned} completions, {self._status()}")

    def _status(self) -> str:
        elapsed = max(time.monotonic() - self.started, 1e-9)
        parts = [f"{self.tokens / elapsed:.0f} tokens/s"]
        new = self.done.n_new
        if new:
            left = (self.n_planned - self.done.n_done) * elapsed / new
            parts.append(f"about {_duration(left)} left")
        judged = self.done.n_judged
        if judged:
            parts.append(f"{self.done.n_correct}/{judged} right")
            parts.append(f"{self.done.n_truncated}/{judged} truncated at {self.cap} tokens")
        return ", ".join(parts)


def _say_at_once(message: str) -> None:
    """Say something from the handler of a signal, which may have come while stderr was being written."""
    try:
        say(message)
    except RuntimeError:  # Python's streams do not let a write begin within another
        with suppress(OSError, ValueError):
            os.write(sys.stderr.fileno(), f"{message}\n".encode())


def _duration(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
