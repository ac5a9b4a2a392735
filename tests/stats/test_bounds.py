"""Worst-case bounds by trying every completion of the cut answers, and coverage of the Imbens-Manski interval."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from evalsuite.stats.bounds import accuracy_bounds, difference_bounds
from evalsuite.stats.paired import PairedTable
from evalsuite.stats.paired_intervals import tango
from evalsuite.stats.proportion import wilson

OUTCOME = st.sampled_from(["right", "wrong", "cut"])


def split(outcomes: list[str]) -> tuple[list[bool], list[bool]]:
    return [o == "right" for o in outcomes], [o == "cut" for o in outcomes]


@settings(deadline=None, max_examples=40, derandomize=True)
@given(st.lists(st.tuples(OUTCOME, OUTCOME), min_size=1, max_size=5))
def test_bounds_are_the_extremes_over_all_answers(pairs: list[tuple[str, str]]) -> None:
    base, new = ([pair[i] for pair in pairs] for i in (0, 1))

    def possible(outcomes: list[str]) -> list[float]:
        options = [(0, 1) if o == "cut" else (int(o == "right"),) for o in outcomes]
        return [float(np.mean(answers)) for answers in itertools.product(*options)]

    one = accuracy_bounds(*split(new))
    assert (one.lowest, one.highest) == pytest.approx((min(possible(new)), max(possible(new))))
    both = difference_bounds(*split(base), *split(new))
    differences = [n - b for n in possible(new) for b in possible(base)]
    assert (both.lowest, both.highest) == pytest.approx((min(differences), max(differences)))
    cut = "cut" in base + new
    assert both.sign_identified == (min(differences) > 1e-12 or max(differences) < -1e-12 or not cut)
    for b, floor in ((one, 0), (both, -1)):
        assert floor <= b.low <= b.lowest + 1e-12
        assert b.highest - 1e-12 <= b.high <= 1
        assert b.high - b.low > 1e-6
    swapped = difference_bounds(*split(new), *split(base))
    assert (swapped.low, swapped.high) == pytest.approx((-both.high, -both.low))


def test_imbens_manski_by_hand() -> None:
    right, cut = [1] * 40 + [0] * 60, [0] * 40 + [1] * 20 + [0] * 40
    b = accuracy_bounds(right, cut)
    errors = [math.sqrt(p * (1 - p) / 99) for p in (0.4, 0.6)]
    grid = np.linspace(1.6, 2, 40_001)
    c = grid[np.argmax(stats.norm.cdf(grid + 0.2 / max(errors)) - stats.norm.cdf(-grid) >= 0.95)]
    assert (b.lowest, b.highest) == pytest.approx((0.4, 0.6))
    assert (b.low, b.high) == pytest.approx((0.4 - c * errors[0], 0.6 + c * errors[1]), abs=1e-5)
    # A wide range needs only one-sided margins, no range the two-sided ones.
    assert c == pytest.approx(1.645, abs=1e-3)
    closed = accuracy_bounds(right, [0] * 100)
    assert closed.high - closed.low == pytest.approx(2 * 1.959964 * errors[0])
    assert closed.sign_identified


@pytest.mark.parametrize("p", [0.3, 0.4, 0.5])
def test_interval_covers_the_truth_wherever_it_lies(p: float) -> None:
    # Right 0.3, cut 0.2: the truth may lie anywhere in 0.3-0.5, and at the ends coverage is 0.95.
    rng = np.random.default_rng(int(100 * p))
    hits = 0
    for _ in range(600):
        u = rng.random(300)
        b = accuracy_bounds(u < 0.3, (u >= 0.3) & (u < 0.5))
        hits += b.low <= p <= b.high
    assert stats.binom.ppf(0.001, 600, 0.95) <= hits <= 600
    if p != 0.4:
        assert hits <= stats.binom.ppf(0.999, 600, 0.95)


def test_wilson_ends_and_nothing_finished() -> None:
    b = accuracy_bounds([1, 1, 0, 0, 0], [0, 0, 1, 0, 0], method="wilson_ends")
    assert (b.low, b.high) == (wilson(2, 5).low, wilson(3, 5).high)
    empty = difference_bounds([0] * 5, [1] * 5, [1] * 5, [0] * 5)
    assert (empty.lowest, empty.highest, empty.sign_identified) == (0.0, 1.0, False)
    assert empty.low == pytest.approx(-(1 - 0.025**0.2))
    everything = accuracy_bounds([0] * 4, [1] * 4)
    assert (everything.low, everything.high) == (0.0, 1.0)


def test_tango_ends() -> None:
    base, base_cut, new, new_cut = [1, 0, 0, 0, 0], [0, 1, 0, 0, 0], [1, 1, 0, 0, 0], [0, 0, 0, 0, 1]
    b = difference_bounds(base, base_cut, new, new_cut, method="tango_ends")
    assert (b.lowest, b.highest) == pytest.approx((0.0, 0.4))
    assert b.low == pytest.approx(tango(PairedTable(2, 0, 0, 3)).low)
    assert b.high == pytest.approx(tango(PairedTable(1, 2, 0, 2)).high)
    with pytest.raises(ValueError, match="one completion a problem"):
        difference_bounds([0.5], [0], [1], [0], method="tango_ends")


def test_shares_of_several_completions() -> None:
    b = accuracy_bounds([0.25, 0.5, 1.0], [0.25, 0.0, 0.0])
    assert (b.lowest, b.highest) == pytest.approx((7 / 12, 8 / 12))
    with pytest.raises(ValueError, match="one completion a problem"):
        accuracy_bounds([0.25, 0.5], [0, 0], method="wilson_ends")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: accuracy_bounds([1], [1]), "right \\+ truncated <= 1"),
        (lambda: accuracy_bounds([], []), "one shape"),
        (lambda: accuracy_bounds([1], [0], confidence_level=2), "got 2"),
        (lambda: difference_bounds([1], [0], [1, 1], [0, 0]), "got 1 and 2"),
    ],
)
def test_refusals(call, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
