"""The documents of ``evalsuite accuracy``."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from evalsuite.comparison.accuracy import AccuracyIntervals
from evalsuite.documents.document import Document
from evalsuite.documents.parts import limits
from evalsuite.documents.several_completions import PassAtK, pass_at_k

if TYPE_CHECKING:
    from analyses.runs.accuracy import Majority, RunAccuracy, ScoresAccuracy

__all__ = [
    "AccuracyOfCounts",
    "AccuracyOfRun",
    "AccuracyOfScores",
    "MeanScoreOfRun",
    "SeveralAccuracies",
    "of_counts",
    "of_run",
    "of_scores",
]

SCHEMA = "evalsuite.accuracy/2"


@dataclass(frozen=True, slots=True)
class TruncationRate:
    """The share of completions that the token limit truncated.

    Attributes
    ----------
    rate, low, high
        The share and the limits of its interval.
    """

    rate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class MissingShare:
    """Completions without a result.

    Attributes
    ----------
    n_completions, reasons
        How many, and how many have which reason.
    lowest, highest
        The accuracy with these wrong, and with these right.
    """

    n_completions: int
    reasons: Mapping[str, int]
    lowest: float
    highest: float


@dataclass(frozen=True, slots=True)
class MajorityVote:
    """The share of problems whose most frequent extracted answer is right; completions without one do not vote.

    Attributes
    ----------
    value, low, high
        The share and the limits of its interval.
    n_tied
        Problems where several answers were equally frequent: they score the chance that one drawn at random is right.
    """

    value: float
    low: float
    high: float
    n_tied: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AccuracyOfCounts(Document):
    """The accuracy of counts such as 1/5.

    Attributes
    ----------
    correct, n_problems, accuracy
        Problems solved and attempted, and their ratio.
    confidence_level, intervals
        ``[low, high]`` by method, at this level; the first, Wilson's, is the default.
    """

    SCHEMA: ClassVar[str] = SCHEMA

    correct: int
    n_problems: int
    accuracy: float
    confidence_level: float
    intervals: Mapping[str, tuple[float, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccuracyOfRun(Document):
    """The accuracy of a stored run.

    Attributes
    ----------
    correct, n_problems
        Right completions, and problems.
    accuracy
        Mean over problems of the share of right completions.
    confidence_level, intervals
        ``[low, high]`` by method, at this level. With one completion of independent problems every interval of a
        proportion is given; otherwise that of the mean over problems or problem templates.
    run, run_id, grader
        Label and id of the run, and whose verdict counts.
    finished
        Whether all planned completions are there.
    n_completions
        Completions that are there.
    truncation
        How many the token limit truncated; null where it is not recorded.
    n_run_on
        Completions that answer and then run on into questions that nobody asked: graded up to there, not truncated.
    pass_at_k
        pass@k and pass^k over k; null with single completions.
    majority_vote
        Of all completions of a problem; null with single completions, and where wrong answers are not stored.
    missing
        Completions without a result, why, and what they leave open; null where there are none.
    """

    SCHEMA: ClassVar[str] = SCHEMA

    correct: int
    n_problems: int
    accuracy: float
    confidence_level: float
    intervals: Mapping[str, tuple[float, float]]
    run: str
    run_id: str
    grader: str
    finished: bool
    n_completions: int
    truncation: TruncationRate | None
    pass_at_k: PassAtK | None
    majority_vote: MajorityVote | None
    missing: MissingShare | None
    n_run_on: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AccuracyOfScores(Document):
    """The accuracy of scores given in Python, which no command prints: `AccuracyOfRun` without what a store knows."""

    SCHEMA: ClassVar[str] = SCHEMA

    correct: int
    n_problems: int
    accuracy: float
    confidence_level: float
    intervals: Mapping[str, tuple[float, float]]
    n_completions: int
    truncation: TruncationRate | None
    pass_at_k: PassAtK | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanScoreOfRun(Document):
    """The mean score of a stored run under a grader that gives partial credit.

    Attributes
    ----------
    mean_score, score_range
        Mean over problems of the mean score of their completions, and the lowest and highest score possible.
    n_problems, n_completions
        Problems, and completions that are there.
    confidence_level, intervals
        ``[low, high]`` by method, at this level, in the unit of the score.
    run, run_id, grader
        Label and id of the run, and whose scores these are; null for scores given in Python.
    finished
        Whether all planned completions are there.
    truncation
        How many the token limit truncated; null where it is not recorded.
    n_run_on
        Completions that answer and then run on into questions that nobody asked: graded up to there, not truncated.
    missing
        Completions without a result, why, and what they leave open of the mean score; null where there are none.
    """

    SCHEMA: ClassVar[str] = SCHEMA

    mean_score: float
    score_range: tuple[float, float]
    n_problems: int
    n_completions: int
    confidence_level: float
    intervals: Mapping[str, tuple[float, float]]
    run: str | None
    run_id: str | None
    grader: str | None
    finished: bool
    truncation: TruncationRate | None
    missing: MissingShare | None
    n_run_on: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SeveralAccuracies(Document):
    """The accuracy of each of several runs or counts.

    Attributes
    ----------
    runs
        One entry a run, with the keys of its own document.
    """

    SCHEMA: ClassVar[str] = SCHEMA

    runs: tuple[AccuracyOfCounts | AccuracyOfRun | MeanScoreOfRun, ...]


def of_counts(accuracy: AccuracyIntervals) -> AccuracyOfCounts:
    """Return the document of counts."""
    return AccuracyOfCounts(
        correct=accuracy.correct,
        n_problems=accuracy.total,
        accuracy=accuracy.correct / accuracy.total,
        confidence_level=accuracy.confidence_level,
        intervals=limits(accuracy.intervals),
    )


def of_run(measured: "RunAccuracy") -> AccuracyOfRun | MeanScoreOfRun:
    """Return the document of a stored run."""
    scores = measured.scores
    if scores.score_range is not None:
        return _mean_score(scores, measured)
    return AccuracyOfRun(
        correct=scores.n_correct,
        n_problems=scores.estimate.n_problems,
        accuracy=scores.estimate.value,
        confidence_level=scores.estimate.confidence_level,
        intervals=limits(scores.intervals),
        run=measured.label,
        run_id=measured.run_id,
        grader=measured.grader,
        finished=measured.finished,
        n_completions=scores.n_completions,
        truncation=_rate(scores),
        pass_at_k=pass_at_k(scores.completions),
        majority_vote=_majority(measured.majority),
        missing=_missing(scores, measured),
        n_run_on=measured.n_run_on,
    )


def of_scores(scores: "ScoresAccuracy") -> AccuracyOfScores | MeanScoreOfRun:
    """Return the document of scores that are in no store."""
    if scores.score_range is not None:
        return _mean_score(scores, None)
    return AccuracyOfScores(
        correct=scores.n_correct,
        n_problems=scores.estimate.n_problems,
        accuracy=scores.estimate.value,
        confidence_level=scores.estimate.confidence_level,
        intervals=limits(scores.intervals),
        n_completions=scores.n_completions,
        truncation=_rate(scores),
        pass_at_k=pass_at_k(scores.completions),
    )


def _mean_score(scores: "ScoresAccuracy", measured: "RunAccuracy | None") -> MeanScoreOfRun:
    return MeanScoreOfRun(
        mean_score=scores.estimate.value,
        score_range=scores.score_range or (0.0, 1.0),
        n_problems=scores.estimate.n_problems,
        n_completions=scores.n_completions,
        confidence_level=scores.estimate.confidence_level,
        intervals=limits(scores.intervals),
        run=None if measured is None else measured.label,
        run_id=None if measured is None else measured.run_id,
        grader=None if measured is None else measured.grader,
        finished=measured is None or measured.finished,
        truncation=_rate(scores),
        missing=None if measured is None else _missing(scores, measured),
        n_run_on=0 if measured is None else measured.n_run_on,
    )


def _missing(scores: "ScoresAccuracy", measured: "RunAccuracy") -> MissingShare | None:
    if scores.missing_bounds is None:
        return None
    return MissingShare(scores.n_missing, measured.missing_reasons, *scores.missing_bounds)


def _majority(vote: "Majority | None") -> MajorityVote | None:
    if vote is None:
        return None
    return MajorityVote(vote.estimate.value, vote.estimate.low, vote.estimate.high, vote.n_tied)


def _rate(scores: "ScoresAccuracy") -> TruncationRate | None:
    rate = scores.truncation
    return None if rate is None else TruncationRate(rate.value, rate.low, rate.high)
