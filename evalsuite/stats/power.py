"""Power of the paired comparison: what a number of problems can resolve, and how many a difference needs.

Powers of the McNemar tests are exact sums over every possible table, not simulations. `"connor"` names the normal
approximation of Connor (1987). All work on the rates at which only the new run (`win_rate`) and only the base run
(`loss_rate`) solves a problem; `discordant_rate` is their sum. Power belongs to an effect stated before the run:
never to the effect just observed.
"""

import math
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import betaincc, gammaln, ndtri, xlog1py, xlogy

__all__ = [
    "PowerMethod",
    "PowerTest",
    "discordant_distribution",
    "exact_power",
    "minimum_detectable_difference",
    "probability_of_gap",
    "rejection_limits",
    "required_problems",
    "required_problems_miller",
    "smallest_attainable_pvalue",
]

PowerTest = Literal["exact", "midp"]
PowerMethod = Literal["exact", "midp", "connor"]


def exact_power(n: int, win_rate: float, loss_rate: float, *, alpha: float = 0.05, test: PowerTest = "exact") -> float:
    """Return the probability that the McNemar test of `n` problems gives p < alpha.

    Examples
    --------
    >>> round(exact_power(100, 0.32, 0.12), 4), round(exact_power(100, 0.32, 0.12, test="midp"), 4)
    (0.8427, 0.8735)
    """
    _check_n(n)
    _check_alpha(alpha)
    _check_rates(win_rate, loss_rate)
    if win_rate + loss_rate == 0:
        return 0.0
    return _power(n, win_rate, loss_rate, _limits_up_to(n, win_rate + loss_rate, alpha=alpha, test=test))


def _limits_up_to(n: int, discordant_rate: float, *, alpha: float, test: PowerTest) -> NDArray[np.int64]:
    """Return the rejection limits for 0, 1, ... up to the most discordant problems that are likely among `n`."""
    most = discordant_distribution(n, min(1.0, discordant_rate))[0][-1]
    return rejection_limits(np.arange(most + 1), alpha=alpha, test=test)


def _power(n: int, win_rate: float, loss_rate: float, limits: NDArray[np.int64]) -> float:
    """Return the power, given the rejection limits of m = 0, 1, ... discordant problems."""
    discordant = win_rate + loss_rate
    m, weights = discordant_distribution(n, min(1.0, discordant))
    limit, share = limits[m], win_rate / discordant
    rejected = _binomial_cdf(limit, m, share) + _binomial_cdf(limit, m, 1 - share)
    return min(1.0, float(weights @ rejected))


