"""How matplotlib draws here, and how what it drew becomes SVG or PNG.

One set of parameters serves matplotlib and seaborn alike. Text is measured in DejaVu Sans, which comes with
matplotlib, and shown in the reader's own sans-serif, so that the same figure gives the same bytes everywhere.
"""

import io
import re
import warnings
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

from evalsuite.figures.card_text import CHINESE_FONTS
from evalsuite.figures.characters import visible
from evalsuite.figures.looks import INK, PAPER, SERIES
from evalsuite.figures.svg_writer import FONTS
from evalsuite.wording.language import current_language, html_language

__all__ = ["canvas", "family", "render", "theme", "to_raster", "to_svg", "to_vector"]

FINE = re.compile(r"(\.\d)\d+")
RECTANGLE = re.compile(
    r"M (?P<left>\S+) (?P<top>\S+) L (?P<right>\S+) (?P=top) L (?P=right) (?P<bottom>\S+) L (?P=left) (?P=bottom)"
    r" L (?P=left) (?P=top)( z)?"
)
SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"


PARAMETERS: Mapping[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "evalsuite",
    "text.parse_math": False,
    "font.family": ["DejaVu Sans"],
    "font.size": 9.5,
    "axes.titlesize": 9.5,
    "axes.labelsize": 9,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
    "legend.fontsize": 9,
    "legend.frameon": False,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "grid.color": INK,
    "grid.alpha": 0.14,
    "grid.linewidth": 0.7,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.unicode_minus": True,
    "axes.facecolor": "none",
    "figure.facecolor": PAPER,
    "figure.dpi": 72,
    "hatch.color": INK,
    "hatch.linewidth": 0.7,
    "lines.linewidth": 1.8,
    "lines.solid_capstyle": "butt",
}


