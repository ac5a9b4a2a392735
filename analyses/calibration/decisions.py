"""What is printed for simulated runs, through the functions that decide for stored ones, held against the truth."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analyses.calibration.printed import ALPHA, Printed, compared, compared_seeds, family_of
from analyses.calibration.simulated_runs import SimulatedRuns
from evalsuite.scores import ScoreMatrix
from evalsuite.stats.anytime import anytime_looks
from evalsuite.stats.best_of import best_of, picked_difference
from evalsuite.stats.cluster_t import cluster_t

__all__ = [
    "Decide",
    "Outcome",
    "best_run",
    "growing",
    "no_worse_than",
    "one_pair",
    "picked",
    "several_runs",
    "training_seeds",
    "within",
    "without_cap",
]

# Rounding of a limit that should be the true difference itself.
SLACK = 1e-9


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was printed for one draw, beside the truth.

    Attributes
    ----------
    false
        A gain, a loss or a claim was printed that does not hold.
    right
        One was printed that does hold.
    covered
        The printed interval holds the true difference; of several intervals, as a share.
    contradicts
        What was printed and the interval disagree.
    no_verdict
        The design was said to allow no verdict.
    t
        The t test over independent groups, with as many degrees of freedom as the sizes of the groups allow, finds a
        difference; None where it does not ask the same.
    """

    false: bool
    right: bool
    covered: float
    contradicts: bool
    no_verdict: bool = False
    t: bool | None = None


Decide = Callable[[SimulatedRuns], Outcome]


def one_pair(runs: SimulatedRuns) -> Outcome:
    """Compare a base with one new run."""
    base, new = runs.base[0], runs.new[0]
    return _outcome(compared(base, new), runs.differences[0], t=_t_resolves(base, new))


def several_runs(runs: SimulatedRuns) -> Outcome:
    """Compare a base with several new runs; one false verdict among them is one too many."""
    printed = family_of(runs.base[0], runs.new)
    single = [_outcome(p, truth, adjusted=True) for p, truth in zip(printed, runs.differences, strict=True)]
    return Outcome(
        any(o.false for o in single),
        any(o.right for o in single),
        float(np.mean([o.covered for o in single])),
        any(o.contradicts for o in single),
    )


def training_seeds(runs: SimulatedRuns) -> Outcome:
    """Compare two arms of training seeds."""
    return _outcome(compared_seeds(runs.base, runs.new), runs.differences[0])


def within(margin: float) -> Decide:
    """Claim that the runs differ by less than the margin."""

    def decide(runs: SimulatedRuns) -> Outcome:
        printed, truth = compared(runs.base[0], runs.new[0], margin), runs.differences[0]
        low, high = printed.claim_interval
        inside = -margin < low and high < margin
        return _claim(printed, "equivalent", truth, holds=abs(truth) < margin - SLACK, inside=inside)

    return decide


def no_worse_than(margin: float) -> Decide:
    """Claim that the new run is worse by less than the margin."""

    def decide(runs: SimulatedRuns) -> Outcome:
        printed, truth = compared(runs.base[0], runs.new[0], margin), runs.differences[0]
        inside = printed.claim_interval[0] > -margin
        return _claim(printed, "no worse", truth, holds=truth > -margin + SLACK, inside=inside)

    return decide


def without_cap(runs: SimulatedRuns) -> Outcome:
    """Compare accuracies as they would be had every completion finished."""
    return _outcome(compared(runs.base[0], runs.new[0], without_cap=True), runs.differences[0])


def growing(looks: Sequence[int]) -> Decide:
    """Show a growing pair at several looks: it is resolved where any look resolves it."""

    def decide(runs: SimulatedRuns) -> Outcome:
        truth, values = runs.differences[0], _differences(runs.base[0], runs.new[0])
        shown = anytime_looks(values, looks, confidence_level=1 - ALPHA)
        single = [_outcome(Printed((e.low > 0) - (e.high < 0), e.low, e.high), truth) for e in shown]
        return Outcome(
            any(o.false for o in single),
            any(o.right for o in single),
            all(o.covered for o in single),
            any(o.contradicts for o in single),
        )

    return decide


def picked(runs: SimulatedRuns) -> Outcome:
    """Compare the new run with the highest accuracy with the base, its selection removed."""
    scores = np.stack([run.problem_means for run in runs.new])
    best = picked_difference(runs.base[0].problem_means, scores, confidence_level=1 - ALPHA)
    e = best.difference
    resolved = int(np.sign(e.value)) if best.pvalue < ALPHA else 0
    return _outcome(Printed(resolved, e.low, e.high), runs.differences[best.picked])


def best_run(runs: SimulatedRuns) -> Outcome:
    """Say which new runs may be the best; false where the one that is best is not among them."""
    answer = best_of(np.stack([run.problem_means for run in runs.new]), confidence_level=1 - ALPHA)
    holds = int(np.argmax(runs.differences)) in answer.possible
    told = len(answer.possible) < len(runs.new)
    return Outcome(not holds, holds and told, holds, answer.leader not in answer.possible)


def _outcome(printed: Printed, truth: float, *, t: bool | None = None, adjusted: bool = False) -> Outcome:
    sign, excludes = int(np.sign(truth)), (printed.low > 0) - (printed.high < 0)
    # An adjusted verdict may stay open where the interval, which is not adjusted, leaves 0 out.
    contradicts = printed.resolved not in (0, excludes) if adjusted else printed.resolved != excludes
    return Outcome(
        false=printed.resolved not in (0, sign),
        right=printed.resolved == sign != 0,
        covered=_covers(printed, truth),
        contradicts=contradicts,
        no_verdict=printed.no_verdict,
        t=t,
    )


def _claim(printed: Printed, claim: str, truth: float, *, holds: bool, inside: bool) -> Outcome:
    claimed = claim in printed.claims
    return Outcome(claimed and not holds, claimed and holds, _covers(printed, truth), claimed != inside)


def _covers(printed: Printed, truth: float) -> bool:
    return printed.low - SLACK <= truth <= printed.high + SLACK


def _differences(base: ScoreMatrix, new: ScoreMatrix) -> NDArray[np.float64]:
    difference = new.problem_means - base.problem_means
    return difference[np.isfinite(difference)]


def _t_resolves(base: ScoreMatrix, new: ScoreMatrix) -> bool:
    made = np.isfinite(new.problem_means - base.problem_means)
    groups = new.clusters or base.clusters
    t = cluster_t(_differences(base, new), clusters=None if groups is None else np.asarray(groups)[made].tolist())
    return t is not None and t.test().pvalue < ALPHA
