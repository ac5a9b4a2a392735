"""The page of a comparison whose grader gives partial credit: means, paired differences, and what they can show.

What asks who is right has no place here and is named in a note: the paired table and its flips, McNemar's test, pass@k
and majority votes, other graders, and the bounds over truncated completions.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from analyses.model_comparison import first_screen, tables
from analyses.model_comparison.lights import by_run, with_lights
from analyses.model_comparison.method_agreement import agreement_sentence
from analyses.runs import tables as run_tables
from analyses.runs.against_base import RunComparison
from analyses.runs.pairing import confounded, treatment
from analyses.runs.problem_views import problem_views
from analyses.runs.prompt_and_cost import cost_table, prompt_table
from evalsuite.comparison.pair import TwoRunComparison, test_results, verdict_pvalue
from evalsuite.findings import Cell, Column, Figure, Findings, Table
from evalsuite.stats.result import Estimate
from evalsuite.store.store import Store
from evalsuite.wording import numbers, two_runs
from evalsuite.wording.language import N_, tr
from evalsuite.wording.method_names import method_name
from evalsuite.wording.units import Unit
from evalsuite.wording.verdicts import margin_label, no_worse_label, problems, verdict_label

__all__ = ["findings"]

QUESTION = N_("Does {new} have a higher mean score than {base}?")
SEVERAL = N_("Which runs have a higher mean score than {base}?")
ESTIMAND = N_(
    "Mean score (from {low} to {high}) on problems like these, with the token limit and grader stated. It says "
    "nothing about another training seed of the same recipe."
)


def findings(
    store: Store,
    compared: RunComparison,
    pairs: tuple[Table, ...],
    *,
    grader: str | None,
    name: str,
    provenance: Mapping[str, Any],
) -> Findings:
    """Return everything the page of a comparison of mean scores shows.

    Parameters
    ----------
    compared
        The comparison of runs that have scores of one range.
    pairs
        The tables of all pairs, where these are asked for.
    name, provenance
        Of the analysis.
    """
    runs, unit = compared.runs, Unit(compared.runs.scores[0].score_range)
    labels, first = runs.labels, compared.comparisons[0]
    several = len(compared.comparisons) > 1
    question = tr(SEVERAL, base=labels[0]) if several else tr(QUESTION, new=labels[1], base=labels[0])
    shown = [
        run_tables.setup(runs, grader),
        run_tables.mean_scores(runs, first.alpha),
        _difference(compared, unit),
        tables.verdicts(compared),
        *pairs,
        *_moves(compared),
        _methods(compared, unit),
        _tests(compared, unit),
        _power(compared, unit),
        run_tables.lengths(store, runs),
        prompt_table(store, runs),
        cost_table(store, runs),
    ]
    compared = with_lights(store, compared, grader)
    of_page = compared.lights_together
    page_tables = tuple(table for table in shown if table is not None)
    agreement = agreement_sentence(compared, [_named_in_words(c) for c in compared.comparisons])
    return Findings(
        name=name,
        question=runs.titled(question),
        estimand=tr(ESTIMAND, low=unit.ends[0], high=unit.ends[1]),
        verdict=None if several else first.verdict,
        sentence=" ".join(_short(c, unit) for c in compared.comparisons) if several else two_runs.sentence(first),
        notes=_notes(compared),
        cautions=compared.cautions,
        estimates={f"difference_{c.new_label}": c.difference for c in compared.comparisons},
        tests={f"{key}_{c.new_label}": t for c in compared.comparisons for key, t in test_results(c).items()},
        tables=page_tables,
        figures=_figures(compared, unit),
        problems=problem_views(store, runs, grader=grader, verdicts=[{} for _ in runs.heads]),
        provenance=provenance,
        finding=compared.finding,
        lights=of_page,
        lights_by_run=by_run(compared.lights, labels[1:]),
        steps=first_screen.steps(store, compared, of_page),
        answers=first_screen.answers(compared, agreement, of_page, page_tables),
    )


def _short(c: TwoRunComparison, unit: Unit) -> str:
    e = c.difference
    pvalue = c.adjusted_pvalue if c.adjusted_pvalue is not None else verdict_pvalue(c)
    return tr(
        "{label}: {verdict}, {value} against {base}, {level}% CI {limits}, {pvalue}.",
        label=c.new_label, verdict=verdict_label(c.verdict), value=unit.difference(e.value, e.nominal_error),
        base=c.base_label, level=numbers.level(e.confidence_level),
        limits=unit.limits(e.low, e.high, e.nominal_error), pvalue=numbers.pvalue(pvalue),
    )  # fmt: skip


def _limit_columns(unit: Unit) -> tuple[Column, ...]:
    titles = (("low", tr("Low")), ("value", tr("Difference")), ("high", tr("High")))
    return tuple(Column(key, title, unit.difference_kind) for key, title in titles)


def _difference(compared: RunComparison, unit: Unit) -> Table:
    rows = tuple((c.new_label, c.difference.low, c.difference.value, c.difference.high) for c in compared.comparisons)
    columns = (Column("label", tr("New run")), *_limit_columns(unit))
    method = method_name(compared.comparisons[0].difference.method)
    note = tr("{method}. Scores go from {low} to {high}.", method=method, low=unit.ends[0], high=unit.ends[1])
    return Table("difference", tr("Difference of mean scores"), columns, rows, note)


def _moves(compared: RunComparison) -> list[Table]:
    """Return on how many problems the mean score went up, went down and stayed."""
    base, *others = compared.runs.scores
    found = []
    for name, new in zip(tables.paired_names(compared), others, strict=True):
        moved = np.round(np.nan_to_num(new.unit_means - base.unit_means), 12)
        rows: tuple[tuple[Cell, ...], ...] = (
            (tr("score went up"), int((moved > 0).sum())),
            (tr("score went down"), int((moved < 0).sum())),
            (tr("same score"), int((moved == 0).sum())),
        )
        columns = (Column("cell", tr("Problems")), Column("count", tr("Count"), "count"))
        title = tr("Scores that moved: {label} to {new_label}", label=base.label, new_label=new.label)
        found.append(Table(name, title, columns, rows))
    return found


def _methods(compared: RunComparison, unit: Unit) -> Table:
    many = len(compared.comparisons) > 1
    rows: list[tuple[Cell, ...]] = []
    for c in compared.comparisons:
        prefix = tr("{new_label}: ", new_label=c.new_label) if many else ""
        rows += [(prefix + method_name(name), e.low, e.value, e.high) for name, e in _named(c)]
    note = tr(
        "The verdict uses the first row, which assumes only the range of the scores, with p-values adjusted for "
        "several runs; t also assumes that no rare problem changes by much."
    )
    columns = (Column("label", tr("Method")), *_limit_columns(unit))
    return Table("methods", tr("The difference by every method"), columns, tuple(rows), note)


def _named(c: TwoRunComparison) -> list[tuple[str, Estimate]]:
    """Return the intervals by the code of their method; without templates the groups of t are the problems."""
    clustered = getattr(c, "clustered", False)
    return [(e.method if clustered else name, e) for name, e in c.intervals.items()]


def _named_in_words(c: TwoRunComparison) -> list[tables.NamedInterval]:
    return [(method_name(name), e) for name, e in _named(c)]


def _tests(compared: RunComparison, unit: Unit) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for c in compared.comparisons:
        rows += [(c.new_label, method_name(found.method), found.pvalue) for found in test_results(c).values()]
        if c.adjusted_pvalue is not None:
            rows.append((c.new_label, tr("adjusted for the number of comparisons (Holm)"), c.adjusted_pvalue))
        if c.margin is not None:
            label = tr("equivalence within {margin} (two one-sided)", margin=margin_label(c.margin, unit))
            rows.append((c.new_label, label, c.equivalence_pvalue))
            rows.append((c.new_label, no_worse_label(c.margin, unit), c.no_worse_pvalue))
    columns = (Column("label", tr("New run")), Column("method", tr("Test")), Column("pvalue", tr("p"), "pvalue"))
    return Table(
        "tests", tr("Tests of equal mean scores"), columns, tuple(rows), tr("Two-sided unless said otherwise.")
    )


def _power(compared: RunComparison, unit: Unit) -> Table:
    rows = tuple(
        (
            c.new_label,
            c.difference.n_problems,
            c.smallest_attainable_pvalue,
            c.minimum_detectable_difference,
            c.n_needed,
        )
        for c in compared.comparisons
    )
    columns = (
        Column("label", tr("New run")),
        Column("n", tr("Problems"), "count"),
        Column("smallest", tr("Smallest p possible"), "pvalue"),
        Column("detectable", tr("Detectable difference"), unit.difference_kind),
        Column("needed", tr("Problems needed"), "count"),
    )
    first = compared.comparisons[0]
    note = tr(
        "For {power} power and α = {alpha}. The smallest p is that of the clearest possible outcome on this many "
        "problems; the problems needed are for the difference seen here.",
        power=f"{first.power:.0%}", alpha=f"{first.alpha:g}",
    )  # fmt: skip
    return Table("power", tr("What this comparison can resolve"), columns, rows, note)


def _notes(compared: RunComparison) -> tuple[str, ...]:
    notes = [*compared.runs.warnings]
    if not confounded(compared.runs):
        notes.append(treatment(compared.runs))
    dropped = [getattr(c, "n_dropped", 0) for c in compared.comparisons]
    notes += [
        tr("Left out because one of the runs has no completion: {problems}.", problems=problems(n))
        for n in dropped
        if n
    ]
    if len(compared.comparisons) > 1:
        notes.append(
            tr("{n_comparisons} comparisons are judged together: the verdicts use p-values adjusted by Holm's "
               "method.",
               n_comparisons=len(compared.comparisons))
        )  # fmt: skip
    notes.append(
        tr(
            "This grader gives partial credit. The paired table, McNemar's test, pass@k, majority votes and bounds for "
            "truncated completions need verdicts of right and wrong, so they are not here."
        )
    )
    return tuple(notes)


def _figures(compared: RunComparison, unit: Unit) -> tuple[Figure, ...]:
    labels, first = compared.runs.labels, compared.comparisons[0]
    single = len(compared.comparisons) == 1
    level = first.difference.confidence_level
    new = labels[1] if single else tr("new run")
    base: dict[str, Cell] = {"base": labels[0], "new": new, "level": level, **unit.options}
    marks = {"margin": first.margin, "detectable": first.minimum_detectable_difference if single else None}
    if single:
        # As the large numbers above the figure are rounded, which add up.
        marks["error"] = unit.shared_error(first.new.value, first.base.value, first.difference.nominal_error)
    words = tr("The difference of each new run from the base, with its interval.")
    return (
        Figure("difference", "difference", tr("Difference of mean scores, new − base"), words, "difference",
               {**base, **{key: value for key, value in marks.items() if value is not None}}),
        Figure("mean_scores", "intervals", tr("Mean score of each run"), tr("One row per run, with its interval."),
               "mean_scores", {"level": level, **unit.options}),
        Figure("methods", "difference", tr("The difference by every method"),
               tr("One row per method: different intervals for the same difference."), "methods", base),
    )  # fmt: skip
