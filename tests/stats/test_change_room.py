"""The paired difference whose unseen groups can only lose what the base has."""

import numpy as np
import pytest

from evalsuite.stats.bounded_mean import bounded_mean
from evalsuite.stats.change_room import bounded_difference
from evalsuite.stats.signflip import sign_flip


def draw(rng, n, k, base, new):
    return rng.binomial(k, base, n), np.full(n, k), rng.binomial(k, new, n), np.full(n, k)


def test_it_is_never_wider_than_the_whole_range() -> None:
    rng = np.random.default_rng(1)
    for _ in range(50):
        base, made, new, _ = draw(rng, 20, 8, rng.random(20), rng.random(20))
        room = bounded_difference(base, made, new, made).estimate()
        whole = bounded_mean((new - base) / 8, bounds=(-1, 1)).estimate()
        assert whole.low <= room.low <= room.value <= room.high <= whole.high


def test_one_completion_a_problem_leaves_the_whole_range_to_lose() -> None:
    base, new = [0] * 20, [1] * 12 + [0] * 8
    found = bounded_difference(base, [1] * 20, new, [1] * 20)
    assert found.bounds == (-1.0, 1.0)
    assert found.pvalue(0.0) == pytest.approx(sign_flip(base, new, [1] * 20).pvalue, abs=1e-12)


def test_swapped_runs_mirror_the_interval() -> None:
    rng = np.random.default_rng(2)
    base, made, new, _ = draw(rng, 15, 4, 0.3, 0.6)
    one, other = bounded_difference(base, made, new, made), bounded_difference(new, made, base, made)
    assert one.estimate().low == pytest.approx(-other.estimate().high, abs=1e-12)
    assert one.pvalue(0.0) == pytest.approx(other.pvalue(0.0), abs=1e-12)


def test_too_few_templates_keep_the_whole_range() -> None:
    found = bounded_difference([0] * 8, [4] * 8, [1] * 8, [4] * 8, clusters=["a", "b"] * 4)
    assert found.bounds == (-1.0, 1.0)


@pytest.mark.parametrize(
    ("n", "k", "rate"), [(15, 64, 0.05), (30, 64, 0.05), (20, 16, 0.1)], ids=["n=15", "n=30", "one in ten"]
)
def test_a_few_problems_that_collapse_do_not_pass_for_a_gain(n: int, k: int, rate: float) -> None:
    """Most problems gain a little and a few lose half: mean 0, where t resolves in 9 to 17% of the draws."""
    rng, runs, gain = np.random.default_rng([n, k]), 300, 0.5 * rate / (1 - rate)
    resolved = 0
    for _ in range(runs):
        base, made, new, _ = draw(rng, n, k, 0.6, np.where(rng.random(n) < rate, 0.1, 0.6 + gain))
        resolved += bounded_difference(base, made, new, made).pvalue(0.0) < 0.05
    assert resolved <= 28  # exceeded with probability 0.001 at a true rate of 5%


@pytest.mark.parametrize(("base_k", "new_k"), [(1, 8), (8, 1), (4, 4)])
def test_equal_models_resolve_seldom_with_unequal_numbers_of_completions(base_k: int, new_k: int) -> None:
    rng, runs = np.random.default_rng([base_k, new_k]), 300
    resolved = sum(
        bounded_difference(
            rng.binomial(base_k, 0.1, 20), [base_k] * 20, rng.binomial(new_k, 0.1, 20), [new_k] * 20
        ).pvalue(0.0)
        < 0.05
        for _ in range(runs)
    )
    assert resolved <= 28
