"""Characters that are invisible or reorder text, and a way to show them.

Text from models and files may hold control characters, bidirectional overrides or lone surrogates. They can
hide or rearrange what a reader sees, and some cannot be written to a file at all. Every text that
reaches a figure or a page passes through here. Line breaks, tabs and the joiners that scripts and emoji
need stay as they are.
"""

import re
import unicodedata

__all__ = ["HIDDEN", "columns", "name", "visible"]

HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufeff\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]"
)
"""Matches one character that must not reach a page as it is."""


def name(character: str) -> str:
    """Return what stands for a hidden character: its control picture, or its code point.

    Examples
    --------
    >>> name(chr(0)), name(chr(0x202E))
    ('␀', '[U+202E]')
    """
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else f"[U+{code:04X}]"


def visible(text: str) -> str:
    """Return `text` with every hidden character replaced by its `name`.

    Examples
    --------
    >>> visible("12" + chr(8) + "3")
    '12␈3'
    """
    return HIDDEN.sub(lambda match: name(match.group()), text)


def columns(text: str) -> int:
    """Return the width of `text` in columns of a terminal or of plain type: Chinese characters take two.

    Examples
    --------
    >>> columns("95% CI"), columns("\N{CJK UNIFIED IDEOGRAPH-4E2D}\N{CJK UNIFIED IDEOGRAPH-6587}")
    (6, 4)
    """
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
