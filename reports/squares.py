"""The field of squares of a page: what became of every problem from the base to the new run, sorted."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from evalsuite.figures.squares import Block, Drawn, Field, Square, lay_out, paths
from evalsuite.findings import CompletionView, ProblemView
from evalsuite.records import Outcome
from evalsuite.wording import numbers
from evalsuite.wording.language import N_, tr
from reports.completion_cards import run_labels

__all__ = ["NARROW", "WIDE", "Changed", "Counted", "SquaresView", "changes", "field_blocks", "legend", "squares"]

WIDE, NARROW = (680, 280), (350, 230)
"""Width and height of the field on a desk and on a phone, in pixels."""
KNOWN = {Outcome.CORRECT, Outcome.INCORRECT, Outcome.NO_ANSWER}
TAGS = {"won": "gained", "lost": "lost", "both": "same-right", "neither": "same-wrong"}
"""The filter of the browser that shows the problems of a look."""
SINGLE = {
    "won": N_("won: only {new} right"),
    "lost": N_("lost: only {base} right"),
    "both": N_("both right"),
    "neither": N_("neither right"),
}
REPEATED = {
    "won": N_("won: {new} right more often"),
    "lost": N_("lost: {base} right more often"),
    "both": N_("equally often, at least half"),
    "neither": N_("equally often, less than half"),
}


@dataclass(frozen=True, slots=True)
class Changed:
    """What became of one problem: its look and strength as in `Square`, and its place on the page."""

    look: str
    strength: float
    place: int
    group: str


@dataclass(frozen=True, slots=True)
class Counted:
    """How many squares have a look, in words, and the filter that shows their problems."""

    look: str
    count: str
    words: str
    filter: str


@dataclass(frozen=True, slots=True)
class SquaresView:
    """The field for wide and narrow screens with its legend; `note` says what groups and shades mean."""

    wide: Markup
    narrow: Markup
    legend: tuple[Counted, ...]
    note: str


def changes(problems: Sequence[ProblemView]) -> tuple[Changed, ...]:
    """Return what became of each problem; nothing unless there are two runs, with verdicts, both on every problem."""
    labels = run_labels(problems)
    if len(labels) != 2:
        return ()
    found = []
    for place, problem in enumerate(problems):
        base, new = ([c for c in problem.completions if c.label == label] for label in labels)
        if not base or not new or any(c.outcome not in KNOWN for c in problem.completions):
            return ()
        before, after = _rate(base), _rate(new)
        moved = after - before
        look = "won" if moved > 0 else "lost" if moved < 0 else "both" if after >= 0.5 else "neither"
        found.append(Changed(look, abs(moved) if moved else 1.0, place, problem.group))
    return tuple(found)


def field_blocks(changed: Sequence[Changed]) -> list[Block]:
    """Return the squares in blocks: by group where problems have one, else by look; sorted within each."""
    groups: dict[str, list[Changed]] = {}
    grouped = any(one.group for one in changed)
    order = list(TAGS)
    for one in changed:
        groups.setdefault(one.group if grouped else one.look, []).append(one)
    if grouped:
        keys = sorted(groups, key=lambda name: (-_net(groups[name]), name))
    else:
        keys = [look for look in order if look in groups]
    return [
        Block(
            tuple(
                Square(one.look, one.strength, one.place)
                for one in sorted(groups[key], key=lambda one: (order.index(one.look), -one.strength, one.place))
            ),
            key if grouped else "",
        )
        for key in keys
    ]


def squares(problems: Sequence[ProblemView], *, key: str, title: str) -> SquaresView | None:
    """Return the field of `problems`, None where it has no meaning; `key` starts its ids, `title` is read aloud."""
    changed = changes(problems)
    if not changed:
        return None
    several = any(len(problem.completions) > 2 for problem in problems)
    explained = legend(problems, changed)
    described = tr("; ").join(f"{one.count} {one.words}" for one in explained)
    blocks = field_blocks(changed)
    fields = [lay_out(blocks, width=width, height=height) for width, height in (WIDE, NARROW)]
    wide, narrow = (
        _svg(field, f"{key}-squares-{name}", title, described)
        for field, name in zip(fields, ("wide", "narrow"), strict=True)
    )
    return SquaresView(wide, narrow, explained, _note(fields, blocks, several=several))


def legend(problems: Sequence[ProblemView], changed: Sequence[Changed]) -> tuple[Counted, ...]:
    """Return how many of `changed` have each look, with what it means."""
    base, new = run_labels(problems)
    several = any(len(problem.completions) > 2 for problem in problems)
    words = REPEATED if several else SINGLE
    return tuple(
        Counted(look, numbers.count(sum(one.look == look for one in changed)), tr(words[look], base=base, new=new), tag)
        for look, tag in TAGS.items()
    )


def _note(fields: Sequence[Field], blocks: Sequence[Block], *, several: bool) -> str:
    parts = []
    if fields[0].each > 1:
        parts.append(tr("One square stands for {n} problems.", n=fields[0].each))
    if blocks[0].name:
        parts.append(
            tr(
                "Each block holds the problems of one template. They resemble each other, so the interval counts {k} "
                "templates, not {n} problems.",
                k=numbers.count(len(blocks)),
                n=numbers.count(sum(len(block.squares) for block in blocks)),
            )
        )
    if several:
        parts.append(tr("The stronger the colour, the more completions changed."))
    return tr(" ").join(parts)


def _svg(field: Field, key: str, title: str, described: str) -> Markup:
    drawn = Markup("").join(_path(one, f"{key}-{number}") for number, one in enumerate(paths(field)))
    return Markup(
        '<svg class="squares" role="img" aria-labelledby="{}-title {}-desc" viewBox="0 0 {:g} {:g}" '
        'width="{:g}" height="{:g}" data-side="{:g}">'
        '<title id="{}-title">{}</title><desc id="{}-desc">{}</desc>{}</svg>'
    ).format(
        key, key, field.width, field.height, field.width, field.height, field.side, key, title, key, described, drawn
    )


def _path(drawn: Drawn, key: str) -> Markup:
    """Return the squares of one look; `data-places` has the first place and how far each further one is from it."""
    steps = [place - before for before, place in zip((0, *drawn.places), drawn.places, strict=False)]
    looks = Markup('class="sq-{}" stroke-width="{:.3g}"{}').format(
        drawn.look,
        drawn.side,
        Markup("") if drawn.eighths == 8 else Markup(' stroke-opacity="{}"').format(_opacity(drawn.eighths)),
    )
    path = Markup('<path{} d="{}" data-places="{}"/>')
    places = " ".join(map(str, steps))
    if not drawn.hole:
        return path.format(Markup(" ") + looks, drawn.path, places)
    # Drawn twice, and said once.
    return Markup('<defs>{}</defs><use href="#{}" {}/><use href="#{}" class="hole" stroke-width="{:.3g}"/>').format(
        path.format(Markup(' id="{}"').format(key), drawn.path, places), key, looks, key, drawn.hole
    )


def _opacity(eighths: int) -> str:
    return f"{0.25 + 0.75 * eighths / 8:.2f}"


def _rate(completions: Sequence[CompletionView]) -> float:
    return sum(c.outcome == Outcome.CORRECT for c in completions) / len(completions)


def _net(group: Sequence[Changed]) -> float:
    signs = {"won": 1.0, "lost": -1.0}
    return sum(signs.get(one.look, 0.0) * one.strength for one in group) / len(group)
