"""Write pages: one self-contained HTML file a report, its figures and tables as files beside it.

A page needs no network and no server, and a script only to look at more than the first problems. Problems that are too
many for one page stand on pages of their own in the folder beside it. Built again from the same findings a page has
the same bytes.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Literal

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from evalsuite.files import write_whole
from evalsuite.findings import Findings
from evalsuite.wording.glossary import glossary
from evalsuite.wording.language import html_language, tr
from reports.answer import answer, jobs
from reports.browser import Browser, browsers, signed_script, without_comments
from reports.cells import finalize, long_values, plain, prose, short_values, visible_html
from reports.completion_cards import carried
from reports.completion_pages import LIMIT, Part, divide, href, part_views, with_pagers
from reports.drawers import BY_SQUARES, drawers, first_sentence, unrepeated
from reports.drawing import pictures
from reports.files import write_files
from reports.first_screen import first_screen, opening
from reports.glossary import explained
from reports.markdown import markdown
from reports.page_names import INDEX
from reports.pictures_to_post import write_pictures
from reports.provenance import beyond
from reports.report_list import card, overview, placed
from reports.same_problems import gathered
from reports.sliders import sliders
from reports.verdicts import legend
from reports.view_models import AnswerView

__all__ = ["build", "build_index", "environment", "style"]

STYLES = ("base.css", "answer.css", "problems.css", "glossary.css", "print.css")


def build(
    findings: Sequence[Findings],
    folder: Path,
    *,
    title: str,
    name: str,
    form: Literal["html", "markdown"] = "html",
    limit: int = LIMIT,
    tags: Sequence[str] = (),
    print_all: bool = False,
    png: bool = False,
) -> Path:
    """Write ``<folder>/<name>.html`` or ``.md`` and return its path.

    Beside it lies ``<folder>/<name>/`` with every figure as SVG, every table as CSV in full precision, and all tables
    as LaTeX; of a comparison of two runs also ``card.png`` to post and ``badge.svg`` for a README. Where there is more
    text of completions than one page should carry, the other problems are there as ``completions-2.html`` and so on.
    What an earlier build left there is removed. The list of pages, ``<folder>/index.html``, is written again.

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
    limit
        Bytes of completions on one page, as in `parts.LIMIT`.
    tags
        Words by which the list of pages finds it.
    print_all
        Print the whole page, not the first screen alone; a switch on the page does the same.
    png
        Draw every figure as PNG too, which takes some seconds.

    Raises
    ------
    ValueError
        The name is no file name, there are no findings, or a figure cannot be drawn from its table.
    """
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,99}", name):
        raise ValueError(f"name holds up to 100 lower-case letters, digits, '-' and '_', got {name!r}")
    if name == INDEX:
        raise ValueError(f"name {name!r} is that of the list of pages")
    if not findings:
        raise ValueError("a report needs at least one Findings, got none")
    findings = unrepeated(gathered([carried(one) for one in findings]))
    keys = [f"a{number}" for number in range(1, len(findings) + 1)]
    drawn = pictures([job for one, key in zip(findings, keys, strict=True) for job in jobs(one, key)], png=png)
    views = [answer(one, key=key, drawn=drawn) for one, key in zip(findings, keys, strict=True)]
    views = [views[0], *(replace(view, provenance=beyond(view.provenance, views[0].provenance)) for view in views[1:])]
    files = write_files(findings, views, folder / name)
    if form == "markdown":
        path = folder / f"{name}.md"
        write_whole(path, markdown(findings, views, title=title, files=files))
    else:
        path = folder / f"{name}.html"
        parts = divide(findings, name=name, limit=limit)
        write_whole(path, _page(findings, views, parts, files, path, title, print_all=print_all))
        write_pictures(findings[0], folder / name)
    _list(findings, path, title, tags)
    return path


def _page(
    findings: Sequence[Findings],
    views: Sequence[AnswerView],
    parts: Sequence[Part],
    files: Mapping[str, tuple[str, ...]],
    path: Path,
    title: str,
    *,
    print_all: bool,
) -> str:
    """Return the page at `path`, after writing the pages of the problems that it has no room for."""
    first, *others = browsers(findings, [v.key for v in views], parts) if parts else [None]
    _write_completions(findings, views, parts, others, path, title)
    views = with_pagers(views, findings, parts)
    screen = first_screen(findings[0], key=views[0].key)
    replaced = BY_SQUARES if screen.squares or screen.runs else ()
    shown = drawers(views, findings[0].answers, replaced=replaced)
    screen = opening(screen, [drawer.key for drawer in shown], key=views[0].key)
    return environment(files).get_template("report.html.j2").render(
        title=title, name=path.stem, answers=views, drawers=shown, style=style(),
        screen=screen,
        sliders=sliders(findings, key=views[0].key),
        commands=list(dict.fromkeys(command for view in views for command in view.commands)),
        browser=first, glossary=glossary(),
        print_all=print_all,
    )  # fmt: skip


def build_index(folder: Path) -> Path:
    """Write ``<folder>/index.html``, the list of the pages built there, the newest first, and return its path.

    A page whose file has gone is left out.
    """
    path = folder / f"{INDEX}.html"
    template = environment().get_template("index.html.j2")
    view = overview(folder, folder / INDEX)
    script, source = signed_script("list.js")
    page = template.render(
        title=tr("Reports"), list=view, style=style("list.css"), legend=legend(), script=script, source=source
    )
    write_whole(path, page)
    return path


def _list(findings: Sequence[Findings], path: Path, title: str, tags: Sequence[str]) -> None:
    """Leave what the list shows of a page, and write the list again."""
    file = path.parent / INDEX / f"{path.stem}.json"
    said = placed(card(findings, path.name, title, tags), path.read_bytes(), file)
    write_whole(file, f"{json.dumps(said, indent=1, sort_keys=True)}\n")
    build_index(path.parent)


def environment(files: Mapping[str, tuple[str, ...]] | None = None) -> Environment:
    """Return the templates' surroundings; `files` names what lies beside the page by the id of what it holds."""
    found = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        loader=PackageLoader("reports", "templates"),
        finalize=finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.globals |= {"tr": tr, "html_language": html_language, "files": files or {}}
    found.filters |= {
        "visible": visible_html,
        "prose": prose,
        "explained": explained,
        "first_sentence": first_sentence,
        "plain": plain,
        "short_values": short_values,
        "long_values": long_values,
    }
    return found


def style(*more: str) -> Markup:
    """Return the style of a page, with `more` of the files in ``assets``."""
    assets = resources.files("reports") / "assets"
    # Our own files, no text from outside.
    texts = (without_comments((assets / name).read_text(encoding="utf-8")) for name in (*STYLES, *more))
    return Markup("\n".join(texts))  # noqa: S704


def _write_completions(
    findings: Sequence[Findings],
    views: Sequence[AnswerView],
    parts: Sequence[Part],
    browsers_of_parts: Sequence[Browser | None],
    path: Path,
    title: str,
) -> None:
    """Write the pages of all parts but the first, and remove those of an earlier build."""
    template = environment().get_template("completions.html.j2")
    written = set()
    for part, browser in zip(parts[1:], browsers_of_parts, strict=True):
        heading = tr("{title} (part {number} of {parts})", title=title, number=part.number, parts=len(parts))
        answers = part_views(views, findings, parts, part)
        report = href(part, parts[0])
        text = template.render(title=heading, answers=answers, report=report, style=style(), browser=browser)
        write_whole(path.parent / part.file, text)
        written.add(path.parent / part.file)
    for leftover in path.with_suffix("").glob("completions-*.html"):
        if leftover not in written:
            leftover.unlink(missing_ok=True)
