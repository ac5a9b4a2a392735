"""How answers are written: units, labels, dress, fractions, echoes, headings, phrases and tags."""

from fractions import Fraction

import pytest

from evalsuite.grading.graders import grader
from evalsuite.records import Outcome

BOXED_18 = r"""
18m|18km|18L|18mL|18°F|18°|18元|18个|18美元|18块钱|18%|18\%|18\text{m}|18\,\text{km}|18\ \text{meters}|18\mathrm{cm}
18\text{ cm}^2|18 cm^2|18\text{ cm}^{2}|18cm²|18\text{ m}^3|18^\circ|18^{\circ}|18^\circ F|18^{\circ}\text{F}
18\degree\text{C}
18mph|18 km/h|18\,\frac{\text{km}}{\text{h}}|18 \frac{km}{h}|18\dfrac{\text{miles}}{\text{hour}}
18\ \frac{m}{s^2}|18/hour
18dollars|USD 18|\$18|$18|18\$|18 €|￥18|18円|₹18|Rs. 18|18 Rs|18 min.|18-year-old|18 (dollars)
18\ (\text{apples})|18 \textit{apples}
18小时|18 in total|18¢|18 ft²|18 sq. ft.|18 units²|18kWh|18 mi/gal|18\text{ apples and oranges}
18 \text{ square feet}
x=18|\text{Total} = 18|\text{Total: } 18|Answer: 18|The answer is 18|\text{The answer is } 18|答案：18|答案是18|总共18元
共18
Mira makes 18|\text{Mira makes } \$18|a total of 18|about 18|9 \times 2 = 18|= 18|\boldsymbol{18}
\mathbf{\$18}|\textcolor{red}{18}
{\color{red}18}|\textcolor{red}{\textbf{18}}|\colorbox{yellow}{18}|\fcolorbox{red}{white}{18}|\approx 18|≈18
\simeq 18|{\bf 18}|\Large{18}
\normalsize 18|\phantom{0}18|\hspace{2pt} 18\hspace{1pt}|\{18\}|\ensuremath{18}|\framebox{18}|\therefore 18
\Rightarrow 18|→ 18|&18
"18"|“18”|`18`|*18*|_18_|18\\|１８|\$\mathbf{18}|$18$|\[18\]|\text{\$}18|018|+18|18.00
\frac{36}{2}|\dfrac{36}{2} \text{ dollars}|\$\frac{36}{2}|\frac{-36}{-2}|\frac{36}{2}\,\frac{\text{m}}{\text{s}}
\frac{{36}}{{2}}|\frac{36\text{ cups}}{2}
18℃|18\,\mathrm{km}\cdot\mathrm{h}^{-1}|18\text{ kg}\cdot\text{m}|18\textdegree|\textdollar 18|\pounds 18|\euro 18
\texteuro{}18|\yen 18|「18」|\textcolor[rgb]{1,0,0}{18}|\tiny 18|\num{18}|\SI{18}{\meter}|\qty{18}{m}
\frac{\$18}{\text{day}}|\frac{18 \text{ miles}}{\text{hour}}
{36}/{2}|\nicefrac{36}{2}|{36 \over 2}|\frac{4.5}{.25}|\frac{1{,}800}{100}|\boldsymbol{\frac{36}{2}}
"""
NOT_18 = r"""
18x|18 x|18k|18M|18\pi|18\sqrt{2}|18x^2|18, 19|18 or 19|18:19|18-19|18 to 20|<18|\leq 18|\neq 18|18^2
18 thousand|180|1.8|-18|18/2
\frac{18}{2}|18 \times 2|18 dollars and 50 cents|less than 18|not 18|half of 18|twice 18|Mira has twice 18
\frac{18}{x}|\frac{18}{\text{x}}|\frac{18}{\pi}|18\cdot 2|18 \cdot x|18^{-1}|\num{17}|\SI{17}{18}
3 times 18|18 2/3|18_8|\frac{1,8}{1}
"""
FRACTIONS = r"""
-1/2|-\frac{1}{2}|\frac{-1}{2}|\frac{1}{-2}|-\tfrac12|-0.5|−0.5|–0.5|-\left(\frac{1}{2}\right)|(-\frac{1}{2})|-½|\boldsymbol{-\frac{1}{2}}
1/2|\frac12|\frac 12|\frac1{2}|\frac{1}2|½|\frac{1}{2}\text{ cup}|1/2 \text{ of a pizza}|\sfrac{1}{2}|0.5 = \frac{1}{2}
5/2|2\frac{1}{2}|2 \frac{1}{2}|2½|2\dfrac12|2.5
-5/2|-2\frac{1}{2}
1450|1,450|1{,}450|1\,450|1 450|1\ 450|1,\!450|1'450|\$1,450.00|1\text{,}450|\text{1{,}450}|1，450|1.45\times10^{3}
"""


