"""A few problems that flipped, each with the answer that was read and the words around it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from evalsuite.figures.looks import clip
from evalsuite.findings import CompletionView, ProblemView
from evalsuite.wording.absent import NO_GOLD, NO_TEXT
from evalsuite.wording.language import tr
from reports.completion_cards import outcome_sign, outcome_words, run_labels
from reports.squares import Changed

__all__ = ["Flip", "Side", "flips"]

SHOWN = 5
BEFORE, AFTER = 34, 10
"""Characters of a completion shown on both sides of the answer that was read."""


@dataclass(frozen=True, slots=True)
class Side:
    """What one run answered: the words before the answer that was read, the answer (empty: none), and those after.

    Where no text is stored there are no words.
    """

    label: str
    position: int
    sign: str
    outcome: str
    good: bool
    before: str
    read: str
    after: str


@dataclass(frozen=True, slots=True)
class Flip:
    """One problem that flipped; `look` is ``won`` or ``lost``, `number` its place among the problems, from 1.

    `question` is the name of the problem where its question is not stored, `gold` empty where the right answer is not.
    `bare` is whether no run has a text to show.
    """

    look: str
    number: int
    question: str
    gold: str
    sides: tuple[Side, ...]
    bare: bool


def flips(problems: Sequence[ProblemView], changed: Sequence[Changed]) -> tuple[Flip, ...]:
    """Return problems that were won and lost, as many of each as their share of all that flipped, at least one."""
    by_look = {look: [one for one in changed if one.look == look] for look in ("won", "lost")}
    for own in by_look.values():
        # The clearest first.
        own.sort(key=lambda one: (-one.strength, one.place))
    won, lost = len(by_look["won"]), len(by_look["lost"])
    n_won = 0 if not won else round(SHOWN * won / (won + lost))
    n_won = min(max(n_won, min(won, SHOWN - lost), min(1, won)), SHOWN - min(1, lost), won)
    chosen = [*by_look["won"][:n_won], *by_look["lost"][: SHOWN - n_won]]
    return tuple(_flip(problems[one.place], one) for one in chosen)


def around(text: str, read: str | None) -> tuple[str, str, str]:
    """Return the words before the answer that was read, the answer, and the words after; the end where none was read.

    Examples
    --------
    >>> around("5 + 3 makes 8. So 8 jars.", "8")
    ('5 + 3 makes 8. So ', '8', ' jars.')
    """
    at = -1 if not read else text.rfind(read)
    if read is None or at < 0:
        return _start(text, len(text)), "", ""
    end = at + len(read)
    after = text[end : end + AFTER]
    return _start(text, at), read, after + ("…" if end + AFTER < len(text) else "")


def _start(text: str, end: int) -> str:
    """Return the last words of `text` before `end`, whole where one begins within reach."""
    begin = max(0, end - BEFORE)
    if not begin:
        return text[:end]
    word = re.search(r"(?<=\s)\S", text[begin - 1 : end - 1])
    return "…" + text[begin - 1 + word.start() if word else begin : end]


def _flip(problem: ProblemView, changed: Changed) -> Flip:
    labels = run_labels([problem])
    sides = []
    for position, label in enumerate(labels):
        own = [c for c in problem.completions if c.label == label]
        sides.append(_side(_telling(own, won=(changed.look == "won") == (position == 1)), position))
    gold = "" if problem.gold == tr(NO_GOLD) else clip(problem.gold, 20)
    bare = not any(side.before or side.after for side in sides)
    question = clip(problem.question or problem.problem_id, 110)
    return Flip(changed.look, changed.place + 1, question, gold, tuple(sides), bare)


def _telling(completions: Sequence[CompletionView], *, won: bool) -> CompletionView:
    """Return the completion that shows what changed: a right one of the better run, a wrong one of the other."""
    return next((c for c in completions if (outcome_sign(c.outcome) == "✓") == won), completions[0])


def _side(c: CompletionView, position: int) -> Side:
    stored = c.text != tr(NO_TEXT)
    before, read, after = around(c.text, c.extracted) if stored else ("", clip(c.extracted or "", 20), "")
    sign = outcome_sign(c.outcome)
    return Side(c.label, position, sign, outcome_words(c.outcome), sign == "✓", before, read, after)
