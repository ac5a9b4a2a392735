"""Texts of a card, measured and cut to fit, in DejaVu Sans; letters that it lacks in an installed Chinese font."""

import unicodedata
from functools import cache
from importlib import import_module, util
from itertools import groupby
from pathlib import Path

from PIL import ImageDraw, ImageFont

from evalsuite.figures.characters import visible

__all__ = ["CHINESE_FONTS", "Pen"]

CHINESE_FONTS = (
    "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "PingFang SC", "Heiti SC", "Microsoft YaHei", "SimHei",
    "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "Droid Sans Fallback",
)  # fmt: skip
LONGEST = 400
"""Characters of a text that are looked at."""


class Pen:
    """Writes on a picture; `unwritable` becomes true where a letter has no font."""

    def __init__(self, draw: ImageDraw.ImageDraw) -> None:
        self.draw = draw
        self.unwritable = False

    def write(self, x: float, y: float, text: str, size: int, colour: str, *, bold: bool = False) -> None:
        """Write `text` on the line `y` from `x`, `size` pixels large."""
        for wide, letters in _runs(text):
            font = self._font(size, bold=bold, wide=wide)
            self.draw.text((x, y), letters, fill=colour, font=font, anchor="ls")
            x += font.getlength(letters)

    def width(self, text: str, size: int, *, bold: bool = False) -> float:
        """Return how wide `text` is, in pixels."""
        return sum(self._font(size, bold=bold, wide=wide).getlength(letters) for wide, letters in _runs(text))

    def fit(self, text: str, size: int, room: float, *, bold: bool = False, middle: bool = False) -> str:
        """Return `text` on one line, cut with an ellipsis at its end or `middle` where it is wider than `room`."""
        line = visible(" ".join(text.split())[:LONGEST])
        kept, cut = len(line), line
        while kept > 1 and self.width(cut, size, bold=bold) > room:
            kept -= 1
            head = (kept + 1) // 2 if middle else kept
            cut = f"{line[:head].rstrip()}…{line[len(line) - kept + head :].lstrip()}"
        return cut

    def lines(self, text: str, size: int, room: float, most: int, *, bold: bool = False) -> list[str]:
        """Return `text` on at most `most` lines, the last one cut where there is more."""
        words = visible(" ".join(text.split())[:LONGEST]).split(" ")
        found = [""]
        while words:
            word = words.pop(0)
            joined = f"{found[-1]} {word}".strip()
            if self.width(joined, size, bold=bold) <= room:
                found[-1] = joined
            elif found[-1] and self.width(word, size, bold=bold) <= room:
                found.append(word)
            else:
                # Longer than a line, as Chinese sentences are.
                taken = self._begins(joined, size, room, bold=bold)
                found[-1] = joined[:taken]
                found.append("")
                words.insert(0, joined[taken:].lstrip())
        if len(found) > most:
            found = [*found[: most - 1], self.fit(f"{found[most - 1]}…", size, room, bold=bold)]
        return [line for line in found if line]

    def _begins(self, text: str, size: int, room: float, *, bold: bool) -> int:
        taken = 1
        while taken < len(text) and self.width(text[: taken + 1], size, bold=bold) <= room:
            taken += 1
        return taken

    def _font(self, size: int, *, bold: bool, wide: bool) -> ImageFont.FreeTypeFont:
        path = _chinese_font(bold=bold) if wide else _dejavu(bold=bold)
        if path is None:
            self.unwritable = True
            path = _dejavu(bold=bold)
        return _loaded(path, size)


def _runs(text: str) -> list[tuple[bool, str]]:
    """Return the text in runs of letters that are as wide as they are high, and of others."""
    return [
        (wide, "".join(letters))
        for wide, letters in groupby(visible(text), lambda letter: unicodedata.east_asian_width(letter) in "WF")
    ]


@cache
def _loaded(path: str, size: int) -> ImageFont.FreeTypeFont:
    # Without a layout engine that may be missing elsewhere, so that the same text gives the same bytes.
    return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)


@cache
def _dejavu(*, bold: bool) -> str:
    """Return where matplotlib's own font lies; matplotlib need not be loaded for that."""
    found = util.find_spec("matplotlib")
    if found is None or found.origin is None:
        raise FileNotFoundError("matplotlib, whose fonts cards are written in, is not installed")
    return str(Path(found.origin).parent / "mpl-data" / "fonts" / "ttf" / f"DejaVuSans{'-Bold' if bold else ''}.ttf")


@cache
def _chinese_font(*, bold: bool) -> str | None:
    manager = import_module("matplotlib.font_manager")
    installed = set(manager.get_font_names())
    name = next((name for name in CHINESE_FONTS if name in installed), None)
    if name is None:
        return None
    return str(manager.findfont(manager.FontProperties(family=name, weight="bold" if bold else "normal")))
