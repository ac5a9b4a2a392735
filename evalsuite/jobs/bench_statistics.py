"""How fast are the statistics? This suite beside ``scipy.stats.bootstrap`` on the same data, as ratios."""

import subprocess
import sys

import numpy as np
from scipy import stats

from analyses.runs.against_base import compare_runs
from analyses.runs.pairing import PairedRuns
from evalsuite.console import say
from evalsuite.documents.machine import StatisticsSpeed
from evalsuite.jobs.stopwatch import seconds
from evalsuite.scores import ScoreMatrix
from evalsuite.stats.bootstrap import bootstrap_mean, exact_multinomial

__all__ = ["bench_statistics"]


def bench_statistics() -> StatisticsSpeed:
    """Return seconds of the analyses and their ratios to scipy's bootstrap on the same data."""
    rng = np.random.default_rng(0)
    say("statistics")
    wins, losses, n = 150, 110, 1319
    d = np.repeat([1.0, -1.0, 0.0], [wins, losses, n - wins - losses])
    exact_seconds = seconds(lambda: exact_multinomial(wins, losses, n, method="bca"), repeat=20)
    scipy_bca = seconds(
        lambda: stats.bootstrap((d,), np.mean, n_resamples=9999, method="BCa", rng=np.random.default_rng(1)), repeat=3
    )
    eight = rng.binomial(8, rng.beta(1, 1, size=(n, 1)).repeat(2, axis=1)) / 8
    clusters = rng.integers(0, 100, n).tolist()
    differences = eight[:, 1] - eight[:, 0]
    problems_seconds = seconds(lambda: bootstrap_mean(differences, rng=np.random.default_rng(1)), repeat=3)
    templates_seconds = seconds(
        lambda: bootstrap_mean(differences, rng=np.random.default_rng(1), clusters=clusters), repeat=3
    )
    scipy_mean = seconds(
        lambda: stats.bootstrap((differences,), np.mean, n_resamples=9999, method="BCa", rng=np.random.default_rng(1)),
        repeat=3,
    )
    runs = _pair_of_runs(rng, n, 8)
    script = [sys.executable, "-m", "evalsuite", "compare", "--counts", "1/5", "2/5", "--json"]
    start = seconds(lambda: subprocess.run(script, check=True, capture_output=True), repeat=5)  # noqa: S603
    return StatisticsSpeed(
        full_comparison_1319x8_seconds=seconds(lambda: compare_runs(runs), repeat=3),
        exact_bootstrap_seconds=exact_seconds,
        scipy_bca_over_exact_bootstrap=scipy_bca / exact_seconds,
        problems_resampled_whole_k8_seconds=problems_seconds,
        scipy_bca_over_problems_resampled_whole_k8=scipy_mean / problems_seconds,
        templates_resampled_whole_k8_seconds=templates_seconds,
        scipy_bca_without_templates_over_templates_resampled_whole_k8=scipy_mean / templates_seconds,
        compare_from_counts_process_seconds=start,
        same_interval=_same_interval(d, wins, losses, n),
    )


def _same_interval(d: np.ndarray, wins: int, losses: int, n: int) -> dict[str, tuple[float, float]]:
    """Return both BCa intervals of the same data: they agree up to the resampling error of scipy's."""
    theirs = stats.bootstrap((d,), np.mean, n_resamples=9999, method="BCa", rng=np.random.default_rng(2))
    ours = exact_multinomial(wins, losses, n, method="bca")
    limits = theirs.confidence_interval
    return {"evalsuite": (ours.low, ours.high), "scipy": (float(limits.low), float(limits.high))}


def _pair_of_runs(rng: np.random.Generator, n: int, k: int) -> PairedRuns:
    difficulty = rng.beta(1, 1, size=(n, 1))
    keys = tuple(map(str, range(n)))
    scores = tuple(
        ScoreMatrix(name, keys, keys, rng.random((n, k)) < difficulty, np.ones((n, k), bool), np.zeros((n, k), bool))
        for name in ("base", "new")
    )
    return PairedRuns((), scores, ())
