"""What cannot be compared is refused, with what was given and what to do."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from command_line import imported, results_file

import evalsuite as es

FRAME = pd.DataFrame({"problem_id": ["a", "b"], "correct": [0, 1]})
REFUSED: list[tuple[Any, Any, dict[str, Any], str]] = [
    ([0, 1], [0, 1, 1], {}, "base has 2, new has 3.*pair by position"),
    ([0, 1], [[0, 1, 1], [0, 1]], {}, r"base has 2, new\[0\] has 3, new\[1\] has 2"),
    ([0, 2], [0, 1], {}, "base holds 2 at position 1; 1 of 2 values are neither 0 nor 1"),
    ([0, 0.5], [0, 1], {}, r"base holds 0\.5 at position 1"),
    (["maybe", "no"], [0, 1], {}, "base holds maybe at position 0; 1 of 2 values"),
    ([0, float("nan")], [0, 1], {}, r"base has 1 missing values \(NaN\) of 2.*fillna\(0\)"),
    ([0, 1], pd.Series([None, True]), {}, r"new has 1 missing values \(NaN\) of 2, the first at position 0"),
    ([], [0, 1], {}, "base is empty"),
    (np.zeros((2, 2, 2)), [0, 1], {}, "base has 3 dimensions"),
    (3, [0, 1], {}, "base is 3, which is no run"),
    ({"a": 1}, [0, 1], {}, "base is a dict, which is no run"),
    ([0, 1], "runs", {}, "new='runs' is neither counts.*store="),
    ("45/100", "46/101", {}, "base attempted 100 problems and new 101"),
    ("45/100", "246/100", {}, "correct/total"),
    ("45/100", [0, 1], {}, "base is the counts 45/100 and another run is not"),
    ("45/100", ["46/100", "47/100"], {}, "two at a time"),
    ("45/100", "46/100", {"margin": 0.02}, "margin=0.02 has no effect on counts"),
    ([0, 1], [1, 1], {"alpha": 5}, "alpha must be at least .* below 0.5.*got 5"),
    ([0, 1], [1, 1], {"alpha": "0.05"}, "alpha must be a number, got '0.05'"),
    (None, None, {}, "compare needs base and new, or table="),
    (None, None, {"table": (1, 2, 3)}, "table needs four counts"),
    (None, None, {"table": (1, 2, 3, 0.5)}, "table needs four counts"),
    (None, None, {"table": (0, 0, 0, 0)}, "not all 0"),
    ([0, 1], [1, 1], {"table": (1, 2, 3, 4)}, "base has no effect on table"),
    (None, None, {"table": (1, 2, 3, 4), "labels": ["a"]}, "labels needs 2 different names"),
    ([0, 1], [1, 1], {"paired_seeds": True}, "paired_seeds=True needs training_seeds=True"),
    (
        [0, 1], [[1, 1], [0, 1]], {"training_seeds": True, "paired_seeds": True},
        "the same number of runs in both arms.*got 1 base and 2 new",
    ),
    ([0, 1], [1, 1], {"grader": "boxed"}, "grader='boxed' has no effect on scores"),
    ([0, 1], [1, 1], {"labels": ["a"]}, "labels needs 2 different names"),
    ([0, 1], [1, 1], {"clusters": "t"}, "clusters='t' names a column"),
    ([0, 1], [1, 1], {"clusters": ["t"]}, "clusters has 1 entries and base 2 problems"),
    ([0, 1], [1, 1], {"allow_unfinished": True}, "allow_unfinished=True needs"),
    (FRAME, [0, 1], {}, "base names its problems and new does not"),
    (FRAME, FRAME.assign(problem_id=["a", "c"]), {}, "1 of 2 problems of base .*: b.*only_shared=True"),
    (FRAME, FRAME.assign(problem_id=["c", "d"]), {}, "share no problem"),
    (FRAME, FRAME.assign(problem_id=["a", None]), {}, "column 'problem_id' of new has 1 missing values of 2"),
    (FRAME.rename(columns={"problem_id": "task"}), FRAME, {}, "names the problems. Columns there: task.*id_column="),
    (FRAME, FRAME, {"correct_column": "score"}, "base has no column 'score'"),
    (FRAME[:0], FRAME, {}, "base is a frame without rows"),
    (FRAME.assign(problem_id="a", completion_index=0), FRAME, {}, "completion 0 of problem 'a'. Remove the duplicates"),
    (
        FRAME.assign(problem_id="a", completion_index=0, grader=["boxed", "strict"]),
        FRAME, {}, "Keep the rows of one grader",
    ),
    (FRAME.assign(problem_id="a", t=["u", "v"]), FRAME, {"clusters": "t"}, "lies in two clusters, 'u' and 'v'"),
    (FRAME, FRAME, {"clusters": "t"}, "base has no column 't'"),
    (Path("missing.csv"), FRAME, {}, "there is no file or folder missing.csv"),
    (Path("missing.txt"), FRAME, {}, "there is no file or folder missing.txt"),
]  # fmt: skip


@pytest.mark.parametrize(("base", "new", "options", "message"), REFUSED, ids=[row[3][:40] for row in REFUSED])
def test_refusals(base: Any, new: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(es.EvalsuiteError, match=message) as caught:
        es.compare(base, new, **options)
    assert "--" not in str(caught.value)


def test_an_unknown_label_lists_those_there_are(tmp_path: Path) -> None:
    store = imported(tmp_path / "runs.duckdb", results_file(tmp_path / "base.csv", [[1], [0]], ["a", "b"]))
    with pytest.raises(es.InputError, match=r"no run of .* is called 'nwe'. Runs there: base"):
        es.compare("base", "nwe", store=store)
    with pytest.raises(es.InputError, match="there is no store at"):
        es.compare("base", "new", store=tmp_path / "other.duckdb")
    with es.open_store(store) as opened, pytest.raises(es.InputError, match="Runs there: base"):
        opened.completions("nwe")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "either base= and new="),
        ({"base": 0.2, "new": 0.4, "n": 100}, "either base= and new="),
        ({"base": 0.2, "new": 0.2}, "must differ"),
        ({"base": 20, "new": 40}, "base= must lie between 0 and 1, such as 0.2 for 20%, got 20"),
        ({"n": 0}, "at least 1"),
        ({"n": 5.5}, "n must be a whole number, got 5.5"),
        ({"base": "0.2", "new": 0.4}, "base must be a number, got '0.2'"),
        ({"n": 10, "completions": 2}, "completions= has no effect on n="),
        ({"n": 10, "power": 80}, "power= must lie between alpha=, 0.05, and 1, got 80"),
        ({"margin": 0.02}, "margin= needs base="),
        ({"base": 0.2, "margin": 2}, "margin= must lie between 0 and 1, such as 0.02 for 2 points, got 2"),
    ],
)
def test_plans_that_cannot_be_made(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(es.InputError, match=message):
        es.plan(**arguments)


@pytest.mark.parametrize(
    "scores",
    [
        [1, 0, 1, 1],
        (1, 0, 1, 1),
        [True, False, True, True],
        np.array([1, 0, 1, 1], dtype=np.uint8),
        np.array([1.0, 0.0, 1.0, 1.0]),
        np.array(["True", "False", "1", "1.0"], dtype=object),
        pd.Series([1, 0, 1, 1], dtype="Int64"),
        pd.array([True, False, True, True], dtype="boolean"),
        pd.Series(["true", "false", "true", "true"]),
    ],
    ids=str,
)
def test_scores_in_every_dress(scores: Any) -> None:
    assert es.accuracy(scores).as_dict()["correct"] == 3
    assert es.compare(scores, [1, 1, 1, 1]).as_dict()["table"] == {"both": 3, "wins": 1, "losses": 0, "neither": 0}


def test_series_pair_by_an_index_of_their_own_and_otherwise_by_position_and_say_which() -> None:
    base = pd.Series([1, 1, 0, 0], index=["a", "b", "c", "d"])
    new = pd.Series([0, 0, 1, 1], index=["d", "c", "b", "a"])
    by_index = es.compare(base, new)
    assert by_index.as_dict()["table"] == {"both": 2, "wins": 0, "losses": 0, "neither": 2}
    assert by_index.paired_by.startswith("Paired by the index: 4 problems. The pairing rests on ids alone")
    by_position = es.compare(base, new.reset_index(drop=True))
    assert by_position.as_dict()["table"] == {"both": 0, "wins": 2, "losses": 2, "neither": 0}
    assert "by position" in str(by_position)


def test_whole_numbers_name_the_same_problem_in_every_type() -> None:
    base = pd.DataFrame({"id": [1, 2, 10], "correct": [0, 1, 1]})
    new = pd.DataFrame({"id": [10.0, 2.0, 1.0], "correct": [1, 1, 1]})
    text = pd.DataFrame({"id": ["2", "1", "10"], "correct": [True, True, True]})
    for other in (new, text):
        assert es.compare(base, other).as_dict()["table"] == {"both": 2, "wins": 1, "losses": 0, "neither": 0}


def test_labels_are_those_of_the_runs_and_differ(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        results_file(tmp_path / folder / "results.csv", [[1], [0]], ["a", "b"])
    files = es.compare(tmp_path / "a" / "results.csv", tmp_path / "b" / "results.csv")
    assert files.as_dict()["new"]["label"] == "results (new)"
    named = es.compare(pd.Series([0, 1], name="SmolLM2"), pd.Series([1, 1], name="GRPO"))
    assert (named.as_dict()["base"]["label"], named.as_dict()["new"]["label"]) == ("SmolLM2", "GRPO")
    assert es.compare([0, 1], [1, 1], labels=["x", "y"]).as_dict()["new"]["label"] == "y"
