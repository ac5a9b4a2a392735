"""Non-inferiority and equivalence within a margin, the only way to claim that two runs perform alike.

The margin is fixed before the run. Both tests use the score statistic of `paired_intervals.tango`, so that
equivalence at level alpha means that the Tango interval of level 1 - 2 alpha lies inside the margin.
"""

import math

from scipy.special import ndtr, ndtri

from evalsuite.stats.paired import PairedTable
from evalsuite.stats.paired_intervals import tango_score
from evalsuite.stats.result import TestResult

__all__ = ["equivalence", "non_inferiority", "problems_to_claim_equivalence"]


def non_inferiority(table: PairedTable, *, margin: float) -> TestResult:
    """Test that the new run is worse by less than `margin`.

    Parameters
    ----------
    margin
        Largest loss in accuracy that is acceptable, in (0, 1).

    Returns
    -------
    TestResult
        A small one-sided p-value claims non-inferiority. The statistic is the score against ``-margin``.

    References
    ----------
    Tango (1998), doi:10.1002/(SICI)1097-0258(19980430)17:8<891::AID-SIM780>3.0.CO;2-B.

    Examples
    --------
    >>> result = non_inferiority(PairedTable(43, 0, 1, 0), margin=0.1)
    >>> round(result.statistic, 4), round(result.pvalue, 4)
    (1.7086, 0.0438)
    """
    _check(margin)
    score = tango_score(table, -margin)
    return TestResult(
        statistic=score,
        pvalue=float(ndtr(-score)),
        alternative="greater",
        method="tango_non_inferiority",
        effect=table.difference,
    )


def equivalence(table: PairedTable, *, margin: float) -> TestResult:
    """Test that the two runs differ by less than `margin`: two one-sided tests.

    Returns
    -------
    TestResult
        The p-value is the larger of the two one-sided ones and the statistic its score, in absolute value signed so
        that large values speak for equivalence.

    References
    ----------
    Schuirmann (1987), doi:10.1007/BF01068419; Tango (1998) as in `non_inferiority`.

    Examples
    --------
    >>> result = equivalence(PairedTable(600, 50, 50, 619), margin=0.02)
    >>> round(result.statistic, 4), round(result.pvalue, 5)
    (2.5679, 0.00512)
    """
    _check(margin)
    # Both hypotheses, "at most -margin" and "at least margin", must be rejected: the weaker score decides, and no
    # adjustment for two tests is needed (an intersection-union test).
    score = min(tango_score(table, -margin), -tango_score(table, margin))
    return TestResult(
        statistic=score,
        pvalue=float(ndtr(-score)),
        alternative="two-sided",
        method="tango_equivalence",
        effect=table.difference,
    )


def problems_to_claim_equivalence(
    discordant_rate: float, margin: float, *, power: float = 0.8, alpha: float = 0.05
) -> int:
    """Return the number of problems with which equal runs are shown equivalent with the given power.

    Parameters
    ----------
    discordant_rate
        Share of problems that exactly one run solves.
    alpha
        Level of each one-sided test.

    References
    ----------
    Normal approximation for a true difference of 0, as in Julious (2004), doi:10.1002/sim.1783.

    Examples
    --------
    >>> problems_to_claim_equivalence(0.1, 0.02)
    2141
    """
    _check(margin)
    if not 0 < discordant_rate <= 1:
        raise ValueError(f"discordant_rate must lie in (0, 1], got {discordant_rate}")
    # At a true difference of 0 both tests fail with the same probability, (1 - power)/2 each.
    quantiles = float(ndtri(1 - alpha) + ndtri((1 + power) / 2))
    return math.ceil(quantiles**2 * discordant_rate / margin**2 - 1e-9)


def _check(margin: float) -> None:
    if not 0 < margin < 1:
        raise ValueError(f"margin must lie in (0, 1), as a share and not in percent, got {margin}")
