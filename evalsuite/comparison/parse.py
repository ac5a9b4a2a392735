"""Counts and paired tables as people type them: ``1/5`` and BOTH WINS LOSSES NEITHER."""

import re

from evalsuite.errors import InputError
from evalsuite.stats.paired import PairedTable

__all__ = ["paired_table", "parse_counts", "two_scores"]


def parse_counts(text: str) -> tuple[int, int] | None:
    """Return (correct, total) of ``"1/5"``, or None where the text has another form.

    Raises
    ------
    InputError
        More right than there are, or none at all.

    Examples
    --------
    >>> parse_counts("1/5")
    (1, 5)
    >>> parse_counts("my-run") is None
    True
    """
    match = re.fullmatch(r"\s*(\d{1,9})\s*/\s*(\d{1,9})\s*", text)
    if match is None:
        return None
    correct, total = int(match.group(1)), int(match.group(2))
    if total < 1 or correct > total:
        raise InputError(f"counts must be correct/total with 0 <= correct <= total and total >= 1, got {text.strip()}")
    return correct, total


def two_scores(base: str, new: str) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return (correct, total) of both scores, which must be of the same problems.

    Raises
    ------
    InputError
        A score is not of the form 1/5, or the totals differ.
    """
    scores = []
    for name, text in (("base", base), ("new", new)):
        parsed = parse_counts(text)
        if parsed is None:
            raise InputError(f"the {name} score must look like 1/5, got {text!r}")
        scores.append(parsed)
    if scores[0][1] != scores[1][1]:
        raise InputError(
            f"base attempted {scores[0][1]} problems and new {scores[1][1]}: --counts needs both scores on the same "
            "problems. Compare the problems they share, or look at each with `evalsuite accuracy`."
        )
    return scores[0], scores[1]


def paired_table(cells: tuple[int, int, int, int]) -> PairedTable:
    """Return the paired table of BOTH WINS LOSSES NEITHER.

    Raises
    ------
    InputError
        A count is negative, or there is no problem.
    """
    if min(cells) < 0 or sum(cells) == 0:
        raise InputError(
            "--table needs four counts BOTH WINS LOSSES NEITHER, none negative and not all 0, "
            f"got {' '.join(map(str, cells))}"
        )
    return PairedTable(*cells)
