"""SVG that may stand in a page: stable bytes, own ids, a text for people who cannot see it, ink of the page."""

import re
import xml.etree.ElementTree as ET

import matplotlib as mpl
import pytest
from matplotlib.figure import Figure

from evalsuite.figures.characters import HIDDEN, name, visible
from evalsuite.figures.looks import INK, PAPER, SERIES, clip, series
from evalsuite.figures.theme import canvas, theme, to_raster, to_svg, to_vector


def parsed(svg: str) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314 - our own output


def picture(label: str = "label") -> Figure:
    with theme():
        figure, ax = canvas(4, 2)
        ax.plot([0, 1], [0, 1], color=SERIES[0].colour, marker="s", markeredgecolor=PAPER, label=label)
        ax.fill_between([0, 1], 1, hatch="//")
        ax.set_xlabel(label)
        ax.legend()
        figure.draw_without_rendering()
        figure.set_layout_engine("none")
    return figure


def test_svg_is_an_accessible_element_without_document_parts() -> None:
    svg = to_svg(picture(), name="one", title="A <title>", description="What & where")
    assert svg.startswith("<svg ")
    assert "<?xml" not in svg
    assert "DOCTYPE" not in svg
    root = parsed(svg)
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == "one-title one-desc"
    assert root.get("width") == "100%"
    assert root.get("viewBox") == "0 0 288 144"
    assert root.get("height") is None
    title, description = list(root)[:2]
    assert (title.tag.split("}")[1], title.get("id"), title.text) == ("title", "one-title", "A <title>")
    assert (description.tag.split("}")[1], description.get("id"), description.text) == (
        "desc",
        "one-desc",
        "What & where",
    )
    assert not [e for e in root.iter() if e.tag.endswith(("}metadata", "}style", "}script"))]


def test_every_id_has_the_prefix_and_every_reference_a_target() -> None:
    svg = to_svg(picture(), name="one", title="t", description="d")
    ids = re.findall(r'\bid="([^"]*)"', svg)
    references = re.findall(r'(?:href="#|url\(#)([^")]*)', svg)
    assert len(ids) == len(set(ids))
    assert all(i.startswith("one-") for i in ids)
    assert references
    assert set(references) <= set(ids)


def test_same_figure_gives_same_bytes_and_other_labels_other_bytes() -> None:
    first = to_svg(picture(), name="one", title="t", description="d")
    with mpl.rc_context({"font.size": 30, "svg.hashsalt": "mine"}):
        assert to_svg(picture(), name="one", title="t", description="d") == first
    assert to_svg(picture("other"), name="one", title="t", description="d") != first
    assert not re.search(r"20\d\d-\d\d", first)


def test_colours_are_those_of_the_page() -> None:
    svg = to_svg(picture(), name="one", title="t", description="d")
    assert "currentColor" in svg
    assert INK not in svg
    assert f"var(--paper, {PAPER})" in svg
    assert f"var(--run-0, {SERIES[0].colour})" in svg
    assert "font-family" not in svg


def test_files_keep_their_own_colours() -> None:
    text, raster = to_vector(picture(), title="t", description="d"), to_raster(picture())
    assert INK in text
    assert "var(" not in text
    assert "currentColor" not in text
    assert raster is not None
    assert raster.startswith(b"\x89PNG")
    assert (to_vector(picture(), title="t", description="d"), to_raster(picture())) == (text, raster)


def test_text_is_never_mathematics_and_never_breaks_the_svg() -> None:
    hostile = visible("$\\frac{ </text><script>alert(1)</script> \x00 \u202e $ \U0001f600 \u6570")
    root = parsed(to_svg(picture(hostile), name="one", title=hostile, description=hostile))
    assert any("$\\frac{ </text><script>" in (e.text or "") for e in root.iter())
    assert not [e for e in root.iter() if e.tag.endswith("}script")]


@pytest.mark.parametrize("bad", ["", "1a", "a b", 'a"', "a<", "é"])
def test_a_name_that_is_no_id_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match="name starts with a letter"):
        to_svg(picture(), name=bad, title="t", description="d")


def contrast(one: str, other: str) -> float:
    """WCAG 2.2 contrast ratio of two colours."""

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_marks_stand_out_and_differ_without_colour() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast(INK, PAPER) >= 4.5
    assert all(contrast(look.colour, PAPER) >= 3 for look in SERIES)
    assert len({look.marker for look in SERIES}) == len({look.line for look in SERIES}) == len(SERIES)
    looks = [series(position) for position in range(16)]
    assert looks[: len(SERIES)] == list(SERIES)
    assert len({(look.colour, look.line) for look in looks}) == 16


def test_clip_bounds_any_text() -> None:
    assert clip("a\nb\t c") == "a b c"
    assert clip("x" * 1_000_000) == "x" * 37 + "…"
    assert clip(None) == "None"
    assert not HIDDEN.search(clip("\x00\u202e\ud800"))


def test_hidden_characters_get_names_and_ordinary_ones_stay() -> None:
    assert visible("a\tb\nc é 数 😀 👨‍👩‍👧") == "a\tb\nc é 数 😀 👨‍👩‍👧"
    assert visible("\x00\x1b\x7f\r") == "␀␛␡␍"
    for code in (0x85, 0xAD, 0x200B, 0x200E, 0x2028, 0x202E, 0x2066, 0xFEFF, 0xD800, 0xE0041):
        assert visible(chr(code)) == name(chr(code)) == f"[U+{code:04X}]"
