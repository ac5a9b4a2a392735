"""Rows of a foreign run in temporary tables, a chunk at a time, with this suite's verdicts on their texts.

What has to be known of all rows before one is stored (whether a problem has two questions, which completions are
there twice, what the hash of the whole is) is then asked of DuckDB, so that no file is ever held in Python's memory.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import islice
from typing import Any

import duckdb

from evalsuite.errors import InputError
from evalsuite.grading.answer_part import runs_on_at
from evalsuite.grading.graders import GRADERS
from evalsuite.grading.number import parse_number
from evalsuite.records import Outcome, StopReason, content_hash
from evalsuite.store.imports import values
from evalsuite.store.imports.results import AllAtOnce, ForeignGrade, ForeignRun, ResultRow
from evalsuite.store.rows import insert_columns

__all__ = ["REASONS", "TABLES", "fill", "gold_of", "outcome_of", "solution_of", "stage_at_once"]

CHUNK = 10_000
TABLES = """
CREATE OR REPLACE TEMP TABLE incoming (
    position BIGINT, problem_id VARCHAR, completion_index INTEGER, missing VARCHAR, text VARCHAR, gold VARCHAR,
    gold_number VARCHAR, question VARCHAR, solution VARCHAR, content_hash VARCHAR, n_tokens INTEGER,
    stop_reason VARCHAR, stop_detail VARCHAR, cap INTEGER, template_id VARCHAR, n_steps INTEGER);
CREATE OR REPLACE TEMP TABLE incoming_grades (
    position BIGINT, grader VARCHAR, grader_version INTEGER, outcome VARCHAR, extracted VARCHAR, score DOUBLE,
    ours BOOLEAN, score_low DOUBLE, score_high DOUBLE);
