"""The answers themselves: each problem with the completions of every run beside each other.

Text of models is shown as it is: no Markdown, no formulas, nothing but text with hidden characters marked.
"""

from collections.abc import Mapping, Sequence

from evalsuite.figures.theme import clip
from evalsuite.findings import CompletionView, ProblemView
from evalsuite.records import Outcome, StopReason
from reports.format import MISSING, count
from reports.views import CompletionCard, Filter, ProblemCard

__all__ = ["LONG_TEXT", "cards", "filters", "split"]

LONG_TEXT = 1600
"""Characters of a completion shown at once."""
OPENED = 3
"""So many flipped problems stand open; the others open on demand."""

SIGNS: Mapping[str, str] = {Outcome.CORRECT: "✓", Outcome.INCORRECT: "✗", Outcome.NO_ANSWER: "∅"}
OUTCOMES: Mapping[str, str] = {Outcome.CORRECT: "right", Outcome.INCORRECT: "wrong", Outcome.NO_ANSWER: "no answer"}
STOPS: Mapping[str, str] = {
    StopReason.STOP: "ended by itself",
    StopReason.LENGTH: "cut at the cap",
    StopReason.UNKNOWN: "end not recorded",
}
FILTERS = (
    ("flipped", "Flipped"),
    ("same-right", "All right"),
    ("same-wrong", "None right"),
    ("cut", "Cut at the cap"),
    ("unanswered", "No answer found"),
)


def cards(problems: Sequence[ProblemView]) -> tuple[ProblemCard, ...]:
    """Return the problems in the given order; the first few that flipped stand open."""
    made: list[ProblemCard] = []
    left = OPENED
    for problem in problems:
        rates = _rates(problem)
        flipped = len(set(rates.values())) > 1
        positions = {label: position for position, label in enumerate(rates)}
        made.append(
            ProblemCard(
                problem_id=problem.problem_id,
                excerpt=clip(problem.question, 110),
                question=problem.question,
                gold=problem.gold,
                flip=_flip(rates) if flipped else None,
                tags=_tags(problem, rates),
                opened=flipped and left > 0,
                completions=tuple(_card(c, positions[c.label]) for c in problem.completions),
            )
        )
        left -= flipped
    return tuple(made)


def filters(problem_cards: Sequence[ProblemCard]) -> tuple[Filter, ...]:
    """Return the filters that would hide something and leave something."""
    made = []
    for tag, title in FILTERS:
        number = sum(tag in card.tags for card in problem_cards)
        if 0 < number < len(problem_cards):
            made.append(Filter(tag, title, count(number)))
    return tuple(made)


def split(text: str, limit: int = LONG_TEXT) -> tuple[str, str]:
    """Cut a long text in two, at a line or a space if there is one near the limit.

    Examples
    --------
    >>> split("one two three", 9)
    ('one two ', 'three')
    """
    if len(text) <= limit * 5 // 4:
        return text, ""
    at = max(text.rfind(" ", limit * 3 // 4, limit), text.rfind("\n", limit * 3 // 4, limit)) + 1
    at = at or limit
    return text[:at], text[at:]


def _rates(problem: ProblemView) -> dict[str, float]:
    rates = {}
    for label in dict.fromkeys(c.label for c in problem.completions):
        own = [c.outcome == Outcome.CORRECT for c in problem.completions if c.label == label]
        rates[label] = sum(own) / len(own)
    return rates


def _flip(rates: dict[str, float]) -> str:
    best = max(rates.values())
    names = [label for label, rate in rates.items() if rate == best]
    return f"{'only' if set(rates.values()) == {0.0, 1.0} else 'more often'} {', '.join(names)} right"


def _tags(problem: ProblemView, rates: dict[str, float]) -> tuple[str, ...]:
    held = {
        "flipped": len(set(rates.values())) > 1,
        "same-right": set(rates.values()) == {1.0},
        "same-wrong": set(rates.values()) == {0.0},
        "cut": any(c.stop_reason == StopReason.LENGTH for c in problem.completions),
        "unanswered": any(c.outcome == Outcome.NO_ANSWER for c in problem.completions),
    }
    return tuple(tag for tag, _ in FILTERS if held[tag])


def _card(completion: CompletionView, position: int) -> CompletionCard:
    head, rest = split(completion.text)
    outcome, stop = completion.outcome, completion.stop_reason
    return CompletionCard(
        label=completion.label,
        position=position,
        outcome=OUTCOMES.get(outcome, outcome),
        sign=SIGNS.get(outcome, "·"),
        extracted=completion.extracted,
        stop_reason=STOPS.get(stop, stop),
        cut=stop == StopReason.LENGTH,
        tokens=MISSING if completion.n_tokens is None else count(completion.n_tokens),
        head=head,
        rest=rest,
        length=count(len(completion.text)),
    )
