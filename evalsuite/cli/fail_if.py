"""Conditions under which a comparison fails a pipeline (``--fail-if``)."""

from collections.abc import Sequence
from dataclasses import dataclass

from evalsuite.errors import GateNotMetError
from evalsuite.settings import FailIf
from evalsuite.stats.decision import Verdict
from evalsuite.wording.verdicts import verdict_label

__all__ = ["Judged", "check_verdicts"]


@dataclass(frozen=True, slots=True)
class Judged:
    """A comparison that may fail a pipeline.

    Attributes
    ----------
    pair
        The runs, such as ``new against base``.
    verdict
        None where it depends on a pairing that is not known, which resolves nothing.
    """

    pair: str
    verdict: Verdict | None


def check_verdicts(judged: Sequence[Judged], conditions: Sequence[FailIf]) -> None:
    """Raise if a verdict meets one of the conditions.

    Parameters
    ----------
    judged
        One a comparison.
    conditions
        ``loss`` and ``gain`` fail on that resolved verdict, ``unresolved`` on every verdict that resolves nothing,
        ``not-gain`` on everything else than that. ``not-equivalent`` and ``not-noninferior`` fail unless the claim
        against the margin is shown, whatever is resolved beside it.

    Raises
    ------
    GateNotMetError
        A condition came true; the message names each such pair with its verdict.
    """
    failed = [
        f"--fail-if {condition}: {one.pair} is {_named(one.verdict)}"
        for one in judged
        for condition in conditions
        if _met(condition, one.verdict)
    ]
    if failed:
        raise GateNotMetError("; ".join(failed))


def _named(verdict: Verdict | None) -> str:
    return "open, because it depends on the pairing" if verdict is None else repr(verdict_label(verdict))


def _met(condition: FailIf, verdict: Verdict | None) -> bool:
    kind, claims = (None, ()) if verdict is None else (verdict.kind, verdict.claims)
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
            return "equivalent" not in claims
        case "not-noninferior":
            return "no worse" not in claims
