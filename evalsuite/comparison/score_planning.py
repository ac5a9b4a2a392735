"""Plan a comparison of mean scores: problems for a difference or a claim, or the difference that problems detect.

How many problems it takes depends on how the paired differences of problems are spread, which is not known before the
run. It is taken from two runs of the store, from one run and assumed correlations with another like it, or from a
standard deviation alone; then once with every problem differing by that much, and once with few problems that differ
by the whole range. The test is the one of the verdict (`stats.bounded_mean`).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evalsuite.comparison.margin_planning import ClaimPlan
from evalsuite.stats.bounded_mean import BoundedMean
from evalsuite.stats.bounded_planning import detectable_difference, problems_for
from evalsuite.stats.margin_planning import claim_power, problems_to_claim

__all__ = [
    "CORRELATIONS",
    "ScorePlan",
    "ScoreScenario",
    "Spread",
    "plan_scores",
    "seen_in_one",
    "seen_in_two",
    "stated",
]

CORRELATIONS = (0.8, 0.5, 0.0)
"""Assumed between the scores of two runs where only one is known."""
MOST_VALUES = 400
"""Of one run so many quantiles stand for its scores: every pair of them is a difference."""
BINS = 50
"""Of the range -1 to 1: differences of one bin count as their mean, which saves time and moves no result."""


@dataclass(frozen=True, slots=True)
class Spread:
    """How the paired differences of problems are spread around their mean, on scores brought to 0 to 1.

    Attributes
    ----------
    name
        ``as in these runs``, ``correlation 0.5``, ``all problems alike`` or ``few problems``.
    values, shares
        Differences from their mean, and the share of each.
    """

    name: str
    values: NDArray[np.float64]
    shares: NDArray[np.float64]

    @property
    def deviation(self) -> float:
        """Standard deviation."""
        return math.sqrt(float(self.shares @ self.values**2))

    def around(self, difference: float, n: float = 1.0) -> BoundedMean:
        """Return what `n` problems with this true difference would show; values beyond the range end at it."""
        means = np.clip(self.values + difference, -1.0, 1.0)
        return BoundedMean(
            value=difference,
            n_problems=max(1, round(n)),
            n_groups=max(1, round(n)),
            effective_groups=n,
            bounds=(-1.0, 1.0),
            means=means,
            sizes=np.ones_like(means),
            counts=self.shares * n,
        )


@dataclass(frozen=True, slots=True)
class ScoreScenario:
    """What is planned for one spread.

    Attributes
    ----------
    name, deviation
        The spread, and its standard deviation in the unit of the score.
    n
        Problems that detect the difference; None without one, and beyond a billion.
    detectable
        Smallest true difference that the plan's number of problems detects; None without a number, and where none is.
    no_worse, equivalent
        Of the claims against the margin; None without one.
    """

    name: str
    deviation: float
    n: int | None
    detectable: float | None
    no_worse: ClaimPlan | None
    equivalent: ClaimPlan | None


@dataclass(frozen=True, slots=True)
class ScorePlan:
    """A plan for mean scores; differences, deviations and the margin are in the unit of the score.

    Attributes
    ----------
    score_range
        Lowest and highest score possible.
    difference
        True difference; 0 for a plan against a margin where none was given, None where only `n_problems` was.
    margin, n_problems
        None where not given.
    power, alpha
        Probability to detect the difference or to make a claim, and level of the two-sided test, or of each one-sided
        one against the margin.
    scenarios
        From least to most spread.
    """

    score_range: tuple[float, float]
    difference: float | None
    margin: float | None
    n_problems: int | None
    power: float
    alpha: float
    scenarios: tuple[ScoreScenario, ...]


def stated(deviation: float) -> tuple[Spread, ...]:
    """Return the two ends of what a standard deviation of paired differences, at most 1, leaves open.

    Examples
    --------
    >>> [(s.name, s.values.tolist(), round(s.deviation, 3)) for s in stated(0.5)]
    [('all problems alike', [0.5, -0.5], 0.5), ('few problems', [1.0, 0.0, -1.0], 0.5)]
    """
    few = deviation**2 / 2
    return (
        Spread("all problems alike", np.array([deviation, -deviation]), np.array([0.5, 0.5])),
        Spread("few problems", np.array([1.0, 0.0, -1.0]), np.array([few, 1 - 2 * few, few])),
    )


def seen_in_two(base: ArrayLike, new: ArrayLike) -> tuple[Spread, ...]:
    """Return the spread of the paired differences of two runs.

    Parameters
    ----------
    base, new : (n_problems,) float
        Mean scores of problems, brought to 0 to 1.
    """
    difference = np.asarray(new, dtype=np.float64) - np.asarray(base, dtype=np.float64)
    return (_spread("as in these runs", difference),)


def seen_in_one(scores: ArrayLike) -> tuple[Spread, ...]:
    """Return the spread of the differences of two runs with the scores of this one, by their correlation.

    Without correlation a difference is that of two problems drawn at random; correlation r shrinks it by sqrt(1 - r).

    Examples
    --------
    >>> [(s.name, round(s.deviation, 3)) for s in seen_in_one([0, 0, 1, 1])]
    [('correlation 0.8', 0.316), ('correlation 0.5', 0.5), ('correlation 0', 0.707)]
    """
    y = np.asarray(scores, dtype=np.float64)
    if y.size > MOST_VALUES:
        y = np.quantile(y, (np.arange(MOST_VALUES) + 0.5) / MOST_VALUES)
    independent = np.subtract.outer(y, y).ravel()
    return tuple(_spread(f"correlation {r:g}", math.sqrt(1 - r) * independent) for r in CORRELATIONS)


def plan_scores(
    spreads: Sequence[Spread],
    *,
    score_range: tuple[float, float],
    difference: float | None = None,
    margin: float | None = None,
    n: int | None = None,
    power: float = 0.8,
    alpha: float = 0.05,
) -> ScorePlan:
    """Return the problems for a true difference, or for claims against a margin, or what `n` problems detect.

    Parameters
    ----------
    difference, margin
        In the unit of the score. With a margin the claims are planned, for a true difference of 0 if none is given.
    n
        Number of problems: with a margin asks for the chance of each claim, else for the smallest difference.

    Examples
    --------
    >>> found = plan_scores(stated(0.25), score_range=(0, 10), difference=0.5)
    >>> [(s.name, s.deviation, s.n) for s in found.scenarios]
    [('all problems alike', 2.5, 246), ('few problems', 2.5, 256)]
    """
    span = score_range[1] - score_range[0]
    true = 0.0 if difference is None and margin is not None else difference
    plan = ScorePlan(score_range, true, margin, n, power, alpha, ())

    def scenario(spread: Spread) -> ScoreScenario:
        found = ScoreScenario(spread.name, span * spread.deviation, None, None, None, None)
        if margin is not None and true is not None:
            design = spread.around(true / span)
            no_worse, equivalent = (
                ClaimPlan(
                    problems_to_claim(design, margin=margin / span, claim=claim, power=power, alpha=alpha),
                    None if n is None else claim_power(design, n, margin=margin / span, claim=claim, alpha=alpha),
                )
                for claim in ("no worse", "equivalent")
            )
            return replace(found, no_worse=no_worse, equivalent=equivalent)
        if true is not None:
            return replace(found, n=problems_for(true / span, spread.around(0.0), power=power, alpha=alpha))
        smallest = detectable_difference(spread.around(0.0, n or 1), power=power, alpha=alpha)
        return replace(found, detectable=None if smallest is None else span * smallest)

    return replace(plan, scenarios=tuple(map(scenario, spreads)))


def _spread(name: str, differences: NDArray[np.float64]) -> Spread:
    centred = differences - differences.mean()
    codes = np.floor(centred * (BINS / 2)).astype(np.int64)
    codes -= codes.min()
    counts, totals = np.bincount(codes), np.bincount(codes, weights=centred)
    there = counts > 0
    return Spread(name, totals[there] / counts[there], counts[there] / counts.sum())
