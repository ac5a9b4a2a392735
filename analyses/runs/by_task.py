"""The same models on several tasks: each task by itself, all verdicts as one family.

Nothing is said of all tasks together, which may share problems or measure different things; `pooled` does that for
problem sets of one kind.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from analyses.runs.against_base import RunComparison
from analyses.runs.stored_comparison import compare_stored
from evalsuite.comparison.pair import adjust_family
from evalsuite.settings import ComparisonSettings
from evalsuite.store.store import Store

__all__ = ["compare_tasks"]


def compare_tasks(
    store: Store, tasks: Mapping[str, Sequence[str]], settings: ComparisonSettings
) -> dict[str, RunComparison]:
    """Compare each task's runs with its first; p-values are adjusted over all tasks and runs (Holm).

    Parameters
    ----------
    tasks
        Labels or ids of the runs of each task, the base first.

    Raises
    ------
    ComparisonError
        The runs of a task do not pair.
    """
    family_size = sum(len(names) - 1 for names in tasks.values())
    compared = {task: compare_stored(store, names, settings, family_size=family_size) for task, names in tasks.items()}
    judged = iter(adjust_family([one for runs in compared.values() for one in runs.comparisons]))
    return {
        task: replace(runs, comparisons=tuple(next(judged) for _ in runs.comparisons))
        for task, runs in compared.items()
    }
