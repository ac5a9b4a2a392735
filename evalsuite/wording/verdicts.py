"""The sentences that say what a comparison found, and a check for phrases that say more than data can.

A sentence names the difference with its counts, then the interval, the verdict, the p-value, the difference that
was detectable, and the problems needed, in that order. Rounding is that of `numbers`. Sentences are in the current
language. A verdict is a record that code can compare, and `verdict_label` is the only place that names it.
"""

import re
from collections.abc import Sequence

from evalsuite.stats.decision import Verdict, VerdictKind
from evalsuite.stats.paired import PairedTable
from evalsuite.stats.result import Estimate
from evalsuite.wording import numbers
from evalsuite.wording.language import N_, tr

__all__ = [
    "counts_sentence",
    "detectable_clause",
    "difference_clause",
    "equal_models_clause",
    "forbidden_words",
    "interval_text",
    "margin_label",
    "needed_clause",
    "not_equivalent_clause",
    "pairings_clause",
    "pvalue_clause",
    "standard_error",
    "verdict_clause",
    "verdict_label",
]

# Words of one phrase may be parted by line breaks or mark-up.
_GAP = r"(?:\s|&nbsp;|<[^<>]*>|-)+"
_FORBIDDEN = tuple(
    re.compile(r"\b" + phrase.replace(" ", _GAP) + r"\b", re.IGNORECASE)
    for phrase in (
        "no (?:real |true )?differences?",
        "tied",
        "(?:is|was|end(?:s|ed)? in) a tie",
        "null(?: hypothesis)? (?:is|was|can be|may be) accepted",
        "accept(?:s|ed|ing)? the null",
        "pro(?:ves?|ved|ven|ving)",
        "trend(?:s|ed|ing)? towards?",
        "marginally significant",
        "not significant(?:ly)?[^.<]{0,60} (?:equal|same)",
        r"(?:90|95|99)(?:\s*%| percent)(?: posterior)? (?:probability|chance|probable|likely)",
    )
)
LABELS: dict[VerdictKind, str] = {
    "resolved gain": N_("resolved gain"),
    "resolved loss": N_("resolved loss"),
    "equivalent": N_("equivalent within {margin}"),
    "not identified": N_("not identified"),
    "cannot resolve by design": N_("cannot resolve by design"),
    "one training seed": N_("cannot resolve: one training seed"),
    "unresolved": N_("unresolved"),
}
"""How each kind of verdict is called, in English."""
_METHODS = {"fay_lumbard": "Fay–Lumbard", "tango": "Tango"}
_SIGNIFICANT = re.compile(r"\b(?:in|non)?significan(?:t|tly|ce)\b", re.IGNORECASE)
_DIFFERENCE = re.compile(r"Δ|\bdifference\b|\bpp\b", re.IGNORECASE)
_INTERVAL = re.compile(r"\bCI\b|\bconfidence interval\b", re.IGNORECASE)


def forbidden_words(text: str) -> tuple[str, ...]:
    """Return the phrases in `text` that claim more than data can, in the order of their rules.

    "significant" is among them unless the text also gives a difference and its interval.

    Examples
    --------
    >>> forbidden_words("The models are tied: no difference.")
    ('no difference', 'tied')
    >>> forbidden_words("Unresolved: the data are compatible with a gain and with a loss.")
    ()
    """
    found = [re.sub(_GAP, " ", match.group()).lower() for rule in _FORBIDDEN for match in rule.finditer(text)]
    if not (_DIFFERENCE.search(text) and _INTERVAL.search(text)):
        found += [match.group().lower() for match in _SIGNIFICANT.finditer(text)]
    return tuple(found)


def standard_error(estimate: Estimate) -> float:
    """Return the standard error that the width of a 95% interval stands for; only rounding uses it."""
    return (estimate.high - estimate.low) / 3.92


def margin_label(margin: float) -> str:
    """Write an equivalence margin.

    Examples
    --------
    >>> margin_label(0.02), margin_label(0.005)
    ('±2 pp', '±0.5 pp')
    """
    return tr("±{number} pp", number=numbers.stated(margin))


def verdict_label(verdict: Verdict) -> str:
    """Name a verdict in the current language; equivalence with the margin it holds for.

    Examples
    --------
    >>> verdict_label(Verdict("equivalent", 0.02)), verdict_label(Verdict("unresolved"))
    ('equivalent within ±2 pp', 'unresolved')
    """
    if verdict.margin is None:
        return tr(LABELS[verdict.kind])
    return tr(LABELS[verdict.kind], margin=margin_label(verdict.margin))


