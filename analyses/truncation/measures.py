"""What truncation leaves open about one run and about a pair of runs: one record each."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from analyses.runs.against_base import compare_runs
from analyses.runs.pairing import PairedRuns
from analyses.truncation.curves import RegradedRun, regrade_run, token_limit
from analyses.truncation.extension_gain import TokenLimitGain, extension_of, token_limit_gain
from evalsuite.comparison.pair import TwoRunComparison, test_results, truncation_bounds
from evalsuite.errors import ExtraMissingError, InputError
from evalsuite.extras import install_command
from evalsuite.grading.grader import Grader
from evalsuite.grading.graders import ALL_GRADERS
from evalsuite.grading.truncated_texts import default_limits
from evalsuite.scores import ScoreMatrix
from evalsuite.settings import ComparisonSettings
from evalsuite.stats.decision import Verdict
from evalsuite.stats.result import TestResult
from evalsuite.stats.worst_case import WorstCase, accuracy_without_cap, right_and_truncated
from evalsuite.store.store import Store, StoredRun
from evalsuite.wording.language import tr

__all__ = ["PairTruncation", "RunTruncation", "measure_pairs", "measure_runs", "rate_test"]


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
    bounds: WorstCase | None
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
    bounds: WorstCase | None
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
        records.append(RunTruncation(head, run, grader, regraded, obstacle, _accuracy(run, settings.alpha), extension))
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
            truncation_bounds(base.scores, new.scores, alpha=alpha),
            verdict,
        )
        for new, rate, verdict in zip(others, rates, _verdicts(runs, alpha), strict=True)
    )


def rate_test(rate: TwoRunComparison) -> TestResult:
    """Return the test of equal truncation rates: exact McNemar or that of the bounded mean."""
    return test_results(rate)["mcnemar_exact" if "mcnemar_exact" in rate.pvalues else "bounded_mean"]


def _regraded(
    store: Store, head: StoredRun, run: ScoreMatrix, limits: Sequence[int], graders: Sequence[Grader]
) -> tuple[RegradedRun | None, str]:
    if not run.truncation_known:
        return None, tr("why its completions ended is not recorded")
    try:
        return regrade_run(store, head, run, limits, graders), ""
    except ExtraMissingError:
        # The rest of the page needs no tokenizer, so the base install writes it without the curve.
        install = install_command("models")
        return None, tr("cutting its stored tokens needs the package tokenizers ({install})", install=install)
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


def _accuracy(run: ScoreMatrix, alpha: float) -> WorstCase | None:
    if not run.truncation_known:
        return None
    rows = run.attempts > 0
    clusters = None if run.clusters is None else np.asarray(run.clusters)[rows].tolist()
    shares = right_and_truncated(run.correct[rows], run.truncated[rows], run.attempts[rows])
    return accuracy_without_cap(*shares, clusters=clusters, confidence_level=1 - alpha)


def _verdicts(runs: PairedRuns, alpha: float) -> tuple[Verdict | None, ...]:
    """Return the verdict on each new run that holds however the truncated completions would have ended."""
    compared = compare_runs(runs, alpha=alpha, without_cap=True).comparisons
    known = [run.truncation_known for run in runs.scores]
    return tuple(c.verdict if known[0] and k else None for c, k in zip(compared, known[1:], strict=True))
