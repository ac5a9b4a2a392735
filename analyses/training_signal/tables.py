"""The tables of a training: what was set, what each step had to learn from, and what its groups foretell."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from analyses.training_signal.advice import ADVICE, step_name
from analyses.training_signal.causes import Cause
from analyses.training_signal.steps import StepKind, StepSignal, TrainerSettings
from evalsuite.findings import Cell, Column, Table
from evalsuite.stats.policy_loss import group_advantages, logged_loss
from evalsuite.store.trainings import TrainingCompletion, TrainingHead
from evalsuite.wording.language import N_, tr

__all__ = [
    "Training",
    "classes",
    "component_names",
    "components",
    "displayed",
    "lengths",
    "self_check",
    "series",
    "setup",
    "steps",
]

SHOWN_STEPS = 60


@dataclass(frozen=True, slots=True)
class Training:
    """A stored training, read."""

    head: TrainingHead
    settings: TrainerSettings
    signals: tuple[StepSignal, ...]

    @property
    def config(self) -> dict[str, Any]:
        """Fields of TRL's GRPOConfig, as far as known."""
        found = self.head.config.get("grpo", {})
        return found if isinstance(found, dict) else {}

    @property
    def sampled(self) -> tuple[StepSignal, ...]:
        """The steps with completions of their own."""
        return tuple(s for s in self.signals if not s.carried and s.completions)

    @property
    def groups(self) -> list[tuple[TrainingCompletion, ...]]:
        """Every sampled group with a reward, in order."""
        found: dict[tuple[int, int], list[TrainingCompletion]] = {}
        for signal in self.sampled:
            for completion in signal.completions:
                if completion.reward is not None:
                    found.setdefault((signal.step, completion.group_index), []).append(completion)
        return [tuple(group) for group in found.values()]


def setup(trainings: Sequence[Training]) -> Table:
    """Return one row a setting, one column a training."""
    file = [t.head.config.get("file") or {} for t in trainings]
    rows: list[tuple[Cell, ...]] = []

    def row(name: str, values: Sequence[Any]) -> None:
        if any(v is not None for v in values):
            rows.append((name, *(tr("not recorded") if v is None else _cell(v) for v in values)))

    row(tr("method"), [t.head.method for t in trainings])
    row(tr("model"), [t.head.details.get("model") for t in trainings])
    row(tr("problems"), [t.head.details.get("dataset") for t in trainings])
    row(tr("rewards and weights"), [_weights(f.get("rewards")) for f in file])
    for name, title in (
        ("num_generations", tr("completions per group")),
        ("per_device_train_batch_size", tr("completions per micro-batch")),
        ("gradient_accumulation_steps", tr("micro-batches per step")),
        ("max_completion_length", tr("token limit")),
        ("temperature", tr("temperature")),
        ("learning_rate", tr("learning rate")),
        ("loss_type", tr("loss type")),
        ("beta", tr("weight of the reference model")),
        ("scale_rewards", tr("rewards scaled by")),
        ("mask_truncated_completions", tr("truncated completions masked")),
    ):
        row(title, [t.config.get(name) for t in trainings])
    row(tr("steps"), [len(t.signals) for t in trainings])
    row(tr("completions sampled"), [sum(len(s.completions) for s in t.sampled) for t in trainings])
    row(tr("TRL"), [(t.head.details.get("versions") or {}).get("trl") for t in trainings])
    columns = (Column("property", tr("Setting")), *(Column(f"t{i}", t.head.label) for i, t in enumerate(trainings)))
    return Table("setup", tr("What was set"), columns, tuple(rows))


def _cell(value: Any) -> Cell:
    return value if isinstance(value, str | int | float | bool) else str(value)


def _weights(rewards: Any) -> str | None:
    if not isinstance(rewards, dict) or not rewards:
        return None
    return ", ".join(f"{name} {weight:g}" for name, weight in rewards.items())


def classes(trainings: Sequence[Training]) -> Table:
    """Return how many steps of each training belong to each class, what that means, and what to change."""
    rows: list[tuple[Cell, ...]] = []
    for training in trainings:
        found = Counter((s.kind, s.cause) for s in training.signals)
        for kind, cause in sorted(found, key=lambda pair: (list(StepKind).index(pair[0]), _rank(pair[1]))):
            advice = ADVICE[cause or kind]
            n = found[kind, cause]
            share = n / len(training.signals)
            rows.append((training.head.label, step_name(kind, cause), n, share, tr(advice.meaning), tr(advice.change)))
    columns = (
        Column("label", tr("Training run")),
        Column("kind", tr("Class of step")),
        Column("n", tr("Steps"), "count"),
        Column("share", tr("Share"), "proportion"),
        Column("meaning", tr("What it means")),
        Column("change", tr("What to change")),
    )
    note = tr(
        "Variance is judged on the raw rewards: a group has none where its largest and smallest reward are equal. The "
        "trainer's own metric is not used for it."
    )
    return Table("training_classes", tr("What each step had to learn from"), columns, tuple(rows), note)


