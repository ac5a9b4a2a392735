"""Every question the suite asks of a store, one named function each. Nothing here writes.

All values are bound; results are fetched whole, so that no open result blocks the connection.
"""

import json
from typing import Any

import duckdb

from evalsuite.prompting.turn_marks import TEMPLATE_TEXT, stored_turn_marks
from evalsuite.store.rows import fetch_rows

__all__ = [
    "batch_totals",
    "completion_keys",
    "completion_texts",
    "draws",
    "graded",
    "grader_versions",
    "graders",
    "grades",
    "known_problems",
    "missing_reasons",
    "planned_places",
    "problem_completions",
    "problem_rows",
    "progress",
    "run_heads",
    "run_ons",
    "run_overview",
    "run_tags",
    "served_totals",
    "stored_completions",
    "stored_lengths",
    "text_hashes",
    "tokenizer",
    "truncated_tokens",
    "turn_marks",
    "verdicts",
]

Connection = duckdb.DuckDBPyConnection


def run_heads(connection: Connection, *, run_id: str | None = None, label: str | None = None) -> list[dict[str, Any]]:
    """Return the runs (all, or those with this `run_id` or `label`), oldest first.

    Columns: run_id, label, source, spec (object), dataset_hash, primary_grader, n_completions,
    parent_run_id, tokenizer_hash, details (object), created_at.
    """
    found = fetch_rows(
        connection,
        """
        SELECT run_id, label, source, spec, dataset_hash, primary_grader, n_completions, parent_run_id,
               tokenizer_hash, details, created_at
        FROM runs
        WHERE ($run_id IS NULL OR run_id = $run_id) AND ($label IS NULL OR label = $label)
        ORDER BY created_at, run_id
        """,
        {"run_id": run_id, "label": label},
    )
    for row in found:
        row["spec"] = json.loads(row["spec"])
        row["details"] = json.loads(row["details"])
    return found


def turn_marks(connection: Connection) -> dict[str, tuple[str, ...]]:
    """Return by run_id what the questions of its prompts began with, of runs that were asked by a template file."""
    sql = "SELECT run_id, details FROM runs WHERE contains(details, ?)"
    rows = connection.execute(sql, [f'"{TEMPLATE_TEXT}"']).fetchall()
    return {run_id: stored_turn_marks(json.loads(details)) for run_id, details in rows}


def progress(connection: Connection, run_id: str | None = None) -> dict[str, dict[str, int]]:
    """Return by run_id: n_problems planned, n_planned completions, n_done, n_truncated, n_unknown_stop, n_run_on.

    Of all runs, or of the one that is named: a store may hold hundreds.
    A completion that runs on into a question nobody asked had answered: the token limit that ended it truncated none.
    An imported run is what its file held: nothing more is planned.
    """
    one = "" if run_id is None else "WHERE run_id = $run_id"
    found = fetch_rows(
        connection,
        f"""
        WITH planned AS (SELECT run_id, count(*) AS n_problems FROM run_problems {one} GROUP BY run_id),
             done AS (
                SELECT run_id, count(*) AS n_done,
                       count(*) FILTER (stop_reason = 'length' AND runs_on_at IS NULL) AS n_truncated,
                       count(*) FILTER (stop_reason = 'unknown') AS n_unknown_stop, count(runs_on_at) AS n_run_on
                FROM (FROM completions {one})
                LEFT JOIN (FROM run_ons {one}) USING (run_id, problem_id, completion_index) GROUP BY run_id)
        SELECT run_id, coalesce(n_problems, 0) AS n_problems,
               CASE source WHEN 'imported' THEN coalesce(n_done, 0)
                    ELSE coalesce(n_problems, 0) * n_completions END AS n_planned,
               coalesce(n_done, 0) AS n_done, coalesce(n_truncated, 0) AS n_truncated,
               coalesce(n_unknown_stop, 0) AS n_unknown_stop, coalesce(n_run_on, 0) AS n_run_on
        FROM (FROM runs {one}) LEFT JOIN planned USING (run_id) LEFT JOIN done USING (run_id)
        ORDER BY run_id
        """,
        None if run_id is None else {"run_id": run_id},
    )
    return {row.pop("run_id"): row for row in found}


def run_overview(connection: Connection) -> list[dict[str, Any]]:
    """Return all runs as `run_heads` and `progress` give them, with what the primary grader says.

    Further columns: n_correct, and mean_score and score_range (null for verdicts of right and wrong), and tags.
    """
    found = fetch_rows(
        connection,
        """
        SELECT run_id, count(*) FILTER (outcome = 'correct') AS n_correct, avg(score) AS mean_score,
               any_value(score_range) AS score_range
        FROM grades JOIN runs USING (run_id) WHERE grader = primary_grader GROUP BY run_id
        """,
    )
    said = {row.pop("run_id"): row for row in found}
    nothing = {"n_correct": 0, "mean_score": None, "score_range": None}
    status = progress(connection)
    tags = run_tags(connection)
    return [
        {**head, **status[head["run_id"]], **said.get(head["run_id"], nothing), "tags": tags.get(head["run_id"], ())}
        for head in run_heads(connection)
    ]


