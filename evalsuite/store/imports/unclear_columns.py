"""Refuses a table whose columns leave open what is right, or which problem is which, with the option that says it."""

import re
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from evalsuite.errors import InputError
from evalsuite.store.imports import values
from evalsuite.store.imports.column_names import (
    NO_RUNS,
    ROLES,
    WRONG_ONES,
    all_empty,
    all_numbers,
    all_verdicts,
    is_known,
    lookup,
    normal,
)

__all__ = ["refuse_unclear"]


def refuse_unclear(
    columns: Sequence[str],
    found: Mapping[str, str],
    wide: Sequence[str],
    ignored: Sequence[str],
    sample: Sequence[Mapping[str, Any]],
    where: str,
    *,
    sure: bool = False,
) -> None:
    """Refuse a table that cannot be read, or not without a mistake; see `columns.find_roles`.

    Parameters
    ----------
    found
        Our name of a column to the file's.
    wide
        Columns that are one run each.
    ignored
        Columns that are not read.
    sure
        Whether the user named the column of verdicts.

    Raises
    ------
    InputError
        What is right is not said, or the opposite of it; the message names an option, with a column where one fits.
    """
    there = ", ".join(columns) or "none"
    if not any(map(is_known, columns)) and any(map(_is_cell, columns)):
        raise InputError(
            f"{where} has no header, for the first line seems to be a row: {there}. Put a line with names before it, "
            "such as problem_id,correct or question,answer,response"
        )
    _check_verdicts(found, sample, where)
    _check_answers_of_models(found, wide, sample, where)
    _check_elsewhere(found, ignored, sample, where)
    if not sure:
        _check_choices(found, sample, where)
    if not wide and not {"correct", "score"} & set(found) and not {"completion", "gold"} <= set(found):
        raise InputError(
            f"{where} has no column that says which rows are right. Columns there: {there}. "
            f"{_what_to_name(columns, found, ignored, sample)}"
        )
    if "problem_id" not in found and "question" not in found:
        raise InputError(
            f"{where} has no column that names the problems. Columns there: {there}. Name it with --id "
            f"{_naming(ignored, sample)}; rows without names can be compared by position in Python: "
            "evalsuite.compare(base, new) with lists of 0 and 1"
        )


def _naming(ignored: Sequence[str], sample: Sequence[Mapping[str, Any]]) -> str:
    """Return a column whose values all differ, as an example of one that names problems."""
    for column in ignored:
        cells = [str(lookup(row, column)) for row in sample]
        if len(set(cells)) == len(cells) > 1:
            return shlex.quote(column)
    return "COLUMN"


def _check_verdicts(found: Mapping[str, str], sample: Sequence[Mapping[str, Any]], where: str) -> None:
    """Refuse verdicts that are the opposite, or right answers."""
    column = found.get("correct")
    if column is None:
        return
    if normal(column) in WRONG_ONES:
        raise InputError(
            f"{where}: column {column!r} says which rows are wrong, and --correct names one that says which are right. "
            "Write a column with the opposite"
        )
    seen = [number for number in all_numbers([lookup(row, column) for row in sample]) if not 0 <= number <= 1]
    if seen and normal(column) in ("correct", "right") and "gold" not in found:
        low, high = values.usual_range(seen)
        name = shlex.quote(column)
        raise InputError(
            f"{where}: column {column!r} holds numbers such as {seen[0]:g}, which are no verdicts. If they are the "
            f"right answers: --column gold={name}; if they are scores: --column score={name} --score-range {low:g} "
            f"{high:g}"
        )


def _check_answers_of_models(
    found: Mapping[str, str], wide: Sequence[str], sample: Sequence[Mapping[str, Any]], where: str
) -> None:
    """Refuse columns of 0 and 1 that may be verdicts, or answers beside right answers that are 0 and 1 too."""
    gold = found.get("gold")
    if gold is None or not wide:
        return
    right = [lookup(row, gold) for row in sample]
    if all_verdicts(right) and not all_empty(right):
        raise InputError(
            f"{where}: {' and '.join(wide[:4])} may be verdicts, or the answers of models beside the right answers in "
            f"{gold!r}, which look alike. If they are verdicts: --column gold=; if they are answers, write a column "
            "that says which are right, or one table a model with --column completion=COLUMN"
        )


def _check_elsewhere(
    found: Mapping[str, str], ignored: Sequence[str], sample: Sequence[Mapping[str, Any]], where: str
) -> None:
    """Refuse rows that name something in another column than the others do, as where two files were joined."""
    for role in ("correct", "score", "completion", "gold"):
        column = found.get(role)
        others = [c for c in ignored if normal(c) in ROLES[role] and "." not in c]
        for number, row in enumerate(sample if column is not None and others else [], 1):
            if column in row or values.is_missing(lookup(row, str(column))) is False:
                continue
            other = next((c for c in others if not values.is_missing(row.get(c))), None)
            if other is not None:
                raise InputError(
                    f"{where}: row {number} has {other!r} where rows before it have {column!r}, as if two files of "
                    f"different programs were joined. Call both columns {column!r}, or give each its own file"
                )


