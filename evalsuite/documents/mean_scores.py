"""The document of a comparison of two runs by scores with partial credit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from evalsuite.comparison.problem_means import MeanComparison
from evalsuite.documents.document import Document
from evalsuite.documents.final_verdict import FinalVerdict, final_verdict
from evalsuite.documents.parts import SCHEMA, HeldAtEveryLook, Interval, held_at_every_look, limits
from evalsuite.findings import Light
from evalsuite.stats.decision import Verdict
from evalsuite.stats.result import Estimate
from evalsuite.wording import problem_means
from evalsuite.wording.first_screen import finding

__all__ = ["MeanScore", "MeanScoresComparison", "of_mean_scores"]


@dataclass(frozen=True, slots=True)
class MeanScore:
    """The mean score of one run.

    Attributes
    ----------
    label
        Name of the run.
    mean_score
        Mean over problems of the mean score of their completions, in the unit of the score.
    interval
        Its interval.
    """

    label: str
    mean_score: float
    interval: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanScoresComparison(Document):
    """Two runs whose grader gives scores with partial credit; all means and differences are in the unit of the score.

    Attributes
    ----------
    design
        Tells this document from the other comparisons.
    score_range
        Lowest and highest score possible.
    n_problems, n_clusters, n_dropped
        Problems compared, independent groups of them, and problems left out because a run has no completion of them.
    base, new
        Mean score of each run.
    difference
        New minus base, with the interval of the verdict.
    effective_clusters
        How many groups of one size say as much.
    standard_error
        Of the difference, over independent groups; null where it is 0 or there is one group.
    pvalues, intervals
        By method; intervals as ``[low, high]``. ``bounded_mean`` decides and needs only the range of the scores; ``t``
        assumes that no rare problem changes by much.
    adjusted_pvalue
        p-value of the verdict adjusted by Holm's method where there are several new runs, else null.
    alpha, power, margin
        Level of the verdict, power for planning, and margin in the unit of the score (null: none was stated).
    equivalence_pvalue
        Of the two one-sided tests against the margin; null without one.
    no_worse_pvalue
        Of "worse by less than the margin"; null without one.
    smallest_attainable_pvalue
        Smallest p-value of any outcome of as many groups of these sizes.
    minimum_detectable_difference, n_needed
        What these problems detect, and how many such problems the observed difference needs.
    methods_disagree
        Whether t reaches the level and the test of the verdict does not.
    verdict
        The decision.
    final_verdict
        What that is worth under other assumptions: what page, terminal and ``--fail-if`` say.
    finding
        The result and what it is worth, in one line: the heading of the page.
    lights
        Whether the verdict would change under other assumptions; empty where nothing but the counts is known.
    sentence
        The comparison in words.
    bounds_without_cap
        Always null: what a truncated completion would have scored is open.
    every_look
        From the second look at a growing pair on: what then decides, and what held had this been the only look; null
        at the first one. Planning is for one look.
    """

    SCHEMA: ClassVar[str] = SCHEMA

    design: Literal["mean scores"] = "mean scores"
    score_range: tuple[float, float]
    n_problems: int
    n_clusters: int
    effective_clusters: float
    n_dropped: int
    base: MeanScore
    new: MeanScore
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
    smallest_attainable_pvalue: float
    minimum_detectable_difference: float | None
    n_needed: int | None
    methods_disagree: bool
    verdict: Verdict
    final_verdict: FinalVerdict
    finding: str
    lights: tuple[Light, ...]
    sentence: str
    bounds_without_cap: None = None
    every_look: HeldAtEveryLook | None


def of_mean_scores(comparison: MeanComparison, lights: Sequence[Light] = ()) -> MeanScoresComparison:
    """Return the document of a comparison of scores with partial credit.

    Raises
    ------
    ValueError
        The comparison is one of verdicts.
    """
    c = comparison
    if c.score_range is None:
        raise ValueError(f"need a comparison of scores, got one of verdicts: {c.new_label} against {c.base_label}")
    return MeanScoresComparison(
        score_range=c.score_range,
        n_problems=c.n_problems,
        n_clusters=c.n_clusters,
        effective_clusters=c.effective_clusters,
        n_dropped=c.n_dropped,
        base=_mean_score(c.base_label, c.base),
        new=_mean_score(c.new_label, c.new),
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
        smallest_attainable_pvalue=c.smallest_attainable_pvalue,
        minimum_detectable_difference=c.minimum_detectable_difference,
        n_needed=c.n_needed,
        methods_disagree=c.methods_disagree,
        verdict=c.verdict,
        final_verdict=final_verdict(c.verdict, lights),
        finding=finding(c, lights),
        lights=tuple(lights),
        sentence=problem_means.sentence(c),
        every_look=held_at_every_look(c.every_look),
    )


def _mean_score(label: str, estimate: Estimate) -> MeanScore:
    return MeanScore(label, estimate.value, Interval(estimate.low, estimate.high, estimate.method))
