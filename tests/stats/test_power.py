"""Power, detectable differences and required numbers against published values and full enumeration."""

import math

import numpy as np
import pytest
from scipy import stats

from evalsuite.stats.paired import PairedTable, mcnemar_exact, mcnemar_midp
from evalsuite.stats.pairing_scenarios import scenarios
from evalsuite.stats.power import (
    discordant_distribution,
    exact_power,
    minimum_detectable_difference,
    probability_of_gap,
    rejection_limits,
    required_problems,
    required_problems_miller,
    smallest_attainable_pvalue,
)

TWENTY_TO_FORTY = [(s.wins, s.losses) for s in scenarios(0.2, 0.4)[0]]


def enumerated_power(n, win_rate, loss_rate, test):
    cells = [win_rate, loss_rate, 1 - win_rate - loss_rate]
    return sum(
        stats.multinomial.pmf([b, c, n - b - c], n, cells)
        for b in range(n + 1)
        for c in range(n + 1 - b)
        if test(PairedTable(0, b, c, n - b - c)).pvalue < 0.05
    )


@pytest.mark.parametrize("rates", [(0.3, 0.1), (0.05, 0.4), (0.5, 0.5), (0.2, 0.0)])
@pytest.mark.parametrize("n", [3, 8, 14])
def test_power_is_the_probability_of_the_rejected_tables(n, rates):
    assert exact_power(n, *rates) == pytest.approx(enumerated_power(n, *rates, mcnemar_exact), abs=1e-12)
    assert exact_power(n, *rates, test="midp") == pytest.approx(enumerated_power(n, *rates, mcnemar_midp), abs=1e-12)


@pytest.mark.parametrize(
    ("n", "exact", "midp"),
    [
        (5, [0, 0, 0, 0, 0], [0.0003, 0.0005, 0.0012, 0.0034, 0.0106]),
        (20, [0.1958, 0.2008, 0.1914, 0.1642, 0.1317], [0.3704, 0.3477, 0.3004, 0.2409, 0.1887]),
        (100, [1, 0.993, 0.944, 0.8427, 0.7045], [1, 0.996, 0.960, 0.8735, 0.7437]),
    ],
)
def test_power_from_twenty_to_forty_percent(n, exact, midp):
    assert [exact_power(n, *r) for r in TWENTY_TO_FORTY] == pytest.approx(exact, abs=1e-4)
    assert [exact_power(n, *r, test="midp") for r in TWENTY_TO_FORTY] == pytest.approx(midp, abs=1e-4)


def test_required_from_twenty_to_forty_percent():
    assert [required_problems(*r) for r in TWENTY_TO_FORTY] == [39, 48, 66, 91, 124]
    assert [required_problems(*r, method="midp") for r in TWENTY_TO_FORTY] == [33, 41, 58, 83, 115]
    connor = [36.8, 45.5, 60.9, 83.9, 115.3]
    assert [required_problems(*r, method="connor") for r in TWENTY_TO_FORTY] == [math.ceil(n) for n in connor]


@pytest.mark.parametrize("test", ["exact", "midp"])
@pytest.mark.parametrize(
    "rates", [(0.9, 0.1), (1.0, 0.0), (0.55, 0.45), (0.2, 0.0), (0.3, 0.1), (0.66, 0.3), (0.4, 0.08)]
)
def test_required_is_the_first_number_with_enough_power(test, rates):
    n = min(required_problems(*rates, method=test), 150)
    powers = [exact_power(k, *rates, test=test) for k in range(1, n)]
    assert max(powers, default=0) < 0.8
    if n < 150:
        assert exact_power(n, *rates, test=test) >= 0.8


@pytest.mark.parametrize(
    ("difference", "discordant", "n"),
    [
        (0.01, 0.1, 7847), (0.01, 0.2, 15696), (0.02, 0.1, 1960), (0.02, 0.2, 3923), (0.03, 0.1, 870),
        (0.03, 0.2, 1742), (0.05, 0.1, 312), (0.05, 0.2, 626), (0.05, 0.3, 940), (0.05, 0.45, 1411),
        (0.1, 0.2, 155), (0.2, 0.3, 57),
        (0.4, 0.5, 23),
    ],
)  # fmt: skip
def test_connor_table(difference, discordant, n):
    wins, losses = (discordant + difference) / 2, (discordant - difference) / 2
    assert required_problems(wins, losses, method="connor") == n
    # The required number and the detectable difference are the same equation.
    found = minimum_detectable_difference(n, discordant, method="connor")
    smaller = minimum_detectable_difference(n - 1, discordant, method="connor")
    assert found <= difference < smaller


@pytest.mark.parametrize(
    ("n", "points"),
    [
        (1319, {0.05: 1.72, 0.1: 2.44, 0.2: 3.45, 0.3: 4.22, 0.4: 4.87, 0.5: 5.45}),
        (500, {0.05: 2.79, 0.1: 3.95, 0.2: 5.59, 0.3: 6.85}),
        (200, {0.05: 4.40, 0.1: 6.23, 0.2: 8.81, 0.3: 10.79}),
        (100, {0.2: 12.38}),
        (50, {0.2: 17.30}),
        (20, {0.4: 37.33, 0.3: None, 0.2: None}),
        (5, {0.1: None, 0.3: None, 0.5: None}),
    ],
)
def test_connor_detectable_differences(n, points):
    for discordant, expected in points.items():
        found = minimum_detectable_difference(n, discordant, method="connor")
        assert found == (None if expected is None else pytest.approx(expected / 100, abs=6e-5))


