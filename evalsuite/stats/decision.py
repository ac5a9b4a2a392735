"""From numbers to one of six labels, so that equal evidence is called by the same words everywhere.

The labels, in order of precedence:

1. ``"not identified"``: completions cut off by the token cap could turn the sign of the difference. No p-value
   repairs that.
2. ``"resolved gain"``, ``"resolved loss"``: the exact test, adjusted for its family, gives p < alpha; the sign is that
   of the observed difference.
3. ``"equivalent"``: a margin was stated before the run and both one-sided tests reject. It comes before the next
   label because a set too small to resolve any difference can still exclude large ones.
4. ``"cannot resolve by design"``: no outcome of this design reaches p < alpha.
5. ``"unresolved"``: everything else. The data are compatible with gains and with losses.
"""

from typing import Literal

__all__ = ["Verdict", "decide"]

Verdict = Literal[
    "not identified",
    "resolved gain",
    "resolved loss",
    "equivalent",
    "cannot resolve by design",
    "unresolved",
]


def decide(
    difference: float,
    pvalue: float,
    *,
    smallest_pvalue: float,
    alpha: float = 0.05,
    equivalence_pvalue: float | None = None,
    identified: bool = True,
) -> Verdict:
    """Return the label of a comparison.

    Parameters
    ----------
    difference
        Observed difference, new minus base.
    pvalue
        Two-sided p-value of the exact test, adjusted where the comparison belongs to a family.
    smallest_pvalue
        The smallest p-value that the design allows, such as `power.smallest_attainable_pvalue`.
    equivalence_pvalue
        p-value of `equivalence.equivalence` with a margin stated before the run, or None without a margin.
    identified
        False where bounds for cut-off completions include both signs.

    Examples
    --------
    >>> decide(0.2, 1.0, smallest_pvalue=0.0625)
    'cannot resolve by design'
    >>> decide(0.02, 0.01, smallest_pvalue=1e-9)
    'resolved gain'
    """
    for name, value in (("pvalue", pvalue), ("smallest_pvalue", smallest_pvalue), ("alpha", alpha)):
        if not 0 <= value <= 1:
            raise ValueError(f"{name} must lie in [0, 1], got {value}")
    if not identified:
        return "not identified"
    if pvalue < alpha and difference != 0:
        return "resolved gain" if difference > 0 else "resolved loss"
    if equivalence_pvalue is not None and equivalence_pvalue < alpha:
        return "equivalent"
    if smallest_pvalue >= alpha:
        return "cannot resolve by design"
    return "unresolved"
