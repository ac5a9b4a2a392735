"""The accuracy of one stored run as JSON values, with its intervals and its truncation rate."""

from typing import Any

from evalsuite.comparison.accuracy import accuracy_estimate, accuracy_intervals, truncation_estimate
from evalsuite.store.runs import find_run, run_status, score_matrix
from evalsuite.store.store import Store

__all__ = ["accuracy_of_run"]


def accuracy_of_run(store: Store, name: str, *, grader: str | None = None) -> dict[str, Any]:
    """Return accuracy, its intervals and the truncation rate of a run as plain JSON values.

    With one completion a problem and no problem templates every interval for a proportion is given; otherwise the
    interval of the mean of problem means, over problem templates where the problems have them.
    """
    head = find_run(store, name)
    scores = score_matrix(store, head, grader=grader, allow_unfinished=True)
    estimate = accuracy_estimate(scores)
    status = run_status(store, head.run_id)
    if estimate.method == "wilson":
        accuracy = accuracy_intervals(int(scores.successes.sum()), scores.n_problems).as_dict()
    else:
        accuracy = {
            "schema": 1,
            "correct": int(scores.successes.sum()),
            "n_problems": scores.n_problems,
            "accuracy": estimate.value,
            "confidence_level": estimate.confidence_level,
            "intervals": {estimate.method: [estimate.low, estimate.high]},
        }
    truncation = truncation_estimate(scores)
    return {
        **accuracy,
        "run": head.label,
        "run_id": head.run_id,
        "grader": grader or head.primary_grader,
        "finished": status["n_done"] >= status["n_planned"],
        "n_completions": int(scores.attempts.sum()),
        "truncation": None
        if truncation is None
        else {"rate": truncation.value, "low": truncation.low, "high": truncation.high},
    }
