"""Numbers and text as pages show them. Nothing else on a page rounds.

A number has no more digits than its uncertainty supports: the row of a table says how large that is, by its
interval or else by the number of problems.
"""

import math
import re
from collections.abc import Mapping

from jinja2 import Undefined
from markupsafe import Markup, escape

from evalsuite.figures.cells import spread
from evalsuite.figures.characters import HIDDEN, name, visible
from evalsuite.findings import Cell, Kind, Table
from evalsuite.stats.decision import Verdict
from evalsuite.wording import numbers
from evalsuite.wording.language import tr
from evalsuite.wording.verdicts import verdict_label

__all__ = [
    "MISSING",
    "NUMERIC",
    "cell",
    "count",
    "finalize",
    "long_values",
    "plain",
    "prose",
    "records",
    "rows",
    "short_values",
    "visible_html",
]

NUMERIC: frozenset[Kind] = frozenset(
    {"count", "proportion", "difference", "score", "score_difference", "pvalue", "number", "tokens"}
)
"""Kinds that stand right-aligned."""

MISSING = "–"
SHORT = 40
"""Longest value of the provenance, in characters, that may stand beside others."""
CODE = re.compile(r"`([^`\n]{1,80})`")
LIMITS = {"low", "high"}


def count(value: float) -> str:
    """Return a count with thousands separators; a mean of counts keeps one decimal.

    Examples
    --------
    >>> count(1319), count(1319.25)
    ('1,319', '1,319.2')
    """
    return numbers.count(int(value)) if float(value).is_integer() else numbers.number(value, 1)


def visible_html(text: str) -> Markup:
    """Return `text` as safe HTML in which hidden characters are visible and marked."""
    parts, at = [], 0
    for match in HIDDEN.finditer(text):
        parts.append(escape(text[at : match.start()]))
        parts.append(Markup('<span class="hidden-character">{}</span>').format(name(match.group())))
        at = match.end()
    parts.append(escape(text[at:]))
    return Markup("").join(parts)


def prose(text: str) -> Markup:
    """Return a sentence as `visible_html` does, with what stands between backticks as code.

    Examples
    --------
    >>> prose("`evalsuite extend` goes on & on")
    Markup('<code>evalsuite extend</code> goes on &amp; on')
    """
    parts, at = [], 0
    for match in CODE.finditer(text):
        parts += [visible_html(text[at : match.start()]), Markup("<code>{}</code>").format(visible_html(match[1]))]
        at = match.end()
    return Markup("").join([*parts, visible_html(text[at:])])


def finalize(value: object) -> object:
    """Make hidden characters visible in everything a template writes, whether or not it used `visible_html`."""
    if isinstance(value, Markup | Undefined) or not isinstance(value, str):
        return value
    return visible(value)


def plain(value: object) -> str:
    """Return a value of the provenance as text, in full precision."""
    if value is None:
        return MISSING
    if isinstance(value, bool):
        return tr("yes") if value else tr("no")
    return str(value)


def short_values(values: Mapping[str, object]) -> dict[str, object]:
    """Return the entries of `values` that may stand beside each other on few lines, in the order of their names.

    Examples
    --------
    >>> short_values({"torch": "2.13.0", "threads": 2, "runs": {}, "command": "x" * 100})
    {'threads': 2, 'torch': '2.13.0'}
    """
    return {name: inner for name, inner in sorted(values.items()) if _is_short(inner)}


def long_values(values: Mapping[str, object]) -> dict[str, object]:
    """Return the entries of `values` that need a line of their own; see `short_values`."""
    return {name: inner for name, inner in sorted(values.items()) if not _is_short(inner)}


def _is_short(value: object) -> bool:
    return not isinstance(value, Mapping | list | tuple) and len(str(value)) <= SHORT


def records(table: Table) -> tuple[dict[str, str], ...]:
    """Return each row of `table` as the texts of its cells by the key of their column."""
    keys = [column.key for column in table.columns]
    return tuple(dict(zip(keys, texts, strict=True)) for texts in rows(table))


def rows(table: Table) -> tuple[tuple[str, ...], ...]:
    """Return the cells of all rows of `table` as text."""
    largest = _largest_error(table)
    return tuple(_row(table, cells, largest) for cells in table.records())


def _largest_error(table: Table) -> float | None:
    errors = [_standard_error(cells) for cells in table.records()]
    return max((error for error in errors if error is not None), default=None)


def _row(table: Table, cells: Mapping[str, Cell], largest: float | None) -> tuple[str, ...]:
    error = _standard_error(cells)
    error = largest if error is None else error
    texts = []
    for column in table.columns:
        value = cells[column.key]
        if isinstance(value, float) and column.key in LIMITS and column.kind == "difference":
            texts.append(numbers.limit(value, error))
        elif isinstance(value, float) and column.key in LIMITS and column.kind == "score_difference" and error:
            texts.append(numbers.score_difference(value, error, nonzero=True))
        else:
            texts.append(cell(value, column.kind, error))
    return tuple(texts)


def cell(value: Cell, kind: Kind, error: float | None = None) -> str:
    """Return one cell as text.

    Parameters
    ----------
    value
        In full precision; proportions and differences lie in [0, 1] and [-1, 1].
    kind
        Kind of the column. Text in a numeric column is shown as it is.
    error
        Standard error of the row's proportion or difference, where known.

    Examples
    --------
    >>> cell(0.123456, "proportion", 0.1), cell(-0.05, "difference", 0.005), cell(0.031, "pvalue"), cell(None, "count")
    ('12%', '−5.0 pp', '0.031', '–')
    """
    if value is None:
        return MISSING
    if isinstance(value, Verdict):
        return verdict_label(value)
    if isinstance(value, bool | str) or kind in {"text", "hash", "verbatim"}:
        return plain(value)
    if kind in {"count", "tokens"}:
        return count(value)
    if kind == "proportion":
        return numbers.percent(value, error)
    if kind == "difference":
        return numbers.points(value, error)
    if kind == "score":
        return numbers.score(value, error) if error else numbers.significant(value, 3)
    if kind == "score_difference":
        return numbers.score_difference(value, error or max(abs(value) / 100, 1e-6))
    if kind == "pvalue":
        return numbers.pvalue(value).removeprefix("p ").removeprefix("= ")
    return numbers.significant(value, 4)


def _standard_error(cells: Mapping[str, Cell]) -> float | None:
    """Return the standard error of the row's estimate: from its interval, or the largest that its n allows."""
    low, high, n = (cells.get(key) for key in ("low", "high", "n"))
    if isinstance(low, int | float) and isinstance(high, int | float):
        return spread(low, high)
    if isinstance(n, int) and n > 0:
        return 0.5 / math.sqrt(n)
    return None
