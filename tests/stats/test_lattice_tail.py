"""Tails from one transform: against convolution term by term, the binomial, and the tests that use them at size."""

import numpy as np
import pytest
from scipy import stats

from evalsuite.stats import signflip
from evalsuite.stats.lattice_tail import LONGEST, lattice_tail

COIN = np.array([0, 1]), np.array([0.5, 0.5])


@pytest.mark.parametrize(("n", "k"), [(10, 8), (400, 230), (5000, 2900), (1, 1), (64, 64)])
def test_coins_are_binomial(n: int, k: int) -> None:
    assert lattice_tail([(*COIN, n)], k) == pytest.approx(stats.binom.sf(k - 1, n, 0.5), rel=1e-10)


def test_every_threshold_against_convolution() -> None:
    terms = [
        (np.array([-3, 0, 5]), np.array([0.2, 0.5, 0.3]), 7),
        (np.array([1, 2]), np.array([0.9, 0.1]), 4),
        (np.array([-11, 11]), np.array([0.5, 0.5]), 3),
    ]
    law = {0: 1.0}
    for values, weights, count in terms:
        for _ in range(count):
            grown: dict[int, float] = {}
            for at, mass in law.items():
                for value, weight in zip(values.tolist(), weights.tolist(), strict=True):
                    grown[at + value] = grown.get(at + value, 0.0) + mass * weight
            law = grown
    for threshold in range(min(law) - 2, max(law) + 3):
        expected = sum(mass for at, mass in law.items() if at >= threshold)
        assert lattice_tail(terms, threshold) == pytest.approx(expected, rel=1e-9, abs=1e-300)


def test_too_long_is_said_and_not_tried() -> None:
    assert lattice_tail([(np.array([0, LONGEST]), np.array([0.5, 0.5]), 3)], 2 * LONGEST) is None


@pytest.mark.parametrize(("n", "completions"), [(12, (4,)), (60, (2, 3)), (200, (8,)), (9, (1, 2, 3, 5))])
def test_both_routes_of_the_randomisation_tests_agree(
    monkeypatch: pytest.MonkeyPatch, n: int, completions: tuple[int, ...]
) -> None:
    rng = np.random.default_rng(n)
    k, j = rng.choice(completions, n), rng.choice(completions, n)
    p = rng.random(n) * 0.9
    base, new, same = rng.binomial(k, p), rng.binomial(j, p + 0.1), rng.binomial(k, p + 0.1)
    by_term = signflip.within_problem_permutation(base, new, k, j).pvalue, signflip.sign_flip(base, same, k).pvalue
    monkeypatch.setattr(signflip, "MOST_WORK", 0)
    at_once = signflip.within_problem_permutation(base, new, k, j).pvalue, signflip.sign_flip(base, same, k).pvalue
    assert at_once == pytest.approx(by_term, rel=1e-9)


def test_gsm8k_with_five_to_eight_completions_answers() -> None:
    rng = np.random.default_rng(1)
    k, p = rng.integers(5, 9, 1319), rng.random(1319)
    base, new = rng.binomial(k, p), rng.binomial(k, p)
    exact = signflip.sign_flip(base, new, k).pvalue
    d = new / k - base / k
    normal = 2 * stats.norm.sf(abs(d.sum()) / np.sqrt((d**2).sum()))
    assert exact == pytest.approx(normal, abs=0.002)
    assert 0 < signflip.within_problem_permutation(base, new, k).pvalue <= 1
