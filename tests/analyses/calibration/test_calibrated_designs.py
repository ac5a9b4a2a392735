"""Whole verdicts in every design: what is printed keeps its promise, and the battery finds what does not."""

import os
from dataclasses import replace

import numpy as np
import pytest

from analyses.calibration import decisions
from analyses.calibration.decisions import Outcome
from analyses.calibration.designs import DESIGNS, GROUPS, Design
from analyses.calibration.simulated_runs import SimulatedRuns
from analyses.calibration.verdicts import band, enumerated, simulated
from evalsuite.stats.best_of import picked_difference
from evalsuite.stats.cluster import paired_mean_difference

DRAWS = 2000 if os.environ.get("EVALSUITE_LONG_TESTS") else 8


def one(group: str, setting: str) -> Design:
    [design] = [d for d in DESIGNS if (d.group, d.setting) == (group, setting)]
    return design


def t_over_groups(runs: SimulatedRuns) -> Outcome:
    base, new = runs.base[0], runs.new[0]
    counts = (base.successes, base.attempts, new.successes, new.attempts)
    e = paired_mean_difference(*counts, clusters=base.clusters).difference
    resolved, truth = (e.low > 0) - (e.high < 0), runs.differences[0]
    return Outcome(resolved not in (0, np.sign(truth)), False, e.low <= truth <= e.high, False)


@pytest.mark.parametrize("group", GROUPS)
def test_what_is_printed_keeps_its_promise(group: str) -> None:
    designs = [d for d in DESIGNS if d.group == group]
    assert designs
    for row in simulated(designs, n_draws=DRAWS, seed=3):
        assert row.keeps, row


def test_every_outcome_of_few_problems() -> None:
    single, repeated = enumerated(sizes=(10,), repeated=6)
    # Where all six problems gain all, which six coins do with probability 1/32, p is 1/32; nothing else is resolved.
    assert repeated.false == pytest.approx(1 / 32)
    assert single.keeps
    assert repeated.keeps
    assert single.coverage < 0.98


@pytest.mark.parametrize(
    ("group", "setting"),
    [
        ("several completions", "n=15, K=64, skewed effects"),
        ("problem templates", "78 templates and one has half of the problems, effects of ±0.3"),
        ("different numbers of completions", "n=10, K=1 against 8, accuracy 0.1"),
    ],
)
def test_the_battery_finds_the_faults_of_t(group: str, setting: str) -> None:
    [row] = simulated([replace(one(group, setting), decide=t_over_groups)], n_draws=300, seed=3)
    assert not row.keeps, row


def test_a_known_cut_is_found_where_the_cap_is_taken_for_the_truth() -> None:
    design = one("without the token limit", "n=200, K=1, accuracy 0.5, base cut in 20%")
    [row] = simulated([replace(design, decide=decisions.one_pair)], n_draws=50, seed=3)
    assert row.false > 0.5


def test_the_best_picked_without_correction_is_found() -> None:
    def best_as_if_alone(runs: SimulatedRuns) -> Outcome:
        scores = np.stack([run.problem_means for run in runs.new])
        best = picked_difference(runs.base[0].problem_means, scores)
        return Outcome(best.pvalue / len(runs.new) < 0.05, False, 1.0, False)

    design = one("the best of several", "n=100, K=1, 20 new runs, best against base")
    [row] = simulated([replace(design, decide=best_as_if_alone)], n_draws=400, seed=3)
    assert not row.keeps


def test_contradictions_and_wrong_claims_are_counted() -> None:
    design = one("several completions", "n=20, K=8, gain of 20%")
    wrong = replace(design, decide=lambda _: Outcome(True, False, 1.0, True))
    [row] = simulated([wrong], n_draws=10, seed=0)
    assert (row.false, row.right, row.coverage, row.contradictions, row.keeps) == (1.0, 0.0, 1.0, 10, False)
    right = replace(design, decide=lambda _: Outcome(False, True, 0.0, False))
    [row] = simulated([right], n_draws=10, seed=0)
    assert (row.false, row.right, row.coverage, row.keeps) == (0.0, 1.0, 0.0, False)


def test_simulation_is_the_same_again_and_each_design_has_its_own_stream() -> None:
    designs = DESIGNS[:2]
    rows = list(simulated(designs, n_draws=20, seed=1))
    assert list(simulated(designs[1:], n_draws=20, seed=1)) == rows[1:]
    assert band(10**6) == pytest.approx(0.05, abs=0.001)
