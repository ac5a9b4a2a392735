"""Opening a DuckDB file: the lock, the schema version, and errors a user can act on.

DuckDB allows one writer, and readers only while there is none. A writer holds the file for as long as it
runs; whoever comes second is told at once which process has it, and a writer then waits a while.

Two versions matter. The storage version is DuckDB's: how the file is laid out. It is chosen when the file is made and
stays what it is whichever DuckDB writes later. The schema version is ours: which tables there are. An older schema is
upgraded on opening.
"""

import os
import re
import time
from contextlib import suppress
from dataclasses import replace
from importlib import resources
from pathlib import Path

import duckdb

from evalsuite.console import say
from evalsuite.errors import InputError, StoreError, StoreLockedError, StoreTooNewError
from evalsuite.store.holder import holder_of
from evalsuite.store.write_log import Mark, check_log, log_path, put_mark, read_mark, set_aside_command

__all__ = [
    "LOCK_WAIT_SECONDS",
    "SCHEMA_VERSION",
    "create_store",
    "migration",
    "open_database",
    "open_in_memory",
    "storage_version",
]

LOCK_WAIT_SECONDS = 30.0
RETRY_SECONDS = 0.25
SILENT_SECONDS = 2.0
"""Waits up to this long are not spoken of."""
MANY_ROWS = ("problems", "run_problems", "completions", "grades", "missing_results", "run_ons")
APPLICATION = "evalsuite"
# New files take the oldest layout that DuckDB offers, not DuckDB's newest: every DuckDB since 1.1 can read the store,
# and with it the evalsuite of a colleague who has not upgraded. On real runs the file is also no larger.
STORAGE_VERSION = "v1.0.0"
READ_OTHERWISE = re.compile(r"[?\\]|^:?\w+:")
"""In a path: options behind ?, a slash written as a backslash, and ``:memory:``, ``md:`` or ``postgres:``."""
NEWER_STORAGE = re.compile(r"storage version number (\d+), but we can only read storage versions between \d+ and (\d+)")


def _migrations() -> list[str]:
    text = (resources.files("evalsuite.store") / "schema.sql").read_text(encoding="utf-8")
    return re.split(r"(?m)^-- migration \d+:", text)[1:]


SCHEMA_VERSION = len(_migrations())


def migration(number: int) -> str:
    """Return the SQL of one migration, to be run again on rows that come from an older archive."""
    return _migrations()[number - 1].partition("\n")[2]


def open_database(
    path: Path, *, read_only: bool, lock_wait: float = LOCK_WAIT_SECONDS, create: bool = True, run_id: str = ""
) -> duckdb.DuckDBPyConnection:
    """Open the file, creating and migrating it for a writer.

    Parameters
    ----------
    lock_wait
        Seconds to wait while another process holds the file.
    create
        Whether a writer may make a file that does not exist.
    run_id
        The run that is to be made: a process that makes the same one is not waited for.

    Raises
    ------
    InputError
        The file does not exist and is not to be made.
    StoreLockedError
        Another process still holds the file after `lock_wait` seconds.
    StoreError
        The file is no DuckDB file, belongs to another program, is of a newer version, or cannot be written.
    """
    if (read_only or not create) and not path.exists():
        raise InputError(
            f"there is no store at {path}. Make one with `evalsuite run` or `evalsuite import`, "
            "or name another with --store."
        )
    if READ_OTHERWISE.search(str(path)):
        raise InputError(
            f"{path} cannot be a store, for DuckDB would take it for something else than a file: no ? or \\ may "
            "stand in its path, and no word with a colon at its beginning. Name another with --store."
        )
    if path.is_dir():
        raise StoreError(f"{path} is a folder; a store is a file, such as {path / 'runs.duckdb'}")
    if path.exists() and not path.is_file():
        raise StoreError(f"{path} is no file; name another with --store")
    is_new = not path.exists()
    if is_new:
        create_store(path)
    connection = _connect(path, read_only, lock_wait, run_id)
    try:
        # No extension is ever fetched: what a store needs is built in. When the log is taken in, `WriteLog` decides.
        connection.execute(
            "SET autoinstall_known_extensions = false; SET autoload_known_extensions = false; "
            "SET wal_autocheckpoint = '1TB'"
        )
        version = _version(connection, path)
        if version == SCHEMA_VERSION:
            mark = read_mark(connection)
            if not read_only and mark is None:
                _migrate(connection, version)
            if mark is not None and mark.transaction and not is_new and not log_path(path).exists():
                say(
                    f"{path} was copied, or its process ended, while it was being written, and {log_path(path).name} "
                    "is not beside it: rows that were stored last may be missing. The same command makes them again."
                )
            return connection
        if not read_only:
            _migrate(connection, version)
            return connection
    except duckdb.Error as error:
        connection.close()
        raise _unreadable(path, str(error)) from error
    except BaseException:
        connection.close()
        raise
    connection.close()
    if version == 0:
        raise StoreError(
            f"{path} is an empty DuckDB file, no store yet; `evalsuite run` or `evalsuite import` fills it."
        )
    _upgrade(path, version, lock_wait)
    return open_database(path, read_only=True, lock_wait=lock_wait)


