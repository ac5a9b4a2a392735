"""How many of the next groups will have spread, from how many did so far, with the doubt that few groups leave.

After 0 of 10 groups with spread the share is not 0: under a uniform prior the next 30 all lack it with probability
11/41, not 1.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy import special

__all__ = ["NextGroups", "next_groups"]


@dataclass(frozen=True, slots=True)
class NextGroups:
    """Prediction of a count.

    Attributes
    ----------
    expected
        Mean number of the next groups with spread.
    low, high
        Central prediction interval: at most (1 - level)/2 of the probability lies on either side.
    chance_of_none
        Probability that none of them has it.
    confidence_level
        Of the interval.
    """

    expected: float
    low: int
    high: int
    chance_of_none: float
    confidence_level: float


def next_groups(with_spread: float, seen: int, n_next: int, *, confidence_level: float = 0.95) -> NextGroups:
    """Predict how many of `n_next` groups have spread.

    Parameters
    ----------
    with_spread, seen
        Groups that had spread, of all groups seen; a fraction where spread at another group size was counted over
        subsets.
    n_next
        Groups still to come, of prompts like those seen.

    References
    ----------
    Beta-binomial predictive distribution under a Beta(1, 1) prior: Geisser (1984), doi:10.1080/00031305.1984.10483214.

    Examples
    --------
    >>> found = next_groups(0, 10, 30)
    >>> round(found.chance_of_none, 4), round(found.expected, 2), (found.low, found.high)
    (0.2683, 2.5, (0, 10))
    """
    if not 0 <= with_spread <= seen or n_next < 0 or not 0 < confidence_level < 1:
        raise ValueError(f"need 0 <= with_spread <= seen and n_next >= 0, got {with_spread}, {seen}, {n_next}")
    a, b = with_spread + 1, seen - with_spread + 1
    k = np.arange(n_next + 1)
    logs = special.betaln(a + k, b + n_next - k) - math.log(n_next + 1) - special.betaln(k + 1, n_next - k + 1)
    below = np.cumsum(np.exp(logs - special.betaln(a, b)))
    tail = (1 - confidence_level) / 2
    low = int(np.searchsorted(below, tail * (1 + 1e-12), side="right"))
    high = int(np.searchsorted(below, 1 - tail - 1e-12, side="left"))
    return NextGroups(n_next * a / (a + b), low, min(high, n_next), float(below[0]), confidence_level)
