"""What did the token cap do? The cap as a curve, what is open without it, and what it would take to know.

A cut completion is not simply wrong. Accuracy at smaller caps comes from cutting the stored tokens and grading
again; accuracy without the cap is bounded, and known only after ``evalsuite extend``.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from analyses.noise_floor import NoiseFloor, floor_note, floor_table, noise_floors
from analyses.runs import tables as run_tables
from analyses.runs.against_base import compare_runs
from analyses.runs.pairing import PairedRuns, pair_runs
from analyses.runs.provenance import analysis_command, provenance
from analyses.truncation import tables
from analyses.truncation.curves import CutRun, accuracy_band, cut_run, difference_band, reached, run_cap
from analyses.truncation.extension_gain import CapCost, cap_cost, extension_of
from evalsuite.comparison.accuracy import truncation_estimate
from evalsuite.comparison.pair import Design, is_single, test_results
from evalsuite.errors import InputError
from evalsuite.findings import Cell, Figure, Findings, Table
from evalsuite.grading.cut import default_caps
from evalsuite.grading.grader import Grader
from evalsuite.grading.graders import ALL_GRADERS
from evalsuite.scores import ScoreMatrix
from evalsuite.stats.bounds import Bounds, accuracy_bounds, difference_bounds
from evalsuite.stats.decision import Verdict
from evalsuite.stats.result import Estimate, TestResult
from evalsuite.store.store import Store
from evalsuite.wording import numbers
from evalsuite.wording.language import N_, tr
from evalsuite.wording.verdicts import verdict_label

__all__ = ["NAME", "QUESTION", "analyse"]

NAME = "truncation"
QUESTION = N_("What did the token cap do?")
ESTIMAND = N_(
    "E1: accuracy on problems like these at each token cap, by the grader stated; and the "
    "accuracy had every completion finished, which a capped run only bounds."
)
SHARES = (0.95, 0.99)
# Below this the normal margins of Imbens and Manski are not to be trusted, and score limits take their place.
FEW_PROBLEMS = 30


@dataclass(frozen=True, slots=True)
class _Asked:
    """The runs and everything computed about them."""

    runs: PairedRuns
    graders: tuple[str, ...]
    cuts: tuple[CutRun | None, ...]
    tests: tuple[Design, ...]
    bounds: tuple[Bounds | None, ...]
    differences: tuple[Bounds | None, ...]
    verdicts: tuple[Verdict | None, ...]
    costs: tuple[CapCost, ...]


def analyse(
    store: Store | None,
    names: Sequence[str] = (),
    *,
    seed: int = 0,
    alpha: float = 0.05,
    grader: str | None = None,
    caps: Sequence[int] | None = None,
    graders: Sequence[Grader] = ALL_GRADERS,
    allow_unfinished: bool = False,
) -> Findings:
    """Say what the cap did to stored runs.

    Parameters
    ----------
    names
        Labels or ids; the first is the base, and one is enough.
    seed
        Of the bands and of the resamples; recorded.
    alpha
        Level; intervals and bands have level ``1 - alpha``.
    grader
        Whose verdict counts in every run; each run's primary grader if not given.
    caps
        Where to cut; 40 even steps up to the largest cap if not given.
    graders
        Which graders to show against the cap, besides the one that counts.

    Raises
    ------
    InputError
        There is no store or no run is named.
    ComparisonError
        The runs cannot be paired.
    """
    if store is None or not names:
        raise InputError("truncation needs a store and the label of at least one run")
    runs = pair_runs(store, names, grader=grader, allow_unfinished=allow_unfinished, shorten=True)
    asked = _ask(store, runs, grader, graders, caps, alpha)
    rng = np.random.default_rng(seed)
    floors = noise_floors(store, runs.heads, grader=grader)
    shown = _tables(store, asked, floors, rng, alpha, grader)
    return Findings(
        name=NAME,
        question=tr(QUESTION),
        estimand=tr(ESTIMAND),
        verdict=asked.verdicts[0] if len(asked.verdicts) == 1 else None,
        sentence=_sentence(asked, shown),
        notes=_notes(asked, floor_note(floors, ())),
        cautions=runs.cautions,
        estimates={f"truncation_{d.new_label}": d.difference for d in asked.tests},
        tests={f"truncation_{d.new_label}": _test(d) for d in asked.tests},
        tables=shown,
        figures=_figures(asked, shown),
        provenance=provenance(
            store,
            runs,
            command=analysis_command(NAME, [h.label for h in runs.heads], store.path),
            settings={"alpha": alpha, "seed": seed},
        ),
    )


def _ask(
    store: Store,
    runs: PairedRuns,
    grader: str | None,
    graders: Sequence[Grader],
    caps: Sequence[int] | None,
    alpha: float,
) -> _Asked:
    own = [run_cap(store, head) for head in runs.heads]
    known = [cap for cap in own if cap is not None]
    grid = caps or (sorted({*default_caps(max(known)), *known}) if known else ())
    counting = tuple(grader or head.primary_grader for head in runs.heads)
    used = [g for g in ALL_GRADERS if g.name in counting or g in graders]
    cuts: list[CutRun | None] = []
    for head, run in zip(runs.heads, runs.scores, strict=True):
        try:
            cuts.append(cut_run(store, head, run, grid, used) if run.truncation_known else None)
        except InputError:
            cuts.append(None)
    base, *others = runs.scores
    pairs = [(base, new) for new in others]
    extended = [(h, label, extension_of(store, h)) for h, label in zip(runs.heads, runs.labels, strict=True)]
    return _Asked(
        runs=runs,
        graders=counting,
        cuts=tuple(cuts),
        tests=_truncation_tests(runs, alpha),
        bounds=tuple(_bounds(run, alpha) for run in runs.scores),
        differences=tuple(_difference_bounds(old, new, alpha) for old, new in pairs),
        verdicts=tuple(_verdict(runs, old, new, alpha) for old, new in pairs),
        costs=tuple(
            replace(cap_cost(store, head.label, child, grader=grader, alpha=alpha), parent=label)
            for head, label, child in extended
            if child is not None
        ),
    )


def _truncation_tests(runs: PairedRuns, alpha: float) -> tuple[Design, ...]:
    """Compare how often the cap cut: being cut takes the place of being right."""
    if len(runs.scores) < 2 or not all(run.truncation_known for run in runs.scores):
        return ()
    cut = tuple(replace(run, correct=run.truncated) for run in runs.scores)
    return compare_runs(replace(runs, scores=cut), alpha=alpha).comparisons


def _shares(run: ScoreMatrix, kept: NDArray[np.bool_]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return for each problem the share of completions that ended and are right, and the share that was cut.

    A cut completion that is right already could still change its answer: it is open like the others.
    """
    made = run.attempts[kept]
    return (run.correct & ~run.truncated)[kept].sum(axis=1) / made, run.truncated[kept].sum(axis=1) / made


