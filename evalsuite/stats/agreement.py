"""How far a grader can be trusted: agreement of two graders, and accuracy corrected for grader error.

Choose `cohens_kappa` to compare two graders on the same completions, and read it beside the raw agreement and the
indices: kappa is low where nearly everything is right, however well the graders agree. Choose `rogan_gladen` when a
hand-checked part gives the grader's sensitivity and specificity; it assumes that both are the same for all graded
completions. If they differ between two runs, because one of them learned the answer format, estimate them for each.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from evalsuite.stats.proportion import clopper_pearson, wilson
from evalsuite.stats.result import Estimate

__all__ = ["Agreement", "cohens_kappa", "rogan_gladen"]


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
    error = _kappa_error(share, rows, columns, observed, chance) / math.sqrt(n)
    agreed = int(np.trace(counts))
    if error > 1e-9:
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


def rogan_gladen(
    correct: int,
    total: int,
    *,
    sensitivity: tuple[int, int],
    specificity: tuple[int, int],
    confidence_level: float = 0.95,
) -> Estimate:
    """Estimate true accuracy from an imperfect grader whose errors were counted on hand-checked completions.

    The estimate is (p + Sp - 1)/(Se + Sp - 1), cut to [0, 1]; ``method`` then ends in ``"_cut"``. The interval of
    Lang and Reiczigel takes the uncertainty of all three shares into account.

    Parameters
    ----------
    correct, total
        Completions that the grader called right, and all; one a problem.
    sensitivity
        Of truly right completions, those that the grader called right, and their number.
    specificity
        Of truly wrong completions, those that the grader called wrong, and their number.

    Raises
    ------
    ValueError
        Counts are impossible, Se + Sp <= 1 (no better than chance), or the whole interval lies outside [0, 1].

    References
    ----------
    Rogan and Gladen (1978), doi:10.1093/oxfordjournals.aje.a112510; Lang and Reiczigel (2014),
    doi:10.1016/j.prevetmed.2013.09.015, eqs. 6 to 17.

    Examples
    --------
    >>> e = rogan_gladen(120, 200, sensitivity=(95, 100), specificity=(98, 100))
    >>> f"{e.value:.4f} [{e.low:.4f}, {e.high:.4f}]"
    '0.6237 [0.5442, 0.7068]'
    """
    for name, rate in (
        ("correct, total", (correct, total)),
        ("sensitivity", sensitivity),
        ("specificity", specificity),
    ):
        if not 0 <= rate[0] <= rate[1] or rate[1] < 1:
            raise ValueError(f"need 0 <= count <= number and number >= 1 for {name}, got {rate[0]} of {rate[1]}")
    if not 0 < confidence_level < 1:
        raise ValueError(f"need 0 < confidence_level < 1, got {confidence_level}")
    se, sp = sensitivity[0] / sensitivity[1], specificity[0] / specificity[1]
    if se + sp <= 1:
        raise ValueError(f"need a grader better than chance, sensitivity + specificity > 1, got {se:.3f} + {sp:.3f}")
    raw = (correct / total + sp - 1) / (se + sp - 1)
    low, high = _lang_reiczigel(correct, total, sensitivity, specificity, confidence_level)
    if low >= 1 or high <= 0:
        raise ValueError(
            f"{correct} of {total} called right cannot come from a grader with sensitivity {se:.3f} and specificity "
            f"{sp:.3f}: it errs differently here than on the checked completions"
        )
    value = min(max(raw, 0.0), 1.0)
    method = "lang_reiczigel" if value == raw else "lang_reiczigel_cut"
    return Estimate(value, min(low, value), max(high, value), confidence_level, method, total)


def _lang_reiczigel(
    correct: int, total: int, sensitivity: tuple[int, int], specificity: tuple[int, int], confidence_level: float
) -> tuple[float, float]:
    z = -float(special.ndtri((1 - confidence_level) / 2))
    # The shares are shrunk: the graded one by z^2 completions, the checked ones by one hit and one miss.
    n, n_se, n_sp = total + z * z, sensitivity[1] + 2, specificity[1] + 2
    p = (correct + z * z / 2) / n
    se, sp = (sensitivity[0] + 1) / n_se, (specificity[0] + 1) / n_sp
    youden = max(se + sp - 1, 1e-9)
    prevalence = (p + sp - 1) / youden
    se_variance, sp_variance = se * (1 - se) / n_se, sp * (1 - sp) / n_sp
    shift = 2 * z * z * (prevalence * se_variance - (1 - prevalence) * sp_variance)
    variance = p * (1 - p) / n + prevalence**2 * se_variance + (1 - prevalence) ** 2 * sp_variance
    margin = z * math.sqrt(variance) / youden
    return max(0.0, prevalence + shift - margin), min(1.0, prevalence + shift + margin)


def _kappa_error(
    share: NDArray[np.float64],
    rows: NDArray[np.float64],
    columns: NDArray[np.float64],
    observed: float,
    chance: float,
) -> float:
    """Return the large-sample standard deviation of kappa times sqrt(n)."""
    diagonal = np.diag(share)
    a = float(diagonal @ ((1 - chance) - (rows + columns) * (1 - observed)) ** 2)
    mixed = share * (columns[:, None] + rows[None, :]) ** 2
    b = (1 - observed) ** 2 * float(mixed.sum() - np.trace(mixed))
    c = (observed * chance - 2 * chance + observed) ** 2
    return math.sqrt(max(0.0, a + b - c)) / (1 - chance) ** 2


def _square(table: ArrayLike) -> NDArray[np.int64]:
    counts = np.asarray(table)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1] or counts.shape[0] < 2:
        raise ValueError(f"need a square table of at least two categories, got shape {counts.shape}")
    if not ((counts >= 0) & (counts == np.floor(counts))).all() or counts.sum() < 1:
        raise ValueError(f"need whole counts >= 0 with a sum of at least 1, got {counts.tolist()}")
    return counts.astype(np.int64)
