"""What a template sees: plain frozen values, already rounded and in order."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

__all__ = [
    "AnswerView",
    "CellView",
    "CompletionCard",
    "FigureView",
    "Filter",
    "HeaderView",
    "Mark",
    "Pager",
    "PartLink",
    "PartView",
    "ProblemCard",
    "PropertyView",
    "SectionView",
    "TableView",
    "Tile",
    "VerdictView",
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
    """A table; `folded` tables open on demand, `made_by` is the id of its analysis."""

    key: str
    title: str
    note: str
    headers: tuple[HeaderView, ...]
    rows: tuple[tuple[CellView, ...], ...]
    folded: bool = False
    made_by: str = ""


@dataclass(frozen=True, slots=True)
class FigureView:
    """A figure for wide and for narrow screens, with the numbers it shows.

    `table` is None where another figure of the page already carries the same table. `vector` and `raster` are the files
    beside the page, SVG and PNG; empty and None where there was nothing to draw.
    """

    key: str
    name: str
    title: str
    description: str
    wide: Markup
    narrow: Markup
    table: TableView | None
    vector: str = ""
    raster: bytes | None = None
    made_by: str = ""


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
    """A large number of the first screen; `position` chooses colour and marker, `verdict` is that of a new run."""

    label: str
    value: str
    counts: str
    interval: str
    position: int
    verdict: "VerdictView | None" = None


@dataclass(frozen=True, slots=True)
class PropertyView:
    """A property of the set-up: one value if the runs agree, else one a run, and `differs` is True."""

    name: str
    values: tuple[tuple[str, str], ...]
    differs: bool


@dataclass(frozen=True, slots=True)
class VerdictView:
    """The decision label with a tone (``gain``, ``loss``, ``equal`` or ``open``) and a sign for it."""

    label: str
    tone: str
    sign: str


@dataclass(frozen=True, slots=True)
class Mark:
    """What one run made of a problem: a sign, the same in words, and the states it can be looked for by.

    `read` is the start of the answer that was read, empty where there is none or where there are several completions.
    """

    label: str
    position: int
    sign: str
    words: str
    good: bool
    states: tuple[str, ...]
    read: str = ""


@dataclass(frozen=True, slots=True)
class CompletionCard:
    """One completion; `head` and `rest` together are its text, `rest` opens on demand.

    `number` tells several completions of one run apart.
    """

    label: str
    number: str
    position: int
    outcome: str
    sign: str
    extracted: str | None
    stop_reason: str
    truncated: bool
    looped: bool
    tokens: str
    head: Markup
    rest: Markup
    length: str


@dataclass(frozen=True, slots=True)
class ProblemCard:
    """One problem with its completions; `tags` are what the filters look for."""

    problem_id: str
    excerpt: str
    question: str
    gold: str
    solution: str
    flip: str | None
    tags: tuple[str, ...]
    opened: bool
    marks: tuple[Mark, ...]
    completions: tuple[CompletionCard, ...]


@dataclass(frozen=True, slots=True)
class Filter:
    """A choice of problems to show, with their number."""

    tag: str
    title: str
    count: str


@dataclass(frozen=True, slots=True)
class PartLink:
    """A page of problems by its address and the numbers of its first and last problem; `current` is the page itself."""

    href: str
    first: str
    last: str
    current: bool


@dataclass(frozen=True, slots=True)
class Pager:
    """Where the problems of one answer are: part `number` of `parts` is here, the others are in `folder`.

    `total` counts the problems of all parts; `previous` and `following` are the links to the neighbouring parts.
    """

    number: str
    parts: str
    total: str
    folder: str
    links: tuple[PartLink, ...]
    previous: PartLink | None
    following: PartLink | None


@dataclass(frozen=True, slots=True)
class PartView:
    """What the page of another part shows of one answer."""

    key: str
    question: str
    n_problems: str
    problems: tuple[ProblemCard, ...]
    filters: tuple[Filter, ...]
    pager: Pager


@dataclass(frozen=True, slots=True)
class AnswerView:
    """One Findings as the template shows it.

    `made_by` is the id of the analysis: its name and the hash of its inputs. `finding` is the answer as a heading,
    `short` in one line where the analysis says it, `changed` what is not the same in all runs; each may be empty.
    `plain` is the verdict for a reader without statistics, `sentence` the measured answer, `more` what follows a long
    one. `marks` name what stands in the way of reading the answer as it is, and `cautions` say why.
    """

    key: str
    made_by: str
    question: str
    estimand: str
    finding: str
    short: str
    changed: str
    plain: str
    sentence: str
    more: str
    verdict: VerdictView | None
    marks: tuple[str, ...]
    cautions: tuple[str, ...]
    notes: tuple[str, ...]
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
    pager: Pager | None = None
