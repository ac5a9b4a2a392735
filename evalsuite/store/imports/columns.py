"""Which column of somebody's table is which of ours: by its usual names, and, where a name means two things, by values.

What is decided is said in a note. What cannot be decided is an error that names the option that decides it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial
from typing import Any

from evalsuite.errors import InputError
from evalsuite.grading.extract import last_number
from evalsuite.store.imports import values
from evalsuite.store.imports.column_names import (
    GROUPS,
    MANY_MEANINGS,
    NO_PROBLEMS,
    NO_RUNS,
    ROLES,
    TWO_MEANINGS,
    WHOLE,
    WRONG_ONES,
    all_empty,
    all_numbers,
    all_verdicts,
    all_within,
    count_up,
    lookup,
    normal,
)
from evalsuite.store.imports.not_rows import TOTALS
from evalsuite.store.imports.results import ReadOptions
from evalsuite.store.imports.unclear_columns import refuse_unclear

__all__ = ["Roles", "find_roles"]


@dataclass(frozen=True, slots=True)
class Roles:
    """What was decided.

    Attributes
    ----------
    columns
        Our name of a column to the file's.
    wide
        Columns that are one run each: every value is a verdict, or, where their range is given, a score.
    notes
        What was read as what, in short sentences without a full stop.
    ignored
        Columns that are not read.
    """

    columns: Mapping[str, str]
    wide: tuple[str, ...]
    notes: tuple[str, ...]
    ignored: tuple[str, ...]


def find_roles(
    columns: Sequence[str], sample: Sequence[Mapping[str, Any]], options: ReadOptions, *, where: str
) -> Roles:
    """Decide which column is which.

    Parameters
    ----------
    columns
        Those of the file; nested ones with dots.
    sample
        The first rows.
    where
        The file, for messages.

    Raises
    ------
    InputError
        An option names a column that is not there, nothing names the problems, or nothing can be compared.
    """
    found = _given(columns, options, where)
    if options.score_range is not None and "correct" in found and "score" not in found:
        # The range says that the named column holds scores.
        found["score"] = found.pop("correct")
    unread = {ours for ours, theirs in options.columns.items() if not theirs}
    notes = [f"{theirs} -> {ours}" for ours, theirs in found.items()]
    free = [c for c in columns if c not in found.values() and c != options.group_by]
    by_name = _by_name(free)
    for role, names in ROLES.items():
        candidates = [by_name[n] for n in names if n in by_name and by_name[n] not in found.values()]
        if role == "score" and options.score_range is not None and role not in found:
            candidates = [by_name[n] for n in (*names, *ROLES["correct"]) if n in by_name]
        if role in found or role in unread or not candidates or (role == "score" and options.score_range is None):
            continue
        chosen = _choose(role, candidates, sample, found, scored=options.score_range is not None)
        if chosen is not None:
            found[role] = chosen
            if chosen != role:
                notes.append(f"{chosen or 'the column without a name'} -> {role}")
    for name in TWO_MEANINGS:
        unclear = by_name.get(name)
        if unclear is not None and unclear not in found.values():
            meaning, why = _meaning(unclear, name, sample, found, by_name)
            if meaning is not None and meaning not in found and meaning not in unread:
                found[meaning] = unclear
                notes.append(f"{unclear} -> {meaning}{why}")
    if {"gold", "extracted"} <= set(found) and not {"correct", "score", "completion"} & set(found):
        found["completion"] = found.pop("extracted")
        notes = [note for note in notes if not note.endswith(" -> extracted")]
        notes.append(f"{found['completion']} -> completion, as there are no texts")
    wide = _wide(columns, sample, found, options)
    _refuse_percents(sample, options, [*wide, *(found[r] for r in ("score",) if r in found)], where)
    if wide:
        kind = "verdicts" if options.score_range is None else "scores"
        notes.append(f"{len(wide)} columns of {kind}, one run each: {', '.join(wide)}")
        shares = _shares(columns, sample, (*wide, *found.values()))
        if shares and options.score_range is None:
            notes.append(
                f"not read, as it holds shares beside 0 and 1: {', '.join(shares)}; with --score-range 0 1 all these "
                "columns are scores"
            )
    used = {*found.values(), *wide, options.group_by}
    ignored = tuple(c for c in columns if c not in used and not _is_part(c, used))
    refuse_unclear(columns, found, wide, ignored, sample, where, sure="correct" in options.columns)
    if options.score_range is not None and "score" not in found and not wide:
        raise InputError(
            f"--score-range has no effect on {where}, which has no column of scores. Columns there: "
            f"{', '.join(columns)}. Name it with --column score=COLUMN"
        )
    return Roles(found, wide, tuple(notes), ignored)


def _by_name(columns: Sequence[str]) -> dict[str, str]:
    """Return the columns by their names; those inside of objects also by the last part, where only one is called so."""
    found: dict[str, str] = {}
    for column in columns:
        found.setdefault(normal(column), column)
    inner = [column for column in columns if "." in column and normal(column.partition(".")[0]) not in WHOLE]
    inner = [column for column in inner if not _is_own_id(column)]
    names = [normal(column.rpartition(".")[2]) for column in inner]
    for column, name in zip(inner, names, strict=True):
        surely = name not in MANY_MEANINGS or (name == "text" and normal(column.partition(".")[0]) == "result")
        if names.count(name) == 1 and surely:
            found.setdefault(name, column)
    return found


def _is_own_id(column: str) -> bool:
    """Tell whether a nested column names something else than a problem: a model, a request."""
    parent, _, name = column.rpartition(".")
    return normal(parent.rpartition(".")[2]) in NO_PROBLEMS and normal(name) in ROLES["problem_id"]


def _given(columns: Sequence[str], options: ReadOptions, where: str) -> dict[str, str]:
    found = {}
    for ours, theirs in options.columns.items():
        if ours not in ROLES:
            raise InputError(f"there is no column {ours!r} here to read as: choose from {', '.join(ROLES)}")
        if theirs:
            found[ours] = _there(theirs, columns, where, f"--column {ours}={theirs}")
    if options.group_by is not None:
        _there(options.group_by, columns, where, f"--group-by {options.group_by}")
    return found


def _there(name: str, columns: Sequence[str], where: str, option: str) -> str:
    for column in columns:
        if name == column:
            return column
    alike = [column for column in columns if normal(column) == normal(name)]
    if len(alike) == 1:
        return alike[0]
    close = get_close_matches(name, columns, 1)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    raise InputError(f"{where} has no column {name!r} ({option}).{hint} Columns there: {', '.join(columns)}")


def _choose(
    role: str, candidates: Sequence[str], sample: Sequence[Mapping[str, Any]], found: Mapping[str, str], *, scored: bool
) -> str | None:
    cells = {column: [lookup(row, column) for row in sample] for column in candidates}
    if role == "problem_id":
        return _id(candidates, cells, sample)
    if role == "correct":
        # A column of verdicts before one of graded scores, whatever their names.
        candidates = [c for c in candidates if all_verdicts(cells[c]) or normal(c) in ROLES["correct"]]
        verdicts = [c for c in candidates if all_verdicts(cells[c]) and not all_empty(cells[c])]
        if scored:
            return next((c for c in verdicts if normal(c) not in ROLES["score"]), None)
        rest = [c for c in candidates if normal(c) not in ("result", "accuracy", "judge", "judgement", "judgment")]
        return next(iter(verdicts), next(iter(rest), None))
    if role == "score":
        named = [c for c in candidates if normal(c) in ROLES["score"]]
        return next(iter(named), next((c for c in candidates if not all_verdicts(cells[c])), None))
    if role == "completion":
        # Of a multiple-choice problem the choices are what can be chosen, not what was.
        candidates = [c for c in candidates if normal(c) != "choices" or all(map(_are_answers, cells[c]))]
        if not candidates:
            return None
        return next((c for c in candidates if not all_empty(cells[c])), candidates[0])
    if role == "completion_index" and candidates[0] != "completion_index":
        ids = [str(lookup(row, found["problem_id"])) for row in sample] if "problem_id" in found else []
        repeated = len(set(ids)) < len(ids) or len(sample) < 2
        return next((c for c in candidates if repeated and count_up(cells[c])), None)
    if role == "extracted":
        return next((c for c in candidates if not all_empty(cells[c])), None)
    return candidates[0]


def _are_answers(cell: Any) -> bool:
    """Tell whether choices are those of a server's response, which have messages, or texts with an index."""
    return isinstance(cell, str) is False and (
        not cell
        or (
            isinstance(cell, list)
            and all(isinstance(one, Mapping) and ("message" in one or {"text", "index"} <= set(one)) for one in cell)
        )
    )


