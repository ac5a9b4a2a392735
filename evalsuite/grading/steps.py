r"""Find the equations of a worked text and check each exactly: ``58 / 2 = 29 jars`` says 29, and that is right.

An equation is a calculation, an equals sign and one number. Around the numbers, currency and percent signs, short
units, LaTeX and bold marks are passed over; ``x`` and ``×`` multiply, and ``1/2 of 58`` is a product. In a chain
such as ``5 * (3 + 2) = 5 * 5 = 25`` every calculation has to come to the next number. What cannot be read is no
equation: names, powers of ten in words, a single letter stuck to a number. So ``Total = 29``, ``2y = 10`` and
``29 = 29`` give none, and the share of right equations speaks only of those that can be checked.

Nothing is executed and nothing is rounded: values are fractions. Work is linear in the length of the text.

References
----------
Uesato et al. (2022), arXiv:2211.14275: right answers reached by wrong steps, their "trace error".
"""

import re
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import gcd
from typing import NamedTuple

from evalsuite.grading import calculation
from evalsuite.records import Outcome

__all__ = ["MAX_LENGTH", "MAX_SIGNS", "Step", "steps_of", "trace_error"]

MAX_LENGTH = 50_000
"""Characters of a text that are read."""

MAX_SIGNS = 2000
"""Equals signs that are looked at; the text behind them is not read."""

_MAX_TOKENS = 60
_MAX_UNIT_WORDS = 4
_MAX_DIGITS = 40

