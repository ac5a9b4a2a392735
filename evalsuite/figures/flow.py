"""The paired table as a flow from one run to the other, with the difference it makes beside it.

Each column is a run: its filled part is the share of problems it solved. Ribbons join the same problems in both
runs; only the two that cross change the accuracy. The axis beside it is an estimation plot: the levels of the two
runs, drawn out to the scale of their difference and its interval (Ho and others 2019, doi:10.1038/s41592-019-0470-3).
"""

import math
from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.patches import ConnectionPatch, Patch, PathPatch, Rectangle
from matplotlib.path import Path
from matplotlib.ticker import FuncFormatter, MaxNLocator

from evalsuite.figures.cells import numbers, option_number, option_text, spread
from evalsuite.figures.theme import INK, PAPER, SERIES, clip, is_wide, legend_columns
from evalsuite.findings import Cell, Table
from evalsuite.language import tr
from evalsuite.numbers import percent, points, points_interval

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
        ``base`` and ``new``: names of the runs. ``low``, ``value``, ``high``: the difference and its interval as
        shares; without them only the flow is drawn. ``level``: of the interval. ``margin``: half width of the
        equivalence band.
    """
    cells = {
        (bool(base), bool(new)): 0.0 if math.isnan(count) else count
        for base, new, count in zip(
            numbers(table, "base_right"), numbers(table, "new_right"), numbers(table, "count"), strict=True
        )
    }
    total = sum(cells.values()) or 1.0
    both, wins, losses, neither = (
        cells.get(key, 0.0) / total for key in ((True, True), (False, True), (True, False), (False, False))
    )
    _ribbon(ax, (0, 0), both, INK, 0.2, _words(tr("both right"), both * total, both))
    _ribbon(ax, (1 - neither, 1 - neither), neither, INK, 0.07, _words(tr("neither"), neither * total, neither))
    _ribbon(ax, (both, both + wins), losses, SERIES[0].colour, 0.75, "", hatch="\\\\\\")
    _ribbon(ax, (both + losses, both), wins, SERIES[1].colour, 0.75, "")
    accuracy = (both + losses, both + wins)
    ax.plot([THICK, 1], [accuracy[0]] * 2, color=INK, linewidth=0.9, linestyle=":", zorder=4)
    names = [option_text(options, key, key) for key in ("base", "new")]
    _columns(ax, accuracy, names)
    _legend(ax, names, losses * total, wins * total)
    _difference(ax, accuracy, options)
    return ax


def _legend(ax: Axes, names: list[str], losses: float, wins: float) -> None:
    base, new = (tr("only {run}", run=clip(name, 30)) for name in names)
    handles = [
        Patch(facecolor=SERIES[1].colour, alpha=0.75, label=tr("{name}: {text}", name=new, text=f"{wins:,.0f}")),
        Patch(
            facecolor=SERIES[0].colour,
            alpha=0.75,
            hatch="\\\\\\",
            linewidth=0,
            label=tr("{name}: {text}", name=base, text=f"{losses:,.0f}"),
        ),
    ]
    ax.figure.legend(
        handles=handles, loc="outside upper left", ncols=legend_columns(2) if is_wide(ax) else 1, borderaxespad=0.2
    )


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


def _columns(ax: Axes, accuracy: tuple[float, float], names: list[str]) -> None:
    for place, share in enumerate(accuracy):
        x, hatch = place * (1 - THICK), None if place else "\\\\\\"
        colour = SERIES[place].colour
        ax.add_patch(Rectangle((x, 0), THICK, share, facecolor=colour, edgecolor=PAPER, linewidth=0.5, hatch=hatch))
        ax.add_patch(Rectangle((x, share), THICK, 1 - share, facecolor=INK, alpha=0.12, edgecolor="none"))
    room = 24 if is_wide(ax) else 9
    ax.set_xticks([0, 1], [f"{clip(n, room)}\n{percent(a, 0.01)}" for n, a in zip(names, accuracy, strict=True)])
    ax.tick_params(axis="x", length=0)
    first, last = ax.get_xticklabels()
    first.set_horizontalalignment("left")
    last.set_horizontalalignment("right")
    ax.set_xlim(0, 1)
    ax.set_ylim(0, 1)
    ax.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{100 * y:g}%"))
    ax.set_ylabel(tr("problems"))


def _difference(ax: Axes, accuracy: tuple[float, float], options: Mapping[str, Cell]) -> None:
    low, value, high = (option_number(options, key) for key in ("low", "value", "high"))
    figure = ax.get_figure(root=True)
    if low is None or value is None or high is None or figure is None:
        return
    wide = is_wide(ax)
    grid = figure.add_gridspec(1, 2, width_ratios=(2.1, 1) if wide else (1.5, 1))
    ax.set_subplotspec(grid[0])
    beside = figure.add_subplot(grid[1])
    margin = option_number(options, "margin")
    if margin is not None:
        beside.axhspan(-margin, margin, facecolor=INK, alpha=0.1, zorder=0)
    beside.axhline(0, color=INK, linewidth=1.1, zorder=1)
    beside.plot([0, 0], [low, high], color=INK, linewidth=2.6, zorder=3)
    beside.plot([0, 0], [low, high], color=INK, linestyle="none", marker="_", markersize=9, zorder=3)
    beside.plot([0], [value], marker="D", markersize=8, color=INK, markeredgecolor=PAPER, zorder=4)
    ends = (min(low, 0.0, -(margin or 0.0)), max(high, 0.0, margin or 0.0))
    pad = 0.12 * max(ends[1] - ends[0], 0.01)
    beside.set_ylim(ends[0] - pad, ends[1] + pad)
    _scale(beside, f"{points(value, spread(low, high))}\n{_interval(low, high, options, wide=wide)}")
    for share, end in ((accuracy[0], 0.0), (accuracy[1], value)):
        figure.add_artist(
            ConnectionPatch(
                (1, share), (-1 if end == 0.0 else 0, end), "data", "data", axesA=ax, axesB=beside, color=INK,
                linewidth=0.9, linestyle=":", in_layout=False,
            )
        )  # fmt: skip


def _interval(low: float, high: float, options: Mapping[str, Cell], *, wide: bool) -> str:
    level = tr("{level}% CI", level=f"{100 * (option_number(options, 'level') or 0.95):g}") + " "
    return (level if wide else "") + points_interval(low, high, spread(low, high))


def _scale(beside: Axes, words: str) -> None:
    beside.set_xlim(-1, 1)
    beside.set_xticks([])
    beside.set_xlabel(words)
    beside.yaxis.tick_right()
    beside.yaxis.set_label_position("right")
    beside.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))
    beside.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{100 * y:+.4g}".replace("-", "−") if y else "0"))
    beside.set_ylabel(tr("difference (percentage points)"))
    beside.spines[["left", "bottom"]].set_visible(False)
    beside.spines["right"].set_visible(True)
