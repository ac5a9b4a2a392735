"""The sentence of a comparison by problem means."""

import math

from evalsuite.comparison.problem_means import MeanComparison
from evalsuite.wording import every_look, numbers, verdicts
from evalsuite.wording.language import tr
from evalsuite.wording.units import Unit

__all__ = ["sentence"]


def sentence(comparison: MeanComparison) -> str:
    """Write the whole comparison: difference, verdict, tests, what was detectable, and the problems needed."""
    c, power, unit = comparison, numbers.stated(comparison.power), Unit(comparison.score_range)
    claims = verdicts.claims_clause(
        c.verdict,
        c.margin,
        interval=c.equivalence_interval,
        equivalence_pvalue=c.equivalence_pvalue,
        no_worse_pvalue=c.no_worse_pvalue,
        unit=unit,
        adjusted=c.adjusted_claim_pvalues,
    )
    clauses = [_scores(c), _verdict(c), claims, _on_these_problems(c), _tests(c)]
    # Beyond the token limit nothing is known of the spread, and a pair that is looked at as it grows has no length to
    # plan, so nothing is planned from it.
    if c.every_look is not None:
        return tr(" ").join(filter(None, clauses))
    if c.without_cap is None and c.minimum_detectable_difference is not None:
        size = unit.size(c.minimum_detectable_difference, c.minimum_detectable_difference / 20)
        clauses.append(
            tr("This test can reliably detect differences of {size} or more ({power}% power).", size=size, power=power)
        )
    if c.without_cap is None and c.n_needed is not None:
        clauses.append(
            tr(
                "Detecting a true difference of {size} with {power}% power would take about {problems}.",
                size=unit.size(c.difference.value or c.margin or 0.0, c.difference.nominal_error),
                power=power,
                problems=_needed(c, c.n_needed),
            )
        )
    return tr(" ").join(filter(None, clauses))


def _needed(c: MeanComparison, n: int) -> str:
    """Name how many problems are needed, and from how many templates: more of the same ones hardly help."""
    if not c.clustered:
        return verdicts.problems(n)
    templates = verdicts.templates(math.ceil(n * c.n_clusters / c.n_problems))
    return tr("{problems} from {templates}", problems=verdicts.problems(n), templates=templates)


def _scores(comparison: MeanComparison) -> str:
    look = comparison.every_look
    estimate = comparison.intervals["bounded_mean"] if look is None else comparison.difference
    unit = Unit(comparison.score_range)
    problems = verdicts.problems(estimate.n_problems)
    if comparison.clustered:
        problems = tr(
            "{problems} from {templates}", problems=problems, templates=verdicts.templates(comparison.n_clusters)
        )
    counts = list(dict.fromkeys(map(_span, (comparison.base_completions, comparison.new_completions))))
    rounds = tr("1 completion per problem")
    if counts != ["1"]:
        rounds = tr("{made} completions per problem", made=tr(" and ").join(counts))
    # Of single completions whole numbers of problems are right.
    solved = counts == ["1"] and comparison.score_range is None
    means, error = (comparison.new.value, comparison.base.value), estimate.nominal_error
    error = error if solved else unit.shared_error(*means, error)
    new, base = (
        numbers.count(round(mean * estimate.n_problems)) if solved else unit.level(mean, error) for mean in means
    )
    values = {
        "new": comparison.new_label,
        "new_accuracy": new,
        "base": comparison.base_label,
        "base_accuracy": base,
        "problems": problems,
        "rounds": rounds,
        "difference": unit.difference(estimate.value, error),
    }
    if comparison.without_cap is not None:
        text = tr(
            "{new} answered {new_accuracy} of {problems} correctly, {base} {base_accuracy} ({rounds}): a "
            "difference of {difference} at the token limit.",
            **values,
        )
        return tr(" ").join((text, verdicts.without_cap_clause(comparison.without_cap, look)))
    method = None if look is None else tr("holds at every look")
    if comparison.score_range is not None:
        return tr(
            "{new} has a mean score of {new_accuracy} on {problems}, {base} one of {base_accuracy} ({rounds}): a "
            "difference of {difference}, {level}% CI {limits} ({method}).",
            level=numbers.level(estimate.confidence_level),
            limits=unit.limits(estimate.low, estimate.high, error),
            method=method or tr("a method that assumes only the range of the scores"),
            **values,
        )
    return tr(
        "{new} answered {new_accuracy} of {problems} correctly, {base} {base_accuracy} ({rounds}): a difference "
        "of {difference}, {level}% CI {limits} ({method}).",
        level=numbers.level(estimate.confidence_level),
        limits=numbers.points_interval(estimate.low, estimate.high, error),
        method=method or tr("a method that assumes only that scores lie between 0 and 1"),
        **values,
    )


def _span(completions: tuple[int, int]) -> str:
    low, high = completions
    return str(low) if low == high else tr("{low} to {high}", low=low, high=high)


