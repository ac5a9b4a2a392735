"""How often what is printed is wrong in small designs, over all their outcomes and many laws; the worst law counts."""

import functools
import itertools
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import special

from analyses.calibration.designs import GROUPS
from analyses.calibration.printed import Printed, compared
from analyses.calibration.simulated_runs import run_of
from analyses.calibration.verdicts import ROUNDING, CalibratedDesign
from evalsuite.stats.coverage import discordance_grid

__all__ = ["HERE", "SIZES", "enumerated"]

N_LAWS = 2000
SIZES = (5, 10, 20)
"""Problems with one completion that are enumerated."""
HERE = ((1, 8), (2, 4), (3, 2))
"""Problems, and completions of each, that are enumerated for what is said of these very problems."""
# Steps of the grid of chances, by the number of problems.
STEPS = {1: 20, 2: 10, 3: 4}


def enumerated(
    *, sizes: Sequence[int] = SIZES, repeated: int = 6, here: Sequence[tuple[int, int]] = HERE, seed: int = 0
) -> Iterator[CalibratedDesign]:
    """Yield the worst shares over all laws of single completions, over many laws of two, and over chances of problems.

    Parameters
    ----------
    sizes
        Problems with one completion.
    repeated
        Problems with two completions: five differences are possible for each.
    here
        Problems, and completions of each in both runs, for what is said of these very problems.
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
    for n, k in here:
        yield _worst_here(n, k)


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


def _worst_here(n: int, k: int) -> CalibratedDesign:
    """Decide about these very problems for every outcome; take the worst chances of the problems on a grid."""
    cells = list(itertools.product(range(k + 1), repeat=2))
    shape = (len(cells),) * n
    low, high, resolved = np.zeros(shape), np.zeros(shape), np.zeros(shape, dtype=np.int64)
    made = np.full(n, k)
    for place in itertools.combinations_with_replacement(range(len(cells)), n):
        base, new = np.array([cells[i] for i in place]).T
        printed = compared(run_of("base", base, made), run_of("new", new, made)).here
        # With several completions something is always said; nothing would be as good as an interval of everything.
        said = Printed(0, -1.0, 1.0) if printed is None else printed
        for same in set(itertools.permutations(place)):
            low[same], high[same], resolved[same] = said.low, said.high, said.resolved
    steps = STEPS[n]
    grid = list(itertools.product(range(steps + 1), repeat=2))
    of = [special.binom(k, np.arange(k + 1)) * _powers(p / steps, k) for p in range(steps + 1)]
    laws = [np.outer(of[p], of[q]).ravel() for p, q in grid]
    false, coverage = 0.0, 1.0
    for chosen in itertools.combinations_with_replacement(range(len(grid)), n):
        truth = sum(grid[i][1] - grid[i][0] for i in chosen) / steps / n
        chances = functools.reduce(np.multiply.outer, (laws[i] for i in chosen))
        covered = (low - ROUNDING <= truth) & (truth <= high + ROUNDING)
        coverage = min(coverage, float(chances[covered].sum()))
        false = max(false, float(chances[(resolved != 0) & (resolved != np.sign(truth))].sum()))
    contradictions = int((resolved != (low > 0).astype(int) - (high < 0)).sum())
    return CalibratedDesign(
        group=GROUPS[1],
        setting=f"n={n}, K={k}, these very problems, all outcomes",
        n_draws=None,
        false=0.0,
        right=None,
        coverage=1.0,
        contradictions=contradictions,
        no_verdict=False,
        rival=None,
        here_false=false,
        here_right=None,
        here_coverage=coverage,
    )


def _powers(chance: float, k: int) -> NDArray[np.float64]:
    """Return chance^j (1 - chance)^(k - j) for j = 0..k."""
    right = np.arange(k + 1)
    powers: NDArray[np.float64] = chance**right * (1 - chance) ** (k - right)
    return powers


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
