"""Graders that give partial credit: a score within a range, not only right or wrong.

`steps` is the `steps` reward of trainings as a grader, so that any stored run with texts can answer what rewarding
intermediate steps would have credited. It never says whether the answer is right; use a grader of
`grading.graders` for that. Analyses of scores speak of a mean score.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from evalsuite.errors import InputError
from evalsuite.grading.steps import Step, steps_of
from evalsuite.problems.solution import annotations
from evalsuite.records import Grade

__all__ = ["SCORE_GRADERS", "ScoreGrader", "check_worked", "gold_steps", "score_grader", "step_credit"]

_QUARTERS = 4
_STEPS_FACTOR = 2


@dataclass(frozen=True, slots=True)
class ScoreGrader:
    """A named and versioned rule that gives a score.

    Attributes
    ----------
    name, version
        Key of the grades in the store; the version is raised whenever any score of the rule changes.
    description
        One sentence for reports.
    rule
        From the completion and the worked solution of the data set to the score; total, as that of a `Grader`.
    score_range
        Lowest and highest score that the rule can give.
    """

    name: str
    version: int
    description: str
    rule: Callable[[str, str], float]
    score_range: tuple[float, float]

    def grade(self, completion: str, _gold: Fraction, solution: str) -> Grade:
        """Return the grade of one completion; the parameters are those of `Grader.grade`."""
        score = self.rule(completion, solution)
        return Grade.scored(score, self.score_range, grader=self.name, grader_version=self.version)


def step_credit(text: str, solution: str) -> float:
    """Return the credit for intermediate steps, from 0 to 1 in eighths; see `training.rewards.steps_reward`.

    Half of it is the share of the equations that are right, half the share of the results of the worked solution that
    a right equation states; each share is rounded down to quarters.

    Examples
    --------
    >>> solution = "58/2 = <<58/2=29>>29 jars, 58+29 = <<58+29=87>>87 jars."
    >>> step_credit("58 / 2 = 29 and 58 + 29 = 87", solution), step_credit("58 / 2 = 29 and 58 + 29 = 77", solution)
    (1.0, 0.5)
    """
    gold_values, n_gold = gold_steps(solution)
    steps = steps_of(text)
    distinct = dict.fromkeys(steps)
    limit = _STEPS_FACTOR * max(n_gold, 1)
    counted = [step for step in distinct if not (step.valid and step.restates)]
    right = [step for step in counted[:limit] if step.valid]
    stated = _stated(list(distinct)[:limit])
    return (_share(len(right), len(counted)) + _share(len(gold_values & stated), len(gold_values))) / 2


def _stated(steps: Sequence[Step]) -> frozenset[Fraction]:
    return frozenset(step.value for step in steps if step.valid)


def _share(part: int, whole: int) -> float:
    """Return the share rounded down to quarters; 0 of 0 is 0."""
    return (_QUARTERS * part // whole) / _QUARTERS if whole else 0.0


def gold_steps(solution: str) -> tuple[frozenset[Fraction], int]:
    """Return the distinct results of a worked solution and the number of its calculations."""
    try:
        marks = annotations(solution)
        # A mark such as <<11=11>> calculates nothing that a completion could repeat.
        values = [mark.value for mark in marks if any(sign in mark.expression[1:] for sign in "+-*/")]
    except ValueError:
        values = []
    values = values or [step.value for step in steps_of(solution)]
    return frozenset(values), len(values)


SCORE_GRADERS: tuple[ScoreGrader, ...] = (
    ScoreGrader(
        "steps",
        1,
        "Score from 0 to 1: half for equations that are right, half for results of the worked solution.",
        step_credit,
        (0.0, 1.0),
    ),
)
"""The graders of this suite that give scores."""


def score_grader(name: str) -> ScoreGrader | None:
    """Return the grader of scores called `name`, None where there is none."""
    return next((grader for grader in SCORE_GRADERS if grader.name == name), None)


def check_worked(solutions: Sequence[str], *, label: str) -> None:
    """Refuse problems of which none has a worked solution: steps cannot be credited.

    Raises
    ------
    InputError
        No solution has a calculation.
    """
    if not any(gold_steps(solution)[1] for solution in solutions):
        raise InputError(
            f"no problem of run {label} has a worked solution with calculations, so the grader 'steps' cannot tell "
            "which intermediate results are right. It needs a data set with solutions, such as gsm8k."
        )
