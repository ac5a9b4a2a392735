"""Bayesian companions of the paired comparison, in closed form or by one quadrature, never by simulation.

The prior is a Dirichlet distribution with the same parameter for each of the four cells of the paired table (1 is
uniform), so that before the data either run is better with probability 1/2. A small set of problems leaves the
answer in the hands of the prior: `sensitivity` shows how much.
"""

import numpy as np
from scipy.special import betainc, betaincc, betaincinv

from evalsuite.stats.beta_product import NODES, WEIGHTS, difference_quantile
from evalsuite.stats.paired import PairedTable
from evalsuite.stats.result import Estimate

__all__ = [
    "PRIORS",
    "credible_difference",
    "probability_new_better",
    "probability_new_better_unpaired",
    "sensitivity",
]

PRIORS = (1.0, 0.5, 0.25)


def probability_new_better(table: PairedTable, *, prior: float = 1.0) -> float:
    """Return the posterior probability that the new model is more accurate.

    It is P(W > 1/2) for the win share W ~ Beta(wins + prior, losses + prior); concordant problems cancel.

    References
    ----------
    Altham (1971), doi:10.1093/biomet/58.3.561.

    Examples
    --------
    >>> probability_new_better(PairedTable(1, 1, 0, 3))
    0.75
    """
    _check(prior)
    return float(betaincc(table.wins + prior, table.losses + prior, 0.5))


def sensitivity(table: PairedTable) -> dict[float, float]:
    """Return `probability_new_better` under each of `PRIORS`.

    Examples
    --------
    >>> {prior: round(p, 4) for prior, p in sensitivity(PairedTable(1, 1, 0, 3)).items()}
    {1.0: 0.75, 0.5: 0.8183, 0.25: 0.8814}
    """
    return {prior: probability_new_better(table, prior=prior) for prior in PRIORS}


def credible_difference(table: PairedTable, *, prior: float = 1.0, confidence_level: float = 0.95) -> Estimate:
    """Estimate the difference by its posterior: mean and equal-tailed credible interval.

    The difference is S(2R - 1) with S ~ Beta(m + 2 prior, n - m + 2 prior) the rate of discordance and
    R ~ Beta(wins + prior, losses + prior) the win share, independent of each other.

    Parameters
    ----------
    confidence_level
        Posterior probability of the interval.

    Examples
    --------
    >>> e = credible_difference(PairedTable(450, 80, 50, 739))
    >>> f"{e.value:.4f} [{e.low:.4f}, {e.high:.4f}]"
    '0.0227 [0.0058, 0.0398]'
    """
    _check(prior)
    if not 0 < confidence_level < 1:
        raise ValueError(f"confidence_level must lie in (0, 1), got {confidence_level}")
    m, n, tail = table.discordant, table.n, (1 - confidence_level) / 2
    discordance = (m + 2 * prior, n - m + 2 * prior)
    win_share, loss_share = (table.wins + prior, table.losses + prior), (table.losses + prior, table.wins + prior)
    return Estimate(
        value=(table.wins - table.losses) / (n + 4 * prior),
        low=difference_quantile(tail, discordance, win_share),
        high=-difference_quantile(tail, discordance, loss_share),
        confidence_level=confidence_level,
        method="dirichlet",
        n_problems=n,
    )


def probability_new_better_unpaired(base: tuple[int, int], new: tuple[int, int], *, prior: float = 1.0) -> float:
    """Return the posterior probability that the new model is better from two scores on different problems.

    Parameters
    ----------
    base, new
        Problems solved and attempted. The accuracies have independent Beta(prior, prior) priors.

    Examples
    --------
    >>> round(probability_new_better_unpaired((1, 5), (2, 5)), 4)
    0.7273
    """
    _check(prior)
    for name, (correct, total) in (("base", base), ("new", new)):
        if not 0 <= correct <= total or total < 1:
            raise ValueError(f"{name} needs 0 <= correct <= total and total >= 1, got {(correct, total)}")
    # Average P(base < x) over the quantiles x of the new accuracy.
    quantiles = betaincinv(new[0] + prior, new[1] - new[0] + prior, NODES)
    return float(np.dot(WEIGHTS, betainc(base[0] + prior, base[1] - base[0] + prior, quantiles)))


def _check(prior: float) -> None:
    if not prior > 0:
        raise ValueError(f"prior must be positive, got {prior}")
