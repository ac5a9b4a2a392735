r"""Evaluate a short calculation with plain numbers exactly, such as ``9 \times 2`` or ``\frac{36}{2}``.

A recursive descent over a bounded text: numbers, ``+ - * / ^``, their LaTeX and Unicode forms, brackets and
fractions. A bracket or fraction that stands next to another is a factor; after an integer a fraction makes a mixed
number. Any letter, any other command and any result or power out of bounds gives None. Nothing is executed.
"""

import re
from fractions import Fraction

__all__ = ["MAX_LENGTH", "evaluate"]

MAX_LENGTH = 200
"""Characters that a calculation may have."""

_MAX_TOKENS = 80
_MAX_POWER = 64
_MAX_BITS = 512
_SPACE = r"(?:\s|\\[,;:! ]|\\q?quad(?![a-zA-Z]))*+"
_NUMERAL = r"([0-9]+(?:\.[0-9]+)?|\.[0-9]+)"
_TOKEN = re.compile(
    rf"{_SPACE}(?:{_NUMERAL}|(\\[dtc]?frac)(?![a-zA-Z])|(\\times|\\cdot|\\div|[-+*/^(){{}}×÷·−]))(?![a-zA-Z]){_SPACE}"
)
_SPELLED = {"\\times": "*", "\\cdot": "*", "×": "*", "·": "*", "\\div": "/", "÷": "/", "−": "-"}
_CLOSING = {"(": ")", "{": "}"}


def evaluate(text: str) -> Fraction | None:
    r"""Return the exact value of `text`, or None if it is no calculation with plain numbers.

    Examples
    --------
    >>> evaluate(r"\frac{36}{2} - 3^2")
    Fraction(9, 1)
    >>> evaluate("10^10^10") is None
    True
    """
    tokens = _tokens(text)
    if not tokens:
        return None
    try:
        value, end = _sum(tokens, 0)
    except (ValueError, IndexError, ZeroDivisionError, RecursionError):
        return None
    return value if end == len(tokens) - 1 else None


def _tokens(text: str) -> list[str]:
    """Split into tokens with an end mark, empty if a character fits none."""
    text = text.strip()
    if len(text) > MAX_LENGTH:
        return []
    tokens: list[str] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or len(tokens) > _MAX_TOKENS:
            return []
        token = match[1] or ("\\frac" if match[2] else match[3])
        tokens.append(_SPELLED.get(token, token))
        at = match.end()
    return [*tokens, ""]


def _sum(tokens: list[str], at: int) -> tuple[Fraction, int]:
    value, at = _product(tokens, at)
    while tokens[at] in {"+", "-"}:
        term, end = _product(tokens, at + 1)
        value = value + term if tokens[at] == "+" else value - term
        at = end
    return _bounded(value), at


def _product(tokens: list[str], at: int) -> tuple[Fraction, int]:
    value, at = _signed(tokens, at)
    while tokens[at] in {"*", "/", "(", "\\frac"}:
        factor, end = _signed(tokens, at + (tokens[at] in {"*", "/"}))
        value = value / factor if tokens[at] == "/" else value * factor
        at = end
    return _bounded(value), at


def _signed(tokens: list[str], at: int) -> tuple[Fraction, int]:
    if tokens[at] in {"+", "-"}:
        value, end = _signed(tokens, at + 1)
        return (-value if tokens[at] == "-" else value), end
    return _power(tokens, at)


def _power(tokens: list[str], at: int) -> tuple[Fraction, int]:
    base, at = _atom(tokens, at)
    if tokens[at] != "^":
        return base, at
    exponent, at = _signed(tokens, at + 1)
    if exponent.denominator != 1 or abs(exponent) > _MAX_POWER:
        raise ValueError("power out of bounds")
    return _bounded(base ** int(exponent)), at


def _atom(firsts: list[str], at: int) -> tuple[Fraction, int]:
    first = firsts[at]
    if first == "\\frac":
        over, at = _atom(firsts, at + 1)
        under, at = _atom(firsts, at)
        return over / under, at
    if first in _CLOSING:
        value, at = _sum(firsts, at + 1)
        if firsts[at] != _CLOSING[first]:
            raise ValueError("bracket left open")
        return value, at + 1
    if firsts[at + 1] == "\\frac" and first.isdecimal():
        # A mixed number.
        part, end = _atom(firsts, at + 1)
        return int(first) + part, end
    return Fraction(first), at + 1


def _bounded(value: Fraction) -> Fraction:
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > _MAX_BITS:
        raise ValueError("value out of bounds")
    return value
