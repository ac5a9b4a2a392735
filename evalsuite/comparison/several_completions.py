"""What several completions of a problem say beyond their mean: pass@k, pass^k and the majority vote.

Each problem gives one unbiased number at each k from the completions that it has, so problems, and runs, may have
different numbers of them. k goes up to the fewest that any problem has: beyond it a problem would have to be left out
or guessed. Problems without a completion in every run are left out, as everywhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from evalsuite.comparison.problem_means import shared_clusters
from evalsuite.scores import ScoreMatrix
from evalsuite.stats.bounded_mean import bounded_mean
from evalsuite.stats.pass_at_k import MajorityVote
from evalsuite.stats.pass_curve import Measure, PassCurve, pass_curve, pass_difference
from evalsuite.stats.result import Estimate

__all__ = [
    "MEASURES",
    "CompletionCurves",
    "MajorityDifference",
    "completion_curves",
    "completion_differences",
    "majority_difference",
    "majority_estimate",
]

MEASURES: dict[Measure, Literal["pass@k", "pass^k"]] = {"any": "pass@k", "all": "pass^k"}
"""What each measure is called."""

SEED = 0
"""Of the draws that set the level of a band, so that every way to ask has the same numbers."""


@dataclass(frozen=True, slots=True)
class CompletionCurves:
    """pass@k and pass^k over k, of one run or as the difference of two.

    Attributes
    ----------
    curves
        By measure; each with one band for all of its k.
    n_problems, n_dropped
        Problems used, and problems left out because a run has no completion of them.
    fewest, most
        Fewest and most completions of a problem, in whichever run has fewer of it; k goes up to `fewest`.
    n_fewer
        Problems with fewer than `most`.
    completions
        Most completions of a problem in each run.
    """

    curves: Mapping[Measure, PassCurve]
    n_problems: int
    n_dropped: int
    fewest: int
    most: int
    n_fewer: int
    completions: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class MajorityDifference:
    """The majority votes of two runs.

    Attributes
    ----------
    base, new
        Share of problems whose majority is right in each run; of tied answers the chance of one drawn at random.
    difference, pvalue
        New minus base, paired by problem, and of no difference. Both hold for all comparisons of a family together.
    n_tied
        Problems of base and new with tied answers.
    """

    base: Estimate
    new: Estimate
    difference: Estimate
    pvalue: float
    n_tied: tuple[int, int]


def completion_curves(scores: ScoreMatrix, *, confidence_level: float = 0.95) -> CompletionCurves | None:
    """Return the curves of one run; None where no problem has several completions, and for scores.

    Where a problem has a single one, the curves end at k = 1.
    """
    if scores.score_range is not None:
        return None
    kept = scores.attempts > 0
    attempts, successes = scores.attempts[kept], scores.successes[kept]
    if attempts.size == 0 or attempts.max() < 2:
        return None
    curves = {
        measure: pass_curve(
            successes, attempts,
            rng=np.random.default_rng(SEED), measure=measure, clusters=_kept(scores.clusters, kept),
            confidence_level=confidence_level,
        )
        for measure in MEASURES
    }  # fmt: skip
    return _described(curves, attempts, kept, (scores,))


def completion_differences(
    base: ScoreMatrix, new: ScoreMatrix, *, confidence_level: float = 0.95, share: float = 1.0
) -> CompletionCurves | None:
    """Return the paired differences, new minus base, at each k; None where a run has single completions or scores.

    Parameters
    ----------
    base, new
        On the same problems in the same order; they may have different numbers of completions.
    share
        Of the error, what this comparison has of that of its family (Bonferroni) or of several looks. The confidence
        level returned is the one of all of them together; a p-value is of one k and one comparison alone.
    """
    if base.score_range is not None:
        return None
    kept = (base.attempts > 0) & (new.attempts > 0)
    fewer = np.minimum(base.attempts, new.attempts)[kept]
    if fewer.size == 0 or fewer.max() < 2:
        return None
    curves = {
        measure: pass_difference(
            base.successes[kept], base.attempts[kept], new.successes[kept], new.attempts[kept],
            rng=np.random.default_rng(SEED), measure=measure, clusters=_kept(shared_clusters(base, new), kept),
            confidence_level=1 - (1 - confidence_level) * share,
        )
        for measure in MEASURES
    }  # fmt: skip
    curves = {measure: replace(curve, confidence_level=confidence_level) for measure, curve in curves.items()}
    return _described(curves, fewer, kept, (base, new))


def majority_estimate(vote: MajorityVote, scores: ScoreMatrix, *, confidence_level: float = 0.95) -> Estimate:
    """Return the share of problems whose majority is right, by the interval that needs only the range of the scores.

    Parameters
    ----------
    vote
        Of the problems of `scores` that have a completion, in their order.
    """
    clusters = _kept(scores.clusters, scores.attempts > 0)
    return bounded_mean(vote.scores, clusters=clusters).estimate(confidence_level=confidence_level)


def majority_difference(
    votes: tuple[MajorityVote, MajorityVote],
    base: ScoreMatrix,
    new: ScoreMatrix,
    *,
    confidence_level: float = 0.95,
    share: float = 1.0,
) -> MajorityDifference:
    """Return the paired difference of two majority votes by the interval that needs only the range of the scores.

    Parameters
    ----------
    votes
        Of base and new, of each problem of the runs in their order.
    share
        As in `completion_differences`; p-value and interval agree.
    """
    kept = (base.attempts > 0) & (new.attempts > 0)
    clusters = _kept(shared_clusters(base, new), kept)
    first, second = (vote.scores[kept] for vote in votes)
    difference = bounded_mean(second - first, bounds=(-1.0, 1.0), clusters=clusters)
    limits = difference.estimate(confidence_level=1 - (1 - confidence_level) * share)
    return MajorityDifference(
        base=bounded_mean(first, clusters=clusters).estimate(confidence_level=confidence_level),
        new=bounded_mean(second, clusters=clusters).estimate(confidence_level=confidence_level),
        difference=replace(limits, confidence_level=confidence_level),
        pvalue=min(1.0, difference.pvalue(0.0) / share),
        n_tied=(int(votes[0].tied[kept].sum()), int(votes[1].tied[kept].sum())),
    )


def _kept(clusters: tuple[str, ...] | None, kept: NDArray[np.bool_]) -> list[str] | None:
    return None if clusters is None else np.asarray(clusters)[kept].tolist()


def _described(
    curves: Mapping[Measure, PassCurve],
    attempts: NDArray[np.int64],
    kept: NDArray[np.bool_],
    runs: tuple[ScoreMatrix, ...],
) -> CompletionCurves:
    most = int(attempts.max())
    return CompletionCurves(
        curves=curves,
        n_problems=attempts.size,
        n_dropped=int((~kept).sum()),
        fewest=int(attempts.min()),
        most=most,
        n_fewer=int((attempts < most).sum()),
        completions=tuple(int(run.attempts.max()) for run in runs),
    )
