"""Accuracy against the token cap, from one stored run: its tokens are cut at every cap and graded again."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analyses.runs.stored_texts import read_texts
from evalsuite.comparison.pair import is_single
from evalsuite.errors import InputError
from evalsuite.grading.cut import StoredText, regrade_at_caps
from evalsuite.grading.grader import Grader
from evalsuite.scores import ScoreMatrix
from evalsuite.stats import cluster
from evalsuite.stats.paired import PairedTable
from evalsuite.stats.paired_intervals import fay_lumbard
from evalsuite.stats.proportion import wilson
from evalsuite.stats.result import Estimate
from evalsuite.stats.simultaneous import pointwise_level
from evalsuite.store import queries
from evalsuite.store.store import Store, StoredRun

__all__ = ["CutRun", "Reached", "accuracy_band", "cut_run", "difference_band", "reached", "run_cap"]

N_RESAMPLES = 2000


@dataclass(frozen=True, slots=True, eq=False)
class CutRun:
    """One run at every cap up to its own.

    Attributes
    ----------
    run
        Scores of the run at its own cap.
    caps : (n_caps,)
        Ascending; the last is the run's own cap.
    graders
        Names.
    correct : (n_problems, n_completions, n_caps, n_graders) bool
        Right at each cap; False where `run` has no completion.
    """

    run: ScoreMatrix
    caps: tuple[int, ...]
    graders: tuple[str, ...]
    correct: NDArray[np.bool_]

    def successes(self, grader: str) -> NDArray[np.int64]:
        """Return the right completions of each problem at each cap. (n_problems, n_caps)"""
        return np.asarray(self.correct[:, :, :, self.graders.index(grader)].sum(axis=1), dtype=np.int64)

    def means(self, grader: str) -> NDArray[np.float64]:
        """Return the share of right completions of each problem at each cap. (n_problems, n_caps)"""
        return np.asarray(self.successes(grader) / self.run.attempts[:, None], dtype=np.float64)

    def lucky(self, grader: str, cap: int) -> int:
        """Return the completions that are right when cut at `cap` and wrong at the run's own cap."""
        right = self.correct[:, :, :, self.graders.index(grader)]
        return int((right[:, :, self.caps.index(cap)] & ~right[:, :, -1]).sum())


def run_cap(store: Store, head: StoredRun) -> int | None:
    """Return the token cap of a run, None where nothing tells it."""
    recorded = head.spec.get("decoding", {}).get("max_new_tokens")
    if recorded is not None:
        return int(recorded)
    caps = [row["cap"] for row in queries.stored_lengths(store.connection, head.run_id)]
    return None if not caps or None in caps else max(caps)


def cut_run(store: Store, head: StoredRun, run: ScoreMatrix, caps: Sequence[int], graders: Sequence[Grader]) -> CutRun:
    """Cut the completions of a run at `caps`, of which those up to the run's own cap are used, and grade them again.

    Raises
    ------
    InputError
        The store has no tokens, no tokenizer or no cap of the run, as after an import.
    """
    own = run_cap(store, head)
    tokenizer = queries.tokenizer(store.connection, head.tokenizer_hash) if head.tokenizer_hash else None
    texts = read_texts(store, head, run)
    flat = [text for rows in texts.rows for text in rows]
    if own is None or tokenizer is None or any(text.token_ids is None for text in flat):
        raise InputError(
            f"run {head.label} cannot be cut at smaller caps: the store needs its token cap, the tokens of every "
            "completion and the tokenizer, which imports do not bring"
        )
    used = tuple(sorted({cap for cap in caps if cap < own} | {own}))
    stored = [
        StoredText(text.token_ids or (), text.text, gold, solution)
        for rows, gold, solution in zip(texts.rows, texts.golds, texts.solutions, strict=True)
        for text in rows
    ]
    verdicts = regrade_at_caps(tokenizer, stored, used, graders)
    correct = np.zeros((*run.correct.shape, len(used), len(graders)), dtype=np.bool_)
    row, place = np.nonzero(run.present)
    correct[row, place] = verdicts == 0
    return CutRun(run, used, tuple(g.name for g in graders), correct)