def run_tags(connection: Connection) -> dict[str, tuple[str, ...]]:
    """Return the tags of each run that has some, by run_id, in alphabetical order."""
    rows = connection.execute("SELECT run_id, list(tag ORDER BY tag) FROM run_tags GROUP BY run_id").fetchall()
    return {run_id: tuple(tags) for run_id, tags in rows}


def completion_keys(connection: Connection, run_id: str) -> set[tuple[str, int]]:
    """Return the (problem_id, completion_index) that the run has made."""
    return set(
        connection.execute("SELECT problem_id, completion_index FROM completions WHERE run_id = ?", [run_id]).fetchall()
    )


def completion_texts(connection: Connection, run_id: str) -> dict[tuple[str, int], str | None]:
    """Return the text of each completion of the run, by (problem_id, completion_index)."""
    rows = connection.execute(
        "SELECT problem_id, completion_index, text FROM completions WHERE run_id = ?", [run_id]
    ).fetchall()
    return {(problem_id, index): text for problem_id, index, text in rows}


def problem_rows(connection: Connection, run_id: str) -> list[dict[str, Any]]:
    """Return the run's problems in order.

    Columns: problem_id, content_hash, question, solution, gold, template_id, n_steps.
    """
    return fetch_rows(
        connection,
        """
        SELECT problem_id, content_hash, question, solution, gold, template_id, n_steps
        FROM run_problems JOIN runs USING (run_id) JOIN problems USING (dataset_hash, problem_id)
        WHERE run_id = $run_id ORDER BY position, problem_id
        """,
        {"run_id": run_id},
    )


def first_prompt(connection: Connection, run_id: str) -> list[dict[str, Any]]:
    """Return the first problem that the run has a completion of, with the hash of its prompt; no row where none has.

    Columns: problem_id, question, solution, gold, prompt_hash.
    """
    return fetch_rows(
        connection,
        """
        SELECT problem_id, question, solution, gold, prompt_hash
        FROM completions JOIN run_problems USING (run_id, problem_id) JOIN runs USING (run_id)
        JOIN problems USING (dataset_hash, problem_id)
        WHERE run_id = $run_id ORDER BY position, problem_id, completion_index LIMIT 1
        """,
        {"run_id": run_id},
    )


def stored_completions(connection: Connection, run_id: str) -> list[dict[str, Any]]:
    """Return the run's completions, ordered by problem position and index.

    Columns: those of `Completion` but run_id.
    """
    return fetch_rows(
        connection,
        """
        SELECT completions.* EXCLUDE (run_id)
        FROM completions JOIN run_problems USING (run_id, problem_id)
        WHERE run_id = $run_id ORDER BY position, problem_id, completion_index
        """,
        {"run_id": run_id},
    )


def stored_lengths(connection: Connection, run_id: str) -> list[dict[str, Any]]:
    """Return how long each completion is. Columns: n_tokens, stop_reason, cap."""
    return fetch_rows(
        connection,
        "SELECT n_tokens, stop_reason, cap FROM completions WHERE run_id = $run_id",
        {"run_id": run_id},
    )


def token_counts(connection: Connection, run_id: str) -> list[dict[str, Any]]:
    """Return the tokens of each completion, in order of problem and index. Columns: problem_id, n_tokens."""
    return fetch_rows(
        connection,
        "SELECT problem_id, n_tokens FROM completions WHERE run_id = $run_id ORDER BY problem_id, completion_index",
        {"run_id": run_id},
    )


def known_problems(connection: Connection, run_id: str) -> dict[str, tuple[str | None, str | None]]:
    """Return question and gold answer of the run's problems by id, None where unknown; none where all are unknown.

    A gold answer that is no exact number is what the source wrote.
    """
    anything = """
        SELECT count(question) + count(gold) + count(solution) FROM problems
        WHERE dataset_hash = (SELECT dataset_hash FROM runs WHERE run_id = ?)"""
    if connection.execute(anything, [run_id]).fetchall() == [(0,)]:
        return {}
    rows = connection.execute(
        """
        WITH of_run AS (
            SELECT problem_id, question, coalesce(gold, solution) AS answer
            FROM run_problems JOIN runs USING (run_id) JOIN problems USING (dataset_hash, problem_id) WHERE run_id = ?)
        SELECT * FROM of_run WHERE (SELECT count(question) + count(answer) FROM of_run) > 0
        """,
        [run_id],
    ).fetchall()
    return {problem_id: (question, gold) for problem_id, question, gold in rows}


