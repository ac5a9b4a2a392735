"""Grade the stored completions of a run again, without a model.

A chunk of them at a time, each in a transaction of its own: memory does not grow with the run, and whoever stops it
keeps the chunks that are done. Until the rest is graded by the same command, a grader that is half redone is refused.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from evalsuite.evaluation.score_graders import ScoreGrader, check_worked
from evalsuite.grading.grader import Grader
from evalsuite.grading.graders import with_marks
from evalsuite.prompting.turn_marks import stored_turn_marks
from evalsuite.store import large_queries
from evalsuite.store.regrades import note_regrades
from evalsuite.store.store import Store, StoredRun

__all__ = ["grade_run"]

CHUNK = 10_000
GIVEN = ("outcome", "extracted", "score", "score_range")


def grade_run(
    store: Store,
    head: StoredRun,
    graders: Sequence[Grader | ScoreGrader],
    watch: Callable[[int], None] | None = None,
) -> int:
    """Grade the stored completions of a run again; return how many verdicts were written.

    Completions without text, or of problems without a known answer, keep the verdict they came with.

    Parameters
    ----------
    watch
        Called with the number of completions graded so far, after each chunk.

    Raises
    ------
    InputError
        Steps are to be graded, and no problem has a worked solution.
    """
    if any(isinstance(grader, ScoreGrader) for grader in graders):
        check_worked(large_queries.solutions(store.connection, head.run_id), label=head.label)
    marks = stored_turn_marks(head.details)
    graders = [with_marks(grader, marks) if isinstance(grader, Grader) else grader for grader in graders]
    first, end = large_queries.completion_places(store.connection, head.run_id)
    n_graded = 0
    for start in range(first, end, CHUNK):
        rows = large_queries.texts_with_answers(store.connection, head.run_id, start, min(start + CHUNK, end))
        if rows:
            _grade_chunk(store, head.run_id, graders, rows)
            n_graded += len(rows)
        if watch is not None:
            watch(n_graded)
    return n_graded * len(graders)


def _grade_chunk(
    store: Store, run_id: str, graders: Sequence[Grader | ScoreGrader], rows: Sequence[tuple[str, int, str, str, Any]]
) -> None:
    problem_ids, indices, texts, golds, solutions = (list(column) for column in zip(*rows, strict=True))
    answers = [Fraction(gold) for gold in golds]
    worked = [solution or f"#### {gold}" for solution, gold in zip(solutions, golds, strict=True)]
    columns: dict[str, list[Any]] = {name: [] for name in ("grader", "grader_version", *GIVEN)}
    for grader in graders:
        grades = [grader.grade(*row) for row in zip(texts, answers, worked, strict=True)]
        columns["grader"] += [grader.name] * len(rows)
        columns["grader_version"] += [grader.version] * len(rows)
        columns["outcome"] += [grade.outcome.value for grade in grades]
        columns["extracted"] += [grade.extracted for grade in grades]
        columns["score"] += [grade.score for grade in grades]
        columns["score_range"] += [None if grade.score_range is None else list(grade.score_range) for grade in grades]
    given = {name: column for name, column in columns.items() if column.count(None) < len(column)}
    keys = {"run_id": run_id, "problem_id": problem_ids, "completion_index": indices}
    repeated = {"run_id": run_id, "problem_id": problem_ids * len(graders), "completion_index": indices * len(graders)}
    with store.transaction():
        note_regrades(store, run_id, repeated | columns)
        store.replace_grade_columns(repeated | given)
        store.replace_run_on_columns(keys, texts)
