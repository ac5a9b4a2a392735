"""The document of ``evalsuite compare --base --new``: two arms of training seeds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from evalsuite.comparison.training_seeds import SeedDifference
from evalsuite.documents.document import Document
from evalsuite.documents.final_verdict import FinalVerdict, final_verdict
from evalsuite.documents.pairing import PairingRecord, pairing_record
from evalsuite.documents.parts import (
    SCHEMA,
    BoundsWithoutCap,
    HeldAtEveryLook,
    RunDifference,
    bounds_without_cap,
    held_at_every_look,
    limits,
)
from evalsuite.findings import Caution, Light
from evalsuite.stats.crossed import SeedSpread
from evalsuite.stats.decision import Verdict
from evalsuite.stats.result import Estimate
from evalsuite.wording import training_seeds

if TYPE_CHECKING:
    from analyses.seed_comparison.arms import SeedArms

__all__ = ["TrainingSeedsComparison", "of_training_seeds"]


@dataclass(frozen=True, slots=True)
class ArmScore:
    """The accuracy of an arm of training seeds.

    Attributes
    ----------
    label
        Name of the arm.
    accuracy
        Mean of the accuracies of its runs.
    runs
        The accuracy of each run, by its label.
    """

    label: str
    accuracy: float
    runs: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSeedsComparison(Document):
    """Two arms of stored runs, one run a training seed.

    Attributes
    ----------
    design
        Tells this document from the other comparisons.
    paired_seeds
        Whether the runs were matched by seed.
    score_range
        Lowest and highest score possible, where the grader gives scores: each ``accuracy`` is then a mean score, and
        all differences and the margin are in its unit. null for verdicts of right and wrong.
    n_problems, n_clusters, n_dropped
        Problems compared, independent groups of them, and problems left out.
    base, new
        Accuracy of each arm.
    difference
        New minus base: over seeds and problems, or, with one run in each arm, over problems.
    intervals, pvalues
        By what they let vary, that of the verdict first; intervals as ``[low, high]``.
    seeds
        One entry a run of the arm with several seeds.
    seed_spread
        How far the seeds of an arm lie apart, by its label.
    n_seeds_needed
        Seeds in an arm that the difference seen takes; null where no number can be named.
    alpha, power, margin
        Level of the verdict, power for planning, and equivalence margin as a share (null: none was stated).
    equivalence_pvalue
        Of the two one-sided tests against the margin; null without one.
    no_worse_pvalue
        Of "worse by less than the margin"; null without one.
    bounds_without_cap
        Had every completion finished; null where a run does not say which completions were truncated.
    every_look
        From the second look at growing arms on: what then decides, and what held had this been the only look; null
        at the first one.
    verdict
        The decision on the recipe.
    final_verdict
        What that is worth under other assumptions: what page, terminal and ``--fail-if`` say.
    finding
        The result and what it is worth, in one line: the heading of the page.
    lights
        Whether the verdict would change under other assumptions; empty where nothing but the counts is known.
    sentence
        The comparison in words.
    run_differences
        The properties in which the runs differ.
    not_recorded
        Properties that not every run has recorded.
    pairing
        How the problems were paired.
    cautions
        What must be read before the answer.
    warnings
        The cautions in words, then what belongs next to the answer.
    """

    SCHEMA: ClassVar[str] = SCHEMA

    design: Literal["training seeds"] = "training seeds"
    paired_seeds: bool
    score_range: tuple[float, float] | None = None
    n_problems: int
    n_clusters: int
    n_dropped: int
    base: ArmScore
    new: ArmScore
    difference: Estimate
    intervals: Mapping[str, tuple[float, float]]
    pvalues: Mapping[str, float]
    seeds: tuple[SeedDifference, ...]
    seed_spread: Mapping[str, SeedSpread]
    n_seeds_needed: int | None
    alpha: float
    power: float
    margin: float | None
    equivalence_pvalue: float | None
    no_worse_pvalue: float | None
    bounds_without_cap: BoundsWithoutCap | None
    every_look: HeldAtEveryLook | None
    verdict: Verdict
    final_verdict: FinalVerdict
    finding: str
    lights: tuple[Light, ...]
    sentence: str
    run_differences: tuple[RunDifference, ...]
    not_recorded: tuple[str, ...]
    pairing: PairingRecord | None
    cautions: tuple[Caution, ...]
    warnings: tuple[str, ...]


def of_training_seeds(arms: "SeedArms") -> TrainingSeedsComparison:
    """Return the document of a comparison of two arms of training seeds."""
    c = arms.comparison
    return TrainingSeedsComparison(
        paired_seeds=c.paired,
        score_range=c.score_range,
        n_problems=c.n_problems,
        n_clusters=c.n_clusters,
        n_dropped=c.n_dropped,
        base=_arm(c.base_label, c.base_accuracies),
        new=_arm(c.new_label, c.new_accuracies),
        difference=c.difference,
        intervals=limits(c.estimates),
        pvalues=c.pvalues,
        seeds=c.seeds,
        seed_spread=c.spreads,
        n_seeds_needed=c.seeds_for(c.difference.value),
        alpha=c.alpha,
        power=c.power,
        margin=c.margin,
        equivalence_pvalue=c.equivalence_pvalue,
        no_worse_pvalue=c.no_worse_pvalue,
        bounds_without_cap=bounds_without_cap(c.bounds),
        every_look=held_at_every_look(c.every_look),
        verdict=c.verdict,
        final_verdict=final_verdict(c.verdict, arms.lights),
        finding=arms.finding,
        lights=arms.lights,
        sentence=training_seeds.sentence(c),
        run_differences=tuple(RunDifference(d.name, d.values) for d in arms.runs.differences),
        not_recorded=arms.runs.unknown,
        pairing=pairing_record(arms.runs.pairing),
        cautions=arms.cautions,
        warnings=(*(caution.text for caution in arms.cautions), *arms.notes),
    )


def _arm(label: str, accuracies: Mapping[str, float]) -> ArmScore:
    return ArmScore(label, sum(accuracies.values()) / len(accuracies), accuracies)
