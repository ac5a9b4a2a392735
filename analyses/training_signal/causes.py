"""Why no group of a step has non-zero reward variance, and rewards that vary but mean nothing."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from evalsuite.store.trainings import TrainingCompletion, TrainingStep

__all__ = ["Cause", "at_random", "cause_by_log", "cause_of", "share", "share_truncated"]


class Cause(StrEnum):
    """Why no group of a step has a non-zero reward variance, or why one that has teaches nothing."""

    TRUNCATED = "all_fail_truncated"
    NO_BOX = "all_fail_no_box"
    WRONG = "boxes_but_wrong"
    FAIL = "all_fail"
    RIGHT = "all_right"
    EITHER = "all_right_or_all_wrong"
    UNPAID = "right_but_no_reward"
    COPIES = "duplicate_texts"
    FORM = "only_a_part_is_earned"
    CANCEL = "rewards_cancel"
    AT_RANDOM = "drawn_at_random"


# Names of the suite's reward that is a coin, also where a trainer took it by its path.
COINS = frozenset({"random", "random_reward"})
# The larger part of the failed completions names the cause.
MOST = 0.5
# Words in the name of a reward that pays for the answer and not for its form.
JUDGES = ("accura", "correct", "exact", "solv", "right")


def at_random(completions: Sequence[TrainingCompletion]) -> bool:
    """Return whether a coin is the only reward."""
    names = {name for c in completions for name in c.rewards}
    return bool(names) and names <= COINS


def cause_of(groups: Sequence[Sequence[TrainingCompletion]], logged: TrainingStep, best: float) -> Cause:
    """Say why no group has reward variance.

    Parameters
    ----------
    groups
        Completions of one step, each with a reward.
    best
        The highest reward of the training: where no verdicts are known, it says that a completion is right.
    """
    if any(_cancels(g) for g in groups):
        return Cause.CANCEL
    if all(len(g) > 1 and len({c.text for c in g}) == 1 for g in groups):
        return Cause.COPIES
    completions = [c for g in groups for c in g]
    succeeded = [_succeeded(c, best) for c in completions]
    # Right answers that earn nothing, or no more than the wrong ones beside them: the reward reads them otherwise.
    mixed = any(len({_succeeded(c, best) for c in g}) == 2 for g in groups)
    if mixed or any(c.outcome == "correct" and (c.reward or 0.0) <= 0 for c in completions):
        return Cause.UNPAID
    cut = share_truncated(completions, logged)
    if all(c.outcome is None for c in completions) and _earns_a_part(_earned(completions)):
        return Cause.TRUNCATED if cut is not None and cut >= MOST else Cause.FORM
    if any(succeeded):
        return Cause.RIGHT if all(succeeded) else Cause.EITHER
    if cut is not None and cut >= MOST:
        return Cause.TRUNCATED
    if all(c.outcome is None for c in completions):
        return Cause.FAIL
    boxed = sum(c.box in ("number", "other") for c in completions) / len(completions)
    return Cause.WRONG if boxed > 1 - MOST else Cause.NO_BOX


def cause_by_log(logged: TrainingStep) -> Cause:
    """Say why no group has reward variance where there are no completions: by the trainer's means and its share cut."""
    cut = share_truncated((), logged)
    if cut is not None and cut >= MOST:
        return Cause.TRUNCATED
    means = {
        name.removeprefix("rewards/").removesuffix("/mean"): (float(value), float(value))
        for name, value in logged.metrics.items()
        if name.startswith("rewards/") and not name.endswith("/std")
    }
    if _earns_a_part(means):
        return Cause.FORM
    if float(logged.metrics.get("reward", 0.0)) <= 0:
        return Cause.FAIL
    return Cause.EITHER if any(logged.metrics.get(f"rewards/{name}/std") for name in means) else Cause.RIGHT


def _cancels(group: Sequence[TrainingCompletion]) -> bool:
    """Tell whether two rewards or more differ within a group whose totals are equal."""
    names = dict.fromkeys(name for c in group for name in c.rewards)
    return sum(len({c.rewards.get(name) for c in group}) > 1 for name in names) > 1


def _earned(completions: Sequence[TrainingCompletion]) -> dict[str, tuple[float, float]]:
    """Return the lowest and the highest value of each reward."""
    found: dict[str, tuple[float, float]] = {}
    for name in dict.fromkeys(name for c in completions for name in c.rewards):
        values = [value for c in completions if (value := c.rewards.get(name)) is not None]
        if values:
            found[name] = (min(values), max(values))
    return found


def _earns_a_part(earned: Mapping[str, tuple[float, float]]) -> bool:
    """Tell whether all earn one reward and none another; where all earn the one for the answer, all are right."""
    paid = [name for name, (lowest, _) in earned.items() if lowest > 0]
    unpaid = [name for name, (_, highest) in earned.items() if highest <= 0]
    return bool(paid and unpaid) and not any(word in name.lower() for name in paid for word in JUDGES)


def _succeeded(completion: TrainingCompletion, best: float) -> bool:
    """Whether it is right; without a verdict, whether it has the best reward of the training, which is above 0."""
    if completion.outcome is not None:
        return completion.outcome == "correct"
    return completion.reward is not None and completion.reward >= best > 0


def share_truncated(completions: Sequence[TrainingCompletion], logged: TrainingStep) -> float | None:
    """Return the share of truncated completions, from the trainer's own number where the rows do not say."""
    if completions and all(c.stop_reason != "unknown" for c in completions):
        return share([c.stop_reason == "length" for c in completions])
    logged_share = logged.metrics.get("completions/clipped_ratio")
    return None if logged_share is None else float(logged_share)


def share(values: Sequence[bool]) -> float | None:
    """Return the share of True, None of nothing."""
    return sum(values) / len(values) if values else None
