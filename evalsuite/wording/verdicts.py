"""What verdicts are called, and the reasons that sentences give for them.

A verdict is a record that code can compare, and `verdict_label` is the only place that names it. Rounding is that of
`numbers`; every text is in the current language.
"""

from typing import TYPE_CHECKING

from evalsuite.stats.decision import Verdict, VerdictKind
from evalsuite.stats.result import Estimate, nominal_error
from evalsuite.wording import numbers
from evalsuite.wording.language import N_, tr
from evalsuite.wording.units import SHARES, Unit

if TYPE_CHECKING:
    # A page is made without a comparison, which needs SciPy.
    from evalsuite.comparison.every_look import EveryLook
    from evalsuite.stats.worst_case import WorstCase

__all__ = [
    "LABELS",
    "claims_clause",
    "interval_text",
    "level",
    "margin_label",
    "no_outcome_clause",
    "no_worse_label",
    "problems",
    "templates",
    "verdict_clause",
    "verdict_label",
    "without_cap_clause",
]

LABELS: dict[VerdictKind, str] = {
    "resolved gain": N_("resolved gain"),
    "resolved loss": N_("resolved loss"),
    "equivalent": N_("equivalent within {margin}"),
    "not identified": N_("not identified"),
    "cannot resolve by design": N_("cannot resolve by design"),
    "too few independent groups": N_("too few independent groups for a verdict"),
    "one training seed": N_("cannot resolve: one training seed"),
    "unresolved": N_("unresolved"),
}
"""How each kind of verdict is called, in English."""


def margin_label(margin: float, unit: Unit = SHARES) -> str:
    """Write an equivalence margin.

    Examples
    --------
    >>> margin_label(0.02), margin_label(0.005), margin_label(0.5, Unit((0, 10)))
    ('±2 pp', '±0.5 pp', '±0.5 points of 0 to 10')
    """
    if unit.score_range is not None:
        return tr("±{number} {span}", number=unit.stated(margin), span=unit.span)
    return tr("±{number} pp", number=numbers.stated(margin))


def no_worse_label(margin: float, unit: Unit = SHARES) -> str:
    """Write the claim that a run is worse by less than a margin.

    Examples
    --------
    >>> no_worse_label(0.02), no_worse_label(0.1, Unit((0, 1)))
    ('no worse than −2 pp', 'no worse than −0.1 of 0 to 1')
    """
    if unit.score_range is not None:
        return tr("no worse than −{number} {span}", number=unit.stated(margin), span=unit.span)
    return tr("no worse than −{number} pp", number=numbers.stated(margin))


def verdict_label(verdict: Verdict) -> str:
    """Name a verdict in the current language, with what is claimed beside it against the margin.

    Examples
    --------
    >>> verdict_label(Verdict("equivalent", 0.02)), verdict_label(Verdict("unresolved"))
    ('equivalent within ±2 pp', 'unresolved')
    >>> verdict_label(Verdict("resolved gain", 0.02, ("equivalent", "no worse")))
    'resolved gain, equivalent within ±2 pp'
    """
    if verdict.margin is None:
        return tr(LABELS[verdict.kind])
    unit = Unit(verdict.score_range)
    equivalent = tr(LABELS["equivalent"], margin=margin_label(verdict.margin, unit))
    if verdict.kind == "equivalent":
        return equivalent
    name = tr(LABELS[verdict.kind])
    if "equivalent" in verdict.claims:
        return tr(", ").join((name, equivalent))
    # A gain needs no claim that it is no loss.
    return name if verdict.kind == "resolved gain" else tr(", ").join((name, no_worse_label(verdict.margin, unit)))


def verdict_clause(
    verdict: Verdict,
    estimate: Estimate,
    *,
    alpha: float,
    equivalence_interval: Estimate | None = None,
    adjusted: bool = False,
    unit: Unit = SHARES,
) -> str:
    """Write the verdict with its reason, from the interval `estimate` and, for equivalence, its own interval.

    `adjusted` tells whether the p-value was adjusted for a family.
    """
    name = _name(verdict)
    if verdict.kind in ("resolved gain", "resolved loss"):
        return tr(
            "{verdict}: chance alone would rarely produce a difference this large (significant at α = {alpha}).",
            verdict=name,
            alpha=f"{alpha:g}",
        )
    if verdict.kind == "not identified":
        return tr(
            "{verdict}: completions that hit the token limit could reverse the sign of the difference.", verdict=name
        )
    if verdict.kind == "cannot resolve by design":
        return no_outcome_clause(name, problems(estimate.n_problems), alpha=alpha, adjusted=adjusted)
    if verdict.kind == "equivalent":
        if equivalence_interval is None:
            return tr(
                "{verdict}: both one-sided tests are significant at α = {alpha}.", verdict=name, alpha=f"{alpha:g}"
            )
        return tr(
            "{verdict}: the {level} CI, {limits}, lies within the margin stated in advance.",
            verdict=name,
            level=level(equivalence_interval),
            limits=_limits_beside(equivalence_interval, verdict.margin or 0.0, unit),
        )
    return tr("{verdict}: {reason}", verdict=name, reason=_compatible(estimate, unit))


def no_outcome_clause(name: str, groups: str, *, alpha: float, adjusted: bool = False) -> str:
    """Write that no outcome of so many groups reaches the level, in a family after adjustment."""
    if adjusted:
        return tr(
            "{verdict}: with {groups}, no possible outcome reaches p < {alpha} after adjustment for the number of "
            "comparisons.",
            verdict=name, groups=groups, alpha=f"{alpha:g}",
        )  # fmt: skip
    return tr("{verdict}: with {groups}, no possible outcome reaches p < {alpha}.", verdict=name, groups=groups,
              alpha=f"{alpha:g}")  # fmt: skip


