"""Mending a store: what can be made again is, what belongs to nothing goes, every loss is said; a copy comes first."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import count
from pathlib import Path
from typing import Any

from evalsuite.errors import InputError, StoreError, StoreLockedError
from evalsuite.grading.answer_part import runs_on_at
from evalsuite.grading.grader import Grader
from evalsuite.grading.graders import ALL_GRADERS, graders_of, with_marks
from evalsuite.records import Completion, StopReason, digest
from evalsuite.store import queries
from evalsuite.store.blocks import unreadable
from evalsuite.store.connection import open_database
from evalsuite.store.join import REFERENCES, joined_tables
from evalsuite.store.row_checks import OWN_UNGRADED
from evalsuite.store.rows import fetch_rows, insert_rows
from evalsuite.store.salvage import salvage
from evalsuite.store.store import Store
from evalsuite.store.token_texts import wrong_texts
from evalsuite.store.verify import AnyGrader, regraded, verify
from evalsuite.store.write_log import log_path, transaction_ends

__all__ = ["Repair", "repair"]

KEYED = "run_id = ? AND problem_id = ? AND completion_index = ?"
N_ROWS = 10_000
"""Rows that are held at a time."""


@dataclass(frozen=True, slots=True)
class Repair:
    """What was done, one sentence each.

    Attributes
    ----------
    copy
        Where the store lies as it was; None where it was sound.
    mended, lost
        What was put right, and what is gone.
    remaining
        What is still wrong.
    """

    copy: Path | None
    mended: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    remaining: tuple[str, ...] = ()


def repair(path: Path, graders: Sequence[AnyGrader] = ALL_GRADERS) -> Repair:
    """Mend the store at `path`, after a copy of it and its log beside it.

    Parameters
    ----------
    graders
        Those whose grades are made again.

    Raises
    ------
    InputError
        There is no such file.
    StoreError
        It is no database, was made by a newer DuckDB, or the copy cannot be made.
    StoreLockedError
        Another process holds it.
    """
    if not path.exists():
        raise InputError(f"there is no store at {path}")
    _refuse_in_use(path)
    if not verify(path, graders).faults:
        return Repair(None)
    copy = _copy(path)
    mended: list[str] = []
    lost: list[str] = []
    try:
        _mend_log(path, mended, lost)
        if unreadable(path):
            lost += salvage(path)
            mended.append("what can be read of the damaged file is in a new one; commands that continue make the rest")
        with Store.writer(path, create=False, lock_wait=0) as store:
            with store.transaction():
                _mend_plan(store, mended)
                _drop_orphans(store, lost)
                _mend_tokenizers(store, lost)
                _drop_batches(store, lost)
                _mend_texts(store, graders, mended, lost)
            with store.transaction():  # grades are made again from texts that are stored
                _grade_again(store, graders, mended)
                _grade_ungraded(store, mended)
                _note_run_ons(store, mended)
    except StoreLockedError:
        raise
    except StoreError as error:
        lost.append(str(error))
    return Repair(copy, tuple(mended), tuple(lost), verify(path, graders).faults)


def _copy(path: Path) -> Path:
    """Copy the store and its log beside it."""
    copy = _free_name(path, "before-repair")
    log = log_path(path)
    try:
        shutil.copy2(path, copy)
        if log.exists():
            shutil.copy2(log, log_path(copy))
    except OSError as error:
        for file in (copy, log_path(copy)):
            file.unlink(missing_ok=True)
        raise StoreError(
            f"{path} cannot be copied to {copy}, and without a copy nothing is mended: {error.strerror}. "
            "Nothing was changed."
        ) from error
    return copy


def _refuse_in_use(path: Path) -> None:
    try:
        open_database(path, read_only=True, lock_wait=0).close()
    except StoreLockedError:
        raise
    except StoreError:
        return  # what is wrong is to be mended


def _free_name(path: Path, ending: str) -> Path:
    names = [
        path.with_name(f"{path.name}.{ending}"),
        *(path.with_name(f"{path.name}.{ending}-{i}") for i in range(2, 99)),
    ]
    return next(name for name in names if not name.exists())


def _mend_log(path: Path, mended: list[str], lost: list[str]) -> None:
    """Cut a damaged log behind the last transaction that can be read; set another store's aside."""
    log = log_path(path)
    if not log.exists():
        return
    try:
        open_database(path, read_only=True, lock_wait=0).close()
    except StoreError as error:
        if "is not the log of" in str(error):
            aside = _free_name(log, "set-aside")
            log.rename(aside)
            mended.append(f"{log.name} is that of another store, and was set aside as {aside.name}")
            return
    else:
        return
    content = log.read_bytes()
    ends = transaction_ends(content)
    for end in reversed(ends):
        log.write_bytes(content[:end])
        try:
            open_database(path, read_only=True, lock_wait=0).close()
        except StoreError:
            continue
        lost.append(f"{len(ends) - ends.index(end) - 1} of {len(ends)} transactions of the damaged {log.name}")
        mended.append(f"{log.name} was cut behind the last transaction that can be read")
        return
    aside = _free_name(log, "set-aside")
    log.write_bytes(content)
    log.rename(aside)
    lost.append(f"all of the damaged {log.name}, which was set aside as {aside.name}")


