"""How far a paired difference depends on the grader: the same two runs under each of several graders.

Every grader is fixed before the data are seen and nothing is chosen among them, so the p-values are not adjusted for
their number; with several new runs they are adjusted for these, as the verdicts of a comparison are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from analyses.runs.pairing import PairedRuns
from evalsuite.comparison.pair import adjust_family, compare_pair
from evalsuite.comparison.problem_means import shared_clusters
from evalsuite.findings import Cell, Column, Figure, Table
from evalsuite.scores import ScoreMatrix
from evalsuite.stats.bounded_mean import bounded_mean
from evalsuite.stats.decision import Verdict
from evalsuite.stats.result import Estimate
from evalsuite.store import queries
from evalsuite.store.runs import run_status, score_matrix
from evalsuite.store.store import Store
from evalsuite.wording import numbers
from evalsuite.wording.grader_names import grader_name
from evalsuite.wording.language import tr
from evalsuite.wording.verdicts import interval_text, verdict_label

__all__ = ["GraderEffect", "conclusion", "effects", "figure", "format_sentence", "stored_scores", "table"]

LENIENT = "last_number"
"""The grader that asks for no format: a difference that is not there under it is one of format."""


@dataclass(frozen=True, slots=True)
class GraderEffect:
    """The paired difference of a new run and the base under one grader.

    Attributes
    ----------
    base, new
        Accuracies under this grader.
    difference
        New minus base, by the method that the design asks for.
    pvalue
        Of the test that agrees with the interval; adjusted by
        Holm's method where there are several new runs.
    """

    grader: str
    label: str
    base: float
    new: float
    difference: Estimate
    pvalue: float
    verdict: Verdict


def effects(scores: Mapping[str, Sequence[ScoreMatrix]], *, alpha: float = 0.05) -> tuple[GraderEffect, ...]:
    """Compare every new run with the base under every grader.

    Parameters
    ----------
    scores
        By grader: the aligned scores of the runs, the base first.
    """
    found = []
    for grader, (base, *others) in scores.items():
        compared = adjust_family([compare_pair(base, new, alpha) for new in others])
        for new, c in zip(others, compared, strict=True):
            found.append(
                GraderEffect(
                    grader=grader,
                    label=new.label,
                    base=float(np.nanmean(base.problem_means)),
                    new=float(np.nanmean(new.problem_means)),
                    difference=c.difference,
                    pvalue=c.verdict_pvalue if c.adjusted_pvalue is None else c.adjusted_pvalue,
                    verdict=c.verdict,
                )
            )
    return tuple(found)


def stored_scores(store: Store, runs: PairedRuns) -> dict[str, tuple[ScoreMatrix, ...]]:
    """Return the scores of the runs, in the places of `runs.scores`, under every grader that graded all of them.

    Graders of scores count where those of the runs are scores of the same range, and no others then.
    A grader that read no answer in any run says nothing of how the difference depends on the grader, and is left out,
    unless it is the one whose score a run reports.
    """
    span = runs.scores[0].score_range
    complete = []
    readers = {head.primary_grader for head in runs.heads}
    for head in runs.heads:
        graded = queries.graders(store.connection, head.run_id)
        n_done = run_status(store, head.run_id)["n_done"]
        # Scores have another unit than verdicts, so they stand in no table with them.
        complete.append({g["grader"] for g in graded if g["n_graded"] == n_done and _range(g) == span})
        readers |= {g["grader"] for g in graded if g["n_no_answer"] < g["n_graded"]}
    found = {}
    for grader in sorted(set.intersection(*complete) & readers):
        if set(runs.graded_by) == {grader} and not runs.planned:
            # A million problems take seconds and hundreds of megabytes to read again.
            found[grader] = runs.scores
            continue
        own = []
        for head, run in zip(runs.heads, runs.scores, strict=True):
            scores = score_matrix(store, head, grader=grader, allow_unfinished=True, partial_credit=True)
            row_of = {problem_id: i for i, problem_id in enumerate(scores.problem_ids)}
            own.append(replace(scores.take([row_of[p] for p in run.problem_ids]), keys=run.keys, label=run.label))
        found[grader] = tuple(own)
    return found


def _range(graded: Mapping[str, Any]) -> tuple[float, float] | None:
    low_high = graded["score_range"]
    return None if low_high is None else (float(low_high[0]), float(low_high[1]))


def table(found: Sequence[GraderEffect], *, alpha: float = 0.05) -> Table:
    """Return one row a grader and new run; the figure of `figure` draws it."""
    several = len({e.label for e in found}) > 1
    rows: list[tuple[Cell, ...]] = [
        (
            f"{grader_name(e.grader)}, {e.label}" if several else grader_name(e.grader),
            e.base, e.new, e.difference.low, e.difference.value, e.difference.high, e.pvalue, e.verdict,
        )
        for e in found
    ]  # fmt: skip
    columns = (
        Column("label", tr("Grader")),
        Column("base", tr("Base"), "proportion"),
        Column("new", tr("New"), "proportion"),
        Column("low", tr("Low"), "difference"),
        Column("value", tr("Difference"), "difference"),
        Column("high", tr("High"), "difference"),
        Column("pvalue", tr("p"), "pvalue"),
        Column("verdict", tr("Verdict"), "verdict"),
    )
    note = tr(
        "The same completions, {level}% intervals; not adjusted for the number of graders.",
        level=numbers.level(1 - alpha),
    )
    return Table("grader_difference", tr("The difference under every grader"), columns, tuple(rows), note)


def figure(found: Sequence[GraderEffect], base_label: str, *, alpha: float = 0.05) -> Figure:
    """Return the figure of `table`."""
    labels = {e.label for e in found}
    return Figure(
        "grader_difference",
        "difference",
        tr("The difference under every grader"),
        tr(
            "One row per grader. The completions are the same in every row; only the rule that finds the answer "
            "changes."
        ),
        "grader_difference",
        {"base": base_label, "new": labels.pop() if len(labels) == 1 else tr("new run"), "level": 1 - alpha},
    )


def conclusion(found: Sequence[GraderEffect], label: str) -> str:
    """Say in one sentence whether the verdict about the run `label` depends on the grader."""
    own = [e for e in found if e.label == label]
    verdicts = list(dict.fromkeys(e.verdict for e in own))
    smallest, largest = min(own, key=_value), max(own, key=_value)
    span = (
        tr(
            "the difference ranges from {smallest} ({low_grader}) to {largest} ({high_grader})",
            smallest=_points(smallest),
            low_grader=grader_name(smallest.grader),
            largest=_points(largest),
            high_grader=grader_name(largest.grader),
        )
        if smallest.grader != largest.grader
        else tr("the difference is {value}", value=_points(smallest))
    )
    graders = tr("1 grader") if len(own) == 1 else tr("{n} graders", n=len(own))
    if len(verdicts) == 1:
        return tr(
            "{label}: {verdict} under all of {graders}; {span}.",
            label=label,
            verdict=verdict_label(verdicts[0]),
            graders=graders,
            span=span,
        )
    named = tr("; ").join(
        tr(
            "{verdict} under {names}",
            verdict=verdict_label(v),
            names=tr(", ").join(grader_name(e.grader) for e in own if e.verdict == v),
        )
        for v in verdicts
    )
    return tr("The verdict on {label} depends on the grader: {named}; {span}.", label=label, named=named, span=span)


def format_sentence(
    scores: Mapping[str, Sequence[ScoreMatrix]], found: Sequence[GraderEffect], reported: str, label: str
) -> str:
    """Say whether a gain or loss of `label` under the grader `reported` is one of format; empty if it is not.

    It is where the difference is resolved under `reported`, not resolved with the same sign under `last_number`, and
    the interval of what the grader takes away excludes zero.
    """
    by_grader = {e.grader: e for e in found if e.label == label}
    if reported == LENIENT or not {reported, LENIENT} <= by_grader.keys():
        return ""
    own, lenient = by_grader[reported], by_grader[LENIENT]
    if own.verdict.kind not in ("resolved gain", "resolved loss") or lenient.verdict == own.verdict:
        return ""
    at = next(i for i, run in enumerate(scores[reported]) if run.label == label)
    taken = _difference_of_differences(scores[reported][0], scores[reported][at], scores[LENIENT][0],
                                       scores[LENIENT][at], level=own.difference.confidence_level)  # fmt: skip
    if taken.low <= 0 <= taken.high:
        return ""
    kind = tr("gain") if own.verdict.kind == "resolved gain" else tr("loss")
    rest = tr(
        "what is left under `{grader}` is {difference}", grader=LENIENT, difference=interval_text(lenient.difference)
    )
    return tr(
        "The {kind} of {label} under `{reported}` ({own}) is a matter of format: {taken} comes from how the answer is "
        "written, and {rest}.",
        kind=kind,
        label=label,
        reported=reported,
        taken=interval_text(taken),
        own=_points(own),
        rest=rest,
    )


def _value(effect: GraderEffect) -> float:
    return effect.difference.value


def _points(effect: GraderEffect) -> str:
    estimate = effect.difference
    return numbers.points(estimate.value, estimate.nominal_error)


def _difference_of_differences(
    base: ScoreMatrix, new: ScoreMatrix, base_lenient: ScoreMatrix, new_lenient: ScoreMatrix, *, level: float
) -> Estimate:
    values = (new.problem_means - base.problem_means) - (new_lenient.problem_means - base_lenient.problem_means)
    kept = ~np.isnan(values)
    known = shared_clusters(base, new)
    clusters = None if known is None else np.asarray(known)[kept].tolist()
    return bounded_mean(values[kept], bounds=(-2.0, 2.0), clusters=clusters).estimate(confidence_level=level)
