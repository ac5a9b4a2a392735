"""The document of ``evalsuite compare --pool``."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from evalsuite.documents.document import Document
from evalsuite.documents.mean_scores import MeanScoresComparison
from evalsuite.documents.parts import SCHEMA
from evalsuite.documents.two_runs import PairedTableComparison, ProblemMeansComparison, of_two_runs
from evalsuite.findings import Caution
from evalsuite.stats.result import Estimate
from evalsuite.wording import pooled as words
from evalsuite.wording import two_runs

if TYPE_CHECKING:
    from analyses.runs.pooled import PooledRuns

__all__ = ["SeveralSetsComparison", "of_pooled"]


@dataclass(frozen=True, slots=True)
class SetsDiffer:
    """Whether the difference is the same on all sets.

    Attributes
    ----------
    q, pvalue, method
        Cochran's Q over the sets' differences, its p-value, and by what it was found.
    i_squared
        Share of the variation between sets that is more than chance.
    """

    q: float
    pvalue: float
    method: str
    i_squared: float


@dataclass(frozen=True, slots=True)
class AcrossSets:
    """The sets taken for a sample of sets like them.

    Attributes
    ----------
    mean
        Mean difference over such sets.
    prediction
        Limits between which the difference on one more set would lie; null with two sets.
    between
        Standard deviation between sets, beyond chance.
    """

    mean: Estimate
    prediction: tuple[float, float] | None
    between: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SeveralSetsComparison(Document):
    """One new run against one base on several problem sets.

    Attributes
    ----------
    design
        Tells this document from the other comparisons.
    sets
        The comparison on each set, with the keys of its design.
    together
        The comparison over all problems of all sets, each problem counting alike.
    each_set_alike
        Mean of the sets' differences.
    across_sets
        Random effects: the mean over sets like these, and where another would lie.
    heterogeneity
        Whether the sets differ.
    family_size, family
        Number of verdicts, of the sets and of all problems, whose p-values are adjusted together; the same in words.
    cautions
        What must be read before the answer.
    warnings
        What belongs next to the answer.
    sentences
        The answer in words.
    """

    SCHEMA: ClassVar[str] = SCHEMA

    design: Literal["several sets"] = "several sets"
    sets: tuple[PairedTableComparison | ProblemMeansComparison | MeanScoresComparison, ...]
    together: PairedTableComparison | ProblemMeansComparison | MeanScoresComparison
    each_set_alike: Estimate
    across_sets: AcrossSets
    heterogeneity: SetsDiffer
    family_size: int
    family: str
    cautions: tuple[Caution, ...]
    warnings: tuple[str, ...]
    sentences: tuple[str, ...]


def of_pooled(runs: "PooledRuns") -> SeveralSetsComparison:
    """Return the document of a comparison over several sets."""
    compared = runs.compared
    every = (*compared.sets, compared.together)
    test, across = compared.differing, compared.across_sets
    limits = None if across.prediction is None else (across.prediction.low, across.prediction.high)
    return SeveralSetsComparison(
        sets=tuple(map(of_two_runs, compared.sets, runs.bounds, runs.lights_of_sets)),
        together=of_two_runs(compared.together, None, runs.lights_together),
        each_set_alike=compared.each_set_alike,
        across_sets=AcrossSets(across.mean, limits, across.between),
        heterogeneity=SetsDiffer(test.statistic, test.pvalue, test.method, compared.i_squared),
        family_size=len(every),
        family=two_runs.family(every),
        cautions=runs.cautions,
        warnings=runs.warnings,
        sentences=words.sentences(compared),
    )
