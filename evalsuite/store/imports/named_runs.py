"""Runs by what a person types: labels of a store, files, folders, mixed. A file needs no store."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from evalsuite.errors import InputError
from evalsuite.settings import ReadSettings
from evalsuite.store import queries
from evalsuite.store.imports.chosen_runs import Found, Tasks, chosen, tasks_of
from evalsuite.store.imports.results import ForeignRun, ReadOptions
from evalsuite.store.imports.results_file import read_path
from evalsuite.store.imports.rows_read import RowsRead
from evalsuite.store.imports.store_results import ImportReport, store_run
from evalsuite.store.rows import insert_columns
from evalsuite.store.runs import find_run
from evalsuite.store.store import MEMORY, Store
from evalsuite.unpacked import bytes_of

__all__ = ["NamedRuns", "has_files", "open_runs", "read_options"]


@dataclass(frozen=True, slots=True)
class NamedRuns:
    """Runs in one open store.

    Attributes
    ----------
    store
        The user's, or one in memory.
    labels
        Of the runs, in the order in which they were named.
    reports
        What was read from files.
    stored
        Whether the store is the user's and nothing was read from files.
    tasks
        Labels of the runs of each task, the base first, where the files hold several tasks; else empty.
    notes
        What was left out of the files.
    """

    store: Store
    labels: tuple[str, ...]
    reports: tuple[ImportReport, ...] = ()
    stored: bool = True
    tasks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def read_options(settings: ReadSettings, count: Callable[[str], int] | None = None) -> ReadOptions:
    """Return the options of the readers.

    Parameters
    ----------
    count
        What the tokenizer of the settings counts tokens with.

    Raises
    ------
    InputError
        A ``--column`` has no ``=``, or the range of scores is none.

    Examples
    --------
    >>> read_options(ReadSettings(id="key", column=("gold=truth",))).columns
    {'gold': 'truth', 'problem_id': 'key'}
    """
    columns = {}
    for text in settings.column:
        ours, mark, theirs = text.partition("=")
        if not mark or not ours.strip():
            raise InputError(f"--column takes ours=theirs, such as --column gold=truth, got {text!r}")
        columns[ours.strip()] = theirs.strip()
    given = {"problem_id": settings.id, "correct": settings.correct}
    columns |= {ours: theirs for ours, theirs in given.items() if theirs is not None}
    return ReadOptions(
        columns=columns,
        group_by=settings.group_by,
        score_range=settings.score_range,
        max_unpacked=bytes_of(settings.max_unpacked),
        count=count,
        cap=settings.cap,
        task=settings.task,
        step=settings.step,
    )


def has_files(names: Sequence[str | Path], store: Path | None) -> bool:
    """Return whether any of the names is a file or folder and no label of the store."""
    return any(_is_path(name, store) for name in names)


@contextmanager
def open_runs(
    names: Sequence[str | Path],
    store: Path | Store | None,
    *,
    labels: Sequence[str] | None = None,
    options: ReadOptions | None = None,
    keep: bool = False,
    tasks: Tasks = "one",
    watch: Callable[[int], None] | None = None,
) -> Iterator[NamedRuns]:
    """Open a store that holds all the runs that `names` mean.

    Labels alone open the user's store for reading. With files, a store in memory serves, which labelled runs are
    copied into; what it holds is gone afterwards.

    Parameters
    ----------
    store
        Where labels are looked up: a path, or a store that is open.
    labels
        Names for the runs, one a name; their own if not given.
    keep
        Import files into the user's store instead, and open that.
    tasks
        What is taken of names that hold several tasks.
    watch
        Called with the number of rows read so far, of all files together.

    Raises
    ------
    InputError
        A name is neither a path nor a label, two names are one file, or the runs of the names do not belong together.
    """
    where = store.path if isinstance(store, Store) else store
    files = [_is_path(name, store) for name in names]
    if not any(files):
        if options is not None and options.score_range is not None:
            raise InputError("--score-range has no effect on stored runs, whose graders have a range of their own")
        if options is not None and options.task is not None:
            raise InputError("--task chooses among the tasks of files; a stored run is of one task")
        if store is None:
            raise InputError(_unknown(names[0] if names else "", where))
        if isinstance(store, Store):
            yield NamedRuns(store, tuple(map(str, names)))
            return
        if not store.exists() and names:
            raise InputError(_unknown(names[0], where))
        with Store.reader(store) as opened:
            yield NamedRuns(opened, tuple(map(str, names)))
        return
    _refuse_twice([Path(name) for name, is_file in zip(names, files, strict=True) if is_file])
    if keep and where is not None:
        with Store.writer(where) as opened:
            yield _filled(opened, names, files, labels, options, watch, tasks=tasks)
        return
    with Store.in_memory() as opened:
        stored = [str(name) for name, is_file in zip(names, files, strict=True) if not is_file]
        if stored:
            _copy(opened, store, stored)
        yield _filled(opened, names, files, labels, options, watch, tasks=tasks)


def _is_path(name: str | Path, store: Path | Store | None) -> bool:
    """Tell whether a name is a path: it is there, and no label of the store is written so."""
    if isinstance(name, Path):
        return True
    if not Path(name).exists():
        return _looks_like_file(name) and not _is_label(name, store)
    return not _is_label(name, store)


def _looks_like_file(name: str) -> bool:
    return "/" in name or Path(name).suffix.lower() in (
        ".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".parquet", ".gz", ".zst", ".eval",
    )  # fmt: skip


def _is_label(name: str, store: Path | Store | None) -> bool:
    if isinstance(store, Store):
        return bool(queries.run_heads(store.connection, label=name))
    if store is None or not store.is_file():
        return False
    with Store.reader(store) as opened:
        return bool(queries.run_heads(opened.connection, label=name))


def _unknown(name: str | Path, store: Path | None) -> str:
    beside = f"and there is no store at {store}" if store is not None else "and no store was given"
    return (
        f"there is neither a file nor a folder {str(name)!r}, {beside}. Name two files or folders of results, or make "
        "a store with `evalsuite run` or `evalsuite import`, or name another with --store"
    )


def _refuse_twice(paths: Sequence[Path]) -> None:
    twice = [path for path, n in Counter(path.resolve() for path in paths).items() if n > 1]
    if twice:
        raise InputError(f"{twice[0]} is named twice: a run cannot be compared with itself")


def _filled(
    store: Store,
    names: Sequence[str | Path],
    files: Sequence[bool],
    labels: Sequence[str] | None,
    options: ReadOptions | None,
    watch: Callable[[int], None] | None,
    *,
    tasks: Tasks,
) -> NamedRuns:
    """Read the files into the store and return all runs in order."""
    read = [
        list(read_path(Path(name), options or ReadOptions())) if is_file else [str(name)]
        for name, is_file in zip(names, files, strict=True)
    ]
    found = [Found(str(name), tuple(of_name)) for name, of_name in zip(names, read, strict=True)]
    runs, notes, several = chosen(found, tasks)
    paths, taken = [one.name for one in runs], [_taken(store, one.run) for one in runs]
    shown = list(labels) if labels is not None and len(labels) == len(runs) else _distinct(taken, paths)
    rows = RowsRead(watch)
    reports: list[ImportReport] = []
    ordered: list[str] = []
    for one, label in zip(runs, shown, strict=True):
        if isinstance(one.run, str):
            ordered.append(one.run)
            continue
        reports.append(store_run(store, one.run, label=label, watch=rows))
        rows.next_run()
        ordered.append(reports[-1].label)
    if store.path == MEMORY:
        store.typed = dict(zip(ordered, paths, strict=True))
    by_task = tasks_of(runs, ordered) if several else {}
    return NamedRuns(store, tuple(ordered), tuple(reports), stored=False, tasks=by_task, notes=notes)


def _taken(store: Store, run: ForeignRun | str) -> str:
    return find_run(store, run).label if isinstance(run, str) else run.label


def _distinct(labels: Sequence[str], paths: Sequence[str]) -> list[str]:
    """Return labels that differ: with the folder or the name of the file where they do not.

    Examples
    --------
    >>> _distinct(["results", "results"], ["a/results.csv", "b/results.csv"])
    ['a/results', 'b/results']
    """
    count = Counter(labels)
    if max(count.values()) == 1:
        return list(labels)
    made = [
        label if count[label] == 1 else f"{_apart(path, [p for p in paths if p != path])}/{label}"
        for label, path in zip(labels, paths, strict=True)
    ]
    seen: Counter[str] = Counter()
    for i, label in enumerate(made):
        seen[label] += 1
        if seen[label] > 1:
            made[i] = f"{label} {seen[label]}"
    return made


def _apart(path: str, others: Sequence[str]) -> str:
    """Return the last part of a path that no other has."""
    shared = {part for other in others for part in Path(other).parts}
    return next((part for part in reversed(Path(path).parts) if part not in shared), Path(path).stem)


def _copy(target: Store, source: Path | Store | None, names: Sequence[str]) -> None:
    """Copy labelled runs of the user's store into one in memory."""
    if isinstance(source, Path):
        if not source.exists():
            raise InputError(_unknown(names[0], source))
        with Store.reader(source) as opened:
            _copy(target, opened, names)
        return
    if source is None:
        raise InputError(_unknown(names[0], None))
    heads = [find_run(source, name) for name in names]
    ids = [head.run_id for head in heads]
    sets = [head.dataset_hash for head in heads]
    tables = {
        "runs": ("run_id", ids), "run_problems": ("run_id", ids), "run_draws": ("run_id", ids),
        "completions": ("run_id", ids), "grades": ("run_id", ids), "missing_results": ("run_id", ids),
        "batches": ("run_id", ids), "problems": ("dataset_hash", sets),
        "tokenizers": ("tokenizer_hash", [h.tokenizer_hash for h in heads]),
    }  # fmt: skip
    with target.transaction():
        for table, (key, values) in tables.items():
            result = source.connection.execute(f"SELECT * FROM {table} WHERE list_contains(?, {key})", [values])
            columns = [column[0] for column in result.description or ()]
            while rows := result.fetchmany(2_000):
                insert_columns(
                    target.connection, table, dict(zip(columns, map(list, zip(*rows, strict=True)), strict=True))
                )