def _mend_plan(store: Store, mended: list[str]) -> None:
    """Plan again the problems that a run has completions of: where the plan has a place free, else at its end."""
    lost = store.connection.execute(
        "SELECT DISTINCT run_id, problem_id FROM completions JOIN runs USING (run_id) "
        "JOIN problems USING (dataset_hash, problem_id) ANTI JOIN run_problems USING (run_id, problem_id) ORDER BY ALL"
    ).fetchall()
    taken: dict[str, set[int]] = {run_id: set() for run_id, _ in lost}
    for run_id, position in store.connection.execute(
        "SELECT run_id, position FROM run_problems WHERE list_contains(?::VARCHAR[], run_id)", [list(taken)]
    ).fetchall():
        taken[run_id].add(position)
    free = {run_id: (i for i in count() if i not in positions) for run_id, positions in taken.items()}
    rows = [{"run_id": run_id, "problem_id": name, "position": next(free[run_id])} for run_id, name in lost]
    if rows:
        insert_rows(store.connection, "run_problems", rows)
        mended.append(f"{len(rows)} problems that runs have completions of stand in their plans again")


def _drop_orphans(store: Store, lost: list[str]) -> None:
    tables = joined_tables(store.connection)
    for table, columns, other in REFERENCES:
        if table == "runs" or table not in tables or other not in tables:
            continue
        same = " AND ".join(f"o.{c} = {table}.{c}" for c in columns)
        ((n,),) = store.connection.execute(
            f"DELETE FROM {table} WHERE NOT EXISTS (SELECT 1 FROM {other} o WHERE {same})"
        ).fetchall()
        if n:
            lost.append(f"{n} rows of {table} that belonged to no row of {other}")


def _mend_tokenizers(store: Store, lost: list[str]) -> None:
    rows = store.connection.execute("SELECT tokenizer_hash, content FROM tokenizers").fetchall()
    wrong = [known for known, content in rows if digest(content)[:16] != known]
    store.connection.execute("DELETE FROM tokenizers WHERE list_contains(?::VARCHAR[], tokenizer_hash)", [wrong])
    if wrong:
        lost.append(f"{len(wrong)} tokenizers that were not those of their hash")
    store.connection.execute(
        "UPDATE runs SET tokenizer_hash = NULL WHERE tokenizer_hash NOT IN (SELECT tokenizer_hash FROM tokenizers)"
    )


def _mend_texts(store: Store, graders: Sequence[AnyGrader], mended: list[str], lost: list[str]) -> None:
    """Make texts again from their tokens, unless the grades say that it is the tokens that were changed."""
    n_texts = n_tokens = 0
    for row, text in list(wrong_texts(store.connection, [])):
        if _fit(store, row, row["text"], graders) and not _fit(store, row, text, graders):
            store.connection.execute(f"UPDATE completions SET token_ids = NULL WHERE {KEYED}", _key(row))
            n_tokens += 1
        else:
            store.connection.execute(f"UPDATE completions SET text = ? WHERE {KEYED}", [text, *_key(row)])
            n_texts += 1
    if n_texts:
        mended.append(f"{n_texts} texts were made again from their tokens")
    if n_tokens:
        lost.append(f"the tokens of {n_tokens} completions: their texts and grades fit each other")


