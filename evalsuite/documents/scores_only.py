"""The document of ``evalsuite compare --counts``."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from evalsuite.comparison.scores_only import CountComparison, Pairing
from evalsuite.documents.document import Document
from evalsuite.documents.parts import SCHEMA, Score, score
from evalsuite.stats.decision import Verdict
from evalsuite.wording import scores_only

__all__ = ["ScoresOnlyComparison", "of_scores"]


@dataclass(frozen=True, slots=True)
class CountDifference:
    """A difference without interval: that depends on the pairing.

    Attributes
    ----------
    value
        New minus base, as a share.
    """

    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoresOnlyComparison(Document):
    """Two scores on the same problems, over every pairing that they allow.

    Attributes
    ----------
    design
        Tells this document from the other comparisons.
    n_problems
        Problems that both runs attempted.
    base, new
        Accuracy of each run.
    difference
        New minus base.
    pairings, n_pairings
        Possible pairings from fewest to most discordant problems, an even choice of 21 of more with those around a
        change of verdict, and how many there are.
    verdict
        The verdict that all pairings share; null where it depends on the pairing.
    verdict_depends_on_pairing
        Whether the verdicts of all possible pairings differ.
    sentence
        The comparison in words.
    """

    SCHEMA: ClassVar[str] = SCHEMA

    design: Literal["scores only"] = "scores only"
    n_problems: int
    base: Score
    new: Score
    difference: CountDifference
    pairings: tuple[Pairing, ...]
    n_pairings: int
    verdict: Verdict | None
    verdict_depends_on_pairing: bool
    sentence: str


def of_scores(comparison: CountComparison) -> ScoresOnlyComparison:
    """Return the document of a comparison of two scores."""
    c = comparison
    return ScoresOnlyComparison(
        n_problems=c.base.n_problems,
        base=score(c.base_label, c.base, c.base_correct),
        new=score(c.new_label, c.new, c.new_correct),
        difference=CountDifference(c.new.value - c.base.value),
        pairings=c.pairings,
        n_pairings=c.n_pairings,
        verdict=c.verdict,
        verdict_depends_on_pairing=c.verdict_depends_on_pairing,
        sentence=scores_only.sentence(c),
    )
