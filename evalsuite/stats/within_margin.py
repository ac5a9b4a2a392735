"""Claims of "no worse than" and "alike within" a margin, with tests that keep their level at any size.

The margin is fixed before the run. A run is shown no worse where the lower limit of the interval of level 1 - 2 alpha
lies above minus the margin, and the two are shown alike where the whole interval lies inside the margin: two one-sided
tests at level alpha. The interval is the one whose two-sided version is printed and decides about a gain, so that the
claims agree: Fay and Lumbard's for one completion a problem, `bounded_mean` for everything else. Both claims and
"resolved gain" may hold at once.

The score test of Tango, used for this elsewhere, rejects too often: with 134 problems and a margin of 2 points, runs
that differ by just 2 points are called equivalent with probability .067 at level .05.
"""

from scipy.special import betaincc

from evalsuite.stats.beta_product import difference_cdf
from evalsuite.stats.bounded_mean import BoundedMean
from evalsuite.stats.paired import PairedTable
from evalsuite.stats.result import Alternative, TestResult

__all__ = ["equivalence", "no_worse"]


def no_worse(data: PairedTable | BoundedMean, *, margin: float) -> TestResult:
    """Test that the new run is worse by less than `margin`.

    Parameters
    ----------
    data
        The paired table of single completions, or the `bounded_mean` of the paired differences, in [-1, 1].
    margin
        Largest loss that is acceptable, in (0, 1).

    Returns
    -------
    TestResult
        A p-value below alpha claims it: the lower limit of the interval of level 1 - 2 alpha is above ``-margin``.
        The statistic is the difference seen.

    References
    ----------
    Fay and Lumbard (2021), doi:10.1002/sim.8829; Gaffke (2005) as in `bounded_mean`.

    Examples
    --------
    >>> round(no_worse(PairedTable(900, 40, 42, 337), margin=0.02).pvalue, 4)
    0.0055
    """
    _check(margin)
    return _result(data, _against_loss(data, margin), "greater", "no_worse")


def equivalence(data: PairedTable | BoundedMean, *, margin: float) -> TestResult:
    """Test that the two runs differ by less than `margin` in either direction.

    Returns
    -------
    TestResult
        The larger of the two one-sided p-values: below alpha exactly when the interval of level 1 - 2 alpha lies
        inside the margin.

    References
    ----------
    Schuirmann (1987), doi:10.1007/BF01068419.

    Examples
    --------
    >>> round(equivalence(PairedTable(600, 50, 50, 619), margin=0.02).pvalue, 4)
    0.006
    >>> from evalsuite.stats.bounded_mean import bounded_mean
    >>> equivalence(bounded_mean([0.125] * 6, bounds=(-1, 1)), margin=0.2).pvalue > 0.05
    True
    """
    _check(margin)
    if isinstance(data, PairedTable):
        pvalue = max(_against_loss(data, margin), _against_loss(data.swapped(), margin))
    else:
        pvalue = max(_against_loss(data, margin), data.pvalue(margin, alternative="less"))
    return _result(data, pvalue, "two-sided", "equivalence")


def _against_loss(data: PairedTable | BoundedMean, margin: float) -> float:
    """Return the one-sided p-value of a true difference of ``-margin`` or less."""
    if isinstance(data, BoundedMean):
        return data.pvalue(-margin, alternative="greater")
    # The tail whose lower limit is the margin, from the equations of `paired_intervals.fay_lumbard` below 0.
    wins, losses, m, n = data.wins, data.losses, data.discordant, data.n
    if wins == 0:
        return float(betaincc(m + 1, n - m, margin)) if m < n else 1.0
    return difference_cdf(-margin, (m + 1, n - m), (wins, losses + 1))


def _result(data: PairedTable | BoundedMean, pvalue: float, alternative: Alternative, method: str) -> TestResult:
    value = data.difference if isinstance(data, PairedTable) else data.value
    suffix = "fay_lumbard" if isinstance(data, PairedTable) else "bounded_mean"
    return TestResult(value, pvalue, alternative, f"{suffix}_{method}", value)


def _check(margin: float) -> None:
    if not 0 < margin < 1:
        raise ValueError(f"margin must lie in (0, 1), as a share and not in percent, got {margin}")
