"""A comparison as pictures to post: a card of 1200 × 630 pixels with the field of squares, and a badge for a README."""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from evalsuite.figures.characters import columns, visible
from evalsuite.figures.squares import Block, lay_out
from evalsuite.figures.theme import INK, PAPER, SERIES, clip, family, theme

__all__ = ["Card", "badge", "card"]

WIDTH, HEIGHT, MARGIN = 1200, 630, 56
LINE = 52
"""Columns of the heading on one line; a Chinese letter takes two."""
QUIET = "#5a626c"
EDGE = "#8a8578"
COLOURS = {"won": SERIES[1].colour, "lost": SERIES[0].colour, "both": "#6b6f74", "neither": EDGE}
TONES = {"gain": "#00664a", "loss": "#9c3f00"}
"""Of the badge; every other tone is a dark grey."""
OTHER_TONE = "#454b52"
CHARACTER = 6.6
"""Mean width of a character in the badge, pixels; the text is stretched to it."""


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
        One line a run.
    verdict
        Its name.
    legend
        What each look of a square means: the look with its words.
    """

    heading: str
    difference: str
    limits: str
    scores: tuple[str, ...]
    verdict: str
    legend: tuple[tuple[str, str], ...]


def card(said: Card, blocks: Sequence[Block]) -> bytes | None:
    """Return the card as a PNG file, None where no font writes the language. Equal cards give equal bytes."""
    fonts = family()
    if fonts is None:
        return None
    with theme():
        figure = Figure(figsize=(WIDTH / 100, HEIGHT / 100), facecolor=PAPER)
        ax = figure.add_axes((0, 0, 1, 1))
        ax.set_axis_off()
        ax.set_xlim(0, WIDTH)
        ax.set_ylim(HEIGHT, 0)

        def write(x: float, y: float, text: str, size: float, colour: str = INK, weight: str = "normal") -> None:
            ax.text(x, y, visible(text), fontsize=size, color=colour, fontweight=weight, va="baseline", family=fonts)

        heading = _lines(said.heading)
        for at, line in enumerate(heading):
            write(MARGIN, 84 + 44 * at, line, 25, weight="bold")
        top = 84 + 44 * len(heading) + 16
        write(MARGIN, top, said.difference, 30, weight="bold")
        write(MARGIN + 26 + 27 * columns(said.difference), top, said.limits, 17, QUIET)
        write(MARGIN + 600, top - 16, clip(said.scores[0], 44), 15)
        write(MARGIN + 600, top + 12, clip(said.scores[-1], 44), 15)
        _squares(ax, blocks, top + 40, HEIGHT - 86 - top - 40)
        _legend(ax, said.legend, write)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=100, metadata={"Software": None}, pil_kwargs={"compress_level": 6})
    return buffer.getvalue()


def _lines(text: str) -> list[str]:
    """Return the heading on at most three lines, the last one cut where there is more."""
    lines = [""]
    for word in visible(" ".join(text.split())[:400]).split(" "):
        for piece in _pieces(word):
            joined = f"{lines[-1]} {piece}".strip()
            if columns(joined) <= LINE:
                lines[-1] = joined
            else:
                lines.append(piece)
    lines = [line for line in lines if line]
    return lines if len(lines) <= 3 else [*lines[:2], clip(f"{lines[2]} …", LINE)]


def _pieces(word: str) -> list[str]:
    """Divide a word that no line holds, as Chinese sentences are."""
    pieces = [""]
    for letter in word:
        if columns(pieces[-1] + letter) > LINE:
            pieces.append("")
        pieces[-1] += letter
    return pieces


def _squares(ax: Axes, blocks: Sequence[Block], top: float, height: float) -> None:
    field = lay_out(blocks, width=WIDTH - 2 * MARGIN, height=height)
    gap = max(1.0, 0.14 * field.side)
    size = field.side - gap
    shapes = []
    for square, x, y in field.squares:
        colour = COLOURS[square.look]
        inset = 0.12 * size if square.look == "both" else 0.0
        outline = square.look in ("lost", "neither")
        line = size * (0.3 if square.look == "lost" else 0.08) if outline else 0.0
        shapes.append(
            Rectangle(
                (MARGIN + x + inset + line / 2, top + y + inset + line / 2),
                size - 2 * inset - line,
                size - 2 * inset - line,
                facecolor="none" if outline else colour,
                edgecolor=colour if outline else "none",
                # Of pixels at 100 a hundredth of an inch, of points a 72nd.
                linewidth=line * 0.72,
                alpha=0.25 + 0.75 * square.strength,
                joinstyle="miter",
            )
        )
    ax.add_collection(PatchCollection(shapes, match_original=True))


def _legend(ax: Axes, legend: Sequence[tuple[str, str]], write: Callable[..., None]) -> None:
    x = float(MARGIN)
    for look, words in legend:
        outline = look in ("lost", "neither")
        mark = Rectangle((x, HEIGHT - 47), 14, 14, facecolor="none" if outline else COLOURS[look],
                         edgecolor=COLOURS[look], linewidth=3 if look == "lost" else 1)  # fmt: skip
        ax.add_patch(mark)
        text = clip(words, 40)
        write(x + 24, HEIGHT - 34, text, 13, QUIET)
        x += 24 + 9.2 * columns(text) + 30


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
