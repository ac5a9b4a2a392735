"""The comparison of stored runs: each new run against the base, or all pairs, adjusted for how many there are.

The method follows from the design and is named in the result: exact McNemar with the Fay-Lumbard interval
for one completion of independent problems, otherwise problem means with an interval that needs only the range of
the scores.
"""

from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from analyses.runs.pairing import PairedRuns, confounded, treatment
from evalsuite.comparison.best_run import BestRun, best_run
from evalsuite.comparison.every_look import level_share
from evalsuite.comparison.missing import MissingBounds, missing_bounds
from evalsuite.comparison.pair import TwoRunComparison, adjust_family, compare_pair, is_single, truncation_bounds
from evalsuite.comparison.several_completions import (
    CompletionCurves,
    MajorityDifference,
    completion_differences,
    majority_difference,
)
from evalsuite.findings import Caution, Light
from evalsuite.stats.multiplicity import cochran_q
from evalsuite.stats.result import TestResult
from evalsuite.stats.worst_case import WorstCase
from evalsuite.wording import first_screen, missing, two_runs
from evalsuite.wording.lights import together

__all__ = ["RunComparison", "compare_runs"]


@dataclass(frozen=True, slots=True)
class RunComparison:
    """All comparisons with the base, or all pairs.

    Attributes
    ----------
    runs
        What was compared.
    comparisons
        One entry a new run, in order. With all pairs, then each later run against each new run before it.
    bounds
        For each, the worst case of the difference had every completion finished; None where a run
        does not say which completions were truncated.
    omnibus
        Cochran's Q over all runs, with more than two runs of one completion a problem; else None.
    all_pairs
        Whether all pairs of runs are one family.
    missing
        For each, what results that are missing leave open; None where there are none.
    lights
        For each, whether its verdict would change under other assumptions; empty where that was not asked.
    """

    runs: PairedRuns
    comparisons: tuple[TwoRunComparison, ...]
    bounds: tuple[WorstCase | None, ...]
    omnibus: TestResult | None
    all_pairs: bool = False
    missing: tuple[MissingBounds | None, ...] = ()
    lights: tuple[tuple[Light, ...], ...] = ()

    @property
    def lights_of_each(self) -> tuple[tuple[Light, ...], ...]:
        """The lights of each comparison, none where that was not asked."""
        return self.lights or ((),) * len(self.comparisons)

    @property
    def lights_together(self) -> tuple[Light, ...]:
        """One light an assumption for all new runs: that of the first that changes, else not known."""
        against = self.against_base
        return together(against.lights_of_each, [c.new_label for c in against.comparisons])

    @property
    def finding(self) -> str:
        """The result and what it is worth, as a heading."""
        against = self.against_base
        if len(against.comparisons) > 1:
            return first_screen.several_finding(against.comparisons, against.lights_of_each)
        return first_screen.finding(against.comparisons[0], against.lights_of_each[0])

    @property
    def cautions(self) -> tuple[Caution, ...]:
        """What must be read before the answer: what is unfinished, and that the difference has several causes."""
        return (*self.runs.cautions, *confounded(self.runs), *self._missing_cautions)

    @property
    def missing_notes(self) -> tuple[str, ...]:
        """What missing results leave open of each difference, in words."""
        return tuple(missing.difference(bounds) for bounds in self.missing if bounds is not None)

    @property
    def _missing_cautions(self) -> tuple[Caution, ...]:
        return tuple(
            Caution("missing", missing.depends(bounds, comparison.verdict))
            for comparison, bounds in zip(self.comparisons, self.missing, strict=False)
            if bounds is not None and bounds.other_verdicts(comparison.verdict)
        )

    @property
    def against_base(self) -> "RunComparison":
        """The comparisons with the base alone; with all pairs they stay members of that family."""
        n = len(self.runs.scores) - 1
        return replace(
            self, comparisons=self.comparisons[:n], bounds=self.bounds[:n], missing=self.missing[:n],
            lights=self.lights[:n], all_pairs=False,
        )  # fmt: skip

    @property
    def differences_between_runs(self) -> str:
        """In words: of what the difference is the effect."""
        return treatment(self.runs)

    @property
    def family(self) -> str:
        """In words: what the verdicts of several new runs hold for together; empty for one."""
        return two_runs.family(self.comparisons)

    @property
    def best(self) -> BestRun | None:
        """Which of several new runs may be the best.

        None for one, where truncated completions count either way, and for scores with partial credit.
        """
        if self.runs.scores[0].score_range is not None:
            return None
        return best_run(self.runs.scores, self.comparisons)

    @property
    def completions(self) -> tuple[CompletionCurves | None, ...]:
        """Of each comparison the differences in pass@k and pass^k.

        None where a run has single completions, and where truncated completions count either way.
        """
        runs = {run.label: run for run in self.runs.scores}
        return tuple(
            completion_differences(
                runs[c.base_label], runs[c.new_label], confidence_level=1 - c.alpha, share=self._share(c)
            )
            if c.without_cap is None
            else None
            for c in self.comparisons
        )

    @property
    def majorities(self) -> tuple[MajorityDifference | None, ...]:
        """Of each comparison the difference of the majority votes.

        None where the votes are not known, where both runs have single completions, and where truncated completions
        count either way.
        """
        runs, votes = {run.label: run for run in self.runs.scores}, self.runs.votes
        found: list[MajorityDifference | None] = []
        for c in self.comparisons:
            base, new = runs[c.base_label], runs[c.new_label]
            single = max(base.attempts.max(), new.attempts.max()) < 2
            if c.without_cap is not None or single or not {base.label, new.label} <= votes.keys():
                found.append(None)
                continue
            pair, level = (votes[base.label], votes[new.label]), 1 - c.alpha
            found.append(majority_difference(pair, base, new, confidence_level=level, share=self._share(c)))
        return tuple(found)

    def _share(self, comparison: TwoRunComparison) -> float:
        """Return the share of the error that one comparison has of its family, and of several looks."""
        look = comparison.every_look
        return (1.0 if look is None else level_share(len(look.looks))) / comparison.family_size


