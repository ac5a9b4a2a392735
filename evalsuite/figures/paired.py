"""The problems on which two runs disagree: the only ones that tell which run is better."""

import math
from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from evalsuite.figures.cells import numbers, option_text
from evalsuite.figures.theme import INK, PAPER, SERIES, clip, width
from evalsuite.findings import Cell, Table
from evalsuite.language import tr

__all__ = ["ONE_BY_ONE", "paired"]

ONE_BY_ONE = 25
"""Up to this many problems on a side each gets its own mark; beyond it they become a bar."""


def paired(table: Table, options: Mapping[str, Cell], ax: Axes) -> Axes:
    """Draw what flipped: problems that only the base solved to the left, only the new run to the right.

    Parameters
    ----------
    table
        Columns ``base_right`` and ``new_right`` (bool) and ``count``: the four cells of the paired table.
    options
        ``base`` and ``new``: names of the runs.
    """
    cells: dict[tuple[bool, bool], float] = {}
    for base, new, count in zip(
        numbers(table, "base_right"), numbers(table, "new_right"), numbers(table, "count"), strict=True
    ):
        cells[bool(base), bool(new)] = 0.0 if math.isnan(count) else count
    losses, wins = cells.get((True, False), 0.0), cells.get((False, True), 0.0)
    reach = max(losses, wins, 4.0)
    _side(ax, losses, direction=-1, one_by_one=reach <= ONE_BY_ONE)
    _side(ax, wins, direction=1, one_by_one=reach <= ONE_BY_ONE)
    room = int(4.5 * width(ax)) - 9
    names = [clip(option_text(options, key, key), room) for key in ("base", "new")]
    ax.set_title(tr("▼ only {label}: {n}", label=names[0], n=f"{losses:,g}"), loc="left", fontweight="bold")
    ax.set_title(tr("▲ only {label}: {n}", label=names[1], n=f"{wins:,g}"), loc="right", fontweight="bold")
    ax.axvline(0, color=INK, linewidth=1.1)
    ax.set_xlim(-1.04 * reach - 0.2, 1.04 * reach + 0.2)
    ax.set_ylim(-0.6, 0.6)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    ax.xaxis.set_major_locator(MaxNLocator(6, integer=True, symmetric=True, steps=[1, 2, 5, 10]))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{abs(x):,g}"))
    both, neither = cells.get((True, True), 0.0), cells.get((False, False), 0.0)
    counts = {"both": f"{both:,g}", "neither": f"{neither:,g}"}
    ax.set_xlabel(tr("problems that one run alone solved\n(both right {both}, both wrong {neither})", **counts))
    return ax


def _side(ax: Axes, count: float, *, direction: int, one_by_one: bool) -> None:
    look = SERIES[0 if direction < 0 else 1]
    if one_by_one:
        places = [direction * (i + 0.5) for i in range(int(count))]
        marker = "v" if direction < 0 else "^"
        ax.plot(places, [0.0] * len(places), linestyle="none", marker=marker, markersize=9, color=look.colour)
    else:
        hatch = "\\\\\\" if direction < 0 else None
        ax.barh(0, direction * count, height=0.7, color=look.colour, hatch=hatch, edgecolor=PAPER)
