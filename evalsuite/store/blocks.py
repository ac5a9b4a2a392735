"""Whether the bytes of a store are those that DuckDB wrote: every block of its file begins with a checksum of the rest.

DuckDB looks at a block only when it needs it, so damage stays unseen until somebody asks for that very row, or writes
beside it. All blocks at once are read in about a second a gigabyte. A block that no table uses may hold anything, such
as half of what a full disk did not take, so damage counts only where something cannot be read.
"""

import shutil
import tempfile
from pathlib import Path
from typing import BinaryIO

import duckdb
import numpy as np

__all__ = ["find_damage", "is_database", "unreadable"]

MAGIC, MAGIC_AT = b"DUCK", 8
LAYOUT, LAYOUT_AT = 64, 12
"""Storage version of DuckDB 1.0, in which every store is made."""
HEAD_BYTES = 3 * 4096
BLOCK_BYTES = 262_144
# The checksum of a block: 64-bit words times a constant, joined by exclusive or.
WORD, START = np.uint64(0xBF58476D1CE4E5B9), np.uint64(5381)


def is_database(path: Path) -> bool:
    """Return whether the path is a file that begins as DuckDB's do."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(MAGIC_AT + len(MAGIC))[MAGIC_AT:] == MAGIC


def find_damage(file: BinaryIO) -> int:
    """Return how many blocks are not those of their checksum, used or not; 0 where the layout is another one.

    The caller keeps the file open for as long as a connection of this process holds it: closing it would end the lock.
    """
    head = file.read(HEAD_BYTES)
    if head[MAGIC_AT : MAGIC_AT + len(MAGIC)] != MAGIC or head[LAYOUT_AT] != LAYOUT:
        return 0
    damaged = 0
    while len(block := file.read(BLOCK_BYTES)) == BLOCK_BYTES:
        words = np.frombuffer(block, dtype="<u8")
        damaged += bool(np.bitwise_xor.reduce(words[1:] * WORD) ^ START != words[0])
    return damaged


def unreadable(path: Path) -> list[str]:
    """Return what of a store with damaged blocks cannot be read, one sentence a table; none if no table uses them."""
    found = []
    with tempfile.TemporaryDirectory(prefix="evalsuite-") as folder:
        # A copy, because to find every entry of an index means to write.
        copy = Path(shutil.copyfile(path, Path(folder) / path.name))
        log = path.with_name(f"{path.name}.wal")
        if log.exists():
            shutil.copyfile(log, copy.with_name(log.name))
        try:
            connection = duckdb.connect(str(copy))
        except duckdb.Error as error:
            return [f"it cannot be opened: {_first_line(error)}"]
        with connection:
            for table, has_key in _tables(connection):
                probe = f"INSERT INTO {table} SELECT * FROM {table} ON CONFLICT DO NOTHING"
                reading = [("rows", f"SELECT bit_xor(hash(t)) FROM {table} t"), *[("index", probe)] * has_key]
                for what, statement in reading:
                    try:
                        connection.execute("BEGIN")
                        connection.execute(statement).fetchall()
                    except duckdb.Error as error:
                        found.append(f"{what} of {table} cannot be read: {_first_line(error)}")
                        break
                    finally:
                        connection.execute("ROLLBACK")
    return found


def _tables(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, bool]]:
    """Return the tables, and whether each has an index."""
    return connection.execute(
        "SELECT table_name, has_primary_key FROM duckdb_tables() WHERE NOT temporary ORDER BY table_oid"
    ).fetchall()


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0].rstrip(".")
