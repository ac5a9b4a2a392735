"""The same models on several tasks: each task by itself, all verdicts as one family.

Nothing is said of all tasks together, which may share problems or measure different things; `pooled` does that for
problem sets of one kind.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from analyses.runs.against_base import RunComparison, compare_runs
from analyses.runs.looks import with_looks
from analyses.runs.pairing import pair_runs
from analyses.runs.votes import with_votes
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
    compared = {}
    for task, names in tasks.items():
        runs = pair_runs(
            store,
            names,
            grader=settings.grader,
            only_shared=settings.only_shared,
            allow_unfinished=settings.allow_unfinished,
            partial_credit=True,
            pair_by=settings.pair_by,
            drop_duplicates=settings.drop_duplicates,
        )
        runs = with_votes(store, with_looks(store, runs, grader=settings.grader), grader=settings.grader)
        compared[task] = compare_runs(
            runs,
            alpha=settings.alpha,
            margin=settings.margin,
            without_cap=settings.without_cap,
            family_size=family_size,
        )
    judged = iter(adjust_family([one for runs in compared.values() for one in runs.comparisons]))
    return {
        task: replace(runs, comparisons=tuple(next(judged) for _ in runs.comparisons))
        for task, runs in compared.items()
    }
