"""Sentences about results that are missing."""

from collections.abc import Mapping

from evalsuite.comparison.missing import MissingBounds
from evalsuite.stats.decision import Verdict
from evalsuite.wording import numbers
from evalsuite.wording.language import tr
from evalsuite.wording.units import Unit
from evalsuite.wording.verdicts import verdict_label

__all__ = ["depends", "difference", "share"]


def share(
    label: str,
    n_missing: int,
    n_planned: int,
    reasons: Mapping[str, int],
    bounds: tuple[float, float],
    *,
    score_range: tuple[float, float] | None = None,
) -> str:
    """Say how many results a run lacks and why, and between what its accuracy, or mean score, lies."""
    listed = tr(", ").join(f"{n} {reason}" for reason, n in reasons.items())
    if score_range is not None:
        unit = Unit(score_range)
        return tr(
            "{label} has no result for {n} of {planned} completions ({reasons}): its mean is {low} if they have "
            "the lowest score and {high} if they have the highest.",
            label=label, n=numbers.count(n_missing), planned=numbers.count(n_planned), reasons=listed,
            low=unit.level(bounds[0]), high=unit.level(bounds[1]),
        )  # fmt: skip
    return tr(
        "{label} has no result for {n} of {planned} completions ({reasons}): its accuracy is {low} if they are "
        "wrong and {high} if they are right.",
        label=label, n=numbers.count(n_missing), planned=numbers.count(n_planned), reasons=listed,
        low=numbers.percent(bounds[0]), high=numbers.percent(bounds[1]),
    )  # fmt: skip


def difference(bounds: MissingBounds) -> str:
    """Say what the missing results leave open of a difference."""
    unit = Unit(bounds.score_range)
    if unit.score_range is not None:
        return tr(
            "{new} against {base}: the difference is {wrong} if everything missing has the lowest score and "
            "{right} if it has the highest; whatever is missing, it lies in {span}.",
            new=bounds.new_label, base=bounds.base_label, wrong=unit.difference(bounds.as_wrong),
            right=unit.difference(bounds.as_right), span=unit.limits(bounds.lowest, bounds.highest),
        )  # fmt: skip
    return tr(
        "{new} against {base}: the difference is {wrong} if everything missing is wrong and {right} if it is "
        "right; whatever is missing, it lies in {span}.",
        new=bounds.new_label, base=bounds.base_label, wrong=numbers.points(bounds.as_wrong),
        right=numbers.points(bounds.as_right), span=numbers.points_interval(bounds.lowest, bounds.highest),
    )  # fmt: skip


def depends(bounds: MissingBounds, verdict: Verdict) -> str:
    """Say that the verdict depends on what is missing."""
    others = tr(", ").join(verdict_label(other) for other in bounds.other_verdicts(verdict))
    return tr(
        "The verdict on {new} against {base} ({verdict}) depends on results that are missing: it could also be "
        "{others}.",
        new=bounds.new_label, base=bounds.base_label, verdict=verdict_label(verdict), others=others,
    )  # fmt: skip
