"""The split of a difference on stores where format, stopping and solving were planted one by one."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from forbidden_words import forbidden_words
from planted import Planted, boxed, plain, planted, problem
from stores import store_with

from analyses import grader_agreement
from analyses.attribution import analysis as attribution
from analyses.catalogue import find
from analyses.runs.stored_texts import continued, read_texts
from evalsuite.errors import InputError
from evalsuite.findings import Findings
from evalsuite.records import StopReason
from evalsuite.settings import ComparisonSettings
from evalsuite.store.runs import find_run, score_matrix

RUN_ON = "running on (invented questions)"
FORMAT, STOPPING, SOLVING = "format and extraction (grader)", "stopping (token limit)", "solving"


def parts(found: Findings) -> dict[str, float]:
    table = found.table("attribution")
    assert not forbidden_words(" ".join((found.sentence, *found.notes, *(t.note for t in found.tables))))
    return {str(row["label"]): float(row["value"] or 0) for row in table.records()}


def test_a_planted_format_gain_is_found(tmp_path: Path) -> None:
    # Both runs solve the same 60 of 100 problems; the base boxes its answer to a third of them.
    base = [[boxed(i, right=i < 60) if i % 3 == 0 else plain(i, right=i < 60)] for i in range(100)]
    new = [[boxed(i, right=i < 60)] for i in range(100)]
    with planted(tmp_path, {"base": Planted(base), "new": Planted(new)}) as store:
        found = attribution.analyse(store, ("base", "new"), seed=1)
    assert parts(found) == {FORMAT: 0.4, SOLVING: 0.0, "reported difference": 0.4}
    assert found.estimates["format"].low > 0.25
    assert found.estimates["solving"].low < 0 < found.estimates["solving"].high
    assert "The gain is a matter of format; a gain in solving is not resolved." in found.sentence
    assert any("the token limit truncated no completion" in note for note in found.notes)


def test_it_stays_quiet_where_nothing_was_planted(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    texts = [
        [[(boxed if own else plain)(i, right=bool(right))] for i, (own, right) in enumerate(rng.random((100, 2)) < 0.5)]
        for _ in range(2)
    ]
    with planted(tmp_path, {"base": Planted(texts[0]), "new": Planted(texts[1])}) as store:
        found = attribution.analyse(store, ("base", "new"), seed=1)
    assert "unresolved" in found.sentence
    assert "The gain is a matter of" not in found.sentence
    assert all(e.low < 0 < e.high for e in found.estimates.values())
    own = parts(found)
    assert own[FORMAT] + own[SOLVING] == pytest.approx(own["reported difference"], abs=1e-12)


def test_a_planted_solving_gain_is_left_over(tmp_path: Path) -> None:
    base = [[boxed(i, right=i < 30)] for i in range(100)]
    new = [[boxed(i, right=i < 60)] for i in range(100)]
    with planted(tmp_path, {"base": Planted(base), "new": Planted(new)}) as store:
        found = attribution.analyse(store, ("base", "new"))
    assert parts(found) == {FORMAT: 0.0, SOLVING: 0.3, "reported difference": 0.3}
    assert found.estimates["format"].method == "bounded_mean"
    assert "A gain in solving is resolved." in found.sentence


def test_a_planted_stopping_gain_is_found_through_the_longer_run(tmp_path: Path) -> None:
    base = [["We add up, and then [cut]"] if i < 25 else [boxed(i, right=i < 60)] for i in range(100)]
    longer = [["We add up, and then " + boxed(i)] if i < 25 else own for i, own in enumerate(base)]
    new = [[boxed(i, right=i < 60)] for i in range(100)]
    runs = {"base": Planted(base), "new": Planted(new), "longer": Planted(longer, cap=900, parent="base")}
    with planted(tmp_path, runs) as store:
        found = attribution.analyse(store, ("base", "new"))
    assert parts(found) == {FORMAT: 0.0, STOPPING: 0.25, SOLVING: 0.0, "reported difference": 0.25}
    counts = {"truncated": 25, "continued": 25, "still_truncated": 0, "other": 0, "sources": "longer"}
    assert found.table("attribution_truncated").record(label="base") == {"label": "base", **counts}
    assert "The gain is a matter of stopping" in found.sentence


def test_without_a_longer_run_stopping_is_not_told_from_solving(tmp_path: Path) -> None:
    base = [["We add up, and then [cut]"] if i < 25 else [boxed(i, right=i < 60)] for i in range(100)]
    new = [[boxed(i, right=i < 60)] for i in range(100)]
    with planted(tmp_path, {"base": Planted(base), "new": Planted(new)}) as store:
        found = attribution.analyse(store, ("base", "new"))
    assert parts(found) == {FORMAT: 0.0, "solving and stopping, not separable": 0.25, "reported difference": 0.25}
    assert any(
        "25 of 25 truncated completions of base the store holds no longer version" in note for note in found.notes
    )
    assert any("lie between 0.0 pp and +25.0 pp" in note for note in found.notes)


def test_a_cut_text_that_is_right_so_far_may_still_end_wrong(tmp_path: Path) -> None:
    base = [[f"So we have {i + 2}[cut]" if i < 5 else boxed(i, right=i < 10)] for i in range(20)]
    new = [[boxed(i, right=i < 10)] for i in range(20)]
    with planted(tmp_path, {"base": Planted(base), "new": Planted(new)}) as store:
        found = attribution.analyse(store, ("base", "new"))
    assert parts(found)[FORMAT] == 0.25
    assert any("lie between 0.0 pp and +25.0 pp" in note for note in found.notes)


def test_unknown_stop_reasons_are_not_taken_for_finished(tmp_path: Path) -> None:
    texts = [[boxed(i)] for i in range(10)]
    runs = {"base": Planted(texts, reason=StopReason.UNKNOWN), "new": Planted(texts)}
    with planted(tmp_path, runs) as store:
        found = attribution.analyse(store, ("base", "new"))
    assert "base did not record which completions the token limit truncated" in " ".join(found.notes)
    assert "solving and stopping, not separable" in parts(found)


def test_all_three_at_once_against_the_formula_by_hand(tmp_path: Path) -> None:
    # Categories of the base on problems that the new run always boxes rightly: a cut text may end on the right number
    # by luck, and its longer version may box it, state it without a box, or get it wrong.
    kinds = {
        "boxed": (boxed, None, 1, 1, 1, 1),
        "plain": (plain, None, 0, 1, 0, 1),
        "wrong": (lambda i: boxed(i, right=False), None, 0, 0, 0, 0),
        "cut, then boxed": (lambda _: "Adding[cut]", lambda i: "Adding" + boxed(i), 0, 0, 1, 1),
        "lucky cut, then plain": (lambda i: f"So {i + 2}[cut]", lambda i: f"So {i + 2} is {i + 2}", 0, 1, 0, 1),
        "lucky cut, then wrong": (lambda i: f"So {i + 2}[cut]", lambda i: f"So {i + 2} + 1 is {i + 3}", 0, 1, 0, 0),
        "cut, then wrong": (lambda _: "Adding[cut]", lambda _: "Adding gives 7 x", 0, 0, 0, 0),
    }
    rng = np.random.default_rng(11)
    drawn = [list(kinds.values())[k] for k in rng.integers(0, len(kinds), 80)]
    base = [[kind[0](i)] for i, kind in enumerate(drawn, 100)]
    longer = [[(kind[1] or kind[0])(i)] for i, kind in enumerate(drawn, 100)]
    new = [[boxed(i)] for i in range(100, 180)]
    runs = {"base": Planted(base, weights="w"), "longer": Planted(longer, cap=600, weights="w"), "new": Planted(new)}
    with planted(tmp_path, runs, problems=[problem(i) for i in range(100, 180)]) as store:
        found = attribution.analyse(store, ("base", "new"))
    reported, lenient, finished, both = (1 - np.mean([kind[c] for kind in drawn]) for c in range(2, 6))
    own = parts(found)
    assert own[FORMAT] == pytest.approx(((reported - lenient) + (finished - both)) / 2)
    assert own[STOPPING] == pytest.approx(((reported - finished) + (lenient - both)) / 2)
    assert own[SOLVING] == pytest.approx(both)
    assert sum(own[k] for k in (FORMAT, STOPPING, SOLVING)) == pytest.approx(own["reported difference"], abs=1e-12)
    settings = found.table("attribution_settings")
    assert settings.column("value") == pytest.approx((reported, lenient, finished, both))


TURN = "\n\nQuestion: What is 1 + 0?\nAnswer: The answer is \\boxed{1}."


def run_on_runs(*, cut: str = "") -> dict[str, Planted]:
    """Both solve the same 60 of 100 problems; the base then writes and answers a question of its own."""
    base = [[boxed(i, right=i < 60) + TURN + cut] for i in range(100)]
    return {"base": Planted(base), "new": Planted([[boxed(i, right=i < 60)] for i in range(100)])}


def test_a_planted_run_on_is_a_part_of_its_own_under_a_rule_that_reads_on(tmp_path: Path) -> None:
    with planted(tmp_path, run_on_runs(cut="[cut]"), grader="lm_eval_flexible") as store:
        found = attribution.analyse(store, ("base", "new"))
    assert parts(found) == pytest.approx({RUN_ON: 0.6, FORMAT: 0.0, SOLVING: 0.0, "reported difference": 0.6})
    assert found.estimates["run_on"].low > 0.4
    assert "The gain is one of running on: a gain in solving is not resolved." in found.sentence
    # The limit ended every one of them, and truncated no answer.
    assert found.table("attribution_run_on").record(label="base") == {
        "label": "base", "run_on": 100, "share": 1.0, "at_limit": 100
    }  # fmt: skip
    assert any("the token limit truncated no completion" in note for note in found.notes)
    assert not [table for table in found.tables if table.name == "attribution_truncated"]


def test_our_graders_leave_nothing_to_running_on_and_say_what_reading_on_would_have_said(tmp_path: Path) -> None:
    with planted(tmp_path, run_on_runs()) as store:
        found = attribution.analyse(store, ("base", "new"))
    assert set(parts(found).values()) == {0.0}
    assert any("read on into invented questions, the difference would have been +60.0 pp" in n for n in found.notes)
    assert found.table("attribution_settings").column("value")[-1] == pytest.approx(0.6)


def test_running_on_is_told_apart_from_format_and_stopping(tmp_path: Path) -> None:
    # Under a rule that reads the last number to the end: 20 run on, 30 are truncated before their answer, 10 end on
    # another number than the one they box, and the rest ends as it should.
    kinds = [boxed(0) + TURN] * 20 + ["Adding[cut]"] * 30 + [boxed(0) + " Bye 7."] * 10 + [boxed(0)] * 40
    longer = [boxed(0) if text.endswith("[cut]") else text for text in kinds]
    problems = [replace(problem(0), problem_id=f"p/{i}", question=f"Question {i}?") for i in range(100)]
    runs = {
        "base": Planted([[text] for text in kinds]),
        "new": Planted([[boxed(0)]] * 100),
        "longer": Planted([[text] for text in longer], cap=900, parent="base"),
    }
    with planted(tmp_path, runs, problems=problems, grader="lm_eval_flexible") as store:
        found = attribution.analyse(store, ("base", "new"))
    planned = {RUN_ON: 0.2, FORMAT: 0.1, STOPPING: 0.3, SOLVING: 0.0, "reported difference": 0.6}
    assert parts(found) == pytest.approx(planned)


def test_swapping_the_runs_turns_the_signs_round(tmp_path: Path) -> None:
    base = [[plain(i, right=i < 30)] for i in range(40)]
    new = [[boxed(i, right=i < 20)] for i in range(40)]
    with planted(tmp_path, {"base": Planted(base), "new": Planted(new)}) as store:
        there, back = (parts(attribution.analyse(store, names)) for names in (("base", "new"), ("new", "base")))
    assert there == {k: pytest.approx(-v) for k, v in back.items()}


def test_several_completions_and_templates(tmp_path: Path) -> None:
    problems = [problem(i, template=f"t{i % 6}") for i in range(24)]
    base = [[plain(i), boxed(i, right=False)] for i in range(24)]
    new = [[boxed(i), boxed(i, right=False)] for i in range(24)]
    with planted(tmp_path, {"base": Planted(base), "new": Planted(new)}, problems=problems) as store:
        found = attribution.analyse(store, ("base", "new"))
    assert parts(found) == pytest.approx({FORMAT: 0.5, SOLVING: 0.0, "reported difference": 0.5}, abs=1e-12)
    # Every template says the same: limits come from six templates, not from 24 problems.
    assert found.estimates["format"].method == "bounded_mean"
    assert found.estimates["format"].high - found.estimates["format"].low > 0.5


def test_it_is_in_the_catalogue_and_needs_two_runs() -> None:
    with pytest.raises(InputError, match="two runs, base and new; got none"):
        find("attribution").run(None, ())


def test_longer_versions_come_from_the_smallest_cap_at_which_they_end(tmp_path: Path) -> None:
    start = "We add "
    base = [[boxed(0)], *([start + "[cut]"] for _ in range(4))]
    middle = [[plain(0)], [start + "one"], [start + "two[cut]"], [start + "two[cut]"], ["Other"]]
    longest = [[plain(0)], [start + "never read"], [start + "two, three"], [start + "two, four[cut]"], [start + "x"]]
    runs = {
        "base": Planted(base),
        "middle": Planted(middle, cap=600, parent="base"),
        "longest": Planted(longest, cap=900, parent="middle"),
        "another model": Planted(longest, cap=1200),
    }
    with planted(tmp_path, runs) as store:
        head = find_run(store, "base")
        found = continued(store, head, read_texts(store, head, score_matrix(store, head)))
        one_run = continued(store, find_run(store, "another model"), found.texts)
    assert [own[0].text for own in found.texts.rows] == [
        boxed(0), start + "one", start + "two, three", start + "two, four", "Other"
    ]  # fmt: skip
    assert found.sources == ("middle", "longest")
    assert (found.n_truncated, found.n_continued, found.n_still_truncated, found.n_other_text) == (4, 4, 1, 1)
    assert found.complete
    assert (one_run.n_truncated, one_run.n_continued, one_run.complete) == (1, 0, False)


def test_imports_without_texts_cannot_be_split(tmp_path: Path) -> None:
    with (
        store_with(tmp_path, base=[1, 0], new=[1, 1]) as store,
        pytest.raises(InputError, match="only verdicts were imported"),
    ):
        attribution.analyse(store, ("base", "new"))


def test_imported_verdicts_need_a_named_grader(tmp_path: Path) -> None:
    texts = [[boxed(i)] for i in range(8)]
    with planted(tmp_path, {"base": Planted(texts), "new": Planted(texts)}, imported=True) as store:
        with pytest.raises(InputError, match="run base are by 'imported', which is no rule of this suite"):
            attribution.analyse(store, ("base", "new"))
        named = attribution.analyse(store, ("base", "new"), ComparisonSettings(grader="boxed"))
        audited = grader_agreement.analyse(store, ("base", "new"))
    assert parts(named)["reported difference"] == 0
    assert set(audited.table("agreement_kappa").column("reported")) == {"imported"}
