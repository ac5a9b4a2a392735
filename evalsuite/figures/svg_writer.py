"""What `figures.svg_axes` took down, as SVG: for a page, in its colours, or for a file of its own.

Text is measured by its characters, a little wider than the fonts of readers are. Places are rounded to a tenth of a
pixel, less than any screen shows, and lines say only how far they go on.
"""

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from evalsuite.figures.characters import columns, visible
from evalsuite.figures.looks import INK, PAPER, SERIES
from evalsuite.figures.svg_axes import DATA, Area, Connector, Dash, Frames, Line, Scale, SvgAxes, SvgFigure, Words
from evalsuite.figures.ticks import round_ticks
from evalsuite.wording.language import current_language, html_language

__all__ = ["FONTS", "for_file", "for_page"]

FONTS = "system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
SIZE, LINE = 9.5, 12.5
"""Of the text and from line to line, pixels."""
CHARACTER, BOLD = 5.5, 5.9
"""Mean width of a character, pixels."""
DIGIT, SIGN = 6.1, 9.5
"""Width of a digit and of ``%``, ``+`` and the minus sign in the widest of the fonts, pixels."""
DASHES = {"--": (4.0, 1.7), "-.": (6.4, 1.6, 1.0, 1.6), ":": (1.0, 1.65)}
"""In widths of the line."""
MARKERS = {
    "s": "M{x0} {y0}h{d}v{d}h-{d}z",
    "o": "M{x0} {y}a{r} {r} 0 1 0 {d} 0a{r} {r} 0 1 0 -{d} 0z",
    "^": "M{x} {y0}l{r} {d}h-{d}z",
    "D": "M{x} {y0}l{r} {r}l-{r} {r}l-{r} -{r}z",
    "|": "M{x} {y0}v{d}",
    "_": "M{x0} {y}h{d}",
}
GRID = f'fill="none" stroke="{INK}" stroke-width=".7" opacity=".14"'
AXIS = f'fill="none" stroke="{INK}" stroke-width=".8"'
HALO = f'stroke="{PAPER}" stroke-width="3" paint-order="stroke"'
CLASSES = {GRID: "grid", AXIS: "axis", HALO: "halo"}
"""Looks that stand in the style of a page, as ``answer.css`` has them."""
PATH = re.compile(r'<path d="(?P<d>[^"]*)" (?P<looks>[^>]*)/>')
PIECES = re.compile(r"<path [^>]*/>|<text.*</text>|<g .*</g>")
TEXTS = 3.0
"""What lies below a text, and what above, by its order."""
EDGE = 6.0
"""Room that stays at each side."""


@dataclass(frozen=True, slots=True)
class _Box:
    """The inside of the axes and the limits that it shows."""

    left: float
    top: float
    width: float
    height: float
    x: tuple[float, float]
    y: tuple[float, float]
    log: bool

    def at(self, x: float, y: float, frames: Frames) -> tuple[float, float]:
        across = self._share(x, self.x, log=self.log) if frames[0] == "data" else x
        up = self._share(y, self.y, log=False) if frames[1] == "data" else y
        return self.left + across * self.width, self.top + (1 - up) * self.height

    @staticmethod
    def _share(value: float, limits: tuple[float, float], *, log: bool) -> float:
        low, high = limits
        if log:
            if value <= 0:
                return math.nan
            value, low, high = math.log10(value), math.log10(low), math.log10(high)
        return (value - low) / (high - low)

    def holds(self, x: float, y: float) -> bool:
        return (
            self.left - 0.5 <= x <= self.left + self.width + 0.5 and self.top - 0.5 <= y <= self.top + self.height + 0.5
        )


def for_page(figure: SvgFigure, *, named_by: str, name: str) -> str:
    """Return `figure` as an element of a page, in its colours; the element `named_by` says what it shows.

    `name` starts the ids inside: letters, digits, ``-`` and ``_``.
    """
    width, height = _n(figure.width), _n(figure.height)
    opening = (
        f'<svg role="img" aria-labelledby="{named_by}" viewBox="0 0 {width} {height}" width="100%" '
        f'font-size="{SIZE}" fill="currentColor">'
    )
    inside = _inside(figure, name)
    for looks, shared in CLASSES.items():
        inside = inside.replace(looks, f'class="{shared}"')
    inside = inside.replace(INK, "currentColor").replace(PAPER, "var(--paper)")
    for place, look in enumerate(SERIES):
        inside = inside.replace(look.colour, f"var(--run-{place})")
    return f"{opening}{inside}</svg>"


