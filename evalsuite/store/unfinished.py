"""An import that is stored in several transactions, so that no index of all its rows has to lie in memory at once.

Its run is recorded last: until then nobody sees its rows. A note in the table ``meta`` names them, and what a killed
import left is taken out before a store is written again.
"""

import json

import duckdb

__all__ = ["has_unfinished", "note_finished", "note_unfinished", "tables_of_runs", "take_out"]

KEY = "unfinished_import"


def note_unfinished(connection: duckdb.DuckDBPyConnection, run_id: str, dataset_hash: str) -> None:
    """Note whose rows are to be stored; the caller holds the transaction."""
    connection.execute("INSERT INTO meta VALUES (?, ?)", [KEY, json.dumps([run_id, dataset_hash])])


def note_finished(connection: duckdb.DuckDBPyConnection) -> None:
    """Take the note back; the caller holds the transaction."""
    connection.execute("DELETE FROM meta WHERE key = ?", [KEY])


def has_unfinished(connection: duckdb.DuckDBPyConnection) -> bool:
    """Return whether the store holds such rows."""
    return bool(_noted(connection))


def take_out(connection: duckdb.DuckDBPyConnection) -> None:
    """Delete the rows that the note names; the caller holds the transaction."""
    for value in _noted(connection):
        run_id, dataset_hash = json.loads(value)
        for table in tables_of_runs(connection):
            connection.execute(f"DELETE FROM {table} WHERE run_id = ?", [run_id])
        connection.execute(
            "DELETE FROM problems WHERE dataset_hash = $set AND $set NOT IN (SELECT dataset_hash FROM runs)",
            {"set": dataset_hash},
        )
    note_finished(connection)


def _noted(connection: duckdb.DuckDBPyConnection) -> list[str]:
    return [value for (value,) in connection.execute("SELECT value FROM meta WHERE key = ?", [KEY]).fetchall()]


def tables_of_runs(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Return every table whose rows belong to a run: those that have its id."""
    rows = connection.execute(
        """SELECT table_name FROM duckdb_columns() WHERE column_name = 'run_id' AND NOT internal
             AND table_name IN (SELECT table_name FROM duckdb_tables() WHERE NOT temporary) ORDER BY table_name"""
    ).fetchall()
    return [name for (name,) in rows]
