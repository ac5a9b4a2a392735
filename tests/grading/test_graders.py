import json
import os
import time
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalsuite.errors import InputError
from evalsuite.grading.grader import MAX_EXTRACTED
from evalsuite.grading.graders import ALL_GRADERS, GRADERS, grader, tutorial_gold
from evalsuite.grading.number import parse_number
from evalsuite.grading.peers import PEER_GRADERS
from evalsuite.records import Grade, Outcome

OUTCOMES = {"Y": Outcome.CORRECT, "n": Outcome.INCORRECT, "-": Outcome.NO_ANSWER}

# Verdicts of (tutorial, boxed, strict, last_number), by hand.
VERDICTS = [
    (r"\boxed{18}", "18", "YY-Y"),
    (r"\boxed{ 18 }", "18", "nY-Y"),
    (r"\boxed{\text{18}}", "18", "nY-Y"),
    (r"\boxed{\frac{36}{2}}", "18", "nY-n"),
    (r"\boxed{18.00}", "18", "nY-Y"),
    (r"\boxed{18\%}", "18", "nY-Y"),
    (r"\boxed{\$1,450}", "1,450", "nY-Y"),
    (r"\boxed{1,450}", "1,450", "nY-Y"),
    (r"\boxed{1450}", "1,450", "nY-Y"),
    (r"\boxed{1}", "1,450", "Yn-n"),
    (r"\boxed{-3}", "-3", "YY-Y"),
    ("\\boxed{\n18\n}", "18", "-Y-Y"),
    (r"\boxed{18} or rather \boxed{3}", "18", "Yn-n"),
    (r"\boxed{3} or rather \boxed{18}", "18", "nY-Y"),
    (r"\boxed{3} or rather \boxed{18", "18", "n--Y"),
    (r"\boxed{18", "18", "---Y"),
    (r"\boxed{x}", "18", "nn--"),
    (r"\boxed{}", "18", "nn--"),
    ("#### 18", "18", "--YY"),
    ("#### 1,450", "1,450", "--YY"),
    ("#### 18 dollars", "18", "--YY"),
    ("#### 18\n\nQuestion: How many legs have 5 cats?", "18", "--YY"),
    ("#### 17", "18", "--nn"),
    ("The answer is 18.", "18", "---Y"),
    ("20 - 6 - 5 = 9. They bring in 9 * 2 = 18 per", "18", "---Y"),
    ("18 is 3 more than 15.", "18", "---n"),
    ("125004", "125000", "---n"),
    ("eighteen", "18", "----"),
    ("", "18", "----"),
]


@pytest.mark.parametrize(("completion", "gold", "verdicts"), VERDICTS)
def test_verdicts_by_hand(completion, gold, verdicts):
    exact = Fraction(gold.replace(",", ""))
    found = [rule.grade(completion, exact, f"9 * 2\n#### {gold}").outcome for rule in GRADERS]
    assert found == [OUTCOMES[letter] for letter in verdicts]


def test_a_grade_names_its_grader_and_what_was_read():
    assert grader("boxed").grade(r"\boxed{17}", Fraction(18), "#### 18") == Grade(Outcome.INCORRECT, "17", "boxed", 4)
    assert grader("boxed").grade("17", Fraction(18), "#### 18").extracted is None


def test_the_tutorial_grader_needs_no_marked_solution():
    assert grader("tutorial").grade(r"\boxed{18}", Fraction(18), "no mark").outcome is Outcome.CORRECT
    assert tutorial_gold("no mark") is None


def test_names_are_unique_and_looked_up():
    names = [rule.name for rule in ALL_GRADERS]
    assert len(set(names)) == len(names)
    assert [grader(name).name for name in names] == names


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(InputError, match=r"no grader 'box'; choose from tutorial, .*, phrase, tagged, lm_eval_strict"):
        grader("box")


dressed = st.sampled_from(
    [
        "{}",
        "{:,}",
        "${:,}",
        r"\${}",
        "{}%",
        r"{}\%",
        "{}.00",
        r"\text{{{}}}",
        r"\text{{{:,} dollars}}",
        " {} ",
        "x = {}",
    ]
)


@settings(deadline=None, max_examples=60, derandomize=True)
@given(st.integers(-(10**12), 10**12), dressed, st.text(max_size=30))
def test_a_boxed_number_is_right_in_any_dress(number, dress, before):
    completion = before + r" \boxed{" + dress.format(number) + "}"
    assert grader("boxed").grade(completion, Fraction(number), "").outcome is Outcome.CORRECT
    assert grader("boxed").grade(completion, Fraction(number + 1), "").outcome is Outcome.INCORRECT


anything = st.text(st.characters(exclude_categories=[]), max_size=80) | st.lists(
    st.sampled_from(
        [
            r"\boxed{",
            "}",
            "{",
            "$",
            "\\",
            "#### ",
            "answer",
            " is ",
            "18",
            "1,450",
            "\x00",
            "\ud800",
            "²",
            "½",
            "^",
            "=",
            "\n",
        ]
    ),
    max_size=20,
).map("".join)


