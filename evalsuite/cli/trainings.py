"""``evalsuite trainings``: the training runs that the store holds."""

from evalsuite.cli.document import print_document
from evalsuite.cli.options import DEFAULT_STORE, Json, StorePath

__all__ = ["trainings"]

COLUMNS = ("label", "method", "source", "n_steps", "n_completions", "training_id")


def trainings(*, store: StorePath = DEFAULT_STORE, json: Json = False) -> None:
    """List the stored trainings.

    Examples
    --------
    evalsuite trainings --store data/runs/main.duckdb
    """
    from evalsuite.console import print_table
    from evalsuite.store.store import Store
    from evalsuite.store.trainings import overview

    with Store.reader(store) as opened:
        rows = overview(opened)
    if json:
        print_document("trainings", {"trainings": rows})
    else:
        print_table(f"Trainings in {store}", COLUMNS, [[row[column] for column in COLUMNS] for row in rows])
