"""Pairing of stored runs: the same problems, everything that differs named, nothing dropped unseen."""

import json
from pathlib import Path

import numpy as np
import pytest

from analyses.runs.pairing import confounded, pair_runs, short_labels, treatment
from evalsuite.errors import ComparisonError, InputError
from evalsuite.findings import Caution
from evalsuite.store.imports.results_file import import_file
from evalsuite.store.store import Store

HALF = np.arange(20) % 2 == 0


def imported(store: Store, folder: Path, label: str, rows: list[dict[str, object]]) -> None:
    file = folder / f"{label}.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    import_file(store, file, label=label)


def test_runs_are_paired_on_content_whatever_the_order_and_the_names(store, plant, tmp_path: Path) -> None:
    plant("base", HALF)
    rows = [
        {"problem_id": f"other-{i}", "correct": bool(HALF[i]), "question": f"What is {i}?", "gold": str(i)}
        for i in reversed(range(20))
    ]
    imported(store, tmp_path, "again", rows)
    base, again = pair_runs(store, ["base", "again"]).scores
    assert base.problem_ids[:2] == ("sum/0", "sum/1")
    assert again.problem_ids[:2] == ("other-0", "other-1")
    assert base.correct.tolist() == again.correct.tolist()


def test_an_import_without_questions_is_paired_on_the_problem_id(store, plant, tmp_path: Path) -> None:
    plant("base", HALF)
    imported(store, tmp_path, "new", [{"problem_id": f"sum/{i}", "correct": 1} for i in reversed(range(20))])
    base, new = pair_runs(store, ["base", "new"]).scores
    assert base.keys == new.keys == tuple(f"sum/{i}" for i in range(20))


def test_problems_that_do_not_match_are_counted_and_named(store, plant) -> None:
    plant("base", HALF)
    plant("new", HALF, first=5, weights_fingerprint="v")
    with pytest.raises(ComparisonError, match=r"5 of 20 problems of base .*sum/0, sum/1.*--only-shared"):
        pair_runs(store, ["base", "new"])
    shared = pair_runs(store, ["base", "new"], only_shared=True)
    assert shared.scores[0].n_problems == 15
    assert shared.warnings == ("Left out because not every run has them: 5 of base, 5 of new.",)


def test_runs_without_a_shared_problem(store, plant) -> None:
    plant("base", HALF)
    plant("new", HALF, first=50, weights_fingerprint="v")
    with pytest.raises(ComparisonError, match="share no problem"):
        pair_runs(store, ["base", "new"], only_shared=True)


def test_an_unfinished_run_enters_only_where_it_is_allowed_and_the_count_is_said(store, plant) -> None:
    plant("base", HALF)
    plant("new", HALF, made=np.arange(20) < 7, weights_fingerprint="v")
    with pytest.raises(ComparisonError, match="run new is unfinished: 7 of 20 completions"):
        pair_runs(store, ["base", "new"])
    found = pair_runs(store, ["base", "new"], allow_unfinished=True)
    assert found.scores[0].n_problems == 7
    assert found.cautions == (Caution("unfinished", "The run new is unfinished: 7 of 20 completions are there."),)
    assert found.warnings == ("Left out because not every run has them: 13 of base.",)


def test_what_all_labels_end_with_is_left_out_of_the_names_where_asked(store, plant) -> None:
    plant("base (new numbers)", HALF)
    plant("GRPO, seed 1 (new numbers)", HALF, made=np.arange(20) < 7, weights_fingerprint="v")
    names = ["base (new numbers)", "GRPO, seed 1 (new numbers)"]
    stored = pair_runs(store, names, allow_unfinished=True)
    assert (stored.labels, stored.shared) == (tuple(names), "")
    assert stored.titled("Better?") == "Better?"
    found = pair_runs(store, names, allow_unfinished=True, shorten=True)
    assert (found.labels, found.shared) == (("base", "GRPO, seed 1"), "new numbers")
    assert tuple(head.label for head in found.heads) == tuple(names)
    assert found.titled("Better?") == "Better? (new numbers)"
    assert found.cautions[0].text.startswith("The run GRPO, seed 1 is unfinished")
    assert found.warnings == ("Left out because not every run has them: 13 of base.",)