def _rank(cause: Cause | None) -> int:
    return -1 if cause is None else list(Cause).index(cause)


def steps(training: Training, name: str) -> Table:
    """Return the numbers of each step; of many steps, some at equal distances."""
    signals = training.signals
    if len(signals) > SHOWN_STEPS:
        at = np.unique(np.linspace(0, len(signals) - 1, SHOWN_STEPS).round().astype(int))
        signals = tuple(signals[i] for i in at)
    rows: list[tuple[Cell, ...]] = [
        (
            s.step, step_name(s.kind, s.cause),
            s.logged.loss, s.predicted, s.logged.grad_norm, s.n_varied, s.n_groups, s.n_residual,
            s.mean_reward, s.share_right, s.share_boxed, s.share_truncated,
            s.logged.entropy, s.logged.kl, s.logged.learning_rate, s.logged.distance,
        )
        for s in signals
    ]  # fmt: skip
    columns = (
        Column("step", tr("Step"), "count"),
        Column("kind", tr("Class")),
        Column("loss", tr("Loss"), "number"),
        Column("predicted", tr("Loss expected"), "number"),
        Column("grad_norm", tr("Gradient"), "number"),
        Column("varied", tr("Groups with non-zero reward variance"), "count"),
        Column("groups", tr("Groups"), "count"),
        Column("residual", tr("Equal, but given advantages"), "count"),
        Column("reward", tr("Mean reward"), "number"),
        Column("right", tr("Right"), "proportion"),
        Column("boxed", tr("Number in a box"), "proportion"),
        Column("truncated", tr("Truncated"), "proportion"),
        Column("entropy", tr("Entropy"), "number"),
        Column("kl", tr("KL"), "number"),
        Column("rate", tr("Learning rate"), "number"),
        Column("distance", tr("Relative weight change"), "number"),
    )
    kept = [i for i, c in enumerate(columns) if any(row[i] is not None for row in rows)]
    note = tr(
        "The loss expected follows from advantages and lengths alone. The relative weight change is the "
        "norm of the change of the trained weights since the start, over their norm at the start."
    )
    if len(signals) < len(training.signals):
        note = tr("{note} {n} of {total} steps are shown.", note=note, n=len(signals), total=len(training.signals))
    return Table(
        name,
        tr("Steps of {label}", label=training.head.label),
        tuple(columns[i] for i in kept),
        tuple(tuple(row[i] for i in kept) for row in rows),
        note,
    )


def series(name: str, title: str, curves: Sequence[tuple[str, Sequence[tuple[int, float | None]]]]) -> Table | None:
    """Return curves against the step as one table for a figure; None where no curve has two points."""
    known = [(label, [(x, y) for x, y in points if y is not None and math.isfinite(y)]) for label, points in curves]
    rows: list[tuple[Cell, ...]] = [(label, x, y) for label, points in known if len(points) > 1 for x, y in points]
    if not rows:
        return None
    columns = (Column("label", tr("Curve")), Column("x", tr("Step"), "count"), Column("y", tr("Value"), "number"))
    return Table(name, title, columns, tuple(rows))


def lengths(trainings: Sequence[Training]) -> Table | None:
    """Return how long right and wrong completions are."""
    rows: list[tuple[Cell, ...]] = []
    for training in trainings:
        found: dict[str, list[TrainingCompletion]] = {tr("right"): [], tr("wrong"): []}
        for signal in training.sampled:
            for c in signal.completions:
                if c.outcome is not None and c.n_tokens is not None:
                    found[tr("right") if c.outcome == "correct" else tr("wrong")].append(c)
        for which, completions in found.items():
            if completions:
                tokens = [c.n_tokens or 0 for c in completions]
                cut = sum(c.stop_reason == "length" for c in completions) / len(completions)
                rows.append(
                    (training.head.label, which, len(tokens), float(np.mean(tokens)), float(np.median(tokens)), cut)
                )
    if not rows:
        return None
    columns = (
        Column("label", tr("Training run")),
        Column("which", tr("Completions")),
        Column("n", tr("Number"), "count"),
        Column("mean", tr("Mean tokens"), "tokens"),
        Column("median", tr("Median tokens"), "tokens"),
        Column("truncated", tr("Truncated"), "proportion"),
    )
    note = tr(
        "With the loss types dapo and dr_grpo the logged loss is positive where failures are longer than successes, "
        "and negative where they are shorter."
    )
    return Table("training_lengths", tr("Lengths of right and wrong completions"), columns, tuple(rows), note)


