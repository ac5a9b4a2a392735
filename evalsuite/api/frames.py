"""Frames whose columns are not called as usual: they are read as a file with these columns would be."""

from dataclasses import replace

import pandas as pd

from evalsuite.errors import InputError
from evalsuite.pairing.match import Known
from evalsuite.scores import ScoreMatrix
from evalsuite.store.imports.raw_table import of_frame
from evalsuite.store.imports.readers.table import runs_of_table
from evalsuite.store.imports.results import ReadOptions
from evalsuite.store.imports.store_results import store_run
from evalsuite.store.runs import find_run, known_problems, score_matrix
from evalsuite.store.store import Store

__all__ = ["scores_of_frame"]


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
