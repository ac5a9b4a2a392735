"""Two arms of stored runs, and what a comparison over their training seeds says."""

from dataclasses import dataclass

from analyses.runs.pairing import PairedRuns
from evalsuite.comparison.training_seeds import SeedComparison
from evalsuite.findings import Caution

__all__ = ["SeedArms"]


@dataclass(frozen=True, slots=True)
class SeedArms:
    """Two arms of stored runs on the same problems, and what a comparison over seeds says of them.

    Attributes
    ----------
    runs
        All runs, those of the base arm first.
    comparison
        The comparison over seeds.
    cautions, notes
        What a reader must know before the answer, and what belongs beside it, most important first.
    """

    runs: PairedRuns
    comparison: SeedComparison
    cautions: tuple[Caution, ...]
    notes: tuple[str, ...]
