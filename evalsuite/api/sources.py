"""What a run may be given as, and the scores it becomes: arrays, pandas objects, files, counts, labels of a store.

A source either names its problems (frames, files and stored runs do; a Series may by its index) or only has them in an
order. Which of the two decides how runs pair; see `pairing`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalsuite.api.frames import as_pandas, refuse_several_models, scores_of_frame
from evalsuite.comparison.parse import parse_counts
from evalsuite.errors import InputError
from evalsuite.pairing.match import Known
from evalsuite.scores import ScoreMatrix
from evalsuite.store.imports import values as cells
from evalsuite.store.imports.results import ReadOptions
from evalsuite.store.imports.text_files import SUFFIXES, suffix_of

__all__ = [
    "Columns",
    "Counts",
    "File",
    "Label",
    "Scores",
    "as_counts",
    "check_range",
    "problem_names",
    "read",
    "several",
]

IDS = ("problem_id", "id")
HOW = (
    "Give scores (a list, a NumPy array or a pandas Series), a frame with an id and a correct column, "
    "a results file, counts such as '45/100', or, with store=, the label of a stored run"
)


@dataclass(frozen=True, slots=True)
class Columns:
    """How values are read: names of columns of a frame, None to find them, and the range of scores.

    `id` of the problem, `correct` (or the score), `clusters`; with `score_range` values are scores with partial credit.
    """

    id: str | None = None
    correct: str | None = None
    clusters: str | None = None
    score_range: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores that were given as such.

    Attributes
    ----------
    matrix
        Keyed by problem, or, where there are no names, by position from 0.
    named_by
        ``"id"`` for frames, ``"index"`` for a Series with an index of its own, ``"position"`` for all else.
    known
        Questions and gold answers, from the columns ``question`` and ``gold`` of a frame.
    clusters
        Cluster of each problem by its name, from a column of a frame; else None.
    """

    matrix: ScoreMatrix
    named_by: Literal["id", "index", "position"]
    known: Known
    clusters: dict[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """Problems solved and attempted."""

    correct: int
    total: int


@dataclass(frozen=True, slots=True)
class File:
    """A results file, or a folder of results."""

    path: Path


@dataclass(frozen=True, slots=True)
class Label:
    """A label or id of a stored run."""

    name: str


Source = Scores | Counts | File | Label


def several(new: Any) -> list[Any]:
    """Return the runs that `new` stands for: itself, or the members of a list of runs.

    A list of numbers is one run, and so is a pair of counts.

    Examples
    --------
    >>> several([0, 1, 1]), several(["a.csv", "b.csv"]), several((45, 100))
    ([[0, 1, 1]], ['a.csv', 'b.csv'], [(45, 100)])
    """
    if isinstance(new, list | tuple) and new and not any(_is_scalar(member) for member in new):
        return list(new)
    return [new]


def as_counts(value: Any) -> Counts | None:
    """Return counts written ``"45/100"`` or given as a tuple of two whole numbers, None for anything else.

    Raises
    ------
    InputError
        More right than there are, or none at all.

    Examples
    --------
    >>> as_counts("45/100"), as_counts((45, 100)), as_counts([0, 1])
    (Counts(correct=45, total=100), Counts(correct=45, total=100), None)
    """
    is_pair = isinstance(value, tuple) and len(value) == 2 and all(_is_whole(member) for member in value)
    parsed = parse_counts("/".join(str(int(member)) for member in value) if is_pair else value) if (
        is_pair or isinstance(value, str)
    ) else None  # fmt: skip
    return None if parsed is None else Counts(*parsed)


def read(value: Any, name: str, *, columns: Columns, stored: bool) -> Source:
    """Return what `value` is.

    Parameters
    ----------
    name
        Of the argument, for messages; also the label of scores that have no name of their own.
    stored
        Whether a store was given, so that a text may be a label.

    Raises
    ------
    InputError
        It is nothing that can be compared; the message says what it is and what can be.
    """
    counts = as_counts(value)
    if counts is not None:
        return counts
    if isinstance(value, str | Path):
        return _file_or_label(value, name, stored)
    value = as_pandas(value)
    if isinstance(value, pd.DataFrame):
        return _frame(value, name, columns)
    if isinstance(value, pd.Series):
        return _series(value, name, columns.score_range)
    return _unknown(_array(value, name, columns.score_range), "position")


def problem_names(values: Any, where: str) -> list[str]:
    """Return ids as text, so that 17 in a frame and ``17`` in a file are one problem.

    Raises
    ------
    InputError
        An id is missing.
    """
    given = pd.Series(np.asarray(values, dtype=object))
    missing = int(given.isna().sum())
    if missing:
        raise InputError(f"{where} has {missing} missing values of {len(given)}: every problem needs an id")
    # A column of whole numbers that once held a gap is read as floats by pandas.
    return [str(int(v)) if isinstance(v, float) and v.is_integer() else str(v) for v in given]


def _file_or_label(value: str | Path, name: str, stored: bool) -> Source:
    path = Path(value)
    is_file = isinstance(value, Path) or suffix_of(path) in SUFFIXES or path.is_file()
    if isinstance(value, str) and stored and not (is_file and path.is_file()):
        return Label(value)
    if is_file or path.is_dir():
        return File(path)
    raise InputError(
        f"{name}={value!r} is neither counts such as '45/100' nor a file ending in {', '.join(SUFFIXES)} or a folder. "
        "To name a stored run, give its store as store='runs.duckdb'"
    )


def _frame(value: pd.DataFrame, name: str, columns: Columns) -> Scores:
    if value.empty:
        raise InputError(f"{name} is a frame without rows")
    refuse_several_models(value, name)
    plain = columns.clusters is not None or {columns.id, columns.correct} != {None}
    if not plain and not ({*IDS} & {*value.columns} and {"correct", "score"} & {*value.columns}):
        matrix, known = scores_of_frame(value, name, ReadOptions(score_range=columns.score_range))
        return Scores(matrix, "id", known)
    id_column = _column(value, name, columns.id, IDS, "id_column")
    scored = columns.score_range is not None
    usual = ("score", "correct") if scored else ("correct", "score")
    correct_column = _column(value, name, columns.correct, usual, "correct_column")
    score_range = columns.score_range
    if score_range is None and columns.correct is None and correct_column == "score":
        score_range = (0.0, 1.0)
    ids = problem_names(value[id_column], f"column {id_column!r} of {name}")
    right = _values(value[correct_column], f"column {correct_column!r} of {name}", score_range)
    if "completion_index" in value.columns:
        _refuse_twice(value, id_column, name)
    cut = value["stop_reason"] if "stop_reason" in value.columns else None
    matrix = _long(name, ids, right, None if cut is None else _cut(cut), score_range)
    clusters = None
    if columns.clusters is not None:
        _column(value, name, columns.clusters, (), "clusters")
        labels = problem_names(value[columns.clusters], f"column {columns.clusters!r} of {name}")
        clusters = _one_each(ids, labels, columns.clusters, name)
    return Scores(matrix, "id", _known(value, ids, matrix.problem_ids), clusters)


def _unknown(matrix: ScoreMatrix, named_by: Literal["index", "position"]) -> Scores:
    nothing = [None] * matrix.n_problems
    return Scores(matrix, named_by, Known(nothing, nothing))


def _known(frame: pd.DataFrame, ids: Sequence[str], problems: Sequence[str]) -> Known:
    """Return question and gold answer of each problem, from the first row that has them."""
    columns = []
    for column in ("question", "gold"):
        found: dict[str, str] = {}
        if column in frame.columns:
            there = frame[column].notna().to_numpy()
            for name, text in zip(np.asarray(ids, dtype=object)[there], frame[column][there], strict=True):
                found.setdefault(name, str(text))
        columns.append([found.get(name) for name in problems])
    return Known(*columns)


def _column(frame: pd.DataFrame, name: str, given: str | None, usual: Sequence[str], keyword: str) -> str:
    for column in [given] if given is not None else usual:
        if column in frame.columns:
            return str(column)
    wanted = repr(given) if given is not None else " or ".join(map(repr, usual))
    there = ", ".join(map(str, frame.columns)) or "none"
    raise InputError(f"{name} has no column {wanted}. Columns there: {there}. Name the one to use with {keyword}=")


def _refuse_twice(frame: pd.DataFrame, id_column: str, name: str) -> None:
    twice = frame.duplicated([id_column, "completion_index"])
    if twice.any():
        first = frame.loc[twice, [id_column, "completion_index"]].iloc[0].tolist()
        graders = frame["grader"].nunique() if "grader" in frame.columns else 1
        advice = "Keep the rows of one grader" if graders > 1 else "Remove the duplicates"
        raise InputError(
            f"{name} holds {int(twice.sum())} completions more than once, such as completion {first[1]} of problem "
            f"{str(first[0])!r}. {advice}"
        )


def _cut(reasons: pd.Series) -> NDArray[np.object_]:
    """Return the stop reason of each row, as a results file writes it."""
    return np.array([cells.stop(None if reason is pd.NA else reason)[0].value for reason in reasons], dtype=object)


def _one_each(ids: Sequence[str], labels: Sequence[str], column: str, name: str) -> dict[str, str]:
    clusters: dict[str, str] = {}
    for problem, label in zip(ids, labels, strict=True):
        if clusters.setdefault(problem, label) != label:
            raise InputError(
                f"problem {problem!r} of {name} lies in two clusters, {clusters[problem]!r} and {label!r} of column "
                f"{column!r}. A problem belongs to one"
            )
    return clusters


def _series(value: pd.Series, name: str, score_range: tuple[float, float] | None) -> Scores:
    label = str(value.name) if isinstance(value.name, str) and value.name.strip() else name
    if value.empty:
        raise InputError(f"{name} is a Series without values")
    right = _values(value, name, score_range)
    plain = isinstance(value.index, pd.RangeIndex) and value.index.start == 0 and value.index.step == 1
    if plain:
        return _unknown(_wide(label, right[:, None], score_range), "position")
    ids = problem_names(value.index, f"the index of {name}")
    return _unknown(_long(label, ids, right, None, score_range), "index")


def _array(value: Any, name: str, score_range: tuple[float, float] | None) -> ScoreMatrix:
    if isinstance(value, dict | set | bytes) or callable(value):
        raise InputError(f"{name} is a {type(value).__name__}, which is no run. {HOW}")
    try:
        array = np.asarray(value)
    except (ValueError, TypeError) as error:
        raise InputError(f"{name} cannot be read as an array: {error}. {HOW}") from None
    if array.ndim not in (1, 2):
        raise InputError(
            f"{name} is {value!r:.60}, which is no run. {HOW}"
            if array.ndim == 0
            else f"{name} has {array.ndim} dimensions; scores have one a problem, or (problems, completions)"
        )
    if array.size == 0:
        raise InputError(f"{name} is empty: a run needs at least one problem")
    right = _values(array, name, score_range)
    return _wide(name, right[:, None] if right.ndim == 1 else right, score_range)


def check_range(score_range: Any) -> tuple[float, float]:
    """Return the range of scores as two numbers.

    Raises
    ------
    InputError
        It is no pair of finite numbers, the lower one first.
    """
    try:
        low, high = map(float, score_range)
    except (TypeError, ValueError):
        low = high = float("nan")
    if not -np.inf < low < high < np.inf:
        raise InputError(
            f"score_range={score_range!r:.40} must be the lowest and the highest score possible, such as (0, 1) or "
            "(0, 10)"
        )
    return low, high


def _values(
    values: Any, where: str, score_range: tuple[float, float] | None
) -> NDArray[np.bool_] | NDArray[np.float64]:
    """Return verdicts as bool, or scores as float, of the same shape."""
    return _right(values, where) if score_range is None else _graded(values, where, score_range)


def _graded(values: Any, where: str, score_range: tuple[float, float]) -> NDArray[np.float64]:
    """Return scores within their range; every refusal names how many, where and what to do."""
    try:
        scores = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(f"{where} holds something else than numbers: scores are numbers within their range") from None
    missing = np.isnan(scores)
    if missing.any():
        raise InputError(
            f"{where} has {int(missing.sum())} missing values (NaN) of {missing.size}, the first at position "
            f"{_place(missing)}. Give them the lowest score, or drop these problems from every run"
        )
    low, high = score_range
    outside = (scores < low) | (scores > high)
    if outside.any():
        raise InputError(
            f"{where} holds {scores[outside].ravel()[0]:g} at position {_place(outside)}; {int(outside.sum())} of "
            f"{outside.size} scores lie outside of {low:g} to {high:g}. Give the lowest and the highest score that is "
            "possible as --score-range, such as (0, 10); it is not taken from the data, because the interval of a mean "
            "score needs what a score not seen could have been"
        )
    return scores


def _right(values: Any, where: str) -> NDArray[np.bool_]:
    """Return scores as bool, of the same shape; every refusal names how many, where and what to do."""
    array = np.asarray(values)
    if array.dtype == np.bool_:
        return array
    missing = np.asarray(pd.isna(values if array.ndim == 1 else array))
    if missing.any():
        raise InputError(
            f"{where} has {int(missing.sum())} missing values (NaN) of {missing.size}, the first at position "
            f"{_place(missing)}. Count them as wrong with fillna(0), or drop these problems from every run"
        )
    if array.dtype.kind in "iuf":
        right = array == 1
        unknown = ~(right | (array == 0))
    else:
        # Booleans that pandas or a CSV reader keeps as objects or text.
        as_bool = [_verdict(one) for one in array.ravel()]
        unknown = np.array([one is None for one in as_bool]).reshape(array.shape)
        right = np.array([bool(one) for one in as_bool]).reshape(array.shape)
    if unknown.any():
        first = array[unknown].ravel()[0]
        raise InputError(
            f"{where} holds {first!s} at position {_place(unknown)}; {int(unknown.sum())} of {unknown.size} values are "
            "neither 0 nor 1. A score says whether one completion is right; several completions of a problem are "
            "columns of an array, or rows of a frame with the same id. For scores with partial credit give the lowest "
            "and the highest score possible, as --score-range, such as (0, 1)"
        )
    return np.asarray(right, dtype=np.bool_)


def _verdict(value: Any) -> bool | None:
    try:
        found = cells.verdict(value)
    except cells.UnreadableValueError:
        return None
    return found if isinstance(found, bool) else None


def _place(mask: NDArray[np.bool_]) -> str:
    return ", ".join(str(int(axis[0])) for axis in np.nonzero(mask))


def _wide(
    label: str, values: NDArray[np.bool_] | NDArray[np.float64], score_range: tuple[float, float] | None
) -> ScoreMatrix:
    names = tuple(map(str, range(len(values))))
    if score_range is not None:
        return ScoreMatrix.graded(label, names, np.asarray(values, dtype=np.float64), score_range)
    right = np.asarray(values, dtype=np.bool_)
    return ScoreMatrix(label, names, names, right, np.ones_like(right), np.zeros_like(right), truncation_known=False)


def _long(
    label: str,
    ids: Sequence[str],
    values: NDArray[np.bool_] | NDArray[np.float64],
    reasons: Any,
    score_range: tuple[float, float] | None,
) -> ScoreMatrix:
    """Return one row a problem in the order of its first appearance, one column a completion."""
    row, names = pd.factorize(np.asarray(ids, dtype=object))
    column = pd.Series(row).groupby(row).cumcount().to_numpy()
    shape = (len(names), int(column.max()) + 1)
    correct, present, truncated = (np.zeros(shape, dtype=np.bool_) for _ in range(3))
    scores = None if score_range is None else np.zeros(shape)
    if scores is None or score_range is None:
        correct[row, column] = values
    else:
        scores[row, column] = values
        correct[row, column] = values == score_range[1]
    present[row, column] = True
    if reasons is not None:
        truncated[row, column] = reasons == "length"
    known = reasons is not None and not (reasons == "unknown").any()
    keys = tuple(map(str, names))
    return ScoreMatrix(
        label, keys, keys, correct, present, truncated, truncation_known=known, scores=scores, score_range=score_range
    )


def _is_scalar(value: Any) -> bool:
    return value is None or isinstance(value, bool | int | float | np.generic)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)
