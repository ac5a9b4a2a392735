"""What the token limit did: planted costs are found, and nothing is said where nothing was truncated."""

import sys
from pathlib import Path

import numpy as np
import pytest
from cut_runs import Run, answer, cut_store
from forbidden_words import forbidden_words
from planted import Planted, boxed, planted

from analyses import noise_floor
from analyses.model_comparison.analysis import analyse as compare
from analyses.truncation import analysis as truncation
from analyses.truncation import extension_gain
from evalsuite.errors import InputError
from evalsuite.findings import Findings
from evalsuite.grading.graders import GRADERS
from evalsuite.records import Replicate
from evalsuite.stats.decision import Verdict, VerdictKind
from evalsuite.store.runs import find_run
from reports.build import build

N = 60
SHORT = [[answer(i, length=40, right=i % 3 > 0)] for i in range(N)]
# Every other answer needs 150 tokens; all of these are right once they are whole.
LONG = [[answer(i, length=150 if i % 2 else 40, right=i % 2 == 1 or i % 3 > 0)] for i in range(N)]
EXTENDED = {"extended_from": {}}


def check(findings: Findings) -> None:
    for text in (findings.sentence, *findings.notes, *(t.note for t in findings.tables)):
        assert not forbidden_words(text), text
    names = [t.name for t in findings.tables]
    assert len(set(names)) == len(names)
    assert {f.table for f in findings.figures} <= set(names)


def test_a_planted_cost_of_the_cap_is_found(tmp_path: Path) -> None:
    runs = {
        "base": Run(SHORT, cap=100),
        "new": Run(LONG, cap=100, weights="x"),
        "new longer": Run(LONG, cap=200, weights="x", parent="new", details=EXTENDED),
    }
    with cut_store(tmp_path, runs) as store:
        found = truncation.analyse(store, ("base", "new"), graders=GRADERS)
        cost = extension_gain.token_limit_gain(store, "new", "new longer")
        with pytest.raises(InputError, match="does not extend"):
            extension_gain.token_limit_gain(store, "new", "base")
    check(found)
    assert build([found], tmp_path, title=found.question, name="page").is_file()
    # 30 of 60 are cut; half of the cut ones would have been right.
    assert found.table("truncation").column("truncated") == (0, 30)
    difference = found.table("truncation_difference").record(label="new")
    assert difference["value"] == 0.5
    assert difference["pvalue"] == pytest.approx(2 * 0.5**30)
    # Base 40 of 60; new 20 of 60 at the cap, 50 of 60 without it.
    assert found.verdict == Verdict("not identified")
    assert "not identified at this token limit" in found.sentence
    accuracy = found.table("bounds").record(label="accuracy of new")
    assert (accuracy["lowest"], accuracy["highest"]) == pytest.approx((20 / 60, 50 / 60))
    bounds = found.table("bounds_difference").record(label="new − base")
    assert (bounds["lowest"], bounds["highest"]) == pytest.approx((-20 / 60, 10 / 60))
    assert bounds["low"] < -20 / 60 < 10 / 60 < bounds["high"]
    (rescue,) = found.table("token_limit_gain").records()
    counts = {"old": 100, "new": 200, "n": 30, "still": 0, "gains": 30, "losses": 0}
    assert {key: rescue[key] for key in counts} == counts
    assert (rescue["label"], rescue["value"]) == ("new", 0.5)
    assert rescue["pvalue"] == pytest.approx(2 * 0.5**30)
    assert len(cost.gains) == 30
    assert cost.gains[0].before == "no_answer"
    assert cost.gains[0].after == "correct"
    assert not cost.losses
    assert "30 gained and 0 lost" in cost.sentence


