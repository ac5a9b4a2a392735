"""Stored runs of one base and one new model on several problem sets, as one answer."""

from collections.abc import Sequence
from dataclasses import dataclass

from analyses.runs.looks import with_looks
from analyses.runs.pairing import PairedRuns, confounded, pair_runs
from evalsuite.comparison.pair import truncation_bounds
from evalsuite.comparison.pooled import PooledComparison, pool
from evalsuite.findings import Caution, Light
from evalsuite.settings import ComparisonSettings
from evalsuite.stats.worst_case import WorstCase
from evalsuite.store.store import Store
from evalsuite.wording.language import tr

__all__ = ["PooledRuns", "compare_pool"]


@dataclass(frozen=True, slots=True)
class PooledRuns:
    """A comparison of stored runs on several problem sets.

    Attributes
    ----------
    runs
        The two runs of each set.
    compared
        What they say.
    bounds
        Of each set the worst case of the difference over truncated completions; None where a run does not say which.
    lights_of_sets, lights_together
        Of each set, and of all problems, whether the verdict would change under other assumptions.
    """

    runs: tuple[PairedRuns, ...]
    compared: PooledComparison
    bounds: tuple[WorstCase | None, ...]
    lights_of_sets: tuple[tuple[Light, ...], ...] = ()
    lights_together: tuple[Light, ...] = ()

    @property
    def cautions(self) -> tuple[Caution, ...]:
        """What must be read before the answer, said once."""
        return tuple(dict.fromkeys(c for runs in self.runs for c in (*runs.cautions, *confounded(runs))))

    @property
    def warnings(self) -> tuple[str, ...]:
        """What belongs next to the answer, said once."""
        return tuple(dict.fromkeys(text for runs in self.runs for text in runs.warnings))


def compare_pool(store: Store, pairs: Sequence[tuple[str, str]], settings: ComparisonSettings) -> PooledRuns:
    """Compare the second run with the first on each set, and over all sets.

    Parameters
    ----------
    pairs
        Labels or ids of base and new run, one pair a set.

    Raises
    ------
    ComparisonError
        The runs of a pair do not pair, or the sets cannot be pooled.
    """
    runs = []
    for names in pairs:
        paired = pair_runs(
            store,
            names,
            grader=settings.grader,
            only_shared=settings.only_shared,
            allow_unfinished=settings.allow_unfinished,
            pair_by=settings.pair_by,
            drop_duplicates=settings.drop_duplicates,
        )
        runs.append(with_looks(store, paired, grader=settings.grader))
    scores = [(paired.scores[0], paired.scores[1]) for paired in runs]
    compared = pool(
        scores,
        labels=(tr("the base on all {n} sets", n=len(runs)), tr("the new run on all {n} sets", n=len(runs))),
        alpha=settings.alpha,
        margin=settings.margin,
        without_cap=settings.without_cap,
        looks=[next(iter(paired.looks.values()), ()) for paired in runs],
    )
    bounds = tuple(truncation_bounds(*pair, alpha=settings.alpha, margin=settings.margin) for pair in scores)
    return PooledRuns(tuple(runs), compared, bounds)
