"""The rows of a samples file of lm-evaluation-harness, put together: what several rows say of one document.

Where a document has several completions, no filter grades each of them: one votes over them (``maj@8``), another takes
the first (``score-first``). None is read then. A first pass keeps the verdicts, a second one reads the texts.
"""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from evalsuite.errors import InputError
from evalsuite.records import digest
from evalsuite.store.imports.json_files import json_lines
from evalsuite.store.imports.results import ForeignGrade, ResultRow
from evalsuite.store.imports.values import identity, is_missing, whole

__all__ = ["Measure", "Samples", "cap", "settings_of"]

FIXED = frozenset(
    {"doc_id", "doc", "target", "arguments", "resps", "filtered_resps", "filter", "metrics", "doc_hash", "prompt_hash",
     "target_hash"}
)  # fmt: skip
VERDICT_METRICS = ("exact_match", "acc", "acc_norm")
"""The metric that gives a filter's grader its name where several are measured; else the row's first does."""
NO_METRICS = frozenset({"bypass"})
QUESTION_KEYS = ("question", "problem", "Question", "Problem", "query", "input", "prompt")
CAP_KEYS = ("max_gen_toks", "max_new_tokens", "max_tokens", "max_completion_tokens")
INVALID = "[invalid]"
"""What a filter gives where it finds no answer."""

Key = tuple[str, str]
"""A document: its doc_id and the hash of its content."""


@dataclass(slots=True)
class Measure:
    """What a grader measures, and whether it says right or wrong; otherwise it gives scores."""

    filter: str
    metric: str
    is_verdict: bool = True


@dataclass(slots=True)
class _Document:
    """What is kept of one document.

    Attributes
    ----------
    n_rows
        Rows seen by filter; more than one where the document was evaluated again.
    answers
        Hash of the texts by occurrence.
    grades
        Value and extracted answer by name of the grader, by occurrence.
    """

    prompt: str
    n_rows: dict[str, int] = field(default_factory=dict)
    answers: list[str] = field(default_factory=list)
    n_completions: int = 1
    grades: list[dict[str, tuple[Any, str | None]]] = field(default_factory=list)


