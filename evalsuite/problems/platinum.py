"""The revised labels of GSM8K's test set: which problems are clean, which were removed, which have another answer.

GSM8K-Platinum (Vendrow et al. 2025, arXiv:2502.03461; hub id ``madrylab/gsm8k-platinum``, configuration ``main``)
looked again at every problem that at least one strong model got wrong. The labels are never part of this package.
Sources, in this order: a path given, the file named by ``EVALSUITE_GSM8K_PLATINUM``, the Hugging Face cache, the hub.
"""

import os
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import duckdb

from evalsuite.errors import DataUnavailableError, ExtraMissingError, InputError
from evalsuite.extras import install_command, load
from evalsuite.files import read_json_lines
from evalsuite.hub import hub_is_off
from evalsuite.problems.solution import final_answer

__all__ = ["PUBLISHED", "REVISION", "PlatinumLabels", "PublishedCounts", "platinum", "question_key"]

HUB_ID = "madrylab/gsm8k-platinum"
REVISION = "e762492455a1cf7967de89f05b6bef72fc713b66"
FILES = "main/test-*.parquet"
ENVIRONMENT_VARIABLE = "EVALSUITE_GSM8K_PLATINUM"
STATUSES = ("consensus", "verified", "revised")
COLUMNS = ("question", "answer", "cleaning_status")


@dataclass(frozen=True, slots=True)
class PublishedCounts:
    """What the authors report of the 1,319 test problems.

    Attributes
    ----------
    original, kept
        Problems of GSM8K's test set, and of these in GSM8K-Platinum.
    removed, verified, relabelled
        Problems that a model got wrong and that were looked at: taken out as ambiguous or wrongly posed, found right,
        given another answer.
    """

    original: int
    kept: int
    removed: int
    verified: int
    relabelled: int

    @property
    def flagged(self) -> int:
        """Problems that were looked at."""
        return self.removed + self.verified + self.relabelled


PUBLISHED = PublishedCounts(original=1319, kept=1209, removed=110, verified=99, relabelled=10)


@dataclass(frozen=True, slots=True)
class PlatinumLabels:
    """The labels by problem.

    Attributes
    ----------
    golds
        The revised right answer, by `question_key`.
    statuses
        ``"consensus"`` (every model agreed with the old answer), ``"verified"`` (looked at and kept) or ``"revised"``
        (given another answer), by `question_key`.
    source
        Where they were read from, in words.
    """

    golds: Mapping[str, Fraction]
    statuses: Mapping[str, str]
    source: str

    @property
    def status_counts(self) -> dict[str, int]:
        """Number of problems by status."""
        found = Counter(self.statuses.values())
        return {status: found[status] for status in STATUSES}

    @property
    def as_published(self) -> bool:
        """Whether the numbers of problems and of each status are those that the authors report."""
        expected = (PUBLISHED.original - PUBLISHED.flagged, PUBLISHED.verified, PUBLISHED.relabelled)
        return tuple(self.status_counts.values()) == expected


def question_key(question: str) -> str:
    """Return the question with its white space made single, by which labels and problems are joined."""
    return " ".join(question.split())


def platinum(*, path: Path | None = None, allow_changed: bool = False) -> PlatinumLabels:
    """Return the revised labels of GSM8K's test set.

    Parameters
    ----------
    path
        A JSONL or Parquet file with the columns question, answer and cleaning_status. None looks in the usual places.
    allow_changed
        Accept another number of problems than the 1,209 that the authors kept.

    Raises
    ------
    DataUnavailableError
        The labels are nowhere to be found, or are not what they should be; the message names the ways out.
    """
    named = path or (Path(os.environ[ENVIRONMENT_VARIABLE]) if os.environ.get(ENVIRONMENT_VARIABLE) else None)
    rows, source = _from_hub() if named is None else (_read(named), str(named))
    labels = _labels(rows, source)
    if len(labels.golds) != PUBLISHED.kept and not allow_changed:
        raise DataUnavailableError(
            f"{source} holds {len(labels.golds)} problems, GSM8K-Platinum has {PUBLISHED.kept}: "
            f"use an unchanged copy of {HUB_ID} at revision {REVISION[:8]}"
        )
    return labels


def _labels(rows: Iterable[Mapping[str, Any]], source: str) -> PlatinumLabels:
    golds: dict[str, Fraction] = {}
    statuses: dict[str, str] = {}
    for number, row in enumerate(rows, 1):
        missing = [name for name in COLUMNS if not isinstance(row.get(name), str)]
        if missing:
            raise DataUnavailableError(f"{source} row {number} needs a text under {', '.join(missing)}")
        key, status = question_key(row["question"]), row["cleaning_status"]
        if status not in STATUSES:
            raise DataUnavailableError(
                f"{source} row {number} has cleaning_status {status!r}, known are {', '.join(STATUSES)}"
            )
        if key in golds:
            raise DataUnavailableError(f"{source} row {number} repeats a question: {key[:60]!r}")
        try:
            golds[key] = final_answer(row["answer"])
        except ValueError as error:
            raise DataUnavailableError(f"{source} row {number} has no readable final answer: {error}") from error
        statuses[key] = status
    return PlatinumLabels(golds, statuses, source)


def _read(file: Path) -> list[dict[str, Any]]:
    try:
        if file.suffix == ".parquet":
            return _read_parquet(file)
        return [row for _, row in read_json_lines(file)]
    except (DataUnavailableError, InputError, OSError, ValueError, duckdb.Error) as error:
        raise DataUnavailableError(
            f"cannot read GSM8K-Platinum from {file}: {type(error).__name__}: {error}. It should be a JSONL or Parquet "
            f"file with the columns {', '.join(COLUMNS)}."
        ) from error


def _read_parquet(file: Path) -> list[dict[str, Any]]:
    with duckdb.connect() as connection:
        # The file is bound, never spelled into the statement: a path may hold any sign.
        rows = connection.execute(f"SELECT {', '.join(COLUMNS)} FROM read_parquet(?)", [str(file)]).fetchall()  # noqa: S608
    return [dict(zip(COLUMNS, row, strict=True)) for row in rows]


def _from_hub() -> tuple[list[dict[str, Any]], str]:
    try:
        hub = load("huggingface_hub", "Loading from the hub")
    except ExtraMissingError as error:
        why = f"loading them from the hub needs the extra 'models' ({install_command('models')})"
        raise DataUnavailableError(_not_here(why)) from error
    state = "is switched off by HF_HUB_OFFLINE" if hub_is_off() else "cannot be reached"
    try:
        folder = hub.snapshot_download(HUB_ID, repo_type="dataset", revision=REVISION, allow_patterns=FILES)
    except Exception as error:  # the hub client raises many kinds; all mean: not to be had
        raise DataUnavailableError(_not_here(f"the hub {state} ({type(error).__name__})")) from error
    files = sorted(Path(folder).glob(FILES))
    if not files:
        raise DataUnavailableError(_not_here(f"the hub {state} (not in the cache)"))
    return [row for file in files for row in _read(file)], f"{HUB_ID}@{REVISION[:8]}"


def _not_here(why: str) -> str:
    return (
        f"GSM8K-Platinum is not available here: {ENVIRONMENT_VARIABLE} is not set, and {why}. "
        f"Set {ENVIRONMENT_VARIABLE} to a JSONL or Parquet file with {', '.join(COLUMNS)}."
    )
