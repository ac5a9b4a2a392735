"""What is printed for simulated runs, through the functions that decide for stored ones, held against the truth."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from analyses.calibration.printed import (
    Printed,
    best_of_runs,
    compared,
    compared_seeds,
    family_of,
    seeds_while_growing,
    shown_while_growing,
)
from analyses.calibration.rivals import Rival, one_look, t_claims, t_of_several, t_resolves, welch
from analyses.calibration.simulated_runs import SimulatedRuns

__all__ = [
    "Decide",
    "Outcome",
    "best_run",
    "growing",
    "growing_no_worse",
    "growing_seeds",
    "no_worse_than",
    "one_pair",
    "picked",
    "seeds_no_worse",
    "seeds_within",
    "several_no_worse",
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
    rival
        What a rival finds; None where none asks the same.
    here
        The same of what was printed about these very problems; None where nothing was, or it is not judged.
    """

    false: bool
    right: bool
    covered: float
    contradicts: bool
    no_verdict: bool = False
    rival: Rival | None = None
    here: "Outcome | None" = None


Decide = Callable[[SimulatedRuns], Outcome]


def one_pair(runs: SimulatedRuns) -> Outcome:
    """Compare a base with one new run."""
    base, new = runs.base[0], runs.new[0]
    printed = compared(base, new)
    return _outcome(printed, runs.differences[0], rival=t_resolves(base, new), here=_here(runs, 0, printed))


def several_runs(runs: SimulatedRuns) -> Outcome:
    """Compare a base with several new runs; one false verdict among them is one too many."""
    printed = family_of(runs.base[0], runs.new)
    single = [_outcome(p, truth, adjusted=True) for p, truth in zip(printed, runs.differences, strict=True)]
    here = [o for o in (_here(runs, i, p, adjusted=True) for i, p in enumerate(printed)) if o is not None]
    return _any(single, _any(here) if here else None, rival=max(t_of_several(runs.base[0], runs.new)))


def several_no_worse(margin: float) -> Decide:
    """Claim of several new runs that they are worse by less than the margin."""

    def decide(runs: SimulatedRuns) -> Outcome:
        printed = family_of(runs.base[0], runs.new, margin)
        single = [
            _no_worse(p, truth, margin, adjusted=True) for p, truth in zip(printed, runs.differences, strict=True)
        ]
        return _any(single, rival=max(t_of_several(runs.base[0], runs.new, margin)))

    return decide


def training_seeds(runs: SimulatedRuns) -> Outcome:
    """Compare two arms of training seeds."""
    return _outcome(compared_seeds(runs.base, runs.new), runs.differences[0], rival=welch(runs.base, runs.new))


def seeds_within(margin: float) -> Decide:
    """Claim that two arms of training seeds differ by less than the margin."""

    def decide(runs: SimulatedRuns) -> Outcome:
        outcome = _equivalent(compared_seeds(runs.base, runs.new, margin), runs.differences[0], margin)
        return replace(outcome, rival=welch(runs.base, runs.new, -margin, margin))

    return decide


def seeds_no_worse(margin: float) -> Decide:
    """Claim that the new arm of training seeds is worse by less than the margin."""

    def decide(runs: SimulatedRuns) -> Outcome:
        outcome = _no_worse(compared_seeds(runs.base, runs.new, margin), runs.differences[0], margin)
        return replace(outcome, rival=welch(runs.base, runs.new, -margin))

    return decide


def within(margin: float) -> Decide:
    """Claim that the runs differ by less than the margin."""

    def decide(runs: SimulatedRuns) -> Outcome:
        base, new = runs.base[0], runs.new[0]
        outcome = _equivalent(compared(base, new, margin), runs.differences[0], margin)
        return replace(outcome, rival=t_claims(base, new, -margin, margin))

    return decide


def no_worse_than(margin: float) -> Decide:
    """Claim that the new run is worse by less than the margin."""

    def decide(runs: SimulatedRuns) -> Outcome:
        base, new = runs.base[0], runs.new[0]
        outcome = _no_worse(compared(base, new, margin), runs.differences[0], margin)
        return replace(outcome, rival=t_claims(base, new, -margin, math.inf))

    return decide


def without_cap(runs: SimulatedRuns) -> Outcome:
    """Compare accuracies as they would be had every completion finished."""
    return _outcome(compared(runs.base[0], runs.new[0], without_cap=True), runs.differences[0])


def growing(looks: Sequence[int], *, without_cap: bool = False) -> Decide:
    """Show a growing pair at several looks, and judge all that is printed, from the first look on."""

    def decide(runs: SimulatedRuns) -> Outcome:
        shown = shown_while_growing(runs.base[0], runs.new[0], looks, without_cap=without_cap)
        once = compared(runs.base[0], runs.new[0], without_cap=without_cap)
        return _every([_outcome(p, runs.differences[0]) for p in shown], rival=one_look(once))

    return decide


