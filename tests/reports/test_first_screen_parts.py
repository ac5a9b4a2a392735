"""What the first screen is made of: squares, the line of the difference, flipped problems, sliders, runs."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from itertools import accumulate

import pytest

from evalsuite.findings import Column, CompletionView, Findings, Light, ProblemView, Table
from evalsuite.stats.decision import Verdict
from evalsuite.wording.language import language
from reports.first_screen import first_screen, headline_range, opening
from reports.flips import flips
from reports.sliders import sliders
from reports.squares import changes, field_blocks, squares
from reports.strip import axis, strip
from reports.table_of_runs import run_rows
from reports.verdicts import verdict_view


def asked(outcomes: str, group: str = "") -> ProblemView:
    """Return a problem from outcomes such as ``"01 11"``: the completions of the base, then those of the new run."""
    named = {"0": "incorrect", "1": "correct", "-": "no_answer", "?": "score 3"}
    views = tuple(
        CompletionView(label, f"So it is {mark}7 in all.", None if mark == "-" else f"{mark}7", named[mark], "stop", 9)
        for label, marks in zip(("base", "new"), outcomes.split(), strict=True)
        for mark in marks
    )
    return ProblemView(f"p{outcomes}", "How many?", "17", views, group=group)


def test_looks_are_what_became_of_a_problem() -> None:
    found = changes([asked("0 1"), asked("1 0"), asked("1 1"), asked("- 0")])
    assert [(one.look, one.strength) for one in found] == [("won", 1), ("lost", 1), ("both", 1), ("neither", 1)]
    several = changes([asked("0000 0001"), asked("1111 1100"), asked("0111 1110"), asked("0001 0100")])
    assert [(one.look, one.strength) for one in several] == [("won", 0.25), ("lost", 0.5), ("both", 1), ("neither", 1)]


def test_there_is_no_field_where_a_square_has_no_meaning() -> None:
    alone = replace(asked("0 1"), completions=asked("0 1").completions[:1])
    third = replace(
        asked("0 1"), completions=(*asked("0 1").completions, replace(asked("0 1").completions[0], label="x"))
    )
    for problems in ((), (alone,), (asked("0 1"), alone), (third,), (asked("? 1"),)):
        assert changes(problems) == ()
        assert squares(problems, key="a", title="t") is None


def test_the_field_is_sorted_and_templates_stand_together() -> None:
    problems = [asked("0 0"), asked("1 0"), asked("0 1"), asked("1 1"), asked("0 1")]
    blocks = field_blocks(changes(problems))
    assert [[square.place for square in block.squares] for block in blocks] == [[2, 4], [1], [3], [0]]
    grouped = [asked("0 0", "sad"), asked("1 0", "sad"), asked("0 1", "glad"), asked("0 0", "glad")]
    blocks = field_blocks(changes(grouped))
    assert [block.name for block in blocks] == ["glad", "sad"]
    assert [[square.place for square in block.squares] for block in blocks] == [[2, 3], [1, 0]]
    drawn = squares(grouped, key="a", title="t")
    assert drawn is not None
    assert "template" in drawn.note
    assert [(one.look, one.count) for one in drawn.legend] == [
        ("won", "1"),
        ("lost", "1"),
        ("both", "0"),
        ("neither", "2"),
    ]


def test_the_squares_say_which_problem_each_is(small: Findings) -> None:
    drawn = squares(small.problems, key="a", title="t")
    assert drawn is not None
    for picture in (drawn.wide, drawn.narrow):
        steps = [map(int, found.split()) for found in re.findall(r'data-places="([^"]*)"', picture)]
        places = [place for path in steps for place in accumulate(path)]
        assert sorted(places) == list(range(len(small.problems)))
        for path, found in re.findall(r' d="([^"]*)" data-places="([^"]*)"', picture):
            assert path.count("M") == len(found.split())


def test_thirteen_hundred_problems_of_eight_completions_take_little_room() -> None:
    problems = [asked(f"{i % 256:08b} {(i * 7) % 256:08b}") for i in range(1319)]
    drawn = squares(problems, key="a", title="t")
    assert drawn is not None
    assert len(drawn.wide) + len(drawn.narrow) < 50_000
    assert "stroke-opacity" in drawn.wide


@pytest.mark.parametrize(
    ("values", "ticks"),
    [([0.02, 0.05], (0.0, 0.01, 0.02, 0.03, 0.04, 0.05)), ([-0.45, 0.72], (-0.5, -0.25, 0.0, 0.25, 0.5, 0.75)),
     ([0.0], (-0.01, 0.0, 0.01)), ([-1.0, 1.0], (-1.0, -0.5, 0.0, 0.5, 1.0)),
     ([float("nan"), 0.1], (0.0, 0.02, 0.04, 0.06, 0.08, 0.1))],
)  # fmt: skip
def test_the_line_holds_zero_and_every_value_between_round_ticks(values: list[float], ticks: tuple[float, ...]) -> None:
    on = axis(values)
    assert on.ticks == pytest.approx(ticks)
    places = [on.place(value) for value in sorted([0.0, *(v for v in values if v == v)])]
    assert places == sorted(places)
    assert 4 <= places[0] <= places[-1] <= 96
    drawn = strip((0.0, 0.0, 0.0), on, key="k", words="w")
    assert drawn.count("<text") == len(ticks)
    assert drawn.count("zero") == 1


def test_five_problems_that_flipped_show_the_answer_that_was_read() -> None:
    problems = [asked("0 1")] * 12 + [asked("1 0")] * 3 + [asked("1 1")] * 9
    found = flips(problems, changes(problems))
    assert [one.look for one in found] == ["won"] * 4 + ["lost"]
    assert [side.read for side in found[0].sides] == ["07", "17"]
    assert found[0].sides[1].before + found[0].sides[1].read + found[0].sides[1].after == "So it is 17 in all."
    assert [side.good for side in found[4].sides] == [True, False]
    few = [asked("- 1"), asked("1 0")]
    shown = flips(few, changes(few))
    assert [one.number for one in shown] == [1, 2]
    assert shown[0].sides[0].read == ""
    assert flips([asked("1 1")], changes([asked("1 1")])) == ()
    lost = [asked("1 0")] * 7
    assert [one.look for one in flips(lost, changes(lost))] == ["lost"] * 5


def with_steps(small: Findings) -> Findings:
    columns = (
        Column("n", "Problems", "count"), Column("low", "Low", "difference"), Column("value", "D", "difference"),
        Column("high", "High", "difference"), Column("verdict", "Verdict", "verdict"),
        Column("resolved_gain", "Gain", "proportion"), Column("resolved_loss", "Loss", "proportion"),
        Column("open", "Open", "proportion"),
    )  # fmt: skip
    rows = (
        (5, -0.4, 0.2, 0.7, Verdict("unresolved"), 0.0, 0.0, 1.0),
        (10, -0.2, 0.1, 0.5, Verdict("unresolved"), 0.25, 0.0, 0.75),
        (20, 0.02, 0.2, 0.38, Verdict("resolved gain"), 1.0, 0.0, 0.0),
    )
    return replace(small, tables=(*small.tables, Table("prefixes", "First", columns, rows)))


def test_every_step_of_a_slider_says_what_its_row_says(small: Findings) -> None:
    found = with_steps(small)
    (slider,) = sliders([found], key="a1")
    steps = json.loads(slider.steps)
    assert [step[0] for step in steps] == ["5", "10", "20"]
    assert [step[4] for step in steps] == [5, 10, 20]
    assert steps[1][5] == (
        "The first 10 problems: +10 pp (−20 to +50 pp), unresolved. "
        "Of all sets of so many, 25% show a gain, 0% a loss, 75% leave it open."
    )
    assert all(4 <= low <= value <= high <= 96 for _, low, value, high, _, _ in steps)
    assert slider.last == 2
    assert sliders([small], key="a1") == ()
    # Scores, and several runs, have no line to move.
    assert sliders([replace(found, figures=())], key="a1") == ()


def test_the_token_limit_has_a_slider_where_it_was_cut(small: Findings) -> None:
    names = (("label", "text"), ("x", "tokens"), ("y", "difference"), ("low", "difference"), ("high", "difference"))
    columns = tuple(Column(key, key, kind) for key, kind in names)  # type: ignore[arg-type]
    limits = Table(
        "token_limit_difference", "D", columns, (("GRPO", 100, 0.0, -0.1, 0.1), ("GRPO", 300, 0.2, 0.1, 0.3))
    )
    curve = Table("token_limit_curve", "C", columns, (("base", 300, 0.4, 0.2, 0.6), ("GRPO", 300, 0.6, 0.4, 0.8)))
    beside = replace(small, name="truncation", tables=(limits, curve), figures=())
    (slider,) = sliders([small, beside], key="a1")
    words = [step[5] for step in json.loads(slider.steps)]
    assert words == [
        "At 100 tokens: 0 pp (−10 to +10 pp).",
        "At 300 tokens: +20 pp (+10 to +30 pp). base 40%, GRPO 60%.",
    ]


def test_the_base_stands_first_and_the_best_run_next() -> None:
    accuracy = Table(
        "accuracy", "A",
        (Column("label", "R"), Column("k", "k", "count"), Column("n", "n", "count"), Column("value", "v")),
        (("base", 4, 10, 0.4), ("worse", 3, 10, 0.3), ("better", 6, 10, 0.6)),
    )  # fmt: skip
    limits = tuple(Column(key, key, "difference") for key in ("low", "value", "high"))
    difference = Table("difference", "D", (Column("label", "Run"), *limits), (
        ("worse", -0.3, -0.1, 0.1), ("better", 0.05, 0.2, 0.35)), "How.")  # fmt: skip
    decided = (Column("label", "Run"), Column("verdict", "Verdict"))
    verdicts = Table("verdicts", "V", decided, (("worse", Verdict("unresolved")), ("better", Verdict("resolved gain"))))
    rows, note = run_rows(accuracy, difference, verdicts)
    assert [row.label for row in rows] == ["base", "better", "worse"]
    assert (rows[0].difference, str(rows[0].drawn), rows[0].solved) == ("", "", "4 of 10")
    assert (rows[1].difference, rows[1].limits) == ("+20 pp", "(+5 to +35 pp)")
    assert [row.verdict.tone if row.verdict else "" for row in rows] == ["", "gain", "open"]
    assert note == "How."
    with language("zh"):
        assert run_rows(accuracy, difference, verdicts)[0][1].limits == "（+5 至 +35 个百分点）"
    assert run_rows(accuracy, difference, None) == ((), "")
    assert {row.flipped for row in rows} == {""}
    counts = Column("cell", "c"), Column("count", "n", "count")
    moved = [Table(name, "P", counts, (("both", 1), ("won", won), ("lost", lost), ("neither", 0)))
             for name, won, lost in (("paired", 0, 1), ("paired_2", 3, 1))]  # fmt: skip
    rows, _ = run_rows(accuracy, difference, verdicts, paired=moved)
    assert [row.flipped for row in rows] == ["", "3 / 1", "0 / 1"]


def test_the_one_verdict_takes_the_lights_into_account(small: Findings) -> None:
    gain = Verdict("resolved gain")
    assert verdict_view(gain, lights=[Light("grader", "no", "")]) == verdict_view(gain)
    turned = verdict_view(gain, lights=[Light("grader", "yes", "")])
    assert turned is not None
    assert (turned.label, turned.tone) == ("depends on the grader", "open")
    at_limit = verdict_view(gain, lights=[Light("token limit", "unknown", "")])
    assert at_limit is not None
    assert (at_limit.label, at_limit.tone) == ("resolved gain at this token limit", "gain")


def test_each_light_opens_a_part_that_is_there(small: Findings) -> None:
    screen = opening(first_screen(small, key="a1"), ["a1-grader", "a1-token_limit"], key="a1")
    assert [light.part for light in screen.lights] == ["a1-grader", "a1-token_limit", "a1-setup"]
    assert [light.word for light in screen.lights] == ["no", "not known", "not known"]
    assert len({light.sign for light in screen.lights}) == 2


def test_one_new_run_has_a_difference_in_words(small: Findings, make_findings: Callable[..., Findings]) -> None:
    found = headline_range(small)
    assert found is not None
    row = small.table("difference").records()[0]
    assert (found.low, found.value, found.high) == (row["low"], row["value"], row["high"])
    assert found.limits.startswith("95% CI ")
    assert headline_range(replace(small, figures=())) is None
