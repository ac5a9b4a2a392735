"""What has to be known of all rows of a foreign run before one is stored, asked of the tables that `staging` fills."""

import hashlib
import shlex
from itertools import chain
from typing import Any

from evalsuite.errors import InputError
from evalsuite.settings import RunSettings
from evalsuite.store.imports.choices import CHOICE, grade_choices, right_answers_are_choices
from evalsuite.store.imports.results import ForeignRun
from evalsuite.store.store import Store

__all__ = [
    "GRADED_HERE",
    "ask",
    "gather_problems",
    "hashes",
    "name_missing",
    "number",
    "primary_of",
    "refuse_twice",
]

GRADED_HERE = (str(RunSettings.__dataclass_fields__["grader"].default), "strict", "last_number")
"""Graders of texts that come without verdicts, the default first; the next one where it reads no answer in most."""
FETCHED = 100_000
# Null and an empty text are two values.
ROW_HASH = """md5(concat_ws(chr(31), problem_id, completion_index, {texts}))"""


def ask(store: Store, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    """Return the rows of a query."""
    return store.connection.execute(statement, list(values)).fetchall()


def number(store: Store, run: ForeignRun) -> tuple[str, ...]:
    """Let the completions of each problem count from 0, those without a number in the order of the rows; say so.

    Raises
    ------
    InputError
        Rows of one problem may be rows of several runs, or are not equally many.
    """
    if not run.numbered:
        counts = ask(
            store,
            """SELECT n, count(*), min_by(problem_id, position) FROM (
                   SELECT problem_id, count(*) AS n, min(position) AS position FROM incoming GROUP BY problem_id)
               GROUP BY n ORDER BY count(*) DESC, n""",
        )
        if len(counts) > 1:
            (usual, _, _), (n, _, problem) = counts[:2]
            _refuse_apart(run, f"problem {problem!r} stands in {n} rows and most problems in {usual}")
            raise InputError(
                f"problem {problem!r} stands in {n} rows and most problems in {usual}: repeated rows, or completions "
                "without a number. Remove the repeated rows, or name the column that numbers the completions of a "
                "problem with --column completion_index=COLUMN"
            )
        if counts and counts[0][0] > 1:
            _refuse_apart(run, f"each problem stands in {counts[0][0]} rows")
            store.connection.execute(
                """UPDATE incoming SET completion_index = numbered.k FROM (
                       SELECT position, row_number() OVER (PARTITION BY problem_id ORDER BY position) - 1 AS k
                       FROM incoming) AS numbered
                   WHERE incoming.position = numbered.position"""
            )
            return (f"{counts[0][0]} rows a problem are its completions, in their order",)
        return ()
    highest, n = ask(store, "SELECT max(completion_index), count(DISTINCT completion_index) FROM incoming")[0]
    if n and highest != n - 1:
        # Seeds, or a count from 1.
        store.connection.execute(
            """UPDATE incoming SET completion_index = ranked.k FROM (
                   SELECT completion_index AS given, row_number() OVER (ORDER BY completion_index) - 1 AS k
                   FROM (SELECT DISTINCT completion_index FROM incoming)) AS ranked
               WHERE incoming.completion_index = ranked.given"""
        )
    return ()


def _refuse_apart(run: ForeignRun, what: str) -> None:
    """Refuse rows of one problem that a column tells apart which was not read."""
    found = () if run.apart is None else run.apart()
    if found:
        column = found[0].column
        shown = ", ".join(found[0].values[:3]) + (", ..." if len(found[0].values) > 3 else "")
        others = f" (so does {', '.join(repr(one.column) for one in found[1:3])})" if len(found) > 1 else ""
        raise InputError(
            f"{what}, which column {column!r} tells apart ({shown}){others}. If its values are several runs: "
            f"--group-by {shlex.quote(column)}; if they are completions of one run: --column completion_index="
        )


def refuse_twice(store: Store) -> None:
    """Refuse a completion that is there twice; the message names both rows."""
    twice = ask(
        store,
        """SELECT problem_id, completion_index FROM incoming
           GROUP BY ALL HAVING count(*) > 1 ORDER BY min(position) LIMIT 1""",
    )
    if twice:
        problem, index = twice[0]
        rows = ask(
            store,
            "SELECT position FROM incoming WHERE problem_id = ? AND completion_index = ? ORDER BY position LIMIT 2",
            problem,
            index,
        )
        positions = [position for (position,) in rows]
        raise InputError(
            f"row {positions[1]}: problem_id {problem!r} with completion_index {index} occurs twice, first in row "
            f"{positions[0]}. Several completions of a problem need a column that numbers them: --column "
            "completion_index=COLUMN; rows of several models need --group-by COLUMN"
        )


def gather_problems(store: Store) -> None:
    """Make ``incoming_problems``, one row a problem; refuse one that has two questions, golds or templates."""
    differing = ask(
        store,
        """SELECT problem_id, count(DISTINCT question), count(DISTINCT coalesce(gold_number, gold)),
                  count(DISTINCT template_id), count(DISTINCT n_steps),
                  count(template_id) NOT IN (0, count(*)), count(n_steps) NOT IN (0, count(*))
           FROM incoming WHERE missing IS NULL AND (question IS NOT NULL OR gold IS NOT NULL OR template_id IS NOT NULL
                            OR n_steps IS NOT NULL)
           GROUP BY problem_id
           HAVING count(DISTINCT question) > 1 OR count(DISTINCT coalesce(gold_number, gold)) > 1
               OR count(DISTINCT template_id) > 1 OR count(DISTINCT n_steps) > 1 ORDER BY min(position) LIMIT 1""",
    )
    if differing:
        problem, questions, golds = differing[0][:3]
        what = "questions" if questions > 1 else "gold answers" if golds > 1 else "values of template_id or n_steps"
        column = {"questions": "question", "gold answers": "gold"}.get(what)
        shown = ""
        if column is not None:
            found = ask(
                store,
                f"SELECT DISTINCT left({column}, 60) FROM incoming WHERE problem_id = ? AND {column} IS NOT NULL "
                "ORDER BY 1 LIMIT 2",
                problem,
            )
            shown = f": {found[0][0]!r} and {found[-1][0]!r}"
        raise InputError(
            f"problem_id {problem!r} has different {what}{shown}. If several sets stand in one file, name a column "
            "that tells all problems apart with --id COLUMN, or one run a value with --group-by COLUMN"
        )
    ((questions, golds, hashed),) = ask(store, "SELECT count(question), count(gold), count(content_hash) FROM incoming")
    # Rows are not looked up for what none of them has.
    columns = {"question": (questions, "asked"), "content_hash": (hashed, "hashed")}
    columns |= dict.fromkeys(("gold", "gold_number", "solution"), (golds, "known"))
    shown = ", ".join(f"{alias}.{name}" if n else f"NULL::VARCHAR AS {name}" for name, (n, alias) in columns.items())
    store.connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE incoming_problems AS
           SELECT first.problem_id, first.position, {shown}, first.template_id, first.n_steps
           FROM (SELECT problem_id, min(position) AS position, min(position) FILTER (question IS NOT NULL) AS asked_at,
                        min(position) FILTER (gold IS NOT NULL) AS gold_at,
                        min(position) FILTER (content_hash IS NOT NULL) AS hashed_at,
                        min(template_id) AS template_id, min(n_steps) AS n_steps
                 FROM incoming GROUP BY problem_id) AS first
           {"LEFT JOIN incoming AS asked ON asked.position = asked_at" * bool(questions)}
           {"LEFT JOIN incoming AS known ON known.position = gold_at" * bool(golds)}
           {"LEFT JOIN incoming AS hashed ON hashed.position = hashed_at" * bool(hashed)}"""
    )


def primary_of(store: Store, run: ForeignRun) -> tuple[str, bool]:
    """Return whose verdicts are shown, and whether they were made here for want of any in the files."""
    given = [name for (name,) in ask(store, "SELECT DISTINCT grader FROM incoming_grades WHERE NOT ours ORDER BY 1")]
    if given:
        named = run.primary_grader
        return (named if named is not None and named in given else str(given[0])), False
    read = dict(
        ask(
            store,
            "SELECT grader, count(*) FILTER (outcome <> 'no_answer') / count(*) FROM incoming_grades GROUP BY grader",
        )
    )
    if not read:
        if grade_choices(store):
            return CHOICE, True
        raise InputError(_nothing_to_compare(store))
    return next(
        (name for name in GRADED_HERE if read.get(name, 0) >= 0.5), max(GRADED_HERE, key=read.__getitem__)
    ), True


def _nothing_to_compare(store: Store) -> str:
    texts, golds, failed, rows = ask(store, "SELECT count(text), count(gold), count(missing), count(*) FROM incoming")[
        0
    ]
    if failed == rows:
        reasons = ask(store, "SELECT missing, count(*) FROM incoming GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 2")
        shown = ", ".join(f"{n} times {reason!r}" for reason, n in reasons)
        return f"none of the {rows} completions has a result ({shown}), so there is nothing to compare"
    if texts and golds and right_answers_are_choices(store):
        return (
            "the right answers are choices such as letters, and the texts hold more than that. Name a column of "
            "verdicts with --correct COLUMN, or one with only the choice that was made with --column completion=COLUMN"
        )
    if texts and golds:
        return (
            "there are texts and no verdicts, and no right answer is a number, so nothing can be graded here. Name a "
            "column of verdicts with --correct COLUMN, or other right answers with --column gold=COLUMN"
        )
    if texts:
        return (
            "there are texts and no verdicts, and no right answers to grade them by. Name the column of verdicts with "
            "--correct COLUMN, or that of right answers with --column gold=COLUMN"
        )
    return "no row has a verdict, and none has a text to grade. Name the column of verdicts with --correct COLUMN"


def name_missing(store: Store, primary: str, *, graded_here: bool) -> None:
    """Say of completions without a primary verdict why they have none."""
    reason = "no right answer that is a number" if graded_here else "no verdict"
    store.connection.execute(
        """CREATE OR REPLACE TEMP TABLE incoming_missing AS
           SELECT position, problem_id, completion_index,
                  coalesce(missing, CASE WHEN text IS NULL AND $graded_here THEN 'no text' ELSE $reason END) AS reason
           FROM incoming ANTI JOIN (SELECT position FROM incoming_grades WHERE grader = $primary) USING (position)""",
        {"primary": primary, "reason": reason, "graded_here": graded_here},
    )


def hashes(store: Store) -> tuple[str, str]:
    """Return the identities of the problems and of what was said of them, whatever the order of the rows."""
    texts = ", ".join(f"coalesce('=' || {c}, '')" for c in ("question", "coalesce(gold_number, gold)", "template_id"))
    dataset = _md5_of_all(
        store,
        f"""SELECT md5(concat_ws(chr(31), problem_id, {texts}, n_steps)) FROM incoming_problems ORDER BY problem_id""",
    )
    columns = ("text", "n_tokens", "stop_reason", "stop_detail", "cap", "missing", "verdicts")
    texts = ", ".join(f"coalesce('=' || {column}, '')" for column in columns)
    said = """concat_ws(chr(31), grader, outcome, coalesce('=' || extracted, ''), coalesce('=' || score, ''), score_low,
                        score_high)"""
    graders = ask(store, "SELECT count(DISTINCT grader) FROM incoming_grades WHERE NOT ours")[0][0]
    # One grader says one thing of a row, which needs no list.
    listed, grouped = (
        (f"string_agg({said}, chr(30) ORDER BY grader)", "GROUP BY position") if graders > 1 else (said, "")
    )
    content = _md5_of_all(
        store,
        f"""SELECT h FROM (
                SELECT problem_id, completion_index, {ROW_HASH.format(texts=texts)} AS h
                FROM incoming LEFT JOIN (
                    SELECT position, {listed} AS verdicts FROM incoming_grades WHERE NOT ours {grouped})
                USING (position))
            ORDER BY problem_id, completion_index""",
    )
    return dataset[:16], content


def _md5_of_all(store: Store, statement: str) -> str:
    """Return the hash of the texts that a query gives, one behind the other, without ever holding them all."""
    found = hashlib.md5(usedforsecurity=False)
    rows = store.connection.execute(statement)
    while texts := rows.fetchmany(FETCHED):
        found.update("".join(chain.from_iterable(texts)).encode())
    return found.hexdigest()
