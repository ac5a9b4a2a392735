"""Rows of other tables into a store: what both have must be equal, what the store lacks is added.

Restoring an archive and merging two stores are the same act. Tables, columns and keys are read from the store itself,
so that a new table or column needs no line here. Null against a value is no conflict: archives leave texts out.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

from evalsuite.errors import InputError
from evalsuite.store.rows import fetch_rows

__all__ = ["Joined", "check_references", "count_rows", "join", "joined_tables"]

NOT_JOINED = ("meta",)
OWN = {
    "runs": ("details", "created_at", "label", "n_completions", "primary_grader"),
    "trainings": ("details", "created_at", "label"),
    "completions": ("batch_hash",),
    "grades": ("grader_version",),
    "looks": ("shown_at",),
}
"""Columns in which equal runs may differ; the row that is there stays."""
NAMED = {"runs": "run_id", "trainings": "training_id"}
"""Tables whose label is unique, and the key that it stands for."""
REFERENCES = (
    ("run_problems", ("run_id",), "runs"),
    ("run_draws", ("run_id", "problem_id"), "run_problems"),
    ("completions", ("run_id", "problem_id"), "run_problems"),
    ("missing_results", ("run_id", "problem_id"), "run_problems"),
    ("grades", ("run_id", "problem_id", "completion_index"), "completions"),
    ("run_ons", ("run_id", "problem_id", "completion_index"), "completions"),
    ("served", ("run_id", "problem_id", "completion_index"), "completions"),
    ("batches", ("run_id",), "runs"),
    ("run_tags", ("run_id",), "runs"),
    ("runs", ("dataset_hash",), "problems"),
    ("runs", ("tokenizer_hash",), "tokenizers"),
    ("training_steps", ("training_id",), "trainings"),
    ("training_completions", ("training_id",), "trainings"),
)
"""What refers to what: every value of the columns of the first table stands in the second."""
N_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Joined:
    """What a join added: rows by table."""

    rows: Mapping[str, int]


def joined_tables(connection: duckdb.DuckDBPyConnection) -> dict[str, tuple[str, ...]]:
    """Return the tables of the store that hold data, each with the columns of its key; none: rows are counted."""
    keys = dict(
        connection.execute(
            "SELECT table_name, constraint_column_names FROM duckdb_constraints() "
            "WHERE constraint_type = 'PRIMARY KEY' AND database_name = current_database()"
        ).fetchall()
    )
    names = connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = current_database() AND NOT temporary "
        "ORDER BY table_oid"
    ).fetchall()
    return {name: tuple(keys.get(name, ())) for (name,) in names if name not in NOT_JOINED}


def check_references(connection: duckdb.DuckDBPyConnection, schema: str, tables: Mapping[str, object]) -> list[str]:
    """Return what refers to rows that are not there, one sentence a table.

    Parameters
    ----------
    schema
        What stands before the names of the tables, such as ``"staged."``.
    tables
        The tables that there are.
    """
    found = []
    for table, columns, other in REFERENCES:
        if table not in tables or other not in tables:
            continue
        names = ", ".join(columns)
        known = " AND ".join(f"{c} IS NOT NULL" for c in columns)
        # A run without any planned problem refers to no problem of its data set.
        planned = f" AND run_id IN (SELECT run_id FROM {schema}run_problems)" if other == "problems" else ""
        ((count,),) = connection.execute(
            f"SELECT count(*) FROM {schema}{table} ANTI JOIN {schema}{other} USING ({names}) WHERE {known}{planned}"
        ).fetchall()
        if count:
            found.append(f"{count} rows of {table} belong to no row of {other}")
    return found


def count_rows(connection: duckdb.DuckDBPyConnection, schema: str, tables: Mapping[str, object]) -> int:
    """Return how many rows the tables of `schema` have together."""
    counts = (connection.execute(f"SELECT count(*) FROM {schema}{table}").fetchall() for table in tables)
    return sum(n for ((n,),) in counts)


def join(connection: duckdb.DuckDBPyConnection, schema: str, tables: Mapping[str, object], source: str) -> Joined:
    """Add the rows of the tables of `schema` to the store; the caller holds the transaction.

    Parameters
    ----------
    schema
        What stands before the names of the tables, such as ``"staged."``.
    tables
        Those that `schema` has.
    source
        What the rows come from, for messages.

    Raises
    ------
    InputError
        A row of both differs, or a label is that of another run; the message shows the first three.
    """
    added = {}
    for table, key in joined_tables(connection).items():
        if table not in tables:
            continue
        columns = _shared(connection, schema, table, source)
        if not key:
            added[table] = _add_counted(connection, schema, table, columns)
            continue
        _refuse_conflicts(connection, schema, table, key, columns, source)
        if table in NAMED:
            _refuse_labels(connection, schema, table, source)
        added[table] = _add(connection, schema, table, key, columns)
    if "runs" in tables:
        connection.execute(
            f"UPDATE runs SET n_completions = greatest(runs.n_completions, s.n_completions) FROM {schema}runs s "
            "WHERE runs.run_id = s.run_id AND s.n_completions > runs.n_completions"
        )
    return Joined({table: n for table, n in added.items() if n})


def _shared(connection: duckdb.DuckDBPyConnection, schema: str, table: str, source: str) -> list[str]:
    """Return the columns of the source, all of which the store must know."""
    own = [c[0] for c in connection.execute(f"SELECT * FROM {table} LIMIT 0").description or ()]
    there = [c[0] for c in connection.execute(f"SELECT * FROM {schema}{table} LIMIT 0").description or ()]
    unknown = sorted(set(there) - set(own))
    if unknown:
        raise InputError(
            f"{source} was written by a newer evalsuite: its {table} have {', '.join(unknown)}. "
            "Upgrade with `pip install -U evalsuite`."
        )
    lacking = [c for c in (*joined_tables(connection)[table], *(["label"] if table in NAMED else [])) if c not in there]
    if lacking:
        raise InputError(f"{source} is no archive of ours: its {table} lacks the column {', '.join(lacking)}")
    return there


def _refuse_conflicts(
    connection: duckdb.DuckDBPyConnection,
    schema: str,
    table: str,
    key: tuple[str, ...],
    columns: list[str],
    source: str,
) -> None:
    compared = [c for c in columns if c not in key and c not in OWN.get(table, ())]
    if not compared:
        return
    # Not IS DISTINCT FROM: null says that a value was left out, which is no difference.
    differs = " OR ".join(f"o.{c} <> s.{c}" for c in compared)
    # A grader's other version may say otherwise; the newer one stays.
    same_version = " AND o.grader_version = s.grader_version" if table == "grades" else ""
    names = ", ".join(key)
    which = ", ".join(f"CASE WHEN o.{c} <> s.{c} THEN '{c}' END" for c in compared)
    rows = fetch_rows(
        connection,
        f"SELECT {names}, concat_ws(', ', {which}) AS differing FROM {table} o JOIN {schema}{table} s USING ({names}) "
        f"WHERE ({differs}){same_version} ORDER BY ALL LIMIT {N_SHOWN + 1}",
    )
    if rows:
        shown = "; ".join(
            f"{' '.join(str(row[c]) for c in key)} (differs in {row['differing']})" for row in rows[:N_SHOWN]
        )
        raise InputError(
            f"{source} and the store disagree about the same {table}: {shown}{' and more' * (len(rows) > N_SHOWN)}. "
            "One of the two was made otherwise, so they cannot be one; keep them in two stores. Nothing was changed."
        )


def _refuse_labels(connection: duckdb.DuckDBPyConnection, schema: str, table: str, source: str) -> None:
    key = NAMED[table]
    rows = connection.execute(
        f"SELECT s.label, s.{key}, o.{key} FROM {schema}{table} s JOIN {table} o USING (label) "
        f"WHERE s.{key} <> o.{key} AND s.{key} NOT IN (SELECT {key} FROM {table}) ORDER BY ALL LIMIT {N_SHOWN}"
    ).fetchall()
    if rows:
        shown = "; ".join(f"{label!r} is {theirs} there and {ours} here" for label, theirs, ours in rows)
        raise InputError(
            f"{source} has labels that belong to other {table} of the store: {shown}. Use a new store with --store, or "
            "give one of the two another label with `evalsuite run --label`. Nothing was changed."
        )


def _add(
    connection: duckdb.DuckDBPyConnection, schema: str, table: str, key: tuple[str, ...], columns: list[str]
) -> int:
    names, keys = ", ".join(columns), ", ".join(key)
    newer = "NOTHING"
    if table == "grades":
        renewed = ", ".join(f"{c} = excluded.{c}" for c in columns if c not in KEY_OF_GRADES)
        newer = f"UPDATE SET {renewed} WHERE excluded.grader_version > grades.grader_version"
    statement = f"INSERT INTO {table} ({names}) SELECT {names} FROM {schema}{table} ON CONFLICT ({keys}) DO {newer}"
    return int(connection.execute(statement).fetchall()[0][0])


KEY_OF_GRADES = ("run_id", "problem_id", "completion_index", "grader")


def _add_counted(connection: duckdb.DuckDBPyConnection, schema: str, table: str, columns: list[str]) -> int:
    """Add rows of a table without a key: as often as the source has them more often than the store."""
    names = ", ".join(columns)
    statement = (
        f"INSERT INTO {table} ({names}) SELECT {names} FROM {schema}{table} EXCEPT ALL SELECT {names} FROM {table}"
    )
    return int(connection.execute(statement).fetchall()[0][0])
