"""The difference of every two runs, as one matrix; which of them hold together is asked of `compare --all-pairs`."""

import numpy as np

from analyses.runs.against_base import RunComparison
from evalsuite.findings import Cell, Column, Table
from evalsuite.scores import ScoreMatrix
from evalsuite.wording.language import tr

__all__ = ["pair_table"]


def pair_table(compared: RunComparison) -> tuple[Table, ...]:
    """Return the accuracy of the run of each row minus that of each column, where there are three runs or more."""
    runs = compared.runs.scores
    if len(runs) <= 2 or compared.comparisons[0].without_cap is not None:
        return ()
    rows: list[tuple[Cell, ...]] = [
        (run.label, *(None if other is run else _difference(other, run) for other in runs)) for run in runs
    ]
    columns = (Column("label", tr("Run")), *(Column(f"run{i}", run.label, "difference") for i, run in enumerate(runs)))
    note = tr(
        "The run of the row minus that of the column, on the problems of both. `evalsuite compare --all-pairs` tests "
        "all of them as one family."
    )
    return (Table("pairs", tr("Every two runs"), columns, tuple(rows), note),)


def _difference(base: ScoreMatrix, new: ScoreMatrix) -> float | None:
    moved = new.problem_means - base.problem_means
    return None if np.isnan(moved).all() else float(np.nanmean(moved))
