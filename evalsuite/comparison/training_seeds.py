"""Compare two arms of training seeds: several runs a recipe, all on the same problems.

The verdict is about the recipe on problems like these (seeds and problems both drawn); the interval over problems,
which is about the checkpoints at hand, and the one over seeds go with it. With one run in each arm only the
checkpoints can be compared: use `paired_table` and `problem_means` for the verdict on those.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypedDict

import numpy as np

from evalsuite.comparison.every_look import EveryLook, level_share, spent
from evalsuite.comparison.pair import paired_effect
from evalsuite.comparison.seed_arms import (
    Scores,
    arm_labels,
    clusters_of_runs,
    complete_runs,
    range_of_runs,
    worst_case_of_arms,
)
from evalsuite.scores import ScoreMatrix
from evalsuite.stats import cluster
from evalsuite.stats.bounded_mean import bounded_mean
from evalsuite.stats.crossed import (
    CrossedDifference,
    SeedSpread,
    crossed_difference,
    equivalence_pvalue,
    no_worse_pvalue,
    seed_spread,
)
from evalsuite.stats.decision import LOWEST_LEVEL, Verdict, check_level, decide
from evalsuite.stats.result import Estimate, rescaled
from evalsuite.stats.seeds import seeds_needed
from evalsuite.stats.worst_case import WorstCase

__all__ = ["SeedComparison", "SeedDifference", "compare_seeds"]


@dataclass(frozen=True, slots=True)
class SeedDifference:
    """One run of an arm that has several.

    Attributes
    ----------
    label, accuracy
        Name of the run, and the mean of its problem means.
    against
        What it is compared with: the run of the same seed, the fixed run, or the mean of the other arm.
    difference
        Paired difference, new minus base, with an interval over problems.
    """

    label: str
    accuracy: float
    against: str
    difference: Estimate


@dataclass(frozen=True, slots=True)
class SeedComparison:
    """What a comparison over training seeds says.

    Attributes
    ----------
    base_label, new_label
        Names of the arms.
    base_accuracies, new_accuracies
        Mean of problem means of each run, by label.
    difference
        The estimate with the interval of the verdict: over seeds and problems, or, with one run in each arm, over
        problems; where the question is about accuracy without the token limit, that of the worst case.
    pvalue
        Of that interval; None with one run in each arm, where no test concerns the recipe.
    crossed
        All three intervals; None with one run in each arm.
    seeds
        One entry a run of the arm with several seeds; of the new arm where both have several.
    spreads
        Of each arm with several seeds, by its label.
    deviation
        Standard deviation over seeds: of the paired differences, of the arm that has seeds, or the mean over both
        arms (root of the mean square); None with one run in each arm.
    paired
        Whether the runs were matched by seed.
    bounds
        Worst case of the mean difference had every completion finished, with seeds and problems drawn; None where a
        run does not say which completions were truncated.
    worst_case
        Where the question is about accuracy without the token limit, what decides: `bounds`, or, without stop
        reasons, as if every wrong completion had been truncated; else None.
    score_range
        Lowest and highest score possible, in whose unit all means and differences are ("accuracies" are mean scores
        then); None for verdicts of right and wrong.
    every_look
        From the second look at growing arms on: what holds at every look, which then decides; else None.
    """

    base_label: str
    new_label: str
    base_accuracies: Mapping[str, float]
    new_accuracies: Mapping[str, float]
    difference: Estimate
    pvalue: float | None
    crossed: CrossedDifference | None
    seeds: tuple[SeedDifference, ...]
    spreads: Mapping[str, SeedSpread]
    deviation: float | None
    paired: bool
    bounds: WorstCase | None
    worst_case: WorstCase | None
    n_problems: int
    n_clusters: int
    clustered: bool
    n_dropped: int
    alpha: float
    power: float
    margin: float | None
    equivalence_pvalue: float | None
    no_worse_pvalue: float | None
    verdict: Verdict
    score_range: tuple[float, float] | None = None
    every_look: EveryLook | None = None

    @property
    def estimates(self) -> dict[str, Estimate]:
        """The intervals by what they let vary, that of the verdict first."""
        if self.crossed is None:
            return {"problems": self.difference}
        held = {} if self.every_look is None else {"every_look": self.every_look.difference}
        if self.worst_case is not None:
            held["without_cap"] = self.worst_case.around(self.crossed.both)
        return held | {
            "seeds_and_problems": self.crossed.both,
            "seeds": self.crossed.seeds.difference,
            "problems": self.crossed.problems,
        }

    @property
    def pvalues(self) -> dict[str, float]:
        """The p-values by what they let vary; without one on the recipe there is none."""
        if self.crossed is None:
            return {}
        held = {} if self.every_look is None else {"every_look": self.every_look.pvalue}
        if self.worst_case is not None:
            held["without_cap"] = self.worst_case.pvalue
        return held | {
            "seeds_and_problems": self.crossed.both_test.pvalue,
            "seeds": self.crossed.seeds.test.pvalue,
            "problems": self.crossed.problems_test.pvalue,
        }

    def seeds_for(self, difference: float) -> int | None:
        """Return the seeds in an arm with which a t test over seeds finds `difference` at the spread seen.

        None where there is no difference or no spread, or where more than 10,000 seeds are needed.
        """
        low, high = self.score_range or (0.0, 1.0)
        if not difference or not self.deviation or self.deviation / (high - low) < cluster.ZERO:
            return None
        one_sample = self.paired or min(len(self.base_accuracies), len(self.new_accuracies)) == 1
        try:
            return seeds_needed(difference, self.deviation, paired=one_sample, power=self.power, alpha=self.alpha)
        except ValueError:
            return None


def compare_seeds(
    base: Sequence[ScoreMatrix],
    new: Sequence[ScoreMatrix],
    *,
    paired: bool = False,
    alpha: float = 0.05,
    margin: float | None = None,
    power: float = 0.8,
    without_cap: bool = False,
    looks: Sequence[int] = (),
) -> SeedComparison:
    """Compare two arms of aligned runs, one run a training seed.

    Parameters
    ----------
    base, new
        At least one run each, all on the same problems in the same order (`scores.align`). Problems that a run has
        no completion of are left out. Clusters of any run are the independent groups.
    paired
        The runs of both arms are matched by seed, in their order.
    alpha, margin
        Level of the verdict, and the equivalence margin as a share, or in the unit of the scores, stated before the
        runs.
    without_cap
        Ask about the accuracy had every completion finished: the worst case over truncated completions decides and is
        printed; where a run does not say which were truncated, every wrong one counts.
    looks
        Numbers of problems at which the arms were shown, with whatever seeds they had, now among them. With two or
        more of them what decides holds at every look (`every_look`).

    Raises
    ------
    ValueError
        An arm has no run, or paired arms have different numbers of runs or only one.
    ComparisonError
        Two runs put problems under different templates, or have scores of different ranges.
    InputError
        The question is about scores without the token limit, or the margin is not smaller than their range.
    """
    found = _one_look(
        base, new, paired=paired, alpha=alpha, margin=margin, power=power, without_cap=without_cap
    )  # fmt: skip
    if len(looks) < 2 or found.pvalue is None:
        return found
    level = max(alpha * level_share(len(looks)), LOWEST_LEVEL)
    strict = _one_look(base, new, paired=paired, alpha=level, margin=margin, power=power, without_cap=without_cap)
    held = spent(
        looks,
        difference=strict.difference,
        pvalue=found.pvalue,
        smallest_pvalue=0.0,
        claim_interval=None,
        claim_pvalues=(strict.equivalence_pvalue, strict.no_worse_pvalue),
        alpha=alpha,
        alone=(found.difference, found.pvalue, found.verdict),
    )
    return replace(
        found,
        every_look=held,
        difference=held.difference,
        pvalue=held.pvalue,
        equivalence_pvalue=held.claim_pvalues[0],
        no_worse_pvalue=held.claim_pvalues[1],
        verdict=strict.verdict,
    )


def _one_look(
    base: Sequence[ScoreMatrix],
    new: Sequence[ScoreMatrix],
    *,
    paired: bool,
    alpha: float,
    margin: float | None,
    power: float,
    without_cap: bool,
) -> SeedComparison:
    """Compare two arms in a single look."""
    check_level(alpha)
    base_runs, new_runs = complete_runs(base, new)
    score_range = range_of_runs((*base_runs, *new_runs), margin, without_cap=without_cap)
    low, high = (0.0, 1.0) if score_range is None else score_range
    span = high - low
    labels = arm_labels(base_runs, new_runs)
    tables = np.stack([run.unit_means for run in base_runs]), np.stack([run.unit_means for run in new_runs])
    clusters = clusters_of_runs((*base_runs, *new_runs))
    n_problems = base_runs[0].n_problems
    n_clusters = n_problems if clusters is None else len(set(clusters))
    level = 1 - alpha
    crossed = None
    if paired or max(len(base), len(new)) > 1:
        crossed = crossed_difference(*tables, clusters=clusters, paired=paired, confidence_level=level)
    known = score_range is None and all(run.truncation_known for run in (*base_runs, *new_runs))
    bounds = None
    if known or without_cap:
        bounds = worst_case_of_arms(base_runs, new_runs, clusters, paired=paired, margin=margin, confidence_level=level)
    seeds = _seeds(base_runs, new_runs, labels, paired=paired, confidence_level=level)
    accuracies = low + span * tables[0].mean(axis=1), low + span * tables[1].mean(axis=1)
    decided = _decided(crossed, seeds, bounds if without_cap else None, alpha, margin, score_range)
    return SeedComparison(
        base_label=labels[0],
        new_label=labels[1],
        base_accuracies=_by_run(base_runs, accuracies[0]),
        new_accuracies=_by_run(new_runs, accuracies[1]),
        crossed=crossed if crossed is None or score_range is None else _in_unit(crossed, span),
        seeds=seeds,
        spreads=_spreads(labels, tables, clusters, n_clusters, span),
        deviation=_deviation(*accuracies, paired=paired),
        paired=paired,
        bounds=bounds if known else None,
        worst_case=bounds if without_cap else None,
        n_problems=n_problems,
        n_clusters=n_clusters,
        clustered=clusters is not None,
        n_dropped=base[0].n_problems - n_problems,
        alpha=alpha,
        power=power,
        margin=margin,
        score_range=score_range,
        **decided,
    )


class _Decided(TypedDict):
    """The fields of a comparison that say what was decided."""

    difference: Estimate
    pvalue: float | None
    equivalence_pvalue: float | None
    no_worse_pvalue: float | None
    verdict: Verdict


def _decided(
    crossed: CrossedDifference | None,
    seeds: Sequence[SeedDifference],
    worst: WorstCase | None,
    alpha: float,
    margin: float | None,
    score_range: tuple[float, float] | None,
) -> _Decided:
    """Decide about the recipe; without several seeds there is an interval over problems and no test.

    Parameters
    ----------
    crossed
        On scores brought to 0 to 1.
    worst
        Where the question is about accuracy without the token limit: what then decides; else None.
    """
    low, high = (0.0, 1.0) if score_range is None else score_range
    similar = unharmed = None
    if crossed is None:
        difference, pvalue, smallest = seeds[0].difference, None, 1.0
    else:
        difference, pvalue, smallest = (
            rescaled(crossed.both, high - low), crossed.both_test.pvalue, crossed.smallest_pvalue,
        )  # fmt: skip
        if margin is not None:
            similar = equivalence_pvalue(crossed, margin / (high - low))
            unharmed = no_worse_pvalue(crossed, margin / (high - low))
    if worst is not None:
        difference = worst.around(difference)
        if crossed is not None:
            pvalue, similar, unharmed = worst.pvalue, worst.equivalence_pvalue, worst.no_worse_pvalue
    verdict = decide(
        difference.value,
        1.0 if pvalue is None else pvalue,
        smallest_pvalue=smallest,
        alpha=alpha,
        margin=margin,
        equivalence_pvalue=similar,
        no_worse_pvalue=unharmed,
        identified=worst is None or worst.sign_identified,
        grouped=True,
    )
    if crossed is None and verdict.kind == "too few independent groups":
        verdict = Verdict("one training seed")
    if verdict.claims:
        verdict = replace(verdict, score_range=score_range)
    return {
        "difference": difference,
        "pvalue": pvalue,
        "equivalence_pvalue": similar,
        "no_worse_pvalue": unharmed,
        "verdict": verdict,
    }


def _in_unit(crossed: CrossedDifference, span: float) -> CrossedDifference:
    """Return the three intervals in the unit of the scores; p-values have none."""
    return replace(
        crossed,
        problems=rescaled(crossed.problems, span),
        seeds=replace(crossed.seeds, difference=rescaled(crossed.seeds.difference, span)),
        both=rescaled(crossed.both, span),
    )


def _by_run(runs: Sequence[ScoreMatrix], accuracies: Scores) -> dict[str, float]:
    return {run.label: float(accuracy) for run, accuracy in zip(runs, accuracies, strict=True)}


def _seeds(
    base: Sequence[ScoreMatrix],
    new: Sequence[ScoreMatrix],
    labels: tuple[str, str],
    *,
    paired: bool,
    confidence_level: float,
) -> tuple[SeedDifference, ...]:
    """Compare each run of the arm with several seeds with its counterpart."""
    if paired or min(len(base), len(new)) == 1:
        pairs = list(zip(base, new, strict=True)) if paired else [(b, n) for b in base for n in new]
        own, other = (1, 0) if len(new) > 1 or len(base) == 1 else (0, 1)
        return tuple(
            SeedDifference(pair[own].label, float(pair[own].problem_means.mean()), pair[other].label,
                 paired_effect(*pair, alpha=1 - confidence_level)[0])
            for pair in pairs
        )  # fmt: skip
    centre = np.mean([run.unit_means for run in base], axis=0)
    low, high = base[0].score_range or (0.0, 1.0)
    found = []
    for run in new:
        mean = bounded_mean(run.unit_means - centre, bounds=(-1.0, 1.0), clusters=run.clusters)
        estimate = rescaled(mean.estimate(confidence_level=confidence_level), high - low)
        found.append(SeedDifference(run.label, float(run.problem_means.mean()), labels[0], estimate))
    return tuple(found)


def _spreads(
    labels: tuple[str, str], tables: Sequence[Scores], clusters: tuple[str, ...] | None, n_clusters: int, span: float
) -> dict[str, SeedSpread]:
    return {
        label: _spread_in_unit(seed_spread(table, clusters=clusters), span)
        for label, table in zip(labels, tables, strict=True)
        if len(table) > 1 and n_clusters > 1
    }


def _spread_in_unit(spread: SeedSpread, span: float) -> SeedSpread:
    return replace(
        spread,
        deviation=span * spread.deviation, by_problems=span * spread.by_problems, between=span * spread.between,
    )  # fmt: skip


def _deviation(base: Scores, new: Scores, *, paired: bool) -> float | None:
    """Return the standard deviation over seeds that planning uses, from the accuracy of each run."""
    if paired:
        return float((new - base).std(ddof=1))
    variances = [float(arm.var(ddof=1)) for arm in (base, new) if arm.size > 1]
    return math.sqrt(sum(variances) / len(variances)) if variances else None
