"""The sentences of a plan: problems needed for a difference, or the difference that problems detect."""

from evalsuite.comparison.margin_planning import ClaimPlan, MarginPlan
from evalsuite.comparison.planning import DetectionPlan, SampleSizePlan
from evalsuite.comparison.score_planning import ScorePlan
from evalsuite.wording import numbers, verdicts
from evalsuite.wording.language import tr
from evalsuite.wording.units import Unit

__all__ = ["against_margin", "detection", "mean_scores", "sample_size"]


def sample_size(plan: SampleSizePlan) -> str:
    """Write how many problems the difference takes, from the most to the least favourable pairing."""
    least, most = plan.scenarios[0], plan.scenarios[-1]
    text = tr(
        "Detecting a change of accuracy from {base}% to {new}% with {power}% "
        "power at α = {alpha} takes {needed} with one completion each",
        base=f"{100 * plan.base:.3g}",
        new=f"{100 * plan.new:.3g}",
        power=numbers.stated(plan.power),
        alpha=f"{plan.alpha:g}",
        needed=_range(least.exact or least.connor, most.exact or most.connor),
    )
    if least.connor < most.connor:
        text += tr(", depending on how often the runs disagree")
    needed = [s.bounded_mean for s in plan.scenarios if s.bounded_mean is not None]
    if needed:
        text += tr(
            ", and {needed} with {design}",
            needed=_range(min(needed), max(needed)),
            design=_design(plan.completions, plan.template_size),
        )
    return tr("{sentence}.", sentence=text)


def against_margin(plan: MarginPlan) -> str:
    """Write how many problems each claim against the margin takes, and what the number asked about would show."""
    claims = [s.no_worse for s in plan.scenarios], [s.equivalent for s in plan.scenarios]
    names = (
        verdicts.no_worse_label(plan.margin),
        tr(verdicts.LABELS["equivalent"], margin=verdicts.margin_label(plan.margin)),
    )
    text = tr(
        "With true accuracies of {base}% and {new}%, {power}% power at α = {alpha} and {design}: {parts}.",
        base=f"{100 * plan.base:.3g}",
        new=f"{100 * plan.new:.3g}",
        power=numbers.stated(plan.power),
        alpha=f"{plan.alpha:g}",
        design=_design(plan.completions, plan.template_size),
        parts=tr("; ").join(_claimed(name, claim) for name, claim in zip(names, claims, strict=True)),
    )
    return text if plan.n_problems is None else tr(" ").join((text, _shown(plan.n_problems, *claims)))


def mean_scores(plan: ScorePlan) -> str:
    """Write what a plan for mean scores says, from the least to the most spread."""
    unit, power, alpha = Unit(plan.score_range), numbers.stated(plan.power), f"{plan.alpha:g}"
    if plan.margin is not None:
        return _claims_of_scores(plan, plan.margin, unit)
    if plan.difference is not None:
        needed = [s.n for s in plan.scenarios if s.n is not None]
        size = tr("{number} {span}", number=unit.stated(abs(plan.difference)), span=unit.span)
        if not needed:
            return tr("Detecting a true difference of {size} would take more than a billion problems.", size=size)
        return tr(
            "Detecting a true difference of {size} in the mean score with {power}% power at α = {alpha} takes "
            "{needed}.",
            size=size, power=power, alpha=alpha, needed=_range(min(needed), max(needed)),
        )  # fmt: skip
    problems = verdicts.problems(plan.n_problems or 0)
    seen = [s.detectable for s in plan.scenarios if s.detectable is not None]
    if not seen:
        return tr("{problems} cannot detect any difference of mean scores with {power}% power.",
                  power=power, problems=problems)  # fmt: skip
    sizes = list(dict.fromkeys(unit.size(size, size / 20) for size in (min(seen), max(seen))))
    return tr(
        "The smallest difference of mean scores detectable with {power}% power on {problems} is {size} {span}.",
        power=power, problems=problems, size=tr(" to ").join(sizes), span=unit.span,
    )  # fmt: skip


def _claims_of_scores(plan: ScorePlan, margin: float, unit: Unit) -> str:
    claims = [[s.no_worse for s in plan.scenarios], [s.equivalent for s in plan.scenarios]]
    no_worse, equivalent = ([claim for claim in of_claim if claim is not None] for of_claim in claims)
    names = (
        verdicts.no_worse_label(margin, unit),
        tr(verdicts.LABELS["equivalent"], margin=verdicts.margin_label(margin, unit)),
    )
    parts = (_claimed(names[0], no_worse, pairing=False), _claimed(names[1], equivalent, pairing=False))
    text = tr(
        "With a true difference of {size} in the mean score and {power}% power at α = {alpha}: {parts}.",
        size=unit.stated(plan.difference or 0.0), power=numbers.stated(plan.power), alpha=f"{plan.alpha:g}",
        parts=tr("; ").join(parts),
    )  # fmt: skip
    return tr(" ").join((text, _shown(plan.n_problems, no_worse, equivalent))) if plan.n_problems else text


def _shown(n: int, no_worse: list[ClaimPlan], equivalent: list[ClaimPlan]) -> str:
    chances = [[claim.power for claim in of_claim if claim.power is not None] for of_claim in (no_worse, equivalent)]
    return tr(
        "{problems} show the first with a chance of {chance}, and the second with {chance_equivalent}.",
        problems=verdicts.problems(n),
        chance=_chances(chances[0]),
        chance_equivalent=_chances(chances[1]),
    )


def _claimed(name: str, claims: list[ClaimPlan], *, pairing: bool = True) -> str:
    needed = [claim.n for claim in claims if claim.n is not None]
    if not needed:
        return tr("{claim} cannot be shown, because the true difference reaches the margin", claim=name)
    text = tr("{claim} takes {needed}", claim=name, needed=_range(min(needed), max(needed)))
    return text + tr(", depending on how often the runs disagree") if pairing and min(needed) < max(needed) else text


def _chances(chances: list[float]) -> str:
    return tr(" to ").join(dict.fromkeys((numbers.chance(min(chances)), numbers.chance(max(chances)))))


def _design(completions: int, template_size: int) -> str:
    each = (
        tr("one completion each")
        if completions == 1
        else tr("{completions} completions each", completions=numbers.count(completions))
    )
    if template_size == 1:
        return each
    return tr("{each}, in templates of {size}", each=each, size=verdicts.problems(template_size))


def detection(plan: DetectionPlan) -> str:
    """Write the smallest difference that so many problems detect, at the lowest and the highest discordance."""
    problems, power = verdicts.problems(plan.n), numbers.stated(plan.power)
    seen = [(d.discordant, d.exact) for d in plan.detectable if d.exact is not None]
    if not seen:
        return tr(
            "If the runs disagree this often, {problems} cannot detect any change with {power}% power.",
            power=power,
            problems=problems,
        )
    parts = [
        tr(
            "{size} if {rate}% of problems are answered differently",
            size=numbers.size(size, size / 20),
            rate=numbers.stated(rate),
        )
        for rate, size in dict.fromkeys((seen[0], seen[-1]))
    ]
    return tr(
        "With {power}% power, {problems} can detect differences down to {parts}.",
        power=power,
        problems=problems,
        parts=tr(" to ").join(parts),
    )


def _range(low: int, high: int) -> str:
    if low == high:
        return tr("about {problems}", problems=verdicts.problems(low))
    return tr("{low} to {high} problems", low=numbers.count(low), high=numbers.count(high))
