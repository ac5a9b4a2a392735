"""What did the token limit do? Accuracy by limit, what is open without one, and what it would take to know.

A truncated completion is not simply wrong. Accuracy at smaller limits comes from cutting the stored tokens and grading
again; accuracy without a limit is bounded, and known only after ``evalsuite extend``.
"""

from collections.abc import Sequence

import numpy as np

from analyses.noise_floor import floor_note, floor_table, noise_floors
from analyses.runs import tables as run_tables
from analyses.runs.pairing import PairedRuns, pair_runs
from analyses.runs.provenance import provenance
from analyses.runs.reproduce import analysis_command
from analyses.truncation import tables
from analyses.truncation.curves import accuracy_band, difference_band, sufficient_limit
from analyses.truncation.figures import figures
from analyses.truncation.measures import (
    PairTruncation,
    RunTruncation,
    measure_pairs,
    measure_runs,
    rate_test,
)
from evalsuite.comparison.accuracy import truncation_estimate
from evalsuite.comparison.pair import TwoRunComparison
from evalsuite.errors import InputError
from evalsuite.findings import Findings, Table
from evalsuite.grading.grader import Grader
from evalsuite.grading.graders import ALL_GRADERS
from evalsuite.settings import ComparisonSettings
from evalsuite.stats.decision import Verdict
from evalsuite.stats.result import Estimate
from evalsuite.stats.worst_case import WorstCase
from evalsuite.store.store import Store
from evalsuite.wording import numbers
from evalsuite.wording.language import N_, tr
from evalsuite.wording.verdicts import verdict_label

__all__ = ["NAME", "QUESTION", "analyse"]

NAME = "truncation"
QUESTION = N_("What did the token limit do?")
ESTIMAND = N_(
    "For problems like these: accuracy at each token limit, by the grader stated; and the accuracy if every "
    "completion had finished, which a run with a limit can only bound."
)
SHARES = (0.95, 0.99)
"""Of the final accuracy, for which the sufficient token limit is given; the sentence has the first."""
DEFAULTS = ComparisonSettings()


def analyse(
    store: Store | None,
    names: Sequence[str] = (),
    settings: ComparisonSettings = DEFAULTS,
    *,
    seed: int = 0,
    limits: Sequence[int] | None = None,
    graders: Sequence[Grader] = ALL_GRADERS,
) -> Findings:
    """Say what the token limit did to stored runs.

    Parameters
    ----------
    names
        Labels or ids; the first is the base, and one is enough.
    settings
        The grader that counts, and ``1 - alpha``, the level of intervals and bands.
    seed
        Of the bands and of the resamples; recorded.
    limits
        Where to cut, in tokens; 40 even steps up to the largest limit of a run if not given.
    graders
        Which graders to show against the limit, besides the one that counts.

    Raises
    ------
    InputError
        There is no store or no run is named.
    ComparisonError
        The runs cannot be paired.
    """
    if store is None or not names:
        raise InputError("truncation needs a store and the label of at least one run")
    runs = pair_runs(
        store,
        names,
        grader=settings.grader,
        only_shared=settings.only_shared,
        allow_unfinished=settings.allow_unfinished,
        pair_by=settings.pair_by,
        drop_duplicates=settings.drop_duplicates,
        shorten=True,
    )
    records = measure_runs(store, runs, settings, limits=limits, graders=graders)
    pairs = measure_pairs(runs, records, settings.alpha)
    page_tables = _tables(store, runs, records, pairs, settings, seed)
    rates = [pair.rate for pair in pairs if pair.rate is not None]
    return Findings(
        name=NAME,
        question=tr(QUESTION),
        estimand=tr(ESTIMAND),
        verdict=pairs[0].verdict if len(pairs) == 1 else None,
        sentence=_sentence(records, pairs, page_tables),
        notes=_notes(runs, records, floor_note(noise_floors(store, runs.heads, grader=settings.grader), ())),
        cautions=runs.cautions,
        estimates={f"truncation_{rate.new_label}": rate.difference for rate in rates},
        tests={f"truncation_{rate.new_label}": rate_test(rate) for rate in rates},
        tables=page_tables,
        figures=figures(runs, page_tables),
        provenance=provenance(
            store,
            runs,
            command=analysis_command(NAME, [h.label for h in runs.heads], store.path, settings=settings, seed=seed),
            settings={"alpha": settings.alpha, "seed": seed},
        ),
    )


def _tables(
    store: Store,
    runs: PairedRuns,
    records: Sequence[RunTruncation],
    pairs: Sequence[PairTruncation],
    settings: ComparisonSettings,
    seed: int,
) -> tuple[Table, ...]:
    """Return the tables in the order of the page, those with rows."""
    extensions = [record.extension for record in records if record.extension is not None]
    candidates = [
        run_tables.setup(runs, settings.grader),
        run_tables.truncation(store, runs),
        tables.truncation_difference([pair.rate for pair in pairs if pair.rate is not None]),
        *_curve_tables(records, settings.alpha, np.random.default_rng(seed)),
        *tables.incidence(store, runs, [record.grader for record in records]),
        run_tables.lengths(store, runs),
        tables.loops(store, runs, settings.alpha),
        *tables.bounds(records, pairs),
        tables.extension_gains(extensions),
        tables.changes(extensions),
        tables.by_grader([record.regraded for record in records if record.regraded is not None]),
        floor_table(noise_floors(store, runs.heads, grader=settings.grader)),
    ]
    return tuple(table for table in candidates if table is not None and table.rows)


