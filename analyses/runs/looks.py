"""What is said of a pair of runs, or of two arms, that was compared before with fewer problems or fewer seeds."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from analyses.runs.pairing import PairedRuns
from evalsuite.comparison.pair import compare_pair
from evalsuite.comparison.training_seeds import arm_label
from evalsuite.records import digest
from evalsuite.scores import ScoreMatrix
from evalsuite.stats.anytime import anytime_looks, anytime_mean
from evalsuite.stats.decision import LOWEST_LEVEL
from evalsuite.stats.result import rescaled
from evalsuite.store.looks import Look, looks_by
from evalsuite.store.store import Store, StoredRun
from evalsuite.wording import numbers, verdicts
from evalsuite.wording.language import tr
from evalsuite.wording.units import Unit

__all__ = ["EveryLook", "valid_at_every_look", "with_arm_looks", "with_looks"]


@dataclass(frozen=True, slots=True)
class EveryLook:
    """A difference with limits and a p-value that hold at every look."""

    low: float
    high: float
    pvalue: float


def with_looks(store: Store, runs: PairedRuns, *, grader: str | None, alpha: float = 0.05) -> PairedRuns:
    """Return the runs with a warning for each pair shown before at another length, and note what is shown now.

    The store writes what was noted when it is closed. A pair that was shown at this length is not noted again.
    """
    base, *others = runs.heads
    warnings, n = [], runs.scores[0].n_problems
    for head, scores in zip(others, runs.scores[1:], strict=True):
        by = _grader((base, head), grader)
        pair = (base, runs.scores[0]), (head, scores)
        before = {
            look.n_problems
            for look in (*looks_by(store.connection, by), *store.shown)
            if look.grader == by and _same(look, pair)
        }
        if n not in before:
            ids = [_identity(*run, n) for run in pair]
            store.shown.append(Look(ids[0], ids[1], by, n))
        if before - {n}:
            warnings.append(_sentence(runs.scores[0], scores, sorted({*before, n}), alpha))
    return replace(runs, warnings=(*runs.warnings, *warnings))


def with_arm_looks(store: Store, runs: PairedRuns, n_base: int, *, grader: str | None) -> PairedRuns:
    """Return two arms of training seeds with a warning where they were shown before with fewer problems or seeds."""
    by, n = _grader(runs.heads, grader), runs.scores[0].n_problems
    ids = [head.run_id for head in runs.heads]
    arms = [frozenset(ids[:n_base]), frozenset(ids[n_base:])]
    seen = set()
    for look in (*looks_by(store.connection, by), *store.shown):
        shown = [frozenset(look.base_run_id.split("+")), frozenset(look.new_run_id.split("+"))]
        for first, second in (shown, shown[::-1]):
            if look.grader == by and first <= arms[0] and second <= arms[1]:
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
    warning = tr(
        "{new} against {base} was looked at {k} times while it grew ({looks}). P-values and intervals hold for "
        "one look at numbers of problems and seeds fixed in advance; no method over seeds and problems is known "
        "that holds at every look.",
        new=new, base=base, k=len(every), looks=listed,
    )  # fmt: skip
    return replace(runs, warnings=(*runs.warnings, warning))


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


def _sentence(base: ScoreMatrix, new: ScoreMatrix, looks: list[int], alpha: float) -> str:
    """Say how often the pair was shown, with interval and p-value that hold at every look."""
    shown = valid_at_every_look(base, new, looks, alpha=alpha)
    values = {
        "new": new.label,
        "base": base.label,
        "k": len(looks),
        "looks": tr(", ").join(f"{look:,}" for look in looks),
        "level": numbers.level(1 - alpha),
        "interval": _limits(base, shown.low, shown.high),
        "pvalue": numbers.pvalue(shown.pvalue),
    }
    if base.clusters is not None or new.clusters is not None:
        return tr(
            "{new} against {base} was looked at {k} times while it grew (n = {looks}). Valid at every look whose "
            "number of problems did not depend on the results: {level}% interval {interval}, {pvalue}.",
            **values,
        )
    return tr(
        "{new} against {base} was looked at {k} times while it grew (n = {looks}). Valid at every look: {level}% "
        "interval {interval}, {pvalue}.",
        **values,
    )


def valid_at_every_look(base: ScoreMatrix, new: ScoreMatrix, looks: Sequence[int], *, alpha: float = 0.05) -> EveryLook:
    """Return what holds at whichever look it is read; with templates, at looks that did not depend on the results.

    Limits are those of a range of 0 to 1, whatever the unit of the scores.

    Parameters
    ----------
    base, new
        Aligned, in the order in which problems were answered.
    looks
        Numbers of problems at which the pair was shown, in rising order.
    """
    if base.clusters is not None or new.clusters is not None:
        return EveryLook(*_spent(base, new, looks, alpha))
    difference = new.unit_means - base.unit_means
    values = difference[~np.isnan(difference)]
    # Of a larger look than this one only the problems shown now are known.
    known = sorted({min(look, values.size) for look in looks})
    interval = anytime_looks(values, known, confidence_level=1 - alpha)[-1]
    return EveryLook(interval.low, interval.high, min(anytime_mean(values[:look]).pvalue() for look in known))


def _spent(base: ScoreMatrix, new: ScoreMatrix, looks: Sequence[int], alpha: float) -> tuple[float, float, float]:
    """Return interval and p-value over all looks where problems come under templates.

    Templates arrive in parts, so no bet on whole ones can be kept up. Instead the k-th look spends 6/(pi k)^2 of the
    level, which adds up to all of it however many looks there are (Bonferroni).
    """
    low, high, pvalue = -1.0, 1.0, 1.0
    for k, look in enumerate(sorted({min(look, base.n_problems) for look in looks}), start=1):
        share = 6 / (math.pi * k) ** 2
        rows = np.arange(look)
        first, second = base.take(rows), new.take(rows)
        if alpha * share < LOWEST_LEVEL or not ((first.attempts > 0) & (second.attempts > 0)).any():
            continue
        compared = compare_pair(first, second, alpha * share)
        lowest, highest = base.score_range or (0.0, 1.0)
        found = rescaled(compared.difference, 1 / (highest - lowest))
        if max(low, found.low) <= min(high, found.high):
            low, high = max(low, found.low), min(high, found.high)
        pvalue = min(pvalue, compared.verdict_pvalue / share)
    return low, high, pvalue


def _limits(base: ScoreMatrix, low: float, high: float) -> str:
    """Write limits on the range 0 to 1 in the unit of the scores."""
    lowest, highest = base.score_range or (0.0, 1.0)
    return Unit(base.score_range).limits((highest - lowest) * low, (highest - lowest) * high)