def for_file(figure: SvgFigure, *, title: str, description: str) -> str:
    """Return `figure` on light paper as the text of a file."""
    language = "" if current_language() == "en" else f' lang="{html_language()}"'
    width, height = _n(figure.width), _n(figure.height)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="title desc" width="{width}" '
        f'height="{height}" viewBox="0 0 {width} {height}" font-family="{FONTS}" font-size="{SIZE}" fill="{INK}"'
        f'{language}><title id="title">{_escaped(title)}</title><desc id="desc">{_escaped(description)}</desc>'
        f'<rect width="100%" height="100%" fill="{PAPER}"/>{_inside(figure, "figure")}</svg>\n'
    )


def _inside(figure: SvgFigure, name: str) -> str:
    parts: list[str] = []
    top, bottom = 0.0, figure.height
    for legend in figure.legends:
        rows = math.ceil(len(legend.entries) / legend.columns)
        room = rows * (LINE + 2) + 4
        start = bottom - room + 2 if legend.below else top + 4
        parts += _legend(legend.entries, rows, start)
        top, bottom = (top, bottom - room) if legend.below else (top + room, bottom)
    boxes = _boxes(figure, top, bottom)
    hatched = any(isinstance(mark, Area) and mark.hatched for ax in figure.axes for mark in ax.marks)
    if hatched:
        parts.append(
            f'<pattern id="{name}-hatch" width="5" height="5" patternUnits="userSpaceOnUse" '
            f'patternTransform="rotate(-45)"><path d="M0 0v5" stroke="{INK}" stroke-width="1.4"/></pattern>'
        )
    for place, (ax, box) in enumerate(zip(figure.axes, boxes, strict=True)):
        parts += _frame(ax, box, figure)
        parts += _marks(ax, box, boxes[0], f"{name}-clip-{place}", f"{name}-hatch")
    return "".join(parts)


def _boxes(figure: SvgFigure, top: float, bottom: float) -> list[_Box]:
    """Return where the axes stand beside each other, with room for what is written around them."""
    margins = [_margins(ax, figure.width) for ax in figure.axes]
    room = figure.width - sum(left + right for left, right, _, _ in margins)
    shares = [ax.share for ax in figure.axes]
    above = max(margin[2] for margin in margins)
    below = max(margin[3] for margin in margins)
    at, boxes = 0.0, []
    for ax, (left, right, _, _), share in zip(figure.axes, margins, shares, strict=True):
        width = room * share / sum(shares)
        limits = _limits(ax)
        boxes.append(_Box(at + left, top + above, width, bottom - below - top - above, *limits, ax.xaxis.log))
        at += left + width + right
    return boxes


def _margins(ax: SvgAxes, width: float) -> tuple[float, float, float, float]:
    """Return the room to the left, to the right, above and below."""
    x, y = _limits(ax)
    labels = [_tick_width(text) for _, text, _ in _ticks(ax.yaxis, y)]
    beside = (max(labels) + y_mark(ax.yaxis) if labels else 0.0) + (LINE + 2 if ax.yaxis.title else 0.0)
    left, right = (EDGE, beside + 2) if ax.yaxis.side == "right" else (max(EDGE, beside + 2), EDGE)
    texts = [text for _, text, _ in _ticks(ax.xaxis, x)]
    ends = max((_width(text) / 2 for text in texts), default=0.0) if ax.xaxis.labels is None else 0.0
    lines = max((text.count("\n") + 1 for text in texts), default=0)
    titles = len(_title_lines(ax.xaxis.title, width))
    below = (lines * LINE + ax.xaxis.tick_length + 2 if lines else 3.0) + titles * LINE + EDGE
    return left, max(right, ends), (LINE + 8 if ax.titles else EDGE + 2), below


def y_mark(scale: Scale) -> float:
    """Return the room of a tick and the gap to its text."""
    return scale.tick_length + 4


