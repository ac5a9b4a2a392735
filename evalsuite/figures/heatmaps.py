"""Square tables of shares as a map, with the number in every cell so that it reads without any colour."""

import math
import textwrap
from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import to_rgba

from evalsuite.figures.cells import numbers, option_text, texts
from evalsuite.figures.theme import INK, PAPER, clip, is_wide
from evalsuite.findings import Cell, Table
from evalsuite.wording.language import tr

__all__ = ["matrix"]

DARKEST = 0.35
"""Opacity of the ink behind a share of 100%: light enough that numbers keep a contrast of 4.5:1 on every cell."""


def matrix(table: Table, options: Mapping[str, Cell], ax: Axes) -> Axes:
    """Draw a table of shares, one cell a pair. Rows are named and numbered, columns have the number of their row.

    Parameters
    ----------
    table
        A column ``label`` and, in the order of the rows, one column of shares in [0, 1] for each label; a cell that
        is None stays empty.
    options
        ``x_title``: what a number means.
    """
    labels = texts(table, "label")
    keys = [column.key for column in table.columns if column.key != "label"]
    if len(keys) != len(labels):
        raise ValueError(f"table {table.name!r} needs one column of shares for each of {len(labels)} rows: {keys}")
    size = 8 if is_wide(ax) else 5.5
    corners, shades = [], []
    for x, key in enumerate(keys):
        for y, share in enumerate(numbers(table, key)):
            if math.isnan(share):
                continue
            corners.append([(x + dx, y + dy) for dx, dy in ((-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5))])
            shades.append(to_rgba(INK, DARKEST * share))
            ax.text(x, y, _percent(share), ha="center", va="center", fontsize=size)
    # One artist for all cells and one for all edges: one each would take longer than everything else.
    ax.add_collection(PolyCollection(corners, facecolors=shades, edgecolors="none", zorder=1), autolim=False)
    n = len(labels)
    edges = [edge - 0.5 for edge in range(n + 1)]
    lines = [[(e, -0.5), (e, n - 0.5)] for e in edges] + [[(-0.5, e), (n - 0.5, e)] for e in edges]
    ax.add_collection(LineCollection(lines, colors=PAPER, linewidths=1.0, zorder=2), autolim=False)
    room = 30 if is_wide(ax) else 16
    ax.set_yticks(range(n), [f"{clip(label, room)}  {place}" for place, label in enumerate(labels, 1)], fontsize=size)
    ax.set_xticks(range(n), [str(place) for place in range(1, n + 1)], fontsize=size)
    ax.set_xlim(-0.5, n - 0.5)
    ax.set_ylim(n - 0.5, -0.5)
    ax.tick_params(length=0)
    for side in ("left", "bottom"):
        ax.spines[side].set_visible(False)
    title = clip(option_text(options, "x_title", tr("share, in percent")), 120)
    ax.set_xlabel(textwrap.fill(title, 64 if is_wide(ax) else 32))
    return ax


def _percent(share: float) -> str:
    """Write a share as a whole percent that is 0 only for none and 100 only for all."""
    if 0 < share < 0.005:
        return "<1"
    if 0.995 < share < 1:
        return ">99"
    return f"{100 * share:.0f}"