@dataclass(slots=True)
class Samples:
    """A samples file after the first pass.

    Attributes
    ----------
    filters
        The task's filters in order, for old files whose rows do not name theirs.
    measures
        Graders in the order of the file.
    n_occurrences
        How often every document was evaluated, where that made other texts.
    """

    file: Path
    filters: Sequence[str]
    notes: list[str] = field(default_factory=list)
    documents: dict[Key, _Document] = field(default_factory=dict)
    measures: dict[str, Measure] = field(default_factory=dict)
    n_occurrences: int = 1
    first: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, file: Path, filters: Sequence[str]) -> Self:
        """Read a file once."""
        samples = cls(file, filters)
        for number, row in json_lines(file):
            samples.first = samples.first or row
            samples._take(number, row)
        if not samples.documents:
            raise InputError(f"{file} holds no rows")
        samples._count()
        return samples

    @property
    def has_text(self) -> bool:
        """Whether the model wrote texts, and did not only rate given ones."""
        return any(document.n_completions for document in self.documents.values())

    @property
    def n_rows(self) -> int:
        """Number of completions."""
        return sum(max(d.n_completions, 1) * min(self.n_occurrences, len(d.answers)) for d in self.documents.values())

    @property
    def primary(self) -> str | None:
        """The file's first grader that grades every document, else its first; None where there is none."""
        everywhere = [g for g in self.measures if all(g in d.grades[0] for d in self.documents.values())]
        verdicts = [grader for grader in everywhere if self.measures[grader].is_verdict]
        return next(iter(verdicts or everywhere or self.measures), None)

    def mean(self, grader: str) -> float:
        """Return the mean over the documents that `grader` graded."""
        values = [float(d.grades[0][grader][0]) for d in self.documents.values() if grader in d.grades[0]]
        return sum(values) / len(values)

    def rows(self, default_cap: int | None) -> Iterator[ResultRow]:
        """Make the rows in the order of the file, each document at its first filter."""
        n_seen: dict[Key, int] = {}
        n_made: dict[Key, int] = {}
        doubtful = self._doubtful()
        for _, row in json_lines(self.file):
            key = _key(row)
            document = self.documents[key]
            name = self._filter(row, n_seen.get(key, 0))
            n_seen[key] = n_seen.get(key, 0) + 1
            occurrence = n_made.get(key, 0)
            if name != next(iter(document.n_rows)) or occurrence >= self.n_occurrences:
                continue
            n_made[key] = occurrence + 1
            grades = {g: self._grade(g, *said) for g, said in document.grades[occurrence].items()}
            texts = _texts(row) or (None,)
            for repeat, text in enumerate(texts):
                yield ResultRow(
                    problem_id=f"{key[0]}-{key[1][:8]}" if key[0] in doubtful else key[0],
                    completion_index=occurrence * len(texts) + repeat,
                    grades=grades,
                    completion=text,
                    gold=_gold(row),
                    question=_question(row),
                    cap=cap(row, default_cap) if text is not None else None,
                )

    def _take(self, number: int, row: Mapping[str, Any]) -> None:
        if "doc_id" not in row:
            raise InputError(f"{self.file} line {number} has no doc_id")
        prompt = str(row.get("prompt_hash") or digest(str(row.get("arguments"))))
        document = self.documents.setdefault(_key(row), _Document(prompt))
        if document.prompt != prompt:
            raise InputError(
                f"{self.file} line {number}: doc_id {row['doc_id']} was asked with another prompt before, so this file "
                f"holds two evaluations: give each a file of its own"
            )
        texts = _texts(row)
        name = self._filter(row, sum(document.n_rows.values()))
        occurrence = document.n_rows.get(name, 0)
        document.n_rows[name] = occurrence + 1
        if occurrence == len(document.grades):
            document.grades.append({})
            document.answers.append(digest(row.get("resps")))
        document.n_completions = len(texts)
        if len(texts) > 1:
            return
        for grader, metric, value, extracted in _grades(name, row, texts):
            measure = self.measures.setdefault(grader, Measure(grader.split("/")[1], metric))
            measure.is_verdict = measure.is_verdict and value in (0, 1)
            document.grades[occurrence][grader] = value, extracted

    def _filter(self, row: Mapping[str, Any], n_before: int) -> str:
        """Return a row's filter. Old files do not name it: a document's rows come in the order of the filters."""
        if "filter" in row:
            return str(row["filter"])
        return self.filters[n_before % len(self.filters)] if self.filters else f"filter {n_before + 1}"

    def _count(self) -> None:
        """Say how often documents were evaluated: repeats are completions, what was merely written again is not."""
        counts = {len(document.answers) for document in self.documents.values()}
        again = sum(len(document.answers) > 1 for document in self.documents.values())
        differ = sum(len(set(document.answers)) > 1 for document in self.documents.values())
        if not again:
            return
        if len(counts) == 1 and differ:
            self.n_occurrences = max(counts)
            self.notes.append(f"every doc_id was evaluated {self.n_occurrences} times: read as completions")
        else:
            self.notes.append(
                f"{again} of {len(self.documents)} doc_id occur again with the same prompt, {differ} of them with "
                f"another text: the first is kept"
            )

    def _doubtful(self) -> frozenset[str]:
        """Return each doc_id that stands for several documents: once, each device counted its own from 0."""
        seen: dict[str, int] = {}
        for doc_id, _ in self.documents:
            seen[doc_id] = seen.get(doc_id, 0) + 1
        return frozenset(doc_id for doc_id, n in seen.items() if n > 1)

    def _grade(self, grader: str, value: Any, extracted: str | None) -> ForeignGrade:
        if self.measures[grader].is_verdict:
            if extracted == INVALID:
                return ForeignGrade(bool(value), no_answer=True)
            return ForeignGrade(bool(value), extracted)
        return ForeignGrade(None, None if extracted == INVALID else extracted, float(value))


