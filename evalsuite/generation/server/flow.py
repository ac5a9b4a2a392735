"""Many requests under way at a time, and what has ended handed over in parts.

Threads wait for answers; the caller's thread alone decides what is asked, reports progress and hands over, so that a
signal finds it between two parts. What cannot be had does not take what can be had with it: a request that fails for
good, or that the server refuses while it answers others, is put aside, and the run ends with the name of it.
"""

import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

from evalsuite.errors import EngineStoppedError, EvalsuiteError, InputError, ModelUnavailableError
from evalsuite.generation.generator import Generated, Progress, Request, named_together
from evalsuite.generation.server.connection import ATTEMPTS, Connection, FailedError

__all__ = ["Flow"]

HANDED_OVER = 5.0
"""Seconds after which what has ended is handed over, were it one completion."""
HEARTBEAT = 0.2
AHEAD = 2
"""Requests given to threads, times the limit: the server has work while what has ended is graded and stored."""
MOST_FAILED = 8
"""Requests that fail for good, one after the other, until the server is given up."""
NAMED = 3

Part = list[tuple[Request, Generated]]
Ended = tuple[Request, Generated | Exception]


class Flow:
    """One call of the engine.

    Parameters
    ----------
    complete
        Asks for one completion; called in threads.
    part_rows
        Most completions handed over together.
    """

    def __init__(self, complete: Callable[[Request], Generated], connection: Connection, part_rows: int) -> None:
        self.complete = complete
        self.connection = connection
        self.part_rows = part_rows
        self.asked: queue.SimpleQueue[Request | None] = queue.SimpleQueue()
        self.ended: queue.SimpleQueue[Ended] = queue.SimpleQueue()
        self.n_threads = 0
        self.n_under_way = 0
        self.n_made = 0
        self.fatal: Exception | None = None
        self.failed: list[tuple[Request, Exception]] = []
        self._failed_in_a_row = 0

    def run(self, requests: Sequence[Request], progress: Progress, should_stop: Callable[[], bool]) -> Iterator[Part]:
        """Yield parts until all has ended, `should_stop` says so, or the server is given up.

        Raises
        ------
        EngineStoppedError
            Something could not be had, after all else was yielded.
        EvalsuiteError
            The reason, where nothing was made at all.
        """
        with self.connection:
            try:
                yield from self._parts(deque(requests), progress, should_stop)
            finally:
                for _ in range(self.n_threads):
                    self.asked.put(None)
        self._raise()

    def _parts(self, waiting: deque[Request], progress: Progress, should_stop: Callable[[], bool]) -> Iterator[Part]:
        part, handed_over = Part(), time.monotonic()
        while True:
            stopping = self.fatal is not None or should_stop()
            if stopping:
                self._withdraw()
                waiting.clear()
            self._ask_ahead(waiting)
            if not self.n_under_way:
                break
            part += self._ended(progress)
            is_due = time.monotonic() - handed_over >= HANDED_OVER
            if part and (len(part) >= self.part_rows or is_due or stopping):
                self._ask_ahead(waiting)
                yield named_together(part)
                part, handed_over = Part(), time.monotonic()
        if part:
            yield named_together(part)

    def _ask_ahead(self, waiting: deque[Request]) -> None:
        while waiting and self.n_under_way < AHEAD * self.connection.limit.now:
            self._ask(waiting.popleft())

    def _ask(self, request: Request) -> None:
        self.n_under_way += 1
        if self.n_threads < min(self.n_under_way, self.connection.limit.now):
            self.n_threads += 1
            # A thread that waits for a server must not keep the program from ending.
            threading.Thread(target=self._work, daemon=True).start()
        self.asked.put(request)

    def _withdraw(self) -> None:
        """Take back what no thread has begun."""
        with suppress(queue.Empty):
            while True:
                self.asked.get_nowait()
                self.n_under_way -= 1

    def _work(self) -> None:
        while (request := self.asked.get()) is not None:
            try:
                self.ended.put((request, self.complete(request)))
            except Exception as error:  # it is raised in the caller's thread
                self.ended.put((request, error))

    def _ended(self, progress: Progress) -> Part:
        """Wait a moment for a completion, and return all that have ended."""
        found = Part()
        try:
            ended = self.ended.get(timeout=HEARTBEAT)
            while True:
                self.n_under_way -= 1
                self._note(ended, found)
                ended = self.ended.get_nowait()
        except queue.Empty:
            pass
        progress(sum(result.n_tokens or 0 for _, result in found))
        return found

    def _note(self, ended: Ended, found: Part) -> None:
        request, result = ended
        if isinstance(result, Generated):
            self.n_made += 1
            self._failed_in_a_row = 0
            found.append((request, result))
            return
        if not isinstance(result, FailedError | InputError):
            self.fatal = self.fatal or result
            return
        self.failed.append((request, result))
        self._failed_in_a_row += 1
        is_gone = isinstance(result, FailedError) and result.gone
        if is_gone or self._failed_in_a_row >= MOST_FAILED:
            self.fatal = self.fatal or result
            self.connection.closing.set()  # whoever waits to ask again need not

    def _raise(self) -> None:
        """Raise what kept completions from being made."""
        error = self.fatal or (self.failed[0][1] if self.failed else None)
        if error is None:
            return
        if not isinstance(error, FailedError | EvalsuiteError):
            raise error
        text = self._reason(error)
        if self.n_made:
            raise EngineStoppedError(text) from error
        raise error if isinstance(error, EvalsuiteError) else ModelUnavailableError(text) from error

    def _reason(self, error: Exception) -> str:
        if not isinstance(error, FailedError | InputError) or (isinstance(error, FailedError) and error.gone):
            return str(error)
        names = [f"{r.problem_id} (completion {r.completion_index})" for r, _ in self.failed]
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        left_out = f"Not made: {', '.join(names[:NAMED])}{more}"
        if isinstance(error, InputError):
            return f"{error} {left_out}"
        again = "" if self.fatal is None else f", {self._failed_in_a_row} requests in a row,"
        return f"the server failed{again} after {ATTEMPTS} attempts: {error}. {left_out}"
