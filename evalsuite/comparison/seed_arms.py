"""Two arms of training seeds before they are compared: names, what their runs share, truncated completions."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from evalsuite.comparison.problem_means import check_margin, shared_clusters, shared_range
from evalsuite.errors import InputError
from evalsuite.scores import ScoreMatrix
from evalsuite.stats.crossed import crossed_difference, equivalence_pvalue, no_worse_pvalue
from evalsuite.stats.worst_case import WorstCase, difference_without_cap, right_and_truncated

__all__ = [
    "Scores",
    "arm_label",
    "arm_labels",
    "clusters_of_runs",
    "complete_runs",
    "range_of_runs",
    "worst_case_of_arms",
]

Scores = NDArray[np.float64]


def arm_label(labels: Sequence[str], fallback: str) -> str:
    """Return a name for an arm: of its one run, or what its runs' names begin with up to a separator.

    Examples
    --------
    >>> arm_label(["sft"], "base"), arm_label(["grpo-s1", "grpo-s2"], "new"), arm_label(["a1", "b2"], "new")
    ('sft', 'grpo', 'new')
    """
    if len(labels) == 1:
        return labels[0]
    first, last = min(labels), max(labels)
    length = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
    shared = first[:length]
    ends = [i for i, letter in enumerate(shared) if letter in "-_./: #"]
    return (shared[: ends[-1]].rstrip("-_./: #") if ends else "") or fallback


def complete_runs(
    base: Sequence[ScoreMatrix], new: Sequence[ScoreMatrix]
) -> tuple[list[ScoreMatrix], list[ScoreMatrix]]:
    """Keep the problems of which every run has a completion."""
    if not base or not new:
        raise ValueError(f"need at least one run in each arm, got {len(base)} and {len(new)}")
    kept = np.flatnonzero(np.all([run.attempts > 0 for run in (*base, *new)], axis=0))
    if not kept.size:
        raise ValueError("need at least one problem with a completion in every run, got none")
    return [run.take(kept) for run in base], [run.take(kept) for run in new]


def range_of_runs(
    runs: Sequence[ScoreMatrix], margin: float | None, *, without_cap: bool
) -> tuple[float, float] | None:
    """Return the range of the scores of all runs, None for verdicts, and refuse what scores do not allow."""
    for run in runs[1:]:
        shared_range(runs[0], run)
    score_range = runs[0].score_range
    check_margin(margin, score_range)
    if without_cap and score_range is not None:
        raise InputError("--without-cap needs verdicts of right and wrong, and these runs have scores")
    return score_range


def arm_labels(base: Sequence[ScoreMatrix], new: Sequence[ScoreMatrix]) -> tuple[str, str]:
    """Return the names of both arms, which differ."""
    found = arm_label([r.label for r in base], "base"), arm_label([r.label for r in new], "new")
    return found if found[0] != found[1] else ("base", "new")


def clusters_of_runs(runs: Sequence[ScoreMatrix]) -> tuple[str, ...] | None:
    """Return the template of each problem, from whichever runs have them; they must agree."""
    first = next((run for run in runs if run.clusters is not None), runs[0])
    for run in runs:
        shared_clusters(first, run)
    return first.clusters


def worst_case_of_arms(
    base: Sequence[ScoreMatrix],
    new: Sequence[ScoreMatrix],
    clusters: tuple[str, ...] | None,
    *,
    paired: bool,
    margin: float | None,
    confidence_level: float,
) -> WorstCase:
    """Return the worst case over truncated completions of the difference of the arms, with seeds and problems drawn."""
    base_right, base_cut = _right_and_truncated(base)
    new_right, new_cut = _right_and_truncated(new)
    base_most, new_most = np.minimum(base_right + base_cut, 1.0), np.minimum(new_right + new_cut, 1.0)
    if not paired and len(base) == len(new) == 1:
        return difference_without_cap(
            base_right[0], base_cut[0], new_right[0], new_cut[0],
            clusters=clusters, margin=margin, confidence_level=confidence_level,
        )  # fmt: skip
    worst, best = (
        crossed_difference(first, second, clusters=clusters, paired=paired, confidence_level=confidence_level)
        for first, second in ((base_most, new_right), (base_right, new_most))
    )
    lowest, highest = worst.both, best.both
    nearer = worst if lowest.value > 0 else best
    loss = None if margin is None else no_worse_pvalue(worst, margin)
    both_sides = None if margin is None else max(equivalence_pvalue(worst, margin), equivalence_pvalue(best, margin))
    return WorstCase(
        lowest=lowest.value,
        highest=highest.value,
        low=lowest.low,
        high=highest.high,
        pvalue=1.0 if lowest.value <= 0 <= highest.value else nearer.both_test.pvalue,
        no_worse_pvalue=loss,
        equivalence_pvalue=both_sides,
        can_resolve=highest.low > 0 or lowest.high < 0,
        confidence_level=confidence_level,
        method="worst_case_crossed",
        n_problems=lowest.n_problems,
    )


def _right_and_truncated(arm: Sequence[ScoreMatrix]) -> tuple[Scores, Scores]:
    """Return the shares of right and of truncated completions, (n_seeds, n_problems) each."""
    shares = []
    for run in arm:
        truncated = run.truncated if run.truncation_known else run.present & ~run.correct
        shares.append(right_and_truncated(run.correct, truncated, run.attempts))
    right, cut = zip(*shares, strict=True)
    return np.stack(right), np.stack(cut)
