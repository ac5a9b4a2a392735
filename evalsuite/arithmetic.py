"""The exact value of a short calculation, in the notation of GSM8K's solutions or in LaTeX.

A recursive descent over a bounded text that a model may have written: nothing is executed, values are fractions and
never floats, and whatever is too long, too deep or too large is refused. A notation says how tokens are spelled; the
rules of precedence are the same in all.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

__all__ = ["Notation", "evaluate", "excerpt"]

MAX_DEPTH = 90
MAX_POWER = 64
MAX_BITS = 512
CLOSING = {"(": ")", "{": "}"}


@dataclass(frozen=True, slots=True)
class Notation:
    r"""How calculations are written.

    Attributes
    ----------
    token
        One token with the space around it, in the groups ``number`` and ``sign``. The signs are ``+ - * / // ^ %``,
        ``( ) { }`` and ``\frac``, or are `spelled` so.
    spelled
        Other spellings of signs.
    max_length, max_tokens
        Longest text that is read.
    adjacent
        Whether a bracket or fraction next to another is a factor, and after a whole number a mixed number.
    """

    token: re.Pattern[str]
    spelled: Mapping[str, str]
    max_length: int
    max_tokens: int
    adjacent: bool


def evaluate(text: str, notation: Notation) -> Fraction:
    """Return the exact value of a calculation.

    Raises
    ------
    ValueError
        The text is anything else, divides by zero, or is out of the bounds above.
    """
    if len(text) > notation.max_length:
        raise ValueError(f"expression has {len(text)} characters, at most {notation.max_length} are read")
    return _Parser(text.strip(), notation).value()


def excerpt(text: str, length: int = 60) -> str:
    """Quote the beginning of a text, for messages."""
    return repr(text if len(text) <= length else text[:length] + "…")


class _Parser:
    r"""sum := product (± product)*; product := signed (*/ signed)*; signed := ± signed | atom (^ signed)?"""

    def __init__(self, text: str, notation: Notation) -> None:
        self.text, self.notation = text, notation
        self.factor_starts = {"*", "/", "//"} | ({"(", "\\frac"} if notation.adjacent else set())
        self.tokens = self._tokens()
        self.position = 0

    def value(self) -> Fraction:
        result = self._sum(0)
        if self._peek():
            raise self._error(f"unexpected {self._peek()!r}")
        return result

    def _tokens(self) -> list[str]:
        tokens: list[str] = []
        position = 0
        while position < len(self.text):
            match = self.notation.token.match(self.text, position)
            if match is None or len(tokens) > self.notation.max_tokens:
                raise self._error(f"cannot read {excerpt(self.text[position:].lstrip(), 20)}")
            sign = match["sign"]
            tokens.append(match["number"] or self.notation.spelled.get(sign, sign))
            position = match.end()
        return tokens

    def _sum(self, depth: int) -> Fraction:
        total = self._product(depth)
        while self._peek() in {"+", "-"}:
            total = total + self._product(depth) if self._next() == "+" else total - self._product(depth)
        return self._bounded(total)

    def _product(self, depth: int) -> Fraction:
        product = self._signed(depth)
        while self._peek() in self.factor_starts:
            operator = self._next() if self._peek() in {"*", "/", "//"} else "*"
            factor = self._signed(depth)
            if operator == "*":
                product *= factor
            else:
                ratio = self._ratio(product, factor)
                product = ratio if operator == "/" else Fraction(ratio.numerator // ratio.denominator)
        return self._bounded(product)

    def _signed(self, depth: int) -> Fraction:
        if depth > MAX_DEPTH:
            raise self._error(f"nested deeper than {MAX_DEPTH}")
        if self._peek() in {"+", "-"}:
            sign = self._next()
            value = self._signed(depth + 1)
            return -value if sign == "-" else value
        base = self._atom(depth)
        if self._peek() != "^":
            return base
        self._next()
        exponent = self._signed(depth + 1)
        if exponent.denominator != 1 or abs(exponent) > MAX_POWER or (base == 0 and exponent < 0):
            raise self._error("power out of bounds")
        return self._bounded(base ** int(exponent))

    def _atom(self, depth: int) -> Fraction:
        head = self._next()
        if head == "\\frac":
            over = self._atom(depth)
            return self._ratio(over, self._atom(depth))
        if head in CLOSING:
            value = self._sum(depth + 1)
            if self._next() != CLOSING[head]:
                raise self._error("a parenthesis is not closed")
        elif head[-1:].isdigit() or head[-1:] == ".":
            value = Fraction(head.replace(",", ""))
        else:
            raise self._error(f"a number is missing before {head!r}" if head else "it ends where a number is due")
        if self.notation.adjacent and head.isdecimal() and self._peek() == "\\frac":
            return value + self._atom(depth)
        while self._peek() == "%":
            self._next()
            value /= 100
        return value

    def _ratio(self, over: Fraction, under: Fraction) -> Fraction:
        if under == 0:
            raise self._error("division by zero")
        return over / under

    def _bounded(self, value: Fraction) -> Fraction:
        if max(value.numerator.bit_length(), value.denominator.bit_length()) > MAX_BITS:
            raise self._error("value out of bounds")
        return value

    def _peek(self) -> str:
        return self.tokens[self.position] if self.position < len(self.tokens) else ""

    def _next(self) -> str:
        token = self._peek()
        self.position += 1
        return token

    def _error(self, reason: str) -> ValueError:
        return ValueError(f"expression {excerpt(self.text)} is not arithmetic: {reason}")
