"""The answers themselves: what the runs made of each problem, and the cards of the first problems.

The cards are what a reader without script sees; the browser of all problems tells of each by the same rules. Text
of models is shown as it is: no Markdown, no formulas, nothing but text with hidden characters marked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from evalsuite.figures.looks import clip
from evalsuite.findings import CompletionView, Findings, ProblemView
from evalsuite.records import Outcome, StopReason
from evalsuite.wording.language import N_, tr
from reports.cells import MISSING, count
from reports.marked_text import answer_place, marked
from reports.view_models import CompletionCard, Filter, Mark, ProblemCard

__all__ = [
    "CARDS",
    "FILTERS",
    "LONG_TEXT",
    "STATES",
    "Summary",
    "cards",
    "carried",
    "end_words",
    "filters",
    "numbered",
    "outcome_sign",
    "outcome_words",
    "run_labels",
    "split",
    "summary",
]

CARDS, CARDS_SIZE, CARD_ROW = 20, 80_000, 400
"""So many problems of a page have a card, and fewer where they would take more characters, of which each completion
takes some besides its text; without script the page shows no others."""
LONG_TEXT = 1600
"""Characters of a completion shown at once."""
CARRIED = 100_000
"""Characters of one text that a page carries; a text that loops without end must not make a page nobody can open."""
READ = 14
"""Characters of an answer in the row of its problem."""
OPENED = 3
"""So many flipped problems stand open; the others open on demand."""

SIGNS: Mapping[str, str] = {Outcome.CORRECT: "✓", Outcome.INCORRECT: "✗", Outcome.NO_ANSWER: "∅"}
OUTCOMES: Mapping[str, str] = {
    Outcome.CORRECT: N_("right"),
    Outcome.INCORRECT: N_("wrong"),
    Outcome.NO_ANSWER: N_("no answer"),
}
STOPS: Mapping[str, str] = {
    StopReason.STOP: N_("ended by itself"),
    StopReason.LENGTH: N_("truncated at the token limit"),
    StopReason.UNKNOWN: N_("end not recorded"),
}
FILTERS = (
    ("flipped", N_("Flipped")),
    ("gained", N_("Gained")),
    ("lost", N_("Lost")),
    ("same-right", N_("All right")),
    ("same-wrong", N_("None right")),
    ("truncated", N_("Truncated")),
    ("looped", N_("Looped")),
    ("unanswered", N_("No answer found")),
    ("ran-on", N_("Ran on")),
    ("disputed", N_("Graders disagree")),
)
"""What a problem can be shown for; gained and lost are measured against the first run."""
STATES = (
    ("right", N_("right")),
    ("some", N_("sometimes right")),
    ("none", N_("never right")),
    ("wrong", N_("wrong")),
    ("unanswered", N_("no answer")),
)
"""What one run can have made of a problem; of several completions, ``unanswered`` says it of at least one."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What the runs made of one problem: who alone was right, its filters, and one mark a run."""

    flip: str | None
    tags: tuple[str, ...]
    marks: tuple[Mark, ...]


def carried(findings: Findings) -> Findings:
    """Return the findings with what a page carries of each text: of one that is very long its beginning and its end."""
    long = [problem for problem in findings.problems if any(len(text) > CARRIED for text in _texts(problem))]
    if not long:
        return findings
    return replace(findings, problems=tuple(_carried(problem) for problem in findings.problems))


def _texts(problem: ProblemView) -> tuple[str, ...]:
    return (problem.question, problem.solution, *(c.text for c in problem.completions))


def _carried(problem: ProblemView) -> ProblemView:
    def short(text: str) -> str:
        if len(text) <= CARRIED:
            return text
        note = tr(
            "{n} of {total} characters are left out on this page; `evalsuite show RUN {problem} --json` has them all.",
            n=count(len(text) - CARRIED),
            total=count(len(text)),
            problem=problem.problem_id,
        )
        end = CARRIED // 4
        return f"{text[: CARRIED - end]}\n\n[... {note}]\n\n{text[-end:]}"

    return replace(
        problem,
        question=short(problem.question),
        solution=short(problem.solution),
        completions=tuple(replace(c, text=short(c.text)) for c in problem.completions),
    )


def run_labels(problems: Sequence[ProblemView]) -> tuple[str, ...]:
    """Return the labels of the runs, the base first."""
    return tuple(dict.fromkeys(c.label for problem in problems for c in problem.completions))


def summary(problem: ProblemView, labels: Sequence[str]) -> Summary:
    """Return what the runs called `labels` made of `problem`."""
    by_run: dict[str, list[CompletionView]] = {label: [] for label in labels}
    for c in problem.completions:
        by_run[c.label].append(c)
    rates = {label: _rate(completions) for label, completions in by_run.items() if completions}
    marks = tuple(_mark(label, place, by_run[label]) for place, label in enumerate(labels) if by_run[label])
    return Summary(_flip(rates) if len(set(rates.values())) > 1 else None, _tags(problem, rates, labels[:1]), marks)


