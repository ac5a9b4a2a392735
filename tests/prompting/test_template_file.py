"""Templates of the user's own: what they make, what identifies them, and what they cannot do."""

import time
from fractions import Fraction
from pathlib import Path

import pytest

from evalsuite.errors import InputError
from evalsuite.prompting.template_file import read_template, render_text
from evalsuite.prompting.templates import needs_gsm8k_train, template
from evalsuite.records import Message, Problem

PROBLEM = Problem("own/1", "How many legs have 3 cats?", "3 * 4 = 12\n#### 12", Fraction(12))
BASE = """
user = "Question: {{ question }}\\nAnswer:"
assistant = " {{ solution }}"
prefix = " Let's think."
stop = ["\\nQuestion:"]
chat = false

[[exemplars]]
question = "1 + 1?"
solution = "1 + 1 = 2\\n#### 2"
"""


def written(tmp_path: Path, text: str, name: str = "mine.toml") -> str:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_prompt_for_a_base_model(tmp_path: Path) -> None:
    made = template(written(tmp_path, BASE))
    prompt = made.render(PROBLEM)
    assert [m.content for m in prompt.messages] == [
        "Question: 1 + 1?\nAnswer:",
        " 1 + 1 = 2\n#### 2",
        "Question: How many legs have 3 cats?\nAnswer:",
    ]
    assert (prompt.prefix, prompt.separator) == (" Let's think.", "\n\n")
    assert (made.name, made.stop) == ("mine", ("\nQuestion:",))


def test_a_chat_with_arguments_of_the_models_template(tmp_path: Path) -> None:
    text = 'system = "Be short."\n[chat_arguments]\nenable_thinking = false\n[draw]\nfrom = "own"\nn = 2\n'
    prompt = template(written(tmp_path, text)).render(PROBLEM)
    assert [m.role for m in prompt.messages] == ["system", *["user", "assistant"] * 2, "user"]
    assert prompt.messages[-1] == Message("user", PROBLEM.question)
    assert prompt.chat_arguments == (("enable_thinking", False),)
    assert prompt.separator is None


def test_exemplars_from_the_training_set_never_hold_the_problem(tmp_path: Path) -> None:
    pool = tuple(Problem(f"t/{i}", f"{i} + 1?", f"#### {i + 1}", Fraction(i + 1)) for i in range(5))
    path = written(tmp_path, 'assistant = "{{ answer }}"\n[draw]\nfrom = "gsm8k-train"\nn = 4\n')
    assert needs_gsm8k_train(path)
    prompt = template(path, gsm8k_train=pool).render(pool[2])
    asked = [m.content for m in prompt.messages if m.role == "user"]
    assert asked[-1] == "2 + 1?"
    assert asked.count("2 + 1?") == 1
    answers = [m.content for m in prompt.messages if m.role == "assistant"]
    assert answers == [str(int(q.split()[0]) + 1) for q in asked[:-1]]


def test_the_fingerprint_is_that_of_the_content(tmp_path: Path) -> None:
    one = template(written(tmp_path, BASE))
    commented = template(written(tmp_path, f"# mine\n{BASE}", "other.toml"))
    assert one.fingerprint == commented.fingerprint
    for old, new in (("Answer:", "A:"), ("think.", "see."), ("\\nQuestion:", "\\nQ:"), ("1 + 1 =", "1 + 1 is")):
        assert template(written(tmp_path, BASE.replace(old, new), "changed.toml")).fingerprint != one.fingerprint
    # What a run has kept stands in for a file that is gone.
    assert template("gone/mine.toml", text=BASE).fingerprint == one.fingerprint


ESCAPES = [
    "{{ question.__class__ }}",
    "{{ question['__class__'] }}",
    "{{ ''.join(question) }}",
    "{% for i in range(9) %}{% endfor %}",
    "{{ question * 1000000000 }}",
    "{{ 9 ** 9 ** 9 }}",
    "{{ question ~ question }}",
    "{{ question | attr('x') }}",
    "{{ question | center(1000000000) }}",
    "{% set x = question %}",
    "{% include '/etc/passwd' %}",
    "{% import 'x' as y %}",
    "{% macro f() %}{% endmacro %}",
    "{{ self }}",
    "{{ lipsum }}",
    "{{ cycler }}",
    "{{ question > 3 }}",
    "{{ (" + "not " * 3000 + "1) }}",
    "{{ " + "(" * 500 + "question" + ")" * 500 + " }}",
    "{% if question %}" * 300 + "x" + "{% endif %}" * 300,
    "{{ question" + "|upper" * 5000 + " }}",
    "{{ dict(a=1) }}",
    "{% call f() %}{% endcall %}",
    "{% filter upper %}x{% endfilter %}",
    "{{ " + "9" * 5000 + " }}",
]


@pytest.mark.parametrize("text", ESCAPES)
def test_a_template_reaches_nothing_and_ends(tmp_path: Path, text: str) -> None:
    started = time.process_time()
    with pytest.raises(InputError):
        template(written(tmp_path, f"user = '''{text}'''"))
    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('usr = "x"', "unknown key 'usr'"),
        ("user = 3", "user must be str"),
        ("stop = " + "[" * 50_000, "nested too deeply"),
        ('user = "{{ solution }}"', "'solution' is undefined"),
        ('user = "{{ question"', "line 1"),
        ('prefix = "So \\\\boxed{"', "begins the answer itself"),
        ('stop = [""]', "an empty text"),
        ('[draw]\nfrom = "x"\nn = 1', 'from is "own" or "gsm8k-train"'),
        ('[draw]\nfrom = "own"\nn = 0', "from 1 to 32"),
        ("user = ", "is no TOML"),
        ("chat = false\n[chat_arguments]\nenable_thinking = true", "chat_arguments with chat = false"),
    ],
)
def test_what_a_file_may_not_say_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        template(written(tmp_path, text))


def test_a_file_that_is_not_there() -> None:
    with pytest.raises(InputError, match=r"cannot read the template gone\.toml"):
        template("gone.toml")


def test_a_problems_text_is_never_a_template(tmp_path: Path) -> None:
    hostile = Problem("p", "{{ question }}{% for %} </s>", "#### 1", Fraction(1))
    assert template(written(tmp_path, BASE)).render(hostile).messages[-1].content == (
        "Question: {{ question }}{% for %} </s>\nAnswer:"
    )
    assert render_text("{{ question }}", {"question": "{{ 1 }}"}) == "{{ 1 }}"
    assert read_template(Path("x.toml"), "").user == "{{ question }}"
