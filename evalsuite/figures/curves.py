"""Shares against a number: power against problems, coverage against problems, accuracy against a token limit."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, NamedTuple

from evalsuite.figures.cells import numbers, optional, read_options, texts
from evalsuite.figures.looks import INK, Series, clip, legend_columns, look
from evalsuite.findings import Cell, Table
from evalsuite.wording.language import tr

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["CurveOptions", "curves"]

MOST_MARKED = 12
"""Points of a line up to which each has its marker."""


@dataclass(frozen=True, slots=True)
class CurveOptions:
    """What a figure of curves may say beside its table.

    Attributes
    ----------
    x_title, y_title
        Titles of the axes.
    log
        Whether the x axis is logarithmic.
    reference, reference_title
        A share marked by a horizontal line, and its name.
    floor
        The lowest value shown.
    unit
        ``"number"`` where ``y`` is no share.
    points
        Whether lines stand for subgroups: each point then has its own interval instead of a band, beside those of the
        other lines.
    first, each, neutral
        Which run the first line stands for, how many lines each has, and whether the lines stand for no run; see
        `theme.look`.
    """

    x_title: str = "x"
    y_title: str | None = None
    log: bool = False
    reference: float | None = None
    reference_title: str | None = None
    floor: float = 0.0
    unit: Literal["share", "number"] = "share"
    points: bool = False
    first: float = 0
    each: float = 1
    neutral: bool = False

    def look(self, position: int) -> Series:
        """Return the look of the line at `position`."""
        return look(position, first=int(self.first), each=int(self.each), neutral=self.neutral)


def curves(table: Table, options: Mapping[str, Cell], ax: "Axes") -> "Axes":
    """Draw one line a label, with markers where there are few points.

    Parameters
    ----------
    table
        Columns ``label``, ``x`` and ``y`` (a share); optional ``low`` and ``high`` become a band.
    options
        Fields of `CurveOptions`.
    """
    chosen = read_options(CurveOptions, options)
    lines = _lines(table)
    places = sorted({point.x for line in lines.values() for point in line if not math.isnan(point.x)})
    # Every label keeps its look, also one of which nothing is known.
    for position, (label, line) in enumerate(lines.items()):
        known = [point for point in line if not math.isnan(point.y)]
        if chosen.points:
            _points(ax, known, label, position, chosen.look(position), _shift(places, position, len(lines)))
        else:
            _line(ax, known, label, position, chosen.look(position))
    if chosen.points:
        ax.set_xticks(places, [f"{place:g}" for place in places])
    _axes(ax, chosen)
    return ax


class _Point(NamedTuple):
    x: float
    y: float
    low: float
    high: float


def _lines(table: Table) -> dict[str, list[_Point]]:
    """Return the points of each line by its label."""
    rows = zip(numbers(table, "x"), numbers(table, "y"), optional(table, "low"), optional(table, "high"), strict=True)
    lines: dict[str, list[_Point]] = {}
    for label, row in zip(texts(table, "label"), rows, strict=True):
        lines.setdefault(label, []).append(_Point(*row))
    return lines


def _line(ax: "Axes", line: Sequence[_Point], label: str, position: int, look: Series) -> None:
    """Draw one line, with the band between its limits where there are some."""
    marker = look.marker if len(line) <= MOST_MARKED else None
    x = [point.x for point in line]
    ax.plot(
        x, [point.y for point in line], color=look.colour, linestyle=look.line, marker=marker, markersize=5,
        label=clip(label, 34), zorder=2 + position,
    )  # fmt: skip
    if not all(math.isnan(limit) for point in line for limit in (point.low, point.high)):
        low, high = [point.low for point in line], [point.high for point in line]
        ax.fill_between(x, low, high, color=look.colour, alpha=0.16, linewidth=0)


def _points(ax: "Axes", line: Sequence[_Point], label: str, position: int, look: Series, shift: float) -> None:
    """Draw the points of one line, each with its own interval: they are subgroups, not a course in time."""
    marker = look.marker if len(line) <= MOST_MARKED else None
    x = [point.x + shift for point in line]
    ax.plot(
        x, [point.y for point in line], color=look.colour, linestyle=look.line, linewidth=1.0, marker=marker,
        markersize=6, label=clip(label, 34), zorder=2 + position, clip_on=False,
    )  # fmt: skip
    low, high = [point.low for point in line], [point.high for point in line]
    ax.vlines(x, low, high, color=look.colour, linewidth=2.0, alpha=0.75, zorder=2 + position)


def _shift(places: Sequence[float], position: int, n: int) -> float:
    """Return how far the points of one line stand beside their places: a little, and never near the next place."""
    gaps = [after - before for before, after in pairwise(places)]
    step = min(0.3 * min(gaps, default=1.0) / max(n, 2), 0.02 * (math.fsum(gaps) or 1.0))
    return (position - (n - 1) / 2) * step


def _axes(ax: "Axes", options: CurveOptions) -> None:
    """Name and scale the axes, mark the reference and write the legend."""
    if options.reference is not None:
        name = options.reference_title or f"{100 * options.reference:g}%"
        ax.axhline(options.reference, color=INK, linewidth=1.0, linestyle=(0, (1, 1.5)), label=name, zorder=1)
    if options.log:
        ax.set_xscale("log")
        ax.xaxis.set_major_formatter(lambda value, _: f"{value:,g}")
        ax.xaxis.set_minor_formatter(lambda _value, _: "")
    ax.set_ylim(bottom=options.floor)
    if options.unit == "share":
        ax.yaxis.set_major_formatter(lambda value, _: f"{100 * value:g}%")
    ax.set_xlabel(options.x_title)
    ax.set_ylabel(options.y_title or tr("share"))
    ax.grid(visible=True)
    ax.figure.legend(
        loc="outside upper left", ncols=legend_columns(2, ax), handlelength=2.6, columnspacing=1.6, borderaxespad=0.2
    )
