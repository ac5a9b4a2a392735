"""Square tables of shares as a heat map, with the number in every cell so that it reads without any colour."""

import math
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_rgba

from evalsuite.figures.cells import numbers, read_options, texts
from evalsuite.figures.looks import INK, PAPER, clip, is_wide
from evalsuite.findings import Cell, Table
from evalsuite.wording.language import tr

__all__ = ["HeatMapOptions", "heat_map"]

DARKEST = 0.35
"""Opacity of the ink behind the largest share: light enough that numbers keep a contrast of 4.5:1 on every cell."""
FAINTEST = 0.02
"""The largest share is never taken for less, so that a table of nothing is not dark."""

# Ink of growing opacity, not a scale of colours: it follows the page when paper and ink change places.
SHADES = LinearSegmentedColormap.from_list("ink", [to_rgba(INK, 0.0), to_rgba(INK, DARKEST)])


@dataclass(frozen=True, slots=True)
class HeatMapOptions:
    """What a heat map may say beside its table: `x_title`, what a number means."""

    x_title: str | None = None


def heat_map(table: Table, options: Mapping[str, Cell], ax: Axes) -> Axes:
    """Draw a table of shares, one cell a pair. Rows are named and numbered, columns have the number of their row.

    Of a symmetric table only what lies below the diagonal is drawn.

    Parameters
    ----------
    table
        A column ``label`` and, in the order of the rows, one column of shares in [0, 1] for each label; a cell that
        is None stays empty.
    options
        Fields of `HeatMapOptions`.
    """
    keys = [column.key for column in table.columns if column.key != "label"]
    n = len(table.rows)
    if len(keys) != n:
        raise ValueError(f"table {table.name!r} needs one column of shares for each of {n} rows: {keys}")
    shares = pd.DataFrame({key: numbers(table, key) for key in keys}, index=texts(table, "label"))
    size, room = (8, 30) if is_wide(ax) else (5.5, 16)
    cells = shares.to_numpy()
    known = [share for share in cells.ravel() if not math.isnan(share)]
    # What is said of a pair is said once.
    twice = np.triu(np.ones((n, n), dtype=bool)) if n > 1 and np.array_equal(cells, cells.T, equal_nan=True) else None
    sns.heatmap(
        shares, ax=ax, mask=twice, cmap=SHADES, vmin=0, vmax=max([FAINTEST, *known]), cbar=False, linewidths=1.0,
        linecolor=PAPER, clip_on=False, annot=np.array([[_percent(share) for share in row] for row in cells]), fmt="",
        annot_kws={"fontsize": size, "color": INK},
        xticklabels=[str(place) for place in range(1, n + 1)],
        yticklabels=[f"{clip(label, room)}  {place}" for place, label in enumerate(shares.index, 1)],
    )  # fmt: skip
    ax.tick_params(length=0, labelsize=size, rotation=0)
    title = clip(read_options(HeatMapOptions, options).x_title or tr("share, in percent"), 120)
    ax.set_xlabel(textwrap.fill(title, 64 if is_wide(ax) else 32))
    ax.set_ylabel("")
    return ax


def _percent(share: float) -> str:
    """Write a share as a whole percent that is 0 only for none and 100 only for all."""
    if math.isnan(share):
        return ""
    if 0 < share < 0.005:
        return "<1"
    if 0.995 < share < 1:
        return ">99"
    return f"{100 * share:.0f}"
