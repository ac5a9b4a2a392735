"""Phrases that say more than data can: no sentence of a page may hold one."""

import re

# Words of one phrase may be parted by line breaks or mark-up.
_GAP = r"(?:\s|&nbsp;|<[^<>]*>|-)+"
_FORBIDDEN = tuple(
    re.compile(r"\b" + phrase.replace(" ", _GAP) + r"\b", re.IGNORECASE)
    for phrase in (
        "no (?:real |true )?differences?",
        "tied",
        "(?:is|was|end(?:s|ed)? in) a tie",
        "null(?: hypothesis)? (?:is|was|can be|may be) accepted",
        "accept(?:s|ed|ing)? the null",
        "pro(?:ves?|ved|ven|ving)",
        "trend(?:s|ed|ing)? towards?",
        "marginally significant",
        "not significant(?:ly)?[^.<]{0,60} (?:equal|same)",
        r"(?:90|95|99)(?:\s*%| percent)(?: posterior)? (?:probability|chance|probable|likely)",
    )
)
_SIGNIFICANT = re.compile(r"\b(?:in|non)?significan(?:t|tly|ce)\b", re.IGNORECASE)
_DIFFERENCE = re.compile(r"Δ|\bdifference\b|\bpp\b", re.IGNORECASE)
_INTERVAL = re.compile(r"\bCI\b|\bconfidence interval\b", re.IGNORECASE)


def forbidden_words(text: str) -> tuple[str, ...]:
    """Return the phrases in `text` that claim more than data can, in the order of their rules.

    "significant" is among them unless the text also gives a difference and its interval.
    """
    found = [re.sub(_GAP, " ", match.group()).lower() for rule in _FORBIDDEN for match in rule.finditer(text)]
    if not (_DIFFERENCE.search(text) and _INTERVAL.search(text)):
        found += [match.group().lower() for match in _SIGNIFICANT.finditer(text)]
    return tuple(found)
