"""What one step of a group-relative training had to learn from, and why its loss is what it is.

A group teaches something only if its raw rewards differ, max > min. The trainer's own share of groups with zero
variance is not used for that: rewards such as 0.2 leave a rounding error that it takes for variance.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import Any

from analyses.training_signal.causes import Cause, at_random, cause_by_log, cause_of, share, share_truncated
from evalsuite.stats.policy_loss import Scale, group_advantages, logged_loss
from evalsuite.store.trainings import NOT_FINITE, TrainingCompletion, TrainingStep

__all__ = ["StepKind", "StepSignal", "TrainerSettings", "signals"]


class StepKind(StrEnum):
    """Classes of steps; in `SIGNAL` and `BY_CONSTRUCTION` the weights follow the rewards. See `advice.ADVICE`."""

    NOT_FINITE = "not_finite"
    HIDDEN = "zero_loss_not_finite"
    SIGNAL = "signal"
    BY_CONSTRUCTION = "zero_loss_by_construction"
    STATIC = "static_weights"
    MASKED = "masked"
    ZERO_VARIANCE = "zero_variance"
    RESIDUAL = "floating_point_residual"
    LOSS_WITHOUT_VARIANCE = "loss_without_variance"
    NO_REWARD = "no_reward"
    UNKNOWN = "not_recorded"


# A logged loss this small is zero but for rounding.
ZERO_LOSS = 1e-6


@dataclass(frozen=True, slots=True)
class TrainerSettings:
    """What of the trainer's configuration decides how a step is read; None where it is unknown."""

    loss_type: str | None = None
    micro_batch: int | None = None
    accumulation: int | None = None
    steps_per_generation: int | None = None
    iterations: int | None = None
    cap: int | None = None
    beta: float = 0.0
    entropy_coefficient: float = 0.0
    masks_cut: bool = False
    scale: Scale = "group"

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> "TrainerSettings":
        """Read the fields of TRL's GRPOConfig, each of which may be missing."""
        scales: dict[Any, Scale] = {True: "group", False: "none", "group": "group", "batch": "batch", "none": "none"}
        return cls(
            loss_type=config.get("loss_type"),
            micro_batch=config.get("per_device_train_batch_size"),
            accumulation=config.get("gradient_accumulation_steps"),
            steps_per_generation=config.get("steps_per_generation"),
            iterations=config.get("num_iterations"),
            cap=config.get("max_completion_length"),
            beta=float(config.get("beta") or 0.0),
            entropy_coefficient=float(config.get("entropy_coef") or 0.0),
            masks_cut=bool(config.get("mask_truncated_completions")),
            scale=scales.get(config.get("scale_rewards"), "group"),
        )

    @property
    def fresh(self) -> bool:
        """Whether every step uses all completions that were just sampled, and once."""
        reused = self.steps_per_generation is not None and self.steps_per_generation != (self.accumulation or 1)
        return not reused and (self.iterations or 1) == 1


@dataclass(frozen=True, slots=True)
class StepSignal:
    """One step.

    Attributes
    ----------
    cause
        Why no group has reward variance, or that what varies is drawn at random; None for every other kind.
    logged
        What the trainer logged, all None where nothing.
    completions
        What the step learned from; of an earlier step where `carried`.
    n_groups, n_varied, n_residual
        Groups with a reward; those whose rewards differ; those with equal rewards that got an advantage all the same.
    predicted
        The loss that must be logged, from advantages and lengths; None where it does not follow.
    moved
        How far the weights moved in this step, as a share of their norm; None where not recorded.
    """

    step: int
    kind: StepKind
    cause: Cause | None
    logged: TrainingStep
    completions: tuple[TrainingCompletion, ...]
    carried: bool
    n_groups: int
    n_varied: int
    n_residual: int
    predicted: float | None
    moved: float | None

    @property
    def share_right(self) -> float | None:
        """Share of completions that are right, None where no verdict is known."""
        known = [c.outcome == "correct" for c in self.completions if c.outcome is not None]
        return sum(known) / len(known) if known else None

    @property
    def share_truncated(self) -> float | None:
        """Share of truncated completions, from the trainer's own number where the rows do not say."""
        return share_truncated(self.completions, self.logged)

    @property
    def share_boxed(self) -> float | None:
        """Share of completions with a number in a box."""
        return share([c.box == "number" for c in self.completions])

    @property
    def mean_reward(self) -> float | None:
        """Mean total reward, from the trainer's own number where there are no completions."""
        if not self.completions and isinstance(logged := self.logged.metrics.get("reward"), int | float):
            return float(logged)
        known = [c.reward for c in self.completions if c.reward is not None]
        return math.fsum(known) / len(known) if known else None


def signals(
    steps: Sequence[TrainingStep], completions: Sequence[TrainingCompletion], settings: TrainerSettings
) -> tuple[StepSignal, ...]:
    """Classify every step of a training, in order."""
    batches = {step: tuple(group) for step, group in groupby(completions, key=lambda c: c.step)}
    logs = {step.step: step for step in steps}
    best = max((c.reward for c in completions if c.reward is not None), default=0.0)
    found: list[StepSignal] = []
    batch: tuple[TrainingCompletion, ...] = ()
    distance: float | None = 0.0
    for step in sorted(batches.keys() | logs.keys()):
        carried = step not in batches
        batch = batches.get(step, batch)
        logged = logs.get(step, TrainingStep(step))
        moved = None if logged.distance is None or distance is None else abs(logged.distance - distance)
        found.append(_signal(logged, batch, carried, moved, settings, best))
        distance = logged.distance
    return tuple(found)


