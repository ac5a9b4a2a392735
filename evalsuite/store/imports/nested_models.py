"""Tables with one object a model in each row: ``{"question": ..., "base": {"is_correct": ..., "solution": ...}}``.

Each such column is a run; what stands beside it belongs to all of them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from evalsuite.store.imports.column_names import ROLES, is_known, lookup, normal
from evalsuite.store.imports.raw_table import Numbered, RawTable, flat_names

__all__ = ["models_in", "of_model"]

VERDICTS = frozenset(ROLES["correct"]) - {"result"}
TEXTS = frozenset(ROLES["completion"]) | {"solution", "answer", "prediction"}
TEXT_OF_MODEL = "completion"


def models_in(table: RawTable, sample: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return the columns whose cells are objects with a verdict or a text each, if there are several alike."""
    top = [column for column in table.columns if "." not in column]
    if any(normal(c) in {*VERDICTS, *ROLES["completion"]} and not _objects(sample, c) for c in top):
        return ()
    models = [c for c in top if not is_known(c) and (found := _objects(sample, c)) and all(map(_is_result, found))]
    keys = [frozenset(map(str, _objects(sample, c)[0])) for c in models]
    return tuple(models) if len(models) > 1 and frozenset.intersection(*keys) else ()


def _objects(sample: Sequence[Mapping[str, Any]], column: str) -> list[Mapping[str, Any]]:
    """Return the cells that are there if all are objects, else none."""
    cells = [row[column] for row in sample if row.get(column) is not None]
    return cells if all(isinstance(cell, Mapping) for cell in cells) else []


def _is_result(cell: Mapping[str, Any]) -> bool:
    return any(normal(str(key)) in VERDICTS | TEXTS for key in cell)


def of_model(table: RawTable, model: str, models: Sequence[str], sample: Sequence[Mapping[str, Any]]) -> RawTable:
    """Return the table of one model: the shared columns and its own; a model's solution is its text."""

    def one(row: Mapping[str, Any]) -> dict[str, Any]:
        own = lookup(row, model)
        shared = {key: value for key, value in row.items() if key not in models}
        return shared | {names.get(key, key): value for key, value in (own or {}).items()}

    def rows() -> Iterator[Numbered]:
        return ((number, one(row)) for number, row in table.rows())

    inner = {key: None for cell in _objects(sample, model) for key in cell}
    has_text = any(normal(key) in ROLES["completion"] for key in inner)
    names = {} if has_text else {key: TEXT_OF_MODEL for key in inner if normal(key) == "solution"}
    return replace(table, columns=flat_names([one(row) for row in sample]), rows=rows)
