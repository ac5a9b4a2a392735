"""What verdicts are called, and the reasons that sentences give for them.

A verdict is a record that code can compare, and `verdict_label` is the only place that names it. Rounding is that of
`numbers`; every text is in the current language.
"""

from evalsuite.stats.decision import Verdict, VerdictKind
from evalsuite.stats.result import Estimate
from evalsuite.wording import numbers
from evalsuite.wording.language import N_, tr

__all__ = [
    "LABELS",
    "interval_text",
    "level",
    "margin_label",
    "problems",
    "verdict_clause",
    "verdict_label",
]

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
        return tr(
            "{verdict}: completions that hit the token limit could turn the sign of the difference.", verdict=name
        )
    if verdict.kind == "cannot resolve by design":
        n = estimate.n_problems
        return tr(
            "{verdict}: with {problems} no outcome reaches p < {alpha}.",
            verdict=name,
            problems=problems(n),
            alpha=f"{alpha:g}",
        )
    if verdict.kind == "equivalent" and equivalence_interval is not None:
        error = equivalence_interval.nominal_error
        return tr(
            "{verdict}: the {level} CI, {limits}, lies inside the margin stated before the run.",
            verdict=name,
            level=level(equivalence_interval),
            limits=numbers.points_interval(equivalence_interval.low, equivalence_interval.high, error),
        )
    return tr("{verdict}: {reason}", verdict=name, reason=_compatible(estimate))


def problems(n: int) -> str:
    """Write a number of problems."""
    return tr("1 problem") if n == 1 else tr("{n} problems", n=numbers.count(n))


def _compatible(estimate: Estimate) -> str:
    error = estimate.nominal_error
    if estimate.low < 0 < estimate.high:
        loss, gain = numbers.size(estimate.low, error), numbers.size(estimate.high, error)
        return tr("the data are compatible with a loss of {loss} and with a gain of {gain}.", loss=loss, gain=gain)
    limits = numbers.points_interval(estimate.low, estimate.high, error)
    return tr(
        "the data are compatible with {limits}, but the adjusted p-value does not reach the level.", limits=limits
    )


def level(estimate: Estimate) -> str:
    """Write the confidence level of an interval, such as ``95%``."""
    return f"{numbers.stated(estimate.confidence_level)}%"


def interval_text(estimate: Estimate) -> str:
    """Write a difference with its interval, such as ``+2.3 pp (95% CI +0.6 to +4 pp)``."""
    error = estimate.nominal_error
    limits = numbers.points_interval(estimate.low, estimate.high, error)
    return tr(
        "{value} ({level}% CI {limits})",
        value=numbers.points(estimate.value, error),
        level=numbers.stated(estimate.confidence_level),
        limits=limits,
    )
