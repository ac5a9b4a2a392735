"""Findings as one Markdown document, for Quarto, notebooks and places that show Markdown.

Tables are written out, figures are linked as the files that lie beside the page. Text from outside is escaped: no
label can become a heading, a link, a formula, HTML or another cell, in CommonMark, GitHub's and Pandoc's Markdown.
The completions are not in it; ``evalsuite export`` writes them.
"""

import json
import re
from collections.abc import Mapping, Sequence

from evalsuite.figures.characters import visible
from evalsuite.findings import Findings
from evalsuite.wording.language import tr
from reports.analysis_id import analysis_id
from reports.answer import table_view
from reports.sections import SETUP
from reports.verdicts import legend
from reports.view_models import AnswerView, FigureView, TableView

__all__ = ["escape", "markdown", "table_lines"]

LONGEST = 40
"""Rows of a table that a document bears; of a longer one it names the file."""

SPECIAL = re.compile(r"[\\`*_{}\[\]<>#|~$^@]|&(?=[#\w])|:(?=[:/\w])|(?<=www)\.", re.IGNORECASE)


def markdown(
    findings: Sequence[Findings], views: Sequence[AnswerView], *, title: str, files: Mapping[str, tuple[str, ...]]
) -> str:
    """Return the document.

    Parameters
    ----------
    findings, views
        The findings and their views, which say what stands where.
    files
        Paths of the files of each figure and table by its key, relative to the document; of a figure the SVG comes
        first, which what shows Markdown can show: GitHub, Quarto, notebooks.
    """
    lines = [f"# {escape(title)}", ""]
    with_verdict = next((view for view in views if view.verdict is not None), None)
    for one, view in zip(findings, views, strict=True):
        lines += _answer(one, view, files, headed=one.question != title, legend_here=view is with_verdict)
    return "\n".join(lines).rstrip() + "\n"


def escape(text: str) -> str:
    r"""Return `text` on one line as Markdown that shows it.

    Examples
    --------
    >>> print(escape("a|b *c* <d> $e$"))
    a\|b \*c\* \<d\> \$e\$
    """
    line = SPECIAL.sub(r"\\\g<0>", " ".join(visible(text).split()))
    # What would begin a list or a line across.
    return re.sub(r"^(\d+)(?=[.)](?:\s|$))|^(?=[-+](?:\s|$)|--|=)", lambda match: f"{match.group()}\\", line)


def table_lines(table: TableView) -> list[str]:
    """Return a rounded table as lines of Markdown."""
    sides = ["---:" if header.numeric else ":---" for header in table.headers]
    rows = [[header.text for header in table.headers], *([cell.text for cell in row] for row in table.rows)]
    head, *body = ["| " + " | ".join(map(escape, row)) + " |" for row in rows]
    return [head, "|" + "|".join(sides) + "|", *body]


def _answer(
    findings: Findings, view: AnswerView, files: Mapping[str, tuple[str, ...]], *, headed: bool, legend_here: bool
) -> list[str]:
    lines = [f"## {escape(view.question)}", ""] if headed else []
    if view.verdict or view.plain:
        lines += [f"**{escape(view.verdict.label if view.verdict else '')}** {escape(view.plain)}".strip(), ""]
    lines += [escape(findings.sentence), ""]
    if legend_here:
        lines += [f"**{escape(tr('What the verdicts mean'))}**", ""]
        lines += [*(f"- {escape(name)}: {escape(meaning)}" for name, meaning in legend()), ""]
    for heading, notes in ((tr("Read this first"), view.cautions), (tr("Limits"), view.notes)):
        if notes:
            lines += [f"> **{escape(heading)}**", ">", *(f"> - {escape(note)}" for note in notes), ""]
    if view.headline:
        lines += _figure(view.headline, files)
    lines += [
        line for table in findings.tables if table.name == SETUP for line in _table(table_view(table, key=""), {})
    ]
    lines += [f"{escape(tr('What is estimated:'))} {escape(findings.estimand)}", ""]
    for part in view.sections:
        lines += [f"## {escape(part.title)}", "", escape(part.lead), ""]
        lines += [line for figure in part.figures for line in _figure(figure, files)]
        lines += [line for table in part.tables for line in _table(table, files)]
    return lines + _made(findings, view)


def _figure(figure: FigureView, files: Mapping[str, tuple[str, ...]]) -> list[str]:
    words = escape(f"{figure.title}. {figure.description}")
    paths = files.get(figure.key)
    picture = [f"![{words}]({paths[0]})" if paths else words, ""]
    return picture if figure.table is None else [*picture, *_table(figure.table, files)]


def _table(table: TableView, files: Mapping[str, tuple[str, ...]]) -> list[str]:
    paths = files.get(table.key)
    if len(table.rows) > LONGEST and paths:
        rows = tr("{n} rows in {file}", n=len(table.rows), file=f"[{paths[0]}]({paths[0]})")
        return [f"**{escape(table.title)}**: {rows}", ""]
    note = [escape(table.note), ""] if table.note else []
    return [f"**{escape(table.title)}**", "", *table_lines(table), "", *note]


def _made(findings: Findings, view: AnswerView) -> list[str]:
    inputs = {key: value for key, value in findings.provenance.items() if key != "command"}
    provenance = json.dumps(inputs, ensure_ascii=False, indent=1, sort_keys=True, default=str)
    made_by = f"{escape(tr('Analysis'))} `{re.sub('[^A-Za-z0-9_-]+', '-', analysis_id(findings))}`"
    commands = [*_fenced("\n".join(" ".join(c.split()) for c in view.commands), "sh"), ""] if view.commands else []
    return [f"## {escape(tr('How this was made'))}", "", made_by, "", *commands, *_fenced(provenance, "json"), ""]


def _fenced(text: str, language: str) -> list[str]:
    """Return a block of code whose fence is longer than any inside."""
    text = visible(text)
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}{language}", text, fence]
