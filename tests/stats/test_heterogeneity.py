"""The test of equal means in groups: another program, full enumeration, invariances, and its size."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.genmod.generalized_estimating_equations import GEE

from evalsuite.stats.heterogeneity import heterogeneity


def run(values: object, groups: object, clusters: object = None, *, n_resamples: int = 99, seed: int = 0):  # type: ignore[no-untyped-def]
    rng = np.random.default_rng(seed)
    return heterogeneity(values, list(groups), rng=rng, clusters=clusters, n_resamples=n_resamples)  # type: ignore[arg-type, call-overload]


@pytest.mark.parametrize("clustered", [False, True])
def test_statistic_is_the_robust_score_test_of_statsmodels(clustered: bool) -> None:
    rng = np.random.default_rng(3)
    groups, clusters = rng.integers(0, 4, 240), rng.integers(0, 40, 240)
    values = rng.choice([-1.0, 0.0, 1.0], 240, p=[0.1, 0.7, 0.2])
    design = (groups[:, None] == np.arange(4)).astype(float)
    design[:, 0] = 1
    units = clusters if clustered else np.arange(240)
    null = GEE(values, design[:, :1], groups=units).fit()
    expected = GEE(values, design, groups=units).compare_score_test(null)["statistic"]
    found = run(values, groups.tolist(), clusters.tolist() if clustered else None)
    assert found.statistic == pytest.approx(expected, rel=1e-9)
    assert found.method == ("score_sign_flip" if clustered else "permutation")


def test_permutation_pvalue_against_every_permutation() -> None:
    values, groups = np.array([1.0, 1, 0, 1, 0, 0, 0, -1]), list("aaaabbbb")

    def cochran(right: np.ndarray) -> float:
        # Two groups: the difference of means over its variance around the common mean.
        e = right - right.mean()
        variances = [(e[part] ** 2).sum() / 16 for part in (slice(4), slice(4, 8))]
        return float((e[:4].mean() - e[4:].mean()) ** 2 / sum(variances))

    observed = cochran(values)
    reached = [
        cochran(np.concatenate([values[list(own)], values[[i for i in range(8) if i not in own]]])) >= observed - 1e-9
        for own in itertools.combinations(range(8), 4)
    ]
    exact = sum(reached) / len(reached)
    found = run(values, groups, n_resamples=4_999)
    assert found.statistic == pytest.approx(observed)
    # Four standard errors of 4,999 draws.
    assert found.pvalue == pytest.approx(exact, abs=4 * (exact * (1 - exact) / 4_999) ** 0.5)
    assert found.effect == pytest.approx(1.0)


def test_sign_flip_pvalue_against_every_flip() -> None:
    values = [1.0, 1, 0, 0, -1, 0, 1, 1, 0, 0, 0, 0]
    groups, clusters = list("aaaaaabbbbbb"), list("uuvvwwuuvvzz")
    e = np.array(values) - np.mean(values)
    share = 0.5
    scores = []
    for name in "uvwz":
        inside = [i for i in range(12) if clusters[i] == name]
        first = sum(e[i] for i in inside if groups[i] == "a")
        scores.append(first - share * sum(e[i] for i in inside))
    observed = abs(sum(scores))
    flips = [abs(np.dot(signs, scores)) >= observed - 1e-9 for signs in itertools.product((1, -1), repeat=4)]
    exact = sum(flips) / 16
    found = run(values, groups, clusters, n_resamples=4_999)
    assert found.statistic == pytest.approx(observed**2 / np.dot(scores, scores))
    assert found.pvalue == pytest.approx(exact, abs=4 * (exact * (1 - exact) / 4_999) ** 0.5)


@settings(deadline=None, max_examples=25, derandomize=True)
@given(st.lists(st.tuples(st.sampled_from([-1.0, 0.0, 0.5, 1.0]), st.integers(0, 2)), min_size=6, max_size=30))
def test_invariances(rows: list[tuple[float, int]]) -> None:
    values, groups = [v for v, _ in rows], [g for _, g in rows]
    if len(set(groups)) < 2:
        with pytest.raises(ValueError, match="at least two groups"):
            run(values, groups)
        return
    clusters = [i // 2 for i in range(len(rows))]
    for units in (None, clusters):
        found = run(values, groups, units)
        swapped = run([-v + 0.25 for v in values], [-g for g in groups], units)
        assert swapped.statistic == pytest.approx(found.statistic, abs=1e-7)
        assert swapped.effect == pytest.approx(found.effect)
        assert 0 < found.pvalue <= 1
        assert np.isfinite(found.statistic)


def test_nothing_varies_and_a_group_without_variation() -> None:
    flat = run([0.0] * 6, list("aaabbb"))
    assert (flat.statistic, flat.pvalue, flat.effect) == (0.0, 1.0, 0.0)
    # Three problems of one group that all failed are not infinitely far from the others.
    some = run([0.0, 0, 0, 1, 0, 1, 0, 1], list("aaabbbbb"), n_resamples=999)
    assert some.statistic < 5
    assert some.pvalue > 0.05
    with pytest.raises(ValueError, match="finite value"):
        run([0.0, np.nan], list("ab"))
    with pytest.raises(ValueError, match="n_resamples"):
        run([0.0, 1.0], list("ab"), n_resamples=0)


def test_size_where_only_the_means_agree() -> None:
    # One large group without much variation and one small with much: an unstudentised permutation rejects too often.
    rng = np.random.default_rng(8)
    rejected = 0
    for _ in range(400):
        quiet = rng.choice([-1.0, 0.0, 1.0], 160, p=[0.02, 0.96, 0.02])
        loud = rng.choice([-1.0, 1.0], 40)
        found = heterogeneity(np.concatenate([quiet, loud]), [0] * 160 + [1] * 40, rng=rng, n_resamples=99)
        rejected += found.pvalue <= 0.05
    # Binomial(400, 0.05) leaves 9 to 33 with probability 0.0015.
    assert 8 <= rejected <= 33


def test_size_with_clusters_that_are_alike_inside() -> None:
    rng = np.random.default_rng(5)
    clusters = np.repeat(np.arange(24), 10)
    rejected = 0
    for _ in range(300):
        rates = np.clip(0.35 + 0.25 * rng.standard_normal(24), 0, 1)
        values = (rng.random(240) < rates[clusters]).astype(float)
        found = heterogeneity(values, (clusters % 4).tolist(), rng=rng, clusters=clusters.tolist(), n_resamples=99)
        rejected += found.pvalue <= 0.05
    # At most 5% up to chance; problems taken as independent would reject in half of these.
    assert rejected <= 27