def _bounds(run: ScoreMatrix, alpha: float) -> Bounds | None:
    if not run.truncation_known:
        return None
    small = is_single(run) and run.n_problems < FEW_PROBLEMS
    right, cut = _shares(run, run.attempts > 0)
    return accuracy_bounds(right, cut, method="wilson_ends" if small else "imbens_manski", confidence_level=1 - alpha)


def _difference_bounds(base: ScoreMatrix, new: ScoreMatrix, alpha: float) -> Bounds | None:
    if not (base.truncation_known and new.truncation_known):
        return None
    kept = (base.attempts > 0) & (new.attempts > 0)
    small = is_single(base) and is_single(new) and base.n_problems < FEW_PROBLEMS
    shares = (*_shares(base, kept), *_shares(new, kept))
    return difference_bounds(*shares, method="tango_ends" if small else "imbens_manski", confidence_level=1 - alpha)


def _verdict(runs: PairedRuns, base: ScoreMatrix, new: ScoreMatrix, alpha: float) -> Verdict | None:
    """Return the verdict that holds however the cut completions would have ended, where one does."""
    bounds = _difference_bounds(base, new, alpha)
    if bounds is None:
        return None
    if not bounds.sign_identified:
        return Verdict("not identified")
    found = set()
    for favoured in (base, new):
        filled = tuple(
            replace(run, correct=(run.correct & ~run.truncated) | (run.truncated & (run is favoured)))
            for run in (base, new)
        )
        found.add(compare_runs(replace(runs, scores=filled), alpha=alpha).comparisons[0].verdict)
    return found.pop() if len(found) == 1 else Verdict("unresolved")


