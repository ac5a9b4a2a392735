"""Where does the gain come from: stopping in time, writing the answer as the grader wants it, or solving?

The same completions are scored under two switches, each off and on.

Format
    Off: the grader as reported. On: a lenient one, for which a completion is right when the reported grader or any of
    `boxed`, `strict` and `last_number` finds the right number as its final answer. Turning it on can only turn wrong
    into right.
Stopping
    Off: the completions as reported, some of them truncated by the token limit. On: each truncated completion is
    replaced by its longer version from a run with a larger limit (`stored_texts.continued`); all others stay.

With D(setting) the paired difference in accuracy, new minus base, the share of a switch is what it takes away from
the difference when it is turned on, averaged over the two orders:

    format   = 1/2 [D(off, off) - D(on, off)] + 1/2 [D(off, on) - D(on, on)]
    stopping = 1/2 [D(off, off) - D(off, on)] + 1/2 [D(on, off) - D(on, on)]
    solving  = D(on, on)

The three add up to the reported difference D(off, off) exactly. Each share is a mean over problems, so its interval
resamples problems. `last_number` also credits a truncated completion whose last number happens to be right; such luck
lies in the difference between the orders and is shared between format and stopping.

Where no longer run is stored, the second switch cannot be turned. The difference is then split in two, what is left
under the lenient grader is solving and stopping together, and the bounds of Manski say how far it could move.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from analyses.runs.pairing import PairedRuns, confounded, pair_runs, treatment
from analyses.runs.provenance import provenance
from analyses.runs.reproduce import analysis_command
from analyses.runs.stored_texts import Continued, RunTexts, continued, read_texts, rule_of
from evalsuite.comparison.pair import paired_effect, worst_case
from evalsuite.comparison.problem_means import shared_clusters
from evalsuite.errors import InputError
from evalsuite.findings import Cell, Column, Figure, Findings, Table
from evalsuite.grading.grader import Grader
from evalsuite.grading.graders import grader as grader_named
from evalsuite.scores import ScoreMatrix
from evalsuite.settings import ComparisonSettings
from evalsuite.stats.result import Estimate
from evalsuite.stats.shapley import split_difference
from evalsuite.store.store import Store
from evalsuite.wording import numbers
from evalsuite.wording.language import N_, tr
from evalsuite.wording.method_names import method_name
from evalsuite.wording.verdicts import interval_text

__all__ = ["LENIENT", "NAME", "QUESTION", "analyse"]

NAME = "attribution"
QUESTION = N_("Where does the difference between {new} and {base} come from?")
ESTIMAND = N_(
    "For problems like these: the paired difference in accuracy, split into what the grader's format explains, "
    "what the token limit explains, and what is left."
)
LENIENT = ("boxed", "strict", "last_number")
PartName = Literal["format", "stopping", "solving", "solving_and_stopping"]
LONG_NAMES: dict[PartName, str] = {
    "format": N_("format and extraction (grader)"),
    "stopping": N_("stopping (token limit)"),
    "solving": N_("solving"),
    "solving_and_stopping": N_("solving and stopping, not separable"),
}
"""Names of the parts in the table."""
SHORT_NAMES: dict[PartName, str] = {
    "format": N_("format"),
    "stopping": N_("stopping"),
    "solving": N_("solving"),
    "solving_and_stopping": N_("solving and stopping together"),
}
"""Names of the parts within a sentence."""
DEFAULTS = ComparisonSettings()
DEFINITION = N_(
    "Format is the part of the difference that disappears under a lenient grader (right if the reported grader, "
    "boxed, strict or last_number finds the right number). Stopping is the part that disappears when truncated "
    "completions are finished. Each is averaged over both orders of switching the two on; solving is what is left "
    "with both on. The parts add up to the reported difference."
)


@dataclass(frozen=True, slots=True, eq=False)
class _Switched:
    """Scores of base and new by switches turned on: none, format, and, where known, stopping and both.

    `effects` holds for each setting the paired difference and its p-value.
    """

    names: tuple[str, ...]
    scores: tuple[tuple[ScoreMatrix, ScoreMatrix], ...]
    effects: tuple[tuple[Estimate, float], ...]
    finished: tuple[Continued, Continued]
    reason: str
    """Why the stopping switch has no column; empty where it has one."""


@dataclass(frozen=True, slots=True)
class _Parts:
    """The shares of the switches, what is left, and the reported difference."""

    shares: dict[PartName, Estimate]
    rest_name: PartName
    rest: Estimate
    total: Estimate
    total_pvalue: float


def analyse(
    store: Store | None,
    names: Sequence[str] = (),
    settings: ComparisonSettings = DEFAULTS,
    *,
    seed: int = 0,
) -> Findings:
    """Split the difference between two stored runs into format, stopping and solving.

    Parameters
    ----------
    names
        Base and new run. Longer runs of either are found in the store by themselves.
    settings
        The grader whose difference is split, `only_shared`, and ``1 - alpha``, the level of the intervals.
    seed
        Of the resamples of problems; recorded.

    Raises
    ------
    InputError
        Other than two names, or runs without texts or gold answers.
    """
    if store is None or len(names) != 2:
        given = f"{len(names)}: {', '.join(names)}" if names else "none"
        raise InputError(f"attribution needs a store and two runs, base and new; got {given}")
    alpha = settings.alpha
    runs = pair_runs(
        store, names, grader=settings.grader, only_shared=settings.only_shared, pair_by=settings.pair_by,
        drop_duplicates=settings.drop_duplicates, shorten=True,
    )  # fmt: skip
    switched = _switched(store, runs, settings.grader, alpha)
    parts = _parts(switched, runs, alpha=alpha)
    tables = (_shares_table(parts), _settings_table(switched), _truncated_table(runs, switched))
    base, new = runs.labels
    return Findings(
        name=NAME,
        question=tr(QUESTION, new=new, base=base),
        estimand=tr(ESTIMAND),
        verdict=None,
        sentence=_sentence(parts, new, base, alpha),
        notes=_notes(runs, switched, alpha),
        cautions=(*runs.cautions, *confounded(runs)),
        estimates=dict((*parts.shares.items(), (parts.rest_name, parts.rest), ("difference", parts.total))),
        tables=tuple(table for table in tables if table is not None),
        figures=(
            Figure(
                "attribution",
                "difference",
                tr("Parts of the difference"),
                tr("One row per part; the parts add up to the reported difference in the last row."),
                "attribution",
                {"base": base, "new": new, "level": 1 - alpha},
            ),
        ),
        provenance=provenance(
            store,
            runs,
            command=analysis_command(NAME, names, store.path, settings=settings, seed=seed),
            settings={"seed": seed, "alpha": alpha, "lenient": list(LENIENT)},
        ),
    )


def _switched(store: Store, runs: PairedRuns, grader: str | None, alpha: float) -> _Switched:
    texts = [read_texts(store, head, run) for head, run in zip(runs.heads, runs.scores, strict=True)]
    reported = [rule_of(head, grader) for head in runs.heads]
    base, new = (continued(store, head, run_texts) for head, run_texts in zip(runs.heads, texts, strict=True))
    reason = _reason(runs, (base, new))
    lenient = [_with_lenient(rule) for rule in reported]
    names = [tr("as reported"), tr("lenient grader")]
    scores = [_scored(texts, [(g,) for g in reported]), _scored(texts, lenient)]
    if not reason:
        finished = [base.texts, new.texts]
        names += [tr("truncated completions finished"), tr("lenient grader and finished")]
        scores += [_scored(finished, [(g,) for g in reported]), _scored(finished, lenient)]
    effects = tuple(paired_effect(*pair, alpha=alpha)[:2] for pair in scores)
    return _Switched(tuple(names), tuple(scores), effects, (base, new), reason)


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


def _parts(switched: _Switched, runs: PairedRuns, *, alpha: float) -> _Parts:
    columns = [new.problem_means - base.problem_means for base, new in switched.scores]
    values: NDArray[np.float64] = np.column_stack(columns)
    # A problem without a completion in one of the runs has no difference.
    measured = ~np.isnan(values).any(axis=1)
    groups = shared_clusters(*runs.scores)
    split = split_difference(
        values[measured],
        clusters=None if groups is None else np.asarray(groups)[measured].tolist(),
        confidence_level=1 - alpha,
    )
    (total, pvalue), (rest, _) = switched.effects[0], switched.effects[-1]
    switches: tuple[PartName, ...] = ("format", "stopping")
    # Without the stopping switch there is one share only.
    shares = dict(zip(switches, split.shares, strict=False))
    none_truncated = _known(runs) and not any(run.n_truncated for run in switched.finished)
    rest_name: PartName = "solving" if "stopping" in shares or none_truncated else "solving_and_stopping"
    return _Parts(shares, rest_name, rest, total, pvalue)


def _known(runs: PairedRuns) -> bool:
    return all(run.truncation_known for run in runs.scores)


def _shares_table(parts: _Parts) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (tr(LONG_NAMES[name]), e.low, e.value, e.high, method_name(e.method))
        for name, e in (*parts.shares.items(), (parts.rest_name, parts.rest))
    ]
    e = parts.total
    rows.append((tr("reported difference"), e.low, e.value, e.high, method_name(e.method)))
    columns = (
        Column("label", tr("Part")),
        Column("low", tr("Low"), "difference"),
        Column("value", tr("Part of the difference"), "difference"),
        Column("high", tr("High"), "difference"),
        Column("method", tr("Interval")),
    )
    return Table("attribution", tr("Parts of the difference"), columns, tuple(rows), tr(DEFINITION))


def _settings_table(switched: _Switched) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for name, pair, (e, pvalue) in zip(switched.names, switched.scores, switched.effects, strict=True):
        accuracies = [float(np.nanmean(run.problem_means)) for run in pair]
        rows.append((name, *accuracies, e.low, e.value, e.high, pvalue))
    columns = (
        Column("label", tr("Setting")),
        Column("base", tr("Base"), "proportion"),
        Column("new", tr("New"), "proportion"),
        Column("low", tr("Low"), "difference"),
        Column("value", tr("Difference"), "difference"),
        Column("high", tr("High"), "difference"),
        Column("pvalue", tr("p"), "pvalue"),
    )
    note = tr("Every row has the same completions except the truncated ones; p-values are not adjusted.")
    return Table("attribution_settings", tr("The difference under each setting"), columns, tuple(rows), note)


def _truncated_table(runs: PairedRuns, switched: _Switched) -> Table | None:
    if not any(run.n_truncated for run in switched.finished):
        return None
    rows: list[tuple[Cell, ...]] = [
        (
            label,
            run.n_truncated,
            run.n_continued,
            run.n_still_truncated,
            run.n_other_text,
            tr(", ").join(run.sources) or tr("none"),
        )
        for label, run in zip(runs.labels, switched.finished, strict=True)
    ]
    columns = (
        Column("label", tr("Run")),
        Column("truncated", tr("Truncated"), "count"),
        Column("continued", tr("Found in a longer run"), "count"),
        Column("still_truncated", tr("Truncated there too"), "count"),
        Column("other", tr("Begin with another text"), "count"),
        Column("sources", tr("Longer runs")),
    )
    title = tr("Truncated completions, and their longer versions")
    return Table("attribution_truncated", title, columns, tuple(rows))


def _sentence(parts: _Parts, new: str, base: str, alpha: float) -> str:
    listed = [
        tr("{size} is {part}", size=interval_text(e), part=tr(SHORT_NAMES[name]))
        for name, e in (*parts.shares.items(), (parts.rest_name, parts.rest))
    ]
    text = tr(
        "The difference between {new} and {base}, {total}, splits into {parts} and {last}.",
        new=new,
        base=base,
        total=interval_text(parts.total),
        parts=tr(", ").join(listed[:-1]),
        last=listed[-1],
    )
    return tr(" ").join((text, _conclusion(parts, alpha)))


def _conclusion(parts: _Parts, alpha: float) -> str:
    sign = 1 if parts.total.value > 0 else -1
    kind = tr("gain") if sign > 0 else tr("loss")
    if parts.total_pvalue >= alpha or parts.total.value == 0:
        return tr(
            "The reported difference itself is unresolved, so the parts suggest where to look; they do not "
            "show what happened."
        )
    along = [tr(SHORT_NAMES[name]) for name, e in parts.shares.items() if sign * (e.low if sign > 0 else e.high) > 0]
    rest = tr(SHORT_NAMES[parts.rest_name])
    if sign * (parts.rest.low if sign > 0 else parts.rest.high) > 0:
        also = tr(" beside a part that is {parts}", parts=tr(" and ").join(along)) if along else ""
        return tr("A {kind} in {rest} is resolved{also}.", kind=kind, rest=rest, also=also)
    if along:
        return tr(
            "The {kind} is a matter of {parts}; a {kind} in {rest} is not resolved.",
            kind=kind,
            parts=tr(" and ").join(along),
            rest=rest,
        )
    return tr("The {kind} is resolved as a whole, but the data do not show which part it comes from.", kind=kind)


def _notes(runs: PairedRuns, switched: _Switched, alpha: float) -> tuple[str, ...]:
    notes = [*runs.warnings, *(() if confounded(runs) else (treatment(runs),))]
    if switched.reason:
        notes.append(switched.reason)
    any_truncated = any(run.n_truncated for run in switched.finished)
    if switched.reason and any_truncated and _known(runs):
        bounds = worst_case(*switched.scores[1], alpha=alpha)
        notes.append(
            tr(
                "Had every completion finished, the difference under the lenient grader would be somewhere from "
                "{lowest} to {highest}.",
                lowest=numbers.points(bounds.lowest),
                highest=numbers.points(bounds.highest),
            )
        )
    if not switched.reason and (still := sum(run.n_still_truncated for run in switched.finished)):
        notes.append(
            tr(
                "{still} completions are truncated at the larger token limit too: stopping is its share up to that "
                "limit.",
                still=still,
            )
        )
    if other := sum(run.n_other_text for run in switched.finished):
        notes.append(
            tr(
                "{other} longer completions do not begin with the truncated text, so they carry some numerical "
                "nondeterminism.",
                other=other,
            )
        )
    notes.append(
        tr(
            "The lenient grader credits any right final number, lucky ones "
            "too; solving means this, not right reasoning."
        )
    )
    return tuple(notes)
