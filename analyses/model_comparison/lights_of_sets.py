"""Whether the verdicts on several problem sets, and that on all of their problems, would change."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from analyses.model_comparison.by_grader import effects, stored_scores
from analyses.model_comparison.lights import (
    Changes,
    another_seed,
    by_graders,
    could_turn,
    cut_off,
    graders_of,
    lights_of,
    missing_light,
)
from analyses.runs.against_base import RunComparison
from analyses.runs.pairing import PairedRuns
from analyses.runs.pooled import PooledRuns
from evalsuite.comparison.missing import MissingBounds, missing_bounds
from evalsuite.comparison.pair import truncation_bounds
from evalsuite.comparison.pooled import joined, pool
from evalsuite.findings import Light
from evalsuite.scores import ScoreMatrix
from evalsuite.settings import ComparisonSettings
from evalsuite.store.store import Store

__all__ = ["with_lights_of_sets"]

Pair = tuple[ScoreMatrix, ScoreMatrix]


def with_lights_of_sets(store: Store, pooled: PooledRuns, settings: ComparisonSettings) -> PooledRuns:
    """Return the comparison with the lights of each set and of all problems, reading what every grader said."""
    graded = [stored_scores(store, runs) for runs in pooled.runs]
    return replace(
        pooled,
        lights_of_sets=tuple(_of_set(store, pooled, at, of_graders, settings) for at, of_graders in enumerate(graded)),
        lights_together=_together(pooled, graded, settings),
    )


def _of_set(
    store: Store,
    pooled: PooledRuns,
    at: int,
    graded: Mapping[str, Sequence[ScoreMatrix]],
    settings: ComparisonSettings,
) -> tuple[Light, ...]:
    runs, sets, c = pooled.runs[at], pooled.compared.sets, pooled.compared.sets[at]
    missing = None
    if runs.planned:
        beside = (*sets[:at], *sets[at + 1 :], pooled.compared.together)
        missing = missing_bounds(
            *_pair(runs.planned), alpha=settings.alpha, margin=settings.margin, without_cap=settings.without_cap,
            looks=_looks(runs), beside=beside,
        )  # fmt: skip
    alone = RunComparison(runs, (c,), (pooled.bounds[at],), None, missing=(missing,))
    return lights_of(store, alone, effects(graded, alpha=settings.alpha), graders_of(runs, settings.grader))[0]


def _together(
    pooled: PooledRuns, graded: Sequence[Mapping[str, Sequence[ScoreMatrix]]], settings: ComparisonSettings
) -> tuple[Light, ...]:
    """Return the lights of the verdict over the problems of all sets."""
    c = pooled.compared.together
    labels = c.base_label, c.new_label
    by_grader = {
        grader: pool(
            [_pair(of_set[grader]) for of_set in graded], labels=labels, alpha=settings.alpha,
            margin=settings.margin, without_cap=settings.without_cap,
        ).together.verdict
        for grader in sorted(set.intersection(*map(set, graded)))
    }  # fmt: skip
    reported = [name for runs in pooled.runs for name in graders_of(runs, settings.grader)]
    both = joined([_pair(runs.scores) for runs in pooled.runs], labels)
    bounds = truncation_bounds(*both, alpha=settings.alpha, margin=settings.margin)
    at_limit = cut_off(both, c.verdict, bounds, allowed=c.without_cap is not None, margin=c.margin)
    about: dict[str, Changes | None] = {
        "grader": by_graders(c.verdict, by_grader, reported),
        "token limit": at_limit or could_turn(both),
        "training seed": another_seed(pooled.runs[0], several=False),
        "missing results": missing_light(_missing(pooled, labels, settings), c.verdict),
    }
    return tuple(Light(name, *changes) for name, changes in about.items() if changes)  # type: ignore[arg-type]


def _missing(pooled: PooledRuns, labels: tuple[str, str], settings: ComparisonSettings) -> MissingBounds | None:
    if not any(runs.planned for runs in pooled.runs):
        return None
    return missing_bounds(
        *joined([_pair(runs.planned or runs.scores) for runs in pooled.runs], labels),
        alpha=settings.alpha,
        margin=settings.margin,
        without_cap=settings.without_cap,
        looks=max(map(_looks, pooled.runs), key=len),
        growing_sets=True,
        beside=pooled.compared.sets,
    )


def _pair(runs: Sequence[ScoreMatrix]) -> Pair:
    base, new = runs
    return base, new


def _looks(runs: PairedRuns) -> Sequence[int]:
    return next(iter(runs.looks.values()), ())
