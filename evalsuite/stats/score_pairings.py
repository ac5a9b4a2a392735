"""Two scores on the same problems, of which it is not known which problems each run solved: every pairing at once.

With the scores fixed the difference is fixed, and each further discordant pair adds one win and one loss. The exact
McNemar p-value then only grows, so the pairings that resolve the difference are those with the fewest discordant
problems, and the last of them is found by bisection: no table is enumerated, however many problems there are.
"""

from dataclasses import dataclass

import numpy as np

from evalsuite.stats.paired import PairedTable, mcnemar_exact

__all__ = ["Pairings", "pairings"]


@dataclass(frozen=True, slots=True)
class Pairings:
    """Every way in which two scores can pair, in order of the number of discordant problems.

    Attributes
    ----------
    n, base_correct, new_correct
        Problems, and how many of them each run solved.
    n_pairings
        Number of possible tables.
    n_resolved
        Of the first so many the exact test gives p < alpha; of all others it does not.
    """

    n: int
    base_correct: int
    new_correct: int
    n_pairings: int
    n_resolved: int

    def table(self, index: int) -> PairedTable:
        """Return the paired table with the `index`-th fewest discordant problems, from 0."""
        if not 0 <= index < self.n_pairings:
            raise ValueError(f"need an index from 0 to {self.n_pairings - 1}, got {index}")
        both = min(self.base_correct, self.new_correct) - index
        return PairedTable(both, self.new_correct - both, self.base_correct - both,
                           self.n - self.base_correct - self.new_correct + both)  # fmt: skip

    def spread(self, most: int) -> list[int]:
        """Return at most `most` indices, evenly spaced with both ends and the two around the change of verdict."""
        chosen = set(np.linspace(0, self.n_pairings - 1, min(self.n_pairings, most)).round().astype(int).tolist())
        if 0 < self.n_resolved < self.n_pairings:
            chosen |= {self.n_resolved - 1, self.n_resolved}
        return sorted(chosen)


def pairings(base_correct: int, new_correct: int, n: int, *, alpha: float = 0.05) -> Pairings:
    """Return every pairing of two scores and which of them resolve the difference.

    Parameters
    ----------
    base_correct, new_correct
        Problems solved by each run, 0 to `n`.
    n
        Problems, the same for both.

    References
    ----------
    McNemar (1947), doi:10.1007/BF02295996. The p-value grows with both counts: X ~ Binomial(m, 1/2) has
    P(X <= k) < P(X' <= k + 1) for X' ~ Binomial(m + 2, 1/2) where k < m/2.

    Examples
    --------
    >>> found = pairings(6000, 6100, 14042)
    >>> found.n_pairings, found.n_resolved
    (6001, 1226)
    >>> found.table(0), found.table(found.n_resolved).losses
    (PairedTable(both=6000, wins=100, losses=0, neither=7942), 1226)
    """
    for name, correct in (("base_correct", base_correct), ("new_correct", new_correct)):
        if not 0 <= correct <= n or n < 1:
            raise ValueError(f"need 0 <= {name} <= n and n >= 1, got {correct} of {n}")
    fewest, most = max(0, base_correct + new_correct - n), min(base_correct, new_correct)
    every = Pairings(n, base_correct, new_correct, most - fewest + 1, 0)

    def resolves(index: int) -> bool:
        return mcnemar_exact(every.table(index)).pvalue < alpha

    low, high = 0, every.n_pairings
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if resolves(middle) else (low, middle)
    return Pairings(n, base_correct, new_correct, every.n_pairings, low)
