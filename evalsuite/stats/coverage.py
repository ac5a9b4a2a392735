"""Coverage of intervals and size of tests by full enumeration.

Scores are 0 or 1, so for every true accuracy all possible data can be listed with their probabilities. Coverage and
size are sums over them, exact but for rounding, and no random number is drawn. Use this to check a method before
trusting it at some number of problems, and to see why the usual ones in `naive_methods` are not offered elsewhere.
"""

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from evalsuite.stats import paired, paired_intervals, proportion
from evalsuite.stats.naive_methods import (
    Limits,
    agresti_coull,
    corrected_pvalue,
    percentile_bootstrap_difference,
    t_difference,
    wald_difference,
    wald_proportion,
)
from evalsuite.stats.paired import PairedTable
from evalsuite.stats.result import Estimate, TestResult

__all__ = [
    "FAGERLAND_ODDS_RATIOS",
    "FAGERLAND_SIZES",
    "MCNEMAR_TESTS",
    "PAIRED_INTERVALS",
    "PAIRED_SCENARIOS",
    "PROPORTION_INTERVALS",
    "cells",
    "discordance_grid",
    "fagerland_discordance",
    "mean_coverage",
    "minimum_coverage",
    "paired_coverage",
    "paired_coverage_grid",
    "proportion_coverage",
    "rejection_given_discordant",
    "size_of_test",
]

PValue = Callable[[int, int], float]
PairedInterval = Callable[[PairedTable], Limits]
ProportionInterval = Callable[[int, int], Limits]

# A true value that equals a limit up to rounding counts as covered.
SLACK = 1e-10


# Tests of discordant pairs


def _of(test: Callable[[PairedTable], TestResult]) -> PValue:
    return lambda wins, losses: test(PairedTable(both=1, wins=wins, losses=losses, neither=0)).pvalue


MCNEMAR_TESTS: dict[str, PValue] = {
    "mcnemar_exact": _of(paired.mcnemar_exact),
    "mcnemar_midp": _of(paired.mcnemar_midp),
    "mcnemar_asymptotic": _of(paired.mcnemar_asymptotic),
    "mcnemar_corrected": corrected_pvalue,
}

FAGERLAND_ODDS_RATIOS = (1.0, 2.0, 3.0, 5.0, 10.0)
FAGERLAND_SIZES = (10, *range(15, 101, 5))


def rejection_given_discordant(pvalue: PValue, largest: int, *, alpha: float = 0.05) -> NDArray[np.float64]:
    """Return the probability of rejecting equality given m discordant pairs, for m = 0..largest.

    The p-value must be symmetric in wins and losses and fall as they move apart. The number of losses up to which it
    rejects then grows by at most one a pair, so it is followed instead of searched.

    Examples
    --------
    >>> rejection_given_discordant(MCNEMAR_TESTS["mcnemar_exact"], 6).round(5).tolist()
    [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.03125]
    """
    rejecting = np.zeros(largest + 1)
    limit = -1
    for m in range(1, largest + 1):
        if 2 * (limit + 1) < m and pvalue(m - limit - 1, limit + 1) < alpha:
            limit += 1
        if limit >= 0:
            rejecting[m] = 2 * float(special.bdtr(limit, m, 0.5))
    return rejecting


def size_of_test(rejecting: NDArray[np.float64], n: int, discordance: ArrayLike) -> NDArray[np.float64]:
    """Return the probability of rejecting a true null hypothesis with n problems.

    Parameters
    ----------
    rejecting
        From `rejection_given_discordant`, at least n + 1 long.
    discordance : (n_scenarios,) float
        Probability that exactly one of two equally good models solves a problem.

    Examples
    --------
    >>> rejecting = rejection_given_discordant(MCNEMAR_TESTS["mcnemar_exact"], 6)
    >>> size_of_test(rejecting, 6, [0.5, 1.0]).round(6).tolist()
    [0.000488, 0.03125]
    """
    return np.asarray(_binomial(n, np.asarray(discordance, dtype=np.float64)) @ rejecting[: n + 1], dtype=np.float64)


