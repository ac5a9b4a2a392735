"""What stands on the first screen of a comparison over training seeds: lights, what to do, and short answers."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product

from analyses.model_comparison.by_grader import stored_scores
from analyses.model_comparison.first_screen import (
    arms_command,
    by_chance,
    changes_of,
    cut_off_shares,
    each_mean,
    shared_steps,
    unfinished,
    with_problems,
)
from analyses.model_comparison.lights import DECIDED, Changes, by_graders, could_turn, cut_off, graders_of
from analyses.seed_comparison.arms import SeedArms
from evalsuite.comparison.training_seeds import SeedComparison, compare_seeds
from evalsuite.findings import Light, Step, Table
from evalsuite.scores import ScoreMatrix
from evalsuite.settings import ComparisonSettings
from evalsuite.stats.decision import Verdict
from evalsuite.store.store import Store
from evalsuite.wording import numbers
from evalsuite.wording.language import tr
from evalsuite.wording.lights import missing_stays, missing_turns
from evalsuite.wording.units import Unit

__all__ = ["answers", "lights_of_arms", "steps", "with_lights"]


def with_lights(store: Store, arms: SeedArms, settings: ComparisonSettings) -> SeedArms:
    """Return arms of stored runs with their lights, reading what every grader said."""
    by_grader = {name: _verdict(arms, scores, settings) for name, scores in stored_scores(store, arms.runs).items()}
    return replace(arms, lights=lights_of_arms(arms, settings, by_grader, graders_of(arms.runs, settings.grader)))


def lights_of_arms(
    arms: SeedArms, settings: ComparisonSettings, by_grader: Mapping[str, Verdict], reported: Sequence[str]
) -> tuple[Light, ...]:
    """Say of each assumption whether the verdict would change without it.

    Parameters
    ----------
    by_grader
        The verdict under each grader that has read every answer.
    reported
        Whose verdict counts, of each run.
    """
    c, runs = arms.comparison, arms.runs
    at_limit = cut_off(runs.scores, c.verdict, c.bounds, allowed=c.worst_case is not None, margin=c.margin)
    found = [
        Light("grader", *by_graders(c.verdict, by_grader, reported)),
        Light("token limit", *(at_limit or could_turn(runs.scores))),
        Light("training seed", *_another_seed(c)),
    ]
    missing = _missing(arms, settings)
    return (*found, Light("missing results", *missing)) if missing else tuple(found)


def _verdict(arms: SeedArms, scores: Sequence[ScoreMatrix], settings: ComparisonSettings) -> Verdict:
    """Return the verdict of the same arms from other scores of their runs."""
    n_base, c = len(arms.comparison.base_accuracies), arms.comparison
    found = compare_seeds(
        scores[:n_base], scores[n_base:],
        paired=c.paired, alpha=c.alpha, margin=c.margin, without_cap=settings.without_cap,
    )  # fmt: skip
    return found.verdict


def _another_seed(c: SeedComparison) -> Changes:
    n_base, n_new = len(c.base_accuracies), len(c.new_accuracies)
    if c.crossed is None:
        return "unknown", tr("Each recipe was trained once.")
    if n_new == 1:
        return "no", tr("The verdict allows for other seeds of {label}.", label=c.base_label)
    base = sum(c.base_accuracies.values()) / n_base
    above = sum(value > base for value in c.new_accuracies.values())
    seen = tr("{k} of {n} seeds of {new} are above the mean of {base}.", k=above, n=n_new, new=c.new_label,
              base=c.base_label)  # fmt: skip
    return "no", tr(" ").join((tr("The verdict allows for other seeds."), seen))


def _missing(arms: SeedArms, settings: ComparisonSettings) -> Changes | None:
    """Say whether missing results could turn the verdict, all of an arm being right or all wrong."""
    planned, n_base = arms.runs.planned, len(arms.comparison.base_accuracies)
    n = sum(int(run.missing.sum()) for run in planned if run.missing is not None)
    if not n:
        return None
    kinds = {}
    for of_base, of_new in product((False, True), repeat=2):
        filled = [run.filled(right=of_base if i < n_base else of_new) for i, run in enumerate(planned)]
        verdict = _verdict(arms, filled, settings)
        kinds[verdict.kind] = verdict
    kinds.pop(arms.comparison.verdict.kind, None)
    return ("yes", missing_turns(n, list(kinds.values()))) if kinds else ("no", missing_stays(n))


def steps(store: Store, arms: SeedArms, of_page: Sequence[Light]) -> tuple[Step, ...]:
    """Return what to do next, most useful first."""
    c, runs = arms.comparison, arms.runs
    found = list(unfinished(store, runs))
    if not found and c.verdict.kind not in (*DECIDED, "equivalent"):
        found.append(_more(store, arms))
    deciding, others = shared_steps(store, runs, changes_of(of_page))
    return (*deciding, *found, *others)


def _more(store: Store, arms: SeedArms) -> Step:
    """Return what narrows the interval most: more seeds, or more problems."""
    c, runs = arms.comparison, arms.runs
    again = arms_command(store, [_store_label(arms, label) for label in c.base_accuracies],
                         [_store_label(arms, label) for label in c.new_accuracies])  # fmt: skip
    if c.crossed is None:
        text = tr("Train each recipe with two seeds more, evaluate them, and compare the recipes:")
        return Step(text, again)
    seeds, problems = c.crossed.seeds.difference, c.crossed.problems
    if seeds.high - seeds.low <= problems.high - problems.low:
        wanted = 2 * c.n_problems
        commands = [with_problems(head, store.path, wanted) for head in runs.heads]
        if all(commands):
            text = tr("Run twice as many problems, which narrows the interval more than seeds do:")
            return Step(text, "\n".join(command for command in commands if command))
        return Step(tr("Run more problems, which narrows the interval more than seeds do, and compare again."))
    needed = c.seeds_for(c.difference.value)
    if needed is None:
        return Step(tr("Train more seeds of each recipe, evaluate them, and compare again:"), again)
    text = tr("Train seeds until each recipe has {needed}, which detects a difference of this size with {power}% "
              "power, and compare again:", needed=numbers.count(needed), power=numbers.stated(c.power))  # fmt: skip
    return Step(text, again)


def _store_label(arms: SeedArms, label: str) -> str:
    """Return the label that the store has for the run shown as `label`, which may be shortened."""
    at = next(i for i, run in enumerate(arms.runs.scores) if run.label == label)
    return arms.runs.heads[at].label


def answers(arms: SeedArms, of_page: Sequence[Light], shown: Sequence[Table]) -> dict[str, str]:
    """Return what each part of the page answers, in one line, by the key of the part."""
    c = arms.comparison
    unit = Unit(c.score_range)
    found = {"token_limit": cut_off_shares(arms.runs)}
    for table in shown:
        if table.name in ("accuracy", "mean_scores"):
            found["accuracy" if table.name == "accuracy" else "scores"] = each_mean(table, unit)
    if c.pvalue is not None:
        chance = tr("Over seeds and problems {pvalue}.", pvalue=numbers.pvalue(c.pvalue))
        found["real"] = by_chance(chance, resolved=c.verdict.kind in DECIDED)
    spread = c.spreads.get(c.new_label)
    if spread is not None:
        found["seeds"] = tr(
            "The seeds of {label} spread by {seen}; problems alone would spread them by {noise}.",
            label=c.new_label, seen=unit.size(spread.deviation, spread.deviation / 5),
            noise=unit.size(spread.by_problems, spread.by_problems / 5),
        )  # fmt: skip
    found["grader"] = next(light.text for light in of_page if light.about == "grader")
    return found
