"""Accuracy against the token limit, from one stored run: its tokens are cut at smaller limits and graded again."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analyses.runs.stored_texts import read_texts
from evalsuite.comparison.pair import is_single
from evalsuite.errors import InputError
from evalsuite.grading.grader import Grader
from evalsuite.grading.truncated_texts import StoredText, regrade_at_limits
from evalsuite.scores import ScoreMatrix
from evalsuite.stats import cluster
from evalsuite.stats.paired import PairedTable
from evalsuite.stats.paired_intervals import fay_lumbard
from evalsuite.stats.proportion import wilson
from evalsuite.stats.result import Estimate
from evalsuite.stats.simultaneous import pointwise_level
from evalsuite.store import queries
from evalsuite.store.store import Store, StoredRun
from evalsuite.wording.language import tr

__all__ = [
    "RegradedRun",
    "SufficientLimit",
    "accuracy_band",
    "difference_band",
    "regrade_run",
    "sufficient_limit",
    "token_limit",
]

N_RESAMPLES = 2000


@dataclass(frozen=True, slots=True, eq=False)
class RegradedRun:
    """One run at every token limit up to its own.

    Attributes
    ----------
    run
        Scores of the run at its own limit.
    limits : (n_limits,)
        Ascending, in tokens; the last is the run's own.
    graders
        Names.
    correct : (n_problems, n_completions, n_limits, n_graders) bool
        Right at each limit; False where `run` has no completion.
    """

    run: ScoreMatrix
    limits: tuple[int, ...]
    graders: tuple[str, ...]
    correct: NDArray[np.bool_]

    def successes(self, grader: str) -> NDArray[np.int64]:
        """Return the right completions of each problem at each limit. (n_problems, n_limits)"""
        return np.asarray(self.correct[:, :, :, self.graders.index(grader)].sum(axis=1), dtype=np.int64)

    def means(self, grader: str) -> NDArray[np.float64]:
        """Return the share of right completions of each problem at each limit. (n_problems, n_limits)"""
        return np.asarray(self.successes(grader) / self.run.attempts[:, None], dtype=np.float64)

    def lucky(self, grader: str, limit: int) -> int:
        """Return the completions that are right when cut at `limit` and wrong at the run's own limit."""
        right = self.correct[:, :, :, self.graders.index(grader)]
        return int((right[:, :, self.limits.index(limit)] & ~right[:, :, -1]).sum())


def token_limit(store: Store, head: StoredRun) -> int | None:
    """Return the token limit of a run, None where nothing tells it."""
    recorded = head.spec.get("decoding", {}).get("max_new_tokens")
    if recorded is not None:
        return int(recorded)
    limits = [row["cap"] for row in queries.stored_lengths(store.connection, head.run_id)]
    return None if not limits or None in limits else max(limits)


def regrade_run(
    store: Store, head: StoredRun, run: ScoreMatrix, limits: Sequence[int], graders: Sequence[Grader]
) -> RegradedRun:
    """Cut the completions of a run at `limits`, as far as these are below the run's own, and grade them again.

    Raises
    ------
    InputError
        The store has no tokens, no tokenizer or no token limit of the run, as after an import; the message says
        which, in the words of a page.
    """
    own_limit = token_limit(store, head)
    tokenizer = queries.tokenizer(store.connection, head.tokenizer_hash) if head.tokenizer_hash else None
    texts = read_texts(store, head, run)
    without_tokens = any(text.token_ids is None for rows in texts.rows for text in rows)
    if own_limit is None or tokenizer is None or without_tokens:
        lacking = (
            (own_limit is None, tr("token limit")),
            (tokenizer is None, tr("tokenizer")),
            (without_tokens, tr("tokens of every completion")),
        )
        missing = tr(", ").join(what for is_missing, what in lacking if is_missing)
        raise InputError(
            tr("the store lacks of it what not every import and server brings: {missing}", missing=missing)
        )
    used = tuple(sorted({limit for limit in limits if limit < own_limit} | {own_limit}))
    stored = [
        StoredText(text.token_ids or (), text.text, gold, solution)
        for rows, gold, solution in zip(texts.rows, texts.golds, texts.solutions, strict=True)
        for text in rows
    ]
    verdicts = regrade_at_limits(tokenizer, stored, used, graders)
    correct = np.zeros((*run.correct.shape, len(used), len(graders)), dtype=np.bool_)
    row, place = np.nonzero(run.present)
    correct[row, place] = verdicts == 0
    return RegradedRun(run, used, tuple(g.name for g in graders), correct)


