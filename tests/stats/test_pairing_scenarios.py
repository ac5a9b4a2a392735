"""Pairing scenarios: published cells, the bounds of the correlation, and Miller's formula."""

import math

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from evalsuite.stats.pairing_scenarios import cells, correlation_range, required_with_completions, scenarios


def test_twenty_to_forty_percent():
    possible, impossible = scenarios(0.2, 0.4)
    expected = {
        "nested": (0.6124, 0.2, 0),
        "correlation 0.5": (0.5, 0.2220, 0.0220),
        "correlation 0.3": (0.3, 0.2612, 0.0612),
        "independent": (0, 0.32, 0.12),
        "worst": (-0.4082, 0.4, 0.2),
    }
    assert [s.name for s in possible] == list(expected)
    for s in possible:
        assert (s.correlation, s.wins, s.losses) == pytest.approx(expected[s.name], abs=6e-5)
        assert s.discordant == s.wins + s.losses
    assert impossible == ()


@given(st.floats(0.01, 0.99), st.floats(0.01, 0.99), st.floats(-1, 1))
@settings(deadline=None, max_examples=60, derandomize=True)
def test_cells_have_the_margins_and_the_correlation(base, new, correlation):
    low, high = correlation_range(base, new)
    if not low <= correlation <= high:
        with pytest.raises(ValueError, match="allow correlations"):
            cells(base, new, correlation + math.copysign(1e-9, correlation))
        return
    wins, losses = cells(base, new, correlation)
    both = new - wins
    assert both == pytest.approx(base - losses)
    assert min(wins, losses, both, 1 - both - wins - losses) >= -1e-12
    spread = math.sqrt(base * (1 - base) * new * (1 - new))
    assert (both - base * new) / spread == pytest.approx(correlation, abs=1e-9)


@given(st.floats(0, 1), st.floats(0, 1))
@settings(deadline=None, max_examples=60, derandomize=True)
def test_scenarios_are_ordered_and_possible(base, new):
    assume(base != new)
    possible, impossible = scenarios(base, new)
    assert len(possible) + len(impossible) == 5
    rates = [s.discordant for s in possible]
    assert rates == sorted(rates)
    assert all(min(s.wins, s.losses) >= 0 and s.discordant <= 1 + 1e-12 for s in possible)
    assert all(s.wins - s.losses == pytest.approx(new - base, abs=1e-12) for s in possible)


def test_correlations_beyond_the_bounds_are_left_out_with_the_reason():
    possible, impossible = scenarios(0.05, 0.6)
    assert [s.name for s in possible] == ["nested", "independent", "worst"]
    assert [name for name, _ in impossible] == ["correlation 0.5", "correlation 0.3"]
    assert "0.1873" in impossible[0][1]
    assert {s.correlation for s in scenarios(0.0, 0.3)[0]} == {None}


def test_completions_lower_the_number_only_where_noise_lies_within_problems():
    nested, *_, independent, worst = scenarios(0.45, 0.55)[0]
    for scenario in (nested, independent, worst):
        numbers = [required_with_completions(0.45, 0.55, scenario, completions=k) for k in (1, 2, 8, 64)]
        assert numbers == sorted(numbers, reverse=True)
    greedy = [required_with_completions(0.45, 0.55, worst, completions=k, within_share=0) for k in (1, 64)]
    assert greedy[0] == greedy[1]
    for scenario in (nested, independent, worst):
        once = required_with_completions(0.45, 0.55, scenario)
        assert once == math.ceil(7.848879734 * (scenario.discordant - 0.01) / 0.01)
    for wrong in ({"completions": 0}, {"within_share": 2.0}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            required_with_completions(0.45, 0.55, independent, **wrong)
    with pytest.raises(ValueError, match=r"base=-0\.1"):
        scenarios(-0.1, 0.5)
