"""What stands on the first screen of a comparison beside its numbers: what would change the verdict, and what to do."""

import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from analyses.model_comparison.by_grader import GraderEffect
from analyses.runs.against_base import RunComparison
from analyses.runs.reproduce import run_command
from analyses.runs.stored_texts import continued, read_texts, rule_of
from evalsuite.comparison.pair import TwoRunComparison, compare_pair
from evalsuite.errors import InputError
from evalsuite.findings import Light, Step, Table
from evalsuite.stats.decision import VerdictKind
from evalsuite.store import queries
from evalsuite.store.runs import run_status
from evalsuite.store.store import MEMORY, Store, StoredRun
from evalsuite.wording import first_screen, numbers
from evalsuite.wording.language import tr
from evalsuite.wording.verdicts import problems

__all__ = ["answers", "finding", "lights", "steps"]

DECIDED: tuple[VerdictKind, ...] = ("resolved gain", "resolved loss")
FEW = 4
"""So many runs are named in one line; of more, the lowest and the highest."""
Changes = tuple[str, str]
"""Whether one verdict changes, as a `Light` says it, and why."""


def finding(compared: RunComparison, of_page: Sequence[Light]) -> str:
    """Return the heading of the page."""
    if len(compared.comparisons) > 1:
        return first_screen.several_finding(compared.comparisons, of_page)
    return first_screen.finding(compared.comparisons[0], of_page)


def lights(
    store: Store, compared: RunComparison, effects: Sequence[GraderEffect], grader: str | None
) -> tuple[Light, ...]:
    """Say of three assumptions whether the verdict would change without them; of several runs, whether any would.

    Parameters
    ----------
    effects
        The comparison under every grader.
    grader
        Whose verdict counts; None takes each run's primary grader.
    """
    reported = grader or compared.runs.heads[0].primary_grader
    by_grader = [_under_other_graders(c, effects, reported) for c in compared.comparisons]
    labels = [c.new_label for c in compared.comparisons]
    at_limit = [_without_limit(store, compared, at, grader) for at in range(len(compared.comparisons))]
    return (
        _together("grader", by_grader, labels),
        _together("token limit", at_limit, labels),
        _together("training seed", [_another_seed(compared)], labels[:1]),
    )


def _together(about: str, found: Sequence[Changes], labels: Sequence[str]) -> Light:
    """Return one light for all comparisons: that of the first that changes, else of the first that is not known."""
    states = [changes for changes, _ in found]
    worst = min(states, key=("yes", "unknown", "no").index)
    at, like = states.index(worst), states.count(worst)
    text = found[at][1]
    if len(found) > 1 and worst != "no":
        text = tr("{k} of {n} runs; {label}: {text}", k=like, n=len(found), label=labels[at], text=text)
    return Light(about, worst, text)  # type: ignore[arg-type]


def _kind(c: TwoRunComparison | GraderEffect) -> str:
    """Return gain, loss or open: what another assumption has to agree on."""
    return c.verdict.kind if c.verdict.kind in DECIDED else "open"


def _under_other_graders(c: TwoRunComparison, effects: Sequence[GraderEffect], reported: str) -> Changes:
    own = [e for e in effects if e.label == c.new_label]
    reference = next((_kind(e) for e in own if e.grader == reported), _kind(c))
    if len(own) < 2:
        return "unknown", tr("Only one grader has read all of these answers.")
    others = [e for e in own if _kind(e) != reference]
    if not others:
        return "no", tr("All {n} graders say the same.", n=len(own))
    named = tr(", ").join(f"`{e.grader}`" for e in others[:3])
    more = tr(" and {n} more", n=len(others) - 3) if len(others) > 3 else ""
    return "yes", tr("{k} of {n} graders say otherwise: {names}.", k=len(others), n=len(own), names=named + more)


def _without_limit(store: Store, compared: RunComparison, at: int, grader: str | None) -> Changes:
    c, bounds = compared.comparisons[at], compared.bounds[at]
    base, new = compared.runs.scores[0], compared.runs.scores[at + 1]
    if c.without_cap is not None:
        return "no", tr("The verdict already allows for every way the truncated answers could have ended.")
    if bounds is None:
        return "unknown", tr("It is not recorded which answers the token limit cut off.")
    n_cut, n = int(base.truncated.sum() + new.truncated.sum()), int(base.present.sum() + new.present.sum())
    if not n_cut:
        return "no", tr("No answer was cut off.")
    kind = c.verdict.kind
    if (kind == "resolved gain" and bounds.low > 0) or (kind == "resolved loss" and bounds.high < 0):
        return "no", tr("Not even if all answers cut off ({n}) had gone the other way.", n=numbers.count(n_cut))
    finished = _finished(store, compared, at, grader)
    if finished is None:
        share = numbers.percent(n_cut / n, 0.01)
        return "unknown", tr("{share} of the answers were cut off, enough to turn it.", share=share)
    if _kind(finished) == _kind(c):
        return "no", tr("The answers that were cut off were finished in a longer run, and the verdict stays.")
    return "yes", tr("The answers that were cut off were finished in a longer run, and the verdict changes.")


