"""What the model is asked: the tutorial's words exactly, and few-shot prompts that depend on the problem alone."""

from collections import Counter
from fractions import Fraction
from pathlib import Path

import pytest

from evalsuite.errors import InputError
from evalsuite.problems.gsm8k import gsm8k
from evalsuite.prompting.exemplars import exemplars
from evalsuite.prompting.templates import BUILT_IN, PromptTemplate, needs_gsm8k_train, template
from evalsuite.records import Message, Problem

TUTORIAL = (
    r"You are a helpful assistant that solves problems step-by-step. "
    r"Always include the final numeric answer inside \boxed{}."
)
PROBLEM = Problem("own/1", "How many legs have 3 cats?", "#### 12", Fraction(12))


def pool(n: int) -> tuple[Problem, ...]:
    def solution(i: int) -> str:
        return f"It is {i} + 1 = <<{i}+1={i + 1}>>{i + 1}.\n#### {i + 1}"

    return tuple(Problem(f"train/{i}", f"What is {i} + 1?", solution(i), Fraction(i + 1)) for i in range(n))


def shots(made: PromptTemplate, problem: Problem) -> list[tuple[str, str]]:
    """Return the (question, answer) turns between the system prompt and the question."""
    turns = made.render(problem).messages[1:-1]
    assert [m.role for m in turns] == ["user", "assistant"] * (len(turns) // 2)
    return [(turns[i].content, turns[i + 1].content) for i in range(0, len(turns), 2)]


def test_tutorial_prompt_verbatim() -> None:
    prompt = template("tutorial").render(PROBLEM)
    assert prompt.messages == (Message("system", TUTORIAL), Message("user", PROBLEM.question))
    assert prompt.problem_id == "own/1"


def test_plain_prompt_is_the_question() -> None:
    assert template("plain").render(PROBLEM).messages == (Message("user", PROBLEM.question),)


@pytest.mark.parametrize("k", range(1, 9))
def test_own_exemplars_come_first_to_last(k: int) -> None:
    made = template(f"fewshot-{k}")
    assert shots(made, PROBLEM) == list(exemplars()[:k])
    assert made.render(PROBLEM).messages[0] == Message("system", TUTORIAL)
    assert made.render(PROBLEM).messages[-1] == Message("user", PROBLEM.question)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("fewshot-9", "K from 1 to 8, got 9"),
        ("fewshot-0", "unknown template 'fewshot-0'"),
        ("fewshot-01", "unknown template"),
        ("fewshot", "unknown template 'fewshot': choose from tutorial, plain"),
        ("Tutorial", "unknown template"),
        ("gsm8k-fewshot-33", "K from 1 to 32, got 33"),
        ("gsm8k-fewshot-4", "needs more than 4 GSM8K train problems, got 0"),
    ],
)
def test_names_that_mean_nothing(name: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        template(name)


def test_a_pool_must_be_larger_than_k() -> None:
    with pytest.raises(InputError, match="needs more than 5 GSM8K train problems, got 5"):
        template("gsm8k-fewshot-5", gsm8k_train=pool(5))
    assert len(shots(template("gsm8k-fewshot-5", gsm8k_train=pool(6)), PROBLEM)) == 5


def test_only_draws_need_the_train_problems() -> None:
    assert needs_gsm8k_train("gsm8k-fewshot-3")
    assert not any(map(needs_gsm8k_train, ["tutorial", "plain", "fewshot-3"]))


def test_draws_depend_on_the_content_of_the_problem_alone() -> None:
    made = template("gsm8k-fewshot-4", gsm8k_train=pool(200))
    problems = pool(300)[200:]
    alone = {p.question: made.render(p).messages for p in problems}
    again = template("gsm8k-fewshot-4", gsm8k_train=pool(200))
    for p in reversed(problems):
        renamed = Problem("other/9", p.question, "another solution", p.gold, "template", 7)
        assert again.render(renamed).messages == alone[p.question]
    assert len({m[1:-1] for m in alone.values()}) == len(problems), "different problems get different draws"


def test_draws_are_distinct_and_never_the_problem_itself() -> None:
    train = pool(7)
    made = template("gsm8k-fewshot-6", gsm8k_train=train)
    for problem in train:
        drawn = [question for question, _ in shots(made, problem)]
        assert len(set(drawn)) == 6
        assert problem.question not in drawn


def test_draws_use_the_whole_pool_evenly() -> None:
    made = template("gsm8k-fewshot-2", gsm8k_train=pool(10))
    problems = pool(1010)[10:]
    counts = Counter(question for p in problems for question, _ in shots(made, p))
    # Each exemplar is drawn by 1,000 problems with probability 2/10: within 5 standard deviations of 200.
    assert len(counts) == 10
    assert all(abs(n - 200) < 5 * (1000 * 0.2 * 0.8) ** 0.5 for n in counts.values())


def test_drawn_solutions_end_in_a_box_and_carry_no_annotations() -> None:
    made = template("gsm8k-fewshot-1", gsm8k_train=pool(2))
    ((question, answer),) = shots(made, PROBLEM)
    number = int(question.split()[2])
    assert answer == f"It is {number} + 1 = {number + 1}.\nThe answer is \\boxed{{{number + 1}}}."


def test_drawn_solutions_of_gsm8k(gsm8k_folder: Path) -> None:
    train = gsm8k("train", path=gsm8k_folder).problems
    test = gsm8k("test", path=gsm8k_folder).problems
    made = template("gsm8k-fewshot-8", gsm8k_train=train)
    gold = {p.question: p.gold for p in train}
    for problem in [*test[:100], *train[:100]]:
        for question, answer in shots(made, problem):
            assert question != problem.question
            assert "<<" not in answer
            assert "####" not in answer
            assert answer.endswith(f"The answer is \\boxed{{{gold[question]}}}.")


def test_fingerprint_follows_everything_but_the_problem() -> None:
    train = pool(20)
    other_solution = (Problem("train/0", train[0].question, "In short.\n#### 1", train[0].gold), *train[1:])
    made = [
        template("tutorial"),
        template("plain"),
        template("fewshot-1"),
        template("fewshot-2"),
        template("gsm8k-fewshot-2", gsm8k_train=train),
        template("gsm8k-fewshot-3", gsm8k_train=train),
        template("gsm8k-fewshot-2", gsm8k_train=train[1:]),
        template("gsm8k-fewshot-2", gsm8k_train=other_solution),
    ]
    assert len({t.fingerprint for t in made}) == len(made)
    assert template("gsm8k-fewshot-2", gsm8k_train=pool(20)).fingerprint == made[4].fingerprint


FIRST_RUNS = {
    "tutorial": ("283270e02710a4b4", "1ede3b47df4ca876c117e200a5d72a9774666561906e4e5a33396e4b77b47d83"),
    "plain": ("62a3e9274ebca35c", "55b7fd2828f0fa320517ca8f2202e51576c090bf8a7a3f270e5154bc06b5e5e9"),
    "fewshot-1": ("8f45d39662782457", "2458b8c53e9b4c5a28dca2b7bd608e733ff1d0b30f0dfb7a659cde019b759eac"),
    "fewshot-8": ("2b1e54d7de55e9eb", "46563963cadf371a10833611370f6c69586779ba33cff6f256f061ef965940d2"),
    "gsm8k-fewshot-2": ("9d3e9cde24be9cb3", "cd6a31519eebdd90bcc93e2d91bbba28a52b75a2b6577022e9eb4c92f5641a7f"),
}
"""Fingerprint, and hash of the prompt of `PROBLEM`, from when these templates were code."""


@pytest.mark.parametrize("name", FIRST_RUNS)
def test_runs_made_when_the_templates_were_code_keep_their_identity(name: str) -> None:
    made = template(name, gsm8k_train=pool(20))
    prompt = made.render(PROBLEM)
    assert (made.fingerprint, prompt.prompt_hash) == FIRST_RUNS[name]
    assert (made.name, made.stop, made.text) == (name, (), None)
    # What the fingerprint of a built-in template leaves out.
    assert (prompt.prefix, prompt.separator, prompt.chat_arguments) == ("", None, ())
    for text in ("{{ question }}", " a\n\n", "Ünı 汉字 {% if x %} \\boxed{1}\n"):
        asked = Problem("own/2", text, "#### 12", Fraction(12))
        assert made.render(asked).messages[-1] == Message("user", text)


@pytest.mark.parametrize("name", sorted(path.name for path in BUILT_IN.iterdir()))
def test_a_built_in_template_is_a_file_that_users_can_copy(name: str, tmp_path: Path) -> None:
    copy = tmp_path / f"my-{name}"
    copy.write_bytes((BUILT_IN / name).read_bytes())
    number = name.removesuffix(".toml") + ("-8" if "fewshot" in name else "")
    ours, own = template(number, gsm8k_train=pool(20)), template(str(copy), gsm8k_train=pool(20))
    assert own.render(PROBLEM) == ours.render(PROBLEM)
    assert own.fingerprint != ours.fingerprint


def test_prompt_hash_follows_roles_and_words() -> None:
    tutorial, plain = template("tutorial").render(PROBLEM), template("plain").render(PROBLEM)
    assert tutorial.prompt_hash != plain.prompt_hash
    assert tutorial.prompt_hash == template("tutorial").render(PROBLEM).prompt_hash
