"""What a newer version of a grader changed in the runs that are compared."""

from collections.abc import Sequence

from evalsuite.scores import ScoreMatrix
from evalsuite.store.regrades import Regrade, regrades
from evalsuite.store.store import StoredRun
from evalsuite.wording import numbers
from evalsuite.wording.language import tr

__all__ = ["regrade_notes"]


def regrade_notes(heads: Sequence[StoredRun], runs: Sequence[ScoreMatrix], grader: str | None) -> tuple[str, ...]:
    """Say of each run how many verdicts changed when a newer version of its grader took the place of an older one."""
    return tuple(
        _note(one, run.label)
        for head, run in zip(heads, runs, strict=True)
        for one in regrades(head.details, grader or head.primary_grader)
        if one.n_changed
    )


def _note(one: Regrade, label: str) -> str:
    return tr(
        "{grader} has graded {label} again, by its version {to_version} instead of {from_version}: of {n} verdicts "
        "{n_to_right} became right and {n_to_wrong} wrong.",
        grader=one.grader,
        label=label,
        to_version=one.to_version,
        from_version=one.from_version,
        n=numbers.count(one.n_compared),
        n_to_right=numbers.count(one.n_to_right),
        n_to_wrong=numbers.count(one.n_to_wrong),
    )
