"""Many comparisons at once: adjusted p-values, an omnibus test, and what picking the best does.

`holm` guards a family of comparisons against a single false claim. `cochran_q` asks first whether any of several runs
differs. `best_of` says what the best of several equal checkpoints looks like.

Holm and Cochran's Q are a few lines each and equal statsmodels to the last digit where that gives a number (the tests
compare them). They are written here because every comparison of stored runs needs them, which importing statsmodels
would make take half as long again, and because runs that agree on every problem give Q = 0 rather than nan.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc, ndtri

from evalsuite.stats.beta_product import LOG_NODES, WEIGHTS
from evalsuite.stats.result import TestResult

__all__ = ["BestOf", "best_of", "cochran_q", "holm"]


def holm(pvalues: Sequence[float]) -> tuple[float, ...]:
    """Return the p-values adjusted so that p < alpha keeps the family-wise error at alpha, in the order given.

    References
    ----------
    Holm (1979), https://www.jstor.org/stable/4615733.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03, 0.005])
    (0.03, 0.06, 0.06, 0.02)
    """
    count = len(pvalues)
    adjusted = [0.0] * count
    largest = 0.0
    for rank, at in enumerate(_order(pvalues)):
        largest = max(largest, min(1.0, (count - rank) * pvalues[at]))
        adjusted[at] = largest
    return tuple(adjusted)


def cochran_q(correct: ArrayLike) -> TestResult:
    """Test whether several runs have the same accuracy on the same problems.

    Parameters
    ----------
    correct
        Scores 0/1 or bool. (n_problems, n_runs) with two runs or more.

    Returns
    -------
    TestResult
        The statistic is Q, chi-squared with n_runs - 1 degrees of freedom; 0 with p-value 1 where all runs agree on
        every problem. The effect is the largest minus the smallest accuracy.

    References
    ----------
    Cochran (1950), doi:10.1093/biomet/37.3-4.256.

    Examples
    --------
    >>> round(cochran_q([[1, 0]] * 8 + [[0, 1]] * 2).statistic, 4)
    3.6
    """
    scores = np.asarray(correct)
    if scores.ndim != 2 or scores.shape[0] < 1 or scores.shape[1] < 2:
        raise ValueError(f"correct needs shape (n_problems, n_runs) with n_runs >= 2, got {scores.shape}")
    if not np.isin(scores, (0, 1)).all():
        raise ValueError("correct must hold scores 0 and 1 only")
    scores = scores.astype(np.int64)
    runs = scores.shape[1]
    columns, rows = scores.sum(axis=0), scores.sum(axis=1)
    total = int(scores.sum())
    # Whole numbers throughout: Q is a ratio of two of them, and equal runs give exactly 0.
    spread = runs * total - int((rows**2).sum())
    statistic = (runs - 1) * (runs * int((columns**2).sum()) - total**2) / spread if spread else 0.0
    return TestResult(
        statistic=statistic,
        pvalue=float(chdtrc(runs - 1, statistic)),
        alternative="two-sided",
        method="cochran_q",
        effect=int(columns.max() - columns.min()) / scores.shape[0],
    )


@dataclass(frozen=True, slots=True)
class BestOf:
    """What the best of several equal checkpoints shows on the problems it was picked on.

    Attributes
    ----------
    candidates
        Number of checkpoints.
    any_below_alpha
        Probability that at least one of as many independent tests gives p < alpha.
    expected_maximum
        Expected largest of as many independent standard normal scores.
    expected_gain
        Expected gain in accuracy of the best one over a base of the same accuracy: selection alone.
    """

    candidates: int
    any_below_alpha: float
    expected_maximum: float
    expected_gain: float


def best_of(candidates: int, n: int, discordant_rate: float, *, alpha: float = 0.05) -> BestOf:
    """Return what picking the best of `candidates` equal checkpoints on `n` problems produces from nothing.

    Parameters
    ----------
    discordant_rate
        Share of problems that exactly one of checkpoint and base solves.

    Examples
    --------
    >>> best = best_of(10, 1319, 0.2)
    >>> f"{best.any_below_alpha:.3f} {best.expected_maximum:.4f} {best.expected_gain:.4f}"
    '0.401 1.5388 0.0189'
    """
    if candidates < 1 or n < 1 or not 0 <= discordant_rate <= 1:
        raise ValueError(
            f"need candidates >= 1, n >= 1 and discordant_rate in [0, 1], got {candidates=}, {n=}, {discordant_rate=}"
        )
    # The maximum exceeds -ndtri(1 - u^(1/candidates)) with probability 1 - u; its mean is the integral over u.
    beyond = -np.expm1(LOG_NODES / candidates)
    maximum = float(WEIGHTS @ -ndtri(beyond)) if candidates > 1 else 0.0
    return BestOf(
        candidates=candidates,
        any_below_alpha=-math.expm1(candidates * math.log1p(-alpha)),
        expected_maximum=maximum,
        expected_gain=maximum * math.sqrt(discordant_rate / n),
    )


def _order(pvalues: Sequence[float]) -> list[int]:
    for p in pvalues:
        if not 0 <= p <= 1:
            raise ValueError(f"p-values must lie in [0, 1], got {p}")
    return sorted(range(len(pvalues)), key=lambda at: pvalues[at])