@pytest.mark.parametrize(
    ("discordant", "exact", "midp"), [(0.1, 2.496, 2.427), (0.2, 3.510, 3.439), (0.3, 4.289, 4.217)]
)
def test_exact_detectable_differences(discordant, exact, midp):
    assert 100 * minimum_detectable_difference(1319, discordant) == pytest.approx(exact, abs=6e-4)
    assert 100 * minimum_detectable_difference(1319, discordant, method="midp") == pytest.approx(midp, abs=6e-4)


@pytest.mark.parametrize("n", [20, 60, 200, 1319])
@pytest.mark.parametrize("method", ["exact", "midp"])
def test_detectable_difference_inverts_power(n, method):
    previous = 0.0
    for discordant in (0.1, 0.3, 0.5, 0.9):
        found = minimum_detectable_difference(n, discordant, method=method)
        if found is None:
            assert exact_power(n, discordant, 0, test=method) < 0.8
            continue
        wins, losses = (discordant + found) / 2, (discordant - found) / 2
        assert exact_power(n, wins, losses, test=method) == pytest.approx(0.8, abs=1e-5)
        assert found > previous
        previous = found
    assert minimum_detectable_difference(4 * n, 0.9) < minimum_detectable_difference(n, 0.9)


def test_no_discordance_and_little_power_wanted():
    assert minimum_detectable_difference(50, 0.0) is None
    assert minimum_detectable_difference(5, 1.0) is None
    assert minimum_detectable_difference(5, 1.0, power=0.06, method="midp") == 0.0
    assert required_problems(0.1, 0.1) is None
    assert exact_power(10, 0, 0) == 0


def test_miller():
    assert required_problems_miller(0.03, 1 / 9, 0, 0) == 969
    assert required_problems_miller(0.03, 1 / 9, 1 / 6, 1 / 6) == 3876
    assert required_problems_miller(0.03, 1 / 9, 1 / 6, 1 / 6, completions=math.inf) == 969


@pytest.mark.parametrize(
    ("n", "shift", "gap", "expected"),
    [
        (5, 0, 1, {0.1: 0.1864, 0.2: 0.2838, 0.3: 0.3335, 0.4: 0.3603, 0.5: 0.3770}),
        (20, -0.05, 1, {0.2: 0.2212, 0.3: 0.2677, 0.4: 0.2965}),
    ],
)
def test_chance_of_a_gap(n, shift, gap, expected):
    for discordant, p in expected.items():
        wins, losses = (discordant + shift) / 2, (discordant - shift) / 2
        assert probability_of_gap(n, wins, losses, gap) == pytest.approx(p, abs=6e-5)


def test_chance_of_a_gap_by_enumeration():
    cells = [0.25, 0.15, 0.6]
    for gap in (-3, 0, 2, 5):
        expected = sum(
            stats.multinomial.pmf([b, c, 9 - b - c], 9, cells) for b in range(10) for c in range(10 - b) if b - c >= gap
        )
        assert probability_of_gap(9, 0.25, 0.15, gap) == pytest.approx(expected, abs=1e-12)
    assert (probability_of_gap(9, 0, 0, 0), probability_of_gap(9, 0, 0, 1)) == (1, 0)


@pytest.mark.parametrize(("n", "psi"), [(1, 0.5), (30, 1.0), (30, 0.0), (5000, 0.001), (5000, 0.37)])
def test_discordant_distribution_is_binomial(n, psi):
    m, weights = discordant_distribution(n, psi)
    assert weights == pytest.approx(stats.binom.pmf(m, n, psi), rel=1e-9)
    assert weights.sum() == pytest.approx(1, abs=1e-10)


@pytest.mark.parametrize("alpha", [0.001, 0.05, 0.2])
@pytest.mark.parametrize("test", ["exact", "midp"])
def test_rejection_limits_are_tight(alpha, test):
    m = np.array([*range(40), 99, 100, 1319, 5000])
    for size, limit in zip(m, rejection_limits(m, alpha=alpha, test=test), strict=True):
        law = stats.binom(size, 0.5)

        def pvalue(k, law=law):
            return 2 * law.cdf(k) - (law.pmf(k) if test == "midp" else 0)

        assert limit == -1 or pvalue(limit) < alpha
        assert 2 * (limit + 1) >= size or pvalue(limit + 1) >= alpha


def test_smallest_pvalue():
    for n in (1, 2, 5, 6, 50):
        assert smallest_attainable_pvalue(n) == mcnemar_exact(PairedTable(0, n, 0, 0)).pvalue


def test_bad_arguments_are_named():
    for call, message in [
        (lambda: exact_power(0, 0.1, 0.1), "n must be 1"),
        (lambda: exact_power(5, 0.7, 0.4), "win_rate=0.7, loss_rate=0.4"),
        (lambda: exact_power(5, 0.1, 0.1, alpha=5), "alpha .* got 5"),
        (lambda: required_problems(0.2, 0.1, power=80), "power .* got 80"),
        (lambda: minimum_detectable_difference(5, 1.5), "discordant_rate .* got 1.5"),
        (lambda: required_problems_miller(0, 1, 1, 1), "difference must not be 0"),
    ]:
        with pytest.raises(ValueError, match=message):
            call()
