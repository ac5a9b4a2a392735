"""Sharper estimates from what is known of all problems: strata, a covariate, or predictions.

Choose `poststratified_mean` when the shares of strata in the whole set are known, such as problems by number of
steps. Choose `control_variate_mean` when something correlated with the score is known for every problem of the set,
such as the base model's score. Choose `ppi_mean` when a cheap grader has graded everything and people only a part.
All three aim at the mean of the larger set and leave what they estimate unbiased; they only reduce noise. Decide on
the strata or the covariate before looking at the scores.
"""

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from evalsuite.stats.cluster import bounded_limits
from evalsuite.stats.result import Estimate

__all__ = ["AdjustedMean", "control_variate_mean", "poststratified_mean", "ppi_mean"]


@dataclass(frozen=True, slots=True)
class AdjustedMean:
    """A mean adjusted by what is known of all problems.

    Attributes
    ----------
    estimate
        The adjusted mean with its interval.
    standard_error
        Of the adjusted mean.
    relative_variance
        Its estimated variance over that of the plain mean: 0.8 is as good as a quarter more problems. Above 1 the
        adjustment costs more than it gains.
    """

    estimate: Estimate
    standard_error: float
    relative_variance: float


def poststratified_mean(
    values: ArrayLike,
    strata: Sequence[Hashable],
    shares: Mapping[Hashable, float],
    *,
    bounds: tuple[float, float] = (-1.0, 1.0),
    confidence_level: float = 0.95,
) -> AdjustedMean:
    """Weight the strata means by the shares that the strata have in the whole set.

    Parameters
    ----------
    values : (n_problems,) float
        Scores with ``bounds=(0, 1)``, or paired differences.
    strata : (n_problems,)
        Stratum of each problem.
    shares
        Share of each stratum in the whole set; they add up to 1.

    Returns
    -------
    The interval is t with Satterthwaite's degrees of freedom. Where no stratum varies it is the weighted sum of the
    strata's `bounded_limits`, each at the level that keeps the joint error below 1 - confidence_level.

    Raises
    ------
    ValueError
        A stratum of the set has fewer than two problems, a problem's stratum no share, or shares do not add up to 1.

    References
    ----------
    Cochran (1977), Sampling Techniques, 3rd edition, sections 5.4 and 5A.9.

    Examples
    --------
    >>> r = poststratified_mean([1, 0, 0, 0, 0, 1], list("aabbbb"), {"a": 0.5, "b": 0.5}, bounds=(0, 1))
    >>> f"{r.estimate.value:.3f} {r.standard_error:.4f}"
    '0.375 0.2795'
    """
    y = _values(values, bounds)
    parts = _strata_parts(y, strata, shares)
    value = math.fsum(w * float(part.mean()) for w, part in parts)
    variances = [w**2 * float(part.var(ddof=1)) / part.size for w, part in parts]
    error = math.sqrt(math.fsum(variances))
    plain = float(y.var(ddof=1)) / y.size
    if error > 1e-12:
        df = error**4 / math.fsum(v**2 / (part.size - 1) for v, (_, part) in zip(variances, parts, strict=True))
        margin = float(special.stdtrit(df, (1 + confidence_level) / 2)) * error
        low, high, method = value - margin, value + margin, "poststratified_t"
    else:
        level = 1 - (1 - confidence_level) / len(parts)
        ends = [
            bounded_limits(float(p.min()), float(p.max()), p.size, bounds=bounds, confidence_level=level)
            for _, p in parts
        ]
        low, high = (math.fsum(w * end[i] for (w, _), end in zip(parts, ends, strict=True)) for i in (0, 1))
        method = "bounded"
    estimate = Estimate(value, max(bounds[0], low), min(bounds[1], high), confidence_level, method, y.size)
    return AdjustedMean(estimate, error, error**2 / plain if plain > 0 else 1.0)


def control_variate_mean(
    values: ArrayLike,
    covariate: ArrayLike,
    covariate_mean: float,
    *,
    bounds: tuple[float, float] = (-1.0, 1.0),
    confidence_level: float = 0.95,
) -> AdjustedMean:
    """Adjust a mean by a covariate whose mean over the whole set is known (regression estimator).

    The estimate is ``mean(values) - slope * (mean(covariate) - covariate_mean)``; its variance is that of the
    regression residuals, 1 - r^2 of the plain one.

    Parameters
    ----------
    values : (n_problems,) float
        Scores with ``bounds=(0, 1)``, or paired differences, of the problems answered.
    covariate : (n_problems,) float
        What is known of these problems, such as the base model's score.
    covariate_mean
        Its mean over all problems of the set.

    Raises
    ------
    ValueError
        Fewer than three problems, a covariate that does not vary, or scores that the covariate predicts perfectly
        (their error cannot be estimated; use the plain mean).

    References
    ----------
    Cochran (1977), Sampling Techniques, 3rd edition, section 7.3; Deng et al. (2013), doi:10.1145/2433396.2433413.

    Examples
    --------
    >>> r = control_variate_mean([1, 0, 1, 0, 1, 0], [1, 0, 1, 0, 0, 1], 0.6, bounds=(0, 1))
    >>> f"{r.estimate.value:.4f} {r.relative_variance:.4f}"
    '0.5333 1.1111'
    """
    y, x = _values(values, bounds), np.asarray(covariate, dtype=np.float64)
    if x.shape != y.shape or y.size < 3:
        raise ValueError(f"need values and covariate of at least 3 problems, got {y.size} and {x.size}")
    centred = x - x.mean()
    spread = float(centred @ centred)
    if spread < 1e-12:
        raise ValueError("the covariate is the same for all problems, so it cannot adjust anything: use the plain mean")
    slope = float(centred @ y) / spread
    value = float(y.mean()) - slope * (float(x.mean()) - covariate_mean)
    residual = y - y.mean() - slope * centred
    variance = float(residual @ residual) / (y.size - 2)
    error = math.sqrt(variance / y.size)
    if error < 1e-9:
        raise ValueError("the covariate predicts every score, so no error can be estimated: use the plain mean")
    margin = float(special.stdtrit(y.size - 2, (1 + confidence_level) / 2)) * error
    value = min(max(value, bounds[0]), bounds[1])
    low, high = max(bounds[0], value - margin), min(bounds[1], value + margin)
    estimate = Estimate(value, low, high, confidence_level, "control_variate_t", y.size)
    return AdjustedMean(estimate, error, variance / float(y.var(ddof=1)))


