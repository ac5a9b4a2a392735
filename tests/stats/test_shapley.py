"""The Shapley split against brute force over orders, against its axioms, and by simulation."""

from fractions import Fraction
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.stats import binom

from evalsuite.stats.shapley import shapley_values, split_difference

QUICK = settings(deadline=None, max_examples=50, derandomize=True)
games = st.integers(1, 4).flatmap(
    lambda k: hnp.arrays(np.float64, 2**k, elements=st.integers(-64, 64).map(lambda n: n / 64))
)


def over_orders(values: list[Fraction], k: int) -> list[Fraction]:
    """Turn the switches on in every order and average what each one changes."""
    total = [Fraction(0)] * k
    orders = list(permutations(range(k)))
    for order in orders:
        on = 0
        for switch in order:
            total[switch] += values[on + 2**switch] - values[on]
            on += 2**switch
    return [t / len(orders) for t in total]


@QUICK
@given(games)
def test_it_is_the_mean_over_all_orders(game):
    k = game.size.bit_length() - 1
    exact = over_orders([Fraction(x) for x in game], k)
    assert shapley_values(game) == pytest.approx([float(x) for x in exact], abs=1e-12)


def test_a_published_game():
    # Shapley's glove game: players 0 and 1 own a left glove, player 2 a right one; a pair is worth 1.
    worth = [float((s & 3) > 0 and (s & 4) > 0) for s in range(8)]
    assert shapley_values(worth) == pytest.approx([1 / 6, 1 / 6, 2 / 3])


@QUICK
@given(games)
def test_efficiency_the_changes_add_up(game):
    assert shapley_values(game).sum() == pytest.approx(game[-1] - game[0], abs=1e-12)


@QUICK
@given(games, st.data())
def test_a_switch_without_effect_gets_nothing(game, data):
    k = game.size.bit_length() - 1
    j = data.draw(st.integers(0, k - 1))
    idle = np.array([game[s & ~(1 << j)] for s in range(game.size)])
    assert shapley_values(idle)[j] == 0


@QUICK
@given(games, st.data())
def test_symmetry_renaming_switches_renames_shares(game, data):
    k = game.size.bit_length() - 1
    order = data.draw(st.permutations(range(k)))
    renamed = np.empty_like(game)
    for s in range(game.size):
        renamed[sum((s >> j & 1) << order[j] for j in range(k))] = game[s]
    assert shapley_values(renamed)[list(order)] == pytest.approx(shapley_values(game), abs=1e-12)


@QUICK
@given(st.integers(1, 3), st.integers(0, 2**32 - 1))
def test_additivity(k, seed):
    one, two = np.random.default_rng(seed).normal(size=(2, 2**k))
    assert shapley_values(one + 2 * two) == pytest.approx(shapley_values(one) + 2 * shapley_values(two))


def test_two_switches_by_hand():
    # First switch: half of (0.12 - 0.02) and half of (0.09 - 0.01); second: half of 0.03 and half of 0.01.
    split = split_difference(np.array([[0.12, 0.02, 0.09, 0.01]] * 3))
    assert [s.value for s in split.shares] == pytest.approx([0.09, 0.02])
    assert split.total == pytest.approx(0.12)
    assert split.rest == pytest.approx(0.01)


@QUICK
@given(hnp.arrays(np.int64, st.tuples(st.integers(2, 30), st.just(4)), elements=st.integers(-1, 1)))
def test_shares_and_rest_add_up_to_the_total_and_lie_in_their_intervals(values):
    split = split_difference(values)
    assert sum(s.value for s in split.shares) + split.rest == pytest.approx(split.total, abs=1e-12)
    assert all(s.low <= s.value <= s.high and s.low < s.high for s in split.shares)


@QUICK
@given(st.integers(0, 2**32 - 1))
def test_swapping_the_runs_mirrors_every_share(seed):
    values = np.random.default_rng(seed).integers(-1, 2, size=(40, 4))
    there = split_difference(values)
    back = split_difference(-values)
    for one, two in zip(there.shares, back.shares, strict=True):
        assert one.value == pytest.approx(-two.value, abs=1e-12)


def test_no_change_at_all_has_limits_that_shrink_with_the_problems():
    few, many = (split_difference(np.zeros((n, 2))).shares[0] for n in (5, 500))
    assert few.method == many.method == "bounded_mean"
    assert -2 < few.low < many.low < 0 < many.high < few.high < 2


def test_groups_are_drawn_whole():
    rng = np.random.default_rng(8)
    groups = np.repeat(np.arange(20), 10)
    values = np.column_stack([np.repeat(rng.integers(0, 2, 20), 10), np.zeros(200)])
    alone = split_difference(values).shares[0]
    whole = split_difference(values, clusters=groups.tolist()).shares[0]
    assert whole.value == alone.value
    # Ten equal problems a group: the variance is ten times as large.
    assert (whole.high - whole.low) / (alone.high - alone.low) > 2


@pytest.mark.parametrize(("wins", "claimed"), [(3, False), (9, False), (10, True)])
def test_a_part_is_claimed_only_where_its_test_agrees(wins, claimed):
    # The interval of resamples claimed a part on three problems of a hundred, where exact signs give p = 0.25.
    values = np.zeros((100, 2))
    values[:wins, 0] = 1
    assert (split_difference(values).shares[0].low > 0) == claimed


def test_coverage_of_the_share():
    # 60 problems; the switch takes the difference of a problem away with chance 0.3 and turns it round with 0.1.
    rng = np.random.default_rng(20261122)
    draws, hits = 400, 0
    for _ in range(draws):
        change = rng.choice([1, 0, -1], p=[0.3, 0.6, 0.1], size=60)
        share = split_difference(np.column_stack([np.maximum(change, 0), np.maximum(-change, 0)])).shares[0]
        hits += share.low <= 0.2 <= share.high
    # At least nominal, but for the band that holds 999 in 1000 of such counts.
    assert hits >= binom.ppf(0.001, draws, 0.95)


@pytest.mark.parametrize("rows", [0, 1, 3, 32])
def test_settings_must_be_complete(rows):
    with pytest.raises(ValueError, match=rf"2\*\*k settings of 1 to 4 switches, got {rows}"):
        shapley_values(np.zeros(rows))


def test_differences_must_be_possible():
    with pytest.raises(ValueError, match=r"differences in \[-1, 1\]"):
        split_difference([[1.5, 0.0]])
