"""Output length as survival: how accuracy and unfinished answers develop with the token budget.

A completion cut off by the cap is censored: it would have gone on. With one cap for all runs the Kaplan-Meier curve is
just one minus the share finished, and nothing is gained; it matters when caps differ. Accuracy by token budget is the
cumulative incidence of "finished and right" with "finished and wrong" as the competing risk (Aalen-Johansen). Taking
one minus Kaplan-Meier with wrong answers as censored overstates it, since wrong answers can no longer become right.

Times are token counts of single completions, one a problem; of tied times, censored ones count as still at risk.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

__all__ = [
    "CumulativeIncidence",
    "aalen_johansen",
]


@dataclass(frozen=True, slots=True, eq=False)
class CumulativeIncidence:
    """Share of completions that finished for one cause within each number of tokens, a step function.

    Attributes
    ----------
    time : (n_times,) float
        Token counts at which a completion finished, for any cause, ascending. Before the first the share is 0.
    incidence, standard_error, low, high : (n_times,) float
        Aalen-Johansen estimate, its standard error by the delta method and pointwise limits on the log-log scale.
        Where the share is 0 or 1 these break down; there the open limit is the exact binomial one for the completions
        that are left, or that of a neighbouring time where that is known to hold.
    confidence_level
        Of the limits.
    """

    time: NDArray[np.float64]
    incidence: NDArray[np.float64]
    standard_error: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    confidence_level: float

    def at(self, time: float) -> float:
        """Return the share that finished for this cause within `time` tokens."""
        index = int(np.searchsorted(self.time, time, side="right"))
        return float(self.incidence[index - 1]) if index else 0.0


def aalen_johansen(
    time: ArrayLike, cause: ArrayLike, of: int = 1, *, confidence_level: float = 0.95
) -> CumulativeIncidence:
    """Estimate the share of completions that have finished for one cause within each number of tokens.

    Parameters
    ----------
    time : (n_completions,) float
        Token counts, positive.
    cause : (n_completions,) int
        0 where the token limit truncated the completion, otherwise why it ended, such as 1 for right and 2 for wrong.
    of
        The cause to follow.

    Raises
    ------
    ValueError
        Shapes differ, a time is not positive, a cause is negative, ``of < 1``, or no completion finished.

    References
    ----------
    Aalen and Johansen (1978), Scandinavian Journal of Statistics 5, 141-150; variance: Marubini and Valsecchi (1995),
    Analysing Survival Data from Clinical Trials, eq. 10.12.

    Examples
    --------
    >>> tokens = [60, 80, 90, 100, 110, 128, 128, 170, 200, 256, 256, 256]
    >>> why = [1, 1, 2, 1, 2, 0, 0, 2, 1, 0, 0, 0]
    >>> f"{aalen_johansen(tokens, why).at(256):.6f} {aalen_johansen(tokens, why, 2).at(256):.6f}"
    '0.366667 0.283333'
    """
    kinds = np.asarray(cause)
    if of < 1 or (kinds < 0).any() or not (kinds == np.floor(kinds)).all():
        raise ValueError(f"need cause in 0, 1, 2, ... and of >= 1, got {of=}")
    t, done = _times(time, kinds > 0)
    if not done.any():
        raise ValueError("need at least one finished completion: with all cut off no incidence can be followed")
    mine = done & (kinds == of)
    points, at_risk, counts = _risk_table(t, np.column_stack([done, mine]))
    events, of_cause = counts[:, 0], counts[:, 1]
    survival = np.cumprod(1 - events / at_risk)
    before = np.concatenate([[1.0], survival[:-1]])
    incidence = np.minimum(np.cumsum(before * of_cause / at_risk), 1.0)
    error = np.sqrt(_incidence_variance(incidence, before, at_risk, events, of_cause))
    low, high = _incidence_limits(incidence, error, at_risk, _quantile(confidence_level), confidence_level)
    return CumulativeIncidence(points, incidence, error, low, high, confidence_level)


def _incidence_variance(
    incidence: NDArray[np.float64],
    before: NDArray[np.float64],
    at_risk: NDArray[np.int64],
    events: NDArray[np.int64],
    of_cause: NDArray[np.int64],
) -> NDArray[np.float64]:
    left = np.maximum(at_risk - events, 1)
    greenwood = np.where(at_risk > events, events / (at_risk * left), 0.0)
    binomial = before**2 * (at_risk - of_cause) * of_cause / at_risk.astype(np.float64) ** 3
    cross = before * of_cause / at_risk.astype(np.float64) ** 2
    # sum_j (I_t - I_j)^2 g_j + sum_j b_j - 2 sum_j (I_t - I_j) c_j, with the squares written out to use running sums.
    g0, g1, g2 = (np.cumsum(greenwood * incidence**power) for power in (0, 1, 2))
    c0, c1 = np.cumsum(cross), np.cumsum(cross * incidence)
    variance = incidence**2 * g0 - 2 * incidence * g1 + g2 + np.cumsum(binomial) - 2 * (incidence * c0 - c1)
    return np.asarray(np.maximum(variance, 0.0), dtype=np.float64)


def _incidence_limits(
    incidence: NDArray[np.float64],
    error: NDArray[np.float64],
    at_risk: NDArray[np.int64],
    z: float,
    confidence_level: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    exact = ((1 - confidence_level) / 2) ** (1 / at_risk)
    low, high = np.zeros(incidence.size), 1 - exact
    regular = (incidence > 1e-12) & (incidence < 1 - 1e-12)
    share = incidence[regular]
    widen = np.exp(z * error[regular] / (share * -np.log(share)))
    low[regular], high[regular] = share**widen, share ** (1 / widen)
    all_ = incidence >= 1 - 1e-12
    # The share cannot fall, so a lower limit of an earlier time still holds.
    earlier = np.maximum.accumulate(np.where(regular, low, 0.0))
    low[all_], high[all_] = np.maximum(earlier, np.where(earlier > 0, 0.0, exact))[all_], 1.0
    return low, high


def _risk_table(
    time: NDArray[np.float64], marks: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """Return the times with an event (first column of marks), the number at risk, and counts of each mark there."""
    points = np.unique(time[marks[:, 0]])
    at_risk = time.size - np.searchsorted(np.sort(time), points, side="left")
    counts = [
        np.searchsorted(chosen := np.sort(time[mark]), points, side="right")
        - np.searchsorted(chosen, points, side="left")
        for mark in marks.T
    ]
    return points, at_risk.astype(np.int64), np.column_stack(counts).astype(np.int64)


def _times(time: ArrayLike, finished: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    t, done = np.asarray(time, dtype=np.float64), np.asarray(finished, dtype=np.bool_)
    if t.ndim != 1 or t.shape != done.shape or t.size == 0:
        raise ValueError(f"need one token count and one mark for each completion, got {t.shape} and {done.shape}")
    if not (np.isfinite(t) & (t > 0)).all():
        raise ValueError(f"need positive token counts, got {float(t.min())}")
    return t, done


def _quantile(confidence_level: float) -> float:
    if not 0 < confidence_level < 1:
        raise ValueError(f"need 0 < confidence_level < 1, got {confidence_level}")
    return -float(special.ndtri((1 - confidence_level) / 2))
