"""What is computed for each subgroup of problems, and for each way of sorting them.

Inside a template its problems are independent, so a template's own row is compared without clusters; across templates
the templates are the independent units, as in the comparison itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from analyses.breakdown.subgroups import Subgroup, Way
from evalsuite.comparison.accuracy import accuracy_estimate
from evalsuite.comparison.pair import paired_effect
from evalsuite.scores import ScoreMatrix
from evalsuite.stats.heterogeneity import heterogeneity
from evalsuite.stats.multiplicity import holm
from evalsuite.stats.result import Estimate, TestResult

__all__ = ["Dependence", "Quantity", "SubgroupEffect", "accuracy_in", "dependences", "effects"]

Quantity = Literal["difference", "accuracy"]


@dataclass(frozen=True, slots=True)
class SubgroupEffect:
    """The paired difference in one subgroup.

    Attributes
    ----------
    way, subgroup
        Which problems.
    label
        The new run; the first run is the base.
    difference, pvalue
        By the method that the comparison of runs uses for the same design.
    adjusted
        The p-value adjusted by Holm's method for all effects of the page.
    """

    way: Way
    subgroup: Subgroup
    label: str
    difference: Estimate
    pvalue: float
    adjusted: float


@dataclass(frozen=True, slots=True)
class Dependence:
    """Whether a quantity depends on one way of sorting.

    Attributes
    ----------
    quantity, label
        The difference of a new run, or the accuracy of a run.
    test
        Of equal means in all subgroups.
    adjusted
        Its p-value adjusted by Holm's method for all tests of the same quantity on the page.
    lowest, highest
        The extreme subgroups with their means; picked after looking.
    """

    way: Way
    quantity: Quantity
    label: str
    test: TestResult
    adjusted: float
    lowest: tuple[str, float]
    highest: tuple[str, float]


def accuracy_in(run: ScoreMatrix, way: Way, subgroup: Subgroup, *, alpha: float) -> Estimate:
    """Return the accuracy of `run` on the problems of one subgroup, by the interval that fits its design."""
    return accuracy_estimate(_within(run, way, subgroup), confidence_level=1 - alpha)


def effects(scores: Sequence[ScoreMatrix], ways: Sequence[Way], *, alpha: float) -> tuple[SubgroupEffect, ...]:
    """Return the difference of every run from the first in every subgroup.

    Parameters
    ----------
    scores
        Aligned; every run has a completion of every problem.
    """
    base, *others = scores
    differences = []
    for way in ways:
        for subgroup in way.subgroups:
            for new in others:
                pair = (_within(base, way, subgroup), _within(new, way, subgroup))
                difference, pvalue, _ = paired_effect(*pair, alpha=alpha)
                differences.append(SubgroupEffect(way, subgroup, new.label, difference, pvalue, 1.0))
    # One family for the whole page: a reader looks over all of its subgroups.
    adjusted = holm([effect.pvalue for effect in differences])
    return tuple(replace(effect, adjusted=p) for effect, p in zip(differences, adjusted, strict=True))


def dependences(
    scores: Sequence[ScoreMatrix], ways: Sequence[Way], *, rng: np.random.Generator
) -> tuple[Dependence, ...]:
    """Test for every way of sorting whether differences, and accuracies, depend on it; differences come first."""
    base, *others = scores
    differences = [_dependence(way, "difference", base, new, rng) for new in others for way in ways]
    accuracies = [_dependence(way, "accuracy", None, run, rng) for run in scores for way in ways]
    return tuple(
        replace(dependence, adjusted=p)
        for family in (differences, accuracies)
        for dependence, p in zip(family, holm([dependence.test.pvalue for dependence in family]), strict=True)
    )


def _dependence(
    way: Way, quantity: Quantity, base: ScoreMatrix | None, run: ScoreMatrix, rng: np.random.Generator
) -> Dependence:
    values = run.problem_means if base is None else run.problem_means - base.problem_means
    rows = np.array([row for subgroup in way.subgroups for row in subgroup.rows])
    groups = [subgroup.label for subgroup in way.subgroups for _ in subgroup.rows]
    clusters = None if run.clusters is None or way.by_template else [run.clusters[row] for row in rows]
    means = [(subgroup.label, float(values[list(subgroup.rows)].mean())) for subgroup in way.subgroups]
    return Dependence(
        way=way,
        quantity=quantity,
        label=run.label,
        test=heterogeneity(values[rows], groups, rng=rng, clusters=clusters),
        adjusted=1.0,
        lowest=min(means, key=lambda mean: mean[1]),
        highest=max(means, key=lambda mean: mean[1]),
    )


def _within(run: ScoreMatrix, way: Way, subgroup: Subgroup) -> ScoreMatrix:
    chosen = run.take(subgroup.rows)
    return replace(chosen, clusters=None) if way.by_template else chosen
