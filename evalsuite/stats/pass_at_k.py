"""Scores of a problem from several completions: pass@k, pass^k and the majority vote.

pass@k asks whether at least one of k completions is right: choose it where a checker can pick the right one. pass^k
asks whether all k are right: choose it where reliability matters. The majority vote needs no checker. Each gives one
number a problem; `over_problems` turns these into an interval, with problems as the independent unit.
"""

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evalsuite.stats.cluster import clustered_mean
from evalsuite.stats.result import Estimate
from evalsuite.stats.validation import checked_counts

__all__ = ["MajorityVote", "majority_vote", "over_problems", "pass_at_k", "pass_hat_k"]


@dataclass(frozen=True, slots=True, eq=False)
class MajorityVote:
    """The majority vote of each problem.

    Attributes
    ----------
    scores : (n_problems,) float
        1 where the most frequent answer is right, 0 where it is not. Where several answers are equally frequent, the
        chance that one drawn from them at random is right.
    tied : (n_problems,) bool
        Whether several answers were equally frequent.
    """

    scores: NDArray[np.float64]
    tied: NDArray[np.bool_]


def pass_at_k(successes: ArrayLike, attempts: ArrayLike, k: int) -> NDArray[np.float64]:
    """Return for each problem the probability that at least one of k completions is right, without bias.

    With c of n completions right it is 1 - C(n-c, k)/C(n, k). The plug-in 1 - (1 - c/n)^k is biased downwards.

    Parameters
    ----------
    successes, attempts : (n_problems,) int
        Right completions and completions made; at least `k` for every problem.

    Raises
    ------
    ValueError
        ``k < 1``, or a problem has fewer than k completions.

    References
    ----------
    Chen et al. (2021), arXiv:2107.03374, eq. 1.

    Examples
    --------
    >>> pass_at_k([3, 4, 0, 5], [10, 8, 5, 5], 3).round(6).tolist()
    [0.708333, 0.928571, 0.0, 1.0]
    """
    right, attempted = _checked(successes, attempts, k)
    return 1 - _ratio_of_choices(attempted - right, attempted, k)


def pass_hat_k(successes: ArrayLike, attempts: ArrayLike, k: int) -> NDArray[np.float64]:
    """Return for each problem the probability that all of k completions are right, C(c, k)/C(n, k).

    Parameters and errors as in `pass_at_k`.

    References
    ----------
    Yao et al. (2024), arXiv:2406.12045, section 4.

    Examples
    --------
    >>> pass_hat_k([6], [8], 4).round(6).tolist()
    [0.214286]
    """
    right, attempted = _checked(successes, attempts, k)
    return _ratio_of_choices(right, attempted, k)


def majority_vote(answers: Sequence[Sequence[Hashable]], gold: Sequence[Hashable]) -> MajorityVote:
    """Grade the most frequent answer of each problem.

    Parameters
    ----------
    answers
        The answers of each problem's completions, in any comparable form; None for a completion without an answer,
        which casts no vote. A problem without any vote scores 0.
    gold
        The right answer of each problem, in the same form.

    Raises
    ------
    ValueError
        The two differ in length, or there is no problem.

    References
    ----------
    Wang et al. (2023), Self-consistency, arXiv:2203.11171.

    Examples
    --------
    >>> v = majority_vote([[18, 18, 3], [5, 7], [None, None]], [18, 7, 1])
    >>> v.scores.tolist(), v.tied.tolist()
    ([1.0, 0.5, 0.0], [False, True, False])
    """
    if len(answers) != len(gold) or not gold:
        raise ValueError(f"need answers and gold of the same problems, got {len(answers)} and {len(gold)}")
    scores, tied = np.zeros(len(gold)), np.zeros(len(gold), dtype=np.bool_)
    for i, (given, right) in enumerate(zip(answers, gold, strict=True)):
        votes = Counter(answer for answer in given if answer is not None)
        if not votes:
            continue
        most = max(votes.values())
        leaders = [answer for answer, count in votes.items() if count == most]
        # The expected score of picking among tied answers at random; whichever answer came first would depend on the
        # order of completions, which means nothing.
        scores[i] = leaders.count(right) / len(leaders)
        tied[i] = len(leaders) > 1
    return MajorityVote(scores, tied)


def over_problems(
    values: ArrayLike, *, clusters: Sequence[Hashable] | None = None, confidence_level: float = 0.95
) -> Estimate:
    """Estimate the mean of a score over problems like these.

    Parameters
    ----------
    values : (n_problems,) float
        One number in [0, 1] a problem, from a function of this module.
    clusters : (n_problems,)
        Template of each problem; None where problems are independent.

    Returns
    -------
    The t interval over problems, or `cluster.bounded_limits` where all problems score the same.

    Examples
    --------
    >>> e = over_problems(pass_at_k([3, 4, 0, 5], [10, 8, 5, 5], 3))
    >>> f"{e.value:.4f} [{e.low:.4f}, {e.high:.4f}]"
    '0.6592 [0.0000, 1.0000]'
    """
    scores = np.asarray(values, dtype=np.float64)
    if not ((scores >= 0) & (scores <= 1)).all():
        raise ValueError(f"need values in [0, 1], got {float(scores.min())} to {float(scores.max())}")
    return clustered_mean(scores, clusters=clusters).estimate(confidence_level=confidence_level)


def _checked(successes: ArrayLike, attempts: ArrayLike, k: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    right, attempted = checked_counts(successes, attempts)
    if not 1 <= k <= int(attempted.min()):
        raise ValueError(
            f"need 1 <= k <= completions of every problem, got {k=} and {int(attempted.min())} completions"
        )
    return right, attempted


def _ratio_of_choices(part: NDArray[np.int64], whole: NDArray[np.int64], k: int) -> NDArray[np.float64]:
    """Return C(part, k)/C(whole, k) as the product of (part - j)/(whole - j), which neither overflows nor rounds."""
    j = np.arange(k)
    factors = (part[:, None] - j) / (whole[:, None] - j)
    # With part < k one factor is 0 and those after it are negative: write 0, not -0.
    return np.where(part < k, 0.0, np.prod(factors, axis=1))
