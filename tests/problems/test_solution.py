"""Worked solutions: exact numbers, GSM8K's own annotations, hostile text."""

import json
import os
import re
import time
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalsuite.problems.solution import (
    Annotation,
    annotations,
    evaluate,
    final_answer,
    strip_annotations,
)

SOLUTION = "He saves 3 * 400 = $<<3*400=1200>>1200.\nHalf is 1200/2=<<1200/2=600>>600\n#### 600"


@pytest.fixture(scope="module")
def gsm8k_answers() -> dict[str, list[str]]:
    root = Path(__file__).parents[2]
    folder = Path(os.environ.get("EVALSUITE_GSM8K", root / "../shared/data/gsm8k"))
    files = {split: folder / f"{split}.jsonl" for split in ("train", "test")}
    if not all(file.is_file() for file in files.values()):
        pytest.skip(f"no GSM8K files in {folder}; set EVALSUITE_GSM8K to their folder")
    return {
        split: [json.loads(line)["answer"] for line in file.read_text("utf-8").splitlines()]
        for split, file in files.items()
    }


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("#### 18", 18),
        ("so\n####18\n", 18),
        ("#### -3", -3),
        ("#### +3", 3),
        ("#### 1,234,567", 1234567),
        ("#### $5", 5),
        ("#### -$5", -5),
        ("#### $-5", -5),
        ("#### 25%", 25),
        ("#### 2.50", Fraction(5, 2)),
        ("#### .5", Fraction(1, 2)),
        ("#### 18.", 18),
        ("#### 1 is not it\n#### 2", 2),
    ],
)
def test_final_answer_is_exact(text: str, value: Fraction) -> None:
    assert final_answer(text) == value


@pytest.mark.parametrize(
    "text", ["", "18", "### 18", "#### ", "#### none", "#### 1 2", "#### --5", "#### 1,23", "#### 1e3"]
)
def test_final_answer_names_what_it_saw(text: str) -> None:
    with pytest.raises(ValueError, match="solution") as caught:
        final_answer(text)
    assert repr(text.partition("####")[2] or text) in str(caught.value)


def test_annotations_in_reading_order() -> None:
    assert annotations(SOLUTION) == (Annotation("3*400", Fraction(1200)), Annotation("1200/2", Fraction(600)))
    assert annotations("#### 600") == ()


@pytest.mark.parametrize("text", ["<<3*4>>", "<<=12>>", "<<3*4=12=12>>", "<<3*4=twelve>>", "<<3*4=>>"])
def test_a_broken_annotation_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"annotation|expression"):
        annotations(text)


def test_strip_annotations_keeps_everything_else() -> None:
    assert strip_annotations(SOLUTION) == "He saves 3 * 400 = $1200.\nHalf is 1200/2=600\n#### 600"


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("2+3*4", 14),
        ("(2+3)*4", 20),
        ("10-4-3", 3),
        ("48/2/3", 8),
        ("1/3", Fraction(1, 3)),
        (".5*3", Fraction(3, 2)),
        ("0.1+0.2", Fraction(3, 10)),
        ("560//10", 56),
        ("7//2", 3),
        ("1,200-200", 1000),
        ("$3 x 4", 12),
        ("3 × 4 ÷ 6 − 1", 1),
        ("20%*50", 10),
        ("(5+5)%", Fraction(1, 10)),
        ("-3*-(2)", 6),
        ("007", 7),
    ],
)
def test_evaluate(expression: str, value: Fraction) -> None:
    assert evaluate(expression) == value


@given(
    numbers=st.lists(st.integers(0, 999), min_size=2, max_size=6),
    operators=st.lists(st.sampled_from("+-*"), min_size=5, max_size=5),
)
@settings(deadline=None, max_examples=60, derandomize=True)
def test_precedence_is_that_of_python(numbers: list[int], operators: list[str]) -> None:
    expression = "".join(f"{n}{o}" for n, o in zip(numbers, operators, strict=False)) + "1"
    assert evaluate(expression) == eval(expression, {"__builtins__": {}})  # noqa: S307 - digits and signs only


HOSTILE = {
    "power": "10**10**10",
    "digits": "9" * 100_000,
    "final digits": "#### " + "9" * 100_000,
    "parentheses": "(" * 50_000 + "1" + ")" * 50_000,
    "short nesting": "(" * 140 + "1" + ")" * 140,
    "signs": "-" * 299 + "1",
    "names": "__import__('os').getcwd()",
    "float": "1e309",
    "infinity": "inf",
    "shift": "1<<99",
    "foreign digits": "١+١",
    "zero": "1/0",
    "floor zero": "1//(2-2)",
    "empty": "",
    "open": "(1+2",
    "two numbers": "1 2",
    "commas": "1,2,3",
    "nul": "1\x002",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_ends_at_once(name: str) -> None:
    start = time.process_time()
    with pytest.raises(ValueError, match=r"expression") as caught:
        evaluate(HOSTILE[name])
    assert time.process_time() - start < 0.5
    assert len(str(caught.value)) < 300, "the message must not repeat a long text"


def test_the_largest_product_and_the_longest_answer_are_bounded() -> None:
    start = time.process_time()
    assert evaluate("*".join(["9"] * 150)) == 9**150
    evaluate("+".join(f"1/{n}" for n in range(101, 150)))
    with pytest.raises(ValueError, match="no single number"):
        final_answer(HOSTILE["final digits"])
    with pytest.raises(ValueError, match="at most 300"):
        annotations("<<" + "1+" * 1000 + "1=" + "9" * 100_000 + ">>")
    assert annotations("<" * 100_000) == ()
    assert strip_annotations("<<" * 5_000) == "<<" * 5_000
    assert time.process_time() - start < 2


@pytest.mark.parametrize(
    ("split", "problems", "marked", "count"), [("train", 7473, 7378, 23716), ("test", 1319, 1301, 4282)]
)
def test_every_gsm8k_annotation_is_exact(
    gsm8k_answers: dict[str, list[str]], split: str, problems: int, marked: int, count: int
) -> None:
    answers = gsm8k_answers[split]
    found = [annotations(answer) for answer in answers]
    assert len(answers) == problems
    assert sum(map(bool, found)) == marked
    assert sum(map(len, found)) == count
    assert [a for row in found for a in row if evaluate(a.expression) != a.value] == []


def test_gsm8k_final_answers_agree_with_another_reading(gsm8k_answers: dict[str, list[str]]) -> None:
    for answer in gsm8k_answers["train"] + gsm8k_answers["test"]:
        assert final_answer(answer) == int(re.sub(r"[^0-9-]", "", answer.split("####")[-1]))


def test_last_annotation_is_the_gsm8k_answer_where_it_should_be(gsm8k_answers: dict[str, list[str]]) -> None:
    same = {
        split: sum(bool(found := annotations(a)) and found[-1].value == final_answer(a) for a in answers)
        for split, answers in gsm8k_answers.items()
    }
    assert same == {"train": 7001, "test": 1208}
