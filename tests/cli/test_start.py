"""How the program begins: without heavy modules, interrupted while it loads, read by somebody who goes away."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import evalsuite

LIGHT = """
import sys
from evalsuite.cli.app import run_command
heavy = lambda *names: sorted(name for name in names if name in sys.modules)
assert run_command(["--help"]) == 0
print(heavy("torch", "transformers", "duckdb", "scipy", "pandas", "datasets"), file=sys.stderr)
for command in ("compare --table 1 1 0 3", "compare --counts 1/5 2/5", "plan --n 5", "accuracy 1/5"):
    assert run_command(command.split()) == 0
print(heavy("torch", "transformers", "duckdb", "pandas", "datasets"), file=sys.stderr)
"""


def test_help_and_pure_statistics_start_without_the_heavy_modules(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LIGHT], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stderr.split("\n")[:2] == ["[]", "[]"]


def test_ctrl_c_while_the_program_loads_is_one_line(tmp_path: Path) -> None:
    # The signal may reach another thread, and Python a moment later.
    (tmp_path / "cyclopts.py").write_text(
        "import os, signal, time; os.kill(os.getpid(), signal.SIGINT); time.sleep(60)"
    )
    done = subprocess.run(
        [sys.executable, "-m", "evalsuite", "runs"],
        capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": f"{tmp_path}:{Path(evalsuite.__file__).parents[1]}"},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (130, "\nevalsuite: interrupted\n")


@pytest.mark.parametrize("words", ["plan --n 5 --json", "plan --n 5", "--help", "runs --help"])
def test_a_reader_that_goes_away_is_no_error(tmp_path: Path, words: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "evalsuite", *words.split()]
    done = subprocess.run(command, cwd=tmp_path, stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, "")
