"""Two arms of stored runs, and what a comparison over their training seeds says."""

from dataclasses import dataclass

from analyses.runs.pairing import PairedRuns
from evalsuite.comparison.training_seeds import SeedComparison
from evalsuite.findings import Caution, Light
from evalsuite.wording.training_seeds import seeds_finding

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
    lights
        Whether the verdict would change under other assumptions; empty where that was not asked.
    """

    runs: PairedRuns
    comparison: SeedComparison
    cautions: tuple[Caution, ...]
    notes: tuple[str, ...]
    lights: tuple[Light, ...] = ()

    @property
    def finding(self) -> str:
        """The result and what it is worth, as a heading."""
        return seeds_finding(self.comparison, self.lights)
