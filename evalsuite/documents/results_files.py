"""The documents of ``evalsuite import``, ``export``, ``grade``, ``archive`` and ``restore``."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar

from evalsuite.documents.document import Document
from evalsuite.documents.runs import GraderCounts

if TYPE_CHECKING:
    from evalsuite.store.imports.results import ForeignRun, ResultRow
    from evalsuite.store.imports.results_file import ImportReport

__all__ = [
    "ArchiveRestored",
    "ArchiveWritten",
    "GradedRun",
    "ImportPreview",
    "ImportedResults",
    "ResultsExported",
    "of_import",
    "of_preview",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedRun:
    """One run that was imported.

    Attributes
    ----------
    run_id, label
        Id and name of the run.
    program
        What wrote the files; table for people's own.
    n_problems, n_completions, n_correct
        Problems, completions, and right ones by the primary grader.
    n_new
        Completions that were not in the store before.
    n_missing, missing_reasons
        Completions without a result, such as errors, and how many have which reason.
    primary_grader, graders
        Whose verdicts are shown, and all that graded.
    graded_here
        Whether the files hold texts and no verdicts, so that this suite graded them.
    regraded
        Whether this suite's graders have graded the completions too, which needs texts and gold answers.
    unknown_stop
        Completions whose stop reason the files do not say.
    unreadable_gold
        Problems whose gold answer is no number.
    percent_gold
        Problems whose gold answer has a percent sign, which was read as a unit: 50% is 50.
    notes
        What was read as what.
    unknown
        What the files cannot say.
    ignored_columns
        Columns of the files that were not read.
    score_range
        Lowest and highest score possible, where the file has scores; ``n_correct`` then counts the highest. null for
        verdicts.
    dataset
        Name of the task or problem set; null where the files do not say it.
    """

    run_id: str
    label: str
    program: str
    n_problems: int
    n_completions: int
    n_new: int
    n_correct: int
    n_missing: int
    missing_reasons: Mapping[str, int]
    primary_grader: str
    graders: tuple[str, ...]
    graded_here: bool
    regraded: bool
    unknown_stop: int
    unreadable_gold: int
    percent_gold: int
    notes: tuple[str, ...]
    unknown: tuple[str, ...]
    ignored_columns: tuple[str, ...]
    score_range: tuple[float, float] | None = None
    dataset: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedResults(Document):
    """What an import of results brought.

    Attributes
    ----------
    runs
        One entry a run, in the order of the files.
    """

    SCHEMA: ClassVar[str] = "evalsuite.import/2"

    runs: tuple[ImportedRun, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewedRun:
    """One run as an import would read it.

    Attributes
    ----------
    label, program
        Name of the run, and what wrote the files; table for people's own.
    notes, unknown, ignored_columns
        What was read as what, what the files cannot say, what is not read.
    first_rows
        The first rows as they would be stored, without what they leave open.
    """

    label: str
    program: str
    notes: tuple[str, ...]
    unknown: tuple[str, ...]
    ignored_columns: tuple[str, ...]
    first_rows: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportPreview(Document):
    """What ``evalsuite import --dry-run`` would store.

    Attributes
    ----------
    runs
        One entry a run, in the order of the files.
    """

    SCHEMA: ClassVar[str] = "evalsuite.import-preview/1"

    runs: tuple[PreviewedRun, ...]


def of_import(reports: "Sequence[ImportReport]") -> ImportedResults:
    """Return the document of an import."""
    return ImportedResults(runs=tuple(ImportedRun(**asdict(report)) for report in reports))


def of_preview(runs: "Sequence[ForeignRun]", n_rows: int = 5) -> ImportPreview:
    """Return the document of a look at `n_rows` rows of each run."""
    return ImportPreview(
        runs=tuple(
            PreviewedRun(
                label=run.label,
                program=run.program,
                notes=run.notes,
                unknown=run.unknown,
                ignored_columns=run.ignored,
                first_rows=tuple(_as_stored(row) for row in islice(run.rows(), n_rows)),
            )
            for run in runs
        )
    )


def _as_stored(row: "ResultRow") -> dict[str, Any]:
    verdicts = {name: grade.score if grade.correct is None else grade.correct for name, grade in row.grades.items()}
    return {k: v for k, v in asdict(row).items() if v is not None and k != "grades"} | {"verdicts": verdicts}


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultsExported(Document):
    """A run as a file.

    Attributes
    ----------
    file, n_rows
        Its path, and how many rows it has: one a completion; of an accuracy for the model hub, of how many problems.
    """

    SCHEMA: ClassVar[str] = "evalsuite.export/1"

    file: str
    n_rows: int


@dataclass(frozen=True, slots=True)
class GraderChange:
    """Verdicts of one grader by two of its versions.

    Attributes
    ----------
    grader, from_version, to_version
        Its name, the version whose verdicts were there, and the one that took their place.
    n_compared
        Completions that both graded.
    n_to_right, n_to_wrong
        Of these, verdicts that became right, and right ones that no longer are.
    """

    grader: str
    from_version: int
    to_version: int
    n_compared: int
    n_to_right: int
    n_to_wrong: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GradedRun(Document):
    """A run whose completions were graded again.

    Attributes
    ----------
    run_id
        Id of the run.
    n_written
        Grades that were added or replaced.
    graders
        One entry a grader.
    changes
        What newer versions of graders changed in this run, now or before.
    """

    SCHEMA: ClassVar[str] = "evalsuite.grade/1"

    run_id: str
    n_written: int
    graders: tuple[GraderCounts, ...]
    changes: tuple[GraderChange, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveWritten(Document):
    """Runs and training runs as a folder of files.

    Attributes
    ----------
    folder
        Path of the folder.
    runs, trainings
        Names of the runs and training runs, as they were given.
    """

    SCHEMA: ClassVar[str] = "evalsuite.archive/1"

    folder: str
    runs: tuple[str, ...]
    trainings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveRestored(Document):
    """An archive whose runs and training runs are in the store.

    Attributes
    ----------
    store, folder
        Paths of the store and of the archive.
    """

    SCHEMA: ClassVar[str] = "evalsuite.restore/1"

    store: str
    folder: str
