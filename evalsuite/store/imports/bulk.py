"""All rows of a plain table staged at once by SQL, with what each different cell means read once by `table_rows`.

For tables of ids and verdicts, scores, counts and words, of any number of rows. The result is that of the rows one by
one; wherever it might not be, nothing is staged here, and the rows say what is wrong with them.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import duckdb

from evalsuite.errors import EvalsuiteError
from evalsuite.store.imports import values
from evalsuite.store.imports.relation import Relation, Scan
from evalsuite.store.imports.results import ResultRow
from evalsuite.store.imports.staging import REASONS, TABLES, gold_of, outcome_of, solution_of
from evalsuite.store.rows import insert_columns

if TYPE_CHECKING:
    from evalsuite.store.imports.table_rows import TableRows

__all__ = ["distinct_cells", "stage_table"]

MOST = 100_000
"""Different cells of a column up to which each is read once; of more, the rows are read one by one."""
TOGETHER = ("correct", "score", "stop_reason", "missing")
"""What these say of a row depends on one another: an error has no verdict."""
ALONE = {
    "completion_index": ("completion_index",),
    "n_tokens": ("n_tokens",),
    "cap": ("cap",),
    "template_id": ("template_id",),
    "n_steps": ("n_steps",),
    "gold": ("gold", "gold_number", "solution"),
    "extracted": ("answer",),
}
"""Columns of a table that mean something by themselves, and what each fills."""
WHOLE = frozenset({"completion_index", "n_tokens", "cap", "n_steps"})
MARK, NAME = "-", "x"
"""Stand for an answer and an id where the other cells of a row are read without them."""


class _NotPlainError(Exception):
    """The table has to be read row by row."""


REFUSED = (_NotPlainError, EvalsuiteError, values.UnreadableValueError, duckdb.Error, OSError, EOFError, ValueError)


def distinct_cells(relation: Relation | None, column: str) -> list[Any] | None:
    """Return the different cells of a column in the order of their first rows; None where the rows have to be asked."""
    if relation is None:
        return None
    try:
        with relation.opened() as scan, duckdb.connect(":memory:") as connection:
            return None if scan is None else [scan.value(cell) for cell in _distinct(connection, scan, column)]
    except REFUSED:
        return None


def stage_table(connection: duckdb.DuckDBPyConnection, rows: "TableRows") -> int | None:
    """Fill the tables of `staging` with all rows of a table; return how many, None where they have to be read singly.

    Not within a transaction, which an error of DuckDB would end.
    """
    roles, relation = rows.columns, rows.table.relation
    one_each = len(set(roles.values())) == len(roles)
    if relation is None or rows.is_export or rows.lists or not one_each or not _is_plain(roles):
        return None
    together = [role for role in TOGETHER if role in roles]
    alone = [role for role in ALONE if role in roles]
    try:
        with relation.opened() as scan:
            if scan is None:
                return None
            _take_in(connection, scan, rows)
        _read_together(connection, scan, rows, together)
        for role in alone:
            _read_alone(connection, scan, rows, role)
        return _stage(connection, together, alone)
    except REFUSED:
        return None
    finally:
        for table in ("bulk", "seen", "meant", "bulk_said", "bulk_grades", *(f"bulk_{role}" for role in ALONE)):
            connection.execute(f"DROP TABLE IF EXISTS temp.{table}")


def _is_plain(roles: dict[str, str]) -> bool:
    known = {"problem_id", *TOGETHER, *ALONE}
    return "problem_id" in roles and bool({"correct", "score"} & set(roles)) and set(roles) <= known


def _take_in(connection: duckdb.DuckDBPyConnection, scan: Scan, rows: "TableRows") -> None:
    """Make ``bulk``: position, id and cells of every row of the run."""
    roles = rows.columns
    cells = {role: scan.cell(column) for role, column in roles.items()}
    identity = scan.identity(roles["problem_id"])
    if identity is None or None in cells.values():
        raise _NotPlainError
    name, strange = identity
    source, bound = scan.rows()
    where, wanted = ("", []) if rows.group is None else _of_group(connection, scan, rows)
    shown = ", ".join(f"{cells[role]} AS cell_{role}" for role in (*TOGETHER, *ALONE) if role in roles)
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE bulk AS
            SELECT row_number() OVER () AS position, {name} AS problem_id,
                   ({strange}) OR ({scan.odd(list(roles.values()))}) AS odd, {shown}
            FROM {source} {where}""",
        [*bound, *wanted],
    )
    if connection.execute("SELECT count(*) FROM bulk WHERE odd IS DISTINCT FROM false").fetchall()[0][0]:
        raise _NotPlainError


def _of_group(connection: duckdb.DuckDBPyConnection, scan: Scan, rows: "TableRows") -> tuple[str, list[Any]]:
    """Return the condition that the rows of one model fulfil, with its values."""
    column, _ = rows.group or ("", "")
    cells = [cell for cell in _distinct(connection, scan, column) if rows.is_of_run(scan.value(cell))]
    named = [cell for cell in cells if cell is not None]
    conditions = [f"{scan.cell(column)} IN (SELECT unnest(?))"] if named else []
    conditions += [f"{scan.cell(column)} IS NULL"] if None in cells else []
    return f"WHERE {' OR '.join(conditions) or 'false'}", [named] if named else []


