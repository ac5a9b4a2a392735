"""The rows of a table as completions: one a row, several in a list, or a verdict a run in a column of its own."""

import ast
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from evalsuite.errors import InputError
from evalsuite.records import StopReason
from evalsuite.store.imports import plain_cells, values
from evalsuite.store.imports.bulk import stage_table
from evalsuite.store.imports.column_names import lookup
from evalsuite.store.imports.columns import Roles
from evalsuite.store.imports.decimal_commas import plain_number
from evalsuite.store.imports.ends import ends
from evalsuite.store.imports.not_rows import without_line
from evalsuite.store.imports.raw_table import Numbered, RawTable
from evalsuite.store.imports.results import ForeignGrade, ResultRow
from evalsuite.store.imports.text_rows import usual_rows

__all__ = ["IMPORTED", "OUTCOME", "SCORE", "TableRows", "listed_columns", "run_name"]

IMPORTED = "imported"
SCORE = "score"
"""Under this name stand the scores of a table that has verdicts too, which are its primary ones."""
ROUNDED = re.compile(r"\d(\.\d+)?E\+\d\d+")
"""How spreadsheets show a number that is too long for its cell."""
OUTCOME = "outcome_"
"""Begins the columns of an export that hold a grader's verdicts."""


def run_name(value: Any) -> str:
    """Return the name of a run as the cells of a column of models say it."""
    return "none" if values.is_missing(value) else values.identity(value)


def listed_columns(table: RawTable, roles: Roles, sample: Sequence[Mapping[str, Any]]) -> frozenset[str]:
    """Return the text columns in which every cell is a list or an object written as text."""
    if not table.is_text:
        return frozenset()
    found = set()
    for role in ("completion", "correct", "score", "n_tokens", "stop_reason"):
        cells = [row.get(roles.columns.get(role, "")) for row in sample]
        full = [cell for cell in cells if cell]
        if (
            full
            and all(isinstance(cell, str) for cell in full)
            and all(isinstance(_structure(cell), list | dict) for cell in full)
        ):
            found.add(role)
    return frozenset(found)


def _structure(cell: str) -> Any:
    if not cell.lstrip().startswith(("[", "{")):
        return cell
    for parse in (json.loads, ast.literal_eval):
        try:
            found = parse(cell)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
        plain = isinstance(found, list) and found and all(isinstance(m, str | dict | bool) for m in found)
        return found if plain or isinstance(found, dict) else cell
    return cell


