"""Does the training help, over seeds and problems? Several runs an arm, each trained with its own seed."""

from collections.abc import Sequence
from dataclasses import replace

from analyses.model_comparison.lights import TRAINED
from analyses.runs import tables as run_tables
from analyses.runs.differences import property_name
from analyses.runs.looks import with_arm_looks
from analyses.runs.pairing import PairedRuns, pair_runs, pairing_notes
from analyses.runs.problem_views import problem_views
from analyses.runs.provenance import provenance
from analyses.runs.reproduce import report_command
from analyses.seed_comparison.arms import SeedArms
from analyses.seed_comparison.first_screen import answers, steps, with_lights
from analyses.seed_comparison.tables import (
    arms_table,
    difference_table,
    figures,
    needed_table,
    spread_table,
    tests_table,
)
from evalsuite.comparison.training_seeds import SeedComparison, compare_seeds
from evalsuite.errors import ComparisonError, InputError
from evalsuite.findings import Caution, Findings
from evalsuite.settings import ComparisonSettings, SeedOptions
from evalsuite.stats.result import TestResult
from evalsuite.store.store import Store, StoredRun
from evalsuite.wording import training_seeds
from evalsuite.wording.language import N_, tr
from evalsuite.wording.units import Unit

__all__ = ["NAME", "QUESTION", "analyse", "check_pairs", "compare_arms", "pair_arms"]

NAME = "seed_comparison"
DEFAULT_SETTINGS = ComparisonSettings()
QUESTION = N_("Does the training recipe of {new} beat {base}?")


def pair_arms(
    store: Store, arms: SeedOptions, settings: ComparisonSettings = DEFAULT_SETTINGS, *, shorten: bool = False
) -> SeedArms:
    """Compare two arms of stored runs, one run a training seed.

    Parameters
    ----------
    arms
        Labels or ids, at least one an arm. An arm with one run is a fixed model.
    settings
        How they are compared.
    shorten
        As in `pairing.pair_runs`.

    Raises
    ------
    InputError
        An arm is empty, or seeds are to be paired and the arms have one run or different numbers of runs.
    ComparisonError
        The runs cannot be paired, or two runs of an arm have the same weights.
    """
    base, new = arms.base, arms.new
    if not base or not new:
        raise InputError(f"need at least one run in each arm, got {len(base)} base and {len(new)} new")
    if arms.paired_seeds:
        check_pairs(len(base), len(new))
    runs = pair_runs(
        store,
        [*base, *new],
        grader=settings.grader,
        only_shared=settings.only_shared,
        allow_unfinished=settings.allow_unfinished,
        pair_by=settings.pair_by,
        drop_duplicates=settings.drop_duplicates,
        shorten=shorten,
        partial_credit=True,
    )
    runs = with_arm_looks(store, runs, len(base), grader=settings.grader)
    return compare_arms(runs, len(base), settings, paired_seeds=arms.paired_seeds)


def check_pairs(n_base: int, n_new: int) -> None:
    """Refuse arms of which no seeds can be paired.

    Raises
    ------
    InputError
        They have one run, or different numbers of runs.
    """
    if n_base != n_new or n_new < 2:
        raise InputError(
            "--paired-seeds needs the same number of runs in both arms, two or more, in the same order of seeds; got "
            f"{n_base} base and {n_new} new"
        )


def compare_arms(runs: PairedRuns, n_base: int, settings: ComparisonSettings, *, paired_seeds: bool) -> SeedArms:
    """Compare the first `n_base` runs, one arm, with the others.

    Raises
    ------
    ComparisonError
        Two runs of an arm have the same weights.
    """
    for heads in (runs.heads[:n_base], runs.heads[n_base:]):
        _check_weights(heads)
    comparison = compare_seeds(
        runs.scores[:n_base],
        runs.scores[n_base:],
        paired=paired_seeds,
        alpha=settings.alpha,
        margin=settings.margin,
        without_cap=settings.without_cap,
        looks=runs.looks.get((runs.labels[0], runs.labels[n_base]), ()),
    )
    cautions = (*runs.cautions, *_design_cautions(runs, n_base))
    return SeedArms(
        runs,
        comparison,
        cautions,
        (
            *runs.warnings,
            *_unknown_notes(runs),
            *training_seeds.notes(comparison),
            *pairing_notes(runs.pairing, plain=True),
        ),
    )


