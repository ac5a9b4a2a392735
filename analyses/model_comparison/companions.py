"""What a comparison's page says beyond it: where the runs fail, and what fewer problems would have shown."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from analyses import subset_outlook
from analyses.breakdown import analysis as breakdown
from evalsuite.findings import Findings, Table
from evalsuite.settings import ComparisonSettings
from evalsuite.store.runs import gives_scores
from evalsuite.store.store import Store
from evalsuite.wording import numbers
from evalsuite.wording.language import tr

__all__ = ["further"]


def further(store: Store, names: Sequence[str], settings: ComparisonSettings, *, seed: int = 0) -> tuple[Findings, ...]:
    """Return the breakdown and the outlook of the same runs, without those that have nothing to show.

    Both ask which problems were solved, so a grader that gives scores has neither.

    Parameters
    ----------
    names
        Labels or ids of two runs or more, the base first.
    settings
        How the runs are compared; a margin and `without_cap` concern the comparison alone.
    seed
        Of the breakdown.
    """
    shared: dict[str, Any] = {
        "alpha": settings.alpha,
        "grader": settings.grader,
        "only_shared": settings.only_shared,
        "allow_unfinished": settings.allow_unfinished,
        "pair_by": settings.pair_by,
        "drop_duplicates": settings.drop_duplicates,
    }
    if any(gives_scores(store, name, settings.grader) for name in names):
        return ()
    by_problem = breakdown.analyse(store, names, seed=seed, **shared)
    by_size = subset_outlook.analyse(store, names, settings)
    if len(names) > 2 and by_size.tables:
        by_size = replace(by_size, answers={"": _of_all_runs(by_size.table("outlook"))})
    return tuple(findings for findings in (by_problem, by_size) if findings.tables)


def _of_all_runs(outlook: Table) -> str:
    """Say in one line which of several new runs the fewest problems would have shown ahead most, and least often."""
    fewest = min(outlook.numbers("n"))
    gains = {str(row["label"]): float(str(row["gain"])) for row in outlook.records() if row["n"] == fewest}
    least, most = min(gains, key=lambda label: gains[label]), max(gains, key=lambda label: gains[label])
    return tr(
        "Of all sets of {n} of these problems, {low} ({least}) to {high} ({most}) show the new run ahead.",
        n=numbers.count(int(fewest)), low=numbers.chance(gains[least]), least=least, high=numbers.chance(gains[most]),
        most=most,
    )  # fmt: skip