def open_in_memory(spill: Path) -> duckdb.DuckDBPyConnection:
    """Return a connection to an empty store in memory, whose tables of many rows have no keys.

    What is read into it is checked before and written once; an index of it would take a third of the time and most of
    the memory of an answer from files.

    Parameters
    ----------
    spill
        Folder for what memory is not to hold.
    """
    connection = duckdb.connect(":memory:", config={"temp_directory": str(spill)})
    connection.execute("SET autoinstall_known_extensions = false; SET autoload_known_extensions = false")
    _migrate(connection, 0)
    for table in MANY_ROWS:
        connection.execute(f"CREATE OR REPLACE TABLE {table} AS FROM {table} LIMIT 0")
    return connection


def storage_version(connection: duckdb.DuckDBPyConnection) -> str:
    """Return DuckDB's name for the layout of the open file: ``v1.0.0+`` is read by every DuckDB from 1.0.0 on."""
    rows = connection.execute("SELECT tags['storage_version'] FROM duckdb_databases() WHERE NOT internal").fetchall()
    return str(rows[0][0])


def _upgrade(path: Path, version: int, lock_wait: float) -> None:
    """Upgrade the schema for a reader, who cannot do it on a connection that only reads."""
    try:
        open_database(path, read_only=False, lock_wait=lock_wait).close()
    except StoreLockedError:
        raise
    except StoreError as error:
        raise StoreError(
            f"{path} has the older schema {version} and has to be upgraded once to {SCHEMA_VERSION}, which failed "
            f"({error}). Copy it to where you may write, and name the copy with --store."
        ) from error


def create_store(path: Path) -> None:
    """Make an empty store beside `path` and move it there: a killed process leaves a whole file or none."""
    log = log_path(path)
    if log.exists() and not path.exists() and log.stat().st_size:
        raise StoreError(
            f"there is no store at {path}, but {log} is left of one. Put the store back beside it, or set it aside "
            f"with `{set_aside_command(path)}`: in a new store its rows would appear as another run's."
        )
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with duckdb.connect(str(temporary), config={"storage_compatibility_version": STORAGE_VERSION}) as connection:
            _migrate(connection, 0)
        try:
            # A link, unlike a rename, never replaces a file that another process has made meanwhile.
            os.link(temporary, path)
        except OSError:
            if not path.exists():  # a file system without links
                temporary.rename(path)
    except (OSError, duckdb.Error) as error:
        raise StoreError(f"cannot make the store {path}: {_first_line(error)}") from error
    finally:
        for leftover in (temporary, temporary.with_name(f"{temporary.name}.wal")):
            with suppress(OSError):
                leftover.unlink()


def _connect(path: Path, read_only: bool, lock_wait: float, run_id: str) -> duckdb.DuckDBPyConnection:
    deadline = time.monotonic() + lock_wait
    spoken = lock_wait <= SILENT_SECONDS
    while True:
        try:
            check_log(path)
            return duckdb.connect(str(path), read_only=read_only)
        except OSError as error:
            raise _unreadable(path, str(error)) from error
        except duckdb.Error as error:
            text = str(error)
            if "could not set lock" not in text.lower():
                raise _unreadable(path, text) from error
            holder = holder_of(path)
            if run_id and holder is not None and holder.run_id == run_id:
                raise StoreLockedError(
                    f"this very run is being made already, by {holder.words()}. Look at it with `evalsuite runs "
                    f"--store {path}`. To make half of it here, stop that process, and give its command --share 1/2 "
                    "and this one --share 2/2 and a --store of its own: what is stored is not made again, and "
                    "`evalsuite merge` joins the two when both are done."
                ) from error
            if time.monotonic() >= deadline:
                raise StoreLockedError(_locked(path, text, lock_wait)) from error
            if not spoken:
                say(f"{path} is in use by {_holder(path, text)}. Waiting for it up to {lock_wait:.0f} s.")
                spoken = True
        time.sleep(RETRY_SECONDS)


