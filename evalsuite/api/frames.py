"""Frames of any library, and those whose columns are not called as usual: they are read as a file would be."""

from dataclasses import replace
from typing import Any

import pandas as pd

from evalsuite.errors import InputError
from evalsuite.pairing.match import Known
from evalsuite.scores import ScoreMatrix
from evalsuite.store.imports.column_names import GROUPS, normal
from evalsuite.store.imports.raw_table import of_frame
from evalsuite.store.imports.readers.table import runs_of_table
from evalsuite.store.imports.results import ReadOptions
from evalsuite.store.imports.store_results import store_run
from evalsuite.store.runs import find_run, known_problems, score_matrix
from evalsuite.store.store import Store

__all__ = ["as_pandas", "refuse_several_models", "scores_of_frame"]


def as_pandas(value: Any) -> Any:
    """Return a table of Arrow, polars or the datasets library as a pandas frame; anything else as it is.

    Levels of an index that have names become columns.
    """
    if not isinstance(value, pd.DataFrame | pd.Series) and hasattr(value, "to_pandas"):
        try:
            value = value.to_pandas()
        except ImportError:  # polars without pyarrow
            value = pd.DataFrame(value.to_dict(as_series=False))
    if isinstance(value, pd.DataFrame) and value.columns.nlevels == 1:
        named = [level for level in value.index.names if level is not None]
        if named and not {*named} & {*value.columns}:
            return value.reset_index(level=named)
    return value


def refuse_several_models(frame: pd.DataFrame, name: str) -> None:
    """Refuse a frame that holds rows of several models, which would be taken for completions of one."""
    for column in frame.columns:
        if isinstance(column, str) and normal(column) in GROUPS and frame[column].astype(str).nunique() > 1:
            models = list(dict.fromkeys(frame[column].astype(str)))
            shown = ", ".join(models[:5]) + (", ..." if len(models) > 5 else "")
            raise InputError(
                f"{name} holds rows of {len(models)} models in column {column!r}: {shown}. Give the rows of one, such "
                f"as frame[frame[{column!r}] == {models[0]!r}]"
            )


def scores_of_frame(frame: pd.DataFrame, name: str, options: ReadOptions) -> tuple[ScoreMatrix, Known]:
    """Return the scores of a frame by problem, and what it says of its problems.

    Texts without verdicts are graded where right answers stand beside them.

    Raises
    ------
    InputError
        Nothing names the problems, nothing can be compared, or the frame holds several runs.
    """
    runs = runs_of_table(of_frame(frame, name), options, label=name)
    if len(runs) > 1:
        labels = ", ".join(run.label for run in runs)
        raise InputError(
            f"{name} holds {len(runs)} runs: {labels}. Give one frame for each, with the columns or rows of its run"
        )
    with Store.in_memory() as store:
        report = store_run(store, runs[0], label=name)
        head = find_run(store, report.run_id)
        matrix = score_matrix(store, head, partial_credit=True).by_problem_id()
        return replace(matrix, label=name), known_problems(store, head, matrix.problem_ids)
