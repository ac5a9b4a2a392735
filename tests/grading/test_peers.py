"""The graders of other programs against what those programs said of the same texts.

`peer_verdicts.json` was made by calling the programs named in it; `test_peers_installed.py` does so again.
"""

import json
from fractions import Fraction
from pathlib import Path

import pytest

from evalsuite.grading.graders import grader
from evalsuite.grading.peers import PEER_GRADERS
from evalsuite.records import Outcome

RECORD = json.loads((Path(__file__).parent / "peer_verdicts.json").read_text(encoding="utf-8"))
LETTERS = {Outcome.CORRECT: "Y", Outcome.INCORRECT: "n", Outcome.NO_ANSWER: "-"}


def verdict(name: str, completion: str, gold: str) -> str:
    exact = Fraction(gold.replace(",", ""))
    return LETTERS[grader(name).grade(completion, exact, f"work\n#### {gold}").outcome]


def test_every_peer_is_recorded():
    assert RECORD["graders"] == [peer.name for peer in PEER_GRADERS]


@pytest.mark.parametrize("column", range(len(PEER_GRADERS)), ids=RECORD["graders"])
def test_verdicts_are_those_of_the_program(column):
    name = RECORD["graders"][column]
    wrong = [
        (completion, gold, verdicts[column])
        for completion, gold, verdicts in RECORD["rows"]
        if verdict(name, completion, gold) != verdicts[column]
    ]
    assert not wrong
    assert {verdicts[column] for *_, verdicts in RECORD["rows"]} == {"Y", "n", "-"}


# How the programs differ, in the order of PEER_GRADERS; Y right, n wrong or no answer.
DISAGREEMENT = [
    ("#### 18", "18", "YYYYYYYn"),
    ("The answer is 18.", "18", "nYYYYYYn"),
    (r"\boxed{18}", "18", "nYnYYYYY"),
    ("<answer>18</answer>", "18", "nYnYYYnn"),
    ("She makes $18.00 per day.", "18", "nnYYYnYn"),
    ("The profit is $60,000", "60000", "nYYYnYYn"),
    ("The answer is 18... ", "18", "nnYYYYYn"),
    ("ANSWER: 60%", "60", "nYnYYYYn"),
    ("20-6-5=9. They bring in 9*2=18 per", "18", "nYnYYYYn"),
    ("ANSWER: 125004", "125000", "nnYYnnnn"),
    ("18 ... 3 more than 15.", "18", "nnnnnnnn"),
    ("#### 18\n\nQuestion: How many legs have 5 cats?", "18", "YnnnYnnn"),
]


@pytest.mark.parametrize(("completion", "gold", "verdicts"), DISAGREEMENT)
def test_the_programs_disagree_as_published(completion, gold, verdicts):
    found = "".join(verdict(peer.name, completion, gold) for peer in PEER_GRADERS)
    assert found.replace("-", "n") == verdicts


def test_a_solution_without_a_mark_falls_back_on_the_gold_number():
    for name in ("lm_eval_flexible", "inspect_match", "evalscope", "opencompass", "olmo_eval"):
        assert grader(name).grade("The answer is 18.", Fraction(18), "9 * 2").outcome is Outcome.CORRECT


def test_inspect_compares_a_gold_answer_that_is_no_number_as_the_end_of_the_text():
    assert grader("inspect_match").grade("It is 1/3.", Fraction(1, 3), "#### 1/3").outcome is Outcome.CORRECT
    assert grader("inspect_match").grade("It is 2/3", Fraction(1, 3), "#### 1/3").outcome is Outcome.INCORRECT
