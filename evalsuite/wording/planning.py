"""The sentences of a plan: problems needed for a difference, or the difference that problems detect."""

from evalsuite.comparison.planning import DetectionPlan, SampleSizePlan
from evalsuite.wording import numbers, verdicts
from evalsuite.wording.language import tr

__all__ = ["detection", "sample_size"]


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
        text += tr(", depending on how the runs pair")
    if plan.completions > 1:
        needed = sorted(s.miller for s in plan.scenarios)
        text += tr(
            ", and {needed} with {completions} completions each",
            needed=_range(needed[0], needed[-1]),
            completions=numbers.count(plan.completions),
        )
    return tr("{sentence}.", sentence=text)


def detection(plan: DetectionPlan) -> str:
    """Write the smallest difference that so many problems detect, at the lowest and the highest discordance."""
    problems, power = verdicts.problems(plan.n), numbers.stated(plan.power)
    seen = [(d.discordant, d.exact) for d in plan.detectable if d.exact is not None]
    if not seen:
        return tr(
            "At these rates of discordance {problems} are too few to detect any change with {power}% power.",
            power=power,
            problems=problems,
        )
    parts = [
        tr("{size} at {rate}% discordance", size=numbers.size(size, size / 20), rate=numbers.stated(rate))
        for rate, size in dict.fromkeys((seen[0], seen[-1]))
    ]
    return tr(
        "The smallest difference detectable with {power}% power on {problems} is {parts}.",
        power=power,
        problems=problems,
        parts=tr(" to ").join(parts),
    )


def _range(low: int, high: int) -> str:
    if low == high:
        return tr("about {problems}", problems=verdicts.problems(low))
    return tr("{low} to {high} problems", low=numbers.count(low), high=numbers.count(high))
