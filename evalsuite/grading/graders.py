r"""The graders of this suite, and the look-up of every grader by name.

`boxed` is the one to report where the prompt asks for a box, `strict` where it asks for ``#### n``.
`last_number` credits any text that happens to end on the right number, and so gives lucky credit to a
truncated completion; it bounds what a format costs. `tutorial` keeps the faults of the evaluation it
repeats, to show what they change. `phrase` and `tagged` read other formats that prompts ask for. All but `tutorial`
read only the part that answers (`answer_part`). The graders of other programs are in `peers`.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import partial
from typing import Any

from evalsuite.errors import InputError
from evalsuite.grading import extract
from evalsuite.grading.answer_part import answer_part, has_thinking, spoken_part
from evalsuite.grading.grader import Grader, GraderVerdict
from evalsuite.grading.number import parse_number
from evalsuite.grading.own_rules import is_own_rule, own_grader
from evalsuite.grading.peers import PEER_GRADERS
from evalsuite.records import Outcome

__all__ = ["ALL_GRADERS", "GRADERS", "grader", "graders_of", "reading_on", "tutorial_gold", "with_marks"]

Part = Callable[[str], str]
"""From a completion to what of it a rule reads."""

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


def _boxed(read: Part, completion: str, gold: Fraction, _solution: str) -> GraderVerdict:
    part = read(completion)
    box = extract.last_box(part)
    # A model that thinks first often boxes its answer only in the thinking, and then states it in another form.
    if box is None and extract.BOX not in part and has_thinking(completion):
        bare = part.strip().strip("*")
        box = extract.stated_answer(part) or extract.after_hashes(part) or extract.tagged_answer(part)
        box = bare if box is None and parse_number(bare) is not None else box
    return _exact(box, gold)


def _strict(read: Part, completion: str, gold: Fraction, _solution: str) -> GraderVerdict:
    return _exact(extract.after_hashes(read(completion)), gold)


def _last_number(read: Part, completion: str, gold: Fraction, _solution: str) -> GraderVerdict:
    return _exact(extract.last_number(read(completion)), gold)


def _phrase(read: Part, completion: str, gold: Fraction, _solution: str) -> GraderVerdict:
    return _exact(extract.stated_answer(read(completion)), gold)


def _tagged(read: Part, completion: str, gold: Fraction, _solution: str) -> GraderVerdict:
    content = extract.tagged_answer(read(completion))
    if content is None or parse_number(content) is not None:
        return _exact(content, gold)
    # A sentence or a box inside the tags.
    said = extract.last_box(content) or extract.after_hashes(content) or extract.stated_answer(content)
    return _exact(said or extract.only_number(content) or content, gold)


def _exact(extracted: str | None, gold: Fraction) -> GraderVerdict:
    if extracted is None:
        return Outcome.NO_ANSWER, None
    return (Outcome.CORRECT if parse_number(extracted) == gold else Outcome.INCORRECT), extracted


GRADERS: tuple[Grader, ...] = (
    Grader("tutorial", 1, "First box, compared as a string with the gold cut at its first comma.", _tutorial),
    Grader("boxed", 4, "Last closed box, compared as an exact number.", partial(_boxed, answer_part)),
    Grader("strict", 4, "First line of the form '#### n', compared as an exact number.", partial(_strict, answer_part)),
    Grader(
        "last_number", 4, "Last number of the text, compared as an exact number.", partial(_last_number, answer_part)
    ),
)
"""Every stored completion is graded by these."""

FORMAT_GRADERS: tuple[Grader, ...] = (
    Grader(
        "phrase",
        3,
        'Last number after "the answer is" or "Answer:", compared as an exact number.',
        partial(_phrase, answer_part),
    ),
    Grader(
        "tagged", 3, "Last <answer> or <solution> in tags, compared as an exact number.", partial(_tagged, answer_part)
    ),
)

"""For prompts that ask for another format, graded where they are asked for."""

ALL_GRADERS: tuple[Grader, ...] = GRADERS + FORMAT_GRADERS + PEER_GRADERS


def graders_of(primary: str, marks: tuple[str, ...] = ()) -> tuple[Grader, ...]:
    """Return what grades the completions of a run whose score is `primary`'s, and whose prompt has these `marks`.

    Raises
    ------
    InputError
        There is no such grader.

    Examples
    --------
    >>> [g.name for g in graders_of("phrase")]
    ['tutorial', 'boxed', 'strict', 'last_number', 'phrase']
    """
    chosen = grader(primary)
    return tuple(with_marks(one, marks) for one in (GRADERS if chosen in GRADERS else (*GRADERS, chosen)))


def reading_on(chosen: Grader) -> Grader | None:
    r"""Return the same rule reading the invented turns of a completion too; None where there is no such rule.

    Examples
    --------
    >>> text = "\\\\boxed{18}\n\nQuestion: and 2 + 3?\n\\\\boxed{5}"
    >>> boxed = grader("boxed")
    >>> [rule.grade(text, Fraction(18), "").extracted for rule in (boxed, reading_on(boxed))]
    ['18', '5']
    """
    rule = chosen.rule
    return _reading(chosen, spoken_part) if isinstance(rule, partial) else None


def with_marks(chosen: Grader, marks: tuple[str, ...]) -> Grader:
    r"""Return the same rule, if it ends at invented turns, also ending where `marks` of the prompt's questions are.

    Examples
    --------
    >>> rule = with_marks(grader("last_number"), ("aufgabe:",))
    >>> rule.grade("3 * 6 = 18\n\nAufgabe: 2 + 3?\n5", Fraction(18), "").extracted
    '18'
    """
    rule = chosen.rule
    if not marks or not isinstance(rule, partial) or rule.args[0] is not answer_part:
        return chosen
    return _reading(chosen, partial(answer_part, marks=marks))


def _reading(chosen: Grader, part: Part) -> Grader:
    """Return a grader whose rule, a partial that begins with what it reads, reads `part`."""
    rule: Any = chosen.rule
    return replace(chosen, rule=partial(rule.func, part, *rule.args[1:]))


def grader(name: str) -> Grader:
    """Return the grader called `name`: this suite's, another program's, or the user's own (see `own_rules`).

    Raises
    ------
    InputError
        There is no such grader.

    Examples
    --------
    >>> grader("boxed").version
    4
    """
    for candidate in ALL_GRADERS:
        if candidate.name == name:
            return candidate
    if is_own_rule(name):
        return own_grader(name)
    raise InputError(
        f"there is no grader {name!r}; choose from {', '.join(g.name for g in ALL_GRADERS)}, or give "
        "'pattern:REGEX' or module:function"
    )
