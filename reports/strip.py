"""A difference with its interval on a line with zero: SVG in percent of its width, so it fits every screen.

The script of the page moves its parts; the places of numbers on the line are those of `Axis`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from evalsuite.wording.language import tr

__all__ = ["Axis", "axis", "cell_strip", "strip"]

STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5)
INTERVALS = 6
"""Most spaces between two ticks."""


@dataclass(frozen=True, slots=True)
class Axis:
    """The ends of the line and its ticks, in shares."""

    low: float
    high: float
    ticks: tuple[float, ...]

    def place(self, value: float) -> float:
        """Return where `value` stands, in percent of the width, with room for labels at both ends."""
        share = (value - self.low) / (self.high - self.low)
        return round(4 + 92 * min(1.0, max(0.0, share)), 2)


def axis(values: Sequence[float]) -> Axis:
    """Return a line that holds zero and all of `values`.

    Examples
    --------
    >>> axis([-0.03, 0.11]).ticks
    (-0.05, 0.0, 0.05, 0.1, 0.15)
    """
    known = [value for value in values if math.isfinite(value)]
    low, high = min(0.0, *known), max(0.0, *known)
    if low == high:
        low, high = -0.01, 0.01
    step = next((s for s in STEPS if math.ceil(high / s - 1e-9) - math.floor(low / s + 1e-9) <= INTERVALS), STEPS[-1])
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return Axis(first * step, last * step, tuple(round(i * step, 6) for i in range(first, last + 1)))


def strip(estimate: tuple[float, float, float], on: Axis, *, key: str, words: str) -> Markup:
    """Return the line with its ticks in percentage points, zero marked, and `estimate`, low, value and high, on it."""
    ticks = Markup("").join(
        Markup('<line class="tick{}" x1="{}%" x2="{}%" y1="6" y2="38"/><text x="{}%" y="53">{}</text>').format(
            " zero" if tick == 0 else "", on.place(tick), on.place(tick), on.place(tick), _points(tick)
        )
        for tick in on.ticks
    )
    low, value, high = (on.place(one) for one in estimate)
    return Markup(
        '<svg class="strip" role="img" aria-labelledby="{}-title" width="100%" height="58">'
        '<title id="{}-title">{}</title>{}'
        '<line class="reach" x1="{}%" x2="{}%" y1="22" y2="22"/><circle class="at" cx="{}%" cy="22" r="7"/></svg>'
    ).format(key, key, words, ticks, low, high, value)


def cell_strip(estimate: tuple[float, float, float], on: Axis) -> Markup:
    """Return the same without ticks, for a cell of a table whose text says the numbers."""
    low, value, high = (on.place(one) for one in estimate)
    return Markup(
        '<svg class="strip cell" aria-hidden="true" width="100%" height="18">'
        '<line class="tick zero" x1="{}%" x2="{}%" y1="0" y2="18"/>'
        '<line class="reach" x1="{}%" x2="{}%" y1="9" y2="9"/><circle class="at" cx="{}%" cy="9" r="4"/></svg>'
    ).format(on.place(0.0), on.place(0.0), low, high, value)


def _points(share: float) -> str:
    """Write a tick; the unit stands once, at zero, so that long words for it do not run into each other."""
    return tr("{number} pp", number="0") if share == 0 else f"{100 * share:+.4g}".replace("-", "\N{MINUS SIGN}")
