"""Draw a figure of findings with matplotlib: heat maps for a page, every kind for notebooks and as PNG."""

from collections.abc import Mapping

import matplotlib.figure

from evalsuite.figures.heatmaps import heat_map
from evalsuite.figures.kinds import HEAT_MAP, HEIGHT, PLAIN, Drawing, height
from evalsuite.figures.looks import WIDE
from evalsuite.figures.theme import canvas, theme
from evalsuite.findings import Figure, Table

__all__ = ["DRAWING", "HEIGHT", "Drawing", "draw"]

DRAWING: Mapping[str, Drawing] = {**PLAIN, HEAT_MAP: heat_map}


def draw(figure: Figure, table: Table, *, width: float = WIDE) -> matplotlib.figure.Figure:
    """Draw `figure` from its `table`, `width` inches wide.

    Raises
    ------
    ValueError
        The kind is unknown, the table has no rows, or a column that the drawing needs is missing.
    """
    high = height(figure, table)
    with theme():
        picture, ax = canvas(width, high)
        DRAWING[figure.kind](table, figure.options, ax)
        # Lay out once and keep it: laid out again at each saving, the figure would creep and be drawn twice.
        engine = picture.get_layout_engine()
        if engine is not None:
            engine.execute(picture)
        picture.set_layout_engine(None)
    return picture