def text_hashes(connection: Connection, run_id: str) -> list[tuple[str, int, int, int]]:
    """Return problem_id, completion_index, hash and length of the text of each completion that has a text."""
    return connection.execute(
        """
        SELECT problem_id, completion_index, hash(text), length(text) FROM completions
        WHERE run_id = ? AND text IS NOT NULL
        """,
        [run_id],
    ).fetchall()


def truncated_tokens(connection: Connection, run_id: str) -> dict[tuple[str, int], list[int]]:
    """Return the tokens of truncated completions, where they are stored, by (problem_id, completion_index).

    The tokens of all other completions stay in the store: as Python numbers they take most of the time of a reading.
    """
    rows = connection.execute(
        """
        SELECT problem_id, completion_index, token_ids FROM completions
        WHERE run_id = ? AND stop_reason = 'length' AND token_ids IS NOT NULL
        """,
        [run_id],
    ).fetchall()
    return {(problem_id, index): token_ids for problem_id, index, token_ids in rows}


def graded(connection: Connection, run_id: str, grader: str) -> list[dict[str, Any]]:
    """Return the run's completions with the verdict of one grader, in order of problem and index.

    Columns: problem_id, completion_index, text, n_tokens, stop_reason, cap, outcome, extracted, score; outcome is
    null where this grader has not graded.
    """
    return fetch_rows(
        connection,
        """
        SELECT problem_id, completion_index, text, n_tokens, stop_reason, cap, outcome, extracted, score
        FROM completions JOIN run_problems USING (run_id, problem_id)
        LEFT JOIN (SELECT * FROM grades WHERE grader = $grader) USING (run_id, problem_id, completion_index)
        WHERE run_id = $run_id ORDER BY position, problem_id, completion_index
        """,
        {"run_id": run_id, "grader": grader},
    )


def problem_completions(connection: Connection, run_id: str, problem_id: str) -> list[dict[str, Any]]:
    """Return the completions of one problem with their grades.

    Columns: completion_index, text, n_tokens, stop_reason, cap, seed, grades (list of objects with grader,
    outcome, extracted, score).
    """
    return fetch_rows(
        connection,
        """
        SELECT completion_index, any_value(text) AS text, any_value(n_tokens) AS n_tokens,
               any_value(stop_reason) AS stop_reason, any_value(cap) AS cap, any_value(seed) AS seed,
               list({'grader': grader, 'outcome': outcome, 'extracted': extracted, 'score': score}
                    ORDER BY grader) AS grades
        FROM completions LEFT JOIN grades USING (run_id, problem_id, completion_index)
        WHERE run_id = $run_id AND problem_id = $problem_id
        GROUP BY completion_index ORDER BY completion_index
        """,
        {"run_id": run_id, "problem_id": problem_id},
    )


def run_ons(connection: Connection, run_id: str) -> dict[tuple[str, int], int]:
    """Return where completions run on into invented turns, by (problem_id, completion_index)."""
    rows = connection.execute(
        "SELECT problem_id, completion_index, runs_on_at FROM run_ons WHERE run_id = ?", [run_id]
    ).fetchall()
    return {(problem_id, index): place for problem_id, index, place in rows}


def missing_reasons(connection: Connection, run_id: str) -> dict[str, int]:
    """Return why completions of an imported run have no result, and how many for each reason, the most first."""
    rows = connection.execute(
        "SELECT reason, count(*) AS n FROM missing_results WHERE run_id = ? GROUP BY reason ORDER BY n DESC, reason",
        [run_id],
    ).fetchall()
    return dict(rows)


def graders(connection: Connection, run_id: str) -> list[dict[str, Any]]:
    """Return the graders that graded the run.

    Columns: grader, grader_version, n_graded, n_correct, n_no_answer, mean_score and score_range; of a grader that
    gives scores n_correct counts those that are the highest possible, of others the last two are null.
    """
    return fetch_rows(
        connection,
        """
        SELECT grader, max(grader_version) AS grader_version, count(*) AS n_graded,
               count(*) FILTER (outcome = 'correct') AS n_correct,
               count(*) FILTER (outcome = 'no_answer') AS n_no_answer,
               avg(score) AS mean_score, any_value(score_range) AS score_range
        FROM grades WHERE run_id = $run_id GROUP BY grader ORDER BY grader
        """,
        {"run_id": run_id},
    )


def grades(connection: Connection, run_id: str) -> list[dict[str, Any]]:
    """Return every grade of the run, in order of problem, index and grader.

    Columns: problem_id, completion_index, grader, grader_version, outcome, extracted, score, score_range.
    """
    return fetch_rows(
        connection,
        """
        SELECT problem_id, completion_index, grader, grader_version, outcome, extracted, score, score_range
        FROM grades JOIN run_problems USING (run_id, problem_id)
        WHERE run_id = $run_id ORDER BY position, problem_id, completion_index, grader
        """,
        {"run_id": run_id},
    )


