"""What every figure shares, whoever draws it: colours, markers and lines of runs, widths, and texts cut to fit.

Colours are those of Okabe and Ito (2008, "Color universal design") that keep a contrast of 3:1 on light and on dark
paper; each series also has its own marker and line, so that figures work in grey.
"""

import textwrap
from typing import TYPE_CHECKING, NamedTuple

from evalsuite.figures.characters import visible
from evalsuite.wording.language import current_language

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    "GREY", "INK", "NARROW", "PAPER", "SERIES", "WIDE", "Series", "clip", "folded", "is_wide", "legend_columns", "look",
    "series", "width",
]  # fmt: skip

INK = "#22262b"
"""Text and lines; becomes ``currentColor`` in a page."""
PAPER = "#fefdfb"
"""What lies behind the ink; becomes the page's own ``--paper``."""
GREY = "#7d8590"
"""A second colour for what is no run: at least 3:1 on light and on dark paper."""
WIDE, NARROW = 7.2, 3.8
"""Widths in inches of a figure on a desk and on a phone."""

NARROW_NAME = 13
"""Characters on one line of a name below an axis, on a phone."""


class Series(NamedTuple):
    """Colour, marker and line style of one run."""

    colour: str
    marker: str
    line: str


SERIES = (
    Series("#d55e00", "s", "--"),
    Series("#0072b2", "o", "-"),
    Series("#009e73", "^", "-."),
    Series("#a6618a", "D", ":"),  # the reddish purple, darkened to reach 3:1 on light paper
)
"""Runs in the order of the table; of two, the first is the base and the second the new one.

A page may give each its own colour, as ``--run-0``, ``--run-1`` and so on.
"""

NEUTRAL = (Series(INK, "o", "-"), Series(GREY, "s", "--"), Series(INK, "^", ":"), Series(GREY, "D", "-."))
"""Lines that stand for no run, such as shares of outcomes: the colours of runs would name one."""


def series(position: int) -> Series:
    """Return the look of the run at `position`; after the last colour they repeat, with other lines and markers.

    Examples
    --------
    >>> series(0).line, series(4).line, series(0).colour == series(4).colour
    ('--', '-', True)
    """
    round_, place = divmod(position, len(SERIES))
    other = SERIES[(place + round_) % len(SERIES)]
    return Series(SERIES[place].colour, other.marker, other.line)


def look(position: int, *, first: int = 0, each: int = 1, neutral: bool = False) -> Series:
    """Return the look of the line at `position`, so that a run has one colour in every figure.

    Parameters
    ----------
    first
        Which run the first line stands for: 1 where there is none of the base.
    each
        Lines of one run that follow each other: they have its colour, and markers and lines as those of other runs.
    neutral
        Whether the lines stand for no run.

    Examples
    --------
    >>> look(0, first=1) == series(1), look(1, each=2).colour == series(0).colour, look(0, neutral=True).colour == INK
    (True, True, True)
    """
    if neutral:
        return NEUTRAL[position % len(NEUTRAL)]
    run = series(first + position // each)
    way = SERIES[(1 + position % each) % len(SERIES)]
    return run if each == 1 else Series(run.colour, way.marker, way.line)


def clip(text: object, length: int = 38) -> str:
    """Return `text` on one line, hidden characters shown, cut with an ellipsis after `length` characters.

    Examples
    --------
    >>> clip("a very long name", 7)
    'a very…'
    """
    line = visible(" ".join(str(text)[: 4 * length].split()))
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def folded(name: str, ax: "Axes") -> str:
    """Return the name of one of two runs below an axis, on a phone on two lines where it is long."""
    if is_wide(ax):
        return clip(name, 24)
    lines = textwrap.wrap(clip(name, 2 * NARROW_NAME), NARROW_NAME, break_on_hyphens=True) or [""]
    return "\n".join(lines if len(lines) < 3 else [lines[0], clip(" ".join(lines[1:]), NARROW_NAME)])


def is_wide(ax: "Axes") -> bool:
    """Return whether the figure of `ax` is for a desk rather than for a phone."""
    return width(ax) > (WIDE + NARROW) / 2


def legend_columns(wanted: int, ax: "Axes") -> int:
    """Return how many columns the legend of a figure has: one where there is no room or texts are not English.

    DejaVu Sans has no Chinese letters, so their width is not known and a second column could run into the first.
    """
    return wanted if current_language() == "en" and is_wide(ax) else 1


def width(ax: "Axes") -> float:
    """Return the width of the figure of `ax` in inches."""
    figure = ax.get_figure(root=True)
    return WIDE if figure is None else float(figure.get_figwidth())
