"""What a comparison prints, read from the comparison itself, in the form in which it is held against the truth."""

from collections.abc import Sequence
from dataclasses import dataclass

from evalsuite.comparison.best_run import best_run
from evalsuite.comparison.pair import TwoRunComparison, adjust_family, compare_pair
from evalsuite.comparison.problem_means import MeanComparison
from evalsuite.comparison.training_seeds import SeedComparison, compare_seeds
from evalsuite.scores import ScoreMatrix
from evalsuite.stats.decision import VerdictKind

__all__ = [
    "ALPHA",
    "Printed",
    "best_of_runs",
    "compared",
    "compared_seeds",
    "family_of",
    "seeds_while_growing",
    "shown_while_growing",
]

ALPHA = 0.05
SIGNS: dict[VerdictKind, int] = {"resolved gain": 1, "resolved loss": -1}
NO_VERDICT: tuple[VerdictKind, ...] = ("too few independent groups", "cannot resolve by design", "one training seed")


@dataclass(frozen=True, slots=True)
class Printed:
    """What was printed.

    Attributes
    ----------
    resolved
        A gain (1), a loss (-1) or neither (0).
    low, high
        The interval.
    no_verdict
        The design is said to allow none.
    claims
        What was claimed against the margin: "equivalent", "no worse".
    claim_interval
        The interval that these claims rest on; None where only their p-values are printed.
    here
        What was printed of these very problems, and which of them it is about; None where nothing was.
    """

    resolved: int
    low: float
    high: float
    no_verdict: bool = False
    claims: tuple[str, ...] = ()
    claim_interval: tuple[float, float] | None = None
    here: "Printed | None" = None
    fewest: int = 0
    """Completions that the problems have at least in both runs which `here` is about."""


def compared(base: ScoreMatrix, new: ScoreMatrix, margin: float | None = None, *, without_cap: bool = False) -> Printed:
    """Return what the comparison of two runs prints."""
    return _printed(compare_pair(base, new, ALPHA, margin, without_cap=without_cap))


def family_of(base: ScoreMatrix, new: Sequence[ScoreMatrix], margin: float | None = None) -> list[Printed]:
    """Return what is printed for each of several new runs."""
    return [_printed(c) for c in adjust_family([compare_pair(base, run, ALPHA, margin) for run in new])]


def best_of_runs(base: ScoreMatrix, new: Sequence[ScoreMatrix]) -> tuple[int, Printed, tuple[int, ...]]:
    """Return which new run is picked as the best, what is printed of it, and which runs may be the best."""
    best = best_run((base, *new), adjust_family([compare_pair(base, run, ALPHA) for run in new]))
    if best is None:
        raise ValueError(f"need two or more new runs, got {len(new)}")
    labels, e = [run.label for run in new], best.difference
    # A run is called resolved by its p-value; the sign is that of the difference.
    resolved = 0 if best.pvalue >= ALPHA else 1 if e.value > 0 else -1
    return labels.index(best.picked), Printed(resolved, e.low, e.high), tuple(map(labels.index, best.possible))


def compared_seeds(base: Sequence[ScoreMatrix], new: Sequence[ScoreMatrix], margin: float | None = None) -> Printed:
    """Return what the comparison of two arms of training seeds prints."""
    return _printed(compare_seeds(base, new, alpha=ALPHA, margin=margin))


def shown_while_growing(
    base: ScoreMatrix, new: ScoreMatrix, looks: Sequence[int], margin: float | None = None, *, without_cap: bool = False
) -> list[Printed]:
    """Return what is printed at each look at a growing pair, the first one too."""
    return [
        _printed(
            compare_pair(
                base.take(range(n)), new.take(range(n)), ALPHA, margin, without_cap=without_cap, looks=looks[: k + 1]
            )
        )
        for k, n in enumerate(looks)
    ]


def seeds_while_growing(base: Sequence[ScoreMatrix], new: Sequence[ScoreMatrix], seeds: Sequence[int]) -> list[Printed]:
    """Return what is printed at each look at two arms to which training seeds are added, the first one too."""
    looks = [base[0].n_problems] * len(seeds)
    return [_printed(compare_seeds(base[:n], new[:n], alpha=ALPHA, looks=looks[: k + 1])) for k, n in enumerate(seeds)]


def _printed(comparison: TwoRunComparison | SeedComparison) -> Printed:
    verdict, e = comparison.verdict, comparison.difference
    claim = None if isinstance(comparison, SeedComparison) else comparison.equivalence_interval
    here = comparison.on_these_problems if isinstance(comparison, MeanComparison) else None
    return Printed(
        resolved=SIGNS.get(verdict.kind, 0),
        low=e.low,
        high=e.high,
        no_verdict=verdict.kind in NO_VERDICT,
        claims=verdict.claims,
        claim_interval=None if claim is None else (claim.low, claim.high),
        here=None
        if here is None
        else Printed(SIGNS.get(here.verdict.kind, 0), here.difference.low, here.difference.high),
        fewest=0 if here is None else here.fewest_completions,
    )
