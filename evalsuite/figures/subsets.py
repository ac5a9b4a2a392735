"""Accuracy of two runs on random subsets of the problems: how much the choice of problems alone moves it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from evalsuite.figures.cells import numbers, texts
from evalsuite.figures.looks import INK, PAPER, clip, legend_columns, series
from evalsuite.figures.ticks import round_ticks
from evalsuite.findings import Cell, Table
from evalsuite.wording.language import tr

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["random_subsets"]


def random_subsets(table: Table, options: Mapping[str, Cell], ax: "Axes") -> "Axes":  # noqa: ARG001 - one signature for all drawings
    """Draw the accuracy of each run on each subset, the runs of a subset joined by a line.

    Parameters
    ----------
    table
        Columns ``draw``, ``label`` and ``accuracy`` (a proportion): one row a subset and run.
    options
        None are used.
    """
    names = list(dict.fromkeys(texts(table, "draw")))
    runs = list(dict.fromkeys(texts(table, "label")))
    accuracy = {
        (subset, run): value
        for subset, run, value in zip(
            texts(table, "draw"), texts(table, "label"), numbers(table, "accuracy"), strict=True
        )
    }
    for place, subset in enumerate(names):
        values = [accuracy[subset, run] for run in runs if (subset, run) in accuracy]
        ax.plot([place, place], [min(values), max(values)], color=INK, alpha=0.45, linewidth=1.0, zorder=1)
    size = 8 if len(names) <= 40 else 5
    for position, run in enumerate(runs):
        look = series(position)
        drawn = [place for place, subset in enumerate(names) if (subset, run) in accuracy]
        heights = [accuracy[names[place], run] for place in drawn]
        # The first run lies under the second where both are equal; it is larger, so that it still shows.
        ax.plot(
            drawn, heights, linestyle="none", marker=look.marker, markersize=size + 3 * (position == 0),
            color=look.colour, markeredgecolor=PAPER, label=clip(run, 30), zorder=2 + position,
        )  # fmt: skip
    if len(names) <= 12:
        ax.set_xticks(range(len(names)), [clip(name, 10) for name in names])
    else:
        places = [int(place) for place in round_ticks(0, len(names) - 1, 8, whole=True)]
        ax.set_xticks(places, [clip(names[place], 10) for place in places])
    ax.set_xlim(-0.6, len(names) - 0.4)
    ax.set_ylim(*_limits(list(accuracy.values())))
    ax.yaxis.set_major_formatter(lambda y, _: f"{100 * y:g}%")
    ax.set_xlabel(tr("random subset"))
    ax.set_ylabel(tr("accuracy (% of problems)"))
    ax.grid(visible=True, axis="y")
    ax.figure.legend(loc="outside upper left", ncols=legend_columns(3, ax), columnspacing=1.6, borderaxespad=0.2)
    return ax


def _limits(values: list[float]) -> tuple[float, float]:
    pad = max(0.06, 0.15 * (max(values) - min(values)))
    return max(-0.03, min(values) - pad), min(1.03, max(values) + pad)
