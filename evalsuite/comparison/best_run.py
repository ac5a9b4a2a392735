"""Which of several new runs may be the best, and what the one that stands first gained although it was picked for that.

Choose it wherever the best of several checkpoints is reported. The verdict on the picked run is that of its family
(Holm), which holds for every run and so for whichever is picked; the interval holds for all runs together.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from evalsuite.comparison.every_look import level_share
from evalsuite.comparison.pair import TwoRunComparison, compare_pair
from evalsuite.comparison.paired_table import PairedComparison
from evalsuite.comparison.problem_means import shared_clusters
from evalsuite.scores import ScoreMatrix
from evalsuite.stats.best_of import best_of, picked_alone, picked_difference
from evalsuite.stats.fair_binomial import fair_tail
from evalsuite.stats.result import Estimate

__all__ = ["BestRun", "best_run"]

SEED = 0
"""Of the draws behind `false_if_picked`, so that every way to ask has the same number."""


@dataclass(frozen=True, slots=True)
class BestRun:
    """The best of several new runs.

    Attributes
    ----------
    picked
        Label of the new run with the highest accuracy, the first of equals.
    base
        Label of the base.
    accuracies
        Of each new run by its label, over the problems that every run has.
    possible
        Labels of the new runs that are not shown worse than another: the truly best is among them with the level.
    pvalues
        For each new run by its label, of the hypothesis that no other is better; adjusted for the others.
    difference
        Picked run minus base; the interval holds whichever run was picked.
    pvalue
        Of no difference of the picked run from the base, adjusted for the family of its comparison.
    false_if_picked
        About how often the best of such runs, compared with the base alone, would be resolved if all were equal.
    alpha
        Level of the verdicts.
    """

    picked: str
    base: str
    accuracies: Mapping[str, float]
    possible: tuple[str, ...]
    pvalues: Mapping[str, float]
    difference: Estimate
    pvalue: float
    false_if_picked: float
    alpha: float

    @property
    def resolved(self) -> bool:
        """Whether the interval of the picked run excludes 0."""
        return self.difference.low > 0 or self.difference.high < 0


def best_run(runs: Sequence[ScoreMatrix], comparisons: Sequence[TwoRunComparison]) -> BestRun | None:
    """Say which new runs may be the best; None for one new run, and where truncated completions count either way.

    Parameters
    ----------
    runs
        The base first, all on the same problems.
    comparisons
        Of a family (`pair.adjust_family`), among them each new run against the base, in order, first.
    """
    base, *new = runs
    kept = np.all([run.attempts > 0 for run in runs], axis=0)
    if len(new) < 2 or not kept.any() or comparisons[0].without_cap is not None:
        return None
    alpha, labels = comparisons[0].alpha, [run.label for run in new]
    clusters = next((c for run in new if (c := shared_clusters(base, run)) is not None), None)
    scores = np.stack([run.problem_means[kept] for run in new])
    # Which may be best is asked anew at every look at growing runs.
    looks = max((len(c.every_look.looks) for c in comparisons if c.every_look is not None), default=0)
    share = level_share(looks) if looks else 1.0
    best = best_of(scores, clusters=_groups(clusters, kept), confidence_level=1 - alpha * share)
    picked = comparisons[best.leader]
    return BestRun(
        picked=labels[best.leader],
        base=base.label,
        accuracies=dict(zip(labels, scores.mean(axis=1).tolist(), strict=True)),
        possible=tuple(labels[i] for i in best.possible),
        pvalues={label: min(1.0, p / share) for label, p in zip(labels, best.pvalues, strict=True)},
        difference=_difference(base, new[best.leader], picked, picked.family_size),
        pvalue=picked.verdict_pvalue if picked.adjusted_pvalue is None else picked.adjusted_pvalue,
        false_if_picked=picked_alone(
            scores - base.problem_means[kept],
            [_threshold(c) for c in comparisons[: len(new)]],
            clusters=_groups(clusters, kept),
            rng=np.random.default_rng(SEED),
        ),
        alpha=alpha,
    )


def _difference(base: ScoreMatrix, new: ScoreMatrix, comparison: TwoRunComparison, family: int) -> Estimate:
    """Return the difference with the interval of level 1 - alpha/family.

    Holm's method resolves some differences that Bonferroni's interval leaves open; the interval then ends at 0, which
    it excludes (Strassburger and Bretz 2008, doi:10.1002/sim.3338).
    """
    kept = (base.attempts > 0) & (new.attempts > 0)
    if comparison.every_look is not None:
        found = compare_pair(base, new, comparison.alpha / family, looks=comparison.every_look.looks).difference
    else:
        found = picked_difference(
            base.problem_means[kept],
            new.problem_means[kept][None],
            clusters=_groups(shared_clusters(base, new), kept),
            confidence_level=1 - comparison.alpha / family,
        ).difference
    least = sys.float_info.min
    if comparison.verdict.kind == "resolved gain" and found.low <= 0:
        return replace(found, low=least)
    if comparison.verdict.kind == "resolved loss" and found.high >= 0:
        return replace(found, high=-least)
    return found


def _threshold(comparison: TwoRunComparison) -> float:
    """Return the difference from which on the comparison, alone, would resolve it."""
    if not isinstance(comparison, PairedComparison):
        return (comparison.difference.high - comparison.difference.low) / 2
    discordant = comparison.table.discordant
    fewest = -1
    while 2 * fair_tail(fewest + 1, discordant) < comparison.alpha:
        fewest += 1
    # Wins minus losses move in steps of two, and the normal distribution has no steps: halve the first one.
    return float("inf") if fewest < 0 else (discordant - 2 * fewest - 1) / comparison.table.n


def _groups(clusters: tuple[str, ...] | None, kept: NDArray[np.bool_]) -> list[str] | None:
    return None if clusters is None else np.asarray(clusters)[kept].tolist()
