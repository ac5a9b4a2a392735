"""The comparison of stored runs: each new run against the base, adjusted for how many there are.

The method follows from the design and is named in the result: exact McNemar with the Fay-Lumbard interval
for one completion of independent problems, problem means with a t interval over problems or templates
otherwise.
"""

from dataclasses import dataclass

import numpy as np

from analyses.runs.pairing import PairedRuns, confounded, treatment
from evalsuite.comparison.pair import TwoRunComparison, compare_pair, is_single, truncation_bounds, verdict_pvalue
from evalsuite.findings import Caution
from evalsuite.stats.bounds import Bounds
from evalsuite.stats.multiplicity import cochran_q, holm
from evalsuite.stats.result import TestResult

__all__ = ["RunComparison", "compare_runs"]


@dataclass(frozen=True, slots=True)
class RunComparison:
    """All comparisons with the base.

    Attributes
    ----------
    runs
        What was compared.
    comparisons
        One entry a new run, in order.
    bounds
        For each, the worst-case bounds of the difference had every completion finished; None where a run
        does not say which completions were truncated.
    omnibus
        Cochran's Q over all runs, with more than two runs of one completion a problem; else None.
    """

    runs: PairedRuns
    comparisons: tuple[TwoRunComparison, ...]
    bounds: tuple[Bounds | None, ...]
    omnibus: TestResult | None

    @property
    def cautions(self) -> tuple[Caution, ...]:
        """What must be read before the answer: what is unfinished, and that the difference has several causes."""
        return (*self.runs.cautions, *confounded(self.runs))

    @property
    def differences_between_runs(self) -> str:
        """In words: of what the difference is the effect."""
        return treatment(self.runs)


def compare_runs(
    runs: PairedRuns, *, alpha: float = 0.05, margin: float | None = None, without_cap: bool = False
) -> RunComparison:
    """Compare every run with the first.

    Parameters
    ----------
    alpha
        Level of the verdicts over the whole family (Holm).
    margin
        Equivalence margin as a share, stated before the runs.
    without_cap
        Ask about the accuracy had every completion finished: where truncated completions could turn the
        sign, the verdict is "not identified". Otherwise the verdict is about the accuracy at this token limit.
    """
    base, *others = runs.scores
    bounds = tuple(truncation_bounds(base, new) for new in others)
    identified = [not without_cap or (b is not None and b.sign_identified) for b in bounds]
    first = [compare_pair(base, new, alpha, margin, None, ok) for new, ok in zip(others, identified, strict=True)]
    omnibus = None
    if len(others) > 1:
        adjusted = holm([verdict_pvalue(c) for c in first])
        first = [
            compare_pair(base, new, alpha, margin, p, ok)
            for new, p, ok in zip(others, adjusted, identified, strict=True)
        ]
        if all(is_single(run) for run in runs.scores):
            omnibus = cochran_q(np.column_stack([run.correct[:, 0] for run in runs.scores]))
    return RunComparison(runs, tuple(first), bounds, omnibus)