CREATE OR REPLACE TEMP TABLE incoming_run_ons (position BIGINT, runs_on_at INTEGER);
"""
AS_WRITTEN = (
    "problem_id", "completion_index", "missing", "gold", "question", "n_tokens", "stop_detail", "cap", "template_id",
    "n_steps",
)  # fmt: skip
REASONS = {reason: reason.value for reason in StopReason}
GRADE_COLUMNS = ("position", "grader", "grader_version", "outcome", "extracted", "score", "ours")


def fill(connection: duckdb.DuckDBPyConnection, run: ForeignRun, watch: Callable[[int], None] | None = None) -> int:
    """Fill the tables ``incoming`` and ``incoming_grades`` with the rows of `run`; return how many there are.

    Texts whose right answer is a number are graded by `GRADERS` too, but for graders that have graded the row already.

    Parameters
    ----------
    watch
        Called with the number of rows read so far, after each chunk.

    Raises
    ------
    InputError
        A row has no problem or is not valid Unicode; the message names it.
    """
    connection.execute(TABLES)
    n = 0
    for chunk in _chunks(run.rows()):
        _insert(connection, chunk, n + 1)
        n += len(chunk)
        if watch is not None:
            watch(n)
    return n


def stage_at_once(connection: duckdb.DuckDBPyConnection, run: ForeignRun) -> int | None:
    """Fill the same tables by SQL alone, where the rows of the run can be had so; None where `fill` has to."""
    return run.rows.stage(connection) if isinstance(run.rows, AllAtOnce) else None


def _chunks(rows: Iterable[ResultRow]) -> Iterator[list[ResultRow]]:
    source = iter(rows)
    while chunk := list(islice(source, CHUNK)):
        yield chunk


def _insert(connection: duckdb.DuckDBPyConnection, chunk: list[ResultRow], first: int) -> None:
    columns: dict[str, Any] = {"position": list(range(first, first + len(chunk)))}
    for name in AS_WRITTEN:
        column = [getattr(row, name) for row in chunk]
        columns[name] = column if column.count(None) < len(column) else None
    # A row without a result brings no text: half a completion is neither right nor wrong.
    columns["text"] = [row.completion if row.missing is None else None for row in chunk]
    columns["stop_reason"] = [REASONS[row.stop_reason] for row in chunk]
    if columns["problem_id"] is None or not all(columns["problem_id"]):
        bare = next(i for i, row in enumerate(chunk) if not row.problem_id)
        raise InputError(f"row {first + bare} names no problem")
    golds: Sequence[Fraction | None] = [None] * len(chunk)
    if columns["gold"] is not None:
        golds = [None if row.gold is None else gold_of(row.gold) for row in chunk]
        columns["gold_number"] = [None if gold is None else str(gold) for gold in golds]
        columns["solution"] = [
            row.gold if row.gold is None or gold is None else solution_of(row.gold, gold)
            for row, gold in zip(chunk, golds, strict=True)
        ]
        columns["content_hash"] = [
            content_hash(row.question, gold) if row.question and gold is not None else None
            for row, gold in zip(chunk, golds, strict=True)
        ]
    try:
        insert_columns(connection, "incoming", columns)
        places: dict[int, int] = {}
        grades = list(_grades(chunk, golds, first, places))
        if places:
            run_ons = {"position": list(places), "runs_on_at": list(places.values())}
            insert_columns(connection, "incoming_run_ons", run_ons)
        if grades:
            names = dict(zip(GRADE_COLUMNS, map(list, zip(*grades, strict=True)), strict=True))
            insert_columns(connection, "incoming_grades", names)
    except (UnicodeEncodeError, duckdb.InvalidInputException) as error:
        raise _not_unicode(chunk, first) or error from error


def _grades(
    chunk: Sequence[ResultRow], golds: Sequence[Fraction | None], first: int, places: dict[int, int]
) -> Iterator[tuple[int, str, int, str | None, str | None, float | None, bool]]:
    """Yield the verdicts of the file and those of this suite's graders, in the order of `GRADE_COLUMNS`.

    In passing it fills `places`: where texts run on into a turn that nobody asked for, by position.
    """
    for position, (row, gold) in enumerate(zip(chunk, golds, strict=True), first):
        if row.missing is not None:
            continue
        for name, grade in row.grades.items():
            yield position, name, grade.version, outcome_of(grade), grade.extracted, grade.score, False
        if row.completion is None:
            continue
        place = runs_on_at(row.completion)
        if place is not None:
            places[position] = place
        if gold is None or row.gold is None:
            continue
        solution = solution_of(row.gold, gold)
        for grader in GRADERS:
            if grader.name not in row.grades:
                ours = grader.grade(row.completion, gold, solution)
                yield position, ours.grader, ours.grader_version, ours.outcome.value, ours.extracted, None, True


def outcome_of(grade: ForeignGrade) -> str | None:
    """Return the outcome that another program's verdict stands for, None for a score."""
    if grade.correct is None:
        return None
    if grade.correct:
        return Outcome.CORRECT.value
    return Outcome.NO_ANSWER.value if grade.no_answer else Outcome.INCORRECT.value


@lru_cache(maxsize=100_000)
def gold_of(written: str) -> Fraction | None:
    """Return the right answer as a number; see `values.gold`."""
    return values.gold(written)


@lru_cache(maxsize=10_000)
def solution_of(written: str, gold: Fraction) -> str:
    """Return a worked solution that ends in ``#### number``, as graders expect it."""
    if "####" in written:
        return written
    if parse_number(written) is not None:
        return f"#### {written}"
    return f"{written}\n#### {gold}"


def _not_unicode(chunk: Sequence[ResultRow], first: int) -> InputError | None:
    """Find the text that no UTF-8 file can hold: half of a surrogate pair."""
    for number, row in enumerate(chunk, first):
        extracted = "".join(grade.extracted or "" for grade in row.grades.values())
        texts = {name: getattr(row, name) for name in (*AS_WRITTEN, "completion")} | {"extracted": extracted}
        for name, text in texts.items():
            try:
                (text if isinstance(text, str) else "").encode("utf-8")
            except UnicodeEncodeError as error:
                return InputError(f"row {number}: {name} is not valid Unicode: {error.reason} at {error.start}")
    return None
