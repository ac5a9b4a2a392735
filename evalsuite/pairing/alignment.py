"""Several runs on the same problems, in the order of the first, and what that rests on.

Where every run knows its questions, a pair is one question with one gold answer; where a run does not, it is one id,
after a check of what both sides know. What contradicts itself is refused, never paired. The normal forms in which
things are compared are those of `normal_form`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from evalsuite.pairing.match import (
    Coded,
    Conflicts,
    Known,
    coded,
    codes,
    content_conflicts,
    match_content,
    match_ids,
    repeated,
)
from evalsuite.pairing.normal_form import IdForm
from evalsuite.pairing.record import By, Pairing, PairingRule
from evalsuite.pairing.refusals import SHOWN, Side, contradiction, missing, no_questions, shifted
from evalsuite.scores import ScoreMatrix

__all__ = ["Aligned", "Named", "align"]

Named = Literal["id", "index", "position"]
Rows = NDArray[np.int64]
ANY = PairingRule()


@dataclass(frozen=True, slots=True)
class Aligned:
    """Runs on the same problems in the order of the first, and how they were paired."""

    runs: tuple[ScoreMatrix, ...]
    pairing: Pairing


def align(
    *runs: ScoreMatrix,
    known: Callable[[], Sequence[Known]] | None = None,
    rule: PairingRule = ANY,
    named: Named = "id",
) -> Aligned:
    """Bring several runs onto the same problems, in the order of the first.

    Parameters
    ----------
    known
        Returns what each run knows of its problems; asked only where the keys of the runs do not settle it. None pairs
        by the keys alone.
    rule
        What must be equal, and whether problems without partner, or with several, are left out.
    named
        What the ids of the runs are: names, the index of a pandas Series, or only positions.

    Raises
    ------
    PairingError
        The runs hold different problems, or say of different problems that they are the same; the message shows the
        first of them from both sides and the ways out.
    """
    if named == "position" or (rule.by in (None, "content") and _settled(runs, rule)):
        return _by_keys(runs, rule, named)
    return _by_facts(runs, None if known is None else known(), rule, named)


def _settled(runs: Sequence[ScoreMatrix], rule: PairingRule) -> bool:
    """Tell whether every key is a content hash, none repeats, and the runs lie within one another."""
    if any(not run.keys or run.keys[0].startswith("id:") or run.keys == run.problem_ids for run in runs):
        return False
    sets = [set(run.keys) for run in runs]
    if any(len(keys) < run.n_problems for keys, run in zip(sets, runs, strict=True)):
        return False
    shared = len(sets[0].intersection(*sets[1:]))
    return shared == (min if rule.only_shared else max)(map(len, sets))


def _by_keys(runs: Sequence[ScoreMatrix], rule: PairingRule, named: str) -> Aligned:
    """Pair by keys that are all there and differ: content hashes, or positions."""
    order = _in_all(runs)
    taken = []
    for run in runs:
        row = {key: i for i, key in enumerate(run.keys)}
        taken.append(run.take([row[key] for key in order]))
    content = named != "position"
    return Aligned(
        tuple(taken),
        Pairing(
            by="content" if content else "position",
            requested=rule.by is not None,
            labels=tuple(run.label for run in runs),
            n_pairs=len(order),
            n_problems=tuple(run.n_problems for run in runs),
            left_out=tuple(run.n_problems - len(order) for run in runs),
            duplicates=(0,) * len(runs),
            questions_checked=len(order) if content else 0,
            golds_checked=len(order) if content else 0,
        ),
    )


def _in_all(runs: Sequence[ScoreMatrix]) -> list[str]:
    shared = set(runs[0].keys).intersection(*(run.keys for run in runs[1:]))
    return [key for key in runs[0].keys if key in shared]


def _by_facts(
    runs: Sequence[ScoreMatrix],
    facts: Sequence[Known] | None,
    rule: PairingRule,
    named: Named,
) -> Aligned:
    sides = [Side(run.label, run.problem_ids, None if facts is None else facts[i]) for i, run in enumerate(runs)]
    columns, form = _columns(runs, facts)
    with_questions = [bool((column.question >= 0).any()) for column in columns]
    if rule.by in ("content", "question") and not all(with_questions):
        raise no_questions(sides[with_questions.index(False)], rule.by)
    by_content = rule.by != "id" and all(with_questions)
    contents = _contents(columns, by_keys=facts is None)
    several = np.unique(np.concatenate([repeated(content) for content in contents]))
    left = [np.isin(content, several) if rule.drop_duplicates else np.zeros(content.size, bool) for content in contents]
    maps = [np.arange(columns[0].id.size)]
    maps += _matched(columns, sides, rule, by_content=by_content)
    paired = np.logical_and.reduce([rows >= 0 for rows in maps])
    for rows, dropped in zip(maps, left, strict=True):
        paired &= ~np.where(rows >= 0, dropped[rows], False)
    rows_of = [rows[paired] for rows in maps]
    _check_complete(sides, rows_of, left, rule, facts=facts, columns=columns, by_content=by_content)
    checks = _checks(columns, rows_of)
    by_name: By = "index" if named == "index" else "id"
    pairing = Pairing(
        by=("question" if rule.by == "question" else "content") if by_content else by_name,
        requested=rule.by is not None,
        id_form=form,
        labels=tuple(run.label for run in runs),
        n_pairs=rows_of[0].size,
        n_problems=tuple(run.n_problems for run in runs),
        left_out=tuple(run.n_problems - rows_of[0].size for run in runs),
        duplicates=tuple(int(np.isin(content, several).sum()) for content in contents),
        twins=_twins(sides, contents),
        duplicates_dropped=rule.drop_duplicates and bool(several.size),
        **checks,
    )
    taken = [run.take(rows) for run, rows in zip(runs, rows_of, strict=True)]
    keys = taken[0].keys if by_content or facts is None else taken[0].problem_ids
    return Aligned(tuple(run.keyed(keys) for run in taken), pairing)


def _columns(runs: Sequence[ScoreMatrix], facts: Sequence[Known] | None) -> tuple[list[Coded], IdForm]:
    if facts is not None:
        return coded([run.problem_ids for run in runs], facts)
    # Keys stand for whatever the caller made them of.
    unknown = [np.full(run.n_problems, -1, dtype=np.int64) for run in runs]
    keys = codes([run.keys for run in runs])
    return [Coded(none, none, key) for none, key in zip(unknown, keys, strict=True)], "as written"


def _contents(columns: Sequence[Coded], *, by_keys: bool) -> list[Rows]:
    """Return what tells the problems of a run apart: question and, where every run knows it, gold answer."""
    if by_keys:
        return [column.id for column in columns]
    golds = all((column.gold >= 0).all() for column in columns)
    return [column.content if golds else column.question for column in columns]


def _matched(columns: Sequence[Coded], sides: Sequence[Side], rule: PairingRule, *, by_content: bool) -> list[Rows]:
    """Return for each new run its row of every problem of the base, -1 for none; what contradicts itself is refused."""
    base, *others = columns
    maps = []
    for column, side in zip(others, sides[1:], strict=True):
        if by_content:
            rows = match_content(base, column, golds=rule.by != "question", ids=rule.by is None)
            found = content_conflicts(base, column, rows) if rule.by is None else None
        else:
            rows = match_ids(base, column)
            found = None
        if found is not None:
            raise contradiction(sides[0], side, found)
        maps.append(rows)
    if rule.by is None:
        _check_pairs(columns, sides, [np.arange(base.id.size), *maps])
    return maps


def _check_pairs(columns: Sequence[Coded], sides: Sequence[Side], maps: Sequence[Rows]) -> None:
    """Refuse runs that know another question or gold answer of what was paired, whichever two runs say so."""
    for second, (column, rows) in enumerate(zip(columns, maps, strict=True)):
        for first in range(second):
            at = np.flatnonzero((maps[first] >= 0) & (rows >= 0))
            i, j = maps[first][at], rows[at]
            other = _differ(columns[first].question[i], column.question[j]) | ~columns[first].fits(column, i, j)
            if other.any():
                raise contradiction(sides[first], sides[second], Conflicts("id", i[other], j[other], at.size))


def _differ(first: Rows, second: Rows) -> NDArray[np.bool_]:
    return np.asarray((first >= 0) & (second >= 0) & (first != second), dtype=np.bool_)


def _checks(columns: Sequence[Coded], rows_of: Sequence[Rows]) -> dict[str, int]:
    """Return how many problems' questions and gold answers all runs know and agree on, and how many differ."""
    found = {}
    for name in ("question", "gold"):
        values = np.stack([getattr(column, name)[rows] for column, rows in zip(columns, rows_of, strict=True)])
        known = (values >= 0).all(axis=0)
        equal = (values == values[0]).all(axis=0)
        low = np.where(values >= 0, values, np.iinfo(np.int64).max).min(axis=0)
        found[f"{name}s_checked"] = int((known & equal).sum())
        found[f"{name}s_differ"] = int(((values >= 0) & (values != low)).any(axis=0).sum())
    return found


