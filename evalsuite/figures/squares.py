"""The field of squares: every problem of a comparison a square, so that wins, losses and pairing are seen at a glance.

Plain SVG without a script. All squares of one look are one path of points, each drawn as a square by the end of its
line, so that 1,319 problems take about 20 kB; a script that wants single squares divides the path at its moves. Looks
differ in colour, in shape and in lightness: won is a full square, lost a square with a hole, right in both small and
dark, wrong in both an outline.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["LOOKS", "Block", "Drawn", "Field", "Square", "lay_out", "paths"]

LOOKS = ("won", "lost", "both", "neither")
"""What can have become of a problem from the base to the new run."""
LARGEST, SMALLEST = 30.0, 3.5
"""Sides of a square with its gap, in pixels; where the smallest does not fit, a square stands for several problems."""
STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
MOST_BANDS = 8


@dataclass(frozen=True, slots=True)
class Square:
    """One problem: its look, its strength (1: all completions changed), and its place on the page."""

    look: str
    strength: float
    place: int


@dataclass(frozen=True, slots=True)
class Block:
    """Squares that stand together, in order; `name` is empty where it is not shown."""

    squares: tuple[Square, ...]
    name: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """Where every square stands.

    Attributes
    ----------
    width, height
        Of the field in pixels.
    side
        Of a square with its gap.
    each
        So many problems a square stands for.
    squares
        Square with the left and upper end of its cell.
    """

    width: float
    height: float
    side: float
    each: int
    squares: tuple[tuple[Square, float, float], ...]


@dataclass(frozen=True, slots=True)
class Drawn:
    """All squares of one look and strength.

    Attributes
    ----------
    look, eighths
        As in `Square`, the strength in eighths.
    path
        Moves to the middle of each square, to be stroked `side` wide with square ends; where `hole` is not 0 once more,
        so wide and in the colour of the paper.
    places
        Of the problems, in the order of the path.
    """

    look: str
    eighths: int
    path: str
    places: tuple[int, ...]
    side: float
    hole: float


def lay_out(blocks: Sequence[Block], *, width: float, height: float, largest: float = LARGEST) -> Field:
    """Place the squares of `blocks` in columns from left to right, as large as fits, at most `largest` pixels.

    Examples
    --------
    >>> field = lay_out([Block(tuple(Square("won", 1.0, i) for i in range(3)))], width=100, height=40)
    >>> field.side, [(x, y) for _, x, y in field.squares]
    (30.0, [(0.0, 0.0), (30.0, 0.0), (60.0, 0.0)])
    """
    if not any(block.squares for block in blocks):
        raise ValueError("a field needs at least one square")
    for each in STEPS:
        thinned = [block.squares[::each] for block in blocks if block.squares]
        side, bands = _largest([len(squares) for squares in thinned], width, height, largest)
        if side >= SMALLEST or each == STEPS[-1]:
            break
    placed, used = _placed(thinned, side, bands, width, height)
    return Field(width, used, side, each, tuple(placed))


def paths(field: Field) -> list[Drawn]:
    """Return the squares of each look and strength as one path, those that stand out first."""
    gap = max(1.0, field.side * 0.14)
    size = field.side - gap
    found: dict[tuple[str, int], tuple[list[str], list[int]]] = {}
    for square, x, y in field.squares:
        eighths = max(1, math.ceil(8 * square.strength - 1e-9))
        points, places = found.setdefault((square.look, eighths), ([], []))
        points.append(f"M{_n(x + size / 2)} {_n(y + size / 2)}h0")
        places.append(square.place)
    order = sorted(found, key=lambda key: (LOOKS.index(key[0]), -key[1]))
    return [
        Drawn(look, eighths, "".join(found[look, eighths][0]), tuple(found[look, eighths][1]), *_sides(look, size))
        for look, eighths in order
    ]


def _sides(look: str, size: float) -> tuple[float, float]:
    """Return the sides of a square and of its hole."""
    if look == "both":
        return 0.76 * size, 0.0
    if look == "neither":
        return size, size - 2 * max(0.8, 0.1 * size)
    return size, 0.4 * size if look == "lost" else 0.0


def _n(value: float) -> str:
    """Write a number with one decimal and nothing that can be left out."""
    text = f"{value:.1f}".removesuffix(".0")
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text


def _largest(sizes: Sequence[int], width: float, height: float, largest: float) -> tuple[float, int]:
    """Return the largest side that fits, and in how many bands the blocks then stand."""
    best = (0.0, 1)
    for bands in range(1, MOST_BANDS + 1):
        low, high = 0.0, largest
        if _fits(sizes, high, bands, width, height):
            low = high
        else:
            for _ in range(20):
                middle = (low + high) / 2
                low, high = (middle, high) if _fits(sizes, middle, bands, width, height) else (low, middle)
        side = math.floor(low * 10) / 10
        if side > best[0] + 1e-9:
            best = (side, bands)
    return best


def _rows(side: float, bands: int, height: float) -> int:
    return math.floor((height - (bands - 1) * side) / bands / side + 1e-9)


def _fits(sizes: Sequence[int], side: float, bands: int, width: float, height: float) -> bool:
    if side <= 0:
        return True
    rows = _rows(side, bands, height)
    if rows < 1:
        return False
    band, at = 1, 0.0
    for size in sizes:
        wide = math.ceil(size / rows) * side
        if at and at + wide > width + 1e-9:
            band, at = band + 1, 0.0
        if band > bands or wide > width + 1e-9:
            return False
        at += wide + _between(sizes, side)
    return True


def _between(sizes: Sequence[int], side: float) -> float:
    """Return the room between two blocks: less where there are many."""
    return side * (1.2 if len(sizes) <= len(LOOKS) else 0.5)


def _placed(
    blocks: Sequence[tuple[Square, ...]], side: float, bands: int, width: float, height: float
) -> tuple[list[tuple[Square, float, float]], float]:
    rows = max(1, _rows(side, bands, height))
    placed: list[tuple[Square, float, float]] = []
    sizes = [len(squares) for squares in blocks]
    # One band is no higher than its squares need.
    tallest = min(rows, max(sizes))
    left, top = 0.0, 0.0
    for squares in blocks:
        wide = math.ceil(len(squares) / rows) * side
        if left and left + wide > width + 1e-9:
            left, top = 0.0, top + (tallest + 1) * side
        for i, square in enumerate(squares):
            placed.append((square, round(left + i // rows * side, 2), round(top + i % rows * side, 2)))
        left += wide + _between(sizes, side)
    return placed, top + tallest * side
