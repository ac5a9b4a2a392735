"""Terms of statistics explained where they stand: a text in which each can be pointed at or reached by the keyboard.

The explanation is an attribute that the style shows, so the text itself stays what it is: for copying, for printing and
for a reader without style. All terms together are a part of the page.
"""

from markupsafe import Markup

from evalsuite.wording.glossary import tokens
from reports.cells import CODE, prose, visible_html

__all__ = ["explained"]


def explained(text: str) -> Markup:
    """Return a sentence as `cells.prose` does, with each term of the glossary explained where it first stands.

    Examples
    --------
    >>> explained("a gain of 3 pp")
    Markup('a gain of 3 <span class="term" tabindex="0" data-tip="The unit of a difference of percentages: from 40% to \
45% is +5 pp.">pp</span>')
    """
    seen: set[str] = set()
    parts, at = [], 0
    for match in CODE.finditer(text):
        parts += [_terms(text[at : match.start()], seen), prose(match.group())]
        at = match.end()
    return Markup("").join([*parts, _terms(text[at:], seen)])


def _terms(text: str, seen: set[str]) -> Markup:
    term = Markup('<span class="term" tabindex="0" data-tip="{}">{}</span>')
    return Markup("").join(
        term.format(token.meaning, visible_html(token.text)) if token.meaning else visible_html(token.text)
        for token in tokens(text, seen)
    )
