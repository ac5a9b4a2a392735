"""Tests of two runs on the same problems with one completion each: the paired table and McNemar's test.

Only discordant problems carry information about a difference. `mcnemar_exact` is the default and is the test that
the default interval `paired_intervals.fay_lumbard` agrees with. `mcnemar_midp` is sharper and keeps its level for
moderate discordance; `mcnemar_exact_unconditional` is sharper and keeps it always. `mcnemar_asymptotic` is shown
because others print it; its level is exceeded in small sets. All are two-sided.

With several completions a problem, or templates shared by problems, use `signflip` or `cluster`.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize_scalar
from scipy.special import bdtr, betainccinv, betaincinv, chdtrc, gammaln

from evalsuite.stats.fair_binomial import fair_midtail, fair_tail
from evalsuite.stats.result import TestResult

__all__ = [
    "TESTS",
    "PairedTable",
    "mcnemar_asymptotic",
    "mcnemar_exact",
    "mcnemar_exact_unconditional",
    "mcnemar_midp",
]

# Beyond so many problems the unconditional test looks at an interval for the discordance, missed with
# probability OUTSIDE.
MOST_ENUMERATED = 5000
OUTSIDE = 1e-8


@dataclass(frozen=True, slots=True)
class PairedTable:
    """How two runs scored on the same problems.

    Attributes
    ----------
    both, wins, losses, neither
        Problems that both runs, only the new run, only the base run, and no run solved.

    Examples
    --------
    >>> table = PairedTable.from_scores([1, 0, 0, 0, 0], [1, 1, 0, 0, 0])
    >>> table
    PairedTable(both=1, wins=1, losses=0, neither=3)
    >>> table.n, table.discordant, table.difference
    (5, 1, 0.2)
    """

    both: int
    wins: int
    losses: int
    neither: int

    def __post_init__(self) -> None:
        counts = (self.both, self.wins, self.losses, self.neither)
        if min(counts) < 0 or sum(counts) < 1:
            raise ValueError(
                "need counts that are 0 or more and at least one problem, got "
                f"both={self.both}, wins={self.wins}, losses={self.losses}, neither={self.neither}"
            )

    @classmethod
    def from_scores(cls, base: ArrayLike, new: ArrayLike) -> "PairedTable":
        """Count the table from 0/1 scores.

        Parameters
        ----------
        base, new
            Scores of the two runs in the same order of problems, 0/1 or bool. (n_problems,)
        """
        base_scores, new_scores = np.asarray(base), np.asarray(new)
        if base_scores.ndim != 1 or base_scores.shape != new_scores.shape:
            raise ValueError(
                f"base and new need one shape (n_problems,), got {base_scores.shape} and {new_scores.shape}"
            )
        for name, scores in (("base", base_scores), ("new", new_scores)):
            if not np.isin(scores, (0, 1)).all():
                raise ValueError(f"{name} must hold scores 0 and 1 only, got {np.unique(scores)[:5].tolist()}")
        base_scores, new_scores = base_scores.astype(bool), new_scores.astype(bool)
        return cls(
            both=int((base_scores & new_scores).sum()),
            wins=int((~base_scores & new_scores).sum()),
            losses=int((base_scores & ~new_scores).sum()),
            neither=int((~base_scores & ~new_scores).sum()),
        )

    @property
    def n(self) -> int:
        """Number of problems."""
        return self.both + self.wins + self.losses + self.neither

    @property
    def discordant(self) -> int:
        """Number of problems that exactly one run solved."""
        return self.wins + self.losses

    @property
    def base_correct(self) -> int:
        """Number of problems that the base run solved."""
        return self.both + self.losses

    @property
    def new_correct(self) -> int:
        """Number of problems that the new run solved."""
        return self.both + self.wins

    @property
    def difference(self) -> float:
        """Accuracy of the new run minus accuracy of the base run."""
        return (self.wins - self.losses) / self.n

    def swapped(self) -> "PairedTable":
        """Return the table with base and new exchanged."""
        return PairedTable(self.both, self.losses, self.wins, self.neither)


def mcnemar_exact(table: PairedTable) -> TestResult:
    """Test for a difference given the number of discordant problems, the default.

    The p-value is twice the smaller binomial tail, at most 1; the statistic is the number of wins.

    References
    ----------
    McNemar (1947), doi:10.1007/BF02295996.

    Examples
    --------
    >>> mcnemar_exact(PairedTable(14, 5, 0, 22)).pvalue
    0.0625
    """
    tail = fair_tail(min(table.wins, table.losses), table.discordant)
    return _result(table, float(table.wins), min(1.0, 2 * tail), "mcnemar_exact")


def mcnemar_midp(table: PairedTable) -> TestResult:
    """Test for a difference with half the probability of the observed split taken off.

    The p-value is 1 without discordant problems, where the bare formula would give 1/2.

    References
    ----------
    Fagerland, Lydersen and Laake (2013), doi:10.1186/1471-2288-13-91.

    Examples
    --------
    >>> mcnemar_midp(PairedTable(14, 5, 0, 22)).pvalue
    0.03125
    """
    wins, losses, m = table.wins, table.losses, table.discordant
    if m == 0:
        pvalue = 1.0
    elif wins == losses:
        # Twice the mid-tail would be 1; the middle outcome belongs half to each side.
        pvalue = 1 - (fair_tail(wins, m) - fair_tail(wins - 1, m)) / 2
    else:
        pvalue = 2 * fair_midtail(min(wins, losses), m)
    return _result(table, float(wins), pvalue, "mcnemar_midp")


def mcnemar_asymptotic(table: PairedTable) -> TestResult:
    """Test for a difference with chi-squared of one degree of freedom, without continuity correction.

    The statistic is chi-squared, 0 with p-value 1 without discordant problems.

    References
    ----------
    McNemar (1947), doi:10.1007/BF02295996.

    Examples
    --------
    >>> result = mcnemar_asymptotic(PairedTable(794, 150, 86, 570))
    >>> f"{result.statistic:.3f} {result.pvalue:.3e}"
    '17.356 3.099e-05'
    """
    chi_squared = _chi_squared(table)
    return _result(table, chi_squared, float(chdtrc(1, chi_squared)), "mcnemar_asymptotic")


def mcnemar_exact_unconditional(table: PairedTable) -> TestResult:
    """Test for a difference with the largest p-value over every possible rate of discordance.

    The statistic is McNemar's chi-squared. Given m discordant problems its tail R(m) is known; the p-value is
    the maximum over psi in [0, 1] of the sum of R(m) Binomial(m; n, psi). The maximum is searched on a grid that is
    uniform in arcsin(sqrt(psi)), five points to a standard deviation, and then refined. Beyond 5,000 problems the
    maximum is over a confidence interval for psi, whose error is added.

    References
    ----------
    Suissa and Shuster (1991), Biometrics 47, 361-372; Berger and Boos (1994), doi:10.1080/01621459.1994.10476836.

    Examples
    --------
    >>> round(mcnemar_exact_unconditional(PairedTable(1, 1, 0, 3)).pvalue, 4)
    0.5663
    """
    chi_squared = _chi_squared(table)
    if table.wins == table.losses:
        return _result(table, chi_squared, 1.0, "mcnemar_exact_unconditional")
    if table.n > MOST_ENUMERATED:
        return _result(table, chi_squared, _restricted_maximum(table), "mcnemar_exact_unconditional")
    tails = _conditional_tails(table, np.arange(table.n + 1))
    return _result(table, chi_squared, _largest_mixture(tails), "mcnemar_exact_unconditional")


TESTS = (mcnemar_exact, mcnemar_midp, mcnemar_asymptotic, mcnemar_exact_unconditional)


def _restricted_maximum(table: PairedTable) -> float:
    """Return the maximum over psi in an interval that holds it but for OUTSIDE, plus that."""
    n, seen = table.n, table.discordant
    low = float(betaincinv(seen, n - seen + 1, OUTSIDE / 2)) if seen else 0.0
    high = float(betainccinv(seen + 1, n - seen, OUTSIDE / 2)) if seen < n else 1.0
    # Seven standard deviations and a little beyond the interval, more than OUTSIDE leaves.
    first = max(0, math.floor(n * low - 7 * math.sqrt(n * low * (1 - low)) - 20))
    last = min(n, math.ceil(n * high + 7 * math.sqrt(n * high * (1 - high)) + 20))
    m = np.arange(first, last + 1)
    tails = _conditional_tails(table, m)
    log_choose = gammaln(n + 1) - gammaln(m + 1) - gammaln(n - m + 1)
    # Ten points to a standard deviation, which is 1/(2 sqrt(n)) on this scale.
    ends = math.asin(math.sqrt(low)), math.asin(math.sqrt(high))
    grid = np.linspace(*ends, 2 + math.ceil(20 * math.sqrt(n) * (ends[1] - ends[0])))
    best = 0.0
    for angle in np.clip(grid, 1e-9, math.pi / 2 - 1e-9):
        logs = log_choose + 2 * m * math.log(math.sin(angle)) + 2 * (n - m) * math.log(math.cos(angle))
        best = max(best, float(np.exp(logs) @ tails))
    return min(1.0, best + 2 * OUTSIDE)


def _conditional_tails(table: PairedTable, m: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return P(chi-squared >= observed | m discordant) for each m."""
    gap, discordant = abs(table.wins - table.losses), table.discordant
    # Smallest |x - y| at m = x + y with (x - y)^2 / m >= gap^2 / discordant, found in whole numbers.
    squared = [-(-(gap * gap * int(x)) // discordant) for x in m]
    needed = np.array([math.isqrt(s) for s in squared])
    needed += [root * root < s for root, s in zip(needed.tolist(), squared, strict=True)]
    fewest = (m - needed) // 2  # rounded down, because x - y and x + y are both even or both odd
    tails = np.zeros(m.size)
    possible = (fewest >= 0) & (m > 0)
    tails[possible] = 2 * bdtr(fewest[possible], m[possible], 0.5)
    return np.minimum(tails, 1.0)


def _largest_mixture(tails: NDArray[np.float64]) -> float:
    """Return the maximum over psi of sum_m tails[m] Binomial(m; n, psi)."""
    n = len(tails) - 1
    m = np.arange(n + 1)
    log_choose = gammaln(n + 1) - gammaln(m + 1) - gammaln(n - m + 1)

    def mixture(angle: NDArray[np.float64]) -> NDArray[np.float64]:
        log_rate, log_other = 2 * np.log(np.sin(angle)), 2 * np.log(np.cos(angle))
        mixed = np.exp(log_choose + np.outer(log_rate, m) + np.outer(log_other, n - m)) @ tails
        return np.asarray(mixed, dtype=np.float64)

    # The ends are tails[0] = 0 and tails[n]; between them the sines and cosines are not zero.
    grid = np.linspace(0, math.pi / 2, 100 + math.ceil(5 * math.pi * math.sqrt(n)))[1:-1]
    values = np.concatenate([mixture(part) for part in np.array_split(grid, 1 + len(grid) // 256)])
    padded = np.concatenate([[-1.0], values, [-1.0]])
    peaks = np.flatnonzero((values >= padded[:-2]) & (values >= padded[2:]))
    best = max(float(values.max()), float(tails[-1]))
    for peak in peaks[np.argsort(values[peaks])[-5:]]:
        step = grid[1] - grid[0]
        low, high = max(grid[peak] - step, grid[0] / 2), min(grid[peak] + step, grid[-1] + step / 2)
        optimum = minimize_scalar(lambda a: -float(mixture(np.array([a]))[0]), bounds=(low, high), method="bounded")
        best = max(best, -float(optimum.fun))
    return min(1.0, best)


def _chi_squared(table: PairedTable) -> float:
    return (table.wins - table.losses) ** 2 / table.discordant if table.discordant else 0.0


def _result(table: PairedTable, statistic: float, pvalue: float, method: str) -> TestResult:
    return TestResult(
        statistic=statistic, pvalue=pvalue, alternative="two-sided", method=method, effect=table.difference
    )
