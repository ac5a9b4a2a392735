"""Axes that take down what is drawn on them: the calls of matplotlib's that our figures make, and no more.

A drawing takes these axes or matplotlib's alike. What they hold `figures.svg_writer` writes as SVG in a hundredth of
the time that matplotlib takes, so that a page needs matplotlib only for its heat maps.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Literal

from evalsuite.figures.looks import INK

__all__ = ["Area", "Line", "SvgAxes", "SvgFigure", "Words"]

Frame = Literal["data", "axes"]
Frames = tuple[Frame, Frame]
DATA: Frames = ("data", "data")
Dash = str | tuple[float, Sequence[float]]


@dataclass(slots=True)
class Line:
    """Points joined by a line, marked, or both; widths and sizes in pixels."""

    x: list[float]
    y: list[float]
    frames: Frames = DATA
    colour: str = INK
    dash: Dash = "-"
    width: float = 1.8
    marker: str | None = None
    size: float = 6.0
    face: str | None = None
    edge: str | None = None
    edge_width: float = 1.0
    every: tuple[int, int] = (0, 1)
    opacity: float = 1.0
    order: float = 2.0
    clipped: bool = True
    label: str = ""


@dataclass(slots=True)
class Area:
    """A filled outline."""

    x: list[float]
    y: list[float]
    frames: Frames = DATA
    colour: str = INK
    edge: str = "none"
    edge_width: float = 0.0
    hatched: bool = False
    opacity: float = 1.0
    order: float = 1.0
    label: str = ""
    clipped: bool = True


@dataclass(slots=True)
class Words:
    """A text; a `halo` in the colour of the paper keeps lines away from it."""

    x: float
    y: float
    text: str
    frames: Frames = DATA
    across: Literal["left", "center", "right"] = "left"
    bold: bool = False
    halo: bool = False


@dataclass(slots=True)
class Connector:
    """A dotted line from a place beside other axes to a place in these."""

    start: tuple[float, float]
    end: tuple[float, float]
    other: "SvgAxes"

    def set_in_layout(self, _inside: bool) -> None:
        """Do nothing: the line never asks for room."""


@dataclass(slots=True)
class TickLabel:
    """The text of a tick and where it is anchored."""

    text: str
    across: str = "center"

    def set_horizontalalignment(self, across: str) -> None:
        """Anchor the text at its ``left``, ``center`` or ``right``."""
        self.across = across


@dataclass(slots=True)
class Scale:
    """One axis: its limits, ticks, how they are written, its title and the side that it stands on."""

    side: str
    low: float | None = None
    high: float | None = None
    log: bool = False
    ticks: list[float] | None = None
    labels: list[TickLabel] | None = None
    write: Callable[[float, int], str] = lambda value, _: f"{value:g}".replace("-", "−")
    title: str = ""
    tick_length: float = 3.5
    grid: bool = False

    def set_major_formatter(self, write: Callable[[float, int], str]) -> None:
        """Let `write` make the text of a tick."""
        self.write = write

    def set_minor_formatter(self, _write: Callable[[float, int], str]) -> None:
        """Do nothing: there are no minor ticks."""

    def tick_right(self) -> None:
        """Put ticks and title to the right."""
        self.side = "right"

    def set_label_position(self, side: str) -> None:
        """Put ticks and title to `side`."""
        self.side = side


class Spines:
    """Which sides of the axes have a line."""

    def __init__(self) -> None:
        self.shown = {"left", "bottom"}

    def __getitem__(self, sides: str | list[str]) -> "Spine":
        return Spine(self, [sides] if isinstance(sides, str) else sides)


@dataclass(frozen=True, slots=True)
class Spine:
    """Some sides of the axes."""

    of: Spines
    sides: list[str]

    def set_visible(self, shown: bool) -> None:
        """Draw these sides, or not."""
        self.of.shown = self.of.shown | set(self.sides) if shown else self.of.shown - set(self.sides)


@dataclass(slots=True)
class Legend:
    """The labelled marks in `columns`, above or below everything."""

    entries: list[Line | Area]
    below: bool
    columns: int


@dataclass(slots=True)
class SvgFigure:
    """A figure `width` and `height` pixels large, of one or two axes beside each other."""

    width: float
    height: float
    axes: list["SvgAxes"] = field(default_factory=list)
    legends: list[Legend] = field(default_factory=list)

    def subplots(self) -> "SvgAxes":
        """Return its first axes."""
        self.axes.append(SvgAxes(self))
        return self.axes[-1]

    def get_figwidth(self) -> float:
        """Return the width in inches."""
        return self.width / 72

    def add_gridspec(self, _rows: int, _columns: int, *, width_ratios: Sequence[float]) -> Sequence[float]:
        """Return how wide the axes beside each other are, relative to each other."""
        return width_ratios

    def add_subplot(self, share: float) -> "SvgAxes":
        """Return further axes to the right of those before."""
        axes = self.subplots()
        axes.share = share
        return axes

    def legend(
        self, *, handles: Sequence[Line | Area] | None = None, loc: str, ncols: int = 1, **_spacing: float
    ) -> None:
        """Write what the labelled marks are, or `handles` of them."""
        labelled = [mark for ax in self.axes for mark in ax.marks if isinstance(mark, Line | Area) and mark.label]
        self.legends.append(Legend(list(labelled if handles is None else handles), "lower" in loc, ncols))


class SvgAxes:
    """The calls of ``matplotlib.axes.Axes`` that drawings make; see there for what they mean."""

    # ruff: noqa: D102
    def __init__(self, figure: SvgFigure) -> None:
        self.figure = figure
        self.share = 1.0
        self.xaxis, self.yaxis = Scale("bottom"), Scale("left")
        self.spines = Spines()
        self.marks: list[Line | Area | Words | Connector] = []
        self.titles: dict[str, str] = {}

    def get_figure(self, *, root: bool) -> SvgFigure:  # noqa: ARG002 - there are no figures in figures
        return self.figure

    def set_subplotspec(self, share: float) -> None:
        self.share = share

    def get_xaxis_transform(self) -> Frames:
        return ("data", "axes")

    def get_yaxis_transform(self) -> Frames:
        return ("axes", "data")

    def plot(
        self, x: Iterable[float], y: Iterable[float], *, color: str = INK, linestyle: Dash = "-", alpha: float = 1.0,
        linewidth: float = 1.8, marker: str | None = None, markersize: float = 6.0, markerfacecolor: str | None = None,
        markeredgecolor: str | None = None, markeredgewidth: float = 1.0, markevery: tuple[int, int] = (0, 1),
        transform: Frames = DATA, zorder: float = 2.0, clip_on: bool = True, label: str = "", **_caps: str,
    ) -> list[Line]:  # fmt: skip
        line = Line(
            list(x), list(y), transform, color, linestyle, linewidth, marker, markersize, markerfacecolor,
            markeredgecolor, markeredgewidth, markevery, alpha, zorder, clip_on, label,
        )  # fmt: skip
        self.marks.append(line)
        return [line]

    def step(self, x: Sequence[float], y: Sequence[float], *, where: str, **looks: Any) -> None:
        if where != "post":
            raise ValueError(f"steps come after their points here, got {where=}")
        across = [*(each for pair in pairwise(x) for each in pair), x[-1]]
        up = [*(each for height in y[:-1] for each in (height, height)), y[-1]]
        first, each = looks.pop("markevery", (0, 1))
        self.plot(across, up, markevery=(2 * first, 2 * each), **looks)

    def vlines(self, x: Sequence[float], low: Sequence[float], high: Sequence[float], **looks: Any) -> None:
        gap = [math.nan] * len(x)
        across = [each for place in zip(x, x, gap, strict=True) for each in place]
        up = [each for span in zip(low, high, gap, strict=True) for each in span]
        self.plot(across, up, **looks)

    def axvline(self, x: float, **looks: Any) -> None:
        self.plot([x, x], [0.0, 1.0], transform=("data", "axes"), **looks)

    def axhline(self, y: float, **looks: Any) -> None:
        self.plot([0.0, 1.0], [y, y], transform=("axes", "data"), **looks)

    def axvspan(self, low: float, high: float, **looks: Any) -> None:
        self.fill([low, high, high, low], [0.0, 0.0, 1.0, 1.0], transform=("data", "axes"), **looks)

    def axhspan(self, low: float, high: float, **looks: Any) -> None:
        self.fill([0.0, 1.0, 1.0, 0.0], [low, low, high, high], transform=("axes", "data"), **looks)

    def fill_between(
        self, x: Sequence[float], low: Sequence[float], high: Sequence[float], *, color: str, alpha: float,
        linewidth: float,
    ) -> None:  # fmt: skip
        limits = [row for row in zip(x, low, high, strict=True) if not any(map(math.isnan, row))]
        across = [row[0] for row in limits]
        outline = [row[1] for row in limits] + [row[2] for row in reversed(limits)]
        self.fill([*across, *reversed(across)], outline, facecolor=color, alpha=alpha, linewidth=linewidth)

    def fill(
        self, x: Sequence[float], y: Sequence[float], *, facecolor: str, alpha: float = 1.0, edgecolor: str = "none",
        linewidth: float = 0.0, hatch: str | None = None, transform: Frames = DATA, zorder: float = 1.0,
        label: str = "",
    ) -> None:  # fmt: skip
        self.marks.append(
            Area(list(x), list(y), transform, facecolor, edgecolor, linewidth, hatch is not None, alpha, zorder, label)
        )

    def bar(
        self, x: float, height: float, width: float, bottom: float = 0.0, *, align: Literal["edge"], **looks: Any
    ) -> None:
        del align
        self.fill([x, x + width, x + width, x], [bottom, bottom, bottom + height, bottom + height], **looks)

    def text(
        self, x: float, y: float, text: str, *, transform: Frames = DATA, ha: Any = "left", va: str = "center",
        fontweight: str = "normal", bbox: dict[str, Any] | None = None,
    ) -> None:  # fmt: skip
        if va != "center":
            raise ValueError(f"texts stand in the middle of their line here, got {va=}")
        self.marks.append(Words(x, y, text, transform, ha, fontweight == "bold", bbox is not None))

    def annotate(
        self, _text: str, end: tuple[float, float], start: tuple[float, float], *_frames: Any, **_looks: Any
    ) -> Connector:
        line = Connector(start, end, self.figure.axes[0])
        self.marks.append(line)
        return line

    def set_xlim(self, left: float, right: float) -> None:
        self.xaxis.low, self.xaxis.high = left, right

    def set_ylim(self, bottom: float, top: float | None = None) -> None:
        self.yaxis.low, self.yaxis.high = bottom, top

    def get_xlim(self) -> tuple[float | None, float | None]:
        return self.xaxis.low, self.xaxis.high

    def get_ylim(self) -> tuple[float | None, float | None]:
        return self.yaxis.low, self.yaxis.high

    def set_xticks(self, ticks: Iterable[float], labels: Iterable[str] | None = None) -> None:
        self.xaxis.ticks = list(ticks)
        self.xaxis.labels = None if labels is None else [TickLabel(label) for label in labels]

    def set_yticks(self, ticks: Iterable[float]) -> None:
        self.yaxis.ticks = list(ticks)

    def get_xticklabels(self) -> list[TickLabel]:
        return self.xaxis.labels or []

    def set_xscale(self, name: Literal["log"]) -> None:
        self.xaxis.log = name == "log"

    def set_xlabel(self, title: str) -> None:
        self.xaxis.title = title

    def set_ylabel(self, title: str) -> None:
        self.yaxis.title = title

    def set_title(self, title: str, *, loc: str, fontweight: str) -> None:  # noqa: ARG002 - all titles are bold
        self.titles[loc] = title

    def tick_params(self, *, axis: Literal["x", "y"], length: float) -> None:
        (self.xaxis if axis == "x" else self.yaxis).tick_length = length

    def grid(self, *, visible: bool, axis: Literal["x", "y", "both"] = "both") -> None:
        for name, scale in (("x", self.xaxis), ("y", self.yaxis)):
            scale.grid = visible if axis in (name, "both") else scale.grid
