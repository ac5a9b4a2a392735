"""What a template sees: plain frozen values, already rounded and in order."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import matplotlib.figure
from markupsafe import Markup

__all__ = [
    "AnswerView",
    "CellView",
    "CompletionCard",
    "FigureView",
    "Filter",
    "HeaderView",
    "Note",
    "ProblemCard",
    "PropertyView",
    "SectionView",
    "TableView",
    "Tile",
    "Verdict",
]


@dataclass(frozen=True, slots=True)
class HeaderView:
    """Heading of a column; `kind` is the column's kind."""

    text: str
    kind: str
    numeric: bool


@dataclass(frozen=True, slots=True)
class CellView:
    """A rounded cell."""

    text: str
    kind: str
    numeric: bool


@dataclass(frozen=True, slots=True)
class TableView:
    """A table; `folded` tables open on demand."""

    key: str
    title: str
    note: str
    headers: tuple[HeaderView, ...]
    rows: tuple[tuple[CellView, ...], ...]
    folded: bool = False


@dataclass(frozen=True, slots=True)
class FigureView:
    """A figure for wide and for narrow screens, with the numbers it shows.

    `table` is None where another figure of the page already carries the same table; `picture` is the wide
    drawing for the files beside the page, None where there was nothing to draw.
    """

    key: str
    name: str
    title: str
    description: str
    wide: Markup
    narrow: Markup
    table: TableView | None
    picture: matplotlib.figure.Figure | None


@dataclass(frozen=True, slots=True)
class SectionView:
    """A part of the page."""

    key: str
    title: str
    lead: str
    figures: tuple[FigureView, ...]
    tables: tuple[TableView, ...]


@dataclass(frozen=True, slots=True)
class Tile:
    """A large number of the first screen; `position` chooses colour and marker."""

    label: str
    value: str
    counts: str
    interval: str
    position: int


@dataclass(frozen=True, slots=True)
class PropertyView:
    """A property of the set-up: one value if the runs agree, else one a run, and `differs` is True."""

    name: str
    values: tuple[tuple[str, str], ...]
    differs: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """The decision label with a tone (``gain``, ``loss``, ``equal`` or ``open``) and a sign for it."""

    label: str
    tone: str
    sign: str


@dataclass(frozen=True, slots=True)
class Note:
    """A limit of the answer; a `grave` one forbids reading the answer without it."""

    text: str
    grave: bool


@dataclass(frozen=True, slots=True)
class CompletionCard:
    """One completion; `head` and `rest` together are its text, `rest` opens on demand."""

    label: str
    position: int
    outcome: str
    sign: str
    extracted: str | None
    stop_reason: str
    cut: bool
    tokens: str
    head: str
    rest: str
    length: str


@dataclass(frozen=True, slots=True)
class ProblemCard:
    """One problem with its completions; `tags` are what the filters look for."""

    problem_id: str
    excerpt: str
    question: str
    gold: str
    flip: str | None
    tags: tuple[str, ...]
    opened: bool
    completions: tuple[CompletionCard, ...]


@dataclass(frozen=True, slots=True)
class Filter:
    """A choice of problems to show, with their number."""

    tag: str
    title: str
    count: str


@dataclass(frozen=True, slots=True)
class AnswerView:
    """One Findings as the template shows it; `sentence` stands large, `more` is what follows a long one."""

    key: str
    question: str
    estimand: str
    sentence: str
    more: str
    verdict: Verdict | None
    notes: tuple[Note, ...]
    headline: FigureView | None
    tiles: tuple[Tile, ...]
    setup: tuple[PropertyView, ...]
    setup_note: str
    sections: tuple[SectionView, ...]
    problems: tuple[ProblemCard, ...]
    n_problems: str
    filters: tuple[Filter, ...]
    details: tuple[TableView, ...]
    commands: tuple[str, ...]
    provenance: Mapping[str, Any]
