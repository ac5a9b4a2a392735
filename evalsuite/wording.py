"""The sentences that say what a comparison found, and a check for phrases that say more than data can.

A sentence names the difference with its counts, then the interval, the verdict, the p-value, the difference that
was detectable, and the problems needed, in that order. Rounding is that of `numbers`.
"""

import re
from collections.abc import Sequence

from evalsuite import numbers
from evalsuite.stats.decision import Verdict
from evalsuite.stats.paired import PairedTable
from evalsuite.stats.result import Estimate

__all__ = [
    "counts_sentence",
    "detectable_clause",
    "difference_clause",
    "equal_models_clause",
    "forbidden_words",
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
    return f"±{numbers.stated(margin)} pp"


def verdict_label(verdict: Verdict, margin: float | None = None) -> str:
    """Write a verdict; equivalence with the margin it holds for.

    Examples
    --------
    >>> verdict_label("equivalent", 0.02)
    'equivalent within ±2 pp'
    """
    if verdict != "equivalent":
        return verdict
    if margin is None:
        raise ValueError("equivalence needs the margin it was tested with, got margin=None")
    return f"equivalent within {margin_label(margin)}"


def difference_clause(
    table: PairedTable, estimate: Estimate, second: Estimate, *, base_label: str, new_label: str
) -> str:
    """Write the counts, the difference, its interval `estimate` and the limits of a `second` method."""
    error = standard_error(estimate)
    names = {"fay_lumbard": "Fay–Lumbard", "tango": "Tango"}
    return (
        f"{new_label} answered {numbers.count(table.new_correct)} of {numbers.count(table.n)} problems right and "
        f"{base_label} {numbers.count(table.base_correct)} (wins {numbers.count(table.wins)}, "
        f"losses {numbers.count(table.losses)}): difference {numbers.points(table.difference, error)}, "
        f"{_level(estimate)} CI {numbers.points_interval(estimate.low, estimate.high, error)} "
        f"({names.get(estimate.method, estimate.method)}; {names.get(second.method, second.method)} "
        f"{numbers.points_interval(second.low, second.high, error)})."
    )


def verdict_clause(
    verdict: Verdict,
    estimate: Estimate,
    *,
    alpha: float,
    margin: float | None = None,
    equivalence_interval: Estimate | None = None,
) -> str:
    """Write the verdict with its reason, from the interval `estimate` and, for equivalence, its own interval."""
    name = verdict_label(verdict, margin).capitalize()
    if verdict in ("resolved gain", "resolved loss"):
        return f"{name}: the data are not compatible with equal models at α = {alpha:g}."
    if verdict == "not identified":
        return f"{name}: completions that hit the token cap could turn the sign of the difference."
    if verdict == "cannot resolve by design":
        noun = "problem" if estimate.n_problems == 1 else "problems"
        return f"{name}: with {numbers.count(estimate.n_problems)} {noun} no outcome reaches p < {alpha:g}."
    if verdict == "equivalent" and equivalence_interval is not None:
        error = standard_error(equivalence_interval)
        limits = numbers.points_interval(equivalence_interval.low, equivalence_interval.high, error)
        return f"{name}: the {_level(equivalence_interval)} CI, {limits}, lies inside the margin stated before the run."
    return f"{name}: {_compatible(estimate)}"


def not_equivalent_clause(margin: float, interval: Estimate, pvalue: float) -> str:
    """Write that equivalence within `margin` was asked for and not shown, with its own interval and p-value."""
    error = standard_error(interval)
    return (
        f"Not shown equivalent within {margin_label(margin)}: {_level(interval)} CI "
        f"{numbers.points_interval(interval.low, interval.high, error)}, {numbers.pvalue(pvalue)}."
    )


def _compatible(estimate: Estimate) -> str:
    error = standard_error(estimate)
    if estimate.low < 0 < estimate.high:
        loss, gain = numbers.size(estimate.low, error), numbers.size(estimate.high, error)
        return f"the data are compatible with a loss of {loss} and with a gain of {gain}."
    limits = numbers.points_interval(estimate.low, estimate.high, error)
    return f"the data are compatible with {limits}, but the adjusted p-value does not reach the level."


def pvalue_clause(exact: float, midp: float, *, adjusted: float | None = None, disagree: bool = False) -> str:
    """Write the p-values, and a warning where sharper methods disagree with the exact test about zero."""
    text = f"Exact McNemar {numbers.pvalue(exact)} (mid-{numbers.pvalue(midp)}"
    if adjusted is not None:
        text += f"; adjusted for its family {numbers.pvalue(adjusted)}"
    text += ")."
    if disagree:
        text += (
            " Borderline, methods disagree: the exact test and the Tango interval differ on whether zero is excluded."
        )
    return text


def equal_models_clause(shares: Sequence[float], discordance: Sequence[float], *, favoured: str) -> str:
    """Write how often equal models show a gap as large: `shares` at the lowest and highest rate of `discordance`."""
    low, high = min(shares), max(shares)
    spread = " to ".join(dict.fromkeys((numbers.chance(low), numbers.chance(high))))
    return (
        f"If the models were equal, a gap this large or larger in favour of {favoured} would appear in "
        f"{spread} of such runs "
        f"(discordance {numbers.percent(min(discordance), 0.01)} to {numbers.percent(max(discordance), 0.01)})."
    )


def detectable_clause(difference: float | None, *, n: int, discordant_rate: float, observed: bool, power: float) -> str:
    """Write the smallest true difference that `n` problems detect, or that there is none."""
    rate = numbers.percent(discordant_rate, 0.001 if discordant_rate < 0.1 else 0.01)
    where = f"the {rate} discordance seen" if observed else f"a discordance of {rate}, the upper limit given none seen"
    problems = "1 problem" if n == 1 else f"{numbers.count(n)} problems"
    if difference is None:
        missed = f"a gain or loss of any size would be missed too often for {numbers.stated(power)}% power"
        return f"At {where}, {missed} on {problems}."
    size = numbers.size(difference, difference / 20)
    return (
        f"At {where}, the smallest difference detectable with {numbers.stated(power)}% power on {problems} is {size}."
    )


def needed_clause(difference: float, needed: Sequence[int], *, power: float, error: float | None = None) -> str:
    """Write the problems needed to detect a true `difference`: one number, or the ends of a range over pairings.

    `error` is the standard error of an observed difference; without it the difference was chosen and is written whole.
    """
    size = f"{numbers.stated(abs(difference))} pp" if error is None else numbers.size(difference, error)
    low, high = min(needed), max(needed)
    if low == high:
        amount = f"about {numbers.count(low)} problems"
    else:
        amount = f"about {numbers.count(low)} to {numbers.count(high)} problems, depending on how the runs pair"
    return f"Detecting a true difference of {size} with {numbers.stated(power)}% power takes {amount}."


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
    same_p = numbers.pvalue(pvalues[0]) == numbers.pvalue(pvalues[1])
    spread = numbers.pvalue(pvalues[0]) if same_p else " to ".join(map(numbers.pvalue, pvalues))
    intervals = " to ".join(
        f"{numbers.points_interval(e.low, e.high, standard_error(e))} ({_discordant(t.discordant)})"
        for t, e in zip(tables, estimates, strict=True)
    )
    if least == most:
        intervals = f"{numbers.points_interval(estimates[0].low, estimates[0].high, error)}"
    return (
        f"{labels[1]} answered {numbers.count(least.new_correct)} of {numbers.count(least.n)} problems right and "
        f"{labels[0]} {numbers.count(least.base_correct)}: difference {numbers.points(least.difference, error)}, "
        f"{_level(estimates[0])} CI {intervals} (Fay–Lumbard). {pairing} Exact McNemar {spread}."
    )


def _discordant(m: int) -> str:
    return "1 discordant problem" if m == 1 else f"{numbers.count(m)} discordant problems"


def pairings_clause(verdicts: Sequence[Verdict], discordant: Sequence[int]) -> str:
    """Write how the verdict depends on the unknown pairing, from verdicts in the order of discordant problems."""
    groups: list[tuple[Verdict, int, int]] = []
    for verdict, m in zip(verdicts, discordant, strict=True):
        if groups and groups[-1][0] == verdict:
            groups[-1] = (verdict, groups[-1][1], m)
        else:
            groups.append((verdict, m, m))
    if len(groups) == 1:
        return f"{groups[0][0].capitalize()} whatever the pairing."
    parts = [f"{verdict} with {_span(first, last)}" for verdict, first, last in groups]
    return (
        f"The verdict depends on the pairing: {', '.join(parts)} discordant problems. Give the score of each problem."
    )


def _span(first: int, last: int) -> str:
    return numbers.count(first) if first == last else f"{numbers.count(first)} to {numbers.count(last)}"


def _level(estimate: Estimate) -> str:
    return f"{numbers.stated(estimate.confidence_level)}%"
