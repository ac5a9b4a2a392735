"""What a comparison says of the very problems that were asked, beside its verdict on problems like these.

On a fixed set of problems only the completions are random, so a few problems with several completions resolve much that
says nothing yet of other problems. The verdict of a comparison, and what `--fail-if` acts on, stays the one on problems
like these: this one stands beside it, with its own interval and its own p-value, which never contradict each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from evalsuite.scores import ScoreMatrix
from evalsuite.stats.completion_pairs import completion_pairs
from evalsuite.stats.decision import Verdict, decide
from evalsuite.stats.multiplicity import holm
from evalsuite.stats.result import Estimate

__all__ = ["OnTheseProblems", "adjust_family_here", "on_these_problems"]


@dataclass(frozen=True, slots=True)
class OnTheseProblems:
    """The difference of the runs' expected scores on these very problems.

    Attributes
    ----------
    difference
        New minus base on these problems, with the interval that agrees with the verdict.
    pvalue, smallest_pvalue
        Of no difference on these problems, and the smallest that so many completions can give.
    alpha
        Level of the verdict.
    n_left_out, fewest_completions
        Problems left out because they have fewer completions in a run than this number.
    adjusted_pvalue, smallest_adjusted_pvalue
        The p-values adjusted for a family; None without one.
    """

    difference: Estimate
    pvalue: float
    smallest_pvalue: float
    alpha: float
    n_left_out: int
    fewest_completions: int
    adjusted_pvalue: float | None = None
    smallest_adjusted_pvalue: float | None = None

    @property
    def verdict(self) -> Verdict:
        """The decision on these problems."""
        smallest = self.smallest_adjusted_pvalue
        return decide(
            self.difference.value,
            self.pvalue if self.adjusted_pvalue is None else self.adjusted_pvalue,
            smallest_pvalue=self.smallest_pvalue if smallest is None else smallest,
            alpha=self.alpha,
        )

    @property
    def resolved(self) -> bool:
        """Whether a gain or a loss on these problems is resolved."""
        return self.verdict.kind in ("resolved gain", "resolved loss")


def on_these_problems(
    base: ScoreMatrix, new: ScoreMatrix, *, alpha: float, share: float = 1.0
) -> OnTheseProblems | None:
    """Compare two aligned runs on these very problems.

    None where it would say nothing of its own: with one completion of each of the problems, and no templates, the
    paired table answers both questions with one test. `share` is that of the level which one of several looks at a
    growing pair spends.
    """
    kept = (base.attempts > 0) & (new.attempts > 0)
    most = max(base.attempts[kept].max(), new.attempts[kept].max())
    if most == 1 and base.clusters is None and new.clusters is None:
        return None
    pairs = completion_pairs(base.successes[kept], base.attempts[kept], new.successes[kept], new.attempts[kept])
    return OnTheseProblems(
        difference=replace(pairs.estimate(confidence_level=1 - alpha * share), confidence_level=1 - alpha),
        pvalue=min(1.0, pairs.pvalue / share),
        smallest_pvalue=min(1.0, pairs.smallest_pvalue / share),
        alpha=alpha,
        n_left_out=pairs.n_left_out,
        fewest_completions=pairs.fewest,
    )


def adjust_family_here(family: Sequence[OnTheseProblems | None]) -> list[OnTheseProblems | None]:
    """Adjust the p-values of several comparisons by Holm's method; those that are None stay so."""
    members = [(i, one) for i, one in enumerate(family) if one is not None]
    adjusted = list(family)
    if len(members) < 2:
        return adjusted
    pvalues, smallest = holm([one.pvalue for _, one in members]), holm([one.smallest_pvalue for _, one in members])
    for (i, one), p, least in zip(members, pvalues, smallest, strict=True):
        adjusted[i] = replace(one, adjusted_pvalue=float(p), smallest_adjusted_pvalue=float(least))
    return adjusted
