"""Scenarios for planning: how two accuracies may pair problem by problem.

Two accuracies do not determine how many problems are needed; the correlation of the scores does as much. The five
scenarios span what is possible, from every problem of the weaker run being solved by the stronger one to as little
overlap as the two accuracies allow.
"""

import math
from dataclasses import dataclass

from evalsuite.stats.power import required_problems_miller

__all__ = ["Scenario", "cells", "correlation_range", "required_with_completions", "scenarios"]

CORRELATIONS = (0.5, 0.3)
UNIFORM_WITHIN_SHARE = 2 / 3


@dataclass(frozen=True, slots=True)
class Scenario:
    """One way in which two accuracies pair.

    Attributes
    ----------
    name
        ``"nested"``, ``"correlation 0.5"``, ``"correlation 0.3"``, ``"independent"`` or ``"worst"``.
    correlation
        Correlation of the two scores of a problem, None where one accuracy is 0 or 1.
    wins, losses
        Rates at which only the new run, or only the base run, solves a problem.
    """

    name: str
    correlation: float | None
    wins: float
    losses: float

    @property
    def discordant(self) -> float:
        """Rate at which exactly one run solves a problem."""
        return self.wins + self.losses


def correlation_range(base: float, new: float) -> tuple[float, float]:
    """Return the smallest and the largest correlation that two accuracies allow (Frechet bounds).

    Examples
    --------
    >>> low, high = correlation_range(0.2, 0.4)
    >>> f"{low:.4f} {high:.4f}"
    '-0.4082 0.6124'
    """
    _check(base, new)
    scale = math.sqrt(base * (1 - base) * new * (1 - new))
    if scale == 0:
        return 0.0, 0.0
    return (max(0.0, base + new - 1) - base * new) / scale, (min(base, new) - base * new) / scale


def cells(base: float, new: float, correlation: float) -> tuple[float, float]:
    """Return the rates of wins and losses of two accuracies with a given correlation.

    Raises
    ------
    ValueError
        The accuracies do not allow this correlation.

    Examples
    --------
    >>> wins, losses = cells(0.2, 0.4, 0.5)
    >>> f"{wins:.4f} {losses:.4f}"
    '0.2220 0.0220'
    """
    low, high = correlation_range(base, new)
    if not low - 1e-12 <= correlation <= high + 1e-12:
        raise ValueError(
            f"accuracies {base:g} and {new:g} allow correlations from {low:.4f} to {high:.4f}, got {correlation:g}"
        )
    both = base * new + correlation * math.sqrt(base * (1 - base) * new * (1 - new))
    # Rounding at either end of the range of correlations may step over the Frechet bounds.
    both = min(max(both, 0.0, base + new - 1), base, new)
    return new - both, base - both


def scenarios(base: float, new: float) -> tuple[tuple[Scenario, ...], tuple[tuple[str, str], ...]]:
    """Return the scenarios that two accuracies allow, and the others with the reason why not.

    Returns
    -------
    possible, impossible
        Scenarios from least to most discordant, and pairs of name and reason.

    Examples
    --------
    >>> possible, _ = scenarios(0.2, 0.4)
    >>> [f"{s.name}: {s.discordant:.3f}" for s in possible]
    ['nested: 0.200', 'correlation 0.5: 0.244', 'correlation 0.3: 0.322', 'independent: 0.440', 'worst: 0.600']
    >>> scenarios(0.05, 0.6)[1][0]
    ('correlation 0.5', 'accuracies 0.05 and 0.6 allow correlations from -0.2810 to 0.1873')
    """
    low, high = correlation_range(base, new)
    defined = 0 < base < 1 and 0 < new < 1
    wanted = [("nested", high), *((f"correlation {phi:g}", phi) for phi in CORRELATIONS)]
    wanted += [("independent", 0.0), ("worst", low)]
    possible, impossible = [], []
    for name, correlation in wanted:
        if correlation > high:
            reason = f"accuracies {base:g} and {new:g} allow correlations from {low:.4f} to {high:.4f}"
            impossible.append((name, reason))
            continue
        wins, losses = cells(base, new, correlation)
        possible.append(Scenario(name, correlation if defined else None, wins, losses))
    return tuple(sorted(possible, key=lambda s: s.discordant)), tuple(impossible)


def required_with_completions(
    base: float,
    new: float,
    scenario: Scenario,
    *,
    completions: int = 1,
    within_share: float = UNIFORM_WITHIN_SHARE,
    power: float = 0.8,
    alpha: float = 0.05,
) -> int:
    """Return the number of problems needed with several completions a problem, by Miller's formula.

    Parameters
    ----------
    completions
        Completions a problem in each run.
    within_share
        Share of a score's variance that lies between completions of one problem. 2/3 belongs to difficulties that are
        uniform between never and always solved; 0 to greedy decoding, where further completions add nothing.
        A scenario with less variance than this implies counts as all within.

    References
    ----------
    Miller (2024), arXiv:2411.00640.

    Examples
    --------
    >>> independent = scenarios(0.2, 0.4)[0][3]
    >>> [required_with_completions(0.2, 0.4, independent, completions=k) for k in (1, 4)]
    [79, 40]
    """
    if completions < 1:
        raise ValueError(f"completions must be 1 or more, got {completions}")
    if not 0 <= within_share <= 1:
        raise ValueError(f"within_share must lie in [0, 1], got {within_share}")
    # Variance of a problem's difference (-1, 0 or 1) with one completion: E d^2 - (E d)^2.
    total = scenario.discordant - (new - base) ** 2
    within_base, within_new = within_share * base * (1 - base), within_share * new * (1 - new)
    shrink = min(1.0, total / (within_base + within_new)) if within_base + within_new > 0 else 0.0
    within_base, within_new = shrink * within_base, shrink * within_new
    return required_problems_miller(
        new - base,
        max(0.0, total - within_base - within_new),
        within_base,
        within_new,
        completions=completions,
        power=power,
        alpha=alpha,
    )


def _check(base: float, new: float) -> None:
    if not (0 <= base <= 1 and 0 <= new <= 1):
        raise ValueError(f"base and new must be accuracies in [0, 1], got {base=}, {new=}")
