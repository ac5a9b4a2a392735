"""The paired table as a flow from one run to the other, with the difference it makes beside it.

Each column is a run: its filled part is the share of problems it solved. Ribbons join the same problems in both
runs; only the two that cross change the accuracy.
"""

import math
from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.patches import Patch, PathPatch, Rectangle
from matplotlib.path import Path
from matplotlib.ticker import FuncFormatter

from evalsuite.figures.cells import numbers, read_options
from evalsuite.figures.estimation import EstimateOptions, difference_beside
from evalsuite.figures.theme import INK, PAPER, clip, folded, legend_columns
from evalsuite.findings import Cell, Table
from evalsuite.wording.language import tr
from evalsuite.wording.numbers import percent

__all__ = ["flow"]

THICK = 0.12
"""Width of a column; the columns begin at 0 and at 1."""
LEGIBLE = 0.07
"""Share of problems from which a ribbon has room for its number."""


def flow(table: Table, options: Mapping[str, Cell], ax: Axes) -> Axes:
    """Draw the four cells of the paired table as ribbons, and the difference on an axis of its own.

    Parameters
    ----------
    table
        Columns ``base_right`` and ``new_right`` (bool) and ``count``: the four cells of the paired table.
    options
        Fields of `EstimateOptions`.
    """
    chosen = read_options(EstimateOptions, options)
    cells = {
        (bool(base), bool(new)): 0.0 if math.isnan(count) else count
        for base, new, count in zip(
            numbers(table, "base_right"), numbers(table, "new_right"), numbers(table, "count"), strict=True
        )
    }
    old, new = chosen.colours
    total = sum(cells.values()) or 1.0
    both, wins, losses, neither = (
        cells.get(key, 0.0) / total for key in ((True, True), (False, True), (True, False), (False, False))
    )
    _ribbon(ax, (0, 0), both, INK, 0.2, _words(tr("both right"), both * total, both))
    _ribbon(ax, (1 - neither, 1 - neither), neither, INK, 0.07, _words(tr("neither"), neither * total, neither))
    _ribbon(ax, (both, both + wins), losses, old, 0.75, "", hatch="\\\\\\")
    _ribbon(ax, (both + losses, both), wins, new, 0.75, "")
    accuracy = (both + losses, both + wins)
    ax.plot([THICK, 1], [accuracy[0]] * 2, color=INK, linewidth=0.9, linestyle=":", zorder=4)
    names = [chosen.base, chosen.new]
    _columns(ax, accuracy, names, chosen.colours)
    _legend(ax, names, (losses * total, wins * total), chosen.colours)
    difference_beside(ax, accuracy, chosen)
    return ax


def _legend(ax: Axes, names: list[str], counts: tuple[float, float], colours: tuple[str, str]) -> None:
    base, new = (tr("only {run}", run=clip(name, 30)) for name in names)
    handles = [
        Patch(facecolor=colours[1], alpha=0.75, label=tr("{name}: {text}", name=new, text=f"{counts[1]:,.0f}")),
        Patch(
            facecolor=colours[0],
            alpha=0.75,
            hatch="\\\\\\",
            linewidth=0,
            label=tr("{name}: {text}", name=base, text=f"{counts[0]:,.0f}"),
        ),
    ]
    ax.figure.legend(handles=handles, loc="outside upper left", ncols=legend_columns(2, ax), borderaxespad=0.2)


def _words(name: str, count: float, share: float) -> str:
    return f"{name} {count:,.0f}" if share >= LEGIBLE else ""


def _ribbon(
    ax: Axes, start: tuple[float, float], thick: float, colour: str, alpha: float, text: str, hatch: str | None = None
) -> None:
    """Draw a band `thick` high from the left column to the right one; `start` is its lower edge in both."""
    if thick <= 0:
        return
    left, right, middle = THICK, 1 - THICK, 0.5
    low, high = start
    edge = [(left, low), (middle, low), (middle, high), (right, high)]
    back = [(right, high + thick), (middle, high + thick), (middle, low + thick), (left, low + thick)]
    codes = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3]
    ax.add_patch(
        PathPatch(
            Path([*edge, *back], codes), facecolor=colour, alpha=alpha, edgecolor=PAPER, linewidth=0.5, hatch=hatch
        )
    )
    if text:
        ax.text(middle, (low + high + thick) / 2, text, ha="center", va="center")


def _columns(ax: Axes, accuracy: tuple[float, float], names: list[str], colours: tuple[str, str]) -> None:
    for place, share in enumerate(accuracy):
        x, hatch = place * (1 - THICK), None if place else "\\\\\\"
        colour = colours[place]
        ax.add_patch(Rectangle((x, 0), THICK, share, facecolor=colour, edgecolor=PAPER, linewidth=0.5, hatch=hatch))
        ax.add_patch(Rectangle((x, share), THICK, 1 - share, facecolor=INK, alpha=0.12, edgecolor="none"))
    labels = [f"{folded(n, ax)}\n{percent(a, 0.01)}" for n, a in zip(names, accuracy, strict=True)]
    ax.set_xticks([0, 1], labels)
    ax.tick_params(axis="x", length=0)
    first, last = ax.get_xticklabels()
    first.set_horizontalalignment("left")
    last.set_horizontalalignment("right")
    ax.set_xlim(0, 1)
    ax.set_ylim(0, 1)
    ax.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{100 * y:g}%"))
    ax.set_ylabel(tr("problems"))
