"""How a result looks: as text in a terminal, as HTML in a notebook.

What is shown may hold labels and texts of strangers: HTML is escaped, control characters are spelled out. Colours are
those of the notebook around it, so that light and dark need no switch.
"""

import re
import textwrap
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Picture

from evalsuite.console import visible as for_terminal
from evalsuite.errors import InputError
from evalsuite.figures.characters import columns as text_width
from evalsuite.figures.characters import visible
from evalsuite.figures.drawing import DRAWING, HEIGHT, draw
from evalsuite.figures.looks import WIDE, clip
from evalsuite.figures.theme import theme, to_svg
from evalsuite.findings import Figure, Table
from evalsuite.frames import table_frame
from evalsuite.wording.language import html_language, language
from reports.cells import NUMERIC, prose, rows

__all__ = ["Result", "View", "draw_on", "frame", "html", "table_html", "text", "typed"]

TIED = re.compile("(?<=[<=]) (?=[0-9])| (?=[<=] [0-9])| (?=pp\\b)")
"""Blanks at which a line does not break: those of "p < 0.05" and "3 pp"."""

WIDTH = 88
"""Characters a line: a terminal of 80 to 100 columns, and the same in every output that is kept."""

WIDEST = 40
"""Characters of a cell of a table in plain text."""

RULES = """
.evalsuite { --paper: var(--jp-layout-color0, var(--vscode-editor-background,
  var(--colab-primary-surface-color, Canvas))); max-width: 46em;
  font-size: 14px; line-height: 1.5 }
& p { margin: .4em 0 }
& .verdict { font-size: 1.15em; font-weight: 600 }
& .caution { border-left: 4px solid currentColor; padding-left: .7em }
& figure { margin: 1em 0 }
& svg { height: auto; max-width: 100% }
& .scroll { overflow-x: auto }
& table { border: 0; border-collapse: collapse; margin: .6em 0; font-size: 1em; color: inherit;
  font-variant-numeric: tabular-nums }
& caption { caption-side: top; text-align: left; font-weight: 400; padding: 0 0 .5em; color: inherit }
& tr, & tbody tr:nth-child(n) { background: none }
& th, & td { padding: .25em 1em .25em 0; border: 0; text-align: left; vertical-align: baseline; white-space: normal;
  max-width: 26em; overflow-wrap: anywhere }
& thead th { border-bottom: 1px solid currentColor; font-weight: 600; overflow-wrap: normal }
& tbody th { font-weight: 400 }
& .number { text-align: right; white-space: nowrap }
& .note { font-size: .92em }
& .hidden-character { border: 1px dotted currentColor; padding: 0 .2em }
"""
# Named twice, the class outweighs the style sheets of notebooks, which right-align and stripe every table.
STYLE = Markup(RULES.replace("&", ".evalsuite.evalsuite"))  # noqa: S704 - our own


@dataclass(frozen=True, slots=True)
class View:
    """What of a result is shown.

    Attributes
    ----------
    title
        What the result is, for screen readers and above the table.
    verdict
        One line that stands first, empty where nothing is decided.
    finding, lights
        The result and what it is worth in one line, and which other assumptions would change it or not; empty where
        that was not asked.
    cautions, sentences, notes
        What the answer must not be read without, the answer, and what belongs below the table.
    table
        The numbers, one row a run or method.
    picture, pictured
        The figure and the table that it draws, None where there is nothing to draw.
    """

    title: str
    verdict: str
    sentences: tuple[str, ...]
    table: Table
    cautions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    picture: Figure | None = None
    pictured: Table | None = None
    finding: str = ""
    lights: tuple[str, ...] = ()

    @property
    def beside(self) -> tuple[str, ...]:
        """What stands below the table."""
        return tuple(line for line in (*self.lights, self.table.note, *self.notes) if line)


