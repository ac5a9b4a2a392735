"""What a reader makes of somebody's results, whatever program wrote them: runs of rows.

A reader says what the files say and nothing more. What they leave open stays None or unknown, and is named in
`ForeignRun.unknown`; nothing is repaired in silence, and what was decided is named in `ForeignRun.notes`.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from evalsuite.errors import InputError
from evalsuite.records import StopReason
from evalsuite.store.imports.peek import Peek

if TYPE_CHECKING:
    import duckdb

__all__ = ["AllAtOnce", "Apart", "ForeignGrade", "ForeignRun", "ReadOptions", "Reader", "ResultRow"]


@dataclass(frozen=True, slots=True)
class ForeignGrade:
    """What another program's grader said of one completion.

    Attributes
    ----------
    correct
        None where the value is no verdict but a graded score.
    extracted
        The answer that the grader read, as text; None where it read none or does not say.
    score
        A graded score, None where the grader only says right or wrong.
    no_answer
        Whether the grader found no answer at all, which counts as wrong.
    version
        Of the grader.
    """

    correct: bool | None
    extracted: str | None = None
    score: float | None = None
    no_answer: bool = False
    version: int = 1


@dataclass(frozen=True, slots=True)
class ResultRow:
    """One completion of one problem.

    Attributes
    ----------
    problem_id
        As the file writes it, as text.
    completion_index
        From 0; epochs and repeats that count from 1 are shifted.
    grades
        Verdicts by name of the grader, such as ``"lm-eval/strict-match"``; ``"imported"`` where the file names none.
        Empty where there is only text, which is then graded here.
    missing
        Why there is no result, such as ``"error: timeout"``; None for a result. A missing row keeps its problem, so
        that it is counted and bounded, not dropped.
    completion, gold, question
        Texts as written; None where the file does not have them. Gold may be a worked solution.
    stop_detail
        The reason for stopping in the program's own word, where it is none of ours.
    """

    problem_id: str
    completion_index: int = 0
    grades: Mapping[str, ForeignGrade] = field(default_factory=dict)
    missing: str | None = None
    completion: str | None = None
    gold: str | None = None
    question: str | None = None
    n_tokens: int | None = None
    stop_reason: StopReason = StopReason.UNKNOWN
    stop_detail: str | None = None
    cap: int | None = None
    template_id: str | None = None
    n_steps: int | None = None


@runtime_checkable
class AllAtOnce(Protocol):
    """Makes rows one by one, and may stage all of them by SQL with the same result."""

    def __call__(self) -> Iterator[ResultRow]:
        """Yield the rows."""
        ...

    def stage(self, connection: "duckdb.DuckDBPyConnection") -> int | None:
        """Stage all rows and return how many there are, None where they have to be read one by one."""
        ...


@dataclass(frozen=True, slots=True)
class Apart:
    """A column that was not read and tells rows of one problem apart, with its first values."""

    column: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ForeignRun:
    """One model on one problem set, as a file or a folder holds it.

    Attributes
    ----------
    label
        A name for tables, such as the model's; the user may give another.
    program
        What wrote the files, such as ``"lm-evaluation-harness 0.4.9"``; ``"table"`` for people's own.
    rows
        Makes the rows anew at each call, so that a large file is never held whole; see `AllAtOnce`.
    spec
        What is known of model, prompt and decoding, by the names that `RunSpec.as_dict` uses (``model``, ``template``,
        ``dataset``, ``decoding`` with ``max_new_tokens``, ``temperature``, ``seed``); other keys are kept as they are.
    primary_grader
        The grader whose verdicts are shown, one of those in the rows; None to grade texts here.
    score_ranges
        Lowest and highest value that a grader's `score` can have, by its name. A grader whose scores have no range
        here is refused where it is the primary one, and else left out.
    n_rows
        Number of rows where it is known before reading, for a progress bar.
    notes
        What was read as what: ``"filter strict-match -> grader"``. Short sentences without a full stop.
    unknown
        What this format cannot say, in words for people: ``"why a completion ended"``.
    files
        All files that were read.
    ignored
        Columns or fields of the files that were not read.
    numbered
        False where the files give several completions of a problem no number: they get theirs in the order in which
        they stand there, if all problems have equally many; else the run is refused.
    apart
        Asked where such completions stand in several rows: columns that were not read and tell these rows apart. They
        may be several runs, so the user has to say what they are.
    noticed
        Further notes, asked for when the rows were read.
    """

    label: str
    program: str
    rows: Callable[[], Iterator[ResultRow]]
    files: tuple[Path, ...]
    spec: Mapping[str, Any] = field(default_factory=dict)
    primary_grader: str | None = None
    score_ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    n_rows: int | None = None
    notes: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    numbered: bool = True
    apart: Callable[[], Sequence[Apart]] | None = None
    noticed: Callable[[], Sequence[str]] | None = None


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What a user says about files that do not say it themselves.

    Attributes
    ----------
    columns
        Our name of a column to the file's: ``{"correct": "my_score"}``.
    group_by
        Column whose values are the runs of a long table.
    score_range
        Lowest and highest possible graded score.
    step
        The only step of a training to read; all of them where it is None.
    max_unpacked
        Bytes that a packed file may unpack to; None for the rule of `unpacked`.
    count
        Counts the tokens of a text whose file does not say how many it has.
    cap
        Limit of new tokens, where the files do not say it.
    task
        The only task to read, where files hold several.

    Raises
    ------
    InputError
        The range is no pair of finite numbers, the lower one first; or the limit is below 1.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    group_by: str | None = None
    score_range: tuple[float, float] | None = None
    step: int | None = None
    max_unpacked: int | None = None
    count: Callable[[str], int] | None = None
    cap: int | None = None
    task: str | None = None

    def __post_init__(self) -> None:
        low, high = self.score_range or (0.0, 1.0)
        if not (math.isfinite(low) and math.isfinite(high) and low < high):
            raise InputError(f"--score-range needs two numbers, the lower one first, got {low:g} {high:g}")
        if self.cap is not None and self.cap < 1:
            raise InputError(f"--cap is a number of tokens from 1, got {self.cap}")


class Reader(Protocol):
    """A module of `readers/`: recognises the files of one program and reads them."""

    NAME: str
    """Name for ``--format`` and messages: ``"lm-eval"``."""

    def recognise(self, peek: Peek) -> bool:
        """Return whether the path holds this program's results, from the little that `peek` has read of it."""
        ...

    def read(self, path: Path, options: ReadOptions) -> Sequence[ForeignRun]:
        """Return the runs, their rows not yet read.

        Raises
        ------
        DataUnavailableError
            A file cannot be read.
        InputError
            It is this program's, but nothing can be compared, such as a summary without rows; the message says which
            option of that program writes what is missing.
        """
        ...
