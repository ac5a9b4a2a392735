"""Conditions under which a comparison fails a pipeline (``--fail-if``)."""

from collections.abc import Sequence

from evalsuite.errors import GateNotMetError
from evalsuite.settings import FailIf
from evalsuite.stats.decision import Verdict, VerdictKind
from evalsuite.wording.verdicts import verdict_label

__all__ = ["check_verdicts"]


def check_verdicts(verdicts: Sequence[Verdict | None], conditions: Sequence[FailIf]) -> None:
    """Raise if a verdict meets one of the conditions.

    Parameters
    ----------
    verdicts
        One a comparison; None where it depends on a pairing that is not known, which resolves nothing.
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
            if _met(condition, None if verdict is None else verdict.kind):
                name = "open, because it depends on the pairing" if verdict is None else repr(verdict_label(verdict))
                raise GateNotMetError(f"--fail-if {condition}: the verdict is {name}")


def _met(condition: FailIf, kind: VerdictKind | None) -> bool:
    match condition:
        case "loss":
            return kind == "resolved loss"
        case "gain":
            return kind == "resolved gain"
        case "unresolved":
            return kind not in ("resolved gain", "resolved loss", "equivalent")
        case "not-gain":
            return kind != "resolved gain"
        case "not-equivalent":
            return kind != "equivalent"
