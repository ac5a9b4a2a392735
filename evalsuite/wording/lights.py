"""Under which assumptions a verdict holds: what each light says, and the one name that the verdict has then."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from evalsuite.findings import Light
from evalsuite.stats.decision import Verdict, VerdictKind
from evalsuite.wording import numbers
from evalsuite.wording.language import N_, tr
from evalsuite.wording.verdicts import verdict_label

__all__ = [
    "ANSWERS",
    "ASSUMPTIONS",
    "QUESTIONS",
    "Assumption",
    "cannot_turn",
    "depends_on",
    "known_lights",
    "light_sentence",
    "limit_is_open",
    "missing_stays",
    "missing_turns",
    "qualified_label",
    "stays_open",
    "together",
]

QUESTIONS = {
    "grader": N_("with another grader?"),
    "token limit": N_("without the token limit?"),
    "training seed": N_("with another training seed?"),
    "missing results": N_("with the missing results?"),
}
"""What each light answers, after "Would it change"."""
ANSWERS = {"yes": N_("yes"), "no": N_("no"), "unknown": N_("not known")}
Assumption = Literal["grader", "token limit", "missing results"]
ASSUMPTIONS: dict[Assumption, str] = {
    "grader": N_("the grader"),
    "token limit": N_("the token limit"),
    "missing results": N_("the missing results"),
}
"""On what a verdict may depend; another training seed is a question of its own."""
AT_A_LIMIT: tuple[VerdictKind, ...] = ("resolved gain", "resolved loss")
"""Verdicts that say so where it is not known whether the token limit decides."""


def depends_on(lights: Sequence[Light]) -> Assumption | None:
    """Return the assumption on which a verdict depends, None where it stands; such a verdict decides nothing."""
    turning = {light.about for light in lights if light.changes == "yes"}
    return next((about for about in ASSUMPTIONS if about in turning), None)


def limit_is_open(verdict: Verdict, lights: Sequence[Light]) -> bool:
    """Return whether a difference is resolved, and only at the token limit that the runs are known to have had."""
    unknown = any(light.about == "token limit" and light.changes == "unknown" and light.recorded for light in lights)
    return unknown and verdict.kind in AT_A_LIMIT


def qualified_label(verdict: Verdict, lights: Sequence[Light]) -> str:
    """Name the one verdict of a comparison: the verdict itself, or the assumption on which it depends.

    Examples
    --------
    >>> qualified_label(Verdict("resolved gain"), [Light("grader", "yes", "")])
    'depends on the grader'
    >>> qualified_label(Verdict("resolved gain"), [Light("token limit", "unknown", "")])
    'resolved gain at this token limit'
    """
    about = depends_on(lights)
    if about is not None:
        return tr("depends on {assumption}", assumption=tr(ASSUMPTIONS[about]))
    if limit_is_open(verdict, lights):
        return tr("{verdict} at this token limit", verdict=verdict_label(verdict))
    return verdict_label(verdict)


def light_sentence(light: Light) -> str:
    """Write a light as one line.

    Examples
    --------
    >>> light_sentence(Light("grader", "no", "Graded by boxed; strict says the same."))
    'Would it change with another grader? No. Graded by boxed; strict says the same.'
    """
    return tr("Would it change {question} {answer}. {text}", question=tr(QUESTIONS[light.about]),
              answer=tr(ANSWERS[light.changes]).capitalize(), text=light.text)  # fmt: skip


def known_lights(lights: Sequence[Light]) -> tuple[str, ...]:
    """Write each light that says yes or no as one line."""
    return tuple(light_sentence(light) for light in lights if light.changes != "unknown")


def cannot_turn(n_cut: int) -> str:
    """Say that a resolved difference holds however so many truncated answers would have ended.

    Examples
    --------
    >>> cannot_turn(3)
    'Not even if all 3 answers cut off had gone the other way.'
    """
    if n_cut == 1:
        return tr("Not even if the answer cut off had gone the other way.")
    return tr("Not even if all {n} answers cut off had gone the other way.", n=numbers.count(n_cut))


def stays_open(n_cut: int) -> str:
    """Say that nothing is resolved however so many truncated answers would have ended."""
    if n_cut == 1:
        return tr("It would stay open however the one answer cut off had ended.")
    return tr("It would stay open however the {n} answers cut off had ended.", n=numbers.count(n_cut))


def missing_stays(n: int) -> str:
    """Say that a verdict holds whatever so many missing results would have been."""
    if n == 1:
        return tr("Whatever the missing result would have been.")
    return tr("Whatever the {n} missing results would have been.", n=numbers.count(n))


def missing_turns(n: int, others: Sequence[Verdict]) -> str:
    """Say what a verdict could be with so many missing results."""
    named = tr(", ").join(verdict_label(other) for other in others)
    if n == 1:
        return tr("With the missing result it could also be: {others}.", others=named)
    return tr("With the {n} missing results it could also be: {others}.", n=numbers.count(n), others=named)


def together(found: Sequence[Sequence[Light]], labels: Sequence[str]) -> tuple[Light, ...]:
    """Return one light an assumption for all comparisons: that of the first that changes, else not known.

    `labels` name the new run of each comparison.
    """
    if len(found) == 1:
        return tuple(found[0])
    made = []
    for name in dict.fromkeys(light.about for lights in found for light in lights):
        of_name = [(light, label) for lights, label in zip(found, labels, strict=True)
                   for light in lights if light.about == name]  # fmt: skip
        worst, label = min(of_name, key=lambda pair: ("yes", "unknown", "no").index(pair[0].changes))
        like = sum(light.changes == worst.changes for light, _ in of_name)
        text = worst.text
        differ = len({light.text for light, _ in of_name}) > 1
        if differ and worst.changes == "no":
            text = tr("All {n} runs alike. {label}: {text}", n=len(of_name), label=label, text=text)
        elif differ:
            text = tr("{k} of {n} runs; {label}: {text}", k=like, n=len(of_name), label=label, text=text)
        made.append(replace(worst, text=text))
    return tuple(made)
