"""The majority vote of each problem of a stored run, from the answers that a grader extracted."""

from collections.abc import Sequence
from dataclasses import replace

from analyses.runs.pairing import PairedRuns
from evalsuite.stats.pass_at_k import MajorityVote, majority_vote
from evalsuite.store import queries
from evalsuite.store.store import Store

__all__ = ["majority_of_run", "with_votes"]


def with_votes(store: Store, runs: PairedRuns, *, grader: str | None) -> PairedRuns:
    """Return the runs with the majority votes of those that have several completions of a problem."""
    if runs.scores[0].score_range is not None or all(run.attempts.max() < 2 for run in runs.scores):
        return runs
    votes = {}
    for head, run in zip(runs.heads, runs.scores, strict=True):
        vote = majority_of_run(store, head.run_id, grader or head.primary_grader, run.problem_ids)
        if vote is not None:
            votes[run.label] = vote
    return replace(runs, votes=votes)


def majority_of_run(store: Store, run_id: str, grader: str, problem_ids: Sequence[str]) -> MajorityVote | None:
    """Return the majority vote of each problem; all answers that the grader takes for right are one answer.

    None where a wrong answer is not stored, as in imports that say only right or wrong: what it would vote for is not
    known.
    """
    answers: dict[str, list[tuple[str, str] | None]] = {name: [] for name in problem_ids}
    for row in queries.graded(store.connection, run_id, grader):
        if row["problem_id"] not in answers:
            continue
        if row["outcome"] == "correct":
            answers[row["problem_id"]].append(("right", ""))
        elif row["outcome"] == "incorrect" and row["extracted"] is None:
            return None
        elif row["outcome"] is not None:
            wrong = row["extracted"]
            answers[row["problem_id"]].append(None if wrong is None else ("wrong", wrong))
    return majority_vote(list(answers.values()), [("right", "")] * len(answers))
