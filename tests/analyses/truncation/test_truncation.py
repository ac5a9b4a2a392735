"""What the cap did: planted costs are found, and nothing is said where nothing was cut."""

from pathlib import Path

import numpy as np
import pytest
from cut_runs import Run, answer, cut_store
from planted import Planted, boxed, planted

from analyses import noise_floor
from analyses.model_comparison.analysis import analyse as compare
from analyses.truncation import analysis as truncation
from analyses.truncation import extension_gain
from evalsuite.errors import InputError
from evalsuite.findings import Findings
from evalsuite.grading.graders import GRADERS
from evalsuite.records import Replicate
from evalsuite.store.runs import find_run
from evalsuite.wording.verdicts import forbidden_words
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
        cost = extension_gain.cap_cost(store, "new", "new longer")
        with pytest.raises(InputError, match="does not extend"):
            extension_gain.cap_cost(store, "new", "base")
    check(found)
    assert build([found], tmp_path, title=found.question, name="page").is_file()
    # 30 of 60 are cut; half of the cut ones would have been right.
    assert found.table("truncation").column("truncated") == (0, 30)
    difference = found.table("truncation_difference").rows[0]
    assert difference[2] == 0.5
    assert difference[4] == pytest.approx(2 * 0.5**30)
    # Base 40 of 60; new 20 of 60 at the cap, 50 of 60 without it.
    assert found.verdict.kind == "not identified"
    assert "not identified" in found.sentence
    bounds = {row[0]: row for name in ("bounds", "bounds_difference") for row in found.table(name).rows}
    assert bounds["accuracy of new"][2:4] == pytest.approx((20 / 60, 50 / 60))
    assert bounds["new − base"][2:4] == pytest.approx((-20 / 60, 10 / 60))
    assert bounds["new − base"][1] < -20 / 60 < 10 / 60 < bounds["new − base"][4]
    rescue = found.table("rescue").rows[0]
    assert rescue[:7] == ("new", 100, 200, 30, 0, 30, 0)
    assert rescue[8] == 0.5
    assert rescue[10] == pytest.approx(2 * 0.5**30)
    assert len(cost.gains) == 30
    assert cost.gains[0].before == "no_answer"
    assert cost.gains[0].after == "correct"
    assert not cost.losses
    assert "30 gained, 0 lost" in cost.sentence


def test_the_curve_is_the_accuracy_of_runs_at_smaller_caps(tmp_path: Path) -> None:
    lengths = np.random.default_rng(3).integers(15, 120, size=(N, 2))
    texts = [
        [answer(i, length=int(n), right=(i + k) % 3 > 0) for k, n in enumerate(own)] for i, own in enumerate(lengths)
    ]
    caps = (20, 45, 70, 100)
    runs = {f"cap {cap}": Run(texts, cap=cap) for cap in caps}
    with cut_store(tmp_path, runs) as store:
        found = truncation.analyse(store, ("cap 100",), caps=caps, graders=GRADERS)
        single = {cap: truncation.analyse(store, (f"cap {cap}",), caps=(cap,), graders=GRADERS) for cap in caps}
    check(found)
    curve = found.table("cap_curve")
    assert curve.column("x") == caps
    for cap, value in zip(caps, curve.column("y"), strict=True):
        whole = [
            len(answer(i, length=int(n))) <= cap and (i + k) % 3 > 0
            for i, o in enumerate(lengths)
            for k, n in enumerate(o)
        ]
        assert value == pytest.approx(np.mean(whole))
        assert single[cap].table("cap_curve").rows[0][2] == value
        # A band over several caps is wider than the interval of one.
        at = curve.column("x").index(cap)
        low, high = curve.rows[at][3:]
        assert (
            low <= single[cap].table("cap_curve").rows[0][3] < value < single[cap].table("cap_curve").rows[0][4] <= high
        )