def _tables(
    store: Store,
    asked: _Asked,
    floors: Sequence[NoiseFloor],
    rng: np.random.Generator,
    alpha: float,
    grader: str | None,
) -> tuple[Table, ...]:
    runs, level = asked.runs, 1 - alpha
    cut = [(c, g) for c, g in zip(asked.cuts, asked.graders, strict=True) if c is not None]
    bands = [(c, accuracy_band(c, g, rng=rng, confidence_level=level)) for c, g in cut]
    first = (asked.cuts[0], asked.graders[0])
    gaps = [
        (new.run.label, difference_band(first[0], new, (first[1], g), rng=rng, confidence_level=level))
        for new, g in zip(asked.cuts[1:], asked.graders[1:], strict=True)
        if first[0] is not None and new is not None
    ]
    kept = [(c, [reached(c, g, s, rng=rng, confidence_level=level) for s in SHARES]) for c, g in cut]
    found = [
        run_tables.setup(runs, grader),
        run_tables.truncation(runs),
        tables.truncation_difference(asked.tests),
        tables.curve(bands, alpha),
        tables.gap(gaps, alpha),
        tables.reached(kept),
        *tables.incidence(store, asked.runs, asked.graders),
        run_tables.lengths(store, runs),
        tables.loops(store, runs, alpha),
        *tables.bounds(asked.runs, asked.bounds, asked.differences),
        tables.rescue(asked.costs),
        tables.changes(asked.costs),
        tables.by_grader([c for c, _ in cut]),
        floor_table(floors),
    ]
    return tuple(table for table in found if table is not None and table.rows)


def _figures(asked: _Asked, shown: Sequence[Table]) -> tuple[Figure, ...]:
    names = {table.name for table in shown}
    lows = [low for table in shown if table.name == "cap_difference" for low in table.numbers("low")]
    title = {"x_title": tr("token cap"), "y_title": tr("accuracy")}
    caps = {head.spec.get("decoding", {}).get("max_new_tokens") for head in asked.runs.heads}
    cap: dict[str, Cell] = {"cap": caps.pop()} if len(caps) == 1 and None not in caps else {}
    found = [
        Figure("cap_curve", "curves", tr("Accuracy by token cap"),
               tr("One line a run with a band that holds at all caps at once; it ends at the run's own cap."),
               "cap_curve", dict(title)),
        Figure("cap_difference", "curves", tr("Difference by token cap, new − base"),
               tr("The paired difference at each cap that both runs reach, with a simultaneous band."),
               "cap_difference",
               {"x_title": tr("token cap"), "y_title": tr("difference in accuracy"), "floor": 1.05 * min([0.0, *lows]),
                "reference": 0.0, "reference_title": tr("equal accuracy")}),
        *(
            Figure(name, "curves", tr("How {label} ends", label=label),
                   tr("Share of completions that ended right, ended wrong, and have not ended, by number of tokens."),
                   name, {"x_title": tr("tokens"), "y_title": tr("completions")})
            for name, label in zip(tables.incidence_names(asked.runs), asked.runs.labels, strict=True)
        ),
        Figure("lengths", "lengths", tr("Lengths of the completions"),
               tr("Share of completions of at most so many tokens; the jump at the cap is what was cut."),
               "lengths", cap),
    ]  # fmt: skip
    return tuple(figure for figure in found if figure.table in names)


