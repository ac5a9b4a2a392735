"""Completions cut at smaller token caps and graded again: one run at a large cap contains every smaller one.

A decoder that is stopped at L tokens has made the first L tokens of what it would have made with more. So the
stored tokens are cut, decoded by the tokenizer that decoded them first, and graded by the same graders. A cut
answer is never simply called wrong: a box may close before the cap, and a grader of the last number credits
whatever number the cut happens to leave at the end.

A completion that has ended within L tokens is itself at L. Which text is cut where therefore follows from the
tokens alone, and texts that do not change between two caps are graded once.
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

__all__ = ["OUTCOMES", "StoredText", "default_caps", "regrade_at_caps"]

OUTCOMES: tuple[Outcome, ...] = (Outcome.CORRECT, Outcome.INCORRECT, Outcome.NO_ANSWER)
"""What the codes of `regrade_at_caps` stand for."""

N_CAPS = 40
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


def default_caps(largest: int, n_caps: int = N_CAPS) -> tuple[int, ...]:
    """Return `n_caps` evenly spaced token caps up to `largest`, all of them where there are no more.

    Examples
    --------
    >>> default_caps(300, 4)
    (75, 150, 225, 300)
    >>> default_caps(3)
    (1, 2, 3)
    """
    if largest < 1 or n_caps < 1:
        raise ValueError(f"need largest >= 1 and n_caps >= 1, got {largest=} and {n_caps=}")
    return tuple(dict.fromkeys(max(1, round(largest * k / n_caps)) for k in range(1, n_caps + 1)))


def regrade_at_caps(
    tokenizer_json: str,
    completions: Sequence[StoredText],
    caps: Sequence[int],
    graders: Sequence[Grader],
    *,
    n_processes: int | None = None,
) -> NDArray[np.int8]:
    """Return the verdict of every grader on every completion at every cap.

    Parameters
    ----------
    tokenizer_json
        The run's tokenizer, as the store keeps it.
    caps
        Ascending token caps of at least 1. At a cap no smaller than its length a completion is itself.
    n_processes
        Processes to share the work; by default one a core where there is much work, else this one alone. Large
        amounts of work start processes: call it under ``if __name__ == "__main__":`` in a script.

    Returns
    -------
    (n_completions, n_caps, n_graders) int8
        Positions in `OUTCOMES`. The number of processes does not change them.

    Raises
    ------
    ValueError
        Caps are not ascending or below 1.
    ExtraMissingError
        The package tokenizers is not installed.
    """
    if not len(caps) or min(caps) < 1 or list(caps) != sorted(set(caps)):
        raise ValueError(f"need ascending caps of at least 1, got {list(caps)[:5]}")
    shape = (len(completions), len(caps), len(graders))
    if n_processes is None:
        n_processes = _cores() if shape[0] * shape[1] * shape[2] >= PARALLEL_VERDICTS else 1
    chunks = [completions[start : start + CHUNK] for start in range(0, len(completions), CHUNK)]
    if n_processes <= 1 or len(chunks) < 2:
        work = _Work(tokenizer_json, tuple(caps), tuple(graders))
        found = [work(chunk) for chunk in chunks]
    else:
        # Processes are spawned, not forked: a fork of a process with threads, as tokenizers and torch have, can hang.
        with ProcessPoolExecutor(
            n_processes,
            mp_context=get_context("spawn"),
            initializer=_start,
            initargs=(tokenizer_json, tuple(caps), tuple(graders)),
        ) as pool:
            found = list(pool.map(_graded_chunk, chunks))
    return np.concatenate(found) if found else np.zeros(shape, dtype=np.int8)


class _Work:
    """Grades chunks of completions at fixed caps."""

    def __init__(self, tokenizer_json: str, caps: tuple[int, ...], graders: tuple[Grader, ...]) -> None:
        tokenizers = load("tokenizers", "Cutting stored tokens at smaller caps")
        self.tokenizer: Tokenizer = tokenizers.Tokenizer.from_str(tokenizer_json)
        self.caps = caps
        self.graders = graders

    def __call__(self, completions: Sequence[StoredText]) -> NDArray[np.int8]:
        verdicts = np.empty((len(completions), len(self.caps), len(self.graders)), dtype=np.int8)
        # One call for the whole chunk lets the tokenizer use its threads.
        below = [[cap for cap in self.caps if cap < len(c.token_ids)] for c in completions]
        cut = [list(c.token_ids[:cap]) for c, smaller in zip(completions, below, strict=True) for cap in smaller]
        texts = iter(self.tokenizer.decode_batch(cut, skip_special_tokens=True))
        for row, (completion, smaller) in enumerate(zip(completions, below, strict=True)):
            known: dict[str, list[int]] = {}
            for column in range(len(self.caps)):
                text = next(texts) if column < len(smaller) else completion.text
                if text not in known:
                    known[text] = [self._code(g, text, completion) for g in self.graders]
                verdicts[row, column] = known[text]
        return verdicts

    @staticmethod
    def _code(grader: Grader, text: str, completion: StoredText) -> int:
        return OUTCOMES.index(grader.rule(text, completion.gold, completion.solution)[0])


_WORK: list[_Work] = []


def _start(tokenizer_json: str, caps: tuple[int, ...], graders: tuple[Grader, ...]) -> None:
    _WORK[:] = [_Work(tokenizer_json, caps, graders)]


def _graded_chunk(completions: Sequence[StoredText]) -> NDArray[np.int8]:
    return _WORK[0](completions)


def _cores() -> int:
    """Return the cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
