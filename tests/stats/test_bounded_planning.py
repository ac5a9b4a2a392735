"""Planning for the bounded mean: each function undoes the other, and the power is what was asked for."""

import numpy as np
import pytest

from evalsuite.stats.bounded_mean import bounded_mean
from evalsuite.stats.bounded_planning import detectable_difference, problems_for


def _differences(rng: np.random.Generator, n: int, gain: float) -> np.ndarray:
    p = rng.uniform(0.1, 0.7, n)
    return rng.binomial(4, p + gain) / 4 - rng.binomial(4, p) / 4


@pytest.mark.parametrize("n", [25, 200, 1319])
def test_detectable_difference_needs_just_these_problems(n: int) -> None:
    seen = bounded_mean(_differences(np.random.default_rng(n), n, 0.0), bounds=(-1, 1))
    detectable = detectable_difference(seen)
    assert detectable is not None
    assert problems_for(detectable, seen) == n
    assert problems_for(-detectable / 2, seen) > 2 * n
    more = detectable_difference(seen, power=0.9)
    assert more is not None
    assert more > detectable


@pytest.mark.parametrize("n", [40, 300])
def test_power_at_the_detectable_difference(n: int) -> None:
    rng, runs, hits, sizes = np.random.default_rng(1), 300, 0, []
    for _ in range(20):
        size = detectable_difference(bounded_mean(_differences(rng, n, 0.0), bounds=(-1, 1)))
        assert size is not None
        sizes.append(size)
    gain = float(np.mean(sizes))
    for _ in range(runs):
        hits += bounded_mean(_differences(rng, n, gain), bounds=(-1, 1)).pvalue(0) < 0.05
    # The spread at the gain differs a little from the spread seen; .8 +- .1 leaves room for that and for chance.
    assert hits / runs == pytest.approx(0.8, abs=0.1)


def test_too_few_problems_detect_nothing() -> None:
    few = bounded_mean([0.0, 0.25, -0.25, 0.0], bounds=(-1, 1))
    assert detectable_difference(few) is None
    assert problems_for(0.0, few) is None
    assert problems_for(0.3, few) > 4
    with pytest.raises(ValueError, match="both sides of 0"):
        detectable_difference(bounded_mean([0.5]))
