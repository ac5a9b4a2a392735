"""Questions to a store whose answers are large: in columns, or a part at a time. Nothing here writes."""

from collections.abc import Mapping
from typing import Any, cast

import duckdb
from numpy.typing import NDArray

__all__ = ["Columns", "completion_places", "score_columns", "score_ranges", "solutions", "texts_with_answers"]

Connection = duckdb.DuckDBPyConnection
Columns = Mapping[str, NDArray[Any]]


def score_columns(connection: Connection, run_id: str, grader: str) -> tuple[Columns, Columns]:
    """Return what a score matrix is made of: columns of the planned problems, and of the completions made or missing.

    Of problems, in order: problem_id, key (content hash, or the id behind ``id:``) and template_id. Of completions, in
    order of problem and index: row (place of the problem), graded, right, truncated, unknown_stop, missing (an imported
    completion that has no result) and score (0 for verdicts of right and wrong). What ran on into turns that nobody
    asked for is not truncated: the limit that ended it cut off no answer.
    """
    planned = connection.execute(
        """
        SELECT problem_id, coalesce(content_hash, 'id:' || problem_id) AS key, template_id
        FROM run_problems JOIN runs USING (run_id) JOIN problems USING (dataset_hash, problem_id)
        WHERE run_id = $run_id ORDER BY position, problem_id
        """,
        {"run_id": run_id},
    ).fetchnumpy()
    made = connection.execute(
        """
        WITH planned AS (
            SELECT problem_id, row_number() OVER (ORDER BY position, problem_id) - 1 AS row
            FROM run_problems JOIN runs USING (run_id) JOIN problems USING (dataset_hash, problem_id)
            WHERE run_id = $run_id),
        of_run AS (
            SELECT problem_id, completion_index, stop_reason, reason
            FROM (SELECT * FROM completions WHERE run_id = $run_id)
            FULL JOIN (SELECT * FROM missing_results WHERE run_id = $run_id) USING (problem_id, completion_index))
        SELECT row, outcome IS NOT NULL AS graded, coalesce(outcome = 'correct', false) AS right,
               coalesce(stop_reason = 'length' AND runs_on_at IS NULL, false) AS truncated,
               coalesce(stop_reason = 'unknown', false) AS unknown_stop, reason IS NOT NULL AS missing,
               coalesce(score, 0) AS score
        FROM of_run JOIN planned USING (problem_id)
        LEFT JOIN (SELECT * FROM grades WHERE run_id = $run_id AND grader = $grader)
             USING (problem_id, completion_index)
        LEFT JOIN (SELECT * FROM run_ons WHERE run_id = $run_id) USING (problem_id, completion_index)
        ORDER BY row, completion_index
        """,
        {"run_id": run_id, "grader": grader},
    ).fetchnumpy()
    return cast(Columns, planned), cast(Columns, made)


def score_ranges(connection: Connection, run_id: str, grader: str) -> list[tuple[float, float] | None]:
    """Return the different ranges of a grader's scores of a run; None stands for verdicts of right and wrong."""
    rows = connection.execute(
        "SELECT DISTINCT score_range FROM grades WHERE run_id = ? AND grader = ?", [run_id, grader]
    ).fetchall()
    return [None if found is None else (float(found[0]), float(found[1])) for (found,) in rows]


def completion_places(connection: Connection, run_id: str) -> tuple[int, int]:
    """Return where the run's completions lie in the file: the first place, and the one behind the last.

    The places are good until completions are added or deleted.
    """
    ((first, last),) = connection.execute(
        "SELECT min(rowid), max(rowid) FROM completions WHERE run_id = ?", [run_id]
    ).fetchall()
    return (0, 0) if first is None else (int(first), int(last) + 1)


def texts_with_answers(
    connection: Connection, run_id: str, first: int, end: int
) -> list[tuple[str, int, str, str, str | None]]:
    """Return the run's completions from place `first` to before `end` that have a text and a right answer.

    Each is problem_id, completion_index, text, gold answer and worked solution.
    """
    return connection.execute(
        """
        SELECT problem_id, completion_index, text, gold, solution
        FROM (SELECT * FROM completions WHERE rowid >= $first AND rowid < $end AND run_id = $run_id) AS made
        JOIN runs USING (run_id) JOIN problems USING (dataset_hash, problem_id)
        WHERE text IS NOT NULL AND gold IS NOT NULL
        """,
        {"run_id": run_id, "first": first, "end": end},
    ).fetchall()


def solutions(connection: Connection, run_id: str) -> list[str]:
    """Return the different worked solutions of the run's problems."""
    rows = connection.execute(
        """
        SELECT DISTINCT solution
        FROM run_problems JOIN runs USING (run_id) JOIN problems USING (dataset_hash, problem_id)
        WHERE run_id = ? AND solution IS NOT NULL
        """,
        [run_id],
    ).fetchall()
    return [solution for (solution,) in rows]
