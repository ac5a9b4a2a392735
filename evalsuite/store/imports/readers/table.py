"""People's own tables: CSV in any dialect, JSON, JSON Lines, Parquet; long, wide, or with several completions a row.

Also what `evalsuite export` writes, which brings every grader's verdicts.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from evalsuite.errors import InputError
from evalsuite.store.imports import values
from evalsuite.store.imports.bulk import distinct_cells
from evalsuite.store.imports.columns import GROUPS, Roles, find_roles, lookup, normal
from evalsuite.store.imports.nested_models import models_in, of_model
from evalsuite.store.imports.peek import Peek
from evalsuite.store.imports.raw_table import RawTable, open_table
from evalsuite.store.imports.results import ForeignRun, ReadOptions
from evalsuite.store.imports.table_rows import IMPORTED, OUTCOME, SCORE, TableRows, listed_columns, run_name
from evalsuite.store.imports.text_files import label_of

__all__ = ["NAME", "SUFFIXES", "read", "recognise", "runs_of_table"]

NAME = "table"
SUFFIXES = (".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".parquet")
_LOW, _HIGH = "score_low", "score_high"


def recognise(peek: Peek) -> bool:
    """Any file may be a table, and so may a folder that holds tables and no folders."""
    return not peek.is_folder or any(file.parent == peek.path for file in _tables(peek.files))


def read(path: Path, options: ReadOptions) -> Sequence[ForeignRun]:
    """Return the runs of a file, or of every table that lies in a folder."""
    if not path.is_dir():
        return runs_of_table(open_table(path), options, label=label_of(path), files=(path,))
    files = sorted(_tables(file for file in path.iterdir() if file.is_file()))
    if not files:
        raise InputError(f"{path} holds no table ({', '.join(SUFFIXES)}). Name a file, or a folder that holds some")
    return [run for file in files for run in read(file, options)]


def _tables(files: Any) -> list[Path]:
    packed = re.compile(r"\.(gz|zst)$", re.IGNORECASE)
    return [file for file in files if packed.sub("", file.name.lower()).endswith(SUFFIXES)]


def runs_of_table(
    table: RawTable, options: ReadOptions, *, label: str, files: tuple[Path, ...] = ()
) -> tuple[ForeignRun, ...]:
    """Return the runs of a table: one, one a column of verdicts, or one a model.

    Raises
    ------
    InputError
        Nothing names the problems, or nothing can be compared; the message names the option that decides it.
    """
    sample = table.sample()
    if not sample:
        raise InputError(f"{table.name} holds no rows")
    models = () if options.group_by or options.columns.get("correct") else models_in(table, sample)
    if models:
        note = f"{len(models)} columns of objects, one run each: {', '.join(models)}"
        tables = [of_model(replace(table, notes=(*table.notes, note)), model, models, sample) for model in models]
        return tuple(
            run
            for one, model in zip(tables, models, strict=True)
            for run in runs_of_table(one, options, label=model, files=files)
        )
    graders = tuple(c.removeprefix(OUTCOME) for c in table.columns if c.startswith(OUTCOME))
    scorers = _scorers(table.columns)
    # What an export says of every grader's range, it need not be told.
    told = replace(options, score_range=None) if scorers else _with_own_range(table, options)
    roles = find_roles(table.columns, sample, told, where=table.name)
    group = options.group_by or _group(table, roles)
    base = TableRows(table, roles, graders, listed_columns(table, roles, sample), scorers=scorers)
    graders = (*graders, *scorers)
    notes = (*table.notes, *roles.notes)
    unknown = _unknown(roles)
    run = ForeignRun(
        label=label,
        program="evalsuite export" if graders else NAME,
        rows=base,
        files=files,
        primary_grader=_own(sample, "primary_grader") if graders else IMPORTED,
        score_ranges=_own_ranges(table, scorers) if graders else _ranges(roles, told),
        n_rows=table.n_rows,
        notes=notes,
        unknown=unknown,
        ignored=_left(table, roles, graders, group),
        numbered="completion_index" in roles.columns or bool(graders),
    )
    if graders:
        return (replace(run, label=_own(sample, "run") or label, notes=(), unknown=()),)
    if roles.wide:
        return tuple(
            replace(
                run,
                label=column,
                rows=replace(base, verdicts=column, scored=told.score_range is not None),
                unknown=unknown,
            )
            for column in roles.wide
        )
    if group is None:
        return (run,)
    cells = distinct_cells(table.relation, group)
    names = dict.fromkeys(map(run_name, (lookup(row, group) for _, row in table.rows()) if cells is None else cells))
    grouped = f"{group} -> one run a value: {', '.join(list(names)[:5])}{', ...' if len(names) > 5 else ''}"
    return tuple(
        replace(run, label=name, rows=replace(base, group=(group, name)), n_rows=None, notes=(*notes, grouped))
        for name in names
    )


def _scorers(columns: Sequence[str]) -> tuple[str, ...]:
    """Return the graders of an export that give scores, which stand there with their range."""
    names = [c.removeprefix(f"{_LOW}_") for c in columns if c.startswith(f"{_LOW}_")]
    return tuple(name for name in names if {f"{SCORE}_{name}", f"{_HIGH}_{name}"} <= set(columns))


def _own_ranges(table: RawTable, scorers: Sequence[str]) -> dict[str, tuple[float, float]]:
    """Return the range of the scores that an export states."""
    found: dict[str, tuple[float, float]] = {}
    for _, row in table.rows() if scorers else ():
        for name in scorers:
            low, high = (values.number(row.get(f"{end}_{name}"), f"{end}_{name}") for end in (_LOW, _HIGH))
            if name not in found and low is not None and high is not None:
                found[name] = (low, high)
        if len(found) == len(scorers):
            break
    return found


def _ranges(roles: Roles, options: ReadOptions) -> dict[str, tuple[float, float]]:
    """Return the range of a table's scores: as given, or 0 to 1 of a column that is called score."""
    if options.score_range is not None:
        return dict.fromkeys((IMPORTED, SCORE), options.score_range)
    return {IMPORTED: (0.0, 1.0)} if normal(roles.columns.get("correct", "")) == SCORE else {}


