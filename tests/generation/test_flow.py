"""What is under way at a server while the caller grades, and what becomes of it when a run is stopped."""

import threading
import time

import pytest

from evalsuite.generation.generator import Generated, Request
from evalsuite.generation.server.connection import Connection
from evalsuite.generation.server.flow import Flow
from evalsuite.records import StopReason

LIMIT = 4
REQUESTS = [Request(f"q/{k}", 0, (1,), k) for k in range(40)]


class Answering:
    """Answers after a moment, the first request before the others, and counts what it was asked."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.asked = 0
        self.at_once = self.most_at_once = 0
        self.lock = threading.Lock()

    def __call__(self, request: Request) -> Generated:
        with self.lock:
            self.asked += 1
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        time.sleep(0.02 if request is REQUESTS[0] else self.seconds)
        with self.lock:
            self.at_once -= 1
        return Generated((1,), "text", StopReason.STOP, "")


@pytest.fixture
def connection() -> Connection:
    return Connection("http://127.0.0.1:9", key_variable="NO_KEY", timeout=1, concurrency=LIMIT)


def test_a_server_has_work_while_the_caller_is_busy(connection: Connection) -> None:
    complete = Answering(0.02)
    flow = Flow(complete, connection, part_rows=LIMIT)
    made, missed = [], 0
    for part in flow.run(REQUESTS, lambda _: None, lambda: False):
        made += part
        time.sleep(0.01)
        before = complete.asked
        time.sleep(0.06)
        # What was under way when the part came has ended by now, and others have been asked in its place.
        missed += before < len(REQUESTS) and complete.asked - before < LIMIT and complete.asked < len(REQUESTS)
    assert sorted(r.problem_id for r, _ in made) == sorted(r.problem_id for r in REQUESTS)
    assert complete.most_at_once == LIMIT
    assert missed <= 3, "a part may come while other work has the cores"


def test_a_stop_takes_back_what_was_not_begun(connection: Connection) -> None:
    complete = Answering(0.4)
    stop: list[int] = []
    made = []
    for part in Flow(complete, connection, part_rows=1).run(REQUESTS, lambda _: None, lambda: bool(stop)):
        made += part
        time.sleep(0.08)
        stop.append(complete.asked)
    assert len(made) == complete.asked
    assert complete.asked - stop[0] <= 1, "one may begin while the others are taken back"
