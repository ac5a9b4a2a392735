"""What is said of a grader that was checked by hand, and of the accuracy and the difference without its errors."""

from collections.abc import Sequence

from evalsuite.comparison.audit import AuditedDifference, AuditedRun
from evalsuite.stats.result import Estimate
from evalsuite.wording import numbers, verdicts
from evalsuite.wording.language import tr

__all__ = ["difference_sentence", "outdated_sentence", "run_sentences"]


def run_sentences(run: AuditedRun) -> tuple[str, ...]:
    """Return the corrected accuracy, how often the grader is wrong, and what was not judged."""
    return (_corrected(run), _errors(run), *_unclear(run))


def _corrected(run: AuditedRun) -> str:
    return tr(
        "{label}: {corrected} right by hand ({level} CI {limits} on problems like these; {span} for just these "
        "completions); {graded} by the grader {grader} ({graded_limits}).",
        label=run.label,
        corrected=_percent(run.corrected),
        level=verdicts.level(run.corrected),
        limits=_limits(run.corrected),
        span=numbers.interval(run.in_these.low, run.in_these.high),
        graded=_percent(run.graded),
        grader=run.grader,
        graded_limits=_limits(run.graded),
    )


def _errors(run: AuditedRun) -> str:
    clauses = [
        tr(
            "Wrong among {judged} verdicts judged by hand: {n}; projected to all {total}, that is {share} "
            "({level} CI {limits}).",
            n=numbers.count(run.n_errors),
            judged=numbers.count(run.n_judged),
            total=numbers.count(run.n_completions),
            share=_percent(run.errors),
            level=verdicts.level(run.errors),
            limits=_limits(run.errors),
        )
    ]
    if run.wrongly_credited is not None:
        clauses.append(
            tr(
                "Of those it calls right, {share} are wrong ({limits}).",
                share=_percent(run.wrongly_credited),
                limits=_limits(run.wrongly_credited),
            )
        )
    if run.wrongly_refused is not None:
        clauses.append(
            tr(
                "Of all others, {share} are right ({limits}).",
                share=_percent(run.wrongly_refused),
                limits=_limits(run.wrongly_refused),
            )
        )
    return tr(" ").join(clauses)


def _unclear(run: AuditedRun) -> tuple[str, ...]:
    if not run.n_unclear:
        return ()
    return (
        tr(
            "Completions drawn from {label} without a clear judgment: {n}; every interval holds whichever way "
            "they count.",
            label=run.label,
            n=numbers.count(run.n_unclear),
        ),
    )


def difference_sentence(difference: AuditedDifference) -> str:
    """Return the corrected difference beside that of the grader."""
    found = difference.corrected
    excluded = found.low > 0 or found.high < 0
    names = {
        "new": difference.new.label,
        "base": difference.base.label,
        "corrected": verdicts.interval_text(found),
        "graded": verdicts.interval_text(difference.graded),
    }
    if excluded:
        return tr("{new} − {base} by hand: {corrected}, which excludes 0; by the grader: {graded}.", **names)
    return tr("{new} − {base} by hand: {corrected}, which includes 0; by the grader: {graded}.", **names)


def outdated_sentence(labels: Sequence[str]) -> str:
    """Say that a newer version of the grader has graded since; empty where none has."""
    if not labels:
        return ""
    return tr(
        "A newer version of the grader has graded since the sample of {labels} was drawn: error rates and the accuracy "
        "by the grader are those of then, the accuracy by hand does not depend on it.",
        labels=tr(", ").join(labels),
    )


def _percent(estimate: Estimate) -> str:
    return numbers.percent(estimate.value)


def _limits(estimate: Estimate) -> str:
    return numbers.interval(estimate.low, estimate.high)
