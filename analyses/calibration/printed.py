"""What a comparison prints, in the form in which it is held against the truth."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evalsuite.comparison.pair import is_single, paired_table
from evalsuite.comparison.training_seeds import compare_seeds
from evalsuite.scores import ScoreMatrix
from evalsuite.stats.bounded_mean import BoundedMean, bounded_mean
from evalsuite.stats.bounds import right_and_truncated
from evalsuite.stats.multiplicity import holm
from evalsuite.stats.paired import PairedTable, mcnemar_exact
from evalsuite.stats.paired_intervals import fay_lumbard
from evalsuite.stats.within_margin import equivalence, no_worse
from evalsuite.stats.worst_case import difference_without_cap

__all__ = ["ALPHA", "Printed", "compared", "compared_seeds", "family_of", "uncapped"]

ALPHA = 0.05


@dataclass(frozen=True, slots=True)
class Printed:
    """What was printed.

    Attributes
    ----------
    resolved
        A gain (1), a loss (-1) or neither (0).
    low, high
        The interval.
    claims
        What was claimed against the margin: "equivalent", "no worse".
    claim_interval
        The interval that these claims rest on.
    """

    resolved: int
    low: float
    high: float
    claims: tuple[str, ...] = ()
    claim_interval: tuple[float, float] = (-1.0, 1.0)


def compared(base: ScoreMatrix, new: ScoreMatrix, margin: float | None = None) -> Printed:
    """Return what the comparison of two runs prints."""
    pvalue, printed = _pair(base, new, margin)
    return printed if pvalue < ALPHA else Printed(0, printed.low, printed.high, printed.claims, printed.claim_interval)


def family_of(base: ScoreMatrix, new: Sequence[ScoreMatrix]) -> list[Printed]:
    """Return what is printed for each of several new runs."""
    pairs = [_pair(base, run, None) for run in new]
    adjusted = holm([pvalue for pvalue, _ in pairs])
    return [
        printed if p < ALPHA else Printed(0, printed.low, printed.high)
        for (_, printed), p in zip(pairs, adjusted, strict=True)
    ]


def compared_seeds(base: Sequence[ScoreMatrix], new: Sequence[ScoreMatrix]) -> Printed:
    """Return what the comparison of two arms of training seeds prints."""
    comparison = compare_seeds(base, new, alpha=ALPHA)
    resolved = {"resolved gain": 1, "resolved loss": -1}.get(comparison.verdict.kind, 0)
    return Printed(resolved, comparison.difference.low, comparison.difference.high)


def uncapped(base: ScoreMatrix, new: ScoreMatrix) -> Printed:
    """Return what is printed about accuracy without the token limit."""
    rows = (base.attempts > 0) & (new.attempts > 0)
    shares = [right_and_truncated(run.correct[rows], run.truncated[rows], run.attempts[rows]) for run in (base, new)]
    worst = difference_without_cap(*shares[0], *shares[1], confidence_level=1 - ALPHA)
    return Printed((worst.low > 0) - (worst.high < 0), worst.low, worst.high)


def _pair(base: ScoreMatrix, new: ScoreMatrix, margin: float | None) -> tuple[float, Printed]:
    rows = (base.attempts > 0) & (new.attempts > 0)
    if is_single(base) and is_single(new):
        table = paired_table(base, new)
        data: PairedTable | BoundedMean = table
        pvalue, e = mcnemar_exact(table).pvalue, fay_lumbard(table)
        wide = fay_lumbard(table, confidence_level=1 - 2 * ALPHA)
    else:
        groups = new.clusters or base.clusters
        mean = bounded_mean(
            (new.problem_means - base.problem_means)[rows],
            bounds=(-1.0, 1.0),
            clusters=None if groups is None else np.asarray(groups)[rows].tolist(),
        )
        data, pvalue, e = mean, mean.pvalue(0.0), mean.estimate()
        wide = mean.estimate(confidence_level=1 - 2 * ALPHA)
    claims = []
    if margin is not None:
        claims += ["equivalent"] * (equivalence(data, margin=margin).pvalue < ALPHA)
        claims += ["no worse"] * (no_worse(data, margin=margin).pvalue < ALPHA)
    return pvalue, Printed(int(np.sign(e.value)), e.low, e.high, tuple(claims), (wide.low, wide.high))
