"""Difference of two training recipes when problems and training seeds are both drawn by chance.

Every seed answers the same problems, so scores form a table of seeds by problems and a mean over it has three errors:
that of the seeds, that of the problems, and that of single cells. An interval over problems holds the seeds fixed and
speaks of these checkpoints; one over seeds holds the problems fixed and speaks of the recipe on these very problems.
`crossed_difference` gives both, and a third that lets both vary: the recipe on problems like these.

The third joins the margins m of the two as sqrt(m_seeds^2 + m_problems^2), so it is never narrower than either. Both
squared standard errors hold the error of the cells, whose sum is counted twice: the variance is too large by the
smallest of its parts, never too small, as is that of the bootstrap which resamples seeds and problems (Owen and Eckles
2012). Taking quantiles before the sum keeps the level with few seeds: for independent normal parts the coverage is
at least nominal (Banerjee 1960), where an approximate number of degrees of freedom can fall short. Over problems the
limits are those of `bounded_mean`, which skewed effects and templates of unequal sizes leave valid.

Over seeds the promise is no wider than that of t: seeds whose accuracies are about normal. Where one seed in ten loses
all that the others gain, 5 seeds against 5 on 1,319 problems are resolved falsely in .10 of the draws, and 10 against
10 in .16 where it is one in twenty. A method that needs only the range resolves nothing with five seeds.

Not for one run in each arm: then nothing is known of the seeds.
"""

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, special

from evalsuite.stats import cluster
from evalsuite.stats.bounded_mean import BoundedMean, bounded_mean
from evalsuite.stats.result import Estimate, TestResult
from evalsuite.stats.seeds import SeedDifference, paired_seeds, unpaired_seeds
from evalsuite.stats.validation import cluster_codes

__all__ = [
    "CrossedDifference",
    "SeedSpread",
    "crossed_difference",
    "equivalence_pvalue",
    "no_worse_pvalue",
    "seed_spread",
]

# The smallest p-value that is looked for.
TINY = 1e-100


@dataclass(frozen=True, slots=True)
class CrossedDifference:
    """A difference of two arms with the intervals that belong to three claims.

    Attributes
    ----------
    problems
        Seeds held fixed: these checkpoints on problems like these.
    problems_test
        The test that belongs to it, over problems or clusters.
    seeds
        Problems held fixed: the recipe on these problems.
    both
        Seeds and problems drawn: the recipe on problems like these.
    both_test
        Its p-value is the smallest level whose interval excludes 0; the statistic is the difference.
    over_problems
        Mean difference over problems, seeds held fixed, with its groups.
    """

    problems: Estimate
    problems_test: TestResult
    seeds: SeedDifference
    both: Estimate
    both_test: TestResult
    over_problems: BoundedMean

    @property
    def smallest_pvalue(self) -> float:
        """The smallest p-value of `both` that any scores of such groups of problems reach, whatever the seeds say."""
        return self.over_problems.smallest_pvalue


@dataclass(frozen=True, slots=True)
class SeedSpread:
    """How far the accuracies of one arm's seeds lie apart, against what single problems explain.

    Attributes
    ----------
    n_seeds
        Training seeds.
    deviation
        Standard deviation of their accuracies.
    by_problems
        Standard deviation expected if all seeds were equally good and merely solved other problems, by luck.
    between
        Standard deviation of the seeds' true accuracies; 0 where `by_problems` explains all.
    pvalue
        F test of equally good seeds; None where no problem's score differs between seeds.
    """

    n_seeds: int
    deviation: float
    by_problems: float
    between: float
    pvalue: float | None


@dataclass(frozen=True, slots=True)
class _SeedPart:
    """The error over seeds of a mean: its standard error with df, or only the number of seeds that all agree."""

    value: float
    error: float
    df: float
    n_seeds: int

    def margin(self, alpha: float, side: int) -> float:
        """Return how far the two-sided limit at level `alpha` lies below the value (side 0), or above it (side 1)."""
        if self.error < cluster.ZERO:
            return float(1 - (alpha / 2) ** (1 / self.n_seeds)) * (1 - self.value if side else 1 + self.value)
        return -float(special.stdtrit(self.df, alpha / 2)) * self.error


@dataclass(frozen=True, slots=True)
class _ProblemPart:
    """The error over problems."""

    mean: BoundedMean

    def margin(self, alpha: float, side: int) -> float:
        """Return how far the two-sided limit at level `alpha` lies below the value (side 0), or above it (side 1)."""
        if alpha >= 1:
            return 0.0
        distance = self.mean.limit(alpha / 2, lower=side == 0) - self.mean.value
        return max(0.0, distance if side else -distance)


