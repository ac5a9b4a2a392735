"""Generated problems: right over 100,000 of them, apart between splits, the same everywhere."""

import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction

import pytest

from evalsuite.problems.generated import HELD_OUT, TEMPLATES, Split, generated, operands
from evalsuite.problems.solution import Annotation, annotations, evaluate, final_answer, strip_annotations
from evalsuite.problems.templates.draw import Draw
from evalsuite.prompting.exemplars import exemplars
from evalsuite.records import Problem, digest

SIZES: dict[Split, int] = {"train": 60_000, "test": 28_000, "test-operands": 12_000}

# Numbers that a question gives in words ("twice", "a third", "a week", "the four walls") or as knowledge.
WORDS = {1, 2, 3, 4, 5, 6, 7, 8, 24, 60, 100, 1000}
# How often a box is filled is found by trying, so the quotient stands in the text and not in the question.
QUOTIENTS = {"eggs_left_over", "vans_needed"}

BAD_TEXT = re.compile(
    r"[{}]|  | $|^ | [.,?]"
    r"|\b[Aa] (?:[aeio]|hour|8\b|11\b|18\b)"
    r"|\b[Aa]n (?![aeiou8]|hour)"
    r"|(?<![-\d.])\b1 (?!liter|week|person|has|and|are|to|so|=)[a-z]+s\b"
    r"|\$-|\bNone\b|-\d",
    re.MULTILINE,
)


@pytest.fixture(scope="module")
def problems() -> dict[Split, tuple[Problem, ...]]:
    return {split: generated(split, n=n) for split, n in SIZES.items()}


@pytest.fixture(scope="module")
def parsed(problems: dict[Split, tuple[Problem, ...]]) -> list[tuple[Problem, tuple[Annotation, ...]]]:
    return [(problem, annotations(problem.solution)) for problem in every(problems)]


def template_ids(split: Split) -> set[str | None]:
    """Return the templates of a split: they take turns, so a few rounds show all of them."""
    return {p.template_id for p in generated(split, n=200)}


def every(problems: dict[Split, tuple[Problem, ...]]) -> Iterator[Problem]:
    for split in problems:
        yield from problems[split]


def test_every_solution_evaluates_to_its_answer(parsed: list[tuple[Problem, tuple[Annotation, ...]]]) -> None:
    assert len(parsed) == 100_000
    for problem, found in parsed:
        values = [evaluate(a.expression) for a in found]
        assert values == [a.value for a in found], problem
        assert values[-1] == problem.gold == final_answer(problem.solution), problem
        assert 1 <= problem.gold <= 10_000, problem
        assert all(value.denominator == 1 and 1 <= value <= 1_000_000 for value in values), problem
        assert len(found) == problem.n_steps, problem


def test_each_value_is_written_after_its_annotation(problems: dict[Split, tuple[Problem, ...]]) -> None:
    stated = re.compile(r"(\S.*?) = \$?<<(.+?)=(\d+)>>(\d+)")
    for problem in problems["test"]:
        for line in problem.solution.splitlines()[:-1]:
            match = stated.search(line)
            assert match, problem
            assert match[1].replace(" ", "").endswith(match[2]), problem
            assert match[3] == match[4], problem
        assert problem.solution.splitlines()[-1] == f"#### {problem.gold}"


def test_calculations_use_the_question_or_earlier_values(
    parsed: list[tuple[Problem, tuple[Annotation, ...]]],
) -> None:
    for problem, found in parsed:
        uses = [{int(n) for n in re.findall(r"\d+", a.expression)} for a in found]
        shown = set(operands(problem.question))
        assert uses[0] & shown, problem
        known = shown | WORDS
        if problem.template_id in QUOTIENTS:
            known |= uses[0]
        for used, annotation in zip(uses, found, strict=True):
            assert used <= known, problem
            known.add(int(annotation.value))


def test_texts_are_well_formed(problems: dict[Split, tuple[Problem, ...]]) -> None:
    for problem in every(problems):
        text = f"{problem.question}\n{strip_annotations(problem.solution)}"
        assert not (bad := BAD_TEXT.search(text)), (bad, text)
        assert problem.question.endswith("?"), problem
        assert problem.question[0].isupper() or problem.question[0].isdigit(), problem
        assert problem.question.isascii(), problem


@pytest.mark.parametrize(
    "text", ["He has a apple.", "1 apples fell.", "A expedition.", "a {n}", "two  spaces", "for $-3"]
)
def test_the_text_check_sees_mistakes(text: str) -> None:
    assert BAD_TEXT.search(text)


def test_wordings_keep_the_operands() -> None:
    """A wording may spell a number out, but none may show a number that the solution does not explain."""
    for template in TEMPLATES:
        draw = Draw(template.__name__)
        for _ in range(50):
            draft = template(draw)
            assert len(set(draft.variants)) >= 3
            largest = [max(operands(variant)) for variant in draft.variants]
            assert len(set(largest)) == 1, (template.__name__, draft.variants)


def test_questions_are_unique_within_and_across_splits(problems: dict[Split, tuple[Problem, ...]]) -> None:
    assert max(Counter(p.question for p in every(problems)).values()) == 1
    assert max(Counter(p.problem_id for p in every(problems)).values()) == 1
    assert max(Counter(p.content_hash for p in problems["test-operands"]).values()) == 1


