"""Designs in which whole verdicts are simulated: what a tool prints for them is held against the truth.

A design draws the counts of two runs whose true mean difference is known. `calibrate` hands many draws to any function
that decides and counts how often it resolves a difference that is not there or of the wrong sign, how often its
interval holds the true difference, and how often the two contradict each other, which must never be.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

__all__ = ["DESIGNS", "CalibratedDesign", "Design", "Printed", "SimulatedPair", "calibrate"]

Counts = NDArray[np.int64]
Shares = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class SimulatedPair:
    """Two simulated runs on the same problems.

    Attributes
    ----------
    base, base_attempts, new, new_attempts : (n_problems,) int
        Right completions and completions made.
    clusters : (n_problems,) int
        Template of each problem; None where problems are independent.
    true_difference
        Mean over the population that the problems are drawn from, new minus base.
    """

    base: Counts
    base_attempts: Counts
    new: Counts
    new_attempts: Counts
    clusters: Counts | None
    true_difference: float


@dataclass(frozen=True, slots=True)
class Printed:
    """What was printed: whether a gain (1), a loss (-1) or nothing (0) was resolved, and the interval."""

    resolved: int
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class CalibratedDesign:
    """Shares over the draws of one design.

    Attributes
    ----------
    false_resolution
        Resolved although the true difference is 0 or has the other sign.
    power
        Resolved with the right sign; 0 where the true difference is 0.
    coverage
        The interval holds the true difference.
    contradictions
        Draws in which the verdict and the interval disagree about 0: a number that must be 0.
    """

    name: str
    n_draws: int
    false_resolution: float
    power: float
    coverage: float
    contradictions: int

    def keeps(self, *, alpha: float = 0.05, doubt: float = 0.001) -> bool:
        """Whether both shares are within what `n_draws` draws of a method of just that level give but for `doubt`."""
        # The binomial quantile: the count that is exceeded with probability `doubt` at most.
        most = special.bdtrik(1 - doubt, self.n_draws, alpha)
        errors = max(self.false_resolution, 1 - self.coverage) * self.n_draws
        return bool(errors <= np.ceil(most)) and self.contradictions == 0


Design = Callable[[np.random.Generator], SimulatedPair]


def calibrate(
    decide: Callable[[SimulatedPair], Printed],
    designs: Mapping[str, Design],
    *,
    n_draws: int,
    seed: int,
) -> Iterable[CalibratedDesign]:
    """Yield for each design how a decision does over `n_draws` seeded draws.

    Examples
    --------
    A rule that never resolves anything and says nothing is never wrong.

    >>> designs = {"skewed": DESIGNS["K=64, skewed, n=30"]}
    >>> [row] = calibrate(lambda pair: Printed(0, -1.0, 1.0), designs, n_draws=20, seed=1)
    >>> row.false_resolution, row.coverage, row.contradictions, row.keeps()
    (0.0, 1.0, 0, True)
    """
    for name, design in designs.items():
        # A stream for each design, so that taking one away leaves the others as they are.
        rng = np.random.default_rng([seed, *name.encode()])
        false = power = covered = contradictions = 0
        for _ in range(n_draws):
            pair = design(rng)
            printed, sign = decide(pair), int(np.sign(pair.true_difference))
            false += printed.resolved not in (0, sign)
            power += printed.resolved == sign != 0
            covered += printed.low - 1e-12 <= pair.true_difference <= printed.high + 1e-12
            contradictions += printed.resolved != (printed.low > 0) - (printed.high < 0)
        yield CalibratedDesign(name, n_draws, false / n_draws, power / n_draws, covered / n_draws, contradictions)


def _equal(n: int, base_k: int, new_k: int, accuracy: float | None = None, gain: float = 0.0) -> Design:
    """Problems of one accuracy, or of uniform difficulty, with a gain common to all."""

    def draw(rng: np.random.Generator) -> SimulatedPair:
        p = rng.random(n) * (1 - gain) if accuracy is None else np.full(n, accuracy)
        return _pair(rng, p, p + gain, np.full(n, base_k), np.full(n, new_k), None, gain)

    return draw


def _mixed_k(n: int, accuracy: float) -> Design:
    """Between 1 and 8 completions, drawn for each problem and run."""

    def draw(rng: np.random.Generator) -> SimulatedPair:
        p = np.full(n, accuracy)
        return _pair(rng, p, p, rng.integers(1, 9, n), rng.integers(1, 9, n), None, 0.0)

    return draw


def _skewed(n: int, k: int, rate: float = 0.05, gain: float = 0.035, accuracy: float = 0.7) -> Design:
    """Most problems gain a little and a few lose so much that the mean is 0."""

    def draw(rng: np.random.Generator) -> SimulatedPair:
        q = np.where(rng.random(n) < rate, accuracy - gain * (1 - rate) / rate, accuracy + gain)
        return _pair(rng, np.full(n, accuracy), q, np.full(n, k), np.full(n, k), None, 0.0)

    return draw


def _opposite(n: int, k: int) -> Design:
    """Effects of +-.3 that average to 0."""

    def draw(rng: np.random.Generator) -> SimulatedPair:
        p = rng.uniform(0.3, 0.7, n)
        return _pair(rng, p, p + rng.choice([-0.3, 0.3], n), np.full(n, k), np.full(n, k), None, 0.0)

    return draw


def _templates(sizes: Counts, *, spread: float, k: int = 1, gain: float = 0.0, skewed: bool = False) -> Design:
    """Problems of a template share their accuracy and, where `spread` > 0, the effect."""
    clusters = np.repeat(np.arange(sizes.size), sizes)

    def draw(rng: np.random.Generator) -> SimulatedPair:
        p = rng.uniform(0.35, 0.65, sizes.size)
        effect = rng.choice([-spread, spread], sizes.size)
        if skewed:
            effect = np.where(rng.random(sizes.size) < 0.1, -spread, spread / 9)
        made = np.full(clusters.size, k)
        return _pair(rng, p[clusters], (p + effect + gain)[clusters], made, made, clusters, gain)

    return draw


def _pair(
    rng: np.random.Generator, p: Shares, q: Shares, base_k: Counts, new_k: Counts, clusters: Counts | None, truth: float
) -> SimulatedPair:
    return SimulatedPair(rng.binomial(base_k, p), base_k, rng.binomial(new_k, q), new_k, clusters, truth)


def _geometric(n_groups: int) -> Counts:
    return np.maximum(1, np.geomspace(40, 1, n_groups).round()).astype(np.int64)


def _half(n_groups: int) -> Counts:
    """One template with half of all problems, the others of one size."""
    return np.array([2 * (n_groups - 1)] + [2] * (n_groups - 1))


DESIGNS: dict[str, Design] = {
    **{f"K=1, accuracy {p}, n={n}": _equal(n, 1, 1, p) for p in (0.01, 0.5, 0.99) for n in (20, 200)},
    **{f"K=8, accuracy {p}, n={n}": _equal(n, 8, 8, p) for p in (0.01, 0.5, 0.99) for n in (5, 20, 100)},
    **{f"K=1 against 8, accuracy {p}, n={n}": _equal(n, 1, 8, p) for p in (0.1, 0.5) for n in (10, 20, 30, 100)},
    **{f"K=1 to 8, accuracy {p}, n={n}": _mixed_k(n, p) for p in (0.1, 0.9) for n in (10, 50)},
    **{f"K=64, skewed, n={n}": _skewed(n, 64) for n in (15, 30, 100)},
    "K=1, skewed, n=100": _skewed(100, 1),
    "K=32, effects of both signs, n=20": _opposite(20, 32),
    "K=4, effects of both signs, n=100": _opposite(100, 4),
    **{f"{g} equal templates, effects +-.3": _templates(np.full(g, 5), spread=0.3) for g in (3, 8, 12, 29, 30, 100)},
    **{f"{g} templates of geometric sizes, effects +-.3": _templates(_geometric(g), spread=0.3) for g in (12, 23, 30)},
    **{f"{g} templates, one with half, effects +-.3": _templates(_half(g), spread=0.3) for g in (30, 78)},
    **{f"{g} equal templates, skewed": _templates(np.full(g, 5), spread=0.3, skewed=True) for g in (12, 30, 100)},
    "30 equal templates, K=4, no effects": _templates(np.full(30, 5), spread=0.0, k=4),
    "K=1, gain 10 points, n=200": _equal(200, 1, 1, None, 0.1),
    "K=8, gain 20 points, n=20": _equal(20, 8, 8, None, 0.2),
    "K=8, gain 7 points, n=100": _equal(100, 8, 8, None, 0.07),
    "K=4, gain 2 points, n=1319": _equal(1319, 4, 4, None, 0.02),
    "30 equal templates, gain 20 points": _templates(np.full(30, 10), spread=0.1, gain=0.2),
}
"""Designs by name; those with a gain show power."""
