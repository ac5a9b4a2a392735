"""Rounding for people: signs, supported digits, and values beside a border."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalsuite.wording import numbers


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (1.0, "p = 1"),
        (0.9999, "p > 0.99"),
        (0.994, "p = 0.99"),
        (0.5, "p = 0.50"),
        (0.0525, "p = 0.052"),
        (0.0499, "p = 0.0499"),
        (0.00998, "p = 0.00998"),
        (0.0996, "p = 0.0996"),
        (0.0501, "p = 0.0501"),
        (0.04999, "p = 0.04999"),
        (0.05, "p = 0.050"),
        (0.0312, "p = 0.031"),
        (0.00195, "p = 0.0019"),
        (0.0001, "p = 0.0001"),
        (0.00009, "p < 0.0001"),
        (0.0, "p < 0.0001"),
        (float("nan"), "p not defined"),
    ],
)
def test_pvalues(p, text):
    assert numbers.pvalue(p) == text


@given(st.floats(0, 1))
@settings(deadline=None, max_examples=200, derandomize=True)
def test_rounding_never_crosses_the_level(p):
    text = numbers.pvalue(p)
    if text.startswith("p = "):
        shown = float(text[4:])
        for level in (0.001, 0.005, 0.01, 0.02, 0.025, 0.05, 0.1, 0.2):
            assert (shown < level) == (p < level)
        assert abs(shown - p) <= 0.005 + 1e-12


@pytest.mark.parametrize(
    ("error", "places"),
    [(0.2, 0), (0.01, 0), (0.00999, 1), (0.001, 1), (0.0002, 2), (1e-9, 4), (0.0, 1), (None, 1), (float("nan"), 1)],
)
def test_digits_that_an_error_supports(error, places):
    assert numbers.decimals(error) == places


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (numbers.percent(0.5, 0.11), "50%"),
        (numbers.percent(1.0, 0.001), "100.0%"),
        (numbers.points(-0.0004, 0.01), "0 pp"),
        (numbers.points(-0.05, 0.1), "\N{MINUS SIGN}5 pp"),
        (numbers.points(0.0227, 0.0087), "+2.3 pp"),
        (numbers.points_interval(-0.0004, 0.0, 0.02), "\N{MINUS SIGN}0.04 to 0 pp"),
        (numbers.points_interval(0.0, 0.05, 0.02), "0 to +5 pp"),
        (numbers.points_interval(1e-12, 0.05, 0.02), "+0 to +5 pp"),
        (numbers.interval(0.1, 0.25, 0.01), "10% to 25%"),
        (numbers.count(1319), "1,319"),
        (numbers.count(-3), "\N{MINUS SIGN}3"),
        (numbers.significant(0), "0"),
        (numbers.significant(-1234.5, 3), "\N{MINUS SIGN}1,230"),
        (numbers.significant(0.00001234), "1.2 × 10⁻⁵"),
        (numbers.significant(float("inf")), "inf"),
        (numbers.number(-0.0), "0.00"),
        (numbers.stated(0.005), "0.5"),
        (numbers.stated(0.07), "7"),
    ],
)
def test_texts(call, text):
    assert call == text
