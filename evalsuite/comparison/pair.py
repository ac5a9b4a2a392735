"""Compare one new run with its base: the method follows from the design and is named in the result.

One completion a problem and independent problems: the paired table, with the exact McNemar test and the Fay-Lumbard
interval. Several completions a problem, or problems in clusters: problem means, with t over independent groups.
"""

from evalsuite.comparison.paired_table import PairedComparison, compare_table
from evalsuite.comparison.problem_means import MeanComparison, compare_means
from evalsuite.scores import ScoreMatrix
from evalsuite.stats.bounds import Bounds, difference_bounds, right_and_truncated
from evalsuite.stats.paired import PairedTable, mcnemar_exact
from evalsuite.stats.paired_intervals import fay_lumbard
from evalsuite.stats.power import smallest_attainable_pvalue
from evalsuite.stats.result import Estimate, TestResult

__all__ = [
    "TwoRunComparison",
    "compare_pair",
    "is_single",
    "paired_effect",
    "paired_table",
    "test_results",
    "truncation_bounds",
    "verdict_pvalue",
]


TwoRunComparison = PairedComparison | MeanComparison
"""What `compare_pair` returns, by the design of the two runs."""


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
) -> TwoRunComparison:
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


def test_results(comparison: TwoRunComparison) -> dict[str, TestResult]:
    """Return every p-value of a comparison with the statistic of its test, by the name of the p-value.

    The statistic is t, the wins for the exact McNemar test and mid-p, chi-squared without continuity correction for the
    other McNemar tests, and the difference for sign flips and permutations.
    """
    value = comparison.difference.value
    if isinstance(comparison, MeanComparison):
        error = comparison.standard_error
        statistics = {"t": value / error} if error else {}
        # "t" belongs to the interval, which is bounded where nothing varies.
        methods = {"t": comparison.difference.method} | (
            {"sign_flip": "cluster_sign_flip"} if comparison.clustered else {}
        )
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
    """Return the p-value that the verdict rests on."""
    if isinstance(comparison, MeanComparison):
        return comparison.verdict_pvalue
    return comparison.pvalues["mcnemar_exact"]


def truncation_bounds(base: ScoreMatrix, new: ScoreMatrix) -> Bounds | None:
    """Bound the difference over truncated completions, which might have ended either way, as shares by problem."""
    if not (base.truncation_known and new.truncation_known):
        return None
    rows = (base.attempts > 0) & (new.attempts > 0)
    shares = [right_and_truncated(run.correct[rows], run.truncated[rows], run.attempts[rows]) for run in (base, new)]
    return difference_bounds(*shares[0], *shares[1])


def paired_effect(base: ScoreMatrix, new: ScoreMatrix, *, alpha: float = 0.05) -> tuple[Estimate, float, float]:
    """Return the paired difference, its p-value, and the smallest p-value that the design allows."""
    if is_single(base) and is_single(new):
        table = paired_table(base, new)
        estimate = fay_lumbard(table, confidence_level=1 - alpha)
        return estimate, mcnemar_exact(table).pvalue, smallest_attainable_pvalue(table.n)
    compared = compare_means(base, new, alpha=alpha)
    return compared.difference, compared.verdict_pvalue, compared.smallest_attainable_pvalue
