"""Whether a completion holds a boxed answer, and of what kind: the first thing to know of one that failed."""

from typing import Literal

from evalsuite.grading.extract import last_box
from evalsuite.grading.number import parse_number

__all__ = ["BoxState", "box_state"]

BoxState = Literal["none", "open", "other", "number"]


def box_state(completion: str) -> BoxState:
    r"""Say whether the last box holds a number or something else, is still open, or is not there.

    Examples
    --------
    >>> [box_state(t) for t in (r"so \boxed{12}", r"\boxed{x}", r"\boxed{12", "12")]
    ['number', 'other', 'open', 'none']
    """
    content = last_box(completion)
    if content is None:
        return "open" if r"\boxed" in completion else "none"
    return "other" if parse_number(content) is None else "number"
