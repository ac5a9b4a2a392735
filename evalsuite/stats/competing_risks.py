"""Output length as survival: how accuracy and unfinished answers develop with the token budget.

A completion cut off by the cap is censored: it would have gone on. With one cap for all runs the Kaplan-Meier curve is
just one minus the share finished, and nothing is gained; it matters when caps differ. Accuracy by token budget is the
cumulative incidence of "finished and right" with "finished and wrong" as the competing risk (Aalen-Johansen). Taking
one minus Kaplan-Meier with wrong answers as censored overstates it, since wrong answers can no longer become right.

Times are token counts of single completions, one a problem; of tied times, censored ones count as still at risk.
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from evalsuite.stats.result import TestResult

__all__ = ["CumulativeIncidence", "SurvivalCurve", "Transform", "aalen_johansen", "kaplan_meier", "logrank"]

Transform = Literal["log-log", "log"]


@dataclass(frozen=True, slots=True, eq=False)
class SurvivalCurve:
    """Share of completions still unfinished after each number of tokens, a step function.

    Attributes
    ----------
    time : (n_times,) float
        Token counts at which a completion finished, ascending. Before the first the share is 1.
    at_risk, events : (n_times,) int
        Completions that reached that length, and those that finished there.
    survival, standard_error : (n_times,) float
        Kaplan-Meier estimate and Greenwood standard error (0 once all have finished).
    low, high : (n_times,) float
        Pointwise limits. Where no completion is left unfinished the formula breaks down; there the lower limit is 0
        and the upper limit that of the time before, which holds because the share cannot grow.
    last_time
        Longest completion, finished or cut; nothing is known beyond it if it was cut.
    confidence_level
        Of the limits.
    """

    time: NDArray[np.float64]
    at_risk: NDArray[np.int64]
    events: NDArray[np.int64]
    survival: NDArray[np.float64]
    standard_error: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    last_time: float
    confidence_level: float

    def at(self, time: float) -> float:
        """Return the share unfinished after `time` tokens."""
        index = int(np.searchsorted(self.time, time, side="right"))
        return float(self.survival[index - 1]) if index else 1.0

    @property
    def median(self) -> float | None:
        """Shortest length by which half have finished; None if the curve stays above one half."""
        reached = np.flatnonzero(self.survival <= 0.5 + 1e-12)
        return float(self.time[reached[0]]) if reached.size else None

    def restricted_mean(self, tau: float) -> tuple[float, float]:
        """Return the mean length, capped at `tau` tokens, and its standard error.

        Raises
        ------
        ValueError
            `tau` lies beyond the longest completion while some are unfinished there.

        References
        ----------
        Klein and Moeschberger (2003), Survival Analysis, 2nd edition, section 4.5.
        """
        if not 0 < tau < math.inf or (tau > self.last_time and self.at(tau) > 0):
            raise ValueError(f"need 0 < tau <= {self.last_time}, the longest completion, got {tau}")
        inside = self.time < tau
        edges = np.concatenate([[0.0], self.time[inside], [tau]])
        areas = np.diff(edges) * np.concatenate([[1.0], self.survival[inside]])
        # Area to the right of each time: what a completion finishing there takes away.
        right = np.cumsum(areas[:0:-1])[::-1]
        risk, events = self.at_risk[inside], self.events[inside]
        left = np.maximum(risk - events, 1)
        variance = float(np.sum(np.where(risk > events, right**2 * events / (risk * left), 0.0)))
        return float(areas.sum()), math.sqrt(variance)


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


def kaplan_meier(
    time: ArrayLike, finished: ArrayLike, *, transform: Transform = "log-log", confidence_level: float = 0.95
) -> SurvivalCurve:
    """Estimate the share of completions longer than each number of tokens.

    Parameters
    ----------
    time : (n_completions,) float
        Token counts, positive.
    finished : (n_completions,) bool
        False where the cap cut the completion off.
    transform
        Scale of the limits: ``"log-log"`` stays in [0, 1]; ``"log"`` is cut at 1.

    Raises
    ------
    ValueError
        Shapes differ, a time is not positive, or no completion finished.

    References
    ----------
    Kaplan and Meier (1958), doi:10.1080/01621459.1958.10501452; Kalbfleisch and Prentice (2002),
    doi:10.1002/9781118032985, section 1.4.

    Examples
    --------
    >>> curve = kaplan_meier([80, 95, 110, 120, 150, 180, 200, 240, 256, 256], [1] * 8 + [0] * 2)
    >>> f"{curve.at(200):.1f}", curve.median
    ('0.3', 150.0)
    """
    t, done = _times(time, finished)
    z = _quantile(confidence_level)
    if not done.any():
        raise ValueError("need at least one finished completion: with all cut off the share unfinished stays 1")
    points, at_risk, counts = _risk_table(t, done[:, None])
    events = counts[:, 0]
    survival: NDArray[np.float64] = np.cumprod(1 - events / at_risk, dtype=np.float64)
    open_ = at_risk > events
    steps = np.zeros(points.size)
    np.divide(events, at_risk * (at_risk - events), out=steps, where=open_)
    relative = np.sqrt(np.cumsum(steps))
    survival[~open_] = 0.0
    error: NDArray[np.float64] = survival * relative
    # A curve can reach 0 only at its last time.
    s, r = survival[open_], relative[open_]
    low, high = np.zeros(points.size), np.ones(points.size)
    if transform == "log-log":
        widen = np.exp(z * r / -np.log(s))
        low[open_], high[open_] = s**widen, s ** (1 / widen)
    else:
        low[open_], high[open_] = s * np.exp(-z * r), np.minimum(s * np.exp(z * r), 1.0)
    if not open_[-1]:
        first_limit = 1 - ((1 - confidence_level) / 2) ** (1 / float(at_risk[-1]))
        high[-1] = high[-2] if points.size > 1 else first_limit
    return SurvivalCurve(points, at_risk, events, survival, error, low, high, float(t.max()), confidence_level)


def aalen_johansen(
    time: ArrayLike, cause: ArrayLike, of: int = 1, *, confidence_level: float = 0.95
) -> CumulativeIncidence:
    """Estimate the share of completions that have finished for one cause within each number of tokens.

    Parameters
    ----------
    time : (n_completions,) float
        Token counts, positive.
    cause : (n_completions,) int
        0 where the cap cut the completion off, otherwise why it ended, such as 1 for right and 2 for wrong.
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
    events, own = counts[:, 0], counts[:, 1]
    survival = np.cumprod(1 - events / at_risk)
    before = np.concatenate([[1.0], survival[:-1]])
    incidence = np.minimum(np.cumsum(before * own / at_risk), 1.0)
    error = np.sqrt(_incidence_variance(incidence, before, at_risk, events, own))
    low, high = _incidence_limits(incidence, error, at_risk, _quantile(confidence_level), confidence_level)
    return CumulativeIncidence(points, incidence, error, low, high, confidence_level)


