"""The document of a comparison of two runs: by the paired table, or by problem means."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from evalsuite.comparison.pair import TwoRunComparison
from evalsuite.comparison.paired_table import PairedComparison
from evalsuite.comparison.problem_means import MeanComparison
from evalsuite.comparison.these_problems import OnTheseProblems
from evalsuite.documents.document import Document
from evalsuite.documents.final_verdict import FinalVerdict, final_verdict
from evalsuite.documents.mean_scores import MeanScoresComparison, of_mean_scores
from evalsuite.documents.parts import (
    SCHEMA,
    BoundsWithoutCap,
    HeldAtEveryLook,
    Score,
    bounds_without_cap,
    held_at_every_look,
    limits,
    score,
)
from evalsuite.findings import Light
from evalsuite.stats.decision import Verdict
from evalsuite.stats.paired import PairedTable
from evalsuite.stats.result import Estimate
from evalsuite.stats.worst_case import WorstCase
from evalsuite.wording import paired_table, problem_means
from evalsuite.wording.first_screen import finding

__all__ = ["PairedTableComparison", "ProblemMeansComparison", "of_paired_table", "of_problem_means", "of_two_runs"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedTableComparison(Document):
    """Two runs with one completion a problem, and independent problems.

    Attributes
    ----------
    design
        Tells this document from the other comparisons.
    n_problems
        Problems that both runs answered.
    table
        The paired counts.
    base, new
        Accuracy of each run.
    difference
        New minus base, with the interval that agrees with the verdict.
    pvalues, intervals
        By method; intervals as ``[low, high]``. The first of each belongs to the verdict.
    adjusted_pvalue
        Exact p-value adjusted by Holm's method where there are several new runs, else null.
    probability_new_better
        Posterior probability under a uniform prior.
    evalue
        Evidence against equality that stays valid under optional stopping.
    smallest_attainable_pvalue
        Smallest exact p-value of any outcome on as many problems.
    alpha, power, margin
        Level of the verdict, power for planning, and equivalence margin as a share (null: none was stated).
    equivalence_pvalue
        Of the two one-sided tests against the margin; null without one.
    no_worse_pvalue
        Of "worse by less than the margin"; null without one.
    adjusted_equivalence_pvalue, adjusted_no_worse_pvalue
        The same, each adjusted by Holm's method where there are several new runs, else null; the claims rest on them.
    verdict
        The decision.
    final_verdict
        What that is worth under other assumptions: what page, terminal and ``--fail-if`` say.
    finding
        The result and what it is worth, in one line: the heading of the page.
    lights
        Whether the verdict would change under other assumptions; empty where nothing but the counts is known.
    methods_disagree
        Whether the exact test and the Tango interval differ on whether zero is excluded.
    sentence
        The comparison in words.
    discordant_rate
        Rate of discordance used for planning: the observed one, or its upper limit where none was seen.
    minimum_detectable_difference
        Smallest true difference that the exact test detects; null where there is none.
    planned_difference
        True difference that `n_needed` is for: the size of the observed one, or the margin where that is 0.
    n_needed, n_needed_range
        Problems that the exact test needs for it, and the same for the most and the least favourable pairing.
    bounds_without_cap
        Had every completion finished; null where a run does not say which completions were truncated.
    every_look
        From the second look at a growing pair on: what then decides, and what held had this been the only look; null
        at the first one. Planning is for one look.
    """

    SCHEMA: ClassVar[str] = SCHEMA

    design: Literal["paired table"] = "paired table"
    n_problems: int
    table: PairedTable
    base: Score
    new: Score
    difference: Estimate
    pvalues: Mapping[str, float]
    adjusted_pvalue: float | None
    intervals: Mapping[str, tuple[float, float]]
    probability_new_better: float
    evalue: float
    smallest_attainable_pvalue: float
    alpha: float
    power: float
    margin: float | None
    equivalence_pvalue: float | None
    no_worse_pvalue: float | None
    adjusted_equivalence_pvalue: float | None
    adjusted_no_worse_pvalue: float | None
    verdict: Verdict
    final_verdict: FinalVerdict
    finding: str
    lights: tuple[Light, ...]
    methods_disagree: bool
    sentence: str
    discordant_rate: float
    minimum_detectable_difference: float | None
    planned_difference: float | None
    n_needed: int | None
    n_needed_range: tuple[int, int] | None
    bounds_without_cap: BoundsWithoutCap | None
    every_look: HeldAtEveryLook | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OnTheseProblemsOnly:
    """The difference on these very problems, where only completions are random; it says nothing of other problems.

    Attributes
    ----------
    n_problems, n_left_out
        Problems compared, and those left out because a run has fewer completions of them.
    fewest_completions
        Completions that each problem compared has at least, in both runs.
    difference
        New minus base, with the interval that agrees with this verdict.
    pvalue, adjusted_pvalue
        Of no difference on these problems, and by Holm's method where there are several new runs, else null.
    verdict
        The decision on these problems.
    """

    n_problems: int
    n_left_out: int
    fewest_completions: int
    difference: Estimate
    pvalue: float
    adjusted_pvalue: float | None
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemMeansComparison(Document):
    """Two runs with several completions a problem, or with problems that come under problem templates.

    Attributes
    ----------
    design
        Tells this document from the other comparisons.
    n_problems, n_clusters, n_dropped
        Problems compared, independent groups of them, and problems left out because a run has no completion of them.
    base, new
        Accuracy of each run.
    difference
        New minus base, with the interval of the verdict.
    effective_clusters
        How many groups of one size say as much.
    standard_error
        Of the difference, over independent groups; null where it is 0 or there is one group.
    pvalues, intervals
        By method; intervals as ``[low, high]``. ``bounded_mean`` decides; the others assume that no rare problem
        changes by much, or (``within_problem_permutation``) ask whether any of these very problems changed.
    adjusted_pvalue
        p-value of the verdict adjusted by Holm's method where there are several new runs, else null.
    alpha, power, margin
        Level of the verdict, power for planning, and equivalence margin as a share (null: none was stated).
    equivalence_pvalue
        Of the two one-sided tests against the margin; null without one.
    no_worse_pvalue
        Of "worse by less than the margin"; null without one.
    adjusted_equivalence_pvalue, adjusted_no_worse_pvalue
        The same, each adjusted by Holm's method where there are several new runs, else null; the claims rest on them.
    smallest_attainable_pvalue
        Smallest p-value of any outcome of as many groups of these sizes.
    minimum_detectable_difference, n_needed
        What these problems detect, and how many such problems the observed difference needs.
    methods_disagree
        Whether t or sign flips reach the level and the test of the verdict does not.
    verdict
        The decision on problems like these.
    final_verdict
        What that is worth under other assumptions: what page, terminal and ``--fail-if`` say.
    finding
        The result and what it is worth, in one line: the heading of the page.
    lights
        Whether the verdict would change under other assumptions; empty where nothing but the counts is known.
    on_these_problems
        What holds on these very problems; null with one completion a problem and without templates.
    sentence
        The comparison in words.
    bounds_without_cap
        Had every completion finished; null where a run does not say which completions were truncated.
    every_look
        From the second look at a growing pair on: what then decides, and what held had this been the only look; null
        at the first one. Planning is for one look.
    """

    SCHEMA: ClassVar[str] = SCHEMA

    design: Literal["problem means"] = "problem means"
    n_problems: int
    n_clusters: int
    effective_clusters: float
    n_dropped: int
    base: Score
    new: Score
    difference: Estimate
    standard_error: float | None
    pvalues: Mapping[str, float]
    intervals: Mapping[str, tuple[float, float]]
    adjusted_pvalue: float | None
    alpha: float
    power: float
    margin: float | None
    equivalence_pvalue: float | None
    no_worse_pvalue: float | None
    adjusted_equivalence_pvalue: float | None
    adjusted_no_worse_pvalue: float | None
    smallest_attainable_pvalue: float
    minimum_detectable_difference: float | None
    n_needed: int | None
    methods_disagree: bool
    verdict: Verdict
    final_verdict: FinalVerdict
    finding: str
    lights: tuple[Light, ...]
    on_these_problems: OnTheseProblemsOnly | None
    sentence: str
    bounds_without_cap: BoundsWithoutCap | None
    every_look: HeldAtEveryLook | None


def of_paired_table(
    comparison: PairedComparison, bounds: WorstCase | None = None, lights: Sequence[Light] = ()
) -> PairedTableComparison:
    """Return the document of a comparison by the paired table."""
    c, table = comparison, comparison.table
    return PairedTableComparison(
        n_problems=table.n,
        table=table,
        base=score(c.base_label, c.base, table.base_correct),
        new=score(c.new_label, c.new, table.new_correct),
        difference=c.difference,
        pvalues=c.pvalues,
        adjusted_pvalue=c.adjusted_pvalue,
        intervals=limits(c.intervals),
        probability_new_better=c.probability_new_better,
        evalue=c.evalue,
        smallest_attainable_pvalue=c.smallest_attainable_pvalue,
        alpha=c.alpha,
        power=c.power,
        margin=c.margin,
        equivalence_pvalue=c.equivalence_pvalue,
        no_worse_pvalue=c.no_worse_pvalue,
        adjusted_equivalence_pvalue=c.adjusted_claim_pvalues[0],
        adjusted_no_worse_pvalue=c.adjusted_claim_pvalues[1],
        verdict=c.verdict,
        final_verdict=final_verdict(c.verdict, lights),
        finding=finding(c, lights),
        lights=tuple(lights),
        methods_disagree=c.methods_disagree,
        sentence=paired_table.sentence(c),
        discordant_rate=c.discordant_rate,
        minimum_detectable_difference=c.minimum_detectable_difference,
        planned_difference=c.planned_difference,
        n_needed=c.n_needed,
        n_needed_range=c.n_needed_range,
        bounds_without_cap=bounds_without_cap(bounds),
        every_look=held_at_every_look(c.every_look),
    )


def of_problem_means(
    comparison: MeanComparison, bounds: WorstCase | None = None, lights: Sequence[Light] = ()
) -> ProblemMeansComparison:
    """Return the document of a comparison by problem means."""
    c = comparison
    return ProblemMeansComparison(
        n_problems=c.n_problems,
        n_clusters=c.n_clusters,
        effective_clusters=c.effective_clusters,
        n_dropped=c.n_dropped,
        base=score(c.base_label, c.base),
        new=score(c.new_label, c.new),
        difference=c.difference,
        standard_error=c.standard_error,
        pvalues=c.pvalues,
        intervals=limits(c.intervals),
        adjusted_pvalue=c.adjusted_pvalue,
        alpha=c.alpha,
        power=c.power,
        margin=c.margin,
        equivalence_pvalue=c.equivalence_pvalue,
        no_worse_pvalue=c.no_worse_pvalue,
        adjusted_equivalence_pvalue=c.adjusted_claim_pvalues[0],
        adjusted_no_worse_pvalue=c.adjusted_claim_pvalues[1],
        smallest_attainable_pvalue=c.smallest_attainable_pvalue,
        minimum_detectable_difference=c.minimum_detectable_difference,
        n_needed=c.n_needed,
        methods_disagree=c.methods_disagree,
        verdict=c.verdict,
        final_verdict=final_verdict(c.verdict, lights),
        finding=finding(c, lights),
        lights=tuple(lights),
        on_these_problems=None if c.on_these_problems is None else _here(c.on_these_problems),
        sentence=problem_means.sentence(c),
        bounds_without_cap=bounds_without_cap(bounds),
        every_look=held_at_every_look(c.every_look),
    )


def _here(here: OnTheseProblems) -> OnTheseProblemsOnly:
    return OnTheseProblemsOnly(
        n_problems=here.difference.n_problems,
        n_left_out=here.n_left_out,
        fewest_completions=here.fewest_completions,
        difference=here.difference,
        pvalue=here.pvalue,
        adjusted_pvalue=here.adjusted_pvalue,
        verdict=here.verdict,
    )


def of_two_runs(
    comparison: TwoRunComparison, bounds: WorstCase | None = None, lights: Sequence[Light] = ()
) -> PairedTableComparison | ProblemMeansComparison | MeanScoresComparison:
    """Return the document of a comparison of two runs, by the method that their design asked for."""
    if isinstance(comparison, MeanComparison) and comparison.score_range is not None:
        return of_mean_scores(comparison, lights)
    if isinstance(comparison, MeanComparison):
        return of_problem_means(comparison, bounds, lights)
    return of_paired_table(comparison, bounds, lights)
