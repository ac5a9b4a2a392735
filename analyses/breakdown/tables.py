"""The tables and figures of the breakdown: one pair a way of sorting, and the tests of dependence."""

from collections.abc import Sequence

from analyses.breakdown.effects import Dependence, Quantity, SubgroupEffect, accuracy_in
from analyses.breakdown.subgroups import Subgroup, Way
from evalsuite.findings import Cell, Column, Figure, Table
from evalsuite.scores import ScoreMatrix
from evalsuite.wording.language import tr
from evalsuite.wording.method_names import method_name

__all__ = ["MOST_TEMPLATES", "figures", "tables"]

MOST_TEMPLATES = 20
"""Templates shown; all of them are tested and counted."""


def tables(
    scores: Sequence[ScoreMatrix],
    ways: Sequence[Way],
    effects: Sequence[SubgroupEffect],
    tests: Sequence[Dependence],
    *,
    alpha: float,
) -> tuple[Table, ...]:
    """Return the tests of dependence, then differences and accuracies by each way of sorting."""
    result = [_dependence(quantity, [t for t in tests if t.quantity == quantity]) for quantity in _quantities(tests)]
    for way in ways:
        of_way = [effect for effect in effects if effect.way is way]
        result += [_differences(way, of_way)] if of_way else []
        result.append(_accuracies(scores, way, alpha))
    return tuple(result)


def figures(scores: Sequence[ScoreMatrix], ways: Sequence[Way], *, alpha: float) -> tuple[Figure, ...]:
    """Return accuracy against each ordered way of sorting, and the difference in its subgroups."""
    result = []
    labels = [run.label for run in scores]
    for way in ways:
        if way.by_template:
            continue
        result.append(
            Figure(
                f"breakdown_{way.key}_accuracy",
                "curves",
                tr("Accuracy by {way}", way=way.title),
                tr("One line per run; each point has its own interval."),
                f"breakdown_{way.key}_accuracy",
                {"x_title": way.axis, "y_title": tr("accuracy"), "points": True},
            )
        )
        if len(labels) > 1:
            new = labels[1] if len(labels) == 2 else tr("new run")
            result.append(
                Figure(
                    f"breakdown_{way.key}",
                    "difference",
                    tr("Difference by {way}", way=way.title),
                    tr("One row per subgroup. Whether rows differ is answered by the test of dependence, not by eye."),
                    f"breakdown_{way.key}",
                    {"base": labels[0], "new": new, "level": 1 - alpha},
                )
            )
    return tuple(result)


def _quantities(tests: Sequence[Dependence]) -> tuple[Quantity, ...]:
    return tuple(dict.fromkeys(t.quantity for t in tests))


def _dependence(quantity: Quantity, tests: Sequence[Dependence]) -> Table:
    is_difference = quantity == "difference"
    columns = (
        Column("way", tr("Sorted by")),
        Column("label", tr("New run") if is_difference else tr("Run")),
        Column("groups", tr("Subgroups"), "count"),
        Column("lowest_in", tr("Lowest in")),
        Column("lowest", tr("Lowest"), "difference" if is_difference else "proportion"),
        Column("highest_in", tr("Highest in")),
        Column("highest", tr("Highest"), "difference" if is_difference else "proportion"),
        Column("pvalue", tr("p"), "pvalue"),
        Column("adjusted", tr("Adjusted p"), "pvalue"),
        Column("method", tr("Reference")),
    )
    rows = tuple(
        (t.way.title, t.label, len(t.way.subgroups), t.lowest[0], t.lowest[1], t.highest[0], t.highest[1],
         t.test.pvalue, t.adjusted, method_name(t.test.method))
        for t in tests
    )  # fmt: skip
    title = (
        tr("Does the difference depend on the problem?")
        if is_difference
        else tr("Does accuracy depend on the problem?")
    )
    note = tr(
        "Cochran's Q over all subgroups of a row, against random {references}; adjusted by Holm's method for the "
        "{count} rows. Lowest and highest were picked after looking.",
        references=" / ".join(dict.fromkeys(method_name(t.test.method) for t in tests)),
        count=len(tests),
    )
    return Table(
        "breakdown_dependence" if is_difference else "breakdown_dependence_accuracy", title, columns, rows, note
    )


def _differences(way: Way, effects: Sequence[SubgroupEffect]) -> Table:
    several = len({effect.label for effect in effects}) > 1
    listed = sorted(effects, key=lambda e: e.difference.value)[:MOST_TEMPLATES] if way.by_template else effects
    rows: list[tuple[Cell, ...]] = [
        (
            f"{e.label}: {e.subgroup.label}" if several else e.subgroup.label,
            e.difference.n_problems, e.difference.low, e.difference.value, e.difference.high, e.pvalue, e.adjusted,
        )
        for e in listed
    ]  # fmt: skip
    columns = (
        Column("label", tr("Problems of")),
        Column("n", tr("Problems"), "count"),
        Column("low", tr("Low"), "difference"),
        Column("value", tr("Difference"), "difference"),
        Column("high", tr("High"), "difference"),
        Column("pvalue", tr("p"), "pvalue"),
        Column("adjusted", tr("Adjusted p"), "pvalue"),
    )
    note = tr(
        "P-values are adjusted by Holm's method for all subgroups of this analysis; each interval stands on its "
        "own. In small subgroups of templates or repeated completions, p is the larger of the t test and exact "
        "sign flips."
    )
    return Table(
        f"breakdown_{way.key}",
        tr("Difference by {way}", way=way.title),
        columns,
        tuple(rows),
        f"{_shown_note(len(listed), len(effects))}{note}",
    )


def _accuracies(scores: Sequence[ScoreMatrix], way: Way, alpha: float) -> Table:
    chosen = _worst(scores[-1], way) if way.by_template else way.subgroups
    rows: list[tuple[Cell, ...]] = []
    for run in scores:
        for subgroup in chosen:
            e = accuracy_in(run, way, subgroup, alpha=alpha)
            x = () if way.by_template else (subgroup.x,)
            rows.append((run.label, subgroup.label, *x, e.n_problems, e.low, e.value, e.high))
    columns = (
        Column("label", tr("Run")),
        Column("subgroup", tr("Problems of")),
        *(() if way.by_template else (Column("x", tr("On the axis"), "number"),)),
        Column("n", tr("Problems"), "count"),
        Column("low", tr("Low"), "proportion"),
        Column("y", tr("Accuracy"), "proportion"),
        Column("high", tr("High"), "proportion"),
    )
    title = tr("Accuracy by {way}", way=way.title)
    note = _shown_note(len(chosen), len(way.subgroups)).strip()
    return Table(f"breakdown_{way.key}_accuracy", title, columns, tuple(rows), note)


def _worst(run: ScoreMatrix, way: Way) -> tuple[Subgroup, ...]:
    """Return the subgroups in which `run` has the lowest accuracy, lowest first."""
    means = run.problem_means
    return tuple(sorted(way.subgroups, key=lambda s: float(means[list(s.rows)].mean()))[:MOST_TEMPLATES])


def _shown_note(shown: int, total: int) -> str:
    if shown == total:
        return ""
    return (
        tr(
            "The lowest {shown} of {total}, lowest first; the others are tested and counted as well.",
            shown=shown,
            total=total,
        )
        + " "
    )
