"""Paired dots show every pair of accuracies once, thicker where more units have it, and the difference beside them."""

import numpy as np
import pytest
from matplotlib.axes import Axes

from evalsuite.figures.drawing import draw
from evalsuite.figures.looks import NARROW, SERIES, WIDE
from evalsuite.findings import Cell, Column, Figure, Table

ROWS = ((0.0, 0.5, 4), (1.0, 0.5, 1), (0.5, 0.5, 25))
MEANS: dict[str, Cell] = {"base": "base", "new": "GRPO", "base_mean": 0.45, "new_mean": 0.5, "level": 0.95}
LIMITS: dict[str, Cell] = {"low": -0.02, "value": 0.05, "high": 0.12}


def drawn(width: float = WIDE, rows: tuple[tuple[Cell, ...], ...] = ROWS, **options: Cell) -> list[Axes]:
    table = Table("t", "T", tuple(Column(k, k) for k in ("base", "new", "count")), rows)
    return draw(Figure("f", "units", "Title", "Text", "t", options), table, width=width).axes


def test_each_pair_is_one_line_thicker_for_more_units() -> None:
    ax = drawn()[0]
    lines = {
        tuple(np.asarray(line.get_ydata(), dtype=float)): line
        for line in ax.lines
        if list(line.get_xdata()) == [0, 1] and line.get_linestyle() != "None"
    }
    assert set(lines) == {(0.0, 0.5), (1.0, 0.5), (0.5, 0.5)}
    up, down, same = lines[0.0, 0.5], lines[1.0, 0.5], lines[0.5, 0.5]
    assert down.get_linewidth() < up.get_linewidth() < same.get_linewidth()
    # The width grows with the square root of the number.
    assert (up.get_linewidth() - 1) / (same.get_linewidth() - 1) == pytest.approx((2 - 1) / (5 - 1))
    assert (up.get_color(), down.get_color()) == (SERIES[1].colour, SERIES[0].colour)
    assert (up.get_linestyle(), down.get_linestyle()) == ("-", "--")


def test_counts_are_in_the_legend_and_accuracies_below() -> None:
    ax = drawn(**MEANS)[0]
    legend = ax.get_figure(root=True).legends[0]  # type: ignore[union-attr]
    assert [t.get_text() for t in legend.get_texts()] == ["up: 4", "down: 1", "the same: 25"]
    assert [t.get_text() for t in ax.get_xticklabels()] == ["base\n45%", "GRPO\n50%"]


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_the_difference_stands_beside(width: float) -> None:
    _, beside = drawn(width, **MEANS, **LIMITS)
    marks = {str(line.get_marker()): np.asarray(line.get_ydata(), dtype=float).tolist() for line in beside.lines}
    assert marks["D"] == [0.05]
    assert marks["_"] == [-0.02, 0.12]


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_long_names_stay_clear_of_the_interval(width: float) -> None:
    names: dict[str, Cell] = {"base": "sft-numbers", "new": "grpo-seed1-numbers"}
    ax, beside = drawn(width, **{**MEANS, **names, "low": -0.17, "value": -0.03, "high": 0.13})
    figure = ax.get_figure(root=True)
    assert figure is not None
    figure.draw_without_rendering()
    limits = beside.xaxis.label.get_window_extent()
    assert not [t.get_text() for t in ax.get_xticklabels() if t.get_window_extent().overlaps(limits)]


def test_one_unit_and_no_interval() -> None:
    assert len(drawn(rows=((0.25, 0.75, 1),), **MEANS)) == 1
