"""What can be said of a training recipe, rather than of one checkpoint: the training seed is the independent unit.

Choose it for claims such as "this training helps". Accuracies of several checkpoints, each trained with its own seed,
are compared; problems can never replace seeds, however many there are. With two seeds the t quantile is 12.7 and the
interval is seldom informative; plan three or more (`seeds_needed`). One seed supports no claim about the recipe.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, special

from evalsuite.stats.cluster import bounded_limits
from evalsuite.stats.result import Estimate, TestResult

__all__ = ["SeedDifference", "paired_seeds", "seeds_needed", "unpaired_seeds"]

# The smallest p-value that is looked for.
TINY = 1e-100


@dataclass(frozen=True, slots=True)
class SeedDifference:
    """Difference of two recipes over training seeds.

    Attributes
    ----------
    difference
        New minus base; its ``n_problems`` is the number of problems each accuracy was measured on.
    standard_error
        Over seeds. 0 where all seeds agree exactly; the interval is then `bounded_limits` with one value a seed.
    parts
        Standard error and degrees of freedom of what varies: of the differences where seeds are paired, else of each
        arm whose seeds do not all agree. The squared margin of the interval is the sum of (t quantile times error)^2.
    test
        t test of no difference.
    n_base, n_new
        Training seeds in each arm.
    note
        What a reader must know beside the numbers; empty if nothing.
    """

    difference: Estimate
    standard_error: float
    parts: tuple[tuple[float, float], ...]
    test: TestResult
    n_base: int
    n_new: int
    note: str

    @property
    def df(self) -> float:
        """Fewest degrees of freedom of what varies."""
        return min((df for _, df in self.parts), default=min(self.n_base, self.n_new) - 1.0)


def paired_seeds(base: ArrayLike, new: ArrayLike, *, n_problems: int, confidence_level: float = 0.95) -> SeedDifference:
    """Compare two recipes whose runs are matched by seed, such as fine-tuning from the same seeded start.

    Pairing helps only as far as equal seeds make the arms alike. If the base is one fixed model, give its accuracy for
    every seed: the difference then varies with the new arm alone.

    Parameters
    ----------
    base, new : (n_seeds,) float
        Accuracies in the same order of seeds, all on the same problems.

    Raises
    ------
    ValueError
        Fewer than two seeds, or different numbers of them.

    Examples
    --------
    >>> r = paired_seeds([0.40, 0.41, 0.39], [0.44, 0.43, 0.45], n_problems=1319)
    >>> f"{r.difference.value:.2f} [{r.difference.low:.4f}, {r.difference.high:.4f}] p={r.test.pvalue:.4f}"
    '0.04 [-0.0097, 0.0897] p=0.0742'
    """
    a, b = _seeds(base, "base"), _seeds(new, "new")
    if a.shape != b.shape:
        raise ValueError(f"need the same seeds in both arms, got {a.size} and {b.size}: use unpaired_seeds")
    changes = b - a
    error = float(changes.std(ddof=1)) / math.sqrt(a.size)
    extremes = float(changes.min()), float(changes.max())
    parts = ((error, a.size - 1.0),)
    return _result(float(changes.mean()), parts, extremes, (a.size, a.size), n_problems, confidence_level)


def unpaired_seeds(
    base: ArrayLike, new: ArrayLike, *, n_problems: int, confidence_level: float = 0.95
) -> SeedDifference:
    """Compare two recipes with separate seeds, which may vary differently.

    Each arm has the t quantile of its own seeds: the squared margin is the sum of both arms' squared margins. For
    normal accuracies the coverage is at least nominal whatever the two variances are. Welch's approximate degrees of
    freedom are not kept: with 2 seeds against 5 they reject equal recipes in up to 10% at a level of 5%.

    Parameters
    ----------
    base, new : (n_base,) and (n_new,) float
        Accuracies, one a seed, all on the same problems.

    Raises
    ------
    ValueError
        Fewer than two seeds in an arm.

    References
    ----------
    Banerjee (1960), Sankhya 22, 357-358.

    Examples
    --------
    >>> r = unpaired_seeds([0.40, 0.41, 0.39], [0.44, 0.43, 0.45, 0.44], n_problems=1319)
    >>> f"{r.difference.value:.3f} [{r.difference.low:.4f}, {r.difference.high:.4f}] p={r.test.pvalue:.4f}"
    '0.040 [0.0120, 0.0680] p=0.0246'
    """
    a, b = _seeds(base, "base"), _seeds(new, "new")
    parts = tuple((float(arm.std(ddof=1)) / math.sqrt(arm.size), arm.size - 1.0) for arm in (a, b))
    extremes = float(b.min() - a.max()), float(b.max() - a.min())
    return _result(float(b.mean() - a.mean()), parts, extremes, (a.size, b.size), n_problems, confidence_level)


def seeds_needed(
    difference: float, standard_deviation: float, *, paired: bool = True, power: float = 0.8, alpha: float = 0.05
) -> int:
    """Return the smallest number of seeds an arm with which a t test finds `difference` with the wanted power.

    Parameters
    ----------
    difference
        True difference of the recipes, not 0.
    standard_deviation
        Of the paired differences between seeds, or, unpaired, of the accuracies within an arm.
    paired
        One-sample t test on R differences, or two-sample t test with R seeds in each arm.

    Raises
    ------
    ValueError
        No difference or no variation was given, a probability is out of range, or more than 10,000 seeds are needed.

    References
    ----------
    Cohen (1988), doi:10.4324/9780203771587; power from the noncentral t distribution.

    Examples
    --------
    >>> seeds_needed(0.03, 0.02), seeds_needed(0.03, 0.02, paired=False)
    (6, 9)
    """
    if difference == 0 or standard_deviation <= 0 or not 0 < alpha < power < 1:
        raise ValueError(
            "need difference != 0, standard_deviation > 0 and 0 < alpha < power < 1, got "
            f"{difference=}, {standard_deviation=}, {alpha=}, {power=}"
        )
    arms = 1 if paired else 2
    for n in range(2, 10_001):
        df = arms * (n - 1)
        shift = abs(difference) / standard_deviation * math.sqrt(n / arms)
        critical = float(special.stdtrit(df, 1 - alpha / 2))
        reached = 1 - float(special.nctdtr(df, shift, critical)) + float(special.nctdtr(df, shift, -critical))
        if reached >= power:
            return n
    raise ValueError(f"more than 10,000 seeds needed for {difference=} with {standard_deviation=}")


def _result(
    value: float,
    parts: tuple[tuple[float, float], ...],
    extremes: tuple[float, float],
    n_seeds: tuple[int, int],
    n_problems: int,
    confidence_level: float,
) -> SeedDifference:
    parts = tuple(part for part in parts if part[0] > 1e-12)
    error = math.hypot(*(part[0] for part in parts)) if parts else 0.0
    if parts:
        margin = _margin(parts, 1 - confidence_level)
        low, high, method = value - margin, value + margin, "seeds_t"
        test = TestResult(value / error, _level_of(parts, abs(value)), "two-sided", method, value)
    else:
        method, n = "bounded", min(n_seeds)
        low, high = bounded_limits(*extremes, n, bounds=(-1.0, 1.0), confidence_level=confidence_level)
        # The level at which these limits first exclude 0.
        nearest = max(extremes[0], -extremes[1], 0.0)
        test = TestResult(value, min(1.0, 2 * (1 + nearest) ** -n), "two-sided", method, value)
    note = ""
    if min(n_seeds) == 2:
        note = "Only two training seeds in an arm: the interval is wide and its level rests on normal accuracies."
    estimate = Estimate(value, max(-1.0, low), min(1.0, high), confidence_level, method, n_problems)
    return SeedDifference(estimate, error, parts, test, *n_seeds, note)


def _margin(parts: tuple[tuple[float, float], ...], alpha: float) -> float:
    return math.hypot(*(float(special.stdtrit(df, alpha / 2)) * error for error, df in parts))


def _level_of(parts: tuple[tuple[float, float], ...], distance: float) -> float:
    """Return the two-sided level at which the margin is `distance`."""
    if len(parts) == 1:
        error, df = parts[0]
        return min(1.0, float(2 * special.stdtr(df, -distance / error)))
    if distance <= 0:
        return 1.0

    def excess(log_alpha: float) -> float:
        return _margin(parts, math.exp(log_alpha)) - distance

    lowest = math.log(TINY)
    return TINY if excess(lowest) <= 0 else math.exp(float(optimize.brentq(excess, lowest, 0.0, xtol=1e-12)))


def _seeds(accuracies: ArrayLike, name: str) -> NDArray[np.float64]:
    values = np.asarray(accuracies, dtype=np.float64)
    if values.ndim != 1 or values.size < 2:
        raise ValueError(
            f"need accuracies of at least 2 training seeds in {name}, got {values.size}: with fewer nothing is known "
            "of the variation between seeds, and the result holds for that checkpoint only"
        )
    if not ((values >= 0) & (values <= 1)).all():
        raise ValueError(f"need accuracies in [0, 1] in {name}, got {float(values.min())} to {float(values.max())}")
    return values
