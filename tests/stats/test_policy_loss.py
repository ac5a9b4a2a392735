"""The displayed loss: numbers that TRL's own loss function gave, torch's gradient, and identities."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalsuite.stats.policy_loss import group_advantages, logged_loss

LENGTHS = [40, 100, 160, 300]
GROUP = [1.5, -0.5, -0.5, -0.5]


@pytest.mark.parametrize(
    ("loss_type", "mixed"),
    # GRPOTrainer._compute_loss of TRL 1.16 on these advantages and lengths.
    [("grpo", 0.0), ("dapo", 0.366667), ("dr_grpo", 0.183333)],
)
def test_the_loss_that_trl_displays(loss_type: str, mixed: float) -> None:
    assert logged_loss(GROUP, LENGTHS, loss_type=loss_type, max_length=300) == pytest.approx(mixed, abs=5e-7)
    assert logged_loss(GROUP, [70] * 4, loss_type=loss_type, max_length=300) == 0


def test_bnpo_depends_on_the_micro_batch() -> None:
    assert logged_loss(GROUP, LENGTHS, loss_type="bnpo", micro_batch=1) == 0
    assert logged_loss(GROUP, LENGTHS, loss_type="bnpo", micro_batch=4) == pytest.approx(0.366667, abs=5e-7)
    assert math.isnan(logged_loss(GROUP, LENGTHS, loss_type="bnpo", micro_batch=2))
    assert math.isnan(logged_loss(GROUP, LENGTHS, loss_type="cispo"))
    assert math.isnan(logged_loss(GROUP, LENGTHS, loss_type="dr_grpo"))


def test_masked_completions_leave_the_baseline_behind() -> None:
    # Only the success is left: -1.5, as TRL gives with the three failures masked.
    kept = [True, False, False, False]
    assert logged_loss(GROUP, LENGTHS, loss_type="dapo", kept=kept) == -1.5
    assert logged_loss(GROUP, LENGTHS, loss_type="grpo", kept=kept) == -1.5 / 4
    assert logged_loss(GROUP, LENGTHS, loss_type="dapo", kept=[False] * 4) == 0


@given(st.lists(st.tuples(st.floats(-2, 2), st.integers(1, 500)), min_size=2, max_size=16))
@settings(max_examples=50, deadline=None, derandomize=True)
def test_dapo_is_a_covariance(rows: list[tuple[float, int]]) -> None:
    a, lengths = np.array([r for r, _ in rows]), np.array([n for _, n in rows], dtype=float)
    centred = group_advantages(a, np.zeros(len(rows)), scale="none")
    covariance = np.mean((centred - centred.mean()) * (lengths - lengths.mean()))
    found = logged_loss(centred, lengths, loss_type="dapo")
    assert found == pytest.approx(-covariance / lengths.mean(), abs=1e-9)


def test_advantages_published_for_one_success() -> None:
    for size, high, low in ((4, 1.50, -0.50), (8, 2.47, -0.35), (16, 3.75, -0.25)):
        a = group_advantages([1] + [0] * (size - 1), np.zeros(size))
        assert (a[0], a[1]) == pytest.approx((high, low), abs=0.006)
        # The sum of squares is size - 1, but for the 1e-4 in the divisor.
        assert a @ a == pytest.approx(size - 1, rel=2e-3)


def test_scales_and_missing_rewards() -> None:
    rewards, groups = [1.0, 0.0, 3.0, math.nan], [0, 0, 1, 1]
    assert group_advantages(rewards, groups, scale="none").tolist() == [0.5, -0.5, 0.0, 0.0]
    whole = np.std([1.0, 0.0, 3.0], ddof=1) + 1e-4
    assert group_advantages(rewards, groups, scale="batch")[:2] == pytest.approx([0.5 / whole, -0.5 / whole])
    assert group_advantages([2.0, 2.0], [0, 0]).tolist() == [0.0, 0.0]
    with pytest.raises(ValueError, match="one shape"):
        group_advantages([1.0], [0, 1])
    with pytest.raises(ValueError, match="lengths >= 0"):
        logged_loss([1.0], [-1], loss_type="dapo")