def discordant_distribution(n: int, discordant_rate: float) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the likely numbers of discordant problems and their probabilities.

    Numbers more than nine standard deviations off, which together have probability below 1e-15, are left out.

    Examples
    --------
    >>> m, weights = discordant_distribution(2, 0.5)
    >>> m.tolist(), [round(float(w), 12) for w in weights]
    ([0, 1, 2], [0.25, 0.5, 0.25])
    """
    centre, spread = n * discordant_rate, math.sqrt(n * discordant_rate * (1 - discordant_rate))
    first, last = max(0, math.floor(centre - 9 * spread - 1)), min(n, math.ceil(centre + 9 * spread + 30))
    m = np.arange(first, last + 1)
    log_weights = gammaln(n + 1) - gammaln(m + 1) - gammaln(n - m + 1)
    log_weights += xlogy(m, discordant_rate) + xlog1py(n - m, -discordant_rate)
    return m, np.exp(log_weights)


def rejection_limits(m: NDArray[np.int64], *, alpha: float = 0.05, test: PowerTest = "exact") -> NDArray[np.int64]:
    """Return, for `m` discordant problems, the largest minority with p < alpha, or -1 where none is.

    Examples
    --------
    >>> rejection_limits(np.array([5, 6, 20, 100])).tolist()
    [-1, 0, 5, 39]
    """

    def pvalue(k: NDArray[np.int64]) -> NDArray[np.float64]:
        tail = _binomial_cdf(k, m, 0.5)
        return 2 * tail if test == "exact" else tail + _binomial_cdf(k - 1, m, 0.5)

    # Start at the normal approximation and step to the limit; the last outcome before the middle never rejects.
    z = -float(ndtri(alpha / 2))
    continuity = 1 if test == "exact" else 0
    limit = np.clip(np.floor((m - continuity - z * np.sqrt(m)) / 2), -1, None).astype(np.int64)
    while (high := (limit >= 0) & (pvalue(limit) >= alpha)).any():
        limit = limit - high
    while (low := (2 * (limit + 1) < m) & (pvalue(limit + 1) < alpha)).any():
        limit = limit + low
    return limit


def minimum_detectable_difference(
    n: int, discordant_rate: float, *, power: float = 0.8, alpha: float = 0.05, method: PowerMethod = "exact"
) -> float | None:
    """Return the smallest true difference that `n` problems detect with the given power.

    None where even a run that wins every discordant problem would be missed too often: `n` is too small for any
    effect at this discordance.

    Parameters
    ----------
    discordant_rate
        Share of problems that exactly one run solves, in [0, 1]. None observed does not mean a rate of 0:
        use an upper confidence limit then.

    References
    ----------
    Connor (1987), doi:10.2307/2531961, for ``"connor"``.

    Examples
    --------
    >>> [round(minimum_detectable_difference(1319, 0.2, method=m), 4) for m in ("exact", "midp", "connor")]
    [0.0351, 0.0344, 0.0345]
    >>> minimum_detectable_difference(5, 0.5) is None
    True
    """
    _check_n(n)
    _check_alpha(alpha)
    _check_power(power, alpha)
    if not 0 <= discordant_rate <= 1:
        raise ValueError(f"discordant_rate must lie in [0, 1], got {discordant_rate}")
    if method == "connor":
        return _connor_difference(n, discordant_rate, power, alpha)

    limits = _limits_up_to(n, discordant_rate, alpha=alpha, test=method)

    def shortfall(difference: float) -> float:
        wins, losses = (discordant_rate + difference) / 2, (discordant_rate - difference) / 2
        return power - _power(n, wins, losses, limits)

    if discordant_rate == 0 or shortfall(discordant_rate) > 0:
        return None
    if shortfall(0.0) <= 0:  # only where the power asked for is hardly more than alpha
        return 0.0
    return float(brentq(shortfall, 0.0, discordant_rate, xtol=1e-9))


def _connor_difference(n: int, psi: float, power: float, alpha: float) -> float | None:
    """Solve d sqrt(n) = z_a sqrt(psi) + z_b sqrt(psi - d^2) for d."""
    z_a, z_b = -float(ndtri(alpha / 2)), float(ndtri(power))
    inside = n - z_a * z_a + z_b * z_b
    if inside < 0:
        return None
    difference = math.sqrt(psi) * (z_a * math.sqrt(n) + z_b * math.sqrt(inside)) / (n + z_b * z_b)
    return difference if difference <= psi else None


def required_problems(
    win_rate: float, loss_rate: float, *, power: float = 0.8, alpha: float = 0.05, method: PowerMethod = "exact"
) -> int | None:
    """Return the smallest number of problems with at least the given power, or None for equal rates.

    Power rises with n in a saw-tooth, because the rejection limits are whole numbers. The answer is the first n that
    reaches the power; a few n above it may fall short again by less than one tooth.

    References
    ----------
    Connor (1987), doi:10.2307/2531961, for ``"connor"``.

    Examples
    --------
    >>> [required_problems(0.32, 0.12, method=m) for m in ("exact", "midp", "connor")]
    [91, 83, 84]
    """
    _check_alpha(alpha)
    _check_power(power, alpha)
    _check_rates(win_rate, loss_rate)
    if win_rate == loss_rate:
        return None
    discordant, difference = win_rate + loss_rate, abs(win_rate - loss_rate)
    z_a, z_b = -float(ndtri(alpha / 2)), float(ndtri(power))
    spread = z_a * math.sqrt(discordant) + z_b * math.sqrt(max(0.0, discordant - difference**2))
    approximate = math.ceil((spread / difference) ** 2 - 1e-9)
    if method == "connor":
        return approximate

    # The exact tests need about 2 / difference more than the normal formula; widen the bracket where that fails.
    low, high = int(0.9 * approximate) - 10, math.ceil(approximate + 4 / difference) + 20
    limits = _limits_up_to(high, discordant, alpha=alpha, test=method)
    while _power(high, win_rate, loss_rate, limits) < power:
        high *= 2
        limits = _limits_up_to(high, discordant, alpha=alpha, test=method)
    if low < 1 or _power(low, win_rate, loss_rate, limits) >= power:
        low = 0
    while high - low > 1:
        middle = (low + high) // 2
        enough = _power(middle, win_rate, loss_rate, limits) >= power
        low, high = (low, middle) if enough else (middle, high)
    # Bisection finds one crossing of the saw-tooth; an earlier one lies within a few teeth.
    earlier = range(max(1, high - _teeth(high, discordant)), high)
    return next((n for n in earlier if _power(n, win_rate, loss_rate, limits) >= power), high)


def _teeth(n: int, discordant: float) -> int:
    """Return how far below a crossing an earlier one may lie.

    The random number of discordant problems averages the teeth out as soon as it varies by more than a few.
    """
    return 2 if n * discordant * (1 - discordant) > 10 else 12 + math.ceil(4 * math.sqrt(n))


def required_problems_miller(
    difference: float,
    between_variance: float,
    base_variance: float,
    new_variance: float,
    *,
    completions: float = 1,
    power: float = 0.8,
    alpha: float = 0.05,
) -> int:
    """Return the number of problems for a paired comparison with several completions a problem.

    Parameters
    ----------
    difference
        True difference in accuracy to detect.
    between_variance
        Variance over problems of the difference between the two runs' chances of being right.
    base_variance, new_variance
        Mean variance of a single score within a problem, one for each run.
    completions
        Completions a problem, the same for both runs; may be ``math.inf``.

    References
    ----------
    Miller (2024), arXiv:2411.00640, the section on power analysis.

    Examples
    --------
    >>> required_problems_miller(0.03, 1 / 9, 0, 0), required_problems_miller(0.03, 1 / 9, 1 / 6, 1 / 6)
    (969, 3876)
    """
    if difference == 0:
        raise ValueError("difference must not be 0")
    variance = between_variance + (base_variance + new_variance) / completions
    return math.ceil(_quantiles(power, alpha) ** 2 * variance / difference**2 - 1e-9)


def smallest_attainable_pvalue(n: int) -> float:
    """Return the exact p-value of `n` wins in `n` problems, the smallest that the design allows.

    Examples
    --------
    >>> smallest_attainable_pvalue(5), smallest_attainable_pvalue(6)
    (0.0625, 0.03125)
    """
    _check_n(n)
    return math.ldexp(1.0, 1 - n)


def probability_of_gap(n: int, win_rate: float, loss_rate: float, gap: int) -> float:
    """Return the probability that wins minus losses is at least `gap` in `n` problems.

    Examples
    --------
    If two models are equal and disagree on every fifth problem, five problems show a gain of one or more in

    >>> round(probability_of_gap(5, 0.1, 0.1, 1), 4)
    0.2838
    """
    _check_n(n)
    _check_rates(win_rate, loss_rate)
    discordant = win_rate + loss_rate
    if discordant == 0:
        return float(gap <= 0)
    m, weights = discordant_distribution(n, min(1.0, discordant))
    # wins - losses >= gap with wins + losses = m means at most (m - gap) // 2 losses.
    return min(1.0, float(weights @ _binomial_cdf((m - gap) // 2, m, loss_rate / discordant)))


def _binomial_cdf(k: NDArray[np.int64], m: NDArray[np.int64], p: float) -> NDArray[np.float64]:
    """Return P(X <= k) for X ~ Binomial(m, p), elementwise, with 0 below the support."""
    cdf = np.zeros(len(m))
    inside = (k >= 0) & (k < m)
    cdf[inside] = betaincc(k[inside] + 1, m[inside] - k[inside], p)
    cdf[k >= m] = 1.0
    return cdf


def _quantiles(power: float, alpha: float) -> float:
    _check_alpha(alpha)
    _check_power(power, alpha)
    return float(ndtri(power) - ndtri(alpha / 2))


def _check_n(n: int) -> None:
    if n < 1:
        raise ValueError(f"n must be 1 or more problems, got {n}")


def _check_rates(win_rate: float, loss_rate: float) -> None:
    if min(win_rate, loss_rate) < 0 or win_rate + loss_rate > 1 + 1e-12:
        raise ValueError(f"need win_rate, loss_rate >= 0 and a sum of at most 1, got {win_rate=}, {loss_rate=}")


def _check_alpha(alpha: float) -> None:
    if not 0 < alpha < 1:
        raise ValueError(f"alpha must lie in (0, 1), got {alpha}")


def _check_power(power: float, alpha: float) -> None:
    if not alpha < power < 1:
        raise ValueError(f"power must lie between alpha = {alpha} and 1, got {power}")
