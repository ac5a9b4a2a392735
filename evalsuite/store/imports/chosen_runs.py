"""Which of the runs in several files belong together: one a name, or those of one task, or of each of several tasks."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from evalsuite.errors import InputError
from evalsuite.store.imports.results import ForeignRun

__all__ = ["Found", "One", "Tasks", "chosen", "of_task", "tasks_of"]

Tasks = Literal["one", "each", "all"]
"""What is taken of files that hold several tasks: nothing, so that one has to be chosen; the runs of each task that all
models have; or all runs, whatever they are of."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a name holds: runs of files, or the label of a stored run."""

    name: str
    runs: tuple[ForeignRun | str, ...]


@dataclass(frozen=True, slots=True)
class One:
    """A run, and the name under which it was found."""

    name: str
    run: ForeignRun | str


def _task_of(run: ForeignRun | str) -> str | None:
    """Return the task or problem set that a run names."""
    dataset = None if isinstance(run, str) else run.spec.get("dataset")
    return None if dataset is None else str(dataset)


def of_task(name: object, runs: Sequence[ForeignRun], task: str) -> list[ForeignRun]:
    """Return the runs of one task; a single run that names none may be of any.

    Raises
    ------
    InputError
        There are none; the message lists the tasks there are.
    """
    of_that = [run for run in runs if _task_of(run) == task or (len(runs) == 1 and _task_of(run) is None)]
    if not of_that:
        there = [named for run in runs if (named := _task_of(run)) is not None]
        said = f"it holds {_listed(there)}" if there else "its runs do not name their tasks; name the file of one"
        raise InputError(f"{name} holds no task {task!r}: {said}")
    return of_that


def chosen(found: Sequence[Found], tasks: Tasks) -> tuple[list[One], tuple[str, ...], bool]:
    """Return the runs that belong together, what was left out, and whether they are of several tasks.

    These are all runs of one name, or one of each name; where names hold several tasks, those of the one task that all
    have, or of each.

    Raises
    ------
    InputError
        They do not belong together; the message names the runs and the option that chooses.
    """
    every = [One(one.name, run) for one in found for run in one.runs]
    names = list(dict.fromkeys(task for one in every if (task := _task_of(one.run)) is not None))
    if tasks == "all" or len(every) == len(found) or (len(found) == 1 and len(names) < 2):
        return every, (), False
    models = _models(found)
    if len(models) == 1 and len(names) == len(every):
        raise InputError(
            f"{found[0].name} holds {_listed(names)}, all of one model. Name a second folder to compare it with, or "
            f"show one task with --task {names[0]}"
        )
    shared = [task for task in names if all(_has(model, task) for model in models)]
    if not shared or (len(found) > 1 and len(models) > len(found)):
        raise InputError(_several_runs(found))
    if len(shared) > 1 and (tasks == "one" or any(_task_of(model[0].run) is None for model in models)):
        raise InputError(f"the runs share {_listed(shared)}. Choose one with --task {shared[0]}, or name its files")
    left = [task for task in names if task not in shared]
    notes = (f"left out, as not every run has it: {', '.join(left)}",) if left else ()
    runs = [one for task in shared for model in models for one in model if _task_of(one.run) in (None, task)]
    return runs, notes, len(shared) > 1


def tasks_of(runs: Sequence[One], labels: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the labels of each task, the base first."""
    tasks: dict[str, tuple[str, ...]] = {}
    for one, label in zip(runs, labels, strict=True):
        task = _task_of(one.run) or ""
        tasks[task] = (*tasks.get(task, ()), label)
    return tasks


def _models(found: Sequence[Found]) -> list[list[One]]:
    """Return the runs of each model under each name, in order."""
    models: dict[tuple[str, str], list[One]] = {}
    for one in found:
        for run in one.runs:
            spec: Mapping[str, object] = {} if isinstance(run, str) else run.spec
            models.setdefault((one.name, f"{spec.get('model')} {spec.get('adapter')}"), []).append(One(one.name, run))
    return list(models.values())


def _has(model: Sequence[One], task: str) -> bool:
    """Tell whether a model has one run of a task; a single run that names none may be of any."""
    tasks = Counter(_task_of(one.run) for one in model)
    return tasks[task] == 1 or (len(model) == 1 and None in tasks)


def _several_runs(found: Sequence[Found]) -> str:
    several = next(one for one in found if len(one.runs) > 1)
    labels = ", ".join(run if isinstance(run, str) else _with_task(run) for run in several.runs)
    return (
        f"{several.name} holds {len(several.runs)} runs: {labels}. Name one file of each run, choose "
        f"{_option(several)}, or import all with `evalsuite import PATH ... --store runs.duckdb` and compare them by "
        "their labels"
    )


def _option(found: Found) -> str:
    """Return the option that chooses among the runs of a name."""
    steps = [run.spec["step"] for run in found.runs if not isinstance(run, str) and "step" in run.spec]
    return f"a step such as --step {steps[-1]}" if steps else "a task with --task"


def _with_task(run: ForeignRun) -> str:
    task = _task_of(run)
    return run.label if task is None else f"{run.label} on {task}"


def _listed(tasks: Sequence[str]) -> str:
    names = list(dict.fromkeys(tasks))
    return f"{len(names)} task{'s' * (len(names) > 1)}: {', '.join(names)}"
