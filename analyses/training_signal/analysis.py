"""Why is the loss what it is, and did this training have a signal? Read off the raw rewards of every group.

Without a training it answers for the tutorial's: what its zero loss shows, and what it does not.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from analyses.runs.reproduce import analysis_command
from analyses.training_signal import forecast
from analyses.training_signal import tables as training_tables
from analyses.training_signal.advice import ADVICE, step_name
from analyses.training_signal.figures import curves_of
from analyses.training_signal.forecast import groups_of
from analyses.training_signal.steps import StepKind, StepSignal, TrainerSettings, signals
from analyses.training_signal.tables import Training
from evalsuite import __version__
from evalsuite.errors import InputError
from evalsuite.findings import Findings, Table
from evalsuite.store.imports.trl_folder import WARNINGS
from evalsuite.store.store import Store
from evalsuite.store.trainings import find_training, training_completions, training_steps
from evalsuite.wording import numbers
from evalsuite.wording.language import N_, retold, tr

__all__ = ["NAME", "QUESTION", "analyse"]

NAME = "training_signal"
QUESTION = N_("Why is the loss what it is, and did this training have a signal?")
ESTIMAND = N_(
    "For every step of these training runs: whether any group of completions differed in its raw rewards, and what "
    "follows from that for loss, gradient and weights."
)
TUTORIAL = N_(
    "In the tutorial every reward was 0. Then all rewards of a group are equal, every advantage is 0, and so are "
    "loss and gradient: nothing can be learned. But the zero loss does not show that. In the versions of TRL of "
    "that time (0.14 to 0.21), with one completion or one whole group per micro-batch, the logged loss is about 0 "
    "with a signal and without one: the advantages of a group add up to zero, and only the small penalty for "
    "leaving the reference model is left. What tells the two apart is the variance of the raw rewards, and the "
    "gradient."
)
# A change of a component this many standard errors wide is named.
NOTABLE = 2.0


def analyse(store: Store | None, names: Sequence[str] = (), *, seed: int = 0) -> Findings:
    """Say what stored trainings had to learn from; without names, what the tutorial's training could show.

    Parameters
    ----------
    names
        Labels or ids of trainings and of probes; a probe foretells the trainings beside it.
    seed
        Of the resamples; recorded.

    Raises
    ------
    InputError
        A training is not there, is not one with groups, or has no stored steps.
    """
    if store is None or not names:
        return _of_the_tutorial()
    trainings = [_read(store, name) for name in dict.fromkeys(names)]
    trained = [t for t in trainings if t.head.method != "probe"]
    rng = np.random.default_rng(seed)
    curves = curves_of(trained) if trained else []
    found = [
        training_tables.setup(trainings),
        training_tables.classes(trained) if trained else None,
        *(table for table, _ in curves),
        training_tables.self_check(trained),
        forecast.expected(trainings, rng),
        forecast.sizes(trainings, rng),
        training_tables.lengths(trainings),
        training_tables.components(trained),
        *(training_tables.steps(t, f"training_steps_{i}") for i, t in enumerate(trained, 1)),
        training_tables.displayed(),
        forecast.gates(),
        forecast.tutorial(),
    ]
    tables = tuple(table for table in found if table is not None)
    return Findings(
        name=NAME,
        question=tr(QUESTION),
        estimand=tr(ESTIMAND),
        verdict=None,
        label=_label(trained[0]) if len(trained) == 1 else "",
        sentence=tr(" ").join(_sentence(t) for t in trainings),
        notes=_notes(trainings, tables),
        estimates={
            f"zero_variance_{t.head.label}": groups_of(t.groups).zero_variance() for t in trainings if t.groups
        },
        tables=tables,
        figures=tuple(figure for _, figure in curves),
        provenance={
            "command": analysis_command(NAME, [t.head.label for t in trainings], store.path, seed=seed),
            "analysis": {"evalsuite": __version__, "seed": seed},
            "trainings": {
                t.head.label: {
                    "training_id": t.head.training_id, "source": t.head.source, "configuration": t.head.config,
                    "details": t.head.details,
                }
                for t in trainings
            },
        },
    )  # fmt: skip


def _of_the_tutorial() -> Findings:
    table = forecast.tutorial()
    chances = [numbers.chance(share) for share in table.numbers("none")]
    return Findings(
        name=NAME,
        question=tr(QUESTION),
        estimand=tr(ESTIMAND),
        verdict=None,
        sentence=tr(
            "A logged loss of zero says nothing here. At the published accuracies of the tutorial's model, ten "
            "groups of four completions have no reward variance at all with a probability of {low} to {high}: "
            "such a training has almost nothing to learn from, whatever its loss.",
            low=chances[1],
            high=chances[0],
        ),
        notes=(tr(TUTORIAL),),
        tables=(table, training_tables.displayed(), forecast.gates()),
        provenance={"command": f"evalsuite analyse {NAME}", "analysis": {"evalsuite": __version__}},
    )


def _read(store: Store, name: str) -> Training:
    head = find_training(store, name)
    if head.method == "sft":
        raise InputError(f"{head.label} is a supervised training: it has no groups of completions, so no reward signal")
    config = head.config.get("grpo")
    settings = TrainerSettings.of(config if isinstance(config, dict) else {})
    steps, completions = training_steps(store, head.training_id), training_completions(store, head.training_id)
    if not steps and not completions:
        raise InputError(f"nothing is stored of the training {head.label}: it has not made a step yet")
    return Training(head, settings, signals(steps, completions, settings))


def _most_frequent(training: Training) -> StepSignal:
    """Return a step of the most frequent class and cause; of equally frequent ones, that of the first class."""
    counts = Counter((s.kind, s.cause) for s in training.signals)
    return max(training.signals, key=lambda s: (counts[s.kind, s.cause], -list(StepKind).index(s.kind)))


def _label(training: Training) -> str:
    top = _most_frequent(training)
    return step_name(top.kind, top.cause)


def _sentence(training: Training) -> str:
    groups = groups_of(training.groups)
    n = len(groups.counts)
    varied = sum(max(row) < sum(row) for row in groups.counts)
    values = {"label": training.head.label, "varied": numbers.count(varied), "groups": numbers.count(n)}
    if training.head.method == "probe":
        return tr("In the probe {label}, {varied} of {groups} groups had rewards that differ.", **values)
    alive = sum(s.kind in (StepKind.SIGNAL, StepKind.BY_CONSTRUCTION) for s in training.signals)
    values |= {"alive": numbers.count(alive), "total": numbers.count(len(training.signals))}
    if n:
        text = tr(
            "{label}: {alive} of {total} steps had a signal that reached the weights; {varied} of {groups} groups had "
            "rewards that differ.",
            **values,
        )
    else:
        text = tr(
            "{label}: by the trainer's log, {alive} of {total} steps had a signal that reached the weights.", **values
        )
    top = _most_frequent(training)
    share = sum((s.kind, s.cause) == (top.kind, top.cause) for s in training.signals)
    advice = ADVICE[top.cause or top.kind]
    return tr(
        "{text} Most frequent ({n} steps): {kind}. {meaning} What to change: {change}",
        text=text,
        n=numbers.count(share),
        kind=step_name(top.kind, top.cause),
        meaning=tr(advice.meaning),
        change=tr(advice.change),
    )


def _notes(trainings: Sequence[Training], tables: Sequence[Table]) -> tuple[str, ...]:
    notes = [
        note
        for t in trainings
        for note in (_broken_note(t), _loss_note(t), _residual_note(t), _few_note(t), *_stored_notes(t))
        if note
    ]
    for table in tables:
        if table.name == "training_components":
            notes += _component_notes(table)
    return (*notes, tr(TUTORIAL))


def _broken_note(training: Training) -> str | None:
    """Say where numbers broke off, also where most steps have others: what comes after may rest on spoilt weights."""
    broken = [s.step for s in training.signals if s.kind in (StepKind.NOT_FINITE, StepKind.HIDDEN)]
    if not broken or len(broken) == len(training.signals):
        return None
    return tr(
        "In {n} of {total} steps of {label} the loss or the gradient is no number, first in step {step}.",
        n=numbers.count(len(broken)),
        total=numbers.count(len(training.signals)),
        label=training.head.label,
        step=broken[0],
    )


def _loss_note(training: Training) -> str | None:
    kind, size = training.settings.loss_type, training.settings.micro_batch
    if training.head.method == "probe" or kind is None:
        return None
    if kind == "grpo" or (kind == "bnpo" and size == 1):
        return tr(
            "{label} logs the loss of type {kind}, which is 0 on fresh completions whatever the rewards.",
            label=training.head.label,
            kind=kind,
        )
    if kind in ("dapo", "dr_grpo", "bnpo"):
        return tr(
            "{label} logs the loss of type {kind}, which says how length goes with advantage. It is exactly 0 "
            "where nothing differs within a group, and also where all completions are of one length.",
            label=training.head.label,
            kind=kind,
        )
    return None


def _residual_note(training: Training) -> str | None:
    residual = sum(s.n_residual for s in training.signals)
    if not residual:
        return None
    return tr(
        "In {n} groups of {label} all rewards are equal and yet their advantages are not zero: rewards that are no "
        "sums of powers of two leave a rounding error. The trainer's frac_reward_zero_std counts such groups as "
        "informative.",
        n=numbers.count(residual),
        label=training.head.label,
    )


def _few_note(training: Training) -> str | None:
    """Say how much there was to learn from, where there was something."""
    groups = groups_of(training.groups)
    varied = sum(max(row) < sum(row) for row in groups.counts)
    if training.head.method == "probe" or not varied or training.settings.scale != "group":
        return None
    return tr(
        "In {label}, {n} groups had rewards that differ; scaled by the group, each weighs the same whatever its pass "
        "rate. A signal is no promise: whether so many groups at this learning rate moved the evaluation is a question "
        "of its power, not of the method.",
        n=numbers.count(varied),
        label=training.head.label,
    )


def _stored_notes(training: Training) -> list[str]:
    notes = [retold(str(warning), WARNINGS) for warning in training.head.details.get("warnings", [])]
    carried = sum(s.carried for s in training.signals)
    if carried:
        notes.append(
            tr(
                "{n} steps of {label} have no completions of their own and are read by those of the step before.",
                n=numbers.count(carried),
                label=training.head.label,
            )
        )
    return notes


def _component_notes(table: Table) -> list[str]:
    """Name components that rise while the share right does not."""
    notes = []
    flat = {}
    names, measured = (table.column(k) for k in ("label", "component")), (table.numbers(k) for k in ("change", "error"))
    for label, component, change, error in zip(*names, *measured, strict=True):
        rises = change > NOTABLE * error
        if component == tr("right"):
            flat[label] = not rises
        elif rises and flat.get(label):
            notes.append(
                tr(
                    "In {label} the component {component} rose while the share right did not: look for completions "
                    "that earn it without solving the problem.",
                    label=label,
                    component=component,
                )
            )
    return notes
