"""The part of several documents that says pass@k and pass^k over k, of one run or as the difference of two."""

from dataclasses import dataclass
from typing import Literal

from evalsuite.comparison.several_completions import MEASURES, CompletionCurves, MajorityDifference
from evalsuite.stats.pass_curve import PassCurve
from evalsuite.stats.result import Estimate

__all__ = ["MajorityVotes", "PassAtK", "majority_votes", "pass_at_k"]


@dataclass(frozen=True, slots=True)
class PassPoint:
    """pass@k or pass^k at one k.

    Attributes
    ----------
    measure
        ``pass@k``: at least one of k completions is right; ``pass^k``: all of them are.
    k
        Number of completions.
    value, low, high
        The share, or the difference new minus base; the intervals of one measure hold for all of its k together, and
        those of differences for all comparisons together.
    pvalue
        Of no difference at this k alone; null for one run.
    """

    measure: Literal["pass@k", "pass^k"]
    k: int
    value: float
    low: float
    high: float
    pvalue: float | None


@dataclass(frozen=True, slots=True)
class PassAtK:
    """pass@k and pass^k for k = 1, 2, 4, ... up to the fewest completions of any problem, without bias.

    Attributes
    ----------
    n_problems, n_dropped
        Problems used, and problems left out because a run has no completion of them.
    fewest, most, n_fewer
        Fewest and most completions of a problem, in whichever run has fewer of it, and how many problems have fewer
        than the most. k goes up to the fewest.
    confidence_level
        Chance that no interval of a measure misses.
    points
        One entry a measure and k.
    """

    n_problems: int
    n_dropped: int
    fewest: int
    most: int
    n_fewer: int
    confidence_level: float
    points: tuple[PassPoint, ...]


@dataclass(frozen=True, slots=True)
class MajorityVotes:
    """The majority votes of two runs: the share of problems whose most frequent extracted answer is right.

    Attributes
    ----------
    base, new
        The share in each run.
    difference
        New minus base, paired by problem; the interval holds for all comparisons together.
    pvalue
        Of no difference, adjusted for all comparisons (Bonferroni), so that it agrees with the interval.
    n_tied
        Problems of base and new where several answers were equally frequent: they score the chance that one drawn at
        random is right.
    """

    base: Estimate
    new: Estimate
    difference: Estimate
    pvalue: float
    n_tied: tuple[int, int]


def majority_votes(found: MajorityDifference | None) -> MajorityVotes | None:
    """Return the majority votes of two runs as a part of a document."""
    if found is None:
        return None
    return MajorityVotes(found.base, found.new, found.difference, found.pvalue, found.n_tied)


def pass_at_k(curves: CompletionCurves | None) -> PassAtK | None:
    """Return curves as a part of a document."""
    if curves is None:
        return None
    return PassAtK(
        n_problems=curves.n_problems,
        n_dropped=curves.n_dropped,
        fewest=curves.fewest,
        most=curves.most,
        n_fewer=curves.n_fewer,
        confidence_level=next(iter(curves.curves.values())).confidence_level,
        points=tuple(point for measure, curve in curves.curves.items() for point in _points(MEASURES[measure], curve)),
    )


def _points(name: Literal["pass@k", "pass^k"], curve: PassCurve) -> list[PassPoint]:
    pvalues = curve.pvalues or (None,) * len(curve.ks)
    return [
        PassPoint(name, k, e.value, e.low, e.high, p)
        for k, e, p in zip(curve.ks, curve.estimates, pvalues, strict=True)
    ]
