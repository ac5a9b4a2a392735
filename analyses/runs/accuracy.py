"""The accuracy of one stored run, with its intervals and its truncation rate."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from analyses.runs.votes import majority_of_run
from evalsuite.comparison.accuracy import accuracy_estimate, accuracy_intervals, t_estimate, truncation_estimate
from evalsuite.comparison.missing import share_bounds
from evalsuite.comparison.several_completions import CompletionCurves, completion_curves, majority_estimate
from evalsuite.scores import ScoreMatrix
from evalsuite.stats.result import Estimate
from evalsuite.store import queries
from evalsuite.store.runs import find_run, run_status, score_matrix
from evalsuite.store.store import Store

__all__ = ["Majority", "RunAccuracy", "ScoresAccuracy", "accuracy_of_run", "accuracy_of_scores"]


@dataclass(frozen=True, slots=True)
class ScoresAccuracy:
    """The accuracy of the scores of one run, or their mean where the grader gives partial credit.

    Attributes
    ----------
    n_correct, n_completions
        Right completions (of scores: those with the highest one), and all.
    estimate
        The accuracy with the interval that fits the design.
    intervals
        By method: every interval of a proportion with one completion of independent problems, else that of `estimate`.
    truncation
        Share of completions that the token limit truncated, None where the source does not say.
    score_range
        Lowest and highest score possible, in whose unit the estimates are; None for verdicts.
    completions
        pass@k and pass^k over k; None where no problem has several completions.
    n_missing, missing_bounds
        Completions without a result, and the accuracy with these wrong and with these right; None where there are none.
    """

    n_correct: int
    n_completions: int
    estimate: Estimate
    intervals: Mapping[str, Estimate]
    truncation: Estimate | None
    completions: CompletionCurves | None
    n_missing: int = 0
    missing_bounds: tuple[float, float] | None = None
    score_range: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Majority:
    """The majority vote of a run.

    Attributes
    ----------
    estimate
        Share of problems whose most frequent extracted answer is right.
    n_tied
        Problems where several answers were equally frequent: they score the chance that one drawn at random is right.
    """

    estimate: Estimate
    n_tied: int


@dataclass(frozen=True, slots=True)
class RunAccuracy:
    """The accuracy of a stored run under one grader; unfinished runs count as far as they are there.

    `majority` is None with single completions, and where wrong answers are not stored. `n_run_on` completions answer
    and then run on into questions that nobody asked.
    """

    label: str
    run_id: str
    grader: str
    finished: bool
    scores: ScoresAccuracy
    majority: Majority | None
    missing_reasons: Mapping[str, int] = field(default_factory=dict)
    n_run_on: int = 0


def accuracy_of_run(
    store: Store, name: str, *, grader: str | None = None, confidence_level: float = 0.95
) -> RunAccuracy:
    """Return accuracy, its intervals and the truncation rate of a run."""
    head = find_run(store, name)
    scores = score_matrix(store, head, grader=grader, allow_unfinished=True, partial_credit=True)
    status = run_status(store, head.run_id)
    by = grader or head.primary_grader
    return RunAccuracy(
        label=head.label,
        run_id=head.run_id,
        grader=by,
        finished=status["n_done"] >= status["n_planned"],
        scores=accuracy_of_scores(scores, confidence_level=confidence_level),
        majority=_majority(store, head.run_id, by, scores, confidence_level),
        missing_reasons=queries.missing_reasons(store.connection, head.run_id),
        n_run_on=status["n_run_on"],
    )


def _majority(store: Store, run_id: str, grader: str, scores: ScoreMatrix, confidence_level: float) -> Majority | None:
    if scores.attempts.max() < 2:
        return None
    answered = np.flatnonzero(scores.attempts > 0)
    vote = majority_of_run(store, run_id, grader, [scores.problem_ids[i] for i in answered])
    if vote is None:
        return None
    return Majority(majority_estimate(vote, scores, confidence_level=confidence_level), int(vote.tied.sum()))


def accuracy_of_scores(scores: ScoreMatrix, *, confidence_level: float = 0.95) -> ScoresAccuracy:
    """Return accuracy, its intervals and the truncation rate of the scores of one run."""
    planned = scores
    if planned.missing is not None:
        scores = planned.take(np.flatnonzero(planned.attempts > 0))
    estimate = accuracy_estimate(scores, confidence_level=confidence_level)
    n_correct = int(scores.successes.sum())
    intervals: Mapping[str, Estimate] = {estimate.method: estimate}
    if estimate.method == "wilson":
        intervals = accuracy_intervals(n_correct, scores.n_problems, confidence_level=confidence_level).intervals
    elif scores.score_range is None:
        beside = t_estimate(scores, confidence_level=confidence_level)
        intervals = {estimate.method: estimate, beside.method: beside}
    return ScoresAccuracy(
        n_correct=n_correct,
        n_completions=int(scores.attempts.sum()),
        estimate=estimate,
        intervals=intervals,
        truncation=truncation_estimate(scores, confidence_level=confidence_level),
        score_range=scores.score_range,
        completions=completion_curves(scores, confidence_level=confidence_level),
        n_missing=0 if planned.missing is None else int(planned.missing.sum()),
        missing_bounds=None if planned.missing is None else share_bounds(planned),
    )
