"""Faults from outside: full disks, texts that are none, names that lead elsewhere, Ctrl-C at a bad moment."""

import errno
import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from evalsuite.cli import machine
from evalsuite.cli.app import run_command
from evalsuite.files import read_json_lines, write_whole
from evalsuite.store.store import Store
from evalsuite.termination import Termination


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Two imported runs of 40 problems."""
    for run, shift in (("base", 0), ("new", 1)):
        rows = "".join(f"p{i},{int((i * 7 + shift * 3) % 5 < 2 + shift)}\n" for i in range(40))
        (tmp_path / f"{run}.csv").write_text(f"problem_id,correct\n{rows}")
        command = ["import", str(tmp_path / f"{run}.csv"), "--label", run, "--store", str(tmp_path / "s.duckdb")]
        assert run_command(command) == 0
    return tmp_path / "s.duckdb"


@pytest.fixture
def full_disk() -> Iterator[None]:
    """No file may grow beyond a few hundred bytes: a write fails as on a full disk, without the name of the file."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300, limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_a_page_on_a_full_disk_says_which_file(
    store: Path, tmp_path: Path, full_disk: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["report", "base", "new", "--store", str(store), "--out", str(tmp_path / "site")]) == 1
    said = capsys.readouterr().err
    assert f"cannot use {tmp_path / 'site'}" in said
    assert "Free some space" in said
    assert not list((tmp_path / "site").rglob(".*")), "no half of a file is left"