def _curve_tables(records: Sequence[RunTruncation], alpha: float, rng: np.random.Generator) -> tuple[Table, ...]:
    """Return what is read off the runs at smaller token limits; `rng` serves the three tables in this order."""
    level = 1 - alpha
    base, *others = records
    regraded = [(record.regraded, record.grader) for record in records if record.regraded is not None]
    accuracies = [(run, accuracy_band(run, grader, rng=rng, confidence_level=level)) for run, grader in regraded]
    differences = [
        (
            new.label,
            difference_band(base.regraded, new.regraded, (base.grader, new.grader), rng=rng, confidence_level=level),
        )
        for new in others
        if base.regraded is not None and new.regraded is not None
    ]
    sufficient = [
        (run, [sufficient_limit(run, grader, share, rng=rng, confidence_level=level) for share in SHARES])
        for run, grader in regraded
    ]
    return tables.curve(accuracies, alpha), tables.gap(differences, alpha), tables.reached(sufficient)


def _sentence(records: Sequence[RunTruncation], pairs: Sequence[PairTruncation], page_tables: Sequence[Table]) -> str:
    texts = [_rate(record.label, truncation_estimate(record.scores)) for record in records]
    texts += [_rate_difference(pair.rate) for pair in pairs if pair.rate is not None]
    texts += [
        tr(
            "For {label}, a limit of {limit} tokens would already give {share}% of the accuracy.",
            label=row["label"],
            share=numbers.stated(float(row["share"] or 0)),
            limit=row["cap"],
        )
        for table in page_tables
        if table.name == "token_limit_reached"
        for row in table.records()
        if row["share"] == SHARES[0]
    ]
    texts += [
        _open(pair.new.label, pair.base.label, pair.bounds, pair.verdict)
        for pair in pairs
        if pair.bounds is not None and pair.verdict is not None
    ]
    return tr(" ").join([*texts, *(record.extension.sentence for record in records if record.extension is not None)])


def _rate_difference(rate: TwoRunComparison) -> str:
    e = rate.difference
    return tr(
        "The share of truncated completions changes from {base} to {new} by {value}, {level}% CI {limits}, {pvalue}.",
        new=rate.new_label,
        value=numbers.points(e.value),
        base=rate.base_label,
        level=numbers.level(e.confidence_level),
        limits=numbers.points_interval(e.low, e.high),
        pvalue=numbers.pvalue(rate_test(rate).pvalue),
    )


def _rate(label: str, share: Estimate | None) -> str:
    if share is None:
        return tr("{label} has no record of which completions the token limit truncated.", label=label)
    error = share.nominal_error
    return tr(
        "The token limit truncated {value} of the completions of {label} ({level}% CI {limits}).",
        value=numbers.percent(share.value, error),
        label=label,
        level=numbers.level(share.confidence_level),
        limits=numbers.interval(share.low, share.high, error),
    )


def _open(new: str, base: str, bounds: WorstCase, verdict: Verdict) -> str:
    if bounds.lowest == bounds.highest:
        return tr(
            "Nothing was truncated, so the difference between {new} and {base} does not depend on the "
            "token limit: {verdict}.",
            new=new,
            base=base,
            verdict=verdict_label(verdict),
        )
    is_open = verdict.kind == "not identified"
    text = tr(
        "Had every completion finished, the difference between {new} and {base} would be somewhere from {lowest} "
        "to {highest} in these runs: {verdict}.",
        new=new,
        base=base,
        lowest=numbers.points(bounds.lowest),
        highest=numbers.points(bounds.highest),
        verdict=tr("not identified at this token limit") if is_open else verdict_label(verdict),
    )
    return text + (tr(" `evalsuite extend` continues what was truncated.") if is_open else "")


def _notes(runs: PairedRuns, records: Sequence[RunTruncation], floor: str | None) -> tuple[str, ...]:
    notes = [*runs.warnings, *([floor] if floor else [])]
    notes += [
        tr("No accuracy by token limit for {label}: {reason}.", label=record.label, reason=record.obstacle)
        for record in records
        if record.obstacle
    ]
    lucky = {record.label: int((record.scores.correct & record.scores.truncated).sum()) for record in records}
    if any(lucky.values()):
        counts = tr(", ").join(tr("{n} of {label}", n=n, label=label) for label, n in lucky.items() if n)
        notes.append(
            tr(
                "Right although truncated; the bounds leave these open because they could have gone on to another "
                "answer: {counts}.",
                counts=counts,
            )
        )
    if len(records) > 2:
        notes.append(tr("Each band holds for its own curve, not for several new runs together."))
    return tuple(notes)
