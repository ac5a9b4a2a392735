"""Store a run of another program: all or nothing, bounded memory, and a report of what came.

A run's identity is its label and its content, whatever the order of its rows: the same file again brings nothing new,
other content under the same label is refused, or takes its place on request.
"""

import shlex
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from dataclasses import replace as replace_fields
from pathlib import Path

import duckdb

from evalsuite.errors import DataUnavailableError, InputError, StoreError
from evalsuite.records import StopReason, digest
from evalsuite.store import queries
from evalsuite.store.imports.in_parts import store_staged
from evalsuite.store.imports.incoming import (
    GRADED_HERE,
    ask,
    gather_problems,
    hashes,
    name_missing,
    number,
    primary_of,
    refuse_twice,
)
from evalsuite.store.imports.results import ForeignRun
from evalsuite.store.imports.rows_read import RowsRead
from evalsuite.store.imports.score_ranges import with_scores
from evalsuite.store.imports.staging import fill, stage_at_once
from evalsuite.store.rows import fetch_rows
from evalsuite.store.store import Store, StoredRun
from evalsuite.store.unfinished import tables_of_runs

__all__ = ["GRADED_HERE", "IMPORTED_GRADER", "ImportReport", "store_run", "store_runs"]

IMPORTED_GRADER = "imported"

