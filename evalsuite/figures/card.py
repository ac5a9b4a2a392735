"""A comparison as pictures to post: a card of 1200 × 630 pixels with the field of squares, and a badge for a README."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from PIL import Image, ImageDraw

from evalsuite.figures.card_text import Pen
from evalsuite.figures.characters import columns
from evalsuite.figures.looks import INK, PAPER, SERIES, clip
from evalsuite.figures.squares import Block, lay_out
from evalsuite.wording.language import tr

__all__ = [
    "HEIGHT",
    "MARGIN",
    "OTHER_TONE",
    "QUIET",
    "TONES",
    "WIDTH",
    "Card",
    "as_png",
    "badge",
    "card",
    "write_heading",
]

WIDTH, HEIGHT, MARGIN = 1200, 630, 56
COLUMN = 700
"""Where the scores begin, beside the difference."""
QUIET = "#5a626c"
EDGE = "#8a8578"
COLOURS = {"won": SERIES[1].colour, "lost": SERIES[0].colour, "both": "#6b6f74", "neither": EDGE}
TONES = {"gain": "#00664a", "loss": "#9c3f00"}
"""Of the verdict; every other tone is a dark grey."""
OTHER_TONE = "#454b52"
CHARACTER = 6.6
"""Mean width of a character in the badge, pixels; the text is stretched to it."""
LARGEST = 84.0
"""Side of a square with its gap, where there are few."""
FINER = 4
"""Squares are drawn so many times as large and made smaller again, so that their edges are smooth."""


@dataclass(frozen=True, slots=True)
class Card:
    """What a card says.

    Attributes
    ----------
    heading
        The finding.
    difference, limits
        The paired difference and its interval, in words.
    scores
        The label of each run, and what it scored.
    verdict, tone
        Its name, and ``gain``, ``loss``, ``equal`` or ``open``.
    legend
        What each look of a square means: the look with its words.
    """

    heading: str
    difference: str
    limits: str
    scores: tuple[tuple[str, str], ...]
    verdict: str
    tone: str
    legend: tuple[tuple[str, str], ...]


def card(said: Card, blocks: Sequence[Block]) -> bytes | None:
    """Return the card as a PNG file, None where no installed font writes its texts. Equal cards give equal bytes."""
    image = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    pen = Pen(ImageDraw.Draw(image))
    top = write_heading(pen, said.heading) + 16
    room = COLUMN - MARGIN - 24
    pen.write(MARGIN, top, pen.fit(said.difference, 40, room, bold=True), 40, INK, bold=True)
    beside = MARGIN + pen.width(said.difference, 40, bold=True) + 18
    pen.write(beside, top, pen.fit(said.limits, 22, COLUMN - 24 - beside), 22, QUIET)
    verdict = pen.fit(said.verdict, 22, room, bold=True)
    pen.write(MARGIN, top + 36, verdict, 22, TONES.get(said.tone, OTHER_TONE), bold=True)
    for at, (label, score) in enumerate((said.scores[0], said.scores[-1])):
        left = WIDTH - MARGIN - COLUMN - pen.width(tr("{label}: {value}", label="", value=score), 22)
        line = tr("{label}: {value}", label=pen.fit(label, 22, left, middle=True), value=score)
        pen.write(COLUMN, top - 8 + 32 * at, line, 22, INK)
    rows = _legend(pen, said.legend)
    _squares(image, blocks, top + 62, HEIGHT - 46 - 30 * rows - top - 62)
    return None if pen.unwritable else as_png(image)


def write_heading(pen: Pen, heading: str) -> int:
    """Write the finding on at most three lines, and return where the next line would stand."""
    lines = pen.lines(heading, 34, WIDTH - 2 * MARGIN, 3, bold=True)
    for at, line in enumerate(lines):
        pen.write(MARGIN, 84 + 44 * at, line, 34, INK, bold=True)
    return 84 + 44 * len(lines)


def as_png(image: Image.Image) -> bytes:
    """Return the picture as a PNG file."""
    buffer = io.BytesIO()
    image.save(buffer, format="PNG", compress_level=6)
    return buffer.getvalue()


def _squares(image: Image.Image, blocks: Sequence[Block], top: int, height: int) -> None:
    field = lay_out(blocks, width=WIDTH - 2 * MARGIN, height=height, largest=LARGEST)
    fine = Image.new("RGB", (FINER * (WIDTH - 2 * MARGIN), FINER * height), PAPER)
    draw = ImageDraw.Draw(fine)
    size = field.side - max(1.0, 0.14 * field.side)
    for square, x, y in field.squares:
        colour = _faded(COLOURS[square.look], 0.25 + 0.75 * square.strength)
        inset = 0.12 * size if square.look == "both" else 0.0
        outline = [
            (x + inset) * FINER,
            (y + inset) * FINER,
            (x + size - inset) * FINER - 1,
            (y + size - inset) * FINER - 1,
        ]
        if square.look in ("lost", "neither"):
            line = size * (0.3 if square.look == "lost" else 0.1)
            draw.rectangle(outline, outline=colour, width=max(1, round(line * FINER)))
        else:
            draw.rectangle(outline, fill=colour)
    image.paste(fine.reduce(FINER), (MARGIN, top))


def _faded(colour: str, strength: float) -> tuple[int, ...]:
    """Return `colour` of this opacity on the paper."""
    ink, paper = ([int(text[i : i + 2], 16) for i in (1, 3, 5)] for text in (colour, PAPER))
    return tuple(round(strength * a + (1 - strength) * b) for a, b in zip(ink, paper, strict=True))


def _legend(pen: Pen, legend: Sequence[tuple[str, str]]) -> int:
    """Write what the looks mean in as many rows as they need, the last at the lower edge; return how many."""
    entries = [(look, pen.fit(words, 18, WIDTH - 2 * MARGIN - 24)) for look, words in legend]
    rows: list[list[tuple[int, str, str]]] = [[]]
    x = MARGIN
    for look, words in entries:
        wide = 24 + round(pen.width(words, 18))
        if rows[-1] and x + wide > WIDTH - MARGIN:
            rows.append([])
            x = MARGIN
        rows[-1].append((x, look, words))
        x += wide + 30
    for at, row in enumerate(rows):
        y = HEIGHT - 34 - 30 * (len(rows) - 1 - at)
        for x, look, words in row:
            box = [x, y - 13, x + 14, y + 1]
            if look in ("lost", "neither"):
                pen.draw.rectangle(box, outline=COLOURS[look], width=4 if look == "lost" else 1)
            else:
                pen.draw.rectangle(box, fill=COLOURS[look])
            pen.write(x + 24, y, words, 18, QUIET)
    return len(rows)


def badge(left: str, right: str, *, tone: str) -> str:
    """Return a badge as the text of an SVG file: what was compared, and the difference with its interval.

    Examples
    --------
    >>> badge("GRPO − base", "+10 pp", tone="gain").count("<text")
    2
    """
    left, right = clip(left, 40), clip(right, 40)
    widths = [round(CHARACTER * columns(text)) for text in (left, right)]
    first, second = (width + 14 for width in widths)
    said = quoteattr(f"{left}: {right}")
    texts = "".join(
        f'<text x="{x}" y="14" textLength="{width}">{escape(text)}</text>'
        for x, width, text in ((7, widths[0], left), (first + 7, widths[1], right))
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{first + second}" height="20" role="img" aria-label={said}>'
        f"<title>{escape(f'{left}: {right}')}</title>"
        f'<clipPath id="r"><rect width="{first + second}" height="20" rx="3"/></clipPath><g clip-path="url(#r)">'
        f'<rect width="{first}" height="20" fill="#555"/>'
        f'<rect x="{first}" width="{second}" height="20" fill="{TONES.get(tone, OTHER_TONE)}"/></g>'
        f'<g fill="#fff" font-family="Verdana, DejaVu Sans, sans-serif" font-size="11">{texts}</g></svg>\n'
    )
