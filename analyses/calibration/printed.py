"""What a comparison prints, read from the comparison itself, in the form in which it is held against the truth."""

from collections.abc import Sequence
from dataclasses import dataclass

from evalsuite.comparison.pair import TwoRunComparison, adjust_family, compare_pair
from evalsuite.comparison.training_seeds import SeedComparison, compare_seeds
from evalsuite.scores import ScoreMatrix
from evalsuite.stats.decision import VerdictKind

__all__ = ["ALPHA", "Printed", "compared", "compared_seeds", "family_of"]

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
        The interval that these claims rest on.
    """

    resolved: int
    low: float
    high: float
    no_verdict: bool = False
    claims: tuple[str, ...] = ()
    claim_interval: tuple[float, float] = (-1.0, 1.0)


def compared(base: ScoreMatrix, new: ScoreMatrix, margin: float | None = None, *, without_cap: bool = False) -> Printed:
    """Return what the comparison of two runs prints."""
    return _printed(compare_pair(base, new, ALPHA, margin, without_cap=without_cap))


def family_of(base: ScoreMatrix, new: Sequence[ScoreMatrix]) -> list[Printed]:
    """Return what is printed for each of several new runs."""
    return [_printed(c) for c in adjust_family([compare_pair(base, run, ALPHA) for run in new])]


def compared_seeds(base: Sequence[ScoreMatrix], new: Sequence[ScoreMatrix]) -> Printed:
    """Return what the comparison of two arms of training seeds prints."""
    return _printed(compare_seeds(base, new, alpha=ALPHA))


def _printed(comparison: TwoRunComparison | SeedComparison) -> Printed:
    verdict, e = comparison.verdict, comparison.difference
    claim = None if isinstance(comparison, SeedComparison) else comparison.equivalence_interval
    return Printed(
        resolved=SIGNS.get(verdict.kind, 0),
        low=e.low,
        high=e.high,
        no_verdict=verdict.kind in NO_VERDICT,
        claims=verdict.claims,
        claim_interval=(-1.0, 1.0) if claim is None else (claim.low, claim.high),
    )
