"""The graders of other programs against the programs themselves, where they are installed.

Each test is skipped where its program cannot be imported or is of another version than the one repeated here.
olmo-eval is not on a package index: its verdicts stand in `peer_verdicts.json` only.
"""

import json
import logging
import random
from collections.abc import Callable
from fractions import Fraction
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

from evalsuite.grading.graders import grader
from evalsuite.records import Outcome

pytestmark = pytest.mark.filterwarnings("ignore")

ROWS = json.loads((Path(__file__).parent / "peer_verdicts.json").read_text(encoding="utf-8"))["rows"]
RECORDED = [(completion, gold) for completion, gold, _ in ROWS]
PIECES = [
    "1", "2", "18", "0", ".", ",", "-", "$", "#### ", " ", "\n", "a", "+", "Question:", "%", "}", "=", "*", "/",
    "\\", "_", "!", "٣", "½", "²", "−", "e", "'", "(", ")", "€", "Answer: ", "1,450", "18.00",
]  # fmt: skip


def scrambled(n: int) -> list[tuple[str, str]]:
    draw = random.Random(20261122)  # noqa: S311 - test texts
    return [
        ("".join(draw.choices(PIECES, k=draw.randrange(1, 14))), draw.choice(["18", "1", "12", "1450", "-1", "0"]))
        for _ in range(n)
    ]


def solution(gold: str) -> str:
    return f"work\n#### {gold}"


def require(package: str, prefix: str) -> None:
    try:
        found = version(package)
    except PackageNotFoundError:
        pytest.skip(f"{package} is not installed")
    if not found.startswith(prefix):
        pytest.skip(f"{package} is {found}; its version {prefix} is the one repeated here")


def disagreements(
    name: str, program: Callable[[str, str], bool], texts: list[tuple[str, str]]
) -> list[tuple[str, str, bool]]:
    ours = grader(name)
    found = []
    for completion, gold in texts:
        said = program(completion, gold)
        grade = ours.grade(completion, Fraction(gold.replace(",", "")), solution(gold))
        if (grade.outcome is Outcome.CORRECT) != said:
            found.append((completion, gold, said))
    return found


@pytest.mark.parametrize(
    ("name", "pattern", "group"),
    [
        ("lm_eval_strict", r"#### (\-?[0-9\.\,]+)", 0),
        ("lm_eval_flexible", r"(-?[$0-9.,]{2,})|(-?[0-9]+)", -1),
    ],
)
def test_lm_eval(name, pattern, group):
    require("lm-eval", "0.")
    extraction = pytest.importorskip("lm_eval.filters.extraction")
    metrics = pytest.importorskip("lm_eval.api.metrics")
    regex = extraction.RegexFilter(regex_pattern=pattern, group_select=group)

    def program(completion: str, gold: str) -> bool:
        [[filtered]] = regex.apply([[completion]], [{}])
        score = metrics.exact_match_hf_evaluate(
            predictions=[filtered],
            references=[solution(gold)],
            regexes_to_ignore=[",", "\\$", "(?s).*#### ", "\\.$"],
            ignore_case=True,
        )
        return bool(score["exact_match"])

    assert not disagreements(name, program, RECORDED + scrambled(3000))


def test_inspect():
    require("inspect-ai", "0.3.")
    common = pytest.importorskip("inspect_ai.scorer._common")
    if not hasattr(common, "_clean_numeric_word"):
        pytest.skip("this inspect-ai does not trim punctuation yet; 0.3.285 does")

    def program(completion: str, gold: str) -> bool:
        return bool(common.match_str(completion, gold, location="end", numeric=True)[1])

    assert not disagreements("inspect_match", program, RECORDED + scrambled(3000))


def test_evalscope():
    require("evalscope", "1.10")
    parser = pytest.importorskip("evalscope.metrics.math.parser")

    def program(completion: str, gold: str) -> bool:
        extracted = parser.extract_answer(completion)
        return bool(parser.math_equal(extracted, parser.strip_answer_string(gold)))

    assert not disagreements("evalscope", program, RECORDED)


def test_opencompass():
    require("opencompass", "0.5")
    module = pytest.importorskip("opencompass.datasets.gsm8k")

    def program(completion: str, gold: str) -> bool:
        predicted = module.gsm8k_postprocess(completion)
        return bool(module.Gsm8kEvaluator().is_equal(predicted, module.gsm8k_dataset_postprocess(solution(gold))))

    assert not disagreements("opencompass", program, RECORDED + scrambled(3000))


def test_math_verify():
    require("math-verify", "0.9")
    package = pytest.importorskip("math_verify")
    logging.getLogger("math_verify").setLevel(logging.CRITICAL)

    def program(completion: str, gold: str) -> bool:
        return bool(package.verify(package.parse(gold), package.parse(completion)))

    assert not disagreements("math_verify", program, RECORDED)


def test_trl():
    require("math-verify", "0.9")
    require("trl", "1.")
    rewards = pytest.importorskip("trl.rewards")
    logging.getLogger("math_verify").setLevel(logging.CRITICAL)

    def program(completion: str, gold: str) -> bool:
        [reward] = rewards.accuracy_reward([[{"role": "assistant", "content": completion}]], [gold])
        return reward == 1.0

    assert not disagreements("trl_accuracy_reward", program, RECORDED)
