"""What else could decide: the test that is next to ours in power, or above it, on the same simulated runs.

A rival is shown wherever one asks the same. Whether it is valid is seen in the rows of equal runs: where it is itself
too often wrong there, its power is none.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from analyses.calibration.printed import ALPHA, Printed
from evalsuite.comparison.seed_arms import complete_runs
from evalsuite.scores import ScoreMatrix
from evalsuite.stats.cluster_t import ClusterT, cluster_t
from evalsuite.stats.multiplicity import holm
from evalsuite.wording.language import N_

__all__ = ["Rival", "one_look", "t_claims", "t_of_several", "t_resolves", "welch"]

T = N_("t test")
HOLM_T = N_("t tests with Holm's adjustment")
WELCH = N_("Welch's t test over runs")
ONE_LOOK = N_("one look at the end")


class Rival(NamedTuple):
    """What a rival is called, and whether it resolves or claims something."""

    name: str
    resolves: bool


def t_resolves(base: ScoreMatrix, new: ScoreMatrix) -> Rival:
    """Tell whether the t test over independent groups finds a difference."""
    t = _t(base, new)
    return Rival(T, t is not None and t.test().pvalue < ALPHA)


def t_claims(base: ScoreMatrix, new: ScoreMatrix, low: float, high: float) -> Rival:
    """Tell whether the t interval of level 1 - 2 alpha lies between low and high."""
    t = _t(base, new)
    if t is None:
        return Rival(T, False)
    e = t.estimate(confidence_level=1 - 2 * ALPHA)
    return Rival(T, low < e.low and e.high < high)


def t_of_several(base: ScoreMatrix, new: Sequence[ScoreMatrix], margin: float | None = None) -> list[Rival]:
    """Tell for each new run what its t test finds after Holm's adjustment: a difference, or that it is no worse."""
    found = [_t(base, run) for run in new]
    if margin is None:
        pvalues = [1.0 if t is None else t.test().pvalue for t in found]
    else:
        pvalues = [
            1.0 if t is None else float(special.stdtr(t.df, -(t.value + margin) / t.standard_error)) for t in found
        ]
    return [Rival(HOLM_T, bool(p < ALPHA)) for p in holm(pvalues)]


def welch(
    base: Sequence[ScoreMatrix], new: Sequence[ScoreMatrix], low: float | None = None, high: float = math.inf
) -> Rival | None:
    """Tell whether Welch's test over the accuracies of the runs finds a difference; None with one run in an arm.

    With `low`: whether its interval of level 1 - 2 alpha lies between low and high.
    """
    if min(len(base), len(new)) < 2:
        return None
    arms = [np.array([run.problem_means.mean() for run in arm]) for arm in complete_runs(base, new)]
    value = float(arms[1].mean() - arms[0].mean())
    squares = np.array([arm.var(ddof=1) / arm.size for arm in arms])
    if not squares.sum() > 0:
        return Rival(WELCH, False)
    df = float(squares.sum() ** 2 / (squares**2 / [arm.size - 1 for arm in arms]).sum())
    level = ALPHA / 2 if low is None else ALPHA
    reach = float(special.stdtrit(df, 1 - level)) * math.sqrt(squares.sum())
    if low is None:
        return Rival(WELCH, abs(value) > reach)
    return Rival(WELCH, low < value - reach and value + reach < high)


def one_look(once: Printed, claim: str | None = None) -> Rival:
    """Tell whether what is printed in one look at the end resolves a difference, or makes a claim."""
    return Rival(ONE_LOOK, once.resolved != 0 if claim is None else claim in once.claims)


def _t(base: ScoreMatrix, new: ScoreMatrix) -> ClusterT | None:
    differences: NDArray[np.float64] = new.problem_means - base.problem_means
    made = np.isfinite(differences)
    groups = new.clusters or base.clusters
    return cluster_t(differences[made], clusters=None if groups is None else np.asarray(groups)[made].tolist())
