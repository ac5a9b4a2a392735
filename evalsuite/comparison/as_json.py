"""How a comparison is written as JSON: the parts that every kind of comparison shares."""

from typing import Any

from evalsuite.stats.result import Estimate

__all__ = ["SCHEMA", "_score"]


SCHEMA = 1


def _score(label: str, correct: int, estimate: Estimate) -> dict[str, Any]:
    return {
        "label": label,
        "correct": correct,
        "accuracy": estimate.value,
        "interval": {"low": estimate.low, "high": estimate.high, "method": estimate.method},
    }
