"""Each drawing shows the numbers of its table, at the right place, also where there is little or nothing to show."""

import math
import re

import pytest
from matplotlib.axes import Axes

from evalsuite.figures.cells import numbers, spread
from evalsuite.figures.drawing import DRAWING, HEIGHT, draw
from evalsuite.figures.looks import NARROW, WIDE
from evalsuite.figures.theme import to_svg
from evalsuite.findings import Cell, Column, Figure, Table


def table(keys: str, *rows: tuple[Cell, ...]) -> Table:
    return Table("t", "T", tuple(Column(key, key) for key in keys.split()), rows)


def axes(kind: str, data: Table, width: float = WIDE, **options: Cell) -> Axes:
    return draw(Figure("f", kind, "Title", "Text", "t", options), data, width=width).axes[0]


def words(ax: Axes) -> str:
    figure = ax.get_figure(root=True)
    assert figure is not None
    svg = to_svg(figure, name="x", title="t", description="d")
    return " | ".join(re.findall(r"<text[^>]*>([^<]*)</text>", svg))


def marks(ax: Axes) -> list[tuple[float, float, str]]:
    """Every marker that stands for a value, as (x, y, marker)."""
    return [
        (float(x), float(y), str(line.get_marker()))
        for line in ax.lines
        if line.get_marker() not in ("None", "|", "")
        for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True)
    ]


ACCURACY = table(
    "label low value high n k", ("base", 0.37, 0.40, 0.43, 1319, 528), ("new", 0.55, 0.57, 0.60, 1319, 755)
)
PAIRED = "base_right new_right count"


def test_every_kind_has_a_height() -> None:
    assert set(HEIGHT) == set(DRAWING)


def test_intervals_stand_where_the_numbers_say() -> None:
    ax = axes("intervals", ACCURACY)
    assert marks(ax) == [(0.40, 0, "s"), (0.57, -1, "o")]
    ends = [tuple(line.get_xdata()) for line in ax.lines if line.get_marker() == "|"]
    assert ends == [(0.37, 0.43), (0.55, 0.60)]
    text = words(ax)
    assert "40% (37% to 43%) · 528 of 1,319" in text
    assert "accuracy (% of problems), 95% interval" in text


def test_difference_shows_sign_margin_and_detectable_difference() -> None:
    data = table("label low value high", ("Fay–Lumbard", -0.4507, 0.2, 0.7164))
    ax = axes("difference", data, base="base", new="GRPO", margin=0.02, detectable=0.31, level=0.9)
    low, high = ax.get_xlim()
    assert low == -high
    assert high > 0.7164
    assert (0.2, 0.0, "D") in marks(ax)
    assert {(-0.31, 0.0, "^"), (0.31, 0.0, "^")} <= set(marks(ax))
    text = words(ax)
    for part in (
        "◀ base better",
        "GRPO better ▶",
        "+20 pp (−45 to +72 pp)",
        "equivalence margin ±2 pp",
        "±31 pp",
        "90%",
    ):
        assert part in text
    assert "margin" not in words(axes("difference", data))


def test_positive_differences_stand_on_the_side_of_the_new_run() -> None:
    ax = axes("difference", table("label low value high", ("m", 0.01, 0.03, 0.05)), base="old", new="new")
    ((x, _, _),) = marks(ax)
    assert x > 0
    assert ax.get_title(loc="right") == "new better ▶"
    assert ax.get_title(loc="left") == "◀ old better"


@pytest.mark.parametrize("kind", ["intervals", "difference"])
def test_what_is_not_known_is_not_drawn(kind: str) -> None:
    ax = axes(
        kind,
        table("label low value high", ("known", 0.1, 0.2, 0.3), ("bare", None, 0.2, None), ("none", None, None, None)),
    )
    assert len(marks(ax)) == 2
    assert "nan" not in words(ax)


@pytest.mark.parametrize("kind", ["intervals", "difference"])
@pytest.mark.parametrize("value", [0.0, 1.0])
def test_degenerate_estimates_are_drawn(kind: str, value: float) -> None:
    low, high = axes(kind, table("label low value high", ("a", value, value, value))).get_xlim()
    assert low <= value <= high
    assert low < high


def test_the_cut_share_is_marked_at_the_cap() -> None:
    data = table("label tokens share", ("a", 100, 0.5), ("a", 299, 0.8), ("a", 300, 1.0), ("b", 50, 1.0))
    ax = axes("lengths", data, cap=300)
    assert (300.0, 0.8, "s") in marks(ax)
    assert (300.0, 1.0, "o") in marks(ax)
    assert any(list(line.get_xdata()) == [300.0, 300.0] for line in ax.lines)
    assert "token limit 300" in words(ax)
    first, second = (line for line in ax.lines if line.get_drawstyle() == "steps-post")
    assert list(first.get_ydata()) == [0, 0.5, 0.8, 1.0]
    assert first.get_linestyle() != second.get_linestyle()