def _with_own_range(table: RawTable, options: ReadOptions) -> ReadOptions:
    """Return the options with the range that columns score_low and score_high state, if they state one."""
    if options.score_range is not None or not {SCORE, _LOW, _HIGH} <= set(table.columns):
        return options
    stated = {(values.number(row.get(_LOW), _LOW), values.number(row.get(_HIGH), _HIGH)) for _, row in table.rows()}
    low, high = stated.pop() if len(stated) == 1 else (None, None)
    return options if low is None or high is None else replace(options, score_range=(low, high))


def _own(sample: Sequence[Mapping[str, Any]], column: str) -> str | None:
    """Return the one value of a column of an export."""
    found = {row.get(column) for row in sample}
    value = found.pop() if len(found) == 1 else None
    return value if isinstance(value, str) else None


def _group(table: RawTable, roles: Roles) -> str | None:
    """Return the column whose values are models, where it has more than one."""
    used = {*roles.columns.values(), *roles.wide}
    for column in table.columns:
        if normal(column) in GROUPS and column not in used:
            cells = distinct_cells(table.relation, column)
            if cells is not None:
                if len({run_name(cell) for cell in cells}) > 1:
                    return column
                continue
            first: Any = None
            for k, (_, row) in enumerate(table.rows()):
                value = run_name(lookup(row, column))
                if k and value != first:
                    return column
                first = value
    return None


def _left(table: RawTable, roles: Roles, graders: Sequence[str], group: str | None) -> tuple[str, ...]:
    kinds = ("outcome", "extracted", "version", SCORE, _LOW, _HIGH)
    own = {f"{kind}_{g}" for g in graders for kind in kinds}
    own |= {"run", "primary_grader", "stop_detail", SCORE} if graders else set()
    own |= {_LOW, _HIGH} if graders or SCORE in roles.columns else set()
    # What an export says of a run made here has no place in an import.
    whole = [c for c in roles.ignored if c != group and c not in own and ("." not in c or not _nested(table, c))]
    return tuple(c or "(without a name)" for c in whole)


def _nested(table: RawTable, column: str) -> bool:
    return column.rpartition(".")[0] in table.columns


def _unknown(roles: Roles) -> tuple[str, ...]:
    open_questions = {
        "completion": "the texts",
        "stop_reason": "why completions ended",
        "question": "the questions",
        "gold": "the right answers",
    }
    return tuple(words for role, words in open_questions.items() if role not in roles.columns)