def ppi_mean(
    labels: ArrayLike,
    predictions: ArrayLike,
    unlabelled_predictions: ArrayLike,
    *,
    tuning: float | None = None,
    confidence_level: float = 0.95,
) -> AdjustedMean:
    """Estimate a mean from few trusted labels and many predictions (prediction-powered inference).

    With tuning 1 the estimate is the mean of all predictions plus the mean error found on the labelled part; with
    tuning 0 it is the mean of the labels. The interval is normal, uses variances with divisor n and may leave [0, 1]:
    it needs about a hundred labels.

    Parameters
    ----------
    labels, predictions : (n_labelled,) float
        Trusted and predicted scores of the labelled part.
    unlabelled_predictions : (n_unlabelled,) float
        Predicted scores of the other problems.
    tuning
        Weight of the predictions; None takes the value in [0, 1] with the smallest estimated variance.

    Raises
    ------
    ValueError
        Fewer than two labels, no unlabelled problems, or nothing varies, so that no error can be estimated.

    References
    ----------
    Angelopoulos et al. (2023), doi:10.1126/science.adi6000; Angelopoulos, Duchi and Zrnic (2023), arXiv:2311.01453.

    Examples
    --------
    >>> y, f = [1, 0, 1, 1, 0, 1, 0, 1], [1, 0, 1, 1, 1, 1, 0, 0]
    >>> more = [1, 1, 0, 1, 0, 1, 1, 0, 1, 1, 0, 1, 1, 1, 0, 0, 1, 1, 0, 1]
    >>> e = ppi_mean(y, f, more, tuning=1).estimate
    >>> f"{e.value:.2f} [{e.low:.4f}, {e.high:.4f}]"
    '0.65 [0.2453, 1.0547]'
    """
    y, f = np.asarray(labels, dtype=np.float64), np.asarray(predictions, dtype=np.float64)
    rest = np.asarray(unlabelled_predictions, dtype=np.float64)
    if y.ndim != 1 or y.shape != f.shape or y.size < 2 or rest.size < 1:
        raise ValueError(f"need 2 labels with predictions and 1 unlabelled, got {y.size}, {f.size} and {rest.size}")
    n, more = y.size, rest.size
    if tuning is None:
        spread = float(np.concatenate([f, rest]).var())
        covariance = float(np.mean((y - y.mean()) * (f - f.mean())))
        tuning = min(max(covariance / ((1 + n / more) * spread), 0.0), 1.0) if spread > 0 else 0.0
    value = tuning * float(rest.mean()) + float((y - tuning * f).mean())
    variance = tuning**2 * float(rest.var()) / more + float((y - tuning * f).var()) / n
    if variance < 1e-18:
        raise ValueError("neither labels nor predictions vary, so no error can be estimated: use proportion.wilson")
    error = math.sqrt(variance)
    margin = -float(special.ndtri((1 - confidence_level) / 2)) * error
    plain = float(y.var()) / n
    estimate = Estimate(value, value - margin, value + margin, confidence_level, "ppi", n)
    return AdjustedMean(estimate, error, variance / plain if plain > 0 else math.inf)


def _strata_parts(
    y: NDArray[np.float64], strata: Sequence[Hashable], shares: Mapping[Hashable, float]
) -> list[tuple[float, NDArray[np.float64]]]:
    """Return the share and the values of each stratum."""
    if len(strata) != y.size:
        raise ValueError(f"need one stratum for each of {y.size} problems, got {len(strata)}")
    if abs(sum(shares.values()) - 1) > 1e-9 or min(shares.values()) < 0:
        raise ValueError(f"need shares >= 0 that add up to 1, got a sum of {sum(shares.values())}")
    unknown = set(strata) - set(shares)
    if unknown:
        raise ValueError(f"no share given for stratum {sorted(map(str, unknown))[0]!r}")
    parts = [(w, y[[s == name for s in strata]]) for name, w in shares.items() if w > 0]
    if min(part.size for _, part in parts) < 2:
        raise ValueError("need at least 2 problems in each stratum of the set: merge small strata")
    return parts


def _values(values: ArrayLike, bounds: tuple[float, float]) -> NDArray[np.float64]:
    y = np.asarray(values, dtype=np.float64)
    if y.ndim != 1 or y.size == 0 or not ((y >= bounds[0]) & (y <= bounds[1])).all():
        raise ValueError(f"need one value within {bounds} a problem, got an array of shape {y.shape}")
    return y
