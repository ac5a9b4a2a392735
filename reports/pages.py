"""From Findings to what the template shows: which part stands where, and every number rounded once."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from markupsafe import Markup

from evalsuite.figures.drawing import draw
from evalsuite.figures.theme import NARROW, to_svg
from evalsuite.findings import Cell, Column, Figure, Findings, Table
from reports import format as form
from reports.layout import HEADLINE, REST, SECTIONS, SETUP, TILES, Plan, section_of
from reports.problems import cards, filters
from reports.views import (
    AnswerView,
    CellView,
    FigureView,
    HeaderView,
    Note,
    PropertyView,
    SectionView,
    TableView,
    Tile,
    Verdict,
)

__all__ = ["answer", "table_view", "verdict_view"]

FOLDED_ROWS = 12
"""Longer tables open on demand."""

LARGE = 260
"""Characters that large type can bear."""

GRAVE = ("unfinished", "not finished", "confounded", "cannot be compared")
"""Words of a note that the answer must not be read without."""

SIGNS = {"gain": "▲", "loss": "▼", "equal": "≈", "open": "?"}


def answer(findings: Findings, *, key: str) -> AnswerView:
    """Return the view of `findings`; `key` starts every id, so that a page can hold several.

    Raises
    ------
    ValueError
        Two tables or two figures share a name, or a figure cannot be drawn from the table it names.
    """
    for kind, names in (("tables", [t.name for t in findings.tables]), ("figures", [f.name for f in findings.figures])):
        if len(set(names)) < len(names):
            raise ValueError(f"{kind} of {findings.name!r} need different names, got {names}")
    figures = _figures(findings, key)
    headline = figures.pop(HEADLINE, None)
    in_figures = {figure.table for figure in findings.figures}
    tables = {
        table.name: table_view(table, key=f"{key}-table-{table.name}")
        for table in findings.tables
        if table.name not in in_figures and table.name != SETUP
    }
    tables_by_name = {table.name: table for table in findings.tables}
    setup = tables_by_name.get(SETUP)
    problem_cards = cards(findings.problems)
    sentence, more = _parts(findings.sentence)
    commands = findings.provenance.get("command", ())
    return AnswerView(
        key=key,
        question=findings.question,
        estimand=findings.estimand,
        sentence=sentence,
        more=more,
        verdict=verdict_view(findings.verdict),
        notes=tuple(Note(note, any(word in note.lower() for word in GRAVE)) for note in findings.notes),
        headline=headline,
        tiles=_tiles(tables_by_name.get(TILES), _level(findings)),
        setup=_properties(setup) if setup else (),
        setup_note=setup.note if setup else "",
        sections=_sections(figures, tables, key),
        problems=problem_cards,
        n_problems=form.count(len(problem_cards)),
        filters=filters(problem_cards),
        details=_details(findings, key),
        commands=(commands,) if isinstance(commands, str) else tuple(str(command) for command in commands),
        provenance={name: value for name, value in findings.provenance.items() if name != "command"},
    )


def verdict_view(label: str | None) -> Verdict | None:
    """Return how the decision label is shown: its tone comes with a sign, so that colour is not needed."""
    if label is None:
        return None
    words = label.lower()
    tone = "equal" if "equivalent" in words else "loss" if "loss" in words else "gain" if "gain" in words else "open"
    return Verdict(label, tone, SIGNS[tone])


def table_view(table: Table, *, key: str) -> TableView:
    """Return `table` with rounded cells; `key` becomes its id."""
    numeric = [column.kind in form.NUMERIC for column in table.columns]
    return TableView(
        key=_identifier(key),
        title=table.title,
        note=table.note,
        headers=tuple(HeaderView(c.title, c.kind, n) for c, n in zip(table.columns, numeric, strict=True)),
        rows=tuple(
            tuple(
                CellView(text, column.kind, is_numeric)
                for text, column, is_numeric in zip(form.row(table, cells), table.columns, numeric, strict=True)
            )
            for cells in table.rows
        ),
        folded=len(table.rows) > FOLDED_ROWS,
    )


def _identifier(text: str) -> str:
    return "".join(c if c.isascii() and (c.isalnum() or c in "-_") else f"-{ord(c):x}" for c in text)


def _figures(findings: Findings, key: str) -> dict[str, FigureView]:
    """Return the views of all figures by name. A table goes with the first figure that shows it."""
    tables = {table.name: table for table in findings.tables}
    shown: set[str] = set()
    views = {}
    for figure in findings.figures:
        if figure.table not in tables:
            raise ValueError(f"figure {figure.name!r} needs table {figure.table!r}, there are {sorted(tables)}")
        table = tables[figure.table]
        view = None if figure.table in shown else table_view(table, key=f"{key}-table-{table.name}")
        if view is not None and figure.name == HEADLINE:
            view = replace(view, folded=True)
        shown.add(figure.table)
        views[figure.name] = _figure(figure, table, view, _identifier(f"{key}-fig-{figure.name}"))
    return views


def _figure(figure: Figure, table: Table, view: TableView | None, key: str) -> FigureView:
    texts = {"title": figure.title, "description": figure.description}
    if not table.rows:
        return FigureView(key, figure.name, **texts, wide=Markup(), narrow=Markup(), table=view, picture=None)
    picture = draw(figure, table)
    return FigureView(
        key=key,
        name=figure.name,
        **texts,
        # The SVG is matplotlib's, with every text escaped by its XML writer.
        wide=Markup(to_svg(picture, name=f"{key}-wide", **texts)),  # noqa: S704
        narrow=Markup(to_svg(draw(figure, table, width=NARROW), name=f"{key}-narrow", **texts)),  # noqa: S704
        table=view,
        picture=picture,
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
            views.append(SectionView(f"{key}-{plan.key}", plan.title, plan.lead, own_figures, own_tables))
    return tuple(views)


def _level(findings: Findings) -> str:
    levels = [figure.options.get("level") for figure in findings.figures if figure.table == TILES]
    return f"{100 * levels[0]:g}% CI" if levels and isinstance(levels[0], float) else "interval"


def _parts(text: str) -> tuple[str, str]:
    """Cut a text that is too long for large type after its first sentence."""
    end = re.search(r"(?<=[.!?])\s+(?=[A-Z])", text)
    return (text, "") if end is None or len(text) <= LARGE else (text[: end.start()], text[end.end() :])


def _tiles(table: Table | None, interval_name: str) -> tuple[Tile, ...]:
    if table is None or not {"label", "value"} <= {column.key for column in table.columns}:
        return ()
    at = {column.key: i for i, column in enumerate(table.columns)}
    tiles = []
    for position, cells in enumerate(table.rows):
        texts = form.row(table, cells)
        known = {key: texts[i] for key, i in at.items() if cells[i] is not None}
        counts = f"{known['k']} of {known['n']} problems" if {"k", "n"} <= set(known) else ""
        if not counts and "n" in known:
            counts = f"{known['n']} problems"
        interval = f"{interval_name} {known['low']} to {known['high']}" if {"low", "high"} <= set(known) else ""
        tiles.append(Tile(texts[at["label"]], texts[at["value"]], counts, interval, position))
    return tuple(tiles)


def _properties(table: Table) -> tuple[PropertyView, ...]:
    runs = [column.title for column in table.columns[1:]]
    properties = []
    for cells in table.rows:
        name, *texts = form.row(table, cells)
        differs = len(set(texts)) > 1
        pairs = zip(runs, texts, strict=True) if differs else [("", text) for text in texts[:1]]
        properties.append(PropertyView(name, tuple(pairs), differs))
    return tuple(properties)


def _details(findings: Findings, key: str) -> tuple[TableView, ...]:
    """Return all estimates and tests as tables: their unit is that of the quantity, so they stay numbers."""
    estimates: list[tuple[Cell, ...]] = [
        (name, e.low, e.value, e.high, e.confidence_level, e.method, e.n_problems)
        for name, e in sorted(findings.estimates.items())
    ]
    tests: list[tuple[Cell, ...]] = [
        (name, t.statistic, t.pvalue, t.alternative, t.effect, t.method) for name, t in sorted(findings.tests.items())
    ]
    columns = {
        "estimates": "Name:text Low:number Estimate:number High:number Level:number Method:text Problems:count",
        "tests": "Name:text Statistic:number p:pvalue Alternative:text Effect:number Method:text",
    }
    views = []
    for name, title, rows in (("estimates", "Estimates", estimates), ("tests", "Tests", tests)):
        made = [part.split(":") for part in columns[name].split()]
        if rows:
            heads: Any = tuple(Column(text.lower(), text, kind) for text, kind in made)  # type: ignore[arg-type]
            views.append(table_view(Table(name, title, heads, tuple(rows)), key=f"{key}-all-{name}"))
    return tuple(views)
