"""What is said of a pair that was looked at while it grew: what holds at every look, and what one look would say."""

from typing import TYPE_CHECKING

from evalsuite.stats.result import Estimate
from evalsuite.wording import numbers, verdicts
from evalsuite.wording.language import tr
from evalsuite.wording.method_names import method_name
from evalsuite.wording.units import SHARES, Unit

if TYPE_CHECKING:
    # A page is made without a comparison, which needs SciPy.
    from evalsuite.comparison.every_look import EveryLook

__all__ = ["pvalue_clause", "shown_note"]


def pvalue_clause(look: "EveryLook", unit: Unit = SHARES, *, adjusted: float | None = None) -> str:
    """Write the p-value that holds at every look, and what would hold had this been the only one."""
    pvalue = numbers.pvalue(look.pvalue)
    if adjusted is not None:
        also = tr("{pvalue} after adjustment", pvalue=numbers.pvalue(adjusted))
        pvalue = tr(", ").join((pvalue, also))
    text, most = tr("At every look {pvalue}.", pvalue=pvalue), look.most_with_first_look
    if most is not None:
        text = tr(
            "At every look whose number of problems did not depend on the results {pvalue}. The first look was "
            "judged alone: with its verdict, equal runs are told apart in at most {most} of cases.",
            pvalue=pvalue, most=numbers.percent(most, most / 20),
        )  # fmt: skip
    told = tr(", ").join((verdicts.verdict_label(look.alone_verdict), _interval(look.alone, unit)))
    if look.alone_pvalue is not None:
        told = tr(", ").join((told, numbers.pvalue(look.alone_pvalue)))
    only = (
        tr("Had this been the only look: {told}.", told=told)
        if adjusted is None
        else tr("Had this been the only look at the only comparison: {told}.", told=told)
    )
    return tr(" ").join((text, only))


def shown_note(new: str, base: str, looks: str, k: int) -> str:
    """Write that a pair was shown before."""
    return tr(
        "{new} against {base} was looked at {k} times while it grew ({looks}): verdict, interval and p-value are "
        "those that are valid at every look.",
        new=new, base=base, k=k, looks=looks,
    )  # fmt: skip


def _interval(estimate: Estimate, unit: Unit) -> str:
    return tr(
        "{level} CI {limits} ({method})",
        level=verdicts.level(estimate),
        limits=unit.limits(estimate.low, estimate.high, estimate.nominal_error),
        method=method_name(estimate.method),
    )