def planned_places(connection: Connection, run_id: str) -> dict[str, int]:
    """Return the places of the problems in the plan of a run, by their ids."""
    rows = connection.execute("SELECT problem_id, position FROM run_problems WHERE run_id = ?", [run_id]).fetchall()
    return dict(rows)


def verdicts(connection: Connection, run_id: str) -> dict[tuple[str, int], dict[str, str]]:
    """Return what every grader says of each graded completion: outcomes by the grader's name, names in order.

    The key is (problem_id, completion_index). One query for all graders; `scores` asks for one of them. Graders that
    give scores are left out. Completions of which all graders say the same share one dict.
    """
    # A row of the answer is one set of verdicts with all its completions: there are few of them, and many completions.
    rows = connection.execute(
        """
        SELECT list(problem_id), list(completion_index), graders, outcomes FROM (
            SELECT problem_id, completion_index,
                list(grader ORDER BY grader) AS graders, list(outcome ORDER BY grader) AS outcomes
            FROM grades WHERE run_id = ? AND score IS NULL GROUP BY problem_id, completion_index
        ) GROUP BY graders, outcomes
        """,
        [run_id],
    ).fetchall()
    return {
        key: said
        for ids, indices, names, outcomes in rows
        for said in [dict(zip(names, outcomes, strict=True))]
        for key in zip(ids, indices, strict=True)
    }


def tokenizer(connection: Connection, tokenizer_hash: str) -> str | None:
    """Return the JSON of a stored tokenizer, or None if there is none of this hash."""
    rows = connection.execute("SELECT content FROM tokenizers WHERE tokenizer_hash = ?", [tokenizer_hash]).fetchall()
    return str(rows[0][0]) if rows else None


def grader_versions(connection: Connection, run_id: str, grader: str) -> list[int]:
    """Return the versions of one grader among the run's grades, ascending; more than one where it is half redone."""
    rows = connection.execute(
        "SELECT DISTINCT grader_version FROM grades WHERE run_id = ? AND grader = ? ORDER BY ALL", [run_id, grader]
    ).fetchall()
    return [version for (version,) in rows]


def draws(connection: Connection, run_id: str) -> dict[int, list[str]]:
    """Return the run's seeded subsets: problem ids in order, by seed."""
    rows = connection.execute(
        "SELECT draw_seed, problem_id FROM run_draws WHERE run_id = ? ORDER BY draw_seed, position", [run_id]
    ).fetchall()
    subsets: dict[int, list[str]] = {}
    for seed, problem_id in rows:
        subsets.setdefault(seed, []).append(problem_id)
    return subsets


def served_totals(connection: Connection, run_id: str) -> dict[str, Any]:
    """Return what servers said of a run's completions, in sums.

    Columns: n_rows (completions that a server made), prompt_tokens, completion_tokens and cached_tokens (as it counted
    them), n_retried (asked for more than once), n_not_believed (said to have ended by themselves, with as many tokens
    as the token limit allows), n_cut_early (said to be cut, with fewer), served_models and system_fingerprints (lists).
    """
    return fetch_rows(
        connection,
        """
        SELECT count(*) AS n_rows, coalesce(sum(prompt_tokens), 0)::BIGINT AS prompt_tokens,
               coalesce(sum(completion_tokens), 0)::BIGINT AS completion_tokens,
               coalesce(sum(cached_tokens), 0)::BIGINT AS cached_tokens, count(*) FILTER (n_attempts > 1) AS n_retried,
               count(*) FILTER (stop_reason = 'length' AND stop_detail = 'stop') AS n_not_believed,
               count(*) FILTER (stop_reason = 'length' AND stop_detail = 'length') AS n_cut_early,
               coalesce(list(DISTINCT served_model ORDER BY served_model) FILTER (served_model IS NOT NULL), [])
                   AS served_models,
               coalesce(list(DISTINCT system_fingerprint ORDER BY system_fingerprint)
                   FILTER (system_fingerprint IS NOT NULL), []) AS system_fingerprints
        FROM served JOIN completions USING (run_id, problem_id, completion_index) WHERE run_id = $run_id
        """,
        {"run_id": run_id},
    )[0]


def batch_totals(connection: Connection, run_id: str) -> dict[str, Any]:
    """Return n_batches, n_rows, n_tokens and seconds over the run's batches."""
    return fetch_rows(
        connection,
        """
        SELECT count(*) AS n_batches, coalesce(sum(n_rows), 0)::BIGINT AS n_rows,
               coalesce(sum(n_tokens), 0)::BIGINT AS n_tokens, coalesce(sum(seconds), 0) AS seconds
        FROM batches WHERE run_id = $run_id
        """,
        {"run_id": run_id},
    )[0]
