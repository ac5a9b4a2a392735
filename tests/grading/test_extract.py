import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalsuite.grading.extract import after_hashes, first_box, last_box, last_number, stated_answer, tagged_answer
from evalsuite.grading.number import parse_number

pieces = st.lists(
    st.sampled_from(
        [
            r"\boxed{",
            r"\boxed",
            "{",
            "}",
            r"\{",
            r"\}",
            "\\",
            "\n",
            " ",
            "1",
            "18",
            ",",
            ".",
            "-",
            "/",
            "#### ",
            "a",
            "$",
        ]
    ),
    max_size=14,
).map("".join)


@settings(deadline=None, max_examples=60, derandomize=True)
@given(pieces)
def test_first_box_is_the_tutorials_regular_expression(text):
    match = re.search(r"\\boxed\{(.*?)\}", text)
    assert first_box(text) == (match[1] if match else None)


@pytest.mark.parametrize(
    ("text", "box"),
    [
        (r"\boxed{18}", "18"),
        (r"\boxed{1} \boxed{2}", "2"),
        (r"\boxed{\frac{1}{2}}", r"\frac{1}{2}"),
        (r"\boxed{{{18}}}", "{{18}}"),
        (r"\boxed{18\}}", r"18\}"),
        (r"\boxed{\\}", r"\\"),
        (r"\boxed{\boxed{18}}", "18"),
        (r"\boxed {18}", "18"),
        ("\\boxed{\n18\n}", "\n18\n"),
        (r"\boxed{}", ""),
        (r"\boxed{18} as in \boxed", "18"),
        (r"\boxed{18", None),
        (r"\boxed{3} so \boxed{18", None),
        (r"\boxed 18", None),
        ("boxed{18}", None),
        ("18", None),
        ("", None),
    ],
)
def test_last_box(text, box):
    assert last_box(text) == box


@settings(deadline=None, max_examples=60, derandomize=True)
@given(pieces)
def test_a_last_box_is_balanced_and_stands_in_the_text(text):
    box = last_box(text)
    if box is not None:
        plain = re.sub(r"\\.", "", box, flags=re.DOTALL)
        assert plain.count("{") == plain.count("}")
        assert "{" + box + "}" in text


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("9 * 2 = 18\n#### 18", "18"),
        ("####18", "18"),
        ("#### $1,450.00", "$1,450.00"),
        ("#### 18 dollars", "18 dollars"),
        ("#### **18**", "**18**"),
        ("#### 18 ####", "18"),
        ("#### -3\r\n", "-3"),
        ("so #### 18", "18"),
        ("#### 18\n\nQuestion: 5 cats?\n#### 20", "18"),
        ("#### Step 1\n#### 2. Now add\n#### 18", "18"),
        ("####\n18", None),
        ("#### eighteen", None),
        ("### 18", None),
        ("#### 9 * 2", None),
        ("#### 18 because " + "it is so " * 20, None),
        ("18", None),
    ],
)
def test_after_hashes(text, marked):
    assert after_hashes(text) == marked


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("18", "18"),
        ("The answer is 18.", "18"),
        ("18...", "18"),
        ("She makes $1,450.50, he 3", "3"),
        ("She makes $1,450.50.", "1,450.50"),
        ("20 - 6 - 5 = 9", "9"),
        ("20-6", "6"),
        ("(16)-3", "3"),
        ("= -3", "-3"),
        ("-3", "-3"),
        ("−3", "-3"),
        ("-$3", "-3"),
        (r"-\$3", "-3"),
        ("a loss of -$1,450", "-1,450"),
        ("3/4", "3/4"),
        ("1/2/3", "3"),
        ("1, 2, 3", "3"),
        ("1,2,3", "3"),
        ("1,00,000", "1,00,000"),
        ("10^10^10", "10"),
        ("18 eggs and ٧", "٧"),
        (".5", ".5"),
        ("5 x,,/", "5"),
        ("none", None),
        ("", None),
    ],
)
def test_last_number(text, number):
    assert last_number(text) == number


@settings(deadline=None, max_examples=60, derandomize=True)
@given(st.text(max_size=60), st.integers(-(10**9), 10**9), st.sampled_from(["", ".", " left.", "\n", " $", "!"]))
def test_the_last_number_is_found_after_any_text(before, number, after):
    found = last_number(f"{before} = {number:,}{after}")
    assert found is not None
    assert parse_number(found) == number


@pytest.mark.parametrize(
    ("text", "content"),
    [
        (r"So \boxed{18}. (The final answer stands inside \boxed{} as asked.)", "18"),
        (r"The answer is \boxed{18}, that is \boxed{answer}.", "18"),
        (r"\boxed{18} in the form \boxed{\text{your answer}}", "18"),
        (r"\boxed{18} and \boxed{...}", "18"),
        (r"\boxed{18} or \boxed{x}", "x"),
        (r"\boxed{}", ""),
        (r"\boxed{18} then \boxed{", None),
        (r"\boxed{18 then \boxed{}", ""),
    ],
)
def test_an_echo_of_the_instruction_is_no_answer(text, content):
    assert last_box(text) == content


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("9 * 2 = 18\n#### Answer: 18", "18"),
        ("#### The final answer is 18", "18"),
        ("#### 18<|im_end|>", "18"),
        ("#### <<9*2=18>>18", "18"),
        ("#### Answer: 17\n#### 18", "18"),
        ("#### Cost: 5 dollars\n#### 18", "18"),
        ("#### Cost: 5 dollars", None),
    ],
)
def test_a_dressed_line_of_hashes(text, number):
    assert after_hashes(text) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("The house costs $9{,}500.", "9,500"),
        (r"So it is \(12\,600\) in all.", "12,600"),
        ("The area is 18 m^2.", "18"),
        (r"It holds 24 \text{ cm}^{3} of water.", "24"),
        ("It is 18 m2", "18"),
        ("2^3 = 10^3", "3"),
    ],
)
def test_the_last_number_in_latex_and_before_units(text, number):
    assert last_number(text) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("The answer is 18.", "18"),
        ("Final answer: $1,450", "$1,450"),
        ("ANSWER: 18", "18"),
        ("**Answer:** 18 apples", "18 apples"),
        ("The answer to the question is 18 because 3 + 15 = 18.", "18"),
        (r"The final answer is: \(\boxed{18}\).", "18"),
        ("The answer is 17. No, the answer is 18", "18"),
        ("A: 18", "18"),
        ("答案是18。", "18"),
        ("So it is 18.", None),
        ("The answer is unknown.", None),
    ],
)
def test_a_stated_answer(text, number):
    assert stated_answer(text) == number


def test_an_answer_in_tags():
    assert tagged_answer("<answer>17</answer> <Answer>\n18 </Answer>") == "18"
    assert tagged_answer("<answer>18") is None
