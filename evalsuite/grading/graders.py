r"""The graders of this suite, and the look-up of every grader by name.

`boxed` is the one to report where the prompt asks for a box, `strict` where it asks for ``#### n``.
`last_number` credits any text that happens to end on the right number, and so gives lucky credit to a
truncated completion; it bounds what a format costs. `tutorial` keeps the faults of the evaluation it
repeats, to show what they change. The graders of other programs are in `peers`.
"""

import re
from fractions import Fraction

from evalsuite.errors import InputError
from evalsuite.grading import extract
from evalsuite.grading.grader import Grader, GraderVerdict
from evalsuite.grading.number import parse_number
from evalsuite.grading.peers import PEER_GRADERS
from evalsuite.records import Outcome

__all__ = ["ALL_GRADERS", "GRADERS", "grader", "tutorial_gold"]

_TUTORIAL_GOLD = re.compile(r"#### (-?\d+)")


def tutorial_gold(solution: str) -> str | None:
    r"""Return the gold answer as the tutorial reads it, None where the solution has no ``#### n``.

    The pattern stops at a comma, so ``#### 1,450`` gives ``'1'``. That spoils 14 problems of the GSM8K test
    set and 79 of the training set.

    Examples
    --------
    >>> tutorial_gold("9 * 2 = 18\n#### 1,450")
    '1'
    """
    match = _TUTORIAL_GOLD.search(solution)
    return None if match is None else match[1]


def _tutorial(completion: str, gold: Fraction, solution: str) -> GraderVerdict:
    extracted = extract.first_box(completion)
    if extracted is None:
        return Outcome.NO_ANSWER, None
    # Without "#### n" the tutorial's script stops with an error; the gold number stands in for it here.
    expected = tutorial_gold(solution) or str(gold)
    return (Outcome.CORRECT if extracted == expected else Outcome.INCORRECT), extracted


def _boxed(completion: str, gold: Fraction, _solution: str) -> GraderVerdict:
    return _exact(extract.last_box(completion), gold)


def _strict(completion: str, gold: Fraction, _solution: str) -> GraderVerdict:
    return _exact(extract.after_hashes(completion), gold)


def _last_number(completion: str, gold: Fraction, _solution: str) -> GraderVerdict:
    return _exact(extract.last_number(completion), gold)


def _exact(extracted: str | None, gold: Fraction) -> GraderVerdict:
    if extracted is None:
        return Outcome.NO_ANSWER, None
    return (Outcome.CORRECT if parse_number(extracted) == gold else Outcome.INCORRECT), extracted


GRADERS: tuple[Grader, ...] = (
    Grader("tutorial", 1, "First box, compared as a string with the gold cut at its first comma.", _tutorial),
    Grader("boxed", 1, "Last closed box, compared as an exact number.", _boxed),
    Grader("strict", 1, "First line of the form '#### n', compared as an exact number.", _strict),
    Grader("last_number", 1, "Last number of the text, compared as an exact number.", _last_number),
)

ALL_GRADERS: tuple[Grader, ...] = GRADERS + PEER_GRADERS


def grader(name: str) -> Grader:
    """Return the grader called `name`, one of this suite's or one that mirrors another program's.

    Raises
    ------
    InputError
        There is no such grader.

    Examples
    --------
    >>> grader("boxed").version
    1
    """
    for candidate in ALL_GRADERS:
        if candidate.name == name:
            return candidate
    raise InputError(f"there is no grader {name!r}; choose from {', '.join(g.name for g in ALL_GRADERS)}")
