"""The sentence of a comparison by problem means."""

from evalsuite.comparison.problem_means import MeanComparison
from evalsuite.wording import numbers, verdicts
from evalsuite.wording.language import tr

__all__ = ["sentence"]


def sentence(comparison: MeanComparison) -> str:
    """Write the whole comparison: difference, verdict, tests, what was detectable, and the problems needed."""
    c, power = comparison, f"{comparison.power:.0%}"
    clauses = [_scores(c), _verdict(c)]
    if c.margin is not None and c.verdict.kind != "equivalent":
        clauses.append(_not_equivalent(c.margin))
    clauses.append(_tests(c))
    if c.minimum_detectable_difference is not None:
        size = numbers.size(c.minimum_detectable_difference, c.minimum_detectable_difference / 20)
        clauses.append(
            tr("Such problems detect a true difference of {size} or more with {power} power.", size=size, power=power)
        )
    if c.n_needed is not None:
        clauses.append(
            tr(
                "Detecting a true difference of {size} with {power} power takes about {n} problems.",
                size=numbers.size(c.difference.value or c.margin or 0.0, c.difference.nominal_error),
                power=power,
                n=numbers.count(c.n_needed),
            )
        )
    return tr(" ").join(clauses)


def _scores(comparison: MeanComparison) -> str:
    estimate = comparison.difference
    error = estimate.nominal_error
    n, n_clusters = numbers.count(estimate.n_problems), numbers.count(comparison.n_clusters)
    problems = tr("{n} problems", n=n)
    if comparison.clustered:
        problems = tr("{n} problems under {n_clusters} problem templates", n=n, n_clusters=n_clusters)
    counts = list(dict.fromkeys(map(_span, (comparison.base_completions, comparison.new_completions))))
    rounds = tr("1 completion a problem")
    if counts != ["1"]:
        rounds = tr("{made} completions a problem", made=tr(" and ").join(counts))
    return tr(
        "{new} answered {new_accuracy} right and {base} {base_accuracy} on {problems} ({rounds}): difference "
        "{difference}, {level}% CI {limits} ({method}).",
        new=comparison.new_label,
        new_accuracy=numbers.percent(comparison.new.value, error),
        base=comparison.base_label,
        base_accuracy=numbers.percent(comparison.base.value, error),
        problems=problems,
        rounds=rounds,
        difference=numbers.points(estimate.value, error),
        level=f"{100 * estimate.confidence_level:.6g}",
        limits=numbers.points_interval(estimate.low, estimate.high, error),
        method=_method(comparison),
    )


def _method(comparison: MeanComparison) -> str:
    if comparison.clustered:
        bounded, usual = tr("no variation between problem templates, so bounded"), tr("t over problem templates")
    else:
        bounded, usual = tr("no variation between problems, so bounded"), tr("t over problems")
    return bounded if comparison.difference.method == "bounded" else usual


def _not_equivalent(margin: float) -> str:
    return tr("Not shown equivalent within {margin}.", margin=verdicts.margin_label(margin))


def _span(completions: tuple[int, int]) -> str:
    low, high = completions
    return str(low) if low == high else tr("{low} to {high}", low=low, high=high)


def _verdict(comparison: MeanComparison) -> str:
    verdict, alpha = comparison.verdict, comparison.alpha
    name = verdicts.verdict_label(verdict).capitalize()
    if verdict.kind == "cannot resolve by design":
        n = comparison.n_clusters
        groups = tr("1 independent group") if n == 1 else tr("{n} independent groups", n=n)
        return tr(
            "{verdict}: with {groups} no exact test reaches p < {alpha}.",
            verdict=name,
            groups=groups,
            alpha=f"{alpha:g}",
        )
    if verdict.kind == "equivalent":
        return tr("{verdict}: both one-sided tests reject at α = {alpha}.", verdict=name, alpha=f"{alpha:g}")
    return verdicts.verdict_clause(verdict, comparison.difference, alpha=alpha)


def _tests(comparison: MeanComparison) -> str:
    pvalues, adjusted = comparison.pvalues, comparison.adjusted_pvalue
    tests = [tr("t test {pvalue}", pvalue=numbers.pvalue(pvalues["t"]))]
    if "sign_flip" in pvalues:
        tests.append(tr("exact sign-flip test {pvalue}", pvalue=numbers.pvalue(pvalues["sign_flip"])))
    if adjusted is not None:
        tests.append(tr("adjusted for its family {pvalue}", pvalue=numbers.pvalue(adjusted)))
    text = tr("{tests}.", tests=tr(", ").join(tests))
    if not comparison.methods_disagree:
        return text
    return tr(" ").join((text, tr("Borderline, methods disagree: the verdict needs both tests.")))
