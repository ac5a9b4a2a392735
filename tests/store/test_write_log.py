"""A log is taken into the store that it belongs to and no other; and no store is written that is no longer there."""

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from scripted import ScriptedGenerator, run_scripted

from evalsuite.errors import StoreError
from evalsuite.evaluation.pipeline import Watcher
from evalsuite.store import write_log
from evalsuite.store.store import Store
from evalsuite.store.write_log import log_path

TESTS = Path(__file__).resolve().parents[1]
DIE = """
import os, sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from scripted import ScriptedGenerator, run_scripted
from evalsuite.store.store import Store
store = Store.writer(Path(sys.argv[2]))
run_scripted(store, ScriptedGenerator(), n_problems=int(sys.argv[3]), batch_size=4, weights=sys.argv[4])
if len(sys.argv) > 5:
    store._log.checkpoint()
os._exit(9)  # as a kill would end it: nothing is closed
"""


def killed(path: Path, n_problems: int = 20, weights: str = "w", *more: str) -> Path:
    """Return a store with the log that a killed run left."""
    arguments = [sys.executable, "-c", DIE, str(TESTS), str(path), str(n_problems), weights, *more]
    assert subprocess.run(arguments, check=False).returncode == 9
    return path


def n_stored(path: Path) -> int:
    with Store.reader(path) as store:
        return int(store.connection.execute("SELECT count(*) FROM completions").fetchall()[0][0])


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the stores of two killed runs, ``one`` and ``two``, and their logs."""
    folder = tmp_path_factory.mktemp("kept")
    killed(folder / "one.duckdb")
    killed(folder / "two.duckdb", 8, "other")
    return folder


@pytest.fixture
def folder(kept: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(kept, tmp_path / "stores"))


def test_the_log_of_a_killed_run_is_taken_in(folder: Path) -> None:
    assert log_path(folder / "one.duckdb").stat().st_size
    assert n_stored(folder / "one.duckdb") == 20
    with Store.writer(folder / "one.duckdb") as store:
        assert run_scripted(store, ScriptedGenerator(), n_problems=24, batch_size=4).n_new == 4
    assert not log_path(folder / "one.duckdb").exists()
    assert n_stored(folder / "one.duckdb") == 24


@pytest.mark.parametrize("opened", [Store.writer, Store.reader])
def test_the_log_of_another_store_is_refused_and_left_alone(folder: Path, opened: Callable[[Path], Store]) -> None:
    one, two = folder / "one.duckdb", folder / "two.duckdb"
    shutil.copy(log_path(one), log_path(two))
    before = [f.read_bytes() for f in sorted(folder.iterdir())]
    with pytest.raises(StoreError, match=r"two\.duckdb\.wal is not the log of .*mv '"):
        opened(two)
    assert [f.read_bytes() for f in sorted(folder.iterdir())] == before


def test_the_log_of_a_deleted_store_does_not_fill_a_new_one(folder: Path) -> None:
    (folder / "one.duckdb").unlink()
    with pytest.raises(StoreError, match=r"no store at .*one\.duckdb.* is left of one.*mv '"):
        Store.writer(folder / "one.duckdb")
    assert not (folder / "one.duckdb").exists()


def test_the_log_of_a_later_state_is_refused(folder: Path) -> None:
    one = folder / "one.duckdb"
    log = log_path(one).read_bytes()
    with Store.writer(one) as store:
        run_scripted(store, ScriptedGenerator(), n_problems=30, batch_size=4)
    log_path(one).write_bytes(log)
    with pytest.raises(StoreError, match="another state of this one"):
        Store.reader(one)


def test_a_log_without_a_mark_is_refused_unless_it_holds_nothing(folder: Path) -> None:
    one = folder / "one.duckdb"
    content = log_path(one).read_bytes()
    # What a process leaves that is killed while it writes its first transaction: everything before the first mark.
    log_path(one).write_bytes(content[: content.index(b"evalsuite-wal")])
    assert n_stored(one) == 0
    log_path(one).write_bytes(content.replace(b"evalsuite-wal", b"anotherprogra"))
    with pytest.raises(StoreError):
        Store.reader(one)


def test_no_damaged_byte_of_a_log_gives_fewer_rows_without_a_word(folder: Path) -> None:
    one = folder / "one.duckdb"
    whole = log_path(one).read_bytes()
    main = one.read_bytes()
    for position in (0, 2, 5, 9, 30, *range(60, len(whole) - 1, max(1, len(whole) // 12))):
        damaged = bytearray(whole)
        damaged[position] ^= 0xFF
        one.write_bytes(main)
        log_path(one).write_bytes(damaged)
        try:
            found = n_stored(one)
        except StoreError as error:
            assert "damaged" in str(error) or "is not the log" in str(error)  # noqa: PT017
            assert "mv '" in str(error)  # noqa: PT017
        else:
            assert found >= 16, f"{position}: more than the last transaction is gone"


def test_a_log_cut_anywhere_gives_whole_transactions(folder: Path) -> None:
    one = folder / "one.duckdb"
    whole = log_path(one).read_bytes()
    found = []
    for length in range(0, len(whole), len(whole) // 10):
        log_path(one).write_bytes(whole[:length])
        found.append(n_stored(one))
    assert found == sorted(found)
    assert all(n % 4 == 0 for n in found)


def test_a_file_copied_without_its_log_says_so_and_lacks_little(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    killed(tmp_path / "one.duckdb", 20, "w", "checkpoint")
    copy = tmp_path / "copy.duckdb"
    shutil.copy(tmp_path / "one.duckdb", copy)
    assert n_stored(copy) == 20
    assert "copy.duckdb.wal is not beside it" in capsys.readouterr().err
    with Store.writer(copy) as store:
        run_scripted(store, ScriptedGenerator(), n_problems=20, batch_size=4)
        store.add_tokenizer("{}")
    capsys.readouterr()
    assert n_stored(copy) == 20
    assert capsys.readouterr().err == ""


def test_a_file_copied_without_the_log_of_the_first_minutes_says_so(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = Path(shutil.copy(folder / "one.duckdb", tmp_path / "copy.duckdb"))
    assert n_stored(copy) == 0
    assert "copy.duckdb.wal is not beside it: rows that were stored last may be missing" in capsys.readouterr().err


def test_a_long_run_is_taken_into_the_file_as_it_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write_log, "CHECKPOINT_SHARE", 1.0)
    path = tmp_path / "s.duckdb"
    with Store.writer(path) as store:
        run_scripted(store, ScriptedGenerator(seconds_per_batch=0.06), n_problems=40, batch_size=4)
        copy = Path(shutil.copy(path, tmp_path / "copy.duckdb"))
    assert n_stored(copy) >= 20


@pytest.mark.parametrize("what", ["deleted", "replaced", "cut off"])
def test_a_store_that_vanishes_while_it_is_written_is_an_error(tmp_path: Path, what: str) -> None:
    path = tmp_path / "data" / "s.duckdb"

    def vanish(done: Any) -> None:
        if done.n_new == 8 and what == "cut off":
            os.truncate(path, 5000)
        elif done.n_new == 8:
            shutil.rmtree(path.parent)
            if what == "replaced":
                path.parent.mkdir()
                path.write_bytes(b"another file")

    with pytest.raises(StoreError, match=rf"was {what}.*not in it"), Store.writer(path) as store:
        run_scripted(store, ScriptedGenerator(), n_problems=40, batch_size=4, watcher=Watcher(on_batch=vanish))


def test_whoever_looks_at_a_running_store_sees_whole_batches_and_never_fewer(workers: Any, tmp_path: Path) -> None:
    path, log = tmp_path / "s.duckdb", tmp_path / "log"
    Store.writer(path).close()
    status: list[int] = []
    run = threading.Thread(target=lambda: status.append(workers.run(path, log, 400, 1, 4, 0.01)))
    run.start()
    seen = []
    while run.is_alive():
        with Store.reader(path) as store:
            seen.append(store.connection.execute("SELECT count(*) FROM completions").fetchall()[0][0])
            ungraded = store.connection.execute(
                "SELECT count(*) FROM completions ANTI JOIN grades USING (run_id, problem_id, completion_index)"
            ).fetchall()
            assert ungraded == [(0,)]
    run.join()
    assert status == [0]
    assert seen == sorted(seen)
    assert all(n % 4 == 0 for n in seen)
    assert len({n for n in seen if 0 < n < 400}) >= 2, "nobody looked while it ran"
    assert n_stored(path) == 400
    assert not path.with_name(f"{path.name}.writer").exists()
