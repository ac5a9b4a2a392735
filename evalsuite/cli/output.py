"""What the commands print for people: plans, outcomes and nested descriptions."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evalsuite.console import print_json, print_line, print_nested, print_table, say
from evalsuite.wording import numbers

if TYPE_CHECKING:
    from evalsuite.documents.accuracy import AccuracyOfCounts, AccuracyOfRun
    from evalsuite.documents.extension import ExtensionGain
    from evalsuite.documents.planning import ProblemsNeeded, SmallestDifference
    from evalsuite.evaluation.run import PreparedRun, RunOutcome
    from evalsuite.store.imports.results_file import ImportReport

__all__ = [
    "print_accuracy",
    "print_cap_cost",
    "print_import",
    "print_outcome",
    "print_plan",
    "print_planning",
    "print_runs",
]

NEEDED_BY = ("exact", "midp", "connor", "miller")
PLANNING_NOTE = (
    "exact, midp and connor are for one completion a problem; miller is for completions = {completions}, with "
    "{share:.2f} of a score's variance between completions of one problem, and a normal formula that is too "
    'small below about 30 problems. "none": beyond 5,000 problems, where connor is as good.'
)


def print_plan(prepared: "PreparedRun", *, as_json: bool) -> None:
    """Print what a run would do."""
    settings, spec = prepared.settings, prepared.spec
    n_problems = len(prepared.order.rows)
    plan: dict[str, Any] = {
        "schema": "evalsuite.plan-run/1",
        "run_id": spec.run_id,
        "model": spec.model,
        "weights_fingerprint": spec.weights_fingerprint,
        "adapter": spec.adapter,
        "template": spec.template,
        "problems": prepared.problem_set.name,
        "problems_from": prepared.problem_set.source,
        "order": prepared.order.name,
        "n_problems": n_problems,
        "n_completions": n_problems * settings.completions,
        "new_tokens_at_most": n_problems * settings.completions * settings.max_new_tokens,
        "dtype": spec.dtype,
        "primary_grader": settings.grader,
    }
    print_json(plan) if as_json else print_nested(plan)


def print_outcome(outcome: "RunOutcome", described: Mapping[str, Any], *, as_json: bool) -> None:
    """Print what a run did: one line on stderr and its id, or JSON, on stdout."""
    rate = outcome.n_tokens / outcome.seconds if outcome.n_new else 0.0
    if as_json:
        extra = {"n_new": outcome.n_new, "seconds": outcome.seconds, "peak_memory_bytes": outcome.peak_memory_bytes}
        print_json({**described, "session": extra})
        return
    say(
        f"{outcome.label}: {outcome.n_done}/{outcome.n_planned} completions stored, {outcome.n_new} of them now, "
        f"{outcome.seconds:.0f} s, {rate:.0f} tokens/s, peak memory {outcome.peak_memory_bytes / 2**30:.1f} GiB"
    )
    print_line(outcome.run_id)


def print_import(report: "ImportReport", *, as_json: bool) -> None:
    """Print what an import brought and what it left open: on stderr, with the run id on stdout, or as JSON."""
    if as_json:
        print_json({"schema": "evalsuite.import/1", **asdict(report)})
        return
    say(
        f"{report.label}: {report.n_completions} completions of {report.n_problems} problems, {report.n_new} of them "
        f"new, {report.n_correct} right"
    )
    if report.regraded:
        say("Texts and gold answers are there, so this suite's graders have graded them too; see --grader.")
    if report.unknown_stop:
        say(f"{report.unknown_stop} completions have no stop reason: whether the cap cut them is unknown.")
    if report.unreadable_gold:
        say(f"{report.unreadable_gold} problems have a gold answer that is no number; these are not graded again.")
    if report.ignored_columns:
        say(f"Columns not read: {', '.join(report.ignored_columns)}.")
    print_line(report.run_id)


def print_runs(store: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Print the runs of a store, one line each."""
    lines = []
    for row in rows:
        done, planned = row["n_done"], row["n_planned"]
        share = numbers.percent(row["n_correct"] / done) if done else ""
        cut = "unknown" if row["n_unknown_stop"] else numbers.count(row["n_truncated"])
        state = (
            numbers.count(done) if done == planned else f"{numbers.count(done)} of {numbers.count(planned)}, unfinished"
        )
        lines.append(
            (row["label"], row["run_id"], row["primary_grader"], share, numbers.count(row["n_problems"]), state, cut)
        )
    columns = ("label", "run id", "grader", "right", "problems", "completions", "cut at cap")
    print_table(f"Runs of {store}", columns, lines)