def test_lengths_without_a_cap() -> None:
    assert "cap" not in words(axes("lengths", table("label tokens share", ("a", 10, 0.5), ("a", 20, 1.0))))


def test_draws_show_each_run_of_each_draw() -> None:
    data = table(
        "draw label accuracy", ("0", "b", 0.4), ("0", "n", 0.6), ("1", "b", 0.5), ("1", "n", 0.5), ("2", "n", 0.1)
    )
    ax = axes("draws", data)
    assert set(marks(ax)) == {(0, 0.4, "s"), (0, 0.6, "o"), (1, 0.5, "s"), (1, 0.5, "o"), (2, 0.1, "o")}
    low, high = ax.get_ylim()
    assert low < 0.1
    assert high > 0.6


def test_many_draws_thin_out_their_labels() -> None:
    rows = [(f"draw {i}", run, 0.3 + 0.001 * i) for i in range(200) for run in "bn"]
    ax = axes("draws", table("draw label accuracy", *rows), width=NARROW)
    assert 2 <= sum(bool(label.get_text()) for label in ax.get_xticklabels()) <= 12


@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("name", ["base", "Qwen2.5-0.5B-Instruct + GRPO adapter, step 2000"])
def test_no_text_overlaps_or_leaves_the_figure(width: float, name: str) -> None:
    rows = [(f"{name} {i}", 0.3 + i / 10, 0.4 + i / 10, 0.5 + i / 10, 1319, 600) for i in range(3)]
    data = table("label low value high n k", *rows)
    flips = table(PAIRED, (False, True, 452), (True, False, 226), (True, True, 1319), (False, False, 1319))
    lengths = table("label tokens share", *((f"{name} {i}", 10 * j, j / 9) for i in range(3) for j in range(9)))
    curves = table("label x y", *((f"{name} {i}", 10 * j, j / 9) for i in range(3) for j in range(9)))
    options: dict[str, Cell] = {"base": name, "new": name, "margin": 0.025}
    for ax in (
        axes("intervals", data, width),
        axes("difference", data, width, detectable=0.0345, **options),
        axes("flow", flips, width, **options),
        axes("lengths", lengths, width, cap=300),
        axes("curves", curves, width),
    ):
        figure = ax.get_figure(root=True)
        assert figure is not None
        figure.draw_without_rendering()  # only then does every text have its place
        legends = [text for legend in figure.legends for text in legend.get_texts()]
        titles = [ax.title, ax._left_title, ax._right_title]
        texts = [t for t in (*ax.texts, *titles, *legends, ax.xaxis.label) if t.get_text()]
        boxes = [text.get_window_extent() for text in texts]
        assert all(box.x0 >= 0 and box.x1 <= figure.bbox.x1 + 0.5 for box in boxes)
        for i, one in enumerate(boxes):
            assert not [texts[j].get_text() for j in range(i) if one.overlaps(boxes[j])], texts[i].get_text()


def test_errors_name_what_is_missing() -> None:
    with pytest.raises(ValueError, match=r"needs a column 'value' to be drawn, it has \['label', 'low'\]"):
        axes("intervals", table("label low", ("a", 0.1)))
    with pytest.raises(ValueError, match="kind 'pie', known kinds are"):
        axes("pie", ACCURACY)
    with pytest.raises(ValueError, match="table 't' has no rows"):
        axes("intervals", table("label low value high"))
    with pytest.raises(ValueError, match="column 'low' of table 't' needs numbers, got 'x'"):
        numbers(table("low", ("x",)), "low")
    with pytest.raises(ValueError, match="option 'cap' needs a number, got '300'"):
        axes("lengths", table("label tokens share", ("a", 10, 0.5)), cap="300")
    with pytest.raises(ValueError, match="option 'heigth' is unknown, LengthOptions has"):
        axes("lengths", table("label tokens share", ("a", 10, 0.5)), heigth=3)


def test_spread_is_that_of_a_95_percent_interval() -> None:
    # Wilson interval of 7/50 is about 0.0695 to 0.2619; the Wald standard error is sqrt(0.14 * 0.86 / 50).
    found = spread(0.0695, 0.2619)
    assert found == pytest.approx(math.sqrt(0.14 * 0.86 / 50), rel=0.01)
    assert spread(math.nan, 0.2) is None
