"""The tables of the attribution."""

import numpy as np

from analyses.attribution.parts import PartName, Parts, Switched
from analyses.runs.pairing import PairedRuns
from evalsuite.findings import Cell, Column, Table
from evalsuite.wording.language import N_, tr
from evalsuite.wording.method_names import method_name

__all__ = ["tables"]

LONG_NAMES: dict[PartName, str] = {
    "run_on": N_("running on (invented questions)"),
    "format": N_("format and extraction (grader)"),
    "stopping": N_("stopping (token limit)"),
    "solving": N_("solving"),
    "solving_and_stopping": N_("solving and stopping, not separable"),
}
"""Names of the parts in the table."""
DEFINITION = N_(
    "Where completions run on, running on is the part of the difference that disappears when each is ended before "
    "its first invented question; the rest is about what stands before it. Format is the part that disappears "
    "under a lenient grader (right if the reported grader, boxed, strict or last_number finds the right number). "
    "Stopping is the part that disappears when truncated completions are finished. Each is averaged over both "
    "orders of switching the two on; solving is what is left with both on. The parts add up to the reported "
    "difference."
)


def tables(runs: PairedRuns, switched: Switched, parts: Parts) -> tuple[Table, ...]:
    """Return the parts, the settings, and where there are any the completions that run on and the truncated ones."""
    listed = (
        _shares_table(parts),
        _settings_table(switched),
        _run_on_table(runs, switched),
        _truncated_table(runs, switched),
    )
    return tuple(table for table in listed if table is not None)


def _shares_table(parts: Parts) -> Table:
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


def _settings_table(switched: Switched) -> Table:
    others = switched.switches[0 if switched.any_runs_on else 1 :]
    settings = (switched.reported, *others, *(() if switched.reading_on is None else (switched.reading_on,)))
    rows: list[tuple[Cell, ...]] = []
    for one in settings:
        accuracies = [float(np.nanmean(run.problem_means)) for run in one.scores]
        rows.append((one.name, *accuracies, one.effect.low, one.effect.value, one.effect.high, one.pvalue))
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


def _run_on_table(runs: PairedRuns, switched: Switched) -> Table | None:
    if not switched.any_runs_on:
        return None
    rows: list[tuple[Cell, ...]] = [
        (label, n_run_on, n_run_on / n, at_limit)
        for label, (n, n_run_on, at_limit) in zip(runs.labels, switched.run_on, strict=True)
    ]
    columns = (
        Column("label", tr("Run")),
        Column("run_on", tr("Run on"), "count"),
        Column("share", tr("Share of completions"), "proportion"),
        Column("at_limit", tr("Of them ended by the token limit"), "count"),
    )
    note = tr("They had answered before their first invented turn, so none of them counts as truncated.")
    return Table(
        "attribution_run_on", tr("Completions that run on into invented questions"), columns, tuple(rows), note
    )


def _truncated_table(runs: PairedRuns, switched: Switched) -> Table | None:
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
