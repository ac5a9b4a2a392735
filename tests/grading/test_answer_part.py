"""Text that runs on is graded on the question that was asked, and thinking is no answer."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalsuite.grading.answer_part import answer_part, has_thinking
from evalsuite.grading.graders import FORMAT_GRADERS, GRADERS, grader
from evalsuite.grading.run_on import run_on_at
from evalsuite.records import Outcome

# How each grader wants its answer; `tutorial` reads the first box and so never an invented one.
STATES = {
    "tutorial": r"The answer is \boxed{{{}}}.",
    "boxed": r"The answer is \boxed{{{}}}.",
    "strict": "9 * 2 = 18\n#### {}",
    "last_number": "20 - 6 - 5 = 9, so 9 * 2 = {}",
    "phrase": "The answer is {}.",
    "tagged": "<answer>{}</answer>",
}
TURNS = [
    "\n\nQuestion: Tom has 3 hats and buys 4. How many?\n\nAnswer: ",
    "\nQ: Tom has 3 hats and buys 4.\nA: ",
    "\n\nQ2: Tom has 3 hats.\nA2: ",
    "\n\nProblem: Tom has 3 hats and buys 4. How many?\nSolution: ",
    "\n\nProblem 2: Tom has 3 hats. How many?\n",
    "\n\n## Problem 2\nTom has 3 hats. How many?\n",
    "\n\n**Question:** Tom has 3 hats. How many?\n**Answer:** ",
    "\n\n### Question\nTom has 3 hats.\n### Answer\n",
    "\n\n### Instruction:\nTom has 3 hats.\n\n### Response:\n",
    "\n\nHuman: Tom has 3 hats. How many?\n\nAssistant: ",
    "\n\nUser: Tom has 3 hats.\n\nAssistant: ",
    "\n\nNext question: Tom has 3 hats.\n",
    "\n\n问题：汤姆有3顶帽子。\n答案：",
    "\n\n题目 2：汤姆有3顶帽子。\n",
    "<|im_end|>\n<|im_start|>user\nTom has 3 hats.<|im_end|>\n<|im_start|>assistant\n",
    "<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nTom has 3 hats.<|eot_id|>",
    "<end_of_turn>\n<start_of_turn>user\nTom has 3 hats.<end_of_turn>\n<start_of_turn>model\n",
    "</s> [INST] Tom has 3 hats. [/INST] ",
    "<|endoftext|>Tom has 3 hats. ",
    "<|user|>\nTom has 3 hats.\n<|assistant|>\n",
    "\n\n### Problem\nTom has 3 hats.\n\n### Solution\n",
    "\n\nQ1. Tom has 3 hats.\nA1. ",
    "\n\nQ) Tom has 3 hats.\nA) ",
    "\n\n### User\nTom has 3 hats.\n\n### Assistant\n",
    "\n\n<user>\nTom has 3 hats.</user>\n",
    "\nuser\nTom has 3 hats.\nassistant\n",
    "\nassistant\n\n",
    "[UNUSED_TOKEN_146]user\nTom has 3 hats.\n",
    "<|start|>user<|message|>Tom has 3 hats.\n",
    "<|HUMAN|>Tom has 3 hats.\n",
    "<bos>Tom has 3 hats.\n",
    "\n\nHere is another problem: Tom has 3 hats.\n",
    "\n\nHere's a similar question.\n\nTom has 3 hats.\n",
    "\n\nNow let's solve another problem:\nTom has 3 hats.\n",
    "\n\nAnother example: Tom has 3 hats.\n",
    "\n\nExample 2:\nTom has 3 hats.\n",
    "\n\n## Example 2\nTom has 3 hats.\n",
    "\n\nTask 2: Tom has 3 hats.\n",
    "\n\nExercise 2. Tom has 3 hats.\n",
    "\n\nProblem 2 Tom has 3 hats.\n",
    "\n\nProblem No. 2: Tom has 3 hats.\n",
    "\n\nProblem Two: Tom has 3 hats.\n",
    "\n\n**Problem 2.** Tom has 3 hats.\n",
    "\n\n### Problem 2 (Hats)\nTom has 3 hats.\n",
    "\n\nQuestion - Tom has 3 hats.\n",
    "\n\nMath Word Problem 2: Tom has 3 hats.\n",
    "\n\nPractice problem: Tom has 3 hats.\n",
    "\n\n<question>Tom has 3 hats.</question>\n",
    "\n\n【题目】汤姆有3顶帽子。\n",
    "\n\n例2：汤姆有3顶帽子。\n",
    "\n\n第二题：汤姆有3顶帽子。\n",
    "\n\n第 2 题\n汤姆有3顶帽子。\n",
    "\n\n下一题：汤姆有3顶帽子。\n",
    "\n\n另一个问题：汤姆有3顶帽子。\n",
    "\n\n再来一题：汤姆有3顶帽子。\n",
    "\n\nFrage: Tom hat 3 Hüte.\n",
    "\n\nAufgabe 2: Tom hat 3 Hüte.\n",
    "\n\nPregunta: Tom tiene 3.\n",
    "\n\nQuestion : Tom en a 3.\n",
    "\n\nProblème : Tom en a 3.\n",
    "\n\n問題：トムは3つ。\n",
    "\n\nЗадача: у Тома 3.\n",
    "\n\nSwali: Tom ana 3.\n",
    "\n\nప్రశ్న: 3\n",
    "\n\nโจทย์: 3\n",
    "\n\nপ্রশ্ন: 3\n",
    "\n\n下面是另一个问题：汤姆有3顶帽子。\n",
    "\n\nYour turn: Tom has 3 hats.\n",
    "\n\nNow try it yourself: Tom has 3 hats.\n",
    "\n\nThe next question is: Tom has 3 hats.\n",
    "\n\n[Question] Tom has 3 hats.\n[Answer] ",
    "\n\n(Question) Tom has 3 hats.\n",
    "\n\n2. Question: Tom has 3 hats.\n",
    "\n\nProblem (2): Tom has 3 hats.\n",
    "\n\nProblem II: Tom has 3 hats.\n",
]
PLAIN = ["She makes {} dollars.", "{}", "So there are {} apples left", "所以一共{}个。"]


@pytest.mark.parametrize("turn", TURNS, ids=repr)
@pytest.mark.parametrize("name", STATES)
def test_an_answer_in_an_invented_turn_counts_for_nothing(name, turn):
    first, planted = STATES[name].format(17), STATES[name].format(18)
    text = first + turn + planted
    assert grader(name).grade(text, Fraction(17), "#### 17").outcome is Outcome.CORRECT
    assert grader(name).grade(text, Fraction(18), "#### 18").outcome is not Outcome.CORRECT
    assert run_on_at(text) is not None
    assert first.startswith(text[: run_on_at(text)].rstrip())


@pytest.mark.parametrize("said", PLAIN)
@pytest.mark.parametrize(
    "turn", ["\n\nQuestion: Tom has 3 hats.\n", "\n\n### Problem\nTom has 3.\n", "\nQ: Tom?\nA: ", "\n\n问题：汤姆"]
)
def test_a_short_answer_is_an_answer_too(said, turn):
    text = said.format(17) + turn + said.format(18)
    assert grader("last_number").grade(text, Fraction(17), "").outcome is Outcome.CORRECT


def test_every_grader_of_ours_is_tried():
    assert set(STATES) == {g.name for g in GRADERS + FORMAT_GRADERS}


@pytest.mark.parametrize(
    "text",
    [
        "Question: how many pears?\nAnswer: 20 - 11 = 9",
        "Let me restate.\n\nProblem: She has 20 pears and sells 7.\n\nSolution: 20 - 7 = 13. So \\boxed{13}.",
        "**Problem:** 20 pears\n**Step 1:** 20 - 7 = 13\n\\boxed{13}",
        "Step 1: Understand the question\nThe question: how much?\n9 * 2 = 18",
        "She asks Q: no line of its own. 9 * 2 = 18",
        "The user: 3 people use it. 9 * 2 = 18",
        "9 * 2 = 18\nThe question was how much. \\boxed{18}",
        "9 * 2 = 18. That problem: solved.",
        "<|im_start|>assistant\nIt is 18",
        "",
        "Question 1: How many are left? 20 - 11 = 9\nQuestion 2: How much? 9 * 2 = 18. The answer is 18.",
        "Q1: How many? 20 - 11 = 9\nQ2: How much? 9 * 2 = 18",
        "Task 1: the pears. 20 - 11 = 9\n\nTask 2: the money. 9 * 2 = 18",
        "第一题：20 - 11 = 9\n\n第二题：9 * 2 = 18",
        "Let's restate the 2 facts.\n\nQuestion: how much?\n\nAnswer: 18",
        "Given: 20 pears.\n\nQuestion: how much?\n\nSolution: 9 * 2 = 18",
        "She has 20 pears:\n\nProblem: how many?\n18",
        "She does 3 * 2 = 6 exercises.\nExercise 2: 8 minutes\n18 in all",
        "Quiz scores: 16\nQuiz 1: 9 + 9 = 18\nQuiz 2: 18",
        "20 - 11 = 9\nExample: if each costs 2, 9 * 2 = 18",
        "20 - 11 = 9\nLet's look at this problem from the other side: 9 * 2 = 18",
        "20 - 11 = 9\nHere is the next step: 9 * 2 = 18",
        "user count = 18\nusers: 18",
        "20 - 11 = 9\nQ2 sales: 18",
        "20 - 11 = 9\nIt is your turn to pay 18",
        "20 - 11 = 9\nProblems are 2 a day: 18",
        "20 - 11 = 9\n2. The question asks for both: 18",
        "20 - 11 = 9\n(The problem says so) 18",
    ],
)
def test_what_only_looks_like_a_turn(text):
    assert run_on_at(text) is None


THINKING = [
    ("<think>Is it \\boxed{17}?</think>\n\nIt is \\boxed{18}.", "18"),
    ("<think>9 * 2 = 18, not \\boxed{17}.</think>\n\n**Answer: 18**", "18"),
    ("9 * 2, not \\boxed{17}.</think>\n\nThe answer is $18.", "18"),
    ("<thinking>\\boxed{17}</thinking>The final answer is: \\(18\\)", "18"),
    ("<think>Maybe \\boxed{18}? Let me", None),
    ("<think>\\boxed{18}</think>", None),
    ("The answer is \\boxed{18}. <think>or \\boxed{17}", "18"),
    ("<|channel|>analysis<|message|>\\boxed{17}<|end|><|start|>assistant<|channel|>final<|message|>\\boxed{18}", "18"),
    ("analysisWe need \\boxed{17}.assistantfinalThe answer is 18.", "18"),
    ("analysisMaybe \\boxed{18}", None),
    ("<|START_THINKING|>\\boxed{17}<|END_THINKING|>The answer is 18.", "18"),
    ("<unused94>thought\n\\boxed{17}<unused95>The answer is 18.", "18"),
    ("<seed:think>\\boxed{18}", None),
    ("<think >\\boxed{18}", None),
    ("<reasoning>\\boxed{17}</reasoning>\n\\boxed{18}", "18"),
    ("<thought>\\boxed{17}</thought>\nThe answer is 18.", "18"),
    ("<think>\\boxed{17}</think>\n#### 18", "18"),
    ("<think>\\boxed{17}</think>\n<answer>18</answer>", "18"),
    ("<think>\\boxed{17}</think>\n\n**18**", "18"),
    ("<think>\\boxed{17}</think>\n\nShe has 18, which is 2 more.", None),
    ("<reasoning>\\boxed{18}", "18"),
    ("<reasoning>\\boxed{18}</reasoning>\n", "18"),
    ("<think>\\boxed{17}</think>\\boxed{18}\n\nQuestion: x?\n<think>hm</think>\\boxed{5}", "18"),
]


@pytest.mark.parametrize(("text", "answer"), THINKING)
def test_thinking_is_no_answer(text, answer):
    outcome = grader("boxed").grade(text, Fraction(18), "#### 18").outcome
    assert outcome is (Outcome.CORRECT if answer else Outcome.NO_ANSWER)
    assert has_thinking(text)
    assert grader("last_number").grade("<think>Is it 18? I should", Fraction(18), "").outcome is Outcome.NO_ANSWER


pieces = st.lists(
    st.sampled_from(
        [
            "<think>",
            "</think>",
            "\nQuestion: ",
            "\nQ:",
            "= 18",
            "\\boxed{3}",
            "#### 4",
            "\n",
            "x",
            "<|im_end|>",
            "\nHuman:",
        ]
    ),
    max_size=12,
).map("".join)


@settings(deadline=None, max_examples=300, derandomize=True)
@given(pieces)
def test_the_part_that_answers_comes_from_the_text_and_does_not_run_on(text):
    part = answer_part(text)
    assert run_on_at(part) is None
    assert answer_part(part) == part or has_thinking(part)
    assert len(part) <= len(text)
    place = run_on_at(text)
    assert place is None or 0 < place < len(text)
