"""``evalsuite trainings``: the training runs that the store holds."""

from evalsuite.cli.options import DEFAULT_STORE, Json, StorePath

__all__ = ["trainings"]

COLUMNS = ("label", "method", "source", "n_steps", "n_completions", "training_id")


def trainings(*, store: StorePath = DEFAULT_STORE, json: Json = False) -> None:
    """List the stored training runs.

    Examples
    --------
    evalsuite trainings --store data/runs/main.duckdb
    """
    from evalsuite.console import print_json, print_table
    from evalsuite.documents.training import of_training_runs
    from evalsuite.store.store import Store
    from evalsuite.store.trainings import overview

    with Store.reader(store) as opened:
        rows = overview(opened)
    if json:
        print_json(of_training_runs(rows).as_dict())
    else:
        print_table(f"Training runs of {store}", COLUMNS, [[row[column] for column in COLUMNS] for row in rows])
