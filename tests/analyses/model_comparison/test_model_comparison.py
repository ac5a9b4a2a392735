"""The findings of a comparison: a planted effect is in every part, and nothing is said where there is none."""

import json
import shlex
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from forbidden_words import forbidden_words

from analyses.model_comparison.analysis import analyse
from evalsuite.findings import Findings
from evalsuite.settings import ComparisonSettings

HALF = np.arange(80) % 2 == 0
GAIN = HALF | (np.arange(80) < 40)
SWAP = np.where(np.arange(80) < 12, ~HALF, HALF)


def test_a_planted_gain_is_in_sentence_tables_and_figures(store, plant) -> None:
    plant("base", HALF, cut=np.arange(80) == 1)
    plant("new", GAIN, weights_fingerprint="v")
    found = analyse(store, ["base", "new"], seed=0)
    assert found.verdict.kind == "resolved gain"
    assert found.question == "Does new solve more problems than base?"
    assert "new answered 60 of 80 problems correctly, base 40" in found.sentence
    assert found.estimates["difference_new"].value == pytest.approx(0.25)
    assert found.table("paired").column("count") == (40, 20, 0, 20)
    assert found.table("accuracy").column("value") == pytest.approx((0.5, 0.75))
    assert found.table("truncation").column("truncated") == (1, 0)
    names = {table.name for table in found.tables}
    assert {figure.table for figure in found.figures} <= names
    assert any("The model is the only thing that changed" in note for note in found.notes)
    assert len(found.problems) == 80
    assert [c.label for c in found.problems[0].completions] == ["base", "new"]


def test_no_effect_stays_quiet_and_says_nothing_too_strong(store, plant) -> None:
    plant("base", HALF)
    plant("new", SWAP, weights_fingerprint="v")
    found = analyse(store, ["base", "new"], seed=0)
    assert found.verdict.kind == "unresolved"
    assert forbidden_words(" ".join([found.sentence, *found.notes])) == ()


def test_findings_are_the_same_on_every_call_and_survive_a_file(store, plant, tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    plant("base", rng.random((40, 3)) < 0.4)
    plant("new", rng.random((40, 3)) < 0.5, weights_fingerprint="v")
    first, second = (analyse(store, ["base", "new"], seed=5) for _ in range(2))
    paths = [found.save(tmp_path / name) for name, found in (("a", first), ("b", second))]
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert Findings.load(paths[0]) == first
    assert "variance" in {table.name for table in first.tables}


def test_three_runs_have_one_row_each_and_no_single_verdict(store, plant) -> None:
    for label, scores in (("base", HALF), ("gain", GAIN), ("swap", SWAP)):
        plant(label, scores, weights_fingerprint=label)
    found = analyse(store, ["base", "gain", "swap"], seed=0)
    assert found.verdict is None
    assert found.table("difference").column("label") == ("gain", "swap")
    assert "adjusted for the number of comparisons (Holm)" in found.table("tests").column("method")
    assert "cochran_q" in found.tests


def test_unfinished_runs_and_other_grader_versions_are_noted(store, plant) -> None:
    plant("base", HALF)
    plant("new", HALF, made=np.arange(80) < 30, grader_version=2, weights_fingerprint="v")
    found = analyse(store, ["base", "new"], ComparisonSettings(allow_unfinished=True))
    assert [caution.kind for caution in found.cautions] == ["unfinished", "confounded"]
    assert "new is unfinished: 30 of 80" in found.cautions[0].text
    assert "Confounded: the runs differ in model and grader version" in found.cautions[1].text
    notes = " ".join(found.notes)
    assert "Left out because not every run has them: 50 of base" in notes
    assert "onfounded" not in notes
    assert "unfinished" not in notes


def test_a_page_names_the_arms_and_its_commands_the_stored_runs(store, plant) -> None:
    labels = ["base (new numbers)", "new (new numbers)"]
    for label, scores in zip(labels, (HALF, GAIN), strict=True):
        plant(label, scores, weights_fingerprint=label[0])
    found = analyse(store, labels, seed=0)
    assert found.question == "Does new solve more problems than base? (new numbers)"
    assert found.sentence.startswith("new answered 60 of 80 problems correctly, base 40")
    shown = json.dumps([asdict(table) for table in found.tables] + [asdict(figure) for figure in found.figures])
    assert "(new numbers)" not in shown
    assert {view.label for problem in found.problems for view in problem.completions} == {"base", "new"}
    assert list(found.provenance["runs"]) == labels
    assert "report 'base (new numbers)' 'new (new numbers)' --store" in found.provenance["command"]


def test_provenance_repeats_the_command_and_names_every_run(store, plant) -> None:
    plant("base", HALF)
    plant("new", GAIN, weights_fingerprint="v")
    found = analyse(store, ["base", "new"], ComparisonSettings(margin=0.02, without_cap=True), seed=3).provenance
    assert found["command"].startswith("evalsuite report base new --store ")
    assert found["command"].endswith("--margin 0.02 --without-cap")
    assert set(found["runs"]) == {"base", "new"}
    assert found["runs"]["new"]["specification"]["weights_fingerprint"] == "v"
    assert found["analysis"]["seed"] == 3
    assert " --seed 3 " in found["command"]


def test_commands_can_be_pasted_and_hashes_follow_the_scores(store, plant) -> None:
    plant("base", HALF)
    plant("it's new", GAIN, weights_fingerprint="v")
    plant("again", GAIN, weights_fingerprint="w")
    found = analyse(store, ["base", "it's new", "again"], seed=0).provenance
    assert shlex.split(found["command"])[:5] == ["evalsuite", "report", "base", "it's new", "again"]
    hashes = [run["scores"]["hash"] for run in found["runs"].values()]
    assert hashes[1] == hashes[2] != hashes[0]
    assert {"numpy", "scipy"} <= set(found["analysis"]["versions"])
