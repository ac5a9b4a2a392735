"""From a stored run to what analyses take: which run is meant, and its scores."""

import shlex
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalsuite.errors import ComparisonError, InputError
from evalsuite.grading.graders import ALL_GRADERS
from evalsuite.grading.own_rules import is_own_rule
from evalsuite.pairing.match import Known
from evalsuite.scores import ScoreMatrix
from evalsuite.store import large_queries, queries
from evalsuite.store.store import Store, StoredRun

__all__ = ["find_run", "gives_scores", "known_problems", "run_status", "score_matrix"]


def find_run(store: Store, name: str) -> StoredRun:
    """Return the run with this label, run id, or unambiguous beginning of a run id.

    Raises
    ------
    InputError
        No run, or more than one, is meant; the message lists the runs there are.
    """
    heads = queries.run_heads(store.connection)
    found = [h for h in heads if name in (h["label"], h["run_id"])]
    found = found or [h for h in heads if len(name) >= 4 and h["run_id"].startswith(name)]
    if len(found) != 1:
        labels = ", ".join(h["label"] for h in heads) or "none"
        problem = "no run" if not found else f"{len(found)} runs"
        raise InputError(f"{problem} of {store.path} is called {name!r}. Runs there: {labels}")
    row = found[0]
    return StoredRun(**{k: row[k] for k in StoredRun.__dataclass_fields__})


def run_status(store: Store, run_id: str) -> dict[str, int]:
    """Return n_problems, n_planned, n_done, n_truncated, n_unknown_stop and n_run_on of one run."""
    return queries.progress(store.connection, run_id)[run_id]


def gives_scores(store: Store, name: str, grader: str | None = None) -> bool:
    """Tell whether the grader, or the run's primary one, gives the run scores with partial credit."""
    head = find_run(store, name)
    graders = {g["grader"]: g["score_range"] for g in queries.graders(store.connection, head.run_id)}
    return graders.get(grader or head.primary_grader) is not None


def known_problems(store: Store, head: StoredRun, problem_ids: Sequence[str]) -> Known:
    """Return questions and gold answers of a run's problems, in the order of `problem_ids`."""
    known = queries.known_problems(store.connection, head.run_id)
    if not known:
        nothing = [None] * len(problem_ids)
        return Known(nothing, nothing)
    return Known([known[name][0] for name in problem_ids], [known[name][1] for name in problem_ids])


def score_matrix(
    store: Store,
    head: StoredRun,
    *,
    grader: str | None = None,
    allow_unfinished: bool = False,
    partial_credit: bool = False,
) -> ScoreMatrix:
    """Return the scores of a run; a completion without an answer counts as wrong, one without a result as missing.

    Parameters
    ----------
    grader
        Whose verdict counts; None takes the run's primary grader.
    allow_unfinished
        Take what there is of a run that has not made all its completions.
    partial_credit
        Take graders that give scores too. Without it these are refused: most analyses ask who is right and who is not.

    Raises
    ------
    ComparisonError
        The run is unfinished, or this grader has not graded all of it.
    InputError
        The grader gives scores, and verdicts are needed; or no grader is called so.
    """
    status = run_status(store, head.run_id)
    if status["n_done"] < status["n_planned"] and not allow_unfinished:
        raise ComparisonError(
            f"run {head.label} is unfinished: {status['n_done']} of {status['n_planned']} completions are there. "
            "Run the same command again to finish it, or pass --allow-unfinished to use what there is."
        )
    if status["n_done"] == 0 and status["n_planned"] > 0:
        raise ComparisonError(f"run {head.label} has no completions yet")
    grader = grader or head.primary_grader
    planned, made = large_queries.score_columns(store.connection, head.run_id, grader)
    _refuse_ungraded(store, head, grader, made)
    score_range = _score_range(store, head, grader)
    if score_range is not None and not partial_credit:
        verdicts = [g["grader"] for g in queries.graders(store.connection, head.run_id) if g["score_range"] is None]
        advice = f"name another --grader: {', '.join(verdicts)}" if verdicts else "it has no grader of verdicts"
        raise InputError(
            f"grader {grader!r} gives run {head.label} scores, and this question needs verdicts of right and wrong; "
            f"{advice}. Mean scores are compared by `evalsuite compare`, `report`, `accuracy` and "
            "`analyse model-comparison` and `seed-comparison`."
        )
    return _matrix(head.label, planned, made, score_range)


def _refuse_ungraded(store: Store, head: StoredRun, grader: str, made: large_queries.Columns) -> None:
    """Refuse a run without any result, and one that the grader has not graded whole."""
    open_ones = ~made["graded"] & ~made["missing"]
    if not made["graded"].any() and not open_ones.any():
        raise ComparisonError(f"run {head.label} has no result: all its completions are missing")
    ungraded, n = int(open_ones.sum()), open_ones.size
    if not ungraded:
        return
    known = ", ".join(g["grader"] for g in queries.graders(store.connection, head.run_id)) or "none"
    if ungraded == n and grader not in {g.name for g in ALL_GRADERS} and not is_own_rule(grader):
        raise InputError(
            f"run {head.label} has no verdicts of a grader {grader!r}: choose from {known}, or have it graded with "
            f"`evalsuite grade {shlex.quote(head.label)} --grader {shlex.quote(grader)}`, which knows "
            "steps beside the graders of verdicts"
        )
    raise ComparisonError(
        f"grader {grader!r} has not graded {ungraded} of {n} completions of run {head.label} "
        f"(graders that have: {known}). Grade them with "
        f"`evalsuite grade {shlex.quote(head.label)} --grader {shlex.quote(grader)} "
        f"--store {shlex.quote(str(store.path))}`."
    )


def _score_range(store: Store, head: StoredRun, grader: str) -> tuple[float, float] | None:
    """Return the range of the scores, None for verdicts; scores of several ranges have no mean."""
    ranges = large_queries.score_ranges(store.connection, head.run_id, grader)
    if len(ranges) > 1:
        shown = ", ".join("verdicts" if r is None else f"{r[0]:g} to {r[1]:g}" for r in sorted(ranges, key=str))
        raise ComparisonError(
            f"grader {grader!r} gave run {head.label} scores of several ranges ({shown}), which have no mean; grade "
            "the run again, or import it with one --score-range"
        )
    return ranges[0]


def _matrix(
    label: str, planned: large_queries.Columns, made: large_queries.Columns, score_range: tuple[float, float] | None
) -> ScoreMatrix:
    """Arrange the columns of `score_columns`, completions of a problem in order of their index, as arrays."""
    rows, i, counts = np.unique(made["row"], return_inverse=True, return_counts=True)
    k = np.arange(i.size) - np.repeat(np.cumsum(counts) - counts, counts)

    def arranged(values: NDArray[Any]) -> NDArray[Any]:
        placed = np.zeros((rows.size, int(counts.max())), dtype=values.dtype)
        placed[i, k] = values
        return placed

    graded = made["graded"]
    missing = arranged(~graded)
    templates = planned["template_id"][rows].tolist()
    return ScoreMatrix(
        label=label,
        keys=tuple(planned["key"][rows].tolist()),
        problem_ids=tuple(planned["problem_id"][rows].tolist()),
        correct=arranged(made["right"]),
        present=arranged(graded),
        truncated=arranged(made["truncated"] & graded),
        truncation_known=not (made["unknown_stop"] & graded).any(),
        clusters=tuple(templates) if None not in templates else None,
        missing=missing if missing.any() else None,
        scores=None if score_range is None else arranged(np.where(graded, made["score"], 0.0)),
        score_range=score_range,
    )