def analyse(store: Store, arms: SeedOptions, settings: ComparisonSettings = DEFAULT_SETTINGS) -> Findings:
    """Compare two arms of stored runs and return everything the page shows.

    Parameters and errors are those of `pair_arms`; names are shown as `pairing.short_labels` says.
    """
    paired = with_lights(store, pair_arms(store, arms, settings, shorten=True), settings)
    comparison, runs = paired.comparison, paired.runs
    scored = comparison.score_range is not None
    shown = (
        run_tables.setup(runs, settings.grader),
        run_tables.mean_scores(runs, settings.alpha) if scored else run_tables.accuracy(runs, settings.alpha),
        arms_table(comparison), difference_table(comparison), tests_table(comparison), spread_table(comparison),
        needed_table(comparison),
        None if scored else run_tables.truncation(store, runs), run_tables.lengths(store, runs),
    )  # fmt: skip
    page_tables = tuple(table for table in shown if table is not None)
    of_page = paired.lights
    return Findings(
        name=NAME,
        question=runs.titled(tr(QUESTION, new=comparison.new_label, base=comparison.base_label)),
        estimand=_estimand(comparison),
        verdict=comparison.verdict,
        sentence=training_seeds.sentence(comparison),
        notes=paired.notes,
        cautions=paired.cautions,
        estimates={f"difference_{name}": estimate for name, estimate in comparison.estimates.items()},
        tests={name: _test(name, p, comparison) for name, p in comparison.pvalues.items()},
        tables=page_tables,
        figures=figures(comparison),
        problems=problem_views(
            store, runs, grader=settings.grader, verdicts=[{} for _ in runs.heads] if scored else None
        ),
        provenance=provenance(
            store, runs, command=report_command(store.path, _as_typed(store, arms), settings),
            settings={"alpha": settings.alpha, "margin": settings.margin, "paired_seeds": arms.paired_seeds},
        ),
        finding=paired.finding,
        lights=of_page,
        steps=steps(store, paired, of_page),
        answers=answers(paired, of_page, page_tables),
    )  # fmt: skip


def _as_typed(store: Store, arms: SeedOptions) -> SeedOptions:
    """Return the arms as they were typed, for runs that were read from files."""
    base, new = (tuple(store.typed.get(name, name) for name in arm) for arm in (arms.base, arms.new))
    return replace(arms, base=base, new=new)


def _estimand(comparison: SeedComparison) -> str:
    if comparison.score_range is not None:
        low, high = Unit(comparison.score_range).ends
        if comparison.crossed is None:
            return tr("Mean score (from {low} to {high}) of these two checkpoints on problems like these, with "
                      "the token limit and grader stated. The training recipe cannot be judged from one seed in "
                      "each arm.",
                      low=low, high=high)  # fmt: skip
        return tr("Mean score (from {low} to {high}) of the training recipe on problems like these, over its "
                  "training seeds, with the token limit and grader stated; and the mean score of exactly these "
                  "checkpoints.",
                  low=low, high=high)  # fmt: skip
    if comparison.crossed is None:
        return tr(
            "Accuracy of these two checkpoints on problems like these, with the token limit and grader stated. "
            "The training recipe cannot be judged from one seed in each arm."
        )
    return tr(
        "Accuracy of the training recipe on problems like these, over its training seeds, with the token limit "
        "and grader stated; and the mean accuracy of exactly these checkpoints."
    )


def _test(name: str, pvalue: float, comparison: SeedComparison) -> TestResult:
    value = comparison.difference.value
    return TestResult(value, pvalue, "two-sided", name, value)


def _check_weights(arm: Sequence[StoredRun]) -> None:
    """Refuse two runs of the same weights in one arm: they share a training seed."""
    seen: dict[tuple[str, str | None], str] = {}
    for head in arm:
        if "weights_fingerprint" not in head.spec:
            continue
        weights = (head.spec["weights_fingerprint"], head.spec.get("adapter_fingerprint"))
        if weights in seen:
            raise ComparisonError(
                f"{seen[weights]} and {head.label} are runs of the same weights, so they are not two training seeds; "
                "give one of them"
            )
        seen[weights] = head.label


def _design_cautions(runs: PairedRuns, n_base: int) -> list[Caution]:
    """Say in what runs of one arm differ beside their weights, and in what the arms differ beside their training."""
    within, across = [], []
    for difference in runs.differences:
        arms = set(difference.values[:n_base]), set(difference.values[n_base:])
        if difference.name in TRAINED:
            continue
        if max(map(len, arms)) > 1:
            within.append(property_name(difference.name))
        if arms[0] != arms[1]:
            across.append(property_name(difference.name))
    cautions = []
    if across:
        text = tr("Confounded: besides their weights the arms also differ in {names}, and the difference is the "
                  "effect of everything together.", names=_listed(across))  # fmt: skip
        cautions.append(Caution("confounded", text))
    if within:
        text = tr("Runs of one arm differ in {names} too, so their spread is not that of training seeds alone.",
                  names=_listed(within))  # fmt: skip
        cautions.append(Caution("mixed arm", text))
    return cautions


def _unknown_notes(runs: PairedRuns) -> tuple[str, ...]:
    if not runs.unknown:
        return ()
    text = tr("Some runs do not record: {names}.", names=_listed([property_name(code) for code in runs.unknown]))
    if "model" in runs.unknown:
        text += tr(" ") + tr("That each run comes from another training seed is taken on trust.")
    return (text,)


def _listed(names: Sequence[str]) -> str:
    return tr(", ").join(names)