def test_templates_are_apart() -> None:
    train, held_out = template_ids("train"), template_ids("test")
    assert not train & held_out
    assert train == (template_ids("test-operands"))
    assert len(train | held_out) == len(TEMPLATES) == 78
    assert 0.25 <= len(HELD_OUT) / len(TEMPLATES) <= 1 / 3
    assert held_out == {template.__name__ for template in HELD_OUT}


def test_steps_are_spread_in_both_parts(problems: dict[Split, tuple[Problem, ...]]) -> None:
    by_template = {p.template_id: p.n_steps for p in every(problems)}
    counts = Counter(by_template.values())
    assert counts[1] >= 12
    assert counts[2] >= 14
    assert all(counts[n] >= 6 for n in range(3, 7))
    assert {by_template[t] for t in template_ids("test")} == {1, 2, 3, 4, 5, 6}
    assert len({(p.template_id, p.n_steps) for p in every(problems)}) == len(TEMPLATES)


def test_operands_of_train_never_occur_in_test_operands(problems: dict[Split, tuple[Problem, ...]]) -> None:
    """Judged by the numbers that the questions show, in whatever wording."""
    own_digits = re.compile(r"every 4|\bday \d|next 3 weeks")  # of single wordings, no operands
    keys: dict[Split, set[tuple[str | None, tuple[int, ...]]]] = {"train": set(), "test-operands": set()}
    for split, found in keys.items():
        found |= {(p.template_id, operands(own_digits.sub("", p.question))) for p in problems[split]}
    assert {template for template, _ in keys["test-operands"]} == (template_ids("train"))
    assert keys["train"] & keys["test-operands"] == set()


def test_templates_take_turns(problems: dict[Split, tuple[Problem, ...]]) -> None:
    for split, n in (("train", 1000), ("test", 77)):
        counts = Counter(p.template_id for p in generated(split, n=n))
        assert max(counts.values()) - min(counts.values()) <= 1
    rounds = len(template_ids("test"))
    first, second = ([p.template_id for p in problems["test"][i : i + rounds]] for i in (0, rounds))
    assert sorted(map(str, first)) == sorted(map(str, second))
    assert first != second


def test_a_larger_call_only_adds_problems(problems: dict[Split, tuple[Problem, ...]]) -> None:
    assert generated("test", n=137) == problems["test"][:137]
    assert generated("train", n=5000, steps=(1, 2))[:100] == generated("train", n=100, steps=(1, 2))


def test_seeds_and_splits_differ(problems: dict[Split, tuple[Problem, ...]]) -> None:
    zero, one = ({p.question for p in generated("train", n=500, seed=s)} for s in (0, 1))
    assert len(zero & one) < 10
    assert generated("test", n=18, seed=7)[17].problem_id == "generated/test/seed7/17"


def test_steps_select_templates() -> None:
    chosen = generated("test", n=60, steps=(1, 2))
    assert {p.n_steps for p in chosen} == {1, 2}
    assert chosen[3].problem_id == "generated/test/steps1-2/seed0/3"


def test_same_problems_in_another_process() -> None:
    code = (
        "from evalsuite.problems.generated import generated\n"
        "from evalsuite.records import digest\n"
        "print(digest([[p.problem_id, p.question, p.solution] for p in generated('train', n=300, seed=5)]))"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "123"}
    shown = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    here = digest([[p.problem_id, p.question, p.solution] for p in generated("train", n=300, seed=5)])
    assert shown.stdout.strip() == here


def test_answers_are_seldom_a_number_of_the_question(problems: dict[Split, tuple[Problem, ...]]) -> None:
    hits = sum(p.gold in operands(p.question) for p in every(problems))
    assert hits / sum(SIZES.values()) < 0.06


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"split": "test", "n": 0}, "n must be at least 1, got 0"),
        ({"split": "dev", "n": 1}, "split must be one of train, test, test-operands, got 'dev'"),
        ({"split": "test", "n": 1, "steps": (7, 9)}, "no template of split 'test' has steps from 7 to 9"),
        ({"split": "test", "n": 1, "steps": (3, 2)}, "no template"),
    ],
)
def test_bad_arguments_are_named(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        generated(**arguments)


def test_running_dry_is_an_error_and_not_a_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evalsuite.problems.generated.MAX_REDRAWS", 0)
    with pytest.raises(ValueError, match="too few different problems for generated/test/seed0/0"):
        generated("test", n=1)


def test_exemplars_are_right_and_boxed_once() -> None:
    assert len(exemplars()) == len({q for q, _ in exemplars()}) == 8
    for question, solution in exemplars():
        calculations = re.findall(r"(\d+(?: [-+*/] \d+)+) = (\d+)", solution)
        assert 1 <= len(calculations) <= 4
        assert all(evaluate(expression) == Fraction(value) for expression, value in calculations)
        assert solution.endswith(f"The answer is \\boxed{{{calculations[-1][1]}}}.")
        assert solution.count("\\boxed") == 1
        assert "<<" not in solution
        assert question.endswith("?")
