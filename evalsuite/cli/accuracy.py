"""``evalsuite accuracy``: one accuracy with its intervals, from counts or from a stored run."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from evalsuite.cli.document import print_document
from evalsuite.cli.options import DEFAULT_STORE, Json, StorePath
from evalsuite.errors import InputError

if TYPE_CHECKING:
    from analyses.runs.accuracy import RunAccuracy
    from evalsuite.comparison.accuracy import AccuracyIntervals
    from evalsuite.stats.result import Estimate

__all__ = ["accuracy"]


def accuracy(
    target: str, /, *, grader: str | None = None, store: StorePath = DEFAULT_STORE, json: Json = False
) -> None:
    """Give an accuracy with its intervals.

    Parameters
    ----------
    target
        Counts such as 1/5, which need no store, or the label or id of a run.
    grader
        Whose verdict counts; the run's primary grader if not given.

    Examples
    --------
    evalsuite accuracy 11/20
    """
    from evalsuite.comparison.accuracy import accuracy_intervals
    from evalsuite.comparison.parse import parse_counts

    counts = parse_counts(target)
    if counts is not None:
        if grader is not None:
            raise InputError("--grader has no effect on counts; it needs the label of a run")
        of_counts = accuracy_intervals(*counts)
        if json:
            print_document("accuracy", of_counts.as_dict())
        else:
            _print_counts(of_counts)
        return
    from analyses.runs.accuracy import accuracy_of_run
    from evalsuite.store.store import Store

    with Store.reader(store) as opened:
        of_run = accuracy_of_run(opened, target, grader=grader)
    if json:
        print_document("accuracy", of_run.as_dict())
    else:
        _print_run(of_run)


def _print_counts(counts: "AccuracyIntervals") -> None:
    from evalsuite.wording import numbers

    share = numbers.percent(counts.correct / counts.total)
    _print_intervals(f"{share} ({counts.correct} right, {counts.total} problems)", counts.intervals)


def _print_run(run: "RunAccuracy") -> None:
    from evalsuite.console import say
    from evalsuite.wording import numbers

    of = f" of {run.n_completions} completions" if run.n_completions != run.n_problems else ""
    _print_intervals(
        f"{run.label}, grader {run.grader}: {numbers.percent(run.value)} "
        f"({run.correct}{of} right, {run.n_problems} problems)",
        run.intervals,
    )
    if not run.finished:
        say("The run is unfinished: these are the completions that there are.")
    truncated = run.truncation
    if truncated is not None:
        span = numbers.interval(truncated.low, truncated.high)
        say(f"Cut at the cap: {numbers.percent(truncated.value)}, {span}")


def _print_intervals(title: str, intervals: Mapping[str, "Estimate"]) -> None:
    from evalsuite.console import print_table
    from evalsuite.wording import numbers

    level = next(iter(intervals.values())).confidence_level
    rows = [[name, numbers.percent(e.low), numbers.percent(e.high)] for name, e in intervals.items()]
    print_table(title, (f"{100 * level:g}% interval", "low", "high"), rows)