class Result(ABC):
    """What every result of the Python API can do: show itself, and become a frame, a document or a figure.

    Attributes
    ----------
    language
        Of what is shown: en, or zh for Chinese.
    """

    language: str = "en"

    @property
    @abstractmethod
    def view(self) -> View:
        """What of this result is shown."""

    @abstractmethod
    def as_dict(self) -> dict[str, Any]:
        """Return the document that the command prints with ``--json``."""

    def to_frame(self) -> pd.DataFrame:
        """Return the numbers at full precision."""
        return frame(self.view.table)

    @property
    def sentence(self) -> str:
        """The answer in words."""
        return " ".join(self.view.sentences)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the figure on `ax`, or on a new figure, and return the axes.

        Raises
        ------
        InputError
            This result has no figure.
        """
        with language(self.language):
            view = self.view
            if view.picture is None or view.pictured is None:
                raise InputError(f"{view.title!r} has nothing to draw")
            return draw_on(ax, view.picture, view.pictured)

    def __repr__(self) -> str:
        with language(self.language):
            return text(self.view)

    def _repr_html_(self) -> str:
        with language(self.language):
            return html(self.view)


def text(view: View) -> str:
    """Return the answer and an aligned table as plain text, in lines of at most 88 characters where words allow."""
    blocks = [_wrapped(line) for line in (view.finding, *view.cautions, *view.sentences) if line]
    blocks += [f"{_wrapped(view.table.title)}\n{_aligned(view.table)}"] if view.table.rows else []
    blocks += ["\n".join(map(_wrapped, view.beside))] if view.beside else []
    return "\n\n".join(blocks)


def html(view: View) -> str:
    """Return a self-contained piece of HTML: the answer, the figure and the table, every text escaped."""
    pieces = [Markup("<style>{}</style>").format(STYLE)]
    if view.verdict:
        pieces.append(Markup('<p class="verdict">{}</p>').format(prose(view.verdict)))
    pieces += [Markup("<p>{}</p>").format(prose(view.finding))] if view.finding else []
    pieces += [Markup('<p class="caution">{}</p>').format(prose(line)) for line in view.cautions]
    pieces += [Markup("<p>{}</p>").format(prose(line)) for line in view.sentences]
    if view.picture is not None and view.pictured is not None:
        pieces.append(Markup("<figure>{}</figure>").format(_svg(view.picture, view.pictured)))
    if view.table.rows:
        pieces.append(_table(view.table))
    pieces += [Markup('<p class="note">{}</p>').format(prose(line)) for line in view.beside]
    return Markup('<section class="evalsuite" lang="{}" aria-label="{}">{}</section>').format(
        html_language(), visible(view.title), Markup("").join(pieces)
    )


def table_html(title: str, columns: Sequence[str], cells: Sequence[Sequence[str]], *, numeric: Sequence[str]) -> str:
    """Return a table alone as HTML; `numeric` names the columns that stand right-aligned."""
    return Markup('<section class="evalsuite" lang="en"><style>{}</style>{}</section>').format(
        STYLE, _cells(title, [(c, c in numeric) for c in columns], cells)
    )


def frame(table: Table) -> pd.DataFrame:
    """Return `table` at full precision, with the keys of its columns as names."""
    return typed(table_frame(table))


def typed(objects: pd.DataFrame) -> pd.DataFrame:
    """Return a frame of objects with its numbers as numbers to compute with; whole numbers with gaps become Int64.

    Text stays as it is: the text type of pandas holds no lone surrogate, which a label may have.

    Examples
    --------
    >>> typed(pd.DataFrame({"n": [39, None], "p": [0.5, None], "run": ["a", "b"]}, dtype=object)).dtypes.tolist()
    [Int64Dtype(), dtype('float64'), dtype('O')]
    """
    return pd.DataFrame({key: _typed(objects[key]) for key in objects.columns}, columns=objects.columns)


def _typed(column: pd.Series) -> pd.Series:
    cells = [cell for cell in column if cell is not None]
    if any(isinstance(cell, bool) or not isinstance(cell, int | float | np.number) for cell in cells):
        return column
    if cells and all(isinstance(cell, int | np.integer) for cell in cells):
        return column.astype("int64" if len(cells) == len(column) else "Int64")
    return column.astype("float64")


def draw_on(ax: Axes | None, figure: Figure, table: Table) -> Axes:
    """Draw `figure` on `ax`, or on a new one that the notebook or `matplotlib.pyplot.show` will show."""
    with theme():
        if ax is None:
            base, each = HEIGHT[figure.kind]
            _, ax = plt.subplots(figsize=(WIDE, base + each * len(table.rows)), dpi=100, layout="constrained")
        return DRAWING[figure.kind](table, figure.options, ax)


def _svg(figure: Figure, table: Table) -> Markup:
    drawn: Picture = draw(figure, table)
    # Several results on one page need different ids; equal results may share them.
    key = sha256(repr((figure, table)).encode("utf-8", "surrogatepass")).hexdigest()[:12]
    svg = to_svg(drawn, name=f"es-{key}", title=figure.title, description=figure.description)
    return Markup(svg)  # noqa: S704 - matplotlib's, with every text escaped by its XML writer


def _table(table: Table) -> Markup:
    columns = [(column.title, column.kind in NUMERIC) for column in table.columns]
    return _cells(table.title, columns, rows(table))


def _cells(title: str, columns: Sequence[tuple[str, bool]], cells: Sequence[Sequence[str]]) -> Markup:
    """Return a table whose first column heads its rows."""
    number = [Markup(' class="number"') if right else Markup("") for _, right in columns]
    head = Markup("").join(
        Markup('<th scope="col"{}>{}</th>').format(form, visible(name))
        for (name, _), form in zip(columns, number, strict=True)
    )
    body = []
    for first, *others in cells:
        line = [Markup('<th scope="row"{}>{}</th>').format(number[0], visible(first))]
        line += [
            Markup("<td{}>{}</td>").format(form, visible(cell)) for cell, form in zip(others, number[1:], strict=True)
        ]
        body.append(Markup("<tr>{}</tr>").format(Markup("").join(line)))
    return Markup(
        '<div class="scroll"><table><caption>{}</caption><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>'
    ).format(visible(title), head, Markup("").join(body))


def _wrapped(line: str) -> str:
    """Break lines between words, but not within "p < 0.05" or "3 pp"."""
    tied = TIED.sub("\u00a0", for_terminal(line))
    lines = [textwrap.fill(p, WIDTH, break_long_words=False, break_on_hyphens=False) for p in tied.split("\n")]
    return "\n".join(lines).replace("\u00a0", " ")


def _aligned(table: Table) -> str:
    """Return the table with numbers right-aligned, two spaces between columns."""
    lines = [[column.title for column in table.columns], *rows(table)]
    lines = [[clip(for_terminal(cell), WIDEST) for cell in line] for line in lines]
    widths = [max(text_width(line[i]) for line in lines) for i in range(len(table.columns))]
    right = [column.kind in NUMERIC for column in table.columns]
    return "\n".join(
        "  ".join(_padded(c, w, r) for c, w, r in zip(line, widths, right, strict=True)).rstrip() for line in lines
    )


def _padded(cell: str, width: int, right: bool) -> str:
    blanks = " " * (width - text_width(cell))
    return blanks + cell if right else cell + blanks
