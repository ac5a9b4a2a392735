"""The Bayesian companion of the paired comparison, in closed form.

The prior is a Dirichlet distribution with the same parameter for each of the four cells of the paired table (1 is
uniform), so that before the data either run is better with probability 1/2. A small set of problems leaves the
answer in the hands of the prior.
"""

from scipy.special import betaincc

from evalsuite.stats.paired import PairedTable

__all__ = [
    "probability_new_better",
]


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


def _check(prior: float) -> None:
    if not prior > 0:
        raise ValueError(f"prior must be positive, got {prior}")
