"""The documents of the commands that write pages: where a page is, and what it answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from evalsuite.documents.document import Document
from evalsuite.documents.final_verdict import FinalVerdict, final_verdict
from evalsuite.findings import Caution, Findings, Light
from evalsuite.stats.decision import Verdict

__all__ = [
    "AnalysesList",
    "AnalysisEntry",
    "AnalysisWritten",
    "ExperimentWritten",
    "PageOpened",
    "PageWritten",
    "TaskPagesWritten",
    "of_analysis",
    "of_experiment",
    "of_page",
    "of_task_pages",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class PageWritten(Document):
    """A page that was written.

    Attributes
    ----------
    page
        Path of its file.
    verdict
        The decision; null with several new runs.
    final_verdict
        What that is worth under other assumptions: the verdict at the top of the page; null where there is no verdict.
    finding
        The result and what it is worth, in one line: the heading of the page.
    lights
        Whether the verdict would change under other assumptions.
    sentence
        The answer in words.
    cautions
        What must be read before the answer.
    pictures
        Paths of the card to post and, where two runs were compared, of the badge for a README.
    """

    SCHEMA: ClassVar[str] = "evalsuite.report/2"

    page: str
    verdict: Verdict | None
    final_verdict: FinalVerdict | None
    finding: str
    lights: tuple[Light, ...]
    sentence: str
    cautions: tuple[Caution, ...]
    pictures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TaskPage:
    """The page of one task.

    Attributes
    ----------
    task
        Its name.
    page
        Its page, which judges the task by itself.
    family
        What the verdicts of all tasks as one family (Holm) say of this one, in words.
    """

    task: str
    page: PageWritten
    family: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskPagesWritten(Document):
    """The pages of folders that hold several tasks.

    Attributes
    ----------
    tasks
        One entry a task.
    index
        Path of the list of all pages.
    """

    SCHEMA: ClassVar[str] = "evalsuite.report-tasks/1"

    tasks: tuple[TaskPage, ...]
    index: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PageOpened(Document):
    """A page, or the list of pages, that was to be shown.

    Attributes
    ----------
    page
        Path of its file.
    opened
        Whether a browser could be started.
    """

    SCHEMA: ClassVar[str] = "evalsuite.view/1"

    page: str
    opened: bool


def of_page(path: Path, findings: Findings, pictures: Sequence[Path] = ()) -> PageWritten:
    """Return the document of the page at `path` that shows `findings`, with the `pictures` beside it."""
    return PageWritten(
        page=str(path),
        verdict=findings.verdict,
        final_verdict=_final(findings),
        finding=findings.finding,
        lights=findings.lights,
        sentence=findings.sentence,
        cautions=findings.cautions,
        pictures=tuple(map(str, pictures)),
    )


@dataclass(frozen=True, slots=True)
class AnalysisEntry:
    """One question that can be asked.

    Attributes
    ----------
    name, question
        The name to ask it by, and the question.
    """

    name: str
    question: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalysesList(Document):
    """The questions that can be asked.

    Attributes
    ----------
    analyses
        One entry a question.
    """

    SCHEMA: ClassVar[str] = "evalsuite.analyse-list/1"

    analyses: tuple[AnalysisEntry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalysisWritten(Document):
    """The answer of one analysis.

    Attributes
    ----------
    question
        What was asked.
    verdict
        The decision; null where the analysis decides nothing, or several things.
    final_verdict
        What that is worth under other assumptions: the verdict at the top of the page; null where there is no verdict.
    finding
        The result and what it is worth, in one line; empty where the sentence has to do.
    lights
        Whether the verdict would change under other assumptions; empty where that was not asked.
    sentence
        The answer in words.
    cautions
        What must be read before the answer.
    page
        Path of the page.
    """

    SCHEMA: ClassVar[str] = "evalsuite.analyse/1"

    question: str
    verdict: Verdict | None
    final_verdict: FinalVerdict | None
    finding: str
    lights: tuple[Light, ...]
    sentence: str
    cautions: tuple[Caution, ...]
    page: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemSetPage:
    """The answer on one problem set of an experiment.

    Attributes
    ----------
    name
        Name of the problem set.
    question, verdict, final_verdict, finding, lights, sentence, cautions, page
        As in the document of `evalsuite analyse`.
    """

    name: str
    question: str
    verdict: Verdict | None
    final_verdict: FinalVerdict | None
    finding: str
    lights: tuple[Light, ...]
    sentence: str
    cautions: tuple[Caution, ...]
    page: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentWritten(Document):
    """The pages of an experiment.

    Attributes
    ----------
    problem_sets
        One entry a problem set that could be had.
    index
        Path of the list of all pages.
    """

    SCHEMA: ClassVar[str] = "evalsuite.experiment/1"

    problem_sets: tuple[ProblemSetPage, ...]
    index: str


def of_task_pages(pages: Mapping[str, PageWritten], family: Mapping[str, str], folder: Path) -> TaskPagesWritten:
    """Return the document of the pages of several tasks in `folder`, and what the family says, by task."""
    tasks = tuple(TaskPage(task, page, family[task]) for task, page in pages.items())
    return TaskPagesWritten(tasks=tasks, index=str(folder / "index.html"))


def of_analysis(path: Path, findings: Findings) -> AnalysisWritten:
    """Return the document of the analysis whose page is at `path`."""
    return AnalysisWritten(
        question=findings.question,
        verdict=findings.verdict,
        final_verdict=_final(findings),
        finding=findings.finding,
        lights=findings.lights,
        sentence=findings.sentence,
        cautions=findings.cautions,
        page=str(path),
    )


def of_experiment(sets: Sequence[tuple[str, Findings, Path]], index: Path) -> ExperimentWritten:
    """Return the document of an experiment, from the name, the answer and the page of each problem set."""
    return ExperimentWritten(
        problem_sets=tuple(
            ProblemSetPage(
                name=name,
                question=findings.question,
                verdict=findings.verdict,
                final_verdict=_final(findings),
                finding=findings.finding,
                lights=findings.lights,
                sentence=findings.sentence,
                cautions=findings.cautions,
                page=str(page),
            )
            for name, findings, page in sets
        ),
        index=str(index),
    )


def _final(findings: Findings) -> FinalVerdict | None:
    return None if findings.verdict is None else final_verdict(findings.verdict, findings.lights)
