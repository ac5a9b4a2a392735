"""The t interval over clusters of unequal sizes: bias-reduced standard error with its own degrees of freedom.

Shown beside `bounded_mean`, which decides. It is shorter and assumes more: that cluster effects are not skewed, with
no rare large ones. With clusters of one size it is the ordinary t interval over cluster means; with unequal sizes the
usual G - 1 degrees of freedom are too many, in the worst case by far (one template with half of the problems counts
as about four).
"""

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from evalsuite.stats.result import Estimate, TestResult
from evalsuite.stats.validation import cluster_codes

__all__ = ["ClusterT", "cluster_t"]

ZERO = 1e-12


@dataclass(frozen=True, slots=True)
class ClusterT:
    """A mean over problems with its t interval over clusters.

    Attributes
    ----------
    value, standard_error
        Mean, and its CR2 standard error.
    df
        Degrees of freedom of Bell and McCaffrey; G - 1 for clusters of one size.
    n_problems
        Problems.
    clustered
        Whether a cluster holds several problems.
    """

    value: float
    standard_error: float
    df: float
    n_problems: int
    clustered: bool = True

    @property
    def method(self) -> str:
        """What the method is called: of problems that are independent it is the t of a mean."""
        return "cluster_t_cr2" if self.clustered else "t"

    def estimate(self, *, bounds: tuple[float, float] = (-1.0, 1.0), confidence_level: float = 0.95) -> Estimate:
        """Return the t interval, cut to `bounds`."""
        if not 0 < confidence_level < 1:
            raise ValueError(f"need 0 < confidence_level < 1, got {confidence_level}")
        margin = float(special.stdtrit(self.df, (1 + confidence_level) / 2)) * self.standard_error
        low, high = max(bounds[0], self.value - margin), min(bounds[1], self.value + margin)
        return Estimate(self.value, low, high, confidence_level, self.method, self.n_problems)

    def test(self, mean: float = 0.0) -> TestResult:
        """Test whether the true mean is `mean`; the statistic is t."""
        t = (self.value - mean) / self.standard_error
        return TestResult(t, float(2 * special.stdtr(self.df, -abs(t))), "two-sided", self.method, self.value)


def cluster_t(values: ArrayLike, *, clusters: Sequence[Hashable] | NDArray[np.int64] | None = None) -> ClusterT | None:
    """Average one score a problem with the CR2 standard error; None where it is 0 or cannot be estimated.

    Parameters
    ----------
    values : (n_problems,) float
        Scores, or differences of two runs.
    clusters : (n_problems,)
        Template of each problem; None where problems are independent.

    References
    ----------
    Bell and McCaffrey (2002), Survey Methodology 28, 169-181; Imbens and Kolesar (2016), doi:10.1162/REST_a_00552. For
    a mean the adjustment of cluster g with share s_g of the problems is 1/sqrt(1 - s_g), and the covariance of the
    cluster totals of the residuals under independent equal errors is n_g 1(g=h) - n_g n_h/n.

    Examples
    --------
    >>> r = cluster_t([1, 0, 1, 1, 0, 1, 0], clusters=["a", "a", "a", "a", "b", "c", "c"])
    >>> f"{r.value:.4f} {r.standard_error:.4f} {r.df:.3f}"
    '0.5714 0.1807 1.552'
    """
    y = np.asarray(values, dtype=np.float64)
    if y.ndim != 1 or y.size == 0 or not np.isfinite(y).all():
        raise ValueError(f"need one finite value a problem, got an array of shape {y.shape}")
    codes = cluster_codes(clusters, y.size)
    sizes = np.bincount(codes).astype(np.float64)
    if sizes.size < 2:
        return None
    n, value = y.size, float(y.mean())
    adjustment = 1 / (1 - sizes / n)
    totals = np.bincount(codes, weights=y - value)
    error = math.sqrt(float(adjustment @ totals**2)) / n
    if error < ZERO:
        return None
    # Trace and squared norm of D^(1/2) (diag(n_g) - n_g n_h / n) D^(1/2), D the adjustment, without the matrix.
    trace = float((adjustment * sizes * (1 - sizes / n)).sum())
    squares = (adjustment * sizes) ** 2
    norm = float((squares * (1 - 2 * sizes / n)).sum()) + float((adjustment * sizes**2).sum() / n) ** 2
    return ClusterT(value, error, trace**2 / norm, n, clustered=sizes.size < n)