def claims_clause(
    verdict: Verdict,
    margin: float | None,
    *,
    interval: Estimate | None,
    equivalence_pvalue: float | None,
    no_worse_pvalue: float | None,
    unit: Unit = SHARES,
    adjusted: tuple[float | None, float | None] = (None, None),
) -> str:
    """Write what is shown, and not shown, against the margin; empty without one or where the verdict says it.

    `interval` is that of level 1 - 2 alpha, None where only p-values exist; `adjusted` are the p-values of both claims
    adjusted for their families, on which they then rest.
    """
    if margin is None or equivalence_pvalue is None or verdict.kind == "equivalent":
        return ""
    shown = "equivalent" in verdict.claims
    names = {"margin": margin_label(margin, unit), "pvalue": _claim_pvalue(equivalence_pvalue, adjusted[0])}
    if interval is None:
        also = N_("Also equivalent within {margin} ({pvalue}).")
        lacking = N_("Equivalence within {margin} is not shown ({pvalue}).")
    else:
        names |= {"level": level(interval), "limits": _limits_beside(interval, margin, unit)}
        also = N_("Also equivalent within {margin}: the {level} CI, {limits}, lies within the margin ({pvalue}).")
        lacking = N_("Equivalence within {margin} is not shown: {level} CI {limits}, {pvalue}.")
    text = tr(also if shown else lacking, **names)
    if no_worse_pvalue is None or shown:
        return text
    claim = (
        N_("Shown to be {claim} ({pvalue}).")
        if "no worse" in verdict.claims
        else N_("Not shown to be {claim} ({pvalue}).")
    )
    unharmed = tr(claim, claim=no_worse_label(margin, unit), pvalue=_claim_pvalue(no_worse_pvalue, adjusted[1]))
    return tr(" ").join((unharmed, text))


def _claim_pvalue(pvalue: float, adjusted: float | None) -> str:
    if adjusted is None:
        return numbers.pvalue(pvalue)
    return tr(
        "{pvalue}; {adjusted} after adjustment",
        pvalue=numbers.pvalue(pvalue),
        adjusted=numbers.pvalue(adjusted),
    )


def without_cap_clause(worst: "WorstCase", look: "EveryLook | None" = None) -> str:
    """Write the interval that holds however truncated completions would have ended, and at every look."""
    low, high = (worst.low, worst.high) if look is None else (look.difference.low, look.difference.high)
    error = nominal_error(low, high)
    if worst.lowest == worst.highest:
        return tr(
            "Whatever the truncated completions would have said, the difference between these runs is {value}, "
            "{level}% CI {limits}.",
            value=numbers.points(worst.lowest, error),
            level=numbers.level(worst.confidence_level),
            limits=numbers.points_interval(low, high, error),
        )
    return tr(
        "Depending on what the truncated completions would have said, the difference between these runs is "
        "anywhere from {span}, {level}% CI {limits}.",
        span=numbers.points_interval(worst.lowest, worst.highest, error),
        level=numbers.level(worst.confidence_level),
        limits=numbers.points_interval(low, high, error),
    )


def _name(verdict: Verdict) -> str:
    """Name the kind alone: the claims beside it have their own sentence."""
    if verdict.kind == "equivalent" and verdict.margin is not None:
        return tr(LABELS[verdict.kind], margin=margin_label(verdict.margin, Unit(verdict.score_range))).capitalize()
    return tr(LABELS[verdict.kind]).capitalize()


def _limits(estimate: Estimate, unit: Unit = SHARES) -> str:
    return unit.limits(estimate.low, estimate.high, estimate.nominal_error)


def _limits_beside(estimate: Estimate, margin: float, unit: Unit) -> str:
    """Write limits with the decimals that tell each of them from the margin, on whose other side it may lie."""
    error = estimate.nominal_error
    ends = [end for end in (estimate.low, estimate.high) if abs(end) != margin]
    for _ in range(3):
        edges = {unit.difference(-margin, error), unit.difference(margin, error)}
        if not edges & {unit.difference(end, error) for end in ends}:
            break
        error /= 10
    return unit.limits(estimate.low, estimate.high, error)


def problems(n: int) -> str:
    """Write a number of problems."""
    return tr("1 problem") if n == 1 else tr("{n} problems", n=numbers.count(n))


def templates(n: int) -> str:
    """Write a number of problem templates."""
    return tr("1 problem template") if n == 1 else tr("{n} problem templates", n=numbers.count(n))


def _compatible(estimate: Estimate, unit: Unit) -> str:
    error = estimate.nominal_error
    if estimate.low > 0 or estimate.high < 0:
        # The interval is that of one comparison; only an adjustment for several can keep such a verdict open.
        return tr(
            "the interval by itself, {limits}, leaves out zero, but the p-value adjusted for the number of "
            "comparisons is not significant.",
            limits=_limits(estimate, unit),
        )
    loss, gain = unit.size(estimate.low, error), unit.size(estimate.high, error)
    return tr("anything from a loss of {loss} to a gain of {gain} is compatible with these data.", loss=loss, gain=gain)


def level(estimate: Estimate) -> str:
    """Write the confidence level of an interval, such as ``95%``."""
    return f"{numbers.level(estimate.confidence_level)}%"


def interval_text(estimate: Estimate) -> str:
    """Write a difference with its interval, such as ``+2.3 pp (95% CI +0.6 to +4 pp)``."""
    return tr(
        "{value} ({level}% CI {limits})",
        value=numbers.points(estimate.value, estimate.nominal_error),
        level=numbers.level(estimate.confidence_level),
        limits=_limits(estimate),
    )
