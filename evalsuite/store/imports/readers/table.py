"""People's own tables: CSV in any dialect, JSON, JSON Lines, Parquet; long, wide, or with several completions a row.

Also what `evalsuite export` writes, which brings every grader's verdicts.
"""

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from evalsuite.errors import InputError
from evalsuite.store.imports import values
from evalsuite.store.imports.bulk import distinct_cells
from evalsuite.store.imports.column_names import GROUPS, ROLES, lookup, normal
from evalsuite.store.imports.columns import Roles, find_roles
from evalsuite.store.imports.decimal_commas import comma_columns
from evalsuite.store.imports.ends import ends
from evalsuite.store.imports.model_columns import columns_of_models, of_model_columns, with_lists
from evalsuite.store.imports.nested_models import models_in, of_model
from evalsuite.store.imports.not_rows import Totals
from evalsuite.store.imports.peek import Peek
from evalsuite.store.imports.raw_table import RawTable, open_table, without_totals
from evalsuite.store.imports.repeats import columns_apart
from evalsuite.store.imports.results import Apart, ForeignRun, ReadOptions
from evalsuite.store.imports.shards import FILE, gathered, joined
from evalsuite.store.imports.table_rows import IMPORTED, OUTCOME, SCORE, TableRows, listed_columns, run_name
from evalsuite.store.imports.text_files import SUFFIXES, label_of, suffix_of

__all__ = ["NAME", "read", "recognise", "runs_of_table"]

NAME = "table"
NAMING = ("problem_id", "completion_index")
"""Columns that name rows; the others of `ROLES` say something of them."""
_LOW, _HIGH = "score_low", "score_high"


def recognise(peek: Peek) -> bool:
    """Any file may be a table, and so may a folder that holds tables and no folders."""
    return not peek.is_folder or any(file.parent == peek.path for file in _tables(peek.files))


def read(path: Path, options: ReadOptions) -> Sequence[ForeignRun]:
    """Return the runs of a file, or of every table that lies in a folder, numbered parts of one together."""
    if not path.is_dir():
        return runs_of_table(open_table(path), options, label=label_of(path), files=(path,))
    files = sorted(_tables(file for file in path.iterdir() if file.is_file()))
    if not files:
        raise InputError(f"{path} holds no table ({', '.join(SUFFIXES)}). Name a file, or a folder that holds some")
    runs: list[ForeignRun] = []
    left: dict[str, InputError] = {}
    for parts in gathered(files):
        label = label_of(parts[0]) if len(parts) == 1 else path.name
        try:
            runs += runs_of_table(joined(parts), options, label=label, files=parts)
        except InputError as error:
            if suffix_of(parts[0]) != ".json":
                raise
            # Settings and totals lie beside results.
            left[parts[0].name] = error
    if not runs:
        raise next(iter(left.values()))
    notes = (f"not read: {', '.join(left)}",) if left else ()
    return [replace(run, notes=(*run.notes, *notes)) for run in runs]


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
    if not table.sample():
        raise InputError(f"{table.name} holds no rows")
    totals = _totals(table, options)
    table = without_totals(table, totals)
    sample = table.sample()
    if not sample:
        raise InputError(f"{table.name} holds only totals, which have no problem")
    if not options.columns:
        table = with_lists(table, sample)
        sample = table.sample()
    several = _of_models(table, sample, options)
    if several:
        return tuple(run for model, one in several for run in runs_of_table(one, options, label=model, files=files))
    graders = tuple(c.removeprefix(OUTCOME) for c in table.columns if c.startswith(OUTCOME))
    scorers = _scorers(table.columns)
    # What an export says of every grader's range, it need not be told.
    told = _without_range(table, scorers, options) if graders or scorers else _with_own_range(table, options)
    roles = find_roles(table.columns, _with_points(table, sample), told, where=table.name)
    group = options.group_by or _group(table, roles)
    _refuse_cut_cells(table, roles, sample)
    told_ends = _ends_told(roles, sample)
    base = TableRows(
        table, roles, graders, listed_columns(table, roles, sample), scorers=scorers, with_ends=bool(told_ends),
        commas=comma_columns(roles.columns, sample, table.name, decimal_comma=table.decimal_comma)
        if table.is_text and not graders else frozenset(),
    )  # fmt: skip
    commas = (f"{roles.columns['gold']} has decimal commas",) if base.commas else ()
    graders = (*graders, *scorers)
    run = ForeignRun(
        label=label,
        program="evalsuite export" if graders else NAME,
        rows=base,
        files=files,
        primary_grader=_own(sample, "primary_grader") if graders else IMPORTED,
        score_ranges=_own_ranges(table, scorers) if graders else _ranges(roles, told),
        n_rows=table.n_rows,
        notes=(*table.notes, *roles.notes, *told_ends, *commas),
        unknown=_unknown(roles, ends_told=any("stop_reason" in note for note in told_ends)),
        ignored=_left(table, roles, graders, group),
        numbered="completion_index" in roles.columns or bool(graders) or _lists(base, sample),
        noticed=totals.notes,
        apart=None if "completion_index" in options.columns else partial(_apart, base),
    )
    if graders:
        return (replace(run, label=_own(sample, "run") or label, notes=(), unknown=()),)
    if roles.wide:
        scored = replace(base, scored=told.score_range is not None)
        return tuple(replace(run, label=column, rows=replace(scored, verdicts=column)) for column in roles.wide)
    return (run,) if group is None else _one_a_value(table, run, base, group)


