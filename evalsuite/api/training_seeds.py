"""The comparison of two recipes over training seeds: the verdict is that of ``evalsuite compare --base --new``."""

from dataclasses import replace
from typing import Any

import pandas as pd

from analyses.seed_comparison.analysis import check_pairs, compare_arms
from analyses.seed_comparison.arms import SeedArms
from analyses.seed_comparison.first_screen import lights_of_arms, with_lights
from evalsuite.api.differences import limits_table
from evalsuite.api.display import Result, View, typed
from evalsuite.api.pairing import Paired
from evalsuite.documents.final_verdict import FinalVerdict, final_verdict
from evalsuite.documents.training_seeds import of_training_seeds
from evalsuite.figures.looks import clip
from evalsuite.findings import Cell, Column, Figure, Light, Table
from evalsuite.settings import ComparisonSettings
from evalsuite.stats.decision import Verdict
from evalsuite.stats.result import Estimate
from evalsuite.wording import numbers, training_seeds
from evalsuite.wording.lights import known_lights
from evalsuite.wording.units import Unit

__all__ = ["SeedsCompared", "of_seeds"]


class SeedsCompared(Result):
    """The comparison of two arms of training seeds.

    Attributes
    ----------
    arms
        The runs, and the comparison at full precision.
    paired_by
        What the pairing of problems rests on, in one sentence.
    """

    def __init__(self, arms: SeedArms, paired_by: str) -> None:
        self.arms = arms
        self.paired_by = paired_by

    @property
    def verdict(self) -> Verdict:
        """The verdict on the recipe."""
        return self.arms.comparison.verdict

    @property
    def final_verdict(self) -> FinalVerdict:
        """What the verdict is worth under other assumptions: what a page's heading says."""
        return final_verdict(self.verdict, self.arms.lights)

    @property
    def lights(self) -> tuple[Light, ...]:
        """Whether the verdict would change under other assumptions."""
        return self.arms.lights

    def as_dict(self) -> dict[str, Any]:
        """Return the document that ``evalsuite compare --base --new --json`` prints."""
        return of_training_seeds(self.arms).as_dict()

    def to_frame(self) -> pd.DataFrame:
        """Return one row a seed, over problems alone, then one an interval of the mean difference.

        Columns: run (missing for the mean), against, varies (what is drawn by chance), difference, low, high,
        confidence_level, method, pvalue (of the mean).
        """
        c = self.arms.comparison
        single = c.seeds if c.crossed is not None else ()
        rows: list[tuple[str | None, str, str, Estimate, float | None]] = [
            (s.label, s.against, "problems", s.difference, None) for s in single
        ]
        rows += [(None, c.base_label, name, e, c.pvalues.get(name)) for name, e in c.estimates.items()]
        columns = ["run", "against", "varies", "difference", "low", "high", "confidence_level", "method", "pvalue"]
        cells = [
            (run, against, varies, e.value, e.low, e.high, e.confidence_level, e.method, pvalue)
            for run, against, varies, e, pvalue in rows
        ]
        return typed(pd.DataFrame(cells, columns=columns, dtype=object))

    @property
    def view(self) -> View:
        """What of this result is shown."""
        c = self.arms.comparison
        table = self._table()
        unit = Unit(c.score_range)
        options: dict[str, Cell] = {
            "base": c.base_label, "new": c.new_label, "level": c.difference.confidence_level, **unit.options,
        }  # fmt: skip
        return View(
            title=f"{clip(c.new_label)} against {clip(c.base_label)} over training seeds",
            verdict=f"{clip(c.new_label)}: {self.final_verdict.label}",
            finding=self.arms.finding,
            lights=known_lights(self.arms.lights),
            sentences=(training_seeds.sentence(c),),
            table=table,
            cautions=tuple(caution.text for caution in self.arms.cautions),
            notes=tuple(dict.fromkeys((*self.arms.notes, self.paired_by))),
            picture=Figure("difference", "difference", table.title, "One row an interval.", "difference", options),
            pictured=limits_table([(_varies(name), e.low, e.value, e.high) for name, e in c.estimates.items()], unit),
        )

    def _table(self) -> Table:
        c = self.arms.comparison
        unit = Unit(c.score_range)
        columns = (
            Column("varies", "Drawn by chance"),
            Column("difference", "Difference", unit.difference_kind),
            Column("low", "Low", unit.difference_kind),
            Column("high", "High", unit.difference_kind),
            Column("pvalue", "p", "pvalue"),
        )
        rows = tuple((_varies(name), e.value, e.low, e.high, c.pvalues.get(name)) for name, e in c.estimates.items())
        level = numbers.level(c.difference.confidence_level)
        what = "Difference in accuracy" if c.score_range is None else "Difference of mean scores"
        title = f"{what}, new − base, on {numbers.count(c.n_problems)} problems; {level}% intervals."
        return Table("difference", title, columns, rows)


def of_seeds(paired: Paired, n_base: int, settings: ComparisonSettings, *, paired_seeds: bool) -> SeedsCompared:
    """Compare two arms of paired runs, of which the first `n_base` are the base.

    Raises
    ------
    InputError
        Seeds are to be paired and the arms have one run or different numbers of runs.
    ComparisonError
        Two runs of an arm have the same weights.
    """
    if paired_seeds:
        check_pairs(n_base, len(paired.runs.scores) - n_base)
    arms = compare_arms(paired.runs, n_base, settings, paired_seeds=paired_seeds)
    if paired.store is None:
        return SeedsCompared(replace(arms, lights=lights_of_arms(arms, settings, {}, paired.graders)), paired.by)
    return SeedsCompared(with_lights(paired.store, arms, settings), paired.by)


def _varies(name: str) -> str:
    return name.replace("_", " ")
