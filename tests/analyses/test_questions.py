"""Analyses that answer for the tutorial's numbers without any run, and for stored runs."""

from pathlib import Path

import pytest
from forbidden_words import forbidden_words
from stores import store_with

from analyses import sample_size, small_samples, variance_decomposition
from analyses.catalogue import ANALYSES, find
from evalsuite.errors import InputError
from evalsuite.findings import Findings
from evalsuite.stats.subsets import reversal


def check(findings: Findings) -> None:
    assert not forbidden_words(findings.sentence)
    tables = {table.name for table in findings.tables}
    assert {figure.table for figure in findings.figures} <= tables
    assert len(tables) == len(findings.tables)


def test_sample_size_gives_the_numbers_of_the_tutorial() -> None:
    found = sample_size.analyse()
    check(found)
    assert found.table("needed").column("exact") == (39, 48, 66, 91, 124)
    assert "39 to 124 problems" in found.sentence
    # Five problems detect nothing at any rate of discordance.
    assert found.table("detectable_by_set").records()[0] == {
        "problems": 5, "at10": None, "at20": None, "at30": None, "at50": None
    }  # fmt: skip


def test_small_samples_without_a_run_says_that_it_is_constructed() -> None:
    found = small_samples.analyse(None)
    check(found)
    assert "constructed" in found.notes[0]
    chances = found.table("chances")
    assert chances.column("n")[0] == 5
    assert chances.column("power")[0] == 0.0
    assert chances.column("paired")[0] == pytest.approx(0.2838, abs=1e-3)


def test_small_samples_of_stored_runs(tmp_path: Path) -> None:
    with store_with(tmp_path, base=[1] * 40 + [0] * 60, new=[1] * 30 + [0] * 10 + [1] * 30 + [0] * 30) as store:
        found = small_samples.analyse(store, ("base", "new"))
    check(found)
    row = found.table("chances").record(n=20)
    table = small_samples.PairedTable(both=30, wins=30, losses=10, neither=30)
    assert row["reversal"] == pytest.approx(reversal(table, 20), abs=1e-12)
    with pytest.raises(InputError, match="two runs"), store_with(tmp_path / "b", base=[1], new=[1]) as store:
        small_samples.analyse(store, ("base",))


def test_variance_decomposition_assumed_and_measured(tmp_path: Path) -> None:
    assumed = variance_decomposition.analyse(None)
    check(assumed)
    errors = assumed.table("standard_errors")
    # sqrt((0.16 + 0.24) / 1319) with one completion of independent runs.
    assert errors.record(problems=1319)["k1"] == pytest.approx(0.017414, abs=1e-5)
    with store_with(tmp_path, base=[0, 2, 4, 1] * 10, new=[1, 3, 4, 1] * 10, completions=4) as store:
        measured = variance_decomposition.analyse(store, ("base", "new"))
    check(measured)
    assert sum(float(v or 0) for v in measured.table("components").column("share")) == pytest.approx(1)
    with (
        store_with(tmp_path / "one", base=[1, 0], new=[1, 1]) as store,
        pytest.raises(InputError, match="at least two completions"),
    ):
        variance_decomposition.analyse(store, ("base", "new"))


def test_catalogue() -> None:
    assert len({a.name for a in ANALYSES}) == len(ANALYSES)
    assert find("sample_size").run(None, ()).name == "sample_size"
    with pytest.raises(InputError, match="Choose from"):
        find("nothing")
    with pytest.raises(InputError, match="number of draws"):
        find("calibration").run(None, ("many",))
