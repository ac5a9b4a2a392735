"""Compare two runs of which only the scores are known, over every pairing that the scores allow.

Two scores on the same problems leave open which problems each run solved. `compare_counts` decides for every possible
paired table and says whether the verdict depends on the pairing. With the score of each problem use `paired_table`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from evalsuite.stats import paired_intervals, proportion
from evalsuite.stats.decision import Verdict, check_level, decide
from evalsuite.stats.paired import PairedTable, mcnemar_exact
from evalsuite.stats.power import (
    smallest_attainable_pvalue,
)
from evalsuite.stats.result import Estimate, nominal_error
from evalsuite.stats.score_pairings import pairings

__all__ = ["CountComparison", "Pairing", "VerdictSpan", "compare_counts"]


# Each interval takes some milliseconds; the verdicts of all pairings are known without.
MOST_PAIRINGS = 21


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
        Possible pairings from fewest to most discordant problems. Of more than 21, an even choice of 21 that
        includes both ends, and the two around a change of verdict.
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
    _check(base, new)
    check_level(alpha)
    (base_correct, n), new_correct = base, new[0]
    every, smallest = pairings(base_correct, new_correct, n, alpha=alpha), smallest_attainable_pvalue(n)
    shown = tuple(_pairing(every.table(i), smallest, alpha) for i in every.spread(MOST_PAIRINGS))
    last = every.n_pairings - 1
    return CountComparison(
        base=proportion.wilson(base_correct, n, confidence_level=1 - alpha),
        new=proportion.wilson(new_correct, n, confidence_level=1 - alpha),
        base_correct=base_correct,
        new_correct=new_correct,
        base_label=base_label,
        new_label=new_label,
        pairings=shown,
        n_pairings=every.n_pairings,
        smallest_pvalue=mcnemar_exact(every.table(0)).pvalue,
        largest_pvalue=mcnemar_exact(every.table(last)).pvalue,
        spans=_spans(shown),
    )


def _pairing(table: PairedTable, smallest: float, alpha: float) -> Pairing:
    pvalue = mcnemar_exact(table).pvalue
    estimate = paired_intervals.fay_lumbard(table, confidence_level=1 - alpha)
    verdict = decide(table.difference, pvalue, smallest_pvalue=smallest, alpha=alpha)
    return Pairing(table.wins, table.losses, pvalue, estimate.low, estimate.high, verdict)


def _spans(shown: Sequence[Pairing]) -> tuple[VerdictSpan, ...]:
    """Join neighbours with one verdict; those on both sides of a change of verdict are among the ones shown."""
    joined = [(verdict, [p.discordant for p in group]) for verdict, group in groupby(shown, key=attrgetter("verdict"))]
    return tuple(VerdictSpan(verdict, counts[0], counts[-1]) for verdict, counts in joined)


def _check(base: tuple[int, int], new: tuple[int, int]) -> None:
    """Raise unless the scores are possible and on as many problems."""
    n, n_new = base[1], new[1]
    if n != n_new:
        raise ValueError(
            f"base attempted {n} problems and new {n_new}: a paired comparison needs the same problems in both runs. "
            "Compare the problems they share, or look at each accuracy by itself."
        )
    for name, (correct, total) in (("base", base), ("new", new)):
        if not 0 <= correct <= total or total < 1:
            raise ValueError(f"{name} needs 0 <= correct <= total and total >= 1, got {(correct, total)}")
