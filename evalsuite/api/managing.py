"""Manage a store from Python: import results, give runs other labels and tags, delete them."""

from collections.abc import Mapping
from os import PathLike
from pathlib import Path

import pandas as pd

from evalsuite.api.arguments import PythonWords
from evalsuite.errors import InputError
from evalsuite.store import manage
from evalsuite.store.imports.results import ReadOptions
from evalsuite.store.imports.results_file import read_path
from evalsuite.store.imports.store_results import ImportReport, store_runs
from evalsuite.store.runs import find_run
from evalsuite.store.store import Store

__all__ = ["delete", "import_results", "rename", "tag"]


def import_results(
    *paths: str | PathLike[str],
    store: str | PathLike[str],
    label: str | None = None,
    id_column: str | None = None,
    correct_column: str | None = None,
    columns: Mapping[str, str] | None = None,
    group_by: str | None = None,
    score_range: tuple[float, float] | None = None,
    replace: bool = False,
) -> pd.DataFrame:
    """Import files and folders of results into a store, which is made if there is none.

    Parameters
    ----------
    store
        The DuckDB file.
    label
        Name of the run; of several, what their own names follow.
    id_column, correct_column
        Columns of a table that name its problems and say what is right, where their names do not say it.
    columns
        Others: our name of a column to that of the table, ``{"gold": "truth"}``.
    group_by
        Column of a table whose values are runs.
    score_range
        Lowest and highest score possible, where verdicts are scores.
    replace
        Whether imported runs of the same label with other content give way.

    Returns
    -------
    One row a run: label, run_id, program, n_problems, n_completions, n_new, n_correct, n_missing, primary_grader and
    notes.

    Raises
    ------
    InputError
        Something is not usable, or nothing can be compared; the message says what to do.
    """
    with PythonWords():
        if not paths:
            raise InputError('name files or folders, such as import_results("results.csv", store="runs.duckdb")')
        named = {"problem_id": id_column, "correct": correct_column}
        given = dict(columns or {}) | {ours: name for ours, name in named.items() if name is not None}
        options = ReadOptions(given, group_by, score_range)
        runs = [run for path in paths for run in read_path(Path(path), options)]
        with Store.writer(Path(store)) as opened:
            reports = store_runs(opened, runs, label=label, replace=replace)
    return pd.DataFrame([_row(report) for report in reports])


def _row(report: ImportReport) -> dict[str, object]:
    names = (
        "label", "run_id", "program", "n_problems", "n_completions", "n_new", "n_correct", "n_missing",
        "primary_grader", "notes",
    )  # fmt: skip
    return {name: getattr(report, name) for name in names}


def rename(run: str, label: str, *, store: str | PathLike[str]) -> str:
    """Give a stored run (label or id) another label; return its id, which stays.

    Raises
    ------
    InputError
        There is no such run, or the label belongs to another.
    """
    with PythonWords(), Store.writer(Path(store), create=False) as opened:
        return manage.rename_run(opened, run, label).run_id


def tag(run: str, *tags: str, store: str | PathLike[str], remove: bool = False) -> tuple[str, ...]:
    """Add tags to a stored run (label or id), or take them away; return those that it has then.

    Raises
    ------
    InputError
        There is no such run, a tag is empty, or one that is to be taken away is not there.
    """
    with PythonWords(), Store.writer(Path(store), create=False) as opened:
        return manage.tag_run(opened, run, tags, remove=remove)


def delete(*runs: str, store: str | PathLike[str], with_extensions: bool = False) -> tuple[str, ...]:
    """Delete stored runs (labels or ids) with their completions, grades and tags; return the labels of those that went.

    Nothing is asked, and nothing comes back.

    Parameters
    ----------
    with_extensions
        Whether runs go too that extend or repeat one of them.

    Raises
    ------
    InputError
        There is no such run, or another run continues one of them and is to stay.
    """
    with PythonWords(), Store.writer(Path(store), create=False) as opened:
        if not runs:
            raise InputError('name the runs to delete, such as delete("first-try", store="runs.duckdb")')
        removal = manage.plan_removal(
            opened, [find_run(opened, run).run_id for run in runs], with_extensions=with_extensions
        )
        manage.delete_runs(opened, removal)
        return tuple(head.label for head in removal.runs)
