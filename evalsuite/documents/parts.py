"""What the documents of several comparisons share: an accuracy, limits of intervals, and worst-case bounds."""

from collections.abc import Mapping
from dataclasses import dataclass

from evalsuite.comparison.every_look import EveryLook
from evalsuite.stats.decision import Verdict
from evalsuite.stats.result import Estimate
from evalsuite.stats.worst_case import WorstCase

__all__ = [
    "SCHEMA",
    "BoundsWithoutCap",
    "HeldAtEveryLook",
    "Interval",
    "RunDifference",
    "Score",
    "bounds_without_cap",
    "held_at_every_look",
    "limits",
    "score",
]

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
class HeldAtEveryLook:
    """What decides on a pair that was shown before while it grew, and what held had this been the only look.

    Attributes
    ----------
    looks
        Numbers of problems at which the pair was shown, this look among them.
    stops_freely
        Whether the numbers of problems may have depended on the results seen before.
    difference, pvalue
        What decides; they hold at every look.
    only_look
        The difference with the interval of a single look.
    only_look_pvalue
        Its p-value; null where there is none.
    only_look_verdict
        The verdict of a single look, not adjusted for a family.
    """

    looks: tuple[int, ...]
    stops_freely: bool
    difference: Estimate
    pvalue: float
    only_look: Estimate
    only_look_pvalue: float | None
    only_look_verdict: Verdict


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


def held_at_every_look(look: EveryLook | None) -> HeldAtEveryLook | None:
    """Return what holds at every look as a part of a document."""
    if look is None:
        return None
    return HeldAtEveryLook(
        looks=look.looks,
        stops_freely=look.stops_freely,
        difference=look.difference,
        pvalue=look.pvalue,
        only_look=look.alone,
        only_look_pvalue=look.alone_pvalue,
        only_look_verdict=look.alone_verdict,
    )


def bounds_without_cap(bounds: WorstCase | None) -> BoundsWithoutCap | None:
    """Return the worst case over truncated completions as a part of a document."""
    if bounds is None:
        return None
    b = bounds
    return BoundsWithoutCap(b.lowest, b.highest, b.low, b.high, b.pvalue, b.sign_identified)
