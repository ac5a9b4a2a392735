"""The comparison on clean labels: labels and texts are written here, so that every share is known."""

import json
from pathlib import Path

import pytest
from forbidden_words import forbidden_words
from planted import Planted, boxed, planted, problem

from analyses import label_noise
from evalsuite.errors import InputError
from evalsuite.findings import Findings
from evalsuite.problems.gsm8k_hashes import pair_hash
from evalsuite.store.store import Store

N = 60
REMOVED, RELABELLED = range(50, 60), range(5)


@pytest.fixture
def labels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Labels of 60 problems: the last ten were removed, the first five have an answer that is one larger."""
    rows = [
        {
            "question": f" What is {i}  + 2?",
            "answer": f"#### {i + 2 + (i in RELABELLED)}",
            "cleaning_status": "revised" if i in RELABELLED else "consensus",
        }
        for i in range(N)
        if i not in REMOVED
    ]
    file = tmp_path / "labels.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    own = [pair_hash(problem(i).question, problem(i).solution) for i in range(N)]
    monkeypatch.setattr(label_noise, "known_hashes", lambda _: own)
    return file


def analysed(store: Store, labels: Path) -> Findings:
    found = label_noise.analyse(store, ("base", "new"), path=labels, allow_changed=True)
    assert not forbidden_words(" ".join((found.sentence, *found.notes, *(t.note for t in found.tables))))
    return found


def test_a_gain_that_hangs_on_doubtful_labels_is_said(tmp_path: Path, labels: Path) -> None:
    # The new run gains on the removed problems alone.
    base = [[boxed(i, right=10 <= i < 30)] for i in range(N)]
    new = [[boxed(i, right=10 <= i < 30 or i in REMOVED)] for i in range(N)]
    with planted(tmp_path, {"base": Planted(base), "new": Planted(new)}) as store:
        found = analysed(store, labels)
    assert found.sentence.startswith("On the 50 of 60 problems that GSM8K-Platinum kept (5 with a corrected answer)")
    assert (
        "The verdict depends on the labels: resolved gain with GSM8K's, unresolved with the revised" in found.sentence
    )
    value = {row["label"]: row["value"] for row in found.table("label_difference").records()}
    assert value["all problems, GSM8K's labels"] == pytest.approx(10 / 60)
    assert value["retained problems, revised labels"] == 0
    assert value["removed problems"] == 1


def test_it_stays_quiet_where_the_labels_change_nothing(tmp_path: Path, labels: Path) -> None:
    base = [[boxed(i, right=10 <= i < 20)] for i in range(N)]
    new = [[boxed(i, right=10 <= i < 40)] for i in range(N)]
    with planted(tmp_path, {"base": Planted(base), "new": Planted(new)}) as store:
        found = analysed(store, labels)
    assert "The verdict is the same with both labels: resolved gain." in found.sentence
    assert "depends" not in found.sentence


def test_relabelled_problems_are_graded_by_both_answers(tmp_path: Path, labels: Path) -> None:
    # Both runs keep to GSM8K's answer on the relabelled problems but for two, where the new run has the revised one.
    base = [[boxed(i)] for i in range(N)]
    new = [[boxed(i, right=i not in (0, 1))] for i in range(N)]
    with planted(tmp_path, {"base": Planted(base), "new": Planted(new)}) as store:
        found = analysed(store, labels)
    right = {(row["subset"], row["label"]): (row["k"], row["n"]) for row in found.table("label_accuracy").records()}
    assert right["relabelled problems, GSM8K's labels", "base"] == (5, 5)
    assert right["relabelled problems, revised labels", "base"] == (0, 5)
    assert right["relabelled problems, GSM8K's labels", "new"] == (3, 5)
    assert right["relabelled problems, revised labels", "new"] == (2, 5)
    assert right["retained problems, revised labels", "new"] == (47, 50)
    assert right["retained problems, GSM8K's labels", "new"] == (48, 50)
    assert right["removed problems", "new"] == (10, 10)
    assert any("not as published: 45 consensus, 0 verified, 5 revised" in note for note in found.notes)


def test_without_labels_it_says_so_and_gives_the_published_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVALSUITE_GSM8K_PLATINUM", str(tmp_path / "absent.jsonl"))
    texts = [[boxed(i)] for i in range(5)]
    with planted(tmp_path, {"base": Planted(texts), "new": Planted(texts)}) as store:
        found = label_noise.analyse(store, ("base", "new"))
    assert found.sentence.startswith("Not answered: the revised labels were not available.")
    assert "120 of 1,319 problems" in found.sentence
    assert found.table("label_counts").column("n") == (1319, 219, 110, 99, 10, 1209)
    assert any("absent.jsonl" in note for note in found.notes)


def test_problems_of_another_set_are_not_called_removed(tmp_path: Path, labels: Path) -> None:
    texts = [[boxed(i)] for i in range(N + 1)]
    with (
        planted(tmp_path, {"base": Planted(texts), "new": Planted(texts)}) as store,
        pytest.raises(InputError, match=r"problem 'p/60' of run base is not one of GSM8K's test set"),
    ):
        analysed(store, labels)
    with pytest.raises(InputError, match="two runs on GSM8K's test set"):
        label_noise.analyse(None)
