"""The first screen of a comparison in words: the finding as a heading, and how long things take."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from evalsuite.findings import Light
from evalsuite.stats.decision import Verdict, VerdictKind
from evalsuite.wording import numbers
from evalsuite.wording.language import N_, tr
from evalsuite.wording.lights import ASSUMPTIONS, depends_on, limit_is_open
from evalsuite.wording.units import Unit
from evalsuite.wording.verdicts import margin_label, problems

if TYPE_CHECKING:
    # A page is made without a comparison, which needs SciPy.
    from evalsuite.comparison.pair import TwoRunComparison

__all__ = ["duration", "finding", "several_finding", "token_cost", "worth"]

ENDINGS: dict[VerdictKind, str] = {
    "resolved gain": N_("that is a real gain"),
    "resolved loss": N_("that is a real loss"),
    "unresolved": N_("that could be chance"),
    "cannot resolve by design": N_("too few to tell, whatever the result"),
    "too few independent groups": N_("too few independent groups to tell, whatever the result"),
    "one training seed": N_("one training seed is not enough to tell"),
    "not identified": N_("without the token limit it could be either way"),
}
AT_THIS_LIMIT: dict[VerdictKind, str] = {
    "resolved gain": N_("that is a real gain at this token limit"),
    "resolved loss": N_("that is a real loss at this token limit"),
}
"""Where it is not known whether the token limit decides."""


def finding(comparison: "TwoRunComparison", lights: Sequence[Light]) -> str:
    """Write the result and what it is worth, as a heading; the lights say under which assumptions it holds."""
    return tr(
        "{result}; {worth}",
        result=_result(comparison),
        worth=_worth_elsewhere(comparison, lights) or worth(comparison.verdict, comparison.difference.value, lights),
    )


def _worth_elsewhere(c: "TwoRunComparison", lights: Sequence[Light]) -> str:
    """Return what a difference is worth that these very problems resolve and others do not; empty elsewhere."""
    here = None if hasattr(c, "table") else c.on_these_problems
    if c.verdict.kind != "unresolved" or here is None or not here.resolved or depends_on(lights) is not None:
        return ""
    return tr("on other problems that could be chance")


def several_finding(comparisons: Sequence["TwoRunComparison"], lights: Sequence[Sequence[Light]]) -> str:
    """Write how many of several new runs beat the base, as a heading.

    `lights` are those of each comparison; a run whose verdict depends on an assumption counts neither way.
    """
    n, base = len(comparisons), comparisons[0].base_label
    groups: dict[str, list[str]] = {}
    at_limit = False
    for c, of_run in zip(comparisons, lights, strict=True):
        about = depends_on(of_run)
        groups.setdefault(about or c.verdict.kind, []).append(c.new_label)
        at_limit |= about is None and limit_is_open(c.verdict, of_run)
    resolved_against = tr("{base} at this token limit", base=base) if at_limit else base
    better, worse = groups.get("resolved gain", []), groups.get("resolved loss", [])
    equal = groups.get("equivalent", [])
    parts = []
    if len(better) == n:
        parts.append(tr("All {n} new runs beat {base}", n=n, base=resolved_against))
    elif better:
        beat = N_("1 of {n} new runs beats {base}: {names}") if len(better) == 1 else N_(
            "{k} of {n} new runs beat {base}: {names}"
        )  # fmt: skip
        parts.append(tr(beat, k=len(better), n=n, base=resolved_against, names=_named(better)))
    if worse:
        known = N_("1 of {n} is worse: {names}") if len(worse) == 1 else N_("{k} of {n} are worse: {names}")
        if len(worse) == n:
            known = N_("All {n} new runs are worse than {base}")
        elif not better:
            known = N_("1 of {n} new runs is worse than {base}: {names}") if len(worse) == 1 else N_(
                "{k} of {n} new runs are worse than {base}: {names}"
            )  # fmt: skip
        parts.append(tr(known, k=len(worse), n=n, base=resolved_against, names=_named(worse)))
    if equal:
        parts.append(tr("as good as {base}, within the margin: {names}", base=base, names=_named(equal)))
    parts += [
        tr("of {names} it depends on {assumption}", names=_named(groups[about]), assumption=tr(assumption))
        for about, assumption in ASSUMPTIONS.items()
        if about in groups
    ]
    if not parts:
        return tr("None of the {n} new runs can be told apart from {base}", n=n, base=base)
    text = tr("; ").join(parts)
    # A name keeps its letters where a language begins with it.
    return text if text.startswith((base, *(c.new_label for c in comparisons))) else text[0].upper() + text[1:]


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


def token_cost(tokens: float) -> str:
    """Write about how many tokens something takes, with two digits.

    Examples
    --------
    >>> token_cost(834), token_cost(128_812)
    ('about 830 tokens', 'about 130,000 tokens')
    """
    digits = max(0, len(str(int(tokens))) - 2)
    return tr("about {n} tokens", n=numbers.count(int(round(tokens, -digits))))


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
    scored = N_("{new} scored {size} higher than {base} on {problems}") if e.value > 0 else N_(
        "{new} scored {size} lower than {base} on {problems}"
    )  # fmt: skip
    error = unit.shared_error(c.new.value, c.base.value, e.nominal_error)
    if unit.score_range is not None:
        low, high = unit.ends
        names["problems"] = tr(
            "{problems} (scores from {low} to {high})", problems=names["problems"], low=low, high=high
        )
    return tr(scored, size=unit.size(e.value, error), **names)


def _more_solved(c: "TwoRunComparison") -> int | None:
    """Return how many more problems the new run solved; None where problems are not solved or failed as a whole."""
    if hasattr(c, "table"):
        return None if c.without_cap is not None else c.table.wins - c.table.losses
    single = c.base_completions == c.new_completions == (1, 1) and c.score_range is None and c.without_cap is None
    return round(c.difference.value * c.n_problems) if single else None


def worth(verdict: Verdict, difference: float, lights: Sequence[Light]) -> str:
    """Write what a result is worth, from its verdict and the assumptions on which that depends."""
    about = depends_on(lights)
    if about is not None:
        nothing_changed = difference == 0 or verdict.kind == "equivalent"
        words = N_("whether that holds depends on {assumption}") if nothing_changed else N_(
            "whether that is a real change depends on {assumption}"
        )  # fmt: skip
        return tr(words, assumption=tr(ASSUMPTIONS[about]))
    if verdict.kind == "equivalent":
        unit = Unit(verdict.score_range)
        return tr("they are as good as each other, within {margin}", margin=margin_label(verdict.margin or 0.0, unit))
    if difference == 0 and verdict.kind == "unresolved":
        return tr("a change in either direction could still be there")
    if limit_is_open(verdict, lights):
        return tr(AT_THIS_LIMIT[verdict.kind])
    return tr(ENDINGS[verdict.kind])


def _named(labels: Sequence[str]) -> str:
    shown = tr(", ").join(labels[:4])
    return shown if len(labels) <= 4 else tr("{names} and {n} more", names=shown, n=len(labels) - 4)
