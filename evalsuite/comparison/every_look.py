"""What decides on a pair that grew and was looked at on the way: an interval and a p-value that hold at every look.

The test of a single look, read again and again, resolves equal models ever more often. From the second look on one of
two methods decides instead; together they keep the level over all looks from then on, and the first look alone keeps
it too. With independent problems it is the bets of `stats.anytime`, which may be stopped at any time. Where problems
come under templates, which arrive in parts, where truncated completions count either way, and over training seeds, no
such bets are known: the k-th look spends 6/(pi k)^2 of the level (Bonferroni), which adds up to all of it however many
looks there are, and holds at numbers of problems and seeds that did not depend on the results.

The verdict of the first look, which most pairs only have, is that of one look and has the whole level. A test that uses
its level up leaves nothing to later looks, so with it the level over the walk is at most 1.39 alpha. Normal means that
are looked at six times, each time with twice the data, are told apart in .058 at a level of .05, with ten times the
data in .063; what decides on templates and seeds is seldom that near to its level.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from evalsuite.stats.anytime import anytime_mean
from evalsuite.stats.decision import Verdict
from evalsuite.stats.result import Estimate, rescaled

__all__ = ["Claims", "EveryLook", "by_bets", "level_share", "spent"]

Claims = tuple[float | None, float | None]
"""p-values of equivalence and of "no worse"; None without a margin."""


@dataclass(frozen=True, slots=True)
class EveryLook:
    """What holds at whichever look it is read, beside what held had this been the only look.

    Attributes
    ----------
    looks
        Numbers of problems at which the pair was shown, this look among them.
    difference, pvalue, smallest_pvalue
        What decides: the difference with its interval, its p-value, and the smallest one that the design allows.
    claim_interval, claim_pvalues
        What claims against the margin rest on: an interval of two one-sided limits, None where there is none.
    alone, alone_pvalue, alone_verdict
        The same had this been the only look, not adjusted for a family; the p-value is None where there is none.
    """

    looks: tuple[int, ...]
    difference: Estimate
    pvalue: float
    smallest_pvalue: float
    claim_interval: Estimate | None
    claim_pvalues: Claims
    alone: Estimate
    alone_pvalue: float | None
    alone_verdict: Verdict

    @property
    def most_with_first_look(self) -> float | None:
        """The largest chance of a false verdict at any look, that of the first one included; None for bets."""
        spent_later = 1 - level_share(1)
        return None if self.stops_freely else (1 - self.difference.confidence_level) * (1 + spent_later)

    @property
    def stops_freely(self) -> bool:
        """Whether the numbers of problems may depend on the results seen before."""
        return self.difference.method == "anytime"


def level_share(k: int) -> float:
    """Return the share of the level that the k-th look spends.

    Examples
    --------
    >>> round(level_share(2), 4), round(sum(map(level_share, range(1, 100_000))), 4)
    (0.152, 1.0)
    """
    return 6 / (math.pi * k) ** 2


def by_bets(
    values: NDArray[np.float64],
    looks: Sequence[int],
    *,
    alpha: float,
    margin: float | None,
    span: float,
    alone: tuple[Estimate, float | None, Verdict],
) -> EveryLook:
    """Return what holds at every look of independent problems.

    Parameters
    ----------
    values : (n_problems,) float
        Paired differences on scores brought to 0 to 1.
    margin, span
        The margin, None without one, and the width of the range of the scores, in whose unit the result is.
    alone
        What held had this been the only look: difference, p-value and verdict.
    """
    seen = anytime_mean(values)
    claims: Claims = (None, None)
    if margin is not None:
        unharmed = seen.pvalue(-margin / span, "greater")
        claims = max(unharmed, seen.pvalue(margin / span, "less")), unharmed
    return EveryLook(
        looks=tuple(looks),
        difference=rescaled(seen.estimate(confidence_level=1 - alpha), span),
        pvalue=seen.pvalue(),
        smallest_pvalue=seen.smallest_pvalue,
        claim_interval=rescaled(seen.one_sided(confidence_level=1 - 2 * alpha), span),
        claim_pvalues=claims,
        alone=alone[0],
        alone_pvalue=alone[1],
        alone_verdict=alone[2],
    )


def spent(
    looks: Sequence[int],
    *,
    difference: Estimate,
    pvalue: float,
    smallest_pvalue: float,
    claim_interval: Estimate | None,
    claim_pvalues: Claims,
    alpha: float,
    alone: tuple[Estimate, float | None, Verdict],
) -> EveryLook:
    """Return what holds at every look where this one spends its share of the level.

    Parameters
    ----------
    difference, pvalue, smallest_pvalue, claim_interval, claim_pvalues
        As in `EveryLook`, at the level ``alpha * level_share(len(looks))``; intervals are returned with the level that
        they have over all looks.
    """
    share = level_share(len(looks))
    return EveryLook(
        looks=tuple(looks),
        difference=replace(difference, confidence_level=1 - alpha, method="each_look"),
        pvalue=min(1.0, pvalue / share),
        smallest_pvalue=min(1.0, smallest_pvalue / share),
        claim_interval=None if claim_interval is None else replace(claim_interval, confidence_level=1 - 2 * alpha),
        claim_pvalues=(_over(claim_pvalues[0], share), _over(claim_pvalues[1], share)),
        alone=alone[0],
        alone_pvalue=alone[1],
        alone_verdict=alone[2],
    )


def _over(pvalue: float | None, share: float) -> float | None:
    return None if pvalue is None else min(1.0, pvalue / share)