def growing_no_worse(looks: Sequence[int], margin: float) -> Decide:
    """Claim of a growing pair, at each of several looks, that the new run is worse by less than the margin."""

    def decide(runs: SimulatedRuns) -> Outcome:
        shown = shown_while_growing(runs.base[0], runs.new[0], looks, margin)
        once = compared(runs.base[0], runs.new[0], margin)
        return _every([_no_worse(p, runs.differences[0], margin) for p in shown], rival=one_look(once, "no worse"))

    return decide


def growing_seeds(seeds: Sequence[int]) -> Decide:
    """Show two arms to which training seeds are added, and judge all that is printed."""

    def decide(runs: SimulatedRuns) -> Outcome:
        shown = [_outcome(p, runs.differences[0]) for p in seeds_while_growing(runs.base, runs.new, seeds)]
        return _every(shown, rival=one_look(compared_seeds(runs.base, runs.new)))

    return decide


def _every(shown: Sequence[Outcome], *, rival: Rival) -> Outcome:
    """Join what was printed at several looks: all of the intervals have to hold."""
    return replace(_any(shown, rival=rival), covered=all(o.covered for o in shown))


def picked(runs: SimulatedRuns) -> Outcome:
    """Compare the new run with the highest accuracy with the base, its selection removed."""
    i, printed, _ = best_of_runs(runs.base[0], runs.new)
    return _outcome(printed, runs.differences[i], rival=t_of_several(runs.base[0], runs.new)[i])


def best_run(runs: SimulatedRuns) -> Outcome:
    """Say which new runs may be the best; false where the one that is best is not among them."""
    leader, _, possible = best_of_runs(runs.base[0], runs.new)
    holds = int(np.argmax(runs.differences)) in possible
    told = len(possible) < len(runs.new)
    return Outcome(not holds, holds and told, holds, leader not in possible)


def _any(single: Sequence[Outcome], here: Outcome | None = None, *, rival: Rival | None = None) -> Outcome:
    """Join several statements made at once: one false one among them is one too many."""
    return Outcome(
        false=any(o.false for o in single),
        right=any(o.right for o in single),
        covered=float(np.mean([o.covered for o in single])),
        contradicts=any(o.contradicts for o in single),
        no_verdict=all(o.no_verdict for o in single),
        rival=rival,
        here=here,
    )


def _outcome(
    printed: Printed, truth: float, *, rival: Rival | None = None, adjusted: bool = False, here: Outcome | None = None
) -> Outcome:
    sign, excludes = int(np.sign(truth)), (printed.low > 0) - (printed.high < 0)
    # An adjusted verdict may stay open where the interval, which is not adjusted, leaves 0 out.
    contradicts = printed.resolved not in (0, excludes) if adjusted else printed.resolved != excludes
    return Outcome(
        false=printed.resolved not in (0, sign),
        right=printed.resolved == sign != 0,
        covered=_covers(printed, truth),
        contradicts=contradicts,
        no_verdict=printed.no_verdict,
        rival=rival,
        here=here,
    )


def _here(runs: SimulatedRuns, i: int, printed: Printed, *, adjusted: bool = False) -> Outcome | None:
    """Judge what was printed of these very problems by the chances that were drawn for them."""
    if printed.here is None or runs.chances is None:
        return None
    kept = np.minimum(runs.base[0].attempts, runs.new[i].attempts) >= max(1, printed.fewest)
    truth = float((runs.chances[1 + i] - runs.chances[0])[kept].mean())
    # A difference of rounding alone is none.
    return _outcome(printed.here, truth if abs(truth) > SLACK else 0.0, adjusted=adjusted)


def _equivalent(printed: Printed, truth: float, margin: float) -> Outcome:
    return _claim(printed, "equivalent", truth, holds=abs(truth) < margin - SLACK, low=-margin, high=margin)


def _no_worse(printed: Printed, truth: float, margin: float, *, adjusted: bool = False) -> Outcome:
    holds = truth > -margin + SLACK
    return _claim(printed, "no worse", truth, holds=holds, low=-margin, high=2.0, adjusted=adjusted)


def _claim(
    printed: Printed, claim: str, truth: float, *, holds: bool, low: float, high: float, adjusted: bool = False
) -> Outcome:
    """Judge a claim that the difference lies between low and high."""
    claimed = claim in printed.claims
    if printed.claim_interval is None:
        # The claim rests on an interval of level 1 - 2 alpha, which the printed one includes.
        contradicts = low < printed.low and printed.high < high and not claimed
    else:
        inside = low < printed.claim_interval[0] and printed.claim_interval[1] < high
        contradicts = claimed and not inside if adjusted else claimed != inside
    return Outcome(claimed and not holds, claimed and holds, _covers(printed, truth), contradicts, printed.no_verdict)


def _covers(printed: Printed, truth: float) -> bool:
    return printed.low - SLACK <= truth <= printed.high + SLACK
