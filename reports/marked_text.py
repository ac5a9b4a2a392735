"""The text of a completion as a page shows it: the answer that was read is marked, and what runs on behind it is grey.

The script of a page finds the same place by the same rule (``problem.js``).
"""

import re
from itertools import pairwise

from markupsafe import Markup

from evalsuite.wording.language import tr
from reports.cells import visible_html

__all__ = ["answer_place", "marked"]

NUMBER = re.compile(r"([-+−]?)(\d+)(?:\.(\d+))?")
BOX = re.compile(r"boxed\s*\{[\s$]*$")


def answer_place(text: str, extracted: str | None, end: int | None = None) -> tuple[int, int] | None:
    """Return where the answer that was read stands in `text`, before `end`; None where it does not.

    Of several places the last one in a box counts, else the last one. A number is found with commas and zeros too.

    Examples
    --------
    >>> answer_place("It is 1,440.00, so 1440 of 14400.", "1440"), answer_place("none", "7")
    ((19, 23), None)
    """
    if not extracted:
        return None
    found = list(re.finditer(_pattern(extracted), text[:end]))
    boxed = [match for match in found if BOX.search(text[max(0, match.start() - 20) : match.start()])]
    chosen = (boxed or found)[-1:]
    return chosen[0].span() if chosen else None


def _pattern(extracted: str) -> str:
    number = NUMBER.fullmatch(extracted.replace(",", ""))
    if number is None:
        return re.escape(extracted)
    sign, whole, part = number.groups()
    digits = ",?".join(whole)
    decimals = rf"\.{part}0*" if part else r"(?:\.0+)?"
    return rf"(?<![\d.,]){re.escape(sign)}{digits}{decimals}(?!\d)(?![.,]\d)"


def marked(text: str, place: tuple[int, int] | None, runs_on_at: int | None, *, first: int = 0) -> Markup:
    """Return `text`, which begins at the character `first` of its completion, as HTML."""
    end = first + len(text)
    stops = {first, end, *(place or ()), *(() if runs_on_at is None else (runs_on_at,))}
    parts = []
    for at, until in pairwise(sorted(stop for stop in stops if first <= stop <= end)):
        piece = visible_html(text[at - first : until - first])
        if place is not None and place[0] <= at < place[1]:
            piece = Markup('<mark class="answer-read">{}</mark>').format(piece)
        if runs_on_at is not None and at >= runs_on_at:
            words = tr("graded up to here; the rest runs on") if at == runs_on_at else ""
            piece = Markup('<span class="ran-on" data-words="{}">{}</span>').format(words, piece)
        parts.append(piece)
    return Markup("").join(parts)
