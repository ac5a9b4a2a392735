"""What stands on the first screen of a comparison beside its numbers: what to do, and short answers."""

import math
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from analyses.model_comparison.lights import DECIDED
from analyses.runs.against_base import RunComparison
from analyses.runs.pairing import PairedRuns, property_name
from analyses.runs.reproduce import run_command
from analyses.runs.warm_start import warm_start_run
from evalsuite.comparison.problem_means import MeanComparison
from evalsuite.findings import Light, Step, Table
from evalsuite.scores import ScoreMatrix
from evalsuite.store import queries
from evalsuite.store.runs import run_status
from evalsuite.store.store import MEMORY, Store, StoredRun
from evalsuite.wording import first_screen, numbers
from evalsuite.wording.language import tr
from evalsuite.wording.units import Unit

__all__ = [
    "answers",
    "arms_command",
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
FEW = 4
"""So many runs are named in one line; of more, the lowest and the highest."""


def steps(store: Store, compared: RunComparison, of_page: Sequence[Light]) -> tuple[Step, ...]:
    """Return what to do next, most useful first."""
    runs, changes = compared.runs, changes_of(of_page)
    found = list(unfinished(store, runs))
    found += _past_warm_starts(store, runs)
    more = None if any(unfinished(store, runs)) else _more_problems(store, compared)
    found += [] if more is None else [more]
    found += shared_steps(store, runs, changes)
    if changes.get("training seed") == "unknown":
        text = tr("Train again with another seed, evaluate it, and compare the recipes:")
        base, new = runs.heads[:2]
        found.append(Step(text, arms_command(store, [base.label], [new.label])))
    return tuple(found)


def _past_warm_starts(store: Store, runs: PairedRuns) -> Iterable[Step]:
    """Yield the comparison that tells what a training did beyond the one that it began with."""
    if any(caution.kind == "warm start" for caution in runs.cautions):
        for head in runs.heads[1:]:
            began = warm_start_run(store, head)
            if began is not None and began not in {h.label for h in runs.heads}:
                text = tr("See what the last training did by itself:")
                yield Step(text, shlex.join(["evalsuite", "report", began, head.label, *_store(store.path)]))


def changes_of(of_page: Sequence[Light]) -> dict[str, str]:
    """Return what each light says, by its assumption."""
    return {light.about: light.changes for light in of_page}


def shared_steps(store: Store, runs: PairedRuns, changes: Mapping[str, str]) -> list[Step]:
    """Return what to do about missing results, the token limit and the grader; `changes` says what each light says."""
    found = []
    if changes.get("missing results") == "yes":
        lacking = [h for h, run in zip(runs.heads, runs.planned, strict=True)
                   if run.missing is not None and run.missing.any()]  # fmt: skip
        again = [run_command(h, store.path) if h.source == "generated" else None for h in lacking]
        text = tr("Get the results that are missing, and compare again")
        commands = [command for command in again if command]
        found.append(Step(tr("{text}:", text=text) if commands else tr("{text}.", text=text), "\n".join(commands)))
    cut = [h for h, run in zip(runs.heads, runs.scores, strict=True) if run.truncated.any()]
    if changes.get("token limit") == "unknown" and cut:
        found.append(_continue(cut, store.path))
    if changes.get("grader") == "yes":
        text = tr("Judge 50 answers of each run by hand, to see which grader is right:")
        found.append(Step(text, _audit_command(store, [runs.heads[0], runs.heads[-1]])))
    return found


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
    wanted = [c for c in compared.comparisons if c.verdict.kind not in DECIDED and c.n_needed is not None]
    if not wanted or all(c.verdict.kind == "equivalent" for c in wanted):
        return None
    c = min(wanted, key=lambda one: one.n_needed or 0)
    more = (c.n_needed or 0) - c.difference.n_problems
    if more <= 0:
        return None
    several = len(compared.comparisons) > 1
    size = tr("the difference of {label}", label=c.new_label) if several else tr("a difference of this size")
    power = numbers.stated(c.power)
    if isinstance(c, MeanComparison) and c.clustered:
        needed = math.ceil((c.n_needed or 0) * c.n_clusters / c.n_problems)
        return Step(
            tr(
                "Add problems from {n} more templates to detect {size} with {power}% power; more problems from the "
                "same {k} templates would hardly help.",
                n=numbers.count(needed - c.n_clusters),
                size=size,
                power=power,
                k=numbers.count(c.n_clusters),
            )
        )
    heads = [h for h, run in zip(compared.runs.heads, compared.runs.scores, strict=True)
             if run.label in (c.base_label, c.new_label)]  # fmt: skip
    seconds = [_seconds_a_problem(store, head) for head in heads]
    text = tr("Run {n} more problems to detect {size} with {power}% power", n=numbers.count(more), size=size,
              power=power)  # fmt: skip
    if all(seconds):
        text = tr("{text}, {time}", text=text, time=first_screen.duration(more * sum(s or 0.0 for s in seconds)))
    commands = [with_problems(head, store.path, c.n_needed or 0) for head in heads]
    if not all(commands):
        return Step(tr("{text}: with the program that made these runs, then compare again.", text=text))
    return Step(tr("{text}:", text=text), "\n".join(command for command in commands if command))


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


def _continue(cut: Sequence[StoredRun], path: Path) -> Step:
    caps = {head.label: head.spec.get("decoding", {}).get("max_new_tokens") for head in cut}
    text = tr("Let the answers finish that were cut off, and see whether the verdict stays")
    if not all(caps.values()) or any(head.source != "generated" for head in cut):
        return Step(tr("{text}: run again with a larger token limit.", text=text))
    commands = [
        shlex.join(["evalsuite", "extend", label, "--max-new-tokens", str(2 * int(cap or 0)), *_store(path)])
        for label, cap in caps.items()
    ]
    return Step(tr("{text}:", text=text), "\n".join(commands))


def _store(path: Path) -> list[str]:
    return [] if path == MEMORY else ["--store", str(path)]


def answers(
    compared: RunComparison, agreement: str, of_page: Sequence[Light], shown: Sequence[Table]
) -> dict[str, str]:
    """Return what each part of the page answers, in one line, by the key of the part."""
    found = {"real": agreement}
    unit = Unit(compared.runs.scores[0].score_range)
    for table in shown:
        if table.name in PARTS:
            found[PARTS[table.name]] = each_mean(table, unit)
    if len(compared.comparisons) > 1:
        n_open = sum(c.verdict.kind not in DECIDED for c in compared.comparisons)
        n = len(compared.comparisons)
        found["real"] = (
            tr("{k} of {n} differences hold once adjusted for how many there are.", k=n - n_open, n=n)
            if n_open < n
            else tr("None of the {n} differences holds once adjusted for how many there are.", n=n)
        )
    found["token_limit"] = cut_off_shares(compared.runs)
    found["setup"] = _changed(compared.runs)
    found["grader"] = next(light.text for light in of_page if light.about == "grader")
    return found


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
