"""Is the new run better than the base, and what can the difference be trusted for?"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from analyses import sensitivity, tables
from analyses.noise_floor import NoiseFloor, floor_note, floor_table, noise_floors
from analyses.pairing import PairedRuns, pair_runs, treatment
from analyses.provenance import provenance
from analyses.run_comparison import Design, RunComparison, compare_runs
from evalsuite import numbers
from evalsuite.findings import Cell, Figure, Findings, Table
from evalsuite.mean_comparison import MeanComparison
from evalsuite.scores import ScoreMatrix
from evalsuite.stats.result import TestResult
from evalsuite.store.store import Store

__all__ = ["NAME", "QUESTION", "analyse"]

NAME = "model_comparison"
QUESTION = "Does {new} answer more problems right than {base}?"
SEVERAL = "Which runs answer more problems right than {base}?"
ESTIMAND = (
    "E1: accuracy on problems like these, at the token cap and grader stated, {decoding}. "
    "It says nothing about another training seed of the same recipe (E3)."
)


def analyse(
    store: Store,
    names: Sequence[str],
    *,
    seed: int,
    alpha: float = 0.05,
    margin: float | None = None,
    grader: str | None = None,
    only_shared: bool = False,
    allow_unfinished: bool = False,
    without_cap: bool = False,
) -> Findings:
    """Compare stored runs and return everything the page shows.

    Parameters
    ----------
    names
        Labels or ids; the first is the base.
    seed
        Of the bootstrap's resamples where it needs any; recorded.
    alpha, margin, without_cap
        As in `run_comparison.compare_runs`.
    grader, only_shared, allow_unfinished
        As in `pairing.pair_runs`.

    Raises
    ------
    ComparisonError
        The runs cannot be paired.
    """
    runs = pair_runs(store, names, grader=grader, only_shared=only_shared, allow_unfinished=allow_unfinished)
    compared = compare_runs(runs, alpha=alpha, margin=margin, without_cap=without_cap)
    by_grader = sensitivity.stored_scores(store, runs)
    effects = sensitivity.effects(by_grader, alpha=alpha)
    floors = noise_floors(store, runs.heads, grader=grader)
    shown = (*_tables(store, compared, floors, grader=grader, seed=seed), *_grader_tables(effects, alpha))
    labels = [h.label for h in runs.heads]
    first = compared.comparisons[0]
    question = QUESTION.format(new=labels[1], base=labels[0]) if len(labels) == 2 else SEVERAL.format(base=labels[0])
    return Findings(
        name=NAME,
        question=question,
        estimand=ESTIMAND.format(decoding=_decoding(runs)),
        verdict=first.verdict_text if len(compared.comparisons) == 1 else None,
        sentence=_sentence(compared),
        notes=(*_notes(compared, floors), *_grader_notes(compared, by_grader, effects, grader)),
        estimates={f"difference_{c.new_label}": c.difference for c in compared.comparisons},
        tests=_tests(compared),
        tables=shown,
        figures=_figures(compared, effects, {t.name for t in shown}),
        problems=tables.problem_views(store, runs, grader=grader),
        provenance=provenance(
            store,
            runs,
            command=_command(store.path, labels, alpha, margin, grader, only_shared, allow_unfinished, without_cap),
            settings={"alpha": alpha, "margin": margin, "seed": seed, "family_size": len(compared.comparisons)},
        ),
    )


def _tables(
    store: Store, compared: RunComparison, floors: Sequence[NoiseFloor], *, grader: str | None, seed: int
) -> tuple[Table, ...]:
    runs = compared.runs
    found = [
        tables.setup(runs, grader),
        tables.accuracy(runs, compared.comparisons[0].alpha),
        tables.difference(compared),
        tables.verdicts(compared),
        *tables.paired(compared),
        tables.methods(compared, seed=seed),
        tables.tests(compared),
        tables.power(compared),
        tables.truncation(runs),
        tables.lengths(store, runs),
        tables.graders(store, runs),
        tables.draws(store, runs),
        tables.variance(compared),
        floor_table(floors),
    ]
    return tuple(table for table in found if table is not None)


def _grader_tables(effects: Sequence[sensitivity.Effect], alpha: float) -> tuple[Table, ...]:
    return (sensitivity.table(effects, alpha=alpha),) if effects else ()


def _grader_notes(
    compared: RunComparison,
    by_grader: Mapping[str, Sequence[ScoreMatrix]],
    effects: Sequence[sensitivity.Effect],
    grader: str | None,
) -> tuple[str, ...]:
    """Say of each new run whether its verdict depends on the grader, and whether its gain is one of format."""
    notes = []
    for head in compared.runs.heads[1:]:
        own = [e for e in effects if e.label == head.label]
        if len({e.verdict for e in own}) > 1:
            notes.append(sensitivity.conclusion(effects, head.label))
        notes.append(sensitivity.format_sentence(by_grader, effects, grader or head.primary_grader, head.label))
    return tuple(note for note in notes if note)


def _figures(compared: RunComparison, effects: Sequence[sensitivity.Effect], names: set[str]) -> tuple[Figure, ...]:
    labels = [h.label for h in compared.runs.heads]
    first = compared.comparisons[0]
    level = first.difference.confidence_level
    base: dict[str, Cell] = {"base": labels[0], "new": labels[1] if len(labels) == 2 else "new run", "level": level}
    single = len(compared.comparisons) == 1
    detectable = first.minimum_detectable_difference if single else None
    caps = {h.spec.get("decoding", {}).get("max_new_tokens") for h in compared.runs.heads}
    cap: dict[str, Cell] = {"cap": caps.pop()} if len(caps) == 1 and None not in caps else {}
    marks = {k: v for k, v in {"margin": first.margin, "detectable": detectable}.items() if v is not None}
    found = [
        Figure("difference", "difference", "Difference in accuracy, new − base", _difference_words(compared),
               "difference", {**base, **marks}),
        Figure("accuracy", "intervals", "Accuracy of each run", "One row a run, with its interval.", "accuracy",
               {"level": level}),
        *(
            Figure(name, "paired", f"Problems that flipped: {labels[0]} against {c.new_label}", _flip_words(c), name,
                   {"base": labels[0], "new": c.new_label})
            for name, c in zip(tables.paired_names(compared), compared.comparisons, strict=True)
        ),
        Figure("methods", "difference", "The difference by every method",
               "One row a method; they are different intervals of the same difference.", "methods", base),
        Figure("lengths", "lengths", "Lengths of the completions",
               "Share of completions of at most so many tokens; the jump at the cap is what was cut.", "lengths", cap),
        sensitivity.figure(effects, labels[0], alpha=1 - level),
        Figure("draws", "draws", "Accuracy on each seeded draw",
               "One column a draw of problems; what moves between columns is the draw.", "draws", {}),
    ]  # fmt: skip
    return tuple(figure for figure in found if figure.table in names)


def _difference_words(compared: RunComparison) -> str:
    return " ".join(
        f"{c.new_label}: {numbers.points(c.difference.value)}, interval "
        f"{numbers.points_interval(c.difference.low, c.difference.high)}."
        for c in compared.comparisons
    )


def _flip_words(comparison: Design) -> str:
    if isinstance(comparison, MeanComparison):
        return "Problems whose share of right completions moved up or down."
    table = comparison.table
    return f"{table.wins} problems that only {comparison.new_label} solved, {table.losses} that only the base solved."


def _sentence(compared: RunComparison) -> str:
    """Return the sentence of the comparison, or one short sentence each where there are several."""
    if len(compared.comparisons) == 1:
        return compared.comparisons[0].sentence
    return " ".join(
        f"{c.new_label}: {c.verdict_text}, {numbers.points(c.difference.value)} against {c.base_label}, "
        f"{100 * c.difference.confidence_level:g}% CI {numbers.points_interval(c.difference.low, c.difference.high)}."
        for c in compared.comparisons
    )


def _tests(compared: RunComparison) -> dict[str, TestResult]:
    found = {
        f"{name}_{c.new_label}": TestResult(c.difference.value, p, "two-sided", name, c.difference.value)
        for c in compared.comparisons
        for name, p in c.pvalues.items()
    }
    return found if compared.omnibus is None else {"cochran_q": compared.omnibus, **found}


def _notes(compared: RunComparison, floors: Sequence[NoiseFloor]) -> tuple[str, ...]:
    noise = floor_note(floors, [c.difference.value for c in compared.comparisons])
    notes = [*compared.runs.warnings, treatment(compared.runs), *([noise] if noise else [])]
    for comparison, bounds in zip(compared.comparisons, compared.bounds, strict=True):
        dropped = getattr(comparison, "n_dropped", 0)
        if dropped:
            notes.append(f"{dropped} problems without a completion in both runs are left out.")
        if bounds is not None and not bounds.sign_identified:
            notes.append(
                f"This is the accuracy at the cap. Had every completion of {comparison.new_label} and the base "
                f"finished, the difference could lie anywhere from {numbers.points(bounds.lowest)} to "
                f"{numbers.points(bounds.highest)}."
            )
    if any(not run.truncation_known for run in compared.runs.scores):
        notes.append("For some completions it is not recorded whether the cap cut them: unknown is not the same as no.")
    floor = [run.label for run in compared.runs.scores if not run.correct.any()]
    if floor:
        notes.append(f"At the floor: {' and '.join(floor)} solved none of these problems under this grader.")
    if compared.omnibus is not None:
        notes.append(
            f"Family of {len(compared.comparisons)} comparisons: Cochran's Q "
            f"{numbers.pvalue(compared.omnibus.pvalue)}; the verdicts use p-values adjusted by Holm's method."
        )
    return tuple(notes)


def _decoding(runs: PairedRuns) -> str:
    temperatures = {h.spec.get("decoding", {}).get("temperature") for h in runs.heads}
    if temperatures == {0.0}:
        return "greedy decoding, one completion a problem"
    completions = sorted({int(s.attempts.max()) for s in runs.scores})
    if completions == [1]:
        return "one completion a problem"
    return f"{' or '.join(map(str, completions))} completions a problem"


def _command(
    store: Path,
    labels: Sequence[str],
    alpha: float,
    margin: float | None,
    grader: str | None,
    only_shared: bool,
    allow_unfinished: bool,
    without_cap: bool,
) -> str:
    parts = ["evalsuite report", *labels, f"--store {store}"]
    parts += [f"--alpha {alpha:g}"] if alpha != 0.05 else []
    parts += [f"--margin {margin:g}"] if margin is not None else []
    parts += [f"--grader {grader}"] if grader else []
    for given, flag in (
        (only_shared, "--only-shared"),
        (allow_unfinished, "--allow-unfinished"),
        (without_cap, "--without-cap"),
    ):
        parts += [flag] if given else []
    return " ".join(parts)
