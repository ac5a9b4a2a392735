"""Whoever looks at a terminal sees how far reading is, once it takes a while; pipes get nothing of it."""

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from evalsuite.store.imports.named_runs import open_runs

N = 1_200
SLOW = """
import sys, time
from evalsuite.cli import progress_bar
from evalsuite.store.imports import staging
progress_bar.PATIENCE = {patience}
insert = staging._insert
def slow(connection, chunk, first):
    insert(connection, chunk, first)
    time.sleep({sleep})
staging.CHUNK, staging._insert = 200, slow
from evalsuite.cli.app import run_command
sys.exit(run_command(sys.argv[1:]))
"""


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    for name, right in (("base", 3), ("new", 4)):
        rows = (
            {"id": i, "question": f"What is {i}?", "completion": f"#### {i if i % 5 < right else 0}", "gold": str(i)}
            for i in range(N)
        )
        (tmp_path / f"{name}.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return [str(tmp_path / "base.jsonl"), str(tmp_path / "new.jsonl")]


def on_terminal(words: list[str], *, patience: float, sleep: float = 0.05) -> tuple[str, str, int]:
    """Return what a command writes to stdout, what to a terminal, and its exit status."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", SLOW.format(patience=patience, sleep=sleep), *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=theirs, env=os.environ | {"TERM": "xterm"}) as ran:
        os.close(theirs)
        shown = b""
        while True:
            try:
                part = os.read(ours, 65_536)
            except OSError:
                break
            if not part:
                break
            shown += part
        assert ran.stdout is not None
        out = ran.stdout.read().decode()
    os.close(ours)
    return out, shown.decode(), ran.returncode


def test_reading_files_shows_the_rows_of_all_of_them_and_leaves_nothing(files: list[str]) -> None:
    out, shown, status = on_terminal(["compare", *files, "--json"], patience=0.02)
    assert status == 0
    assert json.loads(out)["n_problems"] == N
    assert any(int(n) > N for n in re.findall(r"(\d+)/\?", shown))
    assert "\x1b[2K" in shown
    assert shown.index("/?") < shown.rindex("completions of")


def test_what_is_read_at_once_shows_no_bar(files: list[str]) -> None:
    _, shown, status = on_terminal(["accuracy", *files], patience=60.0, sleep=0)
    assert status == 0
    assert "/?" not in shown


def test_pipes_get_nothing_of_it(files: list[str]) -> None:
    command = [sys.executable, "-c", SLOW.format(patience=0.0, sleep=0.05), "accuracy", files[0]]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "\x1b" not in ran.stderr
    assert "/?" not in ran.stderr


def test_rows_are_counted_over_all_files(files: list[str]) -> None:
    seen: list[int] = []
    with open_runs(files, None, watch=seen.append) as named:
        assert len(named.labels) == 2
    assert seen == [N, 2 * N]  # each in one chunk
