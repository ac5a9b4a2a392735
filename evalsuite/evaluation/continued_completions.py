"""The rows of an extended run: what its parent finished is copied, what the token limit truncated is continued.

A completion that ended by itself would have ended there under any larger cap. One that was cut goes on behind its
stored tokens, with the random numbers of the positions that follow. So an extended run holds what a run at the
larger cap would hold, up to ties that the arithmetic breaks differently when it reads tokens instead of making them.
How often that happens on a machine is measured by repeating the extended run: ``evalsuite run --replicate`` makes it
once more without interruption, and `analyses.noise_floor` shows what changed.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from evalsuite.grading.grader import Grader
from evalsuite.records import Completion, Problem, RunSpec, StopReason
from evalsuite.store import queries
from evalsuite.store.store import GradedCompletion, Store

__all__ = ["copy_finished", "tokens_so_far"]


def tokens_so_far(store: Store, run_id: str) -> dict[tuple[str, int], tuple[int, ...] | None]:
    """Return the tokens of each completion that the token limit truncated, by (problem_id, completion_index).

    None where they are not recorded, and then it cannot be continued.
    """
    return {
        (row["problem_id"], row["completion_index"]): _tokens(row)
        for row in queries.stored_completions(store.connection, run_id)
        if row["stop_reason"] == StopReason.LENGTH
    }


def copy_finished(
    store: Store, parent_id: str, spec: RunSpec, problems: Sequence[Problem], graders: Sequence[Grader]
) -> int:
    """Copy the completions that ended by themselves to the run of `spec`, graded anew; return how many were new.

    Each keeps its tokens and the identity of the batch it was made in; its cap is the new one. Copying again
    changes nothing.
    """
    problem_of = {p.problem_id: p for p in problems}
    rows = []
    for row in queries.stored_completions(store.connection, parent_id):
        if row["stop_reason"] != StopReason.STOP:
            continue
        problem = problem_of[row["problem_id"]]
        kept = {**row, "token_ids": _tokens(row), "stop_reason": StopReason.STOP}
        completion = Completion(run_id=spec.run_id, **kept | {"cap": spec.decoding.max_new_tokens})
        grades = tuple(g.grade(row["text"], problem.gold, problem.solution) for g in graders)
        rows.append(GradedCompletion(completion, grades))
    return store.add_completions(rows) if rows else 0


def _tokens(row: Mapping[str, Any]) -> tuple[int, ...] | None:
    return None if row["token_ids"] is None else tuple(row["token_ids"])
