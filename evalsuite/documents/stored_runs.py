"""The document of ``evalsuite compare`` for stored runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from evalsuite.documents.document import Document
from evalsuite.documents.mean_scores import MeanScoresComparison
from evalsuite.documents.pairing import ChangedCount, PairingRecord, changed_counts, pairing_record
from evalsuite.documents.parts import SCHEMA, RunDifference
from evalsuite.documents.several_completions import MajorityVotes, PassAtK, majority_votes, pass_at_k
from evalsuite.documents.two_runs import PairedTableComparison, ProblemMeansComparison, of_two_runs
from evalsuite.findings import Caution
from evalsuite.stats.result import Estimate
from evalsuite.wording import best_run as words

if TYPE_CHECKING:
    from analyses.runs.against_base import RunComparison
    from evalsuite.comparison.best_run import BestRun
    from evalsuite.comparison.missing import MissingBounds

__all__ = ["StoredRunsComparison", "of_stored_runs"]


@dataclass(frozen=True, slots=True)
class CochranQ:
    """Cochran's test of equal accuracy of all runs.

    Attributes
    ----------
    statistic, pvalue
        Q, and its p-value.
    """

    statistic: float
    pvalue: float


@dataclass(frozen=True, slots=True)
class MissingResults:
    """What results that are missing leave open of a difference.

    Attributes
    ----------
    n_base, n_new
        Completions without a result.
    as_wrong, as_right
        The difference with everything missing wrong, and right.
    lowest, highest
        The difference with everything missing in one run right and in the other wrong.
    verdicts
        Names of the verdicts in these four cases.
    """

    n_base: int
    n_new: int
    as_wrong: float
    as_right: float
    lowest: float
    highest: float
    verdicts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BestNewRun:
    """Which of several new runs may be the best, and what the one that stands first gained although it was picked.

    Attributes
    ----------
    picked
        The new run with the highest accuracy, the first of equals.
    possible
        New runs that are not shown worse than another; the truly best one is among them with level 1 - alpha.
    pvalues
        For each new run, of the hypothesis that no other is better; adjusted for the others.
    difference
        Picked run minus base, with an interval that holds whichever run was picked.
    pvalue
        Of no difference of the picked run from the base, adjusted for the family.
    false_if_picked
        About how often the best of such runs, compared with the base alone, would be resolved if all were equal.
    sentences
        The same in words.
    """

    picked: str
    possible: tuple[str, ...]
    pvalues: Mapping[str, float]
    difference: Estimate
    pvalue: float
    false_if_picked: float
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRunsComparison(Document):
    """One or more new stored runs against a base: the keys of the first comparison, and these.

    Attributes
    ----------
    finding
        What is found of all new runs, in one line: the heading of the page.
    differences_between_runs
        In words: of what the difference is the effect.
    run_differences
        The properties in which the runs differ.
    not_recorded
        Properties that not every run has recorded.
    pairing
        How the problems were paired.
    changed_texts
        One entry a new run that has texts: how many differ from the base's.
    cautions
        What must be read before the answer.
    warnings
        The cautions in words, then what belongs next to the answer.
    family_size
        Number of comparisons; their p-values are adjusted together.
    family
        What is adjusted and what is not, in words; empty for one comparison.
    all_pairs
        Whether every pair of runs is compared, and not only each new run with the base.
    cochran_q
        Over all runs, with more than two of one completion a problem; else null.
    best
        Which of several new runs may be the best; null for one, and with ``--without-cap``.
    comparisons
        One entry a new run, each with the keys of its design; with all pairs, then one entry for each two new runs.
    pass_at_k
        For each comparison the differences in pass@k and pass^k; null where a run has single completions.
    majority_vote
        For each comparison the difference of the majority votes; null where a vote is not known.
    missing
        For each new run what missing results leave open of the difference; null where there are none.
    """

    SCHEMA: ClassVar[str] = SCHEMA

    finding: str
    differences_between_runs: str
    run_differences: tuple[RunDifference, ...]
    not_recorded: tuple[str, ...]
    pairing: PairingRecord | None
    changed_texts: tuple[ChangedCount, ...]
    cautions: tuple[Caution, ...]
    warnings: tuple[str, ...]
    family_size: int
    family: str
    all_pairs: bool
    cochran_q: CochranQ | None
    best: BestNewRun | None
    comparisons: tuple[PairedTableComparison | ProblemMeansComparison | MeanScoresComparison, ...]
    pass_at_k: tuple[PassAtK | None, ...]
    majority_vote: tuple[MajorityVotes | None, ...]
    missing: tuple[MissingResults | None, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON values, those of the first comparison at the top level too."""
        # Spelled out because `super()` does not know the class that `slots=True` makes.
        return self.comparisons[0].as_dict() | Document.as_dict(self)


def of_stored_runs(compared: "RunComparison") -> StoredRunsComparison:
    """Return the document of a comparison of stored runs with their base."""
    runs, omnibus = compared.runs, compared.omnibus
    return StoredRunsComparison(
        finding=compared.finding,
        differences_between_runs=compared.differences_between_runs,
        run_differences=tuple(RunDifference(d.name, d.values) for d in runs.differences),
        not_recorded=runs.unknown,
        pairing=pairing_record(runs.pairing),
        changed_texts=changed_counts(runs.changed),
        cautions=compared.cautions,
        warnings=(*(c.text for c in runs.cautions), *runs.warnings, *compared.missing_notes),
        family_size=len(compared.comparisons),
        family=compared.family,
        all_pairs=compared.all_pairs,
        cochran_q=None if omnibus is None else CochranQ(omnibus.statistic, omnibus.pvalue),
        best=_best(compared.best),
        comparisons=tuple(map(of_two_runs, compared.comparisons, compared.bounds, compared.lights_of_each)),
        pass_at_k=tuple(map(pass_at_k, compared.completions)),
        majority_vote=tuple(map(majority_votes, compared.majorities)),
        missing=tuple(map(_missing, compared.missing or [None] * len(compared.comparisons))),
    )


def _missing(bounds: "MissingBounds | None") -> MissingResults | None:
    if bounds is None:
        return None
    return MissingResults(
        bounds.n_base,
        bounds.n_new,
        bounds.as_wrong,
        bounds.as_right,
        bounds.lowest,
        bounds.highest,
        tuple(verdict.kind for verdict in bounds.verdicts),
    )


def _best(best: "BestRun | None") -> BestNewRun | None:
    if best is None:
        return None
    return BestNewRun(
        picked=best.picked,
        possible=best.possible,
        pvalues=best.pvalues,
        difference=best.difference,
        pvalue=best.pvalue,
        false_if_picked=best.false_if_picked,
        sentences=words.sentences(best),
    )