def print_accuracy(measured: "AccuracyOfCounts | AccuracyOfRun", *, as_json: bool) -> None:
    """Print an accuracy with its intervals."""
    from evalsuite.documents.accuracy import AccuracyOfRun

    if as_json:
        print_json(measured.as_dict())
        return
    right, name = f"{measured.correct} right", ""
    if isinstance(measured, AccuracyOfRun):
        name = f"{measured.run}, grader {measured.grader}: "
        if measured.n_completions != measured.n_problems:
            right = f"{measured.correct} of {measured.n_completions} completions right"
    title = f"{name}{numbers.percent(measured.accuracy)} ({right}, {measured.n_problems} problems)"
    level = f"{numbers.level(measured.confidence_level)}% interval"
    rows = [[k, numbers.percent(low), numbers.percent(high)] for k, (low, high) in measured.intervals.items()]
    print_table(title, (level, "low", "high"), rows)
    if not isinstance(measured, AccuracyOfRun):
        return
    if not measured.finished:
        say("The run is unfinished: these are the completions that there are.")
    if measured.truncation is not None:
        rate = measured.truncation
        say(f"Truncated at the token limit: {numbers.percent(rate.rate)}, {numbers.interval(rate.low, rate.high)}")


def print_cap_cost(gain: "ExtensionGain", *, as_json: bool) -> None:
    """Print what a smaller token limit cost: the sentence, then every completion whose verdict changed."""
    if as_json:
        print_json(gain.as_dict())
        return
    print_line(gain.sentence)
    rows = [[word, *place] for word, places in (("gains", gain.gains), ("losses", gain.losses)) for place in places]
    if rows:
        print_table("Verdicts that the larger token limit changed", ("", "problem", "completion"), rows)
    say(f"The run at {gain.new_cap} tokens is called {gain.child}.")


def print_planning(plan: "ProblemsNeeded | SmallestDifference", *, as_json: bool) -> None:
    """Print the problems needed by scenario, or the detectable differences by discordance."""
    from evalsuite.documents.planning import ProblemsNeeded

    if as_json:
        print_json(plan.as_dict())
        return
    if isinstance(plan, ProblemsNeeded):
        rows = [
            [
                s.name,
                _correlation(s.correlation),
                numbers.percent(s.discordant),
                *_blanks((s.n.exact, s.n.midp, s.n.connor, s.n.miller)),
            ]
            for s in plan.scenarios
        ]
        print_table("Problems needed", ("pairing", "correlation", "discordant", *NEEDED_BY), rows)
        share = plan.within_problem_variance_share
        print_line(PLANNING_NOTE.format(completions=plan.completions, share=share))
        return
    rows = [
        [numbers.percent(m.discordant), *(_points(v) for v in (m.exact, m.midp, m.connor))]
        for m in plan.minimum_detectable_difference
    ]
    print_table("Smallest detectable difference", ("discordant", "exact", "midp", "connor"), rows)


def _correlation(value: float | None) -> str:
    return "–" if value is None else numbers.number(value)


def _points(value: float | None) -> str:
    return "none" if value is None else numbers.size(value, value / 50)


def _blanks(values: Any) -> list[str]:
    return ["none" if v is None else numbers.count(v) for v in values]
