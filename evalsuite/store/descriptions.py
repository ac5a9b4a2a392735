"""One run, or one problem of a run, as plain values for people and JSON."""

from collections.abc import Sequence
from typing import Any

from evalsuite.errors import InputError
from evalsuite.store import queries
from evalsuite.store.runs import find_run, run_status
from evalsuite.store.store import Store

__all__ = ["describe_problem", "describe_run", "tags_of"]


def describe_run(store: Store, name: str) -> dict[str, Any]:
    """Return what is known of a run: specification, progress, grades, timing, versions, settings."""
    head = find_run(store, name)
    status = run_status(store, head.run_id)
    return {
        "label": head.label,
        "run_id": head.run_id,
        "source": head.source,
        "finished": status["n_done"] >= status["n_planned"],
        "primary_grader": head.primary_grader,
        "n_completions_per_problem": head.n_completions,
        "progress": status,
        "grades": queries.graders(store.connection, head.run_id),
        "decoding_time": queries.batch_totals(store.connection, head.run_id),
        "served": queries.served_totals(store.connection, head.run_id),
        "spec": head.spec,
        "details": head.details,
    }


def tags_of(store: Store, names: Sequence[str]) -> tuple[str, ...]:
    """Return the tags of runs, each once, in alphabetical order."""
    known = queries.run_tags(store.connection)
    return tuple(sorted({tag for name in names for tag in known.get(find_run(store, name).run_id, ())}))


def describe_problem(store: Store, name: str, problem: str) -> dict[str, Any]:
    """Return one problem of a run with its completions and all grades.

    Parameters
    ----------
    problem
        The problem id, or its last part where that is unambiguous.
    """
    head = find_run(store, name)
    rows = queries.problem_rows(store.connection, head.run_id)
    found = [r for r in rows if r["problem_id"] == problem]
    found = found or [r for r in rows if r["problem_id"].rsplit("/", 1)[-1] == problem]
    if len(found) != 1:
        some = ", ".join(r["problem_id"] for r in rows[:3])
        raise InputError(
            f"{'no problem' if not found else f'{len(found)} problems'} of run {head.label} is called {problem!r}; "
            f"its {len(rows)} problems are named like {some}"
        )
    row = found[0]
    return {
        "run": head.label,
        **row,
        "completions": queries.problem_completions(store.connection, head.run_id, row["problem_id"]),
    }
