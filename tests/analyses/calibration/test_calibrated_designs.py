"""Whole verdicts in every design: what is printed keeps its promise, and the battery finds what does not."""

import os
from dataclasses import replace

import numpy as np
import pytest

from analyses.calibration import decisions
from analyses.calibration.decisions import Outcome
from analyses.calibration.designs import DESIGNS, GROUPS, Design
from analyses.calibration.enumeration import enumerated
from analyses.calibration.simulated_runs import SimulatedRuns
from analyses.calibration.verdicts import band, simulated
from evalsuite.stats.best_of import picked_difference
from evalsuite.stats.cluster import paired_mean_difference

# The long ones take twenty minutes on one core.
DRAWS = 300 if os.environ.get("EVALSUITE_LONG_TESTS") else 4


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
    single, repeated, here = enumerated(sizes=(10,), repeated=6, here=((1, 8),))
    # Where all six problems gain all, which six coins do with probability 1/32, p is 1/32; nothing else is resolved.
    assert repeated.false == pytest.approx(1 / 32)
    assert single.keeps
    assert repeated.keeps
    assert here.keeps
    assert here.here_false is not None
    assert here.here_coverage is not None
    assert 0 < here.here_false <= 0.05 <= 1 - here.here_coverage + 0.05
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


def test_what_is_said_of_these_problems_is_held_against_their_own_chances() -> None:
    design = one("several completions", "n=20, K=8, gain of 20%")
    [row] = simulated([design], n_draws=40, seed=3)
    # 20 problems with 8 completions resolve it on these problems, and leave open what others do.
    assert row.here_right is not None
    assert row.right is not None
    assert row.here_right > 0.9 > 0.7 > row.right
    assert row.here_false == 0

    def of_others(runs: SimulatedRuns) -> Outcome:
        return decisions.one_pair(replace(runs, chances=np.zeros_like(runs.chances)))

    [wrong] = simulated([replace(design, decide=of_others)], n_draws=40, seed=3)
    assert wrong.here_false == row.here_right
    assert not wrong.keeps


def test_claims_of_several_runs_that_are_not_one_family_are_found() -> None:
    design = one("several new runs", "n=100, K=1, 4 new runs, margin 0.1 for each, true difference −0.1")

    def each_alone(runs: SimulatedRuns) -> Outcome:
        alone = [decisions.no_worse_than(0.1)(replace(runs, new=(new,))) for new in runs.new]
        return Outcome(any(o.false for o in alone), False, 1.0, False)

    [row] = simulated([replace(design, decide=each_alone)], n_draws=240, seed=3)
    assert not row.keeps


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
