"""Do two engines say the same? The same problems by one model through two engines: texts, tokens, verdicts, accuracy.

Choose it before a comparison mixes engines, and after a server, its version or its settings have changed. An engine is
a treatment: sums in another order choose another token now and then, and from there on the text is another one. How
often that turns a verdict, and whether it favours one side, is measured here; how much of it the first engine does to
itself on other batches is `noise_floor`.

A share of equal texts says little about sampled texts, for engines draw other random numbers from one seed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analyses.noise_floor import floor_note, floor_table, noise_floors
from analyses.runs import tables as run_tables
from analyses.runs.against_base import compare_runs
from analyses.runs.pairing import PairedRuns, confounded, pair_runs
from analyses.runs.provenance import provenance
from analyses.runs.reproduce import analysis_command
from evalsuite.comparison.pair import TwoRunComparison, is_single, test_results
from evalsuite.comparison.problem_means import shared_clusters
from evalsuite.errors import InputError
from evalsuite.findings import Caution, Cell, Column, Findings, Table
from evalsuite.records import UNVERIFIED
from evalsuite.scores import ScoreMatrix
from evalsuite.settings import ComparisonSettings
from evalsuite.stats import cluster
from evalsuite.stats.proportion import wilson
from evalsuite.stats.result import Estimate
from evalsuite.store import queries
from evalsuite.store.store import Store, StoredRun
from evalsuite.wording import numbers, two_runs
from evalsuite.wording.language import N_, tr
from evalsuite.wording.method_names import method_name

__all__ = ["NAME", "QUESTION", "Agreement", "analyse"]

NAME = "engines"
QUESTION = N_("Do the engines of {new} and {base} give the same results?")
ESTIMAND = N_(
    "For problems like these: the share of completions on which both engines agree, in text, tokens, reason for "
    "stopping and verdict, and the paired difference in accuracy."
)
ITSELF = {"engine", "dtype"}
"""Properties in which the runs may differ here: they are what is asked about."""
NAMES = {
    "texts": N_("text"),
    "tokens": N_("tokens"),
    "stop_reasons": N_("reason for stopping"),
    "verdicts": N_("verdict"),
}
DEFAULTS = ComparisonSettings()


@dataclass(frozen=True, slots=True)
class Agreement:
    """On how many completions two runs agree in one respect.

    Attributes
    ----------
    name
        Key of `NAMES`.
    n_compared, n_equal
        Completions for which both runs recorded it, and those for which it is the same.
    share
        Of the equal ones, with its interval over problems; None where nothing is recorded.
    """

    name: str
    n_compared: int
    n_equal: int
    share: Estimate | None


def analyse(store: Store | None, names: Sequence[str] = (), settings: ComparisonSettings = DEFAULTS) -> Findings:
    """Compare two runs of one model through two engines.

    Parameters
    ----------
    names
        Labels or ids of two runs.
    settings
        The grader that counts, ``1 - alpha``, the level of the intervals, and how the runs are paired.

    Raises
    ------
    InputError
        Other than two names.
    ComparisonError
        The runs cannot be paired.
    """
    if store is None or len(names) != 2:
        given = f"{len(names)}: {', '.join(names)}" if names else "none"
        raise InputError(f"engines needs a store and two runs of one model; got {given}")
    runs = pair_runs(
        store,
        names,
        grader=settings.grader,
        only_shared=settings.only_shared,
        allow_unfinished=settings.allow_unfinished,
        pair_by=settings.pair_by,
        drop_duplicates=settings.drop_duplicates,
    )
    comparison = compare_runs(runs, alpha=settings.alpha).comparisons[0]
    made = [_Made.of(store, head, run) for head, run in zip(runs.heads, runs.scores, strict=True)]
    agreements = _agreements(runs, made, settings.alpha)
    floors = noise_floors(store, runs.heads, grader=settings.grader)
    found = [
        run_tables.setup(runs, settings.grader),
        _table(agreements),
        run_tables.accuracy(runs, settings.alpha),
        run_tables.truncation(store, runs),
        run_tables.lengths(store, runs),
        floor_table(floors),
    ]
    base, new = runs.labels
    return Findings(
        name=NAME,
        question=runs.titled(tr(QUESTION, new=new, base=base)),
        estimand=tr(ESTIMAND),
        verdict=comparison.verdict,
        sentence=_sentence(agreements, comparison),
        notes=_notes(runs, made, agreements, floor_note(floors, [comparison.difference.value])),
        cautions=_cautions(runs),
        estimates={
            f"difference_{new}": comparison.difference,
            **{a.name: a.share for a in agreements if a.share is not None},
        },
        tests=test_results(comparison),
        tables=tuple(table for table in found if table is not None and table.rows),
        provenance=provenance(
            store,
            runs,
            command=analysis_command(NAME, [h.label for h in runs.heads], store.path, settings=settings),
            settings={"alpha": settings.alpha},
        ),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Made:
    """What a run recorded of each completion: objects by problem and completion, None where nothing. (n, k)"""

    texts: NDArray[np.object_]
    tokens: NDArray[np.object_]
    stop_reasons: NDArray[np.object_]

    @classmethod
    def of(cls, store: Store, head: StoredRun, run: ScoreMatrix) -> "_Made":
        row_of = {name: row for row, name in enumerate(run.problem_ids)}
        columns = [np.full(run.correct.shape, None, dtype=np.object_) for _ in range(3)]
        for row in queries.stored_completions(store.connection, head.run_id):
            place = row_of.get(row["problem_id"]), row["completion_index"]
            if place[0] is None or place[1] >= run.correct.shape[1]:
                continue
            reason = None if row["stop_reason"] == "unknown" else str(row["stop_reason"])
            for column, value in zip(columns, (row["text"], _tokens(row), reason), strict=True):
                column[place] = value
        return cls(*columns)


def _tokens(row: dict[str, Any]) -> tuple[int, ...] | None:
    return None if row["token_ids"] is None else tuple(row["token_ids"])


def _agreements(runs: PairedRuns, made: Sequence[_Made], alpha: float) -> tuple[Agreement, ...]:
    one, other = runs.scores
    width = min(one.correct.shape[1], other.correct.shape[1])
    found = []
    for name in NAMES:
        if name == "verdicts":
            both = one.present[:, :width] & other.present[:, :width]
            equal = both & (one.correct[:, :width] == other.correct[:, :width])
        else:
            first, second = (getattr(m, name)[:, :width] for m in made)
            both = _cells(first, second, lambda a, b: a is not None and b is not None)
            equal = both & _cells(first, second, lambda a, b: bool(a == b))
        found.append(_agreement(name, runs, both, equal, alpha))
    return tuple(found)


def _cells(
    first: NDArray[np.object_], second: NDArray[np.object_], holds: Callable[[Any, Any], bool]
) -> NDArray[np.bool_]:
    """Return of which pairs of completions something holds. (n, k)"""
    pairs = zip(first.ravel(), second.ravel(), strict=True)
    return np.fromiter((holds(a, b) for a, b in pairs), dtype=np.bool_, count=first.size).reshape(first.shape)


def _agreement(
    name: str, runs: PairedRuns, both: NDArray[np.bool_], equal: NDArray[np.bool_], alpha: float
) -> Agreement:
    compared, same = (np.asarray(cells.sum(axis=1), dtype=np.int64) for cells in (both, equal))
    rows = compared > 0
    n_compared, n_equal = int(compared.sum()), int(same.sum())
    if not n_compared:
        return Agreement(name, 0, 0, None)
    if all(is_single(run) for run in runs.scores):
        return Agreement(name, n_compared, n_equal, wilson(n_equal, n_compared, confidence_level=1 - alpha))
    groups = shared_clusters(*runs.scores)
    clusters = None if groups is None else np.asarray(groups)[rows].tolist()
    share = cluster.mean(same[rows], compared[rows], clusters=clusters, confidence_level=1 - alpha)
    return Agreement(name, n_compared, n_equal, share)


def _sentence(agreements: Sequence[Agreement], comparison: TwoRunComparison) -> str:
    parts = [
        tr(
            "{what}: {n_equal} of {n} ({share}, {level}% CI {limits})",
            what=tr(NAMES[a.name]),
            n_equal=numbers.count(a.n_equal),
            n=numbers.count(a.n_compared),
            share=numbers.percent(a.share.value),
            level=numbers.level(a.share.confidence_level),
            limits=numbers.interval(a.share.low, a.share.high),
        )
        for a in agreements
        if a.share is not None
    ]
    agreed = tr("Completions on which both engines agree, by {listed}.", listed=tr("; ").join(parts))
    return tr("{agreed} {compared}", agreed=agreed, compared=two_runs.sentence(comparison))


def _notes(
    runs: PairedRuns, made: Sequence[_Made], agreements: Sequence[Agreement], floor: str | None
) -> tuple[str, ...]:
    missing = [tr(NAMES[a.name]) for a in agreements if a.share is None]
    notes = []
    if missing:
        notes.append(tr("Not recorded by both runs, so not compared: {listed}.", listed=tr(", ").join(missing)))
    first = _first_differences(made)
    if first.size:
        notes.append(
            tr(
                "Where the tokens differ, the first that does is number {median} in the median ({low} to {high}).",
                median=numbers.number(float(np.median(first)), 0),
                low=numbers.count(int(first.min())),
                high=numbers.count(int(first.max())),
            )
        )
    if any(head.spec.get("decoding", {}).get("temperature", 0) > 0 for head in runs.heads):
        notes.append(
            tr(
                "The texts are sampled, and engines draw other random numbers from one seed: that texts differ says "
                "nothing here, and verdicts differ with the draw too. The difference in accuracy still answers."
            )
        )
    return (*notes, *runs.warnings, *([floor] if floor else []))


def _first_differences(made: Sequence[_Made]) -> NDArray[np.int64]:
    """Return at which token, from 1, each pair of completions that differ first does."""
    found = []
    width = min(m.tokens.shape[1] for m in made)
    for a, b in zip(*(m.tokens[:, :width].ravel() for m in made), strict=True):
        if a is not None and b is not None and a != b:
            same = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
            found.append(same + 1)
    return np.asarray(found, dtype=np.int64)


def _cautions(runs: PairedRuns) -> tuple[Caution, ...]:
    """Return what must be read first; that the engines differ is the question itself."""
    unverified = any(str(head.spec.get("weights_fingerprint", "")).startswith(UNVERIFIED) for head in runs.heads)
    apart = ITSELF | ({"model"} if unverified else set())
    others = {difference.name for difference in runs.differences} - apart
    kept = tuple(caution for caution in runs.cautions if caution.kind not in ("engine", "same texts"))
    return (*kept, *(confounded(runs) if others else ()))


def _table(agreements: Sequence[Agreement]) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (
            tr(NAMES[a.name]),
            a.n_compared,
            a.n_equal,
            None if a.share is None else a.share.low,
            None if a.share is None else a.share.value,
            None if a.share is None else a.share.high,
            None if a.share is None else method_name(a.share.method),
        )
        for a in agreements
    ]
    columns = (
        Column("label", tr("Respect")),
        Column("n", tr("Compared"), "count"),
        Column("equal", tr("Equal"), "count"),
        Column("low", tr("Low"), "proportion"),
        Column("value", tr("Share"), "proportion"),
        Column("high", tr("High"), "proportion"),
        Column("method", tr("Interval")),
    )
    note = tr("Completions of the same problem and number in both runs; only what both recorded is compared.")
    return Table("engines", tr("How many completions do the engines agree on?"), columns, tuple(rows), note)