@pytest.mark.parametrize(
    "labels",
    [("GRPO (new numbers)",), ("base (a)", "GRPO (b)"), ("base", "GRPO (a)"), ("(a)", "GRPO (a)"), ("base(a)", "c(a)"),
     ("base ()", "new ()"), ("", ""), ("base (a) x", "new (a) x")],
)  # fmt: skip
def test_labels_that_keep_what_they_end_with(labels: tuple[str, ...]) -> None:
    assert short_labels(labels) == (labels, "")


def test_only_the_last_remark_is_left_out() -> None:
    assert short_labels(["a (x) (y)", "b (z) (y)"]) == (("a (x)", "b (z)"), "y")


def test_a_run_is_not_compared_with_itself(store, plant) -> None:
    head = plant("base", HALF)
    with pytest.raises(ComparisonError, match="with itself: base"):
        pair_runs(store, ["base", head.run_id])
    with pytest.raises(InputError, match="Runs there: base"):
        pair_runs(store, ["base", "nobody"])


@pytest.mark.parametrize(
    ("code", "name", "change", "values"),
    [
        ("model", "model", {"weights_fingerprint": "v" * 16}, ("m [wwwwwwww]", "m [vvvvvvvv]")),
        ("adapter", "adapter", {"adapter": "lora", "adapter_fingerprint": "a" * 16}, ("none", "lora [aaaaaaaa]")),
        ("prompt_template", "prompt template", {"template": "tutorial"}, ("plain", "tutorial")),
        ("token_limit", "token limit", {"decoding": {"max_new_tokens": 128}}, ("64", "128")),
        ("temperature", "temperature", {"decoding": {"temperature": 0.7}}, ("0.0", "0.7")),
        ("engine", "engine", {"engine": "other"}, ("scripted", "other")),
        ("dtype", "dtype", {"dtype": "bfloat16"}, ("none", "bfloat16")),
        ("primary_grader", "primary grader", {"primary_grader": "strict"}, ("boxed", "strict")),
        ("grader_version", "grader version", {"grader_version": 2}, ("1", "2")),
    ],
)
def test_one_difference_is_named_with_its_values(store, plant, code, name, change, values) -> None:
    plant("base", HALF)
    plant("new", HALF, **change)
    found = pair_runs(store, ["base", "new"])
    assert confounded(found) == ()
    assert [(d.name, d.values) for d in found.differences] == [(code, values)]
    assert treatment(found) == (f"The {name} is the only thing that changed ({values[0]} against {values[1]}).")


def test_one_grader_for_all_runs_is_no_difference(store, plant) -> None:
    plant("base", HALF)
    plant("new", HALF, primary_grader="strict")
    found = pair_runs(store, ["base", "new"], grader="boxed")
    assert found.differences == ()
    assert treatment(found) == "Nothing that is recorded differs between the runs."


def test_several_differences_are_confounded_and_all_listed(store, plant) -> None:
    plant("base", HALF)
    plant("new", HALF, weights_fingerprint="v" * 16, decoding={"max_new_tokens": 128}, dtype="bfloat16")
    found = pair_runs(store, ["base", "new"])
    words = treatment(found)
    assert confounded(found) == (Caution("confounded", words),)
    assert words.startswith("Confounded: the runs differ in model, token limit and dtype, ")


def test_what_an_import_did_not_record_is_unknown_and_not_equal(store, plant, tmp_path: Path) -> None:
    plant("base", HALF)
    imported(store, tmp_path, "new", [{"problem_id": f"sum/{i}", "correct": 1} for i in range(20)])
    found = pair_runs(store, ["base", "new"])
    assert {"model", "prompt_template", "token_limit", "temperature"} <= set(found.unknown)
    assert "Some runs do not record: model" in treatment(found)
    assert "nothing" not in treatment(found)
