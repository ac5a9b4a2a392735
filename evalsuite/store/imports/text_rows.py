"""The usual rows of a table with texts, read faster than `table_rows` reads a row that may be anything.

A usual row has an id, one text, and plain cells. What verdict, score, stop reason and error say together is read once
for each combination. Every other row, and every one with a mistake in it, is left to `TableRows.completions`.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from evalsuite.store.imports import values
from evalsuite.store.imports.results import ResultRow

if TYPE_CHECKING:
    from evalsuite.store.imports.table_rows import TableRows

__all__ = ["usual_rows"]

TOGETHER = ("correct", "score", "stop_reason", "missing")
COUNTS = ("n_tokens", "cap", "n_steps", "completion_index")
AS_THEY_ARE = ("question", "gold", "template_id")
PLAIN = (str, int, bool, float, type(None))
MOST = 10_000
"""Combinations that are kept; scores with many digits have more."""
NAME, TEXT = "x", "x"

Make = Callable[[Mapping[str, Any]], ResultRow | None]


def usual_rows(rows: "TableRows") -> Make | None:
    """Return what makes the completion of a usual row, and None of another; None where a table has no usual rows."""
    columns = rows.columns
    known = {"problem_id", "completion", *TOGETHER, *COUNTS, *AS_THEY_ARE}
    plain = not (rows.is_export or rows.lists or rows.with_ends or "." in "".join(columns.values()))
    if not plain or not {"problem_id", "completion"} <= set(columns) <= known:
        return None
    return _Usual(rows)


class _Usual:
    def __init__(self, rows: "TableRows") -> None:
        self.rows = rows
        self.columns = rows.columns
        self.together = [self.columns[role] for role in TOGETHER if role in self.columns]
        self.said: dict[tuple[Any, ...], ResultRow] = {}

    def __call__(self, raw: Mapping[str, Any]) -> ResultRow | None:
        text = raw.get(self.columns["completion"])
        cells = [raw.get(column) for column in self.together]
        if type(text) is not str or not text or not all(type(cell) in PLAIN for cell in cells):
            return None
        try:
            return self._row(raw, text, cells)
        except values.UnreadableValueError:
            return None

    def _row(self, raw: Mapping[str, Any], text: str, cells: list[Any]) -> ResultRow | None:
        key = (*cells, *map(type, cells))
        said = self.said.get(key)
        if said is None:
            columns = self.columns
            shown = dict(zip(self.together, cells, strict=True))
            made = list(self.rows.completions(shown | {columns["problem_id"]: NAME, columns["completion"]: TEXT}))
            if len(made) != 1:
                return None
            said = made[0]
            if len(self.said) < MOST:
                self.said[key] = said
        further: dict[str, Any] = {role: self._count(raw, role) for role in COUNTS if role in self.columns}
        further |= self.rows.texts_of(raw)
        return ResultRow(
            problem_id=self.rows.problem_of(raw),
            grades=said.grades,
            missing=said.missing,
            completion=self.rows.plain(text, "completion"),
            stop_reason=said.stop_reason,
            stop_detail=said.stop_detail,
            **further,
        )

    def _count(self, raw: Mapping[str, Any], role: str) -> int | None:
        value = raw.get(self.columns[role])
        if type(value) is int and 0 <= value < values.LARGEST:
            return value
        if type(value) not in PLAIN:
            raise values.UnreadableValueError(role)
        count = None if value is None else values.whole(value, role)
        return count or 0 if role == "completion_index" else count
