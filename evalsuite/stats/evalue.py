"""The e-value of a paired table: evidence against equal models that may be looked at after every problem.

Under equal models a discordant problem is a win with probability 1/2. The e-value is the likelihood ratio of an
unknown win share, uniform on [0, 1], against 1/2. Its expectation under equality is 1 at every stopping time, so
a value of 20 or more rejects at level 0.05 however often one looked.
"""

import math
import sys

__all__ = ["EXACT", "evalue"]

EXACT = 20_000
"""Discordant problems up to which whole numbers are divided; of more they have a hundred thousand digits."""


def evalue(wins: int, losses: int) -> float:
    """Return 2^m B(1 + wins, 1 + losses) with m = wins + losses.

    One discordant problem gives 1: no evidence either way. Values beyond the largest float are returned as that.

    References
    ----------
    Ramdas, Gruenwald, Vovk and Shafer (2023), doi:10.1214/23-STS894.

    Examples
    --------
    >>> evalue(1, 0), evalue(7, 0), round(evalue(20, 5), 4)
    (1.0, 16.0, 24.2905)
    """
    if wins < 0 or losses < 0:
        raise ValueError(f"wins and losses must be 0 or more, got {wins=}, {losses=}")
    m = wins + losses
    if m <= EXACT:
        return _quotient(m, wins)
    choose = math.lgamma(m + 1) - math.lgamma(wins + 1) - math.lgamma(losses + 1)
    log_value = m * math.log(2) - math.log(m + 1) - choose
    return math.exp(log_value) if log_value < math.log(sys.float_info.max) else sys.float_info.max


def _quotient(m: int, wins: int) -> float:
    try:
        return (1 << m) / ((m + 1) * math.comb(m, wins))
    except OverflowError:
        return sys.float_info.max