def _check_choices(found: Mapping[str, str], sample: Sequence[Mapping[str, Any]], where: str) -> None:
    """Refuse a column called correct that holds letters to choose from, or may hold the answers of true or false."""
    column = found.get("correct", "")
    if normal(column) not in ("correct", "right") or "gold" in found:
        return
    words = {str(lookup(row, column)).strip().lower() for row in sample} - values.MISSING
    options = f"If these are the right answers: --column gold={shlex.quote(column)}"
    if any(len(word) == 1 and word.isalpha() and not all_verdicts([word]) for word in words):
        raise InputError(f"{where}: column {column!r} holds letters, which are no verdicts. {options}")
    said = {str(lookup(row, found["completion"])).strip().lower() for row in sample if "completion" in found}
    said -= values.MISSING
    if said and said | words <= _TRUTH:
        raise InputError(
            f"{where}: the answers are words such as {min(said)!r}, and column {column!r} holds such words too, so it "
            f"is not clear whether they say what is right. {options}; if they are verdicts: --correct "
            f"{shlex.quote(column)}"
        )


_TRUTH = frozenset({"true", "false", "t", "f", "yes", "no", "y", "n"})


def _what_to_name(
    columns: Sequence[str], found: Mapping[str, str], ignored: Sequence[str], sample: Sequence[Mapping[str, Any]]
) -> str:
    """Return the option that makes the table readable, with a column of the table where one fits."""
    if len(columns) == 1 and len(columns[0].split()) > 1 and any(is_known(c.strip('"')) for c in columns[0].split()):
        return "Fields are not parted by blanks: save it with commas or tabs"
    cells = {c: [lookup(row, c) for row in sample] for c in ignored}
    told = [c for c in ignored if not all_empty(cells[c])]
    verdicts = [c for c in told if all_verdicts(cells[c]) and normal(c) not in WRONG_ONES and _varies(cells[c])]
    if verdicts:
        named = [c for c in verdicts if NO_RUNS.fullmatch(normal(c)) is None] or verdicts
        advice = f"Name it with --correct {shlex.quote(named[0])}"
        if named is not verdicts or len(verdicts) < 2:
            return advice
        return f"{advice}; {' and '.join(verdicts[:4])} seem to be about one run. Call columns of models after them"
    scores = [c for c in ignored if all_numbers(cells[c]) and normal(c) in (*ROLES["correct"], *ROLES["score"])]
    if scores:
        low, high = values.usual_range(all_numbers(cells[scores[0]]))
        return f"If {scores[0]} is a score: --column score={shlex.quote(scores[0])} --score-range {low:g} {high:g}"
    shares = [] if {"completion", "gold"} <= set(found) else _shares(told, cells)
    if len(shares) > 1 and "completion" not in found:
        return f"If {' and '.join(shares[:3])} are scores of one run each: --score-range 0 1"
    if shares:
        return f"If {shares[0]} is a score: --column score={shlex.quote(shares[0])} --score-range 0 1"
    if "completion" in found and told:
        return f"Name it with --correct, or that of the right answers, such as --column gold={shlex.quote(told[0])}"
    if "gold" in found and told:
        return f"Name it with --correct, or that of the texts, such as --column completion={shlex.quote(told[0])}"
    if any(normal(c) in WRONG_ONES for c in ignored):
        return "Write one: which rows are wrong is there, and --correct names a column that says which are right"
    return "Name it with --correct COLUMN; scores with partial credit with --column score=COLUMN --score-range LOW HIGH"


def _shares(columns: Sequence[str], cells: Mapping[str, Sequence[Any]]) -> list[str]:
    """Return the columns that hold nothing but numbers from 0 to 1, both ends or a part of them."""
    named = [c for c in columns if "." not in c and normal(c) not in WRONG_ONES and not NO_RUNS.fullmatch(normal(c))]
    numbers = {c: all_numbers(cells[c]) for c in named}
    return [c for c, own in numbers.items() if own and min(own) >= 0 and max(own) <= 1 and len(set(own)) > 1]


def _varies(cells: Sequence[Any]) -> bool:
    """Tell whether cells say right of some rows and wrong of others; counts and times may be 1 everywhere."""
    return len({values.verdict(cell) for cell in cells} - {None}) > 1


def _is_cell(name: str) -> bool:
    """Tell whether a name in the header is a value: a number, or a truth value."""
    return re.fullmatch(r"-?\d+(\.\d+)?|true|false", name.strip().lower()) is not None
