"""The comparison of several runs as a card of 1200 × 630 pixels: one row a run, its interval drawn against the base."""

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw

from evalsuite.figures.card import HEIGHT, MARGIN, OTHER_TONE, QUIET, TONES, WIDTH, as_png, write_heading
from evalsuite.figures.card_text import Pen
from evalsuite.figures.looks import INK, PAPER, SERIES
from evalsuite.wording.language import tr

__all__ = ["CardRow", "card_of_runs"]

LARGE = 70
"""A row of this height has larger letters."""
MOST_ROWS = 9
"""Rows that can be read; the base and the best of more."""
TALLEST, FOOT = 96, 64
"""Most height of a row, and what is left free below them, pixels."""
SCORE_ENDS, LINE_BEGINS, LINE_ENDS, WORDS_BEGIN = 420, 450, 790, 820
"""Columns, pixels from the left: the scores end, the drawn interval begins and ends, the words begin."""


@dataclass(frozen=True, slots=True)
class CardRow:
    """One run.

    Attributes
    ----------
    label, score
        Its name and what it scored.
    difference, limits
        From the base, in words; empty for the base.
    verdict, tone
        Its name, and ``gain``, ``loss``, ``equal`` or ``open``; empty for the base.
    places
        Where lower limit, value and upper limit stand on the line, in percent of its width; None for the base.
    """

    label: str
    score: str
    difference: str
    limits: str
    verdict: str
    tone: str
    places: tuple[float, ...] | None


def card_of_runs(heading: str, rows: Sequence[CardRow], zero: float, note: str) -> bytes | None:
    """Return the card as a PNG file, None where no installed font writes its texts. Equal cards give equal bytes.

    Parameters
    ----------
    rows
        The base first, then the best run first.
    zero
        Where no difference stands on the line, in percent of its width.
    note
        What the words and the line show.
    """
    image = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    pen = Pen(ImageDraw.Draw(image))
    top = write_heading(pen, heading)
    told = rows if len(rows) <= MOST_ROWS else rows[: MOST_ROWS - 1]
    height = min(TALLEST, (HEIGHT - FOOT - top) // len(told))
    at = _x(zero)
    pen.draw.line([at, top, at, top + height * len(told)], fill=QUIET, width=1)
    for i, row in enumerate(told):
        _write_row(pen, row, top + height * i, height)
    if len(told) < len(rows):
        note = tr("{text}; {more}", text=note, more=tr("and {n} more runs", n=len(rows) - len(told)))
    pen.write(MARGIN, HEIGHT - 28, pen.fit(note, 18, WIDTH - 2 * MARGIN), 18, QUIET)
    return None if pen.unwritable else as_png(image)


def _write_row(pen: Pen, row: CardRow, top: int, height: int) -> None:
    middle, size = top + height // 2, 26 if height >= LARGE else 20
    score = pen.fit(row.score, size, 130, bold=True)
    left = SCORE_ENDS - pen.width(score, size, bold=True)
    pen.write(MARGIN, middle + 8, pen.fit(row.label, size, left - 20 - MARGIN, middle=True), size, INK)
    pen.write(left, middle + 8, score, size, INK, bold=True)
    room = WIDTH - MARGIN - WORDS_BEGIN
    if row.places is None:
        pen.write(WORDS_BEGIN, middle + 8, tr("base"), size, QUIET)
        return
    low, value, high = map(_x, row.places)
    colour = SERIES[1].colour
    pen.draw.line([low, middle, high, middle], fill=colour, width=4)
    pen.draw.ellipse([value - 8, middle - 8, value + 8, middle + 8], fill=colour)
    size = 22 if height >= LARGE else 18
    pen.write(WORDS_BEGIN, middle - 3, pen.fit(f"{row.difference} {row.limits}", size, room), size, INK)
    tone = TONES.get(row.tone, OTHER_TONE)
    pen.write(WORDS_BEGIN, middle + size, pen.fit(row.verdict, size - 2, room, bold=True), size - 2, tone, bold=True)


def _x(percent: float) -> float:
    return LINE_BEGINS + (LINE_ENDS - LINE_BEGINS) * percent / 100
