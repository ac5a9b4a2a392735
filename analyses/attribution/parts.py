"""The same completions scored under each setting, and what each switch takes away from the difference."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from analyses.runs.pairing import PairedRuns
from analyses.runs.stored_texts import Continued, RunTexts, Text, continued, read_texts, rule_of
from evalsuite.comparison.pair import paired_effect
from evalsuite.comparison.problem_means import shared_clusters
from evalsuite.grading.answer_part import runs_on_at
from evalsuite.grading.grader import Grader
from evalsuite.grading.graders import grader as grader_named
from evalsuite.grading.graders import reading_on
from evalsuite.scores import ScoreMatrix
from evalsuite.stats.bounded_mean import bounded_mean
from evalsuite.stats.result import Estimate
from evalsuite.stats.shapley import split_difference
from evalsuite.store.store import Store
from evalsuite.wording.language import tr

__all__ = ["LENIENT", "PartName", "Parts", "Setting", "Switched", "known", "parts_of", "switch"]

LENIENT = ("boxed", "strict", "last_number")
PartName = Literal["run_on", "format", "stopping", "solving", "solving_and_stopping"]


@dataclass(frozen=True, slots=True, eq=False)
class Setting:
    """Scores of base and new under one setting, with their paired difference and its p-value."""

    name: str
    scores: tuple[ScoreMatrix, ScoreMatrix]
    effect: Estimate
    pvalue: float


@dataclass(frozen=True, slots=True, eq=False)
class Switched:
    """The settings that were scored.

    `reported` is as reported. `switches` are the settings none, format, and, where known, stopping and both, on
    completions that end before any invented turn: where none runs on, the first of them is `reported`.
    """

    reported: Setting
    switches: tuple[Setting, ...]
    reading_on: Setting | None
    """As reported, but by a rule that reads invented turns too; None where no completion runs on or none is known."""
    run_on: tuple[tuple[int, int, int], tuple[int, int, int]]
    """Of each run the completions, those that run on, and of these the ones that the token limit ended."""
    finished: tuple[Continued, Continued]
    reason: str
    """Why the stopping switch has no column; empty where it has one."""

    @property
    def any_runs_on(self) -> bool:
        """Whether a completion of either run does."""
        return any(n for _, n, _ in self.run_on)


@dataclass(frozen=True, slots=True)
class Parts:
    """The shares of the switches, what is left, and the reported difference."""

    shares: dict[PartName, Estimate]
    rest_name: PartName
    rest: Estimate
    total: Estimate
    total_pvalue: float


def switch(store: Store, runs: PairedRuns, grader: str | None, alpha: float) -> Switched:
    """Score the completions of two runs under every setting that the store knows."""
    texts = [read_texts(store, head, run) for head, run in zip(runs.heads, runs.scores, strict=True)]
    ended = [_ended(run) for run in texts]
    base_on, new_on = (_run_on(*pair) for pair in zip(texts, ended, strict=True))
    rules = [rule_of(head, grader) for head in runs.heads]
    base, new = (continued(store, head, run) for head, run in zip(runs.heads, ended, strict=True))
    reason = _reason(runs, (base, new))

    def setting(name: str, used: Sequence[RunTexts], graders: Sequence[Sequence[Grader]]) -> Setting:
        scores = _scored(used, graders)
        return Setting(name, scores, *paired_effect(*scores, alpha=alpha)[:2])

    one, lenient = [(rule,) for rule in rules], [_with_lenient(rule) for rule in rules]
    reported = setting(tr("as reported"), texts, one)
    to_the_end = None
    first = reported
    if base_on[1] or new_on[1]:
        first = setting(tr("ended before invented questions"), ended, one)
        if all(reading_on(rule) is not None for rule in rules):
            further = [[reading_on(rule) or rule] for rule in rules]
            to_the_end = setting(tr("read on into invented questions"), texts, further)
    switches = [first, setting(tr("lenient grader"), ended, lenient)]
    if not reason:
        finished = [_ended(run.texts) for run in (base, new)]
        switches += [
            setting(tr("truncated completions finished"), finished, one),
            setting(tr("lenient grader and finished"), finished, lenient),
        ]
    return Switched(reported, tuple(switches), to_the_end, (base_on, new_on), (base, new), reason)


def _ended(run: RunTexts) -> RunTexts:
    def end(text: Text) -> Text:
        place = runs_on_at(text.text, run.marks)
        return text if place is None else replace(text, text=text.text[:place])

    return run.map(end)


def _run_on(whole: RunTexts, ended: RunTexts) -> tuple[int, int, int]:
    pairs = [pair for rows in zip(whole.rows, ended.rows, strict=True) for pair in zip(*rows, strict=True)]
    run_on = [one for one, other in pairs if one.text != other.text]
    return len(pairs), len(run_on), sum(one.at_limit for one in run_on)


def _with_lenient(reported: Grader) -> tuple[Grader, ...]:
    return (reported, *(grader_named(name) for name in LENIENT if name != reported.name))


def _scored(texts: Sequence[RunTexts], graders: Sequence[Sequence[Grader]]) -> tuple[ScoreMatrix, ScoreMatrix]:
    base, new = (run_texts.scores(by) for run_texts, by in zip(texts, graders, strict=True))
    return base, new


def _reason(runs: PairedRuns, finished: tuple[Continued, Continued]) -> str:
    unknown = [run.label for run in runs.scores if not run.truncation_known]
    if unknown:
        return tr(
            "Stopping cannot be measured: {names} did not record which completions the token limit truncated.",
            names=tr(" and ").join(unknown),
        )
    if not any(run.n_truncated for run in finished):
        return tr("Stopping explains nothing here: the token limit truncated no completion of these runs.")
    lacking = [
        tr(
            "{n_missing} of {n_truncated} truncated completions of {label}",
            n_missing=run.n_truncated - run.n_continued,
            n_truncated=run.n_truncated,
            label=label,
        )
        for label, run in zip(runs.labels, finished, strict=True)
        if not run.complete
    ]
    if lacking:
        return tr(
            "Stopping could not be separated from solving, because the store has no longer version of {names}. "
            "`evalsuite extend` continues the truncated completions.",
            names=tr(" and ").join(lacking),
        )
    return ""


def parts_of(switched: Switched, runs: PairedRuns, *, alpha: float) -> Parts:
    """Return what each switch takes away from the difference; the parts add up to it."""
    settings = (switched.reported, *switched.switches)
    columns = [new.problem_means - base.problem_means for base, new in (setting.scores for setting in settings)]
    values: NDArray[np.float64] = np.column_stack(columns)
    # A problem without a completion in one of the runs has no difference.
    values = values[measured := ~np.isnan(values).any(axis=1)]
    groups = shared_clusters(*runs.scores)
    clusters = None if groups is None else np.asarray(groups)[measured].tolist()
    split = split_difference(values[:, 1:], clusters=clusters, confidence_level=1 - alpha)
    shares: dict[PartName, Estimate] = {}
    if switched.any_runs_on:
        run_on = bounded_mean(values[:, 0] - values[:, 1], bounds=(-2.0, 2.0), clusters=clusters)
        shares["run_on"] = run_on.estimate(confidence_level=1 - alpha)
    names: tuple[PartName, ...] = ("format", "stopping")
    # Without the stopping switch there is one share only.
    shares |= dict(zip(names, split.shares, strict=False))
    none_truncated = known(runs) and not any(run.n_truncated for run in switched.finished)
    rest_name: PartName = "solving" if "stopping" in shares or none_truncated else "solving_and_stopping"
    reported = switched.reported
    return Parts(shares, rest_name, switched.switches[-1].effect, reported.effect, reported.pvalue)


def known(runs: PairedRuns) -> bool:
    """Tell whether both runs recorded which completions the token limit ended."""
    return all(run.truncation_known for run in runs.scores)