def accuracy_band(
    regraded: RegradedRun, grader: str, *, rng: np.random.Generator, confidence_level: float
) -> list[Estimate]:
    """Return the accuracy at each token limit with an interval; the intervals hold at all limits at once."""
    run = regraded.run
    level = pointwise_level(regraded.means(grader), rng=rng, clusters=run.clusters, confidence_level=confidence_level)
    right = regraded.successes(grader)
    if is_single(run):
        return [wilson(int(column.sum()), run.n_problems, confidence_level=level) for column in right.T]
    return [cluster.mean(column, run.attempts, clusters=run.clusters, confidence_level=level) for column in right.T]


def difference_band(
    base: RegradedRun,
    new: RegradedRun,
    graders: tuple[str, str],
    *,
    rng: np.random.Generator,
    confidence_level: float,
) -> dict[int, Estimate]:
    """Return the paired difference, new minus base, at each token limit that both have.

    The intervals hold at all limits at once.

    Parameters
    ----------
    base, new
        On the same problems in the same order.
    graders
        Whose verdict counts in base and in new.
    """
    shared = [limit for limit in base.limits if limit in new.limits]
    at_base, at_new = ([regraded.limits.index(limit) for limit in shared] for regraded in (base, new))
    base_right, new_right = base.successes(graders[0])[:, at_base], new.successes(graders[1])[:, at_new]
    base_n, new_n = base.run.attempts, new.run.attempts
    differences = new_right / new_n[:, None] - base_right / base_n[:, None]
    clusters = base.run.clusters
    level = pointwise_level(differences, rng=rng, clusters=clusters, confidence_level=confidence_level)
    if is_single(base.run) and is_single(new.run):
        return {
            limit: fay_lumbard(PairedTable.from_scores(base_right[:, i], new_right[:, i]), confidence_level=level)
            for i, limit in enumerate(shared)
        }
    return {
        limit: cluster.paired_mean_difference(
            base_right[:, i], base_n, new_right[:, i], new_n, clusters=clusters, confidence_level=level
        ).difference
        for i, limit in enumerate(shared)
    }


@dataclass(frozen=True, slots=True)
class SufficientLimit:
    """The smallest token limit from which a run keeps a share of its final accuracy, with an interval over problems."""

    share: float
    limit: int
    low: int
    high: int


def sufficient_limit(
    regraded: RegradedRun, grader: str, share: float, *, rng: np.random.Generator, confidence_level: float
) -> SufficientLimit | None:
    """Return the smallest limit from which on the accuracy is at least `share` of that at the run's own limit.

    The interval is the percentile interval of `N_RESAMPLES` resamples of whole problems (or problem templates). None
    where the run solves nothing at its own limit.

    References
    ----------
    Efron (1979), doi:10.1214/aos/1176344552.
    """
    means = regraded.means(grader)
    if not means[:, -1].any():
        return None
    groups = np.unique(np.asarray(regraded.run.clusters or regraded.run.keys), return_inverse=True)[1]
    totals = np.zeros((int(groups.max()) + 1, means.shape[1]))
    np.add.at(totals, groups, means)
    n = totals.shape[0]
    # Resampling groups with replacement is the same as weighting them by multinomial counts.
    weights = rng.multinomial(n, np.full(n, 1 / n), size=N_RESAMPLES)
    curves = weights @ totals
    limits = np.asarray(regraded.limits)[_first_sufficient(curves[curves[:, -1] > 0], share)]
    tail = (1 - confidence_level) / 2
    low, high = np.quantile(limits, [tail, 1 - tail], method="inverted_cdf")
    at = int(_first_sufficient(means.sum(axis=0, keepdims=True), share)[0])
    return SufficientLimit(share, regraded.limits[at], int(low), int(high))


def _first_sufficient(curves: NDArray[np.float64], share: float) -> NDArray[np.int64]:
    """Return for each curve the first point from which on it stays at `share` of its last. (n_curves,)"""
    # Without the tolerance a curve that equals its last point could fall below it by rounding.
    below = curves < share * curves[:, -1:] - 1e-9
    last_below = curves.shape[1] - 1 - np.argmax(below[:, ::-1], axis=1)
    return np.where(below.any(axis=1), last_below + 1, 0).astype(np.int64)
