"""Is the new run better than the base, and what can the difference be trusted for?"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from analyses.model_comparison import by_grader, first_screen, mean_scores, tables
from analyses.model_comparison.best_run import best_run
from analyses.model_comparison.clusters import unit_tables
from analyses.model_comparison.figures import figures
from analyses.model_comparison.lights import by_run, graders_of, lights_of
from analyses.model_comparison.method_agreement import agreement_sentence
from analyses.model_comparison.pairs import pair_tables
from analyses.model_comparison.prefixes import prefix_table
from analyses.model_comparison.several_completions import completion_figures, completion_tables
from analyses.model_comparison.shorter_limits import shorter_limits_table
from analyses.noise_floor import NoiseFloor, floor_note, floor_table, noise_floors
from analyses.runs import tables as run_tables
from analyses.runs.against_base import RunComparison
from analyses.runs.pairing import PairedRuns, changed_notes, confounded, pairing_notes, treatment
from analyses.runs.problem_views import problem_views
from analyses.runs.prompt_and_cost import cost_table, prompt_table
from analyses.runs.provenance import provenance
from analyses.runs.reproduce import report_command
from analyses.runs.stored_comparison import compare_stored
from evalsuite.comparison.pair import TwoRunComparison, test_results, verdict_pvalue
from evalsuite.findings import Caution, Findings, Table
from evalsuite.scores import ScoreMatrix
from evalsuite.settings import ComparisonSettings
from evalsuite.stats.decision import VerdictKind
from evalsuite.stats.result import TestResult
from evalsuite.store.store import Store
from evalsuite.wording import numbers, two_runs
from evalsuite.wording.language import N_, tr
from evalsuite.wording.lights import depends_on
from evalsuite.wording.verdicts import problems, verdict_label

__all__ = ["NAME", "QUESTION", "analyse"]

NAME = "model_comparison"
QUESTION = N_("Does {new} solve more problems than {base}?")
SEVERAL = N_("Which runs solve more problems than {base}?")
ESTIMAND = N_(
    "Accuracy on problems like these, with the token limit and grader stated, {decoding}. It says nothing about "
    "another training seed of the same recipe."
)
DEFAULT_SETTINGS = ComparisonSettings()
OPPOSITE: set[VerdictKind] = {"resolved gain", "resolved loss"}
"""Kinds of verdicts that, of one run under two graders, contradict each other."""


def analyse(
    store: Store,
    names: Sequence[str],
    settings: ComparisonSettings = DEFAULT_SETTINGS,
    *,
    seed: int = 0,
    all_pairs: bool = False,
) -> Findings:
    """Compare stored runs and return everything the page shows.

    Parameters
    ----------
    names
        Labels or ids; the first is the base.
    settings
        How they are compared.
    seed
        Of the bootstrap's resamples, where there are any; recorded.
    all_pairs
        Take all pairs of runs as one family, and show each of them.

    Raises
    ------
    ComparisonError
        The runs cannot be paired.
    """
    grader, alpha = settings.grader, settings.alpha
    every = compare_stored(store, names, settings, all_pairs=all_pairs, shorten=True)
    runs = every.runs
    compared, pairs = every.against_base, pair_tables(every)
    made_by = provenance(
        store,
        runs,
        command=report_command(
            store.path,
            list(dict.fromkeys(store.typed.get(h.label, h.label) for h in runs.heads)),
            settings,
            seed=seed,
            all_pairs=all_pairs,
        ),
        settings={"alpha": alpha, "margin": settings.margin, "seed": seed, "family_size": len(every.comparisons)},
    )
    if runs.scores[0].score_range is not None:
        return mean_scores.findings(store, compared, pairs, grader=grader, name=NAME, provenance=made_by)
    return _of_verdicts(store, compared, pairs, settings, seed=seed, made_by=made_by)


def _of_verdicts(
    store: Store,
    compared: RunComparison,
    pairs: Sequence[Table],
    settings: ComparisonSettings,
    *,
    seed: int,
    made_by: Mapping[str, Any],
) -> Findings:
    """Return what a page of right and wrong answers shows; `pairs` are the tables of all pairs of runs."""
    grader, alpha, runs = settings.grader, settings.alpha, compared.runs
    graded = by_grader.stored_scores(store, runs)
    effects = by_grader.effects(graded, alpha=alpha)
    floors = noise_floors(store, runs.heads, grader=grader)
    intervals = tables.intervals(compared, seed=seed)
    best = best_run(compared)
    compared = replace(compared, lights=lights_of(store, compared, effects, graders_of(runs, grader)))
    of_page = compared.lights_together
    page_tables = (
        *_tables(store, compared, floors, intervals, grader),
        *pairs,
        *_grader_tables(effects, alpha),
        *completion_tables(compared),
        *(() if best is None else best[:1]),
        *prefix_table(compared),
        *shorter_limits_table(store, compared),
    )
    labels = runs.labels
    first = compared.comparisons[0]
    question = tr(QUESTION, new=labels[1], base=labels[0]) if len(labels) == 2 else tr(SEVERAL, base=labels[0])
    return Findings(
        name=NAME,
        question=runs.titled(question),
        estimand=tr(ESTIMAND, decoding=_decoding(runs)),
        verdict=first.verdict if len(compared.comparisons) == 1 else None,
        sentence=_sentence(compared),
        notes=(*(() if best is None else best[1]), *_notes(compared, floors), *_grader_notes(compared, effects)),
        cautions=(*compared.cautions, *_grader_cautions(compared, graded, effects, grader)),
        estimates={f"difference_{c.new_label}": c.difference for c in compared.comparisons},
        tests=_tests(compared),
        tables=page_tables,
        figures=(*figures(compared, effects, intervals, page_tables), *completion_figures(page_tables)),
        problems=problem_views(store, runs, grader=grader),
        provenance=made_by,
        finding=compared.finding,
        lights=of_page,
        lights_by_run=by_run(compared.lights, labels[1:]),
        steps=first_screen.steps(store, compared, of_page),
        answers=_answers(compared, effects, intervals, page_tables),
    )


def _answers(
    compared: RunComparison,
    effects: Sequence[by_grader.GraderEffect],
    intervals: Sequence[Sequence[tables.NamedInterval]],
    shown: Sequence[Table],
) -> dict[str, str]:
    of_page = compared.lights_together
    found = first_screen.answers(compared, agreement_sentence(compared, intervals), of_page, shown)
    if len(compared.comparisons) == 1 and depends_on(of_page) == "grader":
        # What the first screen leaves to this part.
        found["grader"] = by_grader.conclusion(effects, compared.runs.labels[1])
    return found


def _tables(
    store: Store,
    compared: RunComparison,
    floors: Sequence[NoiseFloor],
    intervals: Sequence[Sequence[tables.NamedInterval]],
    grader: str | None,
) -> tuple[Table, ...]:
    runs = compared.runs
    found = [
        run_tables.setup(runs, grader),
        run_tables.accuracy(runs, compared.comparisons[0].alpha),
        tables.difference(compared),
        tables.verdicts(compared),
        *tables.paired(compared),
        *unit_tables(compared),
        tables.methods(compared, intervals),
        tables.tests(compared),
        tables.power(compared),
        run_tables.truncation(store, runs),
        run_tables.lengths(store, runs),
        run_tables.graders(store, runs),
        run_tables.draws(store, runs),
        tables.variance(compared),
        floor_table(floors),
        prompt_table(store, runs),
        cost_table(store, runs),
    ]
    return tuple(table for table in found if table is not None)


def _grader_tables(effects: Sequence[by_grader.GraderEffect], alpha: float) -> tuple[Table, ...]:
    return (by_grader.table(effects, alpha=alpha),) if effects else ()


def _grader_notes(compared: RunComparison, effects: Sequence[by_grader.GraderEffect]) -> tuple[str, ...]:
    """Say of each new run whether its verdict depends on the grader; where it turns round, a caution says so."""
    return tuple(
        by_grader.conclusion(effects, label)
        for label in compared.runs.labels[1:]
        if len(_verdicts(effects, label)) > 1 and not _verdicts(effects, label) >= OPPOSITE
    )


def _grader_cautions(
    compared: RunComparison,
    graded: Mapping[str, Sequence[ScoreMatrix]],
    effects: Sequence[by_grader.GraderEffect],
    grader: str | None,
) -> tuple[Caution, ...]:
    """Say of each new run whether its gain is one of format, and whether another grader finds the opposite."""
    cautions = []
    for head, label in list(zip(compared.runs.heads, compared.runs.labels, strict=True))[1:]:
        words = by_grader.format_sentence(graded, effects, grader or head.primary_grader, label)
        if words:
            cautions.append(Caution("format", words))
        if _verdicts(effects, label) >= OPPOSITE:
            cautions.append(Caution("grader", by_grader.conclusion(effects, label)))
    return tuple(cautions)


def _verdicts(effects: Sequence[by_grader.GraderEffect], label: str) -> set[VerdictKind]:
    return {e.verdict.kind for e in effects if e.label == label}


def _sentence(compared: RunComparison) -> str:
    """Return the sentence of the comparison, or one short sentence each where there are several."""
    if len(compared.comparisons) == 1:
        return two_runs.sentence(compared.comparisons[0])
    return tr(" ").join(
        tr(
            "{label}: {verdict}, {value} against {base}, {level}% CI {limits}{pvalue}.",
            label=c.new_label,
            pvalue=_adjusted(c),
            verdict=verdict_label(c.verdict),
            value=numbers.points(c.difference.value, c.difference.nominal_error),
            base=c.base_label,
            level=numbers.level(c.difference.confidence_level),
            limits=numbers.points_interval(c.difference.low, c.difference.high, c.difference.nominal_error),
        )
        for c in compared.comparisons
    )


def _adjusted(c: TwoRunComparison) -> str:
    """Return the p-value that keeps the verdict open although the interval leaves zero out; empty elsewhere."""
    if c.verdict.kind != "unresolved" or c.difference.low <= 0 <= c.difference.high:
        return ""
    decisive = c.adjusted_pvalue if c.adjusted_pvalue is not None else verdict_pvalue(c)
    return tr(" ({pvalue} after adjustment)", pvalue=numbers.pvalue(decisive))


def _tests(compared: RunComparison) -> dict[str, TestResult]:
    found = {f"{name}_{c.new_label}": result for c in compared.comparisons for name, result in test_results(c).items()}
    return found if compared.omnibus is None else {"cochran_q": compared.omnibus, **found}


def _notes(compared: RunComparison, floors: Sequence[NoiseFloor]) -> tuple[str, ...]:
    noise = floor_note(floors, [c.difference.value for c in compared.comparisons])
    known = () if confounded(compared.runs) else (treatment(compared.runs),)
    paired = (*changed_notes(compared.runs), *pairing_notes(compared.runs.pairing, plain=True))
    notes = [*compared.runs.warnings, *compared.missing_notes, *known, *paired, *([noise] if noise else [])]
    for comparison, bounds in zip(compared.comparisons, compared.bounds, strict=True):
        dropped = getattr(comparison, "n_dropped", 0)
        if dropped:
            notes.append(
                tr("Left out because one of the runs has no completion: {problems}.", problems=problems(dropped))
            )
        if bounds is not None and not bounds.sign_identified:
            notes.append(
                tr(
                    "This is the accuracy at the token limit. Had every completion of {new_label} and the base "
                    "finished, the difference could be anywhere from {lowest} to {highest}.",
                    new_label=comparison.new_label,
                    lowest=numbers.points(bounds.lowest),
                    highest=numbers.points(bounds.highest),
                )
            )
    if any(not run.truncation_known for run in compared.runs.scores):
        notes.append(tr("Some completions have no record of how they ended, so we can't tell how many were truncated."))
    floor = [run.label for run in compared.runs.scores if not run.correct.any()]
    if floor:
        notes.append(
            tr("At the floor: under this grader, {names} solved none of these problems.", names=tr(" and ").join(floor))
        )
    if compared.family:
        notes.append(compared.family)
    if compared.omnibus is not None:
        pvalue = numbers.pvalue(compared.omnibus.pvalue)
        notes.append(
            tr("That all {n} runs are equal: Cochran's Q {pvalue}.", n=len(compared.runs.scores), pvalue=pvalue)
        )
    return tuple(notes)


def _decoding(runs: PairedRuns) -> str:
    temperatures = {h.spec.get("decoding", {}).get("temperature") for h in runs.heads}
    if temperatures == {0.0}:
        return tr("greedy decoding, one completion per problem")
    completions = sorted({int(s.attempts.max()) for s in runs.scores})
    if completions == [1]:
        return tr("one completion per problem")
    return tr("{names} completions per problem", names=tr(" or ").join(map(str, completions)))