def _distinct(connection: duckdb.DuckDBPyConnection, scan: Scan, column: str) -> list[Any]:
    cell = scan.cell(column)
    if cell is None:
        raise _NotPlainError
    source, bound = scan.rows()
    found = connection.execute(
        f"""SELECT cell, bool_or(odd) FROM (
                SELECT {cell} AS cell, {scan.odd([column])} AS odd, row_number() OVER () AS place FROM {source})
            GROUP BY cell ORDER BY min(place) LIMIT {MOST + 1}""",
        bound,
    ).fetchall()
    if len(found) > MOST or any(odd for _, odd in found):
        raise _NotPlainError
    return [cell for cell, _ in found]


def _seen(connection: duckdb.DuckDBPyConnection, roles: Sequence[str]) -> list[tuple[Any, ...]]:
    """Return the different cells of some columns in the order in which the table ``seen`` numbers them."""
    cells = ", ".join(f"cell_{role}" for role in roles)
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE seen AS
            SELECT row_number() OVER () AS place, * FROM (SELECT DISTINCT {cells} FROM bulk LIMIT {MOST + 1})"""
    )
    found = connection.execute(f"SELECT {cells} FROM seen ORDER BY place").fetchall()
    if len(found) > MOST:
        raise _NotPlainError
    return found


def _mean(connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[tuple[Any, ...]], **types: str) -> None:
    """Make `table`: the cells of ``seen`` with what they mean, rows of their place and of columns of these types."""
    columns = {"place": "BIGINT", **types}
    connection.execute(f"CREATE OR REPLACE TEMP TABLE meant ({', '.join(f'{n} {t}' for n, t in columns.items())})")
    lists = [list(column) for column in zip(*rows, strict=True)]
    given = {name: found for name, found in zip(columns, lists, strict=False) if found.count(None) < len(found)}
    if given:
        insert_columns(connection, "meant", given)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT * EXCLUDE (place) FROM seen JOIN meant USING (place)"
    )


def _read_together(connection: duckdb.DuckDBPyConnection, scan: Scan, rows: "TableRows", roles: Sequence[str]) -> None:
    """Make ``bulk_said`` and ``bulk_grades``: what the cells of `TOGETHER` mean in each combination."""
    columns = rows.columns
    answer = {columns["extracted"]: MARK} if "extracted" in columns else {}
    said: list[ResultRow] = []
    for cells in _seen(connection, roles):
        raw = {columns[role]: scan.value(cell) for role, cell in zip(roles, cells, strict=True)}
        found = list(rows.completions(raw | answer | {columns["problem_id"]: NAME}))
        if len(found) != 1:
            raise _NotPlainError
        said += found
    words = [(place, row.missing, REASONS[row.stop_reason], row.stop_detail) for place, row in enumerate(said, 1)]
    _mean(connection, "bulk_said", words, missing="VARCHAR", stop_reason="VARCHAR", stop_detail="VARCHAR")
    grades = [
        (place, name, grade.version, outcome_of(grade), grade.score, grade.extracted == MARK)
        for place, row in enumerate(said, 1)
        for name, grade in row.grades.items()
    ]
    _mean(connection, "bulk_grades", grades, grader="VARCHAR", grader_version="INTEGER", outcome="VARCHAR",
          score="DOUBLE", with_answer="BOOLEAN")  # fmt: skip


def _read_alone(connection: duckdb.DuckDBPyConnection, scan: Scan, rows: "TableRows", role: str) -> None:
    """Make a table of what the cells of one column mean."""
    meanings: list[tuple[Any, ...]] = []
    for place, (cell,) in enumerate(_seen(connection, (role,)), 1):
        value = scan.value(cell)
        if role == "extracted":
            meanings.append((place, rows.answer_in(value)))
            continue
        (row,) = rows.completions({rows.columns["problem_id"]: NAME, rows.columns[role]: value})
        if role == "gold":
            number = None if row.gold is None else gold_of(row.gold)
            solution = row.gold if row.gold is None or number is None else solution_of(row.gold, number)
            meanings.append((place, row.gold, None if number is None else str(number), solution))
        else:
            meanings.append((place, getattr(row, role)))
    types = {name: "INTEGER" if name in WHOLE else "VARCHAR" for name in ALONE[role]}
    _mean(connection, f"bulk_{role}", meanings, **types)


def _stage(connection: duckdb.DuckDBPyConnection, together: Sequence[str], alone: Sequence[str]) -> int:
    """Join the rows with what their cells mean, into the tables of `staging`."""
    same = " AND ".join(f"bulk.cell_{role} IS NOT DISTINCT FROM {{said}}.cell_{role}" for role in together)
    joins = {
        role: f"JOIN bulk_{role} ON bulk.cell_{role} IS NOT DISTINCT FROM bulk_{role}.cell_{role}" for role in alone
    }
    filled = {name: name for role in alone if role != "extracted" for name in ALONE[role]}
    filled["completion_index"] = "coalesce(completion_index, 0)" if "completion_index" in filled else "0"
    connection.execute(TABLES)
    connection.execute(
        f"""INSERT INTO incoming (position, problem_id, missing, stop_reason, stop_detail, {", ".join(filled)})
            SELECT position, problem_id, missing, stop_reason, stop_detail, {", ".join(filled.values())}
            FROM bulk JOIN bulk_said ON {same.format(said="bulk_said")} {" ".join(joins.values())}"""
    )
    answer = "CASE WHEN with_answer THEN answer END" if "extracted" in alone else "NULL"
    connection.execute(
        f"""INSERT INTO incoming_grades (position, grader, grader_version, outcome, extracted, score, ours)
            SELECT position, grader, grader_version, outcome, {answer}, score, false
            FROM bulk JOIN bulk_grades ON {same.format(said="bulk_grades")} {joins.get("extracted", "")}"""
    )
    return int(connection.execute("SELECT count(*) FROM incoming").fetchall()[0][0])
