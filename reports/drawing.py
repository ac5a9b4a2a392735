"""Figures as the page and the files beside it take them.

Lines and points are written as SVG at once. Only heat maps, and PNG files where they are asked for, need matplotlib and
seaborn, which take longer to load than all the rest of a page: they are loaded then, and not before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from markupsafe import Markup

from evalsuite.figures.kinds import HEAT_MAP, sketch
from evalsuite.figures.looks import NARROW, WIDE
from evalsuite.figures.svg_writer import for_file, for_page
from evalsuite.findings import Figure, Table

__all__ = ["Job", "Picture", "picture", "pictures"]

Job = tuple[str, Figure, Table]
"""The id that the figure has on its page, the figure, and the table it shows."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure for wide and for narrow screens, and as the text of an SVG file and the bytes of a PNG file.

    `raster` is None where none is asked for, and where no font writes the language; see `theme.to_files`.
    """

    wide: Markup
    narrow: Markup
    vector: str
    raster: bytes | None


def pictures(jobs: Sequence[Job], *, png: bool = False) -> dict[str, Picture]:
    """Return the picture of every figure by its id, those of PNG files only with `png`.

    Raises
    ------
    ValueError
        A figure cannot be drawn from its table.
    """
    return {key: picture(key, figure, table, png=png) for key, figure, table in jobs}


def picture(key: str, figure: Figure, table: Table, *, png: bool = False) -> Picture:
    """Return the picture of one figure; `key` starts the ids of its elements, ``<key>-words`` says what it shows."""
    if figure.kind == HEAT_MAP:
        return _heat_map(key, figure, table, png=png)
    named = f"{key}-words"
    sketched = sketch(figure, table)
    wide = for_page(sketched, named_by=named, name=f"{key}-wide")
    narrow = for_page(sketch(figure, table, width=NARROW), named_by=named, name=f"{key}-narrow")
    vector = for_file(sketched, title=figure.title, description=figure.description)
    raster = _raster(figure, table) if png else None
    # Ours, with every text escaped.
    return Picture(Markup(wide), Markup(narrow), vector, raster)  # noqa: S704


def _heat_map(key: str, figure: Figure, table: Table, *, png: bool) -> Picture:
    drawing, theme = _matplotlib()
    words: dict[str, Any] = {"title": figure.title, "description": figure.description}
    drawn = {width: drawing.draw(figure, table, width=width) for width in (WIDE, NARROW)}
    rendered = theme.render(drawn[WIDE])
    wide = theme.to_svg(drawn[WIDE], name=f"{key}-wide", rendered=rendered, named_by=f"{key}-words", **words)
    narrow = theme.to_svg(drawn[NARROW], name=f"{key}-narrow", named_by=f"{key}-words", **words)
    vector = theme.to_vector(drawn[WIDE], rendered=rendered, **words)
    raster = theme.to_raster(drawn[WIDE]) if png else None
    # Matplotlib's, with every text escaped by its XML writer.
    return Picture(Markup(wide), Markup(narrow), vector, raster)  # noqa: S704


def _raster(figure: Figure, table: Table) -> bytes | None:
    drawing, theme = _matplotlib()
    raster: bytes | None = theme.to_raster(drawing.draw(figure, table))
    return raster


def _matplotlib() -> tuple[Any, Any]:
    return import_module("evalsuite.figures.drawing"), import_module("evalsuite.figures.theme")
