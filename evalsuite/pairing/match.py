"""Which rows of two sets of problems are the same problem, and where the sets contradict each other. Arrays only.

Questions, gold answers and ids come as whole numbers, one for each normal form (`coded`), so that a million problems
are matched by sorting. ``-1`` is what a set does not know.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import count

import numpy as np
from numpy.typing import NDArray

from evalsuite.pairing.normal_form import IdForm, gold_form, id_forms, question_form

__all__ = [
    "Coded",
    "Conflicts",
    "Known",
    "coded",
    "codes",
    "content_conflicts",
    "match_content",
    "match_ids",
    "repeated",
]

Rows = NDArray[np.int64]
_BOUND = 2**31
"""Above every number of a normal form, so that two of them fit one integer."""


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """What a run knows of its problems beside their ids. (n_problems,) each, None where unknown.

    Attributes
    ----------
    questions
        As they are written.
    golds
        Gold answers as text: ``n``, ``n/d``, a worked solution.
    """

    questions: Sequence[str | None]
    golds: Sequence[str | None]


@dataclass(frozen=True, slots=True, eq=False)
class Coded:
    """The normal forms of a run's problems as whole numbers, shared by all runs of a call. (n_problems,) each."""

    question: Rows
    gold: Rows
    id: Rows

    @property
    def content(self) -> Rows:
        """Question and gold answer as one number, -1 where the question is not known."""
        return _joined(self.question, self.gold)

    def fits(self, other: "Coded", rows: Rows, others: Rows) -> NDArray[np.bool_]:
        """Return whether the golds of ``rows`` here and of ``others`` there can be the same. (n_rows,)"""
        mine, theirs = self.gold[rows], other.gold[others]
        return np.asarray((mine == theirs) | (mine < 0) | (theirs < 0), dtype=np.bool_)


@dataclass(frozen=True, slots=True, eq=False)
class Conflicts:
    """Rows of a base and of a new run that are said to be one problem and are not.

    Attributes
    ----------
    same
        What is equal: ``"id"`` or ``"question"``.
    base, new
        Rows of each run. (n_conflicts,)
    n_same
        Rows in which this is equal, whether in conflict or not.
    """

    same: str
    base: Rows
    new: Rows
    n_same: int


def coded(ids: Sequence[Sequence[str]], known: Sequence[Known]) -> tuple[list[Coded], IdForm]:
    """Return the numbers of the normal forms of several runs, and in which form their ids are compared."""
    names, form = id_forms(ids)
    questions = codes([facts.questions for facts in known], question_form)
    golds = codes([facts.golds for facts in known], gold_form)
    numbers = codes(names)
    return [Coded(*columns) for columns in zip(questions, golds, numbers, strict=True)], form


def codes(columns: Iterable[Sequence[str | None]], form: Callable[[str], str | None] | None = None) -> list[Rows]:
    """Return a number for each text, equal where the forms are equal, -1 where there is none.

    Parameters
    ----------
    form
        Returns the normal form, which is its own normal form; None takes texts as they are.
    """
    # One table for texts and their forms: most texts are in their form, and most stand in every run.
    numbers: dict[str | None, int] = {None: -1}
    found: list[Rows] = []
    before: Sequence[str | None] | None = None
    for column in columns:
        if before is not None and column == before:
            found.append(found[-1])
            continue
        before = column
        if column.count(None) == len(column):
            found.append(np.full(len(column), -1, dtype=np.int64))
            continue
        new = [text for text in dict.fromkeys(column) if text not in numbers]
        if form is None:
            numbers.update(zip(new, count(len(numbers)), strict=False))
            new = []
        for text in new:
            normal = text if form is None or text is None else form(text)
            number = numbers.setdefault(normal, len(numbers))
            if normal is not text:
                numbers[text] = number
        found.append(np.fromiter(map(numbers.__getitem__, column), np.int64, len(column)))
    return found


def repeated(content: Rows) -> Rows:
    """Return the contents that occur more than once, ascending."""
    values, counts = np.unique(content[content >= 0], return_counts=True)
    return values[counts > 1]