def fagerland_discordance(odds_ratio: float) -> NDArray[np.float64]:
    """Return the discordance of two models with the same accuracy 0, 0.01, ..., 1 and the given odds ratio.

    The cell probability q of one-only-right solves (p - q)(1 - p - q) = odds_ratio q^2.

    References
    ----------
    Fagerland, Lydersen and Laake (2013), doi:10.1186/1471-2288-13-91.

    Examples
    --------
    >>> float(fagerland_discordance(1)[50])
    0.5
    """
    p = np.linspace(0.0, 1.0, 101)
    variance = p * (1 - p)
    # With (theta - 1) q^2 + q - p(1 - p) = 0, written so that theta = 1 needs no special case.
    q = 2 * variance / (1 + np.sqrt(1 + 4 * (odds_ratio - 1) * variance))
    return np.asarray(2 * q, dtype=np.float64)


# Intervals for the paired difference


def _limits_of(method: Callable[..., Estimate]) -> PairedInterval:
    def limits(table: PairedTable) -> Limits:
        estimate = method(table)
        return estimate.low, estimate.high

    return limits


PAIRED_INTERVALS: dict[str, PairedInterval] = {m.__name__: _limits_of(m) for m in paired_intervals.METHODS} | {
    "t": t_difference,
    "wald": wald_difference,
    "percentile_bootstrap": percentile_bootstrap_difference,
}

# Accuracy of base and new, and their correlation.
PAIRED_SCENARIOS = ((0.2, 0.4, 0.5), (0.55, 0.50, 0.5), (0.9, 0.92, 0.5))


def cells(base: float, new: float, phi: float) -> tuple[float, float, float, float]:
    """Return the probabilities (both, wins, losses, neither) of two models with correlation `phi`.

    Raises
    ------
    ValueError
        No table has these accuracies and this correlation.

    Examples
    --------
    >>> [round(p, 4) for p in cells(0.2, 0.4, 0.5)]
    [0.178, 0.222, 0.022, 0.578]
    """
    both = base * new + phi * math.sqrt(base * (1 - base) * new * (1 - new))
    result = (both, new - both, base - both, 1 - base - new + both)
    if not 0 <= min(base, new) <= max(base, new) <= 1 or min(result) < -1e-12:
        raise ValueError(f"no table has accuracies {base} and {new} with correlation {phi}")
    return tuple(max(p, 0.0) for p in result)  # type: ignore[return-value]


def paired_coverage(interval: PairedInterval, n: int, probabilities: Sequence[float]) -> float:
    """Return the probability that an interval covers the true paired difference, over all tables of n problems.

    Parameters
    ----------
    interval
        Maps a table to its limits; it may depend on all four counts.
    probabilities
        Of (both, wins, losses, neither), as from `cells`.

    Examples
    --------
    >>> round(paired_coverage(wald_difference, 5, cells(0.9, 0.92, 0.5)), 3)
    0.349
    """
    p = np.asarray(probabilities, dtype=np.float64)
    truth = float(p[1] - p[2])
    tables = [
        (both, wins, losses, n - both - wins - losses)
        for both in range(n + 1)
        for wins in range(n + 1 - both)
        for losses in range(n + 1 - both - wins)
    ]
    chance = _multinomial(n, np.array(tables), p[None])[0]
    # Improbable tables cannot change the sum, and intervals take most of the time.
    order = [i for i in np.argsort(-chance).tolist() if chance[i] > 1e-12]
    return math.fsum(float(chance[i]) for i in order if _covers(interval(PairedTable(*tables[i])), truth))


def paired_coverage_grid(interval: PairedInterval, n: int, wins: ArrayLike, losses: ArrayLike) -> NDArray[np.float64]:
    """Return coverage for many true tables at once, for an interval that depends on wins, losses and n only.

    Each of the (n + 1)(n + 2)/2 intervals is computed once.

    Parameters
    ----------
    wins, losses : (n_scenarios,) float
        True probabilities that only the new, or only the base, model solves a problem.

    Examples
    --------
    >>> paired_coverage_grid(_limits_of(paired_intervals.tango), 5, [0.222], [0.022]).round(3).tolist()
    [1.0]
    """
    p, q = np.asarray(wins, dtype=np.float64), np.asarray(losses, dtype=np.float64)
    tables = [(b, c) for b in range(n + 1) for c in range(n + 1 - b)]
    limits = np.array([interval(PairedTable(both=0, wins=b, losses=c, neither=n - b - c)) for b, c in tables])
    counts = np.array([(b, c, n - b - c) for b, c in tables])
    chance = _multinomial(n, counts, np.column_stack([p, q, np.maximum(1 - p - q, 0.0)]))
    truth = (p - q)[:, None]
    covered = (limits[None, :, 0] <= truth + SLACK) & (truth <= limits[None, :, 1] + SLACK)
    return np.asarray((chance * covered).sum(axis=1), dtype=np.float64)


