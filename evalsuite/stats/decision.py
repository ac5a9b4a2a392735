"""From numbers to one of seven verdicts, so that equal evidence has the same verdict everywhere.

The kinds, in order of precedence:

1. ``"not identified"``: truncated completions could turn the sign of the difference. No p-value repairs that.
2. ``"resolved gain"``, ``"resolved loss"``: the exact test, adjusted for its family, gives p < alpha; the sign is that
   of the observed difference.
3. ``"equivalent"``: a margin was stated before the run and both one-sided tests reject. It comes before the next
   kind because a set too small to resolve any difference can still exclude large ones.
4. ``"cannot resolve by design"``: no outcome of this design reaches p < alpha. ``"one training seed"`` is the same of
   a training recipe with one run in each arm, which no number of problems could resolve.
5. ``"unresolved"``: everything else. The data are compatible with gains and with losses.
"""

from dataclasses import dataclass
from typing import Literal

__all__ = ["Verdict", "VerdictKind", "decide"]

VerdictKind = Literal[
    "not identified",
    "resolved gain",
    "resolved loss",
    "equivalent",
    "cannot resolve by design",
    "one training seed",
    "unresolved",
]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a comparison decides.

    Attributes
    ----------
    kind
        One of the kinds above.
    margin
        The margin, as a share, within which the models are equivalent; None for every other kind.

    Raises
    ------
    ValueError
        Equivalence without its margin, or a margin with another kind.
    """

    kind: VerdictKind
    margin: float | None = None

    def __post_init__(self) -> None:
        # A margin that was stated and not reached belongs to the comparison, not to its verdict.
        if (self.kind == "equivalent") != (self.margin is not None):
            raise ValueError(f"equivalence, and nothing else, needs the margin it was tested with, got {self!r}")


def decide(
    difference: float,
    pvalue: float,
    *,
    smallest_pvalue: float,
    alpha: float = 0.05,
    margin: float | None = None,
    equivalence_pvalue: float | None = None,
    identified: bool = True,
) -> Verdict:
    """Return the verdict of a comparison.

    Parameters
    ----------
    difference
        Observed difference, new minus base.
    pvalue
        Two-sided p-value of the exact test, adjusted where the comparison belongs to a family.
    smallest_pvalue
        The smallest p-value that the design allows, such as `power.smallest_attainable_pvalue`.
    margin
        Equivalence margin as a share, stated before the run; None without one.
    equivalence_pvalue
        p-value of `equivalence.equivalence` with this margin, or None without a margin.
    identified
        False where bounds for truncated completions include both signs.

    Examples
    --------
    >>> decide(0.2, 1.0, smallest_pvalue=0.0625)
    Verdict(kind='cannot resolve by design', margin=None)
    >>> decide(0.02, 0.01, smallest_pvalue=1e-9).kind
    'resolved gain'
    >>> decide(0.001, 0.9, smallest_pvalue=1e-9, margin=0.02, equivalence_pvalue=0.003)
    Verdict(kind='equivalent', margin=0.02)
    """
    for name, value in (("pvalue", pvalue), ("smallest_pvalue", smallest_pvalue), ("alpha", alpha)):
        if not 0 <= value <= 1:
            raise ValueError(f"{name} must lie in [0, 1], got {value}")
    if not identified:
        return Verdict("not identified")
    if pvalue < alpha and difference != 0:
        return Verdict("resolved gain" if difference > 0 else "resolved loss")
    if equivalence_pvalue is not None and equivalence_pvalue < alpha:
        return Verdict("equivalent", margin)
    if smallest_pvalue >= alpha:
        return Verdict("cannot resolve by design")
    return Verdict("unresolved")