def logrank(time_a: ArrayLike, finished_a: ArrayLike, time_b: ArrayLike, finished_b: ArrayLike) -> TestResult:
    """Test whether two independent groups of completions have the same lengths.

    The statistic is chi-squared with one degree of freedom; the effect is finished less expected completions of the
    first group. Two runs on the same problems are not independent groups: this ignores the pairing.

    References
    ----------
    Mantel (1966), Cancer Chemotherapy Reports 50, 163-170.

    Examples
    --------
    >>> r = logrank([5, 7, 9, 12], [1, 1, 1, 0], [2, 3, 4, 6], [1, 1, 1, 1])
    >>> f"{r.statistic:.4f} {r.pvalue:.4f}"
    '4.9176 0.0266'
    """
    a, done_a = _times(time_a, finished_a)
    b, done_b = _times(time_b, finished_b)
    t, done = np.concatenate([a, b]), np.concatenate([done_a, done_b])
    if not done.any():
        raise ValueError("need at least one finished completion in either group")
    in_a = np.arange(t.size) < a.size
    points, at_risk, counts = _risk_table(t, np.column_stack([done, done & in_a]))
    risk_a = a.size - np.searchsorted(np.sort(a), points, side="left")
    events = counts[:, 0]
    expected = events * risk_a / at_risk
    share = risk_a / at_risk
    spread = events * share * (1 - share) * (at_risk - events) / np.maximum(at_risk - 1, 1)
    excess, variance = float((counts[:, 1] - expected).sum()), float(spread.sum())
    # No variance: at every finish only one group was left, and the lengths cannot be compared.
    statistic = excess**2 / variance if variance > 0 else 0.0
    pvalue = float(2 * special.ndtr(-math.sqrt(statistic)))
    return TestResult(statistic, min(1.0, pvalue), "two-sided", "logrank", excess)


def _incidence_variance(
    incidence: NDArray[np.float64],
    before: NDArray[np.float64],
    at_risk: NDArray[np.int64],
    events: NDArray[np.int64],
    own: NDArray[np.int64],
) -> NDArray[np.float64]:
    left = np.maximum(at_risk - events, 1)
    greenwood = np.where(at_risk > events, events / (at_risk * left), 0.0)
    binomial = before**2 * (at_risk - own) * own / at_risk.astype(np.float64) ** 3
    cross = before * own / at_risk.astype(np.float64) ** 2
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
