"""The prediction of a count: the beta-binomial law, and what it says by simulation."""

import numpy as np
import pytest
from scipy import stats

from evalsuite.stats.next_groups import next_groups


@pytest.mark.parametrize(("k", "n", "more"), [(0, 10, 30), (3, 10, 7), (10, 10, 50), (0, 0, 4)])
def test_against_the_beta_binomial_law(k: int, n: int, more: int) -> None:
    law, found = stats.betabinom(more, k + 1, n - k + 1), next_groups(k, n, more)
    assert found.chance_of_none == pytest.approx(law.pmf(0))
    assert found.expected == pytest.approx(law.mean())
    assert law.cdf(found.low - 1) <= 0.025 + 1e-9
    assert law.sf(found.high) <= 0.025 + 1e-9
    assert law.cdf(found.low) > 0.025 - 1e-9


def test_no_group_of_ten_leaves_eleven_in_forty_one() -> None:
    assert next_groups(0, 10, 30).chance_of_none == pytest.approx(11 / 41)
    assert next_groups(0, 10, 0).chance_of_none == 1


def test_prediction_holds_when_the_share_is_uniform() -> None:
    rng = np.random.default_rng(4)
    share = rng.random(4000)
    seen, more = rng.binomial(12, share), rng.binomial(20, share)
    inside = sum(
        p.low <= m <= p.high for p, m in ((next_groups(int(s), 12, 20), m) for s, m in zip(seen, more, strict=True))
    )
    assert inside >= stats.binom.ppf(0.001, 4000, 0.95)
