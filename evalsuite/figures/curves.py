"""Shares against a number: power against problems, coverage against problems, accuracy against a cap."""

import math
from collections.abc import Mapping
from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from evalsuite.figures.cells import numbers, option_number, option_text, texts
from evalsuite.figures.theme import INK, clip, legend_columns, series
from evalsuite.findings import Cell, Table
from evalsuite.wording.language import tr

__all__ = ["curves"]


def curves(table: Table, options: Mapping[str, Cell], ax: Axes) -> Axes:
    """Draw one line a label, with markers where there are few points.

    Parameters
    ----------
    table
        Columns ``label``, ``x`` and ``y`` (a share); optional ``low`` and ``high`` become a band.
    options
        ``x_title`` and ``y_title``; ``log``: 1 for a logarithmic x axis; ``reference``: a share marked by a
        horizontal line, named by ``reference_title``; ``floor``: the lowest share shown, 0 if absent; ``unit``:
        ``"number"`` where ``y`` is no share; ``points``: True where lines stand for subgroups, so that each point has
        its own interval instead of a band, beside those of the other lines.
    """
    keys = {column.key for column in table.columns}
    labels, x, y = texts(table, "label"), numbers(table, "x"), numbers(table, "y")
    band = (numbers(table, "low"), numbers(table, "high")) if {"low", "high"} <= keys else None
    names = list(dict.fromkeys(labels))
    places = sorted({value for value in x if not math.isnan(value)})
    apart = options.get("points") is True
    step = _step(places, len(names)) if apart else 0.0
    for position, label in enumerate(names):
        rows = [i for i, own in enumerate(labels) if own == label and not math.isnan(y[i])]
        look = series(position)
        few = len(rows) <= 12
        across = [x[i] + step * (position - (len(names) - 1) / 2) for i in rows]
        ax.plot(
            across, [y[i] for i in rows], color=look.colour, linestyle=look.line, linewidth=1.0 if apart else None,
            marker=look.marker if few else None, markersize=6 if apart else 5, label=clip(label, 34),
            zorder=2 + position, clip_on=not apart,
        )  # fmt: skip
        if band is None:
            continue
        low, high = ([edge[i] for i in rows] for edge in band)
        if apart:
            ax.vlines(across, low, high, color=look.colour, linewidth=2.0, alpha=0.75, zorder=2 + position)
        else:
            ax.fill_between(across, low, high, color=look.colour, alpha=0.16, linewidth=0)
    if apart:
        ax.set_xticks(places, [f"{place:g}" for place in places])
    reference = option_number(options, "reference")
    if reference is not None:
        name = option_text(options, "reference_title", f"{100 * reference:g}%")
        ax.axhline(reference, color=INK, linewidth=1.0, linestyle=(0, (1, 1.5)), label=name, zorder=1)
    if option_number(options, "log"):
        ax.set_xscale("log")
        ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
        ax.xaxis.set_minor_formatter(FuncFormatter(lambda _value, _: ""))
    ax.set_ylim(bottom=option_number(options, "floor") or 0.0)
    if option_text(options, "unit", "share") == "share":
        ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:g}%"))
    ax.set_xlabel(option_text(options, "x_title", "x"))
    ax.set_ylabel(option_text(options, "y_title", tr("share")))
    ax.grid(visible=True)
    ax.figure.legend(
        loc="outside upper left", ncols=legend_columns(2, ax), handlelength=2.6, columnspacing=1.6, borderaxespad=0.2
    )
    return ax


def _step(places: list[float], n: int) -> float:
    """Return how far the points of `n` lines at one place stand apart: a little, and never near the next place."""
    gaps = [after - before for before, after in pairwise(places)]
    return min(0.3 * min(gaps, default=1.0) / max(n, 2), 0.02 * (sum(gaps) or 1.0))
