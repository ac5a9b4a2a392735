"""McNemar tests against published values, scipy, statsmodels, brute force and full enumeration of their size."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar

from evalsuite.stats import paired
from evalsuite.stats.paired import (
    TESTS,
    PairedTable,
    mcnemar_asymptotic,
    mcnemar_exact,
    mcnemar_exact_unconditional,
    mcnemar_midp,
)
from evalsuite.stats.power import exact_power, rejection_limits

# (both, wins, losses, neither): exact, mid-p, asymptotic, exact unconditional.
# Cavo et al. (2012) and Altman (1991) as in Fagerland, Lydersen and Laake (2014); Agresti's approval ratings.
ROWS = {
    (1, 1, 0, 3): (1, 0.5, 0.3173, 0.5663),
    (59, 6, 16, 80): (0.05248, 0.03469, 0.03301, 0.0342),
    (14, 5, 0, 22): (0.0625, 0.03125, 0.0253, None),
    (794, 150, 86, 570): (3.716e-5, 2.893e-5, 3.099e-5, None),
    (43, 0, 1, 0): (1, 0.5, 0.3173, None),
    (10, 0, 1, 9): (1, 0.5, 0.3173, 0.5383),
    (7, 3, 4, 6): (1, 0.7266, 0.7055, 0.8238),
    (1, 9, 10, 0): (1, 0.8238, 0.8185, 0.9061),
    (3, 0, 0, 2): (1, 1, 1, 1),
}

tables = st.tuples(*[st.integers(0, 60)] * 4).filter(lambda t: sum(t) > 0).map(lambda t: PairedTable(*t))


@pytest.mark.parametrize("counts", ROWS)
def test_published_rows(counts):
    for test, expected in zip(TESTS, ROWS[counts], strict=True):
        if expected is not None:
            assert test(PairedTable(*counts)).pvalue == pytest.approx(expected, rel=2e-4, abs=6e-5), test.__name__


@pytest.mark.parametrize(
    ("wins", "losses", "n", "exact", "midp"),
    [
        (10, 0, 50, 0.00195, 0.00098),
        (11, 1, 50, 0.00635, 0.00342),
        (13, 3, 50, 0.0213, 0.0127),
        (16, 6, 50, 0.0525, 0.0347),
        (20, 10, 50, 0.0987, 0.0708),
        (44, 4, 200, 1.5e-9, None),
        (80, 40, 200, 3.3e-4, None),
        (264, 0, 1319, 6.8e-80, None),
        (293, 29, 1319, 4.3e-56, None),
        (528, 264, 1319, 4.0e-21, None),
    ],
)
def test_twenty_to_forty_percent(wins, losses, n, exact, midp):
    table = PairedTable(0, wins, losses, n - wins - losses)
    assert mcnemar_exact(table).pvalue == pytest.approx(exact, rel=0.02)
    if midp is not None:
        assert mcnemar_midp(table).pvalue == pytest.approx(midp, rel=0.006)


def test_smallest_splits_below_five_percent():
    splits = {
        6: (6, 0), 7: (7, 0), 8: (8, 0), 9: (8, 1), 10: (9, 1), 11: (10, 1), 12: (10, 2), 15: (12, 3), 20: (15, 5),
        25: (18, 7), 30: (21, 9), 40: (27, 13), 50: (33, 17), 100: (61, 39),
    }  # fmt: skip
    for m, (wins, losses) in splits.items():
        assert mcnemar_exact(PairedTable(0, wins, losses, 0)).pvalue < 0.05
        assert mcnemar_exact(PairedTable(0, wins - 1, losses + 1, 0)).pvalue >= 0.05
        assert rejection_limits(np.array([m]))[0] == losses
    for m, losses in {5: 0, 8: 1, 11: 2, 50: 18, 100: 40}.items():
        assert mcnemar_midp(PairedTable(0, m - losses, losses, 0)).pvalue < 0.05
        assert mcnemar_midp(PairedTable(0, m - losses - 1, losses + 1, 0)).pvalue >= 0.05
        assert rejection_limits(np.array([m]), test="midp")[0] == losses
    assert all(mcnemar_exact(PairedTable(0, wins, 5 - wins, 0)).pvalue >= 0.05 for wins in range(6))


@given(tables)
@settings(deadline=None, max_examples=60, derandomize=True)
def test_scipy_and_statsmodels_agree(table):
    square = [[table.both, table.losses], [table.wins, table.neither]]
    exact = mcnemar_exact(table).pvalue
    assert exact == pytest.approx(mcnemar(square, exact=True).pvalue, abs=1e-12)
    if table.discordant:
        assert exact == pytest.approx(stats.binomtest(table.wins, table.discordant).pvalue, abs=1e-12)
        theirs = mcnemar(square, exact=False, correction=False)
        ours = mcnemar_asymptotic(table)
        assert (ours.statistic, ours.pvalue) == pytest.approx((theirs.statistic, theirs.pvalue), abs=1e-12)
        below = stats.binom.cdf(min(table.wins, table.losses), table.discordant, 0.5)
        at = stats.binom.pmf(table.wins, table.discordant, 0.5)
        expected = 1 - at / 2 if table.wins == table.losses else 2 * below - at
        assert mcnemar_midp(table).pvalue == pytest.approx(expected, abs=1e-12)


@given(tables, st.integers(0, 50))
@settings(deadline=None, max_examples=50, derandomize=True)
def test_swapping_arms_and_concordant_problems_leave_every_test(table, moved):
    moved = min(moved, table.both)
    other = PairedTable(table.both - moved, table.wins, table.losses, table.neither + moved)
    for test in TESTS:
        result = test(table)
        assert 0 <= result.pvalue <= 1
        assert test(table.swapped()).pvalue == result.pvalue
        assert test(other).pvalue == result.pvalue
        assert test(table.swapped()).effect == -result.effect


def brute_unconditional(wins, losses, n):
    """Tail of every table by its multinomial probability, on a fine grid of the discordance."""
    observed = (wins - losses) ** 2 / (wins + losses)
    psi = np.linspace(0, 1, 4001)[:, None]
    total = np.zeros(4001)
    for m in range(1, n + 1):
        x = np.arange(m + 1)
        extreme = (2 * x - m) ** 2 / m >= observed - 1e-9
        total += (stats.binom.pmf(m, n, psi) * stats.binom.pmf(x, m, 0.5)[extreme].sum())[:, 0]
    return total.max()


@pytest.mark.parametrize(
    ("wins", "losses", "n"),
    [(1, 0, 1), (1, 0, 5), (5, 0, 5), (3, 1, 9), (0, 7, 12), (9, 10, 20), (12, 3, 40), (30, 9, 60)],
)
def test_unconditional_matches_brute_force(wins, losses, n):
    pvalue = mcnemar_exact_unconditional(PairedTable(0, wins, losses, n - wins - losses)).pvalue
    brute = brute_unconditional(wins, losses, n)
    assert brute - 1e-12 <= pvalue <= brute + 1e-5


def test_enumerated_sizes_of_fagerland_lydersen_and_laake():
    # Their 9,595 scenarios: odds ratio p11 p22 / (p12 p21), 10 to 100 problems, 101 accuracies. The published largest
    # sizes are 5.37 % (asymptotic) and no violation by mid-p.
    accuracy = np.linspace(0, 1, 101)
    rates = []
    for ratio in (1, 2, 3, 5, 10):
        spread = accuracy * (1 - accuracy)
        # Positive root of (ratio - 1) q^2 + q - spread = 0, for p12 = p21 = q.
        rates.append(2 * (2 * spread / (1 + np.sqrt(1 + 4 * (ratio - 1) * spread))))
    psi = np.concatenate(rates)
    sizes = {"exact": [], "midp": [], "asymptotic": []}
    for n in (10, *range(15, 101, 5)):
        m = np.arange(n + 1)
        weights = stats.binom.pmf(m, n, psi[:, None])
        asymptotic = np.ceil((m - np.sqrt(stats.chi2.ppf(0.95, 1) * m)) / 2).astype(int) - 1
        found = {
            "exact": rejection_limits(m),
            "midp": rejection_limits(m, test="midp"),
            "asymptotic": asymptotic,
        }
        for name, limit in found.items():
            sizes[name].append(weights @ np.where(limit >= 0, 2 * stats.binom.cdf(limit, m, 0.5), 0))
    size = {name: 100 * np.concatenate(parts) for name, parts in sizes.items()}
    assert len(size["exact"]) == 9595
    assert size["exact"].max() == pytest.approx(3.674, abs=6e-4)
    assert size["exact"].mean() == pytest.approx(2.01, abs=6e-3)
    assert (size["exact"] <= 3).mean() == pytest.approx(0.880, abs=6e-4)
    assert size["midp"].max() == pytest.approx(4.947, abs=6e-4)
    assert size["midp"].mean() == pytest.approx(3.49, abs=6e-3)
    assert size["asymptotic"].max() == pytest.approx(5.367, abs=6e-4)
    assert (size["asymptotic"] > 5).mean() == pytest.approx(0.294, abs=6e-4)


def test_exact_size_never_exceeds_the_level_and_midp_does_beyond_half():
    psi = np.linspace(0.02, 1, 50)
    for n in (*range(1, 12), 20, 33, 50, 77, 100, 143, 200):
        assert max(exact_power(n, p / 2, p / 2) for p in psi) <= 0.05
    assert exact_power(50, 0.5, 0.5, test="midp") == pytest.approx(0.0649, abs=6e-5)
    assert exact_power(5, 0.5, 0.5, test="midp") == pytest.approx(0.0625, abs=6e-5)


@pytest.mark.parametrize("n", [4, 9, 14])
def test_unconditional_size_by_enumeration(n):
    pvalues = {
        (b, c): mcnemar_exact_unconditional(PairedTable(0, b, c, n - b - c)).pvalue
        for b in range(n + 1)
        for c in range(n + 1 - b)
    }
    rejected = [key for key, p in pvalues.items() if p <= 0.05]
    for psi in np.linspace(0.01, 1, 60):
        cells = [psi / 2, psi / 2, 1 - psi]
        size = sum(stats.multinomial.pmf([b, c, n - b - c], n, cells) for b, c in rejected)
        assert size <= 0.05 + 1e-9


def test_table_from_scores():
    base, new = np.array([1, 1, 0, 0, 0, 1], bool), np.array([1, 0, 1, 1, 0, 1])
    table = PairedTable.from_scores(base, new)
    assert table == PairedTable(both=2, wins=2, losses=1, neither=1)
    assert (table.base_correct, table.new_correct, table.n, table.discordant) == (3, 4, 6, 3)
    assert table.difference == pytest.approx(1 / 6)
    order = np.random.default_rng(0).permutation(6)
    assert PairedTable.from_scores(base[order], new[order]) == table


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="base and new need one shape"):
        PairedTable.from_scores([1, 0], [1])
    with pytest.raises(ValueError, match="new must hold scores 0 and 1"):
        PairedTable.from_scores([1, 0], [1, 2])
    with pytest.raises(ValueError, match="losses=-1"):
        PairedTable(1, 1, -1, 0)
    with pytest.raises(ValueError, match="at least one problem"):
        PairedTable(0, 0, 0, 0)


@pytest.mark.parametrize("counts", [(0, 0, 0, 1), (1, 0, 0, 0), (0, 1, 0, 0), (5, 0, 0, 0), (0, 5000, 0, 0)])
def test_edges_give_numbers(counts):
    for test in TESTS:
        assert 0 <= test(PairedTable(*counts)).pvalue <= 1


@pytest.mark.parametrize(("wins", "losses"), [(300, 250), (20, 8), (1000, 930)])
def test_unconditional_maximum_over_an_interval(monkeypatch: pytest.MonkeyPatch, wins: int, losses: int) -> None:
    table = PairedTable(1000, wins, losses, 4000 - wins - losses)
    full = mcnemar_exact_unconditional(table).pvalue
    monkeypatch.setattr(paired, "MOST_ENUMERATED", 100)
    restricted = mcnemar_exact_unconditional(table).pvalue
    # The maximum over every discordance may lie outside of the interval for it, then the restricted one is smaller.
    assert 0.8 * full < restricted < 1.001 * full


def test_a_million_problems_take_less_than_a_second() -> None:
    start = time.process_time()
    table = PairedTable(400_000, 101_000, 100_000, 399_000)
    pvalues = [test(table).pvalue for test in TESTS]
    assert time.process_time() - start < 2
    assert pvalues == pytest.approx([pvalues[0]] * len(pvalues), rel=0.02)
