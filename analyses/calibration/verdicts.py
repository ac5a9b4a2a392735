"""How often what is printed is wrong: by enumeration of all outcomes where there are few, else by seeded simulation."""

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from analyses.calibration.designs import GROUPS, Design
from analyses.calibration.printed import ALPHA, Printed, compared
from analyses.calibration.simulated_runs import run_of
from evalsuite.stats.coverage import discordance_grid

__all__ = ["DOUBT", "CalibratedDesign", "band", "enumerated", "simulated"]

DOUBT = 0.001
"""Chance that a method of just the level leaves the band of one row."""
# Enumerated shares are sums of many terms; this much is rounding.
ROUNDING = 1e-9
N_LAWS = 2000


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
    t
        Share in which the t test over independent groups finds a difference, rightly or falsely as the case may be.
    """

    group: str
    setting: str
    n_draws: int | None
    false: float
    right: float | None
    coverage: float
    contradictions: int
    no_verdict: bool
    t: float | None

    @property
    def most(self) -> float:
        """Largest share of errors that a method of just the level shows, but for `DOUBT`."""
        return ALPHA if self.n_draws is None else band(self.n_draws)

    @property
    def keeps(self) -> bool:
        """Whether errors of the verdict and of the interval stay within the band, without any contradiction."""
        errors = max(self.false, 1 - self.coverage)
        return errors <= self.most + ROUNDING and self.contradictions == 0


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
        rng = np.random.default_rng([seed, *f"{design.group}: {design.setting}".encode()])
        draws = max(1, n_draws // design.slow)
        outcomes = [design.decide(design.draw(rng)) for _ in range(draws)]
        t = [o.t for o in outcomes if o.t is not None]
        yield CalibratedDesign(
            group=design.group,
            setting=design.setting,
            n_draws=draws,
            false=sum(o.false for o in outcomes) / draws,
            right=sum(o.right for o in outcomes) / draws if design.can_be_right else None,
            coverage=sum(o.covered for o in outcomes) / draws,
            contradictions=sum(o.contradicts for o in outcomes),
            no_verdict=all(o.no_verdict for o in outcomes),
            t=sum(t) / draws if t else None,
        )


def enumerated(*, sizes: Sequence[int] = (5, 10, 20), repeated: int = 6, seed: int = 0) -> Iterator[CalibratedDesign]:
    """Yield the worst shares over all laws of single completions, and over many laws of two completions.

    Parameters
    ----------
    sizes
        Problems with one completion.
    repeated
        Problems with two completions: five differences are possible for each.
    seed
        Of the laws of two completions, besides those with two points.
    """
    for n in sizes:
        wins, losses = discordance_grid()
        even = np.linspace(0, 0.5, 501)
        values = np.array([1.0, -1.0, 0.0])
        null = np.stack([even, even, 1 - 2 * even], axis=1)
        laws = np.stack([wins, losses, 1 - wins - losses], axis=1)
        yield _worst(GROUPS[0], f"n={n}, all outcomes", n, values, null, np.concatenate([null, laws]), k=1)
    if repeated:
        values = np.array([1.0, 0.5, 0.0, -0.5, -1.0])
        laws = _laws(values, np.random.default_rng(seed))
        null = laws[np.abs(laws @ values) < 1e-12]
        yield _worst(GROUPS[1], f"n={repeated}, K=2, all outcomes", repeated, values, null, laws, k=2)


def _worst(
    group: str,
    setting: str,
    n: int,
    values: NDArray[np.float64],
    null: NDArray[np.float64],
    laws: NDArray[np.float64],
    *,
    k: int,
) -> CalibratedDesign:
    """Decide for every way in which the differences of n problems can fall on `values`; take the worst law."""
    counts = np.array(list(_compositions(n, values.size)))
    printed = [_decided(values, row, k) for row in counts]
    resolved = np.array([p.resolved for p in printed])
    low, high = np.array([p.low for p in printed]), np.array([p.high for p in printed])
    ways = special.gammaln(n + 1) - special.gammaln(counts + 1).sum(axis=1)
    false = max(float(_chances(counts, ways, law) @ (resolved != 0)) for law in null)
    covered = []
    for law in laws:
        truth = float(law @ values)
        covered.append(float(_chances(counts, ways, law) @ ((low - ROUNDING <= truth) & (truth <= high + ROUNDING))))
    contradictions = int((resolved != (low > 0).astype(int) - (high < 0)).sum())
    no_verdict = all(p.no_verdict for p in printed)
    return CalibratedDesign(group, setting, None, false, None, min(covered), contradictions, no_verdict, None)


def _decided(values: NDArray[np.float64], counts: NDArray[np.int64], k: int) -> Printed:
    """Return what is printed where `counts` problems have each of the differences."""
    moved = np.repeat(np.rint(values * k).astype(np.int64), counts)
    made = np.full(moved.size, k)
    return compared(run_of("base", np.maximum(0, -moved), made), run_of("new", np.maximum(0, moved), made))


def _chances(counts: NDArray[np.int64], ways: NDArray[np.float64], law: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the multinomial probability of each outcome."""
    chances: NDArray[np.float64] = np.exp(ways + special.xlogy(counts, law).sum(axis=1))
    return chances


def _compositions(total: int, parts: int) -> Iterable[tuple[int, ...]]:
    """Yield all ways to write `total` as an ordered sum of `parts` numbers."""
    for bars in itertools.combinations(range(total + parts - 1), parts - 1):
        ends = (-1, *bars, total + parts - 1)
        yield tuple(b - a - 1 for a, b in itertools.pairwise(ends))


def _laws(values: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Return laws on the values: two points with mean 0, random ones, and random ones tilted to mean 0."""
    two_points = []
    for i, j in itertools.product(np.flatnonzero(values > 0), np.flatnonzero(values < 0)):
        for rest in np.linspace(0, 0.95, 20):
            law = np.zeros(values.size)
            law[i], law[j] = -values[j], values[i]
            law *= (1 - rest) / law.sum()
            law[values == 0] += rest
            two_points.append(law)
    random = rng.dirichlet(np.full(values.size, 0.5), N_LAWS)
    # The side that weighs more gives the surplus to 0, which leaves the mean at 0.
    up, down = random @ np.maximum(values, 0), random @ np.maximum(-values, 0)
    factors = np.where(values > 0, np.minimum(1, down / up)[:, None], np.minimum(1, up / down)[:, None])
    tilted = np.where(values == 0, 0.0, random * factors)
    tilted[:, np.flatnonzero(values == 0)[0]] = 1 - tilted.sum(axis=1)
    return np.concatenate([np.array(two_points), tilted, random])
