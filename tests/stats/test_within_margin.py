"""Claims within a margin: the interval they belong to, and their size by enumeration of every table."""

import numpy as np
import pytest
from scipy import stats
from scipy.special import gammaln

from evalsuite.stats.bounded_mean import bounded_mean
from evalsuite.stats.paired import PairedTable
from evalsuite.stats.paired_intervals import fay_lumbard
from evalsuite.stats.within_margin import equivalence, no_worse


def test_single_completions_agree_with_the_interval_of_twice_the_level() -> None:
    rng = np.random.default_rng(8)
    for _ in range(200):
        wins, losses, both, neither = rng.multinomial(int(rng.integers(1, 300)), rng.dirichlet([0.4, 0.4, 2, 2]))
        table = PairedTable(int(both), int(wins), int(losses), int(neither))
        margin = float(rng.choice([0.02, 0.05, 0.1, 0.3]))
        interval = fay_lumbard(table, confidence_level=0.9)
        assert (no_worse(table, margin=margin).pvalue < 0.05) == (interval.low > -margin)
        inside = -margin < interval.low and interval.high < margin
        assert (equivalence(table, margin=margin).pvalue < 0.05) == inside


def _largest_size(n: int, margin: float) -> float:
    """Return the largest chance of claiming equivalence when the true difference is the margin."""
    wins, losses = (a.ravel() for a in np.meshgrid(np.arange(n + 1), np.arange(n + 1)))
    possible = (wins + losses <= n) & (np.abs(wins - losses) < margin * n)
    wins, losses = wins[possible], losses[possible]
    claimed = np.array(
        [
            equivalence(PairedTable(0, int(w), int(x), n - int(w) - int(x)), margin=margin).pvalue < 0.05
            for w, x in zip(wins, losses, strict=True)
        ]
    )
    wins, losses = wins[claimed], losses[claimed]
    ways = gammaln(n + 1) - gammaln(wins + 1) - gammaln(losses + 1) - gammaln(n - wins - losses + 1)
    sizes = []
    for rate in np.concatenate([[1e-12], np.geomspace(1e-6, (1 - margin) / 2 - 1e-9, 200)]):
        logs = wins * np.log(rate + margin) + losses * np.log(rate)
        sizes.append(np.exp(ways + logs + (n - wins - losses) * np.log(1 - 2 * rate - margin)).sum())
    return float(max(sizes, default=0.0))


@pytest.mark.parametrize(("n", "margin"), [(20, 0.3), (30, 0.15), (40, 0.1), (149, 0.02)])
def test_size_is_at_most_the_level(n: int, margin: float) -> None:
    assert 0 < _largest_size(n, margin) <= 0.05


def test_nothing_is_claimed_at_134_problems_where_the_score_test_is_too_small() -> None:
    # .98^134 = .067: no discordant problem at all is too likely for runs 2 points apart.
    assert equivalence(PairedTable(60, 0, 0, 74), margin=0.02).pvalue == pytest.approx(0.98**134, rel=1e-9)


def test_several_completions_need_what_the_range_allows() -> None:
    six = bounded_mean([0.125] * 6, bounds=(-1, 1))
    assert equivalence(six, margin=0.2).pvalue > 0.5
    interval = six.estimate(confidence_level=0.9)
    assert interval.low < -0.2
    rng = np.random.default_rng(3)
    d = bounded_mean(rng.binomial(8, 0.5, 900) / 8 - rng.binomial(8, 0.5, 900) / 8, bounds=(-1, 1))
    assert equivalence(d, margin=0.05).pvalue < 0.05
    for margin in (0.01, 0.02, 0.05):
        inner = d.estimate(confidence_level=0.9)
        claimed = equivalence(d, margin=margin).pvalue < 0.05
        assert claimed == (-margin < inner.low and inner.high < margin)


def test_identical_runs_are_the_easiest_to_call_alike() -> None:
    previous = 0.0
    for changed in range(5):
        d = bounded_mean([0.125] * changed + [0.0] * (20 - changed), bounds=(-1, 1))
        pvalue = equivalence(d, margin=0.15).pvalue
        assert pvalue > previous
        previous = pvalue


def test_rare_large_losses_are_not_called_alike() -> None:
    # True difference -.05 by 5% of problems that lose all; margin .05.
    rng, runs, claims = np.random.default_rng(5), 400, 0
    for _ in range(runs):
        d = bounded_mean(np.where(rng.random(60) < 0.05, -1.0, 0.0), bounds=(-1, 1))
        claims += equivalence(d, margin=0.05).pvalue < 0.05
    assert claims <= stats.binom.ppf(0.999, runs, 0.05)


def test_margin_is_a_share() -> None:
    with pytest.raises(ValueError, match="as a share"):
        no_worse(PairedTable(1, 1, 1, 1), margin=2)
