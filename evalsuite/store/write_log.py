"""The write-ahead log beside a store: whose it is, whether it is whole, and when it is taken into the file.

DuckDB writes what is committed to ``NAME.wal`` first, and takes it into the file at a checkpoint. A log that a killed
process left is taken in by whoever opens the file next, and DuckDB does not ask whose it is. So every transaction
renews a mark in the table ``meta``: the store's identity, the number of checkpoints and that of the transaction. It
stands readable in the log's bytes, and the file itself says which log goes with it.
"""

import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

import duckdb

from evalsuite.errors import StoreError

__all__ = [
    "Mark",
    "WriteLog",
    "check_log",
    "log_path",
    "put_mark",
    "read_mark",
    "set_aside_command",
    "transaction_ends",
]

KEY = "wal"
MARK = re.compile(r"evalsuite-wal:([0-9a-f]{32}):(\d+):(\d+)")
CHECKPOINT_SHARE = 0.01
"""Share of the time that checkpoints may take while a store is written."""
CHECKPOINT_BYTES = 16 * 2**20
FIRST_COST_SECONDS = 0.05
# DuckDB's log: a head of 8 bytes, then entries of length, checksum and content; the kind stands behind a field number.
HEAD_BYTES, LENGTH_BYTES, CHECKSUM_BYTES = 8, 8, 8
END_OF_TRANSACTION = b"d\x00d"

# Files that this process writes. To look into one would end DuckDB's lock: POSIX drops it with any closing.
_written_here: set[tuple[int, int]] = set()


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """Which log goes with a file.

    Attributes
    ----------
    store_id
        Made once, when the store is.
    checkpoint
        Rises with every checkpoint and with every closing.
    transaction
        Rises with every transaction; 0 in a file that was closed. A file of which it says more belongs with its log.
    """

    store_id: str
    checkpoint: int = 0
    transaction: int = 0

    def __str__(self) -> str:
        return f"evalsuite-wal:{self.store_id}:{self.checkpoint}:{self.transaction}"

    @classmethod
    def new(cls) -> "Mark":
        """Return the mark of a store that is being made."""
        return cls(uuid4().hex)

    def next(self) -> "Mark":
        """Return the mark of the next transaction."""
        return replace(self, transaction=self.transaction + 1)


def log_path(path: Path) -> Path:
    """Return where DuckDB keeps the log of the store at `path`."""
    return path.with_name(f"{path.name}.wal")


def set_aside_command(path: Path) -> str:
    """Return the shell command that moves the log of a store out of the way."""
    return f"mv '{log_path(path)}' '{log_path(path)}.set-aside'"


def read_mark(connection: duckdb.DuckDBPyConnection) -> Mark | None:
    """Return the mark of an open store, None where an older evalsuite made it."""
    rows = connection.execute("SELECT value FROM meta WHERE key = ?", [KEY]).fetchall()
    found = MARK.fullmatch(rows[0][0]) if rows else None
    return None if found is None else Mark(found[1], int(found[2]), int(found[3]))


def put_mark(connection: duckdb.DuckDBPyConnection, mark: Mark) -> None:
    """Write the mark; within a transaction."""
    # Replacing the row would renew its entry in the index, at more than twice the time of every transaction.
    ((n,),) = connection.execute("UPDATE meta SET value = ? WHERE key = ?", [str(mark), KEY]).fetchall()
    if not n:
        connection.execute("INSERT INTO meta VALUES (?, ?)", [KEY, str(mark)])


def check_log(path: Path) -> None:
    """Refuse a log that is not that of the file, or of which a part cannot be read, before DuckDB takes it in.

    Raises
    ------
    StoreError
        The message says how to set the log aside.
    duckdb.Error
        DuckDB cannot read the log or the file, or another process holds it.
    """
    log = log_path(path)
    content = log.read_bytes() if log.is_file() and _identity(path) not in _written_here else b""
    if not content:
        return
    marks = sorted({Mark(m[1].decode(), int(m[2]), int(m[3])) for m in re.finditer(MARK.pattern.encode(), content)})
    base = _mark_without_log(path)
    if _is_foreign(base, marks, content):
        raise StoreError(
            f"{log} is not the log of {path}: it was left by another store, or by another state of this one, so its "
            f"rows do not belong here. Move it to the store that it came from, or set it aside with "
            f"`{set_aside_command(path)}`. Nothing was changed."
        )
    with duckdb.connect(str(path), read_only=True) as connection:
        replayed = read_mark(connection) if _has_meta(connection) else None
    # A process that is killed while it writes leaves one transaction unfinished, never two.
    later = [
        m for m in marks if base is not None and m.store_id == base.store_id and (replayed is None or m > replayed)
    ]
    if len(later) > 1:
        raise StoreError(
            f"{log} is damaged: {len(later)} transactions in it cannot be read. `evalsuite repair {path}` keeps what "
            f"can be read and says what is lost; or set the log aside with `{set_aside_command(path)}`, and the same "
            "commands make again what it held. Nothing was changed."
        )


def _is_foreign(base: Mark | None, marks: list[Mark], content: bytes) -> bool:
    if base is None:  # made by an older evalsuite: what that leaves has no marks
        return any(m.transaction > 0 for m in marks)
    if not marks:
        return bool(transaction_ends(content))
    return not any((m.store_id, m.checkpoint) == (base.store_id, base.checkpoint) for m in marks)


