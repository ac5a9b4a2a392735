import re
import time
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalsuite.grading.steps import MAX_LENGTH, MAX_SIGNS, steps_of, trace_error
from evalsuite.problems.jsonl import read_jsonl
from evalsuite.problems.solution import annotations, strip_annotations
from evalsuite.records import Outcome

# Text, and the equations in it by hand: calculation, stated number, right or wrong.
BY_HAND = [
    ("58 / 2 = 29 jars", [("58/2", "29", True)]),
    ("$3 * 4 = $12", [("3*4", "12", True)]),
    (r"\$3 \times 4 = \$12", [("3*4", "12", True)]),
    ("3 x 4 = 12", [("3*4", "12", True)]),
    ("3x4=13", [("3*4", "13", False)]),
    ("2 + 3 = 5 = 5", [("2+3", "5", True)]),
    ("5 * (3 + 2) = 5 * 5 = 25", [("5*(3+2)", "25", True), ("5*5", "25", True)]),
    ("5 * (3 + 3) = 5 * 5 = 25", [("5*(3+3)", "25", False), ("5*5", "25", True)]),
    ("58 / 2 = 29 + 58 = 87", [("58/2", "87", False), ("29+58", "87", True)]),
    ("10 - 12 = -2", [("10-12", "-2", True)]),
    ("-5 + 3 = -2", [("-5+3", "-2", True)]),
    ("- 5 + 3 = 8", [("5+3", "8", True)]),
    ("* 5 + 3 = 8", [("5+3", "8", True)]),
    ("1. 5 + 3 = 8", [("5+3", "8", True)]),
    ("Day 1: 5 + 3 = 8", [("5+3", "8", True)]),
    ("1,200 + 300 = 1,500.", [("1200+300", "1500", True)]),
    (r"1{,}200 + 300 = 1{,}500", [("1200+300", "1500", True)]),
    ("20% of 50 = 10", [("20%*50", "10", True)]),
    ("20% * 50 = 11", [("20%*50", "11", False)]),
    ("100% - 20% = 80%", [("100%-20%", "80", True)]),
    ("5/50 = 10%", [("5/50", "1/10", True)]),
    ("1/2 of 58 = 29", [("1/2*58", "29", True)]),
    ("6/8 = 3/4", [("6/8", "3/4", True)]),
    ("2 1/2 + 3 = 5.5", [("(2+1/2)+3", "11/2", True)]),
    ("4 / 3 = 1 and 1/3 hours", [("4/3", "4/3", True)]),
    (r"2\frac{1}{2} + 3 = 5.5", [(r"2\frac{1}{2}+3", "11/2", True)]),
    (r"\[ \frac{58}{2} = \boxed{29} \]", [(r"\frac{58}{2}", "29", True)]),
    ("58/2 &= 29 \\\\ &= 29", [("58/2", "29", True)]),
    ("58 / 2\n= 29", [("58/2", "29", True)]),
    ("58 / 2\n\n= 29", []),
    ("2 / 1/6 = 12", [("2/(1/6)", "12", True)]),
    ("100 / 10/2 = 5", [("100/10/2", "5", True)]),
    ("3 apples * 4 dollars/apple = 12 dollars", [("3*4", "12", True)]),
    ("(5 apples + 3 pears) x 2 = 16 fruits", [("(5+3)*2", "16", True)]),
    ("20 cm^2 + 5 cm^2 = 25 cm^2", [("20+5", "25", True)]),
    ("2(3+4) = 14", [("2(3+4)", "14", True)]),
    ("3*2^{3} = 24", [("3*2^3", "24", True)]),
    ("**3 + 4 = 7**", [("3+4", "7", True)]),
    ("3 plus 4 equals 7", [("3+4", "7", True)]),
    ("58/2 = $<<58/2=29>>29", [("58/2", "29", True)]),
    ("he has <<5+3=8>>8 now", [("5+3", "8", True)]),
    ("10 / 3 = 3.33", [("10/3", "333/100", True)]),
    ("10 / 3 = 3.34", [("10/3", "167/50", False)]),
    ("10 / 3 = 3.3", [("10/3", "33/10", False)]),
    ("5 / 0 = 5", []),
    ("24 = 24", []),
    ("Total = 24", []),
    ("58 / 2 = 58 / 2", []),
    ("58 / 2 = 29 / 1", []),
    ("3/4 = 3/4", []),
    ("2x + 3 = 13", []),
    ("2y = 10", []),
    ("y - 5 + 3 = 8", []),
    ("the rest - 5 + 3 = 8", []),
    ("A + (A + 2) = 10", []),
    ("(rest + 3) * 2 = 10", []),
    ("5m + 3m = 8m", []),
    ("6:00 + 18 = 24", []),
    ("2 * 1.5 million = 3", []),
    ("3 + 4 >= 7, 3 + 4 != 8, 3 + 4 <= 7", []),
    ("eval('1+1') = __import__", []),
    ("9^9^9^9 = 1", []),
    ("", []),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), BY_HAND)
