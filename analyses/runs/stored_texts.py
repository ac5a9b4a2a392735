"""The texts of stored runs, read again: by any grader, with another gold answer, or finished by a longer run.

Nothing here needs a model. Verdicts are made from the stored text and not looked up, so that every grader sees the
same completions, whether or not it was used when the run was made.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from evalsuite.errors import InputError
from evalsuite.grading.answer_part import runs_on_at
from evalsuite.grading.grader import Grader
from evalsuite.grading.graders import ALL_GRADERS, with_marks
from evalsuite.grading.graders import grader as grader_named
from evalsuite.prompting.turn_marks import stored_turn_marks
from evalsuite.records import Outcome
from evalsuite.scores import ScoreMatrix
from evalsuite.store import queries
from evalsuite.store.store import Store, StoredRun

__all__ = ["Continued", "RunTexts", "Text", "continued", "read_texts", "rule_of"]


@dataclass(frozen=True, slots=True)
class Text:
    """One completion with what grading needs.

    `at_limit` tells whether the token limit ended it, `cut` whether that truncated an answer: a completion that had
    answered and ran on into an invented question lost none.
    """

    problem_id: str
    completion_index: int
    text: str
    token_ids: tuple[int, ...] | None
    cut: bool
    at_limit: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class RunTexts:
    """The completions of one run in the places of its scores.

    Attributes
    ----------
    run
        Scores of the run, which say where each completion stands.
    rows
        For each problem its completions, in order of index.
    golds, solutions
        The right answer and the worked solution of each problem.
    marks
        What the questions of the run's prompts began with; see `prompting.turn_marks`.
    """

    run: ScoreMatrix
    rows: tuple[tuple[Text, ...], ...]
    golds: tuple[Fraction, ...]
    solutions: tuple[str, ...]
    marks: tuple[str, ...] = ()

    def outcomes(self, grader: Grader) -> tuple[tuple[Outcome, ...], ...]:
        """Return what `grader` says of every completion, by problem."""
        grader = with_marks(grader, self.marks)
        return tuple(
            tuple(grader.grade(text.text, gold, solution).outcome for text in own)
            for own, gold, solution in zip(self.rows, self.golds, self.solutions, strict=True)
        )

    def scored(self, outcomes: Sequence[Sequence[Outcome]]) -> ScoreMatrix:
        """Return the scores that the `outcomes` of one grader stand for."""
        correct = np.zeros_like(self.run.correct)
        for i, own in enumerate(outcomes):
            correct[i, : len(own)] = [outcome is Outcome.CORRECT for outcome in own]
        return replace(self.run, correct=correct)

    def scores(self, graders: Sequence[Grader]) -> ScoreMatrix:
        """Return the scores where a completion is right as soon as one of `graders` says so."""
        correct = np.zeros_like(self.run.correct)
        graders = [with_marks(grader, self.marks) for grader in graders]
        for i, (own, gold, solution) in enumerate(zip(self.rows, self.golds, self.solutions, strict=True)):
            for k, text in enumerate(own):
                verdicts = (g.grade(text.text, gold, solution).outcome for g in graders)
                correct[i, k] = any(outcome is Outcome.CORRECT for outcome in verdicts)
        return replace(self.run, correct=correct)

    def take(self, rows: Sequence[int]) -> "RunTexts":
        """Return the problems at `rows`, in that order."""
        return replace(
            self,
            run=self.run.take(rows),
            rows=tuple(self.rows[i] for i in rows),
            golds=tuple(self.golds[i] for i in rows),
            solutions=tuple(self.solutions[i] for i in rows),
        )

    def with_golds(self, golds: Sequence[Fraction]) -> "RunTexts":
        """Return the same completions with other right answers; the solutions become these answers."""
        return replace(self, golds=tuple(golds), solutions=tuple(f"#### {gold}" for gold in golds))

    def map(self, change: Callable[[Text], Text]) -> "RunTexts":
        """Return the run with every completion changed by `change`."""
        return replace(self, rows=tuple(tuple(change(text) for text in own) for own in self.rows))


def read_texts(store: Store, head: StoredRun, run: ScoreMatrix) -> RunTexts:
    """Read the completions of a run into the places of its scores `run`.

    Raises
    ------
    InputError
        A completion has no text, or a problem no gold answer, as in an import that brought only verdicts.
    """
    problems = {row["problem_id"]: row for row in queries.problem_rows(store.connection, head.run_id)}
    texts: dict[str, list[Text]] = {p: [] for p in run.problem_ids}
    for row in queries.stored_completions(store.connection, head.run_id):
        if row["problem_id"] in texts:
            texts[row["problem_id"]].append(_text(row, head))
    without = [p for p in run.problem_ids if problems[p]["gold"] is None]
    if without:
        raise InputError(
            f"{len(without)} of {run.n_problems} problems of run {head.label} have no gold answer, such as "
            f"{without[0]!r}, so its completions cannot be graded again"
        )
    golds = tuple(Fraction(problems[p]["gold"]) for p in run.problem_ids)
    solutions = tuple(problems[p]["solution"] or f"#### {gold}" for p, gold in zip(run.problem_ids, golds, strict=True))
    rows = tuple(tuple(texts[p]) for p in run.problem_ids)
    return RunTexts(run, rows, golds, solutions, stored_turn_marks(head.details))


def rule_of(head: StoredRun, grader: str | None) -> Grader:
    """Return the rule called `grader`, or that of the run's primary grader.

    Raises
    ------
    InputError
        The verdicts of the run came with an import and belong to no rule here, so it has to be named.
    """
    name = grader or head.primary_grader
    if grader is None and name not in {g.name for g in ALL_GRADERS}:
        raise InputError(
            f"the verdicts of run {head.label} are by {name!r}, which is no rule of this suite: name the grader that "
            "shall read its texts"
        )
    return grader_named(name)


@dataclass(frozen=True, slots=True, eq=False)
class Continued:
    """A run whose cut completions were replaced by those of runs with a larger cap.

    Attributes
    ----------
    texts
        The completions, finished as far as they could be.
    sources
        Labels of the runs that the longer completions are from, in order of their cap.
    n_truncated, n_continued, n_still_truncated
        Completions that the cap had cut, of these found in a longer run, and of these cut there again.
    n_other_text
        Of those found, the longer completions that do not begin with the cut one: machine noise or another batch.
    """

    texts: RunTexts
    sources: tuple[str, ...]
    n_truncated: int
    n_continued: int
    n_still_truncated: int
    n_other_text: int

    @property
    def complete(self) -> bool:
        """Whether every completion that was cut has a longer one."""
        return self.n_continued == self.n_truncated


def continued(store: Store, head: StoredRun, texts: RunTexts) -> Continued:
    """Replace the completions that the token limit truncated by those of longer runs in the same store.

    A longer run has a larger cap. It was extended from `head`, in one or more steps, or it differs from `head` in
    nothing else that decides the text. Completions that had ended stay as they are, so that the change is the effect
    of the cap alone. Of several longer runs the one with the smallest cap at which a completion ended is taken, else
    the one with the largest cap.
    """
    cut = {(t.problem_id, t.completion_index): t for own in texts.rows for t in own if t.cut}
    found: dict[tuple[str, int], Text] = {}
    sources: list[str] = []
    for other in _longer_runs(store, head) if cut else []:
        used = False
        for row in queries.stored_completions(store.connection, other.run_id):
            key = (row["problem_id"], row["completion_index"])
            if key in cut and row["text"] is not None and (key not in found or found[key].cut):
                found[key] = _text(row, other)
                used = True
        sources += [other.label] if used else []
    return Continued(
        texts=texts.map(lambda text: found.get((text.problem_id, text.completion_index), text)),
        sources=tuple(sources),
        n_truncated=len(cut),
        n_continued=len(found),
        n_still_truncated=sum(text.cut for text in found.values()),
        n_other_text=sum(not _continues(cut[key], text) for key, text in found.items()),
    )


def _text(row: Mapping[str, Any], head: StoredRun) -> Text:
    if row["text"] is None:
        raise InputError(
            f"run {head.label} has no text for problem {row['problem_id']!r}, so it cannot be graded again: "
            "only verdicts were imported"
        )
    tokens = None if row["token_ids"] is None else tuple(row["token_ids"])
    at_limit = row["stop_reason"] == "length"
    cut = at_limit and runs_on_at(row["text"], stored_turn_marks(head.details)) is None
    return Text(row["problem_id"], row["completion_index"], row["text"], tokens, cut, at_limit)


def _longer_runs(store: Store, head: StoredRun) -> list[StoredRun]:
    cap = _cap(head.spec)
    if cap is None:
        return []
    heads = [
        StoredRun(**{k: row[k] for k in StoredRun.__dataclass_fields__}) for row in queries.run_heads(store.connection)
    ]
    longer = [h for h in heads if (_cap(h.spec) or 0) > cap and h.dataset_hash == head.dataset_hash]
    family, found = {head.run_id}, []
    for other in sorted(longer, key=lambda h: (_cap(h.spec) or 0, h.run_id)):
        if other.parent_run_id in family or _identity(other.spec) == _identity(head.spec):
            family.add(other.run_id)
            found.append(other)
    return found


def _cap(spec: Mapping[str, Any]) -> int | None:
    cap = spec.get("decoding", {}).get("max_new_tokens")
    return None if cap is None else int(cap)


def _identity(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Return what decides the text of a run, without its cap; names and the order of problems do not."""
    kept = {k: v for k, v in spec.items() if k not in {"model", "adapter", "order", "decoding"}}
    decoding = {k: v for k, v in spec.get("decoding", {}).items() if k != "max_new_tokens"}
    return {**kept, "decoding": decoding}


def _continues(short: Text, long: Text) -> bool:
    if short.token_ids is not None and long.token_ids is not None:
        return long.token_ids[: len(short.token_ids)] == short.token_ids
    return long.text.startswith(short.text)
