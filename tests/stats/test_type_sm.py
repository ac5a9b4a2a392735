"""Sign and exaggeration errors: published values, quadrature and enumeration."""

import math

import pytest
from scipy import integrate, stats

from evalsuite.stats.paired import PairedTable, mcnemar_exact
from evalsuite.stats.type_sm import mcnemar_type_sm, normal_type_sm


@pytest.mark.parametrize(
    ("effect", "error", "power", "sign", "size"),
    [(0.1, 3.28, 0.0501, 0.464, 76.7), (2, 8.1, 0.0570, 0.240, 9.54), (1, 1, 0.1701, 0.0090, 2.491)],
)
def test_gelman_and_carlin(effect, error, power, sign, size):
    found = normal_type_sm(effect, error)
    assert found.power == pytest.approx(power, abs=6e-5)
    assert found.sign == pytest.approx(sign, abs=6e-4)
    assert found.exaggeration == pytest.approx(size, rel=1e-3)
    assert normal_type_sm(-effect, error) == found


def test_normal_by_quadrature():
    law, z = stats.norm(0.8), stats.norm.isf(0.01)
    power = law.sf(z) + law.cdf(-z)
    size = sum(integrate.quad(lambda x: abs(x) * law.pdf(x), *ends)[0] for ends in ((-12, -z), (z, 12)))
    found = normal_type_sm(0.4, 0.5, alpha=0.02)
    assert (found.power, found.exaggeration) == pytest.approx((power, size / power / 0.8), rel=1e-9)


@pytest.mark.parametrize(
    ("n", "psi", "difference", "power", "sign", "size"),
    [(1319, 0.2, 0.02, 0.347, 0.0004, 1.65), (100, 0.2, 0.05, 0.143, 0.004, 2.38), (20, 0.2, 0.05, 0.010, 0.038, 6.43)],
)
def test_exact_rows(n, psi, difference, power, sign, size):
    found = mcnemar_type_sm(n, (psi + difference) / 2, (psi - difference) / 2)
    assert (found.power, found.sign) == pytest.approx((power, sign), abs=6e-4)
    assert found.exaggeration == pytest.approx(size, abs=6e-3)


def test_enumeration_of_every_table():
    n, win_rate, loss_rate = 14, 0.35, 0.2
    power = wrong = size = 0.0
    for b in range(n + 1):
        for c in range(n + 1 - b):
            if mcnemar_exact(PairedTable(0, b, c, n - b - c)).pvalue < 0.05:
                p = stats.multinomial.pmf([b, c, n - b - c], n, [win_rate, loss_rate, 0.45])
                power, wrong, size = power + p, wrong + p * (b < c), size + p * abs(b - c) / n
    for rates in ((win_rate, loss_rate), (loss_rate, win_rate)):
        found = mcnemar_type_sm(n, *rates)
        assert found.power == pytest.approx(power, rel=1e-10)
        assert found.sign == pytest.approx(wrong / power, rel=1e-10)
        assert found.exaggeration == pytest.approx(size / power / 0.15, rel=1e-10)


def test_edges():
    nothing = mcnemar_type_sm(5, 0.3, 0.2)
    assert nothing.power == 0
    assert math.isnan(nothing.sign)
    assert math.isnan(nothing.exaggeration)
    with pytest.raises(ValueError, match="must differ"):
        mcnemar_type_sm(50, 0.2, 0.2)
    with pytest.raises(ValueError, match="effect=0"):
        normal_type_sm(0, 1)
