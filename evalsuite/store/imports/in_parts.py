"""The rows in the tables of `staging` as a run of the store: many of them a part at a time.

The index of what one transaction adds lies in memory until it ends, so that many rows would need as much memory as
there are rows. Each part is a transaction of its own, and the run itself comes with the last (`store.unfinished`).
"""

from evalsuite.store.imports.incoming import ask
from evalsuite.store.store import HELD, MEMORY, Store, StoredRun
from evalsuite.store.unfinished import note_finished, note_unfinished

__all__ = ["store_staged"]

PART = 250_000
"""Rows of one transaction."""
INDEX = (250 * 10**6, 80)
"""What the index of the new rows of a transaction needs, which cannot leave memory. Bytes at least, and each row."""
HERE = "position >= $first AND position < $end"
OF_RUN = f"JOIN (SELECT position, problem_id, completion_index FROM incoming WHERE {HERE}) USING (position)"
STATEMENTS = (
    f"""INSERT INTO problems BY NAME
        SELECT $set AS dataset_hash, problem_id, content_hash, question, solution, gold_number AS gold, template_id,
               n_steps
        FROM (FROM incoming_problems WHERE {HERE})
        ANTI JOIN (SELECT problem_id FROM problems WHERE dataset_hash = $set) USING (problem_id)""",
    f"""INSERT INTO run_problems BY NAME
        SELECT $run AS run_id, problem_id, $before + row_number() OVER (ORDER BY position) - 1 AS position
        FROM incoming_problems WHERE {HERE}""",
    f"""INSERT INTO completions BY NAME
        SELECT $run AS run_id, problem_id, completion_index, '' AS prompt_hash, text, n_tokens, stop_reason, cap,
               'imported' AS engine, 'unknown' AS dtype, '' AS batch_hash, stop_detail
        FROM incoming WHERE {HERE} AND missing IS NULL
          AND (text IS NOT NULL OR position IN (SELECT position FROM incoming_grades WHERE {HERE}))""",
    f"""INSERT INTO grades BY NAME
        SELECT $run AS run_id, problem_id, completion_index, grader, grader_version, outcome, extracted, score,
               CASE WHEN score IS NOT NULL THEN [score_low, score_high] END AS score_range
        FROM (FROM incoming_grades WHERE {HERE}) {OF_RUN}""",
    f"""INSERT INTO run_ons BY NAME
        SELECT $run AS run_id, problem_id, completion_index, runs_on_at
        FROM (FROM incoming_run_ons WHERE {HERE}) {OF_RUN}""",
    f"""INSERT INTO missing_results BY NAME
        SELECT $run AS run_id, problem_id, completion_index, reason FROM incoming_missing WHERE {HERE}""",
)


def store_staged(store: Store, head: StoredRun, *, replaces: bool) -> None:
    """Store the staged rows and the run; within a transaction, which may become several.

    Parameters
    ----------
    replaces
        Whether the transaction has deleted a run whose place this one takes: then all is one transaction.
    """
    ((n_rows, n_grades),) = ask(store, "SELECT max(position), (SELECT count(*) FROM incoming_grades) FROM incoming")
    step = n_rows if replaces or store.path == MEMORY else min(n_rows, PART)
    if store.path != MEMORY:
        least, each = INDEX
        needed = least + each * (3 * n_rows + n_grades) * step // n_rows
        store.connection.execute(f"SET memory_limit = '{max(HELD, needed)}B'")
    if step < n_rows:
        note_unfinished(store.connection, head.run_id, head.dataset_hash)
    n_problems = 0
    for first in range(1, n_rows + 1, step):
        if first > 1:
            store.commit_part()
        values = {"run": head.run_id, "set": head.dataset_hash, "before": n_problems}
        values |= {"first": first, "end": first + step}
        for statement in STATEMENTS:
            store.connection.execute(statement, {k: v for k, v in values.items() if f"${k}" in statement})
        ((here,),) = ask(
            store, "SELECT count(*) FROM incoming_problems WHERE position >= ? AND position < ?", first, first + step
        )
        n_problems += here
    store.put_head(head)
    if step < n_rows:
        note_finished(store.connection)
