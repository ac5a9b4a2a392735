"""The list of a page's parts that stands beside it."""

from collections.abc import Sequence
from dataclasses import dataclass

from evalsuite.wording.language import tr
from reports.view_models import AnswerView

__all__ = ["PROVENANCE", "Link", "contents"]

PROVENANCE = "provenance"
"""Id of the section that says how the page was made."""


@dataclass(frozen=True, slots=True)
class Link:
    """A part of the page by its id and title, and the parts within it."""

    key: str
    title: str
    parts: tuple["Link", ...] = ()


def contents(views: Sequence[AnswerView]) -> tuple[Link, ...]:
    """Return the parts of a page in their order.

    A page of one answer lists that answer's sections. A page of several lists the answers: the first by its question,
    with its sections, any other of one section by the title of that, which is short.
    """
    provenance = Link(PROVENANCE, tr("How this was made"))
    if len(views) == 1:
        return (*_sections(views[0]), provenance)
    links = []
    for view in views:
        parts = _sections(view)
        if view is not views[0] and len(view.sections) == 1:
            links.append(Link(f"{view.key}-question", parts[0].title, parts[1:]))
        else:
            links.append(Link(f"{view.key}-question", view.question, parts))
    return (*links, provenance)


def _sections(view: AnswerView) -> tuple[Link, ...]:
    parts = tuple(Link(part.key, part.title) for part in view.sections)
    return (*parts, Link(f"{view.key}-answers", tr("Look at the answers"))) if view.problems else parts
