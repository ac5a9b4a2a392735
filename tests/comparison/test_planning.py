"""Plans: published numbers, their JSON, and what cannot be planned."""

import json

import pytest

from evalsuite.comparison.planning import needed_range, plan, plan_for_n, problems_needed
from evalsuite.documents.planning import of_detection, of_sample_size
from evalsuite.stats.power import exact_power
from evalsuite.wording.planning import detection, sample_size


def test_twenty_to_forty_percent():
    found = of_sample_size(plan(0.2, 0.4)).as_dict()
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert [s["name"] for s in found["scenarios"]] == [
        "nested", "correlation 0.5", "correlation 0.3", "independent", "worst",
    ]  # fmt: skip
    assert [s["n"]["exact"] for s in found["scenarios"]] == [39, 48, 66, 91, 124]
    assert [s["n"]["midp"] for s in found["scenarios"]] == [33, 41, 58, 83, 115]
    assert [s["n"]["connor"] for s in found["scenarios"]] == [37, 46, 61, 84, 116]
    assert [s["discordant"] for s in found["scenarios"]] == pytest.approx([0.2, 0.2440, 0.3224, 0.44, 0.6], abs=6e-5)
    assert found["impossible_pairings"] == []
    assert "39 to 124 problems" in found["sentence"]


def test_direction_does_not_matter():
    up, down = plan(0.2, 0.4), plan(0.4, 0.2)
    assert [s.exact for s in up.scenarios] == [s.exact for s in down.scenarios]
    assert [s.scenario.wins for s in up.scenarios] == pytest.approx([s.scenario.losses for s in down.scenarios])


def test_more_completions_need_fewer_problems():
    once, often = plan(0.35, 0.55), plan(0.35, 0.55, completions=8)
    assert [s.exact for s in once.scenarios] == [s.exact for s in often.scenarios]
    assert all(a.miller > b.miller for a, b in zip(once.scenarios, often.scenarios, strict=True))
    assert "with 8 completions each" in sample_size(often)


def test_impossible_pairings_are_named():
    found = of_sample_size(plan(0.05, 0.6)).as_dict()
    assert [s["name"] for s in found["scenarios"]] == ["nested", "independent", "worst"]
    assert [s["name"] for s in found["impossible_pairings"]] == ["correlation 0.5", "correlation 0.3"]


def test_tiny_differences_have_the_formula_only():
    found = plan(0.45, 0.46)
    assert found.scenarios[-1].exact is None
    assert found.scenarios[-1].connor > 70_000
    assert found.scenarios[0].exact == 790


def test_equal_accuracies_are_refused():
    with pytest.raises(ValueError, match=r"must differ .* got 0.4"):
        plan(0.4, 0.4)


def test_problems_at_hand():
    found = of_detection(plan_for_n(1319)).as_dict()
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    rows = {row["discordant"]: row for row in found["minimum_detectable_difference"]}
    assert list(rows) == [0.05, 0.1, 0.2, 0.3, 0.4, 0.5]
    assert rows[0.2]["exact"] == pytest.approx(0.03510, abs=6e-6)
    assert rows[0.2]["midp"] == pytest.approx(0.03439, abs=6e-6)
    assert rows[0.2]["connor"] == pytest.approx(0.0345, abs=6e-5)
    for rate, row in rows.items():
        size = row["exact"]
        assert exact_power(1319, (rate + size) / 2, (rate - size) / 2) == pytest.approx(0.8, abs=0.005)


def test_five_problems_detect_nothing():
    found = plan_for_n(5)
    assert {(d.exact, d.midp, d.connor) for d in found.detectable} == {(None, None, None)}
    assert found.smallest_attainable_pvalue == 0.0625
    assert detection(found) == ("If the runs disagree this often, 5 problems cannot detect any change with 80% power.")


def test_needed():
    assert needed_range(0.2, 0.4) == (39, 124)
    assert needed_range(0.3, 0.3) is None
    assert problems_needed(-0.2, 0.1) == problems_needed(0.2, 0.2) == 39
    assert problems_needed(0.001, 0.2) > 1_000_000