def _id(
    candidates: Sequence[str], cells: Mapping[str, Sequence[Any]], sample: Sequence[Mapping[str, Any]]
) -> str | None:
    """Return the first that names problems: no constant, and, beside a number of the completion, one that repeats."""
    scalars = [c for c in candidates if not any(isinstance(v, Mapping | list) for v in cells[c])]
    varying = [c for c in scalars if len({str(v) for v in cells[c]}) > 1] or (scalars if len(sample) < 2 else [])
    names = {normal(key) for row in sample[:1] for key in row}
    # One value everywhere is one problem, unless questions tell more apart (``task_id`` may be the name of a set).
    if not names & set(ROLES["question"]):
        varying = varying or scalars
    varying = varying or [c for c in scalars if normal(c) == "problem_id"]
    if names & set(ROLES["completion_index"]):
        varying = [c for c in varying if len({str(v) for v in cells[c]}) < len(cells[c])] or varying
    return next(iter(varying), None)


def _meaning(
    column: str, name: str, sample: Sequence[Mapping[str, Any]], found: Mapping[str, str], there: Mapping[str, str]
) -> tuple[str | None, str]:
    """Tell what a column called answer, prediction, solution or label holds: right answers, answers read, or texts."""
    cells = [lookup(row, column) for row in sample]
    if name == "label":
        predicted = {"completion", "extracted"} & set(found) or {"prediction", "predictions"} & set(there)
        return ("gold", "") if "correct" not in found and predicted else (None, "")
    if name == "solution":
        return ("gold", ", the worked solution") if "gold" not in found else (None, "")
    if name in ("prediction", "predictions"):
        if "completion" in found:
            return "extracted", ", beside the texts"
        return "completion", ""
    if "gold" in found:
        return ("extracted", ", beside right answers and texts") if "completion" in found else ("completion", "")
    if any("####" in str(cell) for cell in cells):
        return "gold", ", it ends in #### and a number"
    if "completion" in found and _is_read_from(cells, sample, found):
        return "extracted", ", in wrong rows too it is what the text says"
    if "completion" not in found and "correct" not in found:
        return "gold", ""
    long = [cell for cell in cells if isinstance(cell, list) or len(str(cell)) > 60]
    if "completion" not in found and len(long) > len(cells) / 2:
        return "completion", ", most are long texts"
    return "gold", ", taken for the right answer"


