"""Conditions under which a comparison fails a pipeline (``--fail-if``)."""

from collections.abc import Sequence
from dataclasses import dataclass

from evalsuite.errors import GateNotMetError
from evalsuite.settings import FailIf
from evalsuite.stats.decision import Verdict
from evalsuite.wording.language import tr
from evalsuite.wording.lights import ASSUMPTIONS, Assumption
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
    depends
        The assumption on which the verdict depends, as in `Light`; such a verdict is open, and shows no claim. None
        where it stands.
    """

    pair: str
    verdict: Verdict | None
    depends: Assumption | None = None


def check_verdicts(judged: Sequence[Judged], conditions: Sequence[FailIf]) -> None:
    """Raise if a verdict meets one of the conditions.

    Parameters
    ----------
    judged
        One a comparison.
    conditions
        ``loss`` and ``gain`` fail on that resolved verdict, ``unresolved`` on every verdict that resolves nothing or
        that depends on an assumption, ``not-gain`` on everything else than a gain that stands. ``not-equivalent`` and
        ``not-noninferior`` fail unless the claim against the margin is shown, whatever is resolved beside it.

    Raises
    ------
    GateNotMetError
        A condition came true; the message names each such pair with its verdict.
    """
    failed = [
        f"--fail-if {condition}: {one.pair} is {_named(one)}"
        for one in judged
        for condition in conditions
        if _met(condition, one)
    ]
    if failed:
        raise GateNotMetError("; ".join(failed))


def _named(one: Judged) -> str:
    if one.verdict is None:
        return "open, because it depends on the pairing"
    name = repr(verdict_label(one.verdict))
    return name if one.depends is None else f"{name}, which depends on {tr(ASSUMPTIONS[one.depends])}"


def _met(condition: FailIf, one: Judged) -> bool:
    kind, claims = (None, ()) if one.verdict is None else (one.verdict.kind, one.verdict.claims)
    if one.depends is not None:
        # A loss under the grader that was asked for stays one: to let it pass would need more than a doubt.
        kind, claims = ("resolved loss" if kind == "resolved loss" else None), ()
    match condition:
        case "loss":
            return kind == "resolved loss"
        case "gain":
            return kind == "resolved gain"
        case "unresolved":
            return one.depends is not None or kind not in ("resolved gain", "resolved loss", "equivalent")
        case "not-gain":
            return kind != "resolved gain"
        case "not-equivalent":
            return "equivalent" not in claims
        case "not-noninferior":
            return "no worse" not in claims
