"""The map of a square table carries its numbers as text, so that it reads without colour."""

import re

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import to_rgba_array

from evalsuite.figures.drawing import draw
from evalsuite.figures.heatmaps import DARKEST
from evalsuite.figures.looks import INK, NARROW, PAPER, WIDE
from evalsuite.figures.theme import to_svg
from evalsuite.findings import Cell, Column, Figure, Table


def square(*rows: tuple[Cell, ...]) -> Table:
    names = [str(row[0]) for row in rows]
    columns = (Column("label", "Grader"), *(Column(name, name, "proportion") for name in names))
    return Table("t", "T", columns, rows)


def axes(data: Table, width: float = WIDE, **options: Cell) -> Axes:
    return draw(Figure("f", "matrix", "Title", "Text", "t", options), data, width=width).axes[0]


def numbers(ax: Axes) -> dict[tuple[float, float], str]:
    """By column and row, whose cells begin at whole numbers; a cell without a number has an empty text."""
    return {(x - 0.5, y - 0.5): text.get_text() for text in ax.texts for x, y in [text.get_position()]}


THREE = square(("boxed", 0.0, 0.004, 0.25), ("strict", 0.004, 0.0, 0.996), ("last", 0.25, 0.996, None))


def test_every_pair_has_its_number_at_its_place_once() -> None:
    assert numbers(axes(THREE)) == {(0, 1): "<1", (0, 2): "25", (1, 2): ">99"}


def test_a_table_whose_halves_differ_is_drawn_whole() -> None:
    data = square(("a", None, 0.3), ("b", 0.7, None))
    assert numbers(axes(data)) == {(1, 0): "30", (0, 1): "70"}


def test_shades_grow_with_the_share_and_leave_the_numbers_readable() -> None:
    (cells,) = (c for c in axes(THREE).collections if isinstance(c, QuadMesh))
    # A map of colours has 256 of them.
    shades = np.reshape(to_rgba_array(cells.get_facecolor())[:, 3], (3, 3))
    assert shades == pytest.approx(DARKEST * np.array([[0, 0, 0], [0.004, 0, 0], [0.25, 0.996, 0]]), abs=1 / 256)
    assert shades[0, 0] == shades[2, 2] == 0
    ink, paper = (luminance(colour, 0) for colour in (INK, PAPER))
    darkest = luminance(INK, 1 - DARKEST)
    assert (darkest + 0.05) / (ink + 0.05) > 4.5
    # On dark paper the roles change: light text on a cell that light ink has made lighter.
    light_cell = luminance("#1b1e22", 1 - DARKEST, over="#e8e6e1", swap=True)
    assert (luminance("#e8e6e1", 0) + 0.05) / (light_cell + 0.05) > 4.5
    assert paper > 0.9


def luminance(colour: str, share: float, over: str = PAPER, *, swap: bool = False) -> float:
    """Relative luminance (WCAG 2.2) of `colour` with `share` of `over` mixed in; `swap` mixes the other way."""
    one, two = ([int(c[i : i + 2], 16) / 255 for i in (1, 3, 5)] for c in (colour, over))
    if swap:
        share = 1 - share
    mixed = [(1 - share) * a + share * b for a, b in zip(one, two, strict=True)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in mixed]
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_twelve_graders_fit_without_overlap(width: float) -> None:
    names = [f"a_rather_long_grader_{i}" for i in range(12)]
    data = square(*((name, *(abs(i - j) / 12 for j in range(12))) for i, name in enumerate(names)))
    ax = axes(data, width, x_title="completions of base on which two graders disagree (%)")
    figure = ax.get_figure(root=True)
    assert figure is not None
    texts = [*ax.texts, *ax.get_yticklabels(), *ax.get_xticklabels(), ax.xaxis.label]
    boxes = [text.get_window_extent() for text in texts]
    assert all(box.x0 >= 0 and box.x1 <= figure.bbox.x1 + 0.5 for box in boxes)
    for i, one in enumerate(boxes):
        assert not [texts[j].get_text() for j in range(i) if one.overlaps(boxes[j])], texts[i].get_text()


def test_rows_are_numbered_as_the_columns() -> None:
    ax = axes(THREE)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["boxed  1", "strict  2", "last  3"]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["1", "2", "3"]


def test_same_table_same_bytes() -> None:
    one, two = (
        to_svg(draw(Figure("f", "matrix", "T", "D", "t"), THREE), name="x", title="T", description="D")
        for _ in range(2)
    )
    assert one == two
    assert len(re.findall(r"<text", one)) > 8


def test_a_table_that_is_not_square_is_refused() -> None:
    data = Table("t", "T", (Column("label", "L"), Column("a", "a")), (("a", 0.1), ("b", 0.2)))
    with pytest.raises(ValueError, match="needs one column of shares for each of 2 rows"):
        axes(data)
