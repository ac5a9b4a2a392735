"""What lies below the first screen: parts that open on demand, each behind a question with its answer in one line.

An answer beside the main one goes into the part that asks the same; nothing stands twice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from evalsuite.findings import Findings
from evalsuite.wording.language import N_, tr
from reports.answer import SENTENCE_END
from reports.sections import SECTIONS
from reports.view_models import AnswerView, FigureView, SectionView, TableView

__all__ = ["BY_SQUARES", "Drawer", "DrawerPart", "drawers", "first_sentence", "unrepeated"]

TOPICS = {
    "truncation": "token_limit",
    "grader_agreement": "grader",
    "attribution": "attribution",
    "breakdown": "fails",
    "subset_outlook": "fewer",
    "training_signal": "training",
    "noise_floor": "token_limit",
    "label_noise": "labels",
    "seed_comparison": "seeds",
}
"""The part of a page to which the answer of an analysis belongs."""
ASSUMPTIONS = {
    "truncation": N_("Under the assumption that every answer had been finished: {verdict}."),
    "seed_comparison": N_("Over training seeds: {verdict}."),
}
"""How the verdict of a further answer is put, so that it contradicts none: by the name of the analysis."""
ELSE = N_("Under the assumption of this part: {verdict}.")
BY_SQUARES = ("accuracy", "paired")
"""Figures, and those whose names go on after an underscore, that the field of squares or the table of runs takes the
place of; their files lie beside the page."""
WITH_SETUP = "prompts"
"""The part that stands with the set-up."""


@dataclass(frozen=True, slots=True)
class DrawerPart:
    """What one answer brings to a part; `question` is empty where the part asks it, `under` is its verdict in words."""

    key: str
    question: str
    lead: str
    under: str
    sentence: str
    cautions: tuple[str, ...]
    notes: tuple[str, ...]
    estimand: str
    figures: tuple[FigureView, ...]
    tables: tuple[TableView, ...]


@dataclass(frozen=True, slots=True)
class Drawer:
    """A part of the page: the question, its answer in one line, and what stands inside."""

    key: str
    title: str
    line: str
    parts: tuple[DrawerPart, ...]


def unrepeated(findings: Sequence[Findings]) -> list[Findings]:
    """Return `findings` where a table or figure that an earlier one has stands there alone.

    A figure is the same where its table, its kind and its options are.
    """
    seen_tables: list[object] = []
    seen_figures: list[object] = []
    kept = []
    for one in findings:
        tables = {table.name: table for table in one.tables}
        figures, own_figures = [], []
        for figure in one.figures:
            drawn = (figure.kind, dict(figure.options), tables.get(figure.table))
            own_figures.append(drawn)
            if drawn not in seen_figures:
                figures.append(figure)
        needed = {figure.table for figure in figures}
        remaining = tuple(t for t in one.tables if t not in seen_tables or t.name in needed)
        seen_tables += one.tables
        seen_figures += own_figures
        kept.append(replace(one, tables=remaining, figures=tuple(figures)))
    return kept


def drawers(
    views: Sequence[AnswerView], answers: Mapping[str, str], *, replaced: Sequence[str] = ()
) -> tuple[Drawer, ...]:
    """Return the parts of the page in their order.

    Parameters
    ----------
    views
        The answers of the page, the main one first.
    answers
        What each part of the main answer says in one line, by the key of the part.
    replaced
        Figures of the main answer that the first screen takes the place of, by name: their tables stay.
    """
    main, *others = views
    found: dict[str, Drawer] = {}
    for part in main.sections:
        topic = part.key.removeprefix(f"{main.key}-")
        if topic != WITH_SETUP:
            sentence = _whole(main) if topic == "real" and answers else ""
            own = _own(part, sentence, replaced)
            if topic == "real" and replaced:
                own = _with_headline(own, main.headline)
            found[topic] = Drawer(part.key, part.title, answers.get(topic, part.lead), (own,))
    if answers and "real" not in found:
        # The whole sentence stands there, whether or not there is a table beside it.
        title = next(tr(plan.title) for plan in SECTIONS if plan.key == "real")
        whole = DrawerPart("", "", "", "", _whole(main), (), (), "", (), ())
        found["real"] = Drawer(f"{main.key}-real", title, answers.get("real", main.plain), (whole,))
    for view in others:
        topic = TOPICS.get(view.made_by.rpartition("-")[0], view.key)
        before = found.get(topic)
        line = view.short or first_sentence(_whole(view))
        if before is None:
            title = next((tr(plan.title) for plan in SECTIONS if plan.key == topic), view.question)
            asked = "" if title == view.question else view.question
            found[topic] = Drawer(f"{main.key}-{topic}", title, line, _further(view, asked))
        else:
            better = answers.get(topic) or line
            found[topic] = replace(before, line=better, parts=(*before.parts, *_further(view, view.question)))
    order = [plan.key for plan in SECTIONS]
    return tuple(found[topic] for topic in sorted(found, key=lambda t: order.index(t) if t in order else len(order)))


def _own(part: SectionView, sentence: str, replaced: Sequence[str]) -> DrawerPart:
    def is_replaced(figure: FigureView) -> bool:
        return any(figure.name == name or figure.name.startswith(f"{name}_") for name in replaced)

    figures = tuple(figure for figure in part.figures if not is_replaced(figure))
    left = [figure.table for figure in part.figures if is_replaced(figure) and figure.table is not None]
    # Of several runs there is one a run: they open on demand.
    left = [replace(table, folded=table.folded or len(left) > 1) for table in left]
    return DrawerPart("", "", part.lead, "", sentence, (), (), "", figures, (*left, *part.tables))


def _with_headline(part: DrawerPart, headline: FigureView | None) -> DrawerPart:
    """Return `part` with the figure of the difference first: of several runs its numbers alone."""
    if headline is None:
        return part
    if any(table.key.endswith("-verdicts") for table in part.tables):
        return replace(part, tables=part.tables if headline.table is None else (headline.table, *part.tables))
    return replace(part, figures=(headline, *part.figures))


def _further(view: AnswerView, question: str) -> tuple[DrawerPart, ...]:
    name = view.made_by.rpartition("-")[0]
    under = tr(ASSUMPTIONS.get(name, ELSE), verdict=view.verdict.label) if view.verdict else ""
    figures = tuple(figure for part in view.sections for figure in part.figures)
    if view.headline is not None:
        figures = (view.headline, *figures)
    tables = tuple(table for part in view.sections for table in part.tables)
    return (
        DrawerPart(
            f"{view.key}-question", question, "", under, _whole(view), view.cautions, view.notes, view.estimand,
            figures, tables,
        ),
    )  # fmt: skip


def _whole(view: AnswerView) -> str:
    return tr(" ").join(part for part in (view.sentence, view.more) if part)


def first_sentence(text: str) -> str:
    """Return the first sentence of `text`."""
    end = SENTENCE_END.search(text)
    return text if end is None else text[: end.start()]
