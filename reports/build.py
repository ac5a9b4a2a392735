"""Write pages: one self-contained HTML file a report, its figures and tables as files beside it.

A page needs no network, no script and no server. Built again from the same findings it has the same bytes.
"""

import csv
import io
import os
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from evalsuite.figures.theme import save
from evalsuite.findings import Findings, Table
from reports.format import finalize, plain, shown
from reports.pages import answer, verdict_view
from reports.views import AnswerView, Verdict

__all__ = ["IndexEntry", "build", "build_index"]

STYLES = ("base.css", "answer.css", "problems.css", "print.css")


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """A report as the list of reports names it."""

    path: Path
    title: str
    findings: tuple[Findings, ...] = ()


@dataclass(frozen=True, slots=True)
class _Line:
    question: str
    verdict: Verdict | None
    sentence: str


def build(findings: Sequence[Findings], folder: Path, *, title: str, name: str) -> Path:
    """Write ``<folder>/<name>.html`` and return its path.

    Beside it lies ``<folder>/<name>/`` with every figure as SVG and PNG and every table as CSV in full
    precision. Figures and tables that an earlier build left there are removed.

    Parameters
    ----------
    findings
        What the page shows, in this order.
    title
        Heading of the page.
    name
        Name of the file: lower-case letters, digits, ``-`` and ``_``.

    Raises
    ------
    ValueError
        The name is no file name, there are no findings, or a figure cannot be drawn from its table.
    """
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", name):
        raise ValueError(f"name holds lower-case letters, digits, '-' and '_', got {name!r}")
    if not findings:
        raise ValueError("a report needs at least one Findings, got none")
    views = [answer(one, key=f"a{number}") for number, one in enumerate(findings, start=1)]
    text = _environment().get_template("report.html.j2").render(
        title=title, name=name, answers=views, style=_style()
    )  # fmt: skip
    path = folder / f"{name}.html"
    _write(path, text)
    _write_parts(findings, views, folder / name)
    return path


def build_index(pages: Sequence[IndexEntry], folder: Path, *, title: str = "Reports") -> Path:
    """Write ``<folder>/index.html``, a list of reports with their questions and answers; return its path."""
    entries = [
        {
            "title": page.title,
            "address": quote(os.path.relpath(page.path, folder).replace(os.sep, "/")),
            "lines": [_Line(one.question, verdict_view(one.verdict), one.sentence) for one in page.findings],
        }
        for page in pages
    ]
    path = folder / "index.html"
    _write(path, _environment().get_template("index.html.j2").render(title=title, entries=entries, style=_style()))
    return path


def _environment() -> Environment:
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        loader=PackageLoader("reports", "templates"),
        finalize=finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"shown": shown, "plain": plain}
    return environment


def _style() -> Markup:
    assets = resources.files("reports") / "assets"
    # Our own files, no text from outside.
    return Markup("\n".join((assets / name).read_text(encoding="utf-8") for name in STYLES))  # noqa: S704


def _write_parts(findings: Sequence[Findings], views: Sequence[AnswerView], folder: Path) -> None:
    written: set[Path] = set()
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
            written.update(
                save(figure.picture, folder, name=path.stem, title=figure.title, description=figure.description)
            )
    for path in folder.glob("*"):
        if path.suffix in {".csv", ".svg", ".png"} and path not in written:
            path.unlink()


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
