"""What stands on the first screen of a comparison beside its numbers: what to do, and short answers."""

import math
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from analyses.model_comparison.lights import DECIDED
from analyses.runs.against_base import RunComparison
from analyses.runs.differences import property_name
from analyses.runs.pairing import PairedRuns
from analyses.runs.reproduce import run_command
from analyses.runs.warm_start import warm_start_run
from evalsuite.comparison.pair import TwoRunComparison
from evalsuite.comparison.paired_table import PairedComparison
from evalsuite.comparison.planning import problems_needed
from evalsuite.comparison.problem_means import MeanComparison
from evalsuite.findings import Light, Step, Table
from evalsuite.scores import ScoreMatrix
from evalsuite.store import queries
from evalsuite.store.runs import run_status
from evalsuite.store.store import MEMORY, Store, StoredRun
from evalsuite.wording import first_screen, numbers
from evalsuite.wording.language import N_, tr
from evalsuite.wording.lights import ANSWERS
from evalsuite.wording.units import Unit
from evalsuite.wording.verdicts import problems

__all__ = [
    "answers",
    "arms_command",
    "by_chance",
    "changes_of",
    "cut_off_shares",
    "each_mean",
    "shared_steps",
    "steps",
    "unfinished",
    "with_problems",
]

PARTS = {"accuracy": "accuracy", "mean_scores": "scores"}
"""The part of the page that a table of means belongs to."""
USUAL = 0.1
"""The difference that more problems are planned for where the runs did equally well."""
FEW = 4
"""So many runs are named in one line; of more, the lowest and the highest."""


def steps(store: Store, compared: RunComparison, of_page: Sequence[Light]) -> tuple[Step, ...]:
    """Return what to do next, most useful first."""
    runs, changes = compared.runs, changes_of(of_page)
    found = list(unfinished(store, runs))
    deciding, others = shared_steps(store, runs, changes)
    found += deciding
    found += _past_warm_starts(store, runs)
    more = None if any(unfinished(store, runs)) else _more_problems(store, compared)
    found += [] if more is None else [more]
    found += others
    if changes.get("training seed") == "unknown":
        found.append(_another_seed(store, compared))
    return tuple(found)


def _another_seed(store: Store, compared: RunComparison) -> Step:
    """Return how to see whether a training does the same with another seed: that of the run with the highest mean."""
    base, *others = compared.runs.heads
    values = [c.difference.value for c in compared.comparisons]
    place = values.index(max(values))
    text = tr("Train again with another seed, evaluate it, and compare the recipes:")
    if len(others) > 1:
        text = tr("Train {label} again with another seed, evaluate it, and compare the recipes:",
                  label=compared.comparisons[place].new_label)  # fmt: skip
    return Step(text, arms_command(store, [base.label], [others[place].label]))


def _past_warm_starts(store: Store, runs: PairedRuns) -> Iterable[Step]:
    """Yield the comparisons that tell what trainings did beyond those that they began with."""
    commands = []
    for head in runs.heads[1:]:
        began = warm_start_run(store, head)
        if began not in {None, head.label, runs.heads[0].label}:
            commands.append(shlex.join(["evalsuite", "report", str(began), head.label, *_store(store.path)]))
    if commands:
        text = N_("See what the last training did by itself:") if len(commands) == 1 else N_(
            "See what each last training did by itself:"
        )  # fmt: skip
        yield Step(tr(text), "\n".join(commands))


def changes_of(of_page: Sequence[Light]) -> dict[str, str]:
    """Return what each light says, by its assumption."""
    return {light.about: light.changes for light in of_page}


def shared_steps(store: Store, runs: PairedRuns, changes: Mapping[str, str]) -> tuple[list[Step], list[Step]]:
    """Return what to do about missing results, the grader and the token limit; `changes` says what each light says.

    First come the steps that settle on what the verdict depends, then the others.
    """
    deciding = []
    if changes.get("missing results") == "yes":
        lacking = [h for h, run in zip(runs.heads, runs.planned, strict=True)
                   if run.missing is not None and run.missing.any()]  # fmt: skip
        again = [run_command(h, store.path) if h.source == "generated" else None for h in lacking]
        text = tr("Get the results that are missing, and compare again")
        commands = [command for command in again if command]
        deciding.append(Step(tr("{text}:", text=text) if commands else tr("{text}.", text=text), "\n".join(commands)))
    if changes.get("grader") == "yes":
        deciding.append(_audit(store, [runs.heads[0], runs.heads[-1]]))
    cut = [h for h, run in zip(runs.heads, runs.scores, strict=True) if run.truncated.any()]
    return deciding, [_continue(store, cut)] if changes.get("token limit") == "unknown" and cut else []