# Where a fraction is written tight behind a wide division sign, the wide one divides by it.
_TIGHT = re.compile(r"(?<=[/÷] )([0-9]{1,3})/([0-9]{1,3})(?![0-9./])")
_POWER = re.compile(r"\^\{([0-9]{1,2})\}")
_MARK = re.compile(r"(=[ \t]*+\\?+\$?+[ \t]*+)?<<([^<>\n]*+)>>")
_LETTER = r"[^\W\d_]"
_NUMERAL = r"(?:[0-9]{1,3}(?:(?:,|\{,\})[0-9]{3})+(?![0-9])|[0-9]+)(?:\.[0-9]+)?|\.[0-9]+"
_TOKEN = re.compile(
    rf"""
    (?P<line>\n|\\\\)
  | (?P<dress>[ \t\r]+|\\[()\[\],;:!]|\\[$]|\*\*|[$€£₹&}}`]|\\(?:left|right)(?![a-zA-Z])
        |\\(?:text(?:bf|it|rm)?|math(?:bf|rm|it)|mbox|boxed)[ ]?\{{
        |(?<=[0-9][ ])and(?=[ ][0-9]{{1,3}}[ ]?/[ ]?[0-9]))
  | (?P<frac>\\[dtc]?frac[ ]?\{{[^{{}}\n]{{1,60}}\}}[ ]?\{{[^{{}}\n]{{1,60}}\}})
  | (?P<number>{_NUMERAL})(?P<percent>[ ]?\\?%)?
  | (?P<equals>(?<![<>!=:])={{1,2}}(?![=>])|(?<!{_LETTER})equals(?!{_LETTER}))
  | (?P<spelled>(?<!{_LETTER})(?:[xX]|times|multiplied[ ]by|divided[ ]by|plus|minus)(?=[ \t]*+\\?[$€£₹]?[0-9.(\\]))
  | (?P<letter>(?<=[0-9]){_LETTER}(?!{_LETTER})|(?<=[0-9]):(?=[0-9]))
  | (?P<word>(?:-|/[ ]?)?{_LETTER}+(?:['’-]{_LETTER}+)*(?:\^[23](?![0-9])|[²³])?)
  | (?P<op>\\(?:times|cdot|div)(?![a-zA-Z])|[-+*/^×÷·−–])
  | (?P<open>\()
  | (?P<close>\))
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_SPELLED = {
    **dict.fromkeys(("\\times", "\\cdot", "×", "·", "x", "X", "times", "multiplied by"), "*"),
    **dict.fromkeys(("\\div", "÷", "divided by"), "/"),
    **dict.fromkeys(("−", "–", "minus"), "-"),
    "plus": "+",
}
_MAGNITUDES = frozenset({"dozen", "hundred", "thousand", "million", "billion", "trillion"})
# Words that no unit holds: what stands before them does not belong to the equation.
_STOPS = frozenset(
    {"and", "are", "because", "but", "equal", "get", "gets", "give", "gives", "had", "has", "have", "if", "is"}
    | {"makes", "or", "since", "so", "than", "the", "then", "therefore", "was", "were", "where", "which"}
)
_IN_GROUP = frozenset({"number", "frac", "op", "open", "close", "word"})
_PLAIN = re.compile(r"[+-]?[0-9]*\.?[0-9]+|[+-]?\([0-9]+\+[0-9]+/[0-9]+\)")
_RATIO = re.compile(r"[+-]?(?:([0-9]+)/([0-9]+)|\\[dtc]?frac\{([0-9]+)\}\{([0-9]+)\})")
_IN_FRACTION = re.compile(r"\\?[$ ]|,")
_DIGITS = re.compile(r"[0-9]*\.?[0-9]+")


@dataclass(frozen=True, slots=True)
class Step:
    """One equation of a text.

    Attributes
    ----------
    expression
        The calculation as it was read: plain signs, no spaces, no units, no thousands commas.
    value
        The number that the text says it comes to. A percent sign is a unit or a hundredth, whichever makes the
        equation right, and a unit where neither does.
    valid
        Whether the calculation comes to that number: exactly, or rounded to the two or more decimals stated.
    """

    expression: str
    value: Fraction
    valid: bool

    @property
    def restates(self) -> bool:
        """Whether the number stood in the calculation already beside a 0 or a 1, as in ``29 + 0 = 29``."""
        numbers = [Fraction(digits) for digits in _DIGITS.findall(self.expression)]
        if abs(self.value) not in numbers:
            return False
        numbers.remove(abs(self.value))
        return all(number in (0, 1) for number in numbers)


def steps_of(text: str) -> tuple[Step, ...]:
    r"""Return the equations of `text` in reading order; any text at all may be given.

    A mark of GSM8K's own, ``<<58/2=29>>``, counts once, whether or not the same equation stands around it.

    Examples
    --------
    >>> steps_of("He pays 3 * $4 = $12 and has 20 - 12 = 9 left.")  # doctest: +NORMALIZE_WHITESPACE
    (Step(expression='3*4', value=Fraction(12, 1), valid=True),
     Step(expression='20-12', value=Fraction(9, 1), valid=False))
    >>> steps_of("The total = 12.")
    ()
    """
    reader = _Reader(_prepared(text[:MAX_LENGTH]))
    stated: _Span | None = None
    steps = []
    # From right to left, so that each calculation of a chain finds the number that the chain comes to.
    for at in reversed(reader.signs):
        right = reader.right(at)
        if right is None:
            stated = None
        elif not right.chained or reader.is_number(right):
            stated = right if reader.is_number(right) else None
        left = reader.left(at)
        if stated is not None and left is not None:
            step = reader.step(left, stated)
            if step is not None:
                steps.append(step)
    return tuple(reversed(steps))


def _prepared(text: str) -> str:
    """Write marks, powers in braces and tight fractions in the plain form that is read."""
    text = _MARK.sub(lambda mark: mark[1] or f"\n{mark[2]}\n", text)
    text = _POWER.sub(r"^\1", text)
    return _TIGHT.sub(lambda part: f"({part[0]})" if int(part[1]) < int(part[2]) else part[0], text)


def trace_error(text: str, outcome: Outcome) -> bool:
    """Say whether the right answer was reached although an equation on the way is wrong.

    Parameters
    ----------
    text
        The completion.
    outcome
        What a grader says of it.

    Examples
    --------
    >>> trace_error("20 - 12 = 9, so the answer is 8.", Outcome.CORRECT)
    True
    """
    return outcome is Outcome.CORRECT and any(not step.valid for step in steps_of(text))


class _Token(NamedTuple):
    kind: str
    text: str
    start: int
    end: int


class _Span(NamedTuple):
    """Tokens `first` to `last`; `chained` where another equals sign follows."""

    first: int
    last: int
    chained: bool = False


_EDGE = _Token("", "", -1, -1)


class _Reader:
    """The tokens of a text, and what stands left and right of an equals sign."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = [_EDGE] * 6
        self.signs: list[int] = []
        self.opened: dict[int, int] = {}
        """Index of the opening bracket by index of the closing one, and the other way round, within a line."""
        if "=" in text or "equals" in text:
            self._read()
        self.tokens += [_EDGE] * 6

    def _read(self) -> None:
        open_brackets: list[int] = []
        for match in _TOKEN.finditer(self.text):
            token = self._token(match)
            if token is None:
                continue
            index = len(self.tokens)
            if token.kind == "equals":
                if len(self.signs) == MAX_SIGNS:
                    break
                self.signs.append(index)
            if token.kind == "open":
                open_brackets.append(index)
            elif token.kind == "close" and open_brackets:
                other = open_brackets.pop()
                self.opened[index], self.opened[other] = other, index
            elif token.kind in {"line", "equals"}:
                open_brackets.clear()
            self.tokens.append(token)

    def _token(self, match: re.Match[str]) -> _Token | None:
        """Return the token of a match, None for dress."""
        kind, text = match.lastgroup or "", match[0]
        if kind == "dress":
            return None
        if kind in {"percent", "number"}:
            kind = "number" if len(text) <= _MAX_DIGITS else "other"
        elif kind == "spelled":
            kind = "op"
        elif kind == "word":
            kind, text = self._word(text)
        return _Token(kind, text, *match.span())

    def _word(self, text: str) -> tuple[str, str]:
        """Return kind and text of a word: a product, a name or magnitude that nothing reads, a stop, or a unit."""
        word = text.lstrip("-/ ").lower()
        if word == "of" and self._ends_in_part():
            return "op", "*"
        if word in _MAGNITUDES or (len(word) == 1 and word not in {"a", "i"}):
            return "letter", text
        return ("other" if word in _STOPS else "word"), text

    def _ends_in_part(self) -> bool:
        """Say whether the last tokens are a share such as ``20%`` or ``3/4``."""
        *_, over, bar, under = self.tokens[-3:] if len(self.tokens) >= 3 else [_EDGE] * 3
        if under.kind == "frac" or under.text.endswith("%"):
            return under.kind in {"frac", "number"}
        return under.kind == over.kind == "number" and bar.text == "/"

    def left(self, sign: int) -> _Span | None:
        """Return the longest calculation that ends at the sign, None where what stands there cannot be read."""
        last = at = sign - 1 - (self._kind(sign - 1) == "line")
        first: int | None = None
        while sign - at <= _MAX_TOKENS:
            start = self._operand_start(self._before_words(at))
            if start is None:
                return None
            first, at = start, start - 1
            while self._kind(at) == self._kind(at - 1) == "op" and self._sign(at) in "+-":
                first, at = at, at - 1
            if self._kind(at) != "op":
                readable = self._kind(at) not in {"number", "frac", "close", "letter"}
                return _Span(first, last) if readable else None
            if self._operand_start(self._before_words(at - 1)) is None:
                return self._led(at, first, last)
            at -= 1
        return None

    def _led(self, at: int, first: int, last: int) -> _Span | None:
        """Return the calculation behind an operator that has nothing on its left: a sign or the mark of a list."""
        if self._sign(at) in "+-" and (self._attached(at) or self._kind(at - 1) in {"equals", "open"}):
            return _Span(at, last)
        if self._sign(at) in "+-*" and self._text(at) not in "xX" and self._kind(at - 1) in {"", "line", "other"}:
            return _Span(first, last)
        return None

    def right(self, sign: int) -> _Span | None:
        """Return the calculation or number right behind the sign, None where there is none."""
        first = at = sign + 1 + (self._kind(sign + 1) == "line")
        while at - sign <= _MAX_TOKENS:
            end = self._operand_end(self._after_signs(at))
            if end is None or self._kind(end + 1) == "letter":
                return None
            behind = self._after_words(end + 1)
            if self._kind(behind) != "op" or self._operand_end(self._after_signs(behind + 1)) is None:
                behind += self._kind(behind) == "line"
                return _Span(first, end, self._kind(behind) == "equals")
            at = behind + 1
        return None

    def is_number(self, span: _Span) -> bool:
        """Say whether the span is one number: a fraction only in lowest terms and at the end of its chain."""
        written = self._written(span, percent="")
        ratio = _RATIO.fullmatch(written)
        if ratio is None:
            return _PLAIN.fullmatch(written) is not None
        over, under = int(ratio[1] or ratio[3]), int(ratio[2] or ratio[4])
        return not span.chained and under > 1 and gcd(over, under) == 1

    def step(self, left: _Span, stated: _Span) -> Step | None:
        """Return the equation of a calculation and the number it comes to, None where either cannot be read."""
        expression = self._written(left, percent="%")
        plain = expression.lstrip("+-")
        if not any(sign in plain for sign in ("+", "-", "*", "/", "^", "frac")):
            return None
        first: Step | None = None
        for percent in ("", "/100)") if "%" in expression or self._has_percent(stated) else ("",):
            number = self._written(stated, percent=percent)
            calculated = calculation.evaluate(self._written(left, percent=percent))
            value = calculation.evaluate(number)
            if calculated is None or value is None or number == self._written(left, percent=percent):
                return None
            decimals = len(number.partition(".")[2]) if _PLAIN.fullmatch(number) else 0
            near = decimals >= 2 and 2 * abs(calculated - value) <= Fraction(1, 10**decimals)
            step = Step(expression, value, calculated == value or near)
            if step.valid:
                return step
            first = first or step
        return first

    def _has_percent(self, span: _Span) -> bool:
        return any(token.text.endswith("%") for token in self.tokens[span.first : span.last + 1])

    def _written(self, span: _Span, *, percent: str) -> str:
        """Write the tokens for `calculation.evaluate`; a percent sign as `percent`, brackets round a mixed number."""
        parts: list[str] = []
        for at in range(span.first, span.last + 1):
            kind, text = self._kind(at), self._text(at)
            if kind == "number":
                digits = text.rstrip("%").rstrip("\\ ").replace("{,}", "").replace(",", "")
                if text.endswith("%"):
                    parts.append(f"({digits}{percent}" if percent.endswith(")") else digits + percent)
                elif self._mixed(at):
                    parts.append(f"({digits}+")
                else:
                    parts.append(digits + ")" if self._mixed(at - 3) else digits)
            elif kind == "frac":
                parts.append(_IN_FRACTION.sub("", text))
            elif kind == "op":
                parts.append(self._sign(at))
            elif kind in {"open", "close"}:
                parts.append(text)
        return "".join(parts)

    def _kind(self, at: int) -> str:
        return self.tokens[at].kind

    def _text(self, at: int) -> str:
        return self.tokens[at].text

    def _sign(self, at: int) -> str:
        text = self._text(at)
        return _SPELLED.get(text) or text

    def _attached(self, at: int) -> bool:
        """Say whether no space stands between the token and the next one."""
        return not any(map(str.isspace, self.text[self.tokens[at].end : self.tokens[at + 1].start][:20]))

    def _before_words(self, at: int) -> int:
        for _ in range(_MAX_UNIT_WORDS):
            at -= self._kind(at) == "word"
        return at

    def _after_words(self, at: int) -> int:
        for _ in range(_MAX_UNIT_WORDS):
            at += self._kind(at) == "word"
        return at

    def _after_signs(self, at: int) -> int:
        for _ in range(3):
            at += self._kind(at) == "op" and self._sign(at) in "+-"
        return at

    def _mixed(self, at: int) -> bool:
        """Say whether a mixed number such as ``2 1/2`` starts here."""
        whole, over, bar, under = self.tokens[at : at + 4]
        return (
            bar.text == "/"
            and all(token.kind == "number" and token.text.isdecimal() for token in (whole, over, under))
            and 0 < int(over.text) < int(under.text)
            and not over.text.startswith("0")
        )

    def _operand_start(self, at: int) -> int | None:
        if self._kind(at) == "number":
            return at - 1 if self._mixed(at - 1) else at
        if self._kind(at) == "frac":
            return at - 1 if self._kind(at - 1) == "number" and self._text(at - 1).isdecimal() else at
        start = self.opened.get(at, at) if self._kind(at) == "close" else at
        if not self._is_group(start, at):
            return None
        return start - 1 if self._kind(start - 1) == "number" and self._attached(start - 1) else start

    def _operand_end(self, at: int) -> int | None:
        if self._kind(at) == "number":
            if self._mixed(at):
                return at + 3
            if self._kind(at + 1) == "frac" and self._text(at).isdecimal():
                return at + 1
            end = self.opened.get(at + 1, at) if self._kind(at + 1) == "open" else at
            return end if end > at and self._attached(at) and self._is_group(at + 1, end) else at
        if self._kind(at) == "frac":
            return at
        end = self.opened.get(at, at) if self._kind(at) == "open" else at
        return end if self._is_group(at, end) else None

    def _is_group(self, start: int, end: int) -> bool:
        """Say whether the tokens are a pair of brackets round a short calculation."""
        if not 0 < end - start <= _MAX_TOKENS:
            return False
        kinds = [token.kind for token in self.tokens[start : end + 1]]
        named = any(word == "word" and before in {"op", "open"} for before, word in pairwise(kinds))
        return not named and _IN_GROUP.issuperset(kinds)