def _signal(
    logged: TrainingStep,
    batch: tuple[TrainingCompletion, ...],
    carried: bool,
    moved: float | None,
    settings: TrainerSettings,
    best: float,
) -> StepSignal:
    groups = [tuple(g) for _, g in groupby(batch, key=lambda c: c.group_index)]
    rewarded = [g for g in groups if any(c.reward is not None for c in g)]
    varied = [g for g in rewarded if _has_variance(g)]
    residual = _residual(rewarded, len(varied), logged, settings)
    cause: Cause | None = None
    if broken := logged.metrics.get(NOT_FINITE):
        kind = StepKind.HIDDEN if "loss" not in broken and _is_zero(logged.loss) else StepKind.NOT_FINITE
    elif not batch:
        kind = _by_log(logged)
        cause = cause_by_log(logged) if kind is StepKind.ZERO_VARIANCE else None
    elif not rewarded:
        kind = StepKind.NO_REWARD
    elif varied:
        kind = _with_variance(varied, logged, moved, settings)
        cause = Cause.AT_RANDOM if at_random(batch) else None
    else:
        kind = _without_variance(logged, residual)
        cause = cause_of(rewarded, logged, best) if kind is StepKind.ZERO_VARIANCE else None
    return StepSignal(
        step=logged.step,
        kind=kind,
        cause=cause,
        logged=logged,
        completions=batch,
        carried=carried,
        n_groups=len(rewarded),
        n_varied=len(varied),
        n_residual=residual,
        predicted=None if carried or not batch else _predicted(batch, logged, settings),
        moved=moved,
    )


def _has_variance(group: Sequence[TrainingCompletion]) -> bool:
    known = [c.reward for c in group if c.reward is not None]
    return max(known) != min(known)


def _residual(
    groups: Sequence[Sequence[TrainingCompletion]], n_varied: int, logged: TrainingStep, settings: TrainerSettings
) -> int:
    """Count groups with equal rewards whose advantages are not zero: what rounding leaves of rewards such as 0.2."""
    if all(c.advantage is not None for g in groups for c in g):
        return sum(not _has_variance(g) and any(c.advantage != 0 for c in g) for g in groups)
    share = logged.metrics.get("frac_reward_zero_std")
    # With another scale the metric is no share of groups.
    if share is None or settings.scale == "batch":
        return 0
    return max(0, round((1 - float(share)) * len(groups)) - n_varied)


def _with_variance(
    varied: Sequence[Sequence[TrainingCompletion]], logged: TrainingStep, moved: float | None, settings: TrainerSettings
) -> StepKind:
    all_cut = all(c.stop_reason == "length" for group in varied for c in group)
    if logged.grad_norm == 0 or (settings.masks_cut and all_cut):
        return StepKind.MASKED
    if moved == 0 or (moved is None and logged.learning_rate == 0):
        return StepKind.STATIC
    return StepKind.BY_CONSTRUCTION if _is_zero(logged.loss) else StepKind.SIGNAL


def _is_zero(loss: float | None) -> bool:
    return loss is not None and abs(loss) < ZERO_LOSS


def _by_log(logged: TrainingStep) -> StepKind:
    """Classify a step without completions by what the trainer logged of its rewards."""
    equal, deviation = logged.metrics.get("frac_reward_zero_std"), logged.metrics.get("reward_std")
    if equal is None and deviation is None:
        return StepKind.UNKNOWN
    if equal == 1 or (equal is None and deviation == 0):
        return StepKind.ZERO_VARIANCE if _is_zero(logged.loss or 0.0) else StepKind.LOSS_WITHOUT_VARIANCE
    return _with_variance((), logged, None, TrainerSettings())


def _without_variance(logged: TrainingStep, residual: int) -> StepKind:
    # A gradient or a loss that is not exactly zero, though no group prefers any of its completions.
    if not logged.grad_norm and not logged.loss:
        return StepKind.ZERO_VARIANCE
    return StepKind.RESIDUAL if residual else StepKind.LOSS_WITHOUT_VARIANCE


def _predicted(batch: Sequence[TrainingCompletion], logged: TrainingStep, settings: TrainerSettings) -> float | None:
    lengths = [c.n_tokens for c in batch if c.n_tokens is not None]
    if settings.loss_type is None or not settings.fresh or settings.entropy_coefficient or len(lengths) < len(batch):
        return None
    stored = [c.advantage for c in batch if c.advantage is not None]
    rewards = [math.nan if c.reward is None else c.reward for c in batch]
    loss = logged_loss(
        stored
        if len(stored) == len(batch)
        else group_advantages(rewards, [c.group_index for c in batch], scale=settings.scale),
        lengths,
        loss_type=settings.loss_type,
        micro_batch=settings.micro_batch,
        max_length=settings.cap,
        kept=[not (settings.masks_cut and c.stop_reason == "length") for c in batch],
    )
    if settings.beta:
        # The penalty on leaving the reference model; the trainer logs its mean over tokens.
        loss += settings.beta * (math.nan if logged.kl is None else logged.kl)
    return None if math.isnan(loss) else loss
