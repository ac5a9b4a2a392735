"""Verdicts on bare choices: right answers and answers that are one letter, or yes, no, true, false, and nothing else.

A letter inside a sentence is not looked for: which one a text decides for is a rule of its own benchmark.
"""

from evalsuite.store.store import Store

__all__ = ["CHOICE", "grade_choices", "right_answers_are_choices"]

CHOICE = "choice"
"""Name of the grader: the answer is right if it is the letter or word of the right answer, whatever its case."""
BARE = r"^\W*([A-Za-z]|yes|no|true|false)\W*$"
MOST = 0.5
"""Share of answers that are bare choices from which on others are answers of a model that chose nothing."""


def right_answers_are_choices(store: Store) -> bool:
    """Tell whether each right answer among the staged rows is a choice."""
    ((n, n_choices),) = store.connection.execute(
        f"SELECT count(gold), count(*) FILTER (regexp_matches(gold, '{BARE}', 'i')) FROM incoming"
    ).fetchall()
    return bool(n) and n == n_choices


def grade_choices(store: Store) -> bool:
    """Grade the staged rows if right answers and most answers are choices, and return whether they were graded."""
    connection = store.connection
    if not right_answers_are_choices(store):
        return False
    ((n, n_choices),) = connection.execute(
        f"SELECT count(text), count(*) FILTER (regexp_matches(text, '{BARE}', 'i')) FROM incoming WHERE missing IS NULL"
    ).fetchall()
    if n_choices <= MOST * n:
        return False
    connection.execute(
        f"""INSERT INTO incoming_grades BY NAME
            SELECT position, $grader AS grader, 1 AS grader_version,
                   CASE chosen WHEN '' THEN 'no_answer' WHEN meant THEN 'correct' ELSE 'incorrect' END AS outcome,
                   nullif(chosen, '') AS extracted, true AS ours
            FROM (SELECT position, upper(regexp_extract(text, '{BARE}', 1, 'i')) AS chosen,
                         upper(regexp_extract(gold, '{BARE}', 1, 'i')) AS meant
                  FROM incoming WHERE missing IS NULL AND text IS NOT NULL AND gold IS NOT NULL)""",
        {"grader": CHOICE},
    )
    return True
