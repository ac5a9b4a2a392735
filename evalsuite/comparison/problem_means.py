"""Compare two runs by their problem means: for repeated completions and for problems that come under problem templates.

With one completion a problem and independent problems use `paired_table.compare_table`, which is exact.
Here the verdict and the interval are those of `bounded_mean`, which need only that scores lie between 0 and 1. They
hold for skewed effects, different numbers of completions and templates of any sizes. The t interval and the
randomisation tests stand beside it: they are sharper, and assume that no rare problem changes by much. So does what
holds on these very problems (`these_problems`), which rare problems cannot touch.

Scores with partial credit are compared here too, whatever the design: their range is brought to 0 to 1, and every
result back to the unit of the score. Two runs of one range only; randomisation tests and the split of the variance
count right completions, so they are left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from evalsuite.comparison.deciding import Deciding
from evalsuite.comparison.every_look import EveryLook
from evalsuite.comparison.these_problems import OnTheseProblems, on_these_problems
from evalsuite.errors import ComparisonError, InputError
from evalsuite.scores import ScoreMatrix
from evalsuite.stats.bounded_mean import SAME, BoundedMean, bounded_mean
from evalsuite.stats.bounded_planning import detectable_difference, problems_for
from evalsuite.stats.cluster_t import cluster_t
from evalsuite.stats.decision import check_level
from evalsuite.stats.result import Estimate, rescaled
from evalsuite.stats.signflip import sign_flip, within_problem_permutation
from evalsuite.stats.variance import VarianceComponents, decompose_difference
from evalsuite.stats.within_margin import equivalence, no_worse
from evalsuite.stats.worst_case import WorstCase

__all__ = ["MeanComparison", "check_margin", "compare_means", "shared_clusters", "shared_range"]


@dataclass(frozen=True, slots=True)
class MeanComparison(Deciding):
    """What a comparison of problem means says.

    Attributes
    ----------
    means
        Problem means of base and new run and their paired differences, each on scores brought to 0 to 1.
    pvalues, intervals
        By method; ``bounded_mean`` belongs to the verdict. The others assume more or ask something else: ``t`` and
        ``sign_flip`` that no rare problem changes by much, and ``within_problem_permutation`` tests that no problem
        of this very set changed.
    n_clusters, effective_clusters, clustered
        Independent groups, how many groups of one size say as much, and whether they are problem templates.
    n_gained, n_lost
        Groups whose mean went up, and down.
    base_completions, new_completions
        Fewest and most completions of a problem in each run.
    n_dropped
        Problems left out because one run has no completion of them.
    variance
        Problems against decoding, where a run has at least two completions a problem; else None.
    smallest_pvalue
        Of any outcome of as many groups of these sizes, in a single look.
    on_these_problems
        The difference on these very problems, where only completions are random. None where the question is about
        accuracy without the token limit, and with one completion of each of independent problems.
    without_cap
        Worst case over truncated completions, where the question is about accuracy without the token limit; it then
        decides. None where the question is about accuracy at the limit.
    every_look
        From the second look at a growing pair on: what holds at every look, which then decides; else None.
    family_size
        Comparisons whose p-values are adjusted together; planning is for the level alpha over their number.
    adjusted_pvalue, smallest_adjusted_pvalue
        p-value adjusted for a family, and the smallest one that the family allows; None without a family.
    score_range
        Lowest and highest score possible; None for verdicts of right and wrong, whose means are shares.
    adjusted_claim_pvalues
        p-values of equivalence and of "no worse", each adjusted for its family; None without a family or margin.
    """

    INTERVAL: ClassVar[str] = "bounded_mean"
    TEST: ClassVar[str] = "bounded_mean"
    GROUPED: ClassVar[bool] = True

    base_label: str
    new_label: str
    means: tuple[BoundedMean, BoundedMean, BoundedMean]
    pvalues: Mapping[str, float]
    intervals: Mapping[str, Estimate]
    standard_error: float | None
    alpha: float
    power: float
    margin: float | None
    claim_pvalues: tuple[float | None, float | None]
    n_problems: int
    n_clusters: int
    effective_clusters: float
    clustered: bool
    n_gained: int
    n_lost: int
    base_completions: tuple[int, int]
    new_completions: tuple[int, int]
    n_dropped: int
    variance: VarianceComponents | None
    smallest_pvalue: float
    on_these_problems: OnTheseProblems | None = None
    without_cap: WorstCase | None = None
    every_look: EveryLook | None = None
    adjusted_pvalue: float | None = None
    smallest_adjusted_pvalue: float | None = None
    score_range: tuple[float, float] | None = None
    adjusted_claim_pvalues: tuple[float | None, float | None] = (None, None)
    family_size: int = 1

    @property
    def base(self) -> Estimate:
        """Mean of problem means of the base run, in the unit of the score as all differences are."""
        low, span = self._unit
        return rescaled(_estimate(self.means[0], 1 - self.alpha), span, low)

    @property
    def new(self) -> Estimate:
        """Mean of problem means of the new run."""
        low, span = self._unit
        return rescaled(_estimate(self.means[1], 1 - self.alpha), span, low)

    @property
    def claim_interval(self) -> Estimate:
        """The interval of level 1 - 2 alpha, which claims rest on; at the token limit, in one look."""
        return rescaled(_estimate(self.means[2], 1 - 2 * self.alpha), self._unit[1])

    @property
    def minimum_detectable_difference(self) -> float | None:
        """What such problems detect; None where nothing can be detected."""
        found = _detectable(self.means[2], self.power, self.alpha / self.family_size)
        return None if found is None else self._unit[1] * found

    @property
    def n_needed(self) -> int | None:
        """How many of them (in groups as large as here) the observed difference, or the margin, needs.

        None where there is nothing to detect.
        """
        margin = (self.margin or 0.0) / self._unit[1]
        return _needed(self.means[2].value or margin, self.means[2], self.power, self.alpha / self.family_size)

    @property
    def _unit(self) -> tuple[float, float]:
        """The lowest score, and how far it is to the highest."""
        low, high = self.score_range or (0.0, 1.0)
        return low, high - low

    @property
    def methods_disagree(self) -> bool:
        """Whether t or sign flips reach the level and the test of the verdict does not."""
        sharper = min(self.pvalues.get("t", 1.0), self.pvalues.get("sign_flip", 1.0))
        return sharper < self.alpha <= self.pvalues["bounded_mean"]

    @property
    def resolved_here(self) -> bool:
        """Whether a gain or a loss on these very problems is resolved."""
        return self.on_these_problems is not None and self.on_these_problems.resolved

    @property
    def _smallest_alone(self) -> float:
        return self.smallest_pvalue

    @property
    def _range(self) -> tuple[float, float] | None:
        return self.score_range


def compare_means(
    base: ScoreMatrix,
    new: ScoreMatrix,
    *,
    alpha: float = 0.05,
    margin: float | None = None,
    power: float = 0.8,
    without_cap: WorstCase | None = None,
    family_size: int = 1,
) -> MeanComparison:
    """Compare two aligned runs by problem means; clusters of either run are the independent groups.

    Parameters
    ----------
    base, new
        On the same problems in the same order (`scores.align`).
    alpha, margin, power, without_cap, family_size
        As in `comparison.compare_table`; the margin of scores is in their unit.

    Raises
    ------
    ComparisonError
        The runs put problems under different templates, have scores of different ranges, or have no problem with a
        completion in both.
    InputError
        The margin is not smaller than the range of the scores.

    References
    ----------
    Gaffke (2005) as in `bounded_mean`; Miller (2024), arXiv:2411.00640, for means of problem means.
    """
    check_level(alpha)
    score_range = shared_range(base, new)
    check_margin(margin, score_range)
    clusters = shared_clusters(base, new)
    kept = (base.attempts > 0) & (new.attempts > 0)
    if not kept.any():
        raise ComparisonError(f"{base.label} and {new.label} share no problem with a completion in both")
    groups = None if clusters is None else tuple(np.asarray(clusters)[kept].tolist())
    base_means, new_means = base.unit_means[kept], new.unit_means[kept]
    values = new_means - base_means
    mean = bounded_mean(values, bounds=(-1.0, 1.0), clusters=groups)
    t, verdicts = cluster_t(values, clusters=groups), score_range is None
    intervals = {"bounded_mean": mean.estimate(confidence_level=1 - alpha)}
    pvalues = {"bounded_mean": mean.pvalue(0.0)}
    if t is not None:
        intervals["t"], pvalues["t"] = t.estimate(confidence_level=1 - alpha), t.test().pvalue
    if verdicts:
        pvalues |= _randomisation(base, new, kept, groups)
    low, high = score_range or (0.0, 1.0)
    span = high - low
    return MeanComparison(
        base_label=base.label,
        new_label=new.label,
        means=(bounded_mean(base_means, clusters=groups), bounded_mean(new_means, clusters=groups), mean),
        pvalues=pvalues,
        intervals={name: rescaled(estimate, span) for name, estimate in intervals.items()},
        standard_error=None if t is None else span * t.standard_error,
        alpha=alpha,
        power=power,
        margin=margin,
        # The tests are on the range 0 to 1, where a difference is at most 1.
        claim_pvalues=_claims(mean, None if margin is None else margin / span),
        n_problems=mean.n_problems,
        n_clusters=mean.n_groups,
        effective_clusters=mean.effective_groups,
        clustered=groups is not None,
        n_gained=int(mean.counts[mean.means > SAME].sum()),
        n_lost=int(mean.counts[mean.means < -SAME].sum()),
        base_completions=(int(base.attempts[kept].min()), int(base.attempts[kept].max())),
        new_completions=(int(new.attempts[kept].min()), int(new.attempts[kept].max())),
        n_dropped=int((~kept).sum()),
        variance=_variance(base, new) if verdicts else None,
        smallest_pvalue=mean.smallest_pvalue,
        # Pairs of completions tell right from wrong; of scores nothing of the kind is known.
        on_these_problems=on_these_problems(base, new, alpha=alpha) if verdicts and without_cap is None else None,
        without_cap=without_cap,
        family_size=family_size,
        score_range=score_range,
    )


# These take longer than all else and many callers never ask: found when asked for, and kept for the next asking.
@lru_cache(maxsize=64)
def _estimate(mean: BoundedMean, confidence_level: float) -> Estimate:
    return mean.estimate(confidence_level=confidence_level)


@lru_cache(maxsize=64)
def _detectable(mean: BoundedMean, power: float, alpha: float) -> float | None:
    return detectable_difference(mean, power=power, alpha=alpha)


@lru_cache(maxsize=64)
def _needed(difference: float, mean: BoundedMean, power: float, alpha: float) -> int | None:
    return problems_for(difference, mean, power=power, alpha=alpha)


def shared_range(base: ScoreMatrix, new: ScoreMatrix) -> tuple[float, float] | None:
    """Return the range of the scores of both runs, None for verdicts of right and wrong.

    Raises
    ------
    ComparisonError
        The ranges differ, or one run has verdicts and the other scores.
    """
    if base.score_range == new.score_range:
        return base.score_range
    described = [
        f"{run.label} has verdicts of right and wrong"
        if run.score_range is None
        else f"{run.label} has scores of {run.score_range[0]:g} to {run.score_range[1]:g}"
        for run in (base, new)
    ]
    raise ComparisonError(f"{' and '.join(described)}: compare runs under one --grader")


def check_margin(margin: float | None, score_range: tuple[float, float] | None) -> None:
    """Refuse a margin that no difference can exceed.

    Raises
    ------
    InputError
        It does not lie strictly between 0 and the width of the range of scores, which of verdicts is 1.
    """
    if margin is None:
        return
    if score_range is None:
        if not 0 < margin < 1:
            raise InputError(f"--margin must lie between 0 and 1, such as 0.05 for 5%, got {margin:g}")
        return
    low, high = score_range
    if not 0 < margin < high - low:
        raise InputError(
            f"--margin is in the unit of the scores, which go from {low:g} to {high:g}: it must lie between 0 and "
            f"{high - low:g}, got {margin:g}"
        )


def shared_clusters(base: ScoreMatrix, new: ScoreMatrix) -> tuple[str, ...] | None:
    """Return the template of each problem, from whichever run has them; None where neither has.

    Names may differ between the runs as long as they group the problems alike.

    Raises
    ------
    ComparisonError
        The runs group the problems differently.
    """
    if base.clusters is None or new.clusters is None:
        return new.clusters if base.clusters is None else base.clusters
    pairs = set(zip(base.clusters, new.clusters, strict=True))
    if len(pairs) == len(set(base.clusters)) == len(set(new.clusters)):
        return base.clusters
    differing = [
        f"{name} ({first!r}, {second!r})"
        for name, first, second in zip(base.problem_ids, base.clusters, new.clusters, strict=True)
        if first != second
    ]
    raise ComparisonError(
        f"{base.label} and {new.label} put problems under different templates, such as {', '.join(differing[:3])}: the "
        "templates are the independent groups of the comparison. Import the runs again with one set of templates."
    )


def _randomisation(
    base: ScoreMatrix, new: ScoreMatrix, kept: NDArray[np.bool_], clusters: tuple[str, ...] | None
) -> dict[str, float]:
    """Return the randomisation tests that exist here; none of them decides."""
    successes, attempts, new_successes, new_attempts = (
        a[kept] for a in (base.successes, base.attempts, new.successes, new.attempts)
    )
    tests: dict[str, float] = {}
    same = np.array_equal(attempts, new_attempts)
    if clusters is not None:
        if same and (attempts == attempts[0]).all():
            # Labels are exchanged for whole templates, whose right completions add up.
            _, group = np.unique(np.asarray(clusters), return_inverse=True)
            totals = [np.bincount(group, weights=a).astype(np.int64) for a in (successes, new_successes)]
            tests["sign_flip"] = sign_flip(totals[0], totals[1], int(attempts.sum())).pvalue
        return tests
    try:
        if same:
            tests["sign_flip"] = sign_flip(successes, new_successes, attempts).pvalue
        tests["within_problem_permutation"] = within_problem_permutation(
            successes, new_successes, attempts, new_attempts
        ).pvalue
    except ValueError:
        # Numbers of completions without a common multiple of workable size: the tests only stand beside the verdict.
        pass
    return tests


def _claims(mean: BoundedMean, margin: float | None) -> tuple[float | None, float | None]:
    """Return the p-values of equivalence and of "no worse"."""
    if margin is None:
        return None, None
    return equivalence(mean, margin=margin).pvalue, no_worse(mean, margin=margin).pvalue


def _variance(base: ScoreMatrix, new: ScoreMatrix) -> VarianceComponents | None:
    kept = (base.attempts > 0) & (new.attempts > 0)
    if kept.sum() < 2 or min(base.attempts[kept].min(), new.attempts[kept].min()) < 2:
        return None
    return decompose_difference(base.successes[kept], base.attempts[kept], new.successes[kept], new.attempts[kept])