def _limits(ax: SvgAxes) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return what the axes show: what was asked for, else all that is drawn and a little more."""
    found = []
    for place, scale in ((0, ax.xaxis), (1, ax.yaxis)):
        values = [
            value
            for mark in ax.marks
            if isinstance(mark, Line | Area) and mark.frames[place] == "data"
            for value in (mark.y if place else mark.x)
            if math.isfinite(value) and (value > 0 or not scale.log)
        ] or [0.0, 1.0]
        low, high = min(values), max(values)
        if scale.log:
            pad = (high / low) ** 0.05 if high > low else 2.0
            limits = (low / pad, high * pad)
        else:
            pad = 0.05 * (high - low) or 0.5
            limits = (low - pad, high + pad)
        asked = (scale.low, scale.high)
        low, high = (limit if wish is None else wish for wish, limit in zip(asked, limits, strict=True))
        found.append((low, high if high > low else low + 1.0))
    return found[0], found[1]


def _ticks(scale: Scale, limits: tuple[float, float]) -> Iterator[tuple[float, str, str]]:
    """Yield the place of each tick, its text and how that is anchored."""
    ticks = scale.ticks
    if ticks is None:
        ticks = _log_ticks(*limits) if scale.log else round_ticks(*limits, 8 if scale.side == "bottom" else 6)
    for number, tick in enumerate(ticks):
        if limits[0] - 1e-9 <= tick <= limits[1] + 1e-9:
            label = scale.labels[number] if scale.labels else None
            yield tick, (label.text if label else scale.write(tick, number)), (label.across if label else "center")


def _log_ticks(low: float, high: float) -> list[float]:
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    steps = (1, 2, 5) if high / low < 300 else (1,)
    return [tick for power in powers for step in steps if low <= (tick := step * 10.0**power) <= high]


def _frame(ax: SvgAxes, box: _Box, figure: SvgFigure) -> list[str]:
    """Return grid, lines and ticks of the axes, and what is written around them."""
    right, bottom = box.left + box.width, box.top + box.height
    grid, lines, texts = "", "", []
    sides = {
        "left": f"M{_n(box.left)} {_n(box.top)}V{_n(bottom)}", "right": f"M{_n(right)} {_n(box.top)}V{_n(bottom)}",
        "bottom": f"M{_n(box.left)} {_n(bottom)}H{_n(right)}",
    }  # fmt: skip
    lines += "".join(path for side, path in sides.items() if side in ax.spines.shown)
    for tick, text, across in _ticks(ax.xaxis, box.x):
        x = box.at(tick, 0, DATA)[0]
        grid += f"M{_n(x)} {_n(box.top)}V{_n(bottom)}" if ax.xaxis.grid else ""
        lines += f"M{_n(x)} {_n(bottom)}v{_n(ax.xaxis.tick_length)}" if ax.xaxis.tick_length else ""
        y = bottom + ax.xaxis.tick_length + LINE - 2
        texts += [_text(x, y + LINE * i, line, across) for i, line in enumerate(text.split("\n"))]
    on_right = ax.yaxis.side == "right"
    side, way = (right, 1) if on_right else (box.left, -1)
    widest = 0.0
    for tick, text, _ in _ticks(ax.yaxis, box.y):
        y = box.at(0, tick, DATA)[1]
        grid += f"M{_n(box.left)} {_n(y)}H{_n(right)}" if ax.yaxis.grid else ""
        lines += f"M{_n(side)} {_n(y)}h{_n(way * ax.yaxis.tick_length)}"
        texts.append(_text(side + way * y_mark(ax.yaxis), y + SIZE * 0.35, text, "left" if on_right else "right"))
        widest = max(widest, _tick_width(text) + y_mark(ax.yaxis))
    if ax.yaxis.title:
        x = side + way * (widest + 4) + (SIZE if on_right else 0)
        x = min(max(x, SIZE), figure.width - 3)
        texts.append(
            f'<text transform="translate({_n(x)} {_n((box.top + bottom) / 2)})rotate(-90)" text-anchor="middle">'
            f"{_escaped(ax.yaxis.title)}</text>"
        )
    texts += _titles(ax, box, figure)
    drawn = f'<path d="{grid}" {GRID}/>' if grid else ""
    drawn += f'<path d="{lines}" {AXIS}/>' if lines else ""
    return [drawn, *texts]


def _titles(ax: SvgAxes, box: _Box, figure: SvgFigure) -> list[str]:
    """Return the titles above the axes and below the ticks."""
    places = {"left": box.left, "right": box.left + box.width}
    texts = [_text(places[loc], box.top - 6, title, loc, bold=True) for loc, title in ax.titles.items()]
    lines = max((text.count("\n") + 1 for _, text, _ in _ticks(ax.xaxis, box.x)), default=0)
    y = box.top + box.height + (lines * LINE + ax.xaxis.tick_length + 2 if lines else 3.0) + LINE - 1
    for place, line in enumerate(_title_lines(ax.xaxis.title, figure.width)):
        half = _width(line) / 2
        x = min(max(box.left + box.width / 2, half + 2), figure.width - half - 2)
        texts.append(_text(x, y + LINE * place, line, "center"))
    return texts


def _title_lines(title: str, width: float) -> list[str]:
    """Return a title on as many lines as it has, or needs in `width`."""
    lines: list[str] = []
    for line in title.split("\n") if title else []:
        lines.append("")
        for word in line.split(" "):
            if lines[-1] and _width(f"{lines[-1]} {word}") > width:
                lines.append("")
            lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def _marks(ax: SvgAxes, box: _Box, first: _Box, clip: str, hatch: str) -> list[str]:
    """Return everything that is drawn in the axes, what lies on top last."""
    drawn = sorted(ax.marks, key=lambda mark: mark.order if isinstance(mark, Line | Area) else TEXTS)
    arts: list[tuple[float, str]] = []
    clipped = False
    for mark in drawn:
        if isinstance(mark, Words):
            x, y = box.at(mark.x, mark.y, mark.frames)
            words = _text(x, y + SIZE * 0.35, mark.text, mark.across, bold=mark.bold, halo=mark.halo)
            arts.append((TEXTS, words))
        elif isinstance(mark, Connector):
            start = first.at(*mark.start, ("axes", "data"))
            arts.append((TEXTS, _stroke(_path([start, box.at(*mark.end, DATA)]), INK, 0.9, ":")))
        else:
            points = [box.at(x, y, mark.frames) for x, y in zip(mark.x, mark.y, strict=True)]
            art = _area(mark, points, hatch) if isinstance(mark, Area) else _line(mark, points)
            if mark.clipped and not all(box.holds(x, y) for x, y in points if math.isfinite(x + y)):
                art, clipped = f'<g clip-path="url(#{clip})">{art}</g>', True
            arts.append((mark.order, art))
    parts = _joined(arts)
    if clipped:
        sides = " ".join(f'{k}="{_n(v)}"' for k, v in zip(("x", "y", "width", "height"), _sides(box), strict=True))
        parts.insert(0, f'<clipPath id="{clip}"><rect {sides}/></clipPath>')
    return parts


def _joined(arts: Iterable[tuple[float, str]]) -> list[str]:
    """Return the parts of a picture, those of one order and look as one path, where nothing shines through."""
    parts: list[str] = []
    places: dict[tuple[float, str], int] = {}
    for order, art in arts:
        for piece in PIECES.findall(art):
            path = PATH.fullmatch(piece)
            if path is None or "opacity" in path["looks"]:
                parts.append(piece)
            elif (order, path["looks"]) in places:
                at = places[order, path["looks"]]
                parts[at] = parts[at].replace('" ', f'{path["d"]}" ', 1)
            else:
                places[order, path["looks"]] = len(parts)
                parts.append(piece)
    return parts


def _sides(box: _Box) -> tuple[float, float, float, float]:
    return box.left, box.top, box.width, box.height


def _legend(entries: Sequence[Line | Area], rows: int, top: float) -> list[str]:
    parts, x = [], EDGE
    for start in range(0, len(entries), rows or 1):
        column = entries[start : start + rows]
        for row, entry in enumerate(column):
            y = top + row * (LINE + 2) + 5
            if isinstance(entry, Area):
                outline = [(x, y - 4), (x + 20, y - 4), (x + 20, y + 4), (x, y + 4)]
                parts.append(_area(entry, outline, ""))
            elif entry.dash != "none":
                parts.append(
                    _stroke(_path([(x, y), (x + 22, y)]), entry.colour, entry.width, entry.dash, entry.opacity)
                )
            if isinstance(entry, Line) and entry.marker:
                parts.append(_markers(entry, [(x + 11, y)]))
            parts.append(_text(x + 27, y + SIZE * 0.35, entry.label, "left"))
        x += 27 + max(_width(entry.label) for entry in column) + 16
    return parts


def _area(area: Area, points: Sequence[tuple[float, float]], hatch: str) -> str:
    if not points:
        return ""
    edge = f' stroke="{area.edge}" stroke-width="{_n(area.edge_width)}"' if area.edge != "none" else ""
    path = f"{_path(points)}z"
    drawn = f'<path d="{path}" fill="{area.colour}"{_opacity(area.opacity)}{edge}/>'
    return drawn + (f'<path d="{path}" fill="url(#{hatch})" opacity=".5"/>' if area.hatched and hatch else "")


def _line(line: Line, points: Sequence[tuple[float, float]]) -> str:
    drawn = ""
    if line.dash != "none" and len(points) > 1:
        drawn = _stroke(_path(points), line.colour, line.width, line.dash, line.opacity)
    if line.marker:
        first, every = line.every
        drawn += _markers(line, [point for point in points[first::every] if math.isfinite(sum(point))])
    return drawn


def _markers(line: Line, points: Iterable[tuple[float, float]]) -> str:
    r = line.size / 2
    sizes = {"r": _n(r), "d": _n(2 * r)}
    path = "".join(
        MARKERS[line.marker or "o"].format(x=_n(x), y=_n(y), x0=_n(x - r), y0=_n(y - r), **sizes) for x, y in points
    )
    if line.marker in ("|", "_"):
        return _stroke(path, line.colour, line.edge_width, "-")
    edge = f' stroke="{line.edge}" stroke-width="{_n(line.edge_width)}"' if line.edge else ""
    return f'<path d="{path}" fill="{line.face or line.colour}"{_opacity(line.opacity)}{edge}/>'


def _stroke(path: str, colour: str, width: float, dash: Dash, opacity: float = 1.0) -> str:
    pattern = dash[1] if isinstance(dash, tuple) else DASHES.get(dash, ())
    dashes = f' stroke-dasharray="{" ".join(_n(part * width) for part in pattern)}"' if pattern else ""
    looks = f'stroke="{colour}" stroke-width="{width:.2g}"{dashes}{_opacity(opacity, "stroke-")}'
    return f'<path d="{path}" fill="none" {looks}/>'


def _opacity(opacity: float, kind: str = "") -> str:
    return "" if opacity == 1 else f' {kind}opacity="{opacity:.2g}"'


def _path(points: Iterable[tuple[float, float]]) -> str:
    """Return a path through `points` that says how far it goes on; where one is unknown it begins anew.

    >>> _path([(0, 0), (10.04, 0), (12, 0), (12, 5.5), (5, 2)])
    'M0 0h12v5.5l-7-3.5'
    """
    parts: list[str] = []
    steps: list[tuple[int, int]] = []
    before: tuple[int, int] | None = None
    for x, y in points:
        if not math.isfinite(x + y):
            before = None
            continue
        here = (round(10 * x), round(10 * y))
        if before is None:
            parts += [*map(_step, steps), f"M{_n(here[0] / 10)} {_n(here[1] / 10)}"]
            steps = []
        elif here != before:
            across, down = here[0] - before[0], here[1] - before[1]
            last = steps[-1] if steps else (1, 1)
            # One step where the line goes straight on.
            if (across == last[0] == 0 and down * last[1] > 0) or (down == last[1] == 0 and across * last[0] > 0):
                steps[-1] = (last[0] + across, last[1] + down)
            else:
                steps.append((across, down))
        before = here
    return "".join([*parts, *map(_step, steps)])


def _step(tenths: tuple[int, int]) -> str:
    across, down = (_n(tenth / 10) for tenth in tenths)
    if "0" in (across, down):
        return f"h{across}" if down == "0" else f"v{down}"
    return f"l{across}{down}" if down.startswith("-") else f"l{across} {down}"


def _text(x: float, y: float, text: str, across: str, *, bold: bool = False, halo: bool = False) -> str:
    anchor = {"left": "", "center": ' text-anchor="middle"', "right": ' text-anchor="end"'}[across]
    weight = ' font-weight="700"' if bold else ""
    looks = f"{anchor}{weight}{f' {HALO}' if halo else ''}"
    return f'<text x="{_n(x)}" y="{_n(y)}"{looks}>{_escaped(text)}</text>' if text else ""


def _width(text: str, *, bold: bool = False) -> float:
    return max((columns(line) for line in text.split("\n")), default=0) * (BOLD if bold else CHARACTER)


def _tick_width(text: str) -> float:
    """Return the most that the label of a tick may take, so that the title beside it stays clear of it."""
    return max(_width(text), sum(SIGN if character in "%+−" else DIGIT for character in text))


def _escaped(text: str) -> str:
    return escape(visible(text), {'"': "&quot;"})


def _n(value: float) -> str:
    """Write a number with one decimal and nothing that can be left out."""
    text = f"{value:.1f}".removesuffix(".0")
    text = "0" if text == "-0" else text
    return re.sub(r"^(-?)0\.", r"\1.", text)
