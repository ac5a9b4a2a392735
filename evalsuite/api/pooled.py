"""``evalsuite.pool``: one answer over several problem sets. The numbers are those of ``evalsuite compare --pool``."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from analyses.model_comparison.lights_of_sets import with_lights_of_sets
from analyses.runs.pooled import PooledRuns, compare_pool
from evalsuite.api.arguments import PythonWords, check_alpha, check_share
from evalsuite.api.differences import difference_figure, difference_table, frame_row, pair_summary
from evalsuite.api.display import Result, View, typed
from evalsuite.api.stored import OpenStore, reading
from evalsuite.comparison.pair import TwoRunComparison
from evalsuite.documents.final_verdict import FinalVerdict, final_verdict
from evalsuite.documents.pooled import of_pooled
from evalsuite.errors import InputError
from evalsuite.findings import Light
from evalsuite.settings import ComparisonSettings
from evalsuite.stats.decision import Verdict
from evalsuite.wording import numbers, pooled, two_runs
from evalsuite.wording.lights import known_lights, qualified_label

__all__ = ["PooledSets", "pool"]


class PooledSets(Result):
    """The comparison of one new run with one base on several problem sets."""

    def __init__(self, runs: PooledRuns) -> None:
        self.runs = runs

    @property
    def verdict(self) -> Verdict:
        """The verdict over all problems."""
        return self.runs.compared.together.verdict

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """The verdict on each set, in order, then that over all problems."""
        return tuple(c.verdict for c in self._every)

    @property
    def final_verdicts(self) -> tuple[FinalVerdict, ...]:
        """What each of `verdicts` is worth under other assumptions."""
        return tuple(map(final_verdict, self.verdicts, self.lights))

    @property
    def lights(self) -> tuple[tuple[Light, ...], ...]:
        """Of each set, then of all problems, whether the verdict would change under other assumptions."""
        return (*self.runs.lights_of_sets, self.runs.lights_together)

    @property
    def _every(self) -> tuple[TwoRunComparison, ...]:
        return (*self.runs.compared.sets, self.runs.compared.together)

    def as_dict(self) -> dict[str, Any]:
        """Return the document that ``evalsuite compare --pool --json`` prints."""
        return of_pooled(self.runs).as_dict()

    def to_frame(self) -> pd.DataFrame:
        """Return one row a set, then one over all problems; columns as in `RunsCompared.to_frame`."""
        return typed(pd.DataFrame(map(frame_row, self._every, self.lights), dtype=object))

    @property
    def view(self) -> View:
        """What of this result is shown."""
        every = self._every
        level = numbers.level(every[0].difference.confidence_level)
        table = replace(
            pair_summary(every, self.lights),
            title=f"Each set, then all problems, with the {level}% interval of each alone.",
        )
        return View(
            title=f"{len(every) - 1} problem sets",
            verdict=qualified_label(self.verdict, self.runs.lights_together),
            lights=known_lights(self.runs.lights_together),
            sentences=pooled.sentences(self.runs.compared),
            table=table,
            cautions=tuple(caution.text for caution in self.runs.cautions),
            notes=(two_runs.family(every), *self.runs.warnings),
            picture=difference_figure(every),
            pictured=difference_table(every),
        )


def pool(
    pairs: Sequence[tuple[str, str]],
    *,
    store: str | Path | OpenStore,
    alpha: float = 0.05,
    margin: float | None = None,
    grader: str | None = None,
    only_shared: bool = False,
    without_cap: bool = False,
) -> PooledSets:
    """Compare two models on several problem sets as one answer, with one family of verdicts.

    Parameters
    ----------
    pairs
        Labels or ids of the base's and the new model's run, one pair a problem set.
    store
        The store with the runs.
    alpha, margin, grader, only_shared, without_cap
        As in `evalsuite.compare`.

    Raises
    ------
    InputError
        What was given is not usable; the message says why.
    """
    with PythonWords():
        check_alpha(alpha)
        if margin is not None:
            check_share("margin", margin)
        if any(isinstance(p, str) or len(p) != 2 for p in pairs):
            raise InputError(f"pairs needs (base, new) for each problem set, got {pairs!r:.80}")
        settings = ComparisonSettings(alpha, margin, grader, only_shared, without_cap=without_cap)
        with reading(store) as opened:
            if opened is None:
                raise InputError("pool needs store=: its runs are named by labels")
            pooled_runs = compare_pool(opened, [(base, new) for base, new in pairs], settings)
            return PooledSets(with_lights_of_sets(opened, pooled_runs, settings))
