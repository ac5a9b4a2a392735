"""The record of a grader: a rule that reads one completion and says whether its answer is right."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from evalsuite.records import Grade, Outcome

__all__ = ["MAX_EXTRACTED", "Grader", "GraderVerdict", "Rule"]

MAX_EXTRACTED = 200
"""Characters of an extracted answer that a grade keeps. The verdict is made on the whole answer."""

GraderVerdict: TypeAlias = tuple[Outcome, str | None]
"""The outcome and the answer that was read; the answer is None exactly for `Outcome.NO_ANSWER`."""

Rule: TypeAlias = Callable[[str, Fraction, str], GraderVerdict]
"""A function of (completion, gold, solution)."""


@dataclass(frozen=True, slots=True)
class Grader:
    """A named and versioned rule.

    Attributes
    ----------
    name
        Key of the grades in the store.
    version
        Raised whenever any verdict of the rule changes, so that old grades are redone.
    description
        One sentence for reports.
    rule
        Reads the completion, the exact gold answer and the worked solution of the data set. It is total:
        any text gives a verdict, in time linear in its length.
    """

    name: str
    version: int
    description: str
    rule: Rule

    def grade(self, completion: str, gold: Fraction, solution: str) -> Grade:
        """Return the grade of one completion.

        Parameters
        ----------
        completion
            The generated text.
        gold
            The right answer.
        solution
            The worked solution as the data set gives it. Graders that mirror a program which reads its gold
            answer out of this text do the same; the others leave it alone.
        """
        outcome, extracted = self.rule(completion, gold, solution)
        if extracted is not None and len(extracted) > MAX_EXTRACTED:
            extracted = extracted[: MAX_EXTRACTED - 1] + "…"
        return Grade(outcome=outcome, extracted=extracted, grader=self.name, grader_version=self.version)
