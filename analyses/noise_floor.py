"""How many verdicts change when only the arithmetic does? Numerical nondeterminism: batch size and dtype."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analyses.runs.pairing import PairedRuns, pair_runs
from analyses.runs.provenance import provenance
from analyses.runs.reproduce import analysis_command
from evalsuite.comparison.pair import is_single
from evalsuite.errors import InputError
from evalsuite.findings import Cell, Column, Findings, Table
from evalsuite.settings import ComparisonSettings
from evalsuite.stats import cluster
from evalsuite.stats.proportion import wilson
from evalsuite.stats.result import Estimate
from evalsuite.store import queries
from evalsuite.store.runs import find_run
from evalsuite.store.store import Store, StoredRun
from evalsuite.wording import numbers
from evalsuite.wording.language import N_, tr
from evalsuite.wording.replicates import changes_text

__all__ = ["NAME", "QUESTION", "NoiseFloor", "analyse", "floor_note", "floor_table", "noise_floors"]

NAME = "noise_floor"
QUESTION = N_("How many verdicts change when only the arithmetic changes?")
ESTIMAND = N_(
    "The share of completions of problems like these whose verdict changes when the "
    "same run is repeated on this machine with another batch size or dtype."
)


@dataclass(frozen=True, slots=True)
class NoiseFloor:
    """One run against its replicate.

    Attributes
    ----------
    run, replicate
        Labels.
    changes
        What the replicate changed, such as ``{"batch_size": 32}``; see `evalsuite.records.Replicate`.
    flips
        Share of completions whose verdict changed, with its interval over problems.
    n_flips, n_texts, n_completions
        Completions whose verdict changed, whose text changed, and all.
    net
        Accuracy of the replicate less that of the run.
    """

    run: str
    replicate: str
    changes: Mapping[str, int | str]
    flips: Estimate
    n_flips: int
    n_texts: int
    n_completions: int
    net: float

    @property
    def sentence(self) -> str:
        """The floor in words."""
        return tr(
            "{run} repeated with {varied}: {n_flips} of {n_completions} verdicts "
            "changed ({value}, {level}% CI {limits}), {n_texts} texts.",
            run=self.run,
            varied=changes_text(self.changes),
            n_flips=numbers.count(self.n_flips),
            n_completions=numbers.count(self.n_completions),
            value=numbers.percent(self.flips.value),
            level=numbers.level(self.flips.confidence_level),
            limits=numbers.interval(self.flips.low, self.flips.high),
            n_texts=numbers.count(self.n_texts),
        )


def noise_floors(
    store: Store, heads: Sequence[StoredRun], *, grader: str | None = None, confidence_level: float = 0.95
) -> tuple[NoiseFloor, ...]:
    """Return the floors that speak about runs: those of their own replicates, else of any run of the same engine.

    Unfinished replicates are left out, and so are those of runs whose engine none of `heads` used.
    """
    stored = {row["run_id"]: row for row in queries.run_heads(store.connection)}
    status = queries.progress(store.connection)
    pairs = [
        (stored[row["parent_run_id"]], row)
        for row in stored.values()
        if row["spec"].get("replicate") is not None and row["parent_run_id"] in stored
        if all(status[r]["n_done"] >= status[r]["n_planned"] > 0 for r in (row["run_id"], row["parent_run_id"]))
    ]
    ids = {head.run_id for head in heads}
    engines = {head.spec.get("engine") for head in heads}
    own = [pair for pair in pairs if ids & {pair[0]["run_id"], pair[1]["run_id"]}]
    chosen = own or [pair for pair in pairs if pair[0]["spec"].get("engine") in engines]
    return tuple(_floor(store, run["label"], again["label"], grader, confidence_level) for run, again in chosen)


def floor_note(floors: Sequence[NoiseFloor], differences: Sequence[float]) -> str | None:
    """Return what the floors say of `differences` in accuracy (shares), None without floors."""
    if not floors:
        return None
    floor = max(floors, key=lambda f: f.flips.value)
    text = tr("Numerical nondeterminism (batch size, dtype): {sentence}", sentence=floor.sentence)
    if not floor.n_flips:
        return tr("{text} The floor lies below {high}.", text=text, high=numbers.size(floor.flips.high))
    # Flips that go either way as often nearly cancel: their sum has a standard deviation of sqrt(flips).
    moved = math.sqrt(floor.flips.value / floor.n_completions)
    text += tr(
        " Flips that fall either way as often move an accuracy by about {value} here; a difference of less than twice "
        "that can be machine noise alone.",
        value=numbers.size(moved, moved / 5),
    )
    small = [d for d in differences if abs(d) < 2 * moved]
    if small:
        text += tr(" That holds for {names} here.", names=tr(" and ").join(numbers.points(d) for d in small))
    return text


def floor_table(floors: Sequence[NoiseFloor]) -> Table | None:
    """Return one row a replicate, None without any."""
    rows: list[tuple[Cell, ...]] = [
        (
            f.run,
            changes_text(f.changes),
            f.n_completions,
            f.n_texts,
            f.n_flips,
            f.flips.low,
            f.flips.value,
            f.flips.high,
            f.net,
        )
        for f in floors
    ]
    if not rows:
        return None
    columns = (
        Column("label", tr("Run")),
        Column("varied", tr("Repeated with")),
        Column("n", tr("Completions"), "count"),
        Column("texts", tr("Texts changed"), "count"),
        Column("flips", tr("Verdicts changed"), "count"),
        Column("low", tr("Low"), "proportion"),
        Column("value", tr("Flip rate"), "proportion"),
        Column("high", tr("High"), "proportion"),
        Column("net", tr("Change in accuracy"), "difference"),
    )
    note = tr("Same model, prompts and decoding: whatever changes is arithmetic.")
    return Table("noise", tr("Numerical nondeterminism: batch size and dtype"), columns, tuple(rows), note)


def analyse(store: Store | None, names: Sequence[str] = (), *, grader: str | None = None) -> Findings:
    """Show the noise floors of the runs `names`.

    Raises
    ------
    InputError
        There is no store, no run is named, or no finished replicate speaks about these runs.
    """
    if store is None or not names:
        raise InputError("noise_floor needs a store and the label of at least one run")
    heads = [find_run(store, name) for name in names]
    floors = noise_floors(store, heads, grader=grader)
    table = floor_table(floors)
    if table is None:
        raise InputError(
            f"no finished replicate speaks about {', '.join(h.label for h in heads)}: make one with "
            f"`evalsuite run --replicate {heads[0].label}`"
        )
    runs = pair_runs(store, [floors[0].run, floors[0].replicate], grader=grader, only_shared=True)
    note = floor_note(floors, ())
    command = analysis_command(NAME, names, store.path, settings=ComparisonSettings(grader=grader))
    return Findings(
        name=NAME,
        question=tr(QUESTION),
        estimand=tr(ESTIMAND),
        verdict=None,
        sentence=tr(" ").join(f.sentence for f in floors),
        notes=() if note is None else (note,),
        estimates={f"flips_{f.replicate}": f.flips for f in floors},
        tables=(table,),
        provenance=provenance(store, runs, command=command, settings={}),
    )


def _floor(store: Store, run: str, again: str, grader: str | None, confidence_level: float) -> NoiseFloor:
    runs = pair_runs(store, [run, again], grader=grader, only_shared=True)
    first, second = runs.scores
    width = min(first.correct.shape[1], second.correct.shape[1])
    both = first.present[:, :width] & second.present[:, :width]
    flipped = (first.correct[:, :width] != second.correct[:, :width]) & both
    made = np.asarray(both.sum(axis=1), dtype=np.int64)
    changed = np.asarray(flipped.sum(axis=1), dtype=np.int64)
    if is_single(first) and is_single(second):
        flips = wilson(int(changed.sum()), first.n_problems, confidence_level=confidence_level)
    else:
        flips = cluster.mean(changed, made, clusters=first.clusters, confidence_level=confidence_level)
    return NoiseFloor(
        run=first.label,
        replicate=second.label,
        changes=runs.heads[1].spec["replicate"]["changes"],
        flips=flips,
        n_flips=int(changed.sum()),
        n_texts=_changed_texts(store, runs),
        n_completions=int(made.sum()),
        net=float(np.nanmean(second.problem_means - first.problem_means)),
    )


def _changed_texts(store: Store, runs: PairedRuns) -> int:
    first, second = (queries.completion_texts(store.connection, head.run_id) for head in runs.heads)
    return sum(text != second[key] for key, text in first.items() if key in second)
