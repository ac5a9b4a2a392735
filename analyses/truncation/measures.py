"""What truncation leaves open about one run and about a pair of runs: one record each."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from analyses.runs.against_base import compare_runs
from analyses.runs.pairing import PairedRuns
from analyses.truncation.curves import RegradedRun, regrade_run, token_limit
from analyses.truncation.extension_gain import TokenLimitGain, extension_of, token_limit_gain
from evalsuite.comparison.pair import TwoRunComparison, is_single, test_results
from evalsuite.errors import InputError
from evalsuite.grading.grader import Grader
from evalsuite.grading.graders import ALL_GRADERS
from evalsuite.grading.truncated_texts import default_limits
from evalsuite.scores import ScoreMatrix
from evalsuite.settings import ComparisonSettings
from evalsuite.stats.bounds import Bounds, accuracy_bounds, difference_bounds
from evalsuite.stats.decision import Verdict
from evalsuite.stats.result import TestResult
from evalsuite.store.store import Store, StoredRun
from evalsuite.wording.language import tr

__all__ = ["PairTruncation", "RunTruncation", "measure_pairs", "measure_runs", "rate_test"]

# Below this the normal margins of Imbens and Manski are not to be trusted, and score limits take their place.
FEW_PROBLEMS = 30


@dataclass(frozen=True, slots=True, eq=False)
class RunTruncation:
    """One run under its token limit and under smaller ones.

    Attributes
    ----------
    head, scores, grader
        The run, its scores, and whose verdict counts.
    regraded
        The run at smaller limits; None where the store does not allow it, and then `obstacle` says why.
    bounds
        Of the accuracy had every completion finished; None where stop reasons are not recorded.
    extension
        What continuing the run at a larger limit changed; None where no such run is stored.
    """

    head: StoredRun
    scores: ScoreMatrix
    grader: str
    regraded: RegradedRun | None
    obstacle: str
    bounds: Bounds | None
    extension: TokenLimitGain | None

    @property
    def label(self) -> str:
        """The name that tables, figures and sentences show."""
        return self.scores.label


@dataclass(frozen=True, slots=True, eq=False)
class PairTruncation:
    """A new run against the base.

    Attributes
    ----------
    rate
        The comparison of how often completions were truncated; None where a run does not say.
    bounds, verdict
        Of the difference had every completion finished, and the verdict that holds however the truncated ones would
        have ended; None where stop reasons are not recorded.
    """

    base: RunTruncation
    new: RunTruncation
    rate: TwoRunComparison | None
    bounds: Bounds | None
    verdict: Verdict | None


def measure_runs(
    store: Store,
    runs: PairedRuns,
    settings: ComparisonSettings,
    *,
    limits: Sequence[int] | None,
    graders: Sequence[Grader],
) -> tuple[RunTruncation, ...]:
    """Return the record of each run; `limits` and `graders` as in the analysis."""
    own_limits = [limit for head in runs.heads if (limit := token_limit(store, head)) is not None]
    grid = limits or (sorted({*default_limits(max(own_limits)), *own_limits}) if own_limits else ())
    primary = tuple(settings.grader or head.primary_grader for head in runs.heads)
    used = [g for g in ALL_GRADERS if g.name in primary or g in graders]
    records = []
    for head, run, grader in zip(runs.heads, runs.scores, primary, strict=True):
        regraded, obstacle = _regraded(store, head, run, grid, used)
        extension = _extension(store, head, run.label, settings)
        records.append(RunTruncation(head, run, grader, regraded, obstacle, _bounds(run, settings.alpha), extension))
    return tuple(records)


def measure_pairs(runs: PairedRuns, records: Sequence[RunTruncation], alpha: float) -> tuple[PairTruncation, ...]:
    """Return the record of each new run against the base."""
    base, *others = records
    rates = _rate_comparisons(runs, alpha)
    return tuple(
        PairTruncation(
            base,
            new,
            rate,
            _difference_bounds(base.scores, new.scores, alpha),
            _verdict(runs, base.scores, new.scores, alpha),
        )
        for new, rate in zip(others, rates, strict=True)
    )


def rate_test(rate: TwoRunComparison) -> TestResult:
    """Return the test of equal truncation rates: exact McNemar for single completions, else t."""
    return test_results(rate)["mcnemar_exact" if "mcnemar_exact" in rate.pvalues else "t"]


def _regraded(
    store: Store, head: StoredRun, run: ScoreMatrix, limits: Sequence[int], graders: Sequence[Grader]
) -> tuple[RegradedRun | None, str]:
    if not run.truncation_known:
        return None, tr("why its completions ended is not recorded")
    try:
        return regrade_run(store, head, run, limits, graders), ""
    except InputError as error:
        return None, str(error)


def _extension(store: Store, head: StoredRun, label: str, settings: ComparisonSettings) -> TokenLimitGain | None:
    child = extension_of(store, head)
    if child is None:
        return None
    gain = token_limit_gain(store, head.label, child, grader=settings.grader, alpha=settings.alpha)
    return replace(gain, parent=label)


def _rate_comparisons(runs: PairedRuns, alpha: float) -> Sequence[TwoRunComparison | None]:
    """Compare how often completions were truncated: being truncated takes the place of being right."""
    if len(runs.scores) < 2 or not all(run.truncation_known for run in runs.scores):
        return [None] * (len(runs.scores) - 1)
    truncated = tuple(replace(run, correct=run.truncated) for run in runs.scores)
    return compare_runs(replace(runs, scores=truncated), alpha=alpha).comparisons


def _shares(run: ScoreMatrix, rows: NDArray[np.bool_]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return for each problem the share of completions that ended and are right, and the share that was truncated.

    A truncated completion that is right already could still change its answer: it is open like the others.
    """
    n = run.attempts[rows]
    return (run.correct & ~run.truncated)[rows].sum(axis=1) / n, run.truncated[rows].sum(axis=1) / n


def _bounds(run: ScoreMatrix, alpha: float) -> Bounds | None:
    if not run.truncation_known:
        return None
    few = is_single(run) and run.n_problems < FEW_PROBLEMS
    shares = _shares(run, run.attempts > 0)
    return accuracy_bounds(*shares, method="wilson_ends" if few else "imbens_manski", confidence_level=1 - alpha)


def _difference_bounds(base: ScoreMatrix, new: ScoreMatrix, alpha: float) -> Bounds | None:
    if not (base.truncation_known and new.truncation_known):
        return None
    rows = (base.attempts > 0) & (new.attempts > 0)
    few = is_single(base) and is_single(new) and base.n_problems < FEW_PROBLEMS
    shares = (*_shares(base, rows), *_shares(new, rows))
    return difference_bounds(*shares, method="tango_ends" if few else "imbens_manski", confidence_level=1 - alpha)


def _verdict(runs: PairedRuns, base: ScoreMatrix, new: ScoreMatrix, alpha: float) -> Verdict | None:
    """Return the verdict that holds however the truncated completions would have ended, where one does."""
    bounds = _difference_bounds(base, new, alpha)
    if bounds is None:
        return None
    if not bounds.sign_identified:
        return Verdict("not identified")
    verdicts = set()
    # The two extremes: all truncated completions of one run end right and all of the other wrong.
    for favoured in (base, new):
        completed = tuple(
            replace(run, correct=(run.correct & ~run.truncated) | (run.truncated & (run is favoured)))
            for run in (base, new)
        )
        verdicts.add(compare_runs(replace(runs, scores=completed), alpha=alpha).comparisons[0].verdict)
    return verdicts.pop() if len(verdicts) == 1 else Verdict("unresolved")
