r"""Evaluate a short calculation with plain numbers exactly, such as ``9 \times 2`` or ``\frac{36}{2}``.

Numbers, ``+ - * / ^``, their LaTeX and Unicode forms, brackets and fractions are read. Any letter, any other command
and any result or power out of the bounds of `evalsuite.arithmetic` gives None.
"""

import re
from fractions import Fraction

from evalsuite import arithmetic

__all__ = ["MAX_LENGTH", "evaluate"]

MAX_LENGTH = 200
"""Characters that a calculation may have."""

_SPACE = r"(?:\s|\\[,;:! ]|\\q?quad(?![a-zA-Z]))*+"
_LATEX = arithmetic.Notation(
    token=re.compile(
        rf"{_SPACE}(?:(?P<number>[0-9]+(?:\.[0-9]+)?|\.[0-9]+)"
        rf"|(?P<sign>\\[dtc]?frac(?![a-zA-Z])|\\times|\\cdot|\\div|[-+*/^(){{}}×÷·−]))(?![a-zA-Z]){_SPACE}"
    ),
    spelled={
        "\\times": "*",
        "\\cdot": "*",
        "×": "*",
        "·": "*",
        "\\div": "/",
        "÷": "/",
        "−": "-",
        "\\dfrac": "\\frac",
        "\\tfrac": "\\frac",
        "\\cfrac": "\\frac",
    },
    max_length=MAX_LENGTH,
    max_tokens=80,
    adjacent=True,
)


def evaluate(text: str) -> Fraction | None:
    r"""Return the exact value of `text`, or None if it is no calculation with plain numbers.

    Examples
    --------
    >>> evaluate(r"\frac{36}{2} - 3^2")
    Fraction(9, 1)
    >>> evaluate("10^10^10") is None
    True
    """
    try:
        return arithmetic.evaluate(text.strip(), _LATEX)
    except ValueError:
        return None
