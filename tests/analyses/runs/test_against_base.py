"""Comparison of stored runs: a planted effect is found, noise is not, and the family is paid for."""

import numpy as np
import pytest
from scipy import stats
from scipy.stats import binomtest
from statsmodels.stats.contingency_tables import mcnemar as statsmodels_mcnemar

from analyses.runs.accuracy import accuracy_of_run
from analyses.runs.against_base import compare_runs
from analyses.runs.pairing import pair_runs
from evalsuite.cli.comparison_output import print_comparison
from evalsuite.comparison.pair import compare_pair
from evalsuite.comparison.pair import test_results as results_of_tests
from evalsuite.documents.accuracy import of_run
from evalsuite.documents.stored_runs import of_stored_runs
from evalsuite.scores import ScoreMatrix
from evalsuite.store.store import Store


def planted(n: int, wins: int, losses: int) -> tuple[np.ndarray, np.ndarray]:
    """Return scores of n problems where only the new run solves the first `wins`, only the base the next `losses`."""
    base = np.arange(n) % 2 == 0
    new = base.copy()
    base[:wins], new[:wins] = False, True
    base[wins : wins + losses], new[wins : wins + losses] = True, False
    return base, new


def compared(store: Store, *names: str, **settings):
    return of_stored_runs(compare_runs(pair_runs(store, names), **settings)).as_dict()


def test_a_planted_gain_is_found_with_the_exact_pvalue(store, plant) -> None:
    base, new = planted(200, 25, 5)
    plant("base", base)
    plant("new", new, weights_fingerprint="v")
    found = compared(store, "base", "new")
    assert found["verdict"]["kind"] == "resolved gain"
    assert found["table"]["wins"] == 25
    assert found["table"]["losses"] == 5
    assert found["difference"]["value"] == pytest.approx(0.1)
    assert found["difference"]["low"] > 0
    assert found["pvalues"]["mcnemar_exact"] == pytest.approx(binomtest(25, 30).pvalue)
    assert found["adjusted_pvalue"] is None
    assert found["cochran_q"] is None
    swapped = compared(store, "new", "base")
    assert swapped["verdict"]["kind"] == "resolved loss"
    assert swapped["difference"]["value"] == pytest.approx(-0.1)


def test_no_effect_stays_quiet(store, plant) -> None:
    base, new = planted(200, 15, 14)
    plant("base", base)
    plant("new", new, weights_fingerprint="v")
    found = compared(store, "base", "new")
    assert found["verdict"]["kind"] == "unresolved"
    assert found["difference"]["low"] < 0 < found["difference"]["high"]


def test_noise_is_called_a_change_no_more_often_than_the_level(store: Store) -> None:
    from evalsuite.comparison.paired_table import compare_table
    from evalsuite.stats.paired import PairedTable

    rng = np.random.default_rng(7)
    resolved = 0
    for _ in range(40):
        base, new = rng.random((2, 60)) < 0.5
        verdict = compare_table(PairedTable.from_scores(base, new)).verdict
        resolved += verdict.kind.startswith("resolved")
    # An exact test rejects in at most 5% of 40; 7 or more would come up in one of 300 such tests.
    assert resolved < 7


def test_equal_runs(store, plant) -> None:
    base, _ = planted(40, 0, 0)
    plant("base", base)
    plant("new", base, weights_fingerprint="v")
    found = compared(store, "base", "new")
    assert found["pvalues"]["mcnemar_exact"] == 1
    assert found["difference"]["value"] == 0
    assert found["verdict"]["kind"] == "unresolved"


def test_a_margin_makes_equivalence_a_possible_answer(store, plant) -> None:
    base, new = planted(1000, 10, 10)
    plant("base", base)
    plant("new", new, weights_fingerprint="v")
    assert compared(store, "base", "new")["verdict"]["kind"] == "unresolved"
    found = compared(store, "base", "new", margin=0.02)
    assert found["verdict"]["kind"] == "equivalent"
    assert found["equivalence_pvalue"] < 0.05


def test_three_runs_are_a_family_with_holm_and_cochran_q(store, plant) -> None:
    base, better = planted(120, 20, 6)
    _, same = planted(120, 5, 4)
    for label, scores in (("base", base), ("better", better), ("same", same)):
        plant(label, scores, weights_fingerprint=label)
    found = compared(store, "base", "better", "same")
    assert found["family_size"] == 2
    raw = [c["pvalues"]["mcnemar_exact"] for c in found["comparisons"]]
    small, large = sorted(raw)
    expected = {small: min(1, 2 * small), large: min(1, max(2 * small, large))}
    assert [c["adjusted_pvalue"] for c in found["comparisons"]] == pytest.approx([expected[p] for p in raw])
    scores = np.column_stack([base, better, same]).astype(int)
    rows, columns = scores.sum(axis=1), scores.sum(axis=0)
    k = 3
    q = (k - 1) * (k * (columns**2).sum() - columns.sum() ** 2) / (k * rows.sum() - (rows**2).sum())
    assert found["cochran_q"]["statistic"] == pytest.approx(q)


def test_the_family_can_cost_a_verdict(store, plant) -> None:
    base, new = planted(100, 13, 3)
    plant("base", base)
    for label in ("a", "b", "c", "d"):
        plant(label, new, weights_fingerprint=label)
    assert compared(store, "base", "a")["verdict"]["kind"] == "resolved gain"
    assert {c["verdict"]["kind"] for c in compared(store, "base", "a", "b", "c", "d")["comparisons"]} == {"unresolved"}


