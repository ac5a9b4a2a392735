"""Which function draws which kind of figure, and how large.

A new kind of figure is a module with a function ``(table, options, ax) -> ax`` and one line in `DRAWING`.
"""

from collections.abc import Callable, Mapping

import matplotlib.figure
from matplotlib.axes import Axes

from evalsuite.figures.curves import curves
from evalsuite.figures.flow import flow
from evalsuite.figures.heatmaps import heat_map
from evalsuite.figures.intervals import difference, intervals
from evalsuite.figures.lengths import lengths
from evalsuite.figures.paired_dots import paired_dots
from evalsuite.figures.subsets import random_subsets
from evalsuite.figures.theme import WIDE, canvas, theme
from evalsuite.findings import Cell, Figure, Table

__all__ = ["DRAWING", "Drawing", "draw"]

Drawing = Callable[[Table, Mapping[str, Cell], Axes], Axes]

DRAWING: Mapping[str, Drawing] = {
    "intervals": intervals,
    "difference": difference,
    "flow": flow,
    "units": paired_dots,
    "lengths": lengths,
    "draws": random_subsets,
    "curves": curves,
    "matrix": heat_map,
}

# Inches: of the whole figure, and more for each row of the table.
HEIGHT: Mapping[str, tuple[float, float]] = {
    "intervals": (0.65, 0.55),
    "difference": (1.15, 0.55),
    "flow": (3.5, 0.0),
    "units": (3.5, 0.0),
    "lengths": (3.4, 0.0),
    "draws": (3.2, 0.0),
    "curves": (3.6, 0.0),
    "matrix": (0.75, 0.32),
}


def draw(figure: Figure, table: Table, *, width: float = WIDE) -> matplotlib.figure.Figure:
    """Draw `figure` from its `table`, `width` inches wide.

    Raises
    ------
    ValueError
        The kind is unknown, the table has no rows, or a column that the drawing needs is missing.
    """
    if figure.kind not in DRAWING:
        raise ValueError(f"figure {figure.name!r} has kind {figure.kind!r}, known kinds are {sorted(DRAWING)}")
    if not table.rows:
        raise ValueError(f"figure {figure.name!r} cannot be drawn: table {table.name!r} has no rows")
    base, each = HEIGHT[figure.kind]
    with theme():
        picture, ax = canvas(width, base + each * len(table.rows))
        DRAWING[figure.kind](table, figure.options, ax)
        # Lay out once and keep it: laid out again at each saving, the figure would creep and be drawn twice.
        engine = picture.get_layout_engine()
        if engine is not None:
            engine.execute(picture)
        picture.set_layout_engine(None)
    return picture