def _fit(store: Store, row: Mapping[str, Any], text: str, graders: Sequence[AnyGrader]) -> bool:
    """Tell whether the grades of a completion are those that a text gets."""
    of_this_version = {(g.name, g.version): g for g in graders}
    marks = queries.turn_marks(store.connection).get(row["run_id"], ())
    for grade in fetch_rows(
        store.connection,
        f"SELECT grader, grader_version, outcome, extracted, gold, solution FROM grades JOIN runs USING (run_id) "
        f"JOIN problems USING (dataset_hash, problem_id) WHERE gold IS NOT NULL AND {KEYED}",
        _key(row),
    ):
        grader = of_this_version.get((grade["grader"], grade["grader_version"]))
        if isinstance(grader, Grader):
            solution = grade["solution"] or f"#### {grade['gold']}"
            made = with_marks(grader, marks).grade(text, Fraction(grade["gold"]), solution)
            if (made.outcome.value, made.extracted) != (grade["outcome"], grade["extracted"]):
                return False
    return True


def _key(row: Mapping[str, Any]) -> list[Any]:
    return [row["run_id"], row["problem_id"], row["completion_index"]]


def _grade_again(store: Store, graders: Sequence[AnyGrader], mended: list[str]) -> None:
    """Write again the grades that their grader does not give."""
    found = list(regraded(store.connection, graders))
    store.replace_grades([(_completion(row), grade) for row, grade in found])
    if found:
        mended.append(f"{len(found)} grades were made again from the stored texts")


def _grade_ungraded(store: Store, mended: list[str]) -> None:
    """Grade completions that have lost grades, by the graders that a run is graded by when it is made."""
    lacking = fetch_rows(
        store.connection,
        f"""
        WITH wanting AS (
            {OWN_UNGRADED}
            UNION
            SELECT run_id, problem_id, completion_index, NULL FROM completions JOIN runs USING (run_id)
            ANTI JOIN grades USING (run_id, problem_id, completion_index) WHERE source = 'generated')
        SELECT run_id, problem_id, completion_index, grader, text, gold, solution, primary_grader
        FROM wanting JOIN completions USING (run_id, problem_id, completion_index) JOIN runs USING (run_id)
        JOIN problems USING (dataset_hash, problem_id) WHERE text IS NOT NULL AND gold IS NOT NULL
        """,
    )
    marks = queries.turn_marks(store.connection)
    for row in lacking:
        gold, solution = Fraction(row["gold"]), row["solution"] or f"#### {row['gold']}"
        graders = graders_of(row["primary_grader"], marks.get(row["run_id"], ()))
        chosen = [g for g in graders if row["grader"] in (None, g.name)]
        store.replace_grades([(_completion(row), g.grade(row["text"], gold, solution)) for g in chosen])
    n = len({(row["run_id"], row["problem_id"], row["completion_index"]) for row in lacking})
    if n:
        mended.append(f"{n} completions that had lost grades were graded again")


def _drop_batches(store: Store, lost: list[str]) -> None:
    """Forget how long batches took whose completions are not all left: what is missing is timed when it is made."""
    ((n,),) = store.connection.execute(
        "DELETE FROM batches WHERE n_rows > (SELECT count(*) FROM completions c "
        "WHERE c.run_id = batches.run_id AND c.batch_hash = batches.batch_hash)"
    ).fetchall()
    if n:
        lost.append(f"completions of {n} batches: the same `evalsuite run` makes them again")


def _note_run_ons(store: Store, mended: list[str]) -> None:
    """Write again the notes of where completions run on that their texts do not say."""
    result = store.connection.cursor().execute(
        "SELECT run_id, problem_id, completion_index, text, runs_on_at FROM completions "
        "LEFT JOIN run_ons USING (run_id, problem_id, completion_index) WHERE text IS NOT NULL"
    )
    names = [column[0] for column in result.description or ()]
    marks, wrong = queries.turn_marks(store.connection), []
    while values := result.fetchmany(N_ROWS):
        rows = (dict(zip(names, row, strict=True)) for row in values)
        wrong += [row for row in rows if runs_on_at(row["text"], marks.get(row["run_id"], ())) != row["runs_on_at"]]
    store.replace_run_ons([_completion(row) for row in wrong])
    if wrong:
        mended.append(f"{len(wrong)} notes of where a completion runs on were made again from the stored texts")


def _completion(row: Mapping[str, Any]) -> Completion:
    """Return as much of a completion as its grades and notes are written by."""
    return Completion(
        **{key: row[key] for key in ("run_id", "problem_id", "completion_index", "text")},
        prompt_hash="", token_ids=None, n_tokens=None, stop_reason=StopReason.UNKNOWN, cap=None,
        seed=None, engine="", dtype="", batch_hash="",
    )  # fmt: skip
