"""The card is a picture of the size that sites show, the badge an SVG in which no text can act."""

import io
import xml.etree.ElementTree as ET

from PIL import Image

from evalsuite.figures.card import Card, badge, card
from evalsuite.figures.card_of_runs import CardRow, card_of_runs
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


def test_a_card_of_many_runs_has_the_best_of_them_and_says_how_many_more_there_are() -> None:
    base = CardRow("base", "34%", "", "", "", "", None)
    said = ("55%", "+20 pp", "(+12 to +29 pp)", "▲ resolved gain", "gain", (30, 50, 70))
    runs = [CardRow(f"run {i} {'x' * 40 * i}", *said) for i in range(12)]
    few, many = (card_of_runs("12 runs", [base, *runs[:n]], 20.0, "Every run") for n in (3, 12))
    assert few is not None
    assert many == card_of_runs("12 runs", [base, *runs], 20.0, "Every run")
    assert many != card_of_runs("12 runs", [base, *runs[:11]], 20.0, "Every run")
    assert many != few
    picture = Image.open(io.BytesIO(few)).convert("RGB")
    assert picture.size == (1200, 630)
    seen = {colour for _, colour in picture.getcolors(maxcolors=1_000_000) or []}
    assert {(0, 114, 178), (0, 102, 74)} <= seen
