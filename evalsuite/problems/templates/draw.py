"""What templates are written with: seeded draws, people with pronouns, and calculations as text.

A template is a function from `Draw` to `Draft`. It draws numbers and names, works the answer out, and
writes the question in several wordings and the solution once. Its function name is its template id,
so renaming one makes another data set.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

__all__ = ["FRACTIONS", "Draft", "Draw", "Person", "ProblemTemplate", "eq", "times", "usd"]

T = TypeVar("T")

# fmt: off
_SHE = (
    "Ada", "Aisha", "Amara", "Bea", "Carmen", "Dina", "Elif", "Freya", "Grace", "Hana", "Imani", "Jade", "Keiko",
    "Leila", "Maya", "Nora", "Olga", "Priya", "Rosa", "Sofia", "Tara", "Uma", "Vera", "Yara", "Zoe",
)
_HE = (
    "Adam", "Ben", "Carlo", "Dev", "Emil", "Femi", "Goran", "Hugo", "Ivan", "Jamal", "Kofi", "Liam", "Marco",
    "Nico", "Omar", "Pablo", "Ravi", "Samir", "Tom", "Umar", "Viktor", "Wei", "Yusuf", "Zane",
)
# fmt: on

FRACTIONS = {2: "half", 3: "a third", 4: "a quarter", 5: "a fifth", 6: "a sixth", 8: "an eighth"}
"""One part of so many, in words."""


@dataclass(frozen=True, slots=True)
class Person:
    """Someone in a problem; formatting gives the name."""

    name: str
    he: str
    his: str
    him: str

    @property
    def He(self) -> str:  # noqa: N802 - the capital is the meaning
        """The pronoun at the start of a sentence."""
        return self.he.capitalize()

    @property
    def His(self) -> str:  # noqa: N802
        """The possessive at the start of a sentence."""
        return self.his.capitalize()

    def __str__(self) -> str:
        return self.name


_PEOPLE = tuple(Person(name, "she", "her", "her") for name in _SHE) + tuple(
    Person(name, "he", "his", "him") for name in _HE
)


@dataclass(frozen=True, slots=True)
class Draft:
    """What a template makes of one draw.

    Attributes
    ----------
    variants
        The same question in several wordings.
    steps
        Sentences of the worked solution, each with at most one calculation.
    answer
        Worked out with integers, independently of the text.
    """

    variants: tuple[str, ...]
    steps: tuple[str, ...]
    answer: int


class Draw:
    """Seeded choices of one problem.

    Only `random.Random.random` is used: Python promises that it keeps its sequence for a seed,
    so a problem is the same under every Python version.
    """

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed).random  # noqa: S311 - word problems are no secret

    def number(self, low: int, high: int, step: int = 1) -> int:
        """Draw one of ``low, low + step, ..., high``, each as likely."""
        return low + step * int(self._random() * ((high - low) // step + 1))

    def choice(self, choices: Sequence[T]) -> T:
        """Draw one of `choices`, each as likely."""
        return choices[int(self._random() * len(choices))]

    def shuffled(self, choices: Sequence[T]) -> list[T]:
        """Return `choices` in a drawn order."""
        return sorted(choices, key=lambda _: self._random())

    def person(self) -> Person:
        """Draw a person."""
        return self.choice(_PEOPLE)

    def pair(self) -> tuple[Person, Person]:
        """Draw two people with different names."""
        first, second = self.person(), self.person()
        while first == second:
            second = self.person()
        return first, second


ProblemTemplate = Callable[[Draw], Draft]


def eq(value: int, *expression: int | str) -> str:
    """Write a calculation with its annotation.

    Examples
    --------
    >>> eq(36, 3, "*", 12)
    '3 * 12 = <<3*12=36>>36'
    """
    return _calculation("", value, expression)


def usd(value: int, *expression: int | str) -> str:
    """Write a calculation whose value is in dollars.

    Examples
    --------
    >>> usd(36, 3, "*", 12)
    '3 * 12 = $<<3*12=36>>36'
    """
    return _calculation("$", value, expression)


def times(factor: int) -> str:
    """Write "twice" or "3 times"."""
    return "twice" if factor == 2 else f"{factor} times"


def _calculation(unit: str, value: int, expression: tuple[int | str, ...]) -> str:
    parts = [str(part) for part in expression]
    return f"{' '.join(parts)} = {unit}<<{''.join(parts)}={value}>>{value}"