@contextmanager
def theme() -> Iterator[None]:
    """Set the parameters for what is drawn or saved inside.

    Letters that DejaVu Sans lacks are still written to the SVG as text, so matplotlib's warning is not wanted.
    """
    with mpl.rc_context(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from", category=UserWarning)
        mpl.rcdefaults()
        mpl.rcParams.update(PARAMETERS)
        yield


def canvas(width: float, height: float) -> tuple[Figure, Axes]:
    """Return an empty figure of `width` and `height` inches with its axes; call it inside `theme`."""
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots()


def render(figure: Figure) -> bytes:
    """Return `figure` as matplotlib writes it as SVG, for a figure that goes through `to_svg` and `to_vector` both."""
    buffer = io.BytesIO()
    with theme():
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return buffer.getvalue()


def to_svg(
    figure: Figure, *, name: str, title: str, description: str, rendered: bytes | None = None, named_by: str = ""
) -> str:
    """Return `figure` as an SVG element to put into a page. Equal figures give equal text.

    Parameters
    ----------
    figure
        Drawn inside `theme`.
    name
        Prefix of all ids, so that a page can hold several figures: letters, digits, ``-`` and ``_``.
    title, description
        What a screen reader says of the picture.
    rendered
        What `render` gave for this figure, where that is already known.
    named_by
        The id of the element of the page that says both, which are then not said again.
    """
    root = _tree(rendered or render(figure), name, title, description)
    if named_by:
        root.set("aria-labelledby", named_by)
        for said in list(root)[:2]:
            root.remove(said)
    colours = {INK: "currentColor", PAPER: f"var(--paper, {PAPER})"}
    colours |= {look.colour: f"var(--run-{i}, {look.colour})" for i, look in enumerate(SERIES)}
    colour = re.compile("|".join(colours))
    root.set("width", "100%")
    del root.attrib["height"]
    for element in root.iter():
        style = element.get("style")
        if style is not None:
            style = re.sub(r"\s*font-family: [^;]*;?", "", style)
            style = colour.sub(lambda match: colours[match.group()], style)
            element.set("style", re.sub(r"([:;]) ", r"\1", style))
        _shorten(element)
    _unwrap(root)
    texts = [element for element in root.iter(f"{{{SVG}}}text") if "style" in element.attrib]
    if texts:
        # What most texts look like is said once.
        usual, _ = Counter(text.attrib["style"] for text in texts).most_common(1)[0]
        root.set("style", usual)
        for text in texts:
            if text.attrib["style"] == usual:
                del text.attrib["style"]
    return _text(root)


def _shorten(element: ET.Element) -> None:
    """Leave out of an element what nobody sees."""
    for key in ("d", "x", "y"):
        # A tenth of a pixel is less than any screen shows.
        if key in element.attrib:
            element.set(key, " ".join(FINE.sub(r"\1", element.attrib[key]).split()))
    if "d" in element.attrib:
        element.set("d", _box(element.attrib["d"]))
    if element.tag == f"{{{SVG}}}g":
        element.attrib.pop("id", None)
    if element.get("transform", "").startswith("rotate(-0 "):
        del element.attrib["transform"]
    if element.text is not None and not element.text.strip():
        element.text = None
    if element.tail is not None and not element.tail.strip():
        element.tail = None


def _box(path: str) -> str:
    """Return the path of a rectangle as its corner and sides; any other as it is.

    >>> _box("M 81.3 3.0 L 135.6 3.0 L 135.6 28.8 L 81.3 28.8 L 81.3 3.0")
    'M81.3 3h54.3v25.8h-54.3z'
    """
    corners = RECTANGLE.fullmatch(path)
    if corners is None:
        return path
    left, top, right, bottom = (float(corners[side]) for side in ("left", "top", "right", "bottom"))
    across, down = round(right - left, 1), round(bottom - top, 1)
    return f"M{left:g} {top:g}h{across:g}v{down:g}h{-across:g}z"


def _unwrap(parent: ET.Element) -> None:
    """Take away groups that say nothing about what they hold, and what is not there to be seen."""
    children: list[ET.Element] = []
    for child in list(parent):
        _unwrap(child)
        says = bool(child.attrib) or child.tag != f"{{{SVG}}}g"
        unseen = child.get("style") == "fill:none" or (child.tag.endswith("}defs") and not len(child))
        for one in [] if unseen else [child] if says else list(child):
            if children and _are_boxes(children[-1], one):
                children[-1].set("d", children[-1].attrib["d"] + one.attrib["d"])
            else:
                children.append(one)
    parent[:] = children


def _are_boxes(one: ET.Element, other: ET.Element) -> bool:
    """Return whether both are rectangles of one look, such as cells of a heat map, which do not overlap."""
    paths, looks = [], []
    for element in (one, other):
        paths.append(element.get("d", ""))
        looks.append({key: value for key, value in element.attrib.items() if key != "d"})
    return looks[0] == looks[1] and all(re.fullmatch(r"(M\S+ \S+h\S+v\S+h\S+z)+", path) for path in paths)


def to_vector(figure: Figure, *, title: str, description: str, rendered: bytes | None = None) -> str:
    """Return `figure` on light paper as the text of an SVG file; see `to_svg`."""
    root = _tree(rendered or render(figure), "figure", title, description)
    for element in root.iter():
        style = element.get("style")
        if style is not None and "font-family" in style:
            element.set("style", re.sub(r"font-family: [^;]*", f"font-family: {FONTS}", style))
    if current_language() != "en":
        root.set("lang", html_language())
    background = ET.Element(f"{{{SVG}}}rect", {"width": "100%", "height": "100%", "fill": PAPER})
    root.insert(2, background)
    return _text(root) + "\n"


def to_raster(figure: Figure) -> bytes | None:
    """Return `figure` on light paper as the bytes of a PNG file.

    A Chinese figure has one only where one of `CHINESE_FONTS` is installed: pictures carry no text, and letters that no
    font has would be empty boxes.
    """
    fonts = family()
    if fonts is None:
        return None
    buffer = io.BytesIO()
    with theme(), _written_in(figure, fonts):
        # Packing harder than 3 makes files a fifth smaller and takes half as long again.
        figure.savefig(buffer, format="png", dpi=150, metadata={"Software": None}, pil_kwargs={"compress_level": 3})
    return buffer.getvalue()


def family() -> list[str] | None:
    """Return the fonts that write the current language, None where none of them is installed."""
    if current_language() == "en":
        return ["DejaVu Sans"]
    installed = set(font_manager.get_font_names())
    chinese = next((name for name in CHINESE_FONTS if name in installed), None)
    return None if chinese is None else ["DejaVu Sans", chinese]


@contextmanager
def _written_in(figure: Figure, fonts: list[str]) -> Iterator[None]:
    texts = [(text, text.get_fontfamily()) for text in figure.findobj(Text) if isinstance(text, Text)]
    for text, _ in texts:
        text.set_fontfamily(fonts)
    yield
    for text, before in texts:
        text.set_fontfamily(before)


def _tree(rendered: bytes, name: str, title: str, description: str) -> ET.Element:
    if not re.fullmatch(r"[A-Za-z][\w-]*", name, re.ASCII):
        raise ValueError(f"name starts with a letter and holds letters, digits, '-' and '_', got {name!r}")
    root = ET.fromstring(rendered)  # noqa: S314 - written by matplotlib, not by a stranger
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag.endswith(("}metadata", "}style")):
                parent.remove(child)
    _prefix_ids(root, name)
    # What matplotlib says in a style sheet that would reach the whole page.
    root.set("stroke-linejoin", "round")
    root.set("role", "img")
    root.set("aria-labelledby", f"{name}-title {name}-desc")
    for position, (tag, text) in enumerate((("title", title), ("desc", description))):
        label = ET.Element(f"{{{SVG}}}{tag}", {"id": f"{name}-{tag}"})
        label.text = visible(text)
        root.insert(position, label)
    return root


def _prefix_ids(root: ET.Element, name: str) -> None:
    for element in root.iter():
        for key, value in element.attrib.items():
            if key == "id":
                element.set(key, f"{name}-{value}")
            elif key == f"{{{XLINK}}}href":
                element.set(key, value.replace("#", f"#{name}-", 1))
            elif "url(#" in value:
                element.set(key, value.replace("url(#", f"url(#{name}-"))


def _text(root: ET.Element) -> str:
    ET.register_namespace("", SVG)
    ET.register_namespace("xlink", XLINK)
    return ET.tostring(root, encoding="unicode")