def transaction_ends(content: bytes) -> list[int]:
    """Return where in a log each transaction that stands in it to its end does end; DuckDB drops others."""
    ends = []
    position = HEAD_BYTES
    while position + LENGTH_BYTES <= len(content):
        length = int.from_bytes(content[position : position + LENGTH_BYTES], "little")
        start = position + LENGTH_BYTES + CHECKSUM_BYTES
        position = start + length
        if position > len(content):
            break
        if content.startswith(END_OF_TRANSACTION, start):
            ends.append(position)
    return ends


def _mark_without_log(path: Path) -> Mark | None:
    """Return the mark in the file as it is without its log: under another name DuckDB does not find the log."""
    other = path.with_name(f".{path.name}.{os.getpid()}.check")
    try:
        os.link(path, other)
    except OSError:
        return None if not path.exists() else _mark_of_copy(path)
    try:
        with duckdb.connect(str(other), read_only=True) as connection:
            return read_mark(connection) if _has_meta(connection) else None
    finally:
        with suppress(OSError):
            other.unlink()


def _mark_of_copy(path: Path) -> Mark | None:
    """As `_mark_without_log`, on a file system without links."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(shutil.copyfile(path, Path(folder) / path.name))
        with duckdb.connect(str(copy), read_only=True) as connection:
            return read_mark(connection) if _has_meta(connection) else None


def _has_meta(connection: duckdb.DuckDBPyConnection) -> bool:
    columns = connection.execute("SELECT column_name FROM duckdb_columns() WHERE table_name = 'meta'").fetchall()
    return {("key",), ("value",)} <= set(columns)


class WriteLog:
    """The log of a store that is open for writing.

    Attributes
    ----------
    identity
        Device and number of the file that was opened; another file of this name is not the store.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, path: Path) -> None:
        self.connection, self.path = connection, path
        self.identity = _identity(path)
        self.mark = read_mark(connection) or Mark.new()
        self.written = False
        self.marked = self.mark.transaction > 0
        self.size = _size(path)
        self.cost = FIRST_COST_SECONDS
        self.taken_in = time.monotonic()
        if self.identity is not None:
            _written_here.add(self.identity)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Run one transaction with its mark; then see that the file is still there, and take in the log when due.

        The caller rolls back on an error.

        Raises
        ------
        StoreError
            The file was deleted, replaced or cut off since it was opened.
        """
        if self.written and not self.marked and self.identity is not None:
            self.checkpoint()  # so that the file says of itself that a log belongs to it
        self.connection.execute("BEGIN")
        put_mark(self.connection, self.mark.next())
        yield
        self.connection.execute("COMMIT")
        self.mark, self.written = self.mark.next(), True
        self.check_identity()
        if self._is_due():
            self.checkpoint()

    def commit_part(self) -> None:
        """Within a transaction: keep what it has written so far, take in the log, and go on in another."""
        self.connection.execute("COMMIT")
        self.mark, self.written = self.mark.next(), True
        self.check_identity()
        self.checkpoint()
        self.connection.execute("BEGIN")
        put_mark(self.connection, self.mark.next())

    def check_identity(self) -> None:
        """Raise where the file that is being written is no longer the one of its name, or not whole.

        Between two checkpoints DuckDB adds to its file, and never takes from it.
        """
        now = _identity(self.path)
        if now == self.identity and _size(self.path) >= self.size:
            return
        happened = "deleted" if now is None else "replaced by another file" if now != self.identity else "cut off"
        raise StoreError(
            f"{self.path} was {happened} while it was being written. What this command stored is not in it. Restore "
            "the file from where it was moved or from a copy, and the same command makes what is missing; without "
            "one it begins anew."
        )

    def checkpoint(self) -> None:
        """Take the log into the file, so that the one file, copied after a kill, lacks little."""
        started = time.monotonic()
        following = replace(self.mark, checkpoint=self.mark.checkpoint + 1, transaction=1)
        self._put(following)
        self.connection.execute("CHECKPOINT")
        self.size, self.marked = _size(self.path), True
        self.taken_in = time.monotonic()
        self.cost = self.taken_in - started

    def close(self) -> None:
        """Close the connection, which takes the log in, and note that the file is whole without it."""
        try:
            if self.written or self.marked:
                self.check_identity()
                self._put(replace(self.mark, checkpoint=self.mark.checkpoint + 1, transaction=0))
        except duckdb.Error:
            pass  # a full disk, say: the log stays and is taken in by whoever opens the file next
        finally:
            self.connection.close()
            if self.identity is not None:
                _written_here.discard(self.identity)

    def _put(self, mark: Mark) -> None:
        self.connection.execute("BEGIN")
        put_mark(self.connection, mark)
        self.connection.execute("COMMIT")
        self.mark = mark

    def _is_due(self) -> bool:
        if self.identity is None:  # a store in memory
            return False
        log = log_path(self.path)
        with suppress(OSError):
            if log.stat().st_size > CHECKPOINT_BYTES:
                return True
        return time.monotonic() - self.taken_in > self.cost / CHECKPOINT_SHARE


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