def difference_clause(
    table: PairedTable, estimate: Estimate, second: Estimate, *, base_label: str, new_label: str
) -> str:
    """Write the counts, the difference, its interval `estimate` and the limits of a `second` method."""
    error = standard_error(estimate)
    return tr(
        "{new} answered {new_correct} of {n} problems right and {base} {base_correct} (wins {wins}, losses {losses}): "
        "difference {difference}, {level} CI {limits} ({method}; {second} {second_limits}).",
        new=new_label,
        new_correct=numbers.count(table.new_correct),
        n=numbers.count(table.n),
        base=base_label,
        base_correct=numbers.count(table.base_correct),
        wins=numbers.count(table.wins),
        losses=numbers.count(table.losses),
        difference=numbers.points(table.difference, error),
        level=_level(estimate),
        limits=numbers.points_interval(estimate.low, estimate.high, error),
        method=_METHODS.get(estimate.method, estimate.method),
        second=_METHODS.get(second.method, second.method),
        second_limits=numbers.points_interval(second.low, second.high, error),
    )


def verdict_clause(
    verdict: Verdict,
    estimate: Estimate,
    *,
    alpha: float,
    equivalence_interval: Estimate | None = None,
) -> str:
    """Write the verdict with its reason, from the interval `estimate` and, for equivalence, its own interval."""
    name = verdict_label(verdict).capitalize()
    if verdict.kind in ("resolved gain", "resolved loss"):
        return tr(
            "{verdict}: the data are not compatible with equal models at α = {alpha}.", verdict=name, alpha=f"{alpha:g}"
        )
    if verdict.kind == "not identified":
        return tr("{verdict}: completions that hit the token cap could turn the sign of the difference.", verdict=name)
    if verdict.kind == "cannot resolve by design":
        n = estimate.n_problems
        return tr(
            "{verdict}: with {problems} no outcome reaches p < {alpha}.",
            verdict=name,
            problems=_problems(n),
            alpha=f"{alpha:g}",
        )
    if verdict.kind == "equivalent" and equivalence_interval is not None:
        error = standard_error(equivalence_interval)
        return tr(
            "{verdict}: the {level} CI, {limits}, lies inside the margin stated before the run.",
            verdict=name,
            level=_level(equivalence_interval),
            limits=numbers.points_interval(equivalence_interval.low, equivalence_interval.high, error),
        )
    return tr("{verdict}: {reason}", verdict=name, reason=_compatible(estimate))


def not_equivalent_clause(margin: float, interval: Estimate, pvalue: float) -> str:
    """Write that equivalence within `margin` was asked for and not shown, with its own interval and p-value."""
    return tr(
        "Not shown equivalent within {margin}: {level} CI {limits}, {pvalue}.",
        margin=margin_label(margin),
        level=_level(interval),
        limits=numbers.points_interval(interval.low, interval.high, standard_error(interval)),
        pvalue=numbers.pvalue(pvalue),
    )


def _problems(n: int) -> str:
    return tr("1 problem") if n == 1 else tr("{n} problems", n=numbers.count(n))


def _compatible(estimate: Estimate) -> str:
    error = standard_error(estimate)
    if estimate.low < 0 < estimate.high:
        loss, gain = numbers.size(estimate.low, error), numbers.size(estimate.high, error)
        return tr("the data are compatible with a loss of {loss} and with a gain of {gain}.", loss=loss, gain=gain)
    limits = numbers.points_interval(estimate.low, estimate.high, error)
    return tr(
        "the data are compatible with {limits}, but the adjusted p-value does not reach the level.", limits=limits
    )


def pvalue_clause(exact: float, midp: float, *, adjusted: float | None = None, disagree: bool = False) -> str:
    """Write the p-values, and a warning where sharper methods disagree with the exact test about zero."""
    shown = {"exact": numbers.pvalue(exact), "midp": numbers.pvalue(midp)}
    if adjusted is None:
        text = tr("Exact McNemar {exact} (mid-{midp}).", **shown)
    else:
        text = tr(
            "Exact McNemar {exact} (mid-{midp}; adjusted for its family {adjusted}).",
            **shown,
            adjusted=numbers.pvalue(adjusted),
        )
    if not disagree:
        return text
    warning = tr(
        "Borderline, methods disagree: the exact test and the Tango interval differ on whether zero is excluded."
    )
    return tr(" ").join((text, warning))


def equal_models_clause(shares: Sequence[float], discordance: Sequence[float], *, favoured: str) -> str:
    """Write how often equal models show a gap as large: `shares` at the lowest and highest rate of `discordance`."""
    low, high = min(shares), max(shares)
    return tr(
        "If the models were equal, a gap this large or larger in favour of {favoured} would appear in {spread} of such "
        "runs (discordance {lowest} to {highest}).",
        favoured=favoured,
        spread=tr(" to ").join(dict.fromkeys((numbers.chance(low), numbers.chance(high)))),
        lowest=numbers.percent(min(discordance), 0.01),
        highest=numbers.percent(max(discordance), 0.01),
    )


