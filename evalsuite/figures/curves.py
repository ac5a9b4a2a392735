"""Shares against a number: power against problems, coverage against problems, accuracy against a cap."""

import math
from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from evalsuite.figures.cells import numbers, option_number, option_text, texts
from evalsuite.figures.theme import INK, clip, legend_columns, series
from evalsuite.findings import Cell, Table
from evalsuite.language import tr

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
        ``"number"`` where ``y`` is no share.
    """
    keys = {column.key for column in table.columns}
    labels, x, y = texts(table, "label"), numbers(table, "x"), numbers(table, "y")
    band = (numbers(table, "low"), numbers(table, "high")) if {"low", "high"} <= keys else None
    for position, label in enumerate(dict.fromkeys(labels)):
        rows = [i for i, own in enumerate(labels) if own == label and not math.isnan(y[i])]
        look = series(position)
        few = len(rows) <= 12
        ax.plot(
            [x[i] for i in rows], [y[i] for i in rows], color=look.colour, linestyle=look.line,
            marker=look.marker if few else None, markersize=5, label=clip(label, 34), zorder=2 + position,
        )  # fmt: skip
        if band is not None:
            low, high = ([edge[i] for i in rows] for edge in band)
            ax.fill_between([x[i] for i in rows], low, high, color=look.colour, alpha=0.16, linewidth=0)
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
        loc="outside upper left", ncols=legend_columns(2), handlelength=2.6, columnspacing=1.6, borderaxespad=0.2
    )
    return ax
