"""Simulated runs whose grader gives partial credit, with a known difference of mean scores."""

import numpy as np

from analyses.calibration.simulated_runs import Counts, Draw, Shares, SimulatedRuns
from evalsuite.scores import ScoreMatrix

__all__ = ["alike", "few_lose_all", "in_templates"]

# Scores of one problem lie within this much of their mean.
NOISE = 0.05


def alike(n: int, base_k: int, new_k: int, *, gain: float = 0.0, ends: tuple[float, float] = (0.0, 10.0)) -> Draw:
    """Mean scores of problems all over the range, and a gain common to all, as a share of the range."""

    def draw(rng: np.random.Generator) -> SimulatedRuns:
        means = rng.uniform(NOISE + max(0.0, -gain), 1 - NOISE - max(0.0, gain), n)
        base, new = _run(rng, "base", means, base_k, ends), _run(rng, "new", means + gain, new_k, ends)
        return SimulatedRuns((base,), (new,), (gain * (ends[1] - ends[0]),))

    return draw


def few_lose_all(
    n: int, k: int, rare: float, *, shift: float = 0.0, mirrored: bool = False, ends: tuple[float, float] = (0.0, 10.0)
) -> Draw:
    """Let a share `rare` of the problems lose its whole score, and the others gain, so that the difference is `shift`.

    With `mirrored` the lowest and the highest score change places: few problems gain all that they lack.
    """

    def draw(rng: np.random.Generator) -> SimulatedRuns:
        means = rng.uniform(0.7, 0.75, n)
        lost = rng.random(n) < rare
        others = (means * rare + shift) / (1 - rare)
        base, new = (
            _scores(rng, means, k),
            np.where(lost[:, None], 0.0, _scores(rng, means + others, k)),
        )
        if mirrored:
            base, new = 1 - base, 1 - new
        runs = [_graded(label, scores, ends) for label, scores in (("base", base), ("new", new))]
        truth = (-shift if mirrored else shift) * (ends[1] - ends[0])
        return SimulatedRuns((runs[0],), (runs[1],), (truth,))

    return draw


def in_templates(sizes: Counts, *, spread: float, ends: tuple[float, float] = (0.0, 10.0)) -> Draw:
    """One score a problem; in all problems of a template the new run's are `spread` of the range higher, or lower."""
    clusters = np.repeat(np.arange(sizes.size), sizes)

    def draw(rng: np.random.Generator) -> SimulatedRuns:
        means = rng.uniform(0.35, 0.65, sizes.size)[clusters]
        moved = means + rng.choice([-spread, spread], sizes.size)[clusters]
        base, new = (_run(rng, label, m, 1, ends, clusters) for label, m in (("base", means), ("new", moved)))
        return SimulatedRuns((base,), (new,), (0.0,))

    return draw


def _run(
    rng: np.random.Generator, label: str, means: Shares, k: int, ends: tuple[float, float], groups: Counts | None = None
) -> ScoreMatrix:
    return _graded(label, _scores(rng, means, k), ends, groups)


def _scores(rng: np.random.Generator, means: Shares, k: int) -> Shares:
    return means[:, None] + rng.uniform(-NOISE, NOISE, (means.size, k))


def _graded(label: str, scores: Shares, ends: tuple[float, float], groups: Counts | None = None) -> ScoreMatrix:
    names = tuple(f"{i:05d}" for i in range(len(scores)))
    clusters = None if groups is None else tuple(f"template {g}" for g in groups.tolist())
    low, high = ends
    # To the hundredth, as a rubric gives them; the grid is symmetric, so means stay where they are.
    within = low + (high - low) * scores.round(2)
    return ScoreMatrix.graded(label, names, np.clip(within, low, high), ends, clusters=clusters)