def cells(table):
    return [cell for line in table.strip().splitlines() for cell in line.split("|")]


@pytest.mark.parametrize("content", cells(BOXED_18))
def test_a_box_that_says_18(content):
    assert grader("boxed").grade(rf"So it is \boxed{{{content}}}.", Fraction(18), "").outcome is Outcome.CORRECT


@pytest.mark.parametrize("content", cells(NOT_18))
def test_a_box_that_does_not_say_18(content):
    assert grader("boxed").grade(rf"So it is \boxed{{{content}}}.", Fraction(18), "").outcome is Outcome.INCORRECT


@pytest.mark.parametrize("row", FRACTIONS.strip().splitlines())
def test_fractions_and_thousands(row):
    gold, *contents = row.split("|")
    for content in contents:
        assert grader("boxed").grade(rf"\boxed{{{content}}}", Fraction(gold), "").outcome is Outcome.CORRECT, content
        assert grader("boxed").grade(rf"\boxed{{{content}}}", -Fraction(gold), "").outcome is Outcome.INCORRECT, content


ECHOES = [
    r"\boxed{}",
    r"\boxed{ }",
    r"\boxed{answer}",
    r"\boxed{your answer}",
    r"\boxed{\text{your final answer}}",
    r"\boxed{...}",
    r"\boxed{\ldots}",
    r"\boxed{\dots}",
    r"\boxed{\cdots}",
    r"\boxed{?}",
    r"\boxed{<answer>}",
    r"\boxed{答案}",
    r"\boxed{你的答案}",
    r"\boxed{\,}",
    r"\boxed{\quad}",
    r"\boxed{\ }",
    r"\boxed{\phantom{0}}",
    r"\boxed{\text{}}",
    r"\boxed{\checkmark}",
    r"\boxed{\square}",
    r"\boxed{___}",
    r"\boxed{the numeric answer}",
    r"\boxed{\text{Done}}",
    r"\boxed{final answer here}",
    r"\boxed{final\_answer}",
    r"\boxed{your_answer}",
    r"\boxed{\_\_}",
    r"\boxed{ANS}",
]


@pytest.mark.parametrize("echo", ECHOES)
def test_an_empty_box_after_the_answer_is_no_answer(echo):
    assert grader("boxed").grade(rf"So \boxed{{18}}, in {echo}.", Fraction(18), "").outcome is Outcome.CORRECT


