"""What the commands print for people: plans, outcomes and nested descriptions."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evalsuite.console import print_json, print_line, print_nested, print_table, say
from evalsuite.stats.decision import Verdict
from evalsuite.wording import numbers
from evalsuite.wording.verdicts import verdict_label

if TYPE_CHECKING:
    from evalsuite.evaluation.run import PreparedRun, RunOutcome
    from evalsuite.store.imports.results_file import ImportReport

__all__ = [
    "print_accuracy",
    "print_cap_cost",
    "print_comparison",
    "print_import",
    "print_outcome",
    "print_plan",
    "print_planning",
    "print_runs",
]

PLANNING_NOTE = (
    "exact, midp and connor are for one completion a problem; miller is for completions = {completions}, with "
    "{within_share:.2f} of a score's variance between completions of one problem, and a normal formula that is too "
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
        print_json({**described, "this_call": extra})
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


def print_accuracy(found: Mapping[str, Any], *, as_json: bool) -> None:
    """Print an accuracy with its intervals."""
    if as_json:
        print_json(found)
        return
    name = f"{found['run']}, grader {found['grader']}: " if "run" in found else ""
    made = found.get("n_completions", found["n_problems"])
    of = (
        f"{found['correct']} of {made} completions right, "
        if made != found["n_problems"]
        else f"{found['correct']} right, "
    )
    title = f"{name}{numbers.percent(found['accuracy'])} ({of}{found['n_problems']} problems)"
    level = f"{100 * found['confidence_level']:g}% interval"
    rows = [[k, numbers.percent(low), numbers.percent(high)] for k, (low, high) in found["intervals"].items()]
    print_table(title, (level, "low", "high"), rows)
    if "finished" in found and not found["finished"]:
        say("The run is unfinished: these are the completions that there are.")
    cut = found.get("truncation")
    if cut is not None:
        say(f"Cut at the cap: {numbers.percent(cut['rate'])}, {numbers.interval(cut['low'], cut['high'])}")


def print_comparison(found: Mapping[str, Any], *, as_json: bool) -> None:
    """Print a comparison: what it must not be read without, the sentence, then what that rests on."""
    if as_json:
        print_json(found)
        return
    cautions = [caution["text"] for caution in found.get("cautions", ())]
    for text in cautions:
        print_line(text)
    for entry in found.get("comparisons", [found]):
        print_line(entry["sentence"])
        bounds = entry.get("bounds_without_cap")
        if bounds is not None and not bounds["sign_identified"]:
            span = numbers.points_interval(bounds["lowest"], bounds["highest"])
            print_line(f"Had every completion finished, the difference in these runs would lie in {span}.")
    for note in [*found.get("warnings", []), *([found["treatment"]] if "treatment" in found else [])]:
        if note not in cautions:
            print_line(note)
    if "patterns" in found:
        rows = [
            [p["wins"], p["losses"], numbers.pvalue(p["pvalue"]), numbers.points_interval(p["low"], p["high"])]
            for p in found["patterns"]
        ]
        print_table("Pairings that the scores allow", ("wins", "losses", "exact McNemar", "interval"), rows)
        return
    for entry in found.get("comparisons", [found]):
        label = entry["new"]["label"]
        rows = [["p", name, numbers.pvalue(p)] for name, p in entry["pvalues"].items()]
        limits = entry.get("intervals") or {
            entry["difference"]["method"]: [entry["difference"][k] for k in ("low", "high")]
        }
        rows += [["interval", name, numbers.points_interval(low, high)] for name, (low, high) in limits.items()]
        print_table(
            f"{label} against {entry['base']['label']}: {verdict_label(Verdict(**entry['verdict']))}",
            ("", "method", "value"),
            rows,
        )
    if len(found.get("seeds", ())) > 1:
        print_table("Each training seed", ("run", "right", "against", "difference", "interval"), _seed_rows(found))


def _seed_rows(found: Mapping[str, Any]) -> list[list[str]]:
    return [
        [
            seed["label"],
            numbers.percent(seed["accuracy"]),
            seed["against"],
            numbers.points(seed["difference"]["value"]),
            numbers.points_interval(seed["difference"]["low"], seed["difference"]["high"]),
        ]
        for seed in found["seeds"]
    ]


def print_cap_cost(found: Mapping[str, Any], *, as_json: bool) -> None:
    """Print what an old cap cost: the sentence, then every completion whose verdict changed."""
    if as_json:
        print_json(found)
        return
    print_line(found["sentence"])
    rows = [[word, *found_at] for word in ("gains", "losses") for found_at in found[word]]
    if rows:
        print_table("Verdicts that the larger cap changed", ("", "problem", "completion"), rows)
    say(f"The run at {found['new_cap']} tokens is called {found['child']}.")


def print_planning(found: Mapping[str, Any], *, as_json: bool) -> None:
    """Print the problems needed by scenario, or the detectable differences by discordance."""
    if as_json:
        print_json(found)
        return
    if "scenarios" in found:
        rows = [
            [s["name"], _correlation(s["correlation"]), numbers.percent(s["discordant"]), *_blanks(s["n"].values())]
            for s in found["scenarios"]
        ]
        columns = ("pairing", "correlation", "discordant", *found["scenarios"][0]["n"])
        print_table("Problems needed", columns, rows)
        print_line(PLANNING_NOTE.format(**found))
        return
    rows = [
        [numbers.percent(m["discordant"]), *(_points(m[k]) for k in ("exact", "midp", "connor"))]
        for m in found["minimum_detectable_difference"]
    ]
    print_table("Smallest detectable difference", ("discordant", "exact", "midp", "connor"), rows)


def _correlation(value: float | None) -> str:
    return "–" if value is None else numbers.number(value)


def _points(value: float | None) -> str:
    return "none" if value is None else numbers.size(value, value / 50)


def _blanks(values: Any) -> list[str]:
    return ["none" if v is None else numbers.count(v) for v in values]
