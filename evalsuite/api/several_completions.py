"""pass@k and pass^k as frames: the numbers of the documents, one row a measure and k."""

from dataclasses import asdict
from typing import Any

import pandas as pd

from evalsuite.api.display import typed
from evalsuite.comparison.several_completions import MajorityDifference
from evalsuite.documents.several_completions import PassAtK

__all__ = ["majority_frame", "pass_frame"]

MAJORITY = ("base_right", "new_right", "difference", "low", "high", "confidence_level", "pvalue")
COLUMNS = ("measure", "k", "value", "low", "high", "pvalue")


def pass_frame(found: list[tuple[dict[str, Any], PassAtK | None]]) -> pd.DataFrame:
    """Return one row a measure and k of each entry, after the columns that tell the entries apart.

    No rows, but all columns, where runs have single completions.
    """
    columns = [*(found[0][0] if found else ()), *COLUMNS, "confidence_level", "n_problems"]
    rows = [
        {**told, **asdict(point), "confidence_level": curves.confidence_level, "n_problems": curves.n_problems}
        for told, curves in found
        if curves is not None
        for point in curves.points
    ]
    return typed(pd.DataFrame(rows, columns=columns, dtype=object))


def majority_frame(found: list[tuple[dict[str, Any], MajorityDifference]]) -> pd.DataFrame:
    """Return one row an entry, after the columns that tell the entries apart."""
    rows = []
    for told, one in found:
        e = one.difference
        values = (one.base.value, one.new.value, e.value, e.low, e.high, e.confidence_level, one.pvalue)
        rows.append({**told, **dict(zip(MAJORITY, values, strict=True))})
    return typed(pd.DataFrame(rows, columns=["base", "new", *MAJORITY], dtype=object))