RIGHT = {
    "last_number": [
        "She has 18 m^2.",
        r"18\text{ m}^{2}",
        "18 cm2",
        "18 km2 of land",
        "18 inches^2",
        "18 m²",
        r"$18 \text{ units}^{2}$",
        "18°C",
        "x^2 is 18",
        "答案是18。",
        "total $18.",
        "**18**",
        "18 kg·m^2",
        r"18 \frac{m}{s^2}",
        "in 5 steps: 18 sq. m",
    ],
    "strict": [
        "####18",
        "**#### 18**",
        r"#### $\boxed{18}$",
        "#### **Answer: 18**",
        "#### **Answer:** 18",
        "#### The answer is 18",
        "#### 答案：18",
        "#### 18<|im_end|>",
        "> #### 18",
        "#### <<9*2=18>>18",
        "#### *18*",
        "#### ≈ 18",
        "#### 18元",
        "#### 18\n#### 19",
        "####: 18",
        "#### : $18",
        "#### Total: $18",
        "#### Result: 18",
        "#### Solution: 18",
        "#### <answer>18</answer>",
        "#### 18[EOS]",
        "#### Answer:\n18",
        "#### **Final answer**\n\n**18**",
    ],
    "phrase": [
        "**Final Answer**\n18",
        "### Final Answer\n\n18",
        "**Final Answer**: 18",
        "**Answer:** 18",
        "Ans: 18",
        "Ans. 18",
        "Answer - 18",
        "答：18元",
        "答：一共18个。",
        "答案就是18",
        "The answer comes to 18.",
        "The answer is 18, since 3 - 1 = 2.",
        "answer = 18",
        "The answer is 18 because 9 * 3 = 27.",
        "The answer to the question is 18.",
        "Answer: 9 * 2 = 18",
        "the answer is $18, not 17.",
        "The answer is 17. No: the answer is 18.",
        "Answer -> 18",
        "The answer (in dollars) is 18",
        "The answer, then, is 18.",
        "The answer should be 18.",
        "The answer to how many are left must be 18.",
        "I get an answer of 18.",
        "The answer equals 18",
        "The answer we want is 18.",
        "Final Answer\n18",
        "**Answer:**\n18",
        "The answer is: \n\n18",
        "The answer is:\n$$18$$",
    ],
    "tagged": [
        "<answer>18</answer> <answer></answer>",
        "<answer>18</answer>, as <answer>your answer</answer>",
        "<answer>#### 18</answer>",
        '<answer type="int">18</answer>',
        "<final answer>18</final answer>",
        "<answer><b>18</b></answer>",
        "<answer>She has 18.</answer>",
        "<answer>17</answer> <SOLUTION>18</SOLUTION>",
        "<answer>17 <answer>18</answer>",
        r"<answer>\boxed{18}</answer>",
        "< answer >18</ answer >",
        "<final-answer>18</final-answer>",
    ],
}
WRONG = {
    "last_number": ["18 m^2 and 2 m", "18 - 2", "18 3"],
    "strict": [
        "#### Step 1\n18",
        "#### 1. 18",
        "### 18",
        "#### 18 + 2",
        "#### Answer:\n",
        "#### Cost\n18",
        "#### Answer:\n17",
    ],
    "phrase": [
        "She answers 18 letters.",
        "The answers: 18",
        "Translation - 18",
        "plans 18",
        "It answers 17 of 18",
        "answer often 18",
    ],
    "tagged": ["<answer>18 or 19</answer>", "<answer>18</solution>", "18</answer>", "<answer>18"],
}


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in RIGHT.items() for text in texts])
def test_right_forms_of_other_graders(name, text):
    assert grader(name).grade(text, Fraction(18), "").outcome is Outcome.CORRECT


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in WRONG.items() for text in texts])
def test_wrong_forms_of_other_graders(name, text):
    assert grader(name).grade(text, Fraction(18), "").outcome is not Outcome.CORRECT


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("9{,}500", "9500"),
        (r"9\,500\,000", "9500000"),
        (r"$9,\!500$", "9500"),
        ("9\u202f500", "9500"),
        ("9，500", "9500"),
        (r"9\;500", "9500"),
        (r"-\$18", "-18"),
        ("-¥18", "-18"),
        (r"5 \, 18", "18"),
        ("a，500", "500"),
        ("1\u00a018", "18"),
    ],
)
def test_separators_and_signs_of_the_last_number(text, number):
    assert grader("last_number").grade(f"It is {text}.", Fraction(number), "").outcome is Outcome.CORRECT
