"""From Findings to what the template shows: which part stands where, and every number rounded once."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from markupsafe import Markup

from evalsuite.figures.characters import columns
from evalsuite.findings import CautionKind, Cell, Column, Figure, Findings, Kind, Table
from evalsuite.stats.decision import Verdict, VerdictKind
from evalsuite.wording.language import N_, tr
from evalsuite.wording.method_names import method_name
from evalsuite.wording.verdicts import verdict_label
from reports import cells as form
from reports.analysis_id import analysis_id, commands
from reports.completion_cards import cards, filters
from reports.drawing import Job, Picture, picture, pictures
from reports.provenance import shown_provenance
from reports.sections import HEADLINE, REST, SECTIONS, SETUP, TILES, VERDICTS, Plan, section_of
from reports.view_models import (
    AnswerView,
    CellView,
    FigureView,
    HeaderView,
    PropertyView,
    SectionView,
    TableView,
    Tile,
    VerdictView,
)

__all__ = [
    "answer",
    "figure_view",
    "jobs",
    "marks",
    "plain_words",
    "table_key",
    "table_view",
    "verdict_view",
]

FOLDED_ROWS = 12
"""Longer tables open on demand."""

LARGE = 260
"""Columns of text that large type can bear; a Chinese character takes two."""
SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z])|(?<=[\u3002\uff01\uff1f])(?=.)")
"""Where one sentence ends and another begins, after Latin or Chinese punctuation."""

CAUTIONS = {
    "unfinished": N_("unfinished"),
    "confounded": N_("confounded"),
    "mixed arm": N_("mixed arm"),
    "format": N_("a matter of format"),
    "grader": N_("the grader decides"),
}
"""How the first screen marks each kind of caution."""

PLAIN: dict[VerdictKind, str] = {
    "resolved gain": N_("The new run is better: equal runs would rarely differ this much."),
    "resolved loss": N_("The new run is worse: equal runs would rarely differ this much."),
    "equivalent": N_("The runs are as good as each other, within the margin that was stated before."),
    "unresolved": N_("Not shown: these data do not tell a gain or a loss from chance."),
    "cannot resolve by design": N_(
        "Cannot be told: with so few problems or templates, no outcome could have shown a difference."
    ),
    "one training seed": N_(
        "Cannot be told: with one training seed in each arm, no number of problems judges the recipe."
    ),
    "not identified": N_("Cannot be told: completions cut at the token cap could turn the answer."),
}
"""What a verdict means to a reader without statistics."""

UNDER_THIS_GRADER: dict[tuple[VerdictKind, CautionKind], str] = {
    ("resolved gain", "format"): N_("More answers count as right here, and how they are written can account for it."),
    ("resolved loss", "format"): N_("Fewer answers count as right here, and how they are written can account for it."),
    ("resolved gain", "grader"): N_("Better under this grader, worse under another."),
    ("resolved loss", "grader"): N_("Worse under this grader, better under another."),
}
"""The same where a caution, by its kind, says that the grader makes the verdict."""

SEVERAL: dict[VerdictKind, str] = {
    "resolved gain": N_("Better than the base: {labels}."),
    "resolved loss": N_("Worse than the base: {labels}."),
    "equivalent": N_("As good as the base, within the margin that was stated before: {labels}."),
    "unresolved": N_("Not told apart from the base: {labels}."),
    "cannot resolve by design": N_("Cannot be told, because no outcome could have shown a difference: {labels}."),
    "not identified": N_("Cannot be told, because completions cut at the token cap could turn the answer: {labels}."),
}
"""The same of several new runs."""

ESTIMATE_COLUMNS: tuple[tuple[str, Kind], ...] = (
    (N_("Name"), "text"),
    (N_("Low"), "number"),
    (N_("Estimate"), "number"),
    (N_("High"), "number"),
    (N_("Level"), "number"),
    (N_("Method"), "text"),
    (N_("Problems"), "count"),
)
TEST_COLUMNS: tuple[tuple[str, Kind], ...] = (
    (N_("Name"), "text"),
    (N_("Statistic"), "number"),
    (N_("p"), "pvalue"),
    (N_("Alternative"), "text"),
    (N_("Effect"), "number"),
    (N_("Method"), "text"),
)
ALTERNATIVES = (N_("two-sided"), N_("less"), N_("greater"))

TONES: dict[VerdictKind, str] = {"resolved gain": "gain", "resolved loss": "loss", "equivalent": "equal"}
SIGNS = {"gain": "▲", "loss": "▼", "equal": "≈", "open": "?"}


def answer(findings: Findings, *, key: str, drawn: Mapping[str, Picture] | None = None) -> AnswerView:
    """Return the view of `findings`; `key` starts every id, so that a page can hold several.

    `drawn` holds the pictures of `jobs`; None draws them here.

    Raises
    ------
    ValueError
        Two tables or two figures share a name, or a figure cannot be drawn from the table it names.
    """
    for kind, names in (("tables", [t.name for t in findings.tables]), ("figures", [f.name for f in findings.figures])):
        if len(set(names)) < len(names):
            raise ValueError(f"{kind} of {findings.name!r} need different names, got {names}")
    made_by = analysis_id(findings)
    figures = _figures(findings, key, made_by, pictures(jobs(findings, key)) if drawn is None else drawn)
    headline = figures.pop(HEADLINE, None)
    in_figures = {figure.table for figure in findings.figures}
    tables = {
        table.name: table_view(table, key=table_key(key, table.name), made_by=made_by)
        for table in findings.tables
        if table.name not in in_figures and table.name != SETUP
    }
    tables_by_name = {table.name: table for table in findings.tables}
    setup = tables_by_name.get(SETUP)
    problem_cards = cards(findings.problems)
    sentence, more = _parts(findings.sentence)
    return AnswerView(
        key=key,
        made_by=made_by,
        question=findings.question,
        estimand=findings.estimand,
        plain=plain_words(findings),
        sentence=sentence,
        more=more,
        verdict=verdict_view(findings.verdict, findings.label),
        marks=marks(findings),
        grave=tuple(caution.text for caution in findings.cautions),
        notes=findings.notes,
        headline=headline,
        tiles=_tiles(tables_by_name.get(TILES), _level(findings), tables_by_name.get(VERDICTS)),
        setup=_properties(setup) if setup else (),
        setup_note=setup.note if setup else "",
        sections=_sections(figures, tables, key),
        problems=problem_cards,
        n_problems=form.count(len(findings.problems)),
        filters=filters(problem_cards),
        details=_details(findings, key, made_by),
        commands=commands(findings),
        provenance=shown_provenance(findings.provenance),
    )


def jobs(findings: Findings, key: str) -> list[Job]:
    """Return the figures to draw, those whose table has rows, with the ids that they have in the answer `key`.

    Raises
    ------
    ValueError
        A figure names a table that is not there.
    """
    tables = {table.name: table for table in findings.tables}
    found = []
    for figure in findings.figures:
        if figure.table not in tables:
            raise ValueError(f"figure {figure.name!r} needs table {figure.table!r}, there are {sorted(tables)}")
        if tables[figure.table].rows:
            found.append((_figure_key(key, figure.name), figure, tables[figure.table]))
    return found


def plain_words(findings: Findings) -> str:
    """Return the verdict for a reader without statistics; of several new runs, which are better and which are not."""
    if findings.verdict is not None:
        for caution in findings.cautions:
            if (findings.verdict.kind, caution.kind) in UNDER_THIS_GRADER:
                return tr(UNDER_THIS_GRADER[findings.verdict.kind, caution.kind])
        return tr(PLAIN[findings.verdict.kind])
    table = next((table for table in findings.tables if table.name == VERDICTS), None)
    if table is None:
        return ""
    decided = _verdicts(table)
    by_kind = {kind: [run for run, verdict in decided.items() if verdict.kind == kind] for kind in SEVERAL}
    return tr(" ").join(tr(SEVERAL[kind], labels=tr(", ").join(runs)) for kind, runs in by_kind.items() if runs)


def marks(findings: Findings) -> tuple[str, ...]:
    """Return what stands in the way of reading the answer as it is, in a word or two each."""
    return tuple(dict.fromkeys(tr(CAUTIONS[caution.kind]) for caution in findings.cautions))


def figure_view(figure: Figure, table: Table, *, key: str) -> FigureView:
    """Return the view of `figure` with its `table` for a page that has no analysis; `key` starts its ids."""
    own = _figure_key(key, figure.name)
    return _figure(figure, table_view(table, key=f"{key}-table"), own, picture(own, figure, table))


def verdict_view(verdict: Verdict | None, label: str = "") -> VerdictView | None:
    """Return how the verdict is shown, or `label` where there is none; a sign says the tone without colour."""
    if verdict is None:
        return VerdictView(tr(label), "open", SIGNS["open"]) if label else None
    tone = TONES.get(verdict.kind, "open")
    return VerdictView(verdict_label(verdict), tone, SIGNS[tone])


def table_view(table: Table, *, key: str, made_by: str = "") -> TableView:
    """Return `table` with rounded cells; `key` becomes its id, `made_by` is the id of its analysis."""
    numeric = [column.kind in form.NUMERIC for column in table.columns]
    return TableView(
        key=_identifier(key),
        title=table.title,
        note=table.note,
        headers=tuple(HeaderView(c.title, c.kind, n) for c, n in zip(table.columns, numeric, strict=True)),
        rows=tuple(
            tuple(
                CellView(text, column.kind, is_numeric)
                for text, column, is_numeric in zip(texts, table.columns, numeric, strict=True)
            )
            for texts in form.rows(table)
        ),
        folded=len(table.rows) > FOLDED_ROWS,
        made_by=made_by,
    )


def table_key(key: str, name: str) -> str:
    """Return the id of the table `name` in the answer whose ids start with `key`."""
    return _identifier(f"{key}-table-{name}")


def _figure_key(key: str, name: str) -> str:
    return _identifier(f"{key}-fig-{name}")


def _identifier(text: str) -> str:
    return "".join(c if c.isascii() and (c.isalnum() or c in "-_") else f"-{ord(c):x}" for c in text)


def _figures(findings: Findings, key: str, made_by: str, drawn: Mapping[str, Picture]) -> dict[str, FigureView]:
    """Return the views of all figures by name. A table goes with the first figure that shows it."""
    tables = {table.name: table for table in findings.tables}
    shown: set[str] = set()
    views = {}
    for figure in findings.figures:
        table = tables[figure.table]
        view = None
        if figure.table not in shown:
            view = table_view(table, key=table_key(key, table.name), made_by=made_by)
        shown.add(figure.table)
        own = _figure_key(key, figure.name)
        views[figure.name] = replace(_figure(figure, view, own, drawn.get(own)), made_by=made_by)
    return views


def _figure(figure: Figure, view: TableView | None, key: str, drawn: Picture | None) -> FigureView:
    if drawn is None:
        drawn = Picture(Markup(), Markup(), "", None)
    return FigureView(
        key=key,
        name=figure.name,
        title=figure.title,
        description=figure.description,
        wide=drawn.wide,
        narrow=drawn.narrow,
        table=view,
        vector=drawn.vector,
        raster=drawn.raster,
    )


def _sections(figures: Mapping[str, FigureView], tables: Mapping[str, TableView], key: str) -> tuple[SectionView, ...]:
    def chosen(names: Sequence[str], plan: Plan) -> list[str]:
        own = [name for name in names if section_of(name) is plan]
        return sorted(own, key=lambda name: plan.rank(name) or 0)

    views = []
    for plan in (*SECTIONS, REST):
        own_figures = tuple(figures[name] for name in chosen(list(figures), plan))
        own_tables = tuple(tables[name] for name in chosen(list(tables), plan))
        if own_figures or own_tables:
            views.append(SectionView(f"{key}-{plan.key}", tr(plan.title), tr(plan.lead), own_figures, own_tables))
    return tuple(views)


def _level(findings: Findings) -> str:
    levels = [figure.options.get("level") for figure in findings.figures if figure.table == TILES]
    if levels and isinstance(levels[0], float):
        return tr("{level}% CI", level=f"{100 * levels[0]:g}")
    return tr("interval")


def _parts(text: str) -> tuple[str, str]:
    """Cut a text that is too long for large type after its first sentence."""
    end = SENTENCE_END.search(text)
    return (text, "") if end is None or columns(text) <= LARGE else (text[: end.start()], text[end.end() :])


def _tiles(table: Table | None, interval_name: str, verdicts: Table | None) -> tuple[Tile, ...]:
    decided = {} if verdicts is None else _verdicts(verdicts)
    if table is None or not {"label", "value"} <= {column.key for column in table.columns}:
        return ()
    at = {column.key: i for i, column in enumerate(table.columns)}
    tiles = []
    for position, cells in enumerate(table.rows):
        texts = form.row(table, cells)
        known = {key: texts[i] for key, i in at.items() if cells[i] is not None}
        counts = tr("{k} of {n} problems", k=known["k"], n=known["n"]) if {"k", "n"} <= set(known) else ""
        if not counts and "n" in known:
            counts = tr("{n} problems", n=known["n"])
        interval = ""
        if {"low", "high"} <= set(known):
            interval = tr("{interval} {low} to {high}", interval=interval_name, low=known["low"], high=known["high"])
        verdict = verdict_view(decided.get(str(cells[at["label"]])))
        tiles.append(Tile(texts[at["label"]], texts[at["value"]], counts, interval, position, verdict))
    return tuple(tiles)


def _verdicts(table: Table) -> dict[str, Verdict]:
    pairs = zip(table.column("label"), table.column("verdict"), strict=True)
    return {str(label): verdict for label, verdict in pairs if isinstance(verdict, Verdict)}


def _properties(table: Table) -> tuple[PropertyView, ...]:
    runs = [column.title for column in table.columns[1:]]
    properties = []
    for cells in table.rows:
        name, *texts = form.row(table, cells)
        differs = len(set(texts)) > 1
        pairs = zip(runs, texts, strict=True) if differs else [("", text) for text in texts[:1]]
        properties.append(PropertyView(name, tuple(pairs), differs))
    return tuple(properties)


def _details(findings: Findings, key: str, made_by: str) -> tuple[TableView, ...]:
    """Return all estimates and tests as tables: their unit is that of the quantity, so they stay numbers."""
    estimates: list[tuple[Cell, ...]] = [
        (tr(name), e.low, e.value, e.high, e.confidence_level, method_name(e.method), e.n_problems)
        for name, e in sorted(findings.estimates.items())
    ]
    tests: list[tuple[Cell, ...]] = [
        (tr(name), t.statistic, t.pvalue, tr(t.alternative), t.effect, method_name(t.method))
        for name, t in sorted(findings.tests.items())
    ]
    views = []
    for name, title, made, rows in (
        ("estimates", tr("Estimates"), ESTIMATE_COLUMNS, estimates),
        ("tests", tr("Tests"), TEST_COLUMNS, tests),
    ):
        if rows:
            heads = tuple(Column(text.lower(), tr(text), kind) for text, kind in made)
            views.append(table_view(Table(name, title, heads, tuple(rows)), key=f"{key}-all-{name}", made_by=made_by))
    return tuple(views)