@dataclass(frozen=True, slots=True)
class TableRows:
    """How the rows of a table become completions.

    Attributes
    ----------
    verdicts
        Of a wide table, the column of this run.
    group
        Of a long table, the column of the models and the value of this run.
    lists
        Our columns whose cells are lists written as text.
    scored
        Whether the column of a wide table holds scores.
    scorers
        Of an export, the graders that give scores.
    with_ends
        Whether the cells of completions say beside each text why it ended or how long it is.
    commas
        Our columns of answers that have decimal commas; see `decimal_commas`.
    """

    table: RawTable
    roles: Roles
    graders: tuple[str, ...]
    lists: frozenset[str]
    verdicts: str | None = None
    group: tuple[str, str] | None = None
    scored: bool = False
    scorers: tuple[str, ...] = ()
    with_ends: bool = False
    commas: frozenset[str] = frozenset()

    def __call__(self) -> Iterator[ResultRow]:
        """Yield the completions, one row of the table after the other."""
        other = set(self.roles.columns) - {"problem_id", "correct", "completion_index"}
        if not (self.is_export or self.scored or self.lists or other or "." in "".join(self._plain_columns)):
            yield from self._plain()
            return
        cell = self._cells()
        by_question: dict[str, str] = {}
        usual = usual_rows(self)
        for number, raw in self.own_rows():
            row = None if usual is None else usual(raw)
            if row is not None:
                yield row
                continue
            try:
                yield from self._completions(raw, cell, by_question)
            except values.UnreadableValueError as error:
                raise InputError(self._in_row(number, error)) from error

    def own_rows(self) -> Iterator[Numbered]:
        """Yield the rows of this run."""
        for number, raw in self.table.rows():
            if self.group is None or self.is_of_run(lookup(raw, self.group[0])):
                yield number, raw

    def stage(self, connection: duckdb.DuckDBPyConnection) -> int | None:
        """Stage all completions at once; see `results.AllAtOnce`."""
        return stage_table(connection, self)

    def completions(self, raw: Mapping[str, Any]) -> Iterator[ResultRow]:
        """Yield the completions of one row of a table that names its problems."""
        return self._completions(raw, self._cells(), {})

    def problem_of(self, raw: Mapping[str, Any]) -> str:
        """Return the id that a row has; one that has none is refused."""
        return self._id(raw.get(self.roles.columns["problem_id"]))

    def texts_of(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        """Return question, gold answer and template of a row whose columns are not nested."""
        columns = self.roles.columns
        read = {"question": plain_cells.question, "gold": plain_cells.gold, "template_id": plain_cells.template}
        return {
            role: meaning(self.plain(raw.get(columns[role]), role)) for role, meaning in read.items() if role in columns
        }

    def plain(self, value: Any, role: str) -> Any:
        """Return a cell with a decimal point where its column has decimal commas."""
        return plain_number(value) if role in self.commas else value

    def is_of_run(self, value: Any) -> bool:
        """Tell whether a cell of the column of models names this run."""
        return self.group is None or run_name(value) == self.group[1]

    @staticmethod
    def answer_in(value: Any) -> str | None:
        """Return the answer that a cell says another grader read."""
        return None if values.is_missing(value) else plain_cells.short_text(value)

    @property
    def columns(self) -> dict[str, str]:
        """Our columns to the table's, with the one that holds the verdicts of this run."""
        if self.verdicts is None:
            return dict(self.roles.columns)
        return {**self.roles.columns, "score" if self.scored else "correct": self.verdicts}

    @property
    def is_export(self) -> bool:
        """Whether the table is what `evalsuite export` writes."""
        return bool(self.graders or self.scorers)

    @property
    def _plain_columns(self) -> tuple[str, str]:
        return self.roles.columns.get("problem_id", "."), self.verdicts or self.roles.columns.get("correct", ".")

    def _plain(self) -> Iterator[ResultRow]:
        """Yield the rows of a table of ids and verdicts; each way to write a verdict is read once."""
        problem, verdict = self._plain_columns
        index = self.roles.columns.get("completion_index")
        cell = self._cells()
        read: dict[Any, ResultRow] = {}
        for number, raw in self.own_rows():
            name, written = raw.get(problem), raw.get(verdict)
            try:
                if type(name) is not str or not name.strip() or type(written) not in (str, int, bool):
                    yield from self._completions(raw, cell, {})
                    continue
                known = read.get(written)
                if known is None:
                    (known,) = self._completions({**raw, index: None} if index else raw, cell, {})
                    read[written] = known
                k = 0 if index is None else values.whole(raw.get(index), "completion_index") or 0
                yield ResultRow(_readable_id(name), k, known.grades, known.missing)
            except values.UnreadableValueError as error:
                raise InputError(self._in_row(number, error)) from error

    def _in_row(self, number: int, error: values.UnreadableValueError) -> str:
        """Name the row; of one that names no problem, also how to take it out."""
        message = f"{self.table.name} {self.table.unit} {number}: {error}"
        if not str(error).startswith("no ") or self.table.unit != "line":
            return message
        return f"{message}. If the line is no row, take it out: {without_line(Path(self.table.name), number)}"

    def _cells(self) -> Callable[[Mapping[str, Any], str], Any]:
        columns = self.columns
        nested = {role for role, column in columns.items() if "." in column}

        def cell(raw: Mapping[str, Any], role: str) -> Any:
            column = columns.get(role)
            if column is None:
                return None
            value = lookup(raw, column) if role in nested else raw.get(column)
            value = self.plain(value, role)
            return _structure(value) if role in self.lists and isinstance(value, str) else value

        return cell

    def _completions(
        self, raw: Mapping[str, Any], cell: Callable[[Mapping[str, Any], str], Any], by_question: dict[str, str]
    ) -> Iterator[ResultRow]:
        question = plain_cells.question(cell(raw, "question"))
        problem_id = self._problem_id(raw, cell, question, by_question)
        verdicts, texts = plain_cells.several(cell(raw, "correct")), values.texts(cell(raw, "completion"))
        scores = plain_cells.several(cell(raw, "score"))
        n = max(len(verdicts), len(texts), len(scores))
        if 1 in (len(verdicts), len(texts)) and n > 1 and len(texts) > 1 and "correct" in self.roles.columns:
            raise values.UnreadableValueError(
                f"{len(texts)} completions and one verdict. Leave the verdict unread with --column correct= and the "
                "texts are graded here"
            )
        if len(verdicts) not in (1, n) or len(texts) not in (1, n):
            raise values.UnreadableValueError(f"{len(texts)} completions and {len(verdicts)} verdicts")
        if len(scores) < n and cell(raw, "score") is not None:
            raise values.UnreadableValueError(f"{n} completions and {len(scores)} scores")
        index = plain_cells.within("completion_index", values.whole, cell(raw, "completion_index"))
        common = {
            "problem_id": problem_id,
            "gold": plain_cells.gold(cell(raw, "gold")),
            "question": question,
            "cap": plain_cells.within("cap", values.whole, cell(raw, "cap")),
            "template_id": plain_cells.template(cell(raw, "template_id")),
            "n_steps": plain_cells.within("n_steps", values.whole, cell(raw, "n_steps")),
        }
        tokens, stops = plain_cells.spread(cell(raw, "n_tokens"), n), plain_cells.spread(cell(raw, "stop_reason"), n)
        if self.with_ends and len(texts) == n:
            found = ends(cell(raw, "completion"))
            tokens = tokens if "n_tokens" in self.roles.columns else [end.n_tokens for end in found]
            stops = stops if "stop_reason" in self.roles.columns else [end.reason for end in found]
        for k in range(n):
            verdict = verdicts[k] if len(verdicts) == n else verdicts[0]
            yield self._completion(
                raw,
                common | {"completion_index": (index or 0) if n == 1 else k},
                verdict=verdict,
                score=scores[k] if len(scores) == n else None,
                text=texts[k] if len(texts) == n else None,
                tokens=tokens[k],
                stop=stops[k],
                error=cell(raw, "missing"),
                extracted=cell(raw, "extracted") if n == 1 else None,
            )

    def _completion(
        self,
        raw: Mapping[str, Any],
        common: Mapping[str, Any],
        *,
        verdict: Any,
        score: Any,
        text: str | None,
        tokens: Any,
        stop: Any,
        error: Any,
        extracted: Any,
    ) -> ResultRow:
        right = self._verdict(verdict)
        points = values.number(self._with_point(score), self.verdicts or self.roles.columns.get("score", SCORE))
        reason, detail, failed = values.stop(stop)
        if self.is_export and isinstance(raw.get("stop_detail"), str):
            detail = raw["stop_detail"]
        missing = None
        unsaid = right is None and points is None
        if failed and right is not True and not self.is_export:
            missing, detail = f"error: {detail}", None
        elif self.is_export:
            # A completion of an export that lacks the primary verdict may have a text and other verdicts.
            said = (*(f"{OUTCOME}{name}" for name in self.graders), *(f"{SCORE}_{name}" for name in self.scorers))
            bare = text is None and all(values.is_missing(raw.get(column)) for column in said)
            missing = str(error or "no verdict") if bare else None
        elif not values.is_missing(error) and (unsaid or (right is False and _failed(text, error))):
            missing = plain_cells.error(error)
        elif unsaid and text is None:
            missing = self._nothing()
        return ResultRow(
            grades={} if missing is not None else self._grades(raw, right, points, extracted),
            missing=missing,
            completion=text,
            n_tokens=plain_cells.within("n_tokens", values.whole, tokens),
            stop_reason=reason if missing is None else StopReason.UNKNOWN,
            stop_detail=detail if missing is None else None,
            **common,
        )

    def _nothing(self) -> str:
        """Say what a row without a result lacks."""
        if self.scored or ("score" in self.roles.columns and "correct" not in self.roles.columns):
            return "no score"
        return "no verdict" if "correct" in self.roles.columns or self.verdicts else "no text"

    def _with_point(self, value: Any) -> Any:
        """Return a number with a decimal point where the table writes a comma."""
        return values.with_point(value, decimal_comma=self.table.decimal_comma)

    def _verdict(self, value: Any) -> bool | float | None:
        try:
            return values.verdict(self._with_point(value))
        except values.UnreadableValueError as error:
            raise values.UnreadableValueError(f"{self.verdicts or self.roles.columns['correct']}: {error}") from error

    def _grades(
        self, raw: Mapping[str, Any], right: bool | float | None, points: float | None, extracted: Any
    ) -> dict[str, ForeignGrade]:
        if self.is_export:
            return _own_grades(raw, self.graders) | _own_scores(raw, self.scorers)
        found = {}
        read = self.answer_in(extracted)
        if isinstance(right, bool):
            found[IMPORTED] = ForeignGrade(right, read)
        elif right is not None:
            found[IMPORTED] = ForeignGrade(None, read, score=right)
        if points is not None:
            found[SCORE if "correct" in self.roles.columns else IMPORTED] = ForeignGrade(None, None, score=points)
        return found

    def _problem_id(
        self,
        raw: Mapping[str, Any],
        cell: Callable[[Mapping[str, Any], str], Any],
        question: str | None,
        by_question: dict[str, str],
    ) -> str:
        if "problem_id" in self.roles.columns:
            return self._id(cell(raw, "problem_id"))
        if question is None:
            raise values.UnreadableValueError("neither an id nor a question")
        return by_question.setdefault(question, str(len(by_question)))

    def _id(self, value: Any) -> str:
        if values.is_missing(value) and (not isinstance(value, str) or not value.strip()):
            raise values.UnreadableValueError(f"no {self.roles.columns['problem_id'] or 'problem_id'}")
        # What a program's own export calls its problems is theirs to the letter.
        return str(value) if self.is_export else _readable_id(value)


def _failed(text: str | None, error: Any) -> bool:
    """Tell whether a wrong answer is none, because the request failed."""
    return not text and plain_cells.is_failure(error)


def _readable_id(value: Any) -> str:
    written = values.identity(value) if isinstance(value, float) else str(value)
    if ROUNDED.fullmatch(written):
        raise values.UnreadableValueError(
            f"the id {written} was rounded by a spreadsheet, so that several ids may be one: save them as text"
        )
    if written.startswith('="') and written.endswith('"'):
        # As Excel is made to keep leading zeros.
        return written[2:-1]
    if not written.endswith(".0"):
        return written
    # A column of whole numbers beside a gap is written with ".0" by pandas.
    return written[:-2] if re.fullmatch(r"\d+\.0", written) else written


def _own_grades(raw: Mapping[str, Any], graders: Sequence[str]) -> dict[str, ForeignGrade]:
    found = {}
    for name in graders:
        outcome = raw.get(f"outcome_{name}")
        if values.is_missing(outcome):
            continue
        found[name] = ForeignGrade(
            outcome == "correct",
            raw.get(f"extracted_{name}"),
            no_answer=outcome == "no_answer",
            version=int(raw.get(f"version_{name}") or 1),
        )
    return found


def _own_scores(raw: Mapping[str, Any], scorers: Sequence[str]) -> dict[str, ForeignGrade]:
    found = {}
    for name in scorers:
        score = values.number(raw.get(f"{SCORE}_{name}"), f"{SCORE}_{name}")
        if score is not None:
            found[name] = ForeignGrade(None, None, score=score, version=int(raw.get(f"version_{name}") or 1))
    return found
