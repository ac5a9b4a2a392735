"""pass@k and pass^k over k, with one band for the whole curve and a paired comparison at each k.

pass@k of a problem is the chance that at least one of k completions is right, pass^k that all are. Each problem's
unbiased estimate is one bounded score, whatever number of completions it rests on, so the two runs may differ in it;
k goes up to the smallest number in either. The interval of every k is that of `bounded_mean` at the level that makes
all of them hold together (`simultaneous.pointwise_level`).
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evalsuite.stats.bounded_mean import bounded_mean
from evalsuite.stats.pass_at_k import pass_at_k, pass_hat_k
from evalsuite.stats.result import Estimate
from evalsuite.stats.simultaneous import pointwise_level

__all__ = ["Measure", "PassCurve", "pass_curve", "pass_difference"]

Measure = Literal["any", "all"]


@dataclass(frozen=True, slots=True)
class PassCurve:
    """A curve over k.

    Attributes
    ----------
    ks
        Numbers of completions.
    estimates
        One for each k; the intervals hold for all k together. Their own level is in each.
    pvalues
        For a difference, of no difference at that k alone; empty for the curve of one run.
    confidence_level
        Chance that no interval misses.
    """

    ks: tuple[int, ...]
    estimates: tuple[Estimate, ...]
    pvalues: tuple[float, ...]
    confidence_level: float

    @property
    def resolved(self) -> tuple[int, ...]:
        """The k at which the band excludes 0."""
        return tuple(k for k, e in zip(self.ks, self.estimates, strict=True) if e.low > 0 or e.high < 0)


def pass_curve(
    successes: ArrayLike,
    attempts: ArrayLike,
    *,
    rng: np.random.Generator,
    measure: Measure = "any",
    clusters: Sequence[Hashable] | None = None,
    confidence_level: float = 0.95,
) -> PassCurve:
    """Estimate pass@k (``"any"``) or pass^k (``"all"``) for k = 1, 2, 4, ... and the largest k that all problems have.

    Parameters
    ----------
    successes, attempts : (n_problems,) int
        Right completions and completions made; at least one of every problem.
    rng
        Of the draws that set the level of the band; the limits depend on it in the third digit.
    clusters : (n_problems,)
        Template of each problem; None where problems are independent.

    References
    ----------
    Chen et al. (2021), arXiv:2107.03374; Yao et al. (2024), arXiv:2406.12045; band as in `simultaneous`.

    Examples
    --------
    >>> curve = pass_curve([3, 4, 0, 5], [8, 8, 8, 8], rng=np.random.default_rng(0))
    >>> curve.ks, [round(e.value, 3) for e in curve.estimates]
    ((1, 2, 4, 8), [0.375, 0.58, 0.729, 0.75])
    """
    ks = _powers(attempts)
    values = _values(successes, attempts, ks, measure)
    return _curve(values, ks, (0.0, 1.0), rng, clusters, confidence_level, tests=False)


def pass_difference(
    base_successes: ArrayLike,
    base_attempts: ArrayLike,
    new_successes: ArrayLike,
    new_attempts: ArrayLike,
    *,
    rng: np.random.Generator,
    measure: Measure = "any",
    clusters: Sequence[Hashable] | None = None,
    confidence_level: float = 0.95,
) -> PassCurve:
    """Compare two runs at each k, new minus base, problem by problem.

    Parameters
    ----------
    base_successes, base_attempts, new_successes, new_attempts : (n_problems,) int
        As in `pass_curve`, in the same order of problems; the runs may have different numbers of completions.

    Examples
    --------
    >>> curve = pass_difference([0, 1, 0, 2], [4] * 4, [3, 4, 1, 5], [8, 8, 6, 8], rng=np.random.default_rng(0))
    >>> curve.ks, [round(e.value, 3) for e in curve.estimates], curve.resolved
    ((1, 2, 4), [0.229, 0.33, 0.395], ())
    """
    ks = _powers(np.minimum(np.asarray(base_attempts), np.asarray(new_attempts)))
    base = _values(base_successes, base_attempts, ks, measure)
    new = _values(new_successes, new_attempts, ks, measure)
    return _curve(new - base, ks, (-1.0, 1.0), rng, clusters, confidence_level, tests=True)


def _curve(
    values: NDArray[np.float64],
    ks: tuple[int, ...],
    bounds: tuple[float, float],
    rng: np.random.Generator,
    clusters: Sequence[Hashable] | None,
    confidence_level: float,
    *,
    tests: bool,
) -> PassCurve:
    level = pointwise_level(values, rng=rng, clusters=clusters, confidence_level=confidence_level)
    means = [bounded_mean(column, bounds=bounds, clusters=clusters) for column in values.T]
    estimates = tuple(mean.estimate(confidence_level=level) for mean in means)
    pvalues = tuple(mean.pvalue(0.0) for mean in means) if tests else ()
    return PassCurve(ks, estimates, pvalues, confidence_level)


def _values(successes: ArrayLike, attempts: ArrayLike, ks: tuple[int, ...], measure: Measure) -> NDArray[np.float64]:
    score = pass_at_k if measure == "any" else pass_hat_k
    return np.stack([score(successes, attempts, k) for k in ks], axis=1)


def _powers(attempts: ArrayLike) -> tuple[int, ...]:
    fewest = int(np.min(np.asarray(attempts)))
    if fewest < 1:
        raise ValueError("need at least one completion of every problem, got a problem with none")
    return tuple(sorted({2**i for i in range(fewest.bit_length())} | {fewest}))
