"""Compare two runs by their problem means: for repeated completions and for problems that come under problem templates.

With one completion a problem and independent problems use `paired_table.compare_table`, which is exact.
Here the interval and the first p-value are those of a t statistic over independent groups (problems, or
problem templates). Below 30 groups t is an approximation, so a resolved verdict then also needs the exact
sign-flip test.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import ndtri, stdtr

from evalsuite.scores import ScoreMatrix
from evalsuite.stats import cluster
from evalsuite.stats.decision import Verdict, decide
from evalsuite.stats.result import Estimate
from evalsuite.stats.signflip import sign_flip, within_problem_permutation
from evalsuite.stats.variance import VarianceComponents, decompose_difference

__all__ = ["MeanComparison", "compare_means"]


@dataclass(frozen=True, slots=True)
class MeanComparison:
    """What a comparison of problem means says.

    Attributes
    ----------
    base, new
        Mean of problem means of each run with its t interval.
    difference
        New minus base, with the t interval over independent groups.
    pvalues
        By method; ``t`` belongs to the interval. ``sign_flip`` and ``within_problem_permutation`` are exact where
        they exist; the second tests that no problem changed, which is another question.
    n_clusters, clustered
        Independent groups, and whether they are problem templates rather than problems.
    base_completions, new_completions
        Fewest and most completions of a problem in each run.
    n_dropped
        Problems left out because one run has no completion of them.
    variance
        Problems against decoding, where a run has at least two completions a problem; else None.
    minimum_detectable_difference, n_needed
        By the normal formula with the standard error seen: what these problems detect, and how many such problems
        (in groups as large as here) the observed difference, or the margin, needs. None where the standard error
        is 0 or there is nothing to detect.
    verdict_pvalue, adjusted_pvalue
        The larger of the p-values that the verdict needs, and the same adjusted for a family.
    """

    base_label: str
    new_label: str
    base: Estimate
    new: Estimate
    difference: Estimate
    standard_error: float | None
    pvalues: Mapping[str, float]
    verdict_pvalue: float
    adjusted_pvalue: float | None
    alpha: float
    power: float
    margin: float | None
    equivalence_pvalue: float | None
    n_problems: int
    n_clusters: int
    clustered: bool
    base_completions: tuple[int, int]
    new_completions: tuple[int, int]
    n_dropped: int
    variance: VarianceComponents | None
    smallest_attainable_pvalue: float
    minimum_detectable_difference: float | None
    n_needed: int | None
    methods_disagree: bool
    verdict: Verdict


def compare_means(
    base: ScoreMatrix,
    new: ScoreMatrix,
    *,
    alpha: float = 0.05,
    margin: float | None = None,
    power: float = 0.8,
    adjusted_pvalue: float | None = None,
    identified: bool = True,
) -> MeanComparison:
    """Compare two aligned runs by problem means; clusters of `base`, where it has them, are the independent groups.

    Parameters
    ----------
    base, new
        On the same problems in the same order (`scores.align`).
    alpha, margin, power, adjusted_pvalue, identified
        As in `comparison.compare_table`.

    References
    ----------
    Miller (2024), arXiv:2411.00640.
    """
    counts = (base.successes, base.attempts, new.successes, new.attempts)
    result = cluster.paired_mean_difference(*counts, clusters=base.clusters, confidence_level=1 - alpha)
    pvalues = {"t": result.test.pvalue} | _exact_pvalues(base, new, result)
    exact = pvalues.get("sign_flip", pvalues["t"]) if result.n_clusters < cluster.FEW_CLUSTERS else pvalues["t"]
    verdict_pvalue = max(pvalues["t"], exact)
    smallest = min(1.0, 2.0 ** (1 - result.n_clusters))
    similar = _equivalence_pvalue(result, margin)
    verdict = decide(
        result.difference.value,
        verdict_pvalue if adjusted_pvalue is None else adjusted_pvalue,
        smallest_pvalue=smallest,
        alpha=alpha,
        margin=margin,
        equivalence_pvalue=similar,
        identified=identified,
    )
    kept = (base.attempts > 0) & (new.attempts > 0)
    n_problems = int(kept.sum())
    error = result.standard_error
    detectable, needed = _planning(result.difference.value or margin, error, n_problems, alpha, power)
    disagree = (pvalues["t"] < alpha) != (exact < alpha)
    return MeanComparison(
        base_label=base.label,
        new_label=new.label,
        base=cluster.mean(base.successes[kept], base.attempts[kept], clusters=_kept(base, kept)),
        new=cluster.mean(new.successes[kept], new.attempts[kept], clusters=_kept(base, kept)),
        difference=result.difference,
        standard_error=error,
        pvalues=pvalues,
        verdict_pvalue=verdict_pvalue,
        adjusted_pvalue=adjusted_pvalue,
        alpha=alpha,
        power=power,
        margin=margin,
        equivalence_pvalue=similar,
        n_problems=n_problems,
        n_clusters=result.n_clusters,
        clustered=base.clusters is not None,
        base_completions=(int(base.attempts.min()), int(base.attempts.max())),
        new_completions=(int(new.attempts.min()), int(new.attempts.max())),
        n_dropped=result.n_dropped,
        variance=_variance(base, new),
        smallest_attainable_pvalue=smallest,
        minimum_detectable_difference=detectable,
        n_needed=needed,
        methods_disagree=disagree,
        verdict=verdict,
    )


def _kept(run: ScoreMatrix, kept: Any) -> tuple[str, ...] | None:
    return None if run.clusters is None else tuple(np.asarray(run.clusters)[kept].tolist())


def _exact_pvalues(base: ScoreMatrix, new: ScoreMatrix, result: cluster.PairedMeanDifference) -> dict[str, float]:
    """Return the exact tests that exist here: flips of problems or of problem templates, and of single completions."""
    found: dict[str, float] = {}
    kept = (base.attempts > 0) & (new.attempts > 0)
    old, old_made, late, late_made = (a[kept] for a in (base.successes, base.attempts, new.successes, new.attempts))
    if base.clusters is not None:
        if result.sign_flip is not None:
            found["sign_flip"] = result.sign_flip.pvalue
        return found
    if np.array_equal(old_made, late_made):
        found["sign_flip"] = sign_flip(old, late, old_made).pvalue
    found["within_problem_permutation"] = within_problem_permutation(old, late, old_made, late_made).pvalue
    return found


def _equivalence_pvalue(result: cluster.PairedMeanDifference, margin: float | None) -> float | None:
    """Return the larger of the two one-sided p-values against the margin, by t over independent groups.

    Where no group shows any difference, t does not exist; the chance that so many groups all show none although
    the difference is `margin` is at most (1 - margin)**groups.
    """
    error = result.standard_error
    if margin is None:
        return None
    if not error:
        return (1 - margin) ** result.n_clusters if result.difference.value == 0 else None
    degrees = result.n_clusters - 1
    from_low = (result.difference.value + margin) / error
    from_high = (margin - result.difference.value) / error
    return float(1 - stdtr(degrees, min(from_low, from_high)))


def _variance(base: ScoreMatrix, new: ScoreMatrix) -> VarianceComponents | None:
    kept = (base.attempts > 0) & (new.attempts > 0)
    if kept.sum() < 2 or min(base.attempts[kept].min(), new.attempts[kept].min()) < 2:
        return None
    return decompose_difference(base.successes[kept], base.attempts[kept], new.successes[kept], new.attempts[kept])


def _planning(
    difference: float | None, error: float | None, n_problems: int, alpha: float, power: float
) -> tuple[float | None, int | None]:
    """Return the smallest detectable difference and the problems needed, by the normal formula."""
    if not error:
        return None, None
    reach = float(ndtri(1 - alpha / 2) + ndtri(power)) * error
    if not difference:
        return reach, None
    return reach, math.ceil(n_problems * (reach / abs(difference)) ** 2)