def _test(design: Design) -> TestResult:
    name = "mcnemar_exact" if "mcnemar_exact" in design.pvalues else "t"
    return test_results(design)[name]


def _sentence(asked: _Asked, shown: Sequence[Table]) -> str:
    parts = [_rate(run.label, truncation_estimate(run)) for run in asked.runs.scores]
    for design in asked.tests:
        e = design.difference
        parts.append(
            tr(
                "The share of {new} that is cut differs from that of {base} by {value}, {level}% CI {limits}, "
                "{pvalue}.",
                new=design.new_label,
                value=numbers.points(e.value),
                base=design.base_label,
                level=f"{100 * e.confidence_level:g}",
                limits=numbers.points_interval(e.low, e.high),
                pvalue=numbers.pvalue(_test(design).pvalue),
            )
        )
    for table in shown:
        if table.name == "cap_reached":
            parts += [
                tr(
                    "{label} keeps {share}% of its final accuracy from {cap} tokens on.",
                    label=label,
                    share=numbers.stated(float(share or 0)),
                    cap=cap,
                )
                for label, share, cap in (row[:3] for row in table.rows)
                if share == SHARES[0]
            ]
    for new, bounds, verdict in zip(asked.runs.scores[1:], asked.differences, asked.verdicts, strict=True):
        if bounds is not None and verdict is not None:
            parts.append(_open(new.label, asked.runs.scores[0].label, bounds, verdict))
    return tr(" ").join([*parts, *(cost.sentence for cost in asked.costs)])


def _rate(label: str, share: Estimate | None) -> str:
    if share is None:
        return tr("Of {label} it is not recorded which completions the cap cut.", label=label)
    error = (share.high - share.low) / 3.92
    return tr(
        "The cap cut {value} of the completions of {label} ({level}% CI {limits}).",
        value=numbers.percent(share.value, error),
        label=label,
        level=f"{100 * share.confidence_level:g}",
        limits=numbers.interval(share.low, share.high, error),
    )


def _open(new: str, base: str, bounds: Bounds, verdict: Verdict) -> str:
    if bounds.lowest == bounds.highest:
        return tr(
            "Nothing was cut, so the difference between {new} and {base} does not depend on the cap: {verdict}.",
            new=new,
            base=base,
            verdict=verdict_label(verdict),
        )
    open_at_cap = verdict.kind == "not identified"
    text = tr(
        "Had every completion finished, the difference of {new} and {base} would "
        "lie between {lowest} and {highest} in these runs: {verdict}.",
        new=new,
        base=base,
        lowest=numbers.points(bounds.lowest),
        highest=numbers.points(bounds.highest),
        verdict=tr("not identified at this cap") if open_at_cap else verdict_label(verdict),
    )
    return text + (tr(" `evalsuite extend` continues what was cut.") if open_at_cap else "")


def _notes(asked: _Asked, floor: str | None) -> tuple[str, ...]:
    notes = [*asked.runs.warnings, *([floor] if floor else [])]
    missing = [run.label for run, cut in zip(asked.runs.scores, asked.cuts, strict=True) if cut is None]
    if missing:
        notes.append(
            tr(
                "Without tokens, tokenizer or stop reasons in the store no curve can be drawn: {names}.",
                names=tr(", ").join(missing),
            )
        )
    lucky = [int((run.correct & run.truncated).sum()) for run in asked.runs.scores]
    if any(lucky):
        counts = tr(", ").join(
            tr("{n} of {label}", n=n, label=run.label) for n, run in zip(lucky, asked.runs.scores, strict=True) if n
        )
        notes.append(
            tr(
                "Right although cut, and open in the bounds because they could go on to another answer: {counts}.",
                counts=counts,
            )
        )
    if len(asked.runs.scores) > 2:
        notes.append(tr("Each band holds for one curve; over several new runs together it does not."))
    return tuple(notes)
