import pytest
from matplotlib.axes import Axes

from evalsuite.figures.curves import curves
from evalsuite.figures.drawing import draw
from evalsuite.figures.theme import canvas, theme
from evalsuite.findings import Column, Figure, Table

COLUMNS = (Column("label", "Run"), Column("x", "Problems", "count"), Column("y", "Power", "proportion"))
TABLE = Table("t", "T", COLUMNS, (("a", 5, 0.0), ("a", 50, 0.5), ("b", 5, 0.1), ("b", 50, None), ("b", 500, 1.0)))


def drawn(table: Table, **options: str | float) -> Axes:
    with theme():
        _, ax = canvas(7.2, 3.6)
        return curves(table, options, ax)


def test_one_line_a_label_without_missing_points() -> None:
    lines = drawn(TABLE).get_lines()
    assert [line.get_xydata().tolist() for line in lines] == [[[5, 0], [50, 0.5]], [[5, 0.1], [500, 1]]]
    assert len({(line.get_marker(), line.get_linestyle()) for line in lines}) == 2


def test_options() -> None:
    ax = drawn(TABLE, log=1, reference=0.8, reference_title="80% power", floor=0.4, x_title="problems", y_title="power")
    assert ax.get_xscale() == "log"
    assert ax.get_ylim()[0] == 0.4
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("problems", "power")
    assert "80% power" in [line.get_label() for line in ax.get_lines()]


def test_values_that_are_no_shares_have_no_percent_sign() -> None:
    formats = [drawn(TABLE, **options).yaxis.get_major_formatter() for options in ({}, {"unit": "number"})]
    assert [form(0.5, 0).endswith("%") for form in formats] == [True, False]


def test_band_where_there_are_limits() -> None:
    columns = (*COLUMNS, Column("low", "Low", "proportion"), Column("high", "High", "proportion"))
    table = Table("t", "T", columns, (("a", 1, 0.5, 0.4, 0.6), ("a", 2, 0.6, 0.5, 0.7)))
    assert len(drawn(table).collections) == 1
    assert not drawn(TABLE).collections


def test_missing_column_is_named() -> None:
    figure = Figure("f", "curves", "F", "D", "t")
    with pytest.raises(ValueError, match="y"):
        draw(figure, Table("t", "T", COLUMNS[:2], (("a", 5),)))


def test_subgroups_have_their_own_intervals_beside_each_other() -> None:
    rows = [(run, x, 0.5, 0.4, 0.7) for run in ("a", "b") for x in (1.0, 2.0, 8.0)]
    data = Table("t", "T", tuple(Column(k, k) for k in ("label", "x", "y", "low", "high")), tuple(rows))
    ax = draw(Figure("f", "curves", "Title", "Text", "t", {"points": True}), data).axes[0]
    places = [list(line.get_xdata()) for line in ax.lines]
    assert len(places) == 2
    for first, second, tick in zip(*places, (1.0, 2.0, 8.0), strict=True):
        assert 0 < second - first < 0.3
        assert (first + second) / 2 == pytest.approx(tick)
    assert [label.get_text() for label in ax.get_xticklabels()] == ["1", "2", "8"]
    spans = [tuple(segment[:, 1]) for part in ax.collections for segment in part.get_segments()]
    assert spans == [(0.4, 0.7)] * 6