def _locked(path: Path, text: str, lock_wait: float) -> str:
    waited = f", and still was after {lock_wait:.0f} s" if lock_wait > SILENT_SECONDS else ""
    return (
        f"{path} is in use by {_holder(path, text)}{waited}. Either wait until that process has finished (or stop it: "
        "nothing that it stored is lost), or write to another file with --store and join the two with `evalsuite "
        "merge` later."
    )


def _holder(path: Path, text: str) -> str:
    """Return who holds the file: what it announced, if DuckDB's message names the same process or none."""
    pid = re.search(r"\(PID (\d+)\)", text)
    announced = holder_of(path)
    if announced is not None and (pid is None or int(pid[1]) == announced.pid):
        return announced.words()
    return f"process {pid[1]} (PID)" if pid else "another process"


def _unreadable(path: Path, text: str) -> StoreError:
    newer = NEWER_STORAGE.search(text)
    if newer:
        return StoreTooNewError(
            f"{path} was made by a newer DuckDB: its storage version is {newer[1]}, and DuckDB {duckdb.__version__} "
            f"here reads up to {newer[2]}. Upgrade with `pip install -U duckdb`, or write the runs with `evalsuite "
            "archive` where the store was made and read them here with `evalsuite restore`. Nothing was changed."
        )
    if "WAL" in text:
        return StoreError(
            f"{log_path(path)}, the log of {path}, is damaged: {_first_line(text)}. `evalsuite repair {path}` keeps "
            f"what can be read and says what is lost; or set the log aside with `{set_aside_command(path)}`, and the "
            "same commands make again what it held. Nothing was changed."
        )
    if "not a valid DuckDB database file" in text:
        return StoreError(
            f"cannot open {path} as a store: it is no DuckDB file. Name another with --store. Nothing was changed."
        )
    return StoreError(
        f"cannot open {path} as a store: {_first_line(text)}. If the file is damaged, restore a copy; "
        "if a disk is full or read-only, free it first. Nothing was changed."
    )


def _first_line(error: object) -> str:
    return str(error).partition("\n")[0].rstrip(".!")


def _migrate(connection: duckdb.DuckDBPyConnection, version: int) -> None:
    """Run the migrations after `version` in one transaction."""
    connection.execute("BEGIN")
    for statements in _migrations()[version:]:
        connection.execute(statements.partition("\n")[2])
    connection.execute(
        "INSERT OR REPLACE INTO meta VALUES ('application', ?), ('schema_version', ?)",
        [APPLICATION, str(SCHEMA_VERSION)],
    )
    mark = read_mark(connection) or Mark.new()
    # A new file says from the beginning that a log belongs to it; an older one is whole when it has been upgraded.
    put_mark(connection, mark.next() if version == 0 else replace(mark, checkpoint=mark.checkpoint + 1, transaction=0))
    connection.execute("COMMIT")
    connection.execute("CHECKPOINT")


def _version(connection: duckdb.DuckDBPyConnection, path: Path) -> int:
    """Return the schema version of the file, 0 for an empty one; refuse another program's and a newer evalsuite's."""
    names = connection.execute(
        "SELECT table_name FROM duckdb_tables() UNION ALL SELECT view_name FROM duckdb_views() WHERE NOT internal"
    ).fetchall()
    tables = sorted(row[0] for row in names)
    if not tables:
        return 0
    columns = connection.execute("SELECT column_name FROM duckdb_columns() WHERE table_name = 'meta'").fetchall()
    known = {("key",), ("value",)} <= set(columns)
    meta = dict(connection.execute("SELECT key, value FROM meta").fetchall()) if known else {}
    if meta.get("application") != APPLICATION:
        raise StoreError(
            f"{path} is a DuckDB file of another program (tables: {', '.join(tables[:5])}). "
            "It was not touched; name another file with --store."
        )
    version = int(meta["schema_version"])
    if version > SCHEMA_VERSION:
        raise StoreError(
            f"{path} was written by a newer evalsuite (schema {version}, this one knows {SCHEMA_VERSION}). "
            "Upgrade with `pip install -U evalsuite`, or name another file with --store. Nothing was changed."
        )
    return version
