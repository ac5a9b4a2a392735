"""Which problems stand on which page: a page carries so much text, the other problems stand on pages of their own.

Part 1 is in the report, ``<name>.html``. Part k, from 2, is a page beside it, ``<name>/completions-<k>.html``, with the
same browser of its own problems: a page opened from a disk cannot fetch another file. The pages link to each other,
and every page knows by which filters each problem of the others is found, but not their texts.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from evalsuite.findings import Findings, ProblemView
from reports.cells import count
from reports.completion_cards import cards, filters
from reports.view_models import AnswerView, Pager, PartLink, PartView

__all__ = ["LIMIT", "Part", "divide", "href", "part_views", "with_pagers"]

LIMIT = 4_000_000
"""Bytes that one page may carry, before they are packed: texts in UTF-8, each once, and `ROW` for each completion.

Unpacked, they are what a browser has to hold, read and search.
"""
PACKED = 450_000
"""Bytes that they may take when they are packed: in base64 600 kB, which leaves 400 kB for all the rest of a page."""
ROW, PACKED_ROW = 40, 9
"""Bytes that a completion takes besides its text, and when they are packed."""


@dataclass(frozen=True, slots=True)
class Part:
    """The problems at the places from `first` to before `end` of every answer, and the file of their page.

    `number` counts from 1; `file` is given from the folder of the report.
    """

    number: int
    file: str
    first: int
    end: int


def divide(findings: Sequence[Findings], *, name: str, limit: int = LIMIT) -> tuple[Part, ...]:
    """Return the parts of the report `name`, none where there is no problem to look at.

    A problem is never divided: one that is larger than `limit` has a part of its own. Problems at the same place of
    several answers are in the same part, because they often share their texts. A part ends where it would hold more
    than `limit`, or packed more than `PACKED`.

    Parameters
    ----------
    limit
        Bytes of texts and rows that a part may hold, as in `LIMIT`.
    """
    total = max((len(one.problems) for one in findings), default=0)
    starts: list[int] = []
    part = _Contents()
    for place in range(total):
        problems = [one.problems[place] for one in findings if place < len(one.problems)]
        if not starts or not part.takes(problems, limit):
            starts.append(place)
            part = _Contents()
            part.takes(problems, None)
    ends = [*starts[1:], total][: len(starts)]
    return tuple(
        Part(number, f"{name}/completions-{number}.html" if number > 1 else f"{name}.html", first, end)
        for number, (first, end) in enumerate(zip(starts, ends, strict=True), start=1)
    )


def href(here: Part, there: Part) -> str:
    """Return the address of the page of `there` as the page of `here` links to it.

    Examples
    --------
    >>> main, second = Part(1, "page.html", 0, 9), Part(2, "page/completions-2.html", 9, 12)
    >>> href(main, second), href(second, main), href(second, second)
    ('page/completions-2.html', '../page.html', 'completions-2.html')
    """
    if here.number == 1:
        return there.file
    return f"../{there.file}" if there.number == 1 else there.file.rsplit("/", 1)[-1]


def with_pagers(views: Sequence[AnswerView], findings: Sequence[Findings], parts: Sequence[Part]) -> list[AnswerView]:
    """Return the views of the report with the links from part 1 to the others; unchanged where all are in part 1."""
    paged = []
    for view, one in zip(views, findings, strict=True):
        if one.problems and (pager := _pager(parts, parts[0], len(one.problems))) is not None:
            first_cards = view.problems[: parts[0].end]
            paged.append(replace(view, problems=first_cards, filters=filters(first_cards), pager=pager))
        else:
            paged.append(view)
    return paged


def part_views(
    views: Sequence[AnswerView], findings: Sequence[Findings], parts: Sequence[Part], part: Part
) -> list[PartView]:
    """Return what the page of `part`, not the first, shows without its script: cards of its first problems."""
    part_answers = []
    for view, one in zip(views, findings, strict=True):
        pager = _pager(parts, part, len(one.problems))
        if pager is not None and part.first < len(one.problems):
            part_cards = cards(one.problems, first=part.first, end=part.end)
            part_answers.append(
                PartView(view.key, view.question, view.n_problems, part_cards, filters(part_cards), pager)
            )
    return part_answers


def _texts(problem: ProblemView) -> list[str]:
    return [problem.question, problem.solution, *(c.text for c in problem.completions)]


class _Contents:
    """What one part holds: texts, each once, and how many bytes they are before and after they are packed."""

    def __init__(self) -> None:
        self.texts: set[str] = set()
        self.size = self.packed = 0
        self.packer = zlib.compressobj(6)

    def takes(self, problems: Sequence[ProblemView], limit: int | None) -> bool:
        """Add `problems` and return True; False where the part would then be larger than `limit` or `PACKED`."""
        new = {text: None for problem in problems for text in _texts(problem) if text not in self.texts}
        texts = [text.encode("utf-8", errors="backslashreplace") for text in new]
        n_rows = sum(len(problem.completions) for problem in problems)
        size = self.size + sum(map(len, texts)) + ROW * n_rows
        packer = self.packer.copy()
        # Written out after each problem, which takes some bytes more than packing all at once.
        packed = len(packer.compress(b"\n".join(texts))) + len(packer.flush(zlib.Z_SYNC_FLUSH))
        packed += self.packed + PACKED_ROW * n_rows
        if limit is not None and (size > limit or packed > PACKED):
            return False
        self.texts.update(new)
        self.size, self.packed, self.packer = size, packed, packer
        return True


def _pager(parts: Sequence[Part], here: Part, total: int) -> Pager | None:
    """Return the links of an answer of `total` problems on the page of `here`; None where it has one part only."""
    # Of several answers the shorter may end before the last part.
    filled = [part for part in parts if part.first < total]
    if len(filled) < 2:
        return None
    links = [
        PartLink(href(here, part), count(part.first + 1), count(min(part.end, total)), current=part is here)
        for part in filled
    ]
    at = here.number - 1
    return Pager(
        number=count(here.number),
        parts=count(len(filled)),
        total=count(total),
        folder=filled[1].file.split("/", 1)[0],
        links=tuple(links),
        previous=links[at - 1] if at > 0 else None,
        following=links[at + 1] if at + 1 < len(links) else None,
    )
