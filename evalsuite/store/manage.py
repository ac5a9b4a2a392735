"""Names and tags of stored runs, and runs taken out of a store with all that hangs on them.

Which comparisons of a pair were shown stays in the store when a run goes: a run that is made again has the same id, and
a look at it that was taken counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from evalsuite.errors import InputError
from evalsuite.store import queries
from evalsuite.store.runs import find_run
from evalsuite.store.store import Store, StoredRun
from evalsuite.store.unfinished import tables_of_runs

__all__ = ["Removal", "delete_runs", "label_of_run", "plan_removal", "rename_run", "tag_run"]


MOST_COPIED = 10**6
"""Rows that are copied at most, for their index lies in memory until the transaction ends."""


@dataclass(frozen=True, slots=True)
class Removal:
    """What goes if runs are deleted.

    Attributes
    ----------
    runs
        Those that go, each before the runs that continue it.
    extensions
        Which of them were not named and go because they continue one that was.
    n_completions, n_grades
        Completions and grades that go.
    n_problems
        Problems that no other run has, which go too.
    """

    runs: tuple[StoredRun, ...]
    extensions: tuple[StoredRun, ...]
    n_completions: int
    n_grades: int
    n_problems: int


def label_of_run(name: str) -> str:
    """Return a label without blanks around it.

    Raises
    ------
    InputError
        Nothing is left.
    """
    label = name.strip()
    if not label:
        raise InputError("a run needs a label that is not empty")
    return label


def rename_run(store: Store, name: str, label: str) -> StoredRun:
    """Give a run another label; its id stays.

    Raises
    ------
    InputError
        There is no such run, or the label belongs to another, or is the id of another.
    """
    head = find_run(store, name)
    label = label_of_run(label)
    taken = [h for h in queries.run_heads(store.connection) if label in (h["label"], h["run_id"])]
    if any(h["run_id"] != head.run_id for h in taken):
        raise InputError(f"the label {label!r} already belongs to run {taken[0]['run_id']}. Choose another")
    with store.transaction():
        store.connection.execute("UPDATE runs SET label = ? WHERE run_id = ?", [label, head.run_id])
    return find_run(store, head.run_id)


def tag_run(store: Store, name: str, tags: Sequence[str], *, remove: bool = False) -> tuple[str, ...]:
    """Add tags to a run, or take them away; return those that it has then, in alphabetical order.

    Raises
    ------
    InputError
        There is no such run, a tag is empty, or one that is to be taken away is not there.
    """
    head = find_run(store, name)
    given = list(dict.fromkeys(tag.strip() for tag in tags))
    if not all(given):
        raise InputError("a tag is a word that is not empty")
    before = queries.run_tags(store.connection).get(head.run_id, ())
    absent = [tag for tag in given if tag not in before]
    if remove and absent:
        raise InputError(f"run {head.label} has no tag {absent[0]!r}; its tags: {', '.join(before) or 'none'}")
    statement = (
        "DELETE FROM run_tags WHERE run_id = ? AND tag = ?"
        if remove
        else "INSERT INTO run_tags VALUES (?, ?) ON CONFLICT DO NOTHING"
    )
    with store.transaction():
        for tag in given:
            store.connection.execute(statement, [head.run_id, tag])
    return queries.run_tags(store.connection).get(head.run_id, ())


def plan_removal(store: Store, names: Sequence[str], *, with_extensions: bool = False) -> Removal:
    """Return what goes if these runs are deleted.

    Parameters
    ----------
    with_extensions
        Whether runs go too that extend or repeat one of them.

    Raises
    ------
    InputError
        There is no such run, or another run continues one of them and is to stay; the message names it.
    """
    found = {head.run_id: head for head in (find_run(store, name) for name in names)}
    named = set(found)
    heads = queries.run_heads(store.connection)
    growing = True
    while growing:
        children = [h for h in heads if h["parent_run_id"] in found and h["run_id"] not in found]
        growing = bool(children)
        if children and not with_extensions:
            parent = found[children[0]["parent_run_id"]]
            labels = ", ".join(h["label"] for h in children)
            raise InputError(
                f"run {parent.label} was continued or repeated by {labels}, which would be left without it. Delete "
                f"these too with --with-extensions, or delete only {labels}"
            )
        found |= {h["run_id"]: find_run(store, h["run_id"]) for h in children}
    ids = list(found)
    counts = [_count(store, table, ids) for table in ("completions", "grades")]
    return Removal(
        runs=tuple(found.values()),
        extensions=tuple(head for run_id, head in found.items() if run_id not in named),
        n_completions=counts[0],
        n_grades=counts[1],
        n_problems=_count_problems(store, ids),
    )


def _count(store: Store, table: str, ids: Sequence[str]) -> int:
    query = f"SELECT count(*) FROM {table} WHERE list_contains(?, run_id)"
    return int(store.connection.execute(query, [list(ids)]).fetchall()[0][0])


def _count_problems(store: Store, ids: Sequence[str]) -> int:
    rows = store.connection.execute(
        """SELECT count(*) FROM problems
           WHERE dataset_hash IN (SELECT dataset_hash FROM runs WHERE list_contains($ids, run_id))
             AND dataset_hash NOT IN (SELECT dataset_hash FROM runs WHERE NOT list_contains($ids, run_id))""",
        {"ids": list(ids)},
    ).fetchall()
    return int(rows[0][0])


def delete_runs(store: Store, removal: Removal) -> None:
    """Delete runs with their completions, grades, tags and problems, all or nothing."""
    ids = [head.run_id for head in removal.runs]
    with store.transaction():
        for table in tables_of_runs(store.connection):
            _delete_rows(store, table, "list_contains(?, run_id)", ids)
        for table, key in (("problems", "dataset_hash"), ("tokenizers", "tokenizer_hash")):
            gone = list({getattr(head, key) for head in removal.runs} - {None})
            unused = f"{key} NOT IN (SELECT {key} FROM runs WHERE {key} IS NOT NULL)"
            _delete_rows(store, table, f"list_contains(?, {key}) AND {unused}", gone)


def _delete_rows(store: Store, table: str, which: str, values: Sequence[str]) -> None:
    """Delete rows of a table; where most go, those that stay move to a new one in its place.

    To take a row out of the index takes longer than to put one in: a run that is all of a store of millions of rows
    is gone at once instead of in a minute.

    Parameters
    ----------
    which
        The condition, with one parameter.
    values
        That parameter.
    """
    connection, bound = store.connection, [list(values)]
    counts = connection.execute(f"SELECT count(*), count(*) FILTER ({which}) FROM {table}", bound).fetchall()
    n, n_gone = counts[0]
    created, kept = f"CREATE TABLE {table}(", f"{table}_that_stay"
    ((definition,),) = connection.execute(
        "SELECT sql FROM duckdb_tables() WHERE table_name = ? AND database_name = current_database()", [table]
    ).fetchall()
    if n - n_gone > min(n_gone, MOST_COPIED) or not n_gone or not str(definition).startswith(created):
        connection.execute(f"DELETE FROM {table} WHERE {which}", bound)
        return
    connection.execute(f"CREATE TABLE {kept}({str(definition).removeprefix(created)}")
    connection.execute(f"INSERT INTO {kept} SELECT * FROM {table} WHERE ({which}) IS NOT TRUE ORDER BY rowid", bound)
    connection.execute(f"DROP TABLE {table}")
    connection.execute(f"ALTER TABLE {kept} RENAME TO {table}")
