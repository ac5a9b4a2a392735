"""Chinese in figures: text in the SVG whatever fonts there are, and a PNG only where a font has the letters."""

import xml.etree.ElementTree as ET

import pytest
from matplotlib import font_manager
from matplotlib.text import Text

from evalsuite.figures import theme
from evalsuite.figures.drawing import draw
from evalsuite.figures.theme import to_raster, to_svg, to_vector
from evalsuite.findings import Column, Figure, Table
from evalsuite.wording.language import language

ROWS = (("a", 0.1, 0.3, 0.5, 10, 3), ("b", 0.4, 0.6, 0.8, 10, 6))
COLUMNS = ("label", "low", "value", "high", "n", "k")
TABLE = Table("accuracy", "t", tuple(Column(key, key) for key in COLUMNS), ROWS)
DIFFERENCE = Table("difference", "t", tuple(Column(key, key) for key in COLUMNS[:4]), (("b", -0.1, 0.2, 0.4),))
FIGURE = Figure("difference", "difference", "t", "d", "difference", {"margin": 0.05, "detectable": 0.3})


def texts(svg: str) -> list[ET.Element]:
    return list(ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text"))  # noqa: S314 - our own


def test_labels_are_chinese_text_without_a_second_legend_column() -> None:
    with language("zh"):
        svg = to_svg(draw(FIGURE, DIFFERENCE), name="f", title="t", description="d")
        again = to_svg(draw(FIGURE, DIFFERENCE), name="f", title="t", description="d")
        saved = to_vector(draw(FIGURE, DIFFERENCE), title="t", description="d")
    assert svg == again
    assert 'lang="zh-Hans"' in saved
    assert any("\u5dee\u503c" in (text.text or "") for text in texts(svg))
    legend = [text for text in texts(svg) if "\u00b1" in (text.text or "")]
    assert len(legend) == len({text.get("y") for text in legend}) == 2
    assert len({text.get("x") for text in legend}) == 1
    assert "lang=" not in to_svg(draw(FIGURE, DIFFERENCE), name="f", title="t", description="d")


def test_a_picture_needs_a_font_with_the_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    figure = Figure("accuracy", "intervals", "t", "d", "accuracy", {})
    monkeypatch.setattr(theme, "CHINESE_FONTS", ("no such font",))
    with language("zh"):
        without, none = to_vector(draw(figure, TABLE), title="t", description="d"), to_raster(draw(figure, TABLE))
    assert none is None
    # Any installed font stands in for a Chinese one.
    other = next(name for name in font_manager.get_font_names() if name not in ("DejaVu Sans", "Last Resort"))
    monkeypatch.setattr(theme, "CHINESE_FONTS", ("no such font", other))
    with language("zh"):
        picture = draw(figure, TABLE)
        before = [text.get_fontfamily() for text in picture.findobj(Text) if isinstance(text, Text)]
        vector, raster = to_vector(picture, title="t", description="d"), to_raster(picture)
        assert [text.get_fontfamily() for text in picture.findobj(Text) if isinstance(text, Text)] == before
    assert raster is not None
    # The SVG is the same whatever fonts the machine has.
    assert vector == without
