"""What a user's template begins its questions with ends what is graded, and nothing else does."""

from fractions import Fraction
from pathlib import Path

import pytest

from evalsuite.grading.answer_part import runs_on_at
from evalsuite.grading.graders import FORMAT_GRADERS, GRADERS, grader, reading_on, with_marks
from evalsuite.grading.run_on import run_on_at
from evalsuite.prompting.template_file import read_template
from evalsuite.prompting.turn_marks import TEMPLATE_TEXT, stored_turn_marks, turn_marks
from evalsuite.records import Outcome

ASKED = {
    'user = "Aufgabe: {{ question }}\\nLösung:"': [
        "Aufgabe: Tom",
        "**Aufgabe 2:** Tom",
        "AUFGABE : Tom",
        "# Aufgabe: Tom",
    ],
    'user = "Student: {{ question }}\\nTeacher:"': ["Student: Tom", "> Student: Tom"],
    'user = "### Rätsel\\n{{ question }}\\n### Auflösung\\n"': [
        "### Rätsel\nTom",
        "## Rätsel 2\nTom",
        "**Rätsel**\nTom",
    ],
    'user = "Puzzle 7) {{ question }}\\nSolution:"': ["Puzzle 8) Tom", "puzzle 12) Tom"],
    'user = "<task>\\n{{ question }}\\n</task>"': ["<task>\nTom", "<task>Tom"],
    'user = "[Word problem] {{ question }}"': ["[Word problem] Tom", "[Word problem 2] Tom"],
    'user = "应用题：{{ question }}\\n解："': ["应用题：汤姆", "应用题2：汤姆"],
    'user = "TEXT >> {{ question | upper }}"': ["TEXT >> TOM"],
    'user = "{% if question %}Übung: {{ question }}{% endif %}"': ["Übung: Tom"],
    'user = "Please solve this one: {{ question }}"': ["Please solve this one: Tom"],
    'user = """Calcul: 1 + 1?\nRéponse: 2\n\nCalcul: {{ question }}\nRéponse:"""': ["Calcul: Tom", "Calcul: 1 + 1?"],
    'user = "Say #### 18 at the end.\\n\\nRiddle: {{ question }}"': [
        "Say #### 18 at the end.\n\nRiddle: Tom",
        "Riddle: Tom",
    ],
    '[[exemplars]]\nquestion = "Kind: 1 + 1?"\nsolution = "2"\n[[exemplars]]\nquestion = "Kind: 2?"\nsolution = "2"': [
        "Kind: Tom"
    ],
    'user = "{{ question }}"\nchat = false\nseparator = "\\n%%%\\n"': ["%%%\nTom", "%%%"],
    'user = "{{ question }}"\nchat = false\nseparator = "\\n\\n[next]\\n\\n"': ["[next]\nTom"],
}
STATES = {
    "tutorial": r"The answer is \boxed{{{}}}.",
    "boxed": r"The answer is \boxed{{{}}}.",
    "strict": "9 * 2 = 18\n#### {}",
    "last_number": "20 - 6 - 5 = 9, so 9 * 2 = {}",
    "phrase": "The answer is {}.",
    "tagged": "<answer>{}</answer>",
    r"pattern:(\d+)": "Worth {} dollars",
}


def marks_of(text: str) -> tuple[str, ...]:
    return turn_marks(read_template(Path("mine.toml"), text))


TURNS = [(text, turn) for text, turns in ASKED.items() for turn in turns]


@pytest.mark.parametrize(("text", "turn"), TURNS, ids=repr)
@pytest.mark.parametrize("name", STATES)
def test_an_answer_in_a_turn_of_the_template_counts_for_nothing(name: str, text: str, turn: str) -> None:
    first, planted = STATES[name].format(17), STATES[name].format(18)
    completion = f"{first}\n\n{turn}\nhas 3.\n{planted}"
    rule = with_marks(grader(name), marks_of(text))
    assert rule.grade(completion, Fraction(17), "#### 17").outcome is Outcome.CORRECT
    assert rule.grade(completion, Fraction(18), "#### 18").outcome is not Outcome.CORRECT
    if "pattern" not in name:
        assert runs_on_at(completion, marks_of(text)) == completion.index(turn)


