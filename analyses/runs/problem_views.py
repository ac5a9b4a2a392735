"""Every problem of a comparison with the completions of every run, for a reader to look at."""

from collections.abc import Mapping, Sequence
from typing import Any

from analyses.runs.pairing import PairedRuns
from evalsuite.findings import CompletionView, ProblemView
from evalsuite.grading.loops import repeating_tail
from evalsuite.scores import ScoreMatrix
from evalsuite.store import queries
from evalsuite.store.store import Store, StoredRun
from evalsuite.wording import numbers
from evalsuite.wording.absent import NO_GOLD, NO_TEXT
from evalsuite.wording.language import tr

__all__ = ["Verdicts", "problem_views"]

Verdicts = Mapping[tuple[str, int], Mapping[str, str]]
"""What each grader says, by name; of each completion by (problem_id, completion_index)."""


def problem_views(
    store: Store, runs: PairedRuns, *, grader: str | None, verdicts: Sequence[Verdicts] | None = None
) -> tuple[ProblemView, ...]:
    """Return all problems of `runs`, in the order of their scores.

    Parameters
    ----------
    grader
        Whose verdict is the outcome; None takes each run's primary grader.
    verdicts
        What every grader says, one entry a run; None takes the grades in the store.
    """
    rows = {row["problem_id"]: row for row in queries.problem_rows(store.connection, runs.heads[0].run_id)}
    of_graders = verdicts or [queries.verdicts(store.connection, head.run_id) for head in runs.heads]
    of_runs = [
        _completions(store, head, run, grader or head.primary_grader, run_verdicts)
        for head, run, run_verdicts in zip(runs.heads, runs.scores, of_graders, strict=True)
    ]
    problems = []
    clusters = next((run.clusters for run in runs.scores if run.clusters is not None), None)
    for place, ids in enumerate(zip(*(run.problem_ids for run in runs.scores), strict=True)):
        row = rows[ids[0]]
        problems.append(
            ProblemView(
                row["problem_id"],
                row["question"] or "",
                row["gold"] or tr(NO_GOLD),
                tuple(
                    view for problem_id, by_id in zip(ids, of_runs, strict=True) for view in by_id.get(problem_id, ())
                ),
                row["solution"] or "",
                "" if clusters is None else clusters[place],
            )
        )
    return tuple(problems)


def _completions(
    store: Store, head: StoredRun, run: ScoreMatrix, grader: str, verdicts: Verdicts
) -> dict[str, list[CompletionView]]:
    """Return the completions of the problems of `run` by problem id, in order of their index."""
    wanted = set(run.problem_ids)
    tokens = queries.truncated_tokens(store.connection, head.run_id)
    ends = queries.run_ons(store.connection, head.run_id)
    views: dict[str, list[CompletionView]] = {}
    for c in queries.graded(store.connection, head.run_id, grader):
        key = c["problem_id"], c["completion_index"]
        if c["problem_id"] in wanted:
            looped = _looped(c["stop_reason"], tokens.get(key))
            views.setdefault(c["problem_id"], []).append(
                _view(run.label, c, looped, verdicts.get(key, {}), ends.get(key))
            )
    return views


def _view(
    label: str, c: Mapping[str, Any], looped: bool | None, verdicts: Mapping[str, str], runs_on_at: int | None
) -> CompletionView:
    return CompletionView(
        label=label,
        text=tr(NO_TEXT) if c["text"] is None else c["text"],
        extracted=c["extracted"],
        outcome=_outcome(c),
        stop_reason=c["stop_reason"],
        n_tokens=c["n_tokens"],
        looped=looped,
        verdicts=verdicts,
        runs_on_at=runs_on_at,
    )


def _looped(stop_reason: str, token_ids: Sequence[int] | None) -> bool | None:
    """Return whether a completion repeats itself until the token limit; None where the store cannot tell."""
    if stop_reason == "stop":
        return False
    return None if token_ids is None else repeating_tail(token_ids) is not None


def _outcome(c: Mapping[str, Any]) -> str:
    """Return the verdict by its code, or a score in words."""
    if c["score"] is not None:
        return tr("score {score}", score=numbers.plain(c["score"]))
    return c["outcome"] or tr("not graded")
