"""What every comparison of two runs decides by, whichever method its design asks for."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

from evalsuite.comparison.every_look import Claims, EveryLook
from evalsuite.stats.decision import Verdict, decide
from evalsuite.stats.result import Estimate
from evalsuite.stats.worst_case import WorstCase

__all__ = ["Deciding"]


class Deciding(ABC):
    """The interval, the p-values and the verdict of a comparison.

    The method of a single look at the token limit decides, unless the question is about accuracy without the limit
    (`without_cap`), or the pair was looked at while it grew (`every_look`).
    """

    __slots__ = ()

    INTERVAL: ClassVar[str]
    TEST: ClassVar[str]
    GROUPED: ClassVar[bool]

    pvalues: Mapping[str, float]
    intervals: Mapping[str, Estimate]
    alpha: float
    margin: float | None
    claim_pvalues: Claims
    without_cap: WorstCase | None
    every_look: EveryLook | None
    adjusted_pvalue: float | None
    smallest_adjusted_pvalue: float | None
    adjusted_claim_pvalues: Claims

    @property
    def difference(self) -> Estimate:
        """New minus base with the interval that agrees with the verdict."""
        if self.every_look is not None:
            return self.every_look.difference
        at_cap = self.intervals[self.INTERVAL]
        return at_cap if self.without_cap is None else self.without_cap.around(at_cap)

    @property
    def verdict_pvalue(self) -> float:
        """The p-value that the verdict rests on, not adjusted for a family."""
        if self.every_look is not None:
            return self.every_look.pvalue
        return self.pvalues[self.TEST] if self.without_cap is None else self.without_cap.pvalue

    @property
    def smallest_attainable_pvalue(self) -> float:
        """The smallest p-value of any outcome of this design."""
        return self._smallest_alone if self.every_look is None else self.every_look.smallest_pvalue

    @property
    def equivalence_pvalue(self) -> float | None:
        """p-value of the two one-sided tests against the margin, None without a margin."""
        return self._claims[0]

    @property
    def no_worse_pvalue(self) -> float | None:
        """p-value of "worse by less than the margin", None without a margin."""
        return self._claims[1]

    @property
    def equivalence_interval(self) -> Estimate | None:
        """Interval of level 1 - 2 alpha, which claims against the margin rest on.

        None without a margin, and where the worst case over truncated completions decides.
        """
        if self.margin is None or self.without_cap is not None:
            return None
        return self.claim_interval if self.every_look is None else self.every_look.claim_interval

    @property
    def verdict(self) -> Verdict:
        """The decision."""
        smallest, (alike, unharmed) = self.smallest_adjusted_pvalue, self.adjusted_claim_pvalues
        verdict = decide(
            self.difference.value,
            self.verdict_pvalue if self.adjusted_pvalue is None else self.adjusted_pvalue,
            smallest_pvalue=self.smallest_attainable_pvalue if smallest is None else smallest,
            alpha=self.alpha,
            margin=self.margin,
            equivalence_pvalue=self.equivalence_pvalue if alike is None else alike,
            no_worse_pvalue=self.no_worse_pvalue if unharmed is None else unharmed,
            identified=self.without_cap is None or self.without_cap.sign_identified,
            grouped=self.GROUPED,
        )
        # Without claims there is nothing in the unit of the score.
        return replace(verdict, score_range=self._range) if verdict.claims else verdict

    @property
    @abstractmethod
    def claim_interval(self) -> Estimate:
        """The interval that claims against a margin rest on; at the token limit, in one look."""

    @property
    @abstractmethod
    def _smallest_alone(self) -> float:
        """The smallest p-value of a single look."""

    @property
    def _range(self) -> tuple[float, float] | None:
        return None

    @property
    def _claims(self) -> Claims:
        if self.every_look is not None:
            return self.every_look.claim_pvalues
        worst = self.without_cap
        return self.claim_pvalues if worst is None else (worst.equivalence_pvalue, worst.no_worse_pvalue)
