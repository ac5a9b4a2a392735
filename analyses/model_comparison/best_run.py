"""Which of several new runs may be the best, and what the best of them gained as the one that was picked."""

import numpy as np

from analyses.runs.against_base import RunComparison
from evalsuite.findings import Cell, Column, Table
from evalsuite.stats.best_of import best_of, picked_difference
from evalsuite.wording import numbers
from evalsuite.wording.language import tr

__all__ = ["best_run"]


def best_run(compared: RunComparison) -> tuple[Table, str] | None:
    """Return the table of runs that may be the best and a note on the one that is picked; None for one new run."""
    base, *new = compared.runs.scores
    rows = np.all([run.attempts > 0 for run in compared.runs.scores], axis=0)
    if len(new) < 2 or not rows.any():
        return None
    names = next((run.clusters for run in compared.runs.scores if run.clusters is not None), None)
    clusters = None if names is None else np.asarray(names)[rows].tolist()
    level = compared.comparisons[0].difference.confidence_level
    scores = np.stack([run.problem_means[rows] for run in new])
    best = best_of(scores, clusters=clusters, confidence_level=level)
    picked = picked_difference(base.problem_means[rows], scores, clusters=clusters, confidence_level=level)
    possible = tr(", ").join(new[i].label for i in best.possible)
    e = picked.difference
    note = tr(
        "{label} has the highest accuracy of {n} new runs. As the best of {n} its difference from {base} is {value} "
        "({limits}, adjusted {pvalue}); compared alone it would look better than it is. Runs that may be the best: "
        "{possible}.",
        label=new[picked.picked].label,
        n=len(new),
        base=base.label,
        value=numbers.points(e.value, e.nominal_error),
        limits=numbers.points_interval(e.low, e.high, e.nominal_error),
        pvalue=numbers.pvalue(picked.pvalue),
        possible=possible,
    )
    cells: list[tuple[Cell, ...]] = [
        (run.label, float(row.mean()), p, tr("yes") if i in best.possible else tr("no"))
        for i, (run, row, p) in enumerate(zip(new, scores, best.pvalues, strict=True))
    ]
    columns = (
        Column("label", tr("New run")),
        Column("value", tr("Accuracy"), "proportion"),
        Column("pvalue", tr("p that none is better, adjusted"), "pvalue"),
        Column("possible", tr("May be the best")),
    )
    words = tr(
        "The run that is truly best is among those that may be, with {level}% confidence.", level=f"{100 * level:g}"
    )
    return Table("best_run", tr("Which run may be the best"), columns, tuple(cells), words), note
