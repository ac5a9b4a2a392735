"""pass@k and pass^k against counting all subsets, and the majority vote by hand."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalsuite.stats.pass_at_k import majority_vote, over_problems, pass_at_k, pass_hat_k


@pytest.mark.parametrize(
    ("n", "c", "k", "expected"),
    [
        (5, 1, 1, 0.2),
        (5, 1, 3, 0.6),
        (5, 2, 2, 0.7),
        (10, 3, 5, 0.916667),
        (8, 4, 4, 0.985714),
        (5, 0, 3, 0),
        (5, 5, 3, 1),
    ],
)
def test_pass_at_k_reference_values(n: int, c: int, k: int, expected: float) -> None:
    assert pass_at_k([c], [n], k)[0] == pytest.approx(expected, abs=1e-6)


def test_pass_hat_k_reference_value() -> None:
    assert pass_hat_k([6], [8], 4)[0] == pytest.approx(0.214286, abs=1e-6)


@settings(deadline=None, max_examples=50, derandomize=True)
@given(st.integers(1, 9), st.data())
def test_both_count_subsets(n: int, data: st.DataObject) -> None:
    c, k = data.draw(st.integers(0, n)), data.draw(st.integers(1, n))
    subsets = list(itertools.combinations([1] * c + [0] * (n - c), k))
    assert pass_at_k([c], [n], k)[0] == pytest.approx(np.mean([max(s) for s in subsets]), abs=1e-12)
    assert pass_hat_k([c], [n], k)[0] == pytest.approx(np.mean([min(s) for s in subsets]), abs=1e-12)


def test_large_counts_and_unequal_k() -> None:
    values = pass_at_k([1, 500], [2000, 1000], 100)
    assert values[0] == pytest.approx(0.05)
    assert values[1] == pytest.approx(1 - math.comb(500, 100) / math.comb(1000, 100))


def test_unbiased_where_the_plug_in_is_not() -> None:
    n, k, p = 6, 3, 0.3
    weight = [math.comb(n, c) * p**c * (1 - p) ** (n - c) for c in range(n + 1)]
    assert pass_at_k(range(n + 1), [n] * (n + 1), k) @ weight == pytest.approx(1 - (1 - p) ** k)
    assert pass_hat_k(range(n + 1), [n] * (n + 1), k) @ weight == pytest.approx(p**k)


def test_majority_vote_states_ties_and_abstentions() -> None:
    v = majority_vote([["7", "7", "3"], [1, 2, None], [None], [], [4, 4, 5, 5, 6]], ["7", 2, 1, 1, 6])
    assert v.scores.tolist() == [1, 0.5, 0, 0, 0]
    assert v.tied.tolist() == [False, True, False, False, True]


def test_over_problems() -> None:
    e = over_problems([1.0, 1.0, 1.0])
    assert (e.low, e.high) == (pytest.approx(0.025 ** (1 / 3)), 1.0)
    e = over_problems([0.2, 0.7, 0.4, 0.9])
    assert e.low < 0.55 < e.high
    assert over_problems([0.2, 0.7, 0.4, 0.9], clusters=["a", "a", "b", "b"]).method == "cluster_t"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: pass_at_k([1], [3], 4), "k=4 and 3 completions"),
        (lambda: pass_hat_k([1], [3], 0), "k=0"),
        (lambda: pass_at_k([1, 0], [3, 0], 1), "and 0 completions"),
        (lambda: majority_vote([[1]], []), "got 1 and 0"),
        (lambda: over_problems([1.5]), "values in"),
    ],
)
def test_refusals(call, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
