"""Inference that stays valid when a run is watched and may be stopped at any time.

Choose it when results are looked at while problems are still being answered. An ordinary p-value checked after every
discordant pair falls below 0.05 in a third of null runs of 400 pairs (`ever_rejection_probability`); the e-process does
so in fewer than one in twenty, however long the run. After a run of a length fixed in advance the exact McNemar test
and its interval are sharper. Everything here assumes that problems arrive in random order, so shuffle them with a seed.
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from evalsuite.stats.result import Estimate

__all__ = [
    "ConfidenceSequence",
    "EProcess",
    "Rule",
    "betting_confidence_sequence",
    "e_process",
    "ever_rejection_probability",
]

Rule = Literal["exact", "mid-p", "e-process"]

# Bets stay below this share of the wealth that a single step could lose.
TRUNCATION = 0.5
# Candidate means lie 1/GRID apart. A limit is the last excluded candidate, so the grid can only widen an interval.
GRID = 1000
# Values handled at once.
BLOCK = 256


@dataclass(frozen=True, slots=True, eq=False)
class EProcess:
    """Evidence against equal models after each discordant pair.

    Attributes
    ----------
    log_e : (n_pairs,) float
        Natural logarithm of the e-value. Under equality E(e) <= 1 at every stopping time.
    pvalue : (n_pairs,) float
        Anytime-valid p-value, min(1, 1 / largest e so far).
    first_rejection
        Number of discordant pairs after which e first reached 1/alpha; None if it did not.
    """

    log_e: NDArray[np.float64]
    pvalue: NDArray[np.float64]
    first_rejection: int | None


@dataclass(frozen=True, slots=True, eq=False)
class ConfidenceSequence:
    """An interval after each problem; all of them together cover the mean with the confidence level.

    Attributes
    ----------
    low, high : (n_problems,) float
        Limits after each problem. They never widen.
    mean : (n_problems,) float
        Running mean of the values.
    confidence_level
        Probability that no interval of the sequence misses the mean.
    """

    low: NDArray[np.float64]
    high: NDArray[np.float64]
    mean: NDArray[np.float64]
    confidence_level: float

    @property
    def last(self) -> Estimate:
        """The interval after the last problem, with the running mean moved into it where it lies outside."""
        low, high = float(self.low[-1]), float(self.high[-1])
        value = min(max(float(self.mean[-1]), low), high)
        return Estimate(value, low, high, self.confidence_level, "betting", self.mean.size)


def e_process(new_won: ArrayLike, *, alpha: float = 0.05) -> EProcess:
    """Follow the evidence that one model is better, one discordant pair at a time.

    The alternative mixes all win probabilities uniformly, which gives e = 2^m B(1 + wins, 1 + losses).

    Parameters
    ----------
    new_won : (n_pairs,) bool
        For each discordant problem, in the order in which they were seen, whether the new run was the one that was
        right. Problems that both or neither solved carry no evidence and are left out.
    alpha
        Reject equality when e reaches 1/alpha. Stopping then, or at any other time, keeps the error below alpha.

    References
    ----------
    Ramdas et al. (2023), doi:10.1214/23-STS894; Robbins (1970), doi:10.1214/aoms/1177696786.

    Examples
    --------
    >>> import numpy as np
    >>> r = e_process([True] * 8)
    >>> np.exp(r.log_e[[0, 4, 6, 7]]).round(4).tolist(), r.first_rejection
    ([1.0, 5.3333, 16.0, 28.4444], 8)
    """
    _check_alpha(alpha)
    won = np.asarray(new_won)
    if won.ndim != 1 or not np.isin(won, (0, 1)).all():
        raise ValueError(f"need one bool for each discordant pair, got an array of shape {won.shape}")
    wins = np.cumsum(won, dtype=np.int64)
    pairs = np.arange(1, won.size + 1)
    log_e = _log_e(wins, pairs)
    pvalue = np.exp(-np.maximum(np.maximum.accumulate(log_e), 0.0)) if won.size else np.empty(0)
    reached = np.flatnonzero(log_e >= -math.log(alpha))
    return EProcess(log_e, pvalue, int(reached[0]) + 1 if reached.size else None)


def ever_rejection_probability(
    n_pairs: int, rule: Rule, *, alpha: float = 0.05, win_probability: float = 0.5
) -> NDArray[np.float64]:
    """Return the probability of having rejected at least once when looking after every discordant pair.

    Exact, by dynamic programming over the number of wins among the paths that have not rejected yet.

    Parameters
    ----------
    n_pairs
        Number of discordant pairs to follow.
    rule
        ``"exact"`` and ``"mid-p"`` reject when the McNemar p-value of the pairs so far is below alpha,
        ``"e-process"`` when e reaches 1/alpha.
    win_probability
        Share of discordant pairs that the new run wins; 0.5 gives the false alarms.

    Returns
    -------
    (n_pairs,) float
        Probability of a rejection after 1, 2, ..., n_pairs looks.

    References
    ----------
    Armitage, McPherson and Rowe (1969), doi:10.2307/2343787.

    Examples
    --------
    >>> [round(float(ever_rejection_probability(400, rule)[-1]), 4) for rule in ("exact", "e-process")]
    [0.3387, 0.0334]
    """
    _check_alpha(alpha)
    if n_pairs < 1 or not 0 <= win_probability <= 1:
        raise ValueError(f"need n_pairs >= 1 and 0 <= win_probability <= 1, got {n_pairs=}, {win_probability=}")
    alive = np.zeros(n_pairs + 1)
    alive[0] = 1.0
    rejected = np.empty(n_pairs)
    gone = 0.0
    for m in range(1, n_pairs + 1):
        alive[1 : m + 1] = alive[1 : m + 1] * (1 - win_probability) + alive[:m] * win_probability
        alive[0] *= 1 - win_probability
        stop = _rejects(m, rule, alpha)
        gone += float(alive[: m + 1][stop].sum())
        alive[: m + 1][stop] = 0.0
        rejected[m - 1] = gone
    return rejected


def betting_confidence_sequence(
    values: ArrayLike,
    *,
    bounds: tuple[float, float] = (0.0, 1.0),
    population_size: int | None = None,
    confidence_level: float = 0.95,
) -> ConfidenceSequence:
    """Return intervals for a mean that hold at every sample size at once, by the hedged capital process.

    For each candidate mean two gamblers with half the money each bet, one that the values are larger and one that
    they are smaller. A candidate is excluded once either has made 1/alpha of the whole.

    Parameters
    ----------
    values : (n_problems,) float
        Scores, or paired differences with ``bounds=(-1, 1)``, in the order in which problems were answered.
    bounds
        Range that values cannot leave.
    population_size
        Number of problems in the whole set if they are drawn from it without replacement and its mean is the target.
        When all are seen the interval is that mean, of zero width: nothing is left to estimate. None for the mean over
        all problems like these.
    confidence_level
        Probability that all intervals cover.

    References
    ----------
    Waudby-Smith and Ramdas (2023), doi:10.1093/jrsssb/qkad009, theorem 3, and section 5 without replacement.

    Examples
    --------
    >>> cs = betting_confidence_sequence([1, 0, 1, 1, 1, 0, 1, 1] * 25)
    >>> f"{cs.last.value:.3f} [{cs.last.low:.3f}, {cs.last.high:.3f}]"
    '0.750 [0.644, 0.844]'
    """
    raw = np.asarray(values, dtype=np.float64)
    floor, ceiling = bounds
    if raw.ndim != 1 or raw.size == 0 or not ((raw >= floor) & (raw <= ceiling)).all():
        raise ValueError(f"need at least one value, all within {bounds}, got an array of shape {raw.shape}")
    if population_size is not None and population_size < raw.size:
        raise ValueError(f"need population_size >= number of values, got {population_size} < {raw.size}")
    _check_alpha(1 - confidence_level)
    x = (raw - floor) / (ceiling - floor)
    low, high = _hedged_limits(x, population_size, 1 - confidence_level)
    scale = ceiling - floor
    running = floor + scale * np.cumsum(x) / np.arange(1, x.size + 1)
    return ConfidenceSequence(floor + scale * low, floor + scale * high, running, confidence_level)


def _hedged_limits(
    x: NDArray[np.float64], population_size: int | None, alpha: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    candidates = np.linspace(0.0, 1.0, GRID + 1)
    bets = _plug_in_bets(x, alpha)
    steps = np.arange(x.size)
    before = np.concatenate([[0.0], np.cumsum(x)[:-1]])
    low, high = np.zeros(x.size), np.ones(x.size)
    up, down = np.zeros(GRID + 1), np.zeros(GRID + 1)
    for start in range(0, x.size, BLOCK):
        part = slice(start, start + BLOCK)
        mean = np.broadcast_to(candidates, (steps[part].size, GRID + 1))
        if population_size is not None:
            # The mean of the problems not seen yet, if the whole set has the candidate mean.
            left = population_size - steps[part, None]
            mean = np.asarray(np.clip((population_size * candidates - before[part, None]) / left, 0.0, 1.0), np.float64)
        surprise = x[part, None] - mean
        up_bet = np.minimum(bets[part, None], TRUNCATION / np.maximum(mean, 1e-12))
        down_bet = np.minimum(bets[part, None], TRUNCATION / np.maximum(1 - mean, 1e-12))
        up_path = up + np.cumsum(np.log1p(up_bet * surprise), axis=0)
        down_path = down + np.cumsum(np.log1p(-down_bet * surprise), axis=0)
        up, down = up_path[-1], down_path[-1]
        # Wealth falls (rises) with the candidate mean, so what each gambler excludes is one end of the grid.
        excluded = np.count_nonzero(up_path >= math.log(2 / alpha), axis=1)
        low[part] = candidates[np.maximum(excluded - 1, 0)]
        excluded = np.count_nonzero(down_path >= math.log(2 / alpha), axis=1)
        high[part] = candidates[np.minimum(GRID + 1 - excluded, GRID)]
    if population_size is not None:
        seen = np.cumsum(x)
        low = np.maximum(low, seen / population_size)
        high = np.minimum(high, (seen + population_size - steps - 1) / population_size)
    return _keep_non_empty(np.maximum.accumulate(low), np.minimum.accumulate(high))


def _plug_in_bets(x: NDArray[np.float64], alpha: float) -> NDArray[np.float64]:
    """Return the predictable bets of Waudby-Smith and Ramdas, eq. 26; the bet at t uses only values before t."""
    t = np.arange(1, x.size + 1)
    mean = (0.5 + np.cumsum(x)) / (t + 1)
    variance = (0.25 + np.cumsum((x - mean) ** 2)) / (t + 1)
    known = np.concatenate([[0.25], variance[:-1]])
    return np.asarray(np.sqrt(2 * math.log(2 / alpha) / (known * t * np.log(t + 1))), dtype=np.float64)


def _keep_non_empty(
    low: NDArray[np.float64], high: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    # Limits cross only in the event, of probability alpha, that the mean was excluded; then the last interval stays.
    crossed = np.flatnonzero(low > high)
    if crossed.size:
        first = int(crossed[0])
        low[first:], high[first:] = (low[first - 1], high[first - 1]) if first else (0.0, 1.0)
    return low, high


def _log_e(wins: NDArray[np.int64], pairs: NDArray[np.int64] | int) -> NDArray[np.float64]:
    return np.asarray(pairs * math.log(2) + special.betaln(1 + wins, 1 + pairs - wins), dtype=np.float64)


def _rejects(m: int, rule: Rule, alpha: float) -> NDArray[np.bool_]:
    """Return for 0..m wins of m pairs whether the rule rejects."""
    wins = np.arange(m + 1)
    if rule == "e-process":
        return _log_e(wins, m) >= -math.log(alpha)
    fewer = np.minimum(wins, m - wins)
    pvalue = 2 * special.bdtr(fewer, m, 0.5)
    if rule == "mid-p":
        point = np.exp(-m * math.log(2) - special.betaln(1 + fewer, 1 + m - fewer) - math.log(m + 1))
        # With as many wins as losses both tails hold the same point.
        pvalue = np.where(2 * wins == m, 1 - point / 2, pvalue - point)
    return np.asarray(pvalue < alpha)


def _check_alpha(alpha: float) -> None:
    if not 0 < alpha < 1:
        raise ValueError(f"need 0 < alpha < 1 (1 - confidence_level), got {alpha}")
