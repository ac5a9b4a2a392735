"""The paired table as a flow from one run to the other, with the difference it makes beside it.

Each column is a run: its filled part is the share of problems it solved. Ribbons join the same problems in both
runs; only the two that cross change the accuracy.
"""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from evalsuite.figures.cells import numbers, read_options
from evalsuite.figures.estimation import EstimateOptions, difference_beside
from evalsuite.figures.looks import INK, PAPER, SERIES, clip, folded, legend_columns
from evalsuite.findings import Cell, Table
from evalsuite.wording.language import tr
from evalsuite.wording.numbers import percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["flow"]

THICK = 0.12
"""Width of a column; the columns begin at 0 and at 1."""
LEGIBLE = 0.07
"""Share of problems from which a ribbon has room for its number."""
BEND = tuple((t * (1.5 - 1.5 * t + t * t), t * t * (3 - 2 * t)) for t in (place / 16 for place in range(17)))
"""How a ribbon rises from 0 to 1: points of the Bézier curve over (0, 0), (½, 0), (½, 1) and (1, 1)."""


def flow(table: Table, options: Mapping[str, Cell], ax: "Axes") -> "Axes":
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


def _legend(ax: "Axes", names: list[str], counts: tuple[float, float], colours: tuple[str, str]) -> None:
    base, new = (tr("only {run}", run=clip(name, 30)) for name in names)
    marks: dict[str, Any] = {"linestyle": "none", "markersize": 9, "alpha": 0.75}
    handles = [
        ax.plot(
            [], [], color=colour, marker=look.marker, label=tr("{name}: {text}", name=name, text=f"{n:,.0f}"), **marks
        )[0]
        for colour, look, name, n in zip(colours, SERIES, (base, new), counts, strict=False)
    ][::-1]
    ax.figure.legend(handles=handles, loc="outside upper left", ncols=legend_columns(2, ax), borderaxespad=0.2)


def _words(name: str, count: float, share: float) -> str:
    return f"{name} {count:,.0f}" if share >= LEGIBLE else ""


def _ribbon(
    ax: "Axes", start: tuple[float, float], thick: float, colour: str, alpha: float, text: str, hatch: str | None = None
) -> None:
    """Draw a band `thick` high from the left column to the right one; `start` is its lower edge in both."""
    if thick <= 0:
        return
    low, high = start
    edge = [(THICK + (1 - 2 * THICK) * share, low + (high - low) * rise) for share, rise in BEND]
    back = [(x, y + thick) for x, y in reversed(edge)]
    ax.fill(*zip(*edge, *back, strict=True), facecolor=colour, alpha=alpha, edgecolor=PAPER, linewidth=0.5, hatch=hatch)
    if text:
        ax.text(0.5, (low + high + thick) / 2, text, ha="center", va="center")


def _columns(ax: "Axes", accuracy: tuple[float, float], names: list[str], colours: tuple[str, str]) -> None:
    for place, share in enumerate(accuracy):
        x, hatch = place * (1 - THICK), None if place else "\\\\\\"
        ax.bar(x, share, THICK, align="edge", facecolor=colours[place], edgecolor=PAPER, linewidth=0.5, hatch=hatch)
        ax.bar(x, 1 - share, THICK, share, align="edge", facecolor=INK, alpha=0.12, edgecolor="none")
    labels = [f"{folded(n, ax)}\n{percent(a, 0.01)}" for n, a in zip(names, accuracy, strict=True)]
    ax.set_xticks([0, 1], labels)
    ax.tick_params(axis="x", length=0)
    first, last = ax.get_xticklabels()
    first.set_horizontalalignment("left")
    last.set_horizontalalignment("right")
    ax.set_xlim(0, 1)
    ax.set_ylim(0, 1)
    ax.yaxis.set_major_formatter(lambda y, _: f"{100 * y:g}%")
    ax.set_ylabel(tr("problems"))
