"""pass@k, pass^k, majority vote and the best of several new runs on the page of a comparison."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from stores import store_with

from analyses.model_comparison.analysis import analyse
from analyses.runs.against_base import compare_runs
from analyses.runs.pairing import pair_runs
from analyses.runs.votes import with_votes
from evalsuite.documents.stored_runs import of_stored_runs
from evalsuite.store.store import Store

NAMES = {"pass_curves", "pass_differences", "majority_vote"}


def scores(rights: list[int], completions: int) -> np.ndarray:
    return np.arange(completions) < np.array(rights)[:, None]


def test_runs_with_different_numbers_of_completions(store: Store, plant: Callable[..., Any]) -> None:
    plant("base", scores([0, 1, 0, 2] * 5, 4))
    plant("new", scores([3, 4, 2, 8] * 5, 8))
    found = analyse(store, ("base", "new"))
    curves = found.table("pass_curves")
    assert {row["x"] for row in curves.records() if str(row["label"]).startswith("base")} == {1, 2, 4}
    # One of two: 1 - C(4 - c, 2) / C(4, 2) is 0, 1/2, 0, 5/6.
    assert curves.record(label="base, pass@k", x=2)["y"] == pytest.approx(1 / 3)
    assert curves.record(label="base, pass^k", x=1)["y"] == curves.record(label="base, pass@k", x=1)["y"]
    differences = found.table("pass_differences")
    assert {row["k"] for row in differences.records()} == {1, 2, 4}
    assert differences.record(measure="pass@k", k=1)["value"] == pytest.approx(found.estimates["difference_new"].value)
    # Two of four are a tie of right and wrong; of eight, four tie, eight win and the others lose.
    majority = found.table("majority_vote")
    assert majority.record(label="base")["value"] == pytest.approx(0.5 / 4)
    assert majority.record(label="new")["value"] == pytest.approx(1.5 / 4)
    assert majority.record(label="new")["difference"] == pytest.approx(1 / 4)
    assert "pass_curves" in {figure.name for figure in found.figures}


def test_single_completions_have_no_curves(store: Store, plant: Callable[..., Any]) -> None:
    plant("base", scores([0, 1, 0], 1))
    plant("new", scores([1, 1, 0], 1))
    assert not NAMES & {table.name for table in analyse(store, ("base", "new")).tables}


def test_the_majority_vote_of_a_comparison_is_one_answer_everywhere(store: Store, plant: Callable[..., Any]) -> None:
    plant("base", scores([0, 1, 0, 2] * 10, 4))
    plant("new", scores([3, 4, 2, 8] * 10, 8))
    plant("other", scores([2, 3, 1, 3] * 10, 4))

    def answer(*news: str) -> dict[str, Any]:
        runs = with_votes(store, pair_runs(store, ["base", *news]), grader=None)
        return of_stored_runs(compare_runs(runs)).as_dict()

    documents = answer("new"), answer("new", "other")
    alone, family = (document["majority_vote"][0] for document in documents)
    # In a family of two both p-value and interval are those of half of the error, and they agree with each other.
    assert family["pvalue"] == pytest.approx(min(1.0, 2 * alone["pvalue"]))
    assert family["difference"]["low"] < alone["difference"]["low"]
    assert family["difference"]["high"] > alone["difference"]["high"]
    assert family["difference"]["confidence_level"] == alone["difference"]["confidence_level"] == 0.95
    page = analyse(store, ("base", "new")).table("majority_vote").record(label="new")
    assert [page[k] for k in ("difference_low", "difference", "difference_high")] == [
        alone["difference"][k] for k in ("low", "value", "high")
    ]
    points = [document["pass_at_k"][0]["points"] for document in documents]
    widths = [[point["high"] - point["low"] for point in curve] for curve in points]
    assert all(one < both for one, both in zip(*widths, strict=True))


def test_no_vote_where_wrong_answers_are_not_stored(tmp_path: Path) -> None:
    with store_with(tmp_path, base=[0, 2, 4, 1], new=[1, 3, 4, 1], completions=4) as opened:
        names = {table.name for table in analyse(opened, ("base", "new")).tables}
    assert NAMES & names == {"pass_curves", "pass_differences"}


def test_the_best_of_several_has_its_selection_removed(store: Store, plant: Callable[..., Any]) -> None:
    plant("base", scores([0] * 40, 1))
    plant("c1", scores([1] * 7 + [0] * 33, 1))
    plant("c2", scores([1] * 6 + [0] * 34, 1))
    plant("c3", scores([0] * 40, 1))
    found = analyse(store, ("base", "c1", "c2", "c3"))
    table = found.table("best_run")
    assert [row["possible"] for row in table.records()] == ["yes", "yes", "no"]
    # Seven gains without a loss: p = 2/128 alone, three times that as the best of three.
    assert "c2 could also be the best" in found.notes[0]
    assert "Allowing for having picked the best of 3" in found.notes[1]
    assert "p = 0.047" in found.notes[1]
