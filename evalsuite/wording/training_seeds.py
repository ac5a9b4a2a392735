"""The sentences of a comparison over training seeds: what each interval is about, and what one seed cannot say."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from evalsuite.findings import Light
from evalsuite.stats.decision import Verdict
from evalsuite.stats.result import Estimate
from evalsuite.wording import every_look, numbers, verdicts
from evalsuite.wording.first_screen import worth
from evalsuite.wording.language import N_, tr
from evalsuite.wording.units import SHARES, Unit

if TYPE_CHECKING:
    # A page is made without a comparison, which needs SciPy.
    from evalsuite.comparison.training_seeds import SeedComparison
    from evalsuite.stats.crossed import CrossedDifference, SeedSpread

__all__ = ["arm_clause", "notes", "seeds_finding", "sentence", "shared_error", "spread_note"]


def sentence(comparison: "SeedComparison") -> str:
    """Write the whole comparison: both arms, the verdict on the recipe, narrower intervals, and seeds needed."""
    crossed, estimate = comparison.crossed, comparison.difference
    error = shared_error(comparison)
    unit = Unit(comparison.score_range)
    arms = [
        arm_clause(label, list(accuracies.values()), error, unit)
        for label, accuracies in (
            (comparison.new_label, comparison.new_accuracies),
            (comparison.base_label, comparison.base_accuracies),
        )
    ]
    clauses = [
        _difference_clause(
            arms[0],
            arms[1],
            n_problems=comparison.n_problems,
            n_templates=comparison.n_clusters if comparison.clustered else None,
            estimate=estimate,
            crossed=crossed is not None,
            unit=unit,
            error=error,
        ),
    ]
    look = comparison.every_look
    if comparison.worst_case is not None:
        clauses.append(verdicts.without_cap_clause(comparison.worst_case, look))
    clauses.append(
        _verdict_clause(
            comparison.verdict, estimate, alpha=comparison.alpha, n_clusters=comparison.n_clusters, unit=unit
        )
    )
    if crossed is None:
        return tr(" ").join([*clauses, _one_seed_note()])
    claims = verdicts.claims_clause(
        comparison.verdict,
        comparison.margin,
        interval=None,
        equivalence_pvalue=comparison.equivalence_pvalue,
        no_worse_pvalue=comparison.no_worse_pvalue,
        unit=unit,
    )
    clauses += [claims] if claims else []
    if look is not None:
        return tr(" ").join([*clauses, every_look.pvalue_clause(look, unit)])
    if comparison.worst_case is not None:
        return tr(" ").join(clauses)
    clauses += [_width_clause(crossed, unit), _pvalues_clause(crossed)]
    needed = comparison.seeds_for(estimate.value)
    if needed is not None:
        clauses.append(_needed_clause(estimate.value, needed, power=comparison.power, error=error, unit=unit))
    return tr(" ").join(clauses)


def seeds_finding(comparison: "SeedComparison", lights: Sequence[Light]) -> str:
    """Write the result over training seeds and what it is worth, as a heading."""
    c, e = comparison, comparison.difference
    n_new, n_base = len(c.new_accuracies), len(c.base_accuracies)
    names = {"new": c.new_label, "base": c.base_label, "seeds": _seeds(n_new, n_base)}
    unit = Unit(c.score_range)
    if e.value == 0:
        result = tr("{new} and {base} do equally well over {seeds}", **names)
    else:
        scored = N_("{new} scored {size} higher than {base} over {seeds}") if e.value > 0 else N_(
            "{new} scored {size} lower than {base} over {seeds}"
        )  # fmt: skip
        result = tr(scored, size=unit.size(e.value, shared_error(c)), **names)
    return tr("{result}; {worth}", result=result, worth=worth(c.verdict, e.value, lights))


def notes(comparison: "SeedComparison") -> tuple[str, ...]:
    """Write what belongs next to the answer, most important first."""
    n_base, n_new = len(comparison.base_accuracies), len(comparison.new_accuracies)
    labels = comparison.base_label, comparison.new_label
    texts = []
    if n_base > n_new == 1:
        texts.append(_fixed_note(*reversed(labels)))
    if n_new > n_base == 1:
        texts.append(_fixed_note(*labels))
    if 2 in (n_base, n_new):
        texts.append(_two_seeds_note())
    if comparison.crossed is not None:
        texts.append(_collapse_note())
    unit = Unit(comparison.score_range)
    texts += [spread_note(label, spread, unit) for label, spread in comparison.spreads.items()]
    if comparison.n_dropped:
        texts.append(_dropped_note(comparison.n_dropped))
    if comparison.bounds is not None and not comparison.bounds.sign_identified:
        texts.append(_bounds_note(comparison.bounds.lowest, comparison.bounds.highest))
    return tuple(texts)


def arm_clause(label: str, accuracies: Sequence[float], error: float, unit: Unit = SHARES) -> str:
    """Write the accuracy, or the mean score, of an arm: of one run, or the mean and the range of its seeds.

    Examples
    --------
    >>> arm_clause("sft", [0.41], 0.01), arm_clause("grpo", [0.41, 0.45, 0.43], 0.01)
    ('sft 41%', 'grpo averages 43% over 3 training seeds (41% to 45%)')
    """
    mean = unit.level(sum(accuracies) / len(accuracies), error)
    if len(accuracies) == 1:
        return tr("{label} {mean}", label=label, mean=mean)
    span = unit.interval(min(accuracies), max(accuracies), error)
    return tr(
        "{label} averages {mean} over {k} training seeds ({span})",
        label=label, mean=mean, k=numbers.count(len(accuracies)), span=span,
    )  # fmt: skip


def shared_error(comparison: "SeedComparison") -> float:
    """Return the error by which the means of both arms and their difference are rounded, so that they add up.

    Means are rounded by the error over problems: that over two or three seeds would leave no digit.
    """
    c = comparison
    error = (c.difference if c.crossed is None else c.crossed.problems).nominal_error
    new, base = (sum(arm.values()) / len(arm) for arm in (c.new_accuracies, c.base_accuracies))
    return Unit(c.score_range).shared_error(new, base, error)


def _difference_clause(
    new: str,
    base: str,
    *,
    n_problems: int,
    n_templates: int | None,
    estimate: Estimate,
    crossed: bool,
    unit: Unit,
    error: float,
) -> str:
    """Write both arms and the difference with the interval that the verdict rests on."""
    values = {
        "new": new, "base": base, "problems": verdicts.problems(n_problems), "level": verdicts.level(estimate),
        "difference": unit.difference(estimate.value, error), "limits": unit.limits(estimate.low, estimate.high, error),
    }  # fmt: skip
    over = tr("over seeds and problems") if crossed else tr("over problems alone")
    if unit.score_range is not None:
        if n_templates is not None:
            values["problems"] = tr("{problems} from {templates}", problems=values["problems"],
                                    templates=verdicts.templates(n_templates))  # fmt: skip
        return tr(
            "Mean score on {problems}: {new}; {base}. The difference is {difference}, {level} CI {limits} "
            "({over}).",
            over=over, **values,
        )  # fmt: skip
    if n_templates is None:
        return tr(
            "Accuracy on {problems}: {new}; {base}. The difference is {difference}, {level} CI {limits} ({over}).",
            over=over, **values,
        )  # fmt: skip
    return tr(
        "Accuracy on {problems} from {templates}: {new}; {base}. The difference is {difference}, {level} CI "
        "{limits} ({over}).",
        templates=verdicts.templates(n_templates), over=over, **values,
    )  # fmt: skip


def _verdict_clause(verdict: Verdict, estimate: Estimate, *, alpha: float, n_clusters: int, unit: Unit) -> str:
    """Write the verdict on the recipe with its reason."""
    if verdict.kind == "one training seed":
        return tr("One training seed in each arm cannot settle this: how much seeds differ is unknown.")
    name = verdicts.verdict_label(verdict).capitalize()
    if verdict.kind in ("resolved gain", "resolved loss") and unit.score_range is not None:
        return tr("{name}: chance in seeds and problems would rarely produce a difference in mean scores this "
                  "large (significant at α = {alpha}).", name=name, alpha=f"{alpha:g}")  # fmt: skip
    if verdict.kind in ("resolved gain", "resolved loss"):
        return tr("{name}: chance in seeds and problems would rarely produce a difference this large (significant "
                  "at α = {alpha}).", name=name, alpha=f"{alpha:g}")  # fmt: skip
    if verdict.kind == "too few independent groups":
        return tr("{name}: with {groups}, no possible outcome reaches p < {alpha}.",
                  name=name, groups=_groups(n_clusters), alpha=f"{alpha:g}")  # fmt: skip
    if verdict.kind == "equivalent":
        return tr("{name}: both one-sided tests, which allow for chance in seeds and problems, are significant at "
                  "α = {alpha}.",
                  name=name, alpha=f"{alpha:g}")  # fmt: skip
    if verdict.kind == "not identified":
        return verdicts.verdict_clause(verdict, estimate, alpha=alpha)
    error = estimate.nominal_error
    return tr("{name}: anything from a loss of {loss} to a gain of {gain} is compatible with these data.", name=name,
              loss=unit.size(estimate.low, error), gain=unit.size(estimate.high, error))  # fmt: skip


def _seeds(n_new: int, n_base: int) -> str:
    if n_new == n_base:
        return tr("one training seed each") if n_new == 1 else tr("{k} training seeds each", k=n_new)
    if min(n_new, n_base) == 1:
        return tr("{k} training seeds", k=max(n_new, n_base))
    return tr("{k} and {more} training seeds", k=n_new, more=n_base)


def _groups(n: int) -> str:
    """Write a number of independent groups of problems."""
    if n == 1:
        return tr("1 independent group of problems")
    return tr("{n} independent groups of problems", n=numbers.count(n))


def _width_clause(result: "CrossedDifference", unit: Unit) -> str:
    """Write the two narrower intervals with the claim of each, and which is the wider."""
    seeds, problems = result.seeds.difference, result.problems
    text = tr(
        "For exactly these checkpoints (problems vary): {problems}. For the recipe on exactly these problems "
        "(seeds vary): {seeds}.",
        problems=_limits(problems, unit), seeds=_limits(seeds, unit),
    )  # fmt: skip
    if seeds.high - seeds.low > problems.high - problems.low:
        reason = tr("The interval over seeds is the wider one: more seeds would narrow the answer, more problems "
                    "would not.")  # fmt: skip
    else:
        reason = tr("The interval over problems is the wider one: more problems would narrow the answer more than "
                    "more seeds.")  # fmt: skip
    return tr(" ").join((text, reason))


def _pvalues_clause(result: "CrossedDifference") -> str:
    """Write the p-value of each interval, that of the verdict first."""
    text = tr("Seeds and problems {both}; seeds alone {seeds}; problems alone {problems}",
              both=numbers.pvalue(result.both_test.pvalue), seeds=numbers.pvalue(result.seeds.test.pvalue),
              problems=numbers.pvalue(result.problems_test.pvalue))  # fmt: skip
    return f"{text}."


def _needed_clause(difference: float, needed: int, *, power: float, error: float, unit: Unit) -> str:
    """Write how many seeds the difference seen takes at the spread seen."""
    return tr(
        "If seeds keep differing as much as here, a t test over seeds needs {needed} seeds per arm to detect a "
        "true difference of {size} with {power}% power.",
        size=unit.size(difference, error), power=numbers.stated(power), needed=numbers.count(needed),
    )  # fmt: skip


def _one_seed_note() -> str:
    """Write what one seed in each arm leaves open."""
    return tr("This is about these checkpoints only: no number of problems can say what another seed of the same "
              "recipe would give.")  # fmt: skip


def _two_seeds_note() -> str:
    """Write why two seeds give so wide an interval."""
    return tr("One arm has only two training seeds, which makes the interval very wide (the t quantile with one "
              "degree of freedom is 12.7). Plan for three or more.")  # fmt: skip


def _collapse_note() -> str:
    """Write what the spread of a few seeds cannot show."""
    return tr("Chance in seeds is judged by how far these seeds lie apart. A recipe that collapses with one seed in "
              "ten shows nothing of it in most sets of five, and then seems better than it is.")  # fmt: skip


def _fixed_note(fixed: str, several: str) -> str:
    """Write what it means that one arm is a single run."""
    return tr("{fixed} is a single run: the answer compares the recipe of {several} with this one checkpoint, and "
              "says nothing about other seeds of {fixed}.", fixed=fixed, several=several)  # fmt: skip


def _dropped_note(n_dropped: int) -> str:
    """Write that problems were left out."""
    return tr("Left out because some run has no completion: {problems}.", problems=verdicts.problems(n_dropped))


def _bounds_note(lowest: float, highest: float) -> str:
    """Write how far cut completions could move the difference."""
    return tr("This is the accuracy at the token limit. Had every completion finished, the difference between the "
              "arms could be anywhere from {lowest} to {highest}.",
              lowest=numbers.points(lowest), highest=numbers.points(highest))  # fmt: skip


def spread_note(label: str, spread: "SeedSpread", unit: Unit = SHARES) -> str:
    """Write the spread of an arm's seeds beside the spread that different problems alone would give."""
    scale = max(spread.by_problems, spread.deviation) / 5
    seeds = {"k": numbers.count(spread.n_seeds), "label": label, "seen": unit.size(spread.deviation, scale)}
    if unit.score_range is None:
        text = tr("The {k} seeds of {label} have a standard deviation of {seen} in accuracy", **seeds)
    else:
        text = tr("The {k} seeds of {label} have a standard deviation of {seen} in their mean scores", **seeds)
    if spread.pvalue is None:
        return tr("{start}: they agree on every problem, which does not show that other seeds would.", start=text)
    seen = {"start": text, "noise": unit.size(spread.by_problems, scale), "p": numbers.pvalue(spread.pvalue)}
    if unit.score_range is None:
        text = tr("{start}; equally good seeds, which happen to solve different problems, would differ by {noise} "
                  "(F test {p})",
                  **seen)  # fmt: skip
    else:
        text = tr("{start}; equally good seeds, which happen to do well on different problems, would differ by "
                  "{noise} (F test {p})", **seen)  # fmt: skip
    if spread.pvalue < 0.05:
        return tr("{start}. The seeds differ by more than that, so which seed was trained matters.", start=text)
    return tr(
        "{start}. That alone can explain the spread, though it could also hide a moderate difference between seeds.",
        start=text,
    )


def _limits(estimate: Estimate, unit: Unit) -> str:
    return unit.limits(estimate.low, estimate.high, estimate.nominal_error)
