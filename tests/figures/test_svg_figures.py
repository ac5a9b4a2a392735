"""Figures without matplotlib say what matplotlib's say, each mark where its number is, and no text can act."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator

import pytest

from evalsuite.figures.drawing import draw
from evalsuite.figures.kinds import PLAIN, sketch
from evalsuite.figures.looks import INK, NARROW, PAPER, SERIES, WIDE
from evalsuite.figures.svg_writer import for_file, for_page
from evalsuite.figures.theme import to_svg
from evalsuite.findings import Cell, Column, Figure, Table
from evalsuite.wording.language import language

NAME = "Qwen2.5-0.5B-Instruct + GRPO adapter, step 2000"
ESTIMATE: dict[str, Cell] = {"base": "base", "new": "GRPO", "low": -0.002, "value": 0.0273, "high": 0.056}
CASES: dict[str, tuple[str, list[tuple[Cell, ...]], dict[str, Cell]]] = {
    "intervals": ("label low value high n k", [("base", 0.37, 0.4, 0.43, 1319, 528), ("new", 0.5, 0.6, 0.7, 9, 5)], {}),
    "difference": (
        "label low value high", [("a", -0.45, 0.2, 0.72), ("none", None, None, None)],
        {"margin": 0.02, "detectable": 0.31, "base": "base", "new": NAME},
    ),
    "flow": (
        "base_right new_right count",
        [(True, True, 450), (False, True, 197), (True, False, 161), (False, False, 511)],
        ESTIMATE | {"margin": 0.02},
    ),
    "units": (
        "base new count", [(0.0, 0.5, 4), (1.0, 0.5, 1), (0.5, 0.5, 25)],
        ESTIMATE | {"base_mean": 0.45, "new_mean": 0.5},
    ),
    "lengths": ("label tokens share", [("a", 10, 0.5), ("a", 299, 0.8), ("a", 300, 1.0), ("b", 50, 1.0)], {"cap": 300}),
    "draws": ("draw label accuracy", [("0", "b", 0.4), ("0", "n", 0.6), ("1", "b", 0.5), ("1", "n", 0.5)], {}),
    "curves": (
        "label x y low high", [("a", 5, 0.0, 0.0, 0.1), ("a", 50, 0.5, 0.4, 0.6), ("b", 5, 0.1, None, None)],
        {"log": 1, "reference": 0.8, "x_title": "problems"},
    ),
}  # fmt: skip


def case(kind: str, **more: Cell) -> tuple[Figure, Table]:
    keys, rows, options = CASES[kind]
    table = Table("t", "T", tuple(Column(key, key) for key in keys.split()), tuple(rows))
    return Figure("f", kind, "Title", "What is shown", "t", options | more), table


def elements(svg: str) -> Iterator[ET.Element]:
    return ET.fromstring(svg).iter()  # noqa: S314 - our own


def words(svg: str) -> set[str]:
    texts = {"".join(e.itertext()) for e in elements(svg) if e.tag.endswith("text")}
    # Where a title is broken and which ticks an axis has is each one's own choice.
    return {text for text in texts if re.search("[a-z]{4}|pp", text)}


def test_every_kind_has_a_case() -> None:
    assert set(CASES) == set(PLAIN)


@pytest.mark.parametrize("kind", CASES)
@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_the_words_are_those_of_matplotlib(kind: str, width: float) -> None:
    figure, table = case(kind)
    ours = words(for_page(sketch(figure, table, width=width), named_by="x", name="f"))
    theirs = words(to_svg(draw(figure, table, width=width), name="f", title="", description=""))
    assert " ".join(sorted(ours)) == " ".join(sorted(theirs)) or ours == theirs


@pytest.mark.parametrize("kind", CASES)
def test_nothing_leaves_the_figure(kind: str) -> None:
    figure, table = case(kind)
    for width in (WIDE, NARROW):
        svg = for_page(sketch(figure, table, width=width), named_by="x", name="f")
        right, low = (float(size) for size in re.findall(r'viewBox="0 0 (\S+) (\S+)"', svg)[0])
        for text in (e for e in elements(svg) if e.tag.endswith("text") and e.get("x")):
            x, y, wide = float(text.get("x", 0)), float(text.get("y", 0)), 5.5 * len(text.text or "")
            start = x - {"middle": wide / 2, "end": wide}.get(text.get("text-anchor", ""), 0)
            assert start >= -1, text.text
            assert start + wide <= right + 1, text.text
            assert 0 < y < low, text.text


def test_marks_stand_where_the_numbers_say() -> None:
    """The axis says 0 at one tick and 50 at another; the estimate of 20 lies two fifths of the way between them."""
    figure, table = case("difference")
    svg = for_page(sketch(figure, table), named_by="x", name="f")
    ticks = {e.text: float(e.get("x", 0)) for e in elements(svg) if e.tag.endswith("text")}
    diamond = next(re.match(r"M(\S+) ", e.get("d", "")) for e in elements(svg) if "l4 4l-4 4" in e.get("d", ""))
    assert diamond is not None
    assert float(diamond[1]) == pytest.approx(ticks["0"] + 0.4 * (ticks["+50"] - ticks["0"]), abs=0.2)


def test_a_page_has_its_own_colours_and_a_file_those_of_paper() -> None:
    figure, table = case("intervals")
    page = for_page(sketch(figure, table), named_by="f-words", name="f")
    assert "currentColor" in page
    assert "var(--run-0)" in page
    assert 'aria-labelledby="f-words"' in page
    assert not re.search("#[0-9a-f]{6}", page)
    file = for_file(sketch(figure, table), title="A <title>", description="What & where")
    assert {INK, PAPER, SERIES[0].colour} <= set(re.findall("#[0-9a-f]{6}", file))
    assert [e.text for e in elements(file) if e.tag.endswith(("}title", "}desc"))] == ["A <title>", "What & where"]
    with language("zh"):
        assert 'lang="zh-Hans"' in for_file(sketch(figure, table), title="t", description="d")


def test_what_lies_outside_of_the_axes_is_cut_there() -> None:
    figure, table = case("curves", floor=0.4)
    svg = for_page(sketch(figure, table), named_by="x", name="f")
    names = {e.get("id") for e in elements(svg) if e.tag.endswith("clipPath")}
    used = set(re.findall(r'clip-path="url\(#([^)]*)\)"', svg))
    assert used == names == {"f-clip-0"}
    assert "clip" not in for_page(sketch(*case("curves")), named_by="x", name="f")


def test_hostile_text_stays_text() -> None:
    columns = tuple(Column(key, key) for key in ("label", "low", "value", "high"))
    table = Table("t", "T", columns, (('</text><script>alert(1)</script>"\x00\u202e', 0.1, 0.2, 0.3),))
    figure = Figure("f", "intervals", "T", "D", "t")
    for svg in (
        for_page(sketch(figure, table), named_by="x", name="f"),
        for_file(sketch(figure, table), title="</title><script>", description="\ud800"),
    ):
        assert not [e for e in elements(svg) if e.tag.endswith("script")]
        assert any("</text><script>" in (e.text or "") for e in elements(svg))