def detectable_clause(difference: float | None, *, n: int, discordant_rate: float, observed: bool, power: float) -> str:
    """Write the smallest true difference that `n` problems detect, or that there is none."""
    rate = numbers.percent(discordant_rate, 0.001 if discordant_rate < 0.1 else 0.01)
    where = (
        tr("the {rate} discordance seen", rate=rate)
        if observed
        else tr("a discordance of {rate}, the upper limit given none seen", rate=rate)
    )
    shown = {"where": where, "power": numbers.stated(power), "problems": _problems(n)}
    if difference is None:
        return tr(
            "At {where}, a gain or loss of any size would be missed too often for {power}% power on {problems}.",
            **shown,
        )
    return tr(
        "At {where}, the smallest difference detectable with {power}% power on {problems} is {size}.",
        **shown,
        size=numbers.size(difference, difference / 20),
    )


def needed_clause(difference: float, needed: Sequence[int], *, power: float, error: float | None = None) -> str:
    """Write the problems needed to detect a true `difference`: one number, or the ends of a range over pairings.

    `error` is the standard error of an observed difference; without it the difference was chosen and is written whole.
    """
    size = (
        tr("{number} pp", number=numbers.stated(abs(difference))) if error is None else numbers.size(difference, error)
    )
    low, high = min(needed), max(needed)
    if low == high:
        amount = tr("about {n} problems", n=numbers.count(low))
    else:
        amount = tr(
            "about {low} to {high} problems, depending on how the runs pair",
            low=numbers.count(low),
            high=numbers.count(high),
        )
    return tr(
        "Detecting a true difference of {size} with {power}% power takes {amount}.",
        size=size,
        power=numbers.stated(power),
        amount=amount,
    )


def counts_sentence(
    tables: Sequence[PairedTable],
    estimates: Sequence[Estimate],
    pvalues: Sequence[float],
    pairing: str,
    *,
    labels: tuple[str, str],
) -> str:
    """Write what two scores say without their pairing.

    Parameters
    ----------
    tables, estimates
        The least and the most discordant pairing with their intervals.
    pvalues
        Smallest and largest exact p-value over all pairings.
    pairing
        The clause of `pairings_clause`.
    labels
        Names of base and new run.
    """
    least, most = tables
    error = standard_error(estimates[0])
    intervals = tr(" to ").join(
        tr(
            "{limits} ({discordant})",
            limits=numbers.points_interval(e.low, e.high, standard_error(e)),
            discordant=_discordant(t.discordant),
        )
        for t, e in zip(tables, estimates, strict=True)
    )
    if least == most:
        intervals = numbers.points_interval(estimates[0].low, estimates[0].high, error)
    return tr(
        "{new} answered {new_correct} of {n} problems right and {base} {base_correct}: difference {difference}, "
        "{level} CI {intervals} (Fay–Lumbard). {pairing} Exact McNemar {pvalues}.",
        new=labels[1],
        new_correct=numbers.count(least.new_correct),
        n=numbers.count(least.n),
        base=labels[0],
        base_correct=numbers.count(least.base_correct),
        difference=numbers.points(least.difference, error),
        level=_level(estimates[0]),
        intervals=intervals,
        pairing=pairing,
        pvalues=tr(" to ").join(dict.fromkeys(map(numbers.pvalue, pvalues))),
    )


def _discordant(m: int) -> str:
    return tr("1 discordant problem") if m == 1 else tr("{n} discordant problems", n=numbers.count(m))


def pairings_clause(verdicts: Sequence[Verdict], discordant: Sequence[int]) -> str:
    """Write how the verdict depends on the unknown pairing, from verdicts in the order of discordant problems."""
    groups: list[tuple[Verdict, int, int]] = []
    for verdict, m in zip(verdicts, discordant, strict=True):
        if groups and groups[-1][0] == verdict:
            groups[-1] = (verdict, groups[-1][1], m)
        else:
            groups.append((verdict, m, m))
    if len(groups) == 1:
        return tr("{verdict} whatever the pairing.", verdict=verdict_label(groups[0][0]).capitalize())
    parts = [
        tr("{verdict} with {span}", verdict=verdict_label(verdict), span=_span(first, last))
        for verdict, first, last in groups
    ]
    return tr(
        "The verdict depends on the pairing: {parts} discordant problems. Give the score of each problem.",
        parts=tr(", ").join(parts),
    )


def _span(first: int, last: int) -> str:
    if first == last:
        return numbers.count(first)
    return tr("{low} to {high}", low=numbers.count(first), high=numbers.count(last))


def _level(estimate: Estimate) -> str:
    return f"{numbers.stated(estimate.confidence_level)}%"


def interval_text(estimate: Estimate) -> str:
    """Write a difference with its interval, such as ``+2.3 pp (95% CI +0.6 to +4 pp)``."""
    error = (estimate.high - estimate.low) / 3.92
    limits = numbers.points_interval(estimate.low, estimate.high, error)
    return tr(
        "{value} ({level}% CI {limits})",
        value=numbers.points(estimate.value, error),
        level=numbers.stated(estimate.confidence_level),
        limits=limits,
    )
