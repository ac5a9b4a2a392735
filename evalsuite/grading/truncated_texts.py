"""Completions truncated at smaller token limits and graded again: one run at a large limit contains every smaller one.

A decoder that is stopped at L tokens has made the first L tokens of what it would have made with more. So the
stored tokens are truncated, decoded by the tokenizer that decoded them first, and graded by the same graders. A
truncated answer is never simply called wrong: a box may close before the limit, and a grader of the last number credits
whatever number truncation happens to leave at the end.

A completion that has ended within L tokens is itself at L. Which text is truncated where therefore follows from the
tokens alone, and texts that do not change between two limits are graded once.
"""

import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from multiprocessing import get_context
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from evalsuite.extras import load
from evalsuite.grading.grader import Grader
from evalsuite.records import Outcome

if TYPE_CHECKING:
    from tokenizers import Tokenizer

__all__ = ["OUTCOMES", "StoredText", "default_limits", "regrade_at_limits"]

OUTCOMES: tuple[Outcome, ...] = (Outcome.CORRECT, Outcome.INCORRECT, Outcome.NO_ANSWER)
"""What the codes of `regrade_at_limits` stand for."""

N_LIMITS = 40
CHUNK = 64
# Fewer verdicts than this are made faster here than processes are started.
PARALLEL_VERDICTS = 300_000


@dataclass(frozen=True, slots=True)
class StoredText:
    """What grading a completion again needs: its tokens, its whole text, and the problem's answer."""

    token_ids: tuple[int, ...]
    text: str
    gold: Fraction
    solution: str


def default_limits(largest: int, n_limits: int = N_LIMITS) -> tuple[int, ...]:
    """Return `n_limits` evenly spaced token limits up to `largest`, all of them where there are no more.

    Examples
    --------
    >>> default_limits(300, 4)
    (75, 150, 225, 300)
    >>> default_limits(3)
    (1, 2, 3)
    """
    if largest < 1 or n_limits < 1:
        raise ValueError(f"need largest >= 1 and n_limits >= 1, got {largest=} and {n_limits=}")
    return tuple(dict.fromkeys(max(1, round(largest * k / n_limits)) for k in range(1, n_limits + 1)))


def regrade_at_limits(
    tokenizer_json: str,
    completions: Sequence[StoredText],
    limits: Sequence[int],
    graders: Sequence[Grader],
    *,
    n_processes: int | None = None,
) -> NDArray[np.int8]:
    """Return the verdict of every grader on every completion at every limit.

    Parameters
    ----------
    tokenizer_json
        The run's tokenizer, as the store keeps it.
    limits
        Ascending token limits of at least 1. At a limit no smaller than its length a completion is itself.
    n_processes
        Processes to share the work; by default one a core where there is much work, else this one alone. Large
        amounts of work start processes: call it under ``if __name__ == "__main__":`` in a script.

    Returns
    -------
    (n_completions, n_limits, n_graders) int8
        Positions in `OUTCOMES`. The number of processes does not change them.

    Raises
    ------
    ValueError
        Caps are not ascending or below 1.
    ExtraMissingError
        The package tokenizers is not installed.
    """
    if not len(limits) or min(limits) < 1 or list(limits) != sorted(set(limits)):
        raise ValueError(f"need ascending limits of at least 1, got {list(limits)[:5]}")
    shape = (len(completions), len(limits), len(graders))
    if n_processes is None:
        n_processes = _cores() if shape[0] * shape[1] * shape[2] >= PARALLEL_VERDICTS else 1
    chunks = [completions[start : start + CHUNK] for start in range(0, len(completions), CHUNK)]
    if n_processes <= 1 or len(chunks) < 2:
        work = _Work(tokenizer_json, tuple(limits), tuple(graders))
        found = [work(chunk) for chunk in chunks]
    else:
        # Processes are spawned, not forked: a fork of a process with threads, as tokenizers and torch have, can hang.
        with ProcessPoolExecutor(
            n_processes,
            mp_context=get_context("spawn"),
            initializer=_start,
            initargs=(tokenizer_json, tuple(limits), tuple(graders)),
        ) as pool:
            found = list(pool.map(_graded_chunk, chunks))
    return np.concatenate(found) if found else np.zeros(shape, dtype=np.int8)


class _Work:
    """Grades chunks of completions at fixed limits."""

    def __init__(self, tokenizer_json: str, limits: tuple[int, ...], graders: tuple[Grader, ...]) -> None:
        tokenizers = load("tokenizers", "Truncating stored tokens at smaller limits")
        self.tokenizer: Tokenizer = tokenizers.Tokenizer.from_str(tokenizer_json)
        self.limits = limits
        self.graders = graders

    def __call__(self, completions: Sequence[StoredText]) -> NDArray[np.int8]:
        verdicts = np.empty((len(completions), len(self.limits), len(self.graders)), dtype=np.int8)
        # One call for the whole chunk lets the tokenizer use its threads.
        below = [[limit for limit in self.limits if limit < len(c.token_ids)] for c in completions]
        cut = [list(c.token_ids[:limit]) for c, smaller in zip(completions, below, strict=True) for limit in smaller]
        texts = iter(self.tokenizer.decode_batch(cut, skip_special_tokens=True))
        for row, (completion, smaller) in enumerate(zip(completions, below, strict=True)):
            known: dict[str, list[int]] = {}
            for column in range(len(self.limits)):
                text = next(texts) if column < len(smaller) else completion.text
                if text not in known:
                    known[text] = [self._code(g, text, completion) for g in self.graders]
                verdicts[row, column] = known[text]
        return verdicts

    @staticmethod
    def _code(grader: Grader, text: str, completion: StoredText) -> int:
        return OUTCOMES.index(grader.rule(text, completion.gold, completion.solution)[0])


_WORK: list[_Work] = []


def _start(tokenizer_json: str, limits: tuple[int, ...], graders: tuple[Grader, ...]) -> None:
    _WORK[:] = [_Work(tokenizer_json, limits, graders)]


def _graded_chunk(completions: Sequence[StoredText]) -> NDArray[np.int8]:
    return _WORK[0](completions)


def _cores() -> int:
    """Return the cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
