"""The comparison from two scores alone: the verdicts are those of ``evalsuite compare --counts``."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from evalsuite.api.differences import limits_table
from evalsuite.api.display import Result, View, typed
from evalsuite.api.sources import Counts, Source
from evalsuite.comparison.scores_only import CountComparison, compare_counts
from evalsuite.documents.scores_only import of_scores
from evalsuite.errors import InputError
from evalsuite.figures.looks import clip
from evalsuite.findings import Column, Figure, Table
from evalsuite.stats.decision import Verdict
from evalsuite.wording import numbers, scores_only
from evalsuite.wording.verdicts import verdict_label

__all__ = ["CountsCompared", "of_counts"]

MOST_PAIRINGS = 7
"""Pairings of two scores that are shown; `to_frame` has all that were computed."""


class CountsCompared(Result):
    """The comparison of two scores on the same problems, over every pairing that they allow."""

    def __init__(self, compared: CountComparison) -> None:
        self.compared = compared

    @property
    def verdict(self) -> Verdict | None:
        """The verdict that all pairings share, None where it depends on the pairing."""
        return self.compared.verdict

    def as_dict(self) -> dict[str, Any]:
        """Return the document that ``evalsuite compare --counts --json`` prints."""
        return of_scores(self.compared).as_dict()

    def to_frame(self) -> pd.DataFrame:
        """Return one row a pairing, from fewest to most discordant: wins, losses, pvalue, low, high, verdict."""
        rows = [{**asdict(pairing), "verdict": pairing.verdict.kind} for pairing in self.compared.pairings]
        return typed(pd.DataFrame(rows, dtype=object))

    @property
    def view(self) -> View:
        """What of this result is shown."""
        compared = self.compared
        labels = {"base": compared.base_label, "new": compared.new_label}
        difference = compared.new.value - compared.base.value
        ends = [compared.pairings[0], compared.pairings[-1]][: len(compared.pairings)]
        pictured = limits_table([(_pairing(p.wins, p.losses), p.low, difference, p.high) for p in ends])
        return View(
            title=f"{compared.new_label} against {compared.base_label}",
            verdict=f"{clip(compared.new_label)}: {_decided(compared)}",
            sentences=(scores_only.sentence(compared),),
            table=_pairings(compared),
            picture=Figure(
                "difference",
                "difference",
                "Difference in accuracy, new − base",
                "One row for the pairing with the fewest problems that flipped, one for that with the most.",
                pictured.name,
                {**labels, "level": compared.base.confidence_level},
            ),
            pictured=pictured,
        )


def of_counts(
    sources: Sequence[Source], labels: Sequence[str], alpha: float, options: Mapping[str, Any]
) -> CountsCompared:
    """Compare two scores on the same problems.

    Parameters
    ----------
    sources, labels
        The base first.
    options
        What else the caller asked for, by name; all of it needs to know which problems were solved.

    Raises
    ------
    InputError
        There are not two scores, they are of different problems, or an option has no effect on them.
    """
    counts = [(source.correct, source.total) for source in sources if isinstance(source, Counts)]
    if len(counts) != 2:
        raise InputError(f"counts are compared two at a time, got {len(counts)}: call compare once for each new score")
    for name, value in options.items():
        if value is not None and value is not False:
            raise InputError(f"{name}={value!r} has no effect on counts: they do not say which problems were solved")
    (_, n_base), (_, n_new) = counts
    if n_base != n_new:
        raise InputError(
            f"base attempted {n_base} problems and new {n_new}: counts are compared on the same problems. Compare the "
            "problems they share, or look at each with evalsuite.accuracy"
        )
    return CountsCompared(compare_counts(*counts, base_label=labels[0], new_label=labels[1], alpha=alpha))


def _pairings(compared: CountComparison) -> Table:
    every = compared.pairings
    chosen = np.linspace(0, len(every) - 1, min(len(every), MOST_PAIRINGS)).round().astype(int)
    rows = tuple(
        (p.wins, p.losses, p.pvalue, p.low, p.high, verdict_label(p.verdict)) for p in (every[i] for i in chosen)
    )
    columns = (
        Column("wins", f"Only {clip(compared.new_label)}", "count"),
        Column("losses", f"Only {clip(compared.base_label)}", "count"),
        Column("pvalue", "p", "pvalue"),
        Column("low", "Low", "difference"),
        Column("high", "High", "difference"),
        Column("verdict", "Verdict"),
    )
    title = (
        f"{len(rows)} of {numbers.count(compared.n_pairings)} pairings that the scores allow: problems that only one "
        f"run solved, exact McNemar p, {numbers.level(compared.base.confidence_level)}% interval of the difference."
    )
    return Table("pairings", title, columns, rows)


def _decided(compared: CountComparison) -> str:
    return "depends on the pairing" if compared.verdict is None else verdict_label(compared.verdict)


def _pairing(wins: int, losses: int) -> str:
    return f"{numbers.count(wins)} won, {numbers.count(losses)} lost"
