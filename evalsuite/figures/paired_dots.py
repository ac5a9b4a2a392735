"""Paired dots: what each independent unit, a problem or a template, scored in both runs, and the difference."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from evalsuite.figures.cells import numbers, read_options
from evalsuite.figures.estimation import EstimateOptions, difference_beside
from evalsuite.figures.looks import INK, folded, legend_columns
from evalsuite.findings import Cell, Table
from evalsuite.wording.language import tr
from evalsuite.wording.numbers import percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["PairedDotsOptions", "paired_dots"]

Way = Literal["up", "down", "same"]

THINNEST, THICKEST = 1.0, 7.0
"""Width of the line of one unit and of the most frequent pair, in points."""


@dataclass(frozen=True, slots=True)
class PairedDotsOptions(EstimateOptions):
    """The difference beside the dots, and the accuracies of the two runs."""

    base_mean: float | None = None
    new_mean: float | None = None


def paired_dots(table: Table, options: Mapping[str, Cell], ax: "Axes") -> "Axes":
    """Draw one line a pair of accuracies from the base to the new run, thicker where more units have that pair.

    Parameters
    ----------
    table
        Columns ``base``, ``new`` (shares of the completions of a unit that are right) and ``count``, the units.
    options
        Fields of `PairedDotsOptions`.
    """
    chosen = read_options(PairedDotsOptions, options)
    base, new, count = (numbers(table, key) for key in ("base", "new", "count"))
    most = max(count)
    looks = _looks(chosen.colours)
    moved: dict[Way, float] = {"up": 0.0, "down": 0.0, "same": 0.0}
    for before, after, n in sorted(zip(base, new, count, strict=True), key=lambda row: -row[2]):
        way: Way = "up" if after > before else "down" if after < before else "same"
        moved[way] += n
        colour, line, alpha = looks[way]
        width = THINNEST + (THICKEST - THINNEST) * (math.sqrt(n) - 1) / max(math.sqrt(most) - 1, 1.0)
        ax.plot([0, 1], [before, after], color=colour, linestyle=line, linewidth=width, alpha=alpha, zorder=2)
    for place, values in enumerate((base, new)):
        marked = sorted(set(values))
        ax.plot([place] * len(marked), marked, color=INK, linestyle="none", marker="o", markersize=4, zorder=3)
    means = (chosen.base_mean, chosen.new_mean)
    _frame(ax, [chosen.base, chosen.new], means)
    _legend(ax, moved, looks)
    if means[0] is not None and means[1] is not None:
        ax.plot([0, 1.18], [means[0]] * 2, color=INK, linewidth=0.9, linestyle=":", zorder=4)
        difference_beside(ax, (means[0], means[1]), chosen)
    return ax


Look = tuple[str, Literal["-", "--"], float]


def _looks(colours: tuple[str, str]) -> Mapping[Way, Look]:
    """Return colour, line and opacity of units that went up, the new run's, went down, the base's, and stayed."""
    return {"up": (colours[1], "-", 0.75), "down": (colours[0], "--", 0.75), "same": (INK, "-", 0.3)}


def _frame(ax: "Axes", names: list[str], means: tuple[float | None, ...]) -> None:
    labels = [folded(name, ax) for name in names]
    for place, mean in enumerate(means):
        if mean is not None:
            reach = [place - 0.09, place + 0.09]
            ax.plot(reach, [mean, mean], color=INK, linewidth=2.6, solid_capstyle="butt", zorder=5)
            labels[place] += f"\n{percent(mean, 0.01)}"
    ax.set_xticks([0, 1], labels)
    ax.tick_params(axis="x", length=0)
    ax.set_xlim(-0.18, 1.18)
    ax.set_ylim(-0.03, 1.03)
    ax.yaxis.set_major_formatter(lambda y, _: f"{100 * y:g}%")
    ax.set_ylabel(tr("right completions of each"))
    ax.grid(visible=True, axis="y")


def _legend(ax: "Axes", moved: Mapping[Way, float], looks: Mapping[Way, Look]) -> None:
    words: dict[Way, str] = {
        "up": tr("up: {n}", n=f"{moved['up']:,.0f}"),
        "down": tr("down: {n}", n=f"{moved['down']:,.0f}"),
        "same": tr("the same: {n}", n=f"{moved['same']:,.0f}"),
    }
    handles = [
        ax.plot([], [], color=colour, linestyle=line, alpha=alpha, linewidth=2.6, label=words[way])[0]
        for way, (colour, line, alpha) in looks.items()
    ]
    columns = legend_columns(3, ax)
    ax.figure.legend(handles=handles, loc="outside upper left", ncols=columns, handlelength=2.6, borderaxespad=0.2)
