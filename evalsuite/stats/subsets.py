"""What random subsets of a full run would have shown, over all subsets at once.

A full run of N problems contains every smaller study of n of them. Instead of drawing thousands of subsets,
the chances here are sums over all of them: counts in a subset drawn without replacement are (multivariate)
hypergeometric. Use it to see how often five problems mislead when the truth on N is known.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtrc, gammaln

from evalsuite.stats.paired import PairedTable
from evalsuite.stats.power import rejection_limits

__all__ = ["Outlook", "equal_models_noise", "independent_subsets_noise", "outlook", "reversal", "scores_exactly"]


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a subset of the problems shows, as shares of all subsets of that size.

    Attributes
    ----------
    gain, equal, loss
        The new run solves more, as many, or fewer problems; they add up to 1.
    resolved_gain, resolved_loss
        The exact McNemar test of the subset gives p < alpha, and the sign is that of a gain or of a loss.
    """

    gain: float
    equal: float
    loss: float
    resolved_gain: float
    resolved_loss: float


def outlook(table: PairedTable, n: int, *, alpha: float = 0.05) -> Outlook:
    """Return what `n` of the problems would have shown, over all subsets of that size.

    Examples
    --------
    >>> chances = outlook(PairedTable(400, 150, 100, 669), 20)
    >>> f"{chances.gain:.4f} {chances.equal:.4f} {chances.loss:.4f}"
    '0.5513 0.1957 0.2530'
    >>> f"{chances.resolved_gain:.4f} {chances.resolved_loss:.4f}"
    '0.0061 0.0004'
    """
    _check(table.n, n)
    wins, losses = np.meshgrid(np.arange(min(n, table.wins) + 1), np.arange(min(n, table.losses) + 1), indexing="ij")
    concordant = table.n - table.discordant
    chance = _multivariate(n, (wins, losses, n - wins - losses), (table.wins, table.losses, concordant), table.n)
    discordant = wins + losses
    limits = rejection_limits(np.arange(int(discordant.max()) + 1), alpha=alpha)
    resolved = np.minimum(wins, losses) <= limits[discordant]
    return Outlook(
        gain=float(chance[wins > losses].sum()),
        equal=float(chance[wins == losses].sum()),
        loss=float(chance[wins < losses].sum()),
        resolved_gain=float(chance[resolved & (wins > losses)].sum()),
        resolved_loss=float(chance[resolved & (wins < losses)].sum()),
    )


def equal_models_noise(table: PairedTable, n: int, gap: int) -> float:
    """Return the chance that `n` problems show a lead of at least `gap` although the two runs are equal.

    Equal means that each discordant problem of the full table might as well have gone the other way.

    Parameters
    ----------
    table
        The full run; only its number of problems and of discordant problems matter.
    n
        Problems in the subset.
    gap
        Lead in problems, at least 1.

    Examples
    --------
    >>> round(equal_models_noise(PairedTable(1000, 600, 400, 3000), 5, 1), 4)
    0.2838
    """
    _check(table.n, n)
    if gap < 1:
        raise ValueError(f"gap must be at least 1 problem, got {gap}")
    m = np.arange(min(n, table.discordant) + 1)
    weight = _hypergeometric(m, n, table.discordant, table.n)
    # A lead of `gap` among m discordant problems means at least (m + gap) / 2 wins.
    least = np.ceil((m + gap) / 2)
    lead = np.where(least <= m, bdtrc(least - 1, m, 0.5), 0.0)
    return float(weight @ lead)


def independent_subsets_noise(correct: int, total: int, n: int, gap: int) -> float:
    """Return the chance that one run, scored on two independent random subsets of `n` problems, seems to gain `gap`.

    This is what an unpaired comparison does: other problems for each run.

    Examples
    --------
    >>> round(independent_subsets_noise(500, 1319, 20, 4), 4)
    0.1249
    """
    _check(total, n)
    if not 0 <= correct <= total:
        raise ValueError(f"need 0 <= correct <= total, got {correct=}, {total=}")
    k = np.arange(n + 1)
    chance = _hypergeometric(k, n, correct, total)
    at_least = np.concatenate([np.cumsum(chance[::-1])[::-1], np.zeros(n + 1)])
    return float(chance @ at_least[k + gap])


def reversal(table: PairedTable, n: int) -> float:
    """Return the chance that `n` of the problems show the sign opposite to that of the full table.

    0 where the full table has no difference.

    Examples
    --------
    >>> round(reversal(PairedTable(400, 150, 100, 669), 20), 4)
    0.253
    """
    _check(table.n, n)
    more, fewer = max(table.wins, table.losses), min(table.wins, table.losses)
    if more == fewer:
        return 0.0
    b, c = np.meshgrid(np.arange(n + 1), np.arange(n + 1), indexing="ij")
    chance = _multivariate(n, (b, c, n - b - c), (more, fewer, table.n - more - fewer), table.n)
    return float(chance[b < c].sum())


def scores_exactly(table: PairedTable, n: int, base_correct: int, new_correct: int) -> float:
    """Return the chance that `n` of the problems give exactly these two scores.

    Examples
    --------
    >>> round(scores_exactly(PairedTable(400, 150, 100, 669), 5, 1, 2), 4)
    0.0978
    """
    _check(table.n, n)
    both = np.arange(max(0, base_correct + new_correct - n), min(base_correct, new_correct) + 1)
    parts = (both, new_correct - both, base_correct - both, n - base_correct - new_correct + both)
    whole = (table.both, table.wins, table.losses, table.neither)
    return float(_multivariate(n, parts, whole, table.n).sum())


def _check(total: int, n: int) -> None:
    if not 1 <= n <= total:
        raise ValueError(f"n must lie between 1 and the {total} problems of the full run, got {n}")


def _log_choose(n: int, k: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return log C(n, k), minus infinity where k is out of range."""
    inside = (k >= 0) & (k <= n)
    safe = np.where(inside, k, 0)
    return np.where(inside, gammaln(n + 1) - gammaln(safe + 1) - gammaln(n - safe + 1), -np.inf)


def _multivariate(
    n: int, parts: tuple[NDArray[np.int64], ...], whole: tuple[int, ...], total: int
) -> NDArray[np.float64]:
    logs = sum((_log_choose(size, part) for part, size in zip(parts, whole, strict=True)), np.zeros(parts[0].shape))
    return np.asarray(np.exp(logs - _log_choose(total, np.array(n))), dtype=np.float64)


def _hypergeometric(k: NDArray[np.int64], n: int, marked: int, total: int) -> NDArray[np.float64]:
    return _multivariate(n, (k, n - k), (marked, total - marked), total)
