"""From Findings to the view of one answer: which part stands where, and every number rounded once."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from markupsafe import Markup

from evalsuite.figures.characters import columns
from evalsuite.findings import Cell, Column, Figure, Findings, Table
from evalsuite.wording.language import N_, tr
from evalsuite.wording.method_names import method_name
from reports import cells as form
from reports.analysis_id import analysis_id, commands
from reports.completion_cards import cards, filters
from reports.drawing import Job, Picture, picture, pictures
from reports.headline import headline_range, means_table
from reports.provenance import translated_provenance
from reports.sections import HEADLINE, REST, SECTIONS, SETUP, TILES, VERDICTS, Plan, section_of
from reports.verdicts import marks, plain_words, verdict_view, verdicts_by_run
from reports.view_models import (
    AnswerView,
    CellView,
    FigureView,
    HeaderView,
    PropertyView,
    SectionView,
    TableView,
    Tile,
)

__all__ = ["answer", "figure_view", "jobs", "table_key", "table_view"]

FOLDED_ROWS = 12
"""Longer tables open on demand."""

CURVES, ALONG = ("curves", "lengths"), ("x", "tokens")
"""Figures of curves, and the columns of their tables along which these run."""
MOST_LINES, MOST_ROWS = 8, 20
"""Figures of more lines, or of more intervals, tell nobody anything: their table stands alone."""
LARGE = 260
"""Columns of text that large type can bear; a Chinese character takes two."""
SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z])|(?<=[\u3002\uff01\uff1f])(?=.)")
"""Where one sentence ends and another begins, after Latin or Chinese punctuation."""

ESTIMATE_COLUMNS = (
    Column("name", N_("Name")),
    Column("low", N_("Low"), "number"),
    Column("value", N_("Estimate"), "number"),
    Column("high", N_("High"), "number"),
    Column("level", N_("Level"), "number"),
    Column("method", N_("Method")),
    Column("n", N_("Problems"), "count"),
)
TEST_COLUMNS = (
    Column("name", N_("Name")),
    Column("statistic", N_("Statistic"), "number"),
    Column("pvalue", N_("p"), "pvalue"),
    Column("alternative", N_("Alternative")),
    Column("effect", N_("Effect"), "number"),
    Column("method", N_("Method")),
)
"""Their titles are in English; the tables of details translate them."""
ALTERNATIVES = (N_("two-sided"), N_("less"), N_("greater"))


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
    findings = replace(findings, figures=_readable(findings))
    figures = _figures(findings, key, made_by, pictures(jobs(findings, key)) if drawn is None else drawn)
    headline = figures.pop(HEADLINE, None)
    in_figures = {figure.table for figure in findings.figures}
    tables = {
        table.name: table_view(table, key=table_key(key, table.name), made_by=made_by)
        for table in findings.tables
        if table.name not in in_figures and table.name != SETUP
    }
    if VERDICTS in tables:
        # Whole sentences, whose short form stands above.
        tables[VERDICTS] = replace(tables[VERDICTS], folded=True)
    tables_by_name = {table.name: table for table in findings.tables}
    setup = tables_by_name.get(SETUP)
    problem_cards = cards(findings.problems)
    sentence, more = _first_sentence(findings.sentence)
    return AnswerView(
        key=key,
        made_by=made_by,
        question=findings.question,
        estimand=findings.estimand,
        finding=findings.finding,
        short=findings.answers.get("", ""),
        changed=findings.answers.get("setup", ""),
        plain=plain_words(findings),
        sentence=sentence,
        more=more,
        verdict=verdict_view(findings.verdict, findings.label),
        marks=marks(findings),
        cautions=tuple(caution.text for caution in findings.cautions),
        notes=findings.notes,
        headline=headline,
        tiles=_tiles(findings, tables_by_name.get(VERDICTS)),
        setup=_properties(setup) if setup else (),
        setup_note=setup.note if setup else "",
        sections=_sections(figures, tables, key),
        problems=problem_cards,
        n_problems=form.count(len(findings.problems)),
        filters=filters(problem_cards),
        details=_details(findings, key, made_by),
        commands=commands(findings),
        provenance=translated_provenance(findings.provenance),
    )


def jobs(findings: Findings, key: str) -> list[Job]:
    """Return the figures to draw, those whose table has rows, with the ids that they have in the answer `key`.

    Raises
    ------
    ValueError
        A figure names a table that is not there.
    """
    tables = {table.name: table for table in findings.tables}
    drawable: list[Job] = []
    for figure in _readable(findings):
        if figure.table not in tables:
            raise ValueError(f"figure {figure.name!r} needs table {figure.table!r}, there are {sorted(tables)}")
        if tables[figure.table].rows:
            drawable.append((_figure_key(key, figure.name), figure, tables[figure.table]))
    return drawable


def _readable(findings: Findings) -> tuple[Figure, ...]:
    """Return the figures that are not crowded."""
    tables = {table.name: table for table in findings.tables}
    return tuple(figure for figure in findings.figures if not _crowded(figure, tables.get(figure.table)))


def _crowded(figure: Figure, table: Table | None) -> bool:
    if table is None or not any(column.key == "label" for column in table.columns):
        return False
    if figure.kind in ("curves", "lengths"):
        return len(set(table.column("label"))) > MOST_LINES
    return figure.kind in ("difference", "intervals") and len(table.rows) > MOST_ROWS


def figure_view(figure: Figure, table: Table, *, key: str) -> FigureView:
    """Return the view of `figure` with its `table` for a page that has no analysis; `key` starts its ids."""
    figure_key = _figure_key(key, figure.name)
    drawn = picture(figure_key, figure, table)
    return _figure(figure, table_view(table, key=f"{key}-table"), figure_key, drawn)


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
    with_numbers: set[str] = set()
    views = {}
    for figure in findings.figures:
        table = tables[figure.table]
        view = None
        if figure.table not in with_numbers:
            view = table_view(table, key=table_key(key, table.name), made_by=made_by)
            view = _without_level_stretches(view, table) if figure.kind in CURVES else view
        with_numbers.add(figure.table)
        figure_key = _figure_key(key, figure.name)
        views[figure.name] = replace(_figure(figure, view, figure_key, drawn.get(figure_key)), made_by=made_by)
    return views


def _without_level_stretches(view: TableView, table: Table) -> TableView:
    """Return the numbers of curves without rows whose neighbours of the same curve show the same, but for one column.

    That column is the one along which the curves run; the file beside the page has every row.
    """
    along = next((place for place, column in enumerate(table.columns) if column.key in ALONG), None)
    if along is None or len(view.rows) <= FOLDED_ROWS:
        return view
    shown = [tuple(cell.text for place, cell in enumerate(row) if place != along) for row in view.rows]
    last = len(shown) - 1
    kept = [
        row for place, row in enumerate(view.rows)
        if place in (0, last) or not shown[place - 1] == shown[place] == shown[place + 1]
    ]  # fmt: skip
    if len(kept) == len(view.rows):
        return view
    left_out = tr("Rows between two that show the same are left out here; the file has them.")
    return replace(view, rows=tuple(kept), note=tr(" ").join(part for part in (view.note, left_out) if part))


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
        members = [name for name in names if section_of(name) is plan]
        return sorted(members, key=lambda name: plan.rank(name) or 0)

    views = []
    for plan in (*SECTIONS, REST):
        plan_figures = tuple(figures[name] for name in chosen(list(figures), plan))
        plan_tables = tuple(tables[name] for name in chosen(list(tables), plan))
        if plan_figures or plan_tables:
            views.append(SectionView(f"{key}-{plan.key}", tr(plan.title), tr(plan.lead), plan_figures, plan_tables))
    return tuple(views)


def _level(findings: Findings) -> str:
    levels = [figure.options.get("level") for figure in findings.figures if figure.table in TILES]
    if levels and isinstance(levels[0], float):
        return tr("{level}% CI", level=f"{100 * levels[0]:g}")
    return tr("interval")


def _first_sentence(text: str) -> tuple[str, str]:
    """Divide a text that is too long for large type after its first sentence."""
    end = SENTENCE_END.search(text)
    return (text, "") if end is None or columns(text) <= LARGE else (text[: end.start()], text[end.end() :])


def _tiles(findings: Findings, verdicts: Table | None) -> tuple[Tile, ...]:
    """Return a large number for each row of the table of means, with the verdict of each of several new runs."""
    of_runs = {} if verdicts is None else verdicts_by_run(verdicts)
    table, headline = means_table(findings), headline_range(findings)
    if table is None:
        return ()
    tiles = []
    for position, (cells, texts) in enumerate(zip(table.records(), form.records(table), strict=True)):
        label = str(cells["label"])
        if headline is not None and len(table.rows) == 2:
            # Rounded like the difference beside them, so that they add up.
            for key in {"value", "lowest", "highest"} & cells.keys():
                texts[key] = headline.unit.level(table.numbers(key)[position], headline.error)
        verdict = verdict_view(of_runs.get(label), lights=findings.lights_by_run.get(label, ()))
        interval = _interval(cells, texts, _level(findings))
        tiles.append(Tile(texts["label"], texts["value"], _counts(cells, texts), interval, position, verdict))
    return tuple(tiles)


def _counts(cells: Mapping[str, Cell], texts: Mapping[str, str]) -> str:
    """Write from what a mean is: problems solved, or training seeds with the lowest and the highest of them."""
    if "seeds" in cells:
        if cells["seeds"] == 1:
            return tr("one training seed")
        return tr("{k} training seeds, {low} to {high}", k=texts["seeds"], low=texts["lowest"], high=texts["highest"])
    if cells.get("n") is None:
        return ""
    counts = tr("1 problem") if cells["n"] == 1 else tr("{n} problems", n=texts["n"])
    return counts if cells.get("k") is None else tr("{k} of {problems}", k=texts["k"], problems=counts)


def _interval(cells: Mapping[str, Cell], texts: Mapping[str, str], name: str) -> str:
    if cells.get("low") is None or cells.get("high") is None:
        return ""
    interval = tr("{interval} {low} to {high}", interval=name, low=texts["low"], high=texts["high"])
    if cells.get("templates") is None:
        return interval
    # Problems of one template stand and fall together, so the interval is wider than their number suggests.
    return tr("{interval}, widened by {n} templates", interval=interval, n=texts["templates"])


def _properties(table: Table) -> tuple[PropertyView, ...]:
    """Return the rows of the set-up, whose first column names the property and every other belongs to a run."""
    name_key, *run_keys = (column.key for column in table.columns)
    run_titles = [column.title for column in table.columns if column.key in run_keys]
    properties = []
    for texts in form.records(table):
        values = [texts[key] for key in run_keys]
        differs = len(set(values)) > 1
        pairs = zip(run_titles, values, strict=True) if differs else [("", value) for value in values[:1]]
        properties.append(PropertyView(texts[name_key], tuple(pairs), differs))
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
    tables = (
        Table("estimates", tr("Estimates"), _translated(ESTIMATE_COLUMNS), tuple(estimates)),
        Table("tests", tr("Tests"), _translated(TEST_COLUMNS), tuple(tests)),
    )
    return tuple(table_view(table, key=f"{key}-all-{table.name}", made_by=made_by) for table in tables if table.rows)


def _translated(columns: Sequence[Column]) -> tuple[Column, ...]:
    return tuple(replace(column, title=tr(column.title)) for column in columns)