IDENTITY = "identity"
"""Among the details of a run: the hash of what was imported, whatever the run is called."""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import brought.

    Attributes
    ----------
    run_id, label
        Id and name of the run.
    program
        What wrote the files.
    n_problems, n_completions, n_correct
        Problems, completions and right ones by the primary grader.
    n_new
        Completions that were not in the store before.
    n_missing, missing_reasons
        Completions without a result, such as errors, and how many have which reason.
    primary_grader, graders
        Whose verdicts are shown, and all that graded.
    graded_here
        Whether the files hold no verdicts, so that this suite's primary grader decides.
    regraded
        Whether the completions were also graded by this suite's graders (needs texts and gold answers).
    unknown_stop
        Completions whose stop reason the files do not say.
    unreadable_gold
        Problems whose gold answer is no number.
    percent_gold
        Problems whose gold answer has a percent sign, which was read as a unit: 50% is 50.
    notes
        What was read as what.
    unknown
        What the files cannot say.
    ignored_columns
        Columns of the files that were not read.
    score_range
        Lowest and highest score possible by the primary grader; None where it gives verdicts. Of scores `n_correct`
        counts the highest.
    dataset
        Name of the task or problem set, None where the files do not say it.
    """

    run_id: str
    label: str
    program: str
    n_problems: int
    n_completions: int
    n_new: int
    n_correct: int
    n_missing: int
    missing_reasons: Mapping[str, int]
    primary_grader: str
    graders: tuple[str, ...]
    graded_here: bool
    regraded: bool
    unknown_stop: int
    unreadable_gold: int
    percent_gold: int
    notes: tuple[str, ...]
    unknown: tuple[str, ...]
    ignored_columns: tuple[str, ...]
    score_range: tuple[float, float] | None = None
    dataset: str | None = None


def store_runs(
    store: Store,
    runs: Sequence[ForeignRun],
    *,
    label: str | None = None,
    replace: bool = False,
    watch: Callable[[int], None] | None = None,
) -> tuple[ImportReport, ...]:
    """Store several runs, each in a transaction of its own; see `store_run`.

    Parameters
    ----------
    label
        Name of the run, or, of several, what their own names follow: ``"mine/base"``.
    watch
        Called with the number of rows read so far, of all runs together.
    """
    labels = [run.label if label is None else label if len(runs) == 1 else f"{label}/{run.label}" for run in runs]
    twice = [name for name, n in Counter(labels).items() if n > 1]
    if twice:
        raise InputError(
            f"several runs would be called {twice[0]!r}. Import them one by one, each with a --label of its own"
        )
    rows, reports = RowsRead(watch), []
    for run, name in zip(runs, labels, strict=True):
        reports.append(store_run(store, run, label=name, replace=replace, watch=rows))
        rows.next_run()
    return tuple(reports)


def store_run(
    store: Store,
    run: ForeignRun,
    *,
    label: str | None = None,
    replace: bool = False,
    watch: Callable[[int], None] | None = None,
) -> ImportReport:
    """Store a run with its problems, completions, verdicts and missing results.

    Parameters
    ----------
    label
        Name of the run; its own if not given.
    replace
        Whether an imported run of this label with other content gives way.
    watch
        Called with the number of rows read so far.

    Raises
    ------
    InputError
        A row is not usable (the message names it), nothing can be compared, or the label is taken.
    DataUnavailableError
        A file changed while it was read.
    """
    label = run.label if label is None else label
    sizes = _sizes(run.files)
    with store.bounded(), _whole(store), _staged(store, run, watch) as n_rows:
        if _sizes(run.files) != sizes:
            raise DataUnavailableError(
                f"{_named(run)} changed while it was read: something still writes it. Import it again once it is whole"
            )
        if not n_rows:
            raise InputError(f"{_named(run)} holds no rows")
        try:
            return _keep(store, run, label, replace=replace)
        except InputError as error:
            raise InputError(_with_files(run, str(error))) from error


@contextmanager
def _staged(store: Store, run: ForeignRun, watch: Callable[[int], None] | None) -> Iterator[int]:
    """Yield the number of rows in the staging tables, in the transaction that stores them."""
    # By SQL before the transaction: a file that DuckDB does not read would end it.
    n_rows = stage_at_once(store.connection, run)
    if n_rows is not None and watch is not None:
        watch(n_rows)
    with store.transaction():
        if n_rows is None:
            try:
                n_rows = fill(store.connection, run, watch)
            except InputError as error:
                raise InputError(_with_files(run, str(error))) from error
        yield n_rows


@contextmanager
def _whole(store: Store) -> Iterator[None]:
    """Take out the parts that were stored of an import that failed."""
    try:
        yield
    except BaseException:
        # What cannot be taken out now is when the store is written next.
        with suppress(StoreError, duckdb.Error):
            store.take_out_unfinished()
        raise


def _keep(store: Store, run: ForeignRun, label: str, *, replace: bool) -> ImportReport:
    numbered = number(store, run)
    run = replace_fields(run, notes=(*run.notes, *numbered, *(run.noticed() if run.noticed else ())))
    refuse_twice(store)
    gather_problems(store)
    primary, graded_here = primary_of(store, run)
    run, ranges = with_scores(store, run, primary)
    name_missing(store, primary, graded_here=graded_here)
    dataset_hash, content = hashes(store)
    run_id = digest([label, dataset_hash, content, primary])[:16]
    identity = digest([dataset_hash, content, primary])
    stored = queries.run_heads(store.connection, run_id=run_id) or [
        # A run that was given this label since, after it was imported under another.
        head
        for head in queries.run_heads(store.connection, label=label)
        if head["details"].get(IDENTITY) == identity
    ]
    known = bool(stored)
    # A run that was renamed since has the same content and keeps its new name.
    label = stored[0]["label"] if stored else label
    run_id = stored[0]["run_id"] if stored else run_id
    if not known:
        replaced = _make_room(store, label, replace=replace)
        head = _head(store, run, label, run_id, dataset_hash, primary)
        head = replace_fields(head, details={**head.details, IDENTITY: identity})
        store_staged(store, head, replaces=replaced)
    report = _report(store, run, label, run_id, primary, graded_here=graded_here, known=known)
    return replace_fields(report, score_range=ranges.get(primary))


def _make_room(store: Store, label: str, *, replace: bool) -> bool:
    """Delete the run of this label, if it may go, and return whether there was one."""
    taken = queries.run_heads(store.connection, label=label)
    if not taken:
        return False
    if taken[0]["source"] != "imported":
        raise InputError(
            f"the label {label!r} already belongs to a run that was made here. Give the import another --label"
        )
    if not replace:
        raise InputError(
            f"the label {label!r} already belongs to run {taken[0]['run_id']}, which has other content. Give this one "
            "another --label, or let it take the place of the other with --replace"
        )
    for table in tables_of_runs(store.connection):
        store.connection.execute(f"DELETE FROM {table} WHERE run_id = ?", [taken[0]["run_id"]])
    return True


def _head(store: Store, run: ForeignRun, label: str, run_id: str, dataset_hash: str, primary: str) -> StoredRun:
    highest, caps, cap = ask(store, "SELECT max(completion_index), count(DISTINCT cap), max(cap) FROM incoming")[0]
    everywhere = ask(store, "SELECT count(*) FROM incoming WHERE cap IS NULL AND missing IS NULL")[0][0] == 0
    decoding = dict(run.spec.get("decoding", {}))
    if caps == 1 and everywhere:
        decoding.setdefault("max_new_tokens", cap)
    spec = {**run.spec, "program": run.program, "files": [file.name for file in run.files]}
    return StoredRun(
        run_id=run_id,
        label=label,
        source="imported",
        spec={**spec, "decoding": decoding} if decoding else spec,
        dataset_hash=dataset_hash,
        primary_grader=primary,
        n_completions=highest + 1,
        details={
            "files": [str(file) for file in run.files],
            "notes": list(run.notes),
            "unknown": list(run.unknown),
        },
    )


def _report(
    store: Store, run: ForeignRun, label: str, run_id: str, primary: str, *, graded_here: bool, known: bool
) -> ImportReport:
    (counts,) = fetch_rows(
        store.connection,
        f"""SELECT (SELECT count(*) FROM incoming_problems) AS n_problems,
                   (SELECT count(*) FROM incoming_problems WHERE gold IS NOT NULL AND gold_number IS NULL)
                       AS unreadable_gold,
                   (SELECT count(*) FROM incoming_problems WHERE contains(gold, '%') AND gold_number IS NOT NULL)
                       AS percent_gold,
                   (SELECT count(*) FROM completions WHERE run_id = $run_id) AS n_completions,
                   (SELECT count(*) FROM completions WHERE run_id = $run_id
                       AND stop_reason = '{StopReason.UNKNOWN}') AS unknown_stop,
                   (SELECT count(*) FROM incoming_grades WHERE grader = $primary AND outcome = 'correct') AS n_correct,
                   (SELECT count(*) > 0 FROM incoming_grades WHERE ours) AS regraded,
                   (SELECT count(*) FROM incoming_missing) AS n_missing""",
        {"primary": primary, "run_id": run_id},
    )
    reasons = dict(ask(store, "SELECT reason, count(*) AS n FROM incoming_missing GROUP BY 1 ORDER BY n DESC, 1"))
    names = tuple(name for (name,) in ask(store, "SELECT DISTINCT grader FROM incoming_grades ORDER BY 1"))
    for table in ("incoming", "incoming_grades", "incoming_run_ons", "incoming_problems", "incoming_missing"):
        store.connection.execute(f"DROP TABLE {table}")
    return ImportReport(
        run_id=run_id,
        label=label,
        program=run.program,
        n_new=0 if known else counts["n_completions"],
        missing_reasons=reasons,
        primary_grader=primary,
        graders=names,
        graded_here=graded_here,
        notes=run.notes,
        unknown=run.unknown,
        ignored_columns=run.ignored,
        dataset=run.spec.get("dataset"),
        **counts,
    )


def _sizes(files: Sequence[Path]) -> list[int]:
    return [file.stat().st_size for file in files if file.exists()]


def _named(run: ForeignRun) -> str:
    if not run.files:
        return run.label
    return str(run.files[0]) if len(run.files) == 1 else f"{run.files[0]} (and {len(run.files) - 1} more files)"


def _with_files(run: ForeignRun, message: str) -> str:
    """Name the files before a message that does not."""
    if any(str(file) in message for file in run.files):
        return message
    return f"{shlex.quote(_named(run)) if ' ' in _named(run) and len(run.files) == 1 else _named(run)}: {message}"
