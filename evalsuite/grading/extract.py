r"""Cut the answer out of a completion: four strategies, each a scan in time linear in the text.

Every function takes the whole completion and returns the text of the answer, or None where there is none.
Reading a number out of that text is `number.parse_number`'s part.
"""

import re
from itertools import islice

from evalsuite.grading.number import parse_number

__all__ = ["after_hashes", "first_box", "last_box", "last_number"]

_BOX = r"\boxed"
_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)

# A marked line of more than 100 characters is prose, which states no number.
_MARKED = re.compile(r"####[ \t]*+(?=[^\s#])([^\n#]{1,100}+)#*+[ \t\r]*+$", re.MULTILINE)
_MAX_MARKED = 1000

# The greedy start leaps to the end of the text and walks back. The lookbehind lets a run of digits and
# separators be tried from its beginning only, so every character is visited at most twice.
_LAST_RUN = re.compile(r"(?s:.*)(?<![\d.,/])([\d.,/]*\d)")
_ONE_NUMBER = re.compile(r"\d+/\d+|\d*\.\d+|\d{1,3}(?:,\d{2,3})*,\d{3}(?:\.\d+)?|\d+(?:\.\d+)?")
_RUN_TAIL = 300


def first_box(completion: str) -> str | None:
    r"""Return the content of the first ``\boxed{...}`` up to the next closing brace, on one line.

    The same answer as the regular expression ``\\boxed\{(.*?)\}``, which cuts ``\boxed{\frac{1}{2}}`` short,
    without its quadratic time on text full of open boxes.

    Examples
    --------
    >>> first_box(r"\boxed{\frac{1}{2}}")
    '\\frac{1'
    """
    start = completion.find(_BOX + "{")
    while start >= 0:
        start += len(_BOX) + 1
        end = completion.find("}", start)
        if end < 0:
            return None
        newline = completion.rfind("\n", start, end)
        if newline < 0:
            return completion[start:end]
        start = completion.find(_BOX + "{", newline)
    return None


def last_box(completion: str) -> str | None:
    r"""Return the content of the last ``\boxed{...}``, braces matched; None if that box is still open.

    A completion that was truncated inside its last box has not answered, whatever it boxed before. Braces after
    a backslash are text. A ``\boxed`` without a brace after it is no box.

    Examples
    --------
    >>> last_box(r"First \boxed{3}, then \boxed{\frac{1}{2}}.")
    '\\frac{1}{2}'
    >>> last_box(r"First \boxed{3}, then \boxed{\frac{1}{2}") is None
    True
    """
    end = len(completion)
    while (box := completion.rfind(_BOX, 0, end)) >= 0:
        start = box + len(_BOX)
        while start < end and completion[start].isspace():
            start += 1
        if completion.startswith("{", start):
            return _braced(completion, start + 1)
        end = box
    return None


def _braced(text: str, start: int) -> str | None:
    """Return `text` from `start` to the closing brace that matches one opened before `start`."""
    depth = 1
    for match in _BRACE.finditer(text, start):
        if match[0] == "{":
            depth += 1
        elif match[0] == "}":
            depth -= 1
            if depth == 0:
                return text[start : match.start()]
    return None


def after_hashes(completion: str) -> str | None:
    r"""Return what follows the first ``####`` whose line holds nothing but a number and perhaps its unit.

    The first, because a model that runs on after its answer writes the next question and answers that one too.
    A heading such as ``#### Step 1`` or ``#### 1. The cost`` states no number and is passed over.

    Examples
    --------
    >>> after_hashes("#### Step 1\n9 * 2 = 18\n#### 18 dollars")
    '18 dollars'
    """
    for match in islice(_MARKED.finditer(completion), _MAX_MARKED):
        marked = match[1].strip()
        if parse_number(marked) is not None:
            return marked
    return None


def last_number(completion: str) -> str | None:
    r"""Return the last number written in digits, with a minus sign where one belongs to it.

    Commas between groups of digits and a slash between two integers are part of the number. A minus sign after
    a digit, a letter or a closing bracket is a subtraction. LaTeX is not read: of ``\frac{1}{2}`` it gives 2.

    Examples
    --------
    >>> last_number("16 - 3 - 4 = 9, so she makes $1,450.")
    '1,450'
    """
    found = _LAST_RUN.match(completion)
    if found is None:
        return None
    start, end = found.span(1)
    # Of an endless run of digits only the end is looked at; `parse_number` refuses it anyway.
    run = completion[max(start, end - _RUN_TAIL) : end]
    if run.isdecimal():
        number = run
    else:
        *_, match = _ONE_NUMBER.finditer(run)
        number = match[0]
        start += match.start()
    return "-" + number if _is_negative(completion, start) else number


def _is_negative(text: str, start: int) -> bool:
    """Say whether the number at `start` has a minus sign of its own, before or after a currency sign."""
    before = start - 1
    if before >= 1 and text[before] in "$€£₹" and text[before - 1] in "-−":
        before -= 1
        if before >= 1 and text[before - 1] == "\\":
            before -= 1
    elif before < 0 or text[before] not in "-−":
        return False
    if before == 0:
        return True
    left = text[before - 1]
    return not (left.isalnum() or left in ")]}")
