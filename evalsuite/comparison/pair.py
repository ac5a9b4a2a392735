"""Compare one new run with its base: the method follows from the design and is named in the result.

One completion a problem and independent problems: the paired table, with the exact McNemar test and the Fay-Lumbard
interval. Several completions a problem, problems in clusters, or scores with partial credit: problem means, with the
method of `bounded_mean`.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from evalsuite.comparison.every_look import EveryLook, by_bets, level_share, spent
from evalsuite.comparison.paired_table import PairedComparison, compare_table
from evalsuite.comparison.problem_means import (
    MeanComparison,
    check_margin,
    compare_means,
    shared_clusters,
    shared_range,
)
from evalsuite.comparison.these_problems import adjust_family_here, on_these_problems
from evalsuite.errors import InputError
from evalsuite.scores import ScoreMatrix
from evalsuite.stats.decision import LOWEST_LEVEL, Verdict
from evalsuite.stats.multiplicity import holm
from evalsuite.stats.paired import PairedTable
from evalsuite.stats.result import Estimate, TestResult
from evalsuite.stats.worst_case import WorstCase, difference_without_cap, right_and_truncated

__all__ = [
    "TwoRunComparison",
    "adjust_family",
    "compare_pair",
    "is_single",
    "paired_effect",
    "paired_table",
    "test_results",
    "truncation_bounds",
    "verdict_pvalue",
    "worst_case",
]


TwoRunComparison = PairedComparison | MeanComparison
"""What `compare_pair` returns, by the design of the two runs."""


def is_single(run: ScoreMatrix) -> bool:
    """Tell whether the run has one verdict on every problem, and problems are independent."""
    return run.score_range is None and run.clusters is None and bool((run.attempts == 1).all())


def paired_table(base: ScoreMatrix, new: ScoreMatrix) -> PairedTable:
    """Return the paired table of two aligned runs with one completion a problem."""
    return PairedTable.from_scores(base.correct[:, 0], new.correct[:, 0])


def compare_pair(
    base: ScoreMatrix,
    new: ScoreMatrix,
    alpha: float = 0.05,
    margin: float | None = None,
    *,
    without_cap: bool = False,
    family_size: int = 1,
    looks: Sequence[int] = (),
    growing_sets: bool = False,
) -> TwoRunComparison:
    """Compare two aligned runs.

    Parameters
    ----------
    family_size
        How many comparisons will be adjusted together by `adjust_family`; planning is for the strictest of its levels.
    looks
        Numbers of problems at which the pair was shown, now among them. With two or more of them what decides holds at
        every look (`every_look`).
    growing_sets
        Several problem sets grew side by side, so that problems did not arrive in one random order.
    without_cap
        Ask about the accuracy had every completion finished: the worst case over truncated ones decides and is printed.

    Raises
    ------
    ComparisonError
        The runs put problems under different templates, or have scores of different ranges.
    InputError
        The question is about scores without the token limit: only of a verdict is known what it could have become.
    """
    score_range = shared_range(base, new)
    if without_cap and score_range is not None:
        raise InputError(
            "--without-cap needs verdicts of right and wrong: what a truncated completion would have scored is open "
            "anywhere in the range of the scores"
        )
    check_margin(margin, score_range)
    worst = worst_case(base, new, alpha=alpha, margin=margin) if without_cap else None
    found: TwoRunComparison
    if is_single(base) and is_single(new):
        found = compare_table(
            paired_table(base, new),
            base_label=base.label,
            new_label=new.label,
            alpha=alpha,
            margin=margin,
            without_cap=worst,
            family_size=family_size,
        )
    else:
        found = compare_means(base, new, alpha=alpha, margin=margin, without_cap=worst, family_size=family_size)
    if worst is not None:
        found = _first(found, found.difference, worst.pvalue)
    if len(looks) < 2:
        return found
    return _over_looks(base, new, found, looks, growing_sets=growing_sets)


def _over_looks(
    base: ScoreMatrix, new: ScoreMatrix, found: TwoRunComparison, looks: Sequence[int], *, growing_sets: bool
) -> TwoRunComparison:
    """Return a comparison with what decides over its looks."""
    in_parts = growing_sets or base.clusters is not None or new.clusters is not None
    held = (_spent if in_parts or found.without_cap is not None else _bets)(base, new, found, looks)
    found = replace(_first(found, held.difference, held.pvalue), every_look=held)
    if not isinstance(found, MeanComparison) or found.on_these_problems is None:
        return found
    here = on_these_problems(base, new, alpha=found.alpha, share=level_share(len(looks)))
    return replace(found, on_these_problems=here)


def _first(found: TwoRunComparison, difference: Estimate, pvalue: float) -> TwoRunComparison:
    """Return a comparison in which what decides stands first among the methods."""
    name = difference.method
    return replace(found, intervals={name: difference, **found.intervals}, pvalues={name: pvalue, **found.pvalues})


def _bets(base: ScoreMatrix, new: ScoreMatrix, found: TwoRunComparison, looks: Sequence[int]) -> EveryLook:
    """Return what holds at every look of independent problems."""
    difference = new.unit_means - base.unit_means
    low, high = base.score_range or (0.0, 1.0)
    return by_bets(
        difference[~np.isnan(difference)], looks,
        alpha=found.alpha, margin=found.margin, span=high - low, alone=_alone(found),
    )  # fmt: skip


def _spent(base: ScoreMatrix, new: ScoreMatrix, found: TwoRunComparison, looks: Sequence[int]) -> EveryLook:
    """Return what holds at every look because this one spends a share of the level."""
    # An interval of the lowest level there is leaves less open than it should, where p-values exclude nothing anyway.
    level = max(found.alpha * level_share(len(looks)), LOWEST_LEVEL)
    strict = compare_pair(base, new, level, found.margin, without_cap=found.without_cap is not None)
    return spent(
        looks,
        difference=strict.difference,
        pvalue=strict.verdict_pvalue,
        smallest_pvalue=strict.smallest_attainable_pvalue,
        claim_interval=strict.claim_interval,
        claim_pvalues=(strict.equivalence_pvalue, strict.no_worse_pvalue),
        alpha=found.alpha,
        alone=_alone(found),
    )


def _alone(found: TwoRunComparison) -> tuple[Estimate, float | None, Verdict]:
    return found.difference, found.verdict_pvalue, found.verdict


def adjust_family(comparisons: Sequence[TwoRunComparison]) -> tuple[TwoRunComparison, ...]:
    """Adjust the verdicts and claims of several comparisons for how many there are; intervals stay as they are.

    Each kind of statement (that a difference is resolved, that a run is no worse, that it is equivalent) is a family
    of its own, adjusted by Holm's method: the chance that any statement of that kind is false is at most alpha. What
    no outcome of the design can resolve is judged by the smallest p-values adjusted alike. What holds on these very
    problems is another kind.
    """
    if len(comparisons) < 2:
        return tuple(comparisons)
    adjusted = holm([verdict_pvalue(c) for c in comparisons])
    smallest = holm([c.smallest_attainable_pvalue for c in comparisons])
    equivalent = _adjusted_claims([c.equivalence_pvalue for c in comparisons])
    no_worse = _adjusted_claims([c.no_worse_pvalue for c in comparisons])
    family = [
        replace(
            c,
            family_size=len(comparisons),
            adjusted_pvalue=float(p),
            smallest_adjusted_pvalue=float(least),
            adjusted_claim_pvalues=(alike, unharmed),
        )
        for c, p, least, alike, unharmed in zip(comparisons, adjusted, smallest, equivalent, no_worse, strict=True)
    ]
    here = adjust_family_here([c.on_these_problems if isinstance(c, MeanComparison) else None for c in family])
    return tuple(
        replace(c, on_these_problems=h) if isinstance(c, MeanComparison) else c
        for c, h in zip(family, here, strict=True)
    )


def _adjusted_claims(pvalues: Sequence[float | None]) -> list[float | None]:
    """Adjust the p-values of one claim; there are none without a margin."""
    known = [p for p in pvalues if p is not None]
    if len(known) < len(pvalues):
        return [None] * len(pvalues)
    return [float(p) for p in holm(known)]


def test_results(comparison: TwoRunComparison) -> dict[str, TestResult]:
    """Return every p-value of a comparison with the statistic of its test, by the name of the p-value.

    The statistic is t for the t test, the wins for the exact McNemar test and mid-p, chi-squared without continuity
    correction for the other McNemar tests, and the difference for all others.
    """
    value = comparison.difference.value
    if isinstance(comparison, MeanComparison):
        error = comparison.standard_error
        statistics = {"t": comparison.intervals["t"].value / error} if error else {}
        methods = {"sign_flip": "cluster_sign_flip", "t": "cluster_t"} if comparison.clustered else {}
    else:
        wins, losses = comparison.table.wins, comparison.table.losses
        chi_squared = (wins - losses) ** 2 / (wins + losses) if wins + losses else 0.0
        statistics = {"mcnemar_asymptotic": chi_squared, "mcnemar_exact_unconditional": chi_squared}
        statistics |= {"mcnemar_exact": float(wins), "mcnemar_midp": float(wins)}
        methods = {}
    return {
        name: TestResult(statistics.get(name, value), pvalue, "two-sided", methods.get(name, name), value)
        for name, pvalue in comparison.pvalues.items()
    }


def verdict_pvalue(comparison: TwoRunComparison) -> float:
    """Return the p-value that the verdict rests on, not adjusted for a family."""
    return comparison.verdict_pvalue


def worst_case(base: ScoreMatrix, new: ScoreMatrix, *, alpha: float = 0.05, margin: float | None = None) -> WorstCase:
    """Return the worst case of the difference over truncated completions, which might have ended either way.

    Of a run that does not say which completions were truncated, every one that is not right counts as truncated.
    """
    clusters = shared_clusters(base, new)
    rows = (base.attempts > 0) & (new.attempts > 0)
    shares: list[NDArray[np.float64]] = []
    for run in (base, new):
        truncated = run.truncated if run.truncation_known else run.present & ~run.correct
        shares += right_and_truncated(run.correct[rows], truncated[rows], run.attempts[rows])
    return difference_without_cap(
        *shares,
        clusters=None if clusters is None else np.asarray(clusters)[rows].tolist(),
        margin=margin,
        confidence_level=1 - alpha,
    )


def truncation_bounds(
    base: ScoreMatrix, new: ScoreMatrix, *, alpha: float = 0.05, margin: float | None = None
) -> WorstCase | None:
    """Return `worst_case` where both runs say which completions were truncated, else None; None for scores too."""
    if base.score_range is not None or new.score_range is not None:
        return None
    known = base.truncation_known and new.truncation_known
    return worst_case(base, new, alpha=alpha, margin=margin) if known else None


def paired_effect(base: ScoreMatrix, new: ScoreMatrix, *, alpha: float = 0.05) -> tuple[Estimate, float, float]:
    """Return the paired difference, its p-value, and the smallest p-value that the design allows."""
    compared = compare_pair(base, new, alpha)
    return compared.difference, compared.verdict_pvalue, compared.smallest_attainable_pvalue
