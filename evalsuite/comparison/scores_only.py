"""Compare two runs of which only the scores are known, over every pairing that the scores allow.

Two scores on the same problems leave open which problems each run solved. `compare_counts` decides for every possible
paired table and says whether the verdict depends on the pairing. With the score of each problem use `paired_table`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

import numpy as np

from evalsuite.stats import paired_intervals, proportion
from evalsuite.stats.decision import Verdict, decide
from evalsuite.stats.paired import PairedTable, mcnemar_exact
from evalsuite.stats.power import (
    smallest_attainable_pvalue,
)
from evalsuite.stats.result import Estimate, nominal_error

__all__ = ["CountComparison", "Pairing", "VerdictSpan", "compare_counts"]


MOST_PAIRINGS = 101


@dataclass(frozen=True, slots=True)
class Pairing:
    """One way in which two scores may pair.

    Attributes
    ----------
    wins, losses
        Problems that only the new run, and only the base run solved.
    pvalue
        Of the exact McNemar test.
    low, high
        The Fay-Lumbard interval of the difference.
    verdict
        The verdict if the scores paired like this.
    """

    wins: int
    losses: int
    pvalue: float
    low: float
    high: float
    verdict: Verdict

    @property
    def discordant(self) -> int:
        """Problems that one run alone solved."""
        return self.wins + self.losses

    @property
    def nominal_error(self) -> float:
        """Standard error that the width of the interval stands for; only rounding uses it."""
        return nominal_error(self.low, self.high)


@dataclass(frozen=True, slots=True)
class VerdictSpan:
    """Neighbouring pairings with one verdict, from the fewest to the most discordant problems."""

    verdict: Verdict
    fewest: int
    most: int


@dataclass(frozen=True, slots=True)
class CountComparison:
    """What two scores on the same problems say when the pairing is not known.

    Attributes
    ----------
    base, new
        Accuracy of each run with its Wilson interval.
    base_correct, new_correct
        Problems solved.
    pairings
        Possible pairings from fewest to most discordant problems. Of more than 101, an even choice of 101 that
        includes both ends.
    n_pairings
        Number of all possible pairings.
    smallest_pvalue, largest_pvalue
        Exact p-values over all possible pairings.
    spans
        The verdicts of all possible pairings, from fewest to most discordant problems.
    """

    base: Estimate
    new: Estimate
    base_correct: int
    new_correct: int
    base_label: str
    new_label: str
    pairings: tuple[Pairing, ...]
    n_pairings: int
    smallest_pvalue: float
    largest_pvalue: float
    spans: tuple[VerdictSpan, ...]

    @property
    def verdict(self) -> Verdict | None:
        """The verdict that all pairings share, None where it depends on the pairing."""
        return self.spans[0].verdict if len({span.verdict for span in self.spans}) == 1 else None

    @property
    def verdict_depends_on_pairing(self) -> bool:
        """Whether the verdicts of all possible pairings differ."""
        return self.verdict is None


def compare_counts(
    base: tuple[int, int],
    new: tuple[int, int],
    *,
    base_label: str = "base",
    new_label: str = "new",
    alpha: float = 0.05,
) -> CountComparison:
    """Compare two runs of which only the scores are known, over every pairing they allow.

    Parameters
    ----------
    base, new
        Problems solved and attempted. Both runs must have attempted the same problems.

    Raises
    ------
    ValueError
        The numbers of problems differ, or a score is impossible.

    Examples
    --------
    >>> compared = compare_counts((1, 5), (2, 5))
    >>> [(p.wins, p.losses, p.pvalue) for p in compared.pairings], compared.verdict.kind
    ([(1, 0, 1.0), (2, 1, 1.0)], 'cannot resolve by design')
    """
    tables = _possible_tables(base, new)
    (base_correct, n), new_correct = base, new[0]
    pvalues = [mcnemar_exact(table).pvalue for table in tables]
    verdicts = [
        decide(table.difference, p, smallest_pvalue=smallest_attainable_pvalue(n), alpha=alpha)
        for table, p in zip(tables, pvalues, strict=True)
    ]
    shown = np.linspace(0, len(tables) - 1, min(len(tables), MOST_PAIRINGS)).round().astype(int).tolist()
    estimates = [paired_intervals.fay_lumbard(tables[i], confidence_level=1 - alpha) for i in shown]
    return CountComparison(
        base=proportion.wilson(base_correct, n, confidence_level=1 - alpha),
        new=proportion.wilson(new_correct, n, confidence_level=1 - alpha),
        base_correct=base_correct,
        new_correct=new_correct,
        base_label=base_label,
        new_label=new_label,
        pairings=tuple(
            Pairing(tables[i].wins, tables[i].losses, pvalues[i], e.low, e.high, verdicts[i])
            for i, e in zip(shown, estimates, strict=True)
        ),
        n_pairings=len(tables),
        smallest_pvalue=min(pvalues),
        largest_pvalue=max(pvalues),
        spans=_spans(verdicts, [table.discordant for table in tables]),
    )


def _spans(verdicts: Sequence[Verdict], discordant: Sequence[int]) -> tuple[VerdictSpan, ...]:
    """Join neighbours with one verdict; the pairings are in the order of their discordant problems."""
    pairs = zip(verdicts, discordant, strict=True)
    joined = [(verdict, [m for _, m in group]) for verdict, group in groupby(pairs, key=itemgetter(0))]
    return tuple(VerdictSpan(verdict, counts[0], counts[-1]) for verdict, counts in joined)


def _possible_tables(base: tuple[int, int], new: tuple[int, int]) -> list[PairedTable]:
    """Return every paired table with these scores, from fewest to most discordant problems."""
    (base_correct, n), (new_correct, n_new) = base, new
    if n != n_new:
        raise ValueError(
            f"base attempted {n} problems and new {n_new}: a paired comparison needs the same problems in both runs. "
            "Compare the problems they share, or look at each accuracy by itself."
        )
    for name, (correct, total) in (("base", base), ("new", new)):
        if not 0 <= correct <= total or total < 1:
            raise ValueError(f"{name} needs 0 <= correct <= total and total >= 1, got {(correct, total)}")
    return [
        PairedTable(both, new_correct - both, base_correct - both, n - base_correct - new_correct + both)
        for both in range(min(base_correct, new_correct), max(0, base_correct + new_correct - n) - 1, -1)
    ]
