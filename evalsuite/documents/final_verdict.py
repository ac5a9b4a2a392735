"""What a verdict is worth once it is known under which assumptions it holds, as a part of a document."""

from collections.abc import Sequence
from dataclasses import dataclass

from evalsuite.findings import Light
from evalsuite.stats.decision import Verdict
from evalsuite.wording.lights import Assumption, depends_on, limit_is_open, qualified_label

__all__ = ["FinalVerdict", "final_verdict"]


@dataclass(frozen=True, slots=True)
class FinalVerdict:
    """The verdict as the page, its badge, the terminal and `--fail-if` take it: with the assumptions it needs.

    Attributes
    ----------
    label
        Its name, such as ``resolved gain``, ``depends on the grader`` or ``resolved gain at this token limit``.
    stands
        Whether no other assumption that was looked at would change it; ``--fail-if not-gain`` lets only a resolved
        gain that stands pass.
    depends_on
        The first assumption that would change it, as in a light; null where it stands.
    at_this_limit
        Whether it is resolved only for the token limit that the runs had: what was truncated is not known, or might
        turn it round.
    """

    label: str
    stands: bool
    depends_on: Assumption | None
    at_this_limit: bool


def final_verdict(verdict: Verdict, lights: Sequence[Light]) -> FinalVerdict:
    """Return what `verdict` is worth by its lights.

    Examples
    --------
    >>> final_verdict(Verdict("resolved gain"), [Light("grader", "yes", "")])
    FinalVerdict(label='depends on the grader', stands=False, depends_on='grader', at_this_limit=False)
    """
    about = depends_on(lights)
    return FinalVerdict(
        qualified_label(verdict, lights), about is None, about, about is None and limit_is_open(verdict, lights)
    )