def discordance_grid() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return wins and losses over 50 rates of discordance in (0, 1] and 26 win shares in [0.5, 1]."""
    rate, share = np.meshgrid(np.linspace(0.02, 1, 50), np.linspace(0.5, 1, 26), indexing="ij")
    return (rate * share).ravel(), (rate * (1 - share)).ravel()


# Intervals for one accuracy


def _proportion_limits(method: Callable[..., Estimate]) -> ProportionInterval:
    def limits(correct: int, total: int) -> Limits:
        estimate = method(correct, total)
        return estimate.low, estimate.high

    return limits


PROPORTION_INTERVALS: dict[str, ProportionInterval] = {
    "wald": wald_proportion,
    "agresti_coull": agresti_coull,
} | {m.__name__: _proportion_limits(m) for m in proportion.METHODS}


def proportion_coverage(interval: ProportionInterval, n: int, accuracy: ArrayLike) -> NDArray[np.float64]:
    """Return coverage of an interval for one accuracy at given true accuracies.

    Examples
    --------
    >>> [round(float(proportion_coverage(wald_proportion, n, [0.5])[0]), 3) for n in (17, 18, 40)]
    [0.951, 0.904, 0.919]
    """
    p = np.asarray(accuracy, dtype=np.float64)
    limits = np.array([interval(k, n) for k in range(n + 1)])
    covered = (limits[None, :, 0] <= p[:, None] + SLACK) & (p[:, None] <= limits[None, :, 1] + SLACK)
    return np.asarray((_binomial(n, p) * covered).sum(axis=1), dtype=np.float64)


def mean_coverage(interval: ProportionInterval, n: int) -> float:
    """Return coverage averaged over a uniform true accuracy, in closed form.

    Each outcome k contributes the integral of its binomial probability between its limits, which is
    (I_high(k+1, n-k+1) - I_low(k+1, n-k+1))/(n + 1) with I the regularised incomplete beta function.

    Examples
    --------
    >>> round(mean_coverage(PROPORTION_INTERVALS["uniform"], 7), 12)
    0.95
    """
    limits = np.clip([interval(k, n) for k in range(n + 1)], 0.0, 1.0)
    k = np.arange(n + 1)
    inside = special.betainc(k + 1, n - k + 1, limits[:, 1]) - special.betainc(k + 1, n - k + 1, limits[:, 0])
    return float(inside.sum()) / (n + 1)


def minimum_coverage(interval: ProportionInterval, n: int) -> float:
    """Return the smallest coverage over all true accuracies inside (0, 1).

    Coverage jumps at limits and is smooth between them, so it is taken just beside every limit and on a fine grid.

    Examples
    --------
    >>> round(minimum_coverage(PROPORTION_INTERVALS["wilson"], 20), 3)
    0.837
    """
    ends = np.array([interval(k, n) for k in range(n + 1)]).ravel()
    near_limits = np.concatenate([ends - 1e-8, ends + 1e-8, np.linspace(0.0005, 0.9995, 1999), [1e-6, 1 - 1e-6]])
    return float(proportion_coverage(interval, n, near_limits[(near_limits > 1e-7) & (near_limits < 1 - 1e-7)]).min())


def _covers(limits: Limits, truth: float) -> bool:
    return limits[0] <= truth + SLACK and truth <= limits[1] + SLACK


def _binomial(n: int, p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return binomial probabilities. (n_scenarios, n + 1)"""
    k = np.arange(n + 1)
    counts = np.column_stack([k, n - k])
    return _multinomial(n, counts, np.column_stack([p, 1 - p]))


def _multinomial(n: int, counts: NDArray[np.int64], p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return multinomial probabilities of the rows of `counts` under the rows of `p`. (n_scenarios, n_tables)"""
    log = special.gammaln(n + 1) - special.gammaln(counts + 1).sum(axis=1)
    log = log + sum(special.xlogy(counts[None, :, j], p[:, None, j]) for j in range(counts.shape[1]))
    return np.asarray(np.exp(log), dtype=np.float64)
