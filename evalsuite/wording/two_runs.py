"""The sentence of a comparison of two runs, whichever method their design asked for."""

from evalsuite.comparison.pair import TwoRunComparison
from evalsuite.comparison.problem_means import MeanComparison
from evalsuite.wording import paired_table, problem_means

__all__ = ["sentence"]


def sentence(comparison: TwoRunComparison) -> str:
    """Write the whole comparison in the current language."""
    if isinstance(comparison, MeanComparison):
        return problem_means.sentence(comparison)
    return paired_table.sentence(comparison)
