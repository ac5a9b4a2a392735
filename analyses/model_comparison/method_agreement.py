"""Which methods answer otherwise than the method of the verdict about whether the difference is zero."""

from collections.abc import Sequence

from analyses.model_comparison.tables import NamedInterval
from analyses.runs.against_base import RunComparison
from evalsuite.comparison.pair import TwoRunComparison, verdict_pvalue
from evalsuite.wording.language import tr
from evalsuite.wording.method_names import method_name

__all__ = ["agreement_sentence"]


def agreement_sentence(compared: RunComparison, by_comparison: Sequence[Sequence[NamedInterval]]) -> str:
    """Name the intervals and tests that disagree with the method of the verdict about zero, or say that all agree.

    Every method is read at the same unadjusted level, so that only the methods differ.

    Parameters
    ----------
    by_comparison
        The intervals of each comparison, as `tables.intervals` computes them.
    """
    several = len(compared.comparisons) > 1
    sentences = []
    for comparison, intervals in zip(compared.comparisons, by_comparison, strict=True):
        prefix = tr("{new_label}: ", new_label=comparison.new_label) if several else ""
        sides = _sides(comparison, intervals)
        outside = verdict_pvalue(comparison) < comparison.alpha
        others = [name for name, is_outside in sides if is_outside != outside]
        sentences.append(prefix + _sentence(others, outside, len(sides)))
    return tr(" ").join(sentences)


def _sentence(others: list[str], outside: bool, n: int) -> str:
    if not others:
        if outside:
            return tr("All {n} methods agree: zero is ruled out.", n=n)
        return tr("All {n} methods agree: zero is not ruled out.", n=n)
    names = "; ".join(others)
    if outside:
        return tr("The method behind the verdict rules out zero; these do not: {names}.", names=names)
    return tr("The method behind the verdict does not rule out zero; these do: {names}.", names=names)


def _sides(comparison: TwoRunComparison, intervals: Sequence[NamedInterval]) -> list[tuple[str, bool]]:
    """Return every method with whether it puts zero outside; one without an interval says nothing."""
    sides = [(name, e.low > 0 or e.high < 0) for name, e in intervals if e is not None]
    return sides + [(method_name(name), p < comparison.alpha) for name, p in comparison.pvalues.items()]
