"""How the program begins: without heavy modules, interrupted while it loads, read by somebody who goes away."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import evalsuite
from evalsuite.termination import Termination

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


CODES = [(signal.SIGINT, -2), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]


@pytest.mark.parametrize(("number", "code"), CODES)
def test_a_signal_while_the_program_loads_is_no_traceback(tmp_path: Path, number: signal.Signals, code: int) -> None:
    # The signal may reach another thread, and Python a moment later.
    (tmp_path / "cyclopts.py").write_text(f"import os, time; os.kill(os.getpid(), {number}); time.sleep(60)")
    done = subprocess.run(
        [sys.executable, "-m", "evalsuite", "runs"],
        capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": f"{tmp_path}:{Path(evalsuite.__file__).parents[1]}"},
    )  # fmt: skip
    word = "interrupted" if number == signal.SIGINT else "terminated"
    said = f"\nevalsuite: {word}. The same command begins again, or goes on:\n  evalsuite runs\n"
    assert (done.returncode, done.stderr) == (code, said)


LATE = """
import atexit, os, sys, time
from evalsuite.cli.start import main
atexit.register(lambda: [os.kill(os.getpid(), NUMBER), time.sleep(60)])
sys.argv[1:] = ["plan", "--n", "5"]
main()
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_while_python_ends_is_no_traceback(tmp_path: Path, number: signal.Signals) -> None:
    late = LATE.replace("NUMBER", str(int(number)))
    done = subprocess.run(
        [sys.executable, "-c", late], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120
    )
    assert (done.returncode, done.stderr) == (-number, "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_while_an_object_is_deleted_is_raised_a_moment_later(
    number: signal.Signals, capsys: pytest.CaptureFixture[str]
) -> None:
    class Deleted:
        def __del__(self) -> None:
            os.kill(os.getpid(), number)
            for _ in range(1000):
                time.sleep(0.001)

    def delete_one() -> None:
        one = Deleted()
        del one
        time.sleep(60)

    termination = Termination()
    with pytest.raises(KeyboardInterrupt), termination:
        delete_one()
    assert termination.arrived == (None if number == signal.SIGINT else number)
    assert "Traceback" not in capsys.readouterr().err


def _reading(tmp_path: Path, words: list[str]) -> subprocess.Popen[str]:
    """Start something that runs an import from standard input, and return once that reads."""
    (tmp_path / "tmp").mkdir()
    process = subprocess.Popen(
        words, cwd=tmp_path, start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(Path(evalsuite.__file__).parents[1]), "TMPDIR": str(tmp_path / "tmp")},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    for _ in range(2000):
        if list(tmp_path.glob("tmp/*/stdin")):
            return process
        time.sleep(0.05)
    raise AssertionError("the command did not begin to read")


IMPORT = "-m evalsuite import - --label x --store s.duckdb"


@pytest.mark.parametrize(("number", "code"), CODES)
def test_a_signal_ends_a_command_with_its_code_and_the_command_that_begins_again(
    tmp_path: Path, number: signal.Signals, code: int
) -> None:
    with _reading(tmp_path, [sys.executable, *IMPORT.split()]) as process:
        process.send_signal(number)
        out, err = process.communicate(timeout=100)
    word = "interrupted" if number == signal.SIGINT else "terminated"
    assert (process.returncode, out) == (code, "")
    assert err == (
        f"\nevalsuite: {word}; what was stored is safe. Begin again with the same command:\n"
        "  evalsuite import - --label x --store s.duckdb\n"
    )
    assert not list(tmp_path.glob("tmp/*"))


@pytest.mark.parametrize(("number", "code"), CODES)
def test_a_signal_while_the_database_works_before_a_store_is_open(
    tmp_path: Path, number: signal.Signals, code: int
) -> None:
    # A migration that takes long, as one of a large store would.
    slow = f"""
import os, sys, threading
from evalsuite.cli.start import main
from evalsuite.store import connection
known = connection._migrations
work = "SELECT count(*) FROM range(100000000000) t(i) WHERE hash(i) = 0;"
connection._migrations = lambda: [*known(), "\\n" + work]
threading.Timer(2, os.kill, (os.getpid(), {int(number)})).start()
sys.argv[1:] = ["import", "r.csv", "--store", "s.duckdb"]
main()
"""
    (tmp_path / "r.csv").write_text("id,correct\na,1\n")
    done = subprocess.run(
        [sys.executable, "-c", slow], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == code
    assert "Begin again with the same command:\n  evalsuite import r.csv --store s.duckdb\n" in done.stderr
    assert not list(tmp_path.glob("s.duckdb*"))


def test_ctrl_c_ends_a_loop_of_the_shell_around_the_command(tmp_path: Path) -> None:
    loop = f'for n in 1 2; do "$0" {IMPORT}; echo $?; done; echo end'
    with _reading(tmp_path, ["bash", "-c", loop, sys.executable]) as shell:
        os.killpg(shell.pid, signal.SIGINT)  # as a terminal sends it
        out, err = shell.communicate(timeout=100)
    assert (shell.returncode, out) == (-signal.SIGINT, ""), err
    assert err.count("interrupted") == 1


@pytest.mark.parametrize("words", ["plan --n 5 --json", "plan --n 5", "--help", "runs --help"])
def test_a_reader_that_goes_away_is_no_error(tmp_path: Path, words: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "evalsuite", *words.split()]
    done = subprocess.run(command, cwd=tmp_path, stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, "")