def test_the_curve_is_the_accuracy_of_runs_at_smaller_limits(tmp_path: Path) -> None:
    lengths = np.random.default_rng(3).integers(15, 120, size=(N, 2))
    texts = [
        [answer(i, length=int(n), right=(i + k) % 3 > 0) for k, n in enumerate(own)] for i, own in enumerate(lengths)
    ]
    caps = (20, 45, 70, 100)
    runs = {f"cap {cap}": Run(texts, cap=cap) for cap in caps}
    with cut_store(tmp_path, runs) as store:
        found = truncation.analyse(store, ("cap 100",), limits=caps, graders=GRADERS)
        single = {cap: truncation.analyse(store, (f"cap {cap}",), limits=(cap,), graders=GRADERS) for cap in caps}
    check(found)
    curve = found.table("token_limit_curve")
    assert curve.column("x") == caps
    for point in curve.records():
        cap, value = point["x"], point["y"]
        whole = [
            len(answer(i, length=int(n))) <= cap and (i + k) % 3 > 0
            for i, o in enumerate(lengths)
            for k, n in enumerate(o)
        ]
        assert value == pytest.approx(np.mean(whole))
        (alone,) = single[cap].table("token_limit_curve").records()
        assert alone["y"] == value
        # A band over several limits is wider than the interval of one.
        assert point["low"] <= alone["low"] < value < alone["high"] <= point["high"]


def test_nothing_is_claimed_where_nothing_was_truncated(tmp_path: Path) -> None:
    runs = {"base": Run(SHORT, cap=100), "new": Run(SHORT, cap=100, weights="x")}
    with cut_store(tmp_path, runs) as store:
        found = truncation.analyse(store, ("base", "new"), graders=GRADERS)
    check(found)
    names = {t.name for t in found.tables}
    assert not names & {"loops", "token_limit_gain", "token_limit_changes", "noise"}
    assert found.verdict == Verdict("unresolved")
    assert found.table("truncation_difference").column("pvalue") == (1.0,)
    assert found.table("bounds").column("lowest") == found.table("bounds").column("highest")
    assert set(found.table("token_limit_difference").column("y")) == {0.0}
    assert all(point["low"] < 0 < point["high"] for point in found.table("token_limit_difference").records())
    # 95% of the final accuracy is there once the answers are: at 40 tokens.
    assert set(found.table("token_limit_reached").column("cap")) == {40}


@pytest.mark.parametrize(
    ("gained", "kind", "reversed_kind"),
    [(4, "unresolved", "unresolved"), (12, "resolved gain", "resolved loss")],
)
def test_a_verdict_stands_only_if_every_ending_of_the_truncated_ones_gives_it(
    tmp_path: Path, gained: int, kind: VerdictKind, reversed_kind: VerdictKind
) -> None:
    base = [[answer(i, length=40, right=i < 10)] for i in range(N)]
    # Besides what is gained for certain, 16 more are cut: the sign is known either way.
    new = [[answer(i, length=150 if i >= N - 16 else 40, right=i < 10 + gained)] for i in range(N)]
    with cut_store(tmp_path, {"base": Run(base, cap=100), "new": Run(new, cap=100, weights="x")}) as store:
        found = truncation.analyse(store, ("base", "new"), graders=GRADERS)
        reverse = truncation.analyse(store, ("new", "base"), graders=GRADERS)
    assert reverse.verdict == Verdict(reversed_kind)
    bounds = found.table("bounds_difference").record(label="new − base")
    assert (bounds["lowest"], bounds["highest"]) == pytest.approx((gained / N, (gained + 16) / N))
    assert found.verdict == Verdict(kind)


def test_loops_templates_and_a_cut_answer_that_is_right(tmp_path: Path) -> None:
    looping = [[answer(i, length=30) + " and again" * 30] * 2 for i in range(10)]
    steady = [[answer(i, length=400), answer(i, length=30)] for i in range(10, 40)]
    texts = looping + steady
    with cut_store(tmp_path, {"run": Run(texts, cap=200)}, templates=[f"t{i // 4}" for i in range(40)]) as store:
        found = truncation.analyse(store, ("run",), graders=GRADERS)
    check(found)
    loops = found.table("loops").record(label="run")
    assert (loops["n"], loops["loops"], loops["period"]) == (50, 20, len(" and again"))
    # The looping ones are right by their first box, but what is cut is open.
    assert any("20 of run" in note for note in found.notes)
    bounds = found.table("bounds").record(label="accuracy of run")
    assert (bounds["lowest"], bounds["highest"]) == pytest.approx((30 / 80, 1.0))


