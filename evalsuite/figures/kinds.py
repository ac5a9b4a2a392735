"""Which drawing makes which kind of figure, how high it is, and how it becomes SVG without matplotlib."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, cast

from evalsuite.figures.curves import curves
from evalsuite.figures.flow import flow
from evalsuite.figures.intervals import difference, intervals
from evalsuite.figures.lengths import lengths
from evalsuite.figures.looks import WIDE
from evalsuite.figures.paired_dots import paired_dots
from evalsuite.figures.subsets import random_subsets
from evalsuite.figures.svg_axes import SvgFigure
from evalsuite.findings import Cell, Figure, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["HEAT_MAP", "HEIGHT", "PLAIN", "Drawing", "height", "sketch"]

Drawing = Callable[[Table, Mapping[str, Cell], "Axes"], "Axes"]

PLAIN: Mapping[str, Drawing] = {
    "intervals": intervals,
    "difference": difference,
    "flow": flow,
    "units": paired_dots,
    "lengths": lengths,
    "draws": random_subsets,
    "curves": curves,
}
"""Drawings that take the axes of `svg_axes` as well as matplotlib's."""
HEAT_MAP = "matrix"
"""The kind that seaborn draws; see `figures.drawing`."""

# Inches: of the whole figure, and more for each row of the table.
HEIGHT: Mapping[str, tuple[float, float]] = {
    "intervals": (0.65, 0.55),
    "difference": (1.15, 0.55),
    "flow": (3.5, 0.0),
    "units": (3.5, 0.0),
    "lengths": (3.4, 0.0),
    "draws": (3.2, 0.0),
    "curves": (3.6, 0.0),
    HEAT_MAP: (0.75, 0.32),
}


def height(figure: Figure, table: Table) -> float:
    """Return how high `figure` is, in inches.

    Raises
    ------
    ValueError
        The kind is unknown, or the table has no rows.
    """
    if figure.kind not in HEIGHT:
        raise ValueError(f"figure {figure.name!r} has kind {figure.kind!r}, known kinds are {sorted(HEIGHT)}")
    if not table.rows:
        raise ValueError(f"figure {figure.name!r} cannot be drawn: table {table.name!r} has no rows")
    base, each = HEIGHT[figure.kind]
    return base + each * len(table.rows)


def sketch(figure: Figure, table: Table, *, width: float = WIDE) -> SvgFigure:
    """Draw `figure` of a kind in `PLAIN` from its `table`, `width` inches wide, for `svg_writer`.

    Raises
    ------
    ValueError
        As `height`, or a column that the drawing needs is missing.
    """
    drawn = SvgFigure(72 * width, 72 * height(figure, table))
    # They stand in for matplotlib's: they know every call that the drawings make.
    PLAIN[figure.kind](table, figure.options, cast("Axes", drawn.subplots()))
    return drawn