def test_nothing_is_claimed_where_nothing_was_cut(tmp_path: Path) -> None:
    runs = {"base": Run(SHORT, cap=100), "new": Run(SHORT, cap=100, weights="x")}
    with cut_store(tmp_path, runs) as store:
        found = truncation.analyse(store, ("base", "new"), graders=GRADERS)
    check(found)
    names = {t.name for t in found.tables}
    assert not names & {"loops", "rescue", "rescue_changes", "noise"}
    assert found.verdict.kind == "unresolved"
    assert found.table("truncation_difference").rows[0][4] == 1.0
    assert all(row[2] == row[3] for row in found.table("bounds").rows)
    assert set(found.table("cap_difference").column("y")) == {0.0}
    assert all(low < 0 < high for *_, low, high in found.table("cap_difference").rows)
    # 95% of the final accuracy is there once the answers are: at 40 tokens.
    assert set(found.table("cap_reached").column("cap")) == {40}


@pytest.mark.parametrize(("gained", "verdict"), [(4, "unresolved"), (12, "resolved gain")])
def test_a_verdict_stands_only_if_every_ending_of_the_cut_ones_gives_it(
    tmp_path: Path, gained: int, verdict: str
) -> None:
    base = [[answer(i, length=40, right=i < 10)] for i in range(N)]
    # Besides what is gained for certain, 16 more are cut: the sign is known either way.
    new = [[answer(i, length=150 if i >= N - 16 else 40, right=i < 10 + gained)] for i in range(N)]
    with cut_store(tmp_path, {"base": Run(base, cap=100), "new": Run(new, cap=100, weights="x")}) as store:
        found = truncation.analyse(store, ("base", "new"), graders=GRADERS)
        reverse = truncation.analyse(store, ("new", "base"), graders=GRADERS)
    assert reverse.verdict.kind == verdict.replace("gain", "loss")
    assert found.table("bounds_difference").rows[-1][2:4] == pytest.approx((gained / N, (gained + 16) / N))
    assert found.verdict.kind == verdict


def test_loops_templates_and_a_cut_answer_that_is_right(tmp_path: Path) -> None:
    looping = [[answer(i, length=30) + " and again" * 30] * 2 for i in range(10)]
    steady = [[answer(i, length=400), answer(i, length=30)] for i in range(10, 40)]
    texts = looping + steady
    with cut_store(tmp_path, {"run": Run(texts, cap=200)}, templates=[f"t{i // 4}" for i in range(40)]) as store:
        found = truncation.analyse(store, ("run",), graders=GRADERS)
    check(found)
    assert found.table("loops").rows[0][1:3] == (50, 20)
    assert found.table("loops").rows[0][6] == len(" and again")
    # The looping ones are right by their first box, but what is cut is open.
    assert any("20 of run" in note for note in found.notes)
    right = found.table("bounds").rows[0]
    assert right[2:4] == pytest.approx((30 / 80, 1.0))


def test_runs_without_tokens_still_get_their_bounds(tmp_path: Path) -> None:
    texts = [[boxed(i) + ("[cut]" if i % 2 else "")] for i in range(20)]
    with planted(tmp_path, {"a": Planted(texts), "b": Planted(texts, cap=400)}) as store:
        found = truncation.analyse(store, ("a", "b"), graders=GRADERS)
    check(found)
    assert any("no curve" in note for note in found.notes)
    assert found.verdict.kind == "not identified"
    with pytest.raises(InputError, match="at least one run"):
        truncation.analyse(None)


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
    row = found.table("noise").rows[0]
    assert row[:5] == ("base", "batch size 2", 60, 3, 3)
    assert row[6] == 3 / 60
    assert row[8] == pytest.approx((1 - 2) / 60)
    assert [f.replicate for f in borrowed] == ["again"]
    note = next(n for n in compared.notes if "Noise floor" in n)
    assert "3 of 60 verdicts changed" in note
    assert not forbidden_words(note)
    assert compared.table("noise").rows == found.table("noise").rows


def test_no_replicate_no_floor(tmp_path: Path) -> None:
    with cut_store(tmp_path, {"base": Run(SHORT, cap=100), "new": Run(LONG, cap=100, weights="x")}) as store:
        assert noise_floor.floor_note(noise_floor.noise_floors(store, [find_run(store, "base")]), [0.1]) is None
        with pytest.raises(InputError, match="--replicate base"):
            noise_floor.analyse(store, ("base",))