def test_equations_by_hand(text, expected):
    assert [(step.expression, step.value, step.valid) for step in steps_of(text)] == [
        (expression, Fraction(value), valid) for expression, value, valid in expected
    ]


@pytest.mark.parametrize(
    ("text", "restates"),
    [("24 + 0 = 24", True), ("24 * 1 = 24", True), ("24 / 1 = 24", True), ("4 - 2 = 2", False), ("20 + 4 = 24", False)],
)
def test_an_equation_that_only_restates_its_number(text, restates):
    (step,) = steps_of(text)
    assert step.restates is restates


def test_trace_error_needs_a_right_answer_and_a_wrong_equation():
    assert trace_error("20 - 12 = 9, so it is 8", Outcome.CORRECT)
    assert not trace_error("20 - 12 = 9, so it is 8", Outcome.INCORRECT)
    assert not trace_error("20 - 12 = 8", Outcome.CORRECT)
    assert not trace_error("It is 8.", Outcome.CORRECT)


def _numbers():
    return st.tuples(st.integers(0, 999), st.sampled_from("+-*/"), st.integers(1, 99), st.integers(-5, 5))


@given(st.lists(_numbers(), min_size=1, max_size=8), st.sampled_from([" ", ""]), st.sampled_from(["\n", ". ", " and "]))
@settings(deadline=None, max_examples=60, derandomize=True)
def test_written_equations_are_found_and_judged_as_python_computes_them(rows, space, end):
    written, expected = [], []
    for left, sign, right, error in rows:
        result = {"+": left + right, "-": left - right, "*": left * right, "/": Fraction(left, right)}[sign]
        if Fraction(result).denominator != 1:
            left, result = left * right, left
        written.append(space.join([str(left), sign, str(right), "=", str(result + error)]))
        expected.append((f"{left}{sign}{right}", result + error, error == 0))
    found = [(step.expression, step.value, step.valid) for step in steps_of(end.join(written))]
    assert found == expected


@given(st.one_of(st.text(), st.text(alphabet="0123456789+-*/=()xX $%,.\\{}^<>abfrc\n", max_size=120)))
@settings(deadline=None, max_examples=300, derandomize=True)
def test_any_text_is_read_without_an_error(text):
    for step in steps_of(text):
        assert step.restates in (True, False)
        assert not (step.valid and step.value.denominator == 0)


HOSTILE = {
    "equals signs": "=", "spaced equals signs": "= ", "digits": "7", "open brackets": "(", "brackets": "()",
    "sums": "1+", "equations": "1+1=2\n", "one chain": "1+1=", "backslashes": "\\", "marks": "<<", "x": "x ",
    "spaces": "= \t", "thousands": ",111", "letters": "ab-", "fractions": "\\frac{1}{2}", "words": "48 boxes of / ",
    "percent": "5%", "powers": "^{2}", "minus": "-", "nested sums": "(1+",
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_time_is_linear_on_hostile_text(name):
    unit = HOSTILE[name]
    text = "3 + 4 = 7 = " + unit * (1_000_000 // len(unit)) + "= 5"
    started = time.process_time()
    steps_of(text)
    # It takes a tenth of a second; quadratic time on the characters that are read would take minutes.
    assert time.process_time() - started < 5


def test_a_text_is_read_up_to_a_number_of_equals_signs_and_of_characters():
    assert len(steps_of("1 + 1 = 2\n" * (MAX_SIGNS + 5))) == MAX_SIGNS
    assert len(steps_of(f"1 + 1 = 2\n{' ' * MAX_LENGTH}1 + 1 = 2")) == 1


def test_the_solutions_of_gsm8k_hold_right_equations(gsm8k_folder):
    found = right = covered = marked = 0
    for problem in read_jsonl(gsm8k_folder / "test.jsonl").problems[:400]:
        steps = steps_of(strip_annotations(problem.solution))
        found += len(steps)
        right += sum(step.valid for step in steps)
        values = {annotation.value for annotation in annotations(problem.solution)}
        marked += len(values)
        covered += len(values & {step.value for step in steps if step.valid})
    # Measured: the rest are solutions that round, count in dozens or use names.
    assert right / found > 0.99
    assert covered / marked > 0.95


def test_marks_alone_give_their_equations():
    text = "Half is <<58/2=29>>, both <<58+29=87>>."
    pattern = [tuple(mark.split("=")) for mark in re.findall(r"<<(.*?)>>", text)]
    assert [(step.expression, str(step.value)) for step in steps_of(text)] == pattern
