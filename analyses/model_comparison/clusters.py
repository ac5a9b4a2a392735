"""What each independent unit of a comparison scored in both runs: a template, or a problem with several completions."""

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from analyses.runs.against_base import RunComparison
from evalsuite.comparison.problem_means import MeanComparison, shared_clusters
from evalsuite.findings import Cell, Column, Figure, Table
from evalsuite.scores import ScoreMatrix
from evalsuite.wording.language import tr

__all__ = ["pairs_of_units", "unit_figures", "unit_tables"]


def pairs_of_units(base: ScoreMatrix, new: ScoreMatrix) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the mean of problem means of every unit in both aligned runs, (n_units,) each.

    A unit is a template where problems have one, else a problem. Problems that a run has no completion of are left
    out.
    """
    kept = (base.attempts > 0) & (new.attempts > 0)
    before, after = base.problem_means[kept], new.problem_means[kept]
    clusters = shared_clusters(base, new)
    if clusters is None:
        return before, after
    _, unit = np.unique(np.asarray(clusters)[kept], return_inverse=True)
    size = np.bincount(unit)
    return np.bincount(unit, weights=before) / size, np.bincount(unit, weights=after) / size


def unit_tables(compared: RunComparison) -> list[Table]:
    """Return for each comparison of problem means how many units have each pair of accuracies."""
    found = []
    base, *others = compared.runs.scores
    for number, (comparison, new) in enumerate(zip(compared.comparisons, others, strict=True), start=1):
        if not isinstance(comparison, MeanComparison):
            continue
        before, after = pairs_of_units(base, new)
        # Rounded only so that equal shares meet: sums of the same shares may differ in their last bit.
        counted = Counter(zip(before.round(12).tolist(), after.round(12).tolist(), strict=True))
        rows: list[tuple[Cell, ...]] = [(*pair, n) for pair, n in sorted(counted.items())]
        of_each = tr("Problem templates") if comparison.clustered else tr("Problems")
        columns = (
            Column("base", tr("Accuracy of {label}", label=base.label), "proportion"),
            Column("new", tr("Accuracy of {label}", label=new.label), "proportion"),
            Column("count", of_each, "count"),
        )
        title = tr("{units} by their accuracy in both runs", units=of_each)
        found.append(Table(_name(number), title, columns, tuple(rows)))
    return found


def unit_figures(compared: RunComparison, level: float) -> list[Figure]:
    """Return the paired dots of each table of `unit_tables`."""
    found = []
    for number, c in enumerate(compared.comparisons, start=1):
        if not isinstance(c, MeanComparison):
            continue
        limits = {"low": c.difference.low, "value": c.difference.value, "high": c.difference.high}
        options: dict[str, Cell] = {
            "base": c.base_label, "new": c.new_label, "base_mean": c.base.value, "new_mean": c.new.value,
            **limits, "level": level, "new_place": number,
        }  # fmt: skip
        if c.margin is not None:
            options["margin"] = c.margin
        names = {"base": c.base_label, "new": c.new_label}
        if c.clustered:
            title = tr("Each problem template in both runs: {base} against {new}", **names)
            words = tr(
                "One line per problem template, thicker where several agree. The dark bars are the accuracies. "
                "Here chance acts on problem templates, not on single problems."
            )
        else:
            title = tr("Each problem in both runs: {base} against {new}", **names)
            words = tr("One line per pair of shares, thicker for more problems. The dark bars are the accuracies.")
        found.append(Figure(_name(number), "units", title, words, _name(number), options))
    return found


def _name(number: int) -> str:
    return "units" if number == 1 else f"units_{number}"
