"""The batch plan: which completions are decoded together, and in which order.

The plan is a function of everything the run plans to make, not of what is left to make. A run that was
killed and resumed therefore decodes the same batches as one that was not, and gets the same text even
where the arithmetic depends on the shape of the batch.

Batches of similar prompt length waste little on padding. Long prompts are harder problems, though: a run that takes the
longest of the whole plan first is, when it stops half way, a run on the hard half. So lengths are sorted within windows
of the run's own order only. At every moment what is stored is a beginning of that order but for one window, and the
batches of a window come shuffled, so that a part of it has the lengths of the whole on average.
"""

from collections.abc import Sequence

import numpy as np

from evalsuite.errors import InputError
from evalsuite.generation.generator import Request

__all__ = ["WINDOW_BATCHES", "plan_batches"]

WINDOW_BATCHES = 2
"""Batches of a window of a new run: fewer leave more padding, more leave a stopped run less like the whole."""


def plan_batches(
    requests: Sequence[Request], *, max_new_tokens: int, batch_size: int, batch_tokens: int, window: int | None = None
) -> list[list[Request]]:
    """Group the requests into batches of similar prompt length.

    Parameters
    ----------
    requests
        In the order of the run.
    batch_size
        Most rows in a batch.
    batch_tokens
        Most tokens in a batch: rows times (longest prompt + `max_new_tokens`). A single row may exceed it.
    window
        Rows of a window: no batch holds rows of two windows, and all batches of a window come before those of the next.
        None makes one window of the whole plan with its longest prompts first, as runs did that record no window.

    Examples
    --------
    >>> rows = [Request(f"p{n}", 0, (1,) * n, 0) for n in (3, 9, 4, 8)]
    >>> limits = {"max_new_tokens": 6, "batch_size": 8, "batch_tokens": 30}
    >>> [[r.problem_id for r in b] for b in plan_batches(rows, **limits)]
    [['p9', 'p8'], ['p4', 'p3']]
    >>> [[r.problem_id for r in b] for b in plan_batches(rows, **limits, window=2)]
    [['p9', 'p3'], ['p8', 'p4']]
    """
    if batch_size < 1 or batch_tokens < 1:
        raise InputError(f"batch size and batch tokens must be at least 1, got {batch_size} and {batch_tokens}")
    if window is None:
        return _by_length(requests, max_new_tokens, batch_size, batch_tokens)
    plan = []
    for start in range(0, len(requests), window):
        batches = _by_length(requests[start : start + window], max_new_tokens, batch_size, batch_tokens)
        # The seed is the window's place alone: a larger plan leaves the whole windows before it as they are.
        plan += [batches[i] for i in np.random.default_rng(start).permutation(len(batches))]
    return plan


def _by_length(
    requests: Sequence[Request], max_new_tokens: int, batch_size: int, batch_tokens: int
) -> list[list[Request]]:
    """Fill batches from the longest prompt to the shortest."""
    ordered = sorted(requests, key=lambda r: (-len(r.token_ids), r.problem_id, r.completion_index))
    batches: list[list[Request]] = []
    for request in ordered:
        if batches:
            last = batches[-1]
            width = len(last[0].token_ids) + max_new_tokens
            if len(last) < batch_size and (len(last) + 1) * width <= batch_tokens:
                last.append(request)
                continue
        batches.append([request])
    return batches
