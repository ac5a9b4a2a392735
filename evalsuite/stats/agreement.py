"""How far two graders agree on the same completions.

Read kappa beside the raw agreement and the indices: kappa is low where nearly everything is right, however well the
graders agree.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special
from statsmodels.stats import inter_rater

from evalsuite.stats.proportion import clopper_pearson, wilson
from evalsuite.stats.result import Estimate

__all__ = [
    "Agreement",
    "cohens_kappa",
]


@dataclass(frozen=True, slots=True)
class Agreement:
    """Agreement of two graders on the same completions.

    Attributes
    ----------
    kappa
        Cohen's kappa. ``method`` is ``"bounded"`` where the standard error is 0, as with perfect agreement; its limits
        are then those of the agreement, exact, at the chance agreement seen.
    agreement
        Share of completions on which both agree, with the Wilson interval.
    chance_agreement
        Agreement expected of independent graders with the same margins.
    prevalence_index, bias_index
        For two categories |both first - both second|/n, and the difference between the graders' shares; None for more.
    adjusted_kappa
        2 agreement - 1 for two categories (PABAK): kappa with the effects of prevalence and bias taken out.
    """

    kappa: Estimate
    agreement: Estimate
    chance_agreement: float
    prevalence_index: float | None
    bias_index: float | None
    adjusted_kappa: float | None


def cohens_kappa(table: ArrayLike, *, confidence_level: float = 0.95) -> Agreement:
    """Measure how far two graders agree beyond chance.

    Parameters
    ----------
    table : (n_categories, n_categories) int
        Completions by the category of the first grader (rows) and of the second (columns). Completions should come
        from different problems.

    Raises
    ------
    ValueError
        The table is not square, empty or negative, or both graders used one and the same category throughout: chance
        alone then explains full agreement and kappa is 0/0.

    References
    ----------
    Cohen (1960), doi:10.1177/001316446002000104; standard error: Fleiss, Cohen and Everitt (1969),
    doi:10.1037/h0028106; indices: Byrt, Bishop and Carlin (1993), doi:10.1016/0895-4356(93)90018-V.

    Examples
    --------
    >>> a = cohens_kappa([[20, 5], [10, 15]])
    >>> f"{a.kappa.value:.4f} [{a.kappa.low:.4f}, {a.kappa.high:.4f}] {a.agreement.value}"
    '0.4000 [0.1511, 0.6489] 0.7'
    """
    counts = _square(table)
    n = int(counts.sum())
    share = counts / n
    rows, columns = share.sum(axis=1), share.sum(axis=0)
    observed, chance = float(np.trace(share)), float(rows @ columns)
    if chance > 1 - 1e-12:
        raise ValueError(f"both graders put all {n} completions into one category, so kappa is 0/0: report agreement")
    kappa = (observed - chance) / (1 - chance)
    # Where the variance is 0 rounding may leave it just below, and statsmodels takes its root for other results.
    with np.errstate(invalid="ignore"):
        error = math.sqrt(max(0.0, float(inter_rater.cohens_kappa(counts).var_kappa)))
    agreed = int(np.trace(counts))
    # Of perfect agreement, and where all variation cancels, the large-sample error is 0 but for rounding.
    if error > 1e-7:
        z = -float(special.ndtri((1 - confidence_level) / 2))
        low, high, method = kappa - z * error, kappa + z * error, "fleiss_cohen_everitt"
    else:
        exact = clopper_pearson(agreed, n, confidence_level=confidence_level)
        low, high = ((limit - chance) / (1 - chance) for limit in (exact.low, exact.high))
        method = "bounded"
    binary = counts.shape[0] == 2
    return Agreement(
        kappa=Estimate(kappa, max(-1.0, low), min(1.0, high), confidence_level, method, n),
        agreement=wilson(agreed, n, confidence_level=confidence_level),
        chance_agreement=chance,
        prevalence_index=float(abs(share[0, 0] - share[1, 1])) if binary else None,
        bias_index=float(abs(share[0, 1] - share[1, 0])) if binary else None,
        adjusted_kappa=2 * observed - 1 if binary else None,
    )


def _square(table: ArrayLike) -> NDArray[np.int64]:
    counts = np.asarray(table)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1] or counts.shape[0] < 2:
        raise ValueError(f"need a square table of at least two categories, got shape {counts.shape}")
    if not ((counts >= 0) & (counts == np.floor(counts))).all() or counts.sum() < 1:
        raise ValueError(f"need whole counts >= 0 with a sum of at least 1, got {counts.tolist()}")
    return counts.astype(np.int64)
