"""Scores of a run as arrays; `evalsuite.pairing` brings several runs onto the same problems.

How a missing answer counts is settled when a `ScoreMatrix` is built; after that a completion is right or wrong, or has
a score within a range that is known.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

__all__ = ["ScoreMatrix"]


@dataclass(frozen=True, slots=True, eq=False)
class ScoreMatrix:
    """Scores of one run under one grader.

    Attributes
    ----------
    label
        Name of the run in tables and figures.
    keys
        Identity of each problem, the key of the pairing: content hashes, or problem ids for imports
        without questions. (n_problems,)
    problem_ids
        Names of the problems. (n_problems,)
    correct, present
        (n_problems, n_completions) bool: right, and made at all. A completion that was not made is
        False in both. Problems may have different numbers of completions.
    truncated
        (n_problems, n_completions) bool: ended by the token limit.
    truncation_known
        False where the source recorded no stop reason: then `truncated` says nothing.
    clusters
        Template of each problem, or None where problems are independent. (n_problems,)
    missing
        (n_problems, n_completions) bool: planned, and without a result, such as an error; None where there are none.
        What is missing is not present: neither right nor wrong.
    scores, score_range
        Of a grader that gives partial credit: (n_problems, n_completions) float, 0 where no completion was made, and
        the lowest and highest score possible. `correct` then says which scores are the highest. None for verdicts.
    """

    label: str
    keys: tuple[str, ...]
    problem_ids: tuple[str, ...]
    correct: NDArray[np.bool_]
    present: NDArray[np.bool_]
    truncated: NDArray[np.bool_]
    truncation_known: bool = True
    clusters: tuple[str, ...] | None = None
    missing: NDArray[np.bool_] | None = None
    scores: NDArray[np.float64] | None = None
    score_range: tuple[float, float] | None = None

    @classmethod
    def graded(
        cls,
        label: str,
        keys: tuple[str, ...],
        scores: NDArray[np.float64],
        score_range: tuple[float, float],
        *,
        present: NDArray[np.bool_] | None = None,
        clusters: tuple[str, ...] | None = None,
    ) -> "ScoreMatrix":
        """Return scores with partial credit, (n_problems, n_completions), of problems with these keys.

        Examples
        --------
        >>> run = ScoreMatrix.graded("rubric", ("a", "b"), np.array([[7.0, 9.0], [10.0, 10.0]]), (0, 10))
        >>> run.problem_means.tolist(), run.unit_means.tolist()
        ([8.0, 10.0], [0.8, 1.0])
        """
        made = np.ones(scores.shape, dtype=np.bool_) if present is None else present
        kept = np.where(made, scores, 0.0)
        return cls(
            label, keys, keys, made & (kept == score_range[1]), made, np.zeros_like(made), truncation_known=False,
            clusters=clusters, scores=kept, score_range=score_range,
        )  # fmt: skip

    def __post_init__(self) -> None:
        shape = self.correct.shape
        if len(shape) != 2 or self.present.shape != shape or self.truncated.shape != shape:
            raise ValueError(
                "correct, present and truncated need one shape (n_problems, n_completions), got "
                f"{shape}, {self.present.shape}, {self.truncated.shape}"
            )
        if not len(self.keys) == len(self.problem_ids) == shape[0]:
            raise ValueError(f"need {shape[0]} keys and problem_ids, got {len(self.keys)} and {len(self.problem_ids)}")
        if self.clusters is not None and len(self.clusters) != shape[0]:
            raise ValueError(f"need {shape[0]} clusters, got {len(self.clusters)}")
        if self.missing is not None and (self.missing.shape != shape or (self.missing & self.present).any()):
            raise ValueError("missing needs the shape of present, and what is missing cannot be present")
        if (self.correct & ~self.present).any():
            raise ValueError("a completion that is not present cannot be correct")
        if (self.scores is None) != (self.score_range is None):
            raise ValueError("scores need their range, and a range scores")
        if self.scores is not None and self.score_range is not None:
            low, high = self.score_range
            made = self.scores[self.present] if self.scores.shape == shape else np.array([np.nan])
            if not (low < high and ((made >= low) & (made <= high)).all()):
                raise ValueError(f"need scores of shape {shape} within {self.score_range}, got {self.scores.shape}")

    @property
    def n_problems(self) -> int:
        """Number of problems."""
        return len(self.keys)

    @property
    def successes(self) -> NDArray[np.int64]:
        """Right completions of each problem. (n_problems,)"""
        return np.asarray(self.correct.sum(axis=1), dtype=np.int64)

    @property
    def attempts(self) -> NDArray[np.int64]:
        """Completions made of each problem. (n_problems,)"""
        return np.asarray(self.present.sum(axis=1), dtype=np.int64)

    @property
    def unit_means(self) -> NDArray[np.float64]:
        """Mean score of each problem with the range of scores brought to 0 to 1. (n_problems,)

        For verdicts the share of right completions; nan where no completion was made.
        """
        attempts = self.attempts
        totals: NDArray[np.float64] | NDArray[np.int64] = self.successes
        if self.scores is not None and self.score_range is not None:
            low, high = self.score_range
            # Rounded, so that equal differences stay equal whatever the unit of the scores.
            totals = (np.round((self.scores - low) / (high - low), 12) * self.present).sum(axis=1)
        means = np.full(self.n_problems, np.nan)
        np.divide(totals, attempts, out=means, where=attempts > 0)
        return means

    @property
    def problem_means(self) -> NDArray[np.float64]:
        """Share of right completions of each problem, or its mean score; nan where none was made. (n_problems,)"""
        if self.score_range is None:
            return self.unit_means
        low, high = self.score_range
        return np.asarray(low + (high - low) * self.unit_means)

    def by_problem_id(self) -> "ScoreMatrix":
        """Return the same scores keyed by problem id, for pairing with a source that has no questions."""
        return replace(self, keys=self.problem_ids)

    def keyed(self, keys: Sequence[str]) -> "ScoreMatrix":
        """Return the same scores under other keys, such as those of the run they are aligned with."""
        return replace(self, keys=tuple(keys))

    def take(self, rows: Sequence[int] | NDArray[np.int64]) -> "ScoreMatrix":
        """Return the problems at `rows`, in that order."""
        index = np.asarray(rows, dtype=np.int64)
        if np.array_equal(index, np.arange(self.n_problems)):
            return self
        places = index.tolist()
        return ScoreMatrix(
            label=self.label,
            keys=tuple([self.keys[i] for i in places]),
            problem_ids=tuple([self.problem_ids[i] for i in places]),
            correct=self.correct[index],
            present=self.present[index],
            truncated=self.truncated[index],
            truncation_known=self.truncation_known,
            clusters=None if self.clusters is None else tuple([self.clusters[i] for i in places]),
            missing=None if self.missing is None else self.missing[index],
            scores=None if self.scores is None else self.scores[index],
            score_range=self.score_range,
        )

    def filled(self, *, right: bool) -> "ScoreMatrix":
        """Return the scores with everything that is missing taken for right, or for wrong: the ends of the range."""
        if self.missing is None:
            return self
        present = self.present | self.missing
        scores = None
        if self.scores is not None and self.score_range is not None:
            scores = np.where(self.missing, self.score_range[1 if right else 0], self.scores)
        return replace(
            self,
            present=present,
            correct=self.correct | self.missing if right else self.correct,
            missing=None,
            scores=scores,
        )
