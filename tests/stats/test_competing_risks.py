"""Kaplan-Meier, Aalen-Johansen and log-rank against published values, R's survival and statsmodels."""

import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.duration.survfunc import CumIncidenceRight, SurvfuncRight, survdiff

from evalsuite.stats.competing_risks import aalen_johansen, kaplan_meier, logrank

# Freireich et al. (1963): weeks of remission under 6-MP and placebo.
TIME = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
DONE = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]
TOKENS = [60, 80, 90, 100, 110, 128, 128, 170, 200, 256, 256, 256]
CAUSE = [1, 1, 2, 1, 2, 0, 0, 2, 1, 0, 0, 0]

completions = st.lists(st.tuples(st.integers(1, 12), st.sampled_from([0, 1, 2])), min_size=2, max_size=30)


def test_freireich() -> None:
    # R: summary(survfit(Surv(time, status) ~ 1)), conf.type "log" and "log-log".
    c = kaplan_meier(TIME, DONE)
    assert c.time.tolist() == [6, 7, 10, 13, 16, 22, 23]
    assert c.survival == pytest.approx([0.8571, 0.8067, 0.7529, 0.6902, 0.6275, 0.5378, 0.4482], abs=5e-5)
    assert c.standard_error[[0, 2]] == pytest.approx([0.0764, 0.0963], abs=5e-5)
    assert (c.low[2], c.high[2]) == pytest.approx((0.5032, 0.8894), abs=5e-5)
    logs = kaplan_meier(TIME, DONE, transform="log")
    assert (logs.low[2], logs.high[2]) == pytest.approx((0.5859, 0.9676), abs=5e-5)
    assert c.median == 23
    assert c.restricted_mean(35)[0] == pytest.approx(23.2874, abs=5e-5)
    # R: print(survfit(...), rmean = 35) gives se(rmean) = 2.83.
    assert c.restricted_mean(35)[1] == pytest.approx(2.83, abs=0.005)


def test_logrank() -> None:
    r = logrank(TIME, DONE, PLACEBO, [1] * 21)
    assert r.statistic == pytest.approx(16.79, abs=0.005)
    group = np.r_[np.zeros(21), np.ones(21)]
    chi2, pvalue = survdiff(np.r_[TIME, PLACEBO].astype(float), np.r_[DONE, np.ones(21)], group)
    assert (r.statistic, r.pvalue) == pytest.approx((chi2, pvalue))
    mirrored = logrank(PLACEBO, [1] * 21, TIME, DONE)
    assert (mirrored.statistic, mirrored.effect) == pytest.approx((r.statistic, -r.effect))
    assert logrank([5], [1], [3], [0]).pvalue == 1


@settings(deadline=None, max_examples=50, derandomize=True)
@given(completions)
def test_equal_to_statsmodels(rows: list[tuple[int, int]]) -> None:
    time, cause = np.array(rows, dtype=float).T
    done = cause > 0
    if not done.any():
        return
    c = kaplan_meier(time, done)
    oracle = SurvfuncRight(time, done.astype(int))
    at = np.searchsorted(oracle.surv_times, c.time)
    assert c.survival == pytest.approx(oracle.surv_prob[at])
    open_ = c.survival > 0
    assert c.standard_error[open_] == pytest.approx(oracle.surv_prob_se[at][open_])
    assert (c.low <= c.survival).all()
    assert (c.survival <= c.high).all()
    assert (c.high - c.low > 1e-6).all()
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
        assert known[open_].all()
        assert a.standard_error[known] == pytest.approx(incidence.cinc_se[of - 1][at][known], abs=1e-7)


@settings(deadline=None, max_examples=50, derandomize=True)
@given(completions)
def test_incidences_and_survival_add_up(rows: list[tuple[int, int]]) -> None:
    time, cause = np.array(rows).T
    if not (cause > 0).any():
        return
    c = kaplan_meier(time, cause > 0)
    parts = [aalen_johansen(time, cause, of) for of in (1, 2)]
    assert parts[0].incidence + parts[1].incidence + c.survival == pytest.approx(1.0)
    for a in parts:
        assert (a.low <= a.incidence + 1e-12).all()
        assert (a.incidence <= a.high + 1e-12).all()
        assert (a.high - a.low > 1e-6).all()
        assert not np.isnan(a.low + a.high + a.standard_error).any()


def test_aalen_johansen_is_not_one_minus_kaplan_meier() -> None:
    assert aalen_johansen(TOKENS, CAUSE).at(256) == pytest.approx(0.366667, abs=1e-6)
    assert aalen_johansen(TOKENS, CAUSE, 2).at(256) == pytest.approx(0.283333, abs=1e-6)
    wrong = 1 - kaplan_meier(TOKENS, [c == 1 for c in CAUSE]).at(256)
    assert wrong == pytest.approx(0.4444, abs=5e-5)


def test_one_cap_is_the_share_finished() -> None:
    c = kaplan_meier([80, 95, 110, 120, 150, 180, 200, 240, 256, 256], [1] * 8 + [0] * 2)
    assert c.at(200) == pytest.approx(0.3)
    assert c.at(79.9) == 1
    # No censoring before the cap: binomial standard errors.
    assert c.standard_error == pytest.approx(np.sqrt(c.survival * (1 - c.survival) / 10))
    a = aalen_johansen([1, 2, 3, 4], [1, 2, 1, 2])
    assert a.standard_error[-1] == pytest.approx(math.sqrt(0.25 / 4))
    assert a.at(0.5) == 0


def test_restricted_mean_without_censoring_is_the_mean() -> None:
    x = np.array([3.0, 5, 5, 9, 14])
    value, error = kaplan_meier(x, [1] * 5).restricted_mean(14)
    assert value == pytest.approx(x.mean())
    assert error == pytest.approx(x.std() / math.sqrt(5))
    value, _ = kaplan_meier(x, [1] * 5).restricted_mean(6)
    assert value == pytest.approx(np.minimum(x, 6).mean())
    assert kaplan_meier(x, [1] * 5).restricted_mean(30)[0] == pytest.approx(x.mean())


def test_edges() -> None:
    one = kaplan_meier([5], [1])
    assert (one.survival[0], one.low[0], one.high[0]) == (0, 0, pytest.approx(0.975))
    assert one.median == 5
    all_right = aalen_johansen([5, 5, 5], [1, 1, 1])
    assert (all_right.low[0], all_right.high[0]) == (pytest.approx(0.025 ** (1 / 3)), 1)
    none_right = aalen_johansen([5, 6], [2, 0])
    assert (none_right.low[0], none_right.high[0]) == (0, pytest.approx(1 - 0.025**0.5))
    assert kaplan_meier([5, 6, 7], [1, 0, 0]).median is None


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: kaplan_meier([1, 2], [0, 0]), "all cut off"),
        (lambda: kaplan_meier([], []), r"got \(0,\)"),
        (lambda: kaplan_meier([0], [1]), "positive token counts, got 0"),
        (lambda: kaplan_meier([1], [1], confidence_level=0), "got 0"),
        (lambda: kaplan_meier(TIME, DONE).restricted_mean(36), "tau <= 35"),
        (lambda: aalen_johansen([1], [-1]), "cause in 0, 1, 2"),
        (lambda: aalen_johansen([1], [0]), "all cut off"),
        (lambda: logrank([1], [0], [2], [0]), "either group"),
    ],
)
def test_refusals(call, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
