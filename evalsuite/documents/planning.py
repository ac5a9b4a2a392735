"""The documents of ``evalsuite plan``."""

from dataclasses import dataclass
from typing import ClassVar

from evalsuite.comparison.margin_planning import ClaimPlan, MarginPlan
from evalsuite.comparison.planning import Detectable, DetectionPlan, SampleSizePlan
from evalsuite.comparison.score_planning import ScorePlan
from evalsuite.documents.document import Document
from evalsuite.wording import planning

__all__ = [
    "ProblemsForMargin",
    "ProblemsForScores",
    "ProblemsNeeded",
    "SmallestDifference",
    "of_detection",
    "of_margin",
    "of_plan",
    "of_sample_size",
    "of_scores",
]

SCHEMA = "evalsuite.plan/2"


@dataclass(frozen=True, slots=True)
class MethodCounts:
    """Problems needed by each method.

    Attributes
    ----------
    exact, midp, connor
        With one completion a problem: exact McNemar test, mid-p test, Connor's normal formula. The first two are null
        where the third exceeds 5,000.
    miller
        With the completions asked for, by Miller's formula, which is too small below about 30 problems.
    bounded_mean
        With the completions and templates asked for, by the test that then decides; null with one completion of
        independent problems.
    """

    exact: int | None
    midp: int | None
    connor: int
    miller: int
    bounded_mean: int | None


@dataclass(frozen=True, slots=True)
class PairingScenario:
    """One way in which the two runs may pair.

    Attributes
    ----------
    name
        ``nested``, ``correlation 0.5``, ``correlation 0.3``, ``independent`` or ``worst``.
    correlation
        Of the two scores of a problem; null where the scenario does not set it.
    wins, losses, discordant
        Shares of problems that only the new run solves, that only the base solves, and their sum.
    n
        Problems needed.
    """

    name: str
    correlation: float | None
    wins: float
    losses: float
    discordant: float
    n: MethodCounts


@dataclass(frozen=True, slots=True)
class ImpossiblePairing:
    """A way of pairing that the two accuracies do not allow.

    Attributes
    ----------
    name, reason
        The scenario, and why it cannot be.
    """

    name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemsNeeded(Document):
    """How many problems a difference needs: ``evalsuite plan --base --new``.

    Attributes
    ----------
    base, new, difference
        Assumed accuracies, and new minus base.
    power, alpha
        Probability to detect the difference, and level of the two-sided test.
    completions, within_problem_variance_share
        Completions a problem for ``miller`` and ``bounded_mean``, and the share of a score's variance between
        completions of one problem.
    template_size, template_correlation
        Problems a template for ``bounded_mean``, and the correlation of the differences of two of them.
    scenarios
        From least to most discordant.
    impossible_pairings
        Scenarios that the accuracies do not allow.
    sentence
        The plan in words.
    """

    SCHEMA: ClassVar[str] = SCHEMA

    base: float
    new: float
    difference: float
    power: float
    alpha: float
    completions: int
    within_problem_variance_share: float
    template_size: int
    template_correlation: float
    scenarios: tuple[PairingScenario, ...]
    impossible_pairings: tuple[ImpossiblePairing, ...]
    sentence: str


@dataclass(frozen=True, slots=True)
class MarginScenario:
    """One way in which the two runs may pair, and what each claim takes then.

    Attributes
    ----------
    name, correlation, wins, losses, discordant
        As in a pairing scenario.
    no_worse, equivalent
        Of "worse by less than the margin", and of "within the margin in both directions": problems needed (null where
        the true difference rules the claim out), and the chance that ``n_problems`` show it.
    """

    name: str
    correlation: float | None
    wins: float
    losses: float
    discordant: float
    no_worse: ClaimPlan
    equivalent: ClaimPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemsForMargin(Document):
    """How many problems a claim against a margin needs: ``evalsuite plan --base --margin``.

    Attributes
    ----------
    base, new, difference
        Assumed accuracies, and new minus base.
    margin
        As a share.
    n_problems
        Number of problems whose power was asked for; null without one.
    power, alpha
        Probability to make the claim, and level of each one-sided test.
    completions, within_problem_variance_share
        Completions a problem, and the share of a score's variance between completions of one problem.
    template_size, template_correlation
        Problems a template (1: independent problems), and the correlation of the differences of two of them.
    scenarios
        From least to most discordant.
    impossible_pairings
        Scenarios that the accuracies do not allow.
    sentence
        The plan in words.
    """

    SCHEMA: ClassVar[str] = SCHEMA

    base: float
    new: float
    difference: float
    margin: float
    n_problems: int | None
    power: float
    alpha: float
    completions: int
    within_problem_variance_share: float
    template_size: int
    template_correlation: float
    scenarios: tuple[MarginScenario, ...]
    impossible_pairings: tuple[ImpossiblePairing, ...]
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallestDifference(Document):
    """What a number of problems can detect: ``evalsuite plan --n``.

    Attributes
    ----------
    n_problems
        Number of problems, one completion each.
    power, alpha
        Probability to detect, and level of the two-sided test.
    smallest_attainable_pvalue
        Exact p-value of the most extreme outcome.
    minimum_detectable_difference
        By rate of discordance.
    sentence
        The plan in words.
    """

    SCHEMA: ClassVar[str] = SCHEMA

    n_problems: int
    power: float
    alpha: float
    smallest_attainable_pvalue: float
    minimum_detectable_difference: tuple[Detectable, ...]
    sentence: str


