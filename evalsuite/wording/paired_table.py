"""The sentence of a comparison by the paired table.

It names the difference with its counts, then the interval, the verdict, the p-value, the difference that was
detectable, and the problems needed, in that order.
"""

from collections.abc import Sequence

from evalsuite.comparison.paired_table import PairedComparison
from evalsuite.stats.paired import PairedTable
from evalsuite.stats.power import probability_of_gap
from evalsuite.stats.result import Estimate
from evalsuite.wording import every_look, numbers
from evalsuite.wording.language import tr
from evalsuite.wording.verdicts import claims_clause, level, problems, verdict_clause, without_cap_clause

__all__ = ["sentence"]

# Below this many discordant problems their rate says little about the next run.
FEW_DISCORDANT = 10
ASSUMED_DISCORDANCE = (0.1, 0.5)
_METHODS = {"fay_lumbard": "Fay–Lumbard", "tango": "Tango"}


def sentence(comparison: PairedComparison) -> str:
    """Write the whole comparison: difference, verdict, p-values, what was detectable, and the problems needed."""
    return tr(" ").join(_clauses(comparison))


def _clauses(comparison: PairedComparison) -> list[str]:
    table, estimate, worst = comparison.table, comparison.difference, comparison.without_cap
    look = comparison.every_look
    verdict = verdict_clause(
        comparison.verdict,
        estimate,
        alpha=comparison.alpha,
        equivalence_interval=comparison.equivalence_interval,
        adjusted=comparison.adjusted_pvalue is not None,
    )
    claims = claims_clause(
        comparison.verdict,
        comparison.margin,
        interval=comparison.equivalence_interval,
        equivalence_pvalue=comparison.equivalence_pvalue,
        no_worse_pvalue=comparison.no_worse_pvalue,
        adjusted=comparison.adjusted_claim_pvalues,
    )
    difference = _difference_clause(
        table,
        comparison.intervals["fay_lumbard"] if look is None else estimate,
        None if look is not None else comparison.intervals["tango"],
        base_label=comparison.base_label,
        new_label=comparison.new_label,
        at_limit=worst is not None,
    )
    stated = [verdict, claims] if claims else [verdict]
    if worst is not None:
        # What was detectable at the limit says nothing of accuracy without it.
        pvalue = tr("Worst case {pvalue}.", pvalue=numbers.pvalue(worst.pvalue))
        if look is not None:
            pvalue = every_look.pvalue_clause(look, adjusted=comparison.adjusted_pvalue)
        return [difference, without_cap_clause(worst, look), *stated, pvalue]
    if look is not None:
        # What one look of a fixed length detects says nothing of a pair that is looked at as it grows.
        return [difference, *stated, every_look.pvalue_clause(look, adjusted=comparison.adjusted_pvalue)]
    return [difference, *stated, *_planned(comparison)]


def _planned(comparison: PairedComparison) -> list[str]:
    """Write the p-values of one look at the token limit, and what it could detect."""
    table = comparison.table
    clauses = [
        _pvalue_clause(
            comparison.pvalues["mcnemar_exact"],
            comparison.pvalues["mcnemar_midp"],
            adjusted=comparison.adjusted_pvalue,
            disagree=comparison.methods_disagree,
        )
    ]
    if comparison.verdict.kind == "cannot resolve by design" and table.difference != 0:
        gap = abs(table.wins - table.losses)
        shares = [probability_of_gap(table.n, rate / 2, rate / 2, gap) for rate in ASSUMED_DISCORDANCE]
        favoured = comparison.new_label if table.difference > 0 else comparison.base_label
        clauses.append(_equal_models_clause(shares, ASSUMED_DISCORDANCE, favoured=favoured))
    clauses.append(
        _detectable_clause(
            comparison.minimum_detectable_difference,
            n=table.n,
            discordant_rate=comparison.discordant_rate,
            observed=table.discordant > 0,
            power=comparison.power,
        )
    )
    if comparison.planned_difference is not None and comparison.n_needed is not None:
        # Few discordant problems leave the pairing open; many settle it.
        spread = comparison.n_needed_range if table.discordant < FEW_DISCORDANT else None
        error = comparison.difference.nominal_error if table.difference else None
        clauses.append(
            _needed_clause(
                comparison.planned_difference, spread or (comparison.n_needed,), power=comparison.power, error=error
            )
        )
    return clauses


