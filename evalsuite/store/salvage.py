"""What can still be read of a store with damaged blocks, in a new file.

A damaged block takes with it the rows of one column that lie in it. DuckDB reads 2,048 rows at a time, so that is the
least that is lost. Where the column may be empty only its values are lost, and the rows stay.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import duckdb

from evalsuite.errors import StoreError
from evalsuite.store.connection import create_store, migration
from evalsuite.store.join import joined_tables
from evalsuite.store.write_log import log_path

__all__ = ["salvage"]

VECTOR_ROWS = 2048
OLD = "damaged"


def salvage(path: Path) -> list[str]:
    """Put a new file with all that can be read in the place of a damaged store; return what is lost, a sentence each.

    Raises
    ------
    StoreError
        The file cannot be opened, or the new one cannot be written.
    """
    new = path.with_name(f".{path.name}.salvaged")
    for leftover in (new, log_path(new)):
        leftover.unlink(missing_ok=True)
    create_store(new)
    lost: list[str] = []
    try:
        with duckdb.connect(str(new)) as connection:
            quoted = str(path).replace("'", "''")
            connection.execute(f"ATTACH '{quoted}' AS {OLD} (READ_ONLY)")
            there = connection.execute(
                f"SELECT table_name FROM duckdb_tables() WHERE database_name = '{OLD}'"
            ).fetchall()
            for table in joined_tables(connection):
                if (table,) in there:
                    lost += _Table(connection, table).copy()
            connection.execute(migration(3))  # in which the specifications of the first versions are upgraded
            connection.execute(f"DETACH {OLD}")
            connection.execute("CHECKPOINT")
        new.replace(path)
        log_path(path).unlink(missing_ok=True)
    except (duckdb.Error, OSError) as error:
        raise StoreError(f"{path} cannot be read: {str(error).partition(chr(10))[0]}") from error
    finally:
        for leftover in (new, log_path(new)):
            with suppress(OSError):
                leftover.unlink()
    return lost


class _Table:
    """One table on its way into the new file."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, name: str) -> None:
        self.connection, self.name = connection, name
        own = connection.execute(f"SELECT * FROM {name} LIMIT 0").description or ()
        there = {c[0] for c in connection.execute(f"SELECT * FROM {OLD}.{name} LIMIT 0").description or ()}
        self.columns = [c[0] for c in own if c[0] in there]
        needed = connection.execute(
            "SELECT column_name FROM duckdb_columns() WHERE table_name = ? AND database_name = current_database() "
            "AND NOT is_nullable",
            [name],
        ).fetchall()
        self.needed = {column for (column,) in needed}

    def copy(self) -> list[str]:
        """Copy what can be read; return what cannot, one sentence each."""
        n_rows = 0
        n_values: Counter[str] = Counter()
        for first, last in self._unreadable():
            bad = [c for c in self.columns if not self._can_read([c], first, last)]
            n = self._count(first, last)
            if self.needed.intersection(bad):
                n_rows += n
                continue
            self._insert([c for c in self.columns if c not in bad], first, last)
            n_values.update(dict.fromkeys(bad, n))
        found = [f"{n_rows} rows of {self.name}, which lay in damaged blocks"] if n_rows else []
        return found + [f"{column} of {n} rows of {self.name}" for column, n in n_values.items()]

    def _unreadable(self) -> Iterator[tuple[int, int]]:
        """Copy every part of the table that can be read whole; yield the others."""
        ((end,),) = self.connection.execute(f"SELECT max(rowid) FROM {OLD}.{self.name}").fetchall()
        parts = [] if end is None else [(0, end)]
        while parts:
            first, last = parts.pop()
            if self._can_read(self.columns, first, last):
                self._insert(self.columns, first, last)
            elif last - first < VECTOR_ROWS:
                yield first, last
            else:
                n_vectors = (last - first) // VECTOR_ROWS + 1
                middle = first + (n_vectors + 1) // 2 * VECTOR_ROWS
                parts += [(middle, last), (first, middle - 1)]

    def _can_read(self, columns: Sequence[str], first: int, last: int) -> bool:
        hashed = f"SELECT bit_xor(hash({', '.join(columns)})) FROM {OLD}.{self.name}"
        try:
            self.connection.execute(f"{hashed} WHERE rowid BETWEEN {first} AND {last}").fetchall()
        except duckdb.Error:
            return False
        return True

    def _count(self, first: int, last: int) -> int:
        rows = self.connection.execute(
            f"SELECT count(rowid) FROM {OLD}.{self.name} WHERE rowid BETWEEN {first} AND {last}"
        ).fetchall()
        return int(rows[0][0])

    def _insert(self, columns: Sequence[str], first: int, last: int) -> None:
        names = ", ".join(columns)
        self.connection.execute(
            f"INSERT INTO {self.name} ({names}) SELECT {names} FROM {OLD}.{self.name} "
            f"WHERE rowid BETWEEN {first} AND {last}"
        )
