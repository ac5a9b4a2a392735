"""Who may open a store, and what the others are told."""

import gzip
import platform
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest
from scripted import ScriptedGenerator, run_scripted

from evalsuite.errors import InputError, StoreError, StoreLockedError, StoreTooNewError
from evalsuite.store import queries
from evalsuite.store.connection import SCHEMA_VERSION, open_database, storage_version
from evalsuite.store.looks import Look, looks_by
from evalsuite.store.repair import repair
from evalsuite.store.runs import find_run, score_matrix
from evalsuite.store.store import Store
from evalsuite.store.verify import verify

HOLD = """
import sys
from pathlib import Path
from evalsuite.store.store import Store
from evalsuite.store.verify import verify
with getattr(Store, sys.argv[1])(Path(sys.argv[2]), **({"run_id": sys.argv[3]} if sys.argv[3:] else {})):
    print("open", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    store = tmp_path / "s.duckdb"
    with Store.writer(store) as opened:
        run_scripted(opened, ScriptedGenerator(), n_problems=5)
    return store


@pytest.fixture
def hold(path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Return a function that opens the store in another process: ``hold("writer")``, ``hold("writer", run_id)``."""
    started = []

    def start(*how: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", HOLD, how[0], str(path), *how[1:]],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        return process

    yield start
    for process in started:
        process.communicate("\n", timeout=20)


def test_while_a_writer_holds_the_file_another_is_told_at_once_whom_it_waits_for(
    path: Path, hold: Callable[..., subprocess.Popen[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    holder = hold("writer")
    with pytest.raises(StoreLockedError) as caught:
        Store.writer(path, lock_wait=3)
    assert f"in use by process {holder.pid} (PID) on {platform.node()} since 20" in capsys.readouterr().err
    message = str(caught.value)
    assert f"process {holder.pid} (PID)" in message
    assert "wait until that process has finished" in message
    assert "--store" in message
    assert caught.value.exit_code == 5


def test_the_same_run_started_twice_is_told_who_makes_it_and_offered_a_share(
    path: Path, hold: Callable[..., subprocess.Popen[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    holder = hold("writer", "this-run")
    started = time.monotonic()
    with pytest.raises(StoreLockedError) as caught:
        Store.writer(path, lock_wait=30, run_id="this-run")
    assert time.monotonic() - started < 10, "it is not waited for"
    assert f"this very run is being made already, by process {holder.pid} (PID)" in str(caught.value)
    assert "--share 2/2" in str(caught.value)
    with pytest.raises(StoreLockedError, match="wait until that process has finished"):
        Store.writer(path, lock_wait=0, run_id="another-run")


def test_while_a_writer_holds_the_file_one_can_look(
    path: Path, hold: Callable[..., subprocess.Popen[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    holder = hold("writer")
    started = time.monotonic()
    with Store.reader(path) as store:
        assert store.path == path
        assert store.connection.execute("SELECT count(*) FROM completions").fetchall() == [(5,)]
        copy = store._copy
    assert time.monotonic() - started < 10
    assert copy is not None
    assert not copy.parent.exists()
    assert f"is being written by process {holder.pid} (PID)" in capsys.readouterr().err
    with pytest.raises(StoreLockedError):  # looking took nothing from the writer
        Store.writer(path, lock_wait=0)


def test_looks_at_a_store_that_is_written_are_kept_and_counted(
    path: Path, hold: Callable[..., subprocess.Popen[str]]
) -> None:
    holder = hold("writer")
    look = Look("a", "b", "", 5)
    with Store.reader(path) as store:
        store.shown.append(look)
    with Store.reader(path) as store:
        assert looks_by(store.connection, "") == [look]
    assert holder.stdin is not None
    holder.stdin.write("\n")
    holder.stdin.flush()
    holder.wait(20)
    with Store.reader(path) as store:
        assert looks_by(store.connection, "") == [look]
    assert [f.name for f in path.parent.iterdir()] == [path.name]


def test_a_second_writer_gets_its_turn_when_the_first_is_done(
    path: Path, hold: Callable[..., subprocess.Popen[str]]
) -> None:
    holder = hold("writer")
    with pytest.raises(StoreLockedError):
        Store.writer(path, lock_wait=0)
    assert holder.stdin is not None
    holder.stdin.write("\n")
    holder.stdin.flush()
    Store.writer(path, lock_wait=20).close()


def test_readers_do_not_wait_for_each_other(path: Path, hold: Callable[..., subprocess.Popen[str]]) -> None:
    hold("reader")
    hold("reader")
    with Store.reader(path, lock_wait=0) as store:
        assert store.connection.execute("SELECT count(*) FROM completions").fetchall() == [(5,)]
    with pytest.raises(StoreLockedError):
        Store.writer(path, lock_wait=0)


def test_reading_what_is_not_there_makes_nothing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no store at .*evalsuite run"):
        Store.reader(tmp_path / "folder" / "s.duckdb")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "name", ["a?b/s.duckdb", "s?x.duckdb", "a\\b.duckdb", ":memory:", "md:runs", "postgres:x.duckdb"]
)
def test_a_path_that_duckdb_takes_for_something_else_is_refused_before_anything_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="cannot be a store"):
        Store.writer(Path(name))
    assert not list(tmp_path.iterdir())


def test_a_folder_is_no_store(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="is a folder"):
        Store.writer(tmp_path)


def test_a_store_below_a_file_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match="cannot make the store"):
        Store.writer(tmp_path / "file" / "s.duckdb")


@pytest.mark.parametrize(
    "table", ["CREATE TABLE other (a INT)", "CREATE TABLE meta (a INT)", "CREATE VIEW v AS SELECT 1"]
)
def test_the_file_of_another_program_is_refused_and_left_alone(tmp_path: Path, table: str) -> None:
    path = tmp_path / "other.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(table)
    before = path.read_bytes()
    for opened in (Store.writer, Store.reader):
        with pytest.raises(StoreError, match="of another program"):
            opened(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"hello " * 5000, b"PAR1"], ids=["empty", "short", "long", "parquet"]
)
def test_what_is_no_duckdb_file_is_refused_at_once_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.duckdb"
    path.write_bytes(content)
    for opened in (Store.writer, Store.reader):
        with pytest.raises(StoreError, match="cannot open") as caught:
            opened(path)
        assert not isinstance(caught.value, StoreLockedError)
    assert path.read_bytes() == content


def test_a_truncated_or_damaged_file_is_told_from_a_locked_one(path: Path) -> None:
    whole = path.read_bytes()
    damaged = bytearray(whole)
    for position in range(12_288, len(damaged), 997):
        damaged[position] ^= 0xFF
    for content in (whole[:16_384], whole[:5000], bytes(damaged)):
        path.write_bytes(content)
        with pytest.raises(StoreError, match=r"cannot (open|read)") as caught, Store.reader(path) as store:
            store.connection.execute("SELECT sum(length(text)) FROM completions").fetchall()
        assert not isinstance(caught.value, StoreLockedError)


def test_damage_found_while_reading_is_a_store_error_too(path: Path) -> None:
    with pytest.raises(StoreError, match=r"cannot read .*can be imported again"), Store.reader(path):
        raise duckdb.IOException("block 7 is damaged")


def test_a_store_of_a_newer_version_is_refused_and_left_alone(path: Path) -> None:
    with Store.writer(path) as store:
        store.connection.execute("UPDATE meta SET value = ? WHERE key = 'schema_version'", [str(SCHEMA_VERSION + 1)])
    for opened in (Store.writer, Store.reader):
        with pytest.raises(StoreError, match=rf"newer evalsuite \(schema {SCHEMA_VERSION + 1}, .*Upgrade"):
            opened(path)


def test_an_empty_database_becomes_a_store_for_a_writer_only(tmp_path: Path) -> None:
    path = tmp_path / "empty.duckdb"
    duckdb.connect(str(path)).close()
    with pytest.raises(StoreError, match="empty DuckDB file"):
        Store.reader(path)
    Store.writer(path).close()
    Store.reader(path).close()


def test_a_folder_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # /proc refuses new files to every user, root included.
    if not Path("/proc/self").is_dir():
        pytest.skip("needs /proc")
    with pytest.raises(StoreError, match="cannot make the store"):
        open_database(Path("/proc/evalsuite-test/s.duckdb"), read_only=False)


def test_nothing_is_left_beside_a_new_store(tmp_path: Path) -> None:
    Store.writer(tmp_path / "s.duckdb").close()
    assert [f.name for f in tmp_path.iterdir()] == ["s.duckdb"]


def test_no_extension_is_ever_fetched(path: Path) -> None:
    with Store.reader(path) as store:
        rows = store.connection.execute(
            "SELECT name, value FROM duckdb_settings() WHERE name IN "
            "('autoinstall_known_extensions', 'autoload_known_extensions') ORDER BY name"
        ).fetchall()
    assert [value for _, value in rows] == ["false", "false"]


# Written by evalsuite with DuckDB 1.5.6 and the first migration only: two imported runs, "base" and "new", on the same
# 12 problems, of which the first 2 and the first 9 are right.
WRITTEN_BY_1_5_6 = Path(__file__).parent / "files" / "duckdb-1.5.6-schema-1.duckdb.gz"


@pytest.fixture
def older(tmp_path: Path) -> Path:
    path = tmp_path / "older.duckdb"
    path.write_bytes(gzip.decompress(WRITTEN_BY_1_5_6.read_bytes()))
    return path


@pytest.mark.parametrize("opened", [Store.reader, Store.writer])
def test_a_store_of_an_older_duckdb_and_schema_opens_and_is_upgraded(
    older: Path, opened: Callable[[Path], Store]
) -> None:
    with opened(older) as store:
        meta = dict(store.connection.execute("SELECT key, value FROM meta").fetchall())
        assert meta["schema_version"] == str(SCHEMA_VERSION)
        right = [int(score_matrix(store, find_run(store, name)).correct.sum()) for name in ("base", "new")]
        assert right == [2, 9]
        assert store.connection.execute("SELECT count(*) FROM trainings").fetchall() == [(0,)]
        assert storage_version(store.connection) == "v1.0.0+"
    assert [f.name for f in older.parent.iterdir()] == [older.name]


def test_an_older_store_that_cannot_be_upgraded_says_so(older: Path) -> None:
    with duckdb.connect(str(older), read_only=True), pytest.raises(StoreError, match=r"older schema 1 .*upgraded once"):
        Store.reader(older, lock_wait=0)


def test_a_new_store_can_be_read_by_every_duckdb_since_1_0(path: Path) -> None:
    with Store.writer(path) as store:
        assert storage_version(store.connection) == "v1.0.0+"
        assert len(queries.run_heads(store.connection)) == 1


def checksum(block: bytes) -> int:
    """Return the checksum that DuckDB keeps in the first 8 bytes of a header block."""
    found = 5381
    for (word,) in struct.iter_unpack("<Q", block[8:]):
        found ^= word * 0xBF58476D1CE4E5B9 % 2**64
    return found


def test_a_store_of_a_newer_duckdb_gets_the_true_reason_and_is_left_alone(path: Path) -> None:
    content = bytearray(path.read_bytes())
    assert struct.unpack_from("<Q", content)[0] == checksum(content[:4096])
    struct.pack_into("<Q", content, 12, 1070)  # the storage version
    struct.pack_into("<Q", content, 0, checksum(content[:4096]))
    path.write_bytes(content)
    for opened in (Store.writer, Store.reader, verify, repair):
        with pytest.raises(
            StoreTooNewError, match=r"newer DuckDB: its storage version is 1070.* up to \d+\. Upgrade"
        ) as caught:
            opened(path)
        assert "disk" not in str(caught.value)
    assert path.read_bytes() == bytes(content)
    assert not list(path.parent.glob("*.before-repair"))
