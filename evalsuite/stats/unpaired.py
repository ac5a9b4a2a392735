"""Two runs on different problems: what two scores say when nothing pairs them.

Use it only where the runs answered other problems, or to show what leaving the pairing out costs. On the same problems
`paired` and `paired_intervals` are right: there an unpaired test treats as chance what both runs share.
"""

import math

import numpy as np
from scipy.stats import hypergeom

from evalsuite.stats.proportion import wilson
from evalsuite.stats.result import Estimate, TestResult

__all__ = ["fisher", "newcombe_score"]

# Outcomes whose probability equals the observed one but for rounding count as extreme.
TIE = 1e-7


def fisher(base: tuple[int, int], new: tuple[int, int]) -> TestResult:
    """Test equal accuracy of two runs on different problems by Fisher's exact test.

    The two-sided p-value adds up the tables, with as many right in total, that are no more likely than the one seen.

    Parameters
    ----------
    base, new
        Problems solved and attempted.

    Returns
    -------
    TestResult
        The statistic is the number of problems that the new run solved.

    References
    ----------
    Fisher (1935), doi:10.2307/2342435.

    Examples
    --------
    >>> fisher((1, 5), (2, 5)).pvalue, round(fisher((20, 100), (40, 100)).pvalue, 6)
    (1.0, 0.003192)
    """
    (base_right, base_n), (new_right, new_n) = _checked(base), _checked(new)
    right = base_right + new_right
    outcomes = np.arange(max(0, right - base_n), min(right, new_n) + 1)
    chances = np.asarray(hypergeom.pmf(outcomes, base_n + new_n, right, new_n))
    seen = chances[new_right - outcomes[0]]
    pvalue = min(1.0, math.fsum(chances[chances <= seen * (1 + TIE)].tolist()))
    # Where every table counts, the sum misses 1 by rounding only.
    pvalue = 1.0 if pvalue > 1 - 1e-12 else pvalue
    return TestResult(float(new_right), pvalue, "two-sided", "fisher", new_right / new_n - base_right / base_n)


def newcombe_score(base: tuple[int, int], new: tuple[int, int], *, confidence_level: float = 0.95) -> Estimate:
    """Estimate the difference of two accuracies on different problems, new minus base, from their Wilson limits.

    `n_problems` of the result is the number of problems of the smaller run.

    References
    ----------
    Newcombe (1998), doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I, method 10.

    Examples
    --------
    The paper's contrast of 56/70 with 48/80 gives 0.0524 to 0.3339.

    >>> e = newcombe_score((48, 80), (56, 70))
    >>> f"{e.value:.4f} [{e.low:.4f}, {e.high:.4f}]"
    '0.2000 [0.0524, 0.3339]'
    """
    (base_right, base_n), (new_right, new_n) = _checked(base), _checked(new)
    first = wilson(base_right, base_n, confidence_level=confidence_level)
    second = wilson(new_right, new_n, confidence_level=confidence_level)
    value = second.value - first.value
    low = value - math.hypot(second.value - second.low, first.high - first.value)
    high = value + math.hypot(second.high - second.value, first.value - first.low)
    return Estimate(value, max(-1.0, low), min(1.0, high), confidence_level, "newcombe_score", min(base_n, new_n))


def _checked(score: tuple[int, int]) -> tuple[int, int]:
    correct, total = score
    if not 0 <= correct <= total or total < 1:
        raise ValueError(f"need 0 <= correct <= total and total >= 1, got {correct} of {total}")
    return correct, total