def compare_runs(
    runs: PairedRuns,
    *,
    alpha: float = 0.05,
    margin: float | None = None,
    without_cap: bool = False,
    all_pairs: bool = False,
    family_size: int | None = None,
) -> RunComparison:
    """Compare every run with the first, or with each one before it.

    Parameters
    ----------
    alpha
        Level of the verdicts over the whole family (Holm).
    margin
        Equivalence margin as a share, stated before the runs.
    without_cap
        Ask about the accuracy had every completion finished: the worst case over truncated completions decides and is
        printed. Otherwise the verdict is about the accuracy at this token limit.
    all_pairs
        Take all pairs of runs as one family; of each pair the run that stands first is the base.
    family_size
        Number of verdicts of a larger family, for which the caller adjusts them; that of these runs if not given.
    """
    base, *others = runs.scores
    pairs = [(base, new) for new in others] + (list(combinations(others, 2)) if all_pairs else [])
    looks = [runs.looks.get((base.label, new.label), ()) for base, new in pairs]
    compared = adjust_family(
        [
            compare_pair(*pair, alpha, margin, without_cap=without_cap, family_size=family_size or len(pairs), looks=at)
            for pair, at in zip(pairs, looks, strict=True)
        ]
    )
    bounds = tuple(truncation_bounds(*pair, alpha=alpha, margin=margin) for pair in pairs)
    omnibus = None
    if len(others) > 1 and all(is_single(run) for run in runs.scores):
        omnibus = cochran_q(np.column_stack([run.correct[:, 0] for run in runs.scores]))
    left_open: tuple[MissingBounds | None, ...] = ()
    if runs.planned:
        first, *rest = runs.planned
        planned = [(first, new) for new in rest] + (list(combinations(rest, 2)) if all_pairs else [])
        left_open = tuple(
            missing_bounds(
                *pair, alpha=alpha, margin=margin, without_cap=without_cap, looks=at,
                beside=(*compared[:i], *compared[i + 1 :]),
            )
            for i, (pair, at) in enumerate(zip(planned, looks, strict=True))
        )  # fmt: skip
    return RunComparison(runs, compared, bounds, omnibus, all_pairs, left_open)
