"""The sentence of a comparison of two runs, whichever method their design asked for."""

from collections.abc import Sequence

from evalsuite.comparison.pair import TwoRunComparison
from evalsuite.comparison.problem_means import MeanComparison
from evalsuite.wording import paired_table, problem_means
from evalsuite.wording.language import tr

__all__ = ["family", "sentence"]


def sentence(comparison: TwoRunComparison) -> str:
    """Write the whole comparison in the current language."""
    if isinstance(comparison, MeanComparison):
        return problem_means.sentence(comparison)
    return paired_table.sentence(comparison)


def family(comparisons: Sequence[TwoRunComparison]) -> str:
    """Write what the verdicts of a family hold for together; empty for a comparison that stands alone.

    Examples
    --------
    >>> family([])
    ''
    """
    if not comparisons or comparisons[0].family_size < 2:
        return ""
    first = comparisons[0]
    if first.margin is None:
        return tr(
            "The {n} verdicts are judged together: their p-values are adjusted by Holm's method, the intervals "
            "are not, and the problems needed are for α = {alpha}, the strictest level.",
            n=first.family_size, alpha=f"{first.alpha / first.family_size:.2g}",
        )  # fmt: skip
    return tr(
        "The {n} verdicts are judged together, and so are the {n} claims of each kind against the margin: "
        "p-values are adjusted by Holm's method, intervals are not, and the problems needed are for α = {alpha}, "
        "the strictest level.",
        n=first.family_size, alpha=f"{first.alpha / first.family_size:.2g}",
    )  # fmt: skip