def _audit(store: Store, heads: Sequence[StoredRun]) -> Step:
    """Return how to see which grader is right: by answers to judge, where their texts are stored."""
    text = tr("Judge 50 answers of each run by hand, to see which grader is right")
    if not all(queries.text_hashes(store.connection, head.run_id) for head in heads):
        return Step(tr("{text}: in the store that has their texts, which this one lacks.", text=text))
    return Step(tr("{text}:", text=text), _audit_command(store, heads))


def _audit_command(store: Store, heads: Sequence[StoredRun]) -> str:
    """Return the command that draws answers to judge; it needs a store, so that files are imported before."""
    labels = [head.label for head in heads]
    files = list(dict.fromkeys(store.typed[label] for label in labels if label in store.typed))
    if not files:
        return shlex.join(["evalsuite", "audit", *labels, *_store(store.path)])
    kept = ["--store", "runs.duckdb"]
    return (
        f"{shlex.join(['evalsuite', 'import', *files, *kept])} && {shlex.join(['evalsuite', 'audit', *labels, *kept])}"
    )


def arms_command(store: Store, base: Sequence[str], new: Sequence[str]) -> str:
    """Return the command that compares two arms with one more run of the new one.

    Files are named as they were typed; empty where one file held both arms.
    """
    arms = [[store.typed.get(label, label) for label in arm] for arm in (base, new)]
    if set(arms[0]) & set(arms[1]):
        return ""
    flags = [
        word for flag, arm in zip(("--base", "--new"), arms, strict=True) for label in arm for word in (flag, label)
    ]
    return shlex.join(["evalsuite", "report", *flags, "--new", tr("OTHER-SEED"), *_store(store.path)])


def unfinished(store: Store, runs: PairedRuns) -> Iterable[Step]:
    """Yield the step that finishes each run that is not finished."""
    for head in runs.heads:
        status = run_status(store, head.run_id)
        if left := status["n_planned"] - status["n_done"]:
            text = tr("Finish {label}: {n} completions are missing.", label=head.label, n=numbers.count(left))
            yield Step(text, run_command(head, store.path) or "")


def _more_problems(store: Store, compared: RunComparison) -> Step | None:
    """Return how many more problems would decide what is open; None where nothing is, or no number is known."""
    several = len(compared.comparisons) > 1
    wanted = [c for c in compared.comparisons if c.verdict.kind not in DECIDED and c.n_needed is not None]
    if wanted and all(c.verdict.kind == "equivalent" for c in wanted):
        return None
    if wanted:
        c = min(wanted, key=lambda one: one.n_needed or 0)
        needed = c.n_needed or 0
        size = tr("the difference of {label}", label=c.new_label) if several else tr("a difference of this size")
    else:
        c = compared.comparisons[0]
        needed = 0 if several else _for_a_usual_difference(c)
        size = tr("a difference of {size}", size=numbers.size(USUAL, USUAL))
    more = needed - c.difference.n_problems
    if more <= 0:
        return None
    power = numbers.stated(c.power)
    if isinstance(c, MeanComparison) and c.clustered:
        templates = math.ceil(needed * c.n_clusters / c.n_problems)
        return Step(
            tr(
                "Add problems from {n} more templates to detect {size} with {power}% power; more problems from the "
                "same {k} templates would hardly help.",
                n=numbers.count(templates - c.n_clusters),
                size=size,
                power=power,
                k=numbers.count(c.n_clusters),
            )
        )
    heads = [h for h, run in zip(compared.runs.heads, compared.runs.scores, strict=True)
             if run.label in (c.base_label, c.new_label)]  # fmt: skip
    text = tr("Run {n} more problems to detect {size} with {power}% power", n=numbers.count(more), size=size,
              power=power)  # fmt: skip
    if cost := _cost(store, heads, more):
        text = tr("{text}, {time}", text=text, time=cost)
    commands = [with_problems(head, store.path, needed) for head in heads]
    if not all(commands):
        return Step(tr("{text}: with the program that made these runs, then compare again.", text=text))
    return Step(tr("{text}:", text=text), "\n".join(command for command in commands if command))


