"""Two runs that are one: texts that did not change are counted, and said where hardly any did."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from analyses.runs.against_base import compare_runs
from analyses.runs.pairing import pair_runs
from analyses.runs.same_texts import ChangedTexts
from evalsuite.documents.stored_runs import of_stored_runs
from evalsuite.store.imports.results_file import import_file
from evalsuite.store.store import Store

N = 40


def add(store: Store, folder: Path, label: str, texts: Sequence[Sequence[str]]) -> None:
    rows = [
        {"problem_id": i, "completion_index": k, "correct": 1, "completion": text}
        for i, own in enumerate(texts)
        for k, text in enumerate(own)
    ]
    file = folder / f"{label}.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    import_file(store, file, label=label)


def solved(i: int, word: str = "So") -> str:
    return f"{word} {i} + 10 = \\boxed{{{i + 10}}}, which was asked."


@pytest.mark.parametrize(
    ("n_changed", "words"),
    [
        (0, "All 40 texts of new are those of base"),
        (2, "Only 2 of 40 texts of new differ from those of base"),
        (3, None),
    ],
)
def test_equal_texts_are_a_caution_with_the_count(
    store: Store, tmp_path: Path, n_changed: int, words: str | None
) -> None:
    add(store, tmp_path, "base", [[solved(i)] for i in range(N)])
    add(store, tmp_path, "new", [[solved(i, "Then" if i < n_changed else "So")] for i in range(N)])
    found = pair_runs(store, ["base", "new"])
    assert found.changed == (ChangedTexts("new", N, n_changed),)
    texts = [caution.text for caution in found.cautions if caution.kind == "same texts"]
    assert bool(texts) == (words is not None)
    assert words is None or texts[0].startswith(words)


def test_the_count_is_in_the_document_of_every_comparison_with_texts(store: Store, tmp_path: Path) -> None:
    add(store, tmp_path, "base", [[solved(i)] for i in range(N)])
    add(store, tmp_path, "new", [[solved(i, "Then" if i % 2 else "So")] for i in range(N)])
    document = of_stored_runs(compare_runs(pair_runs(store, ["base", "new"]))).as_dict()
    assert document["changed_texts"] == [{"label": "new", "n_compared": N, "n_changed": N // 2}]
    assert document["cautions"] == []


def test_bare_answers_are_often_equal_and_no_caution_unless_all_are(store: Store, tmp_path: Path) -> None:
    add(store, tmp_path, "base", [[str(i)] for i in range(N)])
    add(store, tmp_path, "new", [[str(i or 7)] for i in range(N)])
    add(store, tmp_path, "again", [[str(i)] for i in range(N)])
    assert pair_runs(store, ["base", "new"]).cautions == ()
    assert [c.kind for c in pair_runs(store, ["base", "again"]).cautions] == ["same texts"]


def test_without_texts_nothing_is_counted(store: Store, tmp_path: Path) -> None:
    for label in ("base", "new"):
        (tmp_path / f"{label}.csv").write_text("problem_id,correct\na,1\nb,0\n")
        import_file(store, tmp_path / f"{label}.csv", label=label)
    found = pair_runs(store, ["base", "new"])
    assert (found.changed, found.cautions) == ((None,), ())


def test_completions_of_a_problem_that_are_one_text(store: Store, tmp_path: Path) -> None:
    add(store, tmp_path, "base", [[f"{solved(i)} {k}" for k in range(4)] for i in range(N)])
    add(store, tmp_path, "new", [[solved(i, "Then")] * 4 for i in range(N)])
    (caution,) = pair_runs(store, ["base", "new"]).cautions
    assert caution.kind == "identical completions"
    assert caution.text.startswith("For 40 of 40 problems, all 4 completions of new are the same text")


def test_an_adapter_that_changes_no_text_under_greedy_decoding(store: Store, plant) -> None:  # type: ignore[no-untyped-def]
    half = np.arange(20) % 2 == 0
    plant("base", half)
    head = plant("new", half, adapter="lora", adapter_fingerprint="a" * 16)
    store.connection.execute(
        "UPDATE completions SET text = replace(text, 'new', 'base') WHERE run_id = ?", [head.run_id]
    )
    (caution,) = pair_runs(store, ["base", "new"]).cautions
    assert caution.kind == "no effect"
    assert "changes none of the 20 texts of base under greedy decoding" in caution.text


def test_equal_texts_where_only_the_arithmetic_was_changed_are_no_mistake(store: Store, plant) -> None:  # type: ignore[no-untyped-def]
    half = np.arange(20) % 2 == 0
    plant("base", half)
    head = plant("new", half, dtype="bfloat16")
    store.connection.execute(
        "UPDATE completions SET text = replace(text, 'new', 'base') WHERE run_id = ?", [head.run_id]
    )
    found = pair_runs(store, ["base", "new"])
    assert (found.cautions, found.changed) == ((), (ChangedTexts("new", 20, 0),))
