"""Questions to a store that a sound one answers with 0: rows that are missing, doubled, or contradict each other."""

from collections.abc import Collection

import duckdb

from evalsuite.grading.graders import GRADERS

__all__ = ["OWN_UNGRADED", "contradictions"]

OWN_GRADERS = ", ".join(f"'{grader.name}'" for grader in GRADERS)
OWN_UNGRADED = f"""
    SELECT DISTINCT lacking.run_id, lacking.problem_id, lacking.completion_index, batch.grader
    FROM (SELECT DISTINCT run_id, batch_hash, grader FROM grades
          JOIN completions USING (run_id, problem_id, completion_index) JOIN runs USING (run_id)
          WHERE source = 'generated' AND grader IN ({OWN_GRADERS})) AS batch
    JOIN completions AS lacking USING (run_id, batch_hash)
    ANTI JOIN grades ON grades.run_id = lacking.run_id AND grades.problem_id = lacking.problem_id
        AND grades.completion_index = lacking.completion_index AND grades.grader = batch.grader
"""
"""Completions that lack a grade which others of their batch have: a batch is stored whole, with all its grades."""
QUESTIONS = {
    "completions beyond the number planned for their run":
        "FROM completions JOIN runs USING (run_id) WHERE completion_index >= n_completions OR completion_index < 0",
    "completions whose number of tokens is not that of their tokens":
        "FROM completions WHERE token_ids IS NOT NULL AND n_tokens IS DISTINCT FROM len(token_ids)",
    "completions that run over their token limit":
        "FROM completions WHERE n_tokens > cap AND engine NOT IN ('imported', 'server')",
    "completions that are called truncated below their token limit":
        "FROM completions WHERE stop_reason = 'length' AND n_tokens < cap AND engine NOT IN ('imported', 'server')",
    "places in a plan that several problems share":
        "FROM (SELECT run_id, position FROM run_problems GROUP BY ALL HAVING count(*) > 1)",
    "runs made here whose plan has a place without a problem":
        "FROM (SELECT run_id FROM run_problems JOIN runs USING (run_id) WHERE source = 'generated' "
        "GROUP BY run_id HAVING max(position) >= count(*))",
    "planned problems that are not among the stored ones (the same `evalsuite run` stores them again)":
        "FROM run_problems JOIN runs USING (run_id) ANTI JOIN problems USING (dataset_hash, problem_id)",
    "seeded subsets that lack a problem":
        "FROM (SELECT run_id, draw_seed FROM run_draws GROUP BY ALL HAVING max(position) >= count(*))",
    "batches that have lost completions (the same `evalsuite run` makes them again)":
        "FROM (SELECT run_id, batch_hash, max(n_rows) AS n FROM batches GROUP BY ALL) LEFT JOIN "
        "(SELECT run_id, batch_hash, count(*) AS n_left FROM completions GROUP BY ALL) USING (run_id, batch_hash) "
        "WHERE n > coalesce(n_left, 0)",
    "scores that their grader cannot give":
        "FROM grades WHERE (score IS NULL) <> (score_range IS NULL) "
        "OR score NOT BETWEEN score_range[1] AND score_range[2]",
    "completions without any grade in runs made here":
        "FROM completions JOIN runs USING (run_id) ANTI JOIN grades USING (run_id, problem_id, completion_index) "
        "WHERE source = 'generated'",
    "grades that others of the same batch have": f"FROM ({OWN_UNGRADED})",
    "trainings made here that lack steps between others":
        "FROM (SELECT training_id FROM training_steps JOIN trainings USING (training_id) WHERE source = 'trained' "
        "GROUP BY training_id HAVING max(step) - min(step) >= count(*))",
}  # fmt: skip
"""What is counted, and the FROM of the query that counts it."""


def contradictions(connection: duckdb.DuckDBPyConnection) -> Collection[str]:
    """Return one sentence a question that is not answered with 0."""
    found = [(connection.execute(f"SELECT count(*) {rows}").fetchall()[0][0], what) for what, rows in QUESTIONS.items()]
    return [f"{n} {what}" for n, what in found if n]