def _is_read_from(cells: Sequence[Any], sample: Sequence[Mapping[str, Any]], found: Mapping[str, str]) -> bool:
    """Tell whether the answer is what the completion says even where that is wrong."""
    agree = differ = 0
    for cell, row in zip(cells, sample, strict=True):
        try:
            wrong = "correct" in found and values.verdict(lookup(row, found["correct"])) is False
            text = values.text(lookup(row, found["completion"]))
        except values.UnreadableValueError:
            continue
        said = None if text is None else values.gold(last_number(text))
        answer = values.gold(cell)
        if wrong and said is not None and answer is not None:
            agree, differ = agree + (said == answer), differ + (said != answer)
    # A right answer beside a wrong verdict is rare; one or two rows say nothing.
    return agree >= 3 and agree > 4 * differ


def _wide(
    columns: Sequence[str], sample: Sequence[Mapping[str, Any]], found: Mapping[str, str], options: ReadOptions
) -> tuple[str, ...]:
    one_run = "correct" in found or "score" in found or "completion" in found
    if one_run or options.group_by is not None or options.columns.get("correct"):
        return ()
    rest = [c for c in columns if c not in found.values() and normal(c) not in (*GROUPS, "seed", "split", "")]
    rest = [c for c in rest if NO_RUNS.fullmatch(normal(c)) is None and normal(c) not in WRONG_ONES]
    rest = [c for c in rest if normal(c).replace("_", " ") not in TOTALS]
    fits = all_verdicts if options.score_range is None else partial(all_within, limits=options.score_range)
    wide = [c for c in rest if fits([lookup(row, c) for row in sample])]
    wide = [c for c in wide if not all_empty([lookup(row, c) for row in sample])]
    return tuple(wide) if len(wide) > 1 else ()


def _shares(columns: Sequence[str], sample: Sequence[Mapping[str, Any]], used: Sequence[str]) -> list[str]:
    """Return the other columns that may be runs with partial credit: numbers from 0 to 1 that reach an end."""
    found = []
    for column in columns:
        name = normal(column)
        if (
            column in used
            or "." in column
            or name in (*GROUPS, *WRONG_ONES, "seed", "split", "")
            or NO_RUNS.fullmatch(name)
        ):
            continue
        cells = all_numbers([lookup(row, column) for row in sample])
        if cells and min(cells) >= 0 and max(cells) == 1 and min(cells) < 1:
            found.append(column)
    return found


def _refuse_percents(
    sample: Sequence[Mapping[str, Any]], options: ReadOptions, columns: Sequence[str], where: str
) -> None:
    """Refuse a range above 1 for scores that are percents, which are read as shares."""
    if options.score_range is None or options.score_range[1] <= 1:
        return
    for column in columns:
        cell = next((c for row in sample if "%" in str(c := lookup(row, column))), None)
        if cell is not None:
            raise InputError(
                f"{where}: column {column!r} holds percents such as {str(cell).strip()!r}, which are read as shares of "
                "1: --score-range 0 1"
            )


def _is_part(column: str, used: set[str | None]) -> bool:
    """Tell whether a nested object is read in part."""
    return any(other is not None and (other.startswith(f"{column}.")) for other in used)
