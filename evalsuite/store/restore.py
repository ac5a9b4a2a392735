"""An archive back into a store: read and examined whole before a row is written, then joined to what is there."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from evalsuite.errors import StoreError
from evalsuite.literal_path import PARQUET, literal
from evalsuite.store.connection import migration
from evalsuite.store.join import Joined, check_references, count_rows, join
from evalsuite.store.manifest import check_files
from evalsuite.store.store import Store

__all__ = ["check_archive", "read_archive"]

STAGED = "staged"
SMALL = ("runs", "trainings", "tokenizers")
"""Tables that an upgrade changes, or that are asked often."""
TRAININGS = ("trainings", "training_steps", "training_completions")


def check_archive(folder: Path) -> None:
    """Examine an archive whole; nothing is written.

    Raises
    ------
    InputError
        The folder holds no archive, or a newer evalsuite wrote it.
    StoreError
        A file is damaged or missing, or parts of two archives lie together.
    """
    with duckdb.connect(":memory:") as connection, _staged(connection, folder):
        pass


def read_archive(store: Store, folder: Path, *, with_runs: bool = True) -> Joined:
    """Add the runs and trainings of an archive to `store`; what is there already stays as it is.

    Parameters
    ----------
    with_runs
        False takes the trainings only.

    Raises
    ------
    InputError
        The folder holds no archive, or the store has the same run with other rows, or its label for another run.
    StoreError
        A file is damaged, or of another version.
    """
    with _staged(store.connection, folder) as tables:
        wanted = {name: file for name, file in tables.items() if with_runs or name in TRAININGS}
        n_rows = count_rows(store.connection, f"{STAGED}.", wanted)
        with store.bounded(n_rows), store.transaction():
            return join(store.connection, f"{STAGED}.", wanted, str(folder))


@contextmanager
def _staged(connection: duckdb.DuckDBPyConnection, folder: Path) -> Iterator[dict[str, Path]]:
    """Attach the tables of an archive, upgraded and examined, as ``staged``."""
    files = check_files(folder)
    ((own,),) = connection.execute("SELECT current_database()").fetchall()
    connection.execute(f"ATTACH ':memory:' AS {STAGED}")
    try:
        for table, file in files.items():
            with _readable(file):
                if table in SMALL:
                    connection.execute(f"CREATE TABLE {STAGED}.{table} AS SELECT * FROM {PARQUET}", [literal(file)])
                else:  # read from the file each time, so that memory need not hold it
                    source = PARQUET.replace("?", "'" + literal(file).replace("'", "''") + "'", 1)
                    connection.execute(f"CREATE VIEW {STAGED}.{table} AS SELECT * FROM {source}")
        connection.execute(f"USE {STAGED}")
        with _readable(folder):
            # Archives of the first versions wrote replicates in words.
            connection.execute(migration(3))
            if "tokenizers" not in files:
                # They had no tokenizers either, to which their runs would refer.
                connection.execute("UPDATE runs SET tokenizer_hash = NULL")
        connection.execute(f'USE "{own}"')
        wrong = check_references(connection, f"{STAGED}.", files)
        if wrong:
            raise StoreError(
                f"{folder} is no whole archive, or holds parts of two: {'; '.join(wrong)}. Copy the whole folder "
                "again, or write it again with `evalsuite archive`. Nothing was read."
            )
        yield files
    finally:
        connection.execute(f'USE "{own}"')
        connection.execute(f"DETACH {STAGED}")


@contextmanager
def _readable(place: Path) -> Iterator[None]:
    try:
        yield
    except duckdb.Error as error:
        raise StoreError(f"cannot read {place}: {str(error).splitlines()[0]}. Nothing was read.") from error
