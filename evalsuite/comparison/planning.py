"""Plan a comparison before it is run: problems needed for a difference, or the difference that problems can detect.

Both answers depend on how the two runs pair, which is not known before the run: `plan` shows five pairings and
`plan_for_n` several rates of discordance.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evalsuite.stats.pairing_scenarios import UNIFORM_WITHIN_SHARE, Scenario, required_with_completions, scenarios
from evalsuite.stats.power import (
    PowerMethod,
    minimum_detectable_difference,
    required_problems,
    smallest_attainable_pvalue,
)
from evalsuite.wording import numbers
from evalsuite.wording.language import tr

__all__ = ["Detectable", "Plan", "PlanForN", "ScenarioPlan", "needed_range", "plan", "plan_for_n", "problems_needed"]

SCHEMA = 1
# Beyond this many problems the methods agree within about one in a hundred and the exact ones take long.
EXACT_UP_TO = 5_000
DISCORDANT_RATES = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5)


@dataclass(frozen=True, slots=True)
class ScenarioPlan:
    """Problems needed in one scenario.

    Attributes
    ----------
    scenario
        How the runs pair.
    exact, midp, connor
        Problems needed with one completion a problem: exact McNemar test, mid-p test, Connor's normal formula. The
        first two are None where the third exceeds 5,000.
    miller
        Problems needed with the plan's number of completions a problem, by Miller's formula. It rests on the normal
        distribution and is too small below about 30 problems.
    """

    scenario: Scenario
    exact: int | None
    midp: int | None
    connor: int
    miller: int


@dataclass(frozen=True, slots=True)
class Plan:
    """Problems needed to detect the difference of two accuracies.

    Attributes
    ----------
    base, new
        Assumed accuracies.
    power, alpha
        Probability to detect the difference, and level of the two-sided test.
    completions, within_share
        Completions a problem for `ScenarioPlan.miller`, and the share of a score's variance within problems.
    scenarios
        From least to most discordant.
    impossible
        Names of scenarios that the two accuracies do not allow, with the reason.
    sentence
        The plan in words.
    """

    base: float
    new: float
    power: float
    alpha: float
    completions: int
    within_share: float
    scenarios: tuple[ScenarioPlan, ...]
    impossible: tuple[tuple[str, str], ...]
    sentence: str

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON values at full precision."""
        return {
            "schema": SCHEMA,
            "base": self.base,
            "new": self.new,
            "difference": self.new - self.base,
            "power": self.power,
            "alpha": self.alpha,
            "completions": self.completions,
            "within_share": self.within_share,
            "scenarios": [
                {
                    "name": s.scenario.name,
                    "correlation": s.scenario.correlation,
                    "wins": s.scenario.wins,
                    "losses": s.scenario.losses,
                    "discordant": s.scenario.discordant,
                    "n": {"exact": s.exact, "midp": s.midp, "connor": s.connor, "miller": s.miller},
                }
                for s in self.scenarios
            ],
            "impossible": [{"name": name, "reason": reason} for name, reason in self.impossible],
            "sentence": self.sentence,
        }


def plan(
    base: float,
    new: float,
    *,
    power: float = 0.8,
    alpha: float = 0.05,
    completions: int = 1,
    within_share: float = UNIFORM_WITHIN_SHARE,
) -> Plan:
    """Return the problems needed to detect that accuracy moves from `base` to `new`.

    Parameters
    ----------
    base, new
        Accuracies as shares, not equal.
    completions, within_share
        As for `stats.scenarios.required_with_completions`.

    Examples
    --------
    >>> [(s.scenario.name, s.exact, s.midp) for s in plan(0.2, 0.4).scenarios]
    [('nested', 39, 33), ('correlation 0.5', 48, 41), ('correlation 0.3', 66, 58), ('independent', 91, 83), \
('worst', 124, 115)]
    """
    if base == new:
        raise ValueError(f"base and new must differ to plan for a difference, got {base} for both")
    possible, impossible = scenarios(base, new)
    found = tuple(
        _scenario_plan(
            scenario,
            required_with_completions(
                base, new, scenario, completions=completions, within_share=within_share, power=power, alpha=alpha
            ),
            power=power,
            alpha=alpha,
        )
        for scenario in possible
    )
    return Plan(
        base=base,
        new=new,
        power=power,
        alpha=alpha,
        completions=completions,
        within_share=within_share,
        scenarios=found,
        impossible=impossible,
        sentence=_plan_sentence(base, new, found, power=power, alpha=alpha, completions=completions),
    )


def _plan_sentence(
    base: float, new: float, found: tuple[ScenarioPlan, ...], *, power: float, alpha: float, completions: int
) -> str:
    least, most = found[0], found[-1]
    sentence = tr(
        "Detecting a change of accuracy from {base}% to {new}% with {power}% "
        "power at α = {alpha} takes {needed} with one completion each",
        base=f"{100 * base:.3g}",
        new=f"{100 * new:.3g}",
        power=numbers.stated(power),
        alpha=f"{alpha:g}",
        needed=_range(least.exact or least.connor, most.exact or most.connor),
    )
    if least.connor < most.connor:
        sentence += tr(", depending on how the runs pair")
    if completions > 1:
        needed = sorted(s.miller for s in found)
        sentence += tr(
            ", and {needed} with {completions} completions each",
            needed=_range(needed[0], needed[-1]),
            completions=numbers.count(completions),
        )
    return tr("{sentence}.", sentence=sentence)


