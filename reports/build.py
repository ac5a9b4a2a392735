"""Write pages: one self-contained HTML file a report, its figures and tables as files beside it.

A page needs no network and no server, and a script only to look at more than the first problems. Built again from
the same findings it has the same bytes.
"""

import csv
import io
import json
import os
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from evalsuite.figures.theme import save
from evalsuite.findings import Findings, Table
from evalsuite.language import html_language, tr
from reports.browser import browser
from reports.format import finalize, plain, shown
from reports.latex import latex
from reports.markdown import markdown
from reports.pages import answer, verdict_view
from reports.views import AnswerView, Verdict

__all__ = ["build", "build_index"]

INDEX = "index"
"""Name of the list of pages, and of the folder in which each page says what the list shows of it."""
STYLES = ("base.css", "answer.css", "problems.css", "print.css")


@dataclass(frozen=True, slots=True)
class _Line:
    question: str
    verdict: Verdict | None
    sentence: str


def build(
    findings: Sequence[Findings], folder: Path, *, title: str, name: str, form: Literal["html", "markdown"] = "html"
) -> Path:
    """Write ``<folder>/<name>.html`` or ``.md`` and return its path.

    Beside it lies ``<folder>/<name>/`` with every figure as SVG and PNG, every table as CSV in full
    precision, and all tables as LaTeX. Figures and tables that an earlier build left there are removed. The list of
    pages, ``<folder>/index.html``, is written again.

    Parameters
    ----------
    findings
        What the page shows, in this order.
    title
        Heading of the page.
    name
        Name of the file: lower-case letters, digits, ``-`` and ``_``; not ``index``.
    form
        A page to look at, or a Markdown document that links to the figures.

    Raises
    ------
    ValueError
        The name is no file name, there are no findings, or a figure cannot be drawn from its table.
    """
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", name):
        raise ValueError(f"name holds lower-case letters, digits, '-' and '_', got {name!r}")
    if name == INDEX:
        raise ValueError(f"name {name!r} is that of the list of pages")
    if not findings:
        raise ValueError("a report needs at least one Findings, got none")
    views = [answer(one, key=f"a{number}") for number, one in enumerate(findings, start=1)]
    pictures = _write_parts(findings, views, folder / name)
    if form == "markdown":
        path = folder / f"{name}.md"
        _write(path, markdown(findings, views, title=title, files=pictures))
        _list(findings, path, title)
        return path
    text = _environment().get_template("report.html.j2").render(
        title=title, name=name, answers=views, style=_style(), browser=browser(findings, [v.key for v in views])
    )  # fmt: skip
    path = folder / f"{name}.html"
    _write(path, text)
    _list(findings, path, title)
    return path


def build_index(folder: Path) -> Path:
    """Write ``<folder>/index.html``, the list of the pages built there with their questions and answers.

    Pages stand in the order of their names; a page whose file has gone is left out. Returns the path of the list.
    """
    entries = []
    for file in sorted((folder / INDEX).glob("*.json")):
        card = json.loads(file.read_text(encoding="utf-8"))
        if (folder / card["file"]).is_file():
            lines = [_Line(one["question"], verdict_view(one["verdict"]), one["sentence"]) for one in card["answers"]]
            entries.append({"title": card["title"], "address": quote(card["file"]), "lines": lines})
    path = folder / f"{INDEX}.html"
    template = _environment().get_template("index.html.j2")
    _write(path, template.render(title=tr("Reports"), entries=entries, style=_style()))
    return path


def _list(findings: Sequence[Findings], path: Path, title: str) -> None:
    """Leave what the list shows of a page, and write the list again."""
    answers = [{"question": f.question, "verdict": f.verdict, "sentence": f.sentence} for f in findings]
    card = json.dumps({"file": path.name, "title": title, "answers": answers}, indent=1, sort_keys=True)
    _write(path.parent / INDEX / f"{path.stem}.json", f"{card}\n")
    build_index(path.parent)


def _environment() -> Environment:
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        loader=PackageLoader("reports", "templates"),
        finalize=finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"tr": tr, "html_language": html_language}
    environment.filters |= {"shown": shown, "plain": plain}
    return environment


def _style() -> Markup:
    assets = resources.files("reports") / "assets"
    # Our own files, no text from outside.
    return Markup("\n".join((assets / name).read_text(encoding="utf-8") for name in STYLES))  # noqa: S704


def _write_parts(findings: Sequence[Findings], views: Sequence[AnswerView], folder: Path) -> dict[tuple[str, str], str]:
    """Write what lies beside the page; return the path of each figure by the key of its view and its name."""
    written = {folder / "tables.tex"}
    _write(folder / "tables.tex", latex(findings))
    pictures = {}
    for one, view in zip(findings, views, strict=True):
        prefix = _file_name(one.name)
        for table in one.tables:
            path = _free(folder / f"{prefix}-{_file_name(table.name)}.csv", written)
            _write(path, _csv(table))
            written.add(path)
        figures = [figure for part in view.sections for figure in part.figures]
        for figure in [*([view.headline] if view.headline else []), *figures]:
            if figure.picture is None:
                continue
            stem = f"{prefix}-{_file_name(figure.name)}"
            path = _free(folder / f"{stem}.svg", written)
            words = figure.description
            made = save(
                figure.picture, folder, name=path.stem, title=figure.title, description=words, rendered=figure.rendered
            )
            written.update(made)
            # The last is the PNG, where there is one.
            pictures[view.key, figure.name] = f"{folder.name}/{made[-1].name}"
    for path in folder.glob("*"):
        if path.suffix in {".csv", ".svg", ".png"} and path not in written:
            path.unlink()
    return pictures


def _file_name(text: str) -> str:
    return "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "-" for c in text)[:80] or "unnamed"


def _free(path: Path, taken: set[Path]) -> Path:
    number, free = 2, path
    while free in taken:
        free = path.with_stem(f"{path.stem}-{number}")
        number += 1
    return free


def _csv(table: Table) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([column.key for column in table.columns])
    writer.writerows(table.rows)
    return buffer.getvalue()


def _write(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
            file.write(text)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
