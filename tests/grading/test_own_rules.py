"""Patterns and functions of the user's own as graders."""

import time
from fractions import Fraction

import pytest

from evalsuite.errors import InputError
from evalsuite.grading.graders import grader, graders_of
from evalsuite.records import Outcome


@pytest.mark.parametrize(
    ("pattern", "text", "outcome", "extracted"),
    [
        (r"Result: (\S+)", "Result: 17, no: Result: 18", "correct", "18"),
        (r"Result: (\S+)", "Result: $18", "correct", "$18"),
        (r"Result: (\S+)", "no result", "no_answer", None),
        (r"\d+", "from 17 to 18", "correct", "18"),
        (r"(?i)result:\s*(\d+)?", "RESULT: none", "incorrect", ""),
        (r"Result: (\S+)", "The total:\nResult: 18\n\nQuestion: next?\nResult: 5", "incorrect", "5"),
        (r"Result: (\S+)", "Result: 18\n\nQuestion: next?\nResult: 5", "correct", "18"),
        (r"Result: (\S+)", "9 * 2 = 18\nResult: 18\n\nQuestion: next?\nResult: 5", "correct", "18"),
        (r"Result: (\S+)", "<think>Result: 5</think>Result: 18", "correct", "18"),
        (r"结果(\d+)", "结果18 \ud800", "correct", "18"),
    ],
)
def test_the_last_match_is_the_answer(pattern, text, outcome, extracted):
    grade = grader(f"pattern:{pattern}").grade(text, Fraction(18), "#### 18")
    assert (grade.outcome, grade.extracted) == (Outcome(outcome), extracted)
    assert grade.grader == f"pattern:{pattern}"


def test_no_pattern_takes_long():
    for pattern in ("(a*)*b", "(a|aa)+$x", "(.*)(.*)(.*)x"):
        started = time.process_time()
        grader(f"pattern:{pattern}").grade("a" * 100_000, Fraction(1), "")
        assert time.process_time() - started < 1


@pytest.mark.parametrize("pattern", ["(", "a**", r"(?<=x)\d", r"(\d)\1"])
def test_what_is_no_pattern_is_refused(pattern):
    with pytest.raises(InputError, match="is no pattern of RE2"):
        grader(f"pattern:{pattern}")


def test_a_function_judges(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code = """def judge(*, completion, gold, solution):
    return None if "?" in completion else str(gold) in completion

def broken(*, completion, gold, solution):
    raise KeyError("x")

def odd(*, completion, gold, solution):
    return 0.5
"""
    (tmp_path / "mine_to_judge.py").write_text(code)
    judge = grader("mine_to_judge:judge")
    assert [judge.grade(t, Fraction(18), "").outcome for t in ("18", "17", "?")] == [
        "correct",
        "incorrect",
        "no_answer",
    ]
    assert graders_of("mine_to_judge:judge")[-1].version == judge.version
    with pytest.raises(InputError, match="raised KeyError"):
        grader("mine_to_judge:broken").grade("18", Fraction(18), "")
    with pytest.raises(InputError, match="must return True, False or None"):
        grader("mine_to_judge:odd").grade("18", Fraction(18), "")


@pytest.mark.parametrize("name", ["no_such_module:judge", "json:no_such", "json:decoder"])
def test_a_function_that_cannot_be_had(name):
    with pytest.raises(InputError, match="module:function"):
        grader(name).grade("x", Fraction(1), "")
