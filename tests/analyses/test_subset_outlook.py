"""What parts of a stored run would have shown, against the run itself and drawn subsets."""

from pathlib import Path

import numpy as np
import pytest
from forbidden_words import forbidden_words
from planted import PlantRun
from scipy.stats import binomtest
from stores import store_with

from analyses import subset_outlook
from analyses.runs.defaults import default_runs
from evalsuite.errors import InputError
from evalsuite.store.store import Store

BASE = [1] * 30 + [1] * 15 + [0] * 35 + [0] * 70
NEW = [1] * 30 + [0] * 15 + [1] * 35 + [0] * 70


def test_shares_are_those_of_drawn_subsets(tmp_path: Path) -> None:
    with store_with(tmp_path, base=BASE, new=NEW) as store:
        found = subset_outlook.analyse(store, ("base", "new"))
    rows = {row["n"]: row for row in found.table("outlook").records()}
    assert list(rows) == [5, 10, 20, 50, 100, 150]
    difference = np.array(NEW) - np.array(BASE)
    rng = np.random.default_rng(0)
    drawn = np.array([rng.permutation(difference)[:20] for _ in range(4_000)])
    sums = drawn.sum(axis=1)
    wins, losses = (drawn > 0).sum(axis=1), (drawn < 0).sum(axis=1)
    tables, of_draw = np.unique(np.stack([wins, losses]), axis=1, return_inverse=True)
    rejected = [b > c and binomtest(int(b), int(b + c)).pvalue < 0.05 for b, c in tables.T]
    resolved = np.array(rejected)[of_draw.ravel()]
    shares = {
        "gain": (sums > 0).mean(),
        "equal": (sums == 0).mean(),
        "loss": (sums < 0).mean(),
        "resolved_gain": np.mean(resolved),
    }
    for key, share in shares.items():
        # Four standard errors of 4,000 random subsets.
        assert share == pytest.approx(rows[20][key], abs=4 * 0.5 / 4_000**0.5)
    whole = {"gain": 1, "equal": 0, "loss": 0, "resolved_gain": 1, "resolved_loss": 0}
    assert {key: rows[150][key] for key in whole} == pytest.approx(whole)
    assert "0% resolve it (exact p < 0.05)" in found.sentence
    assert "With 20 problems: " in found.sentence
    assert "With 100 problems: " in found.sentence
    assert not forbidden_words(" ".join((found.sentence, *found.notes, found.table("outlook").note)))


def test_equal_runs_are_never_resolved_more_often_than_alpha(tmp_path: Path) -> None:
    with store_with(tmp_path, base=[1, 0] * 100, new=[0, 1] * 100) as store:
        rows = subset_outlook.analyse(store, ("base", "new")).table("outlook").records()
    for row in rows:
        assert row["gain"] == pytest.approx(row["loss"])
        assert float(row["resolved_gain"] or 0) + float(row["resolved_loss"] or 0) < 0.05, row["n"]


def test_small_runs_templates_and_wrong_calls(tmp_path: Path, store: Store, plant: PlantRun) -> None:
    with store_with(tmp_path / "few", base=[1, 0, 1], new=[1, 1, 1]) as few:
        found = subset_outlook.analyse(few, ("base", "new"))
    assert found.sentence.startswith("Not answered for new: there is no smaller set than 3 problems")
    assert found.tables == ()
    plant("base", [1, 0] * 5, templates=["a", "b"] * 5)
    plant("new", [0, 1] * 5, templates=["a", "b"] * 5, model="other")
    found = subset_outlook.analyse(store, ("base", "new"))
    assert any("resolved says too much here" in note for note in found.notes)
    with pytest.raises(InputError, match="two runs or more, got 1"):
        subset_outlook.analyse(store, ("base",))


def test_the_runs_meant_where_none_is_named(store: Store, plant: PlantRun) -> None:
    with pytest.raises(InputError, match="no finished run"):
        default_runs(store)
    plant("base", [1, 0])
    plant("new", [1, 1], model="other")
    plant("half", [1, 1], made=[1, 0], model="third")
    plant("again", [1, 1], replicate={"of": "half", "changes": {"batch_size": 1}})
    assert default_runs(store) == ("base", "new")
