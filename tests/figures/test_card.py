"""The card is a picture of the size that sites show, the badge an SVG in which no text can act."""

import io
import xml.etree.ElementTree as ET

from PIL import Image

from evalsuite.figures.card import Card, badge, card
from evalsuite.figures.squares import LOOKS, Block, Square

SAID = Card(
    "GRPO solved 17 more of 230 problems; that is a real gain", "+7 pp", "95% CI +3 to +12 pp",
    (("base", "31% (71 of 230)"), ("GRPO", "38% (88 of 230)")), "▲ resolved gain", "gain",
    tuple((look, f"{10 * i} {look}") for i, look in enumerate(LOOKS)),
)  # fmt: skip
BLOCKS = [Block(tuple(Square(look, 1.0, i) for i in range(50))) for look in LOOKS]


def test_the_card_has_the_size_that_sites_show_and_the_same_bytes_each_time() -> None:
    made = card(SAID, BLOCKS)
    assert made is not None
    assert made == card(SAID, BLOCKS)
    picture = Image.open(io.BytesIO(made)).convert("RGB")
    assert picture.size == (1200, 630)
    seen = {colour for _, colour in picture.getcolors(maxcolors=1_000_000) or []}
    assert {(0, 114, 178), (213, 94, 0)} <= seen


def test_a_long_heading_and_hidden_characters_do_not_break_it() -> None:
    for heading in ("word " * 300, "x" * 5000, "\u202e\x00\ud800 <b>", ""):
        long = Card(heading, "+7 pp", "", (("\u202e" * 300, ""), ("", "")), "", "open", ())
        made = card(long, BLOCKS[:1])
        assert made is not None
        assert Image.open(io.BytesIO(made)).size == (1200, 630)


def test_text_of_a_badge_stays_text() -> None:
    made = badge('<script>alert(1)</script>" onload="x', "+10 pp & more", tone="gain")
    root = ET.fromstring(made)  # noqa: S314 - our own
    assert {element.tag.partition("}")[2] for element in root.iter()} == {
        "svg",
        "title",
        "clipPath",
        "rect",
        "g",
        "text",
    }
    assert not [key for element in root.iter() for key in element.attrib if key.startswith("on")]
    assert "+10 pp & more" in "".join(root.itertext())
    fills = [badge("a", "b", tone=tone).count("#00664a") for tone in ("gain", "loss", "open")]
    assert fills == [1, 0, 0]
