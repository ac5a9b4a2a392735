"""The e-value: published values, its martingale property, and exact control of early stopping."""

import math
import sys

import pytest
from scipy.special import betaln

from evalsuite.stats.evalue import EXACT, evalue


@pytest.mark.parametrize(
    ("wins", "losses", "expected"),
    [
        (0, 0, 1), (1, 0, 1), (5, 0, 5.3333), (7, 0, 16), (8, 0, 28.4444), (10, 1, 15.515), (15, 5, 3.2206),
        (20, 5, 24.290), (40, 20, 4.5088), (80, 50, 3.4973),
    ],
)  # fmt: skip
def test_published_rows(wins, losses, expected):
    assert evalue(wins, losses) == pytest.approx(expected, abs=6e-4)
    assert evalue(losses, wins) == evalue(wins, losses)


def test_next_problem_leaves_the_expectation():
    for wins in range(12):
        for losses in range(12):
            following = (evalue(wins + 1, losses) + evalue(wins, losses + 1)) / 2
            assert following == pytest.approx(evalue(wins, losses), rel=1e-13)


def test_looking_after_every_problem_rejects_rarely():
    alive, stopped = {0: 1.0}, 0.0
    for m in range(1, 401):
        grown: dict[int, float] = {}
        for wins, p in alive.items():
            for now in (wins, wins + 1):
                grown[now] = grown.get(now, 0) + p / 2
        stopped += sum(p for wins, p in grown.items() if evalue(wins, m - wins) >= 20)
        alive = {wins: p for wins, p in grown.items() if evalue(wins, m - wins) < 20}
    assert stopped == pytest.approx(0.0334, abs=6e-5)


def test_large_counts():
    assert math.log(evalue(700, 619)) == pytest.approx(1319 * math.log(2) + betaln(701, 620), rel=1e-10)
    assert evalue(5000, 0) == sys.float_info.max
    with pytest.raises(ValueError, match="losses=-1"):
        evalue(1, -1)


def test_logarithms_give_what_whole_numbers_do() -> None:
    # Beyond EXACT the logarithm of the same quotient is taken, whose terms are near 20,000.
    wins, losses = EXACT // 2 + 150, EXACT // 2 - 149
    m = wins + losses
    assert m > EXACT
    assert evalue(wins, losses) == pytest.approx((1 << m) / ((m + 1) * math.comb(m, wins)), rel=1e-9)
    assert evalue(250_000, 200_000) == sys.float_info.max
