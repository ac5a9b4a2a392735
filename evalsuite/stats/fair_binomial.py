"""The fair binomial distribution in whole numbers, on which every exact test of discordant pairs rests.

Counts are summed as integers and divided once, so that probabilities are correctly rounded however small they are
(below about 1e-323 they are 0), and a tail that equals a significance level equals it exactly. Beyond MOST_SUMMED
pairs, where no tail is a round number, they come from the incomplete beta function with at least twelve digits.
"""

import math
from itertools import accumulate

from scipy.special import betainc

__all__ = ["fair_coefficients", "fair_midtail", "fair_tail"]

MOST_SUMMED = 2000


def fair_tail(k: int, m: int) -> float:
    """Return P(X <= k) for X ~ Binomial(m, 1/2).

    Examples
    --------
    >>> fair_tail(0, 5), fair_tail(-1, 5), fair_tail(5, 5)
    (0.03125, 0.0, 1.0)
    """
    if m > MOST_SUMMED:
        return _beta_tail(k, m)
    return _tail_count(k, m) / (1 << m)


def fair_midtail(k: int, m: int) -> float:
    """Return P(X < k) + P(X = k)/2 for X ~ Binomial(m, 1/2).

    Examples
    --------
    >>> fair_midtail(0, 5)
    0.015625
    """
    if m > MOST_SUMMED:
        return (_beta_tail(k, m) + _beta_tail(k - 1, m)) / 2
    return (_tail_count(k, m) + _tail_count(k - 1, m)) / (1 << (m + 1))


def fair_coefficients(m: int) -> list[float]:
    """Return P(X = k) for k = 0..m and X ~ Binomial(m, 1/2).

    Examples
    --------
    >>> fair_coefficients(2)
    [0.25, 0.5, 0.25]
    """
    half = list(accumulate(range(m // 2), lambda count, k: count * (m - k) // (k + 1), initial=1))
    counts = half + half[(m - 1) // 2 :: -1] if m else half
    return [count / (1 << m) for count in counts]


def _beta_tail(k: int, m: int) -> float:
    if k < 0:
        return 0.0
    return 1.0 if k >= m else float(betainc(m - k, k + 1, 0.5))


def _tail_count(k: int, m: int) -> int:
    """Return the number of ways to choose at most k of m."""
    if k < 0:
        return 0
    if k >= m:
        return 1 << m
    if k > m // 2:
        return (1 << m) - _tail_count(m - k - 1, m)
    if k == 0:
        return 1
    # Leave the largest term to math.comb and step down from it.
    count = total = math.comb(m, k)
    for j in range(k, 0, -1):
        count = count * j // (m - j + 1)
        total += count
    return total
