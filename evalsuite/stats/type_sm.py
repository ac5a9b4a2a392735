"""Type S and type M errors: how often a significant result has the wrong sign, and by how much it exaggerates.

A property of the design at an assumed true effect, for judging results in advance; not a statistic of the data.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincc, ndtr, ndtri

from evalsuite.stats.power import PowerTest, discordant_distribution, rejection_limits

__all__ = ["TypeSM", "mcnemar_type_sm", "normal_type_sm"]


@dataclass(frozen=True, slots=True)
class TypeSM:
    """Errors of the results that reach significance.

    Attributes
    ----------
    power
        Probability of a significant result.
    sign
        Probability of the wrong sign among significant results (type S), nan where none can occur.
    exaggeration
        Mean absolute estimate among significant results over the true effect (type M), nan where none can occur.
    """

    power: float
    sign: float
    exaggeration: float


def normal_type_sm(effect: float, standard_error: float, *, alpha: float = 0.05) -> TypeSM:
    """Return the errors of a normally distributed estimate, in closed form.

    References
    ----------
    Gelman and Carlin (2014), doi:10.1177/1745691614551642; closed form: Lu, Qiu and Deng (2019),
    doi:10.1111/bmsp.12132.

    Examples
    --------
    >>> e = normal_type_sm(2, 8.1)
    >>> f"{e.power:.4f} {e.sign:.3f} {e.exaggeration:.2f}"
    '0.0570 0.240 9.54'
    """
    if effect == 0 or standard_error <= 0:
        raise ValueError(f"need effect != 0 and standard_error > 0, got {effect=}, {standard_error=}")
    shift, z = abs(effect) / standard_error, -float(ndtri(alpha / 2))
    right, wrong = float(ndtr(shift - z)), float(ndtr(-shift - z))
    power = right + wrong
    # E|X| over |X| > z for X ~ Normal(shift, 1).
    density = math.exp(-((shift - z) ** 2) / 2) + math.exp(-((shift + z) ** 2) / 2)
    size = density / math.sqrt(2 * math.pi) + shift * (right - wrong)
    return TypeSM(power=power, sign=wrong / power, exaggeration=size / (shift * power))


def mcnemar_type_sm(
    n: int, win_rate: float, loss_rate: float, *, alpha: float = 0.05, test: PowerTest = "exact"
) -> TypeSM:
    """Return the errors of the McNemar test on `n` problems, by enumeration of every table.

    Parameters
    ----------
    win_rate, loss_rate
        True rates at which only the new run, or only the base run, solves a problem. They must differ.

    References
    ----------
    Gelman and Carlin (2014), doi:10.1177/1745691614551642.

    Examples
    --------
    >>> e = mcnemar_type_sm(100, 0.125, 0.075)
    >>> f"{e.power:.3f} {e.sign:.3f} {e.exaggeration:.2f}"
    '0.143 0.004 2.38'
    """
    difference, discordant = abs(win_rate - loss_rate), win_rate + loss_rate
    if difference == 0:
        raise ValueError(f"win_rate and loss_rate must differ, got {win_rate} for both")
    m, weights = discordant_distribution(n, discordant)
    limits = rejection_limits(m, alpha=alpha, test=test)
    share = max(win_rate, loss_rate) / discordant
    right, right_size = _lower_tail(limits, m, 1 - share)
    wrong, wrong_size = _lower_tail(limits, m, share)
    power = float(weights @ (right + wrong))
    if power == 0:
        return TypeSM(power=0.0, sign=math.nan, exaggeration=math.nan)
    size = float(weights @ (right_size + wrong_size)) / n
    return TypeSM(power=power, sign=float(weights @ wrong) / power, exaggeration=size / (difference * power))


def _lower_tail(
    k: NDArray[np.int64], m: NDArray[np.int64], p: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return P(X <= k) and E[m - 2X; X <= k] for X ~ Binomial(m, p) with k < m/2."""
    probability, size = np.zeros(len(m)), np.zeros(len(m))
    some = k >= 0
    probability[some] = betaincc(k[some] + 1, m[some] - k[some], p)
    # E[X; X <= k] = m p P(Y <= k - 1) for Y ~ Binomial(m - 1, p).
    more = k >= 1
    size[some] = m[some] * probability[some]
    size[more] -= 2 * m[more] * p * betaincc(k[more], m[more] - k[more], p)
    return probability, size
