"""The curves of a training against its steps, each as a table and the figure that draws it."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from analyses.training_signal.steps import StepSignal
from analyses.training_signal.tables import Training, component_names, series
from evalsuite.findings import Cell, Figure, Table
from evalsuite.wording.language import tr

__all__ = ["curves_of"]

Curve = tuple[str, Callable[[StepSignal], float | None]]


@dataclass(frozen=True, slots=True)
class _Plan:
    key: str
    title: str
    description: str
    curves: tuple[Curve, ...]
    unit: str = "number"


def curves_of(training: Training, number: int) -> list[tuple[Table, Figure]]:
    """Return the curves of the training with this number on the page; those without two points are left out."""
    found = []
    for plan in _plans(training):
        points = [(name, [(s.step, value(s)) for s in training.signals]) for name, value in plan.curves]
        table = series(f"training_{plan.key}_{number}", plan.title, points)
        if table is not None:
            found.append((table, _figure(table, plan)))
    return found


def _plans(training: Training) -> tuple[_Plan, ...]:
    label = training.head.label
    return (
        _Plan(
            "shares",
            tr("Groups and completions of {label}", label=label),
            tr("Share of groups whose rewards differ, and of completions that are right, boxed and truncated."),
            (
                (tr("groups with non-zero reward variance"), lambda s: s.n_varied / s.n_groups if s.n_groups else None),
                (tr("right"), lambda s: s.share_right),
                (tr("number in a box"), lambda s: s.share_boxed),
                (tr("truncated"), lambda s: s.share_truncated),
            ),
            "share",
        ),
        _Plan(
            "loss",
            tr("Loss of {label}", label=label),
            tr("The logged loss, and the one worked out from advantages and lengths. Where they agree one is seen."),
            ((tr("worked out"), lambda s: s.predicted), (tr("logged"), lambda s: s.logged.loss)),
        ),
        _Plan(
            "gradient",
            tr("Gradient of {label}", label=label),
            tr("The norm of the gradient; zero where nothing reaches the weights."),
            ((tr("gradient"), lambda s: s.logged.grad_norm),),
        ),
        _Plan(
            "distance",
            tr("Relative weight change of {label}", label=label),
            tr("How far the trained weights are from their start, as a share of their norm."),
            ((tr("relative change"), lambda s: s.logged.distance),),
        ),
        _Plan(
            "entropy",
            tr("Entropy of {label}", label=label),
            tr("Entropy of a token: near zero, completions become copies of each other."),
            ((tr("entropy"), lambda s: s.logged.entropy), (tr("KL"), lambda s: s.logged.kl)),
        ),
        _Plan(
            "rewards",
            tr("Rewards of {label}", label=label),
            tr("Mean of the total reward and of each component, before its weight."),
            ((tr("total"), lambda s: s.mean_reward), *_components(training)),
        ),
    )


def _components(training: Training) -> tuple[Curve, ...]:
    def of(name: str) -> Callable[[StepSignal], float | None]:
        def value(signal: StepSignal) -> float | None:
            known = [v for c in signal.completions if (v := c.rewards.get(name)) is not None]
            return sum(known) / len(known) if known else None

        return value

    names = component_names(training)
    return tuple((name, of(name)) for name in names) if len(names) > 1 else ()


def _figure(table: Table, plan: _Plan) -> Figure:
    lowest = min((y for y in table.numbers("y") if not math.isnan(y)), default=0.0)
    options: dict[str, Cell] = {
        "x_title": tr("step"),
        "y_title": tr("share") if plan.unit == "share" else tr("value"),
        "unit": plan.unit,
        "floor": 1.05 * min(0.0, lowest),
    }
    return Figure(table.name, "curves", plan.title, plan.description, table.name, options)