def accuracy_band(cut: CutRun, grader: str, *, rng: np.random.Generator, confidence_level: float) -> list[Estimate]:
    """Return the accuracy at each cap with limits that hold at all caps at once."""
    run = cut.run
    level = pointwise_level(cut.means(grader), rng=rng, clusters=run.clusters, confidence_level=confidence_level)
    right = cut.successes(grader)
    if is_single(run):
        return [wilson(int(column.sum()), run.n_problems, confidence_level=level) for column in right.T]
    return [cluster.mean(column, run.attempts, clusters=run.clusters, confidence_level=level) for column in right.T]


def difference_band(
    base: CutRun, new: CutRun, grader: tuple[str, str], *, rng: np.random.Generator, confidence_level: float
) -> dict[int, Estimate]:
    """Return the paired difference, new minus base, at each shared cap, with limits that hold at all of them at once.

    Parameters
    ----------
    base, new
        On the same problems in the same order.
    grader
        Whose verdict counts in each run.
    """
    shared = [cap for cap in base.caps if cap in new.caps]
    at_base, at_new = ([cut.caps.index(cap) for cap in shared] for cut in (base, new))
    old, late = base.successes(grader[0])[:, at_base], new.successes(grader[1])[:, at_new]
    made = (base.run.attempts, new.run.attempts)
    moved = late / made[1][:, None] - old / made[0][:, None]
    clusters = base.run.clusters
    level = pointwise_level(moved, rng=rng, clusters=clusters, confidence_level=confidence_level)
    if is_single(base.run) and is_single(new.run):
        return {
            cap: fay_lumbard(PairedTable.from_scores(old[:, i], late[:, i]), confidence_level=level)
            for i, cap in enumerate(shared)
        }
    return {
        cap: cluster.paired_mean_difference(
            old[:, i], made[0], late[:, i], made[1], clusters=clusters, confidence_level=level
        ).difference
        for i, cap in enumerate(shared)
    }


@dataclass(frozen=True, slots=True)
class Reached:
    """The smallest cap from which a run keeps a share of its final accuracy, with an interval over problems."""

    share: float
    cap: int
    low: int
    high: int


def reached(
    cut: CutRun, grader: str, share: float, *, rng: np.random.Generator, confidence_level: float
) -> Reached | None:
    """Return the smallest of the caps from which on the accuracy is at least `share` of that at the run's own cap.

    The interval is the percentile interval of `N_RESAMPLES` resamples of whole problems (or templates). None where
    the run solves nothing at its own cap.

    References
    ----------
    Efron (1979), doi:10.1214/aos/1176344552.
    """
    means = cut.means(grader)
    if not means[:, -1].any():
        return None
    groups = np.unique(np.asarray(cut.run.clusters or cut.run.keys), return_inverse=True)[1]
    totals = np.zeros((int(groups.max()) + 1, means.shape[1]))
    np.add.at(totals, groups, means)
    n = totals.shape[0]
    weights = rng.multinomial(n, np.full(n, 1 / n), size=N_RESAMPLES)
    curves = weights @ totals
    caps = np.asarray(cut.caps)[_first_kept(curves[curves[:, -1] > 0], share)]
    tail = (1 - confidence_level) / 2
    low, high = np.quantile(caps, [tail, 1 - tail], method="inverted_cdf")
    at = int(_first_kept(means.sum(axis=0, keepdims=True), share)[0])
    return Reached(share, cut.caps[at], int(low), int(high))


def _first_kept(curves: NDArray[np.float64], share: float) -> NDArray[np.int64]:
    """Return for each curve the first point from which on it stays at `share` of its last. (n_curves,)"""
    kept = curves >= share * curves[:, -1:] - 1e-9
    below = ~kept
    last_below = curves.shape[1] - 1 - np.argmax(below[:, ::-1], axis=1)
    return np.where(below.any(axis=1), last_below + 1, 0).astype(np.int64)
