"""Published and recomputed calibration numbers; a thin part of the battery, since all of it is exact."""

import itertools
import math

import numpy as np
import pytest
from scipy import integrate, stats

from evalsuite.stats.calibration import calibrate
from evalsuite.stats.coverage import (
    FAGERLAND_ODDS_RATIOS,
    FAGERLAND_SIZES,
    MCNEMAR_TESTS,
    PAIRED_INTERVALS,
    PAIRED_SCENARIOS,
    PROPORTION_INTERVALS,
    cells,
    discordance_grid,
    fagerland_discordance,
    mean_coverage,
    minimum_coverage,
    paired_coverage,
    paired_coverage_grid,
    proportion_coverage,
    rejection_given_discordant,
    size_of_test,
)
from evalsuite.stats.naive_methods import corrected_pvalue


@pytest.fixture(scope="module")
def rows():
    named = []
    result = calibrate(named.append, largest=20)
    assert len(named) == 7
    return {(r.part, r.setting, r.method, r.quantity): r.value for r in result}


def pick(rows, method: str, quantity: str, setting: str, part: str = "") -> float:
    (value,) = [v for k, v in rows.items() if k[1:] == (setting, method, quantity) and k[0].startswith(part)]
    return 100 * value


@pytest.mark.parametrize(
    ("method", "largest", "mean", "below"),
    [
        ("mcnemar_exact", 3.674, 2.01, 88.0),
        ("mcnemar_corrected", 3.572, 1.90, 88.9),
        ("mcnemar_midp", 4.947, 3.49, None),
        ("mcnemar_asymptotic", 5.367, None, None),
    ],
)
def test_fagerland_2013(rows, method: str, largest: float, mean: float | None, below: float | None) -> None:
    # Published: mid-p exceeds 5% in none of 9,595 scenarios, the asymptotic test reaches 5.37%.
    at = "9595 scenarios"
    assert pick(rows, method, "largest size", at) == pytest.approx(largest, abs=5.1e-4)
    if mean is not None:
        assert pick(rows, method, "mean size", at) == pytest.approx(mean, abs=0.0051)
    if below is not None:
        assert pick(rows, method, "share of scenarios at most 3%", at) == pytest.approx(below, abs=0.051)
    above = pick(rows, method, "share of scenarios above 5%", at)
    assert above == pytest.approx(29.4 if method == "mcnemar_asymptotic" else 0, abs=0.051)


def test_fagerland_scenarios_have_the_odds_ratio() -> None:
    assert len(FAGERLAND_ODDS_RATIOS) * len(FAGERLAND_SIZES) * 101 == 9595
    p = np.linspace(0, 1, 101)[1:-1]
    for theta in FAGERLAND_ODDS_RATIOS:
        q = fagerland_discordance(theta)[1:-1] / 2
        assert (p - q) * (1 - p - q) / q**2 == pytest.approx(theta)


@pytest.mark.parametrize(
    ("method", "n", "half", "all_"),
    [("mcnemar_midp", 5, 0.20, 6.25), ("mcnemar_midp", 20, 4.16, 5.04), ("mcnemar_exact", 20, 2.26, None),
     ("mcnemar_exact", 5, 0.0, None), ("mcnemar_asymptotic", 5, 2.15, None), ("mcnemar_asymptotic", 20, 4.93, None)],
)  # fmt: skip
def test_largest_sizes(rows, method: str, n: int, half: float, all_: float | None) -> None:
    assert pick(rows, method, "largest size", f"n={n}, discordance up to 50%") == pytest.approx(half, abs=0.0051)
    if all_ is not None:
        assert pick(rows, method, "largest size", f"n={n}, discordance up to 100%") == pytest.approx(all_, abs=0.0051)


def test_mid_p_is_not_safe_at_full_discordance() -> None:
    rejecting = rejection_given_discordant(MCNEMAR_TESTS["mcnemar_midp"], 50)
    assert size_of_test(rejecting, 50, [1.0])[0] == pytest.approx(0.0649, abs=5e-5)


def test_exact_test_never_exceeds_its_level() -> None:
    rejecting = rejection_given_discordant(MCNEMAR_TESTS["mcnemar_exact"], 200)
    rates = np.linspace(0, 1, 101)
    assert max(size_of_test(rejecting, n, rates).max() for n in range(1, 201)) <= 0.05


@pytest.mark.parametrize("name", MCNEMAR_TESTS)
def test_followed_limit_equals_trying_every_split(name: str) -> None:
    pvalue = MCNEMAR_TESTS[name]
    rejecting = rejection_given_discordant(pvalue, 60)
    for m in range(1, 61):
        splits = [b for b in range(m + 1) if pvalue(b, m - b) < 0.05]
        assert rejecting[m] == pytest.approx(stats.binom.pmf(splits, m, 0.5).sum() if splits else 0)


def test_corrected_pvalue_of_published_table() -> None:
    assert corrected_pvalue(6, 16) == pytest.approx(0.05501, abs=5e-6)
    assert corrected_pvalue(150, 86) == pytest.approx(4.115e-5, rel=1e-3)
    assert corrected_pvalue(0, 0) == corrected_pvalue(3, 3) == 1


@pytest.mark.parametrize(
    ("method", "n", "smallest", "mean"),
    [("fay_lumbard", 5, 97.6, 99.6), ("fay_lumbard", 10, 96.2, 99.1), ("fay_lumbard", 20, 95.9, 98.5),
     ("tango", 5, 90.2, 98.0), ("tango", 10, 92.4, 97.3), ("tango", 20, 92.7, 96.2)],
)  # fmt: skip
def test_paired_coverage_over_the_grid(rows, method: str, n: int, smallest: float, mean: float) -> None:
    assert pick(rows, method, "smallest coverage", f"n={n}", "coverage of paired") == pytest.approx(smallest, abs=0.051)
    assert pick(rows, method, "mean coverage", f"n={n}", "coverage of paired") == pytest.approx(mean, abs=0.051)


