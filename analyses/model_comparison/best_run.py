"""Which of several new runs may be the best, and what the best of them gained as the one that was picked."""

from analyses.runs.against_base import RunComparison
from evalsuite.findings import Cell, Column, Table
from evalsuite.wording import best_run as words
from evalsuite.wording import numbers
from evalsuite.wording.language import tr

__all__ = ["best_run"]


def best_run(compared: RunComparison) -> tuple[Table, tuple[str, ...]] | None:
    """Return the table of runs that may be the best, and what is said of them; None for one new run."""
    best = compared.best
    if best is None:
        return None
    cells: list[tuple[Cell, ...]] = [
        (label, accuracy, best.pvalues[label], tr("yes") if label in best.possible else tr("no"))
        for label, accuracy in best.accuracies.items()
    ]
    columns = (
        Column("label", tr("New run")),
        Column("value", tr("Accuracy"), "proportion"),
        Column("pvalue", tr("p that none is better, adjusted"), "pvalue"),
        Column("possible", tr("Could be the best")),
    )
    note = tr(
        "With {level}% confidence, the run that is truly best is one of those marked.",
        level=numbers.level(1 - best.alpha),
    )
    return Table("best_run", tr("Which run could be the best"), columns, tuple(cells), note), words.sentences(best)
