"""The curves of a training against its steps, each as a table and the figure that draws it."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from analyses.training_signal.steps import StepSignal
from analyses.training_signal.tables import Training, component_names, series
from evalsuite.findings import Cell, Figure, Table
from evalsuite.wording.language import tr

__all__ = ["curves_of"]

Value = Callable[[StepSignal], float | None]
Curve = tuple[str, Value, Sequence[StepSignal]]


@dataclass(frozen=True, slots=True)
class _Plan:
    key: str
    title: str
    description: str
    curves: tuple[Curve, ...]
    axis: str
    unit: str = "number"


def curves_of(trainings: Sequence[Training]) -> list[tuple[Table, Figure]]:
    """Return the curves of one training, or of several each quantity with one line a training.

    Those without two points are left out.
    """
    plans = _plans(trainings[0]) if len(trainings) == 1 else _plans_of_several(trainings)
    found = []
    for plan in plans:
        points = [(name, [(s.step, value(s)) for s in signals]) for name, value, signals in plan.curves]
        table = series(f"training_{plan.key}", plan.title, points)
        if table is not None:
            found.append((table, _figure(table, plan, several=len(trainings) > 1)))
    return found


def _plans_of_several(trainings: Sequence[Training]) -> tuple[_Plan, ...]:
    words = tr("One line per training run.")

    def plan(key: str, title: str, value: Value, unit: str = "number") -> _Plan:
        curves = tuple((training.head.label, value, training.signals) for training in trainings)
        return _Plan(key, title, words, curves, title, unit)

    return (
        plan("shares_varied", tr("groups with non-zero reward variance"), _varied, "share"),
        plan("shares_right", tr("completions that are right"), lambda s: s.share_right, "share"),
        plan("loss", tr("logged loss"), lambda s: s.logged.loss),
        plan("gradient", tr("norm of the gradient"), lambda s: s.logged.grad_norm),
        plan("distance", tr("relative weight change"), lambda s: s.logged.distance),
        plan("entropy", tr("entropy of a token"), lambda s: s.logged.entropy),
        plan("rewards", tr("mean reward"), lambda s: s.mean_reward),
    )


def _varied(signal: StepSignal) -> float | None:
    return signal.n_varied / signal.n_groups if signal.n_groups else None


def _plans(training: Training) -> tuple[_Plan, ...]:
    label = training.head.label

    def of(*curves: tuple[str, Value]) -> tuple[Curve, ...]:
        return tuple((name, value, training.signals) for name, value in curves)

    return (
        _Plan(
            "shares",
            tr("Groups and completions of {label}", label=label),
            tr("Share of groups whose rewards differ, and of completions that are right, boxed and truncated."),
            of(
                (tr("groups with non-zero reward variance"), _varied),
                (tr("right"), lambda s: s.share_right),
                (tr("number in a box"), lambda s: s.share_boxed),
                (tr("truncated"), lambda s: s.share_truncated),
            ),
            tr("share"),
            "share",
        ),
        _Plan(
            "loss",
            tr("Loss of {label}", label=label),
            tr("The logged loss, and the one worked out from advantages and lengths. Where they agree one is seen."),
            of((tr("worked out"), lambda s: s.predicted), (tr("logged"), lambda s: s.logged.loss)),
            tr("loss of a step"),
        ),
        _Plan(
            "gradient",
            tr("Gradient of {label}", label=label),
            tr("The norm of the gradient; zero where nothing reaches the weights."),
            of((tr("gradient"), lambda s: s.logged.grad_norm)),
            tr("norm of the gradient"),
        ),
        _Plan(
            "distance",
            tr("Relative weight change of {label}", label=label),
            tr("How far the trained weights are from their start, as a share of their norm."),
            of((tr("relative change"), lambda s: s.logged.distance)),
            tr("relative weight change"),
        ),
        _Plan(
            "entropy",
            tr("Entropy of {label}", label=label),
            tr("Entropy of a token: near zero, completions become copies of each other."),
            of((tr("entropy"), lambda s: s.logged.entropy), (tr("KL"), lambda s: s.logged.kl)),
            tr("nats a token"),
        ),
        _Plan(
            "rewards",
            tr("Rewards of {label}", label=label),
            tr("Mean of the total reward and of each component, before its weight."),
            of((tr("total"), lambda s: s.mean_reward), *_components(training)),
            tr("mean reward"),
        ),
    )


def _components(training: Training) -> tuple[tuple[str, Value], ...]:
    def of(name: str) -> Value:
        def value(signal: StepSignal) -> float | None:
            known = [v for c in signal.completions if (v := c.rewards.get(name)) is not None]
            return sum(known) / len(known) if known else None

        return value

    names = component_names(training)
    return tuple((name, of(name)) for name in names) if len(names) > 1 else ()


def _figure(table: Table, plan: _Plan, *, several: bool) -> Figure:
    lowest = min((y for y in table.numbers("y") if not math.isnan(y)), default=0.0)
    options: dict[str, Cell] = {
        "x_title": tr("step"),
        "y_title": plan.axis,
        "unit": plan.unit,
        "floor": 1.05 * min(0.0, lowest),
        # The colour of the base is that of no training, and quantities of one training are no runs.
        **({"first": 1} if several else {"neutral": True}),
    }
    return Figure(table.name, "curves", plan.title, plan.description, table.name, options)