@pytest.mark.parametrize(
    ("number", "advice"),
    [(errno.EROFS, "Choose another place."), (errno.EACCES, "Change its mode"), (errno.EMFILE, "Raise the limit"),
     (errno.ENAMETOOLONG, "Choose a shorter"), (errno.ENOTDIR, "Choose another place."),
     (errno.EDQUOT, "Free some space")],
)  # fmt: skip
def test_advice_follows_the_cause(
    number: int, advice: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(store: Path) -> None:
        raise OSError(number, os.strerror(number), str(store))

    monkeypatch.setattr(machine, "examine", fail)
    assert run_command(["doctor", "--store", "x.duckdb"]) == 1
    said = capsys.readouterr().err
    assert f"cannot use x.duckdb: {os.strerror(number)}. {advice}" in said
    assert ("mode" in said) == (number == errno.EACCES)


@pytest.mark.parametrize(("number", "code"), [(None, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_what_duckdb_makes_of_a_signal_is_a_signal(
    number: int | None, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(store: Path) -> None:
        raise RuntimeError("Query interrupted")

    monkeypatch.setattr(machine, "examine", fail)
    termination = Termination()
    termination.arrived = number
    assert run_command(["doctor", "--store", "x.duckdb"], termination) == code
    said = capsys.readouterr().err
    assert "Begin again with the same command:\n  evalsuite doctor --store x.duckdb" in said
    assert "not foreseen" not in said


def test_what_no_machine_can_hold_is_said_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["plan", "--n", "9" * 14]) == 1
    assert "needs more memory than there is" in capsys.readouterr().err


def test_a_configuration_nested_without_end_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "deep.toml").write_text("a = " + "[" * 100_000)
    assert run_command(["experiment", str(tmp_path / "deep.toml")]) == 2
    assert "cannot read the configuration" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["report", "archive"])
def test_a_folder_that_cannot_be_made(
    store: Path, command: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    place = tmp_path / "file/below"
    place.parent.touch()
    words = {"report": ["report", "base", "new", "--out"], "archive": ["archive"]}[command]
    rest = ["base"] if command == "archive" else []
    code = {"report": 1, "archive": 5}[command]
    assert run_command([*words, str(place), *rest, "--store", str(store)]) == code
    said = capsys.readouterr().err
    assert {"report": "cannot use", "archive": "cannot write"}[command] in said
    assert "not foreseen" not in said


def test_an_archive_on_a_full_disk_leaves_the_old_one(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["archive", str(tmp_path / "a"), "base", "--store", str(store)]
    assert run_command(command) == 0
    before = {f.name: f.read_bytes() for f in (tmp_path / "a").iterdir()}
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    sizes = sorted({len(content) for content in before.values()})
    for size in [300, *[size - 1 for size in sizes], before["manifest.json"].index(b"files")]:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
        try:
            assert run_command([*command[:2], "base", "new", *command[3:]]) == 5
            assert run_command(["archive", str(tmp_path / "b"), *command[2:]]) == 5
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        said = capsys.readouterr().err
        assert f"cannot write the archive {tmp_path / 'a'}: {os.strerror(errno.EFBIG)}" in said
        assert "Free some space, or choose another place. The older archive there is as it was." in said
        assert {f.name: f.read_bytes() for f in (tmp_path / "a").iterdir()} == before
        assert not (tmp_path / "b").exists()
    assert not list(tmp_path.rglob(".*")), "no half of an archive is left"


@pytest.mark.parametrize("file", ["x.csv", "x.parquet", "x.jsonl", "x.json --format eee"])
def test_an_export_on_a_full_disk_says_what_to_do(
    store: Path, tmp_path: Path, file: str, full_disk: None, capsys: pytest.CaptureFixture[str]
) -> None:
    name, *rest = file.split()
    assert run_command(["export", "base", str(tmp_path / name), *rest, "--store", str(store)]) == 5
    said = capsys.readouterr().err
    assert f"cannot export to {tmp_path / name}: {os.strerror(errno.EFBIG)}" in said
    assert "Free some space" in said
    assert "exception_type" not in said
    assert not list(tmp_path.glob("*x.*"))


@pytest.mark.parametrize("form", ["lines", "list", "object"])
def test_results_nested_without_end_are_not_called_cut_off(
    tmp_path: Path, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    row, deep = '{"problem_id": "1", "correct": true}', f'{{"a": {"[" * 100_000}{"]" * 100_000}}}'
    text = {"lines": f"{row}\n{deep}\n", "list": f"[{row}, {deep}]", "object": f'{{\n"results": [{row}, {deep}]}}'}
    (tmp_path / "r.json").write_text(text[form])
    assert run_command(["accuracy", str(tmp_path / "r.json")]) == 2
    said = capsys.readouterr().err
    assert "more than about 1,000 deep" in said
    assert "cut off" not in said


def test_a_failed_write_names_the_file_and_keeps_the_old_one(tmp_path: Path, full_disk: None) -> None:
    write_whole(tmp_path / "a", "old")
    with pytest.raises(OSError, match=r"a'$") as caught:
        write_whole(tmp_path / "a", b"n" * 1000)
    assert caught.value.errno == errno.EFBIG
    assert (tmp_path / "a").read_text() == "old"
    assert [f.name for f in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize(
    ("name", "file"),
    [("../keep", "keep"), ("/keep", "keep"), ("Caps", "caps"), ("index", "index-page"), ("a/b", "a-b"),
     ("", "comparison")],
)  # fmt: skip
def test_a_page_name_never_leads_elsewhere(store: Path, tmp_path: Path, name: str, file: str) -> None:
    (tmp_path / "keep").mkdir()
    (tmp_path / "keep/model_comparison.json").write_text("mine")
    site = tmp_path / "site"
    assert run_command(["report", "base", "new", "--store", str(store), "--out", str(site), "--name", name]) == 0
    assert sorted(path.name for path in site.glob("*.html")) == sorted(["index.html", f"{file}.html"])
    assert (tmp_path / "keep/model_comparison.json").read_text() == "mine"
    assert {path.name for path in tmp_path.iterdir()} == {"keep", "site", "s.duckdb", "base.csv", "new.csv"}


def test_a_page_whose_folder_vanished_is_built_again(store: Path, tmp_path: Path) -> None:
    command = ["report", "base", "new", "--store", str(store), "--out", str(tmp_path / "site")]
    assert run_command(command) == 0
    before = {f.name for f in (tmp_path / "site/comparison").iterdir()}
    for file in (tmp_path / "site/comparison").iterdir():
        file.unlink()
    (tmp_path / "site/comparison").rmdir()
    assert run_command(command) == 0
    assert {f.name for f in (tmp_path / "site/comparison").iterdir()} == before


HALF = '"\\ud800"'


@pytest.mark.parametrize(
    ("line", "refused"),
    [
        (f'{{"question": {HALF}, "answer": "1"}}', "half of a surrogate pair"),
        (f'{{"question": "a", "answer": "1", "more": [{{"deep": {HALF}}}]}}', "half of a surrogate pair"),
        (f'{{{HALF}: "a"}}', "half of a surrogate pair"),
        ("[" * 100_000, "1,000 deep"),
        ('{"a":' * 100_000 + "1" + "}" * 100_000, "1,000 deep"),
    ],
)
def test_lines_that_are_no_text(tmp_path: Path, line: str, refused: str, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "p.jsonl").write_text(f'{{"question": "\\ud83d\\ude00", "answer": "1"}}\n{line}\n')
    assert run_command(["run", "--problems", str(tmp_path / "p.jsonl"), "--dry-run"]) == 2
    said = capsys.readouterr().err
    assert "line 2" in said
    assert refused in said
    (tmp_path / "p.jsonl").write_text('{"question": "\\ud83d\\ude00", "answer": "1"}\n')
    assert read_json_lines(tmp_path / "p.jsonl")[0][1]["question"] == "\U0001f600"


@pytest.mark.parametrize("flags", [["--draws", "99999999", "--limit", "2"], ["--completions", "99999999"]])
def test_numbers_that_would_take_hours_to_plan(flags: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["run", "--problems", "generated", "--temperature", "1", *flags, "--dry-run"]) == 2
    assert "must lie between 1 and 10,000, got 99999999" in capsys.readouterr().err


def test_a_completion_index_that_no_number_of_completions_covers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results, store = tmp_path / "r.jsonl", tmp_path / "s.duckdb"
    command = ["import", str(results), "--label", "r", "--store", str(store)]
    results.write_text('{"problem_id": "1", "correct": true, "completion_index": 2147483647}\n')
    assert run_command(command) == 2
    assert "must be a whole number from 0 to 2147483646, got 2147483647" in capsys.readouterr().err
    results.write_text('{"problem_id": "1", "correct": true, "completion_index": 2147483646}\n')
    assert run_command(command) == 0
    assert run_command(["runs", "--store", str(store)]) == 0


def test_a_file_that_still_grows_is_not_imported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    results, done = tmp_path / "r.jsonl", threading.Event()
    line = '{"problem_id": "%d", "correct": true}\n'
    results.write_text("".join(line % i for i in range(3000)))

    def write() -> None:
        with results.open("a") as file:
            for i in range(3000, 1_000_000):
                file.write(line % i)
                file.flush()
                if done.wait(0.001):
                    return

    writer = threading.Thread(target=write)
    writer.start()
    try:
        # 2 where the last line was caught half written, else 3.
        assert run_command(["import", str(results), "--label", "r", "--store", str(tmp_path / "s.duckdb")]) in (2, 3)
    finally:
        done.set()
        writer.join()
    assert "still writes" in capsys.readouterr().err
    assert run_command(["import", str(results), "--label", "r", "--store", str(tmp_path / "s.duckdb")]) == 0
    with Store.reader(tmp_path / "s.duckdb") as store:
        ((n,),) = store.connection.execute("SELECT count(*) FROM completions").fetchall()
    assert n == results.read_text().count("\n")


INTERRUPTED_EXPORT = """
import os, signal, sys, threading
import evalsuite.store.export as export
from evalsuite.cli.app import run_command

slow = "SELECT sum(sqrt(a.range * b.range)) FROM range(100000) a, range(20000) b"
export.queries.graders = lambda connection, _: (
    threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start(), connection.execute(slow).fetchall())
sys.exit(run_command(sys.argv[1:]))
"""


def test_ctrl_c_in_an_export_is_130_and_leaves_no_file(store: Path, tmp_path: Path) -> None:
    command = ["export", "base", str(tmp_path / "out/x.parquet"), "--store", str(store)]
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED_EXPORT, *command], capture_output=True, text=True, check=False, timeout=100
    )
    assert done.returncode == 130, done.stderr
    assert "interrupted; what was stored is safe" in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_text_that_cannot_be_stored_is_no_full_disk(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (store.parent / "odd.csv").write_bytes((store.parent / "base.csv").read_bytes())
    label = os.fsdecode(b"a\xff")
    assert run_command(["import", str(store.parent / "odd.csv"), "--label", label, "--store", str(store)]) == 2
    assert "half of a surrogate pair" in capsys.readouterr().err
    assert run_command(["grade", "base", "--answer-pattern", label, "--store", str(store)]) == 2
    assert "no UTF-8" in capsys.readouterr().err
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    with Store.reader(store) as opened:
        assert isinstance(opened.connection, duckdb.DuckDBPyConnection)
