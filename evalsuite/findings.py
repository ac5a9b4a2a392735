"""Findings: what an analysis found, ready for a page, and how it is kept in a folder.

An analysis computes, Findings carry, a report shows. They hold full precision and no mark-up; saving
and loading is exact, and the same findings give the same bytes.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, Literal

from evalsuite.errors import InputError
from evalsuite.files import write_whole
from evalsuite.stats.decision import Verdict
from evalsuite.stats.result import Estimate, TestResult
from evalsuite.typed_json import from_json, read_record, shallow, to_json

__all__ = [
    "Caution",
    "CautionKind",
    "Cell",
    "Column",
    "CompletionView",
    "Figure",
    "Findings",
    "Kind",
    "Light",
    "ProblemView",
    "Step",
    "Table",
]

Cell = str | int | float | bool | Verdict | None
Kind = Literal[
    "text", "verdict", "count", "proportion", "difference", "score", "score_difference", "pvalue", "number", "tokens",
    "hash", "verbatim",
]  # fmt: skip
CautionKind = Literal[
    "unfinished", "confounded", "mixed arm", "format", "grader", "same texts", "no effect", "identical completions",
    "pairing", "missing", "engine", "warm start",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Attributes
    ----------
    key, title
        The name to ask for it by, and its heading.
    kind
        How its cells are shown: proportions become percent, mean scores keep their unit, and so on; ``verbatim`` keeps
        every blank and line break of a text.
    """

    key: str
    title: str
    kind: Kind = "text"


@dataclass(frozen=True, slots=True)
class Table:
    """A table with full-precision cells.

    Attributes
    ----------
    name, title
        The name to ask for it by, and its heading.
    columns, rows
        Each row has one cell a column.
    note
        What must be known to read it; may be empty.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.columns):
                raise ValueError(f"table {self.name!r} has {len(self.columns)} columns, got a row of {len(row)}")
        if len({column.key for column in self.columns}) < len(self.columns):
            raise ValueError(f"columns of table {self.name!r} need different keys")

    def column(self, key: str) -> tuple[Cell, ...]:
        """Return the cells of the column `key`; ValueError if there is none."""
        at = [c.key for c in self.columns].index(key)
        return tuple(row[at] for row in self.rows)

    def without(self, key: str) -> "Table":
        """Return the table without the column `key`."""
        at = [c.key for c in self.columns].index(key)
        rows = tuple((*row[:at], *row[at + 1 :]) for row in self.rows)
        return replace(self, columns=(*self.columns[:at], *self.columns[at + 1 :]), rows=rows)

    def records(self) -> tuple[dict[str, Cell], ...]:
        """Return each row as its cells by the key of their column.

        Examples
        --------
        >>> table = Table("needed", "Problems needed", (Column("power", "Power"), Column("n", "n")), ((0.8, 39),))
        >>> table.records()
        ({'power': 0.8, 'n': 39},)
        """
        keys = [column.key for column in self.columns]
        return tuple(dict(zip(keys, row, strict=True)) for row in self.rows)

    def record(self, **cells: Cell) -> dict[str, Cell]:
        """Return the one row that has these cells.

        Raises
        ------
        LookupError
            No row has them, or several do.

        Examples
        --------
        >>> table = Table("needed", "Problems needed", (Column("power", "Power"), Column("n", "n")), ((0.8, 39),))
        >>> table.record(power=0.8)["n"]
        39
        """
        rows = [row for row in self.records() if all(row[key] == cell for key, cell in cells.items())]
        if len(rows) != 1:
            raise LookupError(f"table {self.name!r} has {len(rows)} rows with {cells}")
        return rows[0]

    def numbers(self, key: str) -> tuple[float, ...]:
        """Return the cells of the column `key` as numbers, nan where there is none; ValueError for text."""
        values = []
        for cell in self.column(key):
            if isinstance(cell, str | Verdict):
                raise ValueError(f"column {key!r} of table {self.name!r} needs numbers, got {cell!r}")  # noqa: TRY004
            values.append(math.nan if cell is None else float(cell))
        return tuple(values)


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture of a table.

    Attributes
    ----------
    name, kind, title
        Its name, the name of the drawing function, and its heading.
    description
        What a reader should see, in words: the text for people who cannot.
    table
        Name of the table whose numbers it draws.
    options
        Of the drawing function.
    """

    name: str
    kind: str
    title: str
    description: str
    table: str
    options: Mapping[str, Cell] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CompletionView:
    """One completion as a reader sees it.

    Attributes
    ----------
    label
        That of its run: several completions of one run follow each other in order.
    text, extracted, outcome
        Its text, the answer read in it (None: none), and what the grader says of that.
    stop_reason, n_tokens
        Why it ended and how long it is; None where the length is not known.
    looped
        Whether it repeats itself until the token limit (None: not known).
    verdicts
        What each grader that read it says, by name.
    runs_on_at
        Where, in characters, it goes on after its answer into something else, which is not graded; None if it does not.
    """

    label: str
    text: str
    extracted: str | None
    outcome: str
    stop_reason: str
    n_tokens: int | None
    looped: bool | None = None
    verdicts: Mapping[str, str] = field(default_factory=dict)
    runs_on_at: int | None = None