def test_repeated_completions_are_compared_by_problem(store, plant) -> None:
    rng = np.random.default_rng(3)
    skill = rng.uniform(0.1, 0.7, size=(150, 1))
    plant("base", rng.random((150, 4)) < skill)
    plant("new", rng.random((150, 4)) < skill + 0.2, weights_fingerprint="v")
    plant("twin", rng.random((150, 4)) < skill, weights_fingerprint="u")
    found = compared(store, "base", "new")
    assert found["verdict"]["kind"] == "resolved gain"
    assert found["n_problems"] == 150
    assert found["difference"]["low"] < 0.2 < found["difference"]["high"]
    assert compared(store, "base", "twin")["verdict"]["kind"] == "unresolved"


def test_templates_widen_the_interval(store, plant, plant_elsewhere) -> None:
    # Ten templates of ten problems that rise and fall together.
    rng = np.random.default_rng(5)
    names = [f"t{i // 10}" for i in range(100)]
    base = np.repeat(rng.random(10) < 0.5, 10)
    new = np.repeat(rng.random(10) < 0.5, 10)
    plant("base", base)
    plant("new", new, weights_fingerprint="v")
    alone = compared(store, "base", "new")["difference"]
    clustered, plant_there = plant_elsewhere
    plant_there("base", base, templates=names)
    plant_there("new", new, templates=names, weights_fingerprint="v")
    found = compared(clustered, "base", "new")
    assert found["n_clusters"] == 10
    width = found["difference"]["high"] - found["difference"]["low"]
    assert width > 2 * (alone["high"] - alone["low"])


def test_cut_completions_bound_the_accuracy_without_a_cap(store, plant) -> None:
    base, new = planted(100, 20, 2)
    plant("base", base, cut=~base & (np.arange(100) >= 60))
    plant("new", new, weights_fingerprint="v")
    found = compared(store, "base", "new")
    assert found["verdict"]["kind"] == "resolved gain"
    n_truncated = int((~base & (np.arange(100) >= 60)).sum())
    bounds = found["bounds_without_cap"]
    assert (bounds["lowest"], bounds["highest"]) == pytest.approx((0.18 - n_truncated / 100, 0.18))
    assert bounds["sign_identified"] is False
    assert compared(store, "base", "new", without_cap=True)["verdict"]["kind"] == "not identified"


def test_accuracy_of_a_run(store, plant) -> None:
    base, _ = planted(50, 10, 0)
    plant("base", base, cut=np.arange(50) < 5)
    found = of_run(accuracy_of_run(store, "base")).as_dict()
    assert (found["correct"], found["n_problems"]) == (int(base.sum()), 50)
    assert found["truncation"]["rate"] == pytest.approx(0.1)
    assert found["finished"] is True
    assert set(found["intervals"]) >= {"wilson", "clopper_pearson"}


def test_what_must_be_read_first_is_printed_first_and_once(store, plant, capsys: pytest.CaptureFixture[str]) -> None:
    half = np.arange(20) % 2 == 0
    plant("base", half)
    plant("new", half, made=np.arange(20) < 15, weights_fingerprint="v", template="other")
    compared = of_stored_runs(compare_runs(pair_runs(store, ["base", "new"], allow_unfinished=True)))
    found = compared.as_dict()
    assert [caution["kind"] for caution in found["cautions"]] == ["unfinished", "confounded"]
    print_comparison(compared)
    lines = capsys.readouterr().out.splitlines()
    assert lines[:5] == [
        found["finding"],
        "The run new is unfinished: 15 of 20 completions are there.",
        found["differences_between_runs"],
        found["sentence"],
        "Left out because not every run has them: 5 of base.",
    ]
    assert len([line for line in lines if "onfounded" in line or "unfinished" in line]) == 2


def test_statistics_are_those_of_the_tests() -> None:
    rng = np.random.default_rng(5)
    base, new = rng.random(60) < 0.4, rng.random(60) < 0.6

    def matrix(label: str, correct: np.ndarray, clusters: tuple[str, ...] | None) -> ScoreMatrix:
        names = tuple(f"p{i}" for i in range(len(correct)))
        made = np.ones_like(correct)
        return ScoreMatrix(label, names, names, correct, made, np.zeros_like(correct), clusters=clusters)

    found = results_of_tests(compare_pair(matrix("b", base[:, None], None), matrix("n", new[:, None], None)))
    wins, losses = int((new & ~base).sum()), int((base & ~new).sum())
    ours = statsmodels_mcnemar([[0, losses], [wins, 0]], exact=False, correction=False)
    assert found["mcnemar_asymptotic"].statistic == pytest.approx(ours.statistic)
    assert found["mcnemar_asymptotic"].pvalue == pytest.approx(ours.pvalue)
    assert found["mcnemar_exact"].statistic == wins
    difference = new.astype(float) - base
    twice = [matrix(label, np.tile(run[:, None], 2), None) for label, run in (("b", base), ("n", new))]
    several = results_of_tests(compare_pair(*twice))
    t = stats.ttest_1samp(difference, 0)
    assert (several["t"].statistic, several["t"].pvalue) == pytest.approx((t.statistic, t.pvalue))
    assert several["t"].method == "t"
    nothing = [matrix(label, np.ones((60, 2), dtype=bool), None) for label in ("b", "n")]
    assert set(results_of_tests(compare_pair(*nothing))) == {"bounded_mean", "sign_flip", "within_problem_permutation"}
    groups = tuple(f"t{i % 12}" for i in range(60))
    clustered = results_of_tests(compare_pair(matrix("b", base[:, None], groups), matrix("n", new[:, None], groups)))
    by_group = stats.ttest_1samp(difference.reshape(5, 12).mean(axis=0), 0)
    assert (clustered["t"].statistic, clustered["t"].pvalue) == pytest.approx((by_group.statistic, by_group.pvalue))
    assert clustered["t"].method == "cluster_t"
