"""The comparison of stored runs: each new run against the base, adjusted for how many there are.

The method follows from the design and is named in the result: exact McNemar with the Fay-Lumbard interval
for one completion of independent problems, problem means with a t interval over problems or templates
otherwise.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from analyses.pairing import PairedRuns, confounded, treatment
from evalsuite.comparison import Comparison, compare_table
from evalsuite.mean_comparison import MeanComparison, compare_means
from evalsuite.scores import ScoreMatrix
from evalsuite.stats.bounds import Bounds, difference_bounds
from evalsuite.stats.multiplicity import cochran_q, holm
from evalsuite.stats.paired import PairedTable
from evalsuite.stats.result import TestResult

__all__ = [
    "Design",
    "RunComparison",
    "compare_pair",
    "compare_runs",
    "is_single",
    "paired_table",
    "test_results",
    "verdict_pvalue",
]

Design = Comparison | MeanComparison


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


def is_single(run: ScoreMatrix) -> bool:
    """Tell whether the run has one completion of every problem, and problems are independent."""
    return run.clusters is None and bool((run.attempts == 1).all())


def paired_table(base: ScoreMatrix, new: ScoreMatrix) -> PairedTable:
    """Return the paired table of two aligned runs with one completion a problem."""
    return PairedTable.from_scores(base.correct[:, 0], new.correct[:, 0])


def compare_pair(
    base: ScoreMatrix,
    new: ScoreMatrix,
    alpha: float = 0.05,
    margin: float | None = None,
    adjusted: float | None = None,
    identified: bool = True,
) -> Design:
    """Compare two aligned runs; `adjusted` is the p-value adjusted for the family that the comparison belongs to."""
    if is_single(base) and is_single(new):
        return compare_table(
            paired_table(base, new),
            base_label=base.label,
            new_label=new.label,
            alpha=alpha,
            margin=margin,
            adjusted_pvalue=adjusted,
            identified=identified,
        )
    return compare_means(base, new, alpha=alpha, margin=margin, adjusted_pvalue=adjusted, identified=identified)


def test_results(design: Design) -> dict[str, TestResult]:
    """Return every p-value of a comparison with the statistic of its test, by the name of the p-value.

    The statistic is t, the wins for the exact McNemar test and mid-p, chi-squared without continuity correction for the
    other McNemar tests, and the difference for sign flips and permutations.
    """
    value = design.difference.value
    if isinstance(design, MeanComparison):
        error = design.standard_error
        statistics = {"t": value / error} if error else {}
        # "t" belongs to the interval, which is bounded where nothing varies.
        methods = {"t": design.difference.method} | ({"sign_flip": "cluster_sign_flip"} if design.clustered else {})
    else:
        wins, losses = design.table.wins, design.table.losses
        chi_squared = (wins - losses) ** 2 / (wins + losses) if wins + losses else 0.0
        statistics = {"mcnemar_asymptotic": chi_squared, "mcnemar_exact_unconditional": chi_squared}
        statistics |= {"mcnemar_exact": float(wins), "mcnemar_midp": float(wins)}
        methods = {}
    return {
        name: TestResult(statistics.get(name, value), pvalue, "two-sided", methods.get(name, name), value)
        for name, pvalue in design.pvalues.items()
    }


def verdict_pvalue(comparison: Design) -> float:
    """Return the p-value that the verdict rests on."""
    if isinstance(comparison, MeanComparison):
        return comparison.verdict_pvalue
    return comparison.pvalues["mcnemar_exact"]


def _bounds(base: ScoreMatrix, new: ScoreMatrix) -> Bounds | None:
    """Bound the difference over cut completions, which might have ended either way, as shares by problem."""
    if not (base.truncation_known and new.truncation_known):
        return None
    kept = (base.attempts > 0) & (new.attempts > 0)
    shares = []
    for run in (base, new):
        made = run.attempts[kept]
        finished = (run.correct & ~run.truncated)[kept].sum(axis=1) / made
        shares += [finished, run.truncated[kept].sum(axis=1) / made]
    return difference_bounds(*shares)