def cards(problems: Sequence[ProblemView], *, first: int = 0, end: int | None = None) -> tuple[ProblemCard, ...]:
    """Return `CARDS` problems from place `first` and before `end`, those that flipped before the others.

    The first few that flipped stand open.
    """
    labels = run_labels(problems)
    part = [(problem, summary(problem, labels)) for problem in problems[first:end]]
    part.sort(key=lambda pair: pair[1].flip is None)
    problem_cards: list[ProblemCard] = []
    n_to_open = OPENED
    size = 0
    for problem, of_problem in part[:CARDS]:
        size += sum(map(len, _texts(problem))) + CARD_ROW * len(problem.completions)
        if size > CARDS_SIZE and len(problem_cards) >= OPENED:
            break
        problem_cards.append(
            ProblemCard(
                problem_id=problem.problem_id,
                excerpt=clip(problem.question or problem.problem_id, 110),
                question=problem.question,
                gold=problem.gold,
                solution=problem.solution,
                flip=of_problem.flip,
                tags=of_problem.tags,
                opened=of_problem.flip is not None and n_to_open > 0,
                marks=of_problem.marks,
                completions=tuple(
                    _card(c, labels.index(c.label), number)
                    for c, number in zip(problem.completions, numbered(problem), strict=True)
                ),
            )
        )
        n_to_open -= of_problem.flip is not None
    return tuple(problem_cards)


def filters(problem_cards: Sequence[ProblemCard]) -> tuple[Filter, ...]:
    """Return the filters that would hide something and leave something."""
    useful = []
    for tag, title in FILTERS:
        number = sum(tag in card.tags for card in problem_cards)
        if 0 < number < len(problem_cards):
            useful.append(Filter(tag, tr(title), count(number)))
    return tuple(useful)


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


def outcome_words(outcome: str) -> str:
    """Return an outcome in words."""
    return tr(OUTCOMES[outcome]) if outcome in OUTCOMES else outcome


def outcome_sign(outcome: str) -> str:
    """Return the sign that stands beside the colour of an outcome."""
    return SIGNS.get(outcome, "·")


def end_words(stop_reason: str) -> str:
    """Return in words how a completion ended."""
    return tr(STOPS[stop_reason]) if stop_reason in STOPS else stop_reason


def numbered(problem: ProblemView) -> tuple[str, ...]:
    """Return for each completion its number among those of its run, ``"#1"``; nothing where the run has only one."""
    labels = [c.label for c in problem.completions]
    return tuple(
        f"#{labels[: i + 1].count(label)}" if labels.count(label) > 1 else "" for i, label in enumerate(labels)
    )


def _rate(completions: Sequence[CompletionView]) -> float:
    return sum(c.outcome == Outcome.CORRECT for c in completions) / len(completions)


def _mark(label: str, position: int, completions: Sequence[CompletionView]) -> Mark:
    right = sum(c.outcome == Outcome.CORRECT for c in completions)
    unanswered = any(c.outcome == Outcome.NO_ANSWER for c in completions)
    n = len(completions)
    if any(c.outcome not in OUTCOMES for c in completions):
        # Scores, or completions that were not graded: no verdicts to be counted.
        words = tr(", ").join(outcome_words(c.outcome) for c in completions)
        return Mark(label, position, outcome_sign(""), words, False, (), "")
    if n == 1:
        sign, words = outcome_sign(completions[0].outcome), outcome_words(completions[0].outcome)
        states = {"right": bool(right), "wrong": not right and not unanswered, "unanswered": unanswered}
    else:
        sign = f"{right}/{n}"
        words = tr("{k} of {n} completions right", k=right, n=n)
        states = {"right": right == n, "some": 0 < right < n, "none": not right, "unanswered": unanswered}
    holding = tuple(name for name, _ in STATES if states.get(name))
    read = (completions[0].extracted or "")[:READ] if n == 1 else ""
    return Mark(label, position, sign, words, right == n, holding, read)


def _flip(rates: Mapping[str, float]) -> str:
    best = max(rates.values())
    names = tr(", ").join(label for label, rate in rates.items() if rate == best)
    if set(rates.values()) == {0.0, 1.0}:
        return tr("only {runs} right", runs=names)
    return tr("more often {runs} right", runs=names)


def _tags(problem: ProblemView, rates: Mapping[str, float], base: Sequence[str]) -> tuple[str, ...]:
    changes = [rate - rates[label] for label in base if label in rates for rate in rates.values()]
    holds = {
        "flipped": len(set(rates.values())) > 1,
        "gained": any(change > 0 for change in changes),
        "lost": any(change < 0 for change in changes),
        "same-right": set(rates.values()) == {1.0},
        "same-wrong": set(rates.values()) == {0.0},
        "truncated": any(c.stop_reason == StopReason.LENGTH for c in problem.completions),
        "looped": any(c.looped for c in problem.completions),
        "unanswered": any(c.outcome == Outcome.NO_ANSWER for c in problem.completions),
        "ran-on": any(c.runs_on_at is not None for c in problem.completions),
        "disputed": any(_disputed(c) for c in problem.completions),
    }
    return tuple(tag for tag, _ in FILTERS if holds[tag])


def _disputed(completion: CompletionView) -> bool:
    """Return whether some graders, the reported one among them, say right and others do not."""
    return len({verdict == Outcome.CORRECT for verdict in (completion.outcome, *completion.verdicts.values())}) > 1


def _card(completion: CompletionView, position: int, number: str) -> CompletionCard:
    head, rest = split(completion.text)
    at = completion.runs_on_at
    place = answer_place(completion.text, completion.extracted, at)
    return CompletionCard(
        label=completion.label,
        number=number,
        position=position,
        outcome=outcome_words(completion.outcome),
        sign=outcome_sign(completion.outcome),
        extracted=completion.extracted,
        stop_reason=end_words(completion.stop_reason),
        truncated=completion.stop_reason == StopReason.LENGTH,
        looped=bool(completion.looped),
        tokens=MISSING if completion.n_tokens is None else count(completion.n_tokens),
        head=marked(head, place, at),
        rest=marked(rest, place, at, first=len(head)),
        length=count(len(completion.text)),
    )
