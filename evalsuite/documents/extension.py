"""The document of ``evalsuite extend``: what the smaller token limit cost."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from evalsuite.documents.document import Document
from evalsuite.documents.two_runs import PairedTableComparison, ProblemMeansComparison, of_two_runs

if TYPE_CHECKING:
    from analyses.truncation.extension_gain import CapCost

__all__ = ["ExtensionGain", "of_extension"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionGain(Document):
    """A run at a larger token limit against the run that it continues.

    Attributes
    ----------
    parent, child
        Labels of the run and of the run that continues it.
    old_cap, new_cap
        Their token limits.
    n_continued, n_still_cut
        Completions that the smaller limit had truncated, and that the larger one truncated again.
    gains, losses
        Completions that became right, and that were right when truncated and became wrong: problem and number of the
        completion.
    sentence
        The cost in words.
    comparison
        The run at the larger limit against the run at the smaller one.
    """

    SCHEMA: ClassVar[str] = "evalsuite.extend/2"

    parent: str
    child: str
    old_cap: int
    new_cap: int
    n_continued: int
    n_still_cut: int
    gains: tuple[tuple[str, int], ...]
    losses: tuple[tuple[str, int], ...]
    sentence: str
    comparison: PairedTableComparison | ProblemMeansComparison


def of_extension(cost: "CapCost") -> ExtensionGain:
    """Return the document of a continued run."""
    return ExtensionGain(
        parent=cost.parent,
        child=cost.child,
        old_cap=cost.old_cap,
        new_cap=cost.new_cap,
        n_continued=cost.n_continued,
        n_still_cut=cost.n_still_cut,
        gains=tuple((c.problem_id, c.completion_index) for c in cost.gains),
        losses=tuple((c.problem_id, c.completion_index) for c in cost.losses),
        sentence=cost.sentence,
        comparison=of_two_runs(cost.comparison),
    )
