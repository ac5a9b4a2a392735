"""The difference of two runs on an axis of its own, beside a picture of the runs.

An estimation plot: the levels of the two runs are drawn out to the scale of their difference and its interval
(Ho and others 2019, doi:10.1038/s41592-019-0470-3).
"""

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evalsuite.figures.cells import spread
from evalsuite.figures.looks import INK, PAPER, is_wide, series
from evalsuite.figures.ticks import round_ticks
from evalsuite.wording import numbers
from evalsuite.wording.language import tr
from evalsuite.wording.numbers import points, points_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["EstimateOptions", "difference_beside"]

NARROW_LIMITS = 9
"""Letters of an interval on one line of a phone."""


@dataclass(frozen=True, slots=True)
class EstimateOptions:
    """The difference that may stand beside a picture of two runs.

    Attributes
    ----------
    base, new
        Names of the runs.
    low, value, high
        The difference and its interval as shares; without them only the picture is drawn.
    level
        Confidence level of the interval.
    margin
        Half width of the equivalence band.
    new_place
        Place of the new run among those of the page, which decides its colour; the base is the first.
    """

    base: str = "base"
    new: str = "new"
    low: float | None = None
    value: float | None = None
    high: float | None = None
    level: float = 0.95
    margin: float | None = None
    new_place: float = 1

    @property
    def colours(self) -> tuple[str, str]:
        """The colours of the base and of the new run."""
        return series(0).colour, series(int(self.new_place)).colour


def difference_beside(ax: "Axes", accuracy: tuple[float, float], options: EstimateOptions) -> None:
    """Give `ax` the left part of its figure and draw the difference on an axis of its own to the right.

    Parameters
    ----------
    accuracy
        Levels of the base and the new run on the y axis of `ax`, joined by dotted lines to 0 and to the difference.
    options
        Without a difference nothing is drawn.
    """
    low, value, high, margin = options.low, options.value, options.high, options.margin
    figure = ax.get_figure(root=True)
    if low is None or value is None or high is None or figure is None:
        return
    wide = is_wide(ax)
    grid = figure.add_gridspec(1, 2, width_ratios=(2.1, 1) if wide else (1.5, 1))
    ax.set_subplotspec(grid[0])
    axis = figure.add_subplot(grid[1])
    if margin is not None:
        axis.axhspan(-margin, margin, facecolor=INK, alpha=0.1, zorder=0)
    axis.axhline(0, color=INK, linewidth=1.1, zorder=1)
    axis.plot([0, 0], [low, high], color=INK, linewidth=2.6, zorder=3)
    axis.plot([0, 0], [low, high], color=INK, linestyle="none", marker="_", markersize=9, zorder=3)
    axis.plot([0], [value], marker="D", markersize=8, color=INK, markeredgecolor=PAPER, zorder=4)
    ends = (min(low, 0.0, -(margin or 0.0)), max(high, 0.0, margin or 0.0))
    pad = 0.12 * max(ends[1] - ends[0], 0.01)
    axis.set_ylim(ends[0] - pad, ends[1] + pad)
    _scale(axis, f"{points(value, spread(low, high))}\n{_interval(low, high, options.level, wide=wide)}")
    for share, end in ((accuracy[0], 0.0), (accuracy[1], value)):
        joined = axis.annotate(
            "", (-1 if end == 0.0 else 0, end), (1, share), "data", ax.get_yaxis_transform(), annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": INK, "lw": 0.9, "linestyle": ":", "shrinkA": 0, "shrinkB": 0},
        )  # fmt: skip
        joined.set_in_layout(False)


def _interval(low: float, high: float, level: float, *, wide: bool) -> str:
    limits = points_interval(low, high, spread(low, high))
    if wide:
        return f"{tr('{level}% CI', level=numbers.level(level))} {limits}"
    # On a phone the names of the runs stand close beside it.
    return "\n".join(textwrap.wrap(limits, NARROW_LIMITS, break_long_words=False))


def _scale(axis: "Axes", words: str) -> None:
    axis.set_xlim(-1, 1)
    axis.set_xticks([])
    axis.set_xlabel(words)
    axis.yaxis.tick_right()
    axis.yaxis.set_label_position("right")
    axis.set_yticks(round_ticks(*axis.get_ylim(), 6))
    axis.yaxis.set_major_formatter(lambda y, _: f"{100 * y:+.4g}".replace("-", "−") if y else "0")
    axis.set_ylabel(tr("difference (percentage points)"))
    axis.spines[["left", "bottom"]].set_visible(False)
    axis.spines["right"].set_visible(True)
