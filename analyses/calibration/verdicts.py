"""How often what is printed is wrong in a design, by seeded simulation; for small designs see `enumeration`."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from analyses.calibration.designs import Design
from analyses.calibration.printed import ALPHA
from evalsuite.wording.numbers import MINUS

__all__ = ["DOUBT", "ROUNDING", "CalibratedDesign", "band", "simulated"]

DOUBT = 0.001
"""Chance that a method of just the level leaves the band of one row."""
# Enumerated shares are sums of many terms; this much is rounding.
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class CalibratedDesign:
    """Shares over the draws of one design, or the worst ones over all laws where outcomes were enumerated.

    Attributes
    ----------
    n_draws
        None where all outcomes were enumerated.
    false
        Share in which something was resolved or claimed that does not hold.
    right
        Share in which something was that holds; None where nothing could be.
    coverage
        Share in which the printed interval holds the true difference.
    contradictions
        Draws or outcomes in which verdict and interval disagree: a number that must be 0.
    no_verdict
        Whether in every draw the design was said to allow no verdict.
    rival
        Share in which a rival (`rivals`) resolves or claims something, rightly or falsely as the case may be.
    here_false, here_right, here_coverage
        The same of what was printed about these very problems; None where nothing was, or is not judged. What is true
        of them differs from draw to draw, so that something can be right in every design.
    rival_name
        Which rival that is; None without one.
    """

    group: str
    setting: str
    n_draws: int | None
    false: float
    right: float | None
    coverage: float
    contradictions: int
    no_verdict: bool
    rival: float | None
    here_false: float | None = None
    here_right: float | None = None
    here_coverage: float | None = None
    rival_name: str | None = None

    @property
    def most(self) -> float:
        """Largest share of errors that a method of just the level shows, but for `DOUBT`."""
        return ALPHA if self.n_draws is None else band(self.n_draws)

    @property
    def errors(self) -> float:
        """The largest share of errors of a verdict or an interval."""
        here_missed = 0.0 if self.here_coverage is None else 1 - self.here_coverage
        return max(self.false, 1 - self.coverage, self.here_false or 0.0, here_missed)

    @property
    def keeps(self) -> bool:
        """Whether errors of the verdicts and of the intervals stay within the band, without any contradiction."""
        return self.errors <= self.most + ROUNDING and self.contradictions == 0


def band(n_draws: int, alpha: float = ALPHA) -> float:
    """Return the largest share of errors in `n_draws` that a method of level `alpha` shows, but for `DOUBT`.

    Examples
    --------
    >>> band(200), band(10_000)
    (0.105, 0.0569)
    """
    most = math.ceil(special.bdtrik(1 - DOUBT, n_draws, alpha))
    return most / n_draws


def simulated(
    designs: Sequence[Design], *, n_draws: int, seed: int, progress: Callable[[str], None] | None = None
) -> Iterator[CalibratedDesign]:
    """Yield how often what is printed is wrong in each design.

    Parameters
    ----------
    n_draws
        For each design; slow ones have fewer.
    progress
        Called with the group of each design before its first one.
    """
    group = ""
    for design in designs:
        if progress is not None and design.group != group:
            progress(design.group)
        group = design.group
        # A stream for each design, so that taking one away leaves the others as they are.
        # With the sign of a keyboard, so that the draws do not hang on how a minus is written.
        name = f"{design.group}: {design.setting}".replace(MINUS, "-")
        rng = np.random.default_rng([seed, *name.encode()])
        draws = max(1, n_draws // design.slow)
        outcomes = [design.decide(design.draw(rng)) for _ in range(draws)]
        rival = [o.rival for o in outcomes if o.rival is not None]
        here = [o.here for o in outcomes if o.here is not None]
        yield CalibratedDesign(
            group=design.group,
            setting=design.setting,
            n_draws=draws,
            false=sum(o.false for o in outcomes) / draws,
            right=sum(o.right for o in outcomes) / draws if design.can_be_right else None,
            coverage=sum(o.covered for o in outcomes) / draws,
            contradictions=sum(o.contradicts for o in (*outcomes, *here)),
            no_verdict=all(o.no_verdict for o in outcomes),
            rival=sum(r.resolves for r in rival) / draws if rival else None,
            # A draw in which nothing was said of these problems is no error.
            here_false=sum(o.false for o in here) / draws if here else None,
            here_right=sum(o.right for o in here) / draws if here else None,
            here_coverage=1 - sum(1 - o.covered for o in here) / draws if here else None,
            rival_name=rival[0].name if rival else None,
        )