def _groups(comparison: MeanComparison) -> str:
    n, effective = comparison.n_clusters, comparison.effective_clusters
    if not comparison.clustered:
        return verdicts.problems(n)
    if n - effective < 0.05:
        return verdicts.templates(n)
    return tr(
        "{templates} of unequal sizes (worth {effective} equal ones)",
        templates=verdicts.templates(n),
        effective=f"{effective:.1f}",
    )


def _verdict(comparison: MeanComparison) -> str:
    verdict, alpha, adjusted = comparison.verdict, comparison.alpha, comparison.adjusted_pvalue is not None
    if verdict.kind == "too few independent groups":
        name = tr(verdicts.LABELS[verdict.kind]).capitalize()
        return verdicts.no_outcome_clause(name, _groups(comparison), alpha=alpha, adjusted=adjusted)
    # A limit on the side of a loss is there because rare losses cannot be excluded, not because one was seen.
    seen_here = comparison.resolved_here or comparison.methods_disagree
    one_look = comparison.without_cap is None and comparison.every_look is None
    if verdict.kind == "unresolved" and one_look and seen_here:
        return _disagreement(comparison)
    return verdicts.verdict_clause(
        verdict,
        comparison.difference,
        alpha=alpha,
        equivalence_interval=comparison.equivalence_interval,
        adjusted=adjusted,
        unit=Unit(comparison.score_range),
    )


def _disagreement(comparison: MeanComparison) -> str:
    """Write why methods that assume no rare large changes reach the level and the verdict does not."""
    groups = (
        verdicts.templates(comparison.n_clusters) if comparison.clustered else verdicts.problems(comparison.n_clusters)
    )
    values = {"groups": groups, "up": numbers.count(comparison.n_gained), "down": numbers.count(comparison.n_lost)}
    if comparison.difference.value > 0:
        return tr(
            "Unresolved for problems like these: of {groups}, {up} went up and {down} went down, but that is too "
            "few to rule out rare ones on which the new run does much worse.",
            **values,
        )
    return tr(
        "Unresolved for problems like these: of {groups}, {up} went up and {down} went down, but that is too few "
        "to rule out rare ones on which the new run does much better.",
        **values,
    )


def _on_these_problems(comparison: MeanComparison) -> str:
    """Write what holds on these very problems, where only completions are random."""
    here = comparison.on_these_problems
    if here is None:
        return ""
    error, pvalue = here.difference.nominal_error, numbers.pvalue(here.pvalue)
    if here.adjusted_pvalue is not None:
        adjusted = tr("{pvalue} after adjustment", pvalue=numbers.pvalue(here.adjusted_pvalue))
        pvalue = tr(", ").join((pvalue, adjusted))
    values = {
        "problems": verdicts.problems(here.difference.n_problems),
        "verdict": verdicts.verdict_label(here.verdict),
        "difference": numbers.points(here.difference.value, error),
        "level": numbers.level(here.difference.confidence_level),
        "limits": numbers.points_interval(here.difference.low, here.difference.high, error),
        "pvalue": pvalue,
    }
    if here.n_left_out:
        return tr(
            "For exactly this set, with only the completions left to chance (the {problems} with {fewest} or more "
            "completions in both runs): {verdict}, a difference of {difference}, {level}% CI {limits}, {pvalue}.",
            fewest=here.fewest_completions,
            **values,
        )
    # This set may be one problem, which has no plural.
    return tr(
        "For exactly this set of {problems}, with only the completions left to chance: {verdict}, {level}% CI "
        "{limits}, {pvalue}.",
        **values,
    )


def _tests(comparison: MeanComparison) -> str:
    pvalues, adjusted, worst = comparison.pvalues, comparison.adjusted_pvalue, comparison.without_cap
    if comparison.every_look is not None:
        return every_look.pvalue_clause(comparison.every_look, Unit(comparison.score_range), adjusted=adjusted)
    if worst is not None:
        tests = [tr("Worst case {pvalue}", pvalue=numbers.pvalue(worst.pvalue))]
    else:
        tests = [tr("Bounded-mean test {pvalue}", pvalue=numbers.pvalue(pvalues["bounded_mean"]))]
    if adjusted is not None:
        tests.append(tr("{pvalue} after adjustment", pvalue=numbers.pvalue(adjusted)))
    if worst is None and "t" in pvalues:
        tests.append(tr("t test {pvalue}", pvalue=numbers.pvalue(pvalues["t"])))
    if worst is None and "sign_flip" in pvalues:
        tests.append(tr("sign-flip test {pvalue}", pvalue=numbers.pvalue(pvalues["sign_flip"])))
    text = tr("{tests}.", tests=tr(", ").join(tests))
    if worst is not None or not comparison.methods_disagree:
        return text
    warning = tr(
        "Borderline: the methods disagree. The t test and sign flips assume that no rare problem changes by much."
    )
    return tr(" ").join((text, warning))
