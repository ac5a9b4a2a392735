"""Ways of sorting the problems of a comparison: by what is known of them before any score is seen.

Number of calculation steps, size of the right answer, length of the question, and template. The bins are fixed, but for
the length, whose quarters are those of the problems at hand.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from analyses.runs.pairing import PairedRuns
from evalsuite.problems.solution import annotations
from evalsuite.scores import ScoreMatrix
from evalsuite.store import queries
from evalsuite.store.store import Store
from evalsuite.wording import numbers
from evalsuite.wording.language import tr

__all__ = ["Subgroup", "Way", "answered_by_all", "ways_of_sorting"]

MANY_STEPS = 8
MOST_DIGITS = 5


@dataclass(frozen=True, slots=True)
class Subgroup:
    """Some of the problems.

    Attributes
    ----------
    label
        As tables name it.
    rows
        Places in the aligned scores.
    x
        Where it stands on an axis, such as the number of steps; None where there is no order.
    """

    label: str
    rows: tuple[int, ...]
    x: float | None


@dataclass(frozen=True, slots=True)
class Way:
    """One way of sorting the problems into subgroups that do not overlap.

    Attributes
    ----------
    key
        ``"steps"``, ``"answer"``, ``"length"`` or ``"template"``.
    title
        What the problems are sorted by, in words.
    axis
        What `Subgroup.x` counts, with its unit; empty where there is no order.
    subgroups
        At least two.
    n_unknown
        Problems of which this is not known; they are in no subgroup.
    """

    key: str
    title: str
    axis: str
    subgroups: tuple[Subgroup, ...]
    n_unknown: int

    @property
    def by_template(self) -> bool:
        """Whether each subgroup is one template, inside which problems are independent."""
        return self.key == "template"


def answered_by_all(scores: Sequence[ScoreMatrix]) -> tuple[ScoreMatrix, ...]:
    """Return aligned scores on the problems of which every run has a completion."""
    rows = np.flatnonzero(np.all([run.attempts > 0 for run in scores], axis=0))
    return tuple(run.take(rows) for run in scores)


def ways_of_sorting(store: Store, runs: PairedRuns, scores: Sequence[ScoreMatrix]) -> tuple[Way, ...]:
    """Return the ways in which what is stored of the problems sorts them into two subgroups or more.

    Parameters
    ----------
    scores
        Aligned scores of `runs`, on all or some of their problems.
    """
    rows = _known(store, runs, scores)
    templates = [None if row["template_id"] is None else (row["template_id"], None) for row in rows]
    steps, digits = [_steps(row) for row in rows], [_digits(row) for row in rows]
    steps_axis = digits_axis = ""
    if _reach(steps, MANY_STEPS):
        steps_axis = tr("calculation steps ({n}: {n} or more)", n=MANY_STEPS)
    if _reach(digits, MOST_DIGITS):
        digits_axis = tr("digits of the right answer ({n}: {n} or more)", n=MOST_DIGITS)
    words_axis = tr("words in the question (median of each quarter)")
    ways = (
        _way("steps", tr("number of calculation steps"), steps_axis or tr("calculation steps"), steps),
        _way("answer", tr("size of the right answer"), digits_axis or tr("digits of the right answer"), digits),
        _way("length", tr("length of the question"), words_axis, _quarters(rows)),
        _way("template", tr("template"), "", templates),
    )
    return tuple(way for way in ways if len(way.subgroups) > 1)


def _reach(places: Sequence[tuple[str, float | None] | None], last: int) -> bool:
    """Return whether a problem is in the last subgroup, which takes in all that lie beyond."""
    return any(place is not None and place[1] is not None and place[1] >= last for place in places)


def _known(store: Store, runs: PairedRuns, scores: Sequence[ScoreMatrix]) -> list[dict[str, Any]]:
    """Return what the runs record of each problem; the first run that records something is believed."""
    known: list[dict[str, Any]] = [{} for _ in range(scores[0].n_problems)]
    for head, run in zip(runs.heads, scores, strict=True):
        recorded = {row["problem_id"]: row for row in queries.problem_rows(store.connection, head.run_id)}
        for row, problem_id in zip(known, run.problem_ids, strict=True):
            for name, value in recorded[problem_id].items():
                if row.get(name) is None:
                    row[name] = value
    return known


def _way(key: str, title: str, axis: str, places: Sequence[tuple[str, float | None] | None]) -> Way:
    """Gather the problems by their (label, x); in the order of x where there is one, else of the labels."""
    members: dict[tuple[str, float | None], list[int]] = {}
    for row, place in enumerate(places):
        if place is not None:
            members.setdefault(place, []).append(row)
    ordered = sorted(members, key=lambda place: (place[1] or 0.0, place[0]))
    subgroups = tuple(Subgroup(label, tuple(members[label, x]), x) for label, x in ordered)
    return Way(key, title, axis, subgroups, sum(place is None for place in places))


def _steps(row: dict[str, Any]) -> tuple[str, float] | None:
    steps = row["n_steps"]
    if steps is None and row["solution"]:
        try:
            steps = len(annotations(row["solution"])) or None
        except ValueError:  # the solution is not written in that style
            steps = None
    if steps is None:
        return None
    if steps >= MANY_STEPS:
        return tr("{n} steps or more", n=MANY_STEPS), float(MANY_STEPS)
    return tr("1 step") if steps == 1 else tr("{n} steps", n=steps), float(steps)


def _digits(row: dict[str, Any]) -> tuple[str, float] | None:
    """Bin by the digits before the decimal point, whatever the sign."""
    if row["gold"] is None:
        return None
    digits = min(MOST_DIGITS, len(str(int(abs(Fraction(row["gold"]))))))
    least, most = numbers.count(10 ** (digits - 1)), numbers.count(10**digits - 1)
    if digits == 1:
        return tr("answer below 10"), 1.0
    if digits == MOST_DIGITS:
        return tr("answer of {least} or more", least=least), float(digits)
    return tr("answer from {least} to {most}", least=least, most=most), float(digits)


def _quarters(rows: Sequence[dict[str, Any]]) -> list[tuple[str, float] | None]:
    """Bin by the quarters of the number of words; equal lengths stay together."""
    words = [len(row["question"].split()) if row["question"] else None for row in rows]
    known = np.array([n for n in words if n is not None], dtype=np.int64)
    if known.size == 0:
        return [None] * len(rows)
    cuts = np.unique(np.quantile(known, (0.25, 0.5, 0.75, 1), method="inverted_cdf")).tolist()
    bins = np.searchsorted(cuts, known)
    places = []
    for number, cut in enumerate(cuts):
        label = (
            tr("up to {most} words", most=cut)
            if number == 0
            else tr("{least} to {most} words", least=cuts[number - 1] + 1, most=cut)
        )
        places.append((label, float(np.median(known[bins == number]))))
    return [None if n is None else places[int(np.searchsorted(cuts, n))] for n in words]