def _check_complete(
    sides: Sequence[Side],
    rows_of: Sequence[Rows],
    left: Sequence[NDArray[np.bool_]],
    rule: PairingRule,
    *,
    facts: Sequence[Known] | None,
    columns: Sequence[Coded],
    by_content: bool,
) -> None:
    """Refuse problems without partner, unless they may be left out; with no pair nothing may."""
    without = []
    for rows, dropped in zip(rows_of, left, strict=True):
        lacks = ~dropped
        lacks[rows] = False
        without.append(np.flatnonzero(lacks))
    checked = sum(_checks(columns, rows_of).values())
    if facts is not None and not by_content and rule.by is None and not checked:
        for other in (at for at in range(1, len(sides)) if sides[at].ids != sides[0].ids):
            starts = [_counts_from(sides[at].ids) for at in (0, other)]
            if sorted(starts) == [0, 1]:
                raise shifted(*(sides[at] for at in ((0, other) if starts[0] == 0 else (other, 0))))
    n_shared = rows_of[0].size
    if not n_shared or (not rule.only_shared and any(map(len, without))):
        raise missing(sides, without, n_shared)


def _counts_from(ids: Sequence[str]) -> int:
    """Return 0 or 1 where the ids are the whole numbers from there on without a gap, else -1."""
    if not all(name.isascii() and name.isdigit() for name in ids):
        return -1
    numbers = np.unique(np.array([int(name) for name in ids], dtype=object))
    start = int(numbers[0])
    return start if start in (0, 1) and int(numbers[-1]) - start + 1 == numbers.size else -1


def _twins(sides: Sequence[Side], contents: Sequence[Rows]) -> tuple[tuple[str, ...], ...]:
    """Return the ids of the first few problems that are there several times, from the first run that has them."""
    for side, content in zip(sides, contents, strict=True):
        own = repeated(content)
        if own.size:
            return tuple(
                tuple(side.ids[row] for row in np.flatnonzero(content == value)[:SHOWN]) for value in own[:SHOWN]
            )
    return ()