def _difference_clause(
    table: PairedTable,
    estimate: Estimate,
    second: Estimate | None,
    *,
    base_label: str,
    new_label: str,
    at_limit: bool = False,
) -> str:
    """Write the counts, the difference, its interval `estimate` and the limits of a `second` method.

    Without a second one the interval holds at every look. `at_limit` leaves the intervals out: the question is then
    about accuracy without the token limit.
    """
    error = estimate.nominal_error
    values = {
        "new": new_label,
        "new_correct": numbers.count(table.new_correct),
        "problems": problems(table.n),
        "base": base_label,
        "base_correct": numbers.count(table.base_correct),
        "wins": numbers.count(table.wins),
        "losses": numbers.count(table.losses),
        "difference": numbers.points(table.difference, error),
    }
    if at_limit:
        return tr(
            "{new} answered {new_correct} of {problems} correctly, {base} {base_correct} ({wins} won, {losses} "
            "lost): a difference of {difference} at the token limit.",
            **values,
        )
    if second is None:
        return tr(
            "{new} answered {new_correct} of {problems} correctly, {base} {base_correct} ({wins} won, {losses} "
            "lost): a difference of {difference}, {level} CI {limits}, valid at every look.",
            level=level(estimate),
            limits=numbers.points_interval(estimate.low, estimate.high, error),
            **values,
        )
    return tr(
        "{new} answered {new_correct} of {problems} correctly, {base} {base_correct} ({wins} won, {losses} lost): "
        "a difference of {difference}, {level} CI {limits} ({method}; {second} {second_limits}).",
        level=level(estimate),
        limits=numbers.points_interval(estimate.low, estimate.high, error),
        method=_METHODS.get(estimate.method, estimate.method),
        second=_METHODS.get(second.method, second.method),
        second_limits=numbers.points_interval(second.low, second.high, error),
        **values,
    )


def _pvalue_clause(exact: float, midp: float, *, adjusted: float | None = None, disagree: bool = False) -> str:
    """Write the p-values, and a warning where sharper methods disagree with the exact test about zero."""
    shown = {"exact": numbers.pvalue(exact), "midp": numbers.pvalue(midp)}
    if adjusted is None:
        text = tr("Exact McNemar {exact} (mid-{midp}).", **shown)
    else:
        text = tr(
            "Exact McNemar {exact} (mid-{midp}; {adjusted} after adjustment for the number of comparisons).",
            **shown,
            adjusted=numbers.pvalue(adjusted),
        )
    if not disagree:
        return text
    warning = tr("Borderline: the exact test and the Tango interval disagree on whether zero is ruled out.")
    return tr(" ").join((text, warning))


def _equal_models_clause(shares: Sequence[float], discordance: Sequence[float], *, favoured: str) -> str:
    """Write how often equal models show a gap as large: `shares` at the lowest and highest rate of `discordance`."""
    low, high = min(shares), max(shares)
    return tr(
        "If the models were equally good, {favoured} would lead by this much or more in {spread} of such "
        "comparisons (if {lowest} to {highest} of problems are answered differently).",
        favoured=favoured,
        spread=tr(" to ").join(dict.fromkeys((numbers.chance(low), numbers.chance(high)))),
        lowest=numbers.percent(min(discordance), 0.01),
        highest=numbers.percent(max(discordance), 0.01),
    )


def _detectable_clause(
    difference: float | None, *, n: int, discordant_rate: float, observed: bool, power: float
) -> str:
    """Write the smallest true difference that `n` problems detect, or that there is none."""
    rate = numbers.percent(discordant_rate, 0.001 if discordant_rate < 0.1 else 0.01)
    where = (
        tr("the disagreement rate seen here ({rate})", rate=rate)
        if observed
        else tr("a disagreement rate of {rate}, the upper limit when none is seen", rate=rate)
    )
    shown = {"where": where, "power": numbers.stated(power), "problems": problems(n)}
    if difference is None:
        return tr(
            "At {where}, {problems} cannot reliably detect any possible gain or loss ({power}% power).",
            **shown,
        )
    return tr(
        "At {where}, {problems} can reliably detect differences of {size} or more ({power}% power).",
        **shown,
        size=numbers.size(difference, difference / 20),
    )


def _needed_clause(difference: float, needed: Sequence[int], *, power: float, error: float | None = None) -> str:
    """Write the problems needed to detect a true `difference`: one number, or the ends of a range over pairings.

    `error` is the standard error of an observed difference; without it the difference was chosen and is written whole.
    """
    size = (
        tr("{number} pp", number=numbers.stated(abs(difference))) if error is None else numbers.size(difference, error)
    )
    low, high = min(needed), max(needed)
    if low == high:
        amount = tr("about {problems}", problems=problems(low))
    else:
        amount = tr(
            "about {low} to {high} problems, depending on how often the runs disagree",
            low=numbers.count(low),
            high=numbers.count(high),
        )
    return tr(
        "Detecting a true difference of {size} with {power}% power would take {amount}.",
        size=size,
        power=numbers.stated(power),
        amount=amount,
    )
