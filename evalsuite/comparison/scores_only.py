"""Compare two runs of which only the scores are known, over every pairing that the scores allow.

Two scores on the same problems leave open which problems each run solved. `compare_counts` decides for every possible
paired table and says whether the verdict depends on the pairing. With the score of each problem use `paired_table`.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from evalsuite.comparison.as_json import SCHEMA, _score
from evalsuite.stats import paired_intervals, proportion
from evalsuite.stats.decision import Verdict, decide
from evalsuite.stats.paired import PairedTable, mcnemar_exact
from evalsuite.stats.power import (
    smallest_attainable_pvalue,
)
from evalsuite.stats.result import Estimate
from evalsuite.wording import verdicts as words

__all__ = ["CountComparison", "Pattern", "compare_counts"]


MOST_PATTERNS = 101


@dataclass(frozen=True, slots=True)
class Pattern:
    """One way in which two scores may pair: its wins and losses, exact p-value and interval of the difference."""

    wins: int
    losses: int
    pvalue: float
    low: float
    high: float
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class CountComparison:
    """What two scores on the same problems say when the pairing is not known.

    Attributes
    ----------
    base, new
        Accuracy of each run with its Wilson interval.
    base_correct, new_correct
        Problems solved.
    patterns
        Possible pairings from fewest to most discordant problems. Of more than 101, an even choice of 101 that
        includes both ends.
    n_patterns
        Number of all possible pairings.
    verdict
        The verdict they all share, None where it depends on the pairing.
    verdict_depends_on_pairing
        Whether the verdicts of all possible pairings differ.
    sentence
        The same in words.
    """

    base: Estimate
    new: Estimate
    base_correct: int
    new_correct: int
    base_label: str
    new_label: str
    patterns: tuple[Pattern, ...]
    n_patterns: int
    verdict: Verdict | None
    verdict_depends_on_pairing: bool
    sentence: str

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON values at full precision."""
        return {
            "schema": SCHEMA,
            "n_problems": self.base.n_problems,
            "base": _score(self.base_label, self.base_correct, self.base),
            "new": _score(self.new_label, self.new_correct, self.new),
            "difference": {"value": self.new.value - self.base.value},
            "patterns": [asdict(pattern) for pattern in self.patterns],
            "n_patterns": self.n_patterns,
            "verdict": None if self.verdict is None else asdict(self.verdict),
            "verdict_depends_on_pairing": self.verdict_depends_on_pairing,
            "sentence": self.sentence,
        }


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
    >>> found = compare_counts((1, 5), (2, 5))
    >>> [(p.wins, p.losses, p.pvalue) for p in found.patterns], found.verdict.kind
    ([(1, 0, 1.0), (2, 1, 1.0)], 'cannot resolve by design')
    """
    tables = _possible_tables(base, new)
    (old, n), late = base, new[0]
    pvalues = [mcnemar_exact(table).pvalue for table in tables]
    verdicts = [
        decide(table.difference, p, smallest_pvalue=smallest_attainable_pvalue(n), alpha=alpha)
        for table, p in zip(tables, pvalues, strict=True)
    ]
    shown = np.linspace(0, len(tables) - 1, min(len(tables), MOST_PATTERNS)).round().astype(int).tolist()
    estimates = [paired_intervals.fay_lumbard(tables[i], confidence_level=1 - alpha) for i in shown]
    return CountComparison(
        base=proportion.wilson(old, n, confidence_level=1 - alpha),
        new=proportion.wilson(late, n, confidence_level=1 - alpha),
        base_correct=old,
        new_correct=late,
        base_label=base_label,
        new_label=new_label,
        patterns=tuple(
            Pattern(tables[i].wins, tables[i].losses, pvalues[i], e.low, e.high, verdicts[i])
            for i, e in zip(shown, estimates, strict=True)
        ),
        n_patterns=len(tables),
        verdict=verdicts[0] if len(set(verdicts)) == 1 else None,
        verdict_depends_on_pairing=len(set(verdicts)) > 1,
        sentence=words.counts_sentence(
            (tables[0], tables[-1]),
            (estimates[0], estimates[-1]),
            (min(pvalues), max(pvalues)),
            words.pairings_clause(verdicts, [table.discordant for table in tables]),
            labels=(base_label, new_label),
        ),
    )


def _possible_tables(base: tuple[int, int], new: tuple[int, int]) -> list[PairedTable]:
    """Return every paired table with these scores, from fewest to most discordant problems."""
    (old, n), (late, n_new) = base, new
    if n != n_new:
        raise ValueError(
            f"base attempted {n} problems and new {n_new}: a paired comparison needs the same problems in both runs. "
            "Compare the problems they share, or look at each accuracy by itself."
        )
    for name, (correct, total) in (("base", base), ("new", new)):
        if not 0 <= correct <= total or total < 1:
            raise ValueError(f"{name} needs 0 <= correct <= total and total >= 1, got {(correct, total)}")
    return [
        PairedTable(both, late - both, old - both, n - old - late + both)
        for both in range(min(old, late), max(0, old + late - n) - 1, -1)
    ]