def _for_a_usual_difference(c: TwoRunComparison) -> int:
    """Return how many problems tell `USUAL`, where the runs did equally well; 0 where the design has no such number."""
    if not isinstance(c, PairedComparison) or c.verdict.kind in (*DECIDED, "equivalent"):
        return 0
    rate = max(c.discordant_rate, USUAL)
    return problems_needed(USUAL, rate, power=c.power, alpha=c.alpha) or 0


def _cost(store: Store, heads: Sequence[StoredRun], more: int) -> str:
    """Write how long so many more problems take in all runs, or else how many tokens; empty where neither is known."""
    seconds = [_seconds_a_problem(store, head) for head in heads]
    if all(seconds):
        return first_screen.duration(more * sum(s or 0.0 for s in seconds))
    tokens = [_tokens_a_problem(store, head) for head in heads]
    return first_screen.token_cost(more * sum(t or 0.0 for t in tokens)) if all(tokens) else ""


def with_problems(head: StoredRun, store: Path, needed: int) -> str | None:
    """Return the command that goes on with a run up to so many problems; None where its settings are not known."""
    settings = head.details.get("settings")
    if not isinstance(settings, Mapping):
        return None
    parts = str(settings.get("problems", "")).split(":")
    sizes = [int(part[2:]) for part in parts if part.startswith("n=") and part[2:].isdecimal()]
    changed = {**settings, "limit": needed}
    if sizes and needed > sizes[0]:
        # A larger set of generated problems is another set, and its run another run.
        larger = [part for part in parts if not part.startswith("n=")]
        changed |= {"problems": ":".join([*larger, f"n={needed}"]), "label": None}
    return run_command(replace(head, details={**head.details, "settings": changed}), store)


def _seconds_a_problem(store: Store, head: StoredRun) -> float | None:
    totals = queries.batch_totals(store.connection, head.run_id)
    if not totals["n_rows"] or not totals["seconds"]:
        return None
    return float(totals["seconds"] / totals["n_rows"] * head.n_completions)


def _tokens_a_problem(store: Store, head: StoredRun) -> float | None:
    """Return the mean tokens of all completions of a problem; None where those of one are not recorded."""
    counts = [row["n_tokens"] for row in queries.token_counts(store.connection, head.run_id)]
    if not counts or None in counts:
        return None
    return float(sum(counts) / len(counts) * head.n_completions)


def _continue(store: Store, cut: Sequence[StoredRun]) -> Step:
    caps = {head.label: head.spec.get("decoding", {}).get("max_new_tokens") for head in cut}
    text = tr("Let the answers finish that were cut off, and see whether the verdict stays")
    can_go_on = all(queries.truncated_tokens(store.connection, head.run_id) for head in cut)
    if not all(caps.values()) or any(head.source != "generated" for head in cut) or not can_go_on:
        return Step(tr("{text}: run again with a larger token limit.", text=text))
    commands = [
        shlex.join(["evalsuite", "extend", label, "--max-new-tokens", str(2 * int(cap or 0)), *_store(store.path)])
        for label, cap in caps.items()
    ]
    return Step(tr("{text}:", text=text), "\n".join(commands))


def _store(path: Path) -> list[str]:
    return [] if path == MEMORY else ["--store", str(path)]


def answers(
    compared: RunComparison, agreement: str, of_page: Sequence[Light], shown: Sequence[Table]
) -> dict[str, str]:
    """Return what each part of the page answers, in one line, by the key of the part."""
    found = {"real": _chance(compared, agreement)}
    unit = Unit(compared.runs.scores[0].score_range)
    for table in shown:
        if table.name in PARTS:
            found[PARTS[table.name]] = each_mean(table, unit)
    found["token_limit"] = cut_off_shares(compared.runs)
    found["setup"] = _changed(compared.runs)
    by_grader = next(light for light in of_page if light.about == "grader")
    found["grader"] = tr("{answer}. {text}", answer=tr(ANSWERS[by_grader.changes]).capitalize(), text=by_grader.text)
    return found


