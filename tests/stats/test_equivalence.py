"""Non-inferiority and equivalence: published values, duality with the Tango interval, size by enumeration."""

import itertools

import numpy as np
import pytest
from scipy import stats

from evalsuite.stats.equivalence import equivalence, non_inferiority, problems_to_claim_equivalence
from evalsuite.stats.paired import PairedTable
from evalsuite.stats.paired_intervals import tango


def table(wins, losses, n):
    return PairedTable(0, wins, losses, n - wins - losses)


@pytest.mark.parametrize(
    ("counts", "margin", "score", "pvalue"),
    [
        ((50, 50, 1319), 0.02, 2.5679, 0.00512),
        ((50, 50, 1319), 0.01, None, 0.0952),
        ((40, 45, 1319), 0.02, 2.2500, 0.0122),
        ((1, 2, 20), 0.10, None, 0.291),
    ],
)
def test_equivalence_rows(counts, margin, score, pvalue):
    found = equivalence(table(*counts), margin=margin)
    assert found.pvalue == pytest.approx(pvalue, abs=6e-5 if pvalue < 0.2 else 6e-4)
    if score is not None:
        assert found.statistic == pytest.approx(score, abs=6e-5)


def test_tango_lens_study():
    found = non_inferiority(PairedTable(43, 0, 1, 0), margin=0.1)
    assert found.statistic == pytest.approx(1.7086, abs=6e-5)
    e = tango(PairedTable(43, 0, 1, 0), confidence_level=0.9)
    assert (e.low, e.high) == pytest.approx((-0.0957, 0.0365), abs=6e-5)
    assert -non_inferiority(table(40, 45, 1319).swapped(), margin=0.02).statistic == pytest.approx(-3.2581, abs=6e-5)


@pytest.mark.parametrize("margin", [0.02, 0.1, 0.35, 0.6])
@pytest.mark.parametrize("n", [1, 5, 9, 30])
def test_equivalence_is_the_90_percent_interval_inside_the_margin(n, margin):
    for b, c in itertools.product(range(n + 1), repeat=2):
        if b + c <= n:
            e = tango(table(b, c, n), confidence_level=0.9)
            inside = -margin < e.low and e.high < margin
            assert (equivalence(table(b, c, n), margin=margin).pvalue < 0.05) == inside
            assert (non_inferiority(table(b, c, n), margin=margin).pvalue < 0.05) == (e.low > -margin)


def test_size_at_the_margin_by_enumeration():
    # Score tests may exceed their level a little; here by less than one point.
    n, margin = 60, 0.2
    rejected = [
        (b, c)
        for b, c in itertools.product(range(n + 1), repeat=2)
        if b + c <= n and non_inferiority(table(b, c, n), margin=margin).pvalue < 0.05
    ]
    b, c = np.array(rejected).T
    for psi in (0.2, 0.3, 0.5, 0.8):
        cells = [(psi - margin) / 2, (psi + margin) / 2, 1 - psi]
        assert stats.multinomial.pmf(np.c_[b, c, n - b - c], n, cells).sum() < 0.062


def test_problems_to_claim_equivalence():
    assert [problems_to_claim_equivalence(psi, 0.02) for psi in (0.05, 0.1, 0.2)] == [1071, 2141, 4282]


@pytest.mark.parametrize("margin", [0, 1, 2, -0.1])
def test_margins_outside_are_refused(margin):
    for test in (equivalence, non_inferiority):
        with pytest.raises(ValueError, match=f"not in percent, got {margin}"):
            test(table(1, 1, 5), margin=margin)
    with pytest.raises(ValueError, match="margin"):
        problems_to_claim_equivalence(0.1, margin)
    with pytest.raises(ValueError, match="discordant_rate"):
        problems_to_claim_equivalence(0, 0.1)
