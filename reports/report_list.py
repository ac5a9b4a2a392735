"""The list of pages: one row a comparison, the newest page first, with every difference on the same small axis.

What a page says of itself for the list lies beside it, ``index/<name>.json``, with the day on which it got its present
content and its place among the pages: a page that is built again as it was keeps both, whatever its file's time.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from evalsuite.findings import Findings, Light, Table
from evalsuite.stats.decision import Verdict
from evalsuite.stats.result import nominal_error
from evalsuite.wording import numbers
from evalsuite.wording.language import tr
from evalsuite.wording.units import Unit
from reports.cells import MISSING, count
from reports.page_names import compared
from reports.sections import HEADLINE, TILES, VERDICTS
from reports.verdicts import marks, plain_words, verdict_view, verdicts_by_run
from reports.view_models import VerdictView

__all__ = ["ListView", "Row", "card", "overview", "placed"]

SCHEMA = 5
"""Of what each page says of itself; raised when its form changes."""
LIMITS = ("low", "value", "high")
WIDTH, HEIGHT, EDGE = 150, 22, 5
"""Of a small interval, and how far its ends may come to the edge."""
SMALLEST_REACH = 0.05


@dataclass(frozen=True, slots=True)
class Row:
    """One comparison of one page; a page that compares nothing has a row without a difference.

    `sort` has by column what the row is sorted by, as text that a script compares as a number where it is one.
    """

    title: str
    address: str
    named: str
    plain: str
    verdict: VerdictView | None
    marks: tuple[str, ...]
    difference: str
    limits: str
    picture: Markup
    problems: str
    tags: tuple[str, ...]
    written: str
    sort: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ListView:
    """All rows, the ends in pp of the axis that they share, their confidence level, and every tag."""

    rows: tuple[Row, ...]
    reach: str
    level: str
    tags: tuple[str, ...]


def card(findings: Sequence[Findings], file: str, title: str, tags: Sequence[str] = ()) -> dict[str, Any]:
    """Return what the list shows of the page `file`, as JSON values."""
    first = findings[0]
    return {
        "schema": SCHEMA,
        "file": file,
        "title": title,
        "tags": sorted(set(tags)),
        "compared": compared(first),
        "label": first.label,
        "marks": marks(first),
        "plain": plain_words(first) or first.sentence,
        "verdict": None if first.verdict is None else asdict(first.verdict),
        "lights": [asdict(light) for light in first.lights],
        "n": _problems(first),
        "differences": _differences(first),
    }


def placed(card: Mapping[str, Any], page: bytes, file: Path) -> dict[str, Any]:
    """Return `card` with the day and the place of its page, those that `file` has where the page is as it was.

    Parameters
    ----------
    card
        What `card` made of the page.
    page
        Its bytes.
    file
        Where the card lies, beside those of the other pages.
    """
    known = {other.name: json.loads(other.read_text(encoding="utf-8")) for other in file.parent.glob("*.json")}
    before = known.get(file.name, {})
    content = hashlib.sha256(page).hexdigest()[:16]
    if before.get("content") == content and before.get("schema") == SCHEMA:
        return {**card, **{key: before[key] for key in ("content", "place", "written")}}
    place = 1 + max((int(other.get("place", 0)) for other in known.values()), default=0)
    return {**card, "content": content, "place": place, "written": datetime.now(UTC).date().isoformat()}


def overview(folder: Path, cards: Path) -> ListView:
    """Return the list of the pages in `folder`; `cards` holds what each says of itself.

    A page whose file has gone is left out, and one of an earlier version until it is built again.
    """
    stored = [json.loads(file.read_text(encoding="utf-8")) for file in sorted(cards.glob("*.json"))]
    kept = [one for one in stored if one.get("schema") == SCHEMA and (folder / one["file"]).is_file()]
    pages = sorted(kept, key=lambda page: -page["place"])
    shares = [of["rows"] for one in pages if (of := one["differences"]) and of["score_range"] is None]
    reach = max((abs(row[key]) for rows in shares for row in rows for key in LIMITS), default=0.0)
    reach = max(reach, SMALLEST_REACH)
    levels = {one["differences"]["level"] for one in pages if one["differences"]}
    return ListView(
        rows=tuple(row for one in pages for row in _rows(one, reach)),
        reach=numbers.number(100 * reach, numbers.decimals(0.01)) if shares else "",
        level=numbers.level(levels.pop()) if len(levels) == 1 else "",
        tags=tuple(sorted({tag for one in pages for tag in one["tags"]})),
    )


def _problems(findings: Findings) -> int | None:
    """Return how many problems the page is about; None where its first table of accuracies does not say."""
    table = next((table for table in findings.tables if table.name in TILES), None)
    if table is None or "n" not in [column.key for column in table.columns]:
        return None
    known = [int(n) for n in table.column("n") if isinstance(n, int | float)]
    return max(known, default=None)


def _differences(findings: Findings) -> dict[str, Any] | None:
    """Return the differences of the first screen with their level, where it shows differences of stored runs."""
    if not isinstance(findings.provenance.get("runs"), Mapping):
        return None
    figures = [f for f in findings.figures if f.name == HEADLINE and f.kind == "difference"]
    tables = [t for t in findings.tables if figures and t.name == figures[0].table]
    if not tables or not {"label", *LIMITS} <= {column.key for column in tables[0].columns}:
        return None
    options = figures[0].options
    decided = next((verdicts_by_run(table) for table in findings.tables if table.name == VERDICTS), {})
    runs = next((table.column("label") for table in findings.tables if table.name in TILES), ())
    rows = [row for row in _complete(tables[0]) if row["label"] in runs]
    several = len(rows) > 1
    if not several:
        # Of several intervals of one difference the last is the one that the verdict rests on.
        rows = _complete(tables[0])[-1:]
    return {
        "level": options.get("level", 0.95),
        "base": options.get("base", tr("base")),
        "new": options.get("new", tr("new run")),
        "score_range": [options["lowest"], options["highest"]] if "lowest" in options else None,
        "rows": [
            {
                **{key: row[key] for key in ("label", *LIMITS)},
                "new": row["label"] if row["label"] in runs else "",
                "verdict": asdict(decided[row["label"]]) if several and row["label"] in decided else None,
                "lights": [asdict(light) for light in findings.lights_by_run.get(row["label"], ())],
            }
            for row in rows
        ],
    }


def _complete(table: Table) -> list[dict[str, Any]]:
    """Return the rows whose limits are known."""
    return [dict(row) for row in table.records() if all(isinstance(row[key], int | float) for key in LIMITS)]


def _rows(page: Mapping[str, Any], reach: float) -> list[Row]:
    found = page["differences"]
    own = page["verdict"]
    if not found or not found["rows"]:
        return [_row(page, named="", verdict=own, lights=page["lights"])]
    unit = Unit(None if found["score_range"] is None else tuple(found["score_range"]))
    rows = []
    for one in found["rows"]:
        error = nominal_error(one["low"], one["high"])
        rows.append(
            _row(
                page,
                named=_named(page["title"], one["new"] or found["new"], found["base"]),
                verdict=one["verdict"] or own,
                # Those of the run where it has its own verdict, as on the first screen of the page.
                lights=one["lights"] if one["verdict"] else page["lights"],
                difference=unit.difference(one["value"], error),
                limits=unit.limits(one["low"], one["high"], error),
                picture=_interval(one, reach) if unit.score_range is None else Markup(""),
                value=one["value"],
            )
        )
    return rows


def _named(title: str, new: str, base: str) -> str:
    """Return which runs are compared; nothing where the title says it."""
    return "" if new in title and base in title else tr("{new} against {base}", new=new, base=base)


def _row(
    page: Mapping[str, Any],
    *,
    named: str,
    verdict: Mapping[str, Any] | None,
    lights: Sequence[Mapping[str, Any]],
    difference: str = "",
    limits: str = "",
    picture: Markup = Markup(""),  # noqa: B008 - it cannot change
    value: float | None = None,
) -> Row:
    decided = None if verdict is None else Verdict(**verdict)
    view = verdict_view(decided, page["label"], [Light(**light) for light in lights])
    written = page["written"]
    return Row(
        title=page["title"],
        address=quote(page["file"]),
        named=named,
        plain=page["plain"] if decided is None or value is None else "",
        verdict=view,
        marks=tuple(page["marks"]),
        difference=difference,
        limits=limits,
        picture=picture,
        problems=MISSING if page["n"] is None else count(page["n"]),
        tags=tuple(page["tags"]),
        written=written,
        sort={
            "title": page["title"],
            "verdict": view.label if view else "",
            "difference": "" if value is None else repr(value),
            "problems": "" if page["n"] is None else str(page["n"]),
            "written": written,
        },
    )


def _interval(row: Mapping[str, Any], reach: float) -> Markup:
    """Return the small picture of an interval around zero; its numbers stand beside it."""

    def x(share: float) -> str:
        return f"{WIDTH / 2 + share / reach * (WIDTH / 2 - EDGE):.1f}"

    low, value, high = (x(float(row[key])) for key in LIMITS)
    middle = HEIGHT / 2
    # Numbers of our own, no text from outside.
    return Markup(  # noqa: S704
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" aria-hidden="true">'
        f'<line x1="{WIDTH / 2:g}" y1="1" x2="{WIDTH / 2:g}" y2="{HEIGHT - 1}" class="zero"/>'
        f'<line x1="{low}" y1="{middle:g}" x2="{high}" y2="{middle:g}" class="reach"/>'
        f'<circle cx="{value}" cy="{middle:g}" r="3.4"/></svg>'
    )
