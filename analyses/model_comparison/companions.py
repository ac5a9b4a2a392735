"""What a comparison's page says beyond it: where the runs fail, and what fewer problems would have shown."""

from collections.abc import Sequence

from analyses import subset_outlook
from analyses.breakdown import analysis as breakdown
from evalsuite.findings import Findings
from evalsuite.settings import ComparisonSettings
from evalsuite.store.store import Store

__all__ = ["further"]


def further(
    store: Store,
    names: Sequence[str],
    *,
    seed: int = 0,
    alpha: float = 0.05,
    grader: str | None = None,
    only_shared: bool = False,
    allow_unfinished: bool = False,
) -> tuple[Findings, ...]:
    """Return the breakdown and the outlook of the same runs, without those that have nothing to show.

    Parameters
    ----------
    names
        Labels or ids of two runs or more, the base first.
    seed, alpha, grader, only_shared, allow_unfinished
        As in `breakdown.analyse`.
    """
    by_problem = breakdown.analyse(
        store,
        names,
        seed=seed,
        alpha=alpha,
        grader=grader,
        only_shared=only_shared,
        allow_unfinished=allow_unfinished,
    )
    settings = ComparisonSettings(
        alpha=alpha, grader=grader, only_shared=only_shared, allow_unfinished=allow_unfinished
    )
    by_size = subset_outlook.analyse(store, names, settings)
    return tuple(findings for findings in (by_problem, by_size) if findings.tables)
