"""The one difference that a page is about: its numbers and, rounded so that they add up with both means, its words."""

from dataclasses import dataclass

from evalsuite.figures.cells import spread
from evalsuite.findings import Cell, Figure, Findings, Table
from evalsuite.wording import numbers
from evalsuite.wording.language import tr
from evalsuite.wording.units import Unit
from reports.sections import HEADLINE, TILES

__all__ = ["Range", "headline_range", "means_table"]


@dataclass(frozen=True, slots=True)
class Range:
    """The paired difference of the first screen: as numbers in `unit`, and in words.

    `error` is the standard error by which it and both means are rounded, so that they add up.
    """

    low: float
    value: float
    high: float
    words: str
    limits: str
    unit: Unit
    error: float | None


def headline_range(findings: Findings) -> Range | None:
    """Return the difference that the verdict is about; None for several new runs, and where nothing is compared.

    Of several intervals of one difference, such as those over seeds, the verdict rests on the last.
    """
    table = next((table for table in findings.tables if table.name == HEADLINE), None)
    figure = next((figure for figure in findings.figures if figure.name == HEADLINE), None)
    if table is None or figure is None or findings.verdict is None or not table.rows or not _is_difference(table):
        return None
    low, value, high = (table.numbers(name)[-1] for name in ("low", "value", "high"))
    unit = _unit(figure)
    error = spread(low, high)
    means = means_table(findings)
    if error is not None and means is not None and len(means.rows) == 2:
        base, new = means.numbers("value")
        error = unit.shared_error(new, base, error)
    stated = figure.options.get("level")
    level = stated if isinstance(stated, float) else 0.95
    limits = tr("{level}% CI {limits}", level=numbers.level(level), limits=unit.limits(low, high, error))
    return Range(low, value, high, unit.difference(value, error), limits, unit, error)


def means_table(findings: Findings) -> Table | None:
    """Return the table whose rows are the large numbers of the first screen."""
    tables = {table.name: table for table in findings.tables}
    found = next((tables[name] for name in TILES if name in tables), None)
    return found if found is not None and {"label", "value"} <= {column.key for column in found.columns} else None


def _is_difference(table: Table) -> bool:
    kinds = {column.key: column.kind for column in table.columns}
    return {kinds.get(name) for name in ("low", "value", "high")} in ({"difference"}, {"score_difference"})


def _unit(figure: Figure) -> Unit:
    low, high = (_number(figure.options.get(name)) for name in ("lowest", "highest"))
    return Unit() if low is None or high is None else Unit((low, high))


def _number(cell: Cell) -> float | None:
    return float(cell) if isinstance(cell, int | float) else None