def crossed_difference(
    base: ArrayLike,
    new: ArrayLike,
    *,
    clusters: Sequence[Hashable] | None = None,
    paired: bool = False,
    confidence_level: float = 0.95,
) -> CrossedDifference:
    """Compare two arms of training seeds on the same problems.

    Parameters
    ----------
    base, new : (n_seeds, n_problems) float
        Score of each problem in [0, 1], a row a seed. An arm with one row is a fixed model: its error over seeds is
        not part of any interval.
    clusters : (n_problems,)
        Template of each problem; None where problems are independent.
    paired
        Row r of both arms shares its training seed. Without it, arms that both have several seeds are compared as
        `seeds.unpaired_seeds` does.

    Raises
    ------
    ValueError
        One seed in both arms, unequal numbers of paired seeds, other problems in the arms, or scores out of range.

    References
    ----------
    Banerjee (1960), Sankhya 22, 357-358; Owen and Eckles (2012), doi:10.1214/12-AOAS547.

    Examples
    --------
    >>> r = crossed_difference([[0, 0, 1, 0, 1, 0]], [[1, 0, 1, 1, 1, 0], [1, 1, 1, 0, 1, 1], [1, 1, 1, 0, 1, 0]])
    >>> f"{r.both.value:.4f} [{r.both.low:.4f}, {r.both.high:.4f}] p={r.both_test.pvalue:.4f}"
    '0.3889 [-0.3144, 0.8244] p=0.3496'
    """
    a, b = _scores(base, "base"), _scores(new, "new")
    if a.shape[1] != b.shape[1]:
        raise ValueError(f"need the same problems in both arms, got {a.shape[1]} and {b.shape[1]}")
    seeds = _over_seeds(a, b, paired=paired, confidence_level=confidence_level)
    changes: NDArray[np.float64] = b.mean(axis=0) - a.mean(axis=0)
    mean = bounded_mean(changes, bounds=(-1.0, 1.0), clusters=clusters)
    parts = _parts(seeds, mean)
    below, above = (_joined(parts, 1 - confidence_level, side) for side in (0, 1))
    value = mean.value
    both = Estimate(
        value, max(-1.0, value - below), min(1.0, value + above), confidence_level, "crossed", mean.n_problems
    )
    pvalue = _level_reaching(parts, 0 if value > 0 else 1, abs(value))
    return CrossedDifference(
        problems=mean.estimate(confidence_level=confidence_level),
        problems_test=mean.test(),
        seeds=seeds,
        both=both,
        both_test=TestResult(value, pvalue, "two-sided", "crossed", value),
        over_problems=mean,
    )


def equivalence_pvalue(result: CrossedDifference, margin: float) -> float:
    """Return the larger of the two one-sided p-values against `margin`, with seeds and problems drawn.

    Parameters
    ----------
    margin
        Stated before the runs, in (0, 1). The interval at level 1 - 2p is the widest that lies inside it.

    References
    ----------
    Schuirmann (1987), doi:10.1007/BF01068419.

    Examples
    --------
    >>> r = crossed_difference([[1, 0] * 200], [[1, 0] * 200, [1, 0] * 199 + [1, 1], [0, 0] + [1, 0] * 199])
    >>> f"{equivalence_pvalue(r, 0.02):.4f}"
    '0.0048'
    """
    _check_margin(margin)
    value, parts = result.both.value, _parts(result.seeds, result.over_problems)
    return max(_one_sided(parts, 0, value + margin), _one_sided(parts, 1, margin - value))


def no_worse_pvalue(result: CrossedDifference, margin: float) -> float:
    """Return the one-sided p-value of "worse by less than `margin`", with seeds and problems drawn.

    Parameters
    ----------
    margin
        Stated before the runs, in (0, 1). Below alpha the lower limit of level 1 - 2 alpha lies above ``-margin``.
    """
    _check_margin(margin)
    return _one_sided(_parts(result.seeds, result.over_problems), 0, result.both.value + margin)


