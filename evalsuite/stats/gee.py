"""A logistic model of accuracy with problems, or the templates they come from, as clusters.

Choose it to ask what accuracy depends on when several properties of a problem go together (long questions also take
more steps), and whether a new run gains more on some problems than on others (an interaction). It needs several right
and several wrong problems in each run and clearly more clusters than coefficients; where the model cannot be estimated
the result says why. For one property at a time and no model of its shape, use `heterogeneity`.

Working independence is deliberate. Its estimates stay right whatever the dependence inside a cluster is, also with
covariates that vary inside it (Pepe and Anderson 1994, doi:10.1080/03610919408813210); the sandwich then gives the
errors. Few clusters make the plain sandwich too small, so residuals are enlarged by their leverage as Mancl and
DeRouen propose, and tests use t and F with clusters minus coefficients as degrees of freedom.
"""

import math
import warnings
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linprog
from scipy.special import fdtrc, stdtr, stdtrit
from statsmodels.genmod.cov_struct import Independence
from statsmodels.genmod.families import Binomial
from statsmodels.genmod.generalized_estimating_equations import GEE

from evalsuite.stats.validation import cluster_codes

__all__ = ["Coefficient", "JointTest", "LogisticModel", "NotEstimable", "logistic_gee"]

NotEstimable = Literal["collinear", "too few clusters", "separated", "too few events", "not converged"]

FEWEST_SPARE_CLUSTERS = 10
"""Clusters needed beyond the number of coefficients: fewer leave the sandwich with next to no degrees of freedom."""
EVENTS_PER_TERM = 5
"""Right, and wrong, answers needed for each coefficient. In simulations of runs near the floor, Wald tests with a level
of 5% reject true hypotheses in 42% of cases at one event a coefficient, in 8% at three, and in 4% from four on; compare
Vittinghoff and McCulloch (2007), doi:10.1093/aje/kwk052."""


@dataclass(frozen=True, slots=True)
class Coefficient:
    """A change of the log-odds of a right answer.

    Attributes
    ----------
    value, low, high
        The log odds ratio for one unit of the covariate, and its limits.
    pvalue
        Two-sided, of no change.
    """

    value: float
    low: float
    high: float
    pvalue: float


@dataclass(frozen=True, slots=True)
class JointTest:
    """A Wald test that several coefficients are all 0: F with `n_tested` and `df` degrees of freedom."""

    statistic: float
    n_tested: int
    df: int
    pvalue: float


@dataclass(frozen=True, slots=True, eq=False)
class LogisticModel:
    """A fitted model, or the reason why there is none.

    Attributes
    ----------
    estimate : (n_terms,)
        Log odds ratios; nan where the model cannot be estimated.
    covariance : (n_terms, n_terms)
        Bias-reduced sandwich covariance of `estimate`.
    n_clusters, n_rows
        Independent clusters, and rows of scores.
    confidence_level
        Of the limits that `coefficient` returns.
    reason
        Why there is no estimate: ``"collinear"`` (a covariate follows from the others), ``"too few clusters"``,
        ``"separated"`` (some mixture of covariates tells right from wrong without error, as where a run has nothing
        right, so that an odds ratio would be 0 or infinite), ``"too few events"`` (fewer than `EVENTS_PER_TERM` right
        or wrong answers for each coefficient) or ``"not converged"``; None where there is one.
    """

    estimate: NDArray[np.float64]
    covariance: NDArray[np.float64]
    n_clusters: int
    n_rows: int
    confidence_level: float
    reason: NotEstimable | None

    @property
    def df(self) -> int:
        """Degrees of freedom of the reference distributions."""
        return self.n_clusters - self.estimate.size

    def coefficient(self, term: int) -> Coefficient:
        """Return the log odds ratio of one column of the design; nan where the model cannot be estimated."""
        value, error = float(self.estimate[term]), math.sqrt(float(self.covariance[term, term]))
        if self.reason is not None:
            return Coefficient(math.nan, math.nan, math.nan, math.nan)
        margin = float(stdtrit(self.df, (1 + self.confidence_level) / 2)) * error
        return Coefficient(value, value - margin, value + margin, 2 * float(stdtr(self.df, -abs(value) / error)))

    def joint_test(self, terms: Sequence[int]) -> JointTest:
        """Test that the coefficients of all these columns are 0; nan where the model cannot be estimated."""
        chosen, q = list(terms), len(terms)
        if self.reason is not None or not q:
            return JointTest(math.nan, q, self.df, math.nan)
        part = self.estimate[chosen]
        statistic = float(part @ np.linalg.solve(self.covariance[np.ix_(chosen, chosen)], part)) / q
        return JointTest(statistic, q, self.df, float(fdtrc(q, self.df, statistic)))


