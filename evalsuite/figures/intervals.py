"""Estimates with their intervals: one row each, and the paired difference against zero.

`intervals` compares accuracies that stand side by side; whether two of them differ is answered by
`difference`, never by the overlap of two intervals.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evalsuite.figures.cells import numbers, optional, read_options, spread, texts
from evalsuite.figures.characters import columns
from evalsuite.figures.looks import INK, PAPER, clip, is_wide, legend_columns, series, width
from evalsuite.figures.ticks import round_ticks
from evalsuite.findings import Cell, Table
from evalsuite.wording.language import tr
from evalsuite.wording.numbers import count
from evalsuite.wording.units import Unit

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["DifferenceOptions", "IntervalOptions", "difference", "intervals"]

ABOVE = 0.34  # text stands this far above its line, in rows
BELOW = 0.3  # and this far below it, where it has no room above
CHARACTER = 0.085  # mean width of a character, inches
MOST = 64  # characters of a label


@dataclass(frozen=True, slots=True)
class IntervalOptions:
    """What a figure of intervals may say: `level`, their confidence level, and of mean scores their range."""

    level: float = 0.95
    lowest: float | None = None
    highest: float | None = None


@dataclass(frozen=True, slots=True)
class DifferenceOptions:
    """What a figure of differences may say.

    Attributes
    ----------
    base, new
        Names of the runs.
    level
        Confidence level of the intervals.
    margin
        Half width of the equivalence band.
    detectable
        Smallest difference that the comparison could have detected.
    lowest, highest
        Range of the scores, where these are differences of mean scores.
    error
        Standard error by which all numbers are rounded, where they stand beside others; else each row by its interval.
    """

    base: str = "base"
    new: str = "new"
    level: float = 0.95
    margin: float | None = None
    detectable: float | None = None
    lowest: float | None = None
    highest: float | None = None
    error: float | None = None


def _unit(options: IntervalOptions | DifferenceOptions) -> Unit:
    known = options.lowest is not None and options.highest is not None
    return Unit((options.lowest or 0.0, options.highest or 0.0) if known else None)


def intervals(table: Table, options: Mapping[str, Cell], ax: "Axes") -> "Axes":
    """Draw one accuracy, or mean score, with its interval a row.

    Parameters
    ----------
    table
        Columns ``label``, ``low``, ``value``, ``high`` (proportions); optional ``n`` and ``k``, the problems asked
        and solved, are written beside the estimate.
    options
        Fields of `IntervalOptions`.
    """
    chosen = read_options(IntervalOptions, options)
    unit = _unit(chosen)
    floor, ceiling = unit.score_range or (0.0, 1.0)
    low, value, high = (numbers(table, key) for key in ("low", "value", "high"))
    attempted, solved = optional(table, "n"), optional(table, "k")
    for row, label in enumerate(texts(table, "label")):
        look = series(row)
        text = _level(value[row], low[row], high[row], unit)
        if is_wide(ax) and not math.isnan(attempted[row] + solved[row]):
            text += tr(" · {k} of {n}", k=count(int(solved[row])), n=count(int(attempted[row])))
        _row(ax, row, (low[row], value[row], high[row]), colour=look.colour, marker=look.marker)
        _row_text(ax, row, label, text)
    known = [x for x in (*low, *value, *high) if not math.isnan(x)]
    span = max((max(known) - min(known)), 0.02 * (ceiling - floor)) if known else ceiling - floor
    left, right = min(known, default=floor) - 0.08 * span, max(known, default=ceiling) + 0.08 * span
    ax.set_xlim(max(floor, left), min(ceiling, right))
    ax.set_xticks(round_ticks(*ax.get_xlim(), 6))
    level = f"{100 * chosen.level:g}%"
    if unit.score_range is not None:
        ax.xaxis.set_major_formatter(lambda x, _: f"{x:.4g}".replace("-", "−"))
        _finish(ax, len(value), tr("mean score ({span}), {level} interval", span=unit.span, level=level))
        return ax
    ax.xaxis.set_major_formatter(lambda x, _: f"{100 * x:.4g}%")
    _finish(ax, len(value), tr("accuracy (% of problems), {level} interval", level=level))
    return ax


def difference(table: Table, options: Mapping[str, Cell], ax: "Axes") -> "Axes":
    """Draw paired differences with their intervals against zero.

    Parameters
    ----------
    table
        Columns ``label``, ``low``, ``value``, ``high`` (differences of proportions); one row a method or a comparison.
    options
        Fields of `DifferenceOptions`.
    """
    chosen = read_options(DifferenceOptions, options)
    margin, detectable, unit = chosen.margin, chosen.detectable, _unit(chosen)
    floor, ceiling = unit.score_range or (0.0, 1.0)
    low, value, high = (numbers(table, key) for key in ("low", "value", "high"))
    for row, label in enumerate(texts(table, "label")):
        _row(ax, row, (low[row], value[row], high[row]), colour=INK, marker="D")
        _row_text(ax, row, label, _difference(value[row], low[row], high[row], unit, chosen.error))
    known = [abs(x) for x in (*low, *value, *high, margin or 0.0, detectable or 0.0) if not math.isnan(x)]
    reach = 1.1 * max(*known, 0.01 * (ceiling - floor))
    ax.set_xlim(-reach, reach)
    ax.axvline(0, color=INK, linewidth=1.1, zorder=1)
    _bands(ax, margin, detectable, unit)
    ax.set_xticks(round_ticks(-reach, reach, 6))
    percent = 100 if unit.score_range is None else 1
    ax.xaxis.set_major_formatter(lambda x, _: f"{percent * x:+.4g}".replace("-", "−") if x else "0")
    base, new = (clip(name, 24 if is_wide(ax) else 12) for name in (chosen.base, chosen.new))
    ax.set_title(tr("◀ {label} better", label=base), loc="left", fontweight="bold")
    ax.set_title(tr("{label} better ▶", label=new), loc="right", fontweight="bold")
    level = f"{100 * chosen.level:g}%"
    if unit.score_range is not None:
        _finish(ax, len(value), tr("difference of mean scores ({span}), {level} interval", span=unit.span, level=level))
        return ax
    _finish(ax, len(value), tr("difference (percentage points), {level} interval", level=level))
    return ax


def _level(value: float, low: float, high: float, unit: Unit) -> str:
    if math.isnan(value):
        return "–"
    error = spread(low, high)
    if error is None:
        return unit.level(value, error)
    return tr("{value} ({limits})", value=unit.level(value, error), limits=unit.interval(low, high, error))


def _difference(value: float, low: float, high: float, unit: Unit, error: float | None = None) -> str:
    if math.isnan(value):
        return "–"
    if math.isnan(low + high):
        return unit.difference(value, error)
    error = error or spread(low, high)
    return tr("{value} ({limits})", value=unit.difference(value, error), limits=unit.limits(low, high, error))


def _row(ax: "Axes", row: int, limits: tuple[float, float, float], *, colour: str, marker: str) -> None:
    low, value, high = limits
    if not (math.isnan(low) or math.isnan(high)):
        ax.plot([low, high], [-row, -row], color=colour, linewidth=2.6, zorder=3)
        ax.plot([low, high], [-row, -row], color=colour, linestyle="none", marker="|", markersize=9, zorder=3)
    if not math.isnan(value):
        ax.plot(
            [value], [-row], marker=marker, markersize=8, color=colour, markeredgecolor=PAPER, clip_on=False, zorder=4
        )


def _row_text(ax: "Axes", row: int, label: str, text: str) -> None:
    across, behind = ax.get_yaxis_transform(), {"facecolor": PAPER, "edgecolor": "none", "pad": 1.0}
    room = width(ax) - CHARACTER * columns(text)
    # Where both do not fit on one line the numbers stand below the interval, and the label has the whole width.
    apart = 1.15 * CHARACTER * columns(label) > room
    name = clip(label, max(8, min(MOST, int((width(ax) if apart else room) / (1.15 * CHARACTER)))))
    ax.text(0, -row + ABOVE, name, transform=across, ha="left", va="center", fontweight="bold", bbox=behind)
    place = -row - BELOW if apart else -row + ABOVE
    ax.text(1, place, text, transform=across, ha="right", va="center", bbox=behind)


def _bands(ax: "Axes", margin: float | None, detectable: float | None, unit: Unit) -> None:
    wide = is_wide(ax)
    if margin is not None:
        half = f"{100 * margin:.6g}"
        label = tr("equivalence margin ±{number} pp", number=half) if wide else tr("margin ±{number} pp", number=half)
        if unit.score_range is not None:
            label = tr("margin ±{number}", number=unit.stated(margin))
        ax.axvspan(-margin, margin, facecolor=INK, alpha=0.1, zorder=0, label=label)
        for edge in (-margin, margin):
            ax.axvline(edge, color=INK, linewidth=0.9, linestyle=":", zorder=1)
    if detectable is not None:
        half_width = unit.size(detectable, detectable / 20)
        label = (
            tr("smallest detectable ±{size}", size=half_width) if wide else tr("detectable ±{size}", size=half_width)
        )
        bottom = ax.get_xaxis_transform()
        ax.plot(
            [-detectable, detectable], [0.0, 0.0], transform=bottom, linestyle="none", marker="^", markersize=8,
            markerfacecolor=PAPER, markeredgecolor=INK, clip_on=False, zorder=5, label=label,
        )  # fmt: skip
    if margin is not None or detectable is not None:
        # Outside the axes, where no interval can run into it.
        ax.figure.legend(
            loc="outside lower left", ncols=legend_columns(2, ax), handlelength=1.4, borderaxespad=0.2,
            columnspacing=1.6,
        )  # fmt: skip


def _finish(ax: "Axes", rows: int, unit: str) -> None:
    ax.set_ylim(-rows + 0.55, ABOVE + 0.3)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    ax.grid(visible=True, axis="x")
    ax.set_xlabel(unit)
