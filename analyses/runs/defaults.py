"""Which stored runs and trainings are meant where a user names none."""

from evalsuite.errors import InputError
from evalsuite.store import queries
from evalsuite.store.store import Store
from evalsuite.store.trainings import overview

__all__ = ["default_runs", "default_trainings"]


def default_runs(store: Store) -> tuple[str, ...]:
    """Return the labels of the finished runs on the problems of the newest one, oldest first.

    Runs that continue another run with a larger cap, and those that repeat one, are left out.

    Raises
    ------
    InputError
        The store holds no finished run.
    """
    status = queries.progress(store.connection)
    finished = [
        head
        for head in queries.run_heads(store.connection)
        if head["parent_run_id"] is None
        and not head["spec"].get("replicate")
        and 0 < status[head["run_id"]]["n_planned"] <= status[head["run_id"]]["n_done"]
    ]
    if not finished:
        raise InputError(f"{store.path} holds no finished run; make one with `evalsuite run`")
    return tuple(head["label"] for head in finished if head["dataset_hash"] == finished[-1]["dataset_hash"])


def default_trainings(store: Store) -> tuple[str, ...]:
    """Return the labels of the trainings and probes that sampled groups of completions, oldest first; maybe none."""
    return tuple(row["label"] for row in overview(store) if row["method"] != "sft" and row["n_completions"])