def logistic_gee(
    shares: ArrayLike,
    design: ArrayLike,
    clusters: Sequence[Hashable],
    *,
    runs: Sequence[Hashable] | None = None,
    confidence_level: float = 0.95,
) -> LogisticModel:
    """Fit log-odds of a right answer to the columns of a design.

    Parameters
    ----------
    shares : (n_rows,) float
        Share of right completions, such as one row a problem and run; each row counts once.
    design : (n_rows, n_terms) float
        Covariates, with a column of ones for the intercept.
    clusters : (n_rows,)
        What is independent: the problem of each row, or its template.
    runs : (n_rows,)
        Run of each row. Coefficients of a run's own rows rest on its answers alone, so each run needs enough events.

    Raises
    ------
    ValueError
        Shapes differ, a value is not finite, or a share lies outside [0, 1].

    References
    ----------
    Liang and Zeger (1986), doi:10.1093/biomet/73.1.13; Mancl and DeRouen (2001),
    doi:10.1111/j.0006-341X.2001.00126.x; separation: Albert and Anderson (1984), doi:10.1093/biomet/71.1.1.

    Examples
    --------
    >>> right = [1, 1, 1, 0, 1, 1, 0, 0, 1, 0, 0, 0] * 2
    >>> steps = [1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3] * 2
    >>> model = logistic_gee(right, [[1, s] for s in steps], range(24))
    >>> c = model.coefficient(1)
    >>> f"odds ratio {np.exp(c.value):.2f} [{np.exp(c.low):.2f}, {np.exp(c.high):.2f}]"
    'odds ratio 0.33 [0.09, 1.26]'
    >>> logistic_gee([0] * 24, [[1, s] for s in steps], range(24)).reason
    'separated'
    """
    y, x = _checked(shares, design, confidence_level)
    codes = cluster_codes(clusters, y.size)
    run_codes = cluster_codes(["all"] * y.size if runs is None else runs, y.size)
    n_clusters, n_terms = int(codes.max()) + 1, x.shape[1]
    # Covariates in units of their own size keep the rank test and the iterations free of the units chosen.
    scale = np.abs(x).max(axis=0)
    reason: NotEstimable | None = None
    estimate, covariance = np.full(n_terms, np.nan), np.full((n_terms, n_terms), np.nan)
    if not scale.all() or np.linalg.matrix_rank(x / scale) < n_terms:
        reason = "collinear"
    elif n_clusters < n_terms + FEWEST_SPARE_CLUSTERS:
        reason = "too few clusters"
    elif _is_separated(y, x / scale):
        reason = "separated"
    elif any(_has_few_events(y[run_codes == run], x[run_codes == run] / scale) for run in np.unique(run_codes)):
        reason = "too few events"
    else:
        fitted = _fit(y, x / scale, codes)
        if fitted is None:
            reason = "not converged"
        else:
            estimate, covariance = fitted[0] / scale, fitted[1] / np.outer(scale, scale)
    return LogisticModel(estimate, covariance, n_clusters, y.size, confidence_level, reason)


def _checked(
    shares: ArrayLike, design: ArrayLike, confidence_level: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    y, x = np.asarray(shares, dtype=np.float64), np.asarray(design, dtype=np.float64)
    if x.ndim != 2 or y.shape != x.shape[:1] or 0 in x.shape:
        raise ValueError(f"need shares (n_rows,) and design (n_rows, n_terms), got {y.shape} and {x.shape}")
    if not (np.isfinite(x).all() and ((y >= 0) & (y <= 1)).all()):
        raise ValueError("need finite covariates and shares in [0, 1]")
    if not 0 < confidence_level < 1:
        raise ValueError(f"confidence_level must lie in (0, 1), got {confidence_level}")
    return y, x


def _fit(
    y: NDArray[np.float64], x: NDArray[np.float64], codes: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Return the estimate and its bias-reduced covariance, None where the iterations do not settle."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        # A fit that fails is found out below, from what it returns.
        warnings.simplefilter("ignore")
        try:
            fitted = GEE(y, x, codes, family=Binomial(), cov_struct=Independence()).fit(cov_type="bias_reduced")
        except np.linalg.LinAlgError:  # a cluster whose rows alone determine a coefficient has leverage 1
            return None
    estimate = np.asarray(fitted.params, dtype=np.float64)
    covariance = np.asarray(fitted.cov_params(), dtype=np.float64)
    settled = fitted.converged and np.isfinite(estimate).all() and np.isfinite(covariance).all()
    return (estimate, covariance) if settled and np.linalg.eigvalsh(covariance)[0] > 0 else None


def _has_few_events(y: NDArray[np.float64], x: NDArray[np.float64]) -> bool:
    return bool(min(y.sum(), (1 - y).sum()) < EVENTS_PER_TERM * np.linalg.matrix_rank(x))


def _is_separated(y: NDArray[np.float64], x: NDArray[np.float64]) -> bool:
    """Return whether some direction b has x @ b >= 0 where all is right, <= 0 where all is wrong, and is not all 0.

    Rows with both right and wrong completions must have x @ b = 0. Along such a b the likelihood never stops growing.
    """
    # Rows of one covariate pattern are one: a pattern with right and wrong answers has a share between 0 and 1.
    patterns, place = np.unique(x, axis=0, return_inverse=True)
    share = np.bincount(place.ravel(), weights=y) / np.bincount(place.ravel())
    pure = (share == 0) | (share == 1)
    if not pure.any():
        return False
    signed = np.where(share[pure] == 1, 1.0, -1.0)[:, None] * patterns[pure]
    # Konis (2007): the largest sum of signed x @ b over a box is 0 unless the data are separated.
    best = linprog(
        -signed.sum(axis=0),
        A_ub=-signed, b_ub=np.zeros(len(signed)),
        A_eq=patterns[~pure] if (~pure).any() else None, b_eq=np.zeros(int((~pure).sum())) if (~pure).any() else None,
        bounds=(-1, 1), method="highs",
    )  # fmt: skip
    return best.fun is None or -best.fun > 1e-7
