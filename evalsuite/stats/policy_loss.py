"""The policy loss that a group-relative trainer logs, from advantages and lengths alone.

On completions that the current weights have just sampled every probability ratio is 1. The logged policy loss is
then a weighted sum of the advantages in which no probability occurs: it says how length goes with advantage, not how
good the model is or whether it learns. Its gradient is another matter. Use this module to check a logged loss, and
never to judge a training run.
"""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["Scale", "group_advantages", "logged_loss"]

Scale = Literal["group", "batch", "none"]

# What TRL adds to the standard deviation.
EPSILON = 1e-4


def group_advantages(rewards: ArrayLike, groups: ArrayLike, *, scale: Scale = "group") -> NDArray[np.float64]:
    """Return the advantage of each completion: its reward less the mean of its group, scaled.

    Parameters
    ----------
    rewards : (n_completions,) float
        nan where no reward applied: these get advantage 0 and do not count in the mean.
    groups : (n_completions,) int
        The group of each completion.
    scale
        By what to divide: the standard deviation (n - 1) of the group, of all completions, or not at all.

    Raises
    ------
    ValueError
        Shapes differ, or there is no completion.

    References
    ----------
    Shao et al. (2024), arXiv:2402.03300, section 4.1.2; Liu et al. (2025), arXiv:2503.20783, on leaving the scale out.

    Examples
    --------
    >>> group_advantages([1, 0, 0, 0], [0, 0, 0, 0]).round(3).tolist()
    [1.5, -0.5, -0.5, -0.5]
    """
    r, g = np.asarray(rewards, dtype=np.float64), np.asarray(groups)
    if r.ndim != 1 or r.shape != g.shape or r.size == 0:
        raise ValueError(f"need rewards and groups of one shape (n_completions,), got {r.shape} and {g.shape}")
    advantages = np.zeros(r.size)
    whole = _deviation(r)
    for group in np.unique(g):
        members = (g == group) & ~np.isnan(r)
        if members.any():
            divisor = {"group": _deviation(r[members]), "batch": whole, "none": 1 - EPSILON}[scale] + EPSILON
            advantages[members] = (r[members] - r[members].mean()) / divisor
    return advantages


def logged_loss(
    advantages: ArrayLike,
    lengths: ArrayLike,
    *,
    loss_type: str,
    micro_batch: int | None = None,
    max_length: int | None = None,
    kept: ArrayLike | None = None,
) -> float:
    """Return the policy loss that is logged for one step on freshly sampled completions.

    With advantages A and lengths L of n completions it is ``-sum(A L)/sum(L)`` for ``dapo``, the negative mean of A
    for ``grpo``, which is 0 because each group's advantages add up to 0, and ``-sum(A L)/(n max_length)`` for
    ``dr_grpo``. ``bnpo`` is ``dapo`` within each micro-batch.

    Parameters
    ----------
    advantages, lengths : (n_completions,) float
        All completions of the step; lengths in tokens.
    loss_type
        TRL's name of it.
    micro_batch
        Completions a micro-batch; for ``bnpo``, where it must be 1 or hold the whole step: trainers shuffle
        completions over micro-batches.
    max_length
        max_completion_length, in tokens; for ``dr_grpo``.
    kept : (n_completions,) bool
        False for completions that the trainer masks, such as truncated ones.

    Returns
    -------
    The loss; nan where it does not follow from these numbers.

    Raises
    ------
    ValueError
        Shapes differ, there is no completion, or a length is negative.

    References
    ----------
    Shao et al. (2024), arXiv:2402.03300, eq. 3 (grpo); Yu et al. (2025), arXiv:2503.14476, eq. 8 (dapo); Liu et al.
    (2025), arXiv:2503.20783 (dr_grpo).

    Examples
    --------
    >>> a, lengths = [1.5, -0.5, -0.5, -0.5], [40, 100, 160, 300]
    >>> [round(logged_loss(a, lengths, loss_type=t, max_length=300), 6) for t in ("grpo", "dapo", "dr_grpo")]
    [0.0, 0.366667, 0.183333]
    """
    a, n = np.asarray(advantages, dtype=np.float64), np.asarray(lengths, dtype=np.float64)
    if a.ndim != 1 or a.shape != n.shape or a.size == 0 or not (n >= 0).all():
        raise ValueError(f"need advantages and lengths of one shape, lengths >= 0, got {a.shape} and {n.shape}")
    used = np.ones(a.size, dtype=np.bool_) if kept is None else np.asarray(kept, dtype=np.bool_)
    weighted, mean = -float(a[used] @ n[used]), -float(a[used].sum()) / a.size
    if loss_type == "grpo" or (loss_type == "bnpo" and micro_batch == 1):
        loss = mean
    elif loss_type == "dapo" or (loss_type == "bnpo" and micro_batch is not None and micro_batch >= a.size):
        loss = weighted / max(1.0, float(n[used].sum()))
    elif loss_type == "dr_grpo" and max_length is not None:
        loss = weighted / (a.size * max_length)
    else:
        return float("nan")
    # The trainer divides by max(tokens, 1), so that a step whose completions are all masked logs 0. Adding zero turns
    # -0.0 into 0.0.
    return loss + 0.0


def _deviation(values: NDArray[np.float64]) -> float:
    known = values[~np.isnan(values)]
    return float(known.std(ddof=1)) if known.size > 1 else 0.0
