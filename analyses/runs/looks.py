"""What is said of a pair of runs, or of two arms, that was compared before with fewer problems or fewer seeds."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np

from analyses.runs.pairing import PairedRuns
from evalsuite.comparison.seed_arms import arm_label
from evalsuite.records import digest
from evalsuite.scores import ScoreMatrix
from evalsuite.store.looks import Look, looks_by
from evalsuite.store.store import Store, StoredRun
from evalsuite.wording import verdicts
from evalsuite.wording.every_look import shown_note
from evalsuite.wording.language import tr

__all__ = ["with_arm_looks", "with_looks"]


def with_looks(store: Store, runs: PairedRuns, *, grader: str | None, all_pairs: bool = False) -> PairedRuns:
    """Return the runs with the looks at each pair that was shown before at another length, and note what is shown now.

    The store writes what was noted when it is closed. A pair that was shown at this length is not noted again. Pairs
    are those of each run with the first, or all.
    """
    looks, warnings, n = {}, [], runs.scores[0].n_problems
    members = list(zip(runs.heads, runs.scores, strict=True))
    pairs = combinations(members, 2) if all_pairs else [(members[0], other) for other in members[1:]]
    for pair in pairs:
        (base, base_scores), (new, new_scores) = pair
        by = _grader((base, new), grader)
        before = {
            look.n_problems
            for look in (*looks_by(store.connection, by), *store.shown)
            if look.grader == by and _same(look, pair)
        }
        if n not in before:
            ids = [_identity(*run, n) for run in pair]
            store.shown.append(Look(ids[0], ids[1], by, n))
        if before - {n}:
            at = looks[base_scores.label, new_scores.label] = tuple(sorted({*before, n}))
            listed = tr("n = {looks}", looks=tr(", ").join(f"{look:,}" for look in at))
            warnings.append(shown_note(new_scores.label, base_scores.label, listed, len(at)))
    return replace(runs, warnings=(*runs.warnings, *warnings), looks=looks)


def with_arm_looks(store: Store, runs: PairedRuns, n_base: int, *, grader: str | None) -> PairedRuns:
    """Return two arms of training seeds with the looks at them with fewer problems or seeds.

    They stand under the names of the first run of each arm. One run in each arm is no look: no verdict over seeds can
    come of it.
    """
    if len(runs.heads) == 2:
        return runs
    by, n = _grader(runs.heads, grader), runs.scores[0].n_problems
    ids = [head.run_id for head in runs.heads]
    arms = [frozenset(ids[:n_base]), frozenset(ids[n_base:])]
    seen = set()
    for look in (*looks_by(store.connection, by), *store.shown):
        shown = [frozenset(look.base_run_id.split("+")), frozenset(look.new_run_id.split("+"))]
        for first, second in (shown, shown[::-1]):
            several = len(first) + len(second) > 2
            if several and look.grader == by and first <= arms[0] and second <= arms[1]:
                seen.add((look.n_problems, len(first), len(second)))
    now = (n, len(arms[0]), len(arms[1]))
    if now not in seen:
        store.shown.append(Look("+".join(sorted(arms[0])), "+".join(sorted(arms[1])), by, n))
    if not seen - {now}:
        return runs
    every = sorted({*seen, now})
    base, new = arm_label(runs.labels[:n_base], "base"), arm_label(runs.labels[n_base:], "new")
    listed = tr(", ").join(
        tr("{problems} with {base} and {new} runs", problems=verdicts.problems(m), base=a, new=b) for m, a, b in every
    )
    warning = shown_note(new, base, listed, len(every))
    looks = {(runs.labels[0], runs.labels[n_base]): tuple(m for m, _, _ in every)}
    return replace(runs, warnings=(*runs.warnings, warning), looks=looks)


def _grader(heads: Sequence[StoredRun], grader: str | None) -> str:
    primary = {head.primary_grader for head in heads}
    return grader or (primary.pop() if len(primary) == 1 else "")


def _same(look: Look, pair: tuple[tuple[StoredRun, ScoreMatrix], tuple[StoredRun, ScoreMatrix]]) -> bool:
    """Tell whether a look was at this pair, at its first problems."""
    if look.n_problems > pair[0][1].n_problems and "generated" not in {head.source for head, _ in pair}:
        return False
    ids = [_identity(*run, look.n_problems) for run in pair]
    return (look.base_run_id, look.new_run_id) in ((ids[0], ids[1]), (ids[1], ids[0]))


def _identity(head: StoredRun, scores: ScoreMatrix, n: int) -> str:
    """Return the run's id, or of an imported run the digest of its scores on the first `n` problems."""
    if head.source == "generated":
        return head.run_id
    results: list[float] = scores.successes[:n].tolist()
    if scores.score_range is not None:
        results = np.nan_to_num(scores.problem_means[:n]).round(9).tolist()
    rows = zip(scores.keys[:n], results, scores.attempts[:n].tolist(), strict=True)
    return f"scores {digest(sorted(rows))[:16]}"
