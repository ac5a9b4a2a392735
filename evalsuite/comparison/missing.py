"""What missing results leave open: the difference, and the verdict, with all of them wrong and with all of them right.

A result that is missing because of an error is no wrong answer, and the problems that errors hit are no random sample.
So the answer rests on the problems that both runs have a result for, and beside it stand the bounds that need no
assumption (Horowitz and Manski 2000, doi:10.1080/01621459.2000.10473902): every missing result wrong or right.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from evalsuite.comparison.pair import TwoRunComparison, adjust_family, compare_pair
from evalsuite.scores import ScoreMatrix
from evalsuite.stats.decision import Verdict

__all__ = ["MissingBounds", "missing_bounds", "share_bounds"]


@dataclass(frozen=True, slots=True)
class MissingBounds:
    """The difference of two runs over what their missing results may have been.

    Attributes
    ----------
    base_label, new_label
        Names of the runs.
    n_base, n_new
        Completions without a result.
    as_wrong, as_right
        The difference with everything missing wrong, and right.
    lowest, highest
        The difference with everything missing in one run right and in the other wrong.
    verdicts
        In these four cases: wrong, right, lowest, highest.
    score_range
        Lowest and highest score possible, in whose unit the differences are: the lowest stands for wrong, the highest
        for right. None for verdicts.
    """

    base_label: str
    new_label: str
    n_base: int
    n_new: int
    as_wrong: float
    as_right: float
    lowest: float
    highest: float
    verdicts: tuple[Verdict, Verdict, Verdict, Verdict]
    score_range: tuple[float, float] | None = None

    def other_verdicts(self, verdict: Verdict) -> tuple[Verdict, ...]:
        """Return the verdicts of another kind than `verdict`, or with other claims, each once."""
        others = {(v.kind, v.claims): v for v in self.verdicts}
        others.pop((verdict.kind, verdict.claims), None)
        return tuple(others.values())


def missing_bounds(
    base: ScoreMatrix,
    new: ScoreMatrix,
    *,
    alpha: float = 0.05,
    margin: float | None = None,
    without_cap: bool = False,
    looks: Sequence[int] = (),
    growing_sets: bool = False,
    beside: Sequence[TwoRunComparison] = (),
) -> MissingBounds | None:
    """Return what the missing results of two aligned runs leave open, None where there are none.

    Each case is asked what the runs are asked, so that no other verdict comes of another question.

    Parameters
    ----------
    without_cap, looks, growing_sets
        Those of `pair.compare_pair`.
    beside
        The other comparisons of the family, as they are.
    """
    if base.missing is None and new.missing is None:
        return None
    compared: dict[tuple[bool, bool], TwoRunComparison] = {}
    for of_base, of_new in product((False, True), repeat=2):
        filled = base.filled(right=of_base), new.filled(right=of_new)
        case = compare_pair(*filled, alpha, margin, without_cap=without_cap, looks=looks, growing_sets=growing_sets)
        compared[of_base, of_new] = adjust_family([case, *beside])[0]
    cases = (compared[False, False], compared[True, True], compared[True, False], compared[False, True])
    wrong, right, lowest, highest = (case.difference.value for case in cases)
    first, second, third, fourth = (case.verdict for case in cases)
    return MissingBounds(
        base_label=base.label,
        new_label=new.label,
        n_base=0 if base.missing is None else int(base.missing.sum()),
        n_new=0 if new.missing is None else int(new.missing.sum()),
        as_wrong=wrong,
        as_right=right,
        lowest=lowest,
        highest=highest,
        verdicts=(first, second, third, fourth),
        score_range=base.score_range,
    )


def share_bounds(scores: ScoreMatrix) -> tuple[float, float]:
    """Return the accuracy, or the mean score, with everything missing wrong, and with everything right.

    Examples
    --------
    >>> import numpy as np
    >>> right, there = np.array([[True], [False], [False]]), np.array([[True], [True], [False]])
    >>> names = ("a", "b", "c")
    >>> low, high = share_bounds(ScoreMatrix("run", names, names, right, there, ~there, missing=~there))
    >>> round(low, 3), round(high, 3)
    (0.333, 0.667)
    """
    wrong, right = scores.filled(right=False), scores.filled(right=True)
    return float(wrong.problem_means.mean()), float(right.problem_means.mean())
