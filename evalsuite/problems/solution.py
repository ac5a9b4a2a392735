"""Read worked solutions in the style of GSM8K: the final answer, and each calculation on the way.

GSM8K writes a calculation as ``58/2 = <<58/2=29>>29`` and ends with ``#### 29`` (Cobbe et al. 2021,
arXiv:2110.14168). Everything here is exact: values are fractions, never floats. The arithmetic reader
also serves text that a model wrote, so it never calls `eval` and its work is bounded by the length
of what it accepts. To find the answer in a completion, use a grader; this module reads solutions.
"""

import re
from dataclasses import dataclass
from fractions import Fraction

from evalsuite import arithmetic
from evalsuite.arithmetic import excerpt

__all__ = ["Annotation", "annotations", "evaluate", "final_answer", "strip_annotations"]

MAX_LENGTH = 300
"""Longest expression that is read, in characters. It bounds the digits of every value too."""

_NUMBER = r"(?:[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])|[0-9]+)(?:\.[0-9]*)?|\.[0-9]+"
_FINAL = re.compile(rf"\s*(?P<sign>[-+]?)\$?(?P<inner>[-+]?)(?P<number>{_NUMBER})\s*%?\s*")
_ANNOTATION = re.compile(r"<<([^<>]*)>>")  # without < inside, so that a row of them costs linear time
_GSM8K = arithmetic.Notation(
    token=re.compile(rf"\s*(?:\$?(?P<number>{_NUMBER})|(?P<sign>//|[-+*/()%×x÷−]))"),
    spelled={"×": "*", "x": "*", "÷": "/", "−": "-"},
    max_length=MAX_LENGTH,
    max_tokens=MAX_LENGTH,
    adjacent=False,
)


@dataclass(frozen=True, slots=True)
class Annotation:
    """One calculation of a worked solution, as stated there; `evaluate` tells whether it is right.

    Attributes
    ----------
    expression
        What stands left of the equals sign, such as ``"58/2"``.
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
        raise ValueError(f"solution has no '####' line: {excerpt(solution)}")
    match = _FINAL.fullmatch(tail) if len(tail) <= MAX_LENGTH else None
    if match is None or (match["sign"] and match["inner"]):
        raise ValueError(f"no single number follows the last '####' of solution: {excerpt(tail)}")
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
    >>> annotations("Half is 58/2 = <<58/2=29>>29.")
    (Annotation(expression='58/2', value=Fraction(29, 1)),)
    """
    found = []
    for inside in _ANNOTATION.findall(solution):
        expression, equals, value = inside.partition("=")
        if not equals or not expression.strip() or "=" in value:
            raise ValueError(f"annotation in solution is not <<expression=value>>: {excerpt(inside)}")
        found.append(Annotation(expression.strip(), evaluate(value)))
    return tuple(found)


def strip_annotations(text: str) -> str:
    """Return `text` without its ``<<...>>`` marks; the values written after them stay.

    Examples
    --------
    >>> strip_annotations("Half is 58/2 = <<58/2=29>>29.")
    'Half is 58/2 = 29.'
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
        At most `MAX_LENGTH` characters.

    Raises
    ------
    ValueError
        If the text is anything else, divides by zero, or is out of the bounds of `evalsuite.arithmetic`.

    Examples
    --------
    >>> evaluate("(1,200 - 200) * .5")
    Fraction(500, 1)
    """
    return arithmetic.evaluate(expression, _GSM8K)


def _fraction(number: str) -> Fraction:
    whole, _, decimals = number.replace(",", "").partition(".")
    return Fraction(int(whole + decimals), 10 ** len(decimals))
