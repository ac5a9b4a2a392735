"""Compare two runs by their paired table: one completion a problem, and problems that are independent.

The default test is the exact McNemar test and the default interval the one that agrees with it (Fay and Lumbard 2021,
doi:10.1002/sim.8829), so that the verdict and the interval never contradict each other. With several completions a
problem, or with clusters, use `problem_means`; where only two scores are known, `scores_only`; to plan, `planning`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

from evalsuite.comparison.deciding import Deciding
from evalsuite.comparison.every_look import EveryLook
from evalsuite.comparison.planning import needed_range, problems_needed
from evalsuite.stats import paired_intervals, proportion
from evalsuite.stats.bayes import probability_new_better
from evalsuite.stats.decision import check_level
from evalsuite.stats.evalue import evalue
from evalsuite.stats.paired import TESTS, PairedTable
from evalsuite.stats.power import (
    PowerMethod,
    minimum_detectable_difference,
    smallest_attainable_pvalue,
)
from evalsuite.stats.result import Estimate
from evalsuite.stats.within_margin import equivalence, no_worse
from evalsuite.stats.worst_case import WorstCase

__all__ = ["PairedComparison", "compare_table"]

EXACT_UP_TO = 50_000


@dataclass(frozen=True, slots=True)
class PairedComparison(Deciding):
    """Everything a comparison of two runs says.

    Attributes
    ----------
    table
        The paired counts.
    base_label, new_label
        Names of the runs.
    pvalues, intervals
        By method; the first of each belongs to the verdict.
    alpha, power, margin
        Level, power for planning, and equivalence margin (None: none was stated).
    claim_pvalues
        With a margin the p-values of equivalence and of "no worse" at the token limit, in one look.
    discordant_rate
        Rate of discordance used for planning: the observed one, or its upper limit where none was seen.
    without_cap
        Worst case over truncated completions, where the question is about accuracy without the token limit; it then
        decides. None where the question is about accuracy at the limit.
    every_look
        From the second look at a growing pair on: what holds at every look, which then decides; else None.
    family_size
        Comparisons whose p-values are adjusted together; planning is for the level alpha over their number.
    adjusted_pvalue, smallest_adjusted_pvalue
        p-value adjusted for a family, and the smallest one that the family allows; None without a family.
    adjusted_claim_pvalues
        p-values of equivalence and of "no worse", each adjusted for its family; None without a family or margin.
    """

    INTERVAL: ClassVar[str] = "fay_lumbard"
    TEST: ClassVar[str] = "mcnemar_exact"
    GROUPED: ClassVar[bool] = False

    table: PairedTable
    base_label: str
    new_label: str
    pvalues: Mapping[str, float]
    intervals: Mapping[str, Estimate]
    alpha: float
    power: float
    margin: float | None
    claim_pvalues: tuple[float | None, float | None]
    discordant_rate: float
    without_cap: WorstCase | None = None
    every_look: EveryLook | None = None
    adjusted_pvalue: float | None = None
    smallest_adjusted_pvalue: float | None = None
    adjusted_claim_pvalues: tuple[float | None, float | None] = (None, None)
    family_size: int = 1

    @property
    def base(self) -> Estimate:
        """Accuracy of the base run with its Wilson interval."""
        return proportion.wilson(self.table.base_correct, self.table.n, confidence_level=1 - self.alpha)

    @property
    def new(self) -> Estimate:
        """Accuracy of the new run with its Wilson interval."""
        return proportion.wilson(self.table.new_correct, self.table.n, confidence_level=1 - self.alpha)

    @property
    def planned_difference(self) -> float | None:
        """True difference that `n_needed` is for: the size of the observed one, or the margin where that is 0."""
        return abs(self.table.difference) or self.margin

    @property
    def claim_interval(self) -> Estimate:
        """The interval of level 1 - 2 alpha, which claims rest on; at the token limit, in one look."""
        return _claim_interval(self.table, 1 - 2 * self.alpha)

    @property
    def minimum_detectable_difference(self) -> float | None:
        """Smallest true difference that the exact test detects at `discordant_rate`, None where there is none."""
        # The exact search takes seconds where the normal approximation is right to all digits shown.
        method: PowerMethod = "exact" if self.table.n <= EXACT_UP_TO else "connor"
        return _detectable(self.table.n, self.discordant_rate, self.power, self._strictest, method)

    @property
    def n_needed(self) -> int | None:
        """Problems the exact test needs for `planned_difference` at `discordant_rate`, None without a difference."""
        return _needed(self.planned_difference, self.discordant_rate, self.power, self._strictest)

    @property
    def n_needed_range(self) -> tuple[int, int] | None:
        """The same for the most and the least favourable pairing of the observed accuracies."""
        n = self.table.n
        return _range(self.table.base_correct / n, self.table.new_correct / n, self.power, self._strictest)

    @property
    def _strictest(self) -> float:
        return self.alpha / self.family_size

    @property
    def probability_new_better(self) -> float:
        """Posterior probability under a uniform Dirichlet prior; it was 1/2 before the data."""
        return probability_new_better(self.table)

    @property
    def evalue(self) -> float:
        """Evidence against equality that stays valid under optional stopping."""
        return evalue(self.table.wins, self.table.losses)

    @property
    def _smallest_alone(self) -> float:
        return smallest_attainable_pvalue(self.table.n)

    @property
    def methods_disagree(self) -> bool:
        """Whether the Tango interval and the exact test differ on whether zero is excluded."""
        tango = self.intervals["tango"]
        return (self.pvalues["mcnemar_exact"] < self.alpha) != (tango.low > 0 or tango.high < 0)


def compare_table(
    table: PairedTable,
    *,
    base_label: str = "base",
    new_label: str = "new",
    alpha: float = 0.05,
    margin: float | None = None,
    power: float = 0.8,
    adjusted_pvalue: float | None = None,
    without_cap: WorstCase | None = None,
    family_size: int = 1,
) -> PairedComparison:
    """Compare two runs with one completion a problem.

    Parameters
    ----------
    alpha
        Level of the verdict; intervals have level ``1 - alpha``.
    margin
        Equivalence margin as a share, stated before the run.
    adjusted_pvalue
        Exact p-value adjusted for the family this comparison belongs to, such as from `multiplicity.holm`.
        The verdict uses it; the interval stays unadjusted.
    without_cap
        `worst_case.difference_without_cap` of the same runs, where the question is about accuracy without the token
        limit: then it decides.
    family_size
        Number of comparisons that are adjusted together.

    Examples
    --------
    >>> comparison = compare_table(PairedTable(both=1, wins=1, losses=0, neither=3))
    >>> comparison.verdict.kind, comparison.pvalues["mcnemar_exact"], comparison.n_needed_range
    ('cannot resolve by design', 1.0, (39, 124))
    """
    check_level(alpha)
    level = 1 - alpha
    pvalues = {test.__name__: test(table).pvalue for test in TESTS}
    intervals = {method.__name__: method(table, confidence_level=level) for method in paired_intervals.METHODS}
    return PairedComparison(
        table=table,
        base_label=base_label,
        new_label=new_label,
        pvalues=pvalues,
        intervals=intervals,
        alpha=alpha,
        power=power,
        margin=margin,
        claim_pvalues=_claims(table, margin),
        discordant_rate=_discordant_rate(table, level),
        without_cap=without_cap,
        family_size=family_size,
        adjusted_pvalue=adjusted_pvalue,
    )


# Planning takes longer than all else and many callers never ask: found when asked for, and kept for the next asking.
@lru_cache(maxsize=256)
def _detectable(n: int, rate: float, power: float, alpha: float, method: PowerMethod) -> float | None:
    return minimum_detectable_difference(n, rate, power=power, alpha=alpha, method=method)


@lru_cache(maxsize=256)
def _needed(difference: float | None, rate: float, power: float, alpha: float) -> int | None:
    return problems_needed(difference, rate, power=power, alpha=alpha)


@lru_cache(maxsize=256)
def _range(base: float, new: float, power: float, alpha: float) -> tuple[int, int] | None:
    return needed_range(base, new, power=power, alpha=alpha)


@lru_cache(maxsize=256)
def _claim_interval(table: PairedTable, confidence_level: float) -> Estimate:
    return paired_intervals.fay_lumbard(table, confidence_level=confidence_level)


def _claims(table: PairedTable, margin: float | None) -> tuple[float | None, float | None]:
    """Return the p-values of equivalence and of "no worse"."""
    if margin is None:
        return None, None
    return equivalence(table, margin=margin).pvalue, no_worse(table, margin=margin).pvalue


def _discordant_rate(table: PairedTable, confidence_level: float) -> float:
    """Return the observed rate of discordance, or its upper limit where none was seen."""
    if table.discordant:
        return table.discordant / table.n
    return proportion.clopper_pearson(0, table.n, confidence_level=confidence_level).high
