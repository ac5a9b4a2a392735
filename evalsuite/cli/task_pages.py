"""``evalsuite report`` of folders that hold several tasks: a page a task, and the list of pages that has them all.

A page judges its task by itself, as it does whatever else was compared. What the tasks say as one family, which is what
``evalsuite compare`` prints of the same folders, is printed below the page's finding and stands among its notes.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from evalsuite.errors import InputError

if TYPE_CHECKING:
    from analyses.runs.against_base import RunComparison
    from evalsuite.cli.page_place import PagePlace
    from evalsuite.documents.report import PageWritten, TaskPagesWritten
    from evalsuite.findings import Findings
    from evalsuite.settings import ComparisonSettings
    from evalsuite.store.imports.named_runs import NamedRuns

__all__ = ["print_task_pages", "task_pages"]


def task_pages(
    named: "NamedRuns",
    settings: "ComparisonSettings",
    place: "PagePlace",
    *,
    analysed: "Callable[[tuple[str, ...]], list[Findings]]",
    write: "Callable[[list[Findings], PagePlace, str], PageWritten]",
) -> "TaskPagesWritten":
    """Write a page for each task and return the document of all.

    Parameters
    ----------
    analysed
        Makes what a page shows of runs by their labels.
    write
        Writes it at a place; the last argument is the task.

    Raises
    ------
    InputError
        The place is one file.
    """
    from analyses.runs.by_task import compare_tasks
    from evalsuite.documents.report import of_task_pages
    from reports.page_names import file_name

    tasks = named.tasks
    if place.exact:
        raise InputError(
            f"--output names one page, and the runs share {len(tasks)} tasks: {', '.join(tasks)}. Choose one with "
            f"--task {next(iter(tasks))}, or name a folder for a page each with --out"
        )
    family = compare_tasks(named.store, tasks, settings)
    said = {task: _of_family(compared) for task, compared in family.items()}
    pages = {}
    for task, labels in tasks.items():
        first, *others = analysed(labels)
        first = replace(first, notes=(_note(said[task], len(tasks)), *first.notes))
        pages[task] = write([first, *others], replace(place, name=f"{place.name}-{file_name(task)}"), task)
    return of_task_pages(pages, said, place.folder)


def _of_family(compared: "RunComparison") -> str:
    """Return the verdicts on a task where those of all tasks are one family."""
    from evalsuite.wording.language import tr
    from evalsuite.wording.verdicts import verdict_label

    labels, verdicts = compared.runs.labels[1:], [verdict_label(one.verdict) for one in compared.comparisons]
    told = [f"{label}: {said}" for label, said in zip(labels, verdicts, strict=True)] if len(labels) > 1 else verdicts
    return tr("; ").join(told)


def _note(family: str, n_tasks: int) -> str:
    from evalsuite.wording.language import tr

    return tr(
        "One of {n} tasks that were compared at once; this page judges it by itself. As one family (Holm): {verdicts}.",
        n=n_tasks,
        verdicts=family,
    )


def print_task_pages(written: "TaskPagesWritten", *, as_json: bool) -> None:
    """Print what each task shows on stderr, and the paths of the pages on stdout, the list of them last."""
    from evalsuite.console import print_json, print_line, say
    from evalsuite.wording.language import tr

    if as_json:
        print_json(written.as_dict())
        return
    for one in written.tasks:
        say(f"{one.task}: {one.page.finding or one.page.sentence}")
        say(f"  {tr('With all {n} tasks as one family (Holm): {verdicts}', n=len(written.tasks), verdicts=one.family)}")
        print_line(one.page.page)
    say("A page judges its task by itself; the list shows all tasks together:")
    print_line(written.index)