@dataclass(frozen=True, slots=True)
class Detectable:
    """Smallest detectable true difference at one rate of discordance, None where there is none."""

    discordant: float
    exact: float | None
    midp: float | None
    connor: float | None


@dataclass(frozen=True, slots=True)
class PlanForN:
    """What a number of problems can detect.

    Attributes
    ----------
    n
        Number of problems, one completion each.
    power, alpha
        Probability to detect, and level of the two-sided test.
    smallest_attainable_pvalue
        Exact p-value of the most extreme outcome.
    detectable
        By rate of discordance.
    sentence
        The same in words.
    """

    n: int
    power: float
    alpha: float
    smallest_attainable_pvalue: float
    detectable: tuple[Detectable, ...]
    sentence: str

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON values at full precision."""
        rows: list[Mapping[str, float | None]] = [
            {"discordant": d.discordant, "exact": d.exact, "midp": d.midp, "connor": d.connor} for d in self.detectable
        ]
        return {
            "schema": SCHEMA,
            "n_problems": self.n,
            "power": self.power,
            "alpha": self.alpha,
            "smallest_attainable_pvalue": self.smallest_attainable_pvalue,
            "minimum_detectable_difference": rows,
            "sentence": self.sentence,
        }


def plan_for_n(
    n: int,
    *,
    power: float = 0.8,
    alpha: float = 0.05,
    discordant_rates: tuple[float, ...] = DISCORDANT_RATES,
) -> PlanForN:
    """Return the smallest true difference that `n` problems detect, for each of `discordant_rates`.

    Examples
    --------
    >>> [f"{d.discordant:g}: {d.exact:.4f}" for d in plan_for_n(1319).detectable][:3]
    ['0.05: 0.0177', '0.1: 0.0250', '0.2: 0.0351']
    """
    detectable = tuple(
        Detectable(
            rate,
            exact=minimum_detectable_difference(n, rate, power=power, alpha=alpha, method="exact"),
            midp=minimum_detectable_difference(n, rate, power=power, alpha=alpha, method="midp"),
            connor=minimum_detectable_difference(n, rate, power=power, alpha=alpha, method="connor"),
        )
        for rate in discordant_rates
    )
    return PlanForN(
        n=n,
        power=power,
        alpha=alpha,
        smallest_attainable_pvalue=smallest_attainable_pvalue(n),
        detectable=detectable,
        sentence=_detectable_sentence(n, power, detectable),
    )


def problems_needed(
    difference: float | None, discordant_rate: float, *, power: float = 0.8, alpha: float = 0.05
) -> int | None:
    """Return the problems the exact test needs for a true difference of this size, None for 0 or None.

    Connor's formula takes over where it gives more than 5,000. The rate of discordance is raised to the difference
    where it is smaller, which it cannot be.

    Examples
    --------
    >>> problems_needed(0.2, 0.44), problems_needed(0.0, 0.44)
    (91, None)
    """
    if not difference:
        return None
    size, rate = abs(difference), max(discordant_rate, abs(difference))
    wins, losses = (rate + size) / 2, max(0.0, (rate - size) / 2)
    approximate = required_problems(wins, losses, power=power, alpha=alpha, method="connor")
    if approximate is None or approximate > EXACT_UP_TO:
        return approximate
    return required_problems(wins, losses, power=power, alpha=alpha)


def needed_range(base: float, new: float, *, power: float = 0.8, alpha: float = 0.05) -> tuple[int, int] | None:
    """Return `problems_needed` for the most and the least favourable pairing of two accuracies, None if equal.

    Examples
    --------
    >>> needed_range(0.2, 0.4)
    (39, 124)
    """
    possible, _ = scenarios(base, new)
    low = problems_needed(new - base, possible[0].discordant, power=power, alpha=alpha)
    high = problems_needed(new - base, possible[-1].discordant, power=power, alpha=alpha)
    return None if low is None or high is None else (low, high)


def _scenario_plan(scenario: Scenario, miller: int, *, power: float, alpha: float) -> ScenarioPlan:
    def needed(method: PowerMethod) -> int:
        found = required_problems(scenario.wins, scenario.losses, power=power, alpha=alpha, method=method)
        if found is None:  # the accuracies differ, hence so do wins and losses
            raise AssertionError(f"scenario {scenario.name} has equal rates {scenario.wins}")
        return found

    connor = needed("connor")
    feasible = connor <= EXACT_UP_TO
    return ScenarioPlan(
        scenario,
        exact=needed("exact") if feasible else None,
        midp=needed("midp") if feasible else None,
        connor=connor,
        miller=miller,
    )


def _detectable_sentence(n: int, power: float, detectable: tuple[Detectable, ...]) -> str:
    problems = tr("1 problem") if n == 1 else tr("{n} problems", n=numbers.count(n))
    seen = [(d.discordant, d.exact) for d in detectable if d.exact is not None]
    if not seen:
        return tr(
            "A difference of any size would be missed too often for {power}% power on {problems}.",
            power=numbers.stated(power),
            problems=problems,
        )
    parts = [
        tr("{size} at {rate}% discordance", size=numbers.size(size, size / 20), rate=numbers.stated(rate))
        for rate, size in dict.fromkeys((seen[0], seen[-1]))
    ]
    return tr(
        "The smallest difference detectable with {power}% power on {problems} is {parts}.",
        power=numbers.stated(power),
        problems=problems,
        parts=tr(" to ").join(parts),
    )


def _range(low: int, high: int) -> str:
    if low == high:
        return tr("about {n} problems", n=numbers.count(low))
    return tr("{low} to {high} problems", low=numbers.count(low), high=numbers.count(high))
