"""Read worked solutions in the style of GSM8K: the final answer, and each calculation on the way.

GSM8K writes a calculation as ``48/2 = <<48/2=24>>24`` and ends with ``#### 24`` (Cobbe et al. 2021,
arXiv:2110.14168). Everything here is exact: values are fractions, never floats. The arithmetic reader
also serves text that a model wrote, so it never calls `eval` and its work is bounded by the length
of what it accepts. To find the answer in a completion, use a grader; this module reads solutions.
"""

import re
from dataclasses import dataclass
from fractions import Fraction

__all__ = ["Annotation", "annotations", "evaluate", "final_answer", "strip_annotations"]

MAX_LENGTH = 300
"""Longest expression that is read, in characters. It bounds the digits of every value too."""

MAX_DEPTH = 30
"""Deepest nesting of parentheses and signs."""

_NUMBER = r"(?:[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])|[0-9]+)(?:\.[0-9]*)?|\.[0-9]+"
_TOKEN = re.compile(rf"\s*(?:\$?(?P<number>{_NUMBER})|(?P<sign>//|[-+*/()%]))")
_FINAL = re.compile(rf"\s*(?P<sign>[-+]?)\$?(?P<inner>[-+]?)(?P<number>{_NUMBER})\s*%?\s*")
_ANNOTATION = re.compile(r"<<([^<>]*)>>")  # without < inside, so that a row of them costs linear time
_OTHER_SIGNS = str.maketrans({"×": "*", "x": "*", "÷": "/", "−": "-"})


@dataclass(frozen=True, slots=True)
class Annotation:
    """One calculation of a worked solution, as stated there; `evaluate` tells whether it is right.

    Attributes
    ----------
    expression
        What stands left of the equals sign, such as ``"48/2"``.
    value
        What the solution says it comes to.
    """

    expression: str
    value: Fraction


def final_answer(solution: str) -> Fraction:
    r"""Return the exact number after the last ``####``.

    Thousands commas, a sign, decimals and a dollar or percent sign are understood.
    A percent sign is a unit here: ``#### 25%`` is 25.

    Raises
    ------
    ValueError
        If there is no ``####``, or something else than one number follows the last one.

    Examples
    --------
    >>> final_answer("He pays 3 * 400 = $<<3*400=1200>>1200.\n#### $1,200")
    Fraction(1200, 1)
    """
    _, marker, tail = solution.rpartition("####")
    if not marker:
        raise ValueError(f"solution has no '####' line: {_excerpt(solution)}")
    match = _FINAL.fullmatch(tail) if len(tail) <= MAX_LENGTH else None
    if match is None or (match["sign"] and match["inner"]):
        raise ValueError(f"no single number follows the last '####' of solution: {_excerpt(tail)}")
    value = _fraction(match["number"])
    return -value if "-" in (match["sign"], match["inner"]) else value


def annotations(solution: str) -> tuple[Annotation, ...]:
    """Return the calculations marked ``<<expression=value>>``, in reading order.

    The value may itself be a fraction such as ``3/4``. The expression is kept as text and not checked.

    Raises
    ------
    ValueError
        If the inside of a mark is not one expression, one equals sign and one value.

    Examples
    --------
    >>> annotations("Half is 48/2 = <<48/2=24>>24.")
    (Annotation(expression='48/2', value=Fraction(24, 1)),)
    """
    found = []
    for inside in _ANNOTATION.findall(solution):
        expression, equals, value = inside.partition("=")
        if not equals or not expression.strip() or "=" in value:
            raise ValueError(f"annotation in solution is not <<expression=value>>: {_excerpt(inside)}")
        found.append(Annotation(expression.strip(), evaluate(value)))
    return tuple(found)


def strip_annotations(text: str) -> str:
    """Return `text` without its ``<<...>>`` marks; the values written after them stay.

    Examples
    --------
    >>> strip_annotations("Half is 48/2 = <<48/2=24>>24.")
    'Half is 48/2 = 24.'
    """
    return _ANNOTATION.sub("", text)


def evaluate(expression: str) -> Fraction:
    """Return the exact value of ``+ - * /`` arithmetic with parentheses.

    Numbers may have decimals, a leading dot, thousands commas, a dollar sign in front and percent signs
    behind (``20%`` is 1/5). ``x`` and ``×`` multiply, ``÷`` divides, ``//`` divides and rounds down.
    There is no power and there are no names.

    Parameters
    ----------
    expression
        At most `MAX_LENGTH` characters, nested at most `MAX_DEPTH` deep.

    Raises
    ------
    ValueError
        If the text is anything else, or divides by zero.

    Examples
    --------
    >>> evaluate("(1,200 - 200) * .5")
    Fraction(500, 1)
    """
    if len(expression) > MAX_LENGTH:
        raise ValueError(f"expression has {len(expression)} characters, at most {MAX_LENGTH} are read")
    return _Parser(expression).value()


class _Parser:
    """Recursive descent over sum := product (± product)*, product := factor (*/ factor)*."""

    def __init__(self, expression: str) -> None:
        self.expression = expression
        self.tokens = self._tokens(expression.translate(_OTHER_SIGNS).rstrip())
        self.position = 0

    def value(self) -> Fraction:
        result = self._sum(depth=0)
        if self._peek():
            raise self._error(f"unexpected {self._peek()!r}")
        return result

    def _tokens(self, text: str) -> list[str]:
        tokens, position = [], 0
        while position < len(text):
            match = _TOKEN.match(text, position)
            if match is None:
                raise self._error(f"cannot read {_excerpt(text[position:].lstrip(), 20)}")
            tokens.append(match["number"] or match["sign"])
            position = match.end()
        return tokens

    def _sum(self, depth: int) -> Fraction:
        total = self._product(depth)
        while self._peek() in ("+", "-"):
            total = total + self._product(depth) if self._next() == "+" else total - self._product(depth)
        return total

    def _product(self, depth: int) -> Fraction:
        product = self._factor(depth)
        while self._peek() in ("*", "/", "//"):
            operator, factor = self._next(), self._factor(depth)
            if operator == "*":
                product *= factor
            elif factor == 0:
                raise self._error("division by zero")
            else:
                product = product / factor if operator == "/" else Fraction(product // factor)
        return product

    def _factor(self, depth: int) -> Fraction:
        if depth > MAX_DEPTH:
            raise self._error(f"nested deeper than {MAX_DEPTH}")
        head = self._next()
        if head in ("+", "-"):
            factor = self._factor(depth + 1)
            return -factor if head == "-" else factor
        if head == "(":
            value = self._sum(depth + 1)
            if self._next() != ")":
                raise self._error("a parenthesis is not closed")
        elif head[-1:].isdigit() or head[-1:] == ".":
            value = _fraction(head)
        else:
            raise self._error(f"a number is missing before {head!r}" if head else "it ends where a number is due")
        while self._peek() == "%":
            self._next()
            value /= 100
        return value

    def _peek(self) -> str:
        return self.tokens[self.position] if self.position < len(self.tokens) else ""

    def _next(self) -> str:
        token = self._peek()
        self.position += 1
        return token

    def _error(self, reason: str) -> ValueError:
        return ValueError(f"expression {_excerpt(self.expression)} is not arithmetic: {reason}")


def _fraction(number: str) -> Fraction:
    whole, _, decimals = number.replace(",", "").partition(".")
    return Fraction(int(whole + decimals), 10 ** len(decimals))


def _excerpt(text: str, length: int = 60) -> str:
    return repr(text if len(text) <= length else text[:length] + "…")
