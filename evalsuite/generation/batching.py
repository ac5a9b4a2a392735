"""The batch plan: which completions are decoded together.

The plan is a function of everything the run plans to make, not of what is left to make. A run that was
killed and resumed therefore decodes the same batches as one that was not, and gets the same text even
where the arithmetic depends on the shape of the batch.
"""

from collections.abc import Sequence

from evalsuite.errors import InputError
from evalsuite.generation.generator import Request

__all__ = ["plan_batches"]


def plan_batches(
    requests: Sequence[Request], *, max_new_tokens: int, batch_size: int, batch_tokens: int
) -> list[list[Request]]:
    """Group the requests into batches of similar prompt length, longest first.

    Parameters
    ----------
    batch_size
        Most rows in a batch.
    batch_tokens
        Most tokens in a batch: rows times (longest prompt + `max_new_tokens`). A single row may exceed it.

    Examples
    --------
    >>> rows = [Request(f"p{n}", 0, (1,) * n, 0) for n in (3, 9, 4)]
    >>> [[r.problem_id for r in b] for b in plan_batches(rows, max_new_tokens=6, batch_size=8, batch_tokens=30)]
    [['p9', 'p4'], ['p3']]
    """
    if batch_size < 1 or batch_tokens < 1:
        raise InputError(f"batch size and batch tokens must be at least 1, got {batch_size} and {batch_tokens}")
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
