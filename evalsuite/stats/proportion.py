"""Intervals for the accuracy of one run with one completion a problem.

`wilson` is the default. `jeffreys` and `midp` are as sharp in the middle and differ near 0 and 1; `clopper_pearson`
never covers less than its level and pays with width; `uniform` is the posterior under a flat prior, whose coverage
averaged over that prior is exactly its level (Brown, Cai and DasGupta 2001, doi:10.1214/ss/1009213286).

None of them fits several completions of one problem, which are dependent: `cluster.mean` is for those. Problems
without an answer stay in the denominator.
"""

import math
from collections.abc import Callable

from scipy.optimize import brentq
from scipy.special import betainc, betainccinv, betaincinv, ndtri

from evalsuite.stats.result import Estimate

__all__ = ["METHODS", "clopper_pearson", "jeffreys", "midp", "uniform", "wilson"]


def wilson(correct: int, total: int, *, confidence_level: float = 0.95) -> Estimate:
    """Estimate accuracy with the score interval, the default.

    Parameters
    ----------
    correct, total
        Problems solved and attempted, ``0 <= correct <= total`` and ``total >= 1``.
    confidence_level
        In (0, 1).

    References
    ----------
    Wilson (1927), doi:10.1080/01621459.1927.10502953.

    Examples
    --------
    >>> e = wilson(7, 50)
    >>> f"{e.value:.2f} [{e.low:.4f}, {e.high:.4f}]"
    '0.14 [0.0695, 0.2619]'
    """
    _check(correct, total, confidence_level)
    z = float(-ndtri((1 - confidence_level) / 2))

    def upper(k: int) -> float:
        share = k / total
        centre = share + z * z / (2 * total)
        spread = z * math.sqrt(share * (1 - share) / total + (z / (2 * total)) ** 2)
        return (centre + spread) / (1 + z * z / total)

    def lower(k: int) -> float:
        # The limits are the roots of a quadratic; their product gives the small one without cancellation.
        return (k / total) ** 2 / ((1 + z * z / total) * upper(k))

    # The upper limit mirrors the lower one, which keeps 1 exact when every problem is right.
    high = 1.0 if correct == total else upper(correct)
    return _estimate(correct, total, lower(correct), high, confidence_level, "wilson")


def clopper_pearson(correct: int, total: int, *, confidence_level: float = 0.95) -> Estimate:
    """Estimate accuracy with the exact interval, which never covers less than its level.

    Parameters as in `wilson`.

    References
    ----------
    Clopper and Pearson (1934), doi:10.1093/biomet/26.4.404.

    Examples
    --------
    >>> e = clopper_pearson(0, 10)
    >>> f"[{e.low:.4f}, {e.high:.4f}]"
    '[0.0000, 0.3085]'
    """
    _check(correct, total, confidence_level)
    tail = (1 - confidence_level) / 2
    low = 0.0 if correct == 0 else float(betaincinv(correct, total - correct + 1, tail))
    high = 1.0 if correct == total else float(betainccinv(correct + 1, total - correct, tail))
    return _estimate(correct, total, low, high, confidence_level, "clopper_pearson")


def jeffreys(correct: int, total: int, *, confidence_level: float = 0.95) -> Estimate:
    """Estimate accuracy with equal tails of the posterior under Beta(1/2, 1/2).

    The lower limit is 0 when nothing is right and the upper limit is 1 when everything is. Parameters as in `wilson`.

    References
    ----------
    Brown, Cai and DasGupta (2001), doi:10.1214/ss/1009213286, section 4.1.

    Examples
    --------
    >>> e = jeffreys(0, 5)
    >>> f"[{e.low:.4f}, {e.high:.4f}]"
    '[0.0000, 0.3794]'
    """
    _check(correct, total, confidence_level)
    tail = (1 - confidence_level) / 2
    low = 0.0 if correct == 0 else float(betaincinv(correct + 0.5, total - correct + 0.5, tail))
    high = 1.0 if correct == total else float(betainccinv(correct + 0.5, total - correct + 0.5, tail))
    return _estimate(correct, total, low, high, confidence_level, "jeffreys")


def midp(correct: int, total: int, *, confidence_level: float = 0.95) -> Estimate:
    """Estimate accuracy with the mid-p interval: Clopper-Pearson with half of the observed outcome's probability.

    Its coverage is near the level on average and may fall a little below it. Parameters as in `wilson`.

    References
    ----------
    Berry and Armitage (1995), doi:10.2307/2348891.

    Examples
    --------
    >>> e = midp(0, 5)
    >>> f"[{e.low:.4f}, {e.high:.4f}]"
    '[0.0000, 0.4507]'
    """
    _check(correct, total, confidence_level)
    tail = (1 - confidence_level) / 2
    low = _midp_lower(correct, total, tail)
    high = 1 - _midp_lower(total - correct, total, tail)
    return _estimate(correct, total, low, high, confidence_level, "midp")


def uniform(correct: int, total: int, *, confidence_level: float = 0.95) -> Estimate:
    """Estimate accuracy with equal tails of the posterior under a uniform prior, Beta(1, 1).

    The limits never reach 0 or 1. Coverage averaged over a uniform accuracy is the level itself.
    Parameters as in `wilson`.

    References
    ----------
    Bowyer, Aitchison and Ivanova (2025), arXiv:2503.01747.

    Examples
    --------
    >>> e = uniform(1, 5)
    >>> f"[{e.low:.4f}, {e.high:.4f}]"
    '[0.0433, 0.6412]'
    """
    _check(correct, total, confidence_level)
    tail = (1 - confidence_level) / 2
    low = float(betaincinv(correct + 1, total - correct + 1, tail))
    high = float(betainccinv(correct + 1, total - correct + 1, tail))
    return _estimate(correct, total, low, high, confidence_level, "uniform")


METHODS: tuple[Callable[..., Estimate], ...] = (wilson, clopper_pearson, jeffreys, midp, uniform)


def _midp_lower(correct: int, total: int, tail: float) -> float:
    """Solve P(X > k) + P(X = k)/2 = tail for the success probability."""
    if correct == 0:
        return 0.0
    if correct == total:
        return float((2 * tail) ** (1 / total))

    def excess(p: float) -> float:
        at_least = betainc(correct, total - correct + 1, p)
        more = betainc(correct + 1, total - correct, p)
        return float((at_least + more) / 2 - tail)

    # P(X >= k) >= mid-p >= P(X >= k)/2, so that the two Clopper-Pearson limits enclose the root.
    low = float(betaincinv(correct, total - correct + 1, tail))
    high = float(betaincinv(correct, total - correct + 1, min(1.0, 2 * tail)))
    return float(brentq(excess, low, high, xtol=1e-15, rtol=1e-13))


def _check(correct: int, total: int, confidence_level: float) -> None:
    if not 0 <= correct <= total or total < 1:
        raise ValueError(f"need 0 <= correct <= total and total >= 1, got {correct=}, {total=}")
    if not 0 < confidence_level < 1:
        raise ValueError(f"confidence_level must lie in (0, 1), got {confidence_level}")


def _estimate(correct: int, total: int, low: float, high: float, confidence_level: float, method: str) -> Estimate:
    return Estimate(
        value=correct / total,
        low=low,
        high=high,
        confidence_level=confidence_level,
        method=method,
        n_problems=total,
    )
