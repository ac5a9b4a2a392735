"""From a path to stored runs: the reader that recognises it, then the store. One way for every door."""

from collections.abc import Callable, Sequence
from pathlib import Path

from evalsuite.errors import DataUnavailableError, InputError
from evalsuite.store.imports.as_written import read_as_written
from evalsuite.store.imports.chosen_runs import of_task
from evalsuite.store.imports.counted import counted
from evalsuite.store.imports.formats import reader_for
from evalsuite.store.imports.left_out import with_left_out
from evalsuite.store.imports.results import ForeignRun, ReadOptions
from evalsuite.store.imports.store_results import IMPORTED_GRADER, ImportReport, store_runs
from evalsuite.store.store import Store
from evalsuite.unpacked import refuse_too_large

__all__ = ["IMPORTED_GRADER", "ImportReport", "import_file", "import_path", "read_path"]


def read_path(path: Path, options: ReadOptions, format_name: str | None = None) -> Sequence[ForeignRun]:
    """Return the runs of a file or folder, their rows not yet read.

    Raises
    ------
    DataUnavailableError
        It is not there, or cannot be read.
    InputError
        No reader recognises it, or nothing in it can be compared.
    """
    if not path.exists():
        raise DataUnavailableError(f"there is no file or folder {path}")
    refuse_too_large(path, options.max_unpacked)
    runs: Sequence[ForeignRun] = read_as_written(reader_for(path, format_name), path, options)
    if not runs:
        raise InputError(f"{path} holds no run")
    if path.is_dir():
        runs = with_left_out(path, runs)
    if options.task is not None:
        runs = of_task(path, runs, options.task)
    return [counted(run, options) for run in runs]


def import_path(
    store: Store,
    path: Path,
    *,
    label: str | None = None,
    options: ReadOptions | None = None,
    format_name: str | None = None,
    replace: bool = False,
    watch: Callable[[int], None] | None = None,
) -> tuple[ImportReport, ...]:
    """Import all runs of a file or folder; see `store_results.store_runs`."""
    runs = read_path(path, options or ReadOptions(), format_name)
    return store_runs(store, runs, label=label, replace=replace, watch=watch)


def import_file(
    store: Store, file: Path, *, label: str, score_range: tuple[float, float] | None = None
) -> ImportReport:
    """Import a file that holds one run.

    Parameters
    ----------
    score_range
        Lowest and highest score possible, where the file has scores.

    Raises
    ------
    InputError
        It holds several; the message names them.
    """
    runs = read_path(file, ReadOptions(score_range=score_range))
    if len(runs) > 1:
        raise InputError(f"{file} holds {len(runs)} runs: {', '.join(run.label for run in runs)}")
    return store_runs(store, runs, label=label)[0]
