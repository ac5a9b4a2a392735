"""The figures of a comparison, and what each shows in words."""

from collections.abc import Sequence

from analyses.model_comparison import by_grader, tables
from analyses.model_comparison.clusters import unit_figures
from analyses.model_comparison.method_agreement import agreement_sentence
from analyses.runs.against_base import RunComparison
from evalsuite.comparison.pair import TwoRunComparison, paired_table
from evalsuite.findings import Cell, Figure, Table
from evalsuite.stats.paired import PairedTable
from evalsuite.wording import numbers
from evalsuite.wording.language import tr

__all__ = ["figures"]


def figures(
    compared: RunComparison,
    effects: Sequence[by_grader.GraderEffect],
    intervals: Sequence[Sequence[tables.NamedInterval]],
    shown: Sequence[Table],
) -> tuple[Figure, ...]:
    """Return a figure for each table in `shown` that has one."""
    labels = compared.runs.labels
    level = compared.comparisons[0].difference.confidence_level
    new = labels[1] if len(labels) == 2 else tr("new run")
    base: dict[str, Cell] = {"base": labels[0], "new": new, "level": level}
    names = {table.name for table in shown}
    found = [
        Figure(
            "difference",
            "difference",
            tr("Difference in accuracy, new − base"),
            _difference_words(compared),
            "difference",
            {**base, **_marks(compared)},
        ),
        Figure(
            "accuracy",
            "intervals",
            tr("Accuracy of each run"),
            tr("One row per run, with its interval."),
            "accuracy",
            {"level": level},
        ),
        *_paired(compared, level),
        *unit_figures(compared, level),
        _methods(agreement_sentence(compared, intervals), base),
        _lengths(compared),
        by_grader.figure(effects, labels[0], alpha=1 - level),
        Figure(
            "draws",
            "draws",
            tr("Accuracy on each seeded draw"),
            tr("One column per draw of problems: what changes between columns is the draw."),
            "draws",
            {},
        ),
    ]
    return tuple(figure for figure in found if figure.table in names)


def _marks(compared: RunComparison) -> dict[str, Cell]:
    """Return the margin, and the smallest detectable difference where there is one comparison."""
    first = compared.comparisons[0]
    detectable = first.minimum_detectable_difference if len(compared.comparisons) == 1 else None
    return {k: v for k, v in {"margin": first.margin, "detectable": detectable}.items() if v is not None}


def _difference_words(compared: RunComparison) -> str:
    return tr(" ").join(
        tr(
            "{label}: {value}, interval {limits}; {detectable}.",
            label=c.new_label,
            value=numbers.points(c.difference.value, c.difference.nominal_error),
            limits=numbers.points_interval(c.difference.low, c.difference.high, c.difference.nominal_error),
            detectable=_detectable(c),
        )
        for c in compared.comparisons
    )


def _detectable(comparison: TwoRunComparison) -> str:
    size = comparison.minimum_detectable_difference
    if size is None:
        return tr("with so few problems answered differently, no size can be named that they detect with {power} power",
                  power=f"{comparison.power:.0%}")  # fmt: skip
    return tr("smallest detectable ±{size}", size=numbers.size(size, size / 20))


def _paired(compared: RunComparison, level: float) -> list[Figure]:
    """Return the flow of each comparison of single completions; of several a problem there is no such table."""
    found = []
    base, *others = compared.runs.scores
    names = tables.paired_names(compared)
    for place, (name, c, new) in enumerate(zip(names, compared.comparisons, others, strict=True), start=1):
        if not ((base.attempts == 1).all() and (new.attempts == 1).all()):
            continue
        limits = {"low": c.difference.low, "value": c.difference.value, "high": c.difference.high}
        options: dict[str, Cell] = {"base": c.base_label, "new": c.new_label, "new_place": place, **limits,
                                   "level": level}  # fmt: skip
        if c.margin is not None:
            options["margin"] = c.margin
        title = tr("Problems that flipped: {base} against {new}", base=c.base_label, new=c.new_label)
        found.append(Figure(name, "flow", title, _flip_words(paired_table(base, new), c.new_label), name, options))
    return found


def _flip_words(table: PairedTable, label: str) -> str:
    return tr(
        "{wins} problems only {new_label} solved, {losses} only the base solved. The difference is what remains "
        "of the two, enlarged on the right.",
        wins=numbers.count(table.wins),
        new_label=label,
        losses=numbers.count(table.losses),
    )


def _methods(agreement: str, options: dict[str, Cell]) -> Figure:
    words = tr("One row per method: different intervals for the same difference.")
    return Figure(
        "methods",
        "difference",
        tr("The difference by every method"),
        tr(" ").join((words, agreement)),
        "methods",
        options,
    )


def _lengths(compared: RunComparison) -> Figure:
    caps = {h.spec.get("decoding", {}).get("max_new_tokens") for h in compared.runs.heads}
    cap: dict[str, Cell] = {"cap": caps.pop()} if len(caps) == 1 and None not in caps else {}
    words = tr("Share of completions with at most this many tokens; the jump at the token limit is what was truncated.")
    return Figure("lengths", "lengths", tr("Lengths of the completions"), words, "lengths", cap)
