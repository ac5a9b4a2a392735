"""The steps reward as a grader of stored runs."""

from fractions import Fraction

import pytest

from evalsuite.errors import InputError
from evalsuite.evaluation.score_graders import check_worked, score_grader, step_credit
from evalsuite.training.rewards import steps_reward

SOLUTION = "58/2 = <<58/2=29>>29 jars, 58+29 = <<58+29=87>>87 jars.\n#### 87"
TEXTS = ("58 / 2 = 29 and 58 + 29 = 87", "58 / 2 = 29 and 58 + 29 = 77", "58 / 2 = 25", "87", "", "2 + 2 = 4")


def test_the_grader_gives_twice_the_reward() -> None:
    rewards = steps_reward(list(TEXTS), solution=[SOLUTION] * len(TEXTS))
    assert [step_credit(text, SOLUTION) for text in TEXTS] == [2 * reward for reward in rewards]
    assert [step_credit(text, SOLUTION) for text in TEXTS[:4]] == [1.0, 0.5, 0.0, 0.0]


def test_the_grade_has_the_score_and_its_range() -> None:
    steps = score_grader("steps")
    assert steps is not None
    grade = steps.grade(TEXTS[1], Fraction(87), SOLUTION)
    assert (grade.grader, grade.score, grade.score_range, grade.extracted) == ("steps", 0.5, (0.0, 1.0), None)
    assert score_grader("boxed") is None


def test_without_worked_solutions_there_is_nothing_to_credit() -> None:
    check_worked(["#### 3", SOLUTION], label="run")
    with pytest.raises(InputError, match="no problem of run run has a worked solution"):
        check_worked(["#### 3", ""], label="run")
