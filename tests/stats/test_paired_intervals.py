"""Intervals of the paired difference: published rows, independent integration, likelihood, and full enumeration."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from evalsuite.stats.paired import PairedTable, mcnemar_exact
from evalsuite.stats.paired_intervals import (
    METHODS,
    agresti_min,
    bonett_price,
    fay_lumbard,
    newcombe,
    tango,
    tango_score,
)

# R: exact2x2::mcnemarExactDP, PropCIs::scoreci.mp, contingencytables, or the cited paper, to four digits.
ROWS = {
    (1, 1, 0, 3): {
        fay_lumbard: (-0.4507, 0.7164),
        tango: (-0.3214, 0.6245),
        newcombe: (-0.2852, 0.5884),
        bonett_price: (-0.3304, 0.6161),
        agresti_min: (-0.2387, 0.5244),
    },
    (59, 6, 16, 80): {
        fay_lumbard: (-0.1268, 0.0006),
        tango: (-0.1240, -0.0054),
        newcombe: (-0.1186, -0.0046),
        bonett_price: (-0.1195, -0.0032),
        agresti_min: (-0.1182, -0.0045),
    },
    (14, 5, 0, 22): {tango: (0.0258, 0.2554), newcombe: (0.0115, 0.2265)},
    (794, 150, 86, 570): {tango: (0.0214, 0.0590), newcombe: (0.0212, 0.0587)},
    (43, 0, 1, 0): {tango: (-0.1181, 0.0594)},
    (10, 0, 1, 9): {
        fay_lumbard: (-0.2487, 0.1391),
        tango: (-0.2361, 0.1192),
        newcombe: (-0.1732, 0.0781),
        bonett_price: (-0.1986, 0.1077),
    },
    (7, 3, 4, 6): {tango: (-0.3167, 0.2231), newcombe: (-0.2982, 0.2083), bonett_price: (-0.3120, 0.2211)},
    (1, 9, 10, 0): {
        fay_lumbard: (-0.4885, 0.4036),
        tango: (-0.4346, 0.3503),
        newcombe: (-0.4330, 0.3487),
        bonett_price: (-0.4533, 0.3624),
    },
    (3, 0, 0, 2): {fay_lumbard: (-0.5218, 0.5218), tango: (-0.4345, 0.4345)},
    (10, 0, 0, 10): {fay_lumbard: (-0.1684, 0.1684), tango: (-0.1611, 0.1611)},
    (700, 0, 0, 619): {fay_lumbard: (-0.0028, 0.0028), tango: (-0.0029, 0.0029)},
    (10, 10, 0, 30): {fay_lumbard: (0.0597, 0.3372), tango: (0.1124, 0.3304)},
    (9, 11, 1, 29): {fay_lumbard: (0.0475, 0.3463), tango: (0.0776, 0.3376)},
    (4, 16, 6, 24): {fay_lumbard: (-0.0020, 0.3865), tango: (0.0170, 0.3713)},
    (0, 20, 10, 20): {tango: (-0.0150, 0.3955)},
    (106, 422, 158, 633): {fay_lumbard: (0.1647, 0.2348)},
}

EXTREMES = [
    (0, 1, 0, 0), (0, 0, 1, 0), (0, 1, 0, 4999), (0, 1, 1, 4998), (0, 5000, 0, 0), (0, 4999, 1, 0), (1, 4999, 0, 0),
    (0, 2500, 2500, 0), (3000, 1500, 100, 400), (450, 80, 50, 739), (0, 1, 4999, 0), (2, 1, 1, 0), (1200, 3, 116, 0),
]  # fmt: skip


def every_table(n):
    return [PairedTable(0, b, c, n - b - c) for b, c in itertools.product(range(n + 1), repeat=2) if b + c <= n]


@pytest.mark.parametrize("counts", ROWS)
def test_published_rows(counts):
    for method, expected in ROWS[counts].items():
        e = method(PairedTable(*counts))
        assert (e.low, e.high) == pytest.approx(expected, abs=7e-5), method.__name__


LEGENDRE = np.polynomial.legendre.leggauss(40)


def integrated_upper(wins, losses, n, tail):
    """Solve P[T(2B - 1) >= U] = tail by Gauss-Legendre panels over T of the survival function of B."""
    m = wins + losses

    def above(t, u):
        x = np.clip((1 + u / t) / 2, 0, 1)
        return (x < 1).astype(float) if losses == 0 else stats.beta.sf(x, wins + 1, losses)

    def survival(u, positive):
        a, b = (m + 1, n - m) if positive else (m, n - m + 1)
        if b == 0:
            return float(above(1.0, u))
        if a == 0:
            return 1.0
        law = stats.beta(a, b)
        quantiles = law.ppf([1e-15, 1e-9, 1e-5, *np.linspace(0.01, 0.99, 25), 1 - 1e-5])
        ends = np.array([*quantiles, *law.isf([1e-9, 1e-15]), 1.0])
        # Only T > |U| can carry T(2B - 1) beyond a positive U; a negative U is always exceeded by T < |U|.
        ends = np.unique(np.concatenate([[abs(u)], ends[ends > abs(u)]]))
        widths = np.diff(ends)[:, None]
        t = ends[:-1, None] + widths * (LEGENDRE[0] + 1) / 2
        inside = (law.pdf(t) * above(t, u) * LEGENDRE[1] * widths / 2).sum()
        return inside + (law.cdf(abs(u)) if u < 0 else 0.0)

    if losses == 0 and m == n:
        return 1.0
    positive = wins >= losses or mcnemar_exact(PairedTable(0, wins, losses, n - m)).pvalue >= 2 * tail
    bracket = (1e-9, 1 - 1e-12) if positive else (-1 + 1e-12, -1e-9)
    return optimize.brentq(lambda u: survival(u, positive) - tail, *bracket, xtol=1e-10)


@pytest.mark.parametrize(
    "counts", [*EXTREMES[4:9], (1, 1, 0, 3), (5, 2, 7, 3), (2, 9, 1, 1), (0, 6, 0, 0), (40, 3, 30, 27)]
)
@pytest.mark.parametrize("level", [0.8, 0.95, 0.9999])
def test_fay_lumbard_by_panels_of_integration(counts, level):
    table, tail = PairedTable(*counts), (1 - level) / 2
    e = fay_lumbard(table, confidence_level=level)
    assert e.high == pytest.approx(integrated_upper(table.wins, table.losses, table.n, tail), abs=2e-7)
    assert e.low == pytest.approx(-integrated_upper(table.losses, table.wins, table.n, tail), abs=2e-7)


@pytest.mark.parametrize("n", [*range(1, 13), 19, 40])
def test_zero_is_inside_exactly_when_the_exact_test_does_not_reject(n):
    for table in every_table(n)[:: 3 if n > 30 else 1]:
        e = fay_lumbard(table)
        assert (e.low <= 0 <= e.high) == (mcnemar_exact(table).pvalue >= 0.05), table
        assert -1 <= e.low <= e.value <= e.high <= 1
        assert e.low < e.high


@pytest.mark.parametrize("level", [0.5, 0.9375, 0.96875, 1 - 2**-12])
def test_ties_of_pvalue_and_level_keep_zero_inside(level):
    # Powers of two are attained p-values: the limit is then exactly zero, up to rounding of the root.
    for n in (1, 2, 5, 6, 13):
        for table in every_table(n):
            e = fay_lumbard(table, confidence_level=level)
            assert (e.low <= 0 <= e.high) == (mcnemar_exact(table).pvalue >= 1 - level), table


@pytest.mark.parametrize("n", [1, 2, 3, 5, 8, 13, 25, 40])
def test_tango_excludes_zero_exactly_when_the_asymptotic_test_rejects(n):
    critical = stats.chi2.ppf(0.95, 1)
    for table in every_table(n):
        e = tango(table)
        rejects = table.discordant > 0 and (table.wins - table.losses) ** 2 / table.discordant > critical
        assert (e.low > 0 or e.high < 0) == rejects, table
        assert -1 <= e.low <= e.value <= e.high <= 1
        assert e.low < e.high


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("n", [1, 2, 5, 12, 17])
def test_limits_enclose_the_difference_and_mirror(method, n):
    for table in every_table(n):
        e, mirrored = method(table), method(table.swapped())
        assert -1 <= e.low <= e.value <= e.high <= 1
        assert e.low < e.high
        assert (e.low, e.high, e.value) == pytest.approx((-mirrored.high, -mirrored.low, -mirrored.value), abs=1e-12)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("counts", EXTREMES)
def test_extreme_counts(method, counts):
    for level in (0.9, 0.95, 0.999999):
        e = method(PairedTable(*counts), confidence_level=level)
        assert -1 <= e.low <= e.value <= e.high <= 1
        assert e.low < e.high


@given(st.tuples(*[st.integers(0, 300)] * 4).filter(lambda t: sum(t) > 0), st.integers(0, 300))
@settings(deadline=None, max_examples=40, derandomize=True)
def test_both_right_and_both_wrong_are_alike(counts, moved):
    both, wins, losses, neither = counts
    moved = min(moved, both)
    for method in (fay_lumbard, tango, bonett_price, agresti_min):
        assert method(PairedTable(both - moved, wins, losses, neither + moved)) == method(PairedTable(*counts))


def likelihood_score(table, difference):
    """The score statistic with the loss rate found by maximising the likelihood numerically."""
    b, c, n = table.wins, table.losses, table.n
    low, high = max(0.0, -difference), (1 - difference) / 2

    def loss(q):
        terms = [(b, q + difference), (c, q), (n - b - c, 1 - 2 * q - difference)]
        return -sum(k * math.log(max(p, 1e-300)) for k, p in terms if k)

    q = optimize.minimize_scalar(loss, bounds=(low, high), method="bounded", options={"xatol": 1e-12}).x
    return (b - c - n * difference) / math.sqrt(n * (2 * q + difference * (1 - difference)))


@pytest.mark.parametrize("counts", [(59, 6, 16, 80), (1, 1, 1, 3), (10, 3, 1, 9), (0, 2, 7, 5)])
@pytest.mark.parametrize("difference", [-0.6, -0.2, -0.01, 0.05, 0.3, 0.9])
def test_tango_score_uses_the_likeliest_loss_rate(counts, difference):
    table = PairedTable(*counts)
    assert tango_score(table, difference) == pytest.approx(likelihood_score(table, difference), rel=1e-5)


@pytest.mark.parametrize("counts", [*ROWS, *EXTREMES])
@pytest.mark.parametrize("level", [0.5, 0.95, 0.9999])
def test_tango_limits_have_the_score_of_the_quantile(counts, level):
    table = PairedTable(*counts)
    z = stats.norm.ppf((1 + level) / 2)
    e = tango(table, confidence_level=level)
    if e.high < 1:
        assert tango_score(table, e.high) == pytest.approx(-z, rel=1e-6)
    if e.low > -1:
        assert tango_score(table, e.low) == pytest.approx(z, rel=1e-6)


@pytest.mark.parametrize("n", [1, 3, 5, 20, 1319])
def test_closed_forms_at_the_edges(n):
    z2 = stats.norm.ppf(0.975) ** 2
    nothing = PairedTable(n, 0, 0, 0)
    assert tango(nothing).high == pytest.approx(z2 / (n + z2), abs=1e-12)
    assert fay_lumbard(nothing).high == pytest.approx(1 - 0.025 ** (1 / n), abs=1e-12)
    everything = PairedTable(0, n, 0, 0)
    assert (tango(everything).low, tango(everything).high) == pytest.approx(((n - z2) / (n + z2), 1), abs=1e-12)
    assert fay_lumbard(everything).high == 1
    assert fay_lumbard(everything.swapped()).low == -1


@pytest.mark.parametrize(
    ("method", "n", "least", "mean"),
    [
        (fay_lumbard, 5, 97.6, 99.6),
        (fay_lumbard, 10, 96.2, 99.1),
        (fay_lumbard, 20, 95.9, 98.5),
        (tango, 5, 90.2, 98.0),
        (tango, 10, 92.4, 97.3),
        (tango, 20, 92.7, 96.2),
    ],
)
def test_coverage_by_enumeration(method, n, least, mean):
    tables = every_table(n)
    estimates = [method(table) for table in tables]
    low, high = np.array([e.low for e in estimates]), np.array([e.high for e in estimates])
    wins = np.array([t.wins for t in tables])
    losses = np.array([t.losses for t in tables])
    coverage = []
    for psi, share in itertools.product(np.linspace(0.02, 1, 50), np.linspace(0.5, 1, 26)):
        weight = stats.binom.pmf(wins + losses, n, psi) * stats.binom.pmf(wins, wins + losses, share)
        truth = psi * (2 * share - 1)
        coverage.append(weight[(low <= truth + 1e-12) & (truth - 1e-12 <= high)].sum())
    assert 100 * min(coverage) == pytest.approx(least, abs=0.06)
    assert 100 * np.mean(coverage) == pytest.approx(mean, abs=0.06)


def test_bad_arguments_are_named():
    for method in METHODS:
        with pytest.raises(ValueError, match=r"confidence_level .* got 95"):
            method(PairedTable(1, 1, 1, 1), confidence_level=95)
    with pytest.raises(ValueError, match="difference must lie"):
        tango_score(PairedTable(1, 1, 1, 1), 1.0)
