"""The e-process against its definition, peeking by brute force, and coverage of the confidence sequence."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from evalsuite.stats.evalue import evalue
from evalsuite.stats.sequential import (
    _plug_in_bets,
    betting_confidence_sequence,
    e_process,
    ever_rejection_probability,
)


@pytest.mark.parametrize(
    ("wins", "losses", "expected"),
    [(1, 0, 1.0), (5, 0, 5.3333), (7, 0, 16), (8, 0, 28.4444), (10, 1, 15.515), (40, 20, 4.5088), (80, 50, 3.4973)],
)
def test_e_process_reference_values(wins: int, losses: int, expected: float) -> None:
    log_e = e_process([True] * wins + [False] * losses).log_e
    assert math.exp(log_e[-1]) == pytest.approx(expected, rel=1e-4)
    assert math.exp(log_e[-1]) == pytest.approx(evalue(wins, losses))
    mixture = integrate.quad(lambda p: (2 * p) ** wins * (2 - 2 * p) ** losses, 0, 1)[0]
    assert math.exp(log_e[-1]) == pytest.approx(mixture, rel=1e-6)


@settings(deadline=None, max_examples=30, derandomize=True)
@given(st.lists(st.booleans(), min_size=1, max_size=40))
def test_e_process_is_symmetric_and_its_pvalue_never_rises(won: list[bool]) -> None:
    r = e_process(won)
    mirrored = e_process([not w for w in won])
    assert r.log_e == pytest.approx(mirrored.log_e)
    assert (np.diff(r.pvalue) <= 1e-15).all()
    assert ((r.pvalue > 0) & (r.pvalue <= 1)).all()
    assert (r.first_rejection is None) == (r.pvalue[-1] > 0.05)


def test_expected_e_value_is_one_under_equality() -> None:
    for m in (1, 5, 12):
        paths = np.array(list(itertools.product((0, 1), repeat=m)))
        assert np.mean([np.exp(e_process(path).log_e[-1]) for path in paths]) == pytest.approx(1)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("exact", (10.7, 17.1, 22.7, 30.6, 33.9)),
        ("mid-p", (17.5, 25.9, 31.6, 39.4, 42.4)),
        ("e-process", (1.5, 2.3, 2.8, 3.2, 3.3)),
    ],
)
def test_peeking_reference_values(rule, expected: tuple[float, ...]) -> None:
    ever = ever_rejection_probability(400, rule)
    assert [100 * ever[m - 1] for m in (20, 50, 100, 264, 400)] == pytest.approx(expected, abs=0.06)
    assert (np.diff(ever) >= 0).all()


def test_e_process_rejects_a_true_null_in_fewer_than_one_in_twenty() -> None:
    assert ever_rejection_probability(400, "e-process")[-1] == pytest.approx(0.0334, abs=5e-5)


@pytest.mark.parametrize("p", [0.5, 0.7])
@pytest.mark.parametrize("rule", ["exact", "mid-p", "e-process"])
def test_ever_rejection_equals_all_paths(rule, p: float) -> None:
    m = 10

    def rejects(b: int, t: int) -> bool:
        if rule == "e-process":
            return evalue(b, t - b) >= 20
        pvalue = stats.binomtest(b, t).pvalue
        point = stats.binom.pmf(b, t, 0.5)
        if rule == "mid-p":
            pvalue = 1 - point / 2 if 2 * b == t else pvalue - point
        return pvalue < 0.05

    table = {(b, t): rejects(b, t) for t in range(1, m + 1) for b in range(t + 1)}
    ever = np.zeros(m)
    for path in itertools.product((0, 1), repeat=m):
        chance = p ** sum(path) * (1 - p) ** (m - sum(path))
        wins = itertools.accumulate(path)
        first = next((t for t, b in enumerate(wins, start=1) if table[b, t]), None)
        if first is not None:
            ever[first - 1 :] += chance
    assert ever_rejection_probability(m, rule, win_probability=p) == pytest.approx(ever, abs=1e-12)


def test_confidence_sequence_covers_at_all_times() -> None:
    # 120 sequences at level 0.9 miss more often than the bound with chance below 0.002 if the level holds.
    rng = np.random.default_rng(0)
    for draw, mean, bounds in (
        (lambda: rng.random(120) < 0.3, 0.3, (0, 1)),
        (lambda: rng.choice([-1.0, 0, 0, 0, 1, 1], 120), 1 / 6, (-1, 1)),
    ):
        misses = 0
        for _ in range(120):
            cs = betting_confidence_sequence(draw(), bounds=bounds, confidence_level=0.9)
            misses += bool(((cs.low > mean) | (cs.high < mean)).any())
        assert misses <= stats.binom.ppf(0.998, 120, 0.1)


def test_bets_use_only_what_was_seen_before() -> None:
    x = np.array([0.2, 0.9, 0.4, 0.6, 0.1])
    other = np.array([0.2, 0.9, 0.4, 1.0, 0.0])
    bets, changed = _plug_in_bets(x, 0.05), _plug_in_bets(other, 0.05)
    assert bets[:4] == pytest.approx(changed[:4], abs=0)
    assert bets[4] != changed[4]
    # The first bet knows nothing: variance 1/4.
    assert bets[0] == pytest.approx(math.sqrt(2 * math.log(40) / (0.25 * math.log(2))))


def test_without_replacement_covers_and_ends_at_the_census() -> None:
    rng = np.random.default_rng(1)
    population = (rng.random(80) < 0.4).astype(float)
    misses = 0
    for _ in range(120):
        cs = betting_confidence_sequence(rng.permutation(population), population_size=80, confidence_level=0.9)
        misses += bool(((cs.low > population.mean() + 1e-12) | (cs.high < population.mean() - 1e-12)).any())
    assert misses <= stats.binom.ppf(0.998, 120, 0.1)
    assert cs.last.low == pytest.approx(population.mean())
    assert cs.last.high == pytest.approx(population.mean())


def test_without_replacement_is_never_outside_what_is_possible() -> None:
    x = np.random.default_rng(0).permutation([1.0] * 30 + [0.0] * 20)
    cs = betting_confidence_sequence(x[:40], population_size=50)
    seen = np.cumsum(x[:40])
    left = 50 - np.arange(1, 41)
    assert (cs.low >= seen / 50 - 1e-12).all()
    assert (cs.high <= (seen + left) / 50 + 1e-12).all()
    wide = betting_confidence_sequence(x[:40])
    assert cs.last.high - cs.last.low < wide.last.high - wide.last.low


@settings(deadline=None, max_examples=30, derandomize=True)
@given(st.lists(st.sampled_from([-1.0, -0.25, 0.0, 0.5, 1.0]), min_size=1, max_size=30))
def test_sequence_mirrors_and_never_widens(d: list[float]) -> None:
    cs = betting_confidence_sequence(d, bounds=(-1, 1))
    mirrored = betting_confidence_sequence([-x for x in d], bounds=(-1, 1))
    assert cs.low == pytest.approx(-mirrored.high, abs=1e-9)
    assert (np.diff(cs.low) >= 0).all()
    assert (cs.high > cs.low).all()
    e = cs.last
    assert -1 <= e.low <= e.value <= e.high <= 1


def test_long_sequences_are_handled_in_blocks() -> None:
    x = np.tile([1.0, 0, 0, 1, 1], 200)
    whole = betting_confidence_sequence(x)
    start = betting_confidence_sequence(x[:300])
    assert whole.low[:300] == pytest.approx(start.low)
    assert whole.last.high - whole.last.low < 0.15


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: betting_confidence_sequence([]), "at least one value"),
        (lambda: betting_confidence_sequence([2.0]), r"within \(0\.0, 1\.0\)"),
        (lambda: betting_confidence_sequence([1, 0, 1], population_size=2), "got 2 < 3"),
        (lambda: betting_confidence_sequence([1.0], confidence_level=1.0), "need 0 < alpha"),
        (lambda: e_process([2]), "one bool"),
        (lambda: e_process([True], alpha=0), "got 0"),
        (lambda: ever_rejection_probability(0, "exact"), "n_pairs=0"),
    ],
)
def test_refusals(call, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
    assert e_process([]).first_rejection is None
