"""Randomisation tests against brute force over every assignment, scipy, and the exact McNemar test."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from evalsuite.stats.paired import PairedTable, mcnemar_exact
from evalsuite.stats.signflip import sign_flip, within_problem_permutation

BASE, NEW = [2, 0, 4, 1, 1, 3], [3, 1, 4, 2, 0, 4]
SLACK = 1e-9


def brute_sign_flip(base, new, completions):
    d = np.asarray(new) / completions - np.asarray(base) / completions
    signs = np.array(list(itertools.product([-1, 1], repeat=len(d))))
    return (abs(signs @ d) >= abs(d.sum()) - SLACK).mean()


def brute_permutation(base, new, k, j):
    laws = []
    for x, y in zip(base, new, strict=True):
        right = x + y
        support = range(max(0, right - k), min(right, j) + 1)
        laws.append([(v / j - (right - v) / k, stats.hypergeom.pmf(v, k + j, right, j)) for v in support])
    observed = abs(sum(y / j - x / k for x, y in zip(base, new, strict=True)))
    total = 0.0
    for outcome in itertools.product(*laws):
        if abs(sum(d for d, _ in outcome)) >= observed - SLACK:
            total += math.prod(p for _, p in outcome)
    return total


def test_worked_numbers():
    flipped = sign_flip(BASE, NEW, 4)
    assert flipped.pvalue == 24 / 64
    assert flipped.effect == pytest.approx(0.125)
    assert within_problem_permutation(BASE, NEW, 4).pvalue == pytest.approx(0.45663, abs=6e-6)


counts = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=7)


@given(counts)
@settings(deadline=None, max_examples=40, derandomize=True)
def test_brute_force(pairs):
    base, new = zip(*pairs, strict=True)
    assert sign_flip(base, new, 4).pvalue == pytest.approx(brute_sign_flip(base, new, 4), abs=1e-12)
    assert within_problem_permutation(base, new, 4).pvalue == pytest.approx(
        brute_permutation(base[:5], new[:5], 4, 4)
        if len(base) <= 5
        else within_problem_permutation(new, base, 4).pvalue,
        abs=1e-12,
    )


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5)), min_size=1, max_size=4))
@settings(deadline=None, max_examples=40, derandomize=True)
def test_unequal_completions_by_brute_force(pairs):
    base, new = zip(*pairs, strict=True)
    ours = within_problem_permutation(base, new, 3, 5)
    assert ours.pvalue == pytest.approx(brute_permutation(base, new, 3, 5), abs=1e-12)
    assert within_problem_permutation(new, base, 5, 3).pvalue == pytest.approx(ours.pvalue, abs=1e-12)


def test_completions_that_differ_between_problems():
    base, new, completions = [1, 0, 2, 3], [2, 1, 5, 3], np.array([2, 3, 6, 4])
    assert sign_flip(base, new, completions).pvalue == brute_sign_flip(base, new, completions)
    once = within_problem_permutation(base, new, completions)
    assert once.effect == pytest.approx(np.mean(np.array(new) / completions - np.array(base) / completions))


@pytest.mark.parametrize(("wins", "losses"), [(0, 0), (1, 0), (6, 0), (3, 3), (16, 6), (80, 50), (264, 0), (900, 300)])
def test_one_completion_is_the_exact_mcnemar_test(wins, losses):
    n = 1319
    base = np.r_[np.zeros(wins), np.ones(losses), np.ones(n - wins - losses)].astype(int)
    new = np.r_[np.ones(wins), np.zeros(losses), np.ones(n - wins - losses)].astype(int)
    expected = mcnemar_exact(PairedTable.from_scores(base, new)).pvalue
    assert sign_flip(base, new, 1).pvalue == pytest.approx(expected, rel=1e-12)
    assert within_problem_permutation(base, new, 1).pvalue == pytest.approx(expected, rel=1e-12)


def test_scipy_permutation_agrees():
    d = np.array(NEW) - np.array(BASE)
    result = stats.permutation_test((d,), np.sum, permutation_type="samples", n_resamples=np.inf)
    assert sign_flip(BASE, NEW, 4).pvalue == pytest.approx(result.pvalue, abs=1e-12)


def test_tiny_pvalues_keep_their_relative_accuracy():
    # All 200 problems gain 1 or 2 of 8: only one assignment and its mirror are as extreme.
    gain = np.tile([1, 2], 100)
    assert sign_flip(np.zeros(200, int), gain, 8).pvalue == pytest.approx(2.0**-199, rel=1e-12)
    ways = (math.comb(8, 1) / math.comb(16, 1)) ** 100 * (math.comb(8, 2) / math.comb(16, 2)) ** 100
    assert within_problem_permutation(np.zeros(200, int), gain, 8).pvalue == pytest.approx(2 * ways, rel=1e-11)


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), min_size=1, max_size=60), st.randoms())
@settings(deadline=None, max_examples=40, derandomize=True)
def test_invariances(pairs, random):
    base, new = map(np.array, zip(*pairs, strict=True))
    order = random.sample(range(len(base)), len(base))
    for test in (sign_flip, within_problem_permutation):
        result = test(base, new, 8)
        assert 0 <= result.pvalue <= 1
        for other in (test(new, base, 8), test(8 - base, 8 - new, 8)):
            assert other.pvalue == pytest.approx(result.pvalue, abs=1e-12)
            assert other.effect == -result.effect
        assert test(base[order], new[order], 8).pvalue == pytest.approx(result.pvalue, abs=1e-12)


def test_impossible_counts_are_refused():
    with pytest.raises(ValueError, match="got 5 of 4 at row 1"):
        sign_flip([1, 2], [1, 5], 4)
    with pytest.raises(ValueError, match="1 or more completions"):
        sign_flip([0], [0], 0)
    with pytest.raises(ValueError, match="same problems"):
        sign_flip([0, 1], [1], 1)
    completions = np.arange(1, 400)
    with pytest.raises(ValueError, match="lattice of"):
        sign_flip(np.zeros(399, int), np.ones(399, int), completions)
    with pytest.raises(ValueError, match="lattice of"):
        within_problem_permutation(np.zeros(399, int), np.ones(399, int), completions)
