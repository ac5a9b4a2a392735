"""Stores that were written side by side, into one: for two processes that evaluate at the same time.

Each writes a store of its own. Equal rows become one, a difference about the same row is refused.
"""

from collections.abc import Sequence
from pathlib import Path

from evalsuite.errors import InputError, StoreError
from evalsuite.store.join import Joined, check_references, count_rows, join, joined_tables
from evalsuite.store.store import Store

__all__ = ["merge_stores"]


def merge_stores(sources: Sequence[Path], target: Path) -> Joined:
    """Add everything of the `sources` to the store at `target`, which is made if need be; all or nothing.

    Raises
    ------
    InputError
        A source is not there or is the target, or two stores disagree about a row.
    StoreError
        A source is being written or damaged, or the target cannot be written.
    """
    for source in sources:
        if source.exists() and target.exists() and source.samefile(target):
            raise InputError(f"{source} is the store to merge into: name only the others")
        # So each is upgraded, its log is taken in, and what is no store is refused before anything is written.
        with Store.writer(source, create=False, lock_wait=0) as opened:
            wrong = check_references(opened.connection, "", joined_tables(opened.connection))
        if wrong:
            raise StoreError(f"{source} is not whole: {'; '.join(wrong)}. `evalsuite verify {source}` says more.")
    is_new = not target.exists()
    try:
        return _merge(sources, target)
    except BaseException:
        if is_new:
            target.unlink(missing_ok=True)
        raise


def _merge(sources: Sequence[Path], target: Path) -> Joined:
    total: dict[str, int] = {}
    with Store.writer(target) as store:
        attached = [f"source{i}" for i in range(len(sources))]
        for name, source in zip(attached, sources, strict=True):
            quoted = str(source).replace("'", "''")
            store.connection.execute(f"ATTACH '{quoted}' AS {name} (READ_ONLY)")
        tables = joined_tables(store.connection)
        n_rows = sum(count_rows(store.connection, f"{name}.", tables) for name in attached)
        with store.bounded(n_rows), store.transaction():
            for name, source in zip(attached, sources, strict=True):
                joined = join(store.connection, f"{name}.", tables, str(source))
                for table, n in joined.rows.items():
                    total[table] = total.get(table, 0) + n
        for name in attached:
            store.connection.execute(f"DETACH {name}")
    return Joined(total)