@pytest.mark.parametrize(
    ("truth", "method", "expected"),
    [
        ("0.2 to 0.4", "tango", (100, 99.6, 96.2)),
        ("0.2 to 0.4", "bonett_price", (100, 97.8, 95.0)),
        ("0.2 to 0.4", "newcombe", (99.7, 96.8, 96.2)),
        ("0.2 to 0.4", "t", (74.3, 90.9, 94.0)),
        ("0.2 to 0.4", "wald", (70.5, 90.9, 93.2)),
        ("0.2 to 0.4", "percentile_bootstrap", (70.5, 90.9, 94.0)),
        ("0.55 to 0.5", "tango", (100, 99.0, 95.9)),
        ("0.55 to 0.5", "t", (76.2, 91.8, 94.6)),
        ("0.55 to 0.5", "percentile_bootstrap", (53.7, 77.9, 92.2)),
        ("0.9 to 0.92", "bonett_price", (100, 100, 100)),
        ("0.9 to 0.92", "wald", (34.9, 57.5, 80.2)),
        ("0.9 to 0.92", "percentile_bootstrap", (23.0, 40.9, 64.1)),
    ],
)
def test_paired_coverage_in_scenarios(rows, truth: str, method: str, expected: tuple[float, ...]) -> None:
    for n, value in zip((5, 10, 20), expected, strict=True):
        assert pick(rows, method, "coverage", f"{truth}, n={n}") == pytest.approx(value, abs=0.051)


def test_grid_and_full_enumeration_agree() -> None:
    for (base, new, phi), name in itertools.product(PAIRED_SCENARIOS, ("tango", "wald")):
        truth = cells(base, new, phi)
        grid = paired_coverage_grid(PAIRED_INTERVALS[name], 6, [truth[1]], [truth[2]])[0]
        assert paired_coverage(PAIRED_INTERVALS[name], 6, truth) == pytest.approx(grid, abs=1e-9)


def test_cells_have_the_margins_and_the_correlation() -> None:
    both, wins, losses, neither = cells(0.55, 0.5, 0.3)
    assert both + wins + losses + neither == pytest.approx(1)
    assert (both + losses, both + wins) == pytest.approx((0.55, 0.5))
    phi = (both * neither - wins * losses) / math.sqrt(0.55 * 0.45 * 0.5 * 0.5)
    assert phi == pytest.approx(0.3)
    with pytest.raises(ValueError, match=r"no table has accuracies 0\.2 and 0\.9"):
        cells(0.2, 0.9, 0.9)
    wins_, losses_ = discordance_grid()
    assert wins_.size == 1300
    assert (wins_ >= losses_ - 1e-12).all()


@pytest.mark.parametrize(
    ("n", "p", "expected"),
    [
        (17, 0.5, 0.951),
        (18, 0.5, 0.904),
        (40, 0.5, 0.919),
        (30, 0.2, 0.946),
        (98, 0.2, 0.928),
        (100, 0.106, 0.952),
        (100, 0.107, 0.911),
    ],
)
def test_brown_cai_dasgupta_2001(n: int, p: float, expected: float) -> None:
    assert proportion_coverage(PROPORTION_INTERVALS["wald"], n, [p])[0] == pytest.approx(expected, abs=5.1e-4)


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("wald", (64.1, 76.9, 87.5, 92.2)),
        ("wilson", (95.5, 95.4, 95.2, 95.1)),
        ("clopper_pearson", (99.0, 98.4, 97.3, 96.5)),
        ("jeffreys", (95.8, 95.3, 95.1, 95.0)),
        ("agresti_coull", (96.7, 96.5, 96.0, 95.6)),
        ("midp", (97.8, 96.8, 95.8, 95.3)),
    ],
)
def test_mean_coverage_over_a_uniform_accuracy(method: str, expected: tuple[float, ...]) -> None:
    for n, value in zip((5, 10, 30, 100), expected, strict=True):
        assert 100 * mean_coverage(PROPORTION_INTERVALS[method], n) == pytest.approx(value, abs=0.051)


def test_uniform_prior_covers_exactly_on_average() -> None:
    for n in (1, 2, 3, 7, 50, 300):
        assert mean_coverage(PROPORTION_INTERVALS["uniform"], n) == pytest.approx(0.95, abs=1e-12)


def test_mean_coverage_equals_quadrature() -> None:
    interval = PROPORTION_INTERVALS["wilson"]
    limits = sorted({x for k in range(7) for x in interval(k, 6) if 0 < x < 1})
    edges = [0.0, *limits, 1.0]
    total = sum(
        integrate.quad(lambda p: proportion_coverage(interval, 6, [p])[0], a, b)[0]
        for a, b in itertools.pairwise(edges)
    )
    assert mean_coverage(interval, 6) == pytest.approx(total, abs=1e-8)


def test_smallest_coverage() -> None:
    assert 0.831 <= minimum_coverage(PROPORTION_INTERVALS["wilson"], 5) <= 0.84
    assert all(minimum_coverage(PROPORTION_INTERVALS["clopper_pearson"], n) >= 0.95 for n in (1, 5, 30))
    assert minimum_coverage(PROPORTION_INTERVALS["wald"], 30) < 0.001


def test_peeking_rows(rows) -> None:
    assert pick(rows, "e-process", "ever rejecting", "400 discordant pairs") == pytest.approx(3.34, abs=0.0051)
    assert pick(rows, "exact", "ever rejecting", "400 discordant pairs") == pytest.approx(33.9, abs=0.051)