def match_content(base: Coded, new: Coded, *, golds: bool = True, ids: bool = True) -> Rows:
    """Return the row of `new` that is the problem of each row of `base`, -1 for none. (n_base,)

    Problems that occur several times are paired by id where that decides, then by their order.

    Parameters
    ----------
    golds
        Whether the gold answers must be equal where both runs know them.
    ids
        Whether rows without a question in one of the runs pair by id.
    """
    rows = np.full(base.question.size, -1, dtype=np.int64)
    free = np.ones(new.question.size, dtype=np.bool_)

    def step(mine: Rows, theirs: Rows, *, only_fitting: bool = False) -> None:
        i, j = _same(np.where(rows < 0, mine, -1), np.where(free, theirs, -1))
        if only_fitting:
            fits = base.fits(new, i, j)
            i, j = i[fits], j[fits]
        rows[i], free[j] = j, False

    if repeated(base.question).size or repeated(new.question).size:
        step(_joined(base.question, base.id), _joined(new.question, new.id), only_fitting=True)
    known = np.where(base.gold < 0, -1, base.content), np.where(new.gold < 0, -1, new.content)
    step(*known)
    step(np.where(base.gold < 0, base.question, -1), new.question)
    step(base.question, np.where(new.gold < 0, new.question, -1))
    if not golds:
        step(base.question, new.question)
    if ids:
        step(np.where(base.question < 0, base.id, -1), new.id, only_fitting=True)
        step(base.id, np.where(new.question < 0, new.id, -1), only_fitting=True)
    return rows


def match_ids(base: Coded, new: Coded) -> Rows:
    """Return the row of `new` that has the id of each row of `base`, -1 for none; repeated ids pair in order."""
    rows = np.full(base.id.size, -1, dtype=np.int64)
    i, j = _same(base.id, new.id)
    rows[i] = j
    return rows


def content_conflicts(base: Coded, new: Coded, rows: Rows) -> Conflicts | None:
    """Return where problems matched by content contradict each other; None where nothing does.

    The same question with another gold answer always does. Of the same id with another question or gold, see
    `_ids_are_names`.
    """
    unmatched = rows < 0
    unused = np.ones(new.question.size, dtype=np.bool_)
    unused[rows[~unmatched]] = False
    i, j = _same(np.where(unmatched, base.question, -1), np.where(unused, new.question, -1))
    if i.size:
        return Conflicts("question", i, j, int((~unmatched).sum()) + i.size)
    i, j = _same(base.id, new.id)
    comparable = (base.question[i] >= 0) & (new.question[j] >= 0)
    i, j = i[comparable], j[comparable]
    other = (base.question[i] != new.question[j]) | ~base.fits(new, i, j)
    n_other, n_open = int(other.sum()), int((other & unmatched[i] & unused[j]).sum())
    names = _ids_are_names(agree=i.size - n_other, other=n_other, both_open=n_open, matched=int((~unmatched).sum()))
    if not n_other or not names:
        return None
    return Conflicts("id", i[other], j[other], i.size)


def _ids_are_names(*, agree: int, other: int, both_open: int, matched: int) -> bool:
    """Tell whether ids that name other problems must stop a pairing by content.

    Two files may number the same problems in another order: then hardly an id agrees, and nearly every problem is found
    by its content. Where a third of the ids agree they are names, and one that does not is a mistake in one of the
    files. Where hardly an id agrees and the contents do not pair either, only the numbers are shared.
    """
    return 2 * agree >= other or 2 * both_open > matched


def _joined(first: Rows, second: Rows) -> Rows:
    """Return one number for each pair of numbers, -1 where the first is -1."""
    return np.where(first < 0, -1, first * _BOUND + second + 1)


def _same(mine: Rows, theirs: Rows) -> tuple[Rows, Rows]:
    """Return the rows that have one number in both, the first with the first where a number repeats."""
    i, j = np.flatnonzero(mine >= 0), np.flatnonzero(theirs >= 0)
    if np.array_equal(mine, theirs):
        return i, j
    key, other = mine[i], theirs[j]
    first, second = _occurrence(key), _occurrence(other)
    if max(first.max(initial=0), second.max(initial=0)):
        # Renumbered, so that number and occurrence fit one integer.
        _, inverse = np.unique(np.concatenate([key, other]), return_inverse=True)
        width = int(max(first.max(initial=0), second.max(initial=0))) + 1
        key, other = inverse[: key.size] * width + first, inverse[key.size :] * width + second
    _, at, other_at = np.intersect1d(key, other, assume_unique=True, return_indices=True)
    # In the order of the first, in which a message shows them.
    order = np.argsort(at)
    return i[at[order]], j[other_at[order]]


def _occurrence(values: Rows) -> Rows:
    """Return how often each value has stood before. (n,)"""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    start = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if values.size else np.empty(0, dtype=np.int64)
    counts = np.diff(np.append(start, values.size))
    found = np.empty(values.size, dtype=np.int64)
    found[order] = np.arange(values.size) - np.repeat(start, counts)
    return found
