"""Wide tables whose columns are called after a model and what they hold: ``base_response``, ``grpo_response``.

Each model is a run; its columns get their usual names, and what stands beside them belongs to all. Columns that are
numbered instead, ``sample_1`` and ``sample_2``, are completions of one run.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from evalsuite.store.imports.column_names import ROLES, all_verdicts, is_known, normal
from evalsuite.store.imports.raw_table import Numbered, RawTable

__all__ = ["columns_of_models", "of_model_columns", "with_lists"]

PARTS = ("correct", "completion", "extracted", "n_tokens", "stop_reason", "cap", "missing")
NAMES = {
    **{name: part for part in PARTS for name in ROLES[part] if name and "." not in name},
    "prediction": "completion",
    "answer": "completion",
}
"""What a part of a column's name says that it holds."""
NUMBERED = re.compile(
    r"(sample|completion|response|output|generation|prediction|answer|attempt|trial|try|rollout|correct|is_correct|passed)"
    r"_?(\d+)"
)
ALONE = frozenset({*ROLES["correct"], *ROLES["completion"], "prediction", "predictions"}) - {"result", "success"}
"""Columns of a table that is one run, whatever its other columns are called."""
NO_MODELS = frozenset(
    {"correct", "gold", "reference", "true", "right", "expected", "ground_truth", "groundtruth", "final", "parsed",
     "raw", "extracted", "predicted", "model", "mean", "average", "total", "full", "problem", "question", "is", "num",
     "n", "max", "std", "input", "prompt", "judge", "human", "format", "answer", "strict", "flexible", "lenient",
     "exact", "valid", "llm", "rule"}
)  # fmt: skip
"""Beginnings that say something else than whose column it is."""


def columns_of_models(columns: Sequence[str]) -> dict[str, dict[str, str]]:
    """Return, for each model that names of columns name, its columns by what they hold; empty if fewer than two.

    Examples
    --------
    >>> columns_of_models(["id", "base_correct", "base_tokens", "grpo_correct"])
    {'base': {'correct': 'base_correct'}, 'grpo': {'correct': 'grpo_correct'}}
    """
    found: dict[str, dict[str, str]] = {}
    for column in columns:
        for model, part in _readings(normal(column)):
            found.setdefault(model, {}).setdefault(part, column)
    if any(normal(column) in ALONE for column in columns):
        return {}
    models = {model: parts for model, parts in found.items() if {"correct", "completion"} & set(parts)}
    kinds = {frozenset({"correct", "completion"} & set(parts)) for parts in models.values()}
    return models if len(models) > 1 and len(kinds) == 1 else {}


def with_lists(table: RawTable, sample: Sequence[Mapping[str, Any]]) -> RawTable:
    """Return the table with columns that are numbered, ``response_1`` and ``response_2``, as one list a row."""
    if any(normal(column) in ALONE for column in table.columns):
        return table
    found: dict[str, dict[int, str]] = {}
    for column in table.columns:
        match = NUMBERED.fullmatch(normal(column))
        if match and column in sample[0]:
            found.setdefault(match[1], {})[int(match[2])] = column
    lists = {name: [c for _, c in sorted(numbered.items())] for name, numbered in found.items() if len(numbered) > 1}
    roles = {name: _role(name, [[row.get(c) for c in columns] for row in sample]) for name, columns in lists.items()}
    if not lists or len(set(roles.values())) < len(roles):
        return table
    members = {column for columns in lists.values() for column in columns}

    def one(row: Mapping[str, Any]) -> dict[str, Any]:
        shared = {key: value for key, value in row.items() if key not in members}
        return shared | {roles[name]: [row.get(c) for c in columns] for name, columns in lists.items()}

    def rows() -> Iterator[Numbered]:
        return ((number, one(row)) for number, row in table.rows())

    notes = [f"{', '.join(columns)} -> {len(columns)} completions per problem" for columns in lists.values()]
    columns = (*(c for c in table.columns if c not in members), *roles.values())
    return replace(table, columns=columns, rows=rows, notes=(*table.notes, *notes))


def _role(name: str, rows: Sequence[Sequence[Any]]) -> str:
    """Tell whether numbered columns hold verdicts or texts."""
    return "correct" if name in ROLES["correct"] or all(all_verdicts(cells) for cells in rows) else "completion"


def _readings(name: str) -> Iterator[tuple[str, str]]:
    """Yield the longest reading of a column's name as a model and a part, if there is one."""
    if is_known(name):
        return
    for part in sorted(NAMES, key=len, reverse=True):
        match = re.fullmatch(rf"(.+)[_./:]{re.escape(part)}|{re.escape(part)}[_./:](.+)", name)
        if match:
            model = match[1] or match[2]
            if model not in NO_MODELS and not (model.isdigit() and part.startswith("judg")):
                yield model, NAMES[part]
            return


def of_model_columns(table: RawTable, model: str, models: Mapping[str, Mapping[str, str]]) -> RawTable:
    """Return the table of one model: the shared columns, and its own under their usual names."""
    names = {column: part for part, column in models[model].items()}
    others = {column for parts in models.values() for column in parts.values()} - set(names)
    others |= {column.partition(".")[0] for column in others if "." in column}

    def one(row: Mapping[str, Any]) -> dict[str, Any]:
        return {names.get(key, key): value for key, value in row.items() if key not in others}

    def rows() -> Iterator[Numbered]:
        return ((number, one(row)) for number, row in table.rows())

    columns = tuple(names.get(c, c) for c in table.columns if c not in others)
    return replace(table, columns=columns, rows=rows)
