"""The sentences of a plan: problems needed for a difference, or the difference that problems detect."""

from evalsuite.comparison.margin_planning import ClaimPlan, MarginPlan
from evalsuite.comparison.planning import DetectionPlan, SampleSizePlan
from evalsuite.wording import numbers, verdicts
from evalsuite.wording.language import tr

__all__ = ["against_margin", "detection", "sample_size"]


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
    if plan.n_problems is None:
        return text
    chances = [[claim.power for claim in of_claim if claim.power is not None] for of_claim in claims]
    shown = tr(
        "{problems} show the first with a chance of {chance}, and the second with {chance_equivalent}.",
        problems=verdicts.problems(plan.n_problems),
        chance=_chances(chances[0]),
        chance_equivalent=_chances(chances[1]),
    )
    return tr(" ").join((text, shown))


def _claimed(name: str, claims: list[ClaimPlan]) -> str:
    needed = [claim.n for claim in claims if claim.n is not None]
    if not needed:
        return tr("{claim} cannot be shown, because the true difference reaches the margin", claim=name)
    text = tr("{claim} takes {needed}", claim=name, needed=_range(min(needed), max(needed)))
    return text + tr(", depending on how often the runs disagree") if min(needed) < max(needed) else text


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
