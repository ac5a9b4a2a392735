"""The tables of Findings as LaTeX, one ``table`` environment each, for a paper with ``booktabs`` and ``graphicx``.

Text from outside is escaped: no label can end a cell, start a command or be read as a comment.
"""

import re
from collections.abc import Sequence

from evalsuite.figures.characters import visible
from evalsuite.findings import Findings, Table
from evalsuite.wording import numbers
from evalsuite.wording.language import tr
from reports import cells as form
from reports.analysis_id import analysis_id

__all__ = ["escape", "latex"]

SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "#": r"\#",
    "$": r"\$",
    "%": r"\%",
    "&": r"\&",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "`": r"\textasciigrave{}",
    # At the start of a row these two would be read as an argument of the row's end.
    "[": "{[}",
    "*": "{*}",
    "−": r"\ensuremath{-}",
    "±": r"\ensuremath{\pm}",
    "≤": r"\ensuremath{\leq}",
    "≥": r"\ensuremath{\geq}",
    "α": r"\ensuremath{\alpha}",
    "Δ": r"\ensuremath{\Delta}",
    "–": "--",
    "≈": r"\ensuremath{\approx}",
    "×": r"\ensuremath{\times}",
    "κ": r"\ensuremath{\kappa}",
    "⁻": r"\textsuperscript{-}",
    **{digit: rf"\textsuperscript{{{n}}}" for n, digit in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")},
}
LONGEST = 60
"""Rows of a table that a page of paper can bear; longer ones are in the CSV files alone."""
WIDE, WIDE_OF_MANY = 40, 22
"""Characters of a cell from which on its column breaks lines: in a table of a few columns, and in one that is full."""
LINE = 72
"""Characters of a row that a line of an article holds; a table with longer ones is full, and made as narrow as it."""
HEAD = (
    r"% Needs \usepackage{booktabs}, \usepackage{graphicx} and, for \textquotedbl, \usepackage[T1]{fontenc}; labels in"
    "\n% other scripts need LuaLaTeX or XeLaTeX with a font that has them.\n"
)


def latex(findings: Sequence[Findings]) -> str:
    r"""Return the tables of `findings` that fit a page, rounded as there, with ``\label{tab:<analysis>-<table>}``."""
    parts = [HEAD]
    for one in findings:
        parts += [
            _table(table, one.name, analysis_id(one), _level(one, table))
            for table in one.tables
            if 0 < len(table.rows) <= LONGEST
        ]
    return "\n".join(parts)


def escape(text: str) -> str:
    r"""Return `text` on one line as LaTeX that prints it.

    Examples
    --------
    >>> print(escape(r"50% of {a_b} \ c"))
    50\% of \{a\_b\} \textbackslash{} c
    """
    line = " ".join(visible(text).split())
    return "".join(SPECIAL.get(character, character) for character in line)


def _level(findings: Findings, table: Table) -> str:
    """Return what the column of intervals is called: with the level where a figure of the table says it."""
    levels = [f.options["level"] for f in findings.figures if f.table == table.name and "level" in f.options]
    known = [level for level in levels if isinstance(level, int | float)]
    return tr("{level}% CI", level=numbers.level(float(known[0]))) if known else tr("CI")


def _columns(table: Table, interval: str) -> tuple[list[str], list[str], list[list[str]]]:
    """Return letters, titles and rows, with one column for both limits behind the value that they belong to."""
    keys = [column.key for column in table.columns]
    letters = ["r" if column.kind in form.NUMERIC else "l" for column in table.columns]
    titles = [column.title for column in table.columns]
    rows = [list(texts) for texts in form.rows(table)]
    if "low" in keys and "high" in keys:
        first, last = keys.index("low"), keys.index("high")
        # Behind the value, which stands between the limits.
        at = first + (last - first > 1)
        cells = ((titles, interval), *((row, _joined(row[first], row[last])) for row in rows))
        for line, text in ((letters, "r"), *cells):
            del line[last], line[first]
            line.insert(at, text)
    # A full table is made as narrow as the line afterwards, so that its columns need not be.
    most, share = (WIDE_OF_MANY, 0.9) if _longest_row(titles, rows) > LINE else (WIDE, 0.5)
    wide = [any(len(row[i]) > most for row in rows) for i in range(len(titles))]
    letters = [rf"p{{{share / sum(wide):.2f}\linewidth}}" if wide[i] else letter for i, letter in enumerate(letters)]
    return letters, titles, rows


def _longest_row(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> int:
    """Return how many characters the longest row needs; long cells break lines in any table, their words do not."""
    return sum(max(map(_shortest, column)) + 2 for column in zip(titles, *rows, strict=True))


def _shortest(cell: str) -> int:
    return max(min(len(cell), WIDE), *map(len, cell.split()), 0)


def _joined(low: str, high: str) -> str:
    """Return both limits as one text, with a unit that they share written once."""
    if low == high == form.MISSING:
        return form.MISSING
    unit = tr("{number} pp", number="")
    if low.endswith(unit) and high.endswith(unit):
        low = low.removesuffix(unit)
    return tr("{low} to {high}", low=low, high=high)


def _table(table: Table, name: str, made_by: str, interval: str) -> str:
    letters, titles, texts = _columns(table, interval)
    rows = [" & ".join(map(escape, row)) + r" \\" for row in texts]
    full = _longest_row(titles, texts) > LINE
    lines = [
        f"% analysis {_plain(made_by)}",
        r"\begin{table}",
        rf"\caption{{{escape(table.title)}}}\label{{tab:{_plain(name)}-{_plain(table.name)}}}",
        *([r"\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}{%"] if full else []),
        rf"\begin{{tabular}}{{{''.join(letters)}}}",
        r"\toprule",
        " & ".join(map(escape, titles)) + r" \\",
        r"\midrule",
        *rows,
        r"\bottomrule",
        r"\end{tabular}" + ("}" if full else ""),
        *([rf"\par\smallskip {{\footnotesize {escape(table.note)}}}"] if table.note else []),
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"


def _plain(text: str) -> str:
    """Keep what a comment or the name of a label can hold."""
    return re.sub(r"[^A-Za-z0-9-]+", "-", text)
