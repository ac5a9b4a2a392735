"""``evalsuite accuracy``: one accuracy with its intervals, from counts or from a stored run."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from evalsuite.cli.options import AS_WRITTEN, DEFAULT_STORE, Json, Language, Reading, StorePath
from evalsuite.errors import InputError
from evalsuite.settings import ReadSettings

if TYPE_CHECKING:
    from evalsuite.documents.accuracy import AccuracyOfCounts, AccuracyOfRun, MeanScoreOfRun

__all__ = ["accuracy"]


def accuracy(
    *targets: str,
    grader: str | None = None,
    reading: Reading = AS_WRITTEN,
    store: StorePath = DEFAULT_STORE,
    language: Language = "en",
    json: Json = False,
) -> None:
    """Give an accuracy, or the mean of scores, with its intervals; of each of several.

    Parameters
    ----------
    targets
        Counts such as 1/5 or files and folders of results, which need no store, or labels or ids of runs.
    grader
        Whose verdict counts; the run's primary grader if not given.

    Examples
    --------
    evalsuite accuracy 11/20
    """
    from evalsuite.comparison.parse import parse_counts
    from evalsuite.console import print_json
    from evalsuite.documents.accuracy import AccuracyOfCounts, SeveralAccuracies
    from evalsuite.wording import language as languages
    from evalsuite.wording import numbers

    if not targets:
        raise InputError("accuracy needs counts such as 1/5, a file or folder of results, or the label of a run")
    counted = [target for target in targets if parse_counts(target) is not None]
    if counted and len(counted) < len(targets):
        raise InputError(f"{counted[0]} is a score and others are runs: ask for each by itself")
    measured: Sequence[AccuracyOfCounts | AccuracyOfRun | MeanScoreOfRun]
    with languages.language(language):
        measured = _of_counts(targets, grader) if counted else _of_runs(targets, grader, store, reading)
        if json:
            print_json((measured[0] if len(measured) == 1 else SeveralAccuracies(runs=tuple(measured))).as_dict())
            return
        for one in measured:
            if isinstance(one, AccuracyOfCounts):
                _print_intervals(languages.tr("{k} right", k=numbers.count(one.correct)), one)
            else:
                _print_run(one)


def _of_counts(targets: Sequence[str], grader: str | None) -> "list[AccuracyOfCounts]":
    from evalsuite.comparison.accuracy import accuracy_intervals
    from evalsuite.comparison.parse import parse_counts
    from evalsuite.documents.accuracy import of_counts

    if grader is not None:
        raise InputError("--grader has no effect on counts; it needs the label of a run")
    return [of_counts(accuracy_intervals(*counts)) for target in targets if (counts := parse_counts(target))]


def _of_runs(
    names: Sequence[str], grader: str | None, store: Path, reading: ReadSettings
) -> "list[AccuracyOfRun | MeanScoreOfRun]":
    from analyses.runs.accuracy import accuracy_of_run
    from evalsuite.cli.named_runs import opened_runs
    from evalsuite.documents.accuracy import of_run

    with opened_runs(names, store, reading, tasks="all") as named:
        return [of_run(accuracy_of_run(named.store, label, grader=grader)) for label in named.labels]


def _print_run(run: "AccuracyOfRun | MeanScoreOfRun") -> None:
    from evalsuite.cli.completions_output import print_pass_at_k
    from evalsuite.console import print_line, say
    from evalsuite.documents.accuracy import MeanScoreOfRun
    from evalsuite.wording import missing, numbers
    from evalsuite.wording.language import tr
    from evalsuite.wording.several_completions import tie_rule

    if isinstance(run, MeanScoreOfRun):
        _print_mean_score(run)
    else:
        right = tr("{k} right", k=numbers.count(run.correct))
        if run.n_completions != run.n_problems:
            right = tr("{k} of {n} completions right", k=numbers.count(run.correct), n=numbers.count(run.n_completions))
        _print_intervals(right, run, name=_named(run))
        if run.pass_at_k is not None:
            print_pass_at_k(run.pass_at_k, run.run)
        vote = run.majority_vote
        if vote is not None:
            span = numbers.interval(vote.low, vote.high)
            voted = tr("Majority vote right: {share}, {span}.", share=numbers.percent(vote.value), span=span)
            print_line(tr(" ").join((voted, tie_rule(vote.n_tied))))
    if not run.finished:
        say(tr("The run is unfinished: these are the completions that there are."))
    if run.missing is not None:
        left = run.missing
        n_planned = run.n_completions + left.n_completions
        bounds = (left.lowest, left.highest)
        scored = run.score_range if isinstance(run, MeanScoreOfRun) else None
        say(missing.share(run.run or "", left.n_completions, n_planned, left.reasons, bounds, score_range=scored))
    truncated = run.truncation
    if truncated is not None:
        span = numbers.interval(truncated.low, truncated.high)
        say(tr("Truncated at the token limit: {share}, {span}", share=numbers.percent(truncated.rate), span=span))
    if run.n_run_on:
        share = numbers.percent(run.n_run_on / run.n_completions)
        say(
            tr(
                "Run on into invented questions: {k} of {n} completions ({share}), graded up to there",
                k=numbers.count(run.n_run_on),
                n=numbers.count(run.n_completions),
                share=share,
            )
        )


def _named(run: "AccuracyOfRun | MeanScoreOfRun") -> str:
    from evalsuite.wording.grader_names import grader_name
    from evalsuite.wording.language import tr

    return tr("{run}, grader {grader}: ", run=run.run, grader=grader_name(run.grader or ""))


def _print_mean_score(run: "MeanScoreOfRun") -> None:
    from evalsuite.console import print_table
    from evalsuite.wording import numbers
    from evalsuite.wording.language import tr
    from evalsuite.wording.method_names import method_name
    from evalsuite.wording.units import Unit
    from evalsuite.wording.verdicts import problems

    unit = Unit(run.score_range)
    of = problems(run.n_problems)
    if run.n_completions != run.n_problems:
        of = tr("{n} completions of {problems}", n=numbers.count(run.n_completions), problems=of)
    title = tr(
        "{name}mean score {score} {span} ({of})",
        name=_named(run), score=unit.level(run.mean_score), span=unit.span, of=of,
    )  # fmt: skip
    level = tr("{level}% interval", level=numbers.level(run.confidence_level))
    print_table(
        title,
        (level, tr("Low"), tr("High")),
        [[method_name(k), unit.level(low), unit.level(high)] for k, (low, high) in run.intervals.items()],
    )


def _print_intervals(right: str, measured: "AccuracyOfCounts | AccuracyOfRun", *, name: str = "") -> None:
    from evalsuite.console import print_table
    from evalsuite.wording import numbers
    from evalsuite.wording.language import tr
    from evalsuite.wording.method_names import method_name
    from evalsuite.wording.verdicts import problems

    title = tr(
        "{name}{share} ({right}, {problems})",
        name=name, share=numbers.percent(measured.accuracy), right=right, problems=problems(measured.n_problems),
    )  # fmt: skip
    level = tr("{level}% interval", level=numbers.level(measured.confidence_level))
    intervals = measured.intervals.items()
    rows = [[method_name(k), numbers.percent(low), numbers.percent(high)] for k, (low, high) in intervals]
    print_table(title, (level, tr("Low"), tr("High")), rows)
