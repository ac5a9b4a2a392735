"""A run as one table for other programs: Parquet, CSV or JSONL, one row a completion.

The columns include all that `imports.readers.table` reads, so an export can be imported again, and compares as before.
"""

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import duckdb

from evalsuite.errors import InputError, StoreError
from evalsuite.files import why_not
from evalsuite.store import queries
from evalsuite.store.spreadsheet import defused
from evalsuite.store.store import Store, StoredRun

__all__ = ["FORMATS", "export_run"]

FORMATS = {
    ".parquet": "FORMAT parquet, COMPRESSION zstd",
    ".csv": "FORMAT csv, HEADER true",
    ".jsonl": "FORMAT json",
    ".ndjson": "FORMAT json",
}


def export_run(store: Store, head: StoredRun, file: Path) -> int:
    """Write the run's completions with all grades to `file` and return the number of rows.

    Columns: run, problem_id, question, gold, template_id, n_steps, the rest of `Completion` (its text as
    ``completion``) but hashes, primary_grader, correct (by it), missing (why there is no result), and outcome_G,
    extracted_G and version_G for every grader G. A completion without a result is a row too.
    Of graders that give scores it is score_G, score_low_G, score_high_G and version_G instead, and where the primary
    grader is one, score, score_low and score_high instead of correct. CSV leaves token_ids out, and its texts cannot
    run as formulas in a spreadsheet (`spreadsheet.defuse`).

    Raises
    ------
    InputError
        The file's ending is none of Parquet, CSV, JSONL.
    StoreError
        The file cannot be written.
    """
    options = FORMATS.get(file.suffix.lower())
    if options is None:
        raise InputError(f"cannot export to {file}: its ending must be one of {', '.join(FORMATS)}")
    graders = {g["grader"]: g["score_range"] is not None for g in queries.graders(store.connection, head.run_id)}
    columns, values = _grade_columns(graders)
    primary = _PRIMARY_SCORE if graders.get(head.primary_grader) else _PRIMARY_VERDICT
    left_out = "run_id, problem_id, prompt_hash, batch_hash" + (", token_ids" if file.suffix.lower() == ".csv" else "")
    temporary = file.with_name(f".{file.name}.{os.getpid()}.tmp")
    bound = {"run_id": head.run_id, "primary": head.primary_grader} | {f"g{i}": n for i, n in enumerate(graders)}
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with store.bounded():
            store.connection.execute(
                _EXPORTED.format(left_out=left_out, primary=primary, columns=columns, values=values),
                bound,
            )
            target = str(temporary).replace("'", "''")
            source = defused(store.connection, "exported") if file.suffix.lower() == ".csv" else "FROM exported"
            store.connection.execute(f"COPY ({source}) TO '{target}' ({options})")
        temporary.replace(file)
    except (OSError, duckdb.Error) as error:
        raise StoreError(f"cannot export to {file}: {why_not(error)}") from error
    finally:
        with suppress(OSError):
            temporary.unlink()
    return int(store.connection.execute("SELECT count(*) FROM exported").fetchall()[0][0])


_EXPORTED = """
CREATE OR REPLACE TEMP TABLE exported AS
SELECT label AS run, problem_id, question, gold, template_id, n_steps,
       made.* EXCLUDE ({left_out}) RENAME (text AS completion),
       primary_grader, {primary} {columns}
FROM (SELECT * EXCLUDE (reason) REPLACE (coalesce(stop_reason, 'unknown') AS stop_reason,
                                    coalesce(engine, 'imported') AS engine,
                                    coalesce(dtype, 'unknown') AS dtype), reason AS missing
      FROM (SELECT * FROM completions WHERE run_id = $run_id) AS completions
      FULL JOIN (SELECT * FROM missing_results WHERE run_id = $run_id)
           USING (run_id, problem_id, completion_index)) AS made
JOIN runs USING (run_id) JOIN run_problems USING (run_id, problem_id)
JOIN problems USING (dataset_hash, problem_id)
LEFT JOIN (SELECT problem_id, completion_index, outcome, score, score_range FROM grades
           WHERE run_id = $run_id AND grader = $primary) AS primary_grade
     USING (problem_id, completion_index)
LEFT JOIN (SELECT problem_id, completion_index {values}
           FROM grades WHERE run_id = $run_id GROUP BY ALL) AS verdicts
     USING (problem_id, completion_index)
WHERE run_id = $run_id ORDER BY position, problem_id, completion_index
"""
_PRIMARY_VERDICT = "primary_grade.outcome = 'correct' AS correct"
_PRIMARY_SCORE = """primary_grade.score AS score, primary_grade.score_range[1] AS score_low,
                   primary_grade.score_range[2] AS score_high"""


def _grade_columns(graders: Mapping[str, bool]) -> tuple[str, str]:
    """Return the SQL of a grader's columns: outcome, what it read and version, or score, its range and version.

    Names are quoted, values bound; `graders` says of each whether it gives scores.
    """
    columns, values = "", ""
    for i, (name, scored) in enumerate(graders.items()):
        quoted = name.replace('"', '""')
        if scored:
            columns += "".join(f', "{column}_{quoted}"' for column in ("score", "score_low", "score_high", "version"))
            values += "".join(
                f', any_value({value}) FILTER (grader = $g{i}) AS "{column}_{quoted}"'
                for column, value in (
                    ("score", "score"),
                    ("score_low", "score_range[1]"),
                    ("score_high", "score_range[2]"),
                    ("version", "grader_version"),
                )
            )
            continue
        columns += f', "outcome_{quoted}", "extracted_{quoted}", "version_{quoted}"'
        values += f', any_value(outcome) FILTER (grader = $g{i}) AS "outcome_{quoted}"'
        values += f', any_value(extracted) FILTER (grader = $g{i}) AS "extracted_{quoted}"'
        values += f', any_value(grader_version) FILTER (grader = $g{i}) AS "version_{quoted}"'
    return columns, values
