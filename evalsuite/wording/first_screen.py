"""The first screen of a comparison in words: the finding as a heading, and what would change it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from evalsuite.findings import Light
from evalsuite.stats.decision import Verdict, VerdictKind
from evalsuite.wording import numbers
from evalsuite.wording.language import N_, tr
from evalsuite.wording.units import Unit
from evalsuite.wording.verdicts import margin_label, problems, verdict_label

if TYPE_CHECKING:
    # A page is made without a comparison, which needs SciPy.
    from evalsuite.comparison.pair import TwoRunComparison

__all__ = ["duration", "finding", "qualified_label", "several_finding"]

ENDINGS: dict[VerdictKind, str] = {
    "resolved gain": N_("that is a real gain"),
    "resolved loss": N_("that is a real loss"),
    "unresolved": N_("that could be chance"),
    "cannot resolve by design": N_("with so few, no result could tell"),
    "too few independent groups": N_("with so few independent groups, no result could tell"),
    "one training seed": N_("one training seed cannot tell"),
    "not identified": N_("without the token limit it could be either way"),
}
AT_THIS_LIMIT: dict[VerdictKind, str] = {
    "resolved gain": N_("that is a real gain at this token limit"),
    "resolved loss": N_("that is a real loss at this token limit"),
}
"""Where it is not known whether the token limit decides."""
IT_DEPENDS = {
    "grader": N_("whether that is a real change depends on the grader"),
    "token limit": N_("whether that is a real change depends on the token limit"),
}
DEPENDS = {"grader": N_("depends on the grader"), "token limit": N_("depends on the token limit")}


def finding(comparison: "TwoRunComparison", lights: Sequence[Light]) -> str:
    """Write the result and what it is worth, as a heading; the lights say under which assumptions it holds."""
    return tr("{result}; {worth}", result=_result(comparison), worth=_worth(comparison, lights))


def several_finding(comparisons: Sequence["TwoRunComparison"], lights: Sequence[Light]) -> str:
    """Write how many of several new runs beat the base, as a heading; the lights say under which assumptions."""
    better = [c.new_label for c in comparisons if c.verdict.kind == "resolved gain"]
    worse = [c.new_label for c in comparisons if c.verdict.kind == "resolved loss"]
    base = comparisons[0].base_label
    if not better and not worse:
        return tr("None of {n} new runs can be told from {base}", n=len(comparisons), base=base)
    parts = []
    if better:
        parts.append(tr("{k} of {n} new runs beat {base}: {names}", k=len(better), n=len(comparisons), base=base,
                        names=_named(better)))  # fmt: skip
    if worse:
        parts.append(tr("{k} of {n} are worse: {names}", k=len(worse), n=len(comparisons), names=_named(worse)))
    if any(light.about == "grader" and light.changes == "yes" for light in lights):
        parts.append(tr("not under every grader"))
    elif any(light.about == "token limit" and light.changes == "yes" for light in lights):
        parts.append(tr("not without the token limit"))
    return tr("; ").join(parts)


def qualified_label(verdict: Verdict, lights: Sequence[Light]) -> str:
    """Name the one verdict of a page: the verdict itself, or the assumption on which it depends.

    Examples
    --------
    >>> qualified_label(Verdict("resolved gain"), [Light("grader", "yes", "")])
    'depends on the grader'
    >>> qualified_label(Verdict("resolved gain"), [Light("token limit", "unknown", "")])
    'resolved gain at this token limit'
    """
    for light in lights:
        if light.changes == "yes" and light.about in DEPENDS:
            return tr(DEPENDS[light.about])
    if verdict.kind in AT_THIS_LIMIT and _limit_is_open(lights):
        return tr("{verdict} at this token limit", verdict=verdict_label(verdict))
    return verdict_label(verdict)


def duration(seconds: float) -> str:
    """Write about how long something takes.

    Examples
    --------
    >>> duration(20), duration(700), duration(9000), duration(400000)
    ('less than a minute', 'about 12 minutes', 'about 2.5 hours', 'about 4.6 days')
    """
    if seconds < 60:
        return tr("less than a minute")
    if seconds < 2 * 3600:
        minutes = round(seconds / 60)
        return tr("about 1 minute") if minutes == 1 else tr("about {n} minutes", n=minutes)
    if seconds < 2 * 86400:
        return tr("about {n} hours", n=f"{seconds / 3600:.2g}")
    return tr("about {n} days", n=f"{seconds / 86400:.2g}")


def _result(c: "TwoRunComparison") -> str:
    names = {"new": c.new_label, "base": c.base_label, "problems": problems(c.difference.n_problems)}
    more = _more_solved(c)
    if more is not None:
        if more == 0:
            return tr("{new} and {base} solved equally many of {problems}", **names)
        known = N_("{new} solved {n} more of {problems}") if more > 0 else N_("{new} solved {n} fewer of {problems}")
        return tr(known, n=numbers.count(abs(more)), **names)
    e = c.difference
    if e.value == 0:
        return tr("{new} and {base} do equally well on {problems}", **names)
    unit = Unit(None if hasattr(c, "table") else c.score_range)
    size = tr(" ").join(part for part in (unit.size(e.value, e.nominal_error), unit.span) if part)
    known = N_("{new} beats {base} by {size} on {problems}") if e.value > 0 else N_(
        "{new} falls behind {base} by {size} on {problems}"
    )  # fmt: skip
    return tr(known, size=size, **names)


def _more_solved(c: "TwoRunComparison") -> int | None:
    """Return how many more problems the new run solved; None where problems are not solved or failed as a whole."""
    if hasattr(c, "table"):
        return None if c.without_cap is not None else c.table.wins - c.table.losses
    single = c.base_completions == c.new_completions == (1, 1) and c.score_range is None and c.without_cap is None
    return round(c.difference.value * c.n_problems) if single else None


def _worth(c: "TwoRunComparison", lights: Sequence[Light]) -> str:
    verdict = c.verdict
    if verdict.kind == "equivalent":
        unit = Unit(verdict.score_range)
        return tr("they are as good as each other, within {margin}", margin=margin_label(verdict.margin or 0.0, unit))
    for light in lights:
        if light.changes == "yes" and light.about in IT_DEPENDS:
            return tr(IT_DEPENDS[light.about])
    if c.difference.value == 0 and verdict.kind == "unresolved":
        return tr("a change in either direction could still be there")
    if verdict.kind in AT_THIS_LIMIT and _limit_is_open(lights):
        return tr(AT_THIS_LIMIT[verdict.kind])
    return tr(ENDINGS[verdict.kind])


def _limit_is_open(lights: Sequence[Light]) -> bool:
    return any(light.about == "token limit" and light.changes == "unknown" for light in lights)


def _named(labels: Sequence[str]) -> str:
    shown = tr(", ").join(labels[:4])
    return shown if len(labels) <= 4 else tr("{names} and {n} more", names=shown, n=len(labels) - 4)