def self_check(trainings: Sequence[Training]) -> Table | None:
    """Return how well the logged loss follows from advantages and lengths."""
    rows: list[tuple[Cell, ...]] = []
    for training in trainings:
        pairs = [(s.predicted, s.logged.loss) for s in training.signals]
        known = [(p, loss) for p, loss in pairs if p is not None and loss is not None]
        if known:
            rows.append(
                (
                    training.head.label,
                    training.settings.loss_type,
                    tr(FORMULAS[training.settings.loss_type or ""]),
                    len(known),
                    max(abs(loss) for _, loss in known),
                    max(abs(p - loss) for p, loss in known),
                )
            )
    if not rows:
        return None
    columns = (
        Column("label", tr("Training run")),
        Column("loss_type", tr("Loss type")),
        Column("formula", tr("Loss expected")),
        Column("n", tr("Steps checked"), "count"),
        Column("largest", tr("Largest loss"), "number"),
        Column("gap", tr("Largest gap"), "number"),
    )
    note = tr(
        "A is the advantage and L the length of a completion. No probability occurs in the formula: while completions "
        "are freshly sampled, the logged loss says how length goes with advantage, not how the training goes."
    )
    return Table("training_check", tr("The logged loss, worked out"), columns, tuple(rows), note)


FORMULAS = {
    "grpo": N_("−mean(A), which is 0"),
    "bnpo": N_("−Σ A L / Σ L in each micro-batch"),
    "dapo": N_("−Σ A L / Σ L"),
    "dr_grpo": N_("−Σ A L / (n × token limit)"),
}


def displayed() -> Table:
    """Return what loss is logged for one group whose rewards vary and one whose do not, by loss type."""
    some, none = group_advantages([1, 0, 0, 0], [0] * 4).tolist(), [0.0] * 4
    unequal, equal, cap = [40, 100, 160, 300], [150] * 4, 300
    cases = ((some, unequal), (some, equal), (none, unequal))
    kinds = (
        (tr("grpo, or bnpo with one completion a micro-batch"), "grpo"),
        (tr("dapo, or bnpo with whole groups"), "dapo"),
        ("dr_grpo", "dr_grpo"),
    )
    rows: list[tuple[Cell, ...]] = [
        (name, *(logged_loss(a, n, loss_type=kind, max_length=cap) for a, n in cases)) for name, kind in kinds
    ]
    columns = (
        Column("kind", tr("Loss type")),
        Column("unequal", tr("Non-zero variance, lengths differ"), "number"),
        Column("equal", tr("Non-zero variance, lengths equal"), "number"),
        Column("none", tr("Zero variance"), "number"),
    )
    note = tr(
        "One group of four completions with one success, of 40, 100, 160 and 300 tokens. A loss of 0 cannot tell "
        "the first two columns from the third; the gradient can, because it is zero only in the third."
    )
    return Table("training_displayed", tr("What loss is logged, with a signal and without"), columns, tuple(rows), note)


def components(trainings: Sequence[Training]) -> Table | None:
    """Return each reward component and the share right at the start and at the end of each training."""
    rows: list[tuple[Cell, ...]] = []
    for training in trainings:
        third = len(training.sampled) // 3
        if third < 1 or training.head.method == "probe":
            continue
        ends = (training.sampled[:third], training.sampled[-third:])
        for key, name in ((None, tr("right")), *((n, n) for n in component_names(training))):
            values = [_group_means(part, key) for part in ends]
            if min(len(v) for v in values) < 2:
                continue
            first, last = (float(np.mean(v)) for v in values)
            error = math.sqrt(sum(float(np.var(v, ddof=1)) / len(v) for v in values))
            rows.append((training.head.label, name, len(values[0]), first, last, last - first, error))
    if not rows:
        return None
    columns = (
        Column("label", tr("Training run")),
        Column("component", tr("Component")),
        Column("n", tr("Groups in each third"), "count"),
        Column("first", tr("First third"), "number"),
        Column("last", tr("Last third"), "number"),
        Column("change", tr("Change"), "number"),
        Column("error", tr("Standard error"), "number"),
    )
    note = tr(
        "Means over groups of raw components, before their weights. Prompts differ between the thirds; that is in the "
        "standard error. A component that rises while `right` does not may be rewarded for its own sake."
    )
    return Table("training_components", tr("Reward components from start to end"), columns, tuple(rows), note)


def component_names(training: Training) -> list[str]:
    """Return the names of the reward components, in order of appearance."""
    return list(dict.fromkeys(name for s in training.sampled for c in s.completions for name in c.rewards))


def _group_means(part: Sequence[StepSignal], name: str | None) -> list[float]:
    found: dict[tuple[int, int], list[float]] = {}
    for signal in part:
        for c in signal.completions:
            value = (
                (None if c.outcome is None else float(c.outcome == "correct")) if name is None else c.rewards.get(name)
            )
            if value is not None:
                found.setdefault((signal.step, c.group_index), []).append(value)
    return [math.fsum(values) / len(values) for values in found.values()]
