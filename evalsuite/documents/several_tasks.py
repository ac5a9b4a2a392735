"""The document of ``evalsuite compare`` for files that hold several tasks."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from evalsuite.documents.document import Document
from evalsuite.documents.parts import SCHEMA
from evalsuite.documents.stored_runs import StoredRunsComparison, of_stored_runs

if TYPE_CHECKING:
    from analyses.runs.against_base import RunComparison

__all__ = ["SeveralTasksComparison", "of_tasks"]


@dataclass(frozen=True, slots=True)
class TaskComparison:
    """One task.

    Attributes
    ----------
    task
        Its name.
    compared
        Its runs against the base, with p-values adjusted over all tasks.
    """

    task: str
    compared: StoredRunsComparison


@dataclass(frozen=True, slots=True, kw_only=True)
class SeveralTasksComparison(Document):
    """The same models on several tasks, each compared by itself.

    Attributes
    ----------
    design
        Tells this document from the other comparisons.
    tasks
        One entry a task.
    family_size, family
        Number of verdicts, over tasks and new runs, whose p-values are adjusted together; the same in words.
    """

    SCHEMA: ClassVar[str] = SCHEMA

    design: Literal["several tasks"] = "several tasks"
    tasks: tuple[TaskComparison, ...]
    family_size: int
    family: str


def of_tasks(compared: "Mapping[str, RunComparison]") -> SeveralTasksComparison:
    """Return the document of a comparison by task."""
    tasks = tuple(TaskComparison(task, of_stored_runs(runs)) for task, runs in compared.items())
    first = next(iter(compared.values()))
    return SeveralTasksComparison(tasks=tasks, family_size=first.comparisons[0].family_size, family=first.family)