def seed_spread(scores: ArrayLike, *, clusters: Sequence[Hashable] | None = None) -> SeedSpread:
    """Compare the spread of the seeds' accuracies with what problems solved by some seeds only would give.

    Two seeds of equal true accuracy solve partly different problems, so their accuracies differ on any finite set. The
    test is the F of a two-way layout, seeds against seeds by problems (with templates: by templates).

    Parameters
    ----------
    scores : (n_seeds, n_problems) float
        Score of each problem, a row a seed; at least two of each.
    clusters : (n_problems,)
        Template of each problem; None where problems are independent.

    Raises
    ------
    ValueError
        Fewer than two seeds or two independent groups of problems.

    References
    ----------
    Fisher (1935), The Design of Experiments; for 0/1 scores close to Cochran (1950), doi:10.1093/biomet/37.3-4.256.

    Examples
    --------
    >>> s = seed_spread([[1, 1, 0, 0, 1, 0], [1, 0, 1, 0, 1, 0], [0, 1, 1, 0, 1, 1]])
    >>> f"{s.deviation:.4f} {s.by_problems:.4f} {s.between} p={s.pvalue:.2f}"
    '0.0962 0.2064 0.0 p=0.81'
    """
    table = _scores(scores, "scores")
    n_seeds, n_problems = table.shape
    groups = cluster_codes(clusters, n_problems)
    n_groups = int(groups.max()) + 1
    if n_seeds < 2 or n_groups < 2:
        raise ValueError(f"need at least 2 seeds and 2 independent groups of problems, got {n_seeds} and {n_groups}")
    weights = np.bincount(groups) / n_problems
    shares = np.stack([np.bincount(groups, weights=row) for row in table]) / n_problems
    means = table.mean(axis=1)
    # Interaction of seed and group: what is left of a seed's score once its own mean and the group's are taken out.
    left = shares - shares.mean(axis=0) - np.outer(means - means.mean(), weights)
    noise = n_groups / (n_groups - 1) * float((left**2).sum()) / (n_seeds - 1)
    seen = float(means.var(ddof=1))
    pvalue = None
    if noise > cluster.ZERO**2:
        df = n_seeds - 1
        pvalue = float(special.fdtrc(df, df * (n_groups - 1), seen / noise))
    return SeedSpread(n_seeds, math.sqrt(seen), math.sqrt(noise), math.sqrt(max(0.0, seen - noise)), pvalue)


def _over_seeds(
    base: NDArray[np.float64], new: NDArray[np.float64], *, paired: bool, confidence_level: float
) -> SeedDifference:
    a, b = base.mean(axis=1), new.mean(axis=1)
    n = base.shape[1]
    if a.size == b.size == 1:
        raise ValueError("need at least 2 training seeds in an arm, got 1 in both: nothing is known of the seeds")
    if paired:
        return paired_seeds(a, b, n_problems=n, confidence_level=confidence_level)
    if min(a.size, b.size) == 1:
        fixed, several = (a, b) if a.size == 1 else (b, a)
        repeated = np.full_like(several, fixed[0])
        arms = (repeated, several) if a.size == 1 else (several, repeated)
        return paired_seeds(*arms, n_problems=n, confidence_level=confidence_level)
    return unpaired_seeds(a, b, n_problems=n, confidence_level=confidence_level)


def _parts(seeds: SeedDifference, mean: BoundedMean) -> tuple[_SeedPart | _ProblemPart, ...]:
    """Return what varies, the problems last."""
    n_seeds = min(seeds.n_base, seeds.n_new)
    # Seeds that all agree say no more than so many equal values do.
    over_seeds = [_SeedPart(mean.value, *part, n_seeds) for part in seeds.parts] or [
        _SeedPart(mean.value, 0.0, n_seeds - 1.0, n_seeds)
    ]
    return (*over_seeds, _ProblemPart(mean))


def _joined(parts: Sequence[_SeedPart | _ProblemPart], alpha: float, side: int) -> float:
    return math.hypot(*(part.margin(alpha, side) for part in parts))


def _one_sided(parts: Sequence[_SeedPart | _ProblemPart], side: int, distance: float) -> float:
    """Return the one-sided p-value of a true value `distance` away on `side`; 1 where it lies on the other side."""
    return 1.0 if distance <= 0 else _level_reaching(parts, side, distance) / 2


def _level_reaching(parts: Sequence[_SeedPart | _ProblemPart], side: int, distance: float) -> float:
    """Return the two-sided level alpha at which the joined margin on `side` equals `distance`."""
    if distance <= 0 or _joined(parts, 1.0, side) >= distance:
        return 1.0

    def excess(log_alpha: float) -> float:
        return min(_joined(parts, math.exp(log_alpha), side), 2.0) - distance

    lowest, highest = math.log(TINY), 0.0
    # Steps of a factor keep the search away from levels so small that no limit is found quickly.
    upper, step = highest, math.log(2.0)
    while excess(upper - step) <= 0:
        upper, step = upper - step, 2 * step
        if upper - step <= lowest:
            return TINY
    return math.exp(float(optimize.brentq(excess, upper - step, upper, xtol=1e-9)))


def _check_margin(margin: float) -> None:
    if not 0 < margin < 1:
        raise ValueError(f"need 0 < margin < 1, got {margin}")


def _scores(values: ArrayLike, name: str) -> NDArray[np.float64]:
    table = np.asarray(values, dtype=np.float64)
    if table.ndim != 2 or table.size == 0 or not ((table >= 0) & (table <= 1)).all():
        raise ValueError(f"need {name} of shape (n_seeds, n_problems) with scores in [0, 1], got shape {table.shape}")
    return table