def settings_of(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return how a row's text was generated, empty where the model rated given texts."""
    request = _request(row)
    return request[1] if len(request) > 1 and isinstance(request[1], Mapping) else {}


def cap(row: Mapping[str, Any], default: int | None) -> int | None:
    """Return a row's limit of new tokens."""
    settings = settings_of(row)
    return whole(next((settings[k] for k in CAP_KEYS if settings.get(k) is not None), default), "max_gen_toks")


def _key(row: Mapping[str, Any]) -> Key:
    doc = row.get("doc")
    return identity(row["doc_id"]), digest(doc) if doc else str(row.get("doc_hash") or "")


def _request(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return what the model was given first: prompt and settings, or context and continuation."""
    arguments = row.get("arguments")
    if isinstance(arguments, Mapping):
        arguments = next(iter(arguments.values()), None)
        return tuple(arguments.values()) if isinstance(arguments, Mapping) else ()
    if isinstance(arguments, list) and arguments and isinstance(arguments[0], list):
        return tuple(arguments[0])
    return ()


def _texts(row: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the completions of a row, none where the model only rated given texts."""
    request, answers = _request(row), row.get("resps")
    if len(request) > 1 and isinstance(request[1], str):
        return ()
    # One list of repeats for the one request of a document; programs that write such rows nest more or less deep.
    while isinstance(answers, list) and len(answers) == 1 and isinstance(answers[0], list):
        (answers,) = answers
    if not isinstance(answers, list) or not all(isinstance(text, str) for text in answers):
        return ()
    return tuple(answers)


def _is_single(row: Mapping[str, Any]) -> bool:
    filtered = row.get("filtered_resps")
    return isinstance(filtered, list) and len(filtered) == 1 and isinstance(filtered[0], str)


def _grades(name: str, row: Mapping[str, Any], texts: Sequence[str]) -> Iterator[tuple[str, str, Any, str | None]]:
    """Yield grader, metric, value and extracted answer; the main metric's grader has the filter's name alone."""
    listed = row.get("metrics")
    metrics = [str(m) for m in (listed if isinstance(listed, list) else row) if m not in FIXED | NO_METRICS]
    values = {m: row[m] for m in metrics if isinstance(row.get(m), (bool, int, float)) and not is_missing(row[m])}
    main = next((m for m in VERDICT_METRICS if m in values), next(iter(values), None))
    extracted = None
    if texts and _is_single(row):
        answer = row["filtered_resps"][0]
        extracted = None if answer == texts[0] else answer
    named = {m: m.partition(",") for m in values}
    if "filter" not in row and all(mark for _, mark, _ in named.values()):
        # "exact_match,strict-match", as the results name it.
        for metric, value in values.items():
            yield f"lm-eval/{named[metric][2]}", named[metric][0], value, None
        return
    for metric, value in values.items():
        yield f"lm-eval/{name}" + ("" if metric == main else f"/{metric}"), metric, value, extracted


def _gold(row: Mapping[str, Any]) -> str | None:
    """Return the gold answer: of choices the text, not its number; of a list of one that Python wrote, the member."""
    if row.get("target") is None:
        return None
    text = str(row["target"])
    arguments = row.get("arguments")
    if (
        isinstance(arguments, Mapping)
        and isinstance(chosen := arguments.get(f"gen_args_{text}"), Mapping)
        and not _texts(row)
    ):
        return str(chosen.get("arg_1", text)).strip()
    if text.startswith("["):
        try:
            members = ast.literal_eval(text)
        except (ValueError, SyntaxError):
            return text
        if isinstance(members, list) and len(set(map(str, members))) == 1:
            return str(members[0])
    return text


def _question(row: Mapping[str, Any]) -> str | None:
    doc = row.get("doc")
    if not isinstance(doc, Mapping):
        return None
    return next((doc[key] for key in QUESTION_KEYS if isinstance(doc.get(key), str)), None)
