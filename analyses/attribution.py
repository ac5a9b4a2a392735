"""Where does the gain come from: stopping in time, writing the answer as the grader wants it, or solving?

The same completions are scored under two switches, each off and on.

Format
    Off: the grader as reported. On: a lenient one, for which a completion is right when the reported grader or any of
    `boxed`, `strict` and `last_number` finds the right number as its final answer. Turning it on can only turn wrong
    into right.
Stopping
    Off: the completions as reported, some of them cut by the token cap. On: each cut completion is replaced by its
    longer version from a run with a larger cap (`regraded.continued`); all others stay as they are.

With D(setting) the paired difference in accuracy, new minus base, the share of a switch is what it takes away from
the difference when it is turned on, averaged over the two orders:

    format   = 1/2 [D(off, off) - D(on, off)] + 1/2 [D(off, on) - D(on, on)]
    stopping = 1/2 [D(off, off) - D(off, on)] + 1/2 [D(on, off) - D(on, on)]
    solving  = D(on, on)

The three add up to the reported difference D(off, off) exactly. Each share is a mean over problems, so its interval
resamples problems. `last_number` also credits a cut completion whose last number happens to be right; such luck lies in
the difference between the orders and is shared between format and stopping.

Where no longer run is stored, the second switch cannot be turned. The difference is then split in two, what is left
under the lenient grader is solving and stopping together, and the bounds of Manski say how far it could move.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analyses.runs.pairing import PairedRuns, confounded, pair_runs, treatment
from analyses.runs.provenance import analysis_command, provenance
from analyses.runs.stored_texts import Continued, RunTexts, continued, read_texts, rule_of
from evalsuite.comparison.pair import paired_effect
from evalsuite.errors import InputError
from evalsuite.findings import Cell, Column, Figure, Findings, Table
from evalsuite.grading.grader import Grader
from evalsuite.grading.graders import grader as grader_named
from evalsuite.scores import ScoreMatrix
from evalsuite.stats.bounds import Bounds, difference_bounds, right_and_truncated
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
    "E1: the paired difference in accuracy on problems like these, as the sum of what "
    "the grader's format takes, what the token cap takes, and what is left."
)
LENIENT = ("boxed", "strict", "last_number")
FORMAT, STOPPING, SOLVING, BOTH = (
    N_("format and extraction (grader)"),
    N_("stopping (cap)"),
    N_("solving"),
    N_("solving and stopping, not separable"),
)
DEFINITION = N_(
    "Format is what a lenient grader takes away from the difference (right if the reported "
    "grader, boxed, strict or last_number finds the right number), stopping what finishing the "
    "cut completions takes away, each averaged over both orders of turning the two on; solving is "
    "what is left with both on. The parts add up to the reported difference."
)


@dataclass(frozen=True, slots=True, eq=False)
class _Settings:
    """Scores of base and new under each setting: as reported, lenient, and, where known, finished, both.

    `effects` holds for each setting the paired difference and its p-value.
    """

    names: tuple[str, ...]
    scores: tuple[tuple[ScoreMatrix, ScoreMatrix], ...]
    effects: tuple[tuple[Estimate, float], ...]
    finished: tuple[Continued, Continued]
    reason: str
    """Why the cap switch has no column; empty where it has one."""


@dataclass(frozen=True, slots=True)
class _Parts:
    """The shares by name, what is left, and the reported difference."""

    shares: dict[str, Estimate]
    rest_name: str
    rest: Estimate
    total: Estimate
    total_pvalue: float


def analyse(
    store: Store | None,
    names: Sequence[str] = (),
    *,
    seed: int = 0,
    alpha: float = 0.05,
    grader: str | None = None,
    only_shared: bool = False,
) -> Findings:
    """Split the difference between two stored runs into format, stopping and solving.

    Parameters
    ----------
    names
        Base and new run. Longer runs of either are found in the store by themselves.
    seed
        Of the resamples of problems; recorded.
    alpha
        Intervals have level ``1 - alpha``.
    grader, only_shared
        As in `pairing.pair_runs`; the grader is the one whose difference is split.

    Raises
    ------
    InputError
        Other than two names, or runs without texts or gold answers.
    """
    if store is None or len(names) != 2:
        raise InputError(f"attribution needs a store and two runs, base and new; got {len(names)}")
    runs = pair_runs(store, names, grader=grader, only_shared=only_shared, shorten=True)
    settings = _settings(store, runs, grader, alpha)
    parts = _parts(settings, runs, seed=seed, alpha=alpha)
    shown = (_shares_table(parts), _settings_table(settings), _cap_table(runs, settings))
    base, new = runs.labels
    return Findings(
        name=NAME,
        question=tr(QUESTION, new=new, base=base),
        estimand=tr(ESTIMAND),
        verdict=None,
        sentence=_sentence(parts, new, base, alpha),
        notes=_notes(runs, settings, alpha),
        cautions=(*runs.cautions, *confounded(runs)),
        estimates={**parts.shares, parts.rest_name: parts.rest, "difference": parts.total},
        tables=tuple(table for table in shown if table is not None),
        figures=(
            Figure(
                "attribution",
                "difference",
                tr("Parts of the difference"),
                tr("One row a part; the parts add up to the reported difference in the last row."),
                "attribution",
                {"base": base, "new": new, "level": 1 - alpha},
            ),
        ),
        provenance=provenance(
            store,
            runs,
            command=analysis_command(NAME, names, store.path),
            settings={"seed": seed, "alpha": alpha, "lenient": list(LENIENT)},
        ),
    )


def _settings(store: Store, runs: PairedRuns, grader: str | None, alpha: float) -> _Settings:
    texts = [read_texts(store, head, run) for head, run in zip(runs.heads, runs.scores, strict=True)]
    reported = [rule_of(head, grader) for head in runs.heads]
    base, new = (continued(store, head, own) for head, own in zip(runs.heads, texts, strict=True))
    reason = _reason(runs, (base, new))
    lenient = [_with_lenient(own) for own in reported]
    names = [tr("as reported"), tr("lenient grader")]
    scores = [_scored(texts, [(g,) for g in reported]), _scored(texts, lenient)]
    if not reason:
        finished = [base.texts, new.texts]
        names += [tr("cut completions finished"), tr("lenient grader and finished")]
        scores += [_scored(finished, [(g,) for g in reported]), _scored(finished, lenient)]
    effects = tuple(paired_effect(*pair, alpha=alpha)[:2] for pair in scores)
    return _Settings(tuple(names), tuple(scores), effects, (base, new), reason)


def _with_lenient(reported: Grader) -> tuple[Grader, ...]:
    return (reported, *(grader_named(name) for name in LENIENT if name != reported.name))


def _scored(texts: Sequence[RunTexts], graders: Sequence[Sequence[Grader]]) -> tuple[ScoreMatrix, ScoreMatrix]:
    base, new = (own.scores(by) for own, by in zip(texts, graders, strict=True))
    return base, new


def _reason(runs: PairedRuns, finished: tuple[Continued, Continued]) -> str:
    unknown = [run.label for run in runs.scores if not run.truncation_known]
    if unknown:
        return tr(
            "Stopping has no share: {names} did not record which completions the cap cut.",
            names=tr(" and ").join(unknown),
        )
    if not any(run.n_cut for run in finished):
        return tr("Stopping has no share: the cap cut no completion of these runs.")
    lacking = [
        tr(
            "{n_missing} of {n_cut} cut completions of {label}",
            n_missing=run.n_cut - run.n_continued,
            n_cut=run.n_cut,
            label=label,
        )
        for label, run in zip(runs.labels, finished, strict=True)
        if not run.complete
    ]
    if lacking:
        return tr(
            "Stopping could not be told from solving: for {names} the store holds "
            "no longer version. Run the same model with a larger cap.",
            names=tr(" and ").join(lacking),
        )
    return ""


def _parts(settings: _Settings, runs: PairedRuns, *, seed: int, alpha: float) -> _Parts:
    columns = [new.problem_means - base.problem_means for base, new in settings.scores]
    values: NDArray[np.float64] = np.column_stack(columns)
    kept = ~np.isnan(values).any(axis=1)
    groups = runs.scores[0].clusters
    split = split_difference(
        values[kept],
        rng=np.random.default_rng(seed),
        clusters=None if groups is None else np.asarray(groups)[kept].tolist(),
        confidence_level=1 - alpha,
    )
    (total, pvalue), (rest, _) = settings.effects[0], settings.effects[-1]
    shares = dict(zip((FORMAT, STOPPING), split.shares, strict=False))
    none_cut = _known(runs) and not any(run.n_cut for run in settings.finished)
    return _Parts(shares, SOLVING if STOPPING in shares or none_cut else BOTH, rest, total, pvalue)


def _known(runs: PairedRuns) -> bool:
    return all(run.truncation_known for run in runs.scores)


def _shares_table(parts: _Parts) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (tr(name), e.low, e.value, e.high, method_name(e.method))
        for name, e in (*parts.shares.items(), (parts.rest_name, parts.rest), (N_("reported difference"), parts.total))
    ]
    columns = (
        Column("label", tr("Part")),
        Column("low", tr("Low"), "difference"),
        Column("value", tr("Part of the difference"), "difference"),
        Column("high", tr("High"), "difference"),
        Column("method", tr("Interval")),
    )
    return Table("attribution", tr("Parts of the difference"), columns, tuple(rows), tr(DEFINITION))


def _settings_table(settings: _Settings) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for name, pair, (e, pvalue) in zip(settings.names, settings.scores, settings.effects, strict=True):
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
    note = tr("The same completions in every row but those that the cap cut; p-values are not adjusted.")
    return Table("attribution_settings", tr("The difference under each setting"), columns, tuple(rows), note)


def _cap_table(runs: PairedRuns, settings: _Settings) -> Table | None:
    if not any(run.n_cut for run in settings.finished):
        return None
    rows: list[tuple[Cell, ...]] = [
        (
            label,
            run.n_cut,
            run.n_continued,
            run.n_still_cut,
            run.n_other_text,
            tr(", ").join(run.sources) or tr("none"),
        )
        for label, run in zip(runs.labels, settings.finished, strict=True)
    ]
    columns = (
        Column("label", tr("Run")),
        Column("cut", tr("Cut at the cap"), "count"),
        Column("continued", tr("Found in a longer run"), "count"),
        Column("still_cut", tr("Cut there too"), "count"),
        Column("other", tr("Begin with another text"), "count"),
        Column("sources", tr("Longer runs")),
    )
    return Table("attribution_cap", tr("Completions that were cut, and their longer versions"), columns, tuple(rows))


def _sentence(parts: _Parts, new: str, base: str, alpha: float) -> str:
    listed = [tr("{size} is {part}", size=interval_text(e), part=_short(name)) for name, e in parts.shares.items()]
    listed.append(tr("{size} is {part}", size=interval_text(parts.rest), part=_short(parts.rest_name)))
    text = tr(
        "Of the difference between {new} and {base}, {total}, {parts} and {last}.",
        new=new,
        base=base,
        total=interval_text(parts.total),
        parts=tr(", ").join(listed[:-1]),
        last=listed[-1],
    )
    return tr(" ").join((text, _conclusion(parts, alpha)))


def _short(name: str) -> str:
    short = {FORMAT: N_("format"), STOPPING: N_("stopping"), BOTH: N_("solving and stopping together")}
    return tr(short.get(name, name))


def _conclusion(parts: _Parts, alpha: float) -> str:
    sign = 1 if parts.total.value > 0 else -1
    kind = tr("gain") if sign > 0 else tr("loss")
    if parts.total_pvalue >= alpha or parts.total.value == 0:
        return tr("The reported difference itself is unresolved, so the parts say where to look, not what happened.")
    along = [_short(name) for name, e in parts.shares.items() if sign * (e.low if sign > 0 else e.high) > 0]
    rest = _short(parts.rest_name)
    if sign * (parts.rest.low if sign > 0 else parts.rest.high) > 0:
        also = tr(" beside a part that is {parts}", parts=tr(" and ").join(along)) if along else ""
        return tr("A {kind} in {rest} is resolved{also}.", kind=kind, rest=rest, also=also)
    if along:
        return tr(
            "The {kind} is one of {parts}: a {kind} in {rest} is not resolved.",
            kind=kind,
            parts=tr(" and ").join(along),
            rest=rest,
        )
    return tr("The {kind} is resolved as a whole, but the data do not say which part it belongs to.", kind=kind)


def _notes(runs: PairedRuns, settings: _Settings, alpha: float) -> tuple[str, ...]:
    notes = [*runs.warnings, *(() if confounded(runs) else (treatment(runs),))]
    if settings.reason:
        notes.append(settings.reason)
    cut = any(run.n_cut for run in settings.finished)
    if settings.reason and cut and _known(runs):
        bounds = _bounds(settings.scores[1], alpha)
        notes.append(
            tr(
                "Had every completion finished, the difference under the lenient "
                "grader would lie between {lowest} and {highest}.",
                lowest=numbers.points(bounds.lowest),
                highest=numbers.points(bounds.highest),
            )
        )
    if not settings.reason and (still := sum(run.n_still_cut for run in settings.finished)):
        notes.append(
            tr("{still} completions are cut at the larger cap too: stopping is its share up to that cap.", still=still)
        )
    if other := sum(run.n_other_text for run in settings.finished):
        notes.append(
            tr(
                "{other} longer completions do not begin with the cut text, so they carry some machine noise.",
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


def _bounds(scores: tuple[ScoreMatrix, ScoreMatrix], alpha: float) -> Bounds:
    """Bound the difference where every cut completion may end either way, also one that is right so far."""
    rows = np.all([run.attempts > 0 for run in scores], axis=0)
    shares = [right_and_truncated(run.correct[rows], run.truncated[rows], run.attempts[rows]) for run in scores]
    return difference_bounds(*shares[0], *shares[1], confidence_level=1 - alpha)
