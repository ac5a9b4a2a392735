"""Methods that are common and wrong for small or lopsided data, kept only to measure how wrong they are.

Never choose these for a report. `calibration` sets them beside the methods of this package: at five problems the plain
normal interval and the percentile bootstrap cover the true difference of two good models about once in three times.
"""

import math

from scipy import special

from evalsuite.stats.bootstrap import exact_multinomial
from evalsuite.stats.paired import PairedTable

__all__ = [
    "Limits",
    "agresti_coull",
    "corrected_pvalue",
    "percentile_bootstrap_difference",
    "t_difference",
    "wald_difference",
    "wald_proportion",
]

Limits = tuple[float, float]

Z95 = 1.959963984540054


def corrected_pvalue(wins: int, losses: int) -> float:
    """Return the p-value of McNemar's chi-squared with continuity correction, which rejects too seldom.

    Examples
    --------
    >>> round(corrected_pvalue(6, 16), 5)
    0.05501
    """
    # erfc(x / sqrt 2) is the two-sided normal tail, exact where 1 - cdf would cancel.
    m = wins + losses
    return math.erfc(max(abs(wins - losses) - 1, 0) / math.sqrt(2 * m)) if m else 1.0


def wald_difference(table: PairedTable) -> Limits:
    """Return the plain normal 95% interval of a paired difference; [0, 0] without discordance.

    Examples
    --------
    >>> [round(limit, 4) for limit in wald_difference(PairedTable(1, 1, 0, 3))]
    [-0.1506, 0.5506]
    """
    error = _difference_spread(table, ddof=0)
    return table.difference - Z95 * error, table.difference + Z95 * error


def t_difference(table: PairedTable) -> Limits:
    """Return the 95% t interval of a paired difference, of zero width where all differences are equal.

    Examples
    --------
    >>> [round(limit, 4) for limit in t_difference(PairedTable(1, 1, 0, 3))]
    [-0.3553, 0.7553]
    """
    if table.n < 2:
        return table.difference, table.difference
    margin = float(special.stdtrit(table.n - 1, 0.975)) * _difference_spread(table, ddof=1)
    return table.difference - margin, table.difference + margin


def percentile_bootstrap_difference(table: PairedTable) -> Limits:
    """Return the 95% percentile bootstrap interval, of zero width where all differences are equal.

    Examples
    --------
    >>> percentile_bootstrap_difference(PairedTable(1, 1, 0, 3))
    (0.0, 0.6)
    """
    if table.n in (table.wins, table.losses, table.n - table.discordant):
        return table.difference, table.difference
    estimate = exact_multinomial(table.wins, table.losses, table.n)
    return estimate.low, estimate.high


def wald_proportion(correct: int, total: int) -> Limits:
    """Return the plain normal 95% interval of an accuracy.

    Examples
    --------
    >>> wald_proportion(0, 5)
    (0.0, 0.0)
    """
    p = correct / total
    margin = Z95 * math.sqrt(p * (1 - p) / total)
    return p - margin, p + margin


def agresti_coull(correct: int, total: int) -> Limits:
    """Return the normal 95% interval after adding z^2/2 right and as many wrong problems.

    References
    ----------
    Agresti and Coull (1998), doi:10.1080/00031305.1998.10480550.

    Examples
    --------
    >>> [round(limit, 3) for limit in agresti_coull(0, 20)]
    [-0.029, 0.19]
    """
    # Centred where Wilson's interval is, but with a normal width there: near 0 and 1 too wide, and past them.
    n = total + Z95**2
    p = (correct + Z95**2 / 2) / n
    margin = Z95 * math.sqrt(p * (1 - p) / n)
    return p - margin, p + margin


def _difference_spread(table: PairedTable, *, ddof: int) -> float:
    n = table.n
    variance = (table.discordant - n * table.difference**2) / (n - ddof)
    return math.sqrt(max(variance, 0.0) / n)
