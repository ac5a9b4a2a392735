"""The store: one DuckDB file with every run, completion and grade.

Completions are append-only: the same key with the same text is ignored, with another text it is an error.
Every call that writes is one transaction, so that a killed process leaves whole batches or nothing.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import duckdb

from evalsuite.console import say
from evalsuite.errors import InputError, StoreError, StoreLockedError
from evalsuite.grading.answer_part import runs_on_at
from evalsuite.records import Completion, Grade, Problem, Served, digest
from evalsuite.store import queries
from evalsuite.store.connection import LOCK_WAIT_SECONDS, open_database, open_in_memory
from evalsuite.store.holder import announce, holder_of, withdraw
from evalsuite.store.looks import Look, record_looks, take_waiting, waiting_looks
from evalsuite.store.rows import as_row, insert_columns, insert_rows
from evalsuite.store.snapshot import take_snapshot
from evalsuite.store.unfinished import has_unfinished, take_out
from evalsuite.store.write_log import WriteLog

__all__ = ["HELD", "MEMORY", "GradedCompletion", "Store", "StoredRun"]

MEMORY = Path(":memory:")
"""Path of a store that no file keeps."""
HELD = 500 * 10**6
"""Bytes that DuckDB may hold while much is read or written."""
INDEX_BYTES = 150
"""Of a new row in memory until its transaction ends; 80 and less were measured."""
INTERRUPTED = "interrupted"
"""In the RuntimeError by which DuckDB reports a Ctrl-C that came during a statement."""

GIVEN = ("grader_version", "outcome", "extracted", "score", "score_range")
KEY_OF_GRADES = ("run_id", "problem_id", "completion_index", "grader")
GRADE_COLUMNS = (*KEY_OF_GRADES, *GIVEN)
REPLACED_GRADE = "DO UPDATE SET " + ", ".join(f"{name} = excluded.{name}" for name in GIVEN)
RUN_ON_KEY = ("run_id", "problem_id", "completion_index")
UNFIT = (duckdb.DataError, duckdb.IntegrityError)
"""Errors of DuckDB that come from the rows, not from the disk."""


@dataclass(frozen=True, slots=True)
class StoredRun:
    """What a run is, apart from its problems and completions; see the table ``runs``."""

    run_id: str
    label: str
    source: str
    spec: dict[str, Any]
    dataset_hash: str
    primary_grader: str
    n_completions: int
    details: dict[str, Any]
    parent_run_id: str | None = None
    tokenizer_hash: str | None = None


@dataclass(frozen=True, slots=True)
class GradedCompletion:
    """A completion with all its grades, and what a server said of it where one made it."""

    completion: Completion
    grades: tuple[Grade, ...]
    served: Served | None = None


class Store:
    """A DuckDB file opened for writing (one process at a time) or for reading.

    Use it as a context manager; leaving it closes the file.

    Attributes
    ----------
    shown
        Comparisons shown while it was open; they are written when it is closed, and not after an error.
    typed
        Of runs that were read from files for this one answer, what was typed for each, by its label.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        path: Path,
        *,
        log: WriteLog | None = None,
        copy: Path | None = None,
        spill: Path | None = None,
    ) -> None:
        self.connection = connection
        self.path = path
        self.shown: list[Look] = []
        self.typed: dict[str, str] = {}
        self._log = log
        self._copy = copy
        self._folder = spill if copy is None else copy.parent

    @property
    def file(self) -> Path:
        """The file that is open: a copy where another process writes the store."""
        return self._copy or self.path

    @classmethod
    def writer(cls, path: Path, *, lock_wait: float = LOCK_WAIT_SECONDS, create: bool = True, run_id: str = "") -> Self:
        """Open `path` for writing; it is created if need be, or, without `create`, an InputError.

        Parameters
        ----------
        run_id
            The run that is to be made, for the message to those who come second.
        """
        connection = open_database(path, read_only=False, lock_wait=lock_wait, create=create, run_id=run_id)
        announce(path, run_id=run_id)
        log = WriteLog(connection, path)
        take_waiting(path, log)
        store = cls(connection, path, log=log)
        try:
            store.take_out_unfinished()
        except BaseException:
            store.close()
            raise
        return store

    @classmethod
    def reader(cls, path: Path, *, lock_wait: float = LOCK_WAIT_SECONDS) -> Self:
        """Open an existing `path` for reading; any number of readers may do so at once.

        While another process writes it, what is opened is a copy as the store is now; the writer does not notice.
        """
        try:
            return cls(open_database(path, read_only=True, lock_wait=0), path)
        except StoreLockedError:
            copy = take_snapshot(path)
        try:
            holder = holder_of(path)
            whom = "another process" if holder is None else holder.words()
            say(f"{path} is being written by {whom}. Shown is what it held at {datetime.now().astimezone():%H:%M:%S}.")
            connection = open_database(copy, read_only=False, lock_wait=lock_wait)
            insert_rows(connection, "looks", waiting_looks(path))
            return cls(connection, path, copy=copy)
        except BaseException:
            shutil.rmtree(copy.parent, ignore_errors=True)
            raise

    @classmethod
    def in_memory(cls) -> Self:
        """Open an empty store that no file keeps."""
        spill = Path(tempfile.mkdtemp(prefix="evalsuite-"))
        connection = open_in_memory(spill)
        return cls(connection, MEMORY, log=WriteLog(connection, MEMORY), spill=spill)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self.shown.clear()
        try:
            self.close()
        finally:
            if isinstance(error, duckdb.Error):
                raise StoreError(
                    f"cannot read {self.path}: {str(error).splitlines()[0]}. If the file is damaged, restore a copy; "
                    "an export (`evalsuite export`) can be imported again."
                ) from error
            if isinstance(error, RuntimeError) and INTERRUPTED in str(error):
                raise KeyboardInterrupt from error

    def close(self) -> None:
        """Close the file, and write which comparisons were shown."""
        if self._log is None:
            self.connection.close()
        else:
            try:
                take_waiting(self.path, self._log)
                self._log.close()
            finally:
                withdraw(self.path)
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
        shown = tuple(self.shown)
        self.shown.clear()
        record_looks(self.path, shown)

    @contextmanager
    def bounded(self, n_new: int = 0) -> Iterator[None]:
        """Let DuckDB hold `HELD` at most; the rest goes to a file beside the store, if one may be made there.

        Parameters
        ----------
        n_new
            Rows that one transaction adds, whose index has to lie in memory beside that.
        """
        if self.path != MEMORY and not os.access(self.file.parent, os.W_OK):
            yield
            return
        ((before,),) = self.connection.execute("SELECT current_setting('memory_limit')").fetchall()
        self.connection.execute(f"SET memory_limit = '{HELD + INDEX_BYTES * n_new}B'")
        try:
            yield
        finally:
            self.connection.execute("SET memory_limit = ?", [before])

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing: commit on leaving, roll back on any exception.

        Raises
        ------
        InputError
            A value does not fit its column.
        StoreError
            The file cannot be written, or is no longer there.
        """
        if self._log is None:
            raise StoreError(f"{self.path} is open for reading")
        try:
            with self._log.transaction():
                yield
        except UNFIT as error:
            self._roll_back()
            raise InputError(
                f"a value does not fit the store: {str(error).splitlines()[0]}. Nothing of these rows was stored."
            ) from error
        except duckdb.Error as error:
            self._roll_back()
            if "surrogate" in str(error):
                raise InputError(
                    "a text holds half of a surrogate pair, which is no character and cannot be stored: \\ud800 alone "
                    "in JSON, or a byte in an argument that is no UTF-8. Mend it where it comes from."
                ) from error
            raise StoreError(
                f"cannot write to {self.path}: {str(error).splitlines()[0]}. What was stored before is safe; "
                "once the cause is gone (a full disk, say), the same command continues."
            ) from error
        except RuntimeError as error:
            self._roll_back()
            if INTERRUPTED in str(error):
                raise KeyboardInterrupt from error
            raise
        except BaseException:
            self._roll_back()
            raise

    def _roll_back(self) -> None:
        try:
            self.connection.execute("ROLLBACK")
        except duckdb.Error:
            return  # the failed statement has already ended the transaction

    def commit_part(self) -> None:
        """Within a transaction: keep what it has written so far, and go on in another."""
        if self._log is not None:
            self._log.commit_part()

    def take_out_unfinished(self) -> None:
        """Delete the rows of an import that did not come to its end; see `unfinished`."""
        if has_unfinished(self.connection):
            with self.transaction():
                take_out(self.connection)

    def add_run(self, head: StoredRun, problems: Sequence[Problem], draws: Sequence[tuple[int, Sequence[str]]]) -> None:
        """Record a run and what it plans to evaluate, or extend the plan of a run that is there.

        Problems and completions per problem are only ever added: a smaller plan changes nothing.

        Parameters
        ----------
        problems
            In the order of evaluation.
        draws
            (seed, problem ids) of each seeded subset.
        """
        with self.transaction():
            self.put_head(head)
            rows = [as_row(p, dataset_hash=head.dataset_hash, content_hash=p.content_hash) for p in problems]
            insert_rows(self.connection, "problems", rows)
            self.plan(head.run_id, [p.problem_id for p in problems])
            for seed, ids in draws:
                drawn = [
                    {"run_id": head.run_id, "draw_seed": seed, "position": position, "problem_id": problem_id}
                    for position, problem_id in enumerate(ids)
                ]
                insert_rows(self.connection, "run_draws", drawn)

    def put_head(self, head: StoredRun) -> None:
        """Record a run, or update label, grader and completions of one that is there; within a transaction."""
        known = queries.run_heads(self.connection, run_id=head.run_id)
        if known:
            self._extend_head(head, known[0]["label"], known[0]["n_completions"])
        else:
            self._insert_head(head)

    def plan(self, run_id: str, problem_ids: Sequence[str]) -> None:
        """Add problems to the plan of a run; the caller holds the transaction.

        A problem that stands elsewhere in the plan, such as after a repair that had lost its place, takes its own.
        """
        rows = [{"run_id": run_id, "problem_id": p, "position": i} for i, p in enumerate(problem_ids)]
        places = queries.planned_places(self.connection, run_id)
        moved = [(i, run_id, p) for i, p in enumerate(problem_ids) if places.get(p, i) != i]
        insert_rows(self.connection, "run_problems", rows)
        if moved:
            self.connection.executemany(
                "UPDATE run_problems SET position = ? WHERE run_id = ? AND problem_id = ?", moved
            )

    def _insert_head(self, head: StoredRun) -> None:
        if not head.label.strip():
            raise InputError("a run needs a --label that is not empty")
        taken = queries.run_heads(self.connection, label=head.label)
        if taken:
            raise InputError(
                f"the label {head.label!r} already belongs to run {taken[0]['run_id']}, which differs in its "
                "specification. Give this run another --label."
            )
        insert_rows(self.connection, "runs", [as_row(head, created_at=datetime.now(UTC).replace(tzinfo=None))])

    def _extend_head(self, head: StoredRun, label: str, n_completions: int) -> None:
        if head.label != label:
            other = queries.run_heads(self.connection, label=head.label)
            if other:
                raise InputError(f"the label {head.label!r} already belongs to run {other[0]['run_id']}")
        self.connection.execute(
            "UPDATE runs SET label = ?, n_completions = ?, primary_grader = ? WHERE run_id = ?",
            [head.label, max(n_completions, head.n_completions), head.primary_grader, head.run_id],
        )

    def add_completions(self, rows: Sequence[GradedCompletion]) -> int:
        """Store completions with their grades in one transaction; return how many were new.

        Raises
        ------
        StoreError
            A completion is there already with another text, or the file cannot be written.
        """
        with self.transaction():
            return self.insert_completions(rows)

    def insert_completions(self, rows: Sequence[GradedCompletion]) -> int:
        """As `add_completions`, within the caller's transaction."""
        completions = [row.completion for row in rows]
        added = insert_rows(self.connection, "completions", [as_row(c) for c in completions])
        if added < len(completions):
            self._refuse_conflicts(completions)
        self.replace_grades([(row.completion, grade) for row in rows for grade in row.grades])
        self.replace_run_ons(completions)
        told = [(row.completion, row.served) for row in rows if row.served is not None]
        insert_rows(
            self.connection,
            "served",
            [as_row(s, run_id=c.run_id, problem_id=c.problem_id, completion_index=c.completion_index) for c, s in told],
        )
        return added

    def _refuse_conflicts(self, completions: Sequence[Completion]) -> None:
        stored = queries.completion_texts(self.connection, completions[0].run_id)
        for c in completions:
            if stored.get((c.problem_id, c.completion_index)) != c.text:
                raise StoreError(
                    f"completion {c.completion_index} of problem {c.problem_id!r} of run {c.run_id} is stored already "
                    "with another text. Completions are never overwritten; import under another label."
                )

    def replace_grades(self, grades: Sequence[tuple[Completion, Grade]]) -> None:
        """Write grades, replacing older ones of the same grader; the caller holds the transaction."""
        rows = [
            as_row(g, run_id=c.run_id, problem_id=c.problem_id, completion_index=c.completion_index) for c, g in grades
        ]
        self._key_grades()
        insert_rows(self.connection, "grades", rows, conflict=REPLACED_GRADE)

    def replace_grade_columns(self, columns: Mapping[str, Any]) -> None:
        """As `replace_grades`, from columns: lists, or the value of every row. Grades that stay are not written."""
        names = ", ".join(GRADE_COLUMNS)
        self._key_grades()
        # DuckDB takes as long to replace a grade by an equal one as to make ten.
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE regraded AS SELECT {names} FROM grades LIMIT 0")
        insert_columns(self.connection, "regraded", columns)
        self.connection.execute(
            f"""INSERT INTO grades ({names})
                (SELECT {names} FROM regraded EXCEPT
                 SELECT {names} FROM grades
                 SEMI JOIN regraded USING (run_id, problem_id, completion_index, grader))
                ON CONFLICT {REPLACED_GRADE}"""
        )

    def _key_grades(self) -> None:
        """Give the grades of a store in memory the key by which they are replaced, which a file has anyway."""
        if self.path == MEMORY:
            key = ", ".join(KEY_OF_GRADES)
            self.connection.execute(f"CREATE UNIQUE INDEX IF NOT EXISTS key_of_grades ON grades ({key})")

    def replace_run_ons(self, completions: Sequence[Completion]) -> None:
        """Note which completions run on into invented turns, instead of older notes; within a transaction."""
        texts = [c for c in completions if c.text is not None]
        keys = {name: [getattr(c, name) for c in texts] for name in RUN_ON_KEY}
        self.replace_run_on_columns(keys, [c.text or "" for c in texts])

    def replace_run_on_columns(self, keys: Mapping[str, Any], texts: Sequence[str]) -> None:
        """As `replace_run_ons`, from columns: `keys` are lists, or the value that every row has."""
        if not texts:
            return
        columns = {name: keys[name] if isinstance(keys[name], list) else [keys[name]] * len(texts) for name in keys}
        self.connection.execute(
            f"DELETE FROM run_ons WHERE ({', '.join(columns)}) IN (SELECT ({', '.join(['unnest(?)'] * len(columns))}))",
            list(columns.values()),
        )
        marks = queries.turn_marks(self.connection)
        at = [runs_on_at(text, marks.get(run_id, ())) for run_id, text in zip(columns["run_id"], texts, strict=True)]
        places = [(row, place) for row, place in enumerate(at) if place is not None]
        if places:
            found = {name: [column[row] for row, _ in places] for name, column in columns.items()}
            insert_columns(self.connection, "run_ons", found | {"runs_on_at": [place for _, place in places]})

    def add_tokenizer(self, content: str) -> str:
        """Store a tokenizer's JSON once and return its hash, by which runs name it."""
        tokenizer_hash = digest(content)[:16]
        with self.transaction():
            insert_rows(self.connection, "tokenizers", [{"tokenizer_hash": tokenizer_hash, "content": content}])
        return tokenizer_hash

    def add_batch(self, run_id: str, batch_hash: str, n_rows: int, n_tokens: int, seconds: float) -> None:
        """Record how long a batch took; the caller holds the transaction."""
        self.connection.execute(
            "INSERT INTO batches (run_id, batch_hash, n_rows, n_tokens, seconds, started_at) VALUES (?, ?, ?, ?, ?, ?)",
            [run_id, batch_hash, n_rows, n_tokens, seconds, datetime.now(UTC).replace(tzinfo=None)],
        )
