"""Which methods answer otherwise than the method of the verdict about whether the difference is zero."""

from collections.abc import Iterable

from analyses.runs.against_base import RunComparison
from evalsuite.comparison.pair import TwoRunComparison
from evalsuite.comparison.problem_means import MeanComparison
from evalsuite.findings import Table
from evalsuite.wording.language import tr
from evalsuite.wording.method_names import method_name

__all__ = ["agreement_sentence"]


def agreement_sentence(compared: RunComparison, methods: Table) -> str:
    """Name the intervals and tests that disagree with the method of the verdict about zero, or say that all agree.

    Every method is read at the same unadjusted level, so that only the methods differ.

    Parameters
    ----------
    methods
        The table of intervals, as `tables.methods` makes it.
    """
    several = len(compared.comparisons) > 1
    sentences = []
    for comparison in compared.comparisons:
        prefix = tr("{new_label}: ", new_label=comparison.new_label) if several else ""
        sides = _sides(comparison, methods, prefix)
        outside = _verdict_pvalue(comparison) < comparison.alpha
        others = [name for name, is_outside in sides if is_outside != outside]
        sentences.append(prefix + _sentence(others, outside, len(sides)))
    return tr(" ").join(sentences)


def _sentence(others: list[str], outside: bool, n: int) -> str:
    if not others:
        where = tr("outside") if outside else tr("inside")
        return tr("All {n} intervals and tests put zero on the same side: {where}.", n=n, where=where)
    names = "; ".join(others)
    if outside:
        return tr("The method of the verdict puts zero outside; these leave it inside: {names}.", names=names)
    return tr("The method of the verdict leaves zero inside; these put it outside: {names}.", names=names)


def _sides(comparison: TwoRunComparison, methods: Table, prefix: str) -> list[tuple[str, bool]]:
    """Return every method with whether it puts zero outside; one without an interval says nothing."""
    rows: Iterable[tuple[object, ...]] = zip(*(methods.column(k) for k in ("label", "low", "high")), strict=True)
    sides = [
        (str(label).removeprefix(prefix), low > 0 or high < 0)
        for label, low, high in rows
        if str(label).startswith(prefix) and isinstance(low, int | float) and isinstance(high, int | float)
    ]
    named = ((method_name(name), p) for name, p in comparison.pvalues.items())
    return sides + [(name, p < comparison.alpha) for name, p in named]


def _verdict_pvalue(comparison: TwoRunComparison) -> float:
    if isinstance(comparison, MeanComparison):
        return comparison.verdict_pvalue
    return comparison.pvalues["mcnemar_exact"]