def _finished(store: Store, compared: RunComparison, at: int, grader: str | None) -> TwoRunComparison | None:
    """Return the comparison with every truncated completion finished; None where a longer run does not have them."""
    c, places = compared.comparisons[at], (0, at + 1)
    heads = [compared.runs.heads[i] for i in places]
    parents = {row["parent_run_id"] for row in queries.run_heads(store.connection)}
    if not parents & {head.run_id for head in heads}:
        return None
    scores = []
    for head, run in zip(heads, (compared.runs.scores[i] for i in places), strict=True):
        try:
            rule, texts = rule_of(head, grader), read_texts(store, head, run)
        except InputError:
            return None
        longer = continued(store, head, texts)
        if not longer.complete or longer.n_still_truncated:
            return None
        scores.append(longer.texts.scores([rule]))
    return compare_pair(scores[0], scores[1], c.alpha, c.margin)


def _another_seed(compared: RunComparison) -> Changes:
    trained = {"model", "adapter"}
    if not trained & ({d.name for d in compared.runs.differences} | set(compared.runs.unknown)):
        return "no", tr("The runs share their weights: no training stands between them.")
    return "unknown", tr("Each run was trained once.") if len(compared.comparisons) > 1 else tr(
        "The new run was trained once."
    )  # fmt: skip


def steps(store: Store, compared: RunComparison, of_page: Sequence[Light]) -> tuple[Step, ...]:
    """Return what to do next, most useful first."""
    heads, path = compared.runs.heads, store.path
    changes = {light.about: light.changes for light in of_page}
    found = list(_unfinished(store, heads))
    more = None if found else _more_problems(store, compared)
    found += [] if more is None else [more]
    cut = [h for h, run in zip(heads, compared.runs.scores, strict=True) if run.truncated.any()]
    if changes.get("token limit") == "unknown" and cut:
        found.append(_continue(cut, path))
    if changes.get("grader") == "yes":
        text = tr("Judge 50 answers of each run by hand, to see which grader is right:")
        found.append(Step(text, _audit_command(store, heads[:2])))
    if changes.get("training seed") == "unknown":
        text = tr("Train again with another seed, evaluate it, and compare the recipes:")
        found.append(Step(text, _arms_command(store, heads)))
    return tuple(found)


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


def _arms_command(store: Store, heads: Sequence[StoredRun]) -> str:
    """Return the command that compares two arms; files are named as they were typed, and not where one held both."""
    base, new = (store.typed.get(head.label, head.label) for head in heads[:2])
    if base == new:
        return ""
    return shlex.join(
        ["evalsuite", "report", "--base", base, "--new", new, "--new", tr("OTHER-SEED"), *_store(store.path)]
    )


def _unfinished(store: Store, heads: Sequence[StoredRun]) -> Iterable[Step]:
    for head in heads:
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
    heads = [h for h, run in zip(compared.runs.heads, compared.runs.scores, strict=True)
             if run.label in (c.base_label, c.new_label)]  # fmt: skip
    seconds = [_seconds_a_problem(store, head) for head in heads]
    power = numbers.stated(c.power)
    text = tr("Run {problems} more to detect a difference of this size with {power}% power",
              problems=problems(more), power=power)  # fmt: skip
    if all(seconds):
        text = tr("{text}, {time}", text=text, time=first_screen.duration(more * sum(s or 0.0 for s in seconds)))
    commands = [_with_problems(head, store.path, c.n_needed or 0) for head in heads]
    if not all(commands):
        return Step(tr("{text}: with the program that made these runs, then compare again.", text=text))
    return Step(tr("{text}:", text=text), "\n".join(command for command in commands if command))


def _with_problems(head: StoredRun, store: Path, needed: int) -> str | None:
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
    for table in shown:
        if table.name == "accuracy":
            rows = sorted(table.records(), key=lambda row: float(row["value"]))  # type: ignore[arg-type]
            few = table.records() if len(rows) <= FEW else (rows[0], rows[-1])
            joint = tr(", ") if len(rows) <= FEW else tr(" to ")
            found["accuracy"] = joint.join(_accuracy(row) for row in few)
    if len(compared.comparisons) > 1:
        n_open = sum(c.verdict.kind not in DECIDED for c in compared.comparisons)
        found["real"] = tr("{k} of {n} differences hold once adjusted for how many there are.",
                           k=len(compared.comparisons) - n_open, n=len(compared.comparisons))  # fmt: skip
    found["token_limit"] = _cut_off(compared)
    found["grader"] = next(light.text for light in of_page if light.about == "grader")
    return found


def _accuracy(row: Mapping[str, object]) -> str:
    low, value, high = (float(row[key]) for key in ("low", "value", "high"))  # type: ignore[arg-type]
    error = (high - low) / 4
    return tr("{label} {value} ({limits})", label=row["label"], value=numbers.percent(value, error),
              limits=numbers.interval(low, high, error))  # fmt: skip


def _cut_off(compared: RunComparison) -> str:
    runs = compared.runs.scores
    known = [run for run in runs if run.truncation_known]
    if not known:
        return tr("It is not recorded which answers the token limit cut off.")
    if not any(run.truncated.any() for run in known) and len(known) == len(runs):
        return tr("No answer was cut off.")
    shares = tr(", ").join(
        tr("{label} {share}", share=numbers.percent(float(run.truncated.sum() / run.present.sum()), 0.01),
           label=run.label)
        for run in known[:4]
    )  # fmt: skip
    return tr("Answers cut off: {shares}.", shares=shares)
