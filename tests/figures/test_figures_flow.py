"""The flow shows each cell of the paired table at its share, and the difference on its own scale."""

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.patches import Polygon, Rectangle

from evalsuite.figures.drawing import draw
from evalsuite.figures.looks import NARROW, WIDE
from evalsuite.findings import Cell, Column, Figure, Table

OPTIONS: dict[str, Cell] = {"base": "base", "new": "GRPO", "low": -0.002, "value": 0.0273, "high": 0.056, "level": 0.9}


def drawn(*counts: int, width: float = WIDE, **options: Cell) -> list[Axes]:
    cells = ((True, True), (False, True), (True, False), (False, False))
    rows = tuple((b, n, count) for (b, n), count in zip(cells, counts, strict=True))
    table = Table("t", "T", tuple(Column(k, k) for k in ("base_right", "new_right", "count")), rows)
    return draw(Figure("f", "flow", "Title", "Text", "t", options), table, width=width).axes


def test_columns_are_accuracies_and_ribbons_are_cells() -> None:
    ax = drawn(450, 197, 161, 511)[0]
    filled = [p.get_height() for p in ax.patches if isinstance(p, Rectangle) and p.get_y() == 0]
    assert filled == pytest.approx([611 / 1319, 647 / 1319])
    thick = []
    for ribbon in (p for p in ax.patches if isinstance(p, Polygon)):
        y = np.asarray(ribbon.get_xy(), dtype=float)[:-1, 1]
        # The low edge there, the high edge back; the same thickness at both columns.
        half = len(y) // 2
        assert y[-1] - y[0] == pytest.approx(y[half] - y[half - 1])
        thick.append((y[0], y[half - 1], y[-1] - y[0]))
    both, neither, losses, wins = thick
    assert both == pytest.approx((0, 0, 450 / 1319))
    assert neither == pytest.approx((808 / 1319, 808 / 1319, 511 / 1319))
    assert losses == pytest.approx((450 / 1319, 647 / 1319, 161 / 1319))
    assert wins == pytest.approx((611 / 1319, 450 / 1319, 197 / 1319))
    # What is right in the base lies below its accuracy, what is right in the new run below its own.
    assert losses[0] + losses[2] == pytest.approx(filled[0])
    assert wins[1] + wins[2] == pytest.approx(filled[1])


def test_counts_and_accuracies_are_written() -> None:
    ax = drawn(450, 197, 161, 511)[0]
    assert [t.get_text() for t in ax.texts] == ["both right 450", "neither 511"]
    assert [t.get_text() for t in ax.get_xticklabels()] == ["base\n46%", "new\n49%"]
    legend = ax.get_figure(root=True).legends[0]  # type: ignore[union-attr]
    assert [t.get_text() for t in legend.get_texts()] == ["only new: 197", "only base: 161"]


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_the_difference_stands_on_its_own_axis(width: float) -> None:
    _, beside = drawn(450, 197, 161, 511, width=width, margin=0.02, **OPTIONS)
    marks = {str(line.get_marker()): np.asarray(line.get_ydata(), dtype=float).tolist() for line in beside.lines}
    assert marks["D"] == [0.0273]
    assert marks["_"] == [-0.002, 0.056]
    low, high = beside.get_ylim()
    assert low < -0.02 < 0.056 < high
    assert beside.get_xlabel().startswith("+3 pp\n")
    assert ("90% CI" in beside.get_xlabel()) == (width == WIDE)


def test_without_an_interval_or_problems_there_is_only_the_flow() -> None:
    assert len(drawn(450, 197, 161, 511)) == 1
    ax = drawn(0, 0, 0, 0)[0]
    assert not [p for p in ax.patches if isinstance(p, Polygon)]
    assert [t.get_text() for t in drawn(0, 3, 0, 125)[0].texts] == ["neither 125"]
