"""The verdict and the printed interval never contradict each other, in any design."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalsuite.comparison.pair import TwoRunComparison, adjust_family, compare_pair
from evalsuite.scores import ScoreMatrix


def random_run(
    rng: np.random.Generator, label: str, n: int, most: int, clusters: tuple[str, ...] | None
) -> ScoreMatrix:
    """Return a run with 1 to `most` completions a problem, some truncated."""
    fewest = rng.integers(1, most + 1)
    made = rng.integers(fewest, most + 1, n)
    present = np.arange(most)[None, :] < made[:, None]
    correct = (rng.random((n, most)) < rng.beta(*rng.choice([0.3, 1.0, 3.0], 2), n)[:, None]) & present
    truncated = (rng.random((n, most)) < rng.choice([0.0, 0.2])) & present
    keys = tuple(map(str, range(n)))
    return ScoreMatrix(label, keys, keys, correct, present, truncated, clusters=clusters)


def check(c: TwoRunComparison) -> None:
    low, high, kind, claims = c.difference.low, c.difference.high, c.verdict.kind, c.verdict.claims
    assert low <= c.difference.value <= high
    excluded = low > 0 or high < 0
    if c.adjusted_pvalue is None:
        assert (kind in ("resolved gain", "resolved loss")) == excluded, (c.verdict, c.difference, c.verdict_pvalue)
    assert not (kind == "resolved gain" and low <= 0)
    assert not (kind == "resolved loss" and high >= 0)
    inside = c.equivalence_interval
    if inside is not None and c.margin is not None:
        assert ("equivalent" in claims) == (-c.margin < inside.low and inside.high < c.margin)
        assert ("no worse" in claims) == (-c.margin < inside.low)
    assert kind != "equivalent" or "equivalent" in claims


@settings(deadline=None, max_examples=150, derandomize=True)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.01, 0.05, 0.2]), st.sampled_from([None, 0.03, 0.3]))
def test_never_a_contradiction(seed: int, alpha: float, margin: float | None) -> None:
    rng = np.random.default_rng(seed)
    n, most = int(rng.integers(1, 60)), int(rng.choice([1, 1, 2, 8]))
    clusters = None
    if rng.random() < 0.4:
        groups = rng.integers(1, n + 1)
        clusters = tuple(map(str, rng.choice(groups, n, p=rng.dirichlet(np.full(groups, 0.5)))))
    base = random_run(rng, "base", n, most, clusters)
    others = [random_run(rng, f"new-{i}", n, most, clusters if rng.random() < 0.5 else None) for i in range(2)]
    without_cap = bool(rng.random() < 0.3)
    compared = [compare_pair(base, new, alpha, margin, without_cap=without_cap) for new in others]
    for comparison in (*compared, *adjust_family(compared)):
        check(comparison)


def test_six_to_nothing_twice_cannot_resolve_in_a_family() -> None:
    rng = np.random.default_rng(0)
    base = replace(random_run(rng, "base", 6, 1, None), correct=np.zeros((6, 1), bool))
    new = replace(base, label="new", correct=np.ones((6, 1), bool))
    alone, pair = compare_pair(base, new), adjust_family([compare_pair(base, new), compare_pair(base, new)])
    assert alone.verdict.kind == "resolved gain"
    assert {c.verdict.kind for c in pair} == {"cannot resolve by design"}
    assert pair[0].smallest_adjusted_pvalue == pytest.approx(0.0625)


@pytest.mark.parametrize(("n", "share"), [(100, 0.1), (200, 0.2)])
def test_without_the_cap_equal_models_are_seldom_told_apart(n: int, share: float) -> None:
    """The base lost right answers to the cap: the difference at the cap must not decide."""
    rng = np.random.default_rng(7)
    resolved = 0
    for _ in range(200):
        ease = rng.random(n)
        would, right = rng.random(n) < ease, rng.random(n) < ease
        cut = would & (rng.random(n) < 2 * share)
        keys, ones = tuple(map(str, range(n))), np.ones((n, 1), bool)
        base = ScoreMatrix("a", keys, keys, (would & ~cut)[:, None], ones, cut[:, None])
        new = ScoreMatrix("b", keys, keys, right[:, None], ones, np.zeros((n, 1), bool))
        resolved += compare_pair(base, new, without_cap=True).verdict.kind.startswith("resolved")
    # 200 draws at 0.05: at most 20 with probability 0.999.
    assert resolved <= 20