def _refuse_cut_cells(table: RawTable, roles: Roles, sample: Sequence[Mapping[str, Any]]) -> None:
    """Refuse a page of the Hugging Face datasets server of which a cell that is read was cut off."""
    read = {column.removeprefix("row.").partition(".")[0] for column in roles.columns.values()}
    for number, row in enumerate(sample if "truncated_cells" in table.columns else [], 1):
        cut = [str(cell) for cell in row.get("truncated_cells") or () if str(cell) in read]
        if cut:
            raise InputError(
                f"{table.name}: the server cut the cell {cut[0]!r} of row {number} off. Read the Parquet file of the "
                "data set instead, which its page lists under Files, or `datasets.load_dataset(...).to_parquet(...)`"
            )


def _with_points(table: RawTable, sample: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return rows of a table of text with points in their decimal numbers, to tell verdicts and scores by."""
    if not table.is_text:
        return list(sample)
    return [
        {column: values.with_point(cell, decimal_comma=table.decimal_comma) for column, cell in row.items()}
        for row in sample
    ]


def _one_a_value(table: RawTable, run: ForeignRun, base: TableRows, group: str) -> tuple[ForeignRun, ...]:
    """Return a run for each value of the column `group`."""
    cells = distinct_cells(table.relation, group)
    names = dict.fromkeys(map(run_name, (lookup(row, group) for _, row in table.rows()) if cells is None else cells))
    grouped = f"{group} -> one run a value: {', '.join(list(names)[:5])}{', ...' if len(names) > 5 else ''}"
    return tuple(
        replace(run, label=name, rows=replace(base, group=(group, name)), n_rows=None, notes=(*run.notes, grouped))
        for name in names
    )


def _totals(table: RawTable, options: ReadOptions) -> Totals:
    """Return what finds the totals of a table, by the columns that name problems."""
    given = options.columns.get("problem_id")
    names = [c for c in table.columns if normal(c) in ROLES["problem_id"]] if given is None else [given]
    filled = [c for c in table.columns if normal(c) in (*ROLES["question"], *ROLES["completion"], *ROLES["gold"])]
    names = names or list(table.columns[:1])
    return Totals(names, [c for c in filled if c not in names])


def _of_models(
    table: RawTable, sample: Sequence[Mapping[str, Any]], options: ReadOptions
) -> list[tuple[str, RawTable]]:
    """Return a table for each model that names of columns name, if there are several."""
    if options.group_by or {"correct", "completion", "score"} & {*options.columns}:
        return []
    models = models_in(table, sample)
    if models:
        told = replace(
            table, notes=(*table.notes, f"{len(models)} columns of objects, one run each: {', '.join(models)}")
        )
        return [(model, of_model(told, model, models, sample)) for model in models]
    parts = columns_of_models([c for c in table.columns if c in sample[0]])
    told = replace(table, notes=(*table.notes, f"columns of {len(parts)} models, one run each: {', '.join(parts)}"))
    return [(model, of_model_columns(told, model, parts)) for model in parts]


def _lists(rows: TableRows, sample: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether completions are numbered by their place in a list."""
    columns = [rows.roles.columns.get(role) for role in ("completion", "correct", "score")]
    return bool({"completion", "correct", "score"} & rows.lists) or any(
        isinstance(cell := lookup(row, column), list | tuple) and len(cell) > 1
        for row in sample
        for column in columns
        if column is not None
    )


def _apart(rows: TableRows) -> Sequence[Apart]:
    """Return the columns that were not read and tell rows of one problem apart."""
    if "problem_id" not in rows.roles.columns:
        return ()
    said = {name for role, names in ROLES.items() if role not in NAMING for name in names}
    candidates = [column for column in rows.roles.ignored if normal(column) not in said]
    return columns_apart(rows.own_rows, rows.roles.columns["problem_id"], candidates)


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


def _without_range(table: RawTable, scorers: Sequence[str], options: ReadOptions) -> ReadOptions:
    """Return the options for an export, which says the range of its graders itself; another one is refused."""
    given = options.score_range
    own = _own_ranges(table, scorers)
    if given is not None and given not in own.values():
        said = ", ".join(f"{name}: {low:g} to {high:g}" for name, (low, high) in own.items())
        raise InputError(
            f"--score-range {given[0]:g} {given[1]:g} has no effect on {table.name}, an export, whose graders have "
            f"{f'a range of their own ({said})' if own else 'verdicts and no scores'}. Leave the option out"
        )
    return replace(options, score_range=None)


def _ranges(roles: Roles, options: ReadOptions) -> dict[str, tuple[float, float]]:
    """Return the range of a table's scores: as given, or 0 to 1 of a column that is called score."""
    if options.score_range is not None:
        return dict.fromkeys((IMPORTED, SCORE), options.score_range)
    return {IMPORTED: (0.0, 1.0)} if normal(roles.columns.get("correct", "")) in (SCORE, f"metrics.{SCORE}") else {}


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
            if cells is None:
                cells = list(
                    {run_name(cell): cell for cell in (lookup(row, column) for _, row in table.rows())}.values()
                )
            if len({run_name(cell) for cell in cells}) < 2:
                continue
            if any(map(values.is_missing, cells)):
                raise InputError(
                    f"{table.name}: column {column!r} is empty in some rows and names a model in others, as where a "
                    "spreadsheet merged cells. Write the name into every row; if these rows are a run of their own: "
                    f"--group-by {shlex.quote(column)}"
                )
            return column
    return None


def _left(table: RawTable, roles: Roles, graders: Sequence[str], group: str | None) -> tuple[str, ...]:
    kinds = ("outcome", "extracted", "version", SCORE, _LOW, _HIGH)
    own = {f"{kind}_{g}" for g in graders for kind in kinds}
    own |= {"run", "primary_grader", "stop_detail", SCORE} if graders else set()
    own |= {FILE}
    own |= {_LOW, _HIGH} if graders or SCORE in roles.columns else set()
    # What an export says of a run made here has no place in an import.
    whole = [c for c in roles.ignored if c != group and c not in own and ("." not in c or not _nested(table, c))]
    return tuple(c or "(without a name)" for c in whole)


def _nested(table: RawTable, column: str) -> bool:
    return column.rpartition(".")[0] in table.columns


def _ends_told(roles: Roles, sample: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return what the cells of completions say beside their texts and no column says, as notes."""
    column = roles.columns.get("completion")
    cells = [cell for row in sample if isinstance(cell := lookup(row, column), list | dict)] if column else []
    found = [end for cell in cells for end in ends(cell)]
    said = {
        "stop_reason": any(end.reason is not None for end in found),
        "n_tokens": any(end.n_tokens is not None for end in found),
    }
    return tuple(f"{role} from {column}" for role, told in said.items() if told and role not in roles.columns)


def _unknown(roles: Roles, *, ends_told: bool) -> tuple[str, ...]:
    open_questions = {
        "completion": "the texts",
        "stop_reason": "why completions ended",
        "question": "the questions",
        "gold": "the right answers",
    }
    if ends_told:
        del open_questions["stop_reason"]
    return tuple(words for role, words in open_questions.items() if role not in roles.columns)
