"""Groups of completions with zero reward variance: how often they occur, and how often they will.

A method that compares the completions of one prompt with each other (GRPO and its relatives) learns nothing from a
group in which all rewards are equal. With pass rate p and G completions a group that happens with probability
z = p^G + (1-p)^G. z is convex in p, so a mean pass rate gives a lower bound only: prompts differ.

Choose `forecast` for groups no larger than those measured: it is unbiased and assumes nothing about how prompts
differ. Choose `extrapolate` for larger groups: it fits a beta distribution of pass rates. Use `zero_variance` where
only a pass rate is known.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize

from evalsuite.stats.bootstrap import bootstrap
from evalsuite.stats.cluster import bounded_limits, clustered_mean
from evalsuite.stats.result import Estimate
from evalsuite.stats.validation import checked_counts, cluster_codes

__all__ = [
    "InformativeGroups",
    "equal_subsets",
    "extrapolate",
    "forecast",
    "gate",
    "informative_groups",
    "zero_variance",
]

# Resamples of the extrapolation: enough for two digits of a 95% limit.
N_RESAMPLES = 1999


@dataclass(frozen=True, slots=True)
class InformativeGroups:
    """Groups with non-zero reward variance among those of a whole training run.

    Attributes
    ----------
    expected
        Their expected number.
    chance_of_none
        Probability that there is not a single one, each group drawing its prompt anew.
    """

    expected: float
    chance_of_none: float


def zero_variance(pass_rate: ArrayLike, group_size: int, *, correlation: ArrayLike = 0.0) -> NDArray[np.float64]:
    """Return the probability that all completions of a group have the same reward, for rewards 0 and 1.

    Parameters
    ----------
    pass_rate : any shape
        Mean pass rate p, in [0, 1].
    group_size
        Completions a group, G >= 1.
    correlation
        Of two completions of one prompt, in [0, 1]; 0 where all prompts have the same pass rate. With a beta
        distribution of pass rates it is 1/(a + b + 1).

    Raises
    ------
    ValueError
        A parameter is out of its range.

    References
    ----------
    p^G + (1-p)^G, and its mean over a beta distribution of p: Skellam (1948), doi:10.1111/j.2517-6161.1948.tb00014.x.

    Examples
    --------
    >>> zero_variance([0.0038, 0.436], 4).round(3).tolist()
    [0.985, 0.137]
    >>> f"{float(zero_variance(0.436, 8, correlation=0.4)):.2f}"
    '0.30'
    """
    p, rho = np.asarray(pass_rate, dtype=np.float64), np.asarray(correlation, dtype=np.float64)
    _check_size(group_size)
    if not ((p >= 0) & (p <= 1)).all() or not ((rho >= 0) & (rho <= 1)).all():
        raise ValueError(f"need pass_rate and correlation in [0, 1], got {pass_rate=}, {correlation=}")
    return _all_right(p, rho, group_size) + _all_right(1 - p, rho, group_size)


def equal_subsets(counts: ArrayLike, group_size: int) -> NDArray[np.float64]:
    """Return for each prompt the share of subsets of its completions that have one reward only, without bias.

    Parameters
    ----------
    counts : (n_prompts, n_values) int
        How many completions of each prompt have each reward value; for rewards 0 and 1 the columns are k and n - k.
    group_size
        Completions a subset, at most those of every prompt.

    Raises
    ------
    ValueError
        A count is impossible, or a prompt has fewer completions than `group_size`.

    References
    ----------
    The U-statistic sum_v C(c_v, G)/C(n, G): Hoeffding (1948), doi:10.1214/aoms/1177730196.

    Examples
    --------
    >>> equal_subsets([[2, 2], [4, 0]], 2).round(4).tolist()
    [0.3333, 1.0]
    """
    c = np.asarray(counts)
    _check_size(group_size)
    if c.ndim != 2 or c.size == 0 or (c < 0).any() or (c != np.floor(c)).any():
        raise ValueError(f"need counts of shape (n_prompts, n_values), whole and not negative, got shape {c.shape}")
    attempted = c.sum(axis=1)
    if attempted.min() < group_size:
        raise ValueError(
            f"need group_size <= completions of every prompt, got {group_size=} and {int(attempted.min())}"
        )
    j = np.arange(group_size)
    factors = (c[:, :, None] - j) / (attempted[:, None, None] - j)
    return np.asarray(np.where(c < group_size, 0.0, factors.prod(axis=2)).sum(axis=1), dtype=np.float64)


def forecast(
    counts: ArrayLike,
    group_size: int,
    *,
    clusters: Sequence[Hashable] | None = None,
    confidence_level: float = 0.95,
) -> Estimate:
    """Estimate the share of groups of `group_size` with zero reward variance, from measured groups as large.

    Parameters
    ----------
    counts, group_size
        As in `equal_subsets`; any number of reward values.
    clusters : (n_prompts,)
        Which rows belong to one prompt, where a prompt was measured several times.

    Returns
    -------
    The mean of `equal_subsets` with its t interval over prompts, or `cluster.bounded_limits` where all are equal.

    Raises
    ------
    ValueError
        As `equal_subsets`.

    Examples
    --------
    >>> e = forecast([[0, 8], [1, 7], [4, 4], [0, 8], [8, 0], [2, 6]], 4)
    >>> f"{e.value:.3f} [{e.low:.3f}, {e.high:.3f}] {e.method}"
    '0.624 [0.164, 1.000] t'
    """
    shares = equal_subsets(counts, group_size)
    return clustered_mean(shares, clusters=clusters).estimate(confidence_level=confidence_level)


def extrapolate(
    successes: ArrayLike,
    attempts: ArrayLike,
    group_size: int,
    *,
    rng: np.random.Generator,
    clusters: Sequence[Hashable] | None = None,
    confidence_level: float = 0.95,
) -> Estimate:
    """Estimate the share of groups with zero reward variance among groups of any size, through a beta distribution.

    Parameters
    ----------
    successes, attempts : (n_prompts,) int
        Right completions of each prompt and all of them; rewards are 0 and 1.
    group_size
        Completions a group.
    rng
        Source of the resamples.
    clusters : (n_prompts,)
        Which rows belong to one prompt.

    Returns
    -------
    Percentile bootstrap over prompts. Where no prompt shows any variance there is nothing to resample, and the lower
    limit is the one that holds for every distribution of pass rates: with r = group_size/n and L the bounded limit of
    the share with zero variance in n completions, L^r if all failed or all passed, and 2 (L/2)^r otherwise.

    Raises
    ------
    ValueError
        Counts are impossible, or a prompt has fewer than two completions.

    References
    ----------
    Efron and Tibshirani (1993), An Introduction to the Bootstrap, chapter 13. The limit without variance follows from
    Jensen's inequality, E[p^G] >= E[p^n]^(G/n).

    Examples
    --------
    >>> import numpy as np
    >>> e = extrapolate([0, 1, 4, 0, 8, 2], [8] * 6, 16, rng=np.random.default_rng(0))
    >>> f"{e.value:.3f} {e.method}"
    '0.385 beta_bootstrap'
    """
    right, attempted = _checked(successes, attempts)
    _check_size(group_size)
    passed = attempted == right
    if (passed | (right == 0)).all():
        mixed = bool(passed.any() and not passed.all())
        low = _limit_without_variance(
            int(np.unique(cluster_codes(clusters, attempted.size)).size),
            int(attempted.min()),
            group_size,
            mixed,
            confidence_level,
        )
        return Estimate(1.0, low, 1.0, confidence_level, "bounded", attempted.size)

    def statistic(rows: NDArray[np.float64]) -> NDArray[np.float64]:
        mean, correlation = _moments(rows)
        rho = np.nan_to_num(correlation, nan=0.0)
        return _all_right(mean, rho, group_size) + _all_right(1 - mean, rho, group_size)

    rows = np.stack([right, attempted], axis=-1).astype(np.float64)
    try:
        resampled = bootstrap(
            statistic, rows, rng=rng, method="percentile", n_resamples=N_RESAMPLES, clusters=clusters,
            confidence_level=confidence_level,
        ).estimate  # fmt: skip
    except ValueError:
        # All prompts have the same counts, or there is one only: nothing bounds the share.
        return Estimate(float(statistic(rows[None])[0]), 0.0, 1.0, confidence_level, "none", attempted.size)
    return Estimate(resampled.value, resampled.low, resampled.high, confidence_level, "beta_bootstrap", attempted.size)


def gate(group_size: int, *, largest: float = 0.5) -> tuple[float, float]:
    """Return the range of pass rates in which at most a share `largest` of the groups has zero variance.

    Returns
    -------
    Both ends; (nan, nan) where no pass rate reaches it, as for pairs with `largest` below one half.

    Raises
    ------
    ValueError
        ``group_size < 1`` or `largest` is no share.

    Examples
    --------
    >>> [tuple(round(p, 2) for p in gate(g)) for g in (4, 8, 16)]
    [(0.16, 0.84), (0.08, 0.92), (0.04, 0.96)]
    """
    _check_size(group_size)
    if not 0 < largest < 1:
        raise ValueError(f"need 0 < largest < 1, got {largest=}")
    smallest = float(zero_variance(0.5, group_size))
    if smallest > largest:
        return float("nan"), float("nan")
    if smallest == largest:
        return 0.5, 0.5
    low = optimize.brentq(lambda p: float(zero_variance(p, group_size)) - largest, 0.0, 0.5, xtol=1e-12)
    return float(low), 1 - float(low)


def informative_groups(zero_variance_share: float, n_groups: int) -> InformativeGroups:
    """Return how many of `n_groups` groups will have non-zero reward variance, and the chance that none has.

    Parameters
    ----------
    zero_variance_share
        In [0, 1], from any function of this module.
    n_groups
        Groups of the whole training run, each with a prompt of its own.

    Raises
    ------
    ValueError
        A parameter is out of its range.

    Examples
    --------
    >>> r = informative_groups(float(zero_variance(0.0038, 4)), 10)
    >>> f"{r.expected:.2f} {r.chance_of_none:.2f}"
    '0.15 0.86'
    """
    if not 0 <= zero_variance_share <= 1 or n_groups < 0:
        raise ValueError(f"need a share in [0, 1] and n_groups >= 0, got {zero_variance_share=}, {n_groups=}")
    return InformativeGroups(n_groups * (1 - zero_variance_share), zero_variance_share**n_groups)


def _all_right(p: NDArray[np.float64], rho: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """Return E[p^size] of a beta distribution: the product over j of ((1-rho) p + j rho)/((1-rho) + j rho)."""
    # The factor of j = 0 is p for every rho; written out, it is defined at rho = 1 too.
    j = np.arange(1, size).reshape(-1, *([1] * np.broadcast(p, rho).ndim))
    factors = ((1 - rho) * p + j * rho) / ((1 - rho) + j * rho)
    return np.asarray(p * factors.prod(axis=0), dtype=np.float64)


def _moments(rows: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return mean and correlation of each resample; `rows` has shape (n_resamples, n_prompts, 2)."""
    right, attempted = rows[..., 0], rows[..., 1]
    # Two different completions of a prompt are both right: an unbiased estimate of p^2, as the squared share is not.
    first = (right / attempted).mean(axis=1)
    second = (right * (right - 1) / (attempted * (attempted - 1))).mean(axis=1)
    variation = first * (1 - first)
    rho = np.divide(second - first**2, variation, out=np.full_like(first, np.nan), where=variation > 0)
    return first, np.clip(rho, 0.0, 1.0)


def _limit_without_variance(n_prompts: int, attempted: int, size: int, mixed: bool, confidence_level: float) -> float:
    low = bounded_limits(1.0, 1.0, n_prompts, confidence_level=confidence_level)[0]
    power = max(1.0, size / attempted)
    return float(2 * (low / 2) ** power if mixed else low**power)


def _checked(successes: ArrayLike, attempts: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    right, attempted = checked_counts(successes, attempts)
    if attempted.min() < 2:
        raise ValueError(f"need at least two completions of every prompt, got {int(attempted.min())}")
    return right, attempted


def _check_size(group_size: int) -> None:
    if group_size < 1:
        raise ValueError(f"need group_size >= 1, got {group_size=}")
