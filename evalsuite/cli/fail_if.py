"""Conditions under which a comparison fails a pipeline (``--fail-if``)."""

from collections.abc import Sequence

from evalsuite.errors import GateNotMetError
from evalsuite.settings import FailIf

__all__ = ["check_verdicts"]


def check_verdicts(verdicts: Sequence[str], conditions: Sequence[FailIf]) -> None:
    """Raise if a verdict meets one of the conditions.

    Parameters
    ----------
    verdicts
        One a comparison.
    conditions
        ``loss`` and ``gain`` fail on that resolved verdict, ``unresolved`` on every verdict that resolves nothing,
        ``not-gain`` and ``not-equivalent`` on everything else than these.

    Raises
    ------
    GateNotMetError
        A condition came true; the message names the verdict.
    """
    for verdict in verdicts:
        for condition in conditions:
            if _met(condition, verdict):
                raise GateNotMetError(f"--fail-if {condition}: the verdict is {verdict!r}")


def _met(condition: FailIf, verdict: str) -> bool:
    gain, loss, equivalent = verdict == "resolved gain", verdict == "resolved loss", verdict.startswith("equivalent")
    return {
        "loss": loss,
        "gain": gain,
        "unresolved": not (gain or loss or equivalent),
        "not-gain": not gain,
        "not-equivalent": not equivalent,
    }[condition]
