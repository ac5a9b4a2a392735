"""How accurate is one stored run?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evalsuite.comparison.accuracy import accuracy_estimate, accuracy_intervals, truncation_estimate
from evalsuite.stats.result import Estimate
from evalsuite.store.runs import find_run, run_status, score_matrix
from evalsuite.store.store import Store

__all__ = ["RunAccuracy", "accuracy_of_run"]


@dataclass(frozen=True, slots=True)
class RunAccuracy:
    """The accuracy of a stored run under one grader.

    Attributes
    ----------
    correct, n_completions
        Completions that are right, and all of them.
    value
        Mean of problem means.
    intervals
        By method; the first belongs to the design.
    finished
        Whether every planned completion is there.
    truncation
        Share of the completions that the token limit cut; None where the source does not say.
    """

    label: str
    run_id: str
    grader: str
    correct: int
    n_problems: int
    n_completions: int
    value: float
    confidence_level: float
    intervals: Mapping[str, Estimate]
    finished: bool
    truncation: Estimate | None

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON values at full precision."""
        cut = self.truncation
        return {
            "correct": self.correct,
            "n_problems": self.n_problems,
            "accuracy": self.value,
            "confidence_level": self.confidence_level,
            "intervals": {name: [e.low, e.high] for name, e in self.intervals.items()},
            "run": self.label,
            "run_id": self.run_id,
            "grader": self.grader,
            "finished": self.finished,
            "n_completions": self.n_completions,
            "truncation": None if cut is None else {"rate": cut.value, "low": cut.low, "high": cut.high},
        }


def accuracy_of_run(store: Store, name: str, *, grader: str | None = None) -> RunAccuracy:
    """Return accuracy, its intervals and the truncation rate of a run.

    With one completion a problem and no templates every interval for a proportion is given; otherwise the
    interval of the mean of problem means, over templates where the problems have them.
    """
    head = find_run(store, name)
    scores = score_matrix(store, head, grader=grader, allow_unfinished=True)
    estimate = accuracy_estimate(scores)
    correct = int(scores.successes.sum())
    intervals: Mapping[str, Estimate] = {estimate.method: estimate}
    if estimate.method == "wilson":
        intervals = accuracy_intervals(correct, scores.n_problems).intervals
    status = run_status(store, head.run_id)
    return RunAccuracy(
        label=head.label,
        run_id=head.run_id,
        grader=grader or head.primary_grader,
        correct=correct,
        n_problems=scores.n_problems,
        n_completions=int(scores.attempts.sum()),
        value=estimate.value,
        confidence_level=estimate.confidence_level,
        intervals=intervals,
        finished=status["n_done"] >= status["n_planned"],
        truncation=truncation_estimate(scores),
    )
