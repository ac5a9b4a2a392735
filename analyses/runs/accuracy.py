"""How accurate is one stored run?"""

from typing import Any

from evalsuite.comparison.accuracy import accuracy_estimate, accuracy_intervals, truncation_estimate
from evalsuite.scores import ScoreMatrix
from evalsuite.store.runs import find_run, run_status, score_matrix
from evalsuite.store.store import Store

__all__ = ["accuracy_of_run", "accuracy_of_scores"]


def accuracy_of_run(
    store: Store, name: str, *, grader: str | None = None, confidence_level: float = 0.95
) -> dict[str, Any]:
    """Return accuracy, its intervals and the truncation rate of a run as plain JSON values."""
    head = find_run(store, name)
    scores = score_matrix(store, head, grader=grader, allow_unfinished=True)
    status = run_status(store, head.run_id)
    return {
        **accuracy_of_scores(scores, confidence_level=confidence_level),
        "run": head.label,
        "run_id": head.run_id,
        "grader": grader or head.primary_grader,
        "finished": status["n_done"] >= status["n_planned"],
    }


def accuracy_of_scores(scores: ScoreMatrix, *, confidence_level: float = 0.95) -> dict[str, Any]:
    """Return accuracy, its intervals and the truncation rate as plain JSON values.

    With one completion a problem and no templates every interval for a proportion is given; otherwise the
    interval of the mean of problem means, over templates where the problems have them.
    """
    estimate = accuracy_estimate(scores, confidence_level=confidence_level)
    successes = int(scores.successes.sum())
    if estimate.method == "wilson":
        document = accuracy_intervals(successes, scores.n_problems, confidence_level=confidence_level).as_dict()
    else:
        document = {
            "schema": 1,
            "correct": successes,
            "n_problems": scores.n_problems,
            "accuracy": estimate.value,
            "confidence_level": estimate.confidence_level,
            "intervals": {estimate.method: [estimate.low, estimate.high]},
        }
    cut = truncation_estimate(scores, confidence_level=confidence_level)
    return {
        **document,
        "n_completions": int(scores.attempts.sum()),
        "truncation": None if cut is None else {"rate": cut.value, "low": cut.low, "high": cut.high},
    }
