"""Aalen-Johansen against hand calculation, R's survival and statsmodels."""

import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.duration.survfunc import CumIncidenceRight

from evalsuite.stats.competing_risks import aalen_johansen

TOKENS = [60, 80, 90, 100, 110, 128, 128, 170, 200, 256, 256, 256]
CAUSE = [1, 1, 2, 1, 2, 0, 0, 2, 1, 0, 0, 0]

completions = st.lists(st.tuples(st.integers(1, 12), st.sampled_from([0, 1, 2])), min_size=2, max_size=30)


@settings(deadline=None, max_examples=50, derandomize=True)
@given(completions)
def test_equal_to_statsmodels(rows: list[tuple[int, int]]) -> None:
    time, cause = np.array(rows, dtype=float).T
    done = cause > 0
    if not done.any():
        return
    for of in (1, 2):
        if not (cause == of).any():
            continue
        a = aalen_johansen(time, cause, of)
        # statsmodels divides by zero once nothing is left at risk.
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            incidence = CumIncidenceRight(time, cause.astype(int))
        at = np.searchsorted(incidence.times, a.time)
        assert a.incidence == pytest.approx(incidence.cinc[of - 1][at])
        known = np.isfinite(incidence.cinc_se[of - 1][at])
        # It has no error only where every completion has finished.
        assert known[[time[done].max() > t or (time > t).any() for t in a.time]].all()
        assert a.standard_error[known] == pytest.approx(incidence.cinc_se[of - 1][at][known], abs=1e-7)


@settings(deadline=None, max_examples=50, derandomize=True)
@given(completions)
def test_incidences_add_up(rows: list[tuple[int, int]]) -> None:
    time, cause = np.array(rows).T
    if not (cause > 0).any():
        return
    parts = [aalen_johansen(time, cause, of) for of in (1, 2)]
    finished = aalen_johansen(time, cause > 0)
    assert parts[0].incidence + parts[1].incidence == pytest.approx(finished.incidence)
    for a in parts:
        assert (a.low <= a.incidence + 1e-12).all()
        assert (a.incidence <= a.high + 1e-12).all()
        assert (a.high - a.low > 1e-6).all()
        assert not np.isnan(a.low + a.high + a.standard_error).any()


def test_published_incidences() -> None:
    assert aalen_johansen(TOKENS, CAUSE).at(256) == pytest.approx(0.366667, abs=1e-6)
    assert aalen_johansen(TOKENS, CAUSE, 2).at(256) == pytest.approx(0.283333, abs=1e-6)
    # Wrong answers counted as censored would overstate it: they can no longer become right.
    assert aalen_johansen(TOKENS, [c == 1 for c in CAUSE]).at(256) == pytest.approx(0.4444, abs=5e-5)


def test_one_cap_is_the_share_finished() -> None:
    c = aalen_johansen([80, 95, 110, 120, 150, 180, 200, 240, 256, 256], [1] * 8 + [0] * 2)
    assert c.at(200) == pytest.approx(0.7)
    assert c.at(79.9) == 0
    # No censoring before the token limit: binomial standard errors.
    assert c.standard_error == pytest.approx(np.sqrt(c.incidence * (1 - c.incidence) / 10))
    a = aalen_johansen([1, 2, 3, 4], [1, 2, 1, 2])
    assert a.standard_error[-1] == pytest.approx(math.sqrt(0.25 / 4))
    assert a.at(0.5) == 0


def test_edges() -> None:
    one = aalen_johansen([5], [1])
    assert (one.incidence[0], one.low[0], one.high[0]) == (1, pytest.approx(0.025), 1)
    all_right = aalen_johansen([5, 5, 5], [1, 1, 1])
    assert (all_right.low[0], all_right.high[0]) == (pytest.approx(0.025 ** (1 / 3)), 1)
    none_right = aalen_johansen([5, 6], [2, 0])
    assert (none_right.low[0], none_right.high[0]) == (0, pytest.approx(1 - 0.025**0.5))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: aalen_johansen([], []), r"got \(0,\)"),
        (lambda: aalen_johansen([0], [1]), "positive token counts, got 0"),
        (lambda: aalen_johansen([1], [1], confidence_level=0), "got 0"),
        (lambda: aalen_johansen([1], [-1]), "cause in 0, 1, 2"),
        (lambda: aalen_johansen([1], [0]), "all cut off"),
    ],
)
def test_refusals(call, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