def _chance(compared: RunComparison, agreement: str) -> str:
    """Say whether the differences could be chance; `agreement` says what the methods say of a single one."""
    c, n = compared.comparisons[0], len(compared.comparisons)
    if n > 1:
        k = sum(one.verdict.kind in DECIDED for one in compared.comparisons)
        on_these = [one.on_these_problems for one in compared.comparisons if isinstance(one, MeanComparison)]
        here = sum(one is not None and one.resolved for one in on_these)
        if not k and here:
            return tr("On other problems, yes, for all {n} new runs. On exactly these problems, unlikely for {k}.",
                      n=n, k=here)  # fmt: skip
        if not k:
            return tr("Yes, for all {n} new runs.", n=n)
        return tr("Unlikely for {k} of {n} new runs, after adjustment for {n} comparisons.", k=k, n=n)
    of_these = c.on_these_problems if isinstance(c, MeanComparison) else None
    if c.verdict.kind == "unresolved" and of_these is not None and of_these.resolved:
        e = of_these.difference
        return tr(
            "On other problems, yes. On exactly these {problems}, unlikely: {value}, {level}% CI {limits}.",
            problems=problems(e.n_problems), value=numbers.points(e.value, e.nominal_error),
            level=numbers.level(e.confidence_level), limits=numbers.points_interval(e.low, e.high, e.nominal_error),
        )  # fmt: skip
    if c.verdict.kind in {"equivalent", "not identified"}:
        return agreement
    return by_chance(agreement, resolved=c.verdict.kind in DECIDED)


def by_chance(why: str, *, resolved: bool) -> str:
    """Answer whether a difference could be chance, and why."""
    return tr("Unlikely. {why}", why=why) if resolved else tr("Yes. {why}", why=why)


def _changed(runs: PairedRuns) -> str:
    """Say what is not the same in all runs."""
    names = [property_name(difference.name) for difference in runs.differences]
    if not names and runs.unknown:
        return tr("The files do not say how the runs differ.")
    if not names:
        return tr("Nothing that is recorded differs between the runs.")
    if len(names) > 1:
        return tr("The runs differ in: {names}.", names=tr(", ").join(names))
    if runs.unknown:
        return tr("The {name} is the only difference that is recorded.", name=names[0])
    return tr("The {name} is the only thing that changed.", name=names[0])


def each_mean(table: Table, unit: Unit) -> str:
    """Write the mean of each run of `table` with its limits; of many runs the lowest and the highest."""
    rows = sorted(table.records(), key=lambda row: float(row["value"]))  # type: ignore[arg-type]
    few = table.records() if len(rows) <= FEW else (rows[0], rows[-1])
    joint = tr(", ") if len(rows) <= FEW else tr(" to ")
    return joint.join(_mean(row, unit) for row in few)


def _mean(row: Mapping[str, object], unit: Unit) -> str:
    low, value, high = (float(row[key]) for key in ("low", "value", "high"))  # type: ignore[arg-type]
    error = (high - low) / 4
    return tr("{label} {value} ({limits})", label=row["label"], value=unit.level(value, error),
              limits=unit.interval(low, high, error))  # fmt: skip


def cut_off_shares(runs: PairedRuns) -> str:
    """Write which share of the answers of each run the token limit cut off."""
    known = [run for run in runs.scores if run.truncation_known]
    if not known:
        return tr("It is not recorded which answers the token limit cut off.")
    if not any(run.truncated.any() for run in known) and len(known) == len(runs.scores):
        return tr("No answer was cut off.")
    shares = tr(", ").join(
        tr("{label} {share}", share=_share(run),
           label=run.label)
        for run in known[:FEW]
    )  # fmt: skip
    return tr("Answers cut off: {shares}.", shares=shares)


def _share(run: ScoreMatrix) -> str:
    share = float(run.truncated.sum() / run.present.sum())
    return numbers.percent(share, 0.001 if 0 < share < 0.01 else 0.01)