@settings(deadline=None, max_examples=60, derandomize=True)
@given(anything, anything, st.fractions(max_denominator=7))
def test_every_grader_is_total(completion, solution, gold):
    for rule in ALL_GRADERS:
        grade = rule.grade(completion, gold, solution)
        assert (grade.extracted is None) == (grade.outcome is Outcome.NO_ANSWER)
        assert grade.extracted is None or len(grade.extracted) <= MAX_EXTRACTED


UNITS = [
    "{", "}", "\\", "1", "10^", r"\boxed{", r"\boxed{1} ", "\\boxed{\n", r"\boxed ", "<<<<", ",", " ", "\n", "#### ",
    "#### 1+", "#### 1+\n", "$", "$$", r"\$", r"\[", r"\(", r"\frac{", r"\text{", "1 ", "1e ", "1+", "1.", "1,", "1/",
    "-", "answer ", "answer 1+1", "final answer is ", "1 %", "²", "½", "\U0001f600", "word ", "= ", " 1      ", "**",
    "Question:", "\nQ:", "=1\nQ: ", "<think>", "</think>", "<answer>", "<answer>1</answer>", "answer is 1\n",
    "answer is ", "<|im_end|>", "1<|im_end|>", "\nHuman:", "1{,}", "1\\,", "m^2", r"\boxed{} ", r"\boxed{answer}", "#",
    "\n## Problem", "#### Answer: ", "Total:", "答案", "\n问题：", " \n", "=1\nhere is this problem", "\n >", "\nuser",
    "#answer to ", "\n²²", "=1\n\nTask: ", "\nProblem 2 ", "answer to ",
    "<reasoning></reasoning>", "<|", "\\frac12", "1,\\!", "\nAns. ", "=1\nQuestion 2 ", "[INST]",
]  # fmt: skip
HOSTILE = {
    f"{place} {unit!r}": text
    for unit in UNITS
    for filler in [(unit * (100_000 // len(unit) + 1))[:100_000]]
    for place, text in [("only", filler), ("before", filler + " 18"), ("boxed", rf"\boxed{{{filler}}} $x$ answer: 1")]
}
HOSTILE |= {
    "a million digits": "1" * 1_000_000,
    "a million boxed digits": rf"\boxed{{{'1' * 1_000_000}}}",
    "nested braces": r"\boxed{" + "{" * 50_000 + "18" + "}" * 50_001,
    "nested fractions": r"\boxed{" + r"\frac{1}{" * 10_000 + "2" + "}" * 10_001,
}


@pytest.mark.parametrize("rule", ALL_GRADERS, ids=lambda rule: rule.name)
def test_no_text_makes_a_grader_slow(rule):
    # 25 ms on a quiet core, 50 ms for the rules of other programs; more is allowed, because the machine may be busy.
    # Process time is not enough: quadratic time on 100,000 characters would take seconds.
    limit = 0.2 if rule in PEER_GRADERS else 0.08
    for name, text in HOSTILE.items():
        spans = []
        while not spans or (spans[-1] >= limit and len(spans) < 5):
            start = time.process_time()
            rule.grade(text, Fraction(18), "#### 18")
            spans.append(time.process_time() - start)
        assert min(spans) < limit, name


def gsm8k(split: str) -> list[dict[str, str]]:
    root = Path(__file__).parents[2]
    folder = Path(os.environ.get("EVALSUITE_GSM8K", root.parent / "shared" / "data" / "gsm8k"))
    path = folder / f"{split}.jsonl"
    if not path.exists():
        pytest.skip(f"GSM8K is not at {folder}; set EVALSUITE_GSM8K to the folder of {split}.jsonl")
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize(("split", "spoiled"), [("test", 14), ("train", 79)])
def test_how_many_gold_answers_the_tutorial_spoils(split, spoiled):
    differing = 0
    for problem in gsm8k(split):
        gold = parse_number(problem["answer"].rsplit("####", 1)[1])
        tutorial = tutorial_gold(problem["answer"])
        assert gold is not None
        assert tutorial is not None
        differing += Fraction(tutorial) != gold
        perfect = f"\\boxed{{{gold}}}"
        assert (grader("tutorial").grade(perfect, gold, problem["answer"]).outcome is Outcome.CORRECT) == (
            Fraction(tutorial) == gold
        )
    assert differing == spoiled


def test_every_gold_solution_is_right_under_strict_and_last_number():
    for problem in gsm8k("test"):
        gold = parse_number(problem["answer"].rsplit("####", 1)[1])
        assert gold is not None
        for name in ("strict", "last_number", "lm_eval_strict", "lm_eval_flexible", "evalscope", "inspect_match"):
            assert grader(name).grade(problem["answer"], gold, problem["answer"]).outcome is Outcome.CORRECT, name