@dataclass(frozen=True, slots=True)
class ProblemView:
    """One problem with the completions of every run side by side.

    Attributes
    ----------
    problem_id, question, gold
        Its name, its text, empty where it is not recorded, and the right answer.
    completions
        Those of every run, in order.
    solution
        The worked solution as the data set gives it, empty where there is none.
    group
        Of problems that stand and fall together, such as those of one template, its name; else empty.
    """

    problem_id: str
    question: str
    gold: str
    completions: tuple[CompletionView, ...]
    solution: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class Caution:
    """What the answer must not be read without.

    Attributes
    ----------
    kind
        Code word: ``"unfinished"`` where completions are still to be made, ``"confounded"`` where the difference has
        several causes, ``"mixed arm"`` where runs of one arm differ in more than their training seed, ``"format"``
        where a gain or loss lies in how answers are written, ``"grader"`` where another grader finds the opposite,
        ``"missing"`` where the verdict depends on results that are missing.
        ``"same texts"`` where two runs wrote the same or, without texts, have the same verdicts, ``"no effect"`` where
        an adapter changes no text, ``"identical completions"`` where all completions of a problem are one text,
        ``"pairing"`` where problems were paired, as asked, whose questions or gold answers differ, ``"warm start"``
        where a new run's training began with an adapter that is not compared.
    text
        The same in words, with what is concerned.
    """

    kind: CautionKind
    text: str


@dataclass(frozen=True, slots=True)
class Light:
    """Whether the verdict would change under another assumption.

    Attributes
    ----------
    about
        The assumption: ``"grader"``, ``"token limit"``, ``"training seed"`` or ``"missing results"``.
    changes
        ``"yes"``, ``"no"``, or ``"unknown"`` where nothing stored can tell.
    text
        Why, in one sentence.
    recorded
        Whether anything about the assumption is recorded: where nothing is, "unknown" does not qualify the verdict.
    """

    about: Literal["grader", "token limit", "training seed", "missing results"]
    changes: Literal["yes", "no", "unknown"]
    text: str
    recorded: bool = True


@dataclass(frozen=True, slots=True)
class Step:
    """What to do next.

    Attributes
    ----------
    text, command
        In words, and the command for it; empty where there is none.
    """

    text: str
    command: str = ""


@dataclass(frozen=True, slots=True)
class Findings:
    """The answer of one analysis to one question.

    Attributes
    ----------
    name
        Identifies the analysis, such as ``"model_comparison"``.
    question, estimand
        What was asked, and which quantity answers it (accuracy on problems like these, on
        exactly these problems, or of a training recipe).
    verdict
        What the comparison decides; None where the analysis compares nothing, or decides several things.
    label
        The answer in a few words, in English, where it is no verdict on a difference; else empty.
    sentence
        The answer in words.
    notes
        Limits that belong next to the answer, most important first.
    cautions
        What stands before the answer, most important first; none of it is among the notes.
    estimates, tests
        By name.
    tables, figures
        The numbers, and pictures of them.
    problems
        What a reader may look at one by one.
    provenance
        Where every number comes from: runs, fingerprints, versions, seeds, commands. Nested JSON values.
    finding
        The answer as a heading, empty where the sentence has to do.
    lights
        Whether the verdict would change under other assumptions; of several new runs, whether any would.
    lights_by_run
        The same of each of several new runs, by its label.
    steps
        What to do next, most useful first.
    answers
        What each part of the page answers, in one line, by the key of the part.
    """

    name: str
    question: str
    estimand: str
    verdict: Verdict | None
    sentence: str
    label: str = ""
    notes: tuple[str, ...] = ()
    cautions: tuple[Caution, ...] = ()
    estimates: Mapping[str, Estimate] = field(default_factory=dict)
    tests: Mapping[str, TestResult] = field(default_factory=dict)
    tables: tuple[Table, ...] = ()
    figures: tuple[Figure, ...] = ()
    problems: tuple[ProblemView, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)
    finding: str = ""
    lights: tuple[Light, ...] = ()
    lights_by_run: Mapping[str, tuple[Light, ...]] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()
    answers: Mapping[str, str] = field(default_factory=dict)

    SCHEMA: ClassVar[str] = "evalsuite.findings/6"
    """Of the file; the number rises when a key changes its name or meaning."""

    def table(self, name: str) -> Table:
        """Return the table `name`; KeyError if there is none."""
        for table in self.tables:
            if table.name == name:
                return table
        raise KeyError(name)

    def save(self, folder: Path) -> Path:
        """Write ``<folder>/<name>.json`` and return its path. Equal findings give equal bytes.

        Each key has a line, and where it holds a list, each entry has one.
        """
        path = folder / f"{self.name}.json"
        document = {"schema": self.SCHEMA, **to_json(replace(self, problems=())), "problems": self.problems}
        lines = ",\n".join(f"{json.dumps(key)}: {_lines(value)}" for key, value in sorted(document.items()))
        write_whole(path, f"{{\n{lines}\n}}\n".encode("utf-8", "surrogatepass"))
        return path

    @classmethod
    def load(cls, path: Path) -> "Findings":
        """Read findings that `save` wrote.

        Raises
        ------
        InputError
            The file is no findings file, or one of another schema.
        """
        try:
            text = path.read_text(encoding="utf-8", errors="surrogatepass")
            raw = json.loads(text, object_hook=from_json)
        except (OSError, ValueError) as error:
            raise InputError(f"cannot read findings from {path}: {error}") from error
        if not isinstance(raw, dict) or raw.get("schema") != cls.SCHEMA:
            raise InputError(f"{path} holds no findings of the form {cls.SCHEMA}; run the analysis again")
        try:
            return read_record(cls, {key: value for key, value in raw.items() if key != "schema"})
        except ValueError as error:
            raise InputError(f"{path} is damaged ({error}); run the analysis again") from error


def _lines(value: Any) -> str:
    if not isinstance(value, list | tuple) or not value:
        return _line(value)
    return "[\n" + ",\n".join(map(_line, value)) + "\n]"


def _line(value: Any) -> str:
    # Problems are records of texts and counts, which the encoder asks for one by one: there may be 10^5 completions.
    return json.dumps(value, default=shallow, ensure_ascii=False, sort_keys=True, allow_nan=False)