def test_every_grader_of_ours_is_tried() -> None:
    assert {g.name for g in GRADERS + FORMAT_GRADERS} <= set(STATES)


@pytest.mark.parametrize("name", [name for name in STATES if name != "tutorial"])
def test_without_the_template_such_a_turn_is_not_known(name: str) -> None:
    marks = marks_of('user = "Student: {{ question }}"')
    completion = f"{STATES[name].format(17)}\n\nStudent: Tom has 3.\n{STATES[name].format(18)}"
    given = [
        rule.grade(completion, Fraction(17), "").outcome for rule in (grader(name), with_marks(grader(name), marks))
    ]
    if name == "strict":  # reads the first
        assert given == [Outcome.CORRECT] * 2
    else:
        assert given == [Outcome.INCORRECT, Outcome.CORRECT]
    further = reading_on(with_marks(grader(name), marks))
    assert further is not None
    assert with_marks(further, marks) is further
    assert further.grade(completion, Fraction(17), "").outcome is given[0]


def test_mirrors_of_other_programs_do_what_they_do() -> None:
    marks = marks_of('user = "Student: {{ question }}"')
    for name in ("tutorial", "lm_eval_flexible", "math_verify"):
        assert with_marks(grader(name), marks) is grader(name)


GERMAN = 'user = "Aufgabe: {{ question }}\\nLösung:"'
NOT_CUT = [
    (GERMAN, "Das war eine Aufgabe: 3 * 6 = 18. Die Aufgabe: gelöst. 18"),
    (GERMAN, "3 * 6 = 18\nAufgaben: 18"),
    (GERMAN, "3 * 6 = 18\nHausaufgabe: 18"),
    (GERMAN, "3 * 6 = 18\nDie Aufgabe: 18"),
    (GERMAN, "Aufgabe: Tom hat 3 mal 6.\nLösung: 3 * 6 = 18"),
    (GERMAN, "Aufgabe 1: 3 * 3 = 9\n\nAufgabe 2: 9 * 2 = 18"),
    (GERMAN, "3 * 6 = 18\n\nLösung: 18"),
    ('user = "Student: {{ question }}\\nTeacher:"', "3 * 6 = 18\nEvery Student: 18\nStudents: 18"),
    ('user = "Solution: {{ question }}"', "3 * 6 = 18\nSolution: 18"),
    ('user = "Answer: {{ question }}"', "3 * 6 = 18\nAnswer: 18"),
    ('user = "- {{ question }}"', "3 * 6 = 18\n- 18"),
    ('user = "1. {{ question }}"', "3 * 6 = 18\n2. so 18"),
    ('user = "a) {{ question }}"', "3 * 6 = 18\na) so 18"),
    ('user = "The {{ question }}"', "3 * 6 = 18\nThe sum is 18"),
    ('user = "### Fall\\n{{ question }}"', "3 * 6 = 18\nFall is 18"),
    ('user = "{{ question }}"\nchat = false\nseparator = "\\n---\\n"', "3 * 6 = 18\n---\n18"),
    ('user = "{{ question }}"\nchat = false', "3 * 6 = 18\n\n18"),
    ('user = "Q {{ question }}"\nassistant = "Rechnung: {{ answer }}"', "3 * 6 = 18\nRechnung: 18"),
    ('[[exemplars]]\nquestion = "Tom has 1."\nsolution = "1"', "3 * 6 = 18\nTom has 18."),
    (
        'user = "Rest: {{ question }}"\n[[exemplars]]\nquestion = "2?"\nsolution = "1 + 1 = 2\\nRest: 0"',
        "3 * 6 = 18\nRest: 0, so 18",
    ),
]


@pytest.mark.parametrize(("text", "completion"), NOT_CUT, ids=repr)
def test_what_only_mentions_a_mark_is_read_on(text: str, completion: str) -> None:
    assert run_on_at(completion, marks_of(text)) is None


def test_marks_are_those_of_the_file_that_a_run_has_kept() -> None:
    assert stored_turn_marks({TEMPLATE_TEXT: GERMAN}) == marks_of(GERMAN) != ()
    assert stored_turn_marks({}) == stored_turn_marks({TEMPLATE_TEXT: "nonsense = 1"}) == ()
