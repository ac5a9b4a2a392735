"""The comparison of stored runs: each new run against the base, adjusted for how many there are.

The method follows from the design and is named in the result: exact McNemar with the Fay-Lumbard interval
for one completion of independent problems, problem means with a t interval over problems or templates
otherwise.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from analyses.runs.pairing import PairedRuns, confounded, treatment
from evalsuite.comparison.pair import Design, _bounds, compare_pair, is_single, verdict_pvalue
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
        does not say which completions were cut.
    omnibus
        Cochran's Q over all runs, with more than two runs of one completion a problem; else None.
    """

    runs: PairedRuns
    comparisons: tuple[Design, ...]
    bounds: tuple[Bounds | None, ...]
    omnibus: TestResult | None

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON values: the first comparison's keys, and all of them under ``comparisons``."""
        entries = [
            {
                **comparison.as_dict(),
                "bounds_without_cap": None
                if bounds is None
                else {"lowest": bounds.lowest, "highest": bounds.highest, "sign_identified": bounds.sign_identified},
            }
            for comparison, bounds in zip(self.comparisons, self.bounds, strict=True)
        ]
        omnibus = self.omnibus
        return {
            **entries[0],
            "treatment": treatment(self.runs),
            "run_differences": [{"name": d.name, "values": list(d.values)} for d in self.runs.differences],
            "not_recorded": list(self.runs.unknown),
            "cautions": [asdict(c) for c in (*self.runs.cautions, *confounded(self.runs))],
            "warnings": [*(c.text for c in self.runs.cautions), *self.runs.warnings],
            "family_size": len(entries),
            "cochran_q": None if omnibus is None else {"statistic": omnibus.statistic, "pvalue": omnibus.pvalue},
            "comparisons": entries,
        }


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
        Ask about the accuracy had every completion finished: where the completions that were cut could turn the
        sign, the verdict is "not identified". Otherwise the verdict is about the accuracy at this cap.
    """
    base, *others = runs.scores
    bounds = tuple(_bounds(base, new) for new in others)
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
