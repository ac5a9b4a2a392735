"""What the documents of several comparisons share: an accuracy, limits of intervals, and worst-case bounds."""

from collections.abc import Mapping
from dataclasses import dataclass

from evalsuite.stats.result import Estimate
from evalsuite.stats.worst_case import WorstCase

__all__ = ["SCHEMA", "BoundsWithoutCap", "Interval", "RunDifference", "Score", "bounds_without_cap", "limits", "score"]

SCHEMA = "evalsuite.compare/2"


@dataclass(frozen=True, slots=True)
class Interval:
    """The interval of an accuracy.

    Attributes
    ----------
    low, high
        Its limits, as shares.
    method
        Its method, such as ``wilson``.
    """

    low: float
    high: float
    method: str


@dataclass(frozen=True, slots=True)
class Score:
    """The accuracy of one run.

    Attributes
    ----------
    label
        Name of the run.
    correct
        Problems solved; null where problems have several completions.
    accuracy
        Share of right answers: the mean over problems of the share of right completions.
    interval
        Its interval.
    """

    label: str
    correct: int | None
    accuracy: float
    interval: Interval


@dataclass(frozen=True, slots=True)
class BoundsWithoutCap:
    """In what span the difference in these runs would lie had every completion finished.

    Attributes
    ----------
    lowest, highest
        The worst-case bounds in these runs, as shares.
    low, high
        Interval for the true difference, wherever between the bounds it lies; it decides under ``--without-cap``.
    pvalue
        Of no difference, at the nearer bound; 1 where they lie on both sides of 0.
    sign_identified
        Whether the bounds exclude a difference of the other sign.
    """

    lowest: float
    highest: float
    low: float
    high: float
    pvalue: float
    sign_identified: bool


@dataclass(frozen=True, slots=True)
class RunDifference:
    """A property in which runs differ.

    Attributes
    ----------
    name, values
        The property, and its value in each run.
    """

    name: str
    values: tuple[str, ...]


def score(label: str, estimate: Estimate, correct: int | None = None) -> Score:
    """Return the accuracy of one run as a part of a document."""
    return Score(label, correct, estimate.value, Interval(estimate.low, estimate.high, estimate.method))


def limits(estimates: Mapping[str, Estimate]) -> dict[str, tuple[float, float]]:
    """Return intervals by method as pairs of limits."""
    return {name: (e.low, e.high) for name, e in estimates.items()}


def bounds_without_cap(bounds: WorstCase | None) -> BoundsWithoutCap | None:
    """Return the worst case over truncated completions as a part of a document."""
    if bounds is None:
        return None
    b = bounds
    return BoundsWithoutCap(b.lowest, b.highest, b.low, b.high, b.pvalue, b.sign_identified)
