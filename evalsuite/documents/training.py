"""The documents of ``evalsuite trainings``, ``import-training``, ``train`` and ``adapter-card``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from evalsuite.documents.document import Document
from evalsuite.stats.result import Estimate

if TYPE_CHECKING:
    from evalsuite.store.trainings import TrainingHead

__all__ = [
    "AdapterCard",
    "ImportedTraining",
    "TrainingPlan",
    "TrainingProbe",
    "TrainingResult",
    "TrainingRuns",
    "of_training_plan",
    "of_training_runs",
]


@dataclass(frozen=True, slots=True)
class TrainingRunEntry:
    """A training run in the list of training runs.

    Attributes
    ----------
    training_id, label
        Its id and name.
    source
        ``trained`` here, or ``imported``.
    method
        ``grpo``, ``sft`` or ``probe``.
    n_steps, n_completions
        Steps and sampled completions that are stored.
    """

    training_id: str
    label: str
    source: str
    method: str
    n_steps: int
    n_completions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingRuns(Document):
    """The training runs of a store.

    Attributes
    ----------
    trainings
        Oldest first.
    """

    SCHEMA: ClassVar[str] = "evalsuite.trainings/1"

    trainings: tuple[TrainingRunEntry, ...]


def of_training_runs(overview: Sequence[Mapping[str, Any]]) -> TrainingRuns:
    """Return the document of the rows of `evalsuite.store.trainings.overview`."""
    return TrainingRuns(trainings=tuple(TrainingRunEntry(**row) for row in overview))


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedTraining(Document):
    """A training run that was imported.

    Attributes
    ----------
    training_id, label
        Its id and name.
    """

    SCHEMA: ClassVar[str] = "evalsuite.import-training/1"

    training_id: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingPlan(Document):
    """What would be trained; no model was loaded.

    Attributes
    ----------
    training_id, label
        Id and name that the training run would have.
    config
        The configuration file and all settings of the trainer.
    details
        Versions, machine and data.
    """

    SCHEMA: ClassVar[str] = "evalsuite.train-plan/1"

    training_id: str
    label: str
    config: Mapping[str, Any]
    details: Mapping[str, Any]


def of_training_plan(head: "TrainingHead") -> TrainingPlan:
    """Return the document of a training run that is prepared and not executed."""
    return TrainingPlan(training_id=head.training_id, label=head.label, config=head.config, details=head.details)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingResult(Document):
    """What a training run left.

    Attributes
    ----------
    training_id, label
        Its id and name.
    folder
        Path of the trained adapter or model.
    step, seconds
        The last step, and the wall time of this call.
    """

    SCHEMA: ClassVar[str] = "evalsuite.train/1"

    training_id: str
    label: str
    folder: str
    step: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingProbe(Document):
    """What groups sampled before a training run show.

    Attributes
    ----------
    training_id, label
        Id and name under which the completions are stored.
    n_problems, group_size
        Groups, one a problem, and completions a group.
    n_correct, n_boxed, n_truncated, n_last_number_correct
        Completions that the grader ``boxed`` calls right, that hold a number in a box, that the token limit truncated,
        and that end on the right number.
    reward_counts
        How many completions of each group have each reward: one row a group, one column a reward that occurs.
    n_informative_groups
        Groups with non-zero reward variance: only these give a gradient.
    zero_variance_share
        Expected share of groups with zero reward variance, by group size.
    """

    SCHEMA: ClassVar[str] = "evalsuite.train-probe/2"

    training_id: str
    label: str
    n_problems: int
    group_size: int
    n_correct: int
    n_boxed: int
    n_truncated: int
    n_last_number_correct: int
    reward_counts: tuple[tuple[int, ...], ...]
    n_informative_groups: int
    zero_variance_share: Mapping[str, Estimate]


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterCard(Document):
    """The card of the shipped adapter.

    Attributes
    ----------
    file
        Path of the card.
    checked
        Whether it was only compared with the evidence, and not written.
    """

    SCHEMA: ClassVar[str] = "evalsuite.adapter-card/1"

    file: str
    checked: bool
