"""A mean from few trusted labels and many predictions, such as hand checks of what a cheap grader has graded.

Choose it when a cheap grader has graded everything and people only a part, drawn at random. It aims at the mean of the
whole set and stays unbiased however bad the grader is; the grader only takes noise out.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from evalsuite.stats.result import Estimate

__all__ = ["PredictionPoweredMean", "ppi_mean"]


@dataclass(frozen=True, slots=True)
class PredictionPoweredMean:
    """A mean of trusted labels, made sharper by predictions.

    Attributes
    ----------
    estimate
        The mean with its interval.
    standard_error
        Of the mean.
    relative_variance
        Its estimated variance over that of the plain mean of the labels: 0.8 is as good as a quarter more labels.
        Above 1 the predictions cost more than they gain.
    """

    estimate: Estimate
    standard_error: float
    relative_variance: float


def ppi_mean(
    labels: ArrayLike,
    predictions: ArrayLike,
    unlabelled_predictions: ArrayLike,
    *,
    tuning: float | None = None,
    confidence_level: float = 0.95,
) -> PredictionPoweredMean:
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
        # The minimiser of the variance below (power tuning), cut to [0, 1].
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
    return PredictionPoweredMean(estimate, error, variance / plain if plain > 0 else math.inf)
