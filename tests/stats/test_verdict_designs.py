"""Whole decisions in every design: the chosen methods keep their promise, and the former ones do not."""

import os

import numpy as np
import pytest

from evalsuite.stats.bounded_mean import bounded_mean
from evalsuite.stats.cluster import paired_mean_difference
from evalsuite.stats.paired import PairedTable, mcnemar_exact
from evalsuite.stats.paired_intervals import fay_lumbard
from evalsuite.stats.verdict_designs import DESIGNS, Printed, SimulatedPair, calibrate

DRAWS = 2000 if os.environ.get("EVALSUITE_LONG_TESTS") else 40


def chosen(pair: SimulatedPair) -> Printed:
    single = pair.clusters is None and bool((pair.base_attempts == 1).all() and (pair.new_attempts == 1).all())
    if single:
        table = PairedTable.from_scores(pair.base, pair.new)
        value, pvalue, interval = table.difference, mcnemar_exact(table).pvalue, fay_lumbard(table)
    else:
        d = pair.new / pair.new_attempts - pair.base / pair.base_attempts
        mean = bounded_mean(d, bounds=(-1, 1), clusters=pair.clusters)
        value, pvalue, interval = mean.value, mean.pvalue(0), mean.estimate()
    return Printed(int(np.sign(value)) if pvalue < 0.05 else 0, interval.low, interval.high)


def t_over_groups(pair: SimulatedPair) -> Printed:
    found = paired_mean_difference(pair.base, pair.base_attempts, pair.new, pair.new_attempts, clusters=pair.clusters)
    e = found.difference
    return Printed((e.low > 0) - (e.high < 0), e.low, e.high)


@pytest.mark.parametrize("name", DESIGNS)
def test_verdict_and_interval_keep_their_promise(name: str) -> None:
    [row] = calibrate(chosen, {name: DESIGNS[name]}, n_draws=DRAWS if "1319" not in name else DRAWS // 4, seed=3)
    assert row.keeps(), row
    if ", gain" in name and "templates" not in name:
        assert row.power > 0.15


@pytest.mark.parametrize(
    "name", ["K=64, skewed, n=15", "78 templates, one with half, effects +-.3", "K=1 against 8, accuracy 0.1, n=10"]
)
def test_the_battery_finds_the_faults_of_t(name: str) -> None:
    [row] = calibrate(t_over_groups, {name: DESIGNS[name]}, n_draws=300, seed=3)
    assert not row.keeps(), row


def test_contradictions_and_wrong_signs_are_counted() -> None:
    gain = {"gain": DESIGNS["K=8, gain 20 points, n=20"]}
    [row] = calibrate(lambda _: Printed(-1, 0.1, 0.3), gain, n_draws=10, seed=0)
    assert (row.false_resolution, row.contradictions, row.coverage, row.power) == (1.0, 10, 1.0, 0.0)
    [again] = calibrate(lambda _: Printed(1, 0.1, 0.15), gain, n_draws=10, seed=0)
    assert (again.false_resolution, again.contradictions, again.coverage, again.power) == (0.0, 0, 0.0, 1.0)
    assert not again.keeps()