@dataclass(frozen=True, slots=True)
class ScoreSpread:
    """How the differences of problems are spread, and what is planned for it.

    Attributes
    ----------
    name
        ``as in these runs``; of one run ``correlation 0.8``, ``correlation 0.5`` and ``correlation 0``; of a standard
        deviation alone ``all problems alike`` and ``few problems``, which differ by the whole range.
    deviation
        Standard deviation of the paired differences of problems.
    n
        Problems that detect the difference; null where it was not asked for, or more than a billion are needed.
    detectable
        Smallest true difference that ``n_problems`` detect; null where it was not asked for, or there is none.
    no_worse, equivalent
        As for accuracies; null without a margin.
    """

    name: str
    deviation: float
    n: int | None
    detectable: float | None
    no_worse: ClaimPlan | None
    equivalent: ClaimPlan | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemsForScores(Document):
    """A plan for mean scores: ``evalsuite plan --score-range --sd`` and ``evalsuite plan --like``.

    Attributes
    ----------
    score_range
        Lowest and highest score possible; all numbers are in their unit.
    difference
        True difference; 0 where claims were planned without one, null where only ``n_problems`` was given.
    margin, n_problems
        null where not given.
    power, alpha
        Probability to detect the difference or to make the claim, and level of the test.
    scenarios
        From least to most spread.
    sentence
        The plan in words.
    """

    SCHEMA: ClassVar[str] = SCHEMA

    score_range: tuple[float, float]
    difference: float | None
    margin: float | None
    n_problems: int | None
    power: float
    alpha: float
    scenarios: tuple[ScoreSpread, ...]
    sentence: str


def of_scores(plan: ScorePlan) -> ProblemsForScores:
    """Return the document of a plan for mean scores."""
    return ProblemsForScores(
        score_range=plan.score_range,
        difference=plan.difference,
        margin=plan.margin,
        n_problems=plan.n_problems,
        power=plan.power,
        alpha=plan.alpha,
        scenarios=tuple(
            ScoreSpread(s.name, s.deviation, s.n, s.detectable, s.no_worse, s.equivalent) for s in plan.scenarios
        ),
        sentence=planning.mean_scores(plan),
    )


def of_sample_size(plan: SampleSizePlan) -> ProblemsNeeded:
    """Return the document of a plan for a difference."""
    return ProblemsNeeded(
        base=plan.base,
        new=plan.new,
        difference=plan.new - plan.base,
        power=plan.power,
        alpha=plan.alpha,
        completions=plan.completions,
        within_problem_variance_share=plan.within_problem_variance_share,
        template_size=plan.template_size,
        template_correlation=plan.template_correlation,
        scenarios=tuple(
            PairingScenario(
                name=s.scenario.name,
                correlation=s.scenario.correlation,
                wins=s.scenario.wins,
                losses=s.scenario.losses,
                discordant=s.scenario.discordant,
                n=MethodCounts(
                    exact=s.exact, midp=s.midp, connor=s.connor, miller=s.miller, bounded_mean=s.bounded_mean
                ),
            )
            for s in plan.scenarios
        ),
        impossible_pairings=tuple(ImpossiblePairing(name, reason) for name, reason in plan.impossible_pairings),
        sentence=planning.sample_size(plan),
    )


def of_detection(plan: DetectionPlan) -> SmallestDifference:
    """Return the document of a plan for a number of problems."""
    return SmallestDifference(
        n_problems=plan.n,
        power=plan.power,
        alpha=plan.alpha,
        smallest_attainable_pvalue=plan.smallest_attainable_pvalue,
        minimum_detectable_difference=plan.detectable,
        sentence=planning.detection(plan),
    )


def of_margin(plan: MarginPlan) -> ProblemsForMargin:
    """Return the document of a plan against a margin."""
    return ProblemsForMargin(
        base=plan.base,
        new=plan.new,
        difference=plan.new - plan.base,
        margin=plan.margin,
        n_problems=plan.n_problems,
        power=plan.power,
        alpha=plan.alpha,
        completions=plan.completions,
        within_problem_variance_share=plan.within_problem_variance_share,
        template_size=plan.template_size,
        template_correlation=plan.template_correlation,
        scenarios=tuple(
            MarginScenario(
                name=s.scenario.name,
                correlation=s.scenario.correlation,
                wins=s.scenario.wins,
                losses=s.scenario.losses,
                discordant=s.scenario.discordant,
                no_worse=s.no_worse,
                equivalent=s.equivalent,
            )
            for s in plan.scenarios
        ),
        impossible_pairings=tuple(ImpossiblePairing(name, reason) for name, reason in plan.impossible_pairings),
        sentence=planning.against_margin(plan),
    )


def of_plan(
    plan: SampleSizePlan | DetectionPlan | MarginPlan,
) -> ProblemsNeeded | SmallestDifference | ProblemsForMargin:
    """Return the document of whatever was planned."""
    if isinstance(plan, SampleSizePlan):
        return of_sample_size(plan)
    return of_margin(plan) if isinstance(plan, MarginPlan) else of_detection(plan)