def test_runs_without_tokens_still_get_their_bounds(tmp_path: Path) -> None:
    texts = [[boxed(i) + ("[cut]" if i % 2 else "")] for i in range(20)]
    with planted(tmp_path, {"a": Planted(texts), "b": Planted(texts, cap=400)}) as store:
        found = truncation.analyse(store, ("a", "b"), graders=GRADERS)
    check(found)
    obstacle = "the store lacks of it what not every import and server brings: tokenizer."
    assert [note for note in found.notes if note.startswith("No accuracy by token limit")] == [
        f"No accuracy by token limit for {label}: {obstacle}" for label in ("a", "b")
    ]
    assert found.verdict == Verdict("not identified")
    with pytest.raises(InputError, match="at least one run"):
        truncation.analyse(None)


def test_the_base_install_writes_all_but_the_curve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with cut_store(tmp_path, {"base": Run(LONG, cap=100)}) as store:
        whole = truncation.analyse(store, ["base"], graders=GRADERS)
        # None in place of a module is how Python says that it cannot be imported.
        monkeypatch.setitem(sys.modules, "tokenizers", None)
        without = truncation.analyse(store, ["base"], graders=GRADERS)
    names = [{table.name for table in findings.tables} for findings in (whole, without)]
    assert names[0] - names[1] == {"token_limit_curve", "token_limit_graders", "token_limit_reached"}
    assert without.table("truncation") == whole.table("truncation")
    (note,) = [note for note in without.notes if "needs the package tokenizers" in note]
    assert "pip install 'evalsuite[models]'" in note


def test_the_noise_floor_stands_beside_a_comparison(tmp_path: Path) -> None:
    flipped = [[answer(i, length=40, right=(i % 3 > 0) != (i < 3))] for i in range(N)]
    runs = {
        "base": Run(SHORT, cap=100),
        "new": Run([SHORT[0], *SHORT[1:-1], flipped[1]], cap=100, weights="x"),
        "again": Run(flipped, cap=100, parent="base", replicate=Replicate("base", {"batch_size": 2})),
        "other engine": Run(SHORT, cap=100, weights="z"),
    }
    with cut_store(tmp_path, runs) as store:
        found = noise_floor.analyse(store, ("base",))
        compared = compare(store, ("base", "new"), seed=0)
        # A run of the same engine without a replicate of its own borrows the floor of another.
        borrowed = noise_floor.noise_floors(store, [find_run(store, "other engine")])
    check(found)
    (row,) = found.table("noise").records()
    counts = {"label": "base", "varied": "batch size 2", "n": 60, "texts": 3, "flips": 3}
    assert {key: row[key] for key in counts} == counts
    assert row["value"] == 3 / 60
    assert row["net"] == pytest.approx((1 - 2) / 60)
    assert [f.replicate for f in borrowed] == ["again"]
    note = next(n for n in compared.notes if "Numerical nondeterminism" in n)
    assert "3 of 60 verdicts changed" in note
    assert not forbidden_words(note)
    assert compared.table("noise").rows == found.table("noise").rows


def test_no_replicate_no_floor(tmp_path: Path) -> None:
    with cut_store(tmp_path, {"base": Run(SHORT, cap=100), "new": Run(LONG, cap=100, weights="x")}) as store:
        assert noise_floor.floor_note(noise_floor.noise_floors(store, [find_run(store, "base")]), [0.1]) is None
        with pytest.raises(InputError, match="--replicate base"):
            noise_floor.analyse(store, ("base",))
